"""Measures the gate of the meter: false alarms without a change, and planted ones seen.

    python benchmarks/gate_itself.py [--repeats 100] [--program examples/c]

The program is the one of the kit's tests (metered.c), which takes a known number of steps for each
message. Planted changes are steps more, by 0.5, 1, 2 and 5 % of what a message costs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from torq_conformance.meter import clocks, counters, gate
from torq_conformance.meter.programs import Program, program_of

SOURCE = Path(__file__).parent.parent / "tests" / "conformance" / "meter" / "metered.c"
STREAM = "small"
WORK = 10_000
CHANGES = (0.005, 0.01, 0.02, 0.05)
LIMITS = (0.0025, 0.01)


def program(built: Path, work: int) -> Program:
    """The program that takes so many steps for a message."""
    return program_of(f"stdio:{built} {work} 0 0", 10)


def cost(built: Path, work: int) -> float:
    """Instructions of a message."""
    counted = counters.instructions(program(built, work), [STREAM])
    if counted.why_not:
        raise SystemExit(counted.why_not)
    return counted.per_message[STREAM]["instructions"]


def main() -> None:
    """Print a table of counts and one of clocks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--planted", type=int, default=5, help="repeats of each planted change")
    parser.add_argument("--clocks", type=int, default=10, help="repeats by the clock")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        built = Path(folder, "metered")
        compiler = shutil.which("cc") or "cc"
        subprocess.run([compiler, "-O1", "-o", str(built), str(SOURCE)], check=True)
        _counts(built, asked.repeats, asked.planted)
        _clocks(built, asked.clocks)


def _counts(built: Path, repeats: int, planted: int) -> None:
    base = cost(built, WORK)
    print(f"a message costs {base:,.2f} instructions; limits {LIMITS}")
    print("| change | repeats | measured | alarms at 0.25 % | alarms at 1 % |")
    print("|---|---|---|---|---|")
    for change in (0.0, *CHANGES):
        # A step takes the same number of instructions each time.
        each = (cost(built, 2 * WORK) - base) / WORK
        work = WORK + round(change * base / each)
        costs = [cost(built, work) for _ in range(planted if change else repeats)]
        ratios = [one / base - 1 for one in costs]
        alarms = [
            sum(
                gate.by_counts({STREAM: base}, {STREAM: one}, limit)[0].answer is gate.Answer.WORSE
                for one in costs
            )
            for limit in LIMITS
        ]
        span = f"{100 * min(ratios):+.4f} to {100 * max(ratios):+.4f} %"
        print(f"| {100 * change:g} % | {len(costs)} | {span} | {alarms[0]} | {alarms[1]} |")


def _clocks(built: Path, repeats: int) -> None:
    print("| change | repeats by the clock | same | regression | improved | too noisy |")
    print("|---|---|---|---|---|---|")
    for change in (0.0, *CHANGES):
        work = round(WORK * (1 + change))
        answers = [
            clocks.judge(program(built, WORK), program(built, work), STREAM, 0.01).answer
            for _ in range(repeats)
        ]
        counts = [answers.count(answer) for answer in (*gate.Answer,)]
        same, worse, better, noisy = counts
        print(f"| {100 * change:g} % | {repeats} | {same} | {worse} | {better} | {noisy} |")


if __name__ == "__main__":
    main()
