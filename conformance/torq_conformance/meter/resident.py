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
from itertools import pairwise
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.implementations import stdio_frames
from torq_conformance.meter import streams
from torq_conformance.meter.programs import Program
from torq_specs.header import HEADER_SIZE

MESSAGES = 2_000
"""Messages after which memory is looked at, each time."""

TIMES = 10
"""Times that it is looked at."""

TIMES_OF_OWN_RUNTIME = 100
"""The same of a program with a collector, whose heap grows now and then and by much."""

SECONDS_MAX = 30.0
"""Seconds after which it is looked at ``TIMES`` times and no more."""

GROWTH_MAX = 1 << 31
"""Bytes of growth after which there is no need to look again."""

KEPT_BYTES_MAX = HEADER_SIZE
"""Bytes that may stay of a message: less than the least of it that somebody could keep."""

NO_PROC = "/proc, where the kernel tells what is resident, is not there"


@dataclass(frozen=True)
class Look:
    """One look at a program: the most that was resident, after so many messages.

    ``seconds`` is what the messages since the look before took. ``peak_bytes`` is 0 where the
    kernel does not tell.
    """

    messages: int
    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Driven:
    """Looks at a program, the first one after what is made once; ``why_not`` if there are none."""

    looks: tuple[Look, ...] = ()
    why_not: str = ""

    @property
    def round_trips_per_second(self) -> float:
        """How fast it is once it is warm; 0 where it was not driven."""
        if not self.looks:
            return 0.0
        warm = self.looks[1:]
        seconds = sum(look.seconds for look in warm)
        return (warm[-1].messages - self.looks[0].messages) / seconds

    @property
    def slope(self) -> float:
        """Bytes that stay of a message."""
        return slope([look.peak_bytes for look in self.looks], self.looks[0].messages)


def drive(program: Program, names: Sequence[str]) -> Driven:
    """Send messages of all streams in turn, read the answers, and look at memory."""
    if not program.has_frames:
        return Driven(why_not="frames are not claimed: the kit drives in frames alone")
    each = max(MESSAGES // len(names), 1)
    messages = [streams.message(name, item) for item in range(each) for name in names]
    with subprocess.Popen(
        program.arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            times = TIMES_OF_OWN_RUNTIME if program.has_own_runtime else TIMES
            return _drive(process, messages, times)
        finally:
            process.kill()


def _drive(process: subprocess.Popen[bytes], messages: list[bytes], times: int) -> Driven:
    assert process.stdin is not None
    process.stdin.write(streams.HELLO + b'{"id":2,"op":"frames"}\n')
    process.stdin.flush()
    assert process.stdout is not None
    for _ in range(2):
        process.stdout.readline()
    looks: list[Look] = []
    while len(looks) <= TIMES or (len(looks) <= times and _is_worth_it(looks)):
        started = time.perf_counter()
        _exchange(process, messages)
        seconds = time.perf_counter() - started
        looks.append(Look((len(looks) + 1) * len(messages), seconds, _peak(process.pid)))
    return Driven(tuple(looks), "" if all(look.peak_bytes for look in looks) else NO_PROC)


def _is_worth_it(looks: Sequence[Look]) -> bool:
    seconds = sum(look.seconds for look in looks)
    return seconds < SECONDS_MAX and looks[-1].peak_bytes - looks[0].peak_bytes < GROWTH_MAX


def slope(peaks: Sequence[int], each: int) -> float:
    """Bytes that stay of a message, from peaks that lie so many messages apart.

    Of five parts the first is left out, in which tables, buffers and heaps grow to their size. Of
    the four others the second lowest counts: a heap that grows now and then grows in one or two
    of them, what leaks leaks in all, but that a heap may have had room for it in one.
    """
    times = len(peaks) - 1
    ends = [times * fifth // 5 for fifth in range(1, 6)]
    parts = [(peaks[end] - peaks[start]) / ((end - start) * each) for start, end in pairwise(ends)]
    return sorted(parts)[1]


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


def _peak(process_id: int) -> int:
    """The most that was ever resident; 0 where the kernel does not tell."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0
