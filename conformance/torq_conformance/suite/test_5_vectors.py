"""Vectors of fixed capacity, the order book's two above all (section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import boundaries, messages, values
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.model.derived_codec import encode_message
from torq_conformance.suite.checks import enumerated
from torq_specs.layout import Vector
from torq_specs.registry import Registry, TlvType


@enumerated("VEC-COUNT", each="vector")
def test_counts_up_to_the_capacity(registry: Registry, line: TlvType) -> Iterator[Case]:
    """0, 1, 2, ... and the last ones before the capacity, both ways."""
    yield from values.counts("VEC-COUNT", line)


@enumerated("VEC-FULL", each="vector")
def test_vectors_may_be_empty_and_full(registry: Registry, line: TlvType) -> Iterator[Case]:
    """All vectors of a type empty, and all full."""
    assert line.layout is not None
    for label, value in (
        ("empty", boundaries.zeros(line.layout)),
        ("full", boundaries.filled(line.layout, 0x3C)),
    ):
        message = messages.message_of(line, value)
        yield encode("VEC-FULL", f"encode {line.name} {label}", message)
        yield decode("VEC-FULL", f"decode {line.name} {label}", encode_message(message, registry))


@enumerated("VEC-CAPACITY", each="vector")
def test_more_than_the_capacity_is_refused(registry: Registry, line: TlvType) -> Iterator[Case]:
    """One more than fits, 255, 256, 65,535; on decode and on encode."""
    yield from values.over_capacity("VEC-CAPACITY", line)


@enumerated("PAD-DECODE", each="vector")
def test_stale_slots(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Bytes behind the elements that are not zero; refused where strict_padding is claimed."""
    yield from values.stale("PAD-DECODE", line)


@enumerated("VEC-SLOTS", each="vector")
def test_slots_behind_the_elements_are_zero(registry: Registry, line: TlvType) -> Iterator[Case]:
    """A short vector encoded, after a full one of the same type."""
    assert line.layout is not None
    full = messages.message_of(line, boundaries.filled(line.layout, 0xFF))
    for label, value in (
        ("empty", boundaries.zeros(line.layout)),
        ("three elements", boundaries.distinct(line.layout)),
    ):
        yield encode("VEC-SLOTS", f"{line.name} full, before {label}", full)
        yield encode(
            "VEC-SLOTS", f"{line.name} {label}, after full", messages.message_of(line, value)
        )


@enumerated("BOOK-SIDES", each="vector")
def test_vectors_lie_at_fixed_places(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every pair of counts out of 0, 1, 2, half, N-1, N for the vectors of a type."""
    assert line.layout is not None
    base = boundaries.distinct(line.layout)
    vectors = [field for field in line.layout.named if isinstance(field.type, Vector)]
    for first in vectors:
        for second in vectors:
            for one in _counts(first.type):
                for other in _counts(second.type):
                    if first is second and one != other:
                        continue
                    value = {**base}
                    assert isinstance(first.type, Vector)
                    assert isinstance(second.type, Vector)
                    value[first.name] = boundaries.elements(first.type, one)
                    value[second.name] = boundaries.elements(second.type, other)[::-1]
                    message = messages.message_of(line, value)
                    label = f"{line.name} {one} {first.name}, {other} {second.name}"
                    yield encode("BOOK-SIDES", f"encode {label}", message)
                    data = encode_message(message, registry)
                    yield decode("BOOK-SIDES", f"decode {label}", data)


def _counts(vector: object) -> tuple[int, ...]:
    assert isinstance(vector, Vector)
    capacity = vector.capacity
    return tuple(sorted({0, 1, 2, capacity // 2, capacity - 1, capacity}))
