"""Views: flipped bits, memory, buffers that are given back, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from torq_conformance.cases import boundaries, checksums, framing, header, messages, placements
from torq_conformance.cases.case import Case
from torq_conformance.cases.corners import refused
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.implementations.protocol import (
    Look,
    Operation,
    Probe,
    Request,
    Surroundings,
)
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT, frames
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Layout, Leaf, Padding, Vector
from torq_specs.registry import STANDARD_SIZE_MAX, Registry, TlvType

GROUPS = 64
"""Groups of flipped bits that are one case."""

HEADER_FIELDS = ("flags", "sequence", "timestamp")
"""Fields of the header of which every value is legal."""

LARGE = 60_000
"""Bytes of a large value, where a type may have them."""

MANY = 1_000
"""TLVs of a message that has many."""

LARGE_SIZES = (300, 4_096, 65_535, 65_536, 65_600, 140_000, 1_000_000, MESSAGE_SIZE_MAX)
"""Bytes of messages whose bits are flipped in a few places."""


def flips(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every leaf of a type: alone at its first, last and another bit, and all leaves at once."""
    yield from _flips(requirement, registry, line, Operation.DECODE_VIEW)


def flips_of_copies(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """The same flips under an answer of decode, all at once."""
    *_, together = _flips(requirement, registry, line, Operation.DECODE)
    yield together


def _flips(
    requirement: str, registry: Registry, line: TlvType, operation: Operation
) -> Iterator[Case]:
    data = _filled(registry, line)
    leaves = [*_leaves(data, line)]
    alone = [(bit,) for index, leaf in enumerate(leaves) for bit in _bits(leaf, index)]
    for number, groups in enumerate(_batched(alone, GROUPS)):
        look = Look(Probe.FLIPS, groups)
        request = Request(operation, data, look=look)
        yield Case(requirement, f"{line.name}, bits flipped alone, {number + 1}", request)
    together = (
        tuple(8 * leaf.offset for leaf in leaves),
        tuple(8 * leaf.end - 1 for leaf in leaves),
    )
    request = Request(operation, data, look=Look(Probe.FLIPS, together))
    yield Case(requirement, f"{line.name}, a bit of every field flipped", request)


def _filled(registry: Registry, line: TlvType) -> bytes:
    """A message of a type whose vectors are full."""
    if line.layout is None:
        value: Any = messages.representative_value(line)
    else:
        value = boundaries.distinct(line.layout)
        for field in line.layout.fields:
            if isinstance(field.type, Vector):
                value[field.name] = boundaries.elements(field.type, field.type.capacity)
    message = messages.message_of(line, value)
    return derived_codec.encode_message(message, registry)


def _leaves(data: bytes, line: TlvType) -> Iterator[Leaf]:
    """Every leaf of a message's value and header that carries a part of the neutral value."""
    for field in HEADER_LAYOUT.leaves:
        if field.path in HEADER_FIELDS:
            yield field
    (tlv,) = frames(data[HEADER_SIZE:])
    start = HEADER_SIZE + tlv.value_offset
    if line.layout is None:
        assert tlv.size is not None
        yield Leaf("value", start, Padding(tlv.size))
        return
    for leaf in line.layout.leaves:
        if not isinstance(leaf.type, Padding) and not leaf.is_count:
            yield replace(leaf, offset=start + leaf.offset)


def _bits(leaf: Leaf, index: int) -> Iterator[int]:
    """The bits of a leaf that are flipped alone: three, of elements of vectors in turn."""
    first, last = 8 * leaf.offset, 8 * leaf.end - 1
    if "[" not in leaf.path or "[0]" in leaf.path:
        yield from sorted({first, first + (5 + 11 * index) % (last - first), last})
    elif index % 7 == 0:
        yield first + (3 + 11 * index) % (last - first)


def _batched(
    groups: Sequence[tuple[int, ...]], count: int
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """The groups, so many at a time."""
    for start in range(0, len(groups), count):
        yield tuple(groups[start : start + count])


def memory(requirement: str, registry: Registry) -> Iterator[Case]:
    """Small and large messages of one kind: long values, full vectors, many TLVs."""
    for label, small, large in _pairs(registry):
        data, larger = (derived_codec.encode_message(one, registry) for one in (small, large))
        look = Look(Probe.MEMORY, larger=larger)
        request = Request(Operation.DECODE_VIEW, data, look=look)
        yield Case(requirement, label, request)


def _pairs(registry: Registry) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for line in registry.opaque:
        size = min(line.size_max, LARGE)
        if size > line.size_min + 1_000 and (line.number < 200 or line.number == 200):
            small, large = (messages.opaque_value(n) for n in (max(line.size_min, 1), size))
            label = f"{line.name}, {len(small):,} and {size:,} bytes"
            yield label, messages.message_of(line, small), messages.message_of(line, large)
    for line in registry.with_layout:
        assert line.layout is not None
        if any(isinstance(field.type, Vector) for field in line.layout.fields):
            empty, full = (messages.message_of(line, _counted(line.layout, n)) for n in (0, 1))
            yield f"{line.name}, empty and full", empty, full
    line = min(registry, key=lambda line: line.size_min)
    one = messages.message_of(line, messages.representative_value(line))
    yield f"1 and {MANY:,} TLVs", one, {**one, "tlvs": one["tlvs"] * MANY}


def _counted(layout: Layout, full: int) -> dict[str, Any]:
    value = boundaries.distinct(layout)
    for field in layout.fields:
        if isinstance(field.type, Vector):
            value[field.name] = boundaries.elements(field.type, full * field.type.capacity)
    return value


CROWDS = (2, 17, 65, 257)
"""Views that live at once: one more than powers of two, which pools of handles have."""


def crowds(requirement: str, registry: Registry) -> Iterator[Case]:
    """Many views at once, of messages that all differ: of one type each, of all types in turn."""
    for count in CROWDS:
        data, *others = (_of_crowd(registry, number) for number in range(count))
        look = Look(Probe.CROWD, others=tuple(others))
        request = Request(Operation.DECODE_VIEW, data, look=look)
        yield Case(requirement, f"{count} at once", request)


def _of_crowd(registry: Registry, number: int) -> bytes:
    small = [line for line in registry if line.size_min <= STANDARD_SIZE_MAX] or [*registry]
    line = small[number % len(small)]
    message = messages.message_of(line, messages.representative_value(line))
    header_ = {**message["header"], "sequence": number + 1, "flags": number % 251}
    return derived_codec.encode_message({**message, "header": header_}, registry)


def returns(requirement: str, registry: Registry) -> Iterator[Case]:
    """The buffer is given back while a view of it, or a part of one, lives: every type."""
    for line in registry:
        look = Look(Probe.RETURN, larger=_other(registry, line))
        request = Request(Operation.DECODE_VIEW, _filled(registry, line), look=look)
        yield Case(requirement, f"{line.name}, given back", request)


def _other(registry: Registry, line: TlvType) -> bytes:
    """Another message of a type, with another header."""
    value = messages.representative_value(line)
    message = messages.message_of(line, value)
    header_ = {**message["header"], "flags": 0x5A, "sequence": 5, "timestamp": 6}
    return derived_codec.encode_message({**message, "header": header_}, registry)


def flips_of_large(requirement: str, registry: Registry) -> Iterator[Case]:
    """Bits of the first and the last byte of TLVs of large messages, and of messages of many."""
    for size in LARGE_SIZES:
        data = header.encoded(size, registry)
        found = [one for one in frames(data[HEADER_SIZE:]) if one.size]
        for label, some in (("first", found[:1]), ("last", found[-1:])):
            for frame in some:
                start = HEADER_SIZE + frame.value_offset
                end = start + (frame.size or 0)
                groups = ((8 * start,), (8 * end - 1,), (4 * (start + end),))
                request = Request(Operation.DECODE_VIEW, data, look=Look(Probe.FLIPS, groups))
                name = f"{len(data):,} bytes, {len(found):,} TLVs, bits of the {label} flipped"
                yield Case(requirement, name, request)


def bounds(requirement: str, registry: Registry, line: TlvType) -> Iterator[Case]:
    """A view of a message of a type between unmapped pages, at several alignments, and cut."""
    yield from map(_viewed, placements.inputs(requirement, registry, line))


def all_bounds(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every alignment, read-only pages, and messages that lie about their lengths."""
    plain = Case("", "a plain message", Request(Operation.DECODE, checksums.plain(registry)))
    for alignment in range(placements.ALIGNMENTS):
        placed = placements.placed(plain, requirement, Surroundings.CANARIES, alignment=alignment)
        yield _viewed(placed)
    yield _viewed(placements.placed(plain, requirement, Surroundings.READ_ONLY))
    wrong = chain(
        header.too_small("", registry),
        header.trailing("", registry),
        header.too_large("", registry),
        framing.truncated("", registry),
        framing.reserved("", registry),
        _refused(registry),
    )
    for case in wrong:
        data = case.request.argument
        if isinstance(data, bytes) and len(data) <= placements.PLACED_MAX:
            yield _viewed(placements.placed(case, requirement, Surroundings.UNMAPPED_BEHIND))


def _refused(registry: Registry) -> Iterator[Case]:
    """A wrong checksum, and vectors with more elements than they have room for."""
    data = checksums.plain(registry)
    wrong = data[:28] + bytes([data[28] ^ 1]) + data[29:]
    yield Case("", "a wrong checksum", Request(Operation.DECODE, wrong))
    for line in registry.with_layout:
        assert line.layout is not None
        for field in line.layout.fields:
            if isinstance(field.type, Vector):
                filled = bytearray(_filled(registry, line))
                (tlv,) = frames(bytes(filled[HEADER_SIZE:]))
                at = HEADER_SIZE + tlv.value_offset + field.offset
                filled[at : at + 2] = (field.type.capacity + 1).to_bytes(2, "little")
                label = f"one element too many in {line.name}.{field.name}"
                sealed = derived_codec.seal(bytes(filled))
                yield Case("", label, Request(Operation.DECODE, sealed))


def refusals(requirement: str, registry: Registry) -> Iterator[Cell]:
    """What decode refuses, whatever the reason, first and behind other TLVs."""
    yield from refused.asked(requirement, registry, Operation.DECODE_VIEW, "view")


def _viewed(case: Case) -> Case:
    return replace(case, request=replace(case.request, operation=Operation.DECODE_VIEW))
