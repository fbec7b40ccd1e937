"""Implementations that give strange answers, or answer and leave something behind."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from hostile import Hostile, answer

from torq_conformance import Rejected


class ReturnsTooMuch(Hostile):
    """Returns 1 GiB."""

    def misbehave(self) -> Mapping[str, object]:
        return answer(data=bytes(1 << 30))


class ReturnsManyBytes(Hostile):
    """Returns 40 values of 1 MB, of which none is too large."""

    def misbehave(self) -> Mapping[str, object]:
        return answer(data=[bytes(10**6)] * 40)


class ReturnsHugeInteger(Hostile):
    """Returns an integer of 5,001 digits."""

    def misbehave(self) -> Mapping[str, object]:
        return answer(price=10**5000)


class ReturnsItself(Hostile):
    """Returns a value that holds itself."""

    def misbehave(self) -> Mapping[str, object]:
        value: dict[str, object] = {}
        value["header"] = value
        return value


class SharesParts(Hostile):
    """Returns a value of which two parts are one object."""

    def misbehave(self) -> Mapping[str, object]:
        part = {"type": 1}
        return answer(first=part, second=part)


class RaisesSystemExit(Hostile):
    """Asks the interpreter to end."""

    def misbehave(self) -> None:
        sys.exit("bye")


class RaisesKeyboardInterrupt(Hostile):
    """Pretends that somebody pressed Ctrl-C."""

    def misbehave(self) -> None:
        raise KeyboardInterrupt


class Unreadable(Exception):
    """An exception of which even the text fails."""

    def __str__(self) -> str:
        raise self


class RaisesUnreadable(Hostile):
    """Raises what cannot be described."""

    def misbehave(self) -> None:
        raise Unreadable


class RejectsUnreadably(Hostile):
    """Refuses with a context that cannot be described."""

    def misbehave(self) -> None:
        raise Rejected("TruncatedTLV", offset=Hidden())


class Recurses(Hostile):
    """Recurses without end."""

    def misbehave(self) -> None:
        self.misbehave()


class Hidden(Mapping[str, object]):
    """A result that raises while it is read."""

    def __getitem__(self, key: str) -> object:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(["header"])

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise Unreadable


class Deadly(Hidden):
    """A result that crashes while it is read."""

    def __getitem__(self, key: str) -> object:
        return ctypes.string_at(0)


class ReturnsHidden(Hostile):
    """Returns a result that raises while it is read."""

    def misbehave(self) -> Mapping[str, object]:
        return Hidden()


class ReturnsDeadly(Hostile):
    """Returns a result that crashes while it is read."""

    def misbehave(self) -> Mapping[str, object]:
        return Deadly()


class LeavesThread(Hostile):
    """Starts a thread that never ends."""

    def misbehave(self) -> None:
        threading.Thread(target=time.sleep, args=(10**6,)).start()


class LeavesProcess(Hostile):
    """Starts a process that never ends, and tells which."""

    def misbehave(self) -> Mapping[str, object] | None:
        if started := os.fork():
            return answer(started=started)
        time.sleep(10**6)
        return None


class DiesAndLeavesProcess(Hostile):
    """Ends, while a process that it started keeps everything open."""

    def misbehave(self) -> None:
        if os.fork():
            os._exit(4)
        time.sleep(10**6)


class ReturnsTwice(Hostile):
    """Forks, and both processes go on to answer."""

    def misbehave(self) -> None:
        os.fork()


class AnswersLate(Hostile):
    """Takes its time."""

    def misbehave(self) -> None:
        time.sleep(0.2)


class TellsSurroundings(Hostile):
    """Tells what it was started with."""

    def misbehave(self) -> Mapping[str, object]:
        descriptors = [str(link.resolve()) for link in Path("/proc/self/fd").iterdir()]
        return answer(
            descriptors=descriptors, stdin=sys.stdin.read(), path=sys.path, folder=str(Path.cwd())
        )
