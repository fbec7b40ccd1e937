"""The neutral value has one JSON form, and differences between two values are exact."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from torq_conformance.cases import boundaries, messages, strategies
from torq_conformance.model.values import MISSING, Difference, differences, from_json, to_json
from torq_specs.registry import REGISTRY, TlvType, declared
from torq_specs.wire import Declaration, Field, i32, u64

ours = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

MESSAGE = {
    "header": {
        "relay_domain": 1,
        "version": 1,
        "source": 2,
        "flags": 255,
        "sequence": 18_446_744_073_709_551_615,
        "timestamp": 1_700_000_000_000_000_000,
    },
    "tlvs": [
        {
            "type": 10,
            "value": {
                "timestamp_ns": 5,
                "reserves": [0, 340282366920938463463374607431768211455],
                "pool_address": bytes(range(0xA0, 0xB4)),
                "venue": 300,
            },
        },
        {
            "type": 106,
            "value": {
                "sequence": 1,
                "timestamp_ns": 2,
                "instruments": [{"asset_id": 3, "venue": 4, "asset_type": 5, "reserved": 6}],
                "venue": 7,
                "reason": 0,
            },
        },
        {
            "type": 14,
            "value": {
                "liquidity_net": -9_223_372_036_854_775_808,
                "price_sqrt": 1,
                "timestamp_ns": 2,
                "tick": -887272,
                "venue": 3,
                "pool_address": bytes(20),
            },
        },
        {"type": 200, "value": b"\x00\xff\x0a"},
        {"type": 201, "value": b""},
    ],
}

DOCUMENT: dict[str, Any] = {
    "header": {
        "relay_domain": 1,
        "version": 1,
        "source": 2,
        "flags": 255,
        "sequence": "18446744073709551615",
        "timestamp": "1700000000000000000",
    },
    "tlvs": [
        {
            "type": 10,
            "value": {
                "timestamp_ns": "5",
                "reserves": ["0", "340282366920938463463374607431768211455"],
                "pool_address": "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3",
                "venue": 300,
            },
        },
        {
            "type": 106,
            "value": {
                "sequence": "1",
                "timestamp_ns": "2",
                "instruments": [{"asset_id": "3", "venue": 4, "asset_type": 5, "reserved": 6}],
                "venue": 7,
                "reason": 0,
            },
        },
        {
            "type": 14,
            "value": {
                "liquidity_net": "-9223372036854775808",
                "price_sqrt": "1",
                "timestamp_ns": "2",
                "tick": -887272,
                "venue": 3,
                "pool_address": "00" * 20,
            },
        },
        {"type": 200, "value": "00ff0a"},
        {"type": 201, "value": ""},
    ],
}
"""The JSON form of the message, written by hand."""


def test_json_form_is_the_one_written_by_hand() -> None:
    assert to_json(MESSAGE) == DOCUMENT
    assert from_json(DOCUMENT) == MESSAGE
    assert list(differences(MESSAGE, from_json(DOCUMENT))) == []


def test_json_form_is_of_json_types() -> None:
    assert json.loads(json.dumps(to_json(MESSAGE))) == DOCUMENT


@pytest.mark.parametrize("line", REGISTRY.with_layout, ids=lambda line: line.name)
def test_every_boundary_survives_its_json_form(line: TlvType) -> None:
    assert line.layout is not None
    for label, value in boundaries.values(line.layout):
        message = messages.message_of(line, value)
        again = from_json(json.loads(json.dumps(to_json(message))))
        assert list(differences(message, again)) == [], label


@ours
@given(strategies.whole_messages(REGISTRY))
def test_any_message_survives_its_json_form(message: dict[str, Any]) -> None:
    again = from_json(json.loads(json.dumps(to_json(message))))
    assert list(differences(message, again)) == []


def test_values_beyond_their_type_survive_too() -> None:
    # Encode cases carry them; what they are worth is the judge's matter.
    value: dict[str, Any] = {**MESSAGE["tlvs"][2]["value"], "tick": 1 << 40}  # type: ignore[index]
    message = {"header": MESSAGE["header"], "tlvs": [{"type": 14, "value": value}]}
    assert from_json(to_json(message)) == message


def test_vendor_types_have_the_json_form_of_their_declaration() -> None:
    mine = Declaration(
        "Mine",
        "A vendor's.",
        Field("wide", u64, "a string in JSON"),
        Field("narrow", i32, "a number in JSON"),
        provenance="K",
    )
    registry = REGISTRY.with_vendor_types([declared(200, mine, 12)])
    message = {
        "header": MESSAGE["header"],
        "tlvs": [{"type": 200, "value": {"wide": 1, "narrow": -1}}],
    }
    document = to_json(message, registry)
    assert document["tlvs"] == [{"type": 200, "value": {"wide": "1", "narrow": -1}}]
    assert from_json(document, registry) == message


# What is no JSON form.


def without(part: Any, key: str) -> Any:
    return {name: value for name, value in part.items() if name != key}


def changed(path: tuple[str | int, ...], change: Callable[[Any], Any]) -> Any:
    """The document with the part at a path replaced by what ``change`` makes of it."""

    def walk(part: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return change(part)
        if isinstance(part, list):
            return [walk(one, rest[1:]) if i == rest[0] else one for i, one in enumerate(part)]
        return {key: walk(one, rest[1:]) if key == rest[0] else one for key, one in part.items()}

    return walk(DOCUMENT, path)


HEADER, TLVS, POOL = ("header",), ("tlvs",), ("tlvs", 0, "value")
STATE = ("tlvs", 1, "value", "instruments", 0)
REFUSED: dict[str, tuple[Any, str]] = {
    "a list": ([], "a message has exactly the keys header and tlvs"),
    "null": (None, "a message has exactly the keys header and tlvs"),
    "no header": (without(DOCUMENT, "header"), "a message has exactly the keys"),
    "a third key": ({**DOCUMENT, "more": 1}, "a message has exactly the keys"),
    "tlvs an object": (changed(TLVS, lambda _: {}), "tlvs is not a list"),
    "header a list": (changed(HEADER, lambda _: []), "header is not an object"),
    "header lacks flags": (
        changed(HEADER, lambda part: without(part, "flags")),
        "header lacks or does not know flags",
    ),
    "header holds the checksum": (
        changed(HEADER, lambda part: {**part, "checksum": 1}),
        "header lacks or does not know checksum",
    ),
    "flags a string": (
        changed((*HEADER, "flags"), lambda _: "1"),
        r"header\.flags is '1', not an integer",
    ),
    "flags true": (changed((*HEADER, "flags"), lambda _: True), r"header\.flags is True"),
    "flags 1.0": (changed((*HEADER, "flags"), lambda _: 1.0), r"header\.flags is 1\.0"),
    "flags null": (changed((*HEADER, "flags"), lambda _: None), r"header\.flags is None"),
    "sequence a number": (
        changed((*HEADER, "sequence"), lambda _: 7),
        r"header\.sequence is 7, not a decimal string, as integers of 64 bits and more are",
    ),
    "sequence no decimal": (
        changed((*HEADER, "sequence"), lambda _: "0x10"),
        r"header\.sequence is '0x10'",
    ),
    "sequence empty": (changed((*HEADER, "sequence"), lambda _: ""), r"header\.sequence is ''"),
    "sequence with a sign": (
        changed((*HEADER, "sequence"), lambda _: "+1"),
        r"header\.sequence is '\+1'",
    ),
    "sequence with two signs": (
        changed((*HEADER, "sequence"), lambda _: "--1"),
        r"header\.sequence is '--1'",
    ),
    "sequence with a space": (
        changed((*HEADER, "sequence"), lambda _: " 1"),
        r"header\.sequence is ' 1'",
    ),
    "sequence in other digits": (
        changed((*HEADER, "sequence"), lambda _: "\u0661"),
        r"header\.sequence is '\u0661'",
    ),
    "TLV a list": (changed((*TLVS, 1), lambda _: []), r"tlvs\[1\] has not exactly the keys"),
    "TLV without a value": (
        changed((*TLVS, 1), lambda part: without(part, "value")),
        r"tlvs\[1\] has not exactly the keys type and value",
    ),
    "TLV type a string": (
        changed((*TLVS, 3, "type"), lambda _: "200"),
        r"tlvs\[3\]\.type is '200', not an integer",
    ),
    "layout value a string": (
        changed(POOL, lambda _: "00"),
        r"tlvs\[0\]\.value is not an object",
    ),
    "layout value lacks a field": (
        changed(POOL, lambda part: without(part, "venue")),
        r"tlvs\[0\]\.value lacks or does not know venue",
    ),
    "layout value has another": (
        changed(POOL, lambda part: {**without(part, "venue"), "Venue": 1}),
        r"tlvs\[0\]\.value lacks or does not know Venue, venue",
    ),
    "vector an object": (
        changed((*POOL, "reserves"), lambda _: {}),
        r"tlvs\[0\]\.value\.reserves is not a list",
    ),
    "element a number": (
        changed((*POOL, "reserves", 1), lambda _: 3),
        r"tlvs\[0\]\.value\.reserves\[1\] is 3",
    ),
    "element a string": (
        changed(STATE, lambda _: "x"),
        r"tlvs\[1\]\.value\.instruments\[0\] is not an object",
    ),
    "field of an element": (
        changed((*STATE, "venue"), lambda _: "4"),
        r"tlvs\[1\]\.value\.instruments\[0\]\.venue is '4'",
    ),
    "address in upper case": (
        changed((*POOL, "pool_address"), lambda part: part.upper()),
        r"tlvs\[0\]\.value\.pool_address is '.*', not bytes in lowercase hex",
    ),
    "address of half bytes": (
        changed((*POOL, "pool_address"), lambda part: part[1:]),
        r"tlvs\[0\]\.value\.pool_address is no hex",
    ),
    "opaque value no hex": (
        changed((*TLVS, 3, "value"), lambda _: "zz"),
        r"tlvs\[3\]\.value is no hex",
    ),
    "opaque value a list": (
        changed((*TLVS, 3, "value"), lambda _: [1]),
        r"tlvs\[3\]\.value is \[1\], not bytes in lowercase hex",
    ),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_is_no_json_form_is_refused_with_its_path(what: str) -> None:
    document, text = REFUSED[what]
    with pytest.raises(ValueError, match=text):
        from_json(document)


NOT_CANONICAL = {
    "opaque value with a space": changed((*TLVS, 3, "value"), lambda _: "00 ff 0a"),
    "opaque value with a line feed": changed((*TLVS, 3, "value"), lambda _: "00ff0a\n"),
    "sequence with leading zeros": changed((*HEADER, "sequence"), lambda _: "007"),
    "sequence minus zero": changed((*HEADER, "sequence"), lambda _: "-0"),
}
"""Texts that Python reads but that are not the one form of their value."""


@pytest.mark.parametrize("what", sorted(NOT_CANONICAL))
def test_value_has_only_one_json_form(what: str) -> None:
    with pytest.raises(ValueError, match=r"header\.sequence|tlvs\[3\]\.value"):
        from_json(NOT_CANONICAL[what])


# Differences.

DIFFERENT: dict[str, tuple[object, object, list[tuple[str, object, object]]]] = {
    "nothing": ({"a": [1, b"x"]}, {"a": [1, b"x"]}, []),
    "order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
    "a number": ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", 1, 2)]),
    "a bool for a number": ({"a": 1}, {"a": True}, [("a", 1, True)]),
    "a number for a bool": ({"a": False}, {"a": 0}, [("a", False, 0)]),
    "a float for a number": ({"a": 1}, {"a": 1.0}, [("a", 1, 1.0)]),
    "a string for a number": ({"a": 1}, {"a": "1"}, [("a", 1, "1")]),
    "a bytearray for bytes": ({"a": b"x"}, {"a": bytearray(b"x")}, [("a", b"x", bytearray(b"x"))]),
    "a tuple for a list": ({"a": [1]}, {"a": (1,)}, [("a", [1], (1,))]),
    "null for nothing": ({"a": None}, {}, [("a", None, MISSING)]),
    "a missing key": ({"a": 1, "b": 2}, {"a": 1}, [("b", 2, MISSING)]),
    "a key too many": ({"a": 1}, {"a": 1, "b": 2}, [("b", MISSING, 2)]),
    "an element too many": ({"a": [1]}, {"a": [1, 2]}, [("a[1]", MISSING, 2)]),
    "an element too few": ({"a": [1, 2]}, {"a": [1]}, [("a[1]", 2, MISSING)]),
    "an element of an element": (
        {"tlvs": [{"bids": [{"price": 1}, {"price": 2}]}]},
        {"tlvs": [{"bids": [{"price": 1}, {"price": 3}]}]},
        [("tlvs[0].bids[1].price", 2, 3)],
    ),
    "two at once, in the expected order": (
        {"b": 1, "a": 2},
        {"a": 3, "b": 4},
        [("b", 1, 4), ("a", 2, 3)],
    ),
    "an object for a list": ({"a": [1]}, {"a": {"0": 1}}, [("a", [1], {"0": 1})]),
    "the whole": (b"a", b"b", [("", b"a", b"b")]),
}


@pytest.mark.parametrize("what", sorted(DIFFERENT))
def test_differences_are_exact(what: str) -> None:
    expected, got, wanted = DIFFERENT[what]
    found = list(differences(expected, got))
    assert found == [Difference(*one) for one in wanted]
    for one, (_, left, right) in zip(found, wanted, strict=True):
        assert (type(one.expected), type(one.got)) == (type(left), type(right))


def test_what_is_missing_reads_as_nothing() -> None:
    assert repr(MISSING) == "nothing"
