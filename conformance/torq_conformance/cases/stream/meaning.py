"""Values that keep every rule of section 8, and such in which one or two are moved from there.

Rules are declarations: each kind of rule is settled with drawn numbers, and broken by moving one of
its operands to a neighbour's value, next to it, or to an edge, inside the range of its type.
"""

from __future__ import annotations

import struct
from typing import Any

from torq_conformance.cases import meanings
from torq_conformance.cases.rule_edges import settled
from torq_conformance.cases.stream.draws import Draw
from torq_conformance.cases.stream.values import copied, count_of, elements, value
from torq_conformance.model import derived_codec
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.registry import TlvType
from torq_specs.rules import (
    AtLeast,
    Below,
    DifferenceOf,
    EachPositive,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    Operand,
    Positive,
    Rule,
    Sorted,
)

Value = dict[str, Any]

ROUNDS_MAX = 6
"""How often the rules of a type are settled before the plain sound value is taken."""

STEPS = (1, 1, 1, 2, 100)
"""How far apart the numbers of ordered elements are."""

MEANINGS = ("sound", "one moved", "two moved")
"""Classes of meaning."""

MOVED = ("first", "inner", "last")
"""Classes of elements in which something was moved."""


def sound(draw: Draw, line: TlvType) -> Value:
    """A drawn value that keeps every rule of its type."""
    assert line.layout is not None
    drawn = value(draw, line.layout)
    for _ in range(ROUNDS_MAX):
        broken = [rule for rule in line.rules if any(rule.violations(drawn))]
        if not broken and is_held(line.layout, drawn):
            return drawn
        for rule in broken:
            _settle(draw, rule, line.layout, drawn)
    plain: Value = copied(meanings.sound_value(line))
    return plain


def is_held(layout: Layout, of: Value) -> bool:
    """Whether every field can hold its number."""
    try:
        derived_codec.encode_value(layout, of)
    except (struct.error, OverflowError):
        return False
    return True


def _type(layout: Layout, name: str, part: str = "") -> Integer:
    type_ = layout.field(name).type
    if part:
        assert isinstance(type_, Vector)
        assert isinstance(type_.element, Layout)
        type_ = type_.element.field(part).type
    assert isinstance(type_, Integer)
    return type_


def _vector(layout: Layout, name: str) -> Vector:
    type_ = layout.field(name).type
    assert isinstance(type_, Vector)
    return type_


