"""Rules of section 8 at every place: every level of a full vector, every TLV of a message.

Also two rules of one value at once, in every pair, and numbers whose distance is a power of two,
where a comparison by subtraction, by sign or by the low half of the bits is mistaken.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, meanings, messages, rule_edges
from torq_conformance.cases.carriers import carriers_beside
from torq_conformance.cases.corners.cells import Cell, insist
from torq_conformance.cases.corners.places import INDEXES
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.registry import Registry, TlvType
from torq_specs.rules import (
    AtLeast,
    Below,
    DifferenceOf,
    EachPositive,
    NotCrossed,
    Rule,
    Sorted,
)

Value = dict[str, Any]

FAR_INDEX = 100
"""From this index on the TLVs in front are the smallest there are: books would not fit."""

DISTANCES = tuple((1 << power) + by for power in (31, 32, 53, 63) for by in (-1, 0, 1))
"""How far apart two numbers are that a narrower comparison mistakes."""


def ruled(registry: Registry) -> list[tuple[TlvType, Rule]]:
    """Every rule that a value can break, with its type; KitError where there is none."""
    found = [(line, rule) for line in registry for rule in breakable(line)]
    if not found:
        insist(registry, "No type of the registry has a rule.", "Dimensions of rules need one.")
    return found


@functools.cache
def _sound(line: TlvType) -> Value:
    return meanings.sound_value(line)


def breakable(line: TlvType) -> list[Rule]:
    """The rules of a type that a value can break: the order of a single slot it cannot."""
    return [rule for rule in line.rules if _breaking(line, rule)]


@functools.cache
def _breaking(line: TlvType, rule: Rule) -> list[tuple[str, Value]]:
    """The edges of a rule that break it."""
    return [*meanings.broken_by(line, rule)]


@functools.cache
def _broken(line: TlvType, rule: Rule) -> tuple[str, Value]:
    """A value that breaks a rule, and as few others as there may be that name the same fields."""

    def overlap(named: tuple[str, Value]) -> tuple[int, int]:
        value = named[1]
        own = frozenset[str]().union(*(one.names for one in rule.violations(value)))
        others = [v for other in line.rules if other is not rule for v in other.violations(value)]
        return sum(bool(own & other.names) for other in others), len(others)

    return min(_breaking(line, rule), key=overlap)


def asked(line: TlvType, values: list[Value], *, is_decoded: bool = False) -> Request:
    """Values of one type in a message, to validate or to decode and validate."""
    tlvs = [{"type": line.number, "value": value} for value in values]
    return _request((line,), tlvs, is_decoded=is_decoded)


def _request(
    lines: tuple[TlvType, ...], tlvs: list[dict[str, Any]], *, is_decoded: bool
) -> Request:
    """TLVs of some types in a message of the first one's domain."""
    header = messages.header_for(lines[0])
    if not is_decoded:
        return Request(Operation.VALIDATE, {"header": header, "tlvs": tlvs})
    of = {line.number: line for line in lines}
    values = ((tlv["type"], messages.encoded_value(of[tlv["type"]], tlv["value"])) for tlv in tlvs)
    payload = b"".join(derived_codec.frame(number, value) for number, value in values)
    return decoded_and_validated(header, payload)


def decoded_and_validated(header: dict[str, int], payload: bytes) -> Request:
    """Whether a message of any payload is right in form and in meaning."""
    return Request(Operation.DECODE_VALIDATED, derived_codec.assemble(header, payload))


def both(
    rule_id: str, label: str, line: TlvType, make: Any, *, is_decoded: bool = True
) -> Iterator[Cell]:
    """Values to validate, and to decode and validate; ``make`` gives them."""
    yield Cell(rule_id, f"validate {label}", lambda: asked(line, make()))
    if is_decoded:
        what = f"decode and validate {label}"
        yield Cell("VLD-DECODE", what, lambda: asked(line, make(), is_decoded=True))


def at_every_index(registry: Registry) -> Iterator[Cell]:
    """Every rule broken at every index, all TLVs in front and behind sound."""
    for number, (line, rule) in enumerate(ruled(registry)):
        small = _smallest(line, registry)
        for turn, index in enumerate(INDEXES):
            if index >= FAR_INDEX and index * small.size_min > MESSAGE_SIZE_MAX // 2:
                continue
            behind = (number + turn) % 3
            label = f"{line.name}, {rule.expression}, broken at index {index}, {behind} behind"
            for is_decoded in (False, True):
                make = partial(_at_index, small, line, rule, index, behind, is_decoded=is_decoded)
                what = f"{'decode and ' * is_decoded}validate {label}"
                yield Cell("VLD-DECODE" if is_decoded else line.rule_id(rule), what, make)


