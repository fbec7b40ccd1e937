"""A registry that cannot be right is refused when it is made, with the name of the culprit."""

from __future__ import annotations

import dataclasses

import pytest

from torq_specs.enums import Side
from torq_specs.errors import SpecificationError
from torq_specs.market_data import Trade
from torq_specs.registry import (
    EXTENDED_SIZE_MAX,
    REGISTRY,
    Registry,
    TlvType,
    declared,
    opaque,
)
from torq_specs.wire import Declaration, EnumOf, Field, Zeros, u8, u16

MINE = Declaration("Mine", "A vendor's.", Field("n", u16, "a number"), Zeros(2), provenance="K")
OTHER = Declaration("Other", "A vendor's.", Field("n", u8, "a number"), provenance="K")


@pytest.mark.parametrize("size", [0, 39, 41, 4000])
def test_size_that_differs_from_the_layout_is_refused(size: int) -> None:
    text = rf"Trade \(1\) is declared with 40 bytes, the registry says {size}"
    with pytest.raises(SpecificationError, match=text):
        declared(1, Trade, size)


def test_two_types_with_one_number_are_refused() -> None:
    with pytest.raises(SpecificationError, match="type 20 is both First and Second"):
        Registry([opaque(20, "First", 1), opaque(21, "Fine", 1), opaque(20, "Second", 1)])


def test_two_types_with_one_name_are_refused() -> None:
    with pytest.raises(SpecificationError, match="Same is both 20 and 21"):
        Registry([opaque(20, "Same", 1), opaque(21, "Same", 1)])


@pytest.mark.parametrize("number", [-1, 0, 255, 256, 1000])
def test_number_that_no_type_has_is_refused(number: int) -> None:
    with pytest.raises(SpecificationError, match=f"Mine has number {number}; types are 1 to 254"):
        Registry([opaque(number, "Mine", 1)])


@pytest.mark.parametrize("number", [120, 150, 199])
def test_unallocated_number_is_refused(number: int) -> None:
    with pytest.raises(SpecificationError, match=f"Mine has number {number}, .* unallocated"):
        Registry([opaque(number, "Mine", 1)])


@pytest.mark.parametrize(
    ("smallest", "largest"), [(-1, 4), (5, 4), (0, 65_536), (70_000, 70_000)], ids=str
)
def test_sizes_that_no_tlv_has_are_refused(smallest: int, largest: int) -> None:
    with pytest.raises(SpecificationError, match=f"Mine has sizes {smallest} to {largest}"):
        Registry([opaque(200, "Mine", smallest, largest)])


@pytest.mark.parametrize("number", [1, 33, 119, 150, 199, 255])
def test_vendor_number_out_of_range_is_refused(number: int) -> None:
    text = f"Mine has number {number}; vendor types are 200 to 254"
    with pytest.raises(SpecificationError, match=text):
        REGISTRY.with_vendor_types([declared(number, MINE, 4)])


def test_vendor_number_declared_twice_is_refused() -> None:
    with pytest.raises(SpecificationError, match="vendor type 201 is declared twice"):
        REGISTRY.with_vendor_types([declared(201, MINE, 4), declared(201, OTHER, 1)])


def test_vendor_type_with_the_name_of_another_is_refused() -> None:
    stolen = Declaration("Trade", "Not the real one.", Field("n", u8, "one"), provenance="K")
    with pytest.raises(SpecificationError, match="Trade is both 1 and 200"):
        REGISTRY.with_vendor_types([declared(200, stolen, 1)])


@pytest.mark.parametrize(
    "culprit",
    [
        # Decoding is structural (section 5): Construct refuses what diagnose and the oracle take.
        pytest.param(Field("culprit", EnumOf(u8, Side), "restricted"), id="restricted"),
        # Only a whole message is sealed: of the number on the wire nothing is ever said.
        pytest.param(Field("culprit", u8, "derived", derived=True), id="derived"),
    ],
)
def test_field_that_only_a_header_can_have_is_refused_in_a_type(culprit: Field) -> None:
    mine = Declaration("Mine", "A vendor's.", culprit, provenance="K")
    with pytest.raises(SpecificationError, match="culprit"):
        declared(200, mine, 1)


def test_vendor_types_make_a_larger_registry_and_leave_the_protocols_own_alone() -> None:
    before = [(line.number, line.name) for line in REGISTRY]
    larger = REGISTRY.with_vendor_types([declared(254, MINE, 4), declared(200, OTHER, 1)])
    assert (larger[254].name, larger[200].name, larger[201].name) == ("Mine", "Other", "Vendor201")
    assert larger[254].domain is None
    assert [line.number for line in larger] == [number for number, _ in before]
    assert [(line.number, line.name) for line in REGISTRY] == before
    assert [line.number for line in larger.with_layout][-2:] == [200, 254]


def test_lines_are_iterated_in_the_order_of_their_numbers() -> None:
    registry = Registry([opaque(30, "Late", 1), opaque(20, "Early", 1)])
    assert [line.name for line in registry] == ["Early", "Late"]


def test_line_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        REGISTRY[1].number = 2  # type: ignore[misc]


def test_name_is_found_whatever_its_case() -> None:
    assert REGISTRY.named("orderbook") is REGISTRY[3]
    with pytest.raises(KeyError, match="no TLV is named 'Nothing'; there are Trade, Quote"):
        REGISTRY.named("Nothing")


def test_every_line_is_declared_or_opaque() -> None:
    assert len(REGISTRY.with_layout) == 24
    assert len(REGISTRY.opaque) == 54 + 55
    numbers = [line.number for line in (*REGISTRY.with_layout, *REGISTRY.opaque)]
    assert sorted(numbers) == [line.number for line in REGISTRY]


@pytest.mark.parametrize(
    ("line", "size", "expected"),
    [
        pytest.param(opaque(20, "Exact", 16), 15, 16, id="one too few"),
        pytest.param(opaque(20, "Exact", 16), 16, None, id="exact"),
        pytest.param(opaque(20, "Exact", 16), 17, 16, id="one too many"),
        pytest.param(opaque(20, "Bounds", 24, 512), 0, 24, id="nothing"),
        pytest.param(opaque(20, "Bounds", 24, 512), 23, 24, id="below the lower bound"),
        pytest.param(opaque(20, "Bounds", 24, 512), 24, None, id="lower bound"),
        pytest.param(opaque(20, "Bounds", 24, 512), 512, None, id="upper bound"),
        pytest.param(opaque(20, "Bounds", 24, 512), 513, 512, id="above the upper bound"),
        pytest.param(opaque(200, "Any", 0, EXTENDED_SIZE_MAX), 0, None, id="any, empty"),
        pytest.param(opaque(200, "Any", 0, EXTENDED_SIZE_MAX), 65_535, None, id="any, largest"),
    ],
)
def test_size_rule_expects_the_size_or_the_nearer_bound(
    line: TlvType, size: int, expected: int | None
) -> None:
    assert line.expected_size(size) == expected
