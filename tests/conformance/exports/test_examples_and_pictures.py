from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torq_conformance.exports import descriptions, example_values
from torq_conformance.model.derived_codec import encode_message, encode_value
from torq_conformance.report import annotated_bytes, pictures
from torq_conformance.report.number_texts import number_text
from torq_specs.enums import Magic, Side, StageFlag, Venue
from torq_specs.faults import HEADER_LAYOUT, diagnose
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.validation import violations

TLVS = REGISTRY.with_layout
NAMES = [line.name for line in TLVS]
LAYOUTS = [*descriptions.records().values(), *(x.layout for x in TLVS if x.layout is not None)]

types = st.one_of(
    st.builds(Integer, st.sampled_from([1, 2, 4, 8, 16, 32]), is_signed=st.booleans()),
    st.builds(Raw, st.integers(1, 90)),
    st.builds(Padding, st.integers(1, 40)),
)


@st.composite
def layouts(draw: st.DrawFn, *, has_vectors: bool = True) -> Layout:
    numbers = st.builds(Integer, st.sampled_from([2, 16]), is_signed=st.booleans())
    vectors = st.builds(Vector, st.one_of(layouts(has_vectors=False), numbers), st.integers(1, 40))
    some = st.one_of(types, vectors) if has_vectors else types
    drawn = draw(st.lists(some, min_size=1, max_size=7))
    fields, offset = [], 0
    for index, type_ in enumerate(drawn):
        name = "" if isinstance(type_, Padding) else f"field_{index}"
        fields.append(FieldLayout(name, offset, type_))
        offset = fields[-1].end
    return Layout("Drawn", tuple(fields))


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_an_example_is_a_message_without_faults_that_means_something(line: TlvType) -> None:
    message = example_values.message(line)
    data = encode_message(message)
    assert diagnose(data) == []
    assert Message.parse(data) == message
    assert Message.build(message) == data
    assert violations(message) == []


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_vectors_of_an_example_have_two_elements_that_differ(line: TlvType) -> None:
    assert line.layout is not None
    value = example_values.value(line.layout)
    for vector in descriptions.vectors(line.layout):
        first, second = value[vector.field.name]
        assert first != second


@pytest.mark.parametrize("line", TLVS, ids=NAMES)
def test_an_annotated_value_has_every_byte_once_and_every_field(line: TlvType) -> None:
    assert line.layout is not None
    value = example_values.value(line.layout)
    rows = list(annotated_bytes.value_rows(line.layout, value))
    assert b"".join(row.data for row in rows) == encode_value(line.layout, value)
    for row, after in itertools.pairwise(rows):
        assert row.offset is not None
        assert after.offset == row.offset + len(row.data)
    assert {row.field for row in rows if row.field} == {f.name for f in line.layout.named}
    assert all(len(row.data) <= 8 or not any(row.data) for row in rows)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_picture_names_every_field(layout: Layout) -> None:
    drawn = pictures.picture(layout)
    assert all(len(line) <= 80 for line in drawn.splitlines())
    for cell in pictures.cells(layout):
        words = re.findall(r"[^_.\] ]+[_.\]]*", cell.label)
        assert all(word in drawn for word in words), cell
    fields = {span.field for line in pictures.lines(layout) for span in line if span.field}
    assert fields == {field.name for field in layout.fields if field.name}


@given(layouts())
def test_cells_of_any_layout_cover_every_byte_once(layout: Layout) -> None:
    end = 0
    for cell in pictures.cells(layout):
        assert cell.offset == end
        end = cell.end
    assert end == layout.size


@given(layouts())
def test_a_picture_of_any_layout_is_straight(layout: Layout) -> None:
    lines = pictures.picture(layout).splitlines()
    assert all(len(line) <= 79 for line in lines)
    assert all(line[6] in "+|:" for line in lines[1:])
    full = lines[1:] if layout.size % 8 == 0 else lines[1:-1]
    assert all(len(line) == 79 for line in full[: -3 if layout.size % 8 else None])
    offsets = [int(line[:5]) for line in lines[1:] if line[:5].strip()]
    assert offsets[0] == 0
    assert all(offset % 8 == 0 for offset in offsets)
    assert offsets == sorted(set(offsets))
    assert layout.size - offsets[-1] <= 8 or ":" in lines[-2]


@given(layouts())
def test_any_layout_has_an_example_that_fits(layout: Layout) -> None:
    value = example_values.value(layout)
    rows = list(annotated_bytes.value_rows(layout, value))
    assert b"".join(row.data for row in rows) == encode_value(layout, value)
    assert annotated_bytes.dump(iter(rows)).count("\n") == len(rows)


def test_header_rows_are_a_header() -> None:
    rows = annotated_bytes.header_rows(example_values.value(HEADER_LAYOUT))
    data = b"".join(row.data for row in rows)
    assert diagnose(data) == []


def test_an_opaque_value_is_dumped_as_it_is() -> None:
    header = example_values.value(HEADER_LAYOUT) | {"relay_domain": 4}
    message = {"header": header, "tlvs": [{"type": 100, "value": bytes(range(16))}]}
    rows = list(annotated_bytes.message_rows(message))
    assert b"".join(row.data for row in rows) == encode_message(message)
    assert rows[-3].text == "type 100 Heartbeat, length 16"


@pytest.mark.parametrize(
    ("field", "number", "text"),
    [
        (FieldLayout("price", 0, Integer(8, is_signed=True), unit="1e-8"), -150_000_000, "-1.5"),
        (FieldLayout("gain", 0, Integer(8, is_signed=True), unit="1e-8 USD"), 10**12, "10000 USD"),
        (FieldLayout("root", 0, Integer(32, is_signed=False), unit="2^-96"), 3 << 95, "1.5"),
        (
            FieldLayout("at", 0, Integer(8, is_signed=False), unit="ns since the Unix epoch"),
            1_700_000_000_000_000_001,
            "2023-11-14 22:13:20.000000001 UTC",
        ),
        (FieldLayout("asset_id", 0, Integer(8, is_signed=False)), 0x4141504C << 32, '"AAPL"'),
    ],
)
def test_a_number_says_what_it_means(field: FieldLayout, number: int, text: str) -> None:
    assert number_text(field, number) == f"{number} = {text}"


@pytest.mark.parametrize(
    ("field", "number", "text"),
    [
        (FieldLayout("side", 0, Integer(1, is_signed=False), values=Side), 1, "1 Sell"),
        (FieldLayout("side", 0, Integer(1, is_signed=False), values=Side), 9, "9"),
        (FieldLayout("venue", 0, Integer(2, is_signed=False), values=Venue), 101, "101 Kraken"),
        (
            FieldLayout("flags", 0, Integer(1, is_signed=False), values=StageFlag),
            9,
            "9 Collected + Executed",
        ),
        (
            FieldLayout("magic", 0, Integer(4, is_signed=False), values=Magic),
            0xDEADBEEF,
            "0xDEADBEEF TORQ",
        ),
        (FieldLayout("crc", 0, Integer(4, is_signed=False), is_derived=True), 10, "0x0000000a"),
        (FieldLayout("count", 0, Integer(8, is_signed=False)), 12, "12"),
        (
            FieldLayout("until", 0, Integer(8, is_signed=False), unit="s since the Unix epoch"),
            2**64 - 1,
            str(2**64 - 1),
        ),
    ],
)
def test_a_number_that_means_no_more_is_shown_plainly(
    field: FieldLayout, number: int, text: str
) -> None:
    assert number_text(field, number) == text
