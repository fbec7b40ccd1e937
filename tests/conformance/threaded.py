"""Implementations that are asked by several threads at once."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping
from typing import Any

from torq_conformance.reference import Reference

THREADS = 4


class Meets:
    """Answers when four threads are in decode at the same time, and says which one asked."""

    name, version, capabilities = "meets", "1", frozenset({"decode", "threads"})

    def __init__(self) -> None:
        self._barrier = threading.Barrier(THREADS)
        self._main = threading.get_ident()

    def decode(self, data: bytes) -> Mapping[str, object]:
        """Answer together with three others."""
        number = self._barrier.wait()
        thread = threading.get_ident()
        return {"data": data, "number": number, "thread": thread, "is_main": int(self._is_main())}

    def _is_main(self) -> bool:
        return threading.get_ident() == self._main


class Alone:
    """Does something bad as soon as a second thread comes in."""

    name, version, capabilities = "alone", "1", frozenset({"decode", "threads"})

    def __init__(self) -> None:
        self._inside = 0
        self._has_met = threading.Event()

    def decode(self, data: bytes) -> Mapping[str, object]:
        """Wait a moment for another thread, in vain if there is none."""
        self._inside += 1
        if self._inside > 1:
            self._has_met.set()
        if self._has_met.wait(0.2):
            self.misbehave()
        self._inside -= 1
        return {"data": data}

    def misbehave(self) -> None:
        """Nothing yet."""


class Deadlocks(Alone):
    """Waits for ever for what no thread gives."""

    def misbehave(self) -> None:
        threading.Event().wait()


class Segfaults(Alone):
    """Ends the process."""

    def misbehave(self) -> None:
        ctypes.string_at(0)


class Interrupts(Alone):
    """Raises what only a keyboard should."""

    def misbehave(self) -> None:
        raise KeyboardInterrupt


class Locked(Reference):
    """Sound: what the threads share is under a lock."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._buffer = bytearray()

    def encode(self, message: Mapping[str, Any]) -> bytes:
        with self._lock:
            self._buffer[:] = super().encode(message)
            return bytes(self._buffer)


class Local(Reference):
    """Sound: every thread has a buffer of its own, made when it first asks."""

    def __init__(self) -> None:
        super().__init__()
        self._local = threading.local()

    def encode(self, message: Mapping[str, Any]) -> bytes:
        if not hasattr(self._local, "buffer"):
            self._local.buffer = bytearray()
        self._local.buffer[:] = super().encode(message)
        return bytes(self._local.buffer)


class Unclaimed(Reference):
    """Does not claim threads, and is right not to."""

    capabilities = Reference.capabilities - {"threads"}

    def decode(self, data: bytes) -> dict[str, Any]:
        assert threading.current_thread() is threading.main_thread()
        return super().decode(data)


class FlagsLost(Reference):
    """Wrong when asked alone, too."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        message["header"]["flags"] = 0
        return message


class LastKept(Reference):
    """Wrong in a row, too: gives the message before."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, Any] | None = None

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        last, self._last = self._last or message, message
        return last
