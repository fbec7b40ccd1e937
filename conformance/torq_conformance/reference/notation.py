"""The notation in which section 5 writes a layout, turned into fields with their offsets.

Contract: a layout is text, the items of section 5 without their remarks, separated by ", ":
`price i64`, `pad 3`, `pool_address address`, `trace_id 8 bytes`, `bids FixedVec<OrderLevel,128>`.
A trailing `[24]` states the offset of the item and is checked, as section 5 asks.
Text that breaks these rules raises ValueError: a table of this package is wrong, not a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS_SIZE = 20
"""Section 1: "`address` = 20 raw bytes (EVM order), always followed by 12 zero bytes"."""

ADDRESS_PADDING_SIZE = 12

COUNT_SIZE = 2
"""Section 5, FixedVec: "count u16"."""

VECTOR_HEAD_SIZE = 8
"""Section 5, FixedVec: "count u16, pad 6", unless a layout says where its slots begin."""

_PADDING = re.compile(r"pad (?P<size>\d+)")
_ITEM = re.compile(
    r"(?P<name>\w+) (?:(?P<sign>[ui])(?P<bits>8|16|32|64|128|256)|(?P<address>address)"
    r"|(?P<size>\d+) bytes"
    r"|FixedVec<(?P<element>\w+),(?P<capacity>\d+)>(?: slots from (?P<head>\d+))?)"
    r"(?: \[(?P<offset>\d+)\])?"
)


@dataclass(frozen=True, slots=True)
class Integer:
    """A little-endian integer of `size` bytes. The name is empty when it is itself an element."""

    name: str
    offset: int
    size: int
    is_signed: bool

    @property
    def minimum(self) -> int:
        """The least value that the type holds."""
        return -(1 << (self.size * 8 - 1)) if self.is_signed else 0

    @property
    def maximum(self) -> int:
        """The greatest value that the type holds."""
        return (1 << (self.size * 8 - self.is_signed)) - 1


@dataclass(frozen=True, slots=True)
class Bytes:
    """A byte field of exactly `size` bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Padding:
    """`size` zero bytes that are no part of the value."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Vector:
    """A FixedVec: a head of count u16 and zero bytes, `capacity` slots, zero from `count` on."""

    name: str
    offset: int
    element: tuple[Integer | Bytes, ...]
    capacity: int
    head_size: int = VECTOR_HEAD_SIZE

    @property
    def element_size(self) -> int:
        """Bytes of one slot."""
        return sum(field.size for field in self.element)

    @property
    def size(self) -> int:
        """Bytes of the whole vector, head included."""
        return self.head_size + self.capacity * self.element_size

    @property
    def is_of_records(self) -> bool:
        """Whether an element is a dict of fields, not a bare integer."""
        return bool(self.element[0].name)


Field = Integer | Bytes | Padding | Vector


def parse_layout(text: str, records: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields of a layout in wire order; `records` holds the layouts of its elements."""
    fields: list[Field] = []
    offset = 0
    for item in text.split(", "):
        for field in _parse_item(item, offset, records):
            fields.append(field)
            offset = field.offset + field.size
    return tuple(fields)


def calculate_size(fields: tuple[Field, ...]) -> int:
    """Return the bytes that the fields of a layout cover together."""
    return fields[-1].offset + fields[-1].size


def _parse_item(item: str, offset: int, records: Mapping[str, str]) -> tuple[Field, ...]:
    if padding := _PADDING.fullmatch(item):
        return (Padding(offset, int(padding["size"])),)
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item!r} is no item of a layout")
    if match["offset"] is not None and int(match["offset"]) != offset:
        raise ValueError(f"{item!r} stands at offset {offset}")
    name = match["name"]
    if match["bits"]:
        return (Integer(name, offset, int(match["bits"]) // 8, match["sign"] == "i"),)
    if match["size"]:
        return (Bytes(name, offset, int(match["size"])),)
    if match["address"]:
        padding_offset = offset + ADDRESS_SIZE
        return Bytes(name, offset, ADDRESS_SIZE), Padding(padding_offset, ADDRESS_PADDING_SIZE)
    element = _parse_element(match["element"], records)
    head_size = int(match["head"] or VECTOR_HEAD_SIZE)
    return (Vector(name, offset, element, int(match["capacity"]), head_size),)


def _parse_element(name: str, records: Mapping[str, str]) -> tuple[Integer | Bytes, ...]:
    """Return the fields of an element: a record's, or one integer without a name."""
    if name in records:
        element = parse_layout(records[name], records)
    else:
        (integer,) = parse_layout(f"element {name}", records)
        if not isinstance(integer, Integer):
            raise ValueError(f"{name!r} cannot be the element of a vector")
        element = (Integer("", 0, integer.size, integer.is_signed),)
    fields = tuple(field for field in element if isinstance(field, Integer | Bytes))
    if len(fields) != len(element):
        # Section 5 has no such record; the fault lists would need paths into its padding.
        raise ValueError(f"record {name!r} holds padding or a vector")
    return fields
