"""Every subject at every place: what is right is taken there, and what is wrong is refused."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import messages
from torq_conformance.cases.carriers import carriers, carriers_in
from torq_conformance.cases.corners import subjects
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, insist, repeating
from torq_conformance.cases.corners.places import (
    FAR,
    FILLERS,
    FOLLOWERS,
    NEAR,
    Filler,
    Fronts,
    Place,
    framed_at,
    neutral_at,
    places_in_turn,
)
from torq_conformance.cases.corners.subjects import Framed, Neutral
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.registry import Registry, TlvType


def everywhere(registry: Registry) -> Iterator[Cell]:
    """Every fault of framing, and those of one type of every kind, at every place."""
    fronts = Fronts(registry)
    some = [*subjects.wrong_frames(registry)]
    for line in subjects.few(registry):
        some += _one_of_each(subjects.wrong_values_of(line))
    for number, subject in enumerate(some):
        for place in fronts.places(subject.domain, places_in_turn(number)):
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
        for place in fronts.places(subject.domain, places_in_turn(number), is_shortest=True):
            yield _encode_cell(fronts, subject, place, number)


def of_every_type(registry: Registry) -> Iterator[Cell]:
    """Every fault of every type at a near place in turn, every eighth at a far one as well."""
    fronts = Fronts(registry)
    near = [place for place in NEAR if place.index]
    some = [*subjects.unassigned_ones(registry)]
    for line in registry:
        some += _sparing(line, subjects.wrong_values_of(line))
    for number, subject in enumerate(some):
        wanted = [near[7 * number % len(near)]]
        if number % 8 == 0:
            wanted.append(FAR[number // 8 % len(FAR)])
        for place in fronts.places(subject.domain, wanted):
            yield _decode_cell(fronts, subject, place, number)


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
            for fillable in fronts.places(subject.domain, [place], is_shortest=True):
                yield _encode_cell(fronts, subject, fillable, number)
            number += 1


def right_ones(registry: Registry) -> Iterator[Cell]:
    """Every type in both framings at near places in turn: decoded, encoded, decoded and encoded."""
    fronts = Fronts(registry)
    first = carriers(registry).first.line
    lines = [
        x for x in registry if x.size_rule != "*" or x.layout or x.number % 10 == 0 or x is first
    ]
    for number, line in enumerate(lines):
        for turn, place in enumerate(NEAR):
            # Every type at every near index, the filler in turn.
            if turn % len(FILLERS) == (number + turn // len(FILLERS)) % len(FILLERS):
                after = FOLLOWERS[(number + turn) % len(FOLLOWERS)]
                yield from _right(fronts, line, place, after)


def _right(fronts: Fronts, line: TlvType, place: Place, after: int) -> Iterator[Cell]:
    neutral = subjects.right_neutral(line)
    for fillable in fronts.places(neutral.domain, [place], is_shortest=True):
        make = encoding(partial(neutral_at, fronts, neutral, fillable, after))
        yield Cell(neutral.requirement, f"encode {line.name} {fillable}", make)
    for fillable in fronts.places(neutral.domain, [place]):
        for subject in subjects.right_values(line):
            framed = partial(framed_at, fronts, subject, fillable, after)
            yield Cell(subject.requirement, f"decode {subject.label} {fillable}", decoding(framed))
        yield Cell("RT-BYTES", f"repeat {line.name} {fillable}", repeating(framed))


def right_crowds(registry: Registry) -> Iterator[Cell]:
    """All types that may ride together, in both framings, behind every far place."""
    fronts = Fronts(registry)
    for domain in RelayDomain:
        crowd = [x for x in registry if x.domain in {None, domain} and x.size_max < 1 << 15]
        if not crowd:
            insist(registry, f"No type may ride in {domain.name}.", "Every domain needs one.")
            continue
        for place in fronts.places(int(domain), FAR):
            make = partial(_crowd, fronts, crowd, int(domain), place)
            label = f"{len(crowd)} types of {domain.name} {place}"
            yield Cell("TLV-ORDER", f"decode {label}", decoding(make))
            yield Cell("RT-BYTES", f"repeat {label}", repeating(make))
            if fronts.place(int(domain), place, is_shortest=True):
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
            between = fronts.place(one.domain, Place(Filler.EMPTY, gap))
            if between is None:
                between, gap = Place(Filler.EMPTY, 0), 0
            label = f"{one.label}, then {other.label} after {gap} others"
            make = partial(_two, fronts, one, other, between)
            yield Cell("ERR-ANY-OF-SEVERAL", label, decoding(make))
    label = "every fault that there is, one after another"
    yield Cell("ERR-ANY-OF-SEVERAL", label, decoding(partial(_all, registry, kinds)))


def _kinds(registry: Registry) -> list[Framed]:
    some = {one.requirement + one.label[:6]: one for one in subjects.wrong_frames(registry)}
    for line in subjects.few(registry):
        for one in _one_of_each(subjects.wrong_values_of(line)):
            some[one.label] = one
    return [*some.values()]


def _two(fronts: Fronts, one: Framed, other: Framed, between: Place) -> bytes:
    riding = carriers_in(one.domain, fronts.registry).all[:1]
    before = b"".join(carrier.frame(b"before") for carrier in riding)
    payload = before + one.data + fronts.front(one.domain, between).data + other.data
    return derived_codec.assemble(messages.header(relay_domain=one.domain), payload)


def _all(registry: Registry, kinds: list[Framed]) -> bytes:
    parts = sorted(kinds, key=lambda one: one.is_last)
    payload = b"".join(one.data for one in parts if not one.is_last) + parts[-1].data
    header = messages.header(relay_domain=subjects.anywhere(registry))
    return derived_codec.assemble(header, payload)
