"""The walker knows the wire vocabulary and refuses all else with the name of the culprit."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest
from construct import (
    Array,
    Byte,
    Bytes,
    BytesInteger,
    Const,
    Construct,
    CString,
    Flag,
    Float64l,
    GreedyBytes,
    Int16ub,
    Int32sb,
    Int64ub,
    Padding,
    PascalString,
    Prefixed,
    Struct,
    VarInt,
    this,
)

from torq_specs.errors import SpecificationError
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.instrument_id import InstrumentId
from torq_specs.layout import FieldLayout, Integer, Layout, Leaf, Raw, Vector, layout_of
from torq_specs.layout import Padding as Pad
from torq_specs.market_data import OrderLevel
from torq_specs.registry import REGISTRY
from torq_specs.wire import (
    Declaration,
    EnumOf,
    Exactly,
    Field,
    FixedVec,
    Many,
    Zeros,
    address,
    i32,
    u8,
    u16,
    u32,
    u64,
    u128,
)

ALL = {line.name: line.layout for line in REGISTRY.with_layout if line.layout is not None}
ALL |= {"Header": HEADER_LAYOUT}
ALL |= {"InstrumentId": layout_of(InstrumentId), "OrderLevel": layout_of(OrderLevel)}


class Colour(IntEnum):
    RED = 1


def declaration(*subcons: Construct[Any, Any], title: str = "Thing") -> Declaration:
    return Declaration(title, "A thing to test with.", *subcons, provenance="K")


def field(subcon: Construct[Any, Any], name: str = "culprit") -> Field:
    return Field(name, subcon, "a field to test with")


# What is refused.

UNKNOWN: dict[str, Construct[Any, Any]] = {
    "big-endian u16": Int16ub,
    "big-endian i32": Int32sb,
    "big-endian u64": Int64ub,
    "big-endian u128": BytesInteger(16),
    "u128 whose order depends": BytesInteger(16, swapped=this.order),
    "integer whose size depends": BytesInteger(this.size, swapped=True),
    "bytes whose size depends": Bytes(this.size),
    "float": Float64l,
    "flag": Flag,
    "variable integer": VarInt,
    "constant": Const(b"ab"),
    "greedy bytes": GreedyBytes,
    "prefixed": Prefixed(u8, Bytes(3)),
    "array": Array(3, u8),
    "string": CString("ascii"),
    "pascal string": PascalString(u8, "ascii"),
    "struct": Struct("n" / Byte),
    "nested declaration": OrderLevel,
    "exact size": Exactly(1, u8),
    "repetition": Many(u8),
    "enumeration of a big-endian integer": EnumOf(Int16ub, Colour),
    "vector of big-endian integers": FixedVec(Int16ub, 3),
    "vector of bytes": FixedVec(Bytes(4), 3),
    "vector of addresses": FixedVec(address, 3),
    "vector of vectors": FixedVec(FixedVec(u8, 2), 3),
    "vector of structs": FixedVec(Struct("n" / Byte), 3),
}


@pytest.mark.parametrize("what", sorted(UNKNOWN))
def test_construct_that_the_walker_does_not_know_is_refused(what: str) -> None:
    with pytest.raises(SpecificationError, match=r"Thing\.culprit"):
        layout_of(declaration(field(u8, "fine"), field(UNKNOWN[what])))


@pytest.mark.parametrize("what", ["big-endian u16", "float", "array"])
def test_unknown_construct_in_an_element_of_a_vector_is_refused(what: str) -> None:
    inner = declaration(field(u8, "fine"), field(UNKNOWN[what]), title="Inner")
    with pytest.raises(SpecificationError, match=r"Inner\.culprit"):
        layout_of(declaration(field(FixedVec(inner, 2), "outer")))


@pytest.mark.parametrize(
    "subcon",
    [
        pytest.param("culprit" / u8, id="renamed, but no Field"),
        pytest.param(Padding(3), id="Construct's own padding"),
        pytest.param(u8, id="without a name"),
        pytest.param(Const(b"a"), id="constant"),
    ],
)
def test_what_is_no_field_and_no_zeros_is_refused(subcon: Construct[Any, Any]) -> None:
    with pytest.raises(SpecificationError, match=r"Thing: .* at byte 2 is no Field"):
        layout_of(declaration(field(u16, "fine"), subcon))


def test_field_declared_twice_is_refused() -> None:
    with pytest.raises(SpecificationError, match="Thing declares culprit twice"):
        layout_of(declaration(field(u8), field(u16, "fine"), field(u32)))


def test_field_declared_twice_in_an_element_is_refused() -> None:
    inner = declaration(field(u8), field(u8), title="Inner")
    with pytest.raises(SpecificationError, match="Inner declares culprit twice"):
        layout_of(declaration(field(FixedVec(inner, 2), "outer")))


def test_size_of_a_declaration_that_is_not_that_of_its_fields_is_refused() -> None:
    class Overlapping(Declaration):
        def _sizeof(self, context: Any, path: str) -> int:
            return int(super()._sizeof(context, path)) - 1

    short = Overlapping("Thing", "One byte short.", field(u32), provenance="K")
    with pytest.raises(SpecificationError, match="Thing is 3 bytes, its fields are 4"):
        layout_of(short)


UNJUDGED: dict[str, Construct[Any, Any]] = {
    "signed integer that struct does not know": field(BytesInteger(16, signed=True, swapped=True)),
    "field without a name": field(u8, ""),
    "field of no bytes": field(Bytes(0)),
    "vector without slots": field(FixedVec(u8, 0)),
    "vector whose count does not fit": field(FixedVec(u8, 65_536)),
    "vector within an element of a vector": field(
        FixedVec(declaration(field(FixedVec(u8, 2), "inner"), title="Inner"), 2)
    ),
}
"""The walker takes these, and what is derived from the layout then fails or says nothing."""


@pytest.mark.parametrize("what", sorted(UNJUDGED))
def test_construct_that_would_go_unjudged_is_refused(what: str) -> None:
    with pytest.raises(SpecificationError):
        layout_of(declaration(field(u8, "fine"), UNJUDGED[what]))


# What is known.


def test_every_word_of_the_vocabulary_is_walked() -> None:
    inner = declaration(field(i32, "left"), field(Bytes(3), "raw"), Zeros(1), title="Inner")
    layout = layout_of(
        declaration(
            field(u8, "n"),
            field(u128, "wide"),
            Field("colour", EnumOf(u16, Colour), "which", unit="-", values=Colour, provenance="S"),
            Field("seal", u32, "derived", derived=True),
            field(address, "where"),
            field(FixedVec(inner, 2), "records"),
            field(FixedVec(u64, 3), "numbers"),
            Zeros(5),
        )
    )
    assert [(f.offset, f.name, str(f.type)) for f in layout.fields] == [
        (0, "n", "u8"),
        (1, "wide", "u128"),
        (17, "colour", "u16"),
        (19, "seal", "u32"),
        (23, "where", "20 bytes"),
        (43, "", "pad 12"),
        (55, "records", "FixedVec<Inner, 2>"),
        (79, "numbers", "FixedVec<u64, 3>"),
        (111, "", "pad 5"),
    ]
    assert layout.size == 116
    assert [f.name for f in layout.named] == ["n", "wide", "colour", "where", "records", "numbers"]
    colour = layout.field("colour")
    assert (colour.doc, colour.unit, colour.values, colour.provenance) == (
        "which",
        "-",
        Colour,
        "S",
    )
    assert (layout.name, layout.doc, layout.provenance) == ("Thing", "A thing to test with.", "K")


def test_leaves_carry_whole_paths() -> None:
    inner = declaration(field(u8, "left"), Zeros(1), title="Inner")
    layout = layout_of(
        declaration(
            Zeros(1),
            field(FixedVec(inner, 2), "records"),
            field(FixedVec(u16, 2), "numbers"),
            field(address, "where"),
            Zeros(2),
        )
    )
    assert [(leaf.path, leaf.offset, leaf.size) for leaf in layout.leaves] == [
        ("Thing.padding", 0, 1),
        ("records.count", 1, 2),
        ("records.padding", 3, 6),
        ("records[0].left", 9, 1),
        ("records[0].left.padding", 10, 1),
        ("records[1].left", 11, 1),
        ("records[1].left.padding", 12, 1),
        ("numbers.count", 13, 2),
        ("numbers.padding", 15, 6),
        ("numbers[0]", 21, 2),
        ("numbers[1]", 23, 2),
        ("where", 25, 20),
        ("where.padding", 45, 12),
        ("Thing.padding", 57, 2),
    ]


@pytest.mark.parametrize(
    ("integer", "minimum", "maximum", "text"),
    [
        (Integer(1, is_signed=False), 0, 255, "u8"),
        (Integer(2, is_signed=False), 0, 65_535, "u16"),
        (Integer(4, is_signed=True), -2_147_483_648, 2_147_483_647, "i32"),
        (Integer(8, is_signed=True), -9_223_372_036_854_775_808, 9_223_372_036_854_775_807, "i64"),
        (Integer(8, is_signed=False), 0, 18_446_744_073_709_551_615, "u64"),
        (Integer(16, is_signed=False), 0, 340282366920938463463374607431768211455, "u128"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_integer_knows_its_range(integer: Integer, minimum: int, maximum: int, text: str) -> None:
    assert (integer.minimum, integer.maximum, str(integer)) == (minimum, maximum, text)


def test_unknown_field_is_a_key_error_that_names_the_layout() -> None:
    with pytest.raises(KeyError, match="Trade has no field 'nothing'"):
        ALL["Trade"].field("nothing")


# What holds in every layout.


@pytest.mark.parametrize("name", sorted(ALL))
def test_fields_follow_one_another_without_gap_or_overlap(name: str) -> None:
    at = 0
    for item in ALL[name].fields:
        assert item.offset == at, item.name
        assert item.size > 0, item.name
        at += item.size
    assert at == ALL[name].size


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_byte_is_covered_by_exactly_one_leaf(name: str) -> None:
    layout = ALL[name]
    covering: list[list[Leaf]] = [[] for _ in range(layout.size)]
    for leaf in layout.leaves:
        for offset in range(leaf.offset, leaf.offset + leaf.size):
            covering[offset].append(leaf)
    assert [len(leaves) for leaves in covering] == [1] * layout.size
    assert [leaves[0] for leaves in covering] == [layout.leaf_at(at) for at in range(layout.size)]


@pytest.mark.parametrize("name", sorted(ALL))
def test_leaves_are_in_wire_order_and_within_their_field(name: str) -> None:
    layout = ALL[name]
    assert [leaf.offset for leaf in layout.leaves] == sorted(leaf.offset for leaf in layout.leaves)
    for leaf in layout.leaves:
        if isinstance(leaf.type, Pad):
            continue
        owner = layout.field(leaf.path.partition("[")[0].partition(".")[0])
        assert owner.offset <= leaf.offset < leaf.end <= owner.end


@pytest.mark.parametrize("name", sorted(ALL))
def test_paths_of_leaves_that_are_no_padding_are_unique(name: str) -> None:
    paths = [leaf.path for leaf in ALL[name].leaves if not isinstance(leaf.type, Pad)]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_field_has_a_name_and_a_meaning(name: str) -> None:
    def check(item: FieldLayout) -> None:
        if item.name:
            assert item.doc, item.name
            assert item.name.isidentifier(), item.name
            assert item.name == item.name.lower()
        if isinstance(item.type, Vector) and isinstance(item.type.element, Layout):
            for inner in item.type.element.fields:
                check(inner)

    assert ALL[name].doc
    assert ALL[name].provenance in {"S", "R", "K"}
    for item in ALL[name].fields:
        check(item)


PACKED_OTHERWISE = {"OrderBook", "PoolLiquidity", "ArbitrageSignal", "StateInvalidation", "Header"}
"""The page's two exceptions, the signal "packed in this order", a vector, and the header."""


