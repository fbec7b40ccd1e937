"""A child process in a session of its own: what it prints, how it is watched, and its end.

Contract: the output that decides nothing is taken in whenever the process is looked at, so that it
never waits for a reader. On Linux the kernel kills the process and its group when the kit is gone.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from torq_conformance.model.importing import FOR_THE_KIT_ALONE

OUTPUT_MAX = 64 << 10
"""Bytes of the last output that are kept."""

GRACE = 0.5
"""Seconds in which a process may end by itself before it is killed."""

LOOK_EVERY = 0.1
"""Seconds after which a process is looked at: one that it forked may hold its connection open."""

READ_MAX = 64 << 10
"""Bytes of output taken at once."""


def _environment() -> dict[str, str]:
    own = {FOR_THE_KIT_ALONE, os.environ.get(FOR_THE_KIT_ALONE, "")}
    return {name: value for name, value in os.environ.items() if name not in own}


class Child:
    """A started process; ``poll`` watches its output and whatever else is registered there.

    ``own`` holds what ends with the process, and is taken over. ``is_apart``: stderr alone is
    output, stdin and stdout are pipes of which the ends are ``stdin`` and ``stdout``; else stdout
    is output as well and there is no input. ``variables`` are set in its environment beside those
    of the kit. OSError when it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        own: ExitStack,
        descriptors: Sequence[int] = (),
        is_apart: bool = False,
        variables: Mapping[str, str] = {},
    ) -> None:
        pipe = subprocess.PIPE
        lifeline, held_open = os.pipe()
        own.callback(os.close, held_open)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=pipe if is_apart else subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe if is_apart else subprocess.STDOUT,
                pass_fds=(*descriptors, lifeline),
                cwd=folder,
                start_new_session=True,
                bufsize=0,
                env={**_environment(), **variables},
            )
            self.pid = self._process.pid
            _tie_to_the_kit(lifeline, self.pid)
        finally:
            os.close(lifeline)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                own.enter_context(stream)
                os.set_blocking(stream.fileno(), False)
        self._own = own.pop_all()
        self._kept = b""
        self.poll = select.poll()
        assert self._process.stdout is not None
        self.stdin = self._process.stdin.fileno() if self._process.stdin else -1
        self.stdout = self._process.stdout.fileno()
        self._output = self._process.stderr.fileno() if self._process.stderr else self.stdout
        self.poll.register(self._output, select.POLLIN)

    @property
    def output(self) -> str:
        """The end of what the process printed."""
        return self._kept.decode(errors="backslashreplace")

    @property
    def has_ended(self) -> bool:
        """Whether the process itself is gone."""
        return self._process.poll() is not None

    def look(self, seconds: float) -> list[int]:
        """Wait for anything to happen; the descriptors beside the output that are ready."""
        ready = []
        for descriptor, _ in self.poll.poll(seconds * 1000):
            if descriptor != self._output:
                ready.append(descriptor)
            elif not self._keep_output():
                self.poll.unregister(self._output)
        return ready

    def hang_up(self) -> None:
        """Close stdin, which asks the process to end."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def abort(self) -> None:
        """Ask for a traceback, which needs no lock."""
        self._process.send_signal(signal.SIGABRT)

    def end(self) -> int | None:
        """Wait a little, then kill what is left; the exit code if none was needed."""
        expires = time.monotonic() + GRACE
        while (code := self._process.poll()) is None and time.monotonic() < expires:
            self.look(0.01)
        self.kill()
        return code

    def kill(self) -> None:
        """Kill the process and all that it started in its session's group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for _ in range(OUTPUT_MAX // 4096):  # Bounded: a process that left the group may go on.
            if not self._keep_output():
                break
        self._own.close()

    def _keep_output(self) -> bool:
        """Take in some output; whether there may be more one day."""
        try:
            data = os.read(self._output, READ_MAX)
        except BlockingIOError:
            return False
        self._kept = (self._kept + data)[-OUTPUT_MAX:]
        return bool(data)


def _tie_to_the_kit(lifeline: int, pid: int) -> None:
    """Have the kernel kill a process group when the kit is gone, whatever runs there then.

    ``lifeline`` is the read end of a pipe that the kit holds open and the process inherits.
    PR_SET_PDEATHSIG would do so already when the *thread* that started the process ends, and would
    not reach the group. The end of a pipe does both; a signal other than SIGIO is Linux only.
    """
    if sys.platform == "linux":
        with suppress(ProcessLookupError):
            fcntl.fcntl(lifeline, fcntl.F_SETOWN, -pid)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
