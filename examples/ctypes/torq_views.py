"""Views of messages in the caller's memory: nothing is kept of a message but where it lies.

What a field is and where, the tables of the C library say (section 5); that a message is right, its
`torq_decode` has said before a view is made. The memoryview that a view holds keeps the memory.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEADER_SIZE = 32
HEADER_START = 4
"""Where the header's own fields begin: behind the magic."""

EXTENDED = 255
COUNT_SIZE = 2

SIGNED, BYTES, ZEROS, VECTOR = 1, 2, 3, 4


@dataclass(frozen=True)
class Member:
    """A field of a record on the wire; ``capacity``, ``slots`` and ``element`` are of a vector."""

    name: str
    kind: int
    offset: int
    size: int
    capacity: int = 0
    slots: int = 0
    element: tuple[Member, ...] = ()
    element_size: int = 0


def members_of(layout: Any) -> tuple[Member, ...]:
    """The fields of a torq_layout by their places on the wire."""
    members, offset = [], 0
    for row in layout.fields[: layout.field_count]:
        if row.kind != ZEROS:
            name = row.name.decode() if row.name else ""
            members.append(Member(name, row.kind, offset, row.size, *_slots_of(row)))
        offset += row.size
    return tuple(members)


def _slots_of(row: Any) -> tuple[Any, ...]:
    if row.kind != VECTOR:
        return ()
    element = row.element.contents
    slots = row.size - row.capacity * element.size
    return row.capacity, slots, members_of(element), element.size


class Record(Mapping[str, Any]):
    """Fields behind a byte of a buffer."""

    def __init__(self, data: memoryview, start: int, members: tuple[Member, ...]) -> None:
        self._data, self._start, self._members = data, start, members

    def __getitem__(self, name: str) -> Any:
        """A number as it is now, or a view of bytes or elements."""
        for member in self._members:
            if member.name == name:
                return _read(self._data, self._start + member.offset, member)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (member.name for member in self._members)

    def __len__(self) -> int:
        return len(self._members)


class Elements(Sequence[Any]):
    """The elements of a vector, as many as its count says and as there is room for."""

    def __init__(self, data: memoryview, start: int, vector: Member) -> None:
        self._data, self._start, self._vector = data, start, vector

    def __len__(self) -> int:
        count = int.from_bytes(self._data[self._start : self._start + COUNT_SIZE], "little")
        return min(count, self._vector.capacity)

    def __getitem__(self, index: Any) -> Any:
        """One element, or those of a slice as a list."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        at = range(len(self))[index]
        vector = self._vector
        start = self._start + vector.slots + at * vector.element_size
        if not vector.element[0].name:
            return _read(self._data, start, vector.element[0])
        return Record(self._data, start, vector.element)


def _read(data: memoryview, start: int, member: Member) -> Any:
    if member.kind == VECTOR:
        return Elements(data, start, member)
    part = data[start : start + member.size]
    if member.kind == BYTES:
        return part
    return int.from_bytes(part, "little", signed=member.kind == SIGNED)


class Parts(Mapping[str, Any]):
    """A mapping of a few names, each made when it is asked for."""

    def __init__(self, **makers: Any) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Any:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Tlvs(Sequence[Any]):
    """The TLVs of a message, found by walking along their lengths (section 3)."""

    def __init__(self, data: memoryview, layout_of: Any) -> None:
        self._data, self._layout_of = data, layout_of

    def __len__(self) -> int:
        return sum(1 for _ in self._frames())

    def __iter__(self) -> Iterator[Any]:
        for number, start, end in self._frames():
            yield self._tlv(number, start, end)

    def __getitem__(self, index: Any) -> Any:
        """One TLV, or those of a slice as a list."""
        if isinstance(index, slice):
            return [*self][index]
        wanted = index if index >= 0 else index + len(self)
        for at, frame in enumerate(self._frames()):
            if at == wanted:
                return self._tlv(*frame)
        raise IndexError(index)

    def _frames(self) -> Iterator[tuple[int, int, int]]:
        data, offset = self._data, HEADER_SIZE
        while offset < len(data):
            number, start, size = data[offset], offset + 2, data[offset + 1]
            if number == EXTENDED:
                number, start = data[offset + 2], offset + 5
                size = data[offset + 3] | data[offset + 4] << 8
            offset = start + size
            yield number, start, offset

    def _tlv(self, number: int, start: int, end: int) -> Parts:
        layout = self._layout_of(number)
        if layout is None:
            return Parts(type=lambda: number, value=lambda: self._data[start:end])
        return Parts(type=lambda: number, value=lambda: Record(self._data, start, layout))


class _Buffer(ctypes.Structure):
    """The beginning of Python's Py_buffer, and room for the rest of it."""

    _fields_ = (("address", ctypes.c_void_p), ("rest", ctypes.c_char * 88))


def address_of(data: memoryview) -> int:
    """Where the bytes lie; right for as long as ``data`` lives and is not released."""
    found = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(found), 0)
    address = int(found.address or 0)
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(found))
    return address
