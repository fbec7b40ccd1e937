"""Bindings of native.c: the reference, with bytes that have gone through C."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from torq_conformance.mutants.memory import address_of
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected

PLACED_MAX = 1 << 16
"""Bytes that the function take has room for."""


class Native(Reference):
    """Copies its input in C; subclasses say from which library and by which function."""

    library: ClassVar[Path]
    function = "take"

    def __init__(self) -> None:
        super().__init__()
        self._library = ctypes.CDLL(str(self.library))
        self._take = self._library[self.function]
        self._take.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t]
        self._give = self._library.give
        self._give.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]

    def decode(self, data: bytes) -> dict[str, Any]:
        size = memoryview(data).nbytes
        if size > PLACED_MAX:
            return super().decode(data)
        target = ctypes.create_string_buffer(max(size, 1))
        self._take(target, address_of(data), size)
        return super().decode(target.raw[:size])

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        if len(data) > len(buffer):
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        self._give(address_of(buffer), data, len(data))
        return len(data)