def _smallest(line: TlvType, registry: Registry) -> TlvType:
    """The smallest type that may ride beside one: of those that may be empty the first."""
    riding = (carrier.line for carrier in carriers_beside(line, registry).all)
    return min(riding, key=lambda one: one.size_min)


def _sound_tlv(line: TlvType) -> dict[str, Any]:
    value = messages.opaque_value(line.size_min) if line.layout is None else _sound(line)
    return {"type": line.number, "value": value}


def _at_index(
    small: TlvType, line: TlvType, rule: Rule, index: int, behind: int, *, is_decoded: bool
) -> Request:
    sound, empty = _sound_tlv(line), _sound_tlv(small)
    front = [sound] * index if index < FAR_INDEX else [*[empty] * (index - 2), sound, empty]
    broken = {"type": line.number, "value": _broken(line, rule)[1]}
    tlvs = [*front, broken, *[sound] * behind]
    return _request((line, small), tlvs, is_decoded=is_decoded)


def at_every_level(registry: Registry) -> Iterator[Cell]:
    """Every rule about elements, broken at every level of a full vector, and kept at all."""
    for line, rule in ruled(registry):
        if not isinstance(rule, EachPositive | Sorted):
            continue
        assert line.layout is not None
        for level in range(_capacity(line, rule)):
            label = f"{line.name}, {rule.expression}, level {level} of a full vector"
            make = partial(_level_broken, line, rule, level)
            # Decoding is the same for all levels: one in eight shows that it reaches them.
            is_decoded = level % 8 == 7
            yield from both(line.rule_id(rule), label, line, make, is_decoded=is_decoded)


def _capacity(line: TlvType, rule: EachPositive | Sorted) -> int:
    assert line.layout is not None
    return len(rule_edges.longest(line.layout, rule.vector, rule.field, _sound(line)))


def _level_broken(line: TlvType, rule: EachPositive | Sorted, level: int) -> list[Value]:
    assert line.layout is not None
    sound = _sound(line)
    most = rule_edges.longest(line.layout, rule.vector, rule.field, sound)
    if isinstance(rule, EachPositive):
        number = -(level % 3)
    elif level:
        # The one before, or just on its wrong side.
        step = (level % 2) * (1 if rule.is_rising else -1)
        number = most[level - 1][rule.field] - step
    else:
        return [{**sound, rule.vector: most}]
    return [{**sound, rule.vector: rule_edges.with_element(most, level, rule.field, number)}]


def in_pairs(registry: Registry) -> Iterator[Cell]:
    """Every pair of rules broken in one value, and in two TLVs of a message in either order."""
    for line in registry:
        for first in breakable(line):
            for second in breakable(line):
                if first is second:
                    continue
                label = f"{line.name}, {first.expression} and {second.expression}"
                make = partial(_two_broken, line, first, second)
                yield from both(line.rule_id(first), f"{label} in one value", line, make)
                make = partial(_two_values, line, first, second)
                yield from both(line.rule_id(first), f"{label} in two TLVs", line, make)


def _two_broken(line: TlvType, first: Rule, second: Rule) -> list[Value]:
    sound = _sound(line)
    changed = {name: part for name, part in _broken(line, first)[1].items() if part != sound[name]}
    return [{**_broken(line, second)[1], **changed}]


def _two_values(line: TlvType, first: Rule, second: Rule) -> list[Value]:
    return [_broken(line, first)[1], _sound(line), _broken(line, second)[1]]


def far_apart(registry: Registry) -> Iterator[Cell]:
    """Numbers of ordered fields 2^31, 2^32, 2^53 and 2^63 apart, in both orders; zero partners."""
    for line, rule in ruled(registry):
        assert line.layout is not None
        for label, value in _far(line.layout, rule, _sound(line)):
            what = f"{line.name}, {rule.expression}: {label}"
            yield from both(line.rule_id(rule), what, line, partial(_alone, value))


def _alone(value: Value) -> list[Value]:
    return [value]


