"""Where in a message: every subject at other indexes and depths, behind every kind of filler.

A fault may show at the third TLV, at the 257th, behind 64 KiB, or only behind an empty TLV. So what
is right and what is wrong is asked at each place; offsets and expectations shift by themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.corners import subjects
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.cases.corners.subjects import Framed, Neutral
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain
from torq_specs.registry import EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX, Registry, TlvType

INDEXES = (0, 1, 2, 3, 16, 17, 255, 256, 257)
"""TLVs in front of a subject."""

DEPTHS = (4 << 10, 8 << 10, 64 << 10, 256 << 10)
"""Bytes of payload in front of a subject."""

FOLLOWERS = (0, 1, 3)
"""TLVs behind a subject."""


class Filler(StrEnum):
    """With what the place in front of a subject is filled."""

    EMPTY = "empty"
    EXTENDED = "extended"
    DECLARED = "declared"


@dataclass(frozen=True)
class Place:
    """So many TLVs in front, or so many bytes at least."""

    filler: Filler
    index: int | None = None
    depth: int = 0

    def __str__(self) -> str:
        if self.index is not None:
            return f"at index {self.index}, {self.filler} in front"
        return f"behind {self.depth >> 10} KiB, {self.filler}"


NEAR = tuple(Place(filler, index) for index in INDEXES if index < 100 for filler in Filler)
"""Places with few TLVs in front, which cost little."""

FAR = (
    *(Place(filler, index) for index in INDEXES if index >= 100 for filler in Filler),
    *(Place(filler, None, depth) for depth in DEPTHS for filler in Filler),
)
"""Places with many TLVs or bytes in front."""


def places_in_turn(number: int) -> Iterator[Place]:
    """Every near place, and every far one with one filler, in turn by a subject's number."""
    yield from NEAR
    for at, place in enumerate(FAR):
        if at % len(Filler) == (number + at // len(Filler)) % len(Filler):
            yield place


@dataclass(frozen=True)
class Front:
    """What stands in front of a subject, as neutral TLVs and framed."""

    tlvs: tuple[dict[str, Any], ...]
    data: bytes


class Fronts:
    """Fronts by domain and place, each built once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._built: dict[tuple[int, Place, bool], Front] = {}

    def front(self, domain: int, place: Place, *, is_shortest: bool = False) -> Front:
        """What fills a place; ``is_shortest``: framed as an encoder must frame it."""
        key = (domain, place, is_shortest)
        if key not in self._built:
            self._built[key] = self._build(*key)
        return self._built[key]

    def _build(self, domain: int, place: Place, is_shortest: bool) -> Front:
        made = self._filler(domain, place, is_shortest=is_shortest)
        tlvs: list[dict[str, Any]] = []
        pieces: list[bytes] = []
        size = 0
        while len(tlvs) < (place.index or 0) or size < place.depth:
            tlv, data = made(len(tlvs))
            tlvs.append(tlv)
            pieces.append(data)
            size += len(data)
        return Front(tuple(tlvs), b"".join(pieces))

    def _filler(
        self, domain: int, place: Place, *, is_shortest: bool
    ) -> Callable[[int], tuple[dict[str, Any], bytes]]:
        is_deep = place.index is None
        match place.filler:
            case Filler.EMPTY:
                # A depth of empty TLVs alone would be a hundred thousand: each tenth is empty.
                size = STANDARD_SIZE_MAX if is_deep else 0
                return lambda at: _opaque(size if at % 10 else 0, at, is_extended=None)
            case Filler.EXTENDED if is_shortest:
                return lambda at: _opaque(EXTENDED_SIZE_MAX if is_deep else 256, at)
            case Filler.EXTENDED:
                size = min(place.depth, EXTENDED_SIZE_MAX) if is_deep else 3
                return lambda at: _opaque(size, at, is_extended=True)
            case Filler.DECLARED:
                return self._declared(domain, is_deep=is_deep)

    def _declared(
        self, domain: int, *, is_deep: bool
    ) -> Callable[[int], tuple[dict[str, Any], bytes]]:
        riding = [x for x in self.registry.with_layout if x.domain in {None, domain}]
        if not riding:
            problem = f"No declared type may ride in domain {domain}."
            raise KitError(problem, "The filler of declared TLVs needs one.")
        riding.sort(key=lambda line: line.size_min)
        # Near places by the small ones in turn, deep ones by the largest.
        some = riding[-1:] if is_deep else riding[:5]
        built = [_declared_tlv(some[at % len(some)], at) for at in range(len(some) * 3)]
        return lambda at: built[at % len(built)]


@functools.lru_cache(maxsize=1024)
def _opaque(size: int, at: int, *, is_extended: bool | None = None) -> tuple[dict[str, Any], bytes]:
    value = messages.opaque_value(size, start=at % 251)
    tlv = {"type": messages.VENDOR, "value": value}
    return tlv, frame(messages.VENDOR, value, is_extended=is_extended)


def _declared_tlv(line: TlvType, at: int) -> tuple[dict[str, Any], bytes]:
    assert line.layout is not None
    value = boundaries.distinct(line.layout, shift=13 * at)
    data = frame(line.number, encode_value(line.layout, value))
    return {"type": line.number, "value": value}, data


def framed_at(fronts: Fronts, subject: Framed, place: Place, followers: int = 0) -> bytes:
    """A sealed message with a subject at a place."""
    behind = b"" if subject.is_last else frame(messages.VENDOR, b"after") * followers
    payload = fronts.front(subject.domain, place).data + subject.data + behind
    return derived_codec.assemble(messages.header(relay_domain=subject.domain), payload)


def neutral_at(fronts: Fronts, subject: Neutral, place: Place, followers: int = 0) -> Any:
    """A neutral message with a subject at a place."""
    front = fronts.front(subject.domain, place, is_shortest=True)
    after = [{"type": messages.VENDOR, "value": b"after"}] * followers
    header = messages.header(relay_domain=subject.domain)
    return {"header": header, "tlvs": [*front.tlvs, subject.tlv, *after]}


def everywhere(registry: Registry) -> Iterator[Cell]:
    """Every fault of framing, and those of one type of every kind, at every place."""
    fronts = Fronts(registry)
    some = [*subjects.wrong_frames(registry)]
    for line in subjects.few(registry):
        some += _one_of_each(subjects.wrong_values_of(line))
    for number, subject in enumerate(some):
        for place in places_in_turn(number):
            yield _decode_cell(fronts, subject, place, number)


def _one_of_each(some: Iterator[Framed]) -> list[Framed]:
    """The last subject of every requirement."""
    return [*{subject.requirement: subject for subject in some}.values()]


def encoded_everywhere(registry: Registry) -> Iterator[Cell]:
    """Every fault of a neutral TLV that needs no type, and those of a few types, at every place."""
    fronts = Fronts(registry)
    some = [*subjects.wrong_neutral(registry)]
    for line in subjects.few(registry):
        by_requirement = {one.requirement: one for one in subjects.wrong_neutral_of(line)}
        some += by_requirement.values()
    for number, subject in enumerate(some):
        for place in places_in_turn(number):
            if place.depth + len(subject.tlv["value"]) < DEPTHS[-1] + EXTENDED_SIZE_MAX:
                yield _encode_cell(fronts, subject, place, number)


def of_every_type(registry: Registry) -> Iterator[Cell]:
    """Every fault of every type at a near place in turn, every eighth at a far one as well."""
    fronts = Fronts(registry)
    near = [place for place in NEAR if place.index]
    some = [*subjects.unassigned_ones(registry)]
    for line in registry:
        some += _sparing(line, subjects.wrong_values_of(line))
    for number, subject in enumerate(some):
        yield _decode_cell(fronts, subject, near[7 * number % len(near)], number)
        if number % 8 == 0:
            yield _decode_cell(fronts, subject, FAR[number // 8 % len(FAR)], number)


def _sparing(line: TlvType, some: Iterator[Framed]) -> Iterator[Framed]:
    """All of a type of the protocol; of vendors' types that nobody declared every tenth."""
    is_plain = line.layout is None and line.size_rule == "*"
    return (subject for subject in some if not is_plain or line.number % 10 == 0)


def ranges(registry: Registry) -> Iterator[Cell]:
    """Every field beyond its type, size and domain of every type, encoded at places in turn."""
    fronts = Fronts(registry)
    near = [place for place in NEAR if place.index]
    number = 0
    for line in registry:
        for subject in subjects.wrong_neutral_of(line):
            place = FAR[number // 9 % len(FAR)] if number % 9 == 0 else near[5 * number % len(near)]
            yield _encode_cell(fronts, subject, place, number)
            number += 1


def right_ones(registry: Registry) -> Iterator[Cell]:
    """Every type in both framings at near places in turn: decoded, encoded, decoded and encoded."""
    fronts = Fronts(registry)
    lines = [x for x in registry if x.size_rule != "*" or x.layout or x.number % 10 == 0]
    for number, line in enumerate(lines):
        for turn, place in enumerate(NEAR):
            # Every type at every near index, the filler in turn.
            if turn % len(Filler) == (number + turn // len(Filler)) % len(Filler):
                after = FOLLOWERS[(number + turn) % len(FOLLOWERS)]
                yield from _right(fronts, line, place, after)


def _right(fronts: Fronts, line: TlvType, place: Place, after: int) -> Iterator[Cell]:
    neutral = subjects.right_neutral(line)
    make = encoding(partial(neutral_at, fronts, neutral, place, after))
    yield Cell(neutral.requirement, f"encode {line.name} {place}", make)
    for subject in subjects.right_values(line):
        framed = partial(framed_at, fronts, subject, place, after)
        yield Cell(subject.requirement, f"decode {subject.label} {place}", decoding(framed))
    yield Cell("RT-BYTES", f"repeat {line.name} {place}", repeating(framed))


def right_crowds(registry: Registry) -> Iterator[Cell]:
    """All types that may ride together, in both framings, behind every far place."""
    fronts = Fronts(registry)
    for domain in RelayDomain:
        crowd = [x for x in registry if x.domain in {None, domain} and x.size_max < 1 << 15]
        if not crowd:
            raise KitError(f"No type may ride in {domain.name}.", "Every domain needs one.")
        for place in FAR:
            make = partial(_crowd, fronts, crowd, int(domain), place)
            label = f"{len(crowd)} types of {domain.name} {place}"
            yield Cell("TLV-ORDER", f"decode {label}", decoding(make))
            yield Cell("RT-BYTES", f"repeat {label}", repeating(make))
            neutral = partial(_neutral_crowd, fronts, crowd, int(domain), place)
            yield Cell("TLV-ORDER", f"encode {label}", encoding(neutral))


def _crowd(fronts: Fronts, crowd: list[TlvType], domain: int, place: Place) -> bytes:
    pieces = [subject.data for line in crowd for subject in subjects.right_values(line)]
    payload = fronts.front(domain, place).data + b"".join(pieces)
    return derived_codec.assemble(messages.header(relay_domain=domain), payload)


def _neutral_crowd(fronts: Fronts, crowd: list[TlvType], domain: int, place: Place) -> Any:
    front = fronts.front(domain, place, is_shortest=True)
    tlvs = [*front.tlvs, *(subjects.right_neutral(line).tlv for line in crowd)]
    return {"header": messages.header(relay_domain=domain), "tlvs": tlvs}


def _decode_cell(fronts: Fronts, subject: Framed, place: Place, number: int) -> Cell:
    after = FOLLOWERS[number % len(FOLLOWERS)]
    make = decoding(partial(framed_at, fronts, subject, place, after))
    return Cell(subject.requirement, f"decode {subject.label} {place}", make)


def _encode_cell(fronts: Fronts, subject: Neutral, place: Place, number: int) -> Cell:
    after = FOLLOWERS[number % len(FOLLOWERS)]
    make = encoding(partial(neutral_at, fronts, subject, place, after))
    return Cell(subject.requirement, f"encode {subject.label} {place}", make)


def several(registry: Registry) -> Iterator[Cell]:
    """Several faults in one message: every pair of kinds, next to one another and far apart."""
    fronts = Fronts(registry)
    kinds = _kinds(registry)
    gaps = (0, 1, 15, 254)
    for one_at, one in enumerate(kinds):
        for other_at, other in enumerate(kinds):
            if one.is_last:
                continue
            gap = gaps[(one_at + other_at) % len(gaps)]
            label = f"{one.label}, then {other.label} after {gap} others"
            make = partial(_two, fronts, one, other, gap)
            yield Cell("ERR-ANY-OF-SEVERAL", label, decoding(make))
    label = "every fault that there is, one after another"
    yield Cell("ERR-ANY-OF-SEVERAL", label, decoding(partial(_all, kinds)))


def _kinds(registry: Registry) -> list[Framed]:
    some = {one.requirement + one.label[:6]: one for one in subjects.wrong_frames(registry)}
    for line in subjects.few(registry):
        for one in _one_of_each(subjects.wrong_values_of(line)):
            some[one.label] = one
    return [*some.values()]


def _two(fronts: Fronts, one: Framed, other: Framed, gap: int) -> bytes:
    between = fronts.front(subjects.ANYWHERE, Place(Filler.EMPTY, gap)).data
    payload = frame(messages.VENDOR, b"before") + one.data + between + other.data
    return derived_codec.assemble(messages.header(relay_domain=one.domain), payload)


def _all(kinds: list[Framed]) -> bytes:
    parts = sorted(kinds, key=lambda one: one.is_last)
    payload = b"".join(one.data for one in parts if not one.is_last) + parts[-1].data
    return derived_codec.assemble(messages.header(), payload)
