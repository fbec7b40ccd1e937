"""Profiles of the very workload that is measured, for whoever wants to know where the time goes."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.meter import flames, streams
from torq_conformance.meter.counters import NO_VALGRIND, OWN_RUNTIME
from torq_conformance.meter.programs import Program, environment, tool
from torq_conformance.report import output_file
from torq_conformance.report.foreign_text import NAME_MAX, shown

HOTTEST = 5
DEPTH = 40
"""Callers by which a function is told apart."""


def leave(program: Program, names: Sequence[str], folder: Path) -> Iterator[str]:
    """Write the profiles of a program into a folder; lines that say what is there and is hot."""
    valgrind = tool("valgrind")
    if valgrind is None:
        raise KitError("There is no profile without valgrind.", f"{NO_VALGRIND.capitalize()}.")
    if program.has_own_runtime:
        raise KitError(
            f"{program.name} cannot be profiled here: {OWN_RUNTIME}.", "Use its own tools."
        )
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "input"
    given.write_bytes(streams.program_input(streams.fed(names), has_frames=program.has_frames))
    callgrind, massif = folder / "callgrind.out", folder / "massif.out"
    _run(program, [valgrind, "-q", "--tool=callgrind", f"--callgrind-out-file={callgrind}"], given)
    _run(program, [valgrind, "-q", "--tool=massif", f"--massif-out-file={massif}"], given)
    found = _stacks(program, valgrind, given)
    drawn = folder / "flames.svg"
    output_file.write(drawn, flames.svg(found, f"{program.name}: {', '.join(names)}"))
    yield f"profiles: {callgrind}, {massif}, {drawn}"
    yield "the hottest functions:"
    whole = sum(found.values()) or 1
    for name, cost in flames.hottest(found, HOTTEST):
        yield f"  {cost:>15,} {100 * cost / whole:6.1f} %  {shown(name, NAME_MAX)}"


def _stacks(program: Program, valgrind: str, given: Path) -> Counter[flames.Stack]:
    """What each stack took, from a run whose functions are told apart by their callers."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "stacks"
        apart = [f"--separate-callers={DEPTH}", "--compress-strings=no", "--compress-pos=no"]
        _run(
            program,
            [valgrind, "-q", "--tool=callgrind", *apart, f"--callgrind-out-file={out}"],
            given,
        )
        return flames.stacks(out.read_text("utf-8", "replace"))


def _run(program: Program, arguments: Sequence[str], given: Path) -> None:
    with given.open("rb") as stdin:
        done = subprocess.run(
            [*arguments, *program.arguments],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-200:]
        raise KitError(f"{program.name} ended with {done.returncode} under valgrind.", said)
