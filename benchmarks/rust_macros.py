"""What the macros of examples/rust save and cost: lines of a type, instructions and allocations.

    python benchmarks/rust_macros.py [lines] [steps] [compile]

Lines and words are counted without comments and empty lines, a word being a name, a number or a
sign: a declaration has several fields on a line, so lines alone would flatter it. Instructions and
allocations are the difference of two runs of the example `cost` under valgrind, pinned like the
meter's.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from torq_conformance.meter.programs import PINNED

RUST = Path(__file__).parent.parent / "examples" / "rust"
LAYOUTS = RUST / "codec" / "src" / "layouts.rs"
BY_HAND = RUST / "codec" / "tests" / "by_hand" / "mod.rs"

TLV = re.compile(r"^define_(?:validated_tlv|tlv_v2)! \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
"""A declaration of one or more types by macro."""

EXPORTED = re.compile(
    r"^#\[derive[^\n]*\n#\[repr\(C\)\]\npub struct (\w+) \{.*?^pub const FIELDS_OF.*?^\];\n",
    re.MULTILINE | re.DOTALL,
)
"""A type as `torq-conformance export rust` writes it: struct, assertions and table of fields."""

COUNTS = (1_000, 3_000)
STEPS = (
    "trade_ref_from",
    "trade_read_from",
    "trade_ref_from_checked",
    "trade_ref_from_validated",
    "trade_ref_from_validated_by_hand",
    "trade_message",
    "book_ref_from",
    "book_read_from",
    "book_ref_from_checked",
    "book_ref_from_validated",
    "book_message",
)


def size_of(text: str) -> tuple[int, int]:
    """Lines and words of Rust, without comments and empty lines."""
    text = re.sub(r"//.*", "", text)
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines), len(re.findall(r"\w+|[^\s\w]", text))


def declared() -> dict[str, tuple[int, int]]:
    """Lines and words of each type by macro; what one declaration gives to two is shared."""
    sizes = {}
    for text in TLV.findall(LAYOUTS.read_text(encoding="utf-8")):
        names = re.findall(r"pub struct (\w+) = \d+", text)
        lines, words = size_of(text)
        for name in names:
            sizes[name] = (lines // len(names), words // len(names))
    return sizes


def exported() -> dict[str, tuple[int, int]]:
    """Lines and words of each type without macros: its layout alone."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "torq_conformance.cli", "export", "rust", folder]
        subprocess.run(command, check=True, capture_output=True)
        text = Path(folder, "src", "lib.rs").read_text(encoding="utf-8")
    return {found[1]: size_of(found[0]) for found in EXPORTED.finditer(text)}


def show_lines() -> None:
    """Print a row for each type, and Trade with all that its macro gives, written by hand."""
    ours, theirs = declared(), exported()
    print("| type | by macro | layout alone, without macros |")
    print("|---|---|---|")
    for name, (lines, words) in ours.items():
        print(f"| {name} | {lines} lines, {words} words | {theirs[name][0]}, {theirs[name][1]} |")
    pairs = [(ours[name], theirs[name]) for name in ours]
    totals = [[sum(pair[at][of] for pair in pairs) for of in (0, 1)] for at in (0, 1)]
    (lines, words), (plain_lines, plain_words) = totals
    print(f"| all {len(ours)} | {lines}, {words} | {plain_lines}, {plain_words} |")
    print(f"{lines / plain_lines:.0%} of the lines, {words / plain_words:.0%} of the words")
    lines, words = size_of(BY_HAND.read_text(encoding="utf-8"))
    trade_lines, trade_words = ours["Trade"]
    print(f"Trade with all that its macro gives, by hand: {lines} lines, {words} words;")
    print(f"by macro {trade_lines / lines:.0%} and {trade_words / words:.0%} of them")


def valgrind(arguments: list[str], pattern: str) -> int:
    """The number that valgrind says of a run."""
    command = ["valgrind", *arguments]
    environment = {**os.environ, **PINNED}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = re.search(pattern, done.stderr)
    if found is None:
        raise SystemExit(f"valgrind said nothing of {pattern}:\n{done.stderr}")
    return int(found[1].replace(",", ""))


def slope(program: Path, *arguments: str) -> tuple[float, float]:
    """Instructions and allocations of one more of what a program does so many times.

    The number of times is the program's last argument.
    """
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is missing: apt-get install valgrind")
    refs = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    few, many = COUNTS
    instructions, allocations = (
        valgrind([*tool, str(program), *arguments, str(many)], pattern)
        - valgrind([*tool, str(program), *arguments, str(few)], pattern)
        for tool, pattern in (
            (refs, r"I\s+refs:\s+([\d,]+)"),
            (["--tool=memcheck"], r"usage: ([\d,]+) allocs"),
        )
    )
    return instructions / (many - few), allocations / (many - few)


def show_steps() -> None:
    """Print a row for each step, without what the loop around it costs."""
    cargo("build", "--example", "cost")
    program = RUST / "target" / "release" / "examples" / "cost"
    loop, _ = slope(program, "nothing")
    print("| step | instructions | allocations |")
    print("|---|---|---|")
    for step in STEPS:
        instructions, allocations = slope(program, step)
        print(f"| {step} | {instructions - loop:,.0f} | {allocations:g} |")


def cargo(*arguments: str) -> float:
    """Run cargo on the crate; the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["cargo", arguments[0], "--release", "--quiet", "-p", "torq-codec", *arguments[1:]]
    subprocess.run(command, cwd=RUST, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show_compile() -> None:
    """Print the processor time of compiling the crate without what it depends on."""
    cargo("build", "--lib")
    os.utime(LAYOUTS)
    print(f"the crate, all types: {cargo('build', '--lib'):.1f} s of processor time")


def main() -> None:
    """Print what is asked for, or all of it."""
    parts = {"lines": show_lines, "steps": show_steps, "compile": show_compile}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], metavar="PART")
    for part in parser.parse_args().parts or parts:
        parts[part]()


if __name__ == "__main__":
    main()
