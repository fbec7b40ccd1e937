"""Two programs against the clock, in turn: for machines where instructions cannot be counted."""

from __future__ import annotations

import subprocess
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from torq_conformance.errors import KitError
from torq_conformance.meter import gate, streams
from torq_conformance.meter.programs import Program

MESSAGES = 4_096
"""Messages of a run: enough that what a program does at its start is a small part."""


def judge(before: Program, after: Program, name: str, limit: float) -> gate.Judged:
    """Judge one stream by pairs of runs."""
    messages = [streams.message(name, item) for item in range(MESSAGES)]
    with TemporaryDirectory(prefix="torq-meter-") as folder:
        runs = []
        for number, program in enumerate((before, after)):
            path = Path(folder, str(number))
            path.write_bytes(streams.program_input(messages, has_frames=program.has_frames))
            runs.append(partial(_seconds, program, path))
        for run in runs:
            run()
        return gate.by_clock(name, runs[0], runs[1], limit)


def _seconds(program: Program, given: Path) -> float:
    with given.open("rb") as stdin:
        started = time.perf_counter()
        done = subprocess.run(
            program.arguments,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        seconds = time.perf_counter() - started
    if done.returncode:
        raise KitError(
            f"{program.name} ended with {done.returncode}.", "It must end well when its input ends."
        )
    return seconds
