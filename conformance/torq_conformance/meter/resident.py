"""A program that is driven by the kit: its round trips a second, and its memory.

The rate is that of the pair, transport included: it says what somebody gets who talks to this
program, and is no measure of its codec. Memory is the most that was ever resident (VmHWM).
"""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.implementations import stdio_frames
from torq_conformance.meter import streams
from torq_conformance.meter.programs import Program

MESSAGES = 2_000
"""Messages after which memory is looked at for the first time."""

TIMES = 5
"""Times as many messages after which it is looked at again."""

NO_PROC = "/proc, where the kernel tells what is resident, is not there"


@dataclass(frozen=True)
class Driven:
    """``peak_bytes`` is None where the kernel does not tell; ``slope`` is bytes a message."""

    round_trips_per_second: float
    peak_bytes: int | None
    slope: float | None
    why_not: str = ""


def drive(program: Program, names: Sequence[str]) -> Driven:
    """Send messages of all streams in turn, read the answers, and look at memory twice."""
    if not program.has_frames:
        return Driven(0.0, None, None, "frames are not claimed: the kit drives in frames alone")
    each = max(MESSAGES // len(names), 1)
    messages = [streams.message(name, item) for item in range(each) for name in names]
    with subprocess.Popen(
        program.arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            return _drive(process, messages)
        finally:
            process.kill()


def _drive(process: subprocess.Popen[bytes], messages: list[bytes]) -> Driven:
    assert process.stdin is not None
    process.stdin.write(streams.HELLO + b'{"id":2,"op":"frames"}\n')
    process.stdin.flush()
    assert process.stdout is not None
    for _ in range(2):
        process.stdout.readline()
    _exchange(process, messages)
    first = _peak(process.pid)
    started = time.perf_counter()
    for _ in range(TIMES):
        _exchange(process, messages)
    seconds = time.perf_counter() - started
    last = _peak(process.pid)
    rate = TIMES * len(messages) / seconds
    if first is None or last is None:
        return Driven(rate, None, None, NO_PROC)
    return Driven(rate, last, (last - first) / (TIMES * len(messages)))


def _exchange(process: subprocess.Popen[bytes], messages: list[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    sending = threading.Thread(target=_send, args=(process, stdio_frames.write(messages)))
    sending.start()
    for _ in messages:
        head = process.stdout.read(4)
        if len(head) < 4:
            raise KitError(
                "The program ended while it was driven.", "Judge it first: torq-conformance run."
            )
        (size,) = stdio_frames.LENGTH.unpack(head)
        if not size & stdio_frames.REFUSED:
            process.stdout.read(size)
    sending.join()


def _send(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(data)
        process.stdin.flush()
    except OSError:
        # Whoever reads its answers will see that it has ended.
        return


def _peak(process_id: int) -> int | None:
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else None
