"""Messages made in bulk are canonical, valid, at the edges, and always the same."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.search import checksums
from torq_conformance.search.messages import UNIT, Messages
from torq_conformance.search.stream import Unit, lines_of, units
from torq_specs.enums import Source
from torq_specs.faults import diagnose
from torq_specs.layout import Integer, Vector
from torq_specs.registry import REGISTRY, TlvType

DECLARED = REGISTRY.with_layout
some_of_each = pytest.mark.parametrize("line", DECLARED, ids=lambda line: line.name)


def rows(line: TlvType, count: int, seed: int = 3) -> list[bytes]:
    return [row.tobytes() for batch in Messages(line, seed).batches(0, count) for row in batch]


@some_of_each
def test_messages_are_valid_and_canonical(line: TlvType) -> None:
    for data in rows(line, 60):
        assert diagnose(data) == []
        assert derived_codec.encode_message(derived_codec.decode_message(data)) == data


@some_of_each
def test_checksums_are_those_of_zlib(line: TlvType) -> None:
    for data in rows(line, 300):
        crc = zlib.crc32(data[32:], zlib.crc32(data[:28]))
        assert data[28:32] == crc.to_bytes(4, "little")


@pytest.mark.parametrize("size", [32, 34, 36, 57, 74, 158, 160, 161, 162, 700])
def test_checksums_of_any_size(size: int) -> None:
    data = np.random.default_rng(size).integers(0, 256, (50, size), np.uint8)
    right = [zlib.crc32(row[32:].tobytes(), zlib.crc32(row[:28].tobytes())) for row in data]
    assert checksums.checksums(data).tolist() == right


@some_of_each
def test_every_field_meets_its_edges(line: TlvType) -> None:
    count = 2 * UNIT if line.name != "OrderBook" else 1000
    decoded = [derived_codec.decode_message(data) for data in rows(line, count)]
    assert {message["header"]["source"] for message in decoded} == set(Source)
    assert {message["header"]["flags"] for message in decoded} >= {0, 1, 128, 255}
    assert line.layout is not None
    for field in line.layout.named:
        seen = [message["tlvs"][0]["value"][field.name] for message in decoded]
        if isinstance(field.type, Integer):
            low, high = field.type.minimum, field.type.maximum
            assert {low, low + 1, 0, 1, high - 1, high} <= set(seen), field.name
        elif isinstance(field.type, Vector):
            full = field.type.capacity
            assert {0, 1, 2, full - 1, full} <= {len(elements) for elements in seen}


def test_full_books_have_all_levels() -> None:
    source = Messages(REGISTRY.named("OrderBook"), 5, is_full=True)
    (batch,) = source.batches(0, 20)
    for row in batch:
        value = derived_codec.decode_message(row.tobytes())["tlvs"][0]["value"]
        assert (len(value["bids"]), len(value["asks"])) == (128, 128)


@pytest.mark.parametrize("name", ["Trade", "OrderBook"])
def test_a_message_does_not_depend_on_what_is_made_around_it(name: str) -> None:
    line = REGISTRY.named(name)
    whole = rows(line, 300)
    parts = [b for start in range(0, 300, 7) for b in Messages(line, 3).batches(start, start + 7)]
    assert [row.tobytes() for part in parts for row in part][:300] == whole
    assert Messages(line, 3).message(299) == whole[299]
    assert rows(line, 300, seed=4) != whole


def test_the_stream_is_what_it_was() -> None:
    # A change here is a new stream: once a version is released, raise patterns.VERSION.
    data = b"".join(message for line in DECLARED for message in rows(line, 50, seed=0))
    assert f"{zlib.crc32(data):08x}" == "c92d4317"


def test_types_take_turns() -> None:
    lines = lines_of(["Quote", "Trade", "OrderBook"], REGISTRY)
    assert [line.number for line in lines] == [1, 2, 3]
    planned = list(units(lines, 5, 4))
    # Indexes 5 to 8: the second OrderBook, then the third of each.
    assert sorted(planned, key=lambda u: u.number) == [Unit(1, 2, 3), Unit(2, 2, 3), Unit(3, 1, 3)]


@pytest.mark.parametrize(("start", "count"), [(0, 1), (3, 100_000), (70_001, 50_000)])
def test_units_cover_a_stretch_once_and_keep_to_their_borders(start: int, count: int) -> None:
    lines = lines_of(["Quote", "Trade", "PoolTick"], REGISTRY)
    planned = list(units(lines, start, count))
    assert sum(unit.count for unit in planned) == count
    assert all(unit.start // UNIT == (unit.stop - 1) // UNIT for unit in planned)
    for turn, line in enumerate(lines):
        own = sorted((u.start, u.stop) for u in planned if u.number == line.number)
        covered = [turn + 3 * index for low, high in own for index in range(low, high)]
        assert covered == [i for i in range(start, start + count) if i % 3 == turn]


@pytest.mark.parametrize("name", ["Heartbeat", "Nothing"])
def test_types_that_cannot_be_searched_are_refused(name: str) -> None:
    with pytest.raises(KitError):
        lines_of([name], REGISTRY)
