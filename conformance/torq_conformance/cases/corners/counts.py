"""Counts of the two vectors of a type: every difference, every sum, and all pairs there are."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.corners.cells import Cell, insist
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.layout import Layout, Vector
from torq_specs.registry import Registry, TlvType


def opposite(registry: Registry) -> Iterator[Cell]:
    """While one vector of a type grows the other shrinks, by every count."""
    for line, first, second in _two_vectors(registry):
        for one in range(first[1].capacity + 1):
            pair = (one, max(0, second[1].capacity - one))
            label = f"{line.name}: {pair[0]} {first[0]}, {pair[1]} {second[0]}"
            yield Cell("BOOK-SIDES", label, partial(_counted, line, first, second, pair))


PER_DIFFERENCE = 64
"""One in so many counts stands for the pairs of counts of one difference."""


def differences(registry: Registry) -> Iterator[Cell]:
    """Pairs of counts of two vectors of a type with every difference, wrapped: a few of each."""
    for line, first, second in _two_vectors(registry):
        size = second[1].capacity + 1
        for shift in range(size):
            # Where the few begin differs from shift to shift, so that every count comes up.
            for one in range(shift * 17 % PER_DIFFERENCE, first[1].capacity + 1, PER_DIFFERENCE):
                pair = (one, (one + shift) % size)
                label = f"{line.name}: {pair[0]} {first[0]}, {pair[1]} {second[0]}"
                yield Cell("BOOK-SIDES", label, partial(_counted, line, first, second, pair))


def every_pair(registry: Registry) -> Iterator[Cell]:
    """Every pair of counts of two vectors of a type, in rows of equal difference."""
    for line, first, second in _two_vectors(registry):
        size = second[1].capacity + 1
        for shift in range(size):
            label = f"{line.name}: every count of {first[0]}, {shift} more {second[0]}"
            yield Cell("BOOK-SIDES", label, partial(_shifted, line, first, second, shift))


Named = tuple[str, Vector]


def _two_vectors(registry: Registry) -> list[tuple[TlvType, Named, Named]]:
    found = []
    for line in registry.with_layout:
        some = [(name, vector) for name, _, vector in vectors(line)]
        found += [(line, some[at], some[at + 1]) for at in range(len(some) - 1)]
    if not found:
        insist(registry, "No type has two vectors.", "The pairs of counts need one.")
    return found


def _shifted(line: TlvType, first: Named, second: Named, shift: int) -> tuple[Request, ...]:
    size = second[1].capacity + 1
    return tuple(
        _counted(line, first, second, (one, (one + shift) % size))
        for one in range(first[1].capacity + 1)
    )


def _counted(line: TlvType, first: Named, second: Named, pair: tuple[int, int]) -> Request:
    assert line.layout is not None
    value = _value_with(line.layout, first, second, pair)
    if sum(pair) % 4 < 2:
        return Request(Operation.ENCODE, messages.message_of(line, value))
    return Request(Operation.DECODE, _framed(line, value))


def _value_with(
    layout: Layout, first: Named, second: Named, pair: tuple[int, int]
) -> dict[str, Any]:
    value = boundaries.distinct(layout)
    value[first[0]] = _full(first[1])[: pair[0]]
    value[second[0]] = _full(second[1])[: pair[1]][::-1]
    return value


@functools.cache
def _full(vector: Vector) -> list[Any]:
    return boundaries.elements(vector, vector.capacity)


def _framed(line: TlvType, value: dict[str, Any]) -> bytes:
    assert line.layout is not None
    tlv = frame(line.number, encode_value(line.layout, value))
    return derived_codec.assemble(messages.header_for(line), tlv)
