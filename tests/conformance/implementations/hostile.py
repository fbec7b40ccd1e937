"""Implementations that end, hang or break their process, or write where they should not."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping

from torq_conformance.implementations.worker_frames import MARK, REPLY

GOOD = b"good"
"""The message that all of them answer rightly."""


def answer(**fields: object) -> Mapping[str, object]:
    """A right answer; it tells the process, so that a test sees which one gave it."""
    return {"header": {"pid": os.getpid(), **fields}, "tlvs": []}


class Hostile:
    """Does something else than asked, and then answers as if nothing had happened."""

    name = "hostile"
    version = "1"
    capabilities = frozenset({"decode"})

    def decode(self, data: bytes) -> Mapping[str, object]:
        """Answer rightly to one message only."""
        return answer() if data == GOOD else self.misbehave() or answer(size=len(data))

    def misbehave(self) -> Mapping[str, object] | None:
        """Nothing yet."""
        return None


class ExitsWith0(Hostile):
    """Ends the process as if all were well."""

    def misbehave(self) -> None:
        os._exit(0)


class ExitsWith3(Hostile):
    """Ends the process without a word."""

    def misbehave(self) -> None:
        os._exit(3)


class Segfaults(Hostile):
    """Reads where nothing is."""

    def misbehave(self) -> None:
        ctypes.string_at(0)


class Aborts(Hostile):
    """Fails an assertion as C does."""

    def misbehave(self) -> None:
        os.abort()


class IsKilled(Hostile):
    """Ends as when the machine has no memory left."""

    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class OverflowsTheStack(Hostile):
    """Recurses in C without end."""

    def __repr__(self) -> str:
        return repr(self)

    def misbehave(self) -> None:
        sys.setrecursionlimit(10**9)
        repr(self)


class Loops(Hostile):
    """Never comes to an end."""

    def misbehave(self) -> None:
        while True:
            pass


class HoldsTheLock(Hostile):
    """Stays in C with the interpreter lock held."""

    def misbehave(self) -> None:
        exponent = 10**10
        3**exponent


class Sleeps(Hostile):
    """Waits for what never comes."""

    def misbehave(self) -> None:
        time.sleep(10**6)


class SleepsThroughSignals(Hostile):
    """Cannot be asked to end."""

    def misbehave(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGABRT, signal.SIGTERM})
        time.sleep(10**6)


class TakesAllMemory(Hostile):
    """Keeps all it was ever given."""

    def misbehave(self) -> None:
        kept: list[bytearray] = []
        while True:
            kept.append(bytearray(1 << 26))


class Prints(Hostile):
    """Tells stdout what it thinks, in both ways."""

    def misbehave(self) -> None:
        print("printed", MARK)  # noqa: T201
        os.write(1, b"written\n" * 10_000)


class PrintsForever(Hostile):
    """Tells stderr the same thing again and again."""

    def misbehave(self) -> None:
        while True:
            os.write(2, b"warning: still here\n" * 1000)


class ClosesDescriptors(Hostile):
    """Cleans up what is not its own."""

    def misbehave(self) -> None:
        os.closerange(0, 100)


class ClosesDescriptorsAndStays(Hostile):
    """Cleans up what is not its own, and never comes back."""

    def misbehave(self) -> None:
        os.closerange(0, 100)
        time.sleep(10**6)


def write_everywhere(data: bytes) -> None:
    """Write to every open descriptor but the standard ones."""
    for descriptor in range(3, 100):
        try:
            os.write(descriptor, data)
        except OSError:
            continue


class WritesGarbage(Hostile):
    """Writes to every descriptor it can find."""

    def misbehave(self) -> None:
        write_everywhere(b"garbage")


class WritesMuchGarbage(Hostile):
    """Writes to every descriptor it can find, and more than a report can show."""

    def misbehave(self) -> None:
        write_everywhere(b"{}" * 5000)


class AnswersTheWrongRequest(Hostile):
    """Answers a request that was never made."""

    def misbehave(self) -> None:
        write_everywhere(REPLY.pack(MARK, 10**9, 2) + b"{}")


class AnnouncesTooMuch(Hostile):
    """Begins a reply of nearly 4 GiB to the first request."""

    def misbehave(self) -> None:
        write_everywhere(REPLY.pack(MARK, 1, 2**32 - 1))


class AnswersNonsense(Hostile):
    """Sends a well-formed reply to the first request that is no outcome."""

    def misbehave(self) -> None:
        write_everywhere(REPLY.pack(MARK, 1, 2) + b"{}")
        time.sleep(10**6)


class EndsInMidReply(Hostile):
    """Begins a reply and ends."""

    def misbehave(self) -> None:
        write_everywhere(MARK + b"\0")
        os._exit(0)


class SlowAtFirst(Hostile):
    """Makes tables when it is asked for the first time."""

    is_ready = False

    def decode(self, data: bytes) -> Mapping[str, object]:
        """Answer rightly, the first time late."""
        if not self.is_ready:
            time.sleep(2.0)
        self.is_ready = True
        return answer()
