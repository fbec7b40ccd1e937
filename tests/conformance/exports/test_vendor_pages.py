"""Types that a vendor declares, each with something that no type of the protocol has."""

from __future__ import annotations

import io
import re
from pathlib import Path

from construct import Bytes
from rich.console import Console

from torq_conformance.exports import example_values, reference_pages, terminal
from torq_conformance.exports.reference_tables import registry_rows
from torq_specs.enums import Venue
from torq_specs.message import message_of
from torq_specs.registry import REGISTRY, TlvType, declared
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, i64, u8, u16, u32, u64

Reading = Declaration(
    "Reading",
    "One reading of a gauge.",
    Field("level", i64, "what was read", unit="1e-3 m"),
    Field("quality", u8, "how sure | how *stale* it is"),
    Zeros(2),
    provenance="vendor",
)

Gauge = Declaration(
    "Gauge",
    "Readings of a gauge.",
    Field("station", u32, "where it stands"),
    Field("readings", FixedVec(Reading, 3), "the latest readings"),
    Field("alarms", FixedVec(u16, 1), "the alarm, if there is one"),
    Field("venue", u16, "where it reports to", values=Venue),
    Field("sealed_at", u64, "when it was sealed", unit="ns since the Unix epoch"),
    provenance="vendor",
)

Photo = Declaration(
    "Photo/Raw",
    "A picture of the gauge.",
    Field("taken_by_an_observer_with_a_long_name", u8, "who took it"),
    Field("image", Bytes(300), "the picture"),
    provenance="vendor",
)

TLVS: list[TlvType] = [declared(201, Gauge, 65), declared(254, Photo, 301)]
WITH_VENDOR = REGISTRY.with_vendor_types(TLVS)
GAUGE = "reference/201-Gauge.md"
PHOTO = "reference/254-Photo_Raw.md"
PAGES = reference_pages.pages(WITH_VENDOR)


def test_vendor_types_get_pages_and_the_others_keep_theirs() -> None:
    own = reference_pages.pages()
    assert set(PAGES) - set(own) == {GAUGE, PHOTO}
    changed = {name for name in own if own[name] != PAGES[name]}
    smallest = "faults/13-CapacityExceeded.md"
    assert changed == {"README.md", "reference/110-RecoveryRequest.md", smallest}


def test_a_vendor_page_has_the_offsets_of_its_layout() -> None:
    for line, name in zip(TLVS, (GAUGE, PHOTO), strict=True):
        assert line.layout is not None
        for field in line.layout.fields:
            assert re.search(
                rf"^\| {field.offset} \| {field.size} \| `.*` \| `{field.name}` \|",
                PAGES[name],
                flags=re.MULTILINE,
            )
    assert "| 12 | 11 | `Reading` | slot 0 |" in PAGES[GAUGE]
    assert "| 34 | 11 | `Reading` | slot 2 |" in PAGES[GAUGE]
    assert r"how sure \| how \*stale\* it is" in PAGES[GAUGE]


def test_a_vendor_page_never_says_that_the_protocol_declares_it() -> None:
    for name in (GAUGE, PHOTO):
        assert "Declared by the vendor" in PAGES[name]
        assert "public reference system" not in PAGES[name]
        assert "| domain | any |" in PAGES[name]


def test_the_example_of_a_vendor_type_is_parsed() -> None:
    block = re.search(r"^```\n([0-9a-f\n]+)\n```$", PAGES[GAUGE], flags=re.MULTILINE)
    assert block is not None
    parsed = message_of(WITH_VENDOR).parse(bytes.fromhex(block[1]))
    assert parsed == example_values.message(TLVS[0])


def test_a_value_over_255_bytes_rides_extended() -> None:
    assert "extended, because the value is over 255 bytes: FF 00 FE 2D 01" in PAGES[PHOTO]


def test_vendor_types_stand_in_the_registry_table() -> None:
    rows = [(row.numbers, row.name, row.provenance) for row in registry_rows(WITH_VENDOR)][-4:]
    assert rows == [
        ("200", "Vendor200", "R"),
        ("201", "Gauge", "vendor"),
        ("202 to 253", "Vendor202 to Vendor253", "R"),
        ("254", "Photo/Raw", "vendor"),
    ]


def test_pages_of_vendor_types_are_written_and_checked(tmp_path: Path) -> None:
    reference_pages.write(tmp_path, WITH_VENDOR)
    assert reference_pages.check(tmp_path, WITH_VENDOR) == []
    assert Path(GAUGE) in reference_pages.check(tmp_path)


def test_the_terminal_shows_vendor_types_and_their_records() -> None:
    out = Console(file=io.StringIO(), width=120)
    for name in ("gauge", "Reading", "254"):
        terminal.show(name, out, WITH_VENDOR)
    terminal.show_all(out, WITH_VENDOR)
    assert isinstance(out.file, io.StringIO)
    text = out.file.getvalue()
    for name in ("station", "readings", "alarms", "sealed_at", "quality", "image"):
        assert f" {name} " in text
    assert "Header, OrderLevel, InstrumentId, Reading" in text
