"""The reference by columns writes and reads the bytes that it writes and reads one by one."""

from __future__ import annotations

import runpy
import sys
import zlib
from types import SimpleNamespace

import numpy as np
import pytest

from torq_conformance.cases import messages
from torq_conformance.reference import Reference, crc, loops, throughput
from torq_conformance.reference.columns import Shape
from torq_specs import workloads
from torq_specs.registry import REGISTRY

COUNT = 200

LINES = [line for line in REGISTRY if line.number in {1, 3, 11, 20, 32, 41, 107}]


def written(line_number: int) -> tuple[Shape, list[bytes]]:
    """Messages of a type that differ in flags, sequence, timestamp and value."""
    line = REGISTRY[line_number]
    reference = Reference()
    value = messages.representative_value(line)
    data = []
    for item in range(COUNT):
        changes = {"flags": item, "sequence": workloads.word(item, 0), "timestamp": item << 40}
        one = messages.message_of(line, value)
        header = {**one["header"], "source": 2, **changes}
        data.append(reference.encode({**one, "header": header}))
    domain = messages.header_for(line)["relay_domain"]
    return Shape(domain, 2, line_number, line.size_min), data


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_rows_are_the_bytes_of_single_messages(line: object) -> None:
    shape, data = written(line.number)  # type: ignore[attr-defined]
    sent = np.frombuffer(b"".join(data), np.uint8).reshape(COUNT, -1)
    rows = shape.rows(COUNT)
    for name in ("flags", "sequence", "timestamp", "value"):
        shape.columns(rows)[name] = shape.columns(sent)[name]
    shape.seal(rows)
    assert [row.tobytes() for row in rows] == data
    assert shape.are_right(sent).all()


@pytest.mark.parametrize("number", [1, 41, 3])
def test_a_flipped_bit_anywhere_is_wrong_in_its_row_alone(number: int) -> None:
    shape, data = written(number)
    rows = np.frombuffer(b"".join(data), np.uint8).reshape(COUNT, -1).copy()
    for at in (*range(shape.start), shape.start + 1, shape.size - 1):
        rows[7, at] ^= 1 << at % 8
        right = shape.are_right(rows)
        rows[7, at] ^= 1 << at % 8
        assert not right[7], at
        assert right.sum() == COUNT - 1, at


def test_the_checksum_is_that_of_zlib_whoever_takes_it() -> None:
    data = b"".join(workloads.word(item, 0).to_bytes(8, "little") for item in range(900))
    for size in (*range(300), 6205, 7200):
        assert crc.crc32(data[:size], size) == zlib.crc32(data[:size], size)
        assert crc.crc32(memoryview(data)[1:size]) == zlib.crc32(data[1:size])


@pytest.mark.parametrize("is_installed", [True, False])
def test_isal_takes_the_checksum_where_it_is_installed(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    isal = SimpleNamespace(crc32=object()) if is_installed else None
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", isal)
    monkeypatch.setitem(sys.modules, "isal", SimpleNamespace(isal_zlib=isal))
    taken = runpy.run_path(crc.__file__)["crc32"]
    assert taken is (isal.crc32 if isal else zlib.crc32)


@pytest.mark.parametrize("name", workloads.names())
def test_batches_give_what_single_calls_give(name: str) -> None:
    for count in (1, 63, 300, 778):
        found = loops.measure(Reference(), name, count)
        if found is None:
            assert name in {"validate", "reject"}
            return
        alone = throughput.measure(Reference(), name, count)
        for key in ("operations", "digest"):
            assert found[key] == alone[key], (key, count)
