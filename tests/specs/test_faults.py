"""``diagnose`` tells every fault with its context, and tells none exactly when Construct parses.

The contexts in this file were worked out by hand from the bytes. Offsets of TLVs count from the
payload's first byte, offsets of ParseError from the message's (section 6).
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import torq_conformance.suite
from torq_conformance.cases import corruptions, strategies
from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.suite.checks import cases_of, lines_of
from torq_specs.faults import (
    CONTEXT,
    FREE_TEXT,
    Fault,
    FaultKind,
    complete_tlv_count,
    diagnose,
    diagnose_value,
    frames,
)
from torq_specs.layout import Layout, Vector
from torq_specs.message import Message, message_of
from torq_specs.registry import REGISTRY, declared
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, address, u8, u16

ours = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SHARDS = 4
"""Parts of the bulk, so that they spread over cores."""

Told = tuple[str, dict[str, int | str]]


def told(faults: list[Fault]) -> list[Told]:
    """Kinds and contexts, without free text."""
    return [
        (str(f.kind), {k: v for k, v in f.context.items() if k != FREE_TEXT.get(f.kind)})
        for f in faults
    ]


def is_parsed(data: bytes) -> bool:
    try:
        Message.parse(data)
    except ConstructError:
        return False
    return True


def is_built(message: dict[str, Any]) -> bool:
    try:
        Message.build(message)
    except ConstructError:
        return False
    return True


# One fault, by hand.

HEAD = bytes.fromhex("efbeadde 01 01 01 00 0100000000000000 0200000000000000")
GOOD = b"\xc9\x01a"
"""A vendor TLV of three bytes."""

TRADE = bytes(40)
POOL = bytes(184)
BOOK = bytes(6200)


def wire(payload: bytes, head: bytes = HEAD) -> bytes:
    start = head + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


def put(data: bytes, **bytes_at: int) -> bytes:
    """``data`` with ``at_37=1``: byte 37 is 1."""
    changed = bytearray(data)
    for name, byte in bytes_at.items():
        changed[int(name.removeprefix("at_"))] = byte
    return bytes(changed)


def extended(number: int, value: bytes) -> bytes:
    return bytes([255, 0, number]) + len(value).to_bytes(2, "little") + value


def in_domain(number: int) -> bytes:
    return put(HEAD, at_4=number)


WRONG_BYTES: dict[str, tuple[bytes, list[Told]]] = {
    "nothing": (b"", [("MessageTooSmall", {"need": 32, "got": 0})]),
    "header cut": (wire(b"")[:31], [("MessageTooSmall", {"need": 32, "got": 31})]),
    "header cut behind a wrong source": (
        put(HEAD, at_6=99)[:7],
        [
            ("UnknownSource", {"source": 99}),
            ("MessageTooSmall", {"need": 32, "got": 7}),
        ],
    ),
    "header cut before a wrong source": (
        put(HEAD, at_6=99)[:6],
        [("MessageTooSmall", {"need": 32, "got": 6})],
    ),
    "payload cut within a value": (
        wire(GOOD + b"\xc8\x03abc")[:-1],
        [("MessageTooSmall", {"need": 40, "got": 39})],
    ),
    "payload cut within a TLV header": (
        wire(GOOD + b"\xc8\x03abc")[:-4],
        [("MessageTooSmall", {"need": 40, "got": 36})],
    ),
    "payload cut within the header of an unassigned type": (
        wire(GOOD + b"\x21\x03abc")[:-4],
        [
            ("MessageTooSmall", {"need": 40, "got": 36}),
            ("InvalidTLVType", {"tlv_type": 33, "offset": 3}),
        ],
    ),
    "payload cut within the header of an extended TLV": (
        wire(GOOD + b"\xff\x07\x64\x10\0" + bytes(16))[: 32 + 3 + 4],
        [
            ("MessageTooSmall", {"need": 56, "got": 39}),
            ("InvalidExtendedTLV", {"offset": 3, "reserved": 7}),
            ("RelayDomainMismatch", {"tlv_type": 100, "expected": 4, "got": 1, "offset": 3}),
        ],
    ),
    "more promised than a message may have": (
        HEAD + (1 << 20).to_bytes(4, "little") + bytes(4),
        [
            ("MessageTooLarge", {"size": 1_048_608, "limit": 1_048_576}),
            ("MessageTooSmall", {"need": 1_048_608, "got": 32}),
        ],
    ),
    "one byte more promised than a message may have": (
        HEAD + (1_048_545).to_bytes(4, "little") + bytes(4),
        [
            ("MessageTooLarge", {"size": 1_048_577, "limit": 1_048_576}),
            ("MessageTooSmall", {"need": 1_048_577, "got": 32}),
        ],
    ),
    "as much promised as a message may have": (
        HEAD + (1_048_544).to_bytes(4, "little") + bytes(4),
        [("MessageTooSmall", {"need": 1_048_576, "got": 32})],
    ),
    "magic": (
        wire(b"", put(HEAD, at_0=0xEE)),
        [("InvalidMagic", {"expected": 0xDEADBEEF, "actual": 0xDEADBEEE})],
    ),
    "magic byte-swapped": (
        wire(b"", b"\xde\xad\xbe\xef" + HEAD[4:]),
        [("InvalidMagic", {"expected": 0xDEADBEEF, "actual": 0xEFBEADDE})],
    ),
    "version": (wire(b"", put(HEAD, at_5=2)), [("UnsupportedVersion", {"version": 2})]),
    "domain 0": (wire(b"", put(HEAD, at_4=0)), [("InvalidRelayDomain", {"relay_domain": 0})]),
    "domain 5": (wire(b"", put(HEAD, at_4=5)), [("InvalidRelayDomain", {"relay_domain": 5})]),
    "source": (wire(b"", put(HEAD, at_6=6)), [("UnknownSource", {"source": 6})]),
    "checksum of a bare header": (
        HEAD + bytes(4) + b"\x01\x02\x03\x04",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + bytes(4)),
                    "actual": 0x04030201,
                    "message_size": 0,
                    "tlv_count": 0,
                },
            )
        ],
    ),
    "checksum over two TLVs": (
        HEAD + b"\x07\0\0\0" + bytes(4) + b"\xc8\x03abc\xc9\0",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + b"\x07\0\0\0" + b"\xc8\x03abc\xc9\0"),
                    "actual": 0,
                    "message_size": 7,
                    "tlv_count": 2,
                },
            )
        ],
    ),
    "checksum over two TLVs and a cut one": (
        HEAD + b"\x0b\0\0\0" + bytes(4) + b"\xc8\x03abc\xc9\0\xc8\x09ab",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + b"\x0b\0\0\0" + b"\xc8\x03abc\xc9\0\xc8\x09ab"),
                    "actual": 0,
                    "message_size": 11,
                    "tlv_count": 2,
                },
            ),
            (
                "TruncatedTLV",
                {"buffer_size": 11, "required_bytes": 18, "tlv_type": 200, "offset": 7},
            ),
        ],
    ),
    "header of the first TLV cut": (
        wire(b"\xc8"),
        [("TruncatedTLV", {"buffer_size": 1, "required_bytes": 2, "tlv_type": 200, "offset": 0})],
    ),
    "header of the second TLV cut": (
        wire(GOOD + b"\xc8"),
        [("TruncatedTLV", {"buffer_size": 4, "required_bytes": 5, "tlv_type": 200, "offset": 3})],
    ),
    "value of the third TLV cut": (
        wire(GOOD + b"\xc9\0" + b"\xc8\x04abc"),
        [("TruncatedTLV", {"buffer_size": 10, "required_bytes": 11, "tlv_type": 200, "offset": 5})],
    ),
    "extended header cut after 1 byte": (
        wire(b"\xff"),
        [("TruncatedTLV", {"buffer_size": 1, "required_bytes": 5, "tlv_type": 0, "offset": 0})],
    ),
    "extended header cut after 2 bytes": (
        wire(b"\xff\0"),
        [("TruncatedTLV", {"buffer_size": 2, "required_bytes": 5, "tlv_type": 0, "offset": 0})],
    ),
    "extended header cut after 3 bytes": (
        wire(b"\xff\0\xc8"),
        [("TruncatedTLV", {"buffer_size": 3, "required_bytes": 5, "tlv_type": 200, "offset": 0})],
    ),
    "extended header cut after 4 bytes": (
        wire(GOOD + b"\xff\0\xc8\x04"),
        [("TruncatedTLV", {"buffer_size": 7, "required_bytes": 8, "tlv_type": 200, "offset": 3})],
    ),
    "extended value cut": (
        wire(GOOD + b"\xff\0\xc8\x04\0a"),
        [("TruncatedTLV", {"buffer_size": 9, "required_bytes": 12, "tlv_type": 200, "offset": 3})],
    ),
    "extended value cut behind an extended TLV": (
        wire(extended(201, b"ab") + b"\xff\0\xc8\xff\xff" + b"abc"),
        [
            (
                "TruncatedTLV",
                {"buffer_size": 15, "required_bytes": 65_547, "tlv_type": 200, "offset": 7},
            )
        ],
    ),
    "declared type cut": (
        wire(b"\x01\x28" + bytes(10)),
        [("TruncatedTLV", {"buffer_size": 12, "required_bytes": 42, "tlv_type": 1, "offset": 0})],
    ),
    "reserved byte": (
        wire(b"\xff\x07\xc8\0\0"),
        [("InvalidExtendedTLV", {"offset": 0, "reserved": 7})],
    ),
    "reserved byte in the third TLV": (
        wire(GOOD + b"\xc9\0" + b"\xff\x01\xc8\x02\0ab"),
        [("InvalidExtendedTLV", {"offset": 5, "reserved": 1})],
    ),
    "type 0": (wire(b"\0\0"), [("InvalidTLVType", {"tlv_type": 0, "offset": 0})]),
    "type 0 in the second TLV": (
        wire(GOOD + b"\0\x02ab" + GOOD),
        [("InvalidTLVType", {"tlv_type": 0, "offset": 3})],
    ),
    "255 inside extended, third TLV": (
        wire(GOOD + extended(201, b"ab") + extended(255, b"abc")),
        [("InvalidTLVType", {"tlv_type": 255, "offset": 10})],
    ),
    "unassigned type": (wire(b"\x21\x01a"), [("InvalidTLVType", {"tlv_type": 33, "offset": 0})]),
    "unallocated type": (
        wire(GOOD + GOOD + b"\x96\0"),
        [("InvalidTLVType", {"tlv_type": 150, "offset": 6})],
    ),
    "another domain": (
        wire(b"\x64\x10" + bytes(16)),
        [("RelayDomainMismatch", {"tlv_type": 100, "expected": 4, "got": 1, "offset": 0})],
    ),
    "another domain in the second TLV, extended": (
        wire(GOOD + extended(1, TRADE), in_domain(3)),
        [("RelayDomainMismatch", {"tlv_type": 1, "expected": 1, "got": 3, "offset": 3})],
    ),
    "declared size": (
        wire(b"\x01\x27" + bytes(39)),
        [("PayloadSizeMismatch", {"tlv_type": 1, "expected": 40, "got": 39, "offset": 0})],
    ),
    "declared size in the third TLV, extended": (
        wire(GOOD + GOOD + extended(3, bytes(6201))),
        [("PayloadSizeMismatch", {"tlv_type": 3, "expected": 6200, "got": 6201, "offset": 6})],
    ),
    "below the lower bound": (
        wire(b"\x1e\x17" + bytes(23), in_domain(2)),
        [("PayloadSizeMismatch", {"tlv_type": 30, "expected": 24, "got": 23, "offset": 0})],
    ),
    "above the upper bound": (
        wire(extended(30, bytes(513)), in_domain(2)),
        [("PayloadSizeMismatch", {"tlv_type": 30, "expected": 512, "got": 513, "offset": 0})],
    ),
    "nine reserves": (
        wire(b"\x0a\xb8" + put(POOL, at_8=9)),
        [("CapacityExceeded", {"field": "reserves", "max_capacity": 8, "attempted": 9})],
    ),
    "129 asks in the second TLV": (
        wire(GOOD + extended(3, put(BOOK, at_3104=129))),
        [("CapacityExceeded", {"field": "asks", "max_capacity": 128, "attempted": 129})],
    ),
    "65,535 bids": (
        wire(extended(3, put(BOOK, at_24=255, at_25=255))),
        [("CapacityExceeded", {"field": "bids", "max_capacity": 128, "attempted": 65_535})],
    ),
    "bytes behind": (wire(b"") + b"\0", [("ParseError", {"offset": 32})]),
    "bytes behind a TLV": (wire(GOOD) + GOOD, [("ParseError", {"offset": 35})]),
    "padding": (wire(b"\x01\x28" + put(TRADE, at_37=1)), [("ParseError", {"offset": 71})]),
    "padding in the second TLV": (
        wire(GOOD + b"\x01\x28" + put(TRADE, at_38=1)),
        [("ParseError", {"offset": 75})],
    ),
    "padding in an extended TLV": (
        wire(extended(1, put(TRADE, at_39=1))),
        [("ParseError", {"offset": 76})],
    ),
    "padding in the third TLV, extended": (
        wire(GOOD + b"\xc9\0" + extended(1, put(TRADE, at_37=1))),
        [("ParseError", {"offset": 79})],
    ),
    "padding of an address": (
        wire(b"\x0e\x40" + put(bytes(64), at_60=1)),
        [("ParseError", {"offset": 94})],
    ),
    "padding of a vector": (
        wire(b"\x0a\xb8" + put(POOL, at_12=1)),
        [("ParseError", {"offset": 46})],
    ),
    "stale slot of integers": (
        wire(b"\x0a\xb8" + put(POOL, at_8=1, at_69=1)),
        [("ParseError", {"offset": 103})],
    ),
    "stale slot of records": (
        wire(extended(3, put(BOOK, at_24=1, at_90=1))),
        [("ParseError", {"offset": 127})],
    ),
    "stale slots of both sides": (
        wire(extended(3, put(BOOK, at_32=1, at_6183=1))),
        [("ParseError", {"offset": 69}), ("ParseError", {"offset": 6220})],
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG_BYTES))
def test_fault_has_the_context_that_was_worked_out_by_hand(what: str) -> None:
    data, expected = WRONG_BYTES[what]
    assert told(diagnose(data)) == expected
    assert not is_parsed(data)


def test_every_kind_that_bytes_can_have_is_worked_out_by_hand() -> None:
    kinds = {kind for _, expected in WRONG_BYTES.values() for kind, _ in expected}
    encode_only = {"PayloadTooLarge", "ValueOutOfRange", "InvalidInstrument"}
    assert kinds == {str(kind) for kind in FaultKind} - encode_only


LATITUDES = {
    "padding": {71},
    "padding in the second TLV": {74, 75},
    "padding in an extended TLV": {74, 76},
    "padding of an address": {86, 94},
    "padding of a vector": {44, 46},
    "stale slot of integers": {66, 98, 103},
    "stale slot of records": {93, 117, 125, 127},
    "bytes behind": {32},
    "type 0 in the second TLV": {3},
    "255 inside extended, third TLV": {10, 12},
}
"""Where the page leaves open which byte is meant: the first of the run, the slot, the field, it."""


@pytest.mark.parametrize("what", sorted(LATITUDES))
def test_fault_admits_the_offsets_that_the_page_leaves_open(what: str) -> None:
    data, _ = WRONG_BYTES[what]
    (fault,) = diagnose(data)
    assert {n for n in range(-1, len(data) + 1) if fault.admits("offset", n)} == LATITUDES[what]


@pytest.mark.parametrize("wrong", ["71", 71.0, None, True, b"G"], ids=repr)
def test_context_of_another_type_is_not_admitted(wrong: object) -> None:
    (fault,) = diagnose(WRONG_BYTES["padding"][0])
    assert fault.admits("offset", 71)
    assert not fault.admits("offset", wrong)


PADDING = {what for what in WRONG_BYTES if what.startswith(("padding", "stale"))}


@pytest.mark.parametrize("what", sorted(WRONG_BYTES))
def test_only_padding_and_stale_slots_are_marked_as_padding(what: str) -> None:
    data, _ = WRONG_BYTES[what]
    assert {fault.is_padding for fault in diagnose(data)} == {what in PADDING}


def test_fault_reads_as_kind_and_context() -> None:
    (fault,) = diagnose(wire(b"\xc8"))
    text = "TruncatedTLV(buffer_size=1, required_bytes=2, tlv_type=200, offset=0)"
    assert str(fault) == text


# Values, by hand.

HEADER = {"relay_domain": 1, "version": 1, "source": 1, "flags": 0, "sequence": 1, "timestamp": 2}
TRADE_VALUE = {
    "asset_id": 1,
    "price": 2,
    "volume": 3,
    "execution_timestamp_ns": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
    "side": 0,
}
POOL_VALUE = {"timestamp_ns": 1, "reserves": [1, 2], "pool_address": bytes(20), "venue": 3}
LEVEL = {"price": 1, "size": 2, "order_count": 3, "reserved": 4}
BOOK_VALUE = {
    "timestamp_ns": 1,
    "sequence": 2,
    "precision_factor": 3,
    "bids": [LEVEL] * 4,
    "asks": [],
    "asset_id": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
}
U64_MAX = 18_446_744_073_709_551_615
I64_MAX = 9_223_372_036_854_775_807


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    return {
        "header": {**HEADER, **changes},
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def out_of_range(field: str, value: int, minimum: int, maximum: int) -> Told:
    context: dict[str, int | str] = {"value": value, "minimum": minimum, "maximum": maximum}
    return ("ValueOutOfRange", {"field": field, **context})


WRONG_VALUES: dict[str, tuple[dict[str, Any], list[Told]]] = {
    "domain": (message(relay_domain=0), [("InvalidRelayDomain", {"relay_domain": 0})]),
    "domain that no u8 holds": (
        message(relay_domain=300),
        [
            ("InvalidRelayDomain", {"relay_domain": 300}),
            out_of_range("relay_domain", 300, 0, 255),
        ],
    ),
    "version": (message(version=2), [("UnsupportedVersion", {"version": 2})]),
    "source": (message(source=6), [("UnknownSource", {"source": 6})]),
    "flags": (message(flags=256), [out_of_range("flags", 256, 0, 255)]),
    "sequence": (message(sequence=-1), [out_of_range("sequence", -1, 0, U64_MAX)]),
    "timestamp": (
        message(timestamp=U64_MAX + 1),
        [out_of_range("timestamp", U64_MAX + 1, 0, U64_MAX)],
    ),
    "unassigned type, second TLV": (
        message((201, b"a"), (33, b"abc")),
        [("InvalidTLVType", {"tlv_type": 33, "offset": 3})],
    ),
    "type 255": (message((255, b"")), [("InvalidTLVType", {"tlv_type": 255, "offset": 0})]),
    "type that no u8 holds": (
        message((256, b"")),
        [
            ("InvalidTLVType", {"tlv_type": 256, "offset": 0}),
            out_of_range("type", 256, 0, 255),
        ],
    ),
    "another domain behind an extended TLV": (
        message((201, bytes(256)), (100, bytes(16))),
        [("RelayDomainMismatch", {"tlv_type": 100, "expected": 4, "got": 1, "offset": 261})],
    ),
    "another domain behind a declared TLV": (
        message((1, TRADE_VALUE), (100, bytes(16))),
        [("RelayDomainMismatch", {"tlv_type": 100, "expected": 4, "got": 1, "offset": 42})],
    ),
    "opaque size": (
        message((20, bytes(17)), relay_domain=2),
        [("PayloadSizeMismatch", {"tlv_type": 20, "expected": 16, "got": 17, "offset": 0})],
    ),
    "value that no TLV holds": (
        message((200, bytes(65_536))),
        [("PayloadTooLarge", {"tlv_type": 200, "size": 65_536, "limit": 65_535})],
    ),
    "value that no TLV holds, of a type that holds less": (
        message((30, bytes(65_536)), relay_domain=2),
        [
            ("PayloadTooLarge", {"tlv_type": 30, "size": 65_536, "limit": 65_535}),
            ("PayloadSizeMismatch", {"tlv_type": 30, "expected": 512, "got": 65_536, "offset": 0}),
        ],
    ),
    "message over the limit": (
        message(*[(200, bytes(65_535))] * 16),
        [("MessageTooLarge", {"size": 1_048_672, "limit": 1_048_576})],
    ),
    "price above its type": (
        message((1, {**TRADE_VALUE, "price": I64_MAX + 1})),
        [out_of_range("price", I64_MAX + 1, -I64_MAX - 1, I64_MAX)],
    ),
    "side below its type": (
        message((1, {**TRADE_VALUE, "side": -1})),
        [out_of_range("side", -1, 0, 255)],
    ),
    "field of an element": (
        message((3, {**BOOK_VALUE, "bids": [*[LEVEL] * 3, {**LEVEL, "order_count": 1 << 32}]})),
        [out_of_range("bids[3].order_count", 1 << 32, 0, 4_294_967_295)],
    ),
    "element that is a number": (
        message((10, {**POOL_VALUE, "reserves": [0, 0, -1]})),
        [out_of_range("reserves[2]", -1, 0, (1 << 128) - 1)],
    ),
    "short address": (
        message((10, {**POOL_VALUE, "pool_address": bytes(19)})),
        [out_of_range("pool_address", 19, 20, 20)],
    ),
    "long address": (
        message((10, {**POOL_VALUE, "pool_address": bytes(32)})),
        [out_of_range("pool_address", 32, 20, 20)],
    ),
    "nine reserves": (
        message((10, {**POOL_VALUE, "reserves": [0] * 9})),
        [("CapacityExceeded", {"field": "reserves", "max_capacity": 8, "attempted": 9})],
    ),
    "129 bids": (
        message((3, {**BOOK_VALUE, "bids": [LEVEL] * 129})),
        [("CapacityExceeded", {"field": "bids", "max_capacity": 128, "attempted": 129})],
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG_VALUES))
def test_fault_of_a_value_has_the_context_that_was_worked_out_by_hand(what: str) -> None:
    value, expected = WRONG_VALUES[what]
    assert told(diagnose_value(value)) == expected
    assert not is_built(value)


def test_every_kind_that_values_can_have_is_worked_out_by_hand() -> None:
    kinds = {kind for _, expected in WRONG_VALUES.values() for kind, _ in expected}
    assert kinds == {
        "MessageTooLarge",
        "InvalidRelayDomain",
        "UnsupportedVersion",
        "UnknownSource",
        "InvalidTLVType",
        "RelayDomainMismatch",
        "PayloadSizeMismatch",
        "CapacityExceeded",
        "PayloadTooLarge",
        "ValueOutOfRange",
    }


def test_vendor_value_without_faults_has_none_whatever_its_size() -> None:
    for size in (0, 1, 255, 256, 65_535):
        assert diagnose_value(message((200, bytes(size)))) == []


# Faults inside vendor types.


def test_faults_within_elements_of_a_vendor_type_are_told_with_their_place() -> None:
    inner = Declaration("Inner", "x", Field("n", u8, "x"), Zeros(3), provenance="K")
    mine = Declaration(
        "Mine",
        "x",
        Field("head", u16, "x"),
        Field("items", FixedVec(inner, 3), "x"),
        Field("where", address, "x"),
        provenance="K",
    )
    registry = REGISTRY.with_vendor_types([declared(200, mine, 54)])
    right = bytearray(b"\1\0" + b"\2\0" + bytes(6) + b"\x07\0\0\0" * 2 + bytes(4) + bytes(32))
    assert diagnose(wire(b"\xc8\x36" + bytes(right)), registry) == []
    right[2 + 8 + 4 + 2] = 1  # padding of items[1]
    right[2 + 20 + 31] = 1  # padding of where
    data = wire(b"\xc8\x36" + bytes(right))
    assert told(diagnose(data, registry)) == [
        ("ParseError", {"offset": 34 + 16}),
        ("ParseError", {"offset": 34 + 53}),
    ]
    with pytest.raises(ConstructError):
        message_of(registry).parse(data)
    assert diagnose(data) == []


# Frames.


def test_frames_are_told_by_lengths_alone() -> None:
    payload = GOOD + b"\0\x02ab" + b"\xff\x09\xff\x01\0x" + b"\xc8\x05ab"
    found = [(f.offset, f.number, f.size, f.reserved, f.is_extended) for f in frames(payload)]
    assert found == [
        (0, 201, 1, 0, False),
        (3, 0, 2, 0, False),
        (7, 255, 1, 9, True),
        (13, 200, 5, 0, False),
    ]
    assert complete_tlv_count(payload) == 3


# Pairs of faults.


@dataclass(frozen=True)
class Wrong:
    """One way to make a message wrong, with what must be told of it.

    ``header`` are bytes to put at an offset of the header. ``tlv`` is a piece of payload. ``last``
    pieces swallow what follows. ``context`` gets the offset of the piece and the header's domain.
    """

    kind: str
    context: Callable[[int, int], dict[str, int | str]]
    header: tuple[int, int] | None = None
    tlv: bytes = b""
    last: bool = False
    whole: str = ""


FILLER = extended(202, bytes(65_535)) * 16
"""TLVs that alone exceed what a message may have."""

FAULTS = {
    "magic": Wrong(
        "InvalidMagic",
        lambda at, domain: {"expected": 0xDEADBEEF, "actual": 0xDEADBE00},
        header=(0, 0),
    ),
    "domain": Wrong("InvalidRelayDomain", lambda at, domain: {"relay_domain": 9}, header=(4, 9)),
    "version": Wrong("UnsupportedVersion", lambda at, domain: {"version": 7}, header=(5, 7)),
    "source": Wrong("UnknownSource", lambda at, domain: {"source": 99}, header=(6, 99)),
    "too large": Wrong("MessageTooLarge", lambda at, domain: {"limit": 1_048_576}, tlv=FILLER),
    "type 0": Wrong(
        "InvalidTLVType", lambda at, domain: {"tlv_type": 0, "offset": at}, tlv=b"\0\x01x"
    ),
    "unassigned": Wrong(
        "InvalidTLVType", lambda at, domain: {"tlv_type": 33, "offset": at}, tlv=b"\x21\x01x"
    ),
    "255 in extended": Wrong(
        "InvalidTLVType",
        lambda at, domain: {"tlv_type": 255, "offset": at},
        tlv=extended(255, b"ab"),
    ),
    "reserved": Wrong(
        "InvalidExtendedTLV",
        lambda at, domain: {"offset": at, "reserved": 3},
        tlv=b"\xff\x03\xc8\x01\0x",
    ),
    "other domain": Wrong(
        "RelayDomainMismatch",
        lambda at, domain: {"tlv_type": 100, "expected": 4, "got": domain, "offset": at},
        tlv=b"\x64\x10" + bytes(16),
    ),
    "size": Wrong(
        "PayloadSizeMismatch",
        lambda at, domain: {"tlv_type": 1, "expected": 40, "got": 41, "offset": at},
        tlv=b"\x01\x29" + bytes(41),
    ),
    "padding": Wrong(
        "ParseError",
        lambda at, domain: {"offset": 32 + at + 2 + 39},
        tlv=b"\x01\x28" + put(TRADE, at_39=1),
    ),
    "capacity": Wrong(
        "CapacityExceeded",
        lambda at, domain: {"field": "reserves", "max_capacity": 8, "attempted": 9},
        tlv=b"\x0a\xb8" + put(POOL, at_8=9),
    ),
    "stale slot": Wrong(
        "ParseError",
        lambda at, domain: {"offset": 32 + at + 5 + 143},
        tlv=extended(10, put(POOL, at_8=7, at_143=1)),
    ),
    "value cut": Wrong(
        "TruncatedTLV",
        lambda at, domain: {"required_bytes": at + 2 + 9, "tlv_type": 200, "offset": at},
        tlv=b"\xc8\x09abc",
        last=True,
    ),
    "TLV header cut": Wrong(
        "TruncatedTLV",
        lambda at, domain: {"required_bytes": at + 5, "tlv_type": 200, "offset": at},
        tlv=b"\xff\0\xc8",
        last=True,
    ),
    "checksum": Wrong("ChecksumMismatch", lambda at, domain: {}, whole="checksum"),
    "bytes behind": Wrong("ParseError", lambda at, domain: {}, whole="behind"),
    "message cut": Wrong("MessageTooSmall", lambda at, domain: {}, whole="cut"),
}

IMPOSSIBLE = {
    frozenset({"message cut", "bytes behind"}): "a message cannot be too short and too long",
    frozenset({"message cut", "checksum"}): "what is not there cannot be summed up",
    frozenset({"value cut", "TLV header cut"}): "the first one swallows the second",
    frozenset({"message cut", "TLV header cut"}): "a TLV header cut twice is cut once",
}
"""Pairs that no message has, each with the reason."""


def pairs() -> Iterator[tuple[str, str]]:
    for first, second in permutations(FAULTS, 2):
        if frozenset({first, second}) not in IMPOSSIBLE:
            yield first, second


@pytest.mark.parametrize(("first", "second"), pairs(), ids=" and ".join)
def test_both_of_two_faults_are_told(first: str, second: str) -> None:
    data, expected = message_with(FAULTS[first], FAULTS[second])
    found = told(diagnose(data))
    for kind, context in expected:
        same = [c for k, c in found if k == kind and context.items() <= c.items()]
        assert len(same) == 1, (kind, context, found)
    assert not is_parsed(data)


def message_with(*wrongs: Wrong) -> tuple[bytes, list[Told]]:
    """A message with these faults, their TLVs in order, and what must be told of it."""
    head = HEAD
    for wrong in wrongs:
        if wrong.header is not None:
            at, byte = wrong.header
            head = head[:at] + bytes([byte]) + head[at + 1 :]
    payload, complete, expected = GOOD, 1, []
    for wrong in sorted(wrongs, key=lambda wrong: wrong.last):
        expected.append((wrong.kind, wrong.context(len(payload), head[4])))
        payload += wrong.tlv
        complete += 16 if wrong.tlv is FILLER else bool(wrong.tlv) and not wrong.last
    if not any(wrong.last for wrong in wrongs):
        payload, complete = payload + GOOD, complete + 1
    data = wire(payload, head)
    sizes = {
        "MessageTooLarge": {"size": len(data)},
        "TruncatedTLV": {"buffer_size": len(payload)},
        "ChecksumMismatch": {
            "expected": int.from_bytes(data[28:32], "little"),
            "actual": int.from_bytes(data[28:32], "little") ^ 1,
            "message_size": len(payload),
            "tlv_count": complete,
        },
        "MessageTooSmall": {"need": len(data), "got": len(data) - 1},
    }
    expected = [(kind, {**context, **sizes.get(kind, {})}) for kind, context in expected]
    wholes = {wrong.whole for wrong in wrongs}
    if "checksum" in wholes:
        data = put(data, at_28=data[28] ^ 1)
    if "behind" in wholes:
        expected = [
            (kind, {"offset": len(data)} if (kind, context) == ("ParseError", {}) else context)
            for kind, context in expected
        ]
        data += b"\0"
    return (data[:-1] if "cut" in wholes else data), expected


VALUE_FAULTS: dict[str, tuple[str, dict[str, int], tuple[int, Any] | None]] = {
    "version": ("UnsupportedVersion", {"version": 7}, None),
    "source": ("UnknownSource", {"source": 99}, None),
    "domain": ("InvalidRelayDomain", {"relay_domain": 9}, None),
    "flags": ("ValueOutOfRange", {"flags": 256}, None),
    "unassigned": ("InvalidTLVType", {}, (33, b"x")),
    "other domain": ("RelayDomainMismatch", {}, (100, bytes(16))),
    "size": ("PayloadSizeMismatch", {}, (20, b"x")),
    "range": ("ValueOutOfRange", {}, (1, {**TRADE_VALUE, "side": 256})),
    "capacity": ("CapacityExceeded", {}, (10, {**POOL_VALUE, "reserves": [0] * 9})),
    "payload too large": ("PayloadTooLarge", {}, (200, bytes(65_536))),
    "message too large": ("MessageTooLarge", {}, (201, None)),
}


@pytest.mark.parametrize(("first", "second"), list(permutations(VALUE_FAULTS, 2)), ids=" and ".join)
def test_both_of_two_faults_of_a_value_are_told(first: str, second: str) -> None:
    tlvs: list[tuple[int, Any]] = [(201, b"a")]
    header: dict[str, int] = {}
    for name in (first, second):
        _, changes, tlv = VALUE_FAULTS[name]
        header |= changes
        if tlv == (201, None):
            tlvs += [(201, bytes(65_535))] * 16
        elif tlv is not None:
            tlvs.append(tlv)
    value = message(*tlvs, **header)
    kinds = [kind for kind, _ in told(diagnose_value(value))]
    wanted = [VALUE_FAULTS[first][0], VALUE_FAULTS[second][0]]
    assert all(kinds.count(kind) >= wanted.count(kind) for kind in wanted), kinds
    assert not is_built(value)


# No fault exactly when Construct takes it.


@ours
@given(corruptions.corrupted(REGISTRY))
def test_nothing_is_told_exactly_when_construct_parses(data: bytes) -> None:
    assert (diagnose(data) == []) is is_parsed(data)


@ours
@given(st.binary(max_size=80).map(wire), st.sampled_from([1, 2, 3, 4]))
def test_nothing_is_told_of_arbitrary_payloads_exactly_when_construct_parses(
    data: bytes, domain: int
) -> None:
    data = wire(data[32:], in_domain(domain))
    assert (diagnose(data) == []) is is_parsed(data)


@ours
@given(strategies.whole_messages(REGISTRY))
def test_valid_message_has_no_fault_either_way(value: dict[str, Any]) -> None:
    assert diagnose_value(value) == []
    assert diagnose(Message.build(value)) == []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_told_of_the_bulk_exactly_when_construct_parses(
    draw_corruptions: Callable[[int, int], Iterator[bytes]], corruption_count: int, shard: int
) -> None:
    kinds: set[str] = set()
    for data in draw_corruptions(shard, corruption_count // SHARDS):
        faults = diagnose(data)
        assert (faults == []) is is_parsed(data), (data.hex(), told(faults))
        kinds |= {str(fault.kind) for fault in faults} or {"none"}
        for fault in faults:
            assert tuple(fault.context) == CONTEXT[fault.kind]
    if corruption_count >= 1000 * SHARDS:
        encode_only = {"PayloadTooLarge", "ValueOutOfRange", "InvalidInstrument"}
        assert kinds == {*map(str, FaultKind), "none"} - encode_only, "no kind stayed out"


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_told_of_wrong_values_exactly_when_construct_builds(
    draw_wrong_values: Callable[[int, int], Iterator[dict[str, Any]]],
    corruption_count: int,
    shard: int,
) -> None:
    for value in draw_wrong_values(shard, corruption_count // SHARDS // 2):
        faults = diagnose_value(value)
        assert (faults == []) is is_built(value), (value, told(faults))
        for fault in faults:
            assert tuple(fault.context) == CONTEXT[fault.kind]


def enumerated_tests() -> Iterator[tuple[str, Any]]:
    """The suite's own tests of enumerated cases, by name."""
    package = torq_conformance.suite
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("test_"):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, test in vars(module).items():
                if hasattr(test, "torq_source") and not test.torq_generated:
                    yield f"{found.name}.{name}", test


