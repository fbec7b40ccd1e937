"""A relay as a process: started from a command with placeholders, watched, measured, ended whole.

Contract: whatever the command does, nothing of it is left when ``kill`` has returned, and what is
wrong with it is a KitError of one line that says what to do.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import shlex
import signal
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.implementations.child import Child
from torq_conformance.report.foreign_text import shown

PLACEHOLDERS = ("{domain}", "{socket}", "{audit}")
PATH_MAX = 107
"""Bytes of a path that a Unix socket can have."""

MARK = "TORQ_CONFORMANCE_RELAY"
"""The environment variable that whatever a relay starts has, so that it can be found."""

STDOUT_MAX = 1 << 20
"""Bytes of the last of stdout that are kept."""

DESCRIPTORS = 4096
"""Open files that a relay may have, if the system lets it."""

_STARTING = threading.Lock()

PAGE = resource.getpagesize()
STAND_SECONDS = 1.0
"""How long a process may take to stand still."""

TICKS = os.sysconf("SC_CLK_TCK")


class RelayEndedError(Exception):
    """The relay is gone in the middle of a run."""


def checked(command: str) -> str:
    """The command, if it can be one of a relay."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise KitError(
            f"The command cannot be read: {error}.", "Quote it as for a shell."
        ) from error
    if not words:
        raise KitError("There is no command.", 'Write "./my-relay --socket {socket}".')
    if not any("{socket}" in word for word in words):
        raise KitError(
            "The command does not say where the relay listens.",
            "Put {socket} in the place of the path, as in --socket {socket}.",
        )
    return command


