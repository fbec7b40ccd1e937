"""One process of a stdio: implementation: bytes go in, bytes come out, and nothing dead-locks.

Contract: sending never waits for the process to read; whatever is not yet sent goes out while bytes
are waited for. Once a method has raised, only ``end``, ``abort`` or ``kill`` may follow.
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from torq_conformance.implementations.child import LOOK_EVERY, Child
from torq_conformance.implementations.no_answer import (
    BETWEEN_TWO_CALLS,
    IN_MID_CALL,
    Ended,
    Expired,
    Garbage,
    shown,
)
from torq_conformance.implementations.process_variables import process_variables
from torq_conformance.implementations.worker_waiting import KIT_AWAKE, stay_awake

LINE_MAX = 64 << 20
"""Bytes of a line that the kit is willing to read."""

PIPE_SIZE = 1 << 20
"""Bytes that a pipe is asked to hold, where the system lets us ask."""

READ_MAX = 1 << 20
"""Bytes taken from stdout at once."""


class StdioProcess:
    """A child that reads requests from stdin and writes answers to stdout.

    ``memory_max`` is bytes of data (RLIMIT_DATA), None for no bound. OSError when the command
    cannot be started.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, memory_max: int | None) -> None:
        with ExitStack() as own:
            self._child = Child(
                command, folder=folder, own=own, is_apart=True, variables=process_variables()
            )
        _limit(self._child.pid, memory_max)
        for descriptor in (self._child.stdin, self._child.stdout):
            _widen(descriptor)
        self._child.poll.register(self._child.stdout, select.POLLIN)
        self._unsent = memoryview(b"")
        self._is_deaf = False
        self._deadline = self._expires = 0.0
        self._id = 0
        self.read = bytearray()
        """What came and was not yet looked at."""
        self.is_in_frames = False
        """Whether it reads binary frames now."""

    @property
    def output(self) -> str:
        """The end of what the process wrote to stderr."""
        return self._child.output

    def next_id(self) -> int:
        """An id that no request had."""
        self._id += 1
        return self._id

    def send(self, data: bytes) -> None:
        """Begin to send; the rest goes while answers are waited for."""
        self._unsent = memoryview(data)
        self._child.poll.register(self._child.stdin, select.POLLOUT)
        self._write()

    def check_quiet(self) -> None:
        """Ended or Garbage if the process did anything since the last call."""
        if self._is_ready():
            self._read(BETWEEN_TWO_CALLS)
        self.check_nothing_left()

    def check_nothing_left(self) -> None:
        """Garbage when more came than was asked for."""
        if self.read:
            raise Garbage(f"more than was asked for: {shown(self.read)}")

    def begin(self, deadline: float) -> None:
        """The time for what comes next starts now; seconds."""
        self._deadline = deadline
        self._expires = time.monotonic() + deadline

    def take_line(self) -> bytes:
        """The next line, without its end."""
        searched = 0
        while (end := self.read.find(b"\n", searched)) < 0:
            searched = len(self.read)
            if searched > LINE_MAX:
                raise Garbage(f"a line of more than {LINE_MAX:,} bytes: {shown(self.read)}")
            self.take()
        line = bytes(self.read[:end])
        del self.read[: end + 1]
        return line

    def take(self) -> bytes:
        """Wait for more bytes, at least one; they are in ``read``, too."""
        if not self._unsent and stay_awake(self._is_ready, KIT_AWAKE):
            return self._read(IN_MID_CALL)
        is_last = False
        while True:
            is_last = is_last or self._is_deaf
            ready = self._child.look(0 if is_last else min(self._time_left(), LOOK_EVERY))
            if self._child.stdin in ready:
                self._write()
            if self._child.stdout in ready:
                return self._read(IN_MID_CALL)
            if is_last:
                raise Ended(IN_MID_CALL, "its stdin" if self._is_deaf else "its stdout")
            # What it forked may hold its pipes open.
            is_last = self._child.has_ended

    def abort(self) -> None:
        """End a process that hangs: many runtimes show where they are."""
        self._child.abort()
        self.end()

    def end(self) -> int | None:
        """Hang up and wait a little, then kill what is left; the exit code if none was needed."""
        for descriptor in (self._child.stdin, self._child.stdout):
            with suppress(KeyError):
                self._child.poll.unregister(descriptor)
        self._child.hang_up()
        return self._child.end()

    def kill(self) -> None:
        """Kill the process and all that it started in its session's group."""
        self._child.kill()

    def _is_ready(self) -> bool:
        return self._child.stdout in self._child.look(0)

    def _time_left(self) -> float:
        left = self._expires - time.monotonic()
        if left <= 0:
            raise Expired
        return left

    def _write(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._child.stdin, self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            # What it answered before is read yet.
            self._is_deaf = True
            self._unsent = memoryview(b"")
        self._child.poll.unregister(self._child.stdin)

    def _read(self, when: str) -> bytes:
        data = os.read(self._child.stdout, READ_MAX)
        if not data:
            if self.read:
                when = "in mid-line"
            raise Ended(when, "its stdout")
        self.read += data
        return data


def _limit(pid: int, memory_max: int | None) -> None:
    """Leave no core files, bound memory if asked to, and be the first to go when there is none.

    Where the system has no such calls, do without.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
            if memory_max is not None:
                _, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
                soft = memory_max if hard == resource.RLIM_INFINITY else min(memory_max, hard)
                resource.prlimit(pid, resource.RLIMIT_DATA, (soft, hard))
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000", encoding="ascii")


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
