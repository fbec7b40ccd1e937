"""Reads and writes the value of a layout, fast, and only when it has no fault.

Contract: `read` and `write` answer None as soon as anything is off and never say what; that is the
work of `layout_faults.py`. The caller has checked that all bytes of the layout are there.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import chain, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from torq_conformance.reference.notation import (
    COUNT_SIZE,
    Bytes,
    Field,
    Integer,
    Padding,
    Vector,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_INTEGER_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Unsigned struct code by size; wider integers travel through struct as bytes."""


class LayoutCodec(Protocol):
    """What reads and writes the fields of a layout, or of a part of one."""

    def read(self, data: bytes, start: int) -> dict[str, Any] | None:
        """Return the fields of the layout that starts at byte `start` of data, None if faulty."""

    def write(self, value: Mapping[str, Any]) -> bytes | None:
        """Return the bytes of the fields in value, None if faulty."""


def build_layout_codec(fields: Iterable[Field]) -> LayoutCodec:
    """Return what reads and writes these fields: one struct for each run without a vector."""
    parts: list[tuple[int, LayoutCodec]] = []
    run: list[Integer | Bytes | Padding] = []
    for field in fields:
        if not isinstance(field, Vector):
            run.append(field)
            continue
        if run:
            parts.append((run[0].offset, _RunCodec(run)))
            run = []
        parts.append((field.offset, _VectorCodec(field)))
    if run:
        parts.append((run[0].offset, _RunCodec(run)))
    return parts[0][1] if len(parts) == 1 else _JoinedCodec(parts)


class _JoinedCodec:
    """Several parts, each at its offset in the layout."""

    def __init__(self, parts: list[tuple[int, LayoutCodec]]) -> None:
        self._parts = tuple(parts)

    def read(self, data: bytes, start: int) -> dict[str, Any] | None:
        value: dict[str, Any] = {}
        for offset, part in self._parts:
            fields = part.read(data, start + offset)
            if fields is None:
                return None
            value |= fields
        return value

    def write(self, value: Mapping[str, Any]) -> bytes | None:
        pieces = []
        for _, part in self._parts:
            piece = part.write(value)
            if piece is None:
                return None
            pieces.append(piece)
        return b"".join(pieces)


class _RunCodec:
    """Fields of fixed size one behind the other: one struct for the values, one for the padding."""

    def __init__(self, fields: Iterable[Integer | Bytes | Padding]) -> None:
        fields = tuple(fields)
        named = [field for field in fields if not isinstance(field, Padding)]
        self._names = tuple(field.name for field in named)
        self._take = _taker(self._names)
        values = struct.Struct("<" + "".join(_format_value(field) for field in fields))
        self._pack, self._unpack_from = values.pack, values.unpack_from
        self._padding = struct.Struct("<" + "".join(_format_padding(field) for field in fields))
        self._zeros = self._padding.unpack(bytes(self._padding.size))
        self._wide = tuple(field for field in named if _is_wide(field))
        self._byte_sizes = tuple((f.name, f.size) for f in named if isinstance(f, Bytes))

    def read(self, data: bytes, start: int) -> dict[str, Any] | None:
        # Section 1: "a decoder SHOULD reject anything else" than zeros in padding; we do.
        if self._zeros and self._padding.unpack_from(data, start) != self._zeros:
            return None
        values = self._unpack_from(data, start)
        value: dict[str, Any] = dict(zip(self._names, values))  # noqa: B905 - as many; faster
        for field in self._wide:
            value[field.name] = _read_integer(field, value[field.name])
        return value

    def write(self, value: Mapping[str, Any]) -> bytes | None:
        # struct cuts and fills byte fields silently, so their lengths are checked first.
        for name, size in self._byte_sizes:
            if len(value[name]) != size:
                return None
        try:
            return self._pack(*(self._write_wide(value) if self._wide else self._take(value)))
        except (struct.error, OverflowError):
            return None

    def _write_wide(self, value: Mapping[str, Any]) -> Sequence[Any]:
        written = dict(value)
        for field in self._wide:
            written[field.name] = _write_integer(field, value[field.name])
        return self._take(written)


