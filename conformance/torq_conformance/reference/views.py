"""Views of messages: nothing is kept of a message but where it lies, and every reading reads there.

Contract: a view holds the buffer, so that its owner cannot give it back (BufferError) while the
view lives. Making one takes a handful of small objects, whatever the size of the message. What is
changed in the buffer afterwards is read as it stands; a count beyond its capacity is read as that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torq_conformance.reference import header
from torq_conformance.reference.crc import crc32
from torq_conformance.reference.framing import (
    EXTENDED,
    EXTENDED_HEADER_SIZE,
    STANDARD_HEADER_SIZE,
)
from torq_conformance.reference.notation import COUNT_SIZE, Bytes, Integer, Padding, Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torq_conformance.reference.notation import Field
    from torq_conformance.reference.registry import Registry

HEADER_FIELDS = (
    Integer("relay_domain", 4, 1, is_signed=False),
    Integer("version", 5, 1, is_signed=False),
    Integer("source", 6, 1, is_signed=False),
    Integer("flags", 7, 1, is_signed=False),
    Integer("sequence", 8, 8, is_signed=False),
    Integer("timestamp", 16, 8, is_signed=False),
)
"""What a message value has of the header of section 2."""

ZEROS = memoryview(bytes(1 << 16))
"""What padding and free slots are compared with: a slice of it is no copy."""


def is_right(data: memoryview, registry: Registry) -> bool:
    """Return whether data is a whole message without a fault; which one, `faults.py` says."""
    if not header.HEADER_SIZE <= len(data) <= header.MESSAGE_SIZE_MAX:
        return False
    magic, relay_domain, version, source, *_, payload_size, checksum = header.HEADER.unpack_from(
        data
    )
    head, payload = data[: header.CHECKSUM_OFFSET], data[header.HEADER_SIZE :]
    if (
        magic != header.MAGIC
        or relay_domain not in header.RELAY_DOMAINS
        or version not in header.VERSIONS
        or source not in header.SOURCES
        or payload_size != len(payload)
        or checksum != crc32(payload, crc32(head))
    ):
        return False
    offset = header.HEADER_SIZE
    while offset < len(data):
        start, end = _place_value(data, offset)
        if end > len(data) or (data[offset] == EXTENDED and data[offset + 1] != 0):
            return False
        tlv_type = registry.get(_type_at(data, offset))
        if (
            tlv_type is None
            or tlv_type.domain not in (None, relay_domain)
            or not tlv_type.size_min <= end - start <= tlv_type.size_max
        ):
            return False
        layout = tlv_type.layout
        if layout is not None and not all(_is_filled(data, start, one) for one in layout.fields):
            return False
        offset = end
    return True


def _place_value(data: memoryview, offset: int) -> tuple[int, int]:
    """Return where the value of the TLV at offset starts and ends; beyond data if it is cut."""
    if data[offset] != EXTENDED:
        start = offset + STANDARD_HEADER_SIZE
        return start, start + data[offset + 1] if start <= len(data) else start
    start = offset + EXTENDED_HEADER_SIZE
    if start > len(data):
        return start, start
    return start, start + (data[offset + 3] | data[offset + 4] << 8)


def _type_at(data: memoryview, offset: int) -> int:
    return data[offset] if data[offset] != EXTENDED else data[offset + 2]


def _is_filled(data: memoryview, start: int, field: Field) -> bool:
    """Return whether padding is zero and a vector within its capacity, its free slots zero."""
    if isinstance(field, Padding):
        return _is_zero(data, start + field.offset, field.size)
    if not isinstance(field, Vector):
        return True
    at = start + field.offset
    count = int.from_bytes(data[at : at + COUNT_SIZE], "little")
    used = count * field.element_size
    free = field.size - field.head_size - used
    return (
        count <= field.capacity
        and _is_zero(data, at + COUNT_SIZE, field.head_size - COUNT_SIZE)
        and _is_zero(data, at + field.head_size + used, free)
    )


def _is_zero(data: memoryview, start: int, size: int) -> bool:
    return data[start : start + size] == ZEROS[:size]


class MessageView(Mapping[str, Any]):
    """A message: its header and its TLVs."""

    def __init__(self, data: memoryview, registry: Registry) -> None:
        self._data, self._registry = data, registry

    def __getitem__(self, key: str) -> Any:
        """Return a view of the header or of the TLVs."""
        if key == "header":
            return RecordView(self._data, 0, HEADER_FIELDS)
        if key == "tlvs":
            return TlvsView(self._data, self._registry)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("header", "tlvs"))

    def __len__(self) -> int:
        return 2


class TlvsView(Sequence[Mapping[str, Any]]):
    """The TLVs of a message, found by walking over their lengths."""

    def __init__(self, data: memoryview, registry: Registry) -> None:
        self._data, self._registry = data, registry

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for offset in self._offsets():
            yield TlvView(self._data, offset, self._registry)

    def __len__(self) -> int:
        return sum(1 for _ in self._offsets())

    def __getitem__(self, index: Any) -> Any:
        """Return the TLV at an index, or those of a slice as a list."""
        if isinstance(index, slice):
            return [*self][index]
        wanted = index if index >= 0 else index + len(self)
        for position, offset in enumerate(self._offsets()):
            if position == wanted:
                return TlvView(self._data, offset, self._registry)
        raise IndexError(index)

    def _offsets(self) -> Iterator[int]:
        offset = header.HEADER_SIZE
        while offset < len(self._data):
            yield offset
            _, offset = _place_value(self._data, offset)


class TlvView(Mapping[str, Any]):
    """One TLV: its type and its value."""

    def __init__(self, data: memoryview, offset: int, registry: Registry) -> None:
        self._data, self._offset, self._registry = data, offset, registry

    def __getitem__(self, key: str) -> Any:
        """Return the type, or the value: a view of its fields, or of its bytes."""
        number = _type_at(self._data, self._offset)
        if key == "type":
            return number
        if key != "value":
            raise KeyError(key)
        start, end = _place_value(self._data, self._offset)
        tlv_type = self._registry.get(number)
        if tlv_type is None or tlv_type.layout is None:
            return self._data[start:end]
        return RecordView(self._data, start, tlv_type.layout.fields)

    def __iter__(self) -> Iterator[str]:
        return iter(("type", "value"))

    def __len__(self) -> int:
        return 2


class RecordView(Mapping[str, Any]):
    """Fields that lie one after another from a byte on."""

    def __init__(self, data: memoryview, start: int, fields: Sequence[Field]) -> None:
        self._data, self._start, self._fields = data, start, fields

    def __getitem__(self, key: str) -> Any:
        """Return an integer, or a view of the bytes or elements of a field."""
        for field in self._fields:
            if not isinstance(field, Padding) and field.name == key:
                return _read(self._data, self._start + field.offset, field)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in self._fields if not isinstance(field, Padding))

    def __len__(self) -> int:
        return sum(not isinstance(field, Padding) for field in self._fields)


class VectorView(Sequence[Any]):
    """The elements of a vector, as many as its count says."""

    def __init__(self, data: memoryview, start: int, vector: Vector) -> None:
        self._data, self._start, self._vector = data, start, vector

    def __len__(self) -> int:
        count = self._data[self._start : self._start + COUNT_SIZE]
        return min(int.from_bytes(count, "little"), self._vector.capacity)

    def __getitem__(self, index: Any) -> Any:
        """Return the element at an index, or those of a slice as a list."""
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        count = len(self)
        position = index if index >= 0 else index + count
        if not 0 <= position < count:
            raise IndexError(index)
        vector = self._vector
        start = self._start + vector.head_size + position * vector.element_size
        if vector.is_of_records:
            return RecordView(self._data, start, vector.element)
        return _read(self._data, start, vector.element[0])


def _read(data: memoryview, start: int, field: Integer | Bytes | Vector) -> Any:
    if isinstance(field, Vector):
        return VectorView(data, start, field)
    piece = data[start : start + field.size]
    if isinstance(field, Bytes):
        return piece
    return int.from_bytes(piece, "little", signed=field.is_signed)
