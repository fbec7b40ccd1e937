"""An implementation in Python that reads and writes where the kit wants it to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torq_conformance.implementations import python_views
from torq_conformance.implementations.memory import CANARY, Memory
from torq_conformance.implementations.protocol import Placement, Surroundings


class Harm(Exception):
    """Memory was changed that was not to be changed; the text says which."""


class Placed:
    """Decodes and encodes as the implementation does, in memory with a placement.

    Harm is raised whatever the implementation itself answers or raises.
    """

    def __init__(self, implementation: Any, placement: Placement) -> None:
        self._implementation = implementation
        self._placement = placement

    def decode(self, data: bytes) -> object:
        """What the implementation decodes from a read-only buffer."""
        memory = Memory(len(data), self._placement)
        memory.view[:] = data
        if self._placement.surroundings is Surroundings.READ_ONLY:
            memory.forbid_writing()
        try:
            answer: object = self._implementation.decode(self._formed(memory.view.toreadonly()))
        finally:
            self._check_input(memory, data)
            if self._placement.surroundings is Surroundings.GIVEN_BACK:
                memory.forbid()
        return answer

    def decode_view(self, data: memoryview) -> object:
        """What the implementation's view of a read-only buffer says, in plain types."""
        memory = Memory(len(data), self._placement)
        memory.view[:] = data
        if self._placement.surroundings is Surroundings.READ_ONLY:
            memory.forbid_writing()
        try:
            view = self._implementation.decode_view(memory.view.toreadonly())
            return python_views.materialized(view)
        finally:
            self._check_input(memory, bytes(data))

    def _formed(self, view: memoryview) -> memoryview:
        """The same bytes as items of the placement's format, in its rows."""
        form, rows = self._placement.form, self._placement.rows
        if rows:
            return view.cast(form, shape=(rows, len(view) // rows))  # type: ignore[call-overload,no-any-return]
        return view if form == "B" else view.cast(form)  # type: ignore[call-overload]

    @staticmethod
    def _check_input(memory: Memory, data: bytes) -> None:
        now = memory.view.tobytes()
        if now != data:
            at = next(at for at, byte in enumerate(data) if now[at] != byte)
            raise Harm(
                f"decode changed byte {at} of its input from {data[at]:#04x} to {now[at]:#04x}"
            )
        if around := memory.changed_around():
            raise Harm(f"decode wrote outside of its input: {around}")

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """The bytes that the implementation encodes into a buffer."""
        size = self._placement.size or 0
        memory = Memory(size, self._placement)
        held = self._placement.holds[:size]
        memory.view[: len(held)] = held
        before = held + bytes([CANARY]) * (size - len(held))
        try:
            count = self._implementation.encode_into(message, memory.view)
        finally:
            if around := memory.changed_around():
                raise Harm(f"encode_into wrote outside of its {size} bytes: {around}")
        if type(count) is not int or not 0 <= count <= size:
            raise Harm(f"encode_into gave {count!r:.80}, not how many of {size} bytes it wrote")
        after = memory.view.tobytes()
        if after[count:] != before[count:]:
            at = next(at for at in range(count, size) if after[at] != before[at])
            raise Harm(f"encode_into gave {count} and wrote byte {at} of the buffer as well")
        return memory.view[:count].tobytes()
