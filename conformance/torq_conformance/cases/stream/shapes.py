"""Valid messages: first a shape, then a palette of types, then TLV by TLV, then the framing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.stream.draws import Draw, number, weighted
from torq_conformance.cases.stream.space import Riding, Space
from torq_conformance.cases.stream.values import LARGE, Part, Pool, part
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain, Source, Version
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Integer
from torq_specs.registry import STANDARD_SIZE_MAX, TlvType
from torq_specs.tlv import Tlv

ROOM = MESSAGE_SIZE_MAX - HEADER_SIZE
"""Bytes of the largest payload."""

U64 = Integer(8, is_signed=False)


@dataclass(frozen=True)
class Shape:
    """How many TLVs a message has, and how many bytes they take at most."""

    name: str
    counts: Sequence[int] | range
    """Each as likely; a range is uniform in the logarithm."""
    room: int


BARE = Shape("bare", (0,), 0)
FEW = Shape("few", (1, 1, 1, 2, 2, 3, 4), 30_000)
SOME = Shape("some", range(3, 25), 40_000)
MANY = Shape("many", range(20, 2501), 60_000)
FULL = Shape("full", (1 << 20,), ROOM)
ONE_TYPE = Shape("one type", range(2, 401), 130_000)
BIG = Shape("big", (1, 2, 3, 6, 17), ROOM)
PAIR = Shape("pair", (2,), 140_000)

SHAPES = (
    (0.04, BARE),
    (0.65985, FEW),
    (0.19, SOME),
    (0.03, MANY),
    (0.00015, FULL),
    (0.02, ONE_TYPE),
    (0.02, BIG),
    (0.04, PAIR),
)
"""How often each shape is drawn: what is large is rare, for it takes the time of a hundred."""

SMALL_ONES = ((0.12, BARE), (0.6, FEW), (0.22, SOME), (0.06, PAIR))
"""Shapes of messages of which much is asked in a row."""

TO_CORRUPT = (
    (0.03, BARE),
    (0.68, FEW),
    (0.215, SOME),
    (0.015, MANY),
    (0.01, ONE_TYPE),
    (0.01, BIG),
    (0.04, PAIR),
)
"""Shapes of messages that are corrupted: every byte of them is looked at to know what is right."""

FRAMINGS = ("shortest", "extended", "mixed")


@dataclass(slots=True)
class Made:
    """A valid message, with its parts still apart."""

    header: dict[str, int]
    parts: list[Part]

    @property
    def message(self) -> dict[str, Any]:
        """Its neutral value; the values of TLVs are shared with other messages."""
        tlvs = [{"type": one.line.number, "value": one.value} for one in self.parts]
        return {"header": self.header, "tlvs": tlvs}

    def canonical(self) -> bytes:
        """Its bytes in the shortest framing."""
        payload = b"".join([derived_codec.frame(one.line.number, one.data) for one in self.parts])
        return derived_codec.assemble(self.header, payload)


def header(draw: Draw, space: Space) -> dict[str, int]:
    """A valid header; flags, sequence and timestamp are of every kind."""
    domain: int = weighted(draw, space.weights)
    draw.meet("domain", RelayDomain(domain).name)
    flags = draw.one_of((0, 0, 255, 1 << draw.below(8), draw.below(256), draw.below(256)))
    draw.meet("flags", "none" if not flags else "all" if flags == 255 else "some")
    return {
        "relay_domain": domain,
        "version": int(min(Version)),
        "source": int(draw.one_of(SOURCES)),
        "flags": flags,
        "sequence": number(draw, U64),
        "timestamp": number(draw, U64),
    }


SOURCES = tuple(Source)


def made(
    draw: Draw, space: Space, pool: Pool, shapes: Any = SHAPES, *, has_vectors: bool = False
) -> Made:
    """A valid message; with ``has_vectors`` of types that have one, half of it at least."""
    head = header(draw, space)
    riding = space.riding[head["relay_domain"]]
    shape: Shape = weighted(draw, shapes) if riding.lines else BARE
    count, room = _count(draw, shape), shape.room
    if shape is ONE_TYPE and draw.chance(0.02):
        room = ROOM
    palette = _palette(draw, shape, riding)
    if has_vectors and riding.vectors:
        palette = [*palette[:1], draw.one_of(riding.vectors)]
    parts: list[Part] = []
    while len(parts) < count:
        line = _line(draw, shape, riding, palette)
        one = _part(draw, shape, pool, line, parts, room - Tlv.EXTENDED_HEADER_SIZE)
        if one is None:
            break
        parts.append(one)
        room -= len(one.data) + Tlv.EXTENDED_HEADER_SIZE
    draw.meet("shape", shape.name)
    meet_parts(draw, parts)
    return Made(head, parts)


def meet_parts(draw: Draw, parts: Sequence[Part]) -> None:
    """Note the classes of a message's types and their neighbours, and how many TLVs it has."""
    draw.count = len(parts)
    for one in {one.line.number: one for one in parts[:24]}.values():
        draw.meet("type", one.line.name)
    kinds = [_kind(one) for one in parts[:24]]
    for first, second in {*itertools.pairwise(kinds)}:
        draw.meet("neighbours", f"{first}, {second}")


