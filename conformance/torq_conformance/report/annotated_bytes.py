"""The bytes of a message field by field: what a worked example and a screen show.

Rows are eight bytes at most. The zero rest of a vector is one row, and so are long runs of padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torq_conformance.model.byte_map import places_at
from torq_conformance.model.derived_codec import encode_message, encode_value
from torq_conformance.report.number_texts import number_text
from torq_specs.faults import HEADER_LAYOUT, Frame, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import REGISTRY, Registry

ROW = 8
BYTES_WIDTH = 3 * ROW - 1


@dataclass(frozen=True)
class Row:
    """A line of an annotated dump.

    ``offset`` is None where bytes are not counted (a TLV's frame on its page); ``field`` is the
    top-level field, for colours; ``is_rest`` stands for more bytes than are shown.
    """

    offset: int | None
    data: bytes
    path: str = ""
    text: str = ""
    field: str = ""
    is_rest: bool = False

    @property
    def hexed(self) -> str:
        """The bytes in hex, two of them and dots for a long rest."""
        return f"{self.data[:2].hex(' ')} ..." if self.is_rest else self.data.hex(" ")


def dump(rows: Iterator[Row]) -> str:
    """Rows as plain text: offset, bytes, field, meaning."""
    kept = list(rows)
    width = max(len(row.path) for row in kept)
    head = f"{'offset':>6}  {'bytes':<{BYTES_WIDTH}}  {'field':<{width}}  value"
    return "\n".join([head, *(_line(row, width).rstrip() for row in kept)])


def _line(row: Row, width: int) -> str:
    offset = "" if row.offset is None else str(row.offset)
    return f"{offset:>6}  {row.hexed:<{BYTES_WIDTH}}  {row.path:<{width}}  {row.text}"


def message_rows(message: Mapping[str, Any], registry: Registry = REGISTRY) -> Iterator[Row]:
    """A whole message: header, frames and values; offsets from the message's first byte."""
    data = encode_message(message, registry)
    yield from _rows(HEADER_LAYOUT, data[:HEADER_SIZE], 0, "header.")
    payload = data[HEADER_SIZE:]
    for frame in frames(payload):
        head = payload[frame.offset : frame.value_offset]
        yield Row(HEADER_SIZE + frame.offset, head, "(TLV)", frame_text(frame, registry))
        layout = registry[frame.number or 0].layout
        value, origin = payload[frame.value_offset : frame.end], HEADER_SIZE + frame.value_offset
        if layout is None:
            yield from _wrapped(value, origin, "value", "", "value")
        else:
            yield from _rows(layout, value, origin, "")


def header_rows(header: Mapping[str, int]) -> Iterator[Row]:
    """The header of a message without TLVs."""
    yield from _rows(HEADER_LAYOUT, encode_message({"header": header, "tlvs": []}), 0, "")


def tlv_rows(message: Mapping[str, Any], registry: Registry = REGISTRY) -> Iterator[Row]:
    """The one TLV of a message: its frame, then its value with offsets from the value's start."""
    payload = encode_message(message, registry)[HEADER_SIZE:]
    frame = next(frames(payload))
    yield Row(None, payload[: frame.value_offset], "(TLV)", frame_text(frame, registry))
    layout = registry[frame.number or 0].layout
    assert layout is not None
    yield from value_rows(layout, message["tlvs"][0]["value"])


def value_rows(layout: Layout, value: Mapping[str, Any]) -> Iterator[Row]:
    """A value alone; offsets from its first byte."""
    yield from _rows(layout, encode_value(layout, value), 0, "")


def frame_text(frame: Frame, registry: Registry = REGISTRY) -> str:
    """What the bytes before a value say."""
    line = registry.get(frame.number or 0)
    name = f" {line.name}" if line is not None else ""
    kind = "extended, " if frame.is_extended else ""
    return f"{kind}type {frame.number}{name}, length {frame.size}"


def _rows(layout: Layout, data: bytes, origin: int, prefix: str) -> Iterator[Row]:
    for field in layout.fields:
        part, offset = data[field.offset : field.end], origin + field.offset
        if isinstance(field.type, Vector):
            yield from _vector_rows(field, field.type, part, offset)
        else:
            yield from _leaf_rows(field, part, offset, prefix + field.name, field.name)


def _leaf_rows(
    field: FieldLayout, part: bytes, offset: int, path: str, owner: str
) -> Iterator[Row]:
    match field.type:
        case Padding(size) if size > ROW:
            yield Row(offset, part, "(padding)", f"{size} zero bytes", is_rest=True)
        case Padding():
            yield Row(offset, part, "(padding)")
        case Raw():
            yield from _wrapped(part, offset, path, f"0x{part.hex()}", owner)
        case Integer(_, is_signed):
            number = int.from_bytes(part, "little", signed=is_signed)
            yield from _wrapped(part, offset, path, number_text(field, number), owner)


def _wrapped(part: bytes, offset: int, path: str, text: str, owner: str) -> Iterator[Row]:
    yield Row(offset, part[:ROW], path, text, owner)
    for start in range(ROW, len(part), ROW):
        yield Row(offset + start, part[start : start + ROW], field=owner)


def _vector_rows(field: FieldLayout, vector: Vector, part: bytes, offset: int) -> Iterator[Row]:
    count = int.from_bytes(part[: vector.COUNT.size], "little")
    text = f"{count} of at most {vector.capacity}"
    yield Row(offset, part[: vector.COUNT.size], f"{field.name} count", text, field.name)
    yield Row(
        offset + vector.COUNT.size, part[vector.COUNT.size : vector.slots_offset], "(padding)"
    )
    size = vector.element.size
    for index in range(count):
        start = vector.slots_offset + index * size
        slot, path = part[start : start + size], f"{field.name}[{index}]"
        yield from _element_rows(field, vector.element, slot, offset + start, path)
    start = vector.slots_offset + count * size
    if rest := part[start:]:
        slots = _slots(field.name, count, vector.capacity - 1)
        yield Row(
            offset + start, rest, slots, f"{len(rest):,} zero bytes", field.name, is_rest=True
        )


def _element_rows(
    field: FieldLayout, element: Layout | Integer, slot: bytes, offset: int, path: str
) -> Iterator[Row]:
    if isinstance(element, Integer):
        number = int.from_bytes(slot, "little", signed=element.is_signed)
        yield from _wrapped(slot, offset, path, number_text(field, number), field.name)
        return
    for part in element.fields:
        data = slot[part.offset : part.end]
        yield from _leaf_rows(part, data, offset + part.offset, f"{path}.{part.name}", field.name)


def _slots(name: str, first: int, last: int) -> str:
    return f"{name}[{first}]" if first == last else f"{name}[{first}] to {name}[{last}]"


def byte_rows(data: bytes, registry: Registry = REGISTRY) -> Iterator[Row]:
    """Any bytes, right or wrong, as far as they can be framed: rows by field."""
    places = [place.path for place in places_at(data, range(len(data)), registry)]
    at = 0
    for path, group in groupby(places):
        size = len(list(group))
        part = data[at : at + size]
        is_rest = size > REST_MIN and not any(part)
        if is_rest:
            yield Row(at, part, path, f"{size:,} zero bytes", is_rest=True)
        else:
            for start in range(0, size, ROW):
                text = _number(part) if size <= ROW and not start else ""
                yield Row(at + start, part[start : start + ROW], path, text)
        at += size


REST_MIN = 32
"""Zero bytes of one field that are shown in one row from here on."""


def _number(part: bytes) -> str:
    number = int.from_bytes(part, "little")
    return f"{number:#x}" if len(part) == 4 else str(number)
