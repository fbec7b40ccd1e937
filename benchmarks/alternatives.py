"""OPT-001 and OPT-002: other forms of a type in memory, judged and counted side by side.

    python benchmarks/alternatives.py opt-001   # an OrderBook of arrays, and of vectors
    python benchmarks/alternatives.py opt-002   # a Trade, padding declared, packed, derived

Every form is served by benchmarks/alternatives and judged: round trips of the suite, and a search
over messages of its type. Instructions and allocations, wire to wire, are the difference of two
runs under valgrind. Exit code 1 if a form changes a byte, or the planted fault is not seen.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rust_macros import slope

CRATE = Path(__file__).parent / "alternatives"
PROGRAM = CRATE / "target" / "release" / "torq-alternatives"

LEVELS = (1, 16, 64, 128)
SEARCHED = 20_000


@dataclass(frozen=True)
class Question:
    """What is compared: forms of one type, at some numbers of levels, and a form that is wrong."""

    type: str
    forms: Sequence[str]
    levels: Sequence[int]
    rust_feature: str
    c_source: str
    planted: str | None = None


QUESTIONS: Mapping[str, Question] = {
    "opt-001": Question(
        "OrderBook",
        ("rust_view_book", "rust_fixed_book", "rust_heap_book", "c_fixed_book", "c_heap_book"),
        LEVELS,
        "books",
        "books.c",
    ),
    "opt-002": Question(
        "Trade",
        (
            *("rust_view_trade", "rust_manual_trade", "rust_packed_trade", "rust_derived_trade"),
            *("c_manual_trade", "c_packed_trade", "c_derived_trade"),
        ),
        (1,),
        "padding",
        "padding.c",
        planted="c_derived_trade_as_a_whole",
    ),
}


def is_conformant(form: str, type_: str) -> bool:
    """Whether the suite's round trips and a search over messages of the type find nothing."""
    kit = [sys.executable, "-m", "torq_conformance.cli"]
    name = f"stdio:{PROGRAM} {form}"
    with TemporaryDirectory() as folder:
        commands = (
            [*kit, "run", name, "--profile", "quick", "-k", "round_trip", "-n", "1"],
            [*kit, "search", name, "--type", type_, "--count", str(SEARCHED), "-n", "1"],
        )
        codes = [
            subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode
            for command in commands
        ]
    if any(code > 1 for code in codes):
        raise SystemExit(f"{form} was not judged: exit codes {codes}")
    return not any(codes)


def show(question: Question) -> bool:
    """Print a row for each form; whether all is as it should be."""
    counted = ", ".join(f"{levels} levels" for levels in question.levels)
    heads = counted if len(question.levels) > 1 else "instructions"
    columns = heads.split(", ")
    print(f"| form | judged | {' | '.join(columns)} | allocations |")
    print("|---" * (3 + len(columns)) + "|")
    is_right = True
    for form in question.forms:
        judged = is_conformant(form, question.type)
        is_right = is_right and judged
        costs = [slope(PROGRAM, form, "cost", str(levels)) for levels in question.levels]
        instructions = " | ".join(f"{cost[0]:,.0f}" for cost in costs)
        word = "same bytes" if judged else "OTHER BYTES"
        allocations = max(cost[1] for cost in costs)
        print(f"| {form} | {word} | {instructions} | {allocations:g} |", flush=True)
    if question.planted is not None:
        is_seen = not is_conformant(question.planted, question.type)
        print(f"{question.planted}, wrong on purpose: {'seen' if is_seen else 'NOT SEEN'}")
        is_right = is_right and is_seen
    return is_right


def cpu_seconds(command: Sequence[str]) -> float:
    """Seconds of processor time that a command takes in the crate."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=CRATE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show_compile(question: Question) -> None:
    """Print what the compilers take for all forms of a question, in one file in each language."""
    source = CRATE / "src" / f"{question.rust_feature}.rs"
    rust = ["cargo", "build", "--release", "--quiet", "--lib", "--no-default-features"]
    with_forms = [*rust, "--features", question.rust_feature]
    subprocess.run(with_forms, cwd=CRATE, check=True)
    subprocess.run(rust, cwd=CRATE, check=True)
    seconds = []
    for command in (rust, with_forms):
        os.utime(source.parent / "lib.rs")
        seconds.append(cpu_seconds(command))
    compiler = os.environ.get("CC", "cc")
    c = cpu_seconds([compiler, "-std=c11", "-O2", "-c", f"c/{question.c_source}", "-o", os.devnull])
    print(f"compiled: Rust {seconds[1] - seconds[0]:.2f} s of processor time, C {c:.2f} s")


def main() -> int:
    """Build, judge, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=QUESTIONS)
    question = QUESTIONS[parser.parse_args().question]
    cargo = shutil.which("cargo")
    if cargo is None:
        raise SystemExit("cargo is missing: https://rustup.rs")
    subprocess.run([cargo, "build", "--release", "--quiet"], cwd=CRATE, check=True)
    is_right = show(question)
    show_compile(question)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