def _far(layout: Layout, rule: Rule, sound: Value) -> Iterator[tuple[str, Value]]:
    match rule:
        case AtLeast(first, second) | Below(first, second):
            for one, other in _apart(_integer(layout, first)):
                yield f"{one}, {other}", {**sound, first: one, second: other}
            for name in (first, second):
                yield f"{name} = 0", {**sound, name: 0}
        case DifferenceOf(result, minuend, subtrahend):
            type_ = _integer(layout, result)
            for one, other in _apart(type_):
                for wrong in (0, 1 << 32, -1 << 32, 1 << 31, 1 << 53):
                    number = one - other + wrong
                    if type_.minimum <= number <= type_.maximum:
                        change = {minuend: one, subtrahend: other, result: number}
                        yield f"{one} - {other} = {number}", {**sound, **change}
            for name in (result, minuend, subtrahend):
                yield f"{name} = 0", {**sound, name: 0}
        case Sorted(vector, field, _):
            for one, other in _apart(_part(layout, vector, field)):
                bare = {k: [] if isinstance(v, list) else v for k, v in sound.items()}
                some = [{**sound[vector][0], field: number} for number in (one, other)]
                yield f"{one}, then {other}", {**bare, vector: some}
        case NotCrossed(upper, lower, field):
            for one, other in _apart(_part(layout, upper, field)):
                bests = {
                    upper: [{**sound[upper][0], field: one}],
                    lower: [{**sound[lower][0], field: other}],
                }
                yield f"best {one} over {other}", {**sound, **bests}


def _integer(layout: Layout, name: str) -> Integer:
    type_ = layout.field(name).type
    assert isinstance(type_, Integer)
    return type_


def _part(layout: Layout, vector: str, field: str) -> Integer:
    type_ = layout.field(vector).type
    assert isinstance(type_, Vector)
    assert isinstance(type_.element, Layout)
    return _integer(type_.element, field)


def _apart(type_: Integer) -> Iterator[tuple[int, int]]:
    """Pairs of numbers that a type holds, so and so far apart, from several starts."""
    seen = set()
    for distance in DISTANCES:
        for start in (0, 1, 5, type_.minimum, type_.maximum - distance, -distance // 2):
            for pair in ((start, start + distance), (start + distance, start)):
                if pair not in seen and all(type_.minimum <= n <= type_.maximum for n in pair):
                    seen.add(pair)
                    yield pair


def unequal(registry: Registry) -> Iterator[Cell]:
    """Sound and broken values of unequal vectors beside each other, each type with every other."""
    lines = [line for line in registry if breakable(line)]
    for number, line in enumerate(lines):
        for turn, other in enumerate(lines):
            if line.domain is not None and other.domain not in {None, line.domain}:
                continue
            if line is other:
                continue
            rules = breakable(line)
            rule = rules[(number + turn) % len(rules)]
            label = f"{line.name}, {rule.expression}, between others of {other.name}"
            for is_decoded in (False, True):
                make = partial(_between, line, rule, other, is_decoded=is_decoded)
                what = f"{'decode and ' * is_decoded}validate {label}"
                yield Cell("VLD-DECODE" if is_decoded else line.rule_id(rule), what, make)


def _between(line: TlvType, rule: Rule, other: TlvType, *, is_decoded: bool) -> Request:
    values = (other, _sound(other)), (line, _broken(line, rule)[1]), (other, _sound(other))
    tlvs = [{"type": one.number, "value": value} for one, value in values]
    return _request((line, other), tlvs, is_decoded=is_decoded)


def zeros_and_ones(registry: Registry) -> Iterator[Cell]:
    """Every ruled type with all fields zero, all bits set, and each field zero alone."""
    for line in registry:
        if not line.rules:
            continue
        assert line.layout is not None
        whole = {
            "all zero": boundaries.zeros(line.layout),
            "every bit set": boundaries.filled(line.layout, 0xFF),
        }
        for field in line.layout.named:
            if isinstance(field.type, Integer):
                whole[f"{field.name} zero"] = {**_sound(line), field.name: 0}
                whole[f"{field.name} largest"] = {**_sound(line), field.name: field.type.maximum}
        for label, value in whole.items():
            make = partial(_alone, value)
            yield from both(line.rule_id(line.rules[0]), f"{line.name}, {label}", line, make)
