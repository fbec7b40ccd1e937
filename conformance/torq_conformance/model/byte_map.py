"""Names the field that covers a byte of a message, right or wrong, as far as it can be framed."""

from __future__ import annotations

from dataclasses import dataclass

from torq_specs.faults import HEADER_LAYOUT, Frame, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Leaf
from torq_specs.registry import REGISTRY, Registry


@dataclass(frozen=True)
class Place:
    """What lies at a byte: ``path`` for people, ``part`` and ``leaf`` for rules.

    ``part`` is header, frame (type, length or reserved byte of a TLV), value or outside.
    """

    path: str
    part: str
    index: int = 0
    frame: Frame | None = None
    leaf: Leaf | None = None


def place_at(data: bytes, offset: int, registry: Registry = REGISTRY) -> Place:
    """What lies at ``offset`` bytes from the start of ``data``."""
    if offset < HEADER_SIZE:
        leaf = HEADER_LAYOUT.leaf_at(offset)
        return Place(f"header.{leaf.path}", "header", leaf=leaf)
    within = offset - HEADER_SIZE
    for index, tlv in enumerate(frames(data[HEADER_SIZE:])):
        if within < tlv.value_offset:
            name = _frame_names(tlv)[min(within - tlv.offset, tlv.header_size - 1)]
            return Place(f"tlvs[{index}].{name}", "frame", index, tlv)
        if tlv.size is None or within < tlv.end:
            return _value_place(tlv, index, within - tlv.value_offset, registry)
    return Place(f"byte {offset}, behind the last TLV", "outside")


def _frame_names(tlv: Frame) -> tuple[str, ...]:
    if not tlv.is_extended:
        return ("type", "length")
    return ("extended marker", "extended reserved byte", "type", "length", "length")


def _value_place(tlv: Frame, index: int, offset: int, registry: Registry) -> Place:
    line = registry.get(tlv.number or 0)
    if line is None or line.layout is None or offset >= line.layout.size:
        return Place(f"tlvs[{index}].value, byte {offset}", "value", index, tlv)
    leaf = line.layout.leaf_at(offset)
    path = f"tlvs[{index}].value.{leaf.path} ({line.name})"
    return Place(path, "value", index, tlv, leaf)


def first_difference(expected: bytes, got: bytes) -> int | None:
    """The first byte that differs, in the order in which causes come before consequences.

    The payload first, then the header, then payload_size, and the checksum last: both follow from
    the bytes that they cover. None if nothing differs.
    """
    size, crc = HEADER_LAYOUT.field("payload_size"), HEADER_LAYOUT.field("checksum")
    longest = max(len(expected), len(got))
    ranges = (
        range(HEADER_SIZE, longest),
        range(min(size.offset, longest)),
        range(size.offset, min(size.end, longest)),
        range(crc.offset, min(crc.end, longest)),
    )
    for offsets in ranges:
        for offset in offsets:
            if expected[offset : offset + 1] != got[offset : offset + 1]:
                return offset
    return None