class RelayProcess:
    """A started relay of one domain; ``folder`` is where its socket and its audit file lie."""

    def __init__(
        self,
        command: str,
        domain: int,
        folder: Path,
        *,
        start_seconds: float,
        socket_path: Path | None = None,
    ) -> None:
        self.path = socket_path or folder / "relay.sock"
        self.audit = folder / "audit.jsonl"
        if len(os.fsencode(self.path)) > PATH_MAX:
            raise KitError(
                f"The path of the socket, {self.path}, is longer than {PATH_MAX} bytes.",
                "Name a folder with a shorter path with --folder.",
            )
        self._mark = secrets.token_hex(8)
        self.stdout = b""
        self._is_killed = False
        self._held: list[int] = []
        self._seconds = start_seconds
        words = [self._filled(word, domain) for word in shlex.split(checked(command))]
        self.command = shlex.join(words)
        self._child = self._start(words)

    def _filled(self, word: str, domain: int) -> str:
        for name, value in zip(PLACEHOLDERS, (domain, self.path, self.audit), strict=True):
            word = word.replace(name, str(value))
        return word

    def _start(self, words: list[str]) -> Child:
        own = ExitStack()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        try:
            # The environment is one for all threads: without the lock a relay had another's mark.
            with _STARTING:
                os.environ[MARK] = self._mark
                return Child(words, folder=Path.cwd(), own=own, is_apart=True)
        except OSError as error:
            own.close()
            reason = error.strerror or str(error)
            raise KitError(
                f"{words[0]} cannot be started: {reason}.", "Name a program that can be."
            ) from error

    def await_listening(self) -> None:
        """Wait until the socket accepts; KitError where it never does."""
        expires = time.monotonic() + self._seconds
        pause = 0.001
        while time.monotonic() < expires:
            self.look()
            if self._is_accepting():
                return
            if self._child.has_ended:
                how = self._how_ended()
                self.kill()
                raise KitError(
                    f"The relay ended before it listened ({how}): {self.said()}.",
                    f"Try it by hand: {self.command}",
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        elsewhere = self._listens_at()
        self.kill()
        if elsewhere:
            raise KitError(
                f"The relay listens at {elsewhere[0]} and not at {self.path}.",
                "Have it take the path of {socket}.",
            )
        raise KitError(
            f"The relay did not listen within {self._seconds:g} s: {self.said()}.",
            "Have it listen at the path of {socket}, or give it more time with --start-deadline.",
        )

    def _is_accepting(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(0.2)
            try:
                asking.connect(str(self.path))
            except OSError:
                return False
            return True

    def _listens_at(self) -> list[str]:
        """Paths at which a process of the relay listens (Linux)."""
        inodes = set()
        for pid in self._processes():
            with suppress(OSError):
                for link in Path(f"/proc/{pid}/fd").iterdir():
                    with suppress(OSError):
                        inodes.add(str(link.readlink()))
        found = []
        with suppress(OSError):
            for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
                parts = line.split()
                if len(parts) == 8 and f"socket:[{parts[6]}]" in inodes and parts[3] == "00010000":
                    found.append(parts[7])
        return found

    # Watching.

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._child.has_ended

    def look(self) -> None:
        """Take in what it prints, so that it never waits for a reader."""
        if self._is_killed:
            return
        self._child.look(0)
        for _ in range(16):
            try:
                data = os.read(self._child.stdout, 1 << 16)
            except (BlockingIOError, OSError):
                return
            if not data:
                return
            self.stdout = (self.stdout + data)[-STDOUT_MAX:]

    def said(self) -> str:
        """The last lines of stderr, in one."""
        with suppress(OSError, ValueError):
            self.look()
        lines = [line.strip() for line in self._child.output.splitlines() if line.strip()]
        return shown(" / ".join(lines[-3:]), 300) or "it printed nothing on stderr"

    def why_ended(self) -> str:
        """How it ended and what it said, in one line."""
        return f"{self._how_ended()}: {self.said()}"

    def _how_ended(self) -> str:
        code = self._child._process.poll()
        if code is None:
            return "it runs"
        return f"exit code {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"

    @property
    def exit_code(self) -> int | None:
        """Its exit code, once it has ended."""
        return self._child._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def hold(self) -> None:
        """Have it stand still, with all that it started, until ``go_on``."""
        self._held = self._processes()
        for pid in self._held:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP)
        expires = time.monotonic() + STAND_SECONDS
        while time.monotonic() < expires and not all(map(_stands, self._held)):
            time.sleep(0.0002)

    def go_on(self) -> None:
        """Let it go on."""
        for pid in self._held:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGCONT)
        self._held = []

    def json_lines(self) -> list[dict[str, Any]]:
        """The objects that it printed on stdout, one a line."""
        self.look()
        found = []
        for line in self.stdout.split(b"\n"):
            with suppress(ValueError, RecursionError):
                document = json.loads(line)
                if isinstance(document, dict):
                    found.append(document)
        return found

    def resident_bytes(self) -> int:
        """Memory that it and what it started have at hand (Linux; else 0)."""
        return sum(map(_resident, self._processes()))

    def descriptors(self) -> int:
        """Open files of the process that was started and of its children (Linux; else 0)."""
        total = 0
        for pid in self._processes():
            with suppress(OSError):
                total += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return total

    def cpu_seconds(self) -> float:
        """Processor time that it has used (Linux; else 0)."""
        with suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{self.pid}/stat").read_text()
            parts = text.rpartition(")")[2].split()
            return (int(parts[11]) + int(parts[12])) / TICKS
        return 0.0

    def _processes(self) -> list[int]:
        """What was started, by its mark (Linux); else the process alone."""
        found = []
        needle = f"{MARK}={self._mark}".encode()
        with suppress(OSError):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    with suppress(OSError):
                        if needle in (entry / "environ").read_bytes():
                            found.append(int(entry.name))
        return found or [self.pid]

    # The end.

    def await_end(self, seconds: float) -> float | None:
        """Seconds until it ended; None where it goes on."""
        began = time.monotonic()
        while not self.has_ended:
            self.look()
            if time.monotonic() - began > seconds:
                return None
            time.sleep(0.002)
        self.look()
        return time.monotonic() - began

    def kill(self) -> None:
        """End it and whatever it has started, wherever that went."""
        if self._is_killed:
            return
        self._is_killed = True
        others = [pid for pid in self._processes() if pid != self.pid]
        self._child.kill()
        for pid in others:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _stands(pid: int) -> bool:
    """Whether a process stands still (Linux), or nobody can tell."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "TtZX"
    return True


def _resident(pid: int) -> int:
    """What a process shares with others, as one that was forked does, counts in parts."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0