@pytest.mark.parametrize("name", sorted(set(ALL) - PACKED_OTHERWISE))
def test_fields_stand_in_the_order_of_section_1(name: str) -> None:
    # u128, then 64-bit, 32-bit, 16-bit, 8-bit and padding, then addresses, then 32-byte integers.
    rank = {16: 0, 8: 1, 4: 2, 2: 3, 1: 4, 32: 6}
    ranks = []
    for item in ALL[name].fields:
        if isinstance(item.type, Integer):
            ranks.append(rank[item.size])
        elif isinstance(item.type, Raw):
            ranks.append(5)
        elif 5 not in ranks:
            ranks.append(4)  # padding; what follows an address belongs to it
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("alignment", [4, 2, 12, 32])
def test_slots_that_are_not_aligned_to_8_or_16_are_refused_by_name(alignment: int) -> None:
    vector = Field("items", FixedVec(u128, 2, alignment=alignment), "x")
    with pytest.raises(SpecificationError, match=r"Mine\.items: slots are aligned to 8 or 16"):
        layout_of(Declaration("Mine", "x", vector, provenance="K"))


def test_slots_of_16_byte_integers_begin_where_the_declaration_says() -> None:
    sizes = {}
    for alignment in (8, 16):
        vector = Field("items", FixedVec(u128, 2, alignment=alignment), "x")
        mine = Declaration("Mine", "x", vector, provenance="K")
        sizes[alignment] = layout_of(mine).size
        built = mine.build({"items": [1]})
        assert built.index(b"\1", 2) == alignment
        assert len(built) == sizes[alignment]
    assert sizes == {8: 40, 16: 48}
