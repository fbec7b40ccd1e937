"""tshark reads the capture, and the dissector says of each packet what its vector says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.exports import output
from torq_conformance.vectors import formats
from torq_conformance.vectors.reader import Document, published, published_folder
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY

DECODED = [
    vector.document
    for vector in published()
    if "decode" in vector.document["operations"] and "message" in vector.document
]

if shutil.which("tshark") is None:
    pytest.skip("CAPTURE NOT READ: needs tshark", allow_module_level=True)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("capture")
    output.write(formats.FORMATS["pcap"](published_folder()).files, folder)
    return folder


def tshark(folder: Path, *arguments: str, lua: str = "torq.lua") -> list[str]:
    command = ["tshark", "-X", f"lua_script:{lua}", "-r", "torq.pcap", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def columns(folder: Path, filters: list[str], lua: str = "torq.lua") -> list[list[list[str]]]:
    """For each packet and each field all its values, in the order in which they come."""
    options = [part for name in filters for part in ("-e", name)]
    lines = tshark(folder, "-T", "fields", "-E", "occurrence=a", *options, lua=lua)
    return [[cell.split(",") if cell else [] for cell in line.split("\t")] for line in lines]


def test_a_packet_is_a_vector(capture: Path) -> None:
    command = ["tshark", "-r", "torq.pcap"]
    done = subprocess.run(command, cwd=capture, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(DECODED)


def faults_reported(folder: Path, lua: str = "torq.lua") -> list[set[str]]:
    filters = ["torq.fault", "_ws.lua.error"]
    rows = columns(folder, filters, lua)
    assert [row for row in rows if row[1:] and row[1]] == []
    return [set(row[0]) for row in rows]


def test_faults_of_a_packet_are_those_of_its_vector(capture: Path) -> None:
    expected = [{fault["kind"] for fault in one.get("faults", ())} for one in DECODED]
    for document, reported, right in zip(DECODED, faults_reported(capture), expected, strict=True):
        # A number that nobody has may be judged by the domain of its range; "there is no such type"
        # is what a reader needs.
        ranged = {"RelayDomainMismatch"} if "InvalidTLVType" in reported else set()
        assert right - ranged <= reported <= right, document["id"]


def layouts() -> Iterator[tuple[int, str, Layout]]:
    for line in REGISTRY.with_layout:
        assert line.layout is not None
        yield line.number, f"torq.{line.name.lower()}", line.layout


@cache
def filters() -> tuple[str, ...]:
    """Every field of the header and of every declared type, as Wireshark's filters name them."""
    names = [f"torq.header.{field.name}" for field in HEADER_LAYOUT.named]
    for _, prefix, layout in layouts():
        for field in layout.named:
            match field.type:
                case Vector(element=Layout() as element):
                    names += [f"{prefix}.{field.name}.{part.name}" for part in element.named]
                case Vector():
                    names.append(f"{prefix}.{field.name}.value")
                case _:
                    names.append(f"{prefix}.{field.name}")
    return tuple(names)


def expected_values(document: Document) -> dict[str, list[str]]:
    """What the neutral value of a vector says of each filter."""
    value = document["value"]
    found: dict[str, list[str]] = {name: [] for name in filters()}
    for name, part in value["header"].items():
        found[f"torq.header.{name}"].append(str(part))
    by_number = {number: (prefix, layout) for number, prefix, layout in layouts()}
    for tlv in value["tlvs"]:
        if tlv["type"] in by_number:
            prefix, layout = by_number[tlv["type"]]
            for field in layout.named:
                part = tlv["value"][field.name]
                for suffix, one in _flat(field.type, part):
                    found[f"{prefix}.{field.name}{suffix}"].append(one)
    return found


def _flat(type_: object, part: Any) -> Iterator[tuple[str, str]]:
    match type_:
        case Integer() | Raw():
            yield "", str(part)
        case Vector(element=Layout() as element):
            for slot in part:
                yield from ((f".{field.name}", str(slot[field.name])) for field in element.named)
        case Vector():
            yield from ((".value", str(one)) for one in part)


def test_fields_of_a_packet_are_those_of_its_vector(capture: Path) -> None:
    rows = columns(capture, list(filters()))
    compared = set()
    for document, row in zip(DECODED, rows, strict=True):
        if "value" not in document:
            continue
        for (name, right), reported in zip(expected_values(document).items(), row, strict=True):
            assert reported == right, f"{document['id']}: {name}"
            compared |= {name} if right else set()
    assert compared == set(filters())


@pytest.mark.parametrize(
    ("right", "wrong", "filter_"),
    [
        ('name = "Trade", size_min = 40', 'name = "Trade", size_min = 41', "torq.fault"),
        ("0xEDB88320", "0xEDB88321", "torq.fault"),
        ('"price", offset = 8', '"price", offset = 9', "torq.trade.price"),
        ("slot_size = 24", "slot_size = 16", "torq.orderbook.bids.size"),
        ("digits[place] * 256", "digits[place] * 255", "torq.poolswap.amount_in"),
    ],
)
def test_a_wrong_dissector_tells_something_else(
    capture: Path, right: str, wrong: str, filter_: str
) -> None:
    text = (capture / "torq.lua").read_text("utf-8")
    assert right in text
    (capture / "wrong.lua").write_text(text.replace(right, wrong), "utf-8")
    assert columns(capture, [filter_], "wrong.lua") != columns(capture, [filter_])
