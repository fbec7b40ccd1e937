"""A rule of section 8 whatever else is so: other fields, lengths of both sides, header, framing.

Whoever looks at one field before another (nothing is on offer: do not compare the prices) is met by
rules that are broken, and just kept, beside every pair of values of the fields they do not name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from torq_conformance.cases import boundaries, meanings, messages, rule_edges
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.covering import covering_rows
from torq_conformance.cases.corners.rule_places import both, decoded_and_validated, ruled
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.layout import FieldLayout, Integer, Raw, Vector
from torq_specs.registry import STANDARD_SIZE_MAX, Registry, TlvType
from torq_specs.rules import NotCrossed, Rule

Value = dict[str, Any]

DECODED_EVERY = 4
"""Of so many values one is decoded and validated as well: the rules are the same ones."""

NAMED_MAX = 4
"""Of the numbers of a field that have names the first: actions, sides, reasons have no more."""

FLAGS = (0, 1, 0x80, 0xFF)


def other_fields(registry: Registry) -> Iterator[Cell]:
    """Every rule, broken and kept, beside every pair of values of the fields it does not name."""
    for line, rule in ruled(registry):
        levels = _levels_beside(line, rule)
        if not levels:
            continue
        edges = [value for _, value in meanings.of_rule(line, rule)]
        broken = [value for _, value in meanings.broken_by(line, rule)]
        kept = [value for value in edges if not any(rule.violations(value))]
        rows = covering_rows([len(some) for some in levels.values()], min(2, len(levels)))
        for at, row in enumerate(rows):
            others = {
                name: some[index] for (name, some), index in zip(levels.items(), row, strict=True)
            }
            for word, values in (("broken", broken), ("kept", kept)):
                if values:
                    own = _own(rule, values[at % len(values)])
                    label = f"{line.name}, {rule.expression}, {word}, others as in row {at}"
                    make = partial(_beside, line, own, others)
                    is_decoded = at % DECODED_EVERY == 0
                    yield from both(line.rule_id(rule), label, line, make, is_decoded=is_decoded)


def _own(rule: Rule, value: Value) -> Value:
    return {name: value[name] for name in _names(rule)}


def _names(rule: Rule) -> frozenset[str]:
    return frozenset(path.partition(".")[0] for path in rule.operands)


def _beside(line: TlvType, own: Value, others: Value) -> list[Value]:
    return [{**meanings.sound_value(line), **others, **own}]


def _levels_beside(line: TlvType, rule: Rule) -> dict[str, list[Any]]:
    """Of every field that a rule does not name, the values that it is asked with."""
    assert line.layout is not None
    sound = meanings.sound_value(line)
    names = _names(rule)
    return {
        field.name: _levels(field, sound[field.name])
        for field in line.layout.named
        if field.name not in names
    }


def _levels(field: FieldLayout, sound: Any) -> list[Any]:
    """Nothing, all there is, every number that has a name, and what is sound."""
    match field.type:
        case Integer() as type_:
            some = [sound, 0, type_.minimum, type_.maximum]
            return [*dict.fromkeys([*some, *map(int, field.members[:NAMED_MAX])])]
        case Raw(size):
            return [sound, bytes(size), b"\xff" * size]
        case Vector() as vector:
            return [sound, [], sound[:1], boundaries.elements(vector, vector.capacity)]
    return [sound]


def both_lengths(registry: Registry) -> Iterator[Cell]:
    """Sides of every pair of lengths that cross, touch and lie apart at their best."""
    for line, rule in ruled(registry):
        if isinstance(rule, NotCrossed):
            sides = _Sides.of(line, rule)
            for lengths in product(sides.lengths, sides.lengths):
                for by in (-1, 0, 1):
                    label = f"{line.name}, {rule.expression}, {lengths} elements, over by {by}"
                    make = partial(_crossing, sides, lengths, by)
                    yield from both(line.rule_id(rule), label, line, make)


@dataclass(frozen=True)
class _Sides:
    """Two vectors, each as long as can be and in order, that do not cross."""

    rule: NotCrossed
    sound: Value
    upper: list[Value]
    lower: list[Value]

    @classmethod
    def of(cls, line: TlvType, rule: NotCrossed) -> _Sides:
        assert line.layout is not None
        sound = meanings.sound_value(line)
        upper, lower = (
            rule_edges.longest(line.layout, name, rule.field, sound)
            for name in (rule.upper, rule.lower)
        )
        return cls(rule, sound, upper, lower)

    @property
    def lengths(self) -> list[int]:
        most = min(len(self.upper), len(self.lower))
        return sorted({1, 2, most // 2, most - 1, most} & {*range(1, most + 1)})


def _crossing(sides: _Sides, lengths: tuple[int, int], by: int) -> list[Value]:
    field = sides.rule.field
    upper, lower = sides.upper[: lengths[0]], sides.lower[: lengths[1]]
    lower = rule_edges.with_element(lower, 0, field, upper[0][field] + by)
    return [{**sides.sound, sides.rule.upper: upper, sides.rule.lower: lower}]


def headers(registry: Registry) -> Iterator[Cell]:
    """Every rule, broken in every domain where its type may ride, with flags, in either framing."""
    for line, rule in ruled(registry):
        _, value = next(meanings.broken_by(line, rule))
        domains = [line.domain] if line.domain is not None else [*RelayDomain]
        for domain, flags in product(domains, FLAGS):
            header = messages.header(relay_domain=int(domain), flags=flags)
            label = f"{line.name}, {rule.expression}, {RelayDomain(domain).name}, flags {flags}"
            tlvs = [{"type": line.number, "value": value}]
            make = partial(Request, Operation.VALIDATE, {"header": header, "tlvs": tlvs})
            yield Cell(line.rule_id(rule), f"validate {label}", make)
            data = messages.encoded_value(line, value)
            for is_extended in {len(data) > STANDARD_SIZE_MAX, True}:
                way = "extended" if is_extended else "standard"
                payload = derived_codec.frame(line.number, data, is_extended=is_extended)
                make = partial(decoded_and_validated, header, payload)
                yield Cell("VLD-DECODE", f"decode and validate {label}, {way}", make)
