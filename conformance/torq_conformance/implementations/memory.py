"""Memory with unmapped pages at both ends, to place the buffers of an implementation in.

Contract: what touches an unmapped page, or writes into a read-only one, ends the process by a
signal. All other bytes around a buffer are canaries, which are looked at afterwards.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os

from torq_conformance.implementations.protocol import Placement, Surroundings

CANARY = 0xA5
"""What every byte around a buffer is, and what an output buffer is full of before the call."""

LINE = 64
"""What alignments are counted from, in bytes."""

PROT_NONE = 0


class Memory:
    """A buffer of ``size`` bytes in memory of its own."""

    def __init__(self, size: int, placement: Placement) -> None:
        page = mmap.PAGESIZE
        pages = -(-(size + placement.slack + 4 * LINE) // page)
        self._mapped = mmap.mmap(-1, (pages + 2) * page, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._body = slice(page, (pages + 1) * page)
        self._mapped[self._body] = bytes([CANARY]) * (pages * page)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._mapped))
        self._protect(0, page, PROT_NONE)
        self._protect(self._body.stop, page, PROT_NONE)
        start = self._start(size, placement)
        self._buffer = slice(start, start + size)

    def _start(self, size: int, placement: Placement) -> int:
        match placement.surroundings:
            case Surroundings.UNMAPPED_BEHIND:
                return int(self._body.stop) - placement.slack - size
            case Surroundings.UNMAPPED_IN_FRONT:
                return int(self._body.start) + placement.slack
            case _:
                return int(self._body.start) + LINE + placement.alignment

    def _protect(self, start: int, size: int, protection: int) -> None:
        address, length = ctypes.c_void_p(self._address + start), ctypes.c_size_t(size)
        if _libc().mprotect(address, length, protection):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    @property
    def view(self) -> memoryview:
        """The buffer, writable; the memory is there as long as anything refers to it."""
        return memoryview(self._mapped)[self._buffer]

    def forbid_writing(self) -> None:
        """From now on, writing anywhere here ends the process."""
        self._protect(self._body.start, self._body.stop - self._body.start, mmap.PROT_READ)

    def forbid(self) -> None:
        """From now on, touching anything here ends the process."""
        self._protect(self._body.start, self._body.stop - self._body.start, PROT_NONE)
        # Never to be mapped anew: other memory at this address would hide who still uses it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._mapped))

    def changed_around(self) -> str:
        """Which byte around the buffer is no canary any more, in words; empty: none."""
        in_front = self._mapped[self._body.start : self._buffer.start]
        behind = self._mapped[self._buffer.stop : self._body.stop]
        if behind.strip(bytes([CANARY])):
            at = next(at for at, byte in enumerate(behind) if byte != CANARY)
            return f"byte {at + 1} behind the end"
        if in_front.strip(bytes([CANARY])):
            at = next(at for at, byte in enumerate(reversed(in_front)) if byte != CANARY)
            return f"byte {at + 1} in front of the beginning"
        return ""


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