ENUMERATED = dict(enumerated_tests())
HEAVY = {
    "test_4_values.test_fields_lie_at_their_offsets": 11,
    "test_4_values.test_every_byte_is_carried": 7,
    "test_6_truncation.test_every_prefix_of_a_message_is_refused": 7,
    "test_6_truncation.test_every_prefix_of_a_payload_is_refused": 7,
}
"""Of these every n-th case is taken: the cases are many and alike, and Construct is slow."""


def requests_of(name: str) -> Iterator[Request]:
    test = ENUMERATED[name]
    lines = lines_of(REGISTRY, test.torq_each) if test.torq_each else (None,)
    cases = [case for line in lines for case in cases_of(test.torq_source, REGISTRY, line)]
    for case in cases[:: HEAVY.get(name, 1)]:
        yield from case.requests if isinstance(case, Sequence) else (case.request,)


@pytest.mark.parametrize("name", sorted(ENUMERATED))
def test_nothing_is_told_of_a_case_of_the_suite_exactly_when_construct_takes_it(name: str) -> None:
    for operation, argument in ((r.operation, r.argument) for r in requests_of(name)):
        if operation in {Operation.DECODE, Operation.ROUNDTRIP}:
            assert isinstance(argument, bytes)
            assert (diagnose(argument) == []) is is_parsed(argument), argument.hex()
        elif operation is Operation.ENCODE:
            assert isinstance(argument, dict)
            assert (diagnose_value(argument) == []) is is_built(argument), argument


def test_every_vector_of_the_protocol_is_told_by_its_name() -> None:
    for line in REGISTRY.with_layout:
        assert line.layout is not None
        for field in line.layout.fields:
            if isinstance(field.type, Vector):
                count = field.type.capacity + 1
                value = bytearray(line.layout.size)
                value[field.offset : field.offset + 2] = count.to_bytes(2, "little")
                data = wire(extended(line.number, bytes(value)), in_domain(int(line.domain or 1)))
                assert told(diagnose(data)) == [
                    (
                        "CapacityExceeded",
                        {
                            "field": field.name,
                            "max_capacity": field.type.capacity,
                            "attempted": count,
                        },
                    )
                ]
                assert isinstance(field.type.element, Layout) or field.name == "reserves"