def _kind(one: Part) -> str:
    if one.line.layout is not None:
        return "declared"
    return "long bytes" if len(one.data) > STANDARD_SIZE_MAX else "bytes"


KINDS = ("declared", "bytes", "long bytes")


def _count(draw: Draw, shape: Shape) -> int:
    if isinstance(shape.counts, range):
        return draw.magnitude(shape.counts.start, shape.counts.stop - 1)
    return draw.one_of(shape.counts)


def _palette(draw: Draw, shape: Shape, riding: Riding) -> list[TlvType]:
    """The types that a message is made of; empty: all that may ride in its domain."""
    if not riding.lines:
        return []
    if shape in {ONE_TYPE, FULL}:
        return [draw.one_of(riding.vectors if draw.chance(0.4) else riding.declared)]
    if shape is not PAIR and draw.chance(0.6):
        return []
    count = 2 if shape is PAIR else 1 + draw.below(3)
    return [_any_line(draw, riding) for _ in range(count)]


def _any_line(draw: Draw, riding: Riding) -> TlvType:
    """A type: types with vectors and types with bounds are few, and are drawn often."""
    k = draw.random()
    if k < 0.51:
        return draw.one_of(riding.declared)
    if k < 0.6:
        return draw.one_of(riding.vectors)
    return draw.one_of(riding.opaque if k < 0.82 else riding.lines)


def _line(draw: Draw, shape: Shape, riding: Riding, palette: Sequence[TlvType]) -> TlvType:
    if palette:
        return draw.one_of(palette)
    if shape is MANY and riding.small and draw.chance(0.9):
        return draw.one_of(riding.small)
    return _any_line(draw, riding)


FRESH = 0.5
"""Part of the values that are drawn for their message alone; of large types it is less."""


def _part(
    draw: Draw, shape: Shape, pool: Pool, line: TlvType, parts: Sequence[Part], room: int
) -> Part | None:
    if line.layout is not None:
        size = line.layout.size
        if size > room:
            return None
        is_fresh = draw.chance(FRESH if size < LARGE else FRESH / 5) and len(parts) < 12
        return part(draw, line, room) if is_fresh else pool.take(draw, line)
    if shape is BIG and line.size_max > 1000 and room > line.size_min:
        most = min(line.size_max, room)
        size = draw.magnitude(min(max(line.size_min, 20_000), most), most)
        data = draw.randbytes(16) * (size // 16 + 1)
        return Part(line, data[:size], data[:size], frozenset(), ())
    usual = 30 if shape is MANY else 2000 if draw.chance(0.93) else 66_000
    return part(draw, line, min(room, max(line.size_min, usual)))


def wire(draw: Draw, one: Made) -> bytes:
    """The bytes of a message; the framing is the shortest, the extended, or drawn for each TLV."""
    style = draw.one_of((0, 0, 1, 2)) if one.parts else 0
    draw.meet("framing", FRAMINGS[style])
    if not style:
        return one.canonical()
    payload = b"".join(
        [
            derived_codec.frame(
                part.line.number,
                part.data,
                is_extended=len(part.data) > STANDARD_SIZE_MAX or style == 1 or draw.chance(0.5),
            )
            for part in one.parts
        ]
    )
    if len(payload) > ROOM:
        return one.canonical()
    return derived_codec.assemble(one.header, payload)