def _settle(draw: Draw, rule: Rule, layout: Layout, of: Value) -> None:
    """Change a value in place so that it keeps a rule, with drawn numbers."""
    match rule:
        case Positive(field) | NotNegative(field):
            of[field] = _positive(draw, _type(layout, field))
        case MemberOf(field, members):
            of[field] = int(draw.one_of([*members]))
        case AtLeast(first, second):
            of[second], of[first] = _in_order(layout, of, first, second)
        case Below(first, second):
            low, high = _in_order(layout, of, first, second)
            if low == high:
                low, high = (low - 1, high) if low else (low, high + 1)
            of[first], of[second] = low, high
        case DifferenceOf(result, minuend, subtrahend):
            least = min(_type(layout, name).maximum for name in (result, minuend, subtrahend))
            of[result] = draw.magnitude(0, least // 2)
            of[subtrahend] = draw.magnitude(1, least // 2)
            of[minuend] = of[subtrahend] + of[result]
        case NotEmpty(vector):
            type_ = _vector(layout, vector)
            of[vector] = elements(draw, type_, max(1, count_of(draw, type_)))
        case EachPositive(vector, field):
            for one in of[vector]:
                one[field] = _positive(draw, _type(layout, vector, field))
        case Sorted(vector, field, is_rising):
            ordered_by = _type(layout, vector, field)
            sign = 1 if is_rising else -1
            _order(draw, of[vector], field, ordered_by, _middle(draw, ordered_by), sign)
        case NotCrossed(upper, lower, field):
            ordered_by = _type(layout, upper, field)
            middle = _middle(draw, ordered_by)
            _order(draw, of[upper], field, ordered_by, middle, 1)
            _order(draw, of[lower], field, ordered_by, middle - draw.below(2), -1)
        case _:
            of.update(settled(rule, layout, of))


def _positive(draw: Draw, type_: Integer) -> int:
    return draw.one_of((1, 2, 1000, draw.magnitude(1, type_.maximum), type_.maximum))


def _middle(draw: Draw, type_: Integer) -> int:
    """A number with room for ordered elements on either side, beyond what a double holds too."""
    bits = 8 * type_.size
    highest = type_.maximum // 2
    powers = [1 << power for power in (20, 31, 32, 40, 53, 62) if power < bits - 2]
    return min(draw.one_of(powers or [highest]) + draw.below(3) - 1, highest)


def _in_order(layout: Layout, of: Value, first: str, second: str) -> tuple[int, int]:
    """The lower and the higher one of two numbers, as far as both fields can hold them."""
    types = [_type(layout, name) for name in (first, second)]
    low, high = max(type_.minimum for type_ in types), min(type_.maximum for type_ in types)
    one, other = sorted(min(high, max(low, of[name])) for name in (first, second))
    return one, other


def _order(draw: Draw, some: list[Any], field: str, type_: Integer, start: int, sign: int) -> None:
    """Numbers that rise or fall from a start, as far apart as the type has room for."""
    most = max(1, (type_.maximum // 2 - 2) // max(len(some), 1))
    number = start
    for index, one in enumerate(some):
        # Equal elements are shared with nobody: values are drawn for one message alone.
        number += sign * (min(most, draw.one_of(STEPS)) if index else draw.below(2))
        one[field] = number


def moved(draw: Draw, line: TlvType, rule: Rule, of: Value) -> None:
    """Move an operand of a rule in place, to where it changes its mind or anywhere; or two."""
    assert line.layout is not None
    is_twice = draw.chance(0.25)
    draw.meet("meaning", MEANINGS[1 + is_twice])
    _move(draw, rule, line.layout, of)
    if is_twice:
        _move(draw, draw.one_of((rule, *line.rules)), line.layout, of)


def _move(draw: Draw, rule: Rule, layout: Layout, of: Value) -> None:
    path, operand = draw.one_of([*rule.operands.items()])
    name, _, part = path.partition(".")
    if operand is Operand.VECTOR or (operand is Operand.RECORDS and draw.chance(0.06)):
        type_ = _vector(layout, name)
        count = draw.one_of((0, 1, type_.capacity))
        of[name] = (of[name] or elements(draw, type_, count))[:count]
        return
    if operand is Operand.RECORDS:
        _move_element(draw, rule, layout, of, name, part)
        return
    others = [of[other] for other in rule.operands if isinstance(of.get(other), int)]
    of[name] = _near(draw, _type(layout, name), of[name], others)


def _move_element(draw: Draw, rule: Rule, layout: Layout, of: Value, name: str, part: str) -> None:
    some = of[name]
    if not some:
        return
    at = draw.one_of((0, len(some) - 1, draw.below(len(some)), draw.below(len(some))))
    draw.meet("element moved", "first" if not at else "last" if at == len(some) - 1 else "inner")
    others = [some[place][part] for place in (at - 1, at + 1) if 0 <= place < len(some)]
    for path in rule.operands:
        vector, _, field = path.partition(".")
        if vector != name and of[vector]:
            others.append(of[vector][0][field])
    some[at] = {**some[at], part: _near(draw, _type(layout, name, part), some[at][part], others)}


def _near(draw: Draw, type_: Integer, number: int, others: list[int]) -> int:
    """The number of a neighbour, next to it, next to where it was, zero, or below."""
    neighbour = draw.one_of(others or [number])
    near = (neighbour, neighbour, neighbour + 1, neighbour - 1, number + 1, number - 1, 0, -1, 1)
    far = (
        type_.minimum,
        type_.maximum,
        draw.below(256),
        draw.randint(type_.minimum, type_.maximum),
    )
    moved_to = draw.one_of((*near, *far))
    return min(type_.maximum, max(type_.minimum, moved_to))
