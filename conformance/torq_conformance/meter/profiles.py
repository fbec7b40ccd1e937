"""Profiles of the very workload that is measured, for whoever wants to know where the time goes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.meter import streams
from torq_conformance.meter.counters import NO_VALGRIND, OWN_RUNTIME
from torq_conformance.meter.programs import Program, environment, tool

HOTTEST = 5


def leave(program: Program, names: Sequence[str], folder: Path) -> Iterator[str]:
    """Write callgrind.out and massif.out into a folder; lines that say what is there and is hot."""
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
    yield f"profiles: {callgrind}, {massif}"
    annotate = shutil.which("callgrind_annotate")
    if annotate is None:
        yield "the hottest functions are not named: callgrind_annotate is not there"
        return
    done = subprocess.run(
        [annotate, "--show-percs=yes", str(callgrind)], capture_output=True, text=True, check=False
    )
    yield "the hottest functions:"
    yield from (f"  {line}" for line in hottest(done.stdout))


def hottest(text: str) -> list[str]:
    """The first functions of what callgrind_annotate says, with their instructions."""
    rows = re.findall(r"^ *([\d,]+) \(([ \d.]+%)\)  (\S.*)$", text, flags=re.MULTILINE)
    functions = [(count, part, name) for count, part, name in rows if ":" in name]
    return [
        f"{count:>15} {part.strip():>7}  {_short(name)}"
        for count, part, name in functions[:HOTTEST]
    ]


def _short(name: str) -> str:
    function = name.split(":", 1)[1]
    return function.split(" [", 1)[0][:100]


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
