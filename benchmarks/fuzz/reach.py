"""What the mutator reaches of the C example's decoder, and the few messages that reach it.

    python benchmarks/fuzz/reach.py [--runs 300000] [--write] [--corpus DIR]

libFuzzer starts from nothing, with the mutator. Of what it kept, the shortest messages that reach
every edge are asked again in a build with llvm-cov's counters, and each outcome of a branch that
was not reached is listed with the reason that ``unreachable.toml`` gives; one without a reason is
an error. ``--write`` writes the messages into the kit, from which ``vectors fill`` makes
``reached.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "examples/c/torq.c"
REACHED = ROOT / "conformance/torq_conformance/vectors/reached.txt"
SIZE_MAX = 20_000
HEAD = """\
# Messages that reach every edge of the C example, in hex, the shortest first.
# Written by `python benchmarks/fuzz/reach.py --write`; reached.json is made of them.
"""


class Outcome(NamedTuple):
    """One way that a branch can go."""

    function: str
    line: str
    column: int
    outcome: str
    was_reached: bool


def main() -> None:
    """Fuzz, choose, count, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=300_000, help="messages to ask")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="take more")
    parser.add_argument("--write", action="store_true", help="write the messages into the kit")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export = [sys.executable, "-m", "torq_conformance", "export", "fuzz", str(folder)]
        subprocess.run(export, check=True, capture_output=True)
        more = [path.resolve() for path in options.corpus]
        chosen = choose(folder, options.runs, more)
        every = sorted(
            (one for path in (folder / "found", *more) for one in path.iterdir()), key=_size
        )
        chosen = complete(folder, chosen, every)
        outcomes = list(count(folder, chosen))
        messages = sorted(
            (path.read_bytes() for path in chosen), key=lambda data: (len(data), data)
        )
    print(f"{len(messages)} messages of {sum(map(len, messages)):,} bytes\n")
    is_explained = tell(outcomes)
    if options.write:
        REACHED.write_text(HEAD + "".join(f"{one.hex()}\n" for one in messages), "utf-8")
    sys.exit(not is_explained)


def make(folder: Path, target: str) -> None:
    """Build a target of the export's Makefile for the C example."""
    codec = f"CODEC={SOURCE} {SOURCE.with_name('fuzz_codec.c')}"
    subprocess.run(
        [shutil.which("make") or "make", "-s", target, codec, f"INCLUDE={SOURCE.parent}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _size(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name


def choose(folder: Path, runs: int, more: list[Path]) -> list[Path]:
    """Fuzz, and take the shortest messages that reach every edge of the machine's code."""
    make(folder, "libfuzzer")
    program = str(folder / "build/libfuzzer")
    size = f"-max_len={SIZE_MAX}"
    run = [program, "-seed=1", f"-runs={runs}", size, str(folder / "found")]
    subprocess.run(run, check=True, capture_output=True)
    chosen = folder / "chosen"
    chosen.mkdir()
    merge = [program, "-merge=1", "-use_counters=0", "-use_cmp=0", size, str(chosen)]
    folders = [str(folder / "found"), *map(str, more)]
    subprocess.run([*merge, *folders], check=True, capture_output=True)
    return sorted(chosen.iterdir())


def complete(folder: Path, chosen: list[Path], every: list[Path]) -> list[Path]:
    """Two outcomes may share an edge: add the shortest message for each one that is missed."""
    missed = _missed(folder, chosen)
    for one in sorted(missed - _missed(folder, every)):
        if one not in _missed(folder, chosen):
            continue
        low, high = 0, len(every)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if one in _missed(folder, every[:middle]) else (low, middle)
        chosen = [*chosen, every[low]]
    return chosen


def _missed(folder: Path, chosen: list[Path]) -> set[Outcome]:
    return {one for one in count(folder, chosen) if not one.was_reached}


def count(folder: Path, chosen: list[Path]) -> Iterator[Outcome]:
    """Every outcome of every branch of the decoder, as llvm-cov counts them."""
    make(folder, "build/covered")
    profile = folder / "build/covered.profraw"
    subprocess.run(
        [folder / "build/covered", *chosen],
        env={**os.environ, "LLVM_PROFILE_FILE": str(profile)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    data = profile.with_suffix(".profdata")
    tools = {name: shutil.which(name) or name for name in ("llvm-profdata", "llvm-cov")}
    subprocess.run([tools["llvm-profdata"], "merge", "-o", data, profile], check=True)
    program = str(folder / "build/covered")
    export = [tools["llvm-cov"], "export", program, f"-instr-profile={data}", str(SOURCE)]
    text = subprocess.run(export, check=True, capture_output=True).stdout
    functions: list[dict[str, Any]] = json.loads(text)["data"][0]["functions"]
    lines = SOURCE.read_text("utf-8").splitlines()
    decoder = tomllib.loads((HERE / "unreachable.toml").read_text("utf-8"))["decoder"]
    known = {function["name"].rpartition(":")[2] for function in functions}
    if missing := set(decoder) - known:
        sys.exit(f"unreachable.toml names functions that are not there: {sorted(missing)}")
    for function in functions:
        name = function["name"].rpartition(":")[2]
        if name in decoder:
            for row in function["branches"]:
                line = lines[row[0] - 1].strip()
                yield Outcome(name, line, row[1], "true", row[4] > 0)
                yield Outcome(name, line, row[1], "false", row[5] > 0)


def tell(outcomes: list[Outcome]) -> bool:
    """Print the table and what was not reached; whether every one of these has a reason."""
    never = tomllib.loads((HERE / "unreachable.toml").read_text("utf-8"))["never"]
    reasons = {row["line"]: row["why"] for row in never}
    missed = [one for one in outcomes if not one.was_reached]
    unexplained = [one for one in missed if one.line not in reasons]
    print("| function | outcomes of branches | reached |\n|---|---|---|")
    for name in dict.fromkeys(one.function for one in outcomes):
        own = [one.was_reached for one in outcomes if one.function == name]
        print(f"| `{name}` | {len(own)} | {sum(own)} |")
    possible = len(outcomes) - (len(missed) - len(unexplained))
    reached = len(outcomes) - len(missed)
    print(f"| **all** | {len(outcomes)} | {reached} ({reached / len(outcomes):.1%}) |")
    print(f"| **those that a message can reach** | {possible} | {reached / possible:.1%} |\n")
    for one in missed:
        why = reasons.get(one.line, "NO REASON IS GIVEN")
        print(f"- `{one.function}`: `{one.line}` is {one.outcome}: {why}")
    return not unexplained


if __name__ == "__main__":
    main()
