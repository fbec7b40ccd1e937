"""Values of types: of layouts field by field, of opaque types by their size; and a pool of them.

A pool is drawn once for a block of questions, encoded at once, and combined; part of the values of
a question is drawn for it alone, related to its other numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.stream.draws import Draw, content, number, remember
from torq_conformance.model import derived_codec
from torq_specs.layout import FieldLayout, Integer, Layout, Raw, Vector
from torq_specs.registry import Registry, TlvType

Value = dict[str, Any]

FILLS = ("empty", "one", "partly filled", "all but one", "full")
"""Classes of vectors by the number of their elements."""

REPEATED = (1, 3, 7, 16)
"""Different elements of a vector that repeats them."""

POOLED, POOLED_LARGE = 12, 5
"""Values of each declared type in a pool; of a large one fewer."""

LARGE = 1024
"""Bytes from which on a type is large."""

EDGE_POWERS = range(1, 17)


@dataclass(frozen=True, slots=True)
class Part:
    """One TLV: its type, its neutral value, the bytes of that, and the classes that it met.

    Neutral values are shared between messages: who changes one copies it first.
    """

    line: TlvType
    value: Any
    data: bytes
    met: frozenset[str]
    numbers: tuple[int, ...]
    """Some numbers in it, for others to be related to."""


@functools.cache
def named(layout: Layout) -> tuple[FieldLayout, ...]:
    """The fields of a neutral value."""
    return layout.named


def value(draw: Draw, layout: Layout) -> Value:
    """A value of a layout; the counts of its vectors are drawn apart, or are equal."""
    drawn: Value = {}
    count: int | None = None
    for field in named(layout):
        match field.type:
            case Integer() as type_:
                drawn[field.name] = number(draw, type_)
            case Raw(size):
                drawn[field.name] = content(draw, size)
            case Vector() as vector:
                again = count is not None and draw.chance(0.3)
                count = min(count or 0, vector.capacity) if again else count_of(draw, vector)
                drawn[field.name] = elements(draw, vector, count)
    return drawn


def count_of(draw: Draw, vector: Vector) -> int:
    """How many elements a vector has."""
    capacity = vector.capacity
    k = draw.random()
    if k < 0.5:
        return draw.one_of((0, 1, min(2, capacity), capacity - 1, capacity))
    if k < 0.65:
        return draw.one_of(_edges(0, capacity))
    return draw.randint(0, capacity) if k < 0.8 else draw.magnitude(0, capacity)


def elements(draw: Draw, vector: Vector, count: int) -> list[Any]:
    """So many elements: a fourth of the vectors are all different, the others repeat a few."""
    fill = {0: 0, 1: 1, vector.capacity - 1: 3, vector.capacity: 4}.get(count, 2)
    draw.meet("vector", FILLS[fill])
    different = count if draw.chance(0.25) else min(count, draw.one_of(REPEATED))
    some = [element(draw, vector) for _ in range(different)]
    if different == count:
        return some
    return [copied(some[index % different]) for index in range(count)]


def element(draw: Draw, vector: Vector) -> Any:
    """One element of a vector."""
    if isinstance(vector.element, Layout):
        return value(draw, vector.element)
    return number(draw, vector.element)


def copied(part: Any) -> Any:
    """A copy of a neutral value that may be changed."""
    if isinstance(part, dict):
        return {key: copied(one) for key, one in part.items()}
    return [copied(one) for one in part] if isinstance(part, list) else part


def part(draw: Draw, line: TlvType, room: int) -> Part | None:
    """A TLV of a type whose value has at most ``room`` bytes; None where none is so small."""
    if line.layout is None:
        size = size_of(draw, line, room)
        if size is None:
            return None
        data = content(draw, size)
        return Part(line, data, data, frozenset(), ())
    if line.layout.size > room:
        return None
    drawn = value(draw, line.layout)
    data = derived_codec.encode_value(line.layout, drawn)
    return Part(line, drawn, data, frozenset(), ())


def size_of(draw: Draw, line: TlvType, room: int) -> int | None:
    """A size that a type may have: of every magnitude, and the edges of powers and of the type."""
    low, high = line.size_min, min(line.size_max, room)
    if high <= low:
        return low if high == low else None
    k = draw.random()
    if k < 0.25:
        return draw.magnitude(low, high)
    if k < 0.45:
        return low + draw.below(min(high - low, 600) + 1)
    if k < 0.70:
        return draw.one_of(_edges(low, high))
    return low + draw.below(min(high - low, 40) + 1)


@functools.cache
def _edges(low: int, high: int) -> tuple[int, ...]:
    """Every power of two, the bounds, and their neighbours, within the bounds."""
    edges = {low, high, *(1 << power for power in EDGE_POWERS)}
    near = {edge + change for edge in edges for change in (-1, 0, 1)}
    return tuple(sorted(size for size in near if low <= size <= high))


class Pool:
    """Values of the declared types of a registry, drawn for one block of questions."""

    def __init__(self, seed: int, registry: Registry) -> None:
        self._draw = Draw(seed)
        self._parts = {line.number: tuple(self._drawn(line)) for line in registry.with_layout}

    def _drawn(self, line: TlvType) -> Iterator[Part]:
        assert line.layout is not None
        for _ in range(POOLED if line.layout.size < LARGE else POOLED_LARGE):
            self._draw.met = set()
            drawn = value(self._draw, line.layout)
            data = derived_codec.encode_value(line.layout, drawn)
            met, numbers = frozenset(self._draw.met), tuple(self._draw.recent[-3:])
            yield Part(line, drawn, data, met, numbers)

    def take(self, draw: Draw, line: TlvType) -> Part:
        """One of the values of a declared type."""
        taken = draw.one_of(self._parts[line.number])
        draw.met |= taken.met
        for one in taken.numbers:
            remember(draw, one)
        return taken
