"""One flipped bit of a laid-out field changes exactly the named value, and nothing else.

Padding and counts are left out: they are no values. Vectors are full, so that every slot carries
one; all bits of the first, second and last slots are flipped, and one bit a field of the others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from torq_conformance.cases import boundaries, messages
from torq_conformance.model import derived_codec
from torq_conformance.model.values import differences
from torq_conformance.reference import Reference
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Integer, Layout, Leaf, Padding, Raw, Vector
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType

DECLARED = REGISTRY.with_layout
CONSTRUCT_STEP = 23
"""Construct reads every n-th of the flipped messages: it reads 500 full books a second."""


def layout_of(line: TlvType) -> Layout:
    assert line.layout is not None
    return line.layout


def is_value(leaf: Leaf) -> bool:
    return not isinstance(leaf.type, Padding) and not leaf.path.endswith(".count")


def bits_of(layout: Layout) -> Iterator[tuple[Leaf, int]]:
    """Every (leaf, bit within the layout) to flip; one bit of each leaf in middle slots."""
    for leaf in filter(is_value, layout.leaves):
        name, is_slot, rest = leaf.path.partition("[")
        bits = range(8 * leaf.offset, 8 * leaf.end)
        if is_slot:
            vector, index = layout.field(name).type, int(rest.partition("]")[0])
            assert isinstance(vector, Vector)
            if index not in {0, 1, vector.capacity - 1}:
                # Another bit in every slot: together they are all bits of the element.
                bits = bits[5 * index % len(bits) :][:1]
        for bit in bits:
            yield leaf, bit


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def changed_by(leaf: Leaf, bit: int, value: object) -> object:
    """What the value of a leaf becomes when one bit of it flips, by hand and little-endian."""
    bit -= 8 * leaf.offset
    if isinstance(leaf.type, Raw):
        assert isinstance(value, bytes)
        return flipped(value, bit)
    assert isinstance(leaf.type, Integer)
    assert isinstance(value, int)
    is_sign = leaf.type.is_signed and bit == 8 * leaf.size - 1
    weight = -(1 << bit) if is_sign else 1 << bit
    is_set = bool(value & 1 << bit)
    return value - weight if is_set else value + weight


def steps(path: str) -> list[str | int]:
    """The keys and indexes of a path such as ``bids[3].price``."""
    parts = path.replace("[", ".[").split(".")
    return [int(part[1:-1]) if part.startswith("[") else part for part in parts]


def at_path(value: Any, path: str) -> Any:
    """The part of a value at a path."""
    for step in steps(path):
        value = value[step]
    return value


def with_part(value: Any, path: str, part: object) -> Any:
    """The value with another part at a path; the value itself stays as it is."""
    first, *rest = steps(path)
    changed = copy.copy(value)
    inner = changed
    for step in rest:
        inner[first] = copy.copy(inner[first])
        inner, first = inner[first], step
    inner[first] = part
    return changed


def assert_changed(value: object, found: object, leaf: Leaf, bit: int) -> None:
    """``found`` is ``value`` with one bit of one leaf flipped; all types are the same."""
    expected = with_part(value, leaf.path, changed_by(leaf, bit, at_path(value, leaf.path)))
    assert at_path(expected, leaf.path) != at_path(value, leaf.path)
    if found != expected or type(at_path(found, leaf.path)) is bool:
        pytest.fail(f"bit {bit} of {leaf.path}: {list(differences(expected, found))[:5]}")


@pytest.mark.parametrize("line", DECLARED, ids=lambda line: line.name)
@pytest.mark.parametrize("pattern", ["distinct", "every bit set"])
def test_flipped_bit_changes_exactly_the_named_value(line: TlvType, pattern: str) -> None:
    layout = layout_of(line)
    value = boundaries.filled(layout, 0xFF)
    if pattern == "distinct":
        value = {
            field.name: boundaries.elements(field.type, field.type.capacity)
            if isinstance(field.type, Vector)
            else part
            for field, part in zip(layout.named, boundaries.distinct(layout).values(), strict=True)
        }
    data = derived_codec.encode_value(layout, value)
    assert derived_codec.decode_value(layout, data) == value
    # The second pattern is about set bits becoming clear; of a book every third bit shows that.
    step = 3 if pattern == "every bit set" and layout.size > 1000 else 1
    for leaf, bit in list(bits_of(layout))[::step]:
        assert_changed(value, derived_codec.decode_value(layout, flipped(data, bit)), leaf, bit)


@pytest.mark.parametrize("line", DECLARED, ids=lambda line: line.name)
def test_construct_and_reference_read_a_flipped_bit_alike(line: TlvType) -> None:
    layout, reference = layout_of(line), Reference()
    value = boundaries.filled(layout, 0x55)
    data = derived_codec.encode_value(layout, value)
    step = CONSTRUCT_STEP if layout.size < 1000 else 25 * CONSTRUCT_STEP
    for index, (leaf, bit) in enumerate(bits_of(layout)):
        if index % step and index % CONSTRUCT_STEP:
            continue
        tlv = derived_codec.frame(line.number, flipped(data, bit))
        whole = derived_codec.assemble(messages.header_for(line), tlv)
        found = reference.decode(whole)
        assert_changed(value, found["tlvs"][0]["value"], leaf, bit)
        if index % step == 0:
            assert Message.parse(whole) == found


def test_flipped_bit_of_the_header_changes_exactly_the_named_field() -> None:
    whole = messages.wire(derived_codec.frame(200, b"abc"))
    before = Message.parse(whole)
    for name in ("flags", "sequence", "timestamp"):
        field = HEADER_LAYOUT.field(name)
        for bit in range(8 * field.offset, 8 * field.end):
            data = derived_codec.seal(flipped(whole, bit))
            found = Message.parse(data)
            (difference,) = differences(before, found)
            expected = before["header"][name] ^ 1 << (bit - 8 * field.offset)
            assert (difference.path, difference.got) == (f"header.{name}", expected)
            assert derived_codec.decode_message(data) == found == Reference().decode(data)


def test_all_bits_of_every_declared_type_are_flipped() -> None:
    for line in DECLARED:
        layout = layout_of(line)
        if not any(isinstance(field.type, Vector) for field in layout.fields):
            values = sum(leaf.size for leaf in layout.leaves if is_value(leaf))
            assert len(set(bits_of(layout))) == 8 * values