class _VectorCodec:
    """One FixedVec, the slots that are used packed and unpacked with one struct call."""

    def __init__(self, vector: Vector) -> None:
        self._vector = vector
        self._names = tuple(field.name for field in vector.element)
        self._wide = tuple((i, f) for i, f in enumerate(vector.element) if _is_wide(f))
        self._bytes = tuple(f for f in vector.element if isinstance(f, Bytes))
        self._format = "".join(_format_value(field) for field in vector.element)
        self._element = struct.Struct("<" + self._format)
        self._size = vector.size
        self._zeros = bytes(vector.capacity * vector.element_size)

    def read(self, data: bytes, start: int) -> dict[str, Any] | None:
        count = data[start] | data[start + 1] << 8
        slots = start + self._vector.head_size
        stale = slots + count * self._element.size
        # Section 5: "pad 6" behind the count; "count > N: CapacityExceeded".
        if count > self._vector.capacity or any(data[start + 2 : slots]):
            return None
        # Section 5: "slots from `count` on are all zero".
        if not self._zeros.startswith(data[stale : start + self._size]):
            return None
        rows: Iterable[Iterable[Any]] = self._element.iter_unpack(data[slots:stale])
        if self._wide:
            rows = map(self._read_wide, rows)
        if not self._vector.is_of_records:
            return {self._vector.name: list(chain.from_iterable(rows))}
        # One dict per row, without a step of the interpreter in between.
        return {self._vector.name: list(map(dict, map(zip, repeat(self._names), rows)))}

    def write(self, value: Mapping[str, Any]) -> bytes | None:
        elements = value[self._vector.name]
        if len(elements) > self._vector.capacity or self._has_bytes_of_wrong_size(elements):
            return None
        if self._vector.is_of_records:
            names = self._names
            elements = [element[name] for element in elements for name in names]
        try:
            flat = self._write_wide(elements) if self._wide else elements
            slots = _repeat_format(self._format, len(value[self._vector.name])).pack(*flat)
        except (struct.error, OverflowError):
            return None
        count = len(value[self._vector.name])
        head = count.to_bytes(COUNT_SIZE, "little").ljust(self._vector.head_size, b"\0")
        return (head + slots).ljust(self._size, b"\0")

    def _has_bytes_of_wrong_size(self, elements: Iterable[Mapping[str, Any]]) -> bool:
        return any(len(element[f.name]) != f.size for f in self._bytes for element in elements)

    def _read_wide(self, row: Iterable[Any]) -> list[Any]:
        values = list(row)
        for index, field in self._wide:
            values[index] = _read_integer(field, values[index])
        return values

    def _write_wide(self, flat: Iterable[Any]) -> list[Any]:
        values = list(flat)
        for index, field in self._wide:
            for position in range(index, len(values), len(self._names)):
                values[position] = _write_integer(field, values[position])
        return values


def _taker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return what takes the values of these names: several at once, without the interpreter."""
    if len(names) == 1:
        (name,) = names
        return lambda value: (value[name],)
    return itemgetter(*names)


@cache
def _repeat_format(element_format: str, count: int) -> struct.Struct:
    """Return the struct of `count` elements: building one costs more than using it."""
    return struct.Struct("<" + element_format * count)


def _format_value(field: Integer | Bytes | Padding) -> str:
    if isinstance(field, Padding):
        return f"{field.size}x"
    if isinstance(field, Bytes) or _is_wide(field):
        return f"{field.size}s"
    code = _INTEGER_FORMATS[field.size]
    return code.lower() if field.is_signed else code


def _format_padding(field: Integer | Bytes | Padding) -> str:
    return f"{field.size}{'s' if isinstance(field, Padding) else 'x'}"


def _is_wide(field: Integer | Bytes) -> TypeGuard[Integer]:
    return isinstance(field, Integer) and field.size not in _INTEGER_FORMATS


def _read_integer(field: Integer, data: bytes) -> int:
    return int.from_bytes(data, "little", signed=field.is_signed)


def _write_integer(field: Integer, value: int) -> bytes:
    return value.to_bytes(field.size, "little", signed=field.is_signed)
