"""Names the field that covers a byte of a message, right or wrong, as far as it can be framed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torq_specs.faults import HEADER_LAYOUT, Frame, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Layout, Leaf
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
    return next(places_at(data, [offset], registry))


def places_at(
    data: bytes, offsets: Iterable[int], registry: Registry = REGISTRY
) -> Iterator[Place]:
    """What lies at several offsets in rising order; TLVs are walked through once."""
    walk = enumerate(frames(data[HEADER_SIZE:]))
    index, tlv = next(walk, (0, None))
    for offset in offsets:
        within = offset - HEADER_SIZE
        while tlv is not None and tlv.size is not None and within >= tlv.end:
            index, tlv = next(walk, (0, None))
        if offset < HEADER_SIZE:
            leaf = HEADER_LAYOUT.leaf_at(offset)
            yield Place(f"header.{leaf.path}", "header", leaf=leaf)
        elif tlv is None:
            yield Place(f"byte {offset}, behind the last TLV", "outside")
        elif within < tlv.value_offset:
            name = _frame_names(tlv)[min(within - tlv.offset, tlv.header_size - 1)]
            yield Place(f"tlvs[{index}].{name}", "frame", index, tlv)
        else:
            yield _value_place(tlv, index, within - tlv.value_offset, registry)


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


def bytes_of(data: bytes, path: str, registry: Registry = REGISTRY) -> range:
    """The offsets of the bytes that carry a field of the neutral value; empty if there are none."""
    part, _, name = path.partition(".")
    if part == "header":
        return _range_of(HEADER_LAYOUT, name, 0)
    found = re.fullmatch(r"tlvs\[(\d+)\]", part)
    if found is None:
        return range(0)
    tlv = next(itertools.islice(frames(data[HEADER_SIZE:]), int(found[1]), None), None)
    line = None if tlv is None else registry.get(tlv.number or 0)
    if tlv is None or line is None or line.layout is None:
        return range(0)
    return _range_of(line.layout, name.removeprefix("value."), HEADER_SIZE + tlv.value_offset)


def _range_of(layout: Layout, path: str, origin: int) -> range:
    for leaf in layout.leaves:
        if leaf.path == path:
            return range(origin + leaf.offset, origin + leaf.end)
    return range(0)


CHUNK = 4096
"""Bytes that are compared at once on the way to the first that differs."""


def first_difference(expected: bytes, got: bytes) -> int | None:
    """The first byte that differs, in the order in which causes come before consequences.

    The payload first, then the header, then payload_size, and the checksum last: both follow from
    the bytes that they cover. None if nothing differs.
    """
    size, crc = HEADER_LAYOUT.field("payload_size"), HEADER_LAYOUT.field("checksum")
    longest = max(len(expected), len(got))
    for start, end in (
        (HEADER_SIZE, longest),
        (0, size.offset),
        (size.offset, size.end),
        (crc.offset, crc.end),
    ):
        at = _first_within(expected, got, start, end)
        if at is not None:
            return at
    return None


def _first_within(expected: bytes, got: bytes, start: int, end: int) -> int | None:
    for chunk in range(start, end, CHUNK):
        stop = min(chunk + CHUNK, end)
        ours, theirs = expected[chunk:stop], got[chunk:stop]
        if ours != theirs:
            both = enumerate(zip(ours, theirs, strict=False))
            shorter = min(len(ours), len(theirs))
            return chunk + next((at for at, (one, other) in both if one != other), shorter)
        if not ours:
            return None
    return None


def differing_from(expected: bytes, got: bytes, first: int, count_max: int) -> list[int]:
    """Offsets that differ: those of the header, and from ``first`` on at most ``count_max``."""
    end = min(max(len(expected), len(got)), first + count_max)
    return [
        at
        for at in (*range(HEADER_SIZE), *range(max(first, HEADER_SIZE), end))
        if expected[at : at + 1] != got[at : at + 1]
    ]


def differing_count(expected: bytes, got: bytes) -> int:
    """How many bytes differ; those that only one of the two has differ as well."""
    shorter = min(len(expected), len(got))
    # One operation on two large numbers instead of a loop over their bytes.
    both = int.from_bytes(expected[:shorter], "little") ^ int.from_bytes(got[:shorter], "little")
    equal = both.to_bytes(shorter, "little").count(0)
    return max(len(expected), len(got)) - equal
