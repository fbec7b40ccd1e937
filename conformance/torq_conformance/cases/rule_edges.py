"""Where a rule of section 8 changes its mind: values on either side of it, by kind of rule.

``settled`` makes a value keep a rule, ``edges`` moves its fields to the edges; both return copies.
A kind of rule that neither knows is refused by name, so no rule can be declared and go unjudged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torq_conformance.cases import boundaries
from torq_conformance.errors import KitError
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.rules import (
    AtLeast,
    Below,
    DifferenceOf,
    EachPositive,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    Positive,
    Rule,
    Sorted,
)

Value = dict[str, Any]
Named = tuple[str, Value]

START, STEP = 10_000, 10
"""What ordered elements start with, and how far apart they are."""

BEYOND = 1 << 53
"""From here on a double does not hold every integer."""

COUNTS = (3, 9)
"""Elements of a vector, beside all that fit."""

UNKNOWN = "The kit has no edges for the rule {}."
HINT = "Use the kinds of torq_specs.rules, or add yours to cases/rule_edges.py."


def settled(rule: Rule, layout: Layout, value: Value) -> Value:
    """The value, changed so that it keeps the rule."""
    match rule:
        case Positive(field) | NotNegative(field):
            return {**value, field: 5}
        case MemberOf(field, members):
            return {**value, field: int([*members][-1])}
        case AtLeast(larger, smaller):
            return {**value, smaller: 5, larger: 6}
        case Below(smaller, larger):
            return {**value, smaller: 5, larger: 6}
        case DifferenceOf(result, minuend, subtrahend):
            return {**value, minuend: 9, subtrahend: 5, result: 4}
        case NotEmpty(vector):
            return {**value, vector: _elements(layout, vector, COUNTS[0])}
        case EachPositive(vector, field):
            return {**value, vector: [{**one, field: 9} for one in value[vector]]}
        case Sorted(vector, field, is_rising):
            start, step = _scale(layout, vector, field)
            few = _elements(layout, vector, COUNTS[0])
            return {**value, vector: _ordered(few, field, start, step if is_rising else -step)}
        case NotCrossed(upper, lower, field):
            start, step = _scale(layout, upper, field)
            count = COUNTS[0]
            return {
                **value,
                upper: _ordered(value[upper][:count], field, start + step, step),
                lower: _ordered(value[lower][:count], field, start, -step),
            }
    raise KitError(UNKNOWN.format(rule.expression), HINT)


def edges(rule: Rule, layout: Layout, sound: Value) -> Iterator[Named]:
    """Values in which only fields of the rule differ from a sound one, by what is special.

    What the type of a field cannot hold is left out.
    """
    for label, value in _edges(rule, layout, sound):
        if _fits(rule, layout, value):
            yield label, value


def _fits(rule: Rule, layout: Layout, value: Value) -> bool:
    """Whether the fields that a rule speaks of can hold what the value has in them."""
    for path in rule.operands:
        name, _, part = path.partition(".")
        if part:
            type_ = _part(layout, name, part)
            numbers = [one[part] for one in value[name]]
        elif isinstance(value[name], list):
            continue
        else:
            type_ = _integer(layout, name)
            numbers = [value[name]]
        if not all(type_.minimum <= number <= type_.maximum for number in numbers):
            return False
    return True


def _edges(rule: Rule, layout: Layout, sound: Value) -> Iterator[Named]:
    match rule:
        case Positive(field) | NotNegative(field):
            yield from _numbers(layout, field, sound)
        case MemberOf(field, members):
            last = max(members)
            for number in dict.fromkeys((*range(last + 4), 8, 127, 128, 129, 254, 255)):
                yield f"{field} = {number}", {**sound, field: number}
        case AtLeast(first, second) | Below(first, second):
            for one, other in _pairs(_integer(layout, first)):
                yield f"{first} = {one}, {second} = {other}", {**sound, first: one, second: other}
        case DifferenceOf(result, minuend, subtrahend):
            for numbers in _differences(_integer(layout, result)):
                change = dict(zip((minuend, subtrahend, result), numbers, strict=True))
                yield _words(change), {**sound, **change}
        case _:
            yield from _vector_edges(rule, layout, sound)


def _vector_edges(rule: Rule, layout: Layout, sound: Value) -> Iterator[Named]:
    match rule:
        case NotEmpty(vector):
            for count in (0, 1, 2, _vector(layout, vector).capacity):
                elements = _elements(layout, vector, count)
                yield f"{count} {vector}", {**sound, vector: elements}
            nothing = _zero(_vector(layout, vector))
            yield f"a zero alone in {vector}", {**sound, vector: [nothing]}
        case EachPositive(vector, field):
            yield from _element_numbers(layout, vector, field, sound)
        case Sorted(vector, field, is_rising):
            yield from _orders(layout, vector, field, sound, is_rising=is_rising)
        case NotCrossed(upper, lower, field):
            yield from _bests(layout, upper, lower, field, sound)
        case _:
            raise KitError(UNKNOWN.format(rule.expression), HINT)


def _words(change: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {number}" for name, number in change.items())


def _integer(layout: Layout, name: str) -> Integer:
    type_ = layout.field(name).type
    assert isinstance(type_, Integer)
    return type_


def _vector(layout: Layout, name: str) -> Vector:
    type_ = layout.field(name).type
    assert isinstance(type_, Vector)
    return type_


def _part(layout: Layout, vector: str, field: str) -> Integer:
    element = _vector(layout, vector).element
    assert isinstance(element, Layout)
    return _integer(element, field)


def _scale(layout: Layout, vector: str, field: str) -> tuple[int, int]:
    """What the ordered elements of a vector start with, and how far apart they are."""
    maximum = _part(layout, vector, field).maximum
    return (START, STEP) if maximum > 2 * START else (maximum // 2, 2)


def _zero(vector: Vector) -> Any:
    return boundaries.zeros(vector.element) if isinstance(vector.element, Layout) else 0


def _elements(layout: Layout, name: str, count: int) -> list[Any]:
    """So many elements or all that fit, all different."""
    vector = _vector(layout, name)
    count = min(count, vector.capacity)
    if isinstance(vector.element, Layout):
        one = boundaries.distinct(vector.element)
        first = next(field.name for field in vector.element.named)
        return [{**one, first: index + 1} for index in range(count)]
    return [index + 1 for index in range(count)]


def _ordered(elements: list[Value], field: str, start: int, step: int) -> list[Value]:
    return [{**one, field: start + index * step} for index, one in enumerate(elements)]


def _numbers(layout: Layout, field: str, sound: Value) -> Iterator[Named]:
    numbers = dict(boundaries.integer_edges(_integer(layout, field)))
    for label, number in numbers.items():
        yield f"{field} = {label}", {**sound, field: number}
    for number in (2, -2, 256, -256, BEYOND + 1, -BEYOND - 1, 1 << 32, -(1 << 32)):
        if number not in numbers.values():
            yield f"{field} = {number}", {**sound, field: number}


def _pairs(type_: Integer) -> Iterable[tuple[int, int]]:
    return dict.fromkeys(_ordered_pairs(type_))


def _ordered_pairs(type_: Integer) -> Iterator[tuple[int, int]]:
    """Pairs of numbers whose order a codec may mistake, and such whose order it cannot."""
    middle = 1 << (8 * type_.size - 1)
    bases = (0, 1, 7, 256, BEYOND, 1 << 31, 1 << 32, middle - 1, middle, -1, -7, -BEYOND)
    for base in bases:
        yield from ((base, base), (base, base + 1), (base + 1, base))
    yield type_.minimum, type_.maximum
    yield type_.maximum, type_.minimum
    yield type_.maximum, type_.maximum
    yield from ((-1, 0), (0, -1), (-1, 1), (1, -1), (-2, -1), (-1, -2))


def _differences(type_: Integer) -> Iterator[tuple[int, int, int]]:
    """Minuend, subtrahend and what may be taken for their difference."""
    low, high = type_.minimum, type_.maximum
    near = ((9, 5), (5, 9), (9, 9), (0, 0), (1, -1), (-5, -9), (BEYOND << 1, BEYOND + 1))
    far = ((low, 0), (0, low), (high, low), (low, high), (high, 0), (high, high), (low, low))
    for minuend, subtrahend in (*near, *far):
        right = minuend - subtrahend
        wrapped = (right - low) % (1 << 8 * type_.size) + low
        for result in dict.fromkeys((right, right - 1, right + 1, -right, 0, wrapped, high, low)):
            if low <= result <= high:
                yield minuend, subtrahend, result


def _places(count: int) -> list[int]:
    """First, second, middle and last places; of few elements all."""
    if count <= COUNTS[-1]:
        return [*range(count)]
    return sorted({0, 1, 2, count // 2 - 1, count // 2, count - 2, count - 1})


def _long(layout: Layout, name: str, field: str, sound: Value) -> Iterator[list[Value]]:
    """A vector of sound elements in several lengths; what orders it goes on as it begins."""
    vector, type_ = _vector(layout, name), _part(layout, name, field)
    most = _continued(sound[name], vector.capacity)
    fitting = [one for one in most if type_.minimum <= one[field] <= type_.maximum]
    for count in sorted({min(count, len(fitting)) for count in (*COUNTS, vector.capacity)}):
        yield fitting[:count]


def longest(layout: Layout, name: str, field: str, sound: Value) -> list[Value]:
    """As many sound elements of a vector as fit, ordered as those of the sound value begin."""
    return [*_long(layout, name, field, sound)][-1]


def with_element(elements: list[Value], index: int, field: str, number: int) -> list[Value]:
    """The elements with one integer of one of them changed."""
    return _with(elements, index, field, number)


def _continued(elements: list[Value], count: int) -> list[Value]:
    """Elements with the steps between the first two, each number going on as it begins."""
    first, second = elements[0], elements[min(1, len(elements) - 1)]
    return [
        {
            name: part + (second[name] - part) * index if isinstance(part, int) else part
            for name, part in first.items()
        }
        for index in range(count)
    ]


def _element_numbers(layout: Layout, vector: str, field: str, sound: Value) -> Iterator[Named]:
    minimum = _part(layout, vector, field).minimum
    for elements in _long(layout, vector, field, sound):
        for index in _places(len(elements)):
            for number in dict.fromkeys((0, -1, 1, minimum, -BEYOND - 1)):
                label = f"{vector}[{index}].{field} = {number} of {len(elements)}"
                yield label, {**sound, vector: _with(elements, index, field, number)}
    yield f"no {vector}", {**sound, vector: []}
    alone = {name: [] if isinstance(part, list) else part for name, part in sound.items()}
    for elements in _long(layout, vector, field, sound):
        count = len(elements)
        for what, places in (("every", range(count)), ("first and last", (0, count - 1))):
            broken = elements
            for index in places:
                broken = _with(broken, index, field, 0)
            yield f"{what} {field} of {count} {vector} zero", {**sound, vector: broken}
        # As they are ordered, but about zero or below it, with nothing else to be crossed.
        for last in (-1, 0, 1):
            lowest = min(one[field] for one in elements)
            highest = max(one[field] for one in elements)
            for bound, by in (("highest", last - highest), ("lowest", last - lowest)):
                moved = [{**one, field: one[field] + by} for one in elements]
                label = f"{count} {vector} alone, {bound} {field} {last}"
                yield label, {**alone, vector: moved}


def _with(elements: list[Value], index: int, field: str, number: int) -> list[Value]:
    changed = list(elements)
    changed[index] = {**elements[index], field: number}
    return changed


def _orders(
    layout: Layout, vector: str, field: str, sound: Value, *, is_rising: bool
) -> Iterator[Named]:
    sign = 1 if is_rising else -1
    for elements in _long(layout, vector, field, sound):
        count = len(elements)
        yield f"{count} {vector} in order", {**sound, vector: elements}
        yield f"{count} {vector} in reverse", {**sound, vector: elements[::-1]}
        for index in _places(count)[1:]:
            before = elements[index - 1][field]
            for what, number in (("as", before), ("just out of order with", before - sign)):
                label = f"{vector}[{index}].{field} {what} the one before, of {count}"
                yield label, {**sound, vector: _with(elements, index, field, number)}
        if count > 1:
            last = _with(elements, count - 1, field, elements[0][field])
            yield f"last of {count} {vector} as the first", {**sound, vector: last}
    alone = {
        name: [] if isinstance(part, list) and name != vector else part
        for name, part in sound.items()
    }
    near = [BEYOND, BEYOND + 1] if is_rising else [BEYOND + 1, BEYOND]
    for what, numbers in (("in order", near), ("out of order", near[::-1])):
        pair = [{**one, field: n} for one, n in zip(sound[vector], numbers, strict=False)]
        yield f"two {vector} that are equal as doubles, {what}", {**alone, vector: pair}
    for count in (0, 1):
        yield f"{count} {vector}", {**sound, vector: sound[vector][:count]}
    yield f"{vector} alone, in reverse", {**alone, vector: sound[vector][::-1]}
    yield f"{vector} alone", alone


def _bests(layout: Layout, upper: str, lower: str, field: str, sound: Value) -> Iterator[Named]:
    start, step = _scale(layout, upper, field)
    for best in (start, BEYOND + 1):
        for change in dict.fromkeys((-step + 1, -1, 0, 1)):
            lows = _ordered(sound[lower], field, best, -step)
            highs = _ordered(sound[upper], field, best + change, step)
            label = f"best of {upper} {change:+} from {best}, the best of {lower}"
            yield label, {**sound, lower: lows, upper: highs}
    # What is behind the best ones does not count.
    crossed = _ordered(sound[upper], field, start - 1, step)
    yield f"one of {upper} above", {**sound, upper: [crossed[0]]}
    yield f"one of {lower} alone", {**sound, upper: [], lower: sound[lower][:1]}
    yield f"one of {upper} alone", {**sound, lower: [], upper: sound[upper][:1]}
    yield "both empty", {**sound, lower: [], upper: []}
