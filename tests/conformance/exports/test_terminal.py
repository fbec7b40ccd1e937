from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from torq_conformance.errors import KitError
from torq_conformance.exports import descriptions, terminal
from torq_specs.enums import Venue
from torq_specs.layout import Layout
from torq_specs.registry import REGISTRY, VENDOR, TlvType

TLVS = REGISTRY.with_layout
WIDTHS = pytest.mark.parametrize("width", [60, 80, 120, 200])


def console(width: int = 120, *, is_colourful: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=is_colourful,
        color_system="truecolor" if is_colourful else None,
        legacy_windows=False,
    )


def text_of(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def shown(name: str, width: int = 120) -> str:
    out = console(width)
    terminal.show(name, out)
    return text_of(out)


@WIDTHS
@pytest.mark.parametrize("line", TLVS, ids=lambda line: line.name)
def test_every_field_of_a_type_is_shown(line: TlvType, width: int) -> None:
    text = shown(line.name, width)
    assert line.layout is not None
    assert line.layout.doc.split()[0] in text
    for field in line.layout.named:
        assert f" {field.name} " in text
    assert "Example" in text
    assert f"type {line.number} {line.name}, length {line.layout.size}" in text


@pytest.mark.parametrize("name", ["Trade", "trade", "TRADE", "1", "0x01", " 1 "])
def test_a_type_is_found_by_name_and_number(name: str) -> None:
    assert shown(name) == shown("Trade")


@pytest.mark.parametrize("name", ["header", "InstrumentId", "OrderLevel"])
def test_header_and_elements_are_shown(name: str) -> None:
    layout = {key.lower(): x for key, x in descriptions.records().items()}[name.lower()]
    assert isinstance(layout, Layout)
    text = shown(name)
    for field in layout.fields:
        assert f" {field.name} " in text
    assert f"{layout.size} bytes" in text


def test_an_enumeration_is_listed() -> None:
    text = shown("venue")
    for member in Venue:
        assert f"{int(member):>6}  {member.name}\n" in text


def test_an_opaque_type_says_that_it_is_opaque() -> None:
    text = shown("RiskParameters")
    assert "24..512 bytes" in text
    assert "opaque" in text
    assert "standard up to 255 bytes of value, extended above" in text


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("errors", "Section 6, Errors"),
        ("Framing", "Section 3, TLV framing"),
        ("tlv", "Section 3, TLV framing"),
        ("extended", "TLV-EXTENDED"),
        ("checksum", "CHK-VALUE"),
        ("padding", "PAD-ENCODE"),
    ],
)
def test_what_people_look_for_is_found(word: str, title: str) -> None:
    assert shown(word).startswith(f"{title}\n")


@pytest.mark.parametrize(
    ("name", "problem", "hint"),
    [
        ("Trde", "Nothing is named 'Trde'.", "Nearest: Trade"),
        ("orderbok", "Nothing is named 'orderbok'.", "OrderBook"),
        ("instrument", "Nothing is named 'instrument'.", "InstrumentId"),
        ("zzzzzz", "Nothing is named 'zzzzzz'.", "Trade or 1"),
        ("", "Nothing is named ''.", "Trade or 1"),
        ("33", "33 is no TLV type: unassigned in Signal.", "32 ArbitrageSignal"),
        ("150", "150 is no TLV type: unallocated.", "112 SequenceSync"),
        ("0", "0 is no TLV type: types are 1 to 254.", "1 Trade"),
        ("255", "255 is no TLV type: types are 1 to 254.", "254 Vendor254"),
        ("-1", "-1 is no TLV type: types are 1 to 254.", "1 Trade"),
    ],
)
def test_an_unknown_name_has_the_nearest_as_hint(name: str, problem: str, hint: str) -> None:
    with pytest.raises(KitError) as raised:
        shown(name)
    assert raised.value.problem == problem
    assert hint in raised.value.hint


def test_colours_change_nothing_but_colours() -> None:
    plain, colourful = console(), console(is_colourful=True)
    terminal.show("Trade", plain)
    terminal.show("Trade", colourful)
    assert "\x1b[36m" in text_of(colourful)
    assert _without_colours(text_of(colourful)) == text_of(plain)


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@WIDTHS
def test_overview_lists_every_type(width: int) -> None:
    out = console(width)
    terminal.show_all(out)
    text = text_of(out)
    for line in REGISTRY:
        if line.number not in VENDOR:
            assert f"{line.number}  {line.name} " in text
    assert "200 to 254  Vendor200 to Vendor254" in text
    for record in descriptions.records():
        assert record in text
