"""Where in a message: indexes and depths, behind every kind of filler.

A fault may show at the third TLV, at the 257th, behind 64 KiB, or only behind an empty TLV. So what
is right and what is wrong is asked at each place; offsets and expectations shift by themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import Carrier, carriers_in
from torq_conformance.cases.corners.subjects import Framed, Neutral
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
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
    SMALLEST = "smallest"
    """Instead of empty ones, where no type may be empty."""


FILLERS = (Filler.EMPTY, Filler.EXTENDED, Filler.DECLARED)
"""What every place is filled with in turn."""


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


NEAR = tuple(Place(filler, index) for index in INDEXES if index < 100 for filler in FILLERS)
"""Places with few TLVs in front, which cost little."""

FAR = (
    *(Place(filler, index) for index in INDEXES if index >= 100 for filler in FILLERS),
    *(Place(filler, None, depth) for depth in DEPTHS for filler in FILLERS),
)
"""Places with many TLVs or bytes in front."""


def places_in_turn(number: int) -> Iterator[Place]:
    """Every near place, and every far one with one filler, in turn by a subject's number."""
    yield from NEAR
    for at, place in enumerate(FAR):
        if at % len(FILLERS) == (number + at // len(FILLERS)) % len(FILLERS):
            yield place


@dataclass(frozen=True)
class Front:
    """What stands in front of a subject, as neutral TLVs and framed."""

    tlvs: tuple[dict[str, Any], ...]
    data: bytes


Made = Callable[[int], tuple[dict[str, Any], bytes]]
"""Gives the TLV of a filler at an index, as a neutral value and framed."""

ROOM = MESSAGE_SIZE_MAX - HEADER_SIZE - 2 * EXTENDED_SIZE_MAX
"""Bytes that the TLVs in front may take, so that a subject has room behind them."""


class Fronts:
    """Fronts by domain and place, each built once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._built: dict[tuple[int, Place, bool], Front] = {}
        self._places: dict[tuple[int, Place, bool], Place | None] = {}

    def front(self, domain: int, place: Place, *, is_shortest: bool = False) -> Front:
        """What fills a place; ``is_shortest``: framed as an encoder must frame it."""
        key = (domain, place, is_shortest)
        if key not in self._built:
            self._built[key] = self._build(*key)
        return self._built[key]

    def place(self, domain: int, place: Place, *, is_shortest: bool = False) -> Place | None:
        """A place as it can be filled in a domain; None where the types of the registry cannot."""
        key = (domain, place, is_shortest)
        if key not in self._places:
            self._places[key] = self._fillable(*key)
        return self._places[key]

    def places(
        self, domain: int, some: Iterable[Place], *, is_shortest: bool = False
    ) -> Iterator[Place]:
        """The places that can be filled, of some."""
        for one in some:
            if (place := self.place(domain, one, is_shortest=is_shortest)) is not None:
                yield place

    def _fillable(self, domain: int, place: Place, is_shortest: bool) -> Place | None:
        carrying = carriers_in(domain, self.registry)
        if place.index == 0:
            return place
        if not carrying.all:
            return None
        match place.filler:
            case Filler.EMPTY if not carrying.first.takes(0):
                place = replace(place, filler=Filler.SMALLEST)
            case Filler.EXTENDED if is_shortest and not carrying.first.takes_extended:
                return None
            case Filler.DECLARED if not self._riding(domain):
                return None
        made = self._filler(domain, place, is_shortest=is_shortest)
        return place if (place.index or 0) * len(made(0)[1]) <= ROOM else None

    def _build(self, domain: int, place: Place, is_shortest: bool) -> Front:
        if place.index == 0:
            return Front((), b"")
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

    def _filler(self, domain: int, place: Place, *, is_shortest: bool) -> Made:
        is_deep = place.index is None
        carrying = carriers_in(domain, self.registry)
        carrier = carrying.first
        match place.filler:
            case Filler.EMPTY:
                # A depth of empty TLVs alone would be a hundred thousand: each tenth is empty.
                size = STANDARD_SIZE_MAX if is_deep else 0
                return lambda at: _opaque(carrier, size if at % 10 else 0, at, is_extended=None)
            case Filler.SMALLEST:
                small = min(carrying.all, key=lambda one: one.line.size_min)
                return lambda at: _opaque(small, small.line.size_min, at, is_extended=None)
            case Filler.EXTENDED if is_shortest:
                size = EXTENDED_SIZE_MAX if is_deep else STANDARD_SIZE_MAX + 1
                return lambda at: _opaque(carrier, size, at)
            case Filler.EXTENDED:
                size = min(place.depth, EXTENDED_SIZE_MAX) if is_deep else 3
                return lambda at: _opaque(carrier, size, at, is_extended=True)
            case Filler.DECLARED:
                return self._declared(domain, is_deep=is_deep)

    def _riding(self, domain: int) -> list[TlvType]:
        """The declared types that may ride in a domain, the smallest first."""
        riding = [x for x in self.registry.with_layout if x.domain in {None, domain}]
        return sorted(riding, key=lambda line: line.size_min)

    def _declared(self, domain: int, *, is_deep: bool) -> Made:
        riding = self._riding(domain)
        # Near places by the small ones in turn, deep ones by the largest.
        some = riding[-1:] if is_deep else riding[:5]
        built = [_declared_tlv(some[at % len(some)], at) for at in range(len(some) * 3)]
        return lambda at: built[at % len(built)]


@functools.lru_cache(maxsize=1024)
def _opaque(
    carrier: Carrier, size: int, at: int, *, is_extended: bool | None = None
) -> tuple[dict[str, Any], bytes]:
    number, value = carrier.tlv(messages.opaque_value(size, start=at % 251))
    encoded = messages.encoded_value(carrier.line, value)
    return {"type": number, "value": value}, frame(number, encoded, is_extended=is_extended)


def _declared_tlv(line: TlvType, at: int) -> tuple[dict[str, Any], bytes]:
    assert line.layout is not None
    value = boundaries.distinct(line.layout, shift=13 * at)
    data = frame(line.number, encode_value(line.layout, value))
    return {"type": line.number, "value": value}, data


def framed_at(fronts: Fronts, subject: Framed, place: Place, followers: int = 0) -> bytes:
    """A sealed message with a subject at a place."""
    after = carriers_in(subject.domain, fronts.registry).all[: 0 if subject.is_last else 1]
    behind = b"".join(carrier.frame(b"after") * followers for carrier in after)
    payload = fronts.front(subject.domain, place).data + subject.data + behind
    return derived_codec.assemble(messages.header(relay_domain=subject.domain), payload)


def neutral_at(fronts: Fronts, subject: Neutral, place: Place, followers: int = 0) -> Any:
    """A neutral message with a subject at a place."""
    front = fronts.front(subject.domain, place, is_shortest=True)
    some = [one.tlv(b"after") for one in carriers_in(subject.domain, fronts.registry).all[:1]]
    after = [{"type": number, "value": value} for number, value in some * followers]
    header = messages.header(relay_domain=subject.domain)
    return {"header": header, "tlvs": [*front.tlvs, subject.tlv, *after]}
