"""Encodes and decodes by Layout with struct, as fast as cases need it.

Derived from the declarations, so it says what they say, and tests hold it to Construct byte for
byte. It looks at nothing but the layout: padding is skipped, counts are believed. What is wrong
with a message is the matter of ``torq_specs.faults``.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torq_specs.enums import Magic
from torq_specs.faults import HEADER_LAYOUT, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import EXTENDED, REGISTRY, STANDARD_SIZE_MAX, Registry
from torq_specs.wire import checksum

CODES = {1: "b", 2: "h", 4: "i", 8: "q"}


MAGIC = int(Magic.TORQ)

_HEADER_NAMES = tuple(field.name for field in HEADER_LAYOUT.fields)

_HEADER = struct.Struct("<" + "".join(CODES[field.size].upper() for field in HEADER_LAYOUT.fields))


def encode_value(layout: Layout, value: Mapping[str, Any]) -> bytes:
    """The bytes of a laid-out value; struct.error or OverflowError if a field does not hold it."""
    return b"".join(part.encode(value) for part in _parts(layout))


def decode_value(layout: Layout, data: bytes) -> dict[str, Any]:
    """The value in ``layout.size`` bytes; padding and stale slots are not looked at."""
    value: dict[str, Any] = {}
    for part in _parts(layout):
        part.decode(data, value)
    return value


def encode_header(header: Mapping[str, int], payload_size: int, crc: int) -> bytes:
    """The 32 bytes of a header with the given derived fields; nothing is checked."""
    derived = {"magic": MAGIC, "payload_size": payload_size, "checksum": crc}
    values = {**header, **derived}
    return _HEADER.pack(*[values.get(name, 0) for name in _HEADER_NAMES])


def frame(
    number: int, value: bytes, *, is_extended: bool | None = None, reserved: int = 0
) -> bytes:
    """One TLV; standard up to 255 bytes and extended above, unless ``is_extended`` says which."""
    if is_extended is None:
        is_extended = len(value) > STANDARD_SIZE_MAX
    if is_extended:
        return struct.pack("<BBBH", EXTENDED, reserved, number, len(value)) + value
    return struct.pack("<BB", number, len(value)) + value


def assemble(header: Mapping[str, int], payload: bytes) -> bytes:
    """A whole message around any payload bytes, sealed with the right size and checksum."""
    head = encode_header(header, len(payload), 0)
    return seal(head + payload)


def seal(message: bytes) -> bytes:
    """The message with a checksum that is right for its bytes."""
    crc = checksum(message).to_bytes(4, "little")
    return message[: HEADER_SIZE - 4] + crc + message[HEADER_SIZE:]


def encode_tlv_value(number: int, value: Any, registry: Registry = REGISTRY) -> bytes:
    """The value bytes of one TLV of a neutral message."""
    line = registry.get(number)
    if line is None or line.layout is None:
        return bytes(value)
    return encode_value(line.layout, value)


def encode_message(message: Mapping[str, Any], registry: Registry = REGISTRY) -> bytes:
    """The canonical bytes of a neutral message that an encoder must accept."""
    payload = b"".join(
        frame(tlv["type"], encode_tlv_value(tlv["type"], tlv["value"], registry))
        for tlv in message["tlvs"]
    )
    return assemble(message["header"], payload)


def decode_message(data: bytes, registry: Registry = REGISTRY) -> dict[str, Any]:
    """The neutral message in bytes without faults other than in padding and stale slots."""
    header = decode_value(HEADER_LAYOUT, data[:HEADER_SIZE])
    payload = data[HEADER_SIZE:]
    tlvs = []
    for tlv in frames(payload):
        value: Any = payload[tlv.value_offset : tlv.end]
        line = registry.get(tlv.number or 0)
        if line is not None and line.layout is not None:
            value = decode_value(line.layout, value)
        tlvs.append({"type": tlv.number, "value": value})
    return {"header": header, "tlvs": tlvs}


@dataclass(frozen=True)
class _Flat:
    """A run of fields without vectors: one struct."""

    offset: int
    compiled: struct.Struct
    names: tuple[str, ...]
    widths: tuple[int, ...]
    """For integers that struct does not know their size in bytes, else 0."""

    def encode(self, value: Mapping[str, Any]) -> bytes:
        return self.compiled.pack(*self.flatten(value))

    def flatten(self, value: Mapping[str, Any]) -> list[Any]:
        return [
            value[name].to_bytes(width, "little") if width else value[name]
            for name, width in zip(self.names, self.widths, strict=True)
        ]

    def decode(self, data: bytes, value: dict[str, Any]) -> None:
        value.update(self.inflate(self.compiled.unpack_from(data, self.offset)))

    def inflate(self, numbers: Sequence[Any]) -> dict[str, Any]:
        return {
            name: int.from_bytes(number, "little") if width else number
            for name, width, number in zip(self.names, self.widths, numbers, strict=True)
        }


@dataclass(frozen=True)
class _Slots:
    """A vector."""

    offset: int
    name: str
    vector: Vector
    encode_element: Callable[[Any], bytes]
    decode_element: Callable[[bytes], Any]

    def encode(self, value: Mapping[str, Any]) -> bytes:
        elements = value[self.name]
        head = len(elements).to_bytes(2, "little").ljust(self.vector.slots_offset, b"\0")
        slots = b"".join(self.encode_element(element) for element in elements)
        return (head + slots).ljust(self.vector.size, b"\0")

    def decode(self, data: bytes, value: dict[str, Any]) -> None:
        count, size = (
            int.from_bytes(data[self.offset : self.offset + 2], "little"),
            (self.vector.element.size),
        )
        first = self.offset + self.vector.slots_offset
        value[self.name] = [
            self.decode_element(data[start : start + size])
            for start in range(first, first + count * size, size)
        ]


@functools.cache
def _parts(layout: Layout) -> tuple[_Flat | _Slots, ...]:
    parts: list[_Flat | _Slots] = []
    flat: list[FieldLayout] = []
    for field in layout.fields:
        if isinstance(field.type, Vector):
            parts += _flat(flat)
            parts.append(_slots(field, field.type))
            flat = []
        else:
            flat.append(field)
    return (*parts, *_flat(flat))


def _flat(fields: Sequence[FieldLayout]) -> list[_Flat]:
    if not fields:
        return []
    named = [field for field in fields if field.name and not field.is_derived]
    return [
        _Flat(
            fields[0].offset,
            struct.Struct("<" + "".join(struct_code(field) for field in fields)),
            tuple(field.name for field in named),
            tuple(
                field.size if isinstance(field.type, Integer) and field.size not in CODES else 0
                for field in named
            ),
        )
    ]


def struct_code(field: FieldLayout) -> str:
    """The field as ``struct`` has it: bytes where it knows no such integer, x where nothing is."""
    match field.type:
        case Integer(size, is_signed) if size in CODES and not field.is_derived:
            return CODES[size] if is_signed else CODES[size].upper()
        case Integer(size) | Raw(size) if not field.is_derived:
            return f"{size}s"
        case Padding(size) | Integer(size):
            return f"{size}x"
    raise AssertionError(field)


def _slots(field: FieldLayout, vector: Vector) -> _Slots:
    element = vector.element
    if isinstance(element, Integer):
        return _Slots(
            field.offset,
            field.name,
            vector,
            lambda number: number.to_bytes(element.size, "little", signed=element.is_signed),
            lambda data: int.from_bytes(data, "little", signed=element.is_signed),
        )
    return _Slots(
        field.offset,
        field.name,
        vector,
        functools.partial(encode_value, element),
        functools.partial(decode_value, element),
    )
