"""Enumerated boundaries of a layout: the values at which codecs go wrong, each with a label.

All zero; every byte distinct; every byte 0xFF; each field alone at each of its edges; each vector
at its counts; the fields of a full vector's last slot at their edges. Enumerated, not sampled: they
come first, they are the same every time, and nothing at an edge is left to chance.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from torq_conformance.model import derived_codec
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector

Value = dict[str, Any]

SPECIAL_BYTES = b'\r\n\x1a\n\0\xff\xff\xef\xbe\xad\xde\x7d\x5e\x80\xc3\x28\x7e\t\r\x1b\\%"{ '
"""Line ends, the ends of texts, escapes, the magic, broken UTF-8: to a codec all are just bytes."""


def values(layout: Layout) -> Iterator[tuple[str, Value]]:
    """Every enumerated boundary of a layout, as (label, value)."""
    yield "all zero", zeros(layout)
    yield "every byte distinct", distinct(layout)
    yield "every byte distinct, descending", distinct(layout, step=-1)
    yield "every bit set", filled(layout, 0xFF)
    yield "every byte 0x80", filled(layout, 0x80)
    base = distinct(layout)
    for field in layout.named:
        if isinstance(field.type, Vector):
            yield from _vector_values(layout, field, field.type, base)
        else:
            for label, edge in edges(field):
                yield f"{field.name} = {label}", {**base, field.name: edge}
    for field in layout.named:
        if isinstance(field.type, Integer):
            # Alone on zeros: what spills into a neighbour shows.
            yield f"only {field.name} set", {**zeros(layout), field.name: field.type.maximum}
    yield from _alike(layout)


def _alike(layout: Layout) -> Iterator[tuple[str, Value]]:
    """Byte fields that are equal but for one byte: who knows them by a part of them mixes them."""
    raws = [(f.name, f.type.size) for f in layout.named if isinstance(f.type, Raw)]
    if len(raws) > 1:
        for label in ("first", "middle", "last"):
            value = distinct(layout)
            for index, (name, size) in enumerate(raws):
                some = bytearray(b"\x5a" * size)
                some[{"first": 0, "middle": size // 2, "last": size - 1}[label]] = 0x80 + index
                value[name] = bytes(some)
            yield f"byte fields that differ in their {label} byte", value


PERIOD = 251
"""Bytes until the pattern of ``distinct`` comes again: a prime, so no field has its size."""


def zeros(layout: Layout) -> Value:
    """All fields zero, all vectors empty."""
    return derived_codec.decode_value(layout, bytes(layout.size))


def filled(layout: Layout, byte: int) -> Value:
    """Every byte of every field has one value; vectors are full."""
    return _of_pattern(layout, bytes([byte]))


def distinct(layout: Layout, *, step: int = 1, shift: int = 0) -> Value:
    """Neighbouring bytes all differ, so that swapped, shifted and widened fields show.

    The top bit is set in some bytes of every field; vectors have three elements, or their capacity
    where that is less. Two values with different ``shift`` differ in every field.
    """
    return _of_pattern(layout, _pattern(step, shift % PERIOD), 3)


@functools.cache
def _pattern(step: int, shift: int) -> bytes:
    return bytes((step * (offset * 37 + shift) + 1) % PERIOD + 1 for offset in range(PERIOD))


def _of_pattern(layout: Layout, pattern: bytes, count: int | None = None) -> Value:
    data = bytearray((pattern * (layout.size // len(pattern) + 1))[: layout.size])
    for field in layout.fields:
        if isinstance(field.type, Vector):
            elements = field.type.capacity if count is None else min(count, field.type.capacity)
            data[field.offset : field.offset + 2] = elements.to_bytes(2, "little")
    return derived_codec.decode_value(layout, bytes(data))


def edges(field: FieldLayout) -> Iterator[tuple[str, Any]]:
    """The values of one field at which codecs go wrong."""
    match field.type:
        case Integer() as integer:
            seen = set()
            for label, number in (*_named_values(field), *integer_edges(integer)):
                if number not in seen:
                    seen.add(number)
                    yield label, number
        case Raw(size):
            yield "zeros", bytes(size)
            yield "first byte 0x01", b"\x01" + bytes(size - 1)
            yield "last byte 0x80", bytes(size - 1) + b"\x80"
            yield "text with NUL", b"A\0B".ljust(size, b"\xff")[:size]
            yield "bytes that text and streams treat apart", SPECIAL_BYTES[:size]
            yield "letters and spaces", b"aBcD".ljust(size)[:size]
        case Padding() | Vector():
            return


def _named_values(field: FieldLayout) -> Iterator[tuple[str, int]]:
    for member in field.members:
        yield f"{int(member)} ({member.name})", int(member)
    outside = max(field.members, default=-1) + 1
    if outside and isinstance(field.type, Integer) and outside <= field.type.maximum:
        yield f"{outside}, no {type(field.members[0]).__name__}", outside


def integer_edges(integer: Integer) -> Iterator[tuple[str, int]]:
    """Numbers at the edges of the type itself and of every narrower type a codec may use."""
    bits = 8 * integer.size
    yield "0", 0
    yield "1", 1
    yield f"{integer} maximum", integer.maximum
    yield f"{integer} maximum - 1", integer.maximum - 1
    if integer.is_signed:
        yield f"{integer} minimum", integer.minimum
        yield f"{integer} minimum + 1", integer.minimum + 1
        yield "-1", -1
    else:
        yield "top bit alone", 1 << (bits - 1)
    yield "ascending bytes", int.from_bytes(bytes(range(1, integer.size + 1)), "little")
    for power in (7, 8, 15, 16, 24, 31, 32, 40, 48, 53, 56, 63, 64, 96, 127, 128, 192):
        for number, text in ((-1, " - 1"), (0, ""), (1, " + 1")):
            if (1 << power) + number <= integer.maximum:
                yield f"2^{power}{text}", (1 << power) + number
                if integer.is_signed and power in {31, 32, 53}:
                    yield f"-(2^{power}{text})", -((1 << power) + number)


def _vector_values(
    layout: Layout, field: FieldLayout, vector: Vector, base: Value
) -> Iterator[tuple[str, Value]]:
    counts = {0, 1, 2, vector.capacity - 1, vector.capacity, vector.capacity // 2}
    for count in sorted(count for count in counts if count <= vector.capacity):
        yield f"{field.name}: {count} elements", {**base, field.name: elements(vector, count)}
    for name, others in ((field.name, 1), (field.name, 0)):
        # This vector full while the others are short: it may not be found by their counts.
        lonely = {
            one.name: elements(one.type, others)
            if isinstance(one.type, Vector) and one.name != name
            else base[one.name]
            for one in layout.named
        }
        if lonely != base:
            label = f"{field.name} full, other vectors {others}"
            yield label, {**lonely, field.name: elements(vector, vector.capacity)}
    equal = elements(vector, 1) * min(4, vector.capacity)
    yield f"{field.name}: equal elements", {**base, field.name: equal}
    for label, unsorted_ in _orders(vector):
        yield f"{field.name}: {label}", {**base, field.name: unsorted_}
    full = elements(vector, vector.capacity)
    for label, element in _element_edges(vector):
        last = f"{field.name}[{vector.capacity - 1}]{label}"
        yield last, {**base, field.name: [*full[:-1], element]}
        yield f"{field.name}[0]{label}", {**base, field.name: [element]}


def _orders(vector: Vector) -> Iterator[tuple[str, list[Any]]]:
    some = elements(vector, min(7, vector.capacity))
    yield "ascending", sorted(some, key=_first_number)
    yield "descending", sorted(some, key=_first_number, reverse=True)
    yield "neither ascending nor descending", some[1::2] + some[::2]
    if vector.capacity > 2:  # two others and the zero
        yield "zero between others", [some[0], _zero(vector), some[1]]
    yield "zero at the end", [*some[: min(2, vector.capacity - 1)], _zero(vector)]


def _first_number(element: Any) -> int:
    return int(next(iter(element.values())) if isinstance(element, Mapping) else element)


def _zero(vector: Vector) -> Any:
    return zeros(vector.element) if isinstance(vector.element, Layout) else 0


def elements(vector: Vector, count: int) -> list[Any]:
    """``count`` elements that all differ from one another in every field."""
    element = vector.element
    if isinstance(element, Layout):
        return [distinct(element, shift=7 + 11 * index) for index in range(count)]
    pattern = (
        bytes((i * 29 + at * 13 + 1) % 256 for at in range(element.size)) for i in range(count)
    )
    return [int.from_bytes(data, "little", signed=element.is_signed) for data in pattern]


def _element_edges(vector: Vector) -> Iterator[tuple[str, Any]]:
    if isinstance(vector.element, Integer):
        for label, number in integer_edges(vector.element):
            yield f" = {label}", number
        return
    base = distinct(vector.element, shift=5)
    for field in vector.element.named:
        for label, edge in edges(field):
            yield f".{field.name} = {label}", {**base, field.name: edge}
