"""Several things at once in one question: values of all fields in pairs, unequal vectors, length.

A covering array over the fields of a type holds every pair of values of any two of them: both zero,
one largest beside one negative, both alike. Faults come in long messages, at either end of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.corners import subjects
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, insist, repeating
from torq_conformance.cases.corners.covering import covering_rows
from torq_conformance.cases.corners.places import Filler, Fronts, Place
from torq_conformance.cases.corners.subjects import Framed, vectors
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain
from torq_specs.layout import FieldLayout, Integer, Layout, Raw, Vector
from torq_specs.registry import Registry, TlvType
from torq_specs.requirements import layout_requirement_id

ALIKE = 0x5A
"""A number that several fields have at once, whatever their size."""


def _levels(field: FieldLayout, number: int) -> list[Any]:
    """What a field is in a covering array; ``number`` is its place among the fields."""
    match field.type:
        case Integer() as type_:
            half = 1 << 8 * type_.size // 2
            extreme = type_.minimum if type_.is_signed else 1 << 8 * type_.size - 1
            some = [0, type_.maximum, ALIKE, extreme, 1 + number, half + 1]
            if type_.is_signed:
                some.append(-1 - number)
            if type_.size >= 8:
                some.append((1 << 53) + 1 + number)
            return list(dict.fromkeys(some))
        case Raw(size):
            plain = bytes((number * 31 + at * 7 + 1) % 256 for at in range(size))
            return [bytes(size), b"\xff" * size, plain, bytes([ALIKE]) * size, plain[::-1]]
        case Vector() as vector:
            counts = dict.fromkeys((0, 1, 2, vector.capacity))
            return [boundaries.elements(vector, min(n, vector.capacity)) for n in counts]
    raise KitError(f"The kit has no levels for {field.type}.", "Add them to combinations.py.")


def fields(registry: Registry) -> Iterator[Cell]:
    """Every pair of values of every two fields of every declared type, both ways."""
    for line in registry.with_layout:
        assert line.layout is not None
        named = line.layout.named
        levels = {field.name: _levels(field, at) for at, field in enumerate(named)}
        sizes = [len(some) for some in levels.values()]
        for index, row in enumerate(covering_rows(sizes, min(2, len(sizes)))):
            some = zip(levels.items(), row, strict=True)
            value = {name: choices[at] for (name, choices), at in some}
            make = partial(_message, line, value)
            label = f"{line.name}, row {index} of its fields in pairs"
            requirement = layout_requirement_id(line)
            framed = partial(_framed, line, value)
            match index % 3:
                case 0:
                    yield Cell(requirement, f"encode {label}", encoding(make))
                case 1:
                    yield Cell(requirement, f"decode {label}", decoding(framed))
                case _:
                    yield Cell(requirement, f"repeat {label}", repeating(framed))


NAMED_SIZE_MAX = 1000
"""Bytes of a value above which of the pairs of names one in eight is asked."""


def names(registry: Registry) -> Iterator[Cell]:
    """Every pair of named numbers of a type (venue and asset type), its numbers low, and high.

    A message has one value for each name of the field that has the most.
    """
    for line in registry.with_layout:
        assert line.layout is not None
        fields = ((field.name, [*map(int, field.members)]) for field in line.layout.named)
        named = sorted((one for one in fields if one[1]), key=lambda one: -len(one[1]))
        if not named:
            continue
        second = named[1][1] if len(named) > 1 else [None]
        step = 8 if line.size_max > NAMED_SIZE_MAX else 1
        for at, number in enumerate(second[::step]):
            for is_low in (True, False):
                make = partial(_of_names, line, named, number, is_low=is_low)
                what = f"{named[1][0]} {number}, " if number is not None else ""
                label = f"{line.name}, {what}every {named[0][0]}, {'low' if is_low else 'high'}"
                requirement = layout_requirement_id(line)
                framed = decoding(partial(_made, _framed, line, make))
                yield Cell(requirement, f"decode {label}", framed)
                if at % 2 == is_low:
                    given = encoding(partial(_made, _message, line, make))
                    yield Cell(requirement, f"encode {label}", given)


def _made(of: Callable[..., Any], line: TlvType, make: Callable[[], list[Any]]) -> Any:
    return of(line, *make())


def _of_names(
    line: TlvType, named: list[tuple[str, list[int]]], number: int | None, *, is_low: bool
) -> list[dict[str, Any]]:
    assert line.layout is not None
    found = []
    for at, most in enumerate(named[0][1]):
        value = boundaries.distinct(line.layout, shift=at)
        for field in line.layout.named:
            if isinstance(field.type, Integer):
                value[field.name] = _extreme(field.type, at, is_low=is_low)
            elif isinstance(field.type, Vector):
                value[field.name] = value[field.name][: at % 2]
        value |= {name: some[at % len(some)] for name, some in named}
        value[named[0][0]] = most
        if number is not None:
            value[named[1][0]] = number
        found.append(value)
    return found


def _extreme(type_: Integer, at: int, *, is_low: bool) -> int:
    """Below zero, or the top bit alone where there is no sign; else near the largest."""
    if not is_low:
        return type_.maximum - at
    return -1 - at if type_.is_signed else 1 << 8 * type_.size - 1


def _message(line: TlvType, *values: dict[str, Any]) -> dict[str, Any]:
    tlvs = [{"type": line.number, "value": value} for value in values]
    return {"header": messages.header_for(line), "tlvs": tlvs}


def _framed(line: TlvType, *values: dict[str, Any]) -> bytes:
    assert line.layout is not None
    layout = line.layout
    pieces = [frame(line.number, encode_value(layout, value)) for value in values]
    return derived_codec.assemble(messages.header_for(line), b"".join(pieces))


# Unequal vectors.


def unequal(registry: Registry) -> Iterator[Cell]:
    """Two and three values of a type in one message whose vectors have other counts each."""
    lines = [line for line in registry.with_layout if vectors(line)]
    if not lines:
        insist(registry, "No type has a vector.", "Values of unequal vectors need one.")
    for line in lines:
        most = max(vector.capacity for _, _, vector in vectors(line))
        counts = sorted({0, 1, 2, 3, most // 2, most - 1, most})
        for one in counts:
            for other in counts:
                if one == other:
                    continue
                label = f"{line.name} of {one} and of {other} elements"
                for name, order in (("", (one, other)), (" and again", (one, other, one))):
                    make = partial(_of_counts, line, order)
                    requirement = layout_requirement_id(line)
                    yield Cell(requirement, f"encode {label}{name}", encoding(make))
                    data = partial(_framed_counts, line, order)
                    yield Cell(requirement, f"decode {label}{name}", decoding(data))


def _counted(line: TlvType, count: int, number: int) -> dict[str, Any]:
    assert line.layout is not None
    value = boundaries.distinct(line.layout, shift=17 * number)
    for at, (name, _, vector) in enumerate(vectors(line)):
        # While one vector of a value is long the next one is short.
        own = min(count, vector.capacity)
        value[name] = _full(vector)[: own if at % 2 == 0 else vector.capacity - own]
    return value


@functools.cache
def _full(vector: Vector) -> list[Any]:
    return boundaries.elements(vector, vector.capacity)


def _of_counts(line: TlvType, counts: tuple[int, ...]) -> dict[str, Any]:
    return _message(line, *(_counted(line, count, at) for at, count in enumerate(counts)))


def _framed_counts(line: TlvType, counts: tuple[int, ...]) -> bytes:
    return _framed(line, *(_counted(line, count, at) for at, count in enumerate(counts)))


# Every fault in long messages.

LENGTHS = (16 << 10, 64 << 10, 1000 << 10)
"""Bytes in front of a fault or behind it."""


def in_long_messages(registry: Registry) -> Iterator[Cell]:
    """Every fault of framing and of a few types in messages of 16 KiB, 64 KiB, nearly 1 MiB."""
    fronts = Fronts(registry)
    some = [*subjects.wrong_frames(registry)]
    for line in subjects.few(registry):
        some += {one.requirement: one for one in subjects.wrong_values_of(line)}.values()
    for subject in some:
        for length in LENGTHS:
            place = Place(Filler.EXTENDED, None, length)
            if fronts.place(subject.domain, place) is None:
                continue
            label = f"{subject.label}, {length >> 10} KiB in front"
            make = partial(_long, fronts, subject, place, is_in_front=True)
            yield Cell(subject.requirement, label, decoding(make))
            if not subject.is_last:
                label = f"{subject.label}, {length >> 10} KiB behind"
                make = partial(_long, fronts, subject, place, is_in_front=False)
                yield Cell(subject.requirement, label, decoding(make))


def _long(fronts: Fronts, subject: Framed, place: Place, *, is_in_front: bool) -> bytes:
    filler = fronts.front(subject.domain, place).data
    parts = (filler, subject.data) if is_in_front else (subject.data, filler)
    header = messages.header(relay_domain=subject.domain)
    return derived_codec.assemble(header, b"".join(parts))


# Right and wrong domains.


def mixed_domains(registry: Registry) -> Iterator[Cell]:
    """One type of another domain among right ones, each pair of domains, at each place of four."""
    by_domain = {
        domain: [line for line in registry if line.domain is domain] for domain in RelayDomain
    }
    free = [line for line in registry if line.domain is None and line.size_min]
    for domain, own in by_domain.items():
        others = [line for other, some in by_domain.items() if other is not domain for line in some]
        for number, wrong in enumerate(others if own or free else ()):
            right = (own or free)[number % len(own or free)]
            for at in (0, 1, 3):
                names = f"{wrong.name} at {at} among {right.name} in {domain.name}"
                make = partial(_mixed, domain, right, wrong, at)
                yield Cell("TLV-DOMAIN", f"decode {names}", decoding(make))
                neutral = partial(_mixed_neutral, domain, right, wrong, at)
                yield Cell("TLV-DOMAIN", f"encode {names}", encoding(neutral))


def _order(right: TlvType, wrong: TlvType, at: int) -> list[TlvType]:
    return [wrong if index == at else right for index in range(4)]


def _mixed(domain: RelayDomain, right: TlvType, wrong: TlvType, at: int) -> bytes:
    pieces = []
    for line in _order(right, wrong, at):
        value = messages.encoded_value(line, messages.representative_value(line))
        pieces.append(frame(line.number, value))
    return messages.wire(*pieces, relay_domain=int(domain))


def _mixed_neutral(domain: RelayDomain, right: TlvType, wrong: TlvType, at: int) -> dict[str, Any]:
    tlvs = [
        {"type": line.number, "value": messages.representative_value(line)}
        for line in _order(right, wrong, at)
    ]
    return {"header": messages.header(relay_domain=int(domain)), "tlvs": tlvs}


# Levels of vectors.


def every_slot(registry: Registry) -> Iterator[Cell]:
    """One slot of a full vector apart from all others, every slot and every field of it in turn."""
    for line in registry.with_layout:
        assert line.layout is not None
        for name, _, vector in vectors(line):
            for slot in range(vector.capacity):
                label = f"{line.name}, slot {slot} of {name} apart"
                make = partial(_apart, line, line.layout, name, vector, slot)
                requirement = layout_requirement_id(line)
                yield Cell(requirement, f"repeat {label}", repeating(make))


def _apart(line: TlvType, layout: Layout, name: str, vector: Vector, slot: int) -> bytes:
    plain = _full(vector)[0]
    elements = [plain] * vector.capacity
    elements[slot] = _full(vector)[-1]
    if isinstance(vector.element, Layout):
        parts = vector.element.named
        field = parts[slot % len(parts)]
        elements[slot] = {**elements[slot], field.name: _levels(field, slot)[slot % 4]}
    return _framed(line, {**boundaries.zeros(layout), name: elements})
