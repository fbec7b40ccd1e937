"""Whole messages are built and parsed by the declaration, byte for byte as the page says."""

from __future__ import annotations

import subprocess
import sys
import zlib
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from torq_specs.message import Message, message_of
from torq_specs.registry import REGISTRY, declared
from torq_specs.wire import Declaration, Field, FieldError, Zeros, u16

ours = settings(derandomize=True, database=None, deadline=None, max_examples=150)

HEADER = {
    "relay_domain": 1,
    "version": 1,
    "source": 2,
    "flags": 0xA5,
    "sequence": 0x0807060504030201,
    "timestamp": 0x1817161514131211,
}
HEADER_BYTES = bytes.fromhex("efbeadde 01 01 02 a5 0102030405060708 1112131415161718")

TRADE = {
    "asset_id": 0x0807060504030201,
    "price": -2,
    "volume": 3,
    "execution_timestamp_ns": 4,
    "venue_id": 101,
    "asset_type": 51,
    "reserved": 9,
    "side": 1,
}
TRADE_BYTES = bytes.fromhex(
    "0102030405060708 feffffffffffffff 0300000000000000 0400000000000000 6500 33 09 01 000000"
)


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    """A neutral message of (type, value) pairs."""
    return {
        "header": {**HEADER, **changes},
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def wire(payload: bytes, head: bytes = HEADER_BYTES) -> bytes:
    """A sealed message, put together here and not by what is tested."""
    start = head + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


# Worked by hand.


def test_header_alone_is_a_message() -> None:
    assert Message.build(message()) == wire(b"")
    assert Message.parse(wire(b"")) == message()


def test_message_of_the_page_is_these_bytes() -> None:
    whole = bytes.fromhex("efbeadde 01 01 02 a5 0102030405060708 1112131415161718 2a000000")
    assert zlib.crc32(whole + b"\x01\x28" + TRADE_BYTES) == 0x54C7E0D1
    data = whole + bytes.fromhex("d1e0c754") + b"\x01\x28" + TRADE_BYTES
    assert Message.build(message((1, TRADE))) == data
    assert Message.parse(data) == message((1, TRADE))


@pytest.mark.parametrize("size", [0, 1, 255])
def test_value_up_to_255_bytes_is_in_the_standard_framing(size: int) -> None:
    value = b"v" * size
    data = wire(bytes([200, size]) + value)
    assert Message.build(message((200, value))) == data
    assert Message.parse(data) == message((200, value))


@pytest.mark.parametrize("size", [256, 257, 65_535])
def test_value_above_255_bytes_is_in_the_extended_framing(size: int) -> None:
    value = b"v" * size
    data = wire(b"\xff\0\xc8" + size.to_bytes(2, "little") + value)
    assert Message.build(message((200, value))) == data
    assert Message.parse(data) == message((200, value))


@pytest.mark.parametrize("size", [0, 1, 40, 255])
def test_extended_framing_of_a_short_value_is_parsed(size: int) -> None:
    value = b"v" * size
    data = wire(b"\xff\0\xc8" + size.to_bytes(2, "little") + value)
    assert Message.parse(data) == message((200, value))


def test_order_and_duplicates_are_kept() -> None:
    tlvs = [(201, b"b"), (1, TRADE), (200, b""), (201, b"b"), (1, TRADE)]
    payload = b"\xc9\x01b\x01\x28" + TRADE_BYTES + b"\xc8\0\xc9\x01b\x01\x28" + TRADE_BYTES
    assert Message.build(message(*tlvs)) == wire(payload)
    assert Message.parse(wire(payload)) == message(*tlvs)


def test_payload_size_and_checksum_are_patched_whatever_the_value_says() -> None:
    stale = message((200, b"abc"))
    stale["header"] |= {"payload_size": 7, "checksum": 8, "magic": 0xDEADBEEF}
    assert Message.build(stale) == Message.build(message((200, b"abc")))


def test_building_does_not_change_the_value() -> None:
    value = message((1, dict(TRADE)), (200, b"abc"))
    Message.build(value)
    assert value == message((1, dict(TRADE)), (200, b"abc"))


def test_parsed_message_is_of_plain_types() -> None:
    book = {"timestamp_ns": 1, "sequence": 2, "precision_factor": 3, "bids": [], "asks": []}
    book |= {"asset_id": 4, "venue_id": 5, "asset_type": 6, "reserved": 7}
    book["bids"] = [{"price": 1, "size": 2, "order_count": 3, "reserved": 4}]
    parsed = Message.parse(Message.build(message((3, book), (200, b"raw"))))
    assert parsed == message((3, book), (200, b"raw"))

    def types(part: object) -> set[type]:
        if isinstance(part, dict):
            return {type(part)}.union(*(types(inner) for inner in part.values()))
        if isinstance(part, list):
            return {type(part)}.union(*(types(inner) for inner in part))
        return {type(part)}

    assert types(parsed) == {dict, list, int, bytes}


def test_field_error_of_a_parsed_message_names_field_and_offset() -> None:
    bad = HEADER_BYTES[:6] + b"\x63" + HEADER_BYTES[7:]
    with pytest.raises(FieldError) as caught:
        Message.parse(wire(b"", bad))
    assert (caught.value.field, caught.value.offset) == ("source", 6)


# Refused: each row of section 6 that a declaration can see, by what is wrong with the bytes.

BAD_BYTES = {
    "no bytes": b"",
    "header cut": wire(b"")[:31],
    "payload cut": wire(b"\xc8\x03abc")[:-1],
    "payload size beyond the limit": HEADER_BYTES + (1 << 20).to_bytes(4, "little") + bytes(4),
    "payload size of all ones": HEADER_BYTES + b"\xff" * 4 + bytes(4),
    "magic": wire(b"", b"\xee" + HEADER_BYTES[1:]),
    "domain 0": wire(b"", HEADER_BYTES[:4] + b"\0" + HEADER_BYTES[5:]),
    "domain 5": wire(b"", HEADER_BYTES[:4] + b"\x05" + HEADER_BYTES[5:]),
    "version 0": wire(b"", HEADER_BYTES[:5] + b"\0" + HEADER_BYTES[6:]),
    "version 2": wire(b"", HEADER_BYTES[:5] + b"\x02" + HEADER_BYTES[6:]),
    "source 0": wire(b"", HEADER_BYTES[:6] + b"\0" + HEADER_BYTES[7:]),
    "checksum": wire(b"\xc8\0")[:28] + bytes(4) + b"\xc8\0",
    "bytes behind": wire(b"\xc8\0") + b"\0",
    "TLV header cut": wire(b"\xc8"),
    "extended TLV header cut": wire(b"\xff\0\xc8\0"),
    "TLV value cut": wire(b"\xc8\x04abc"),
    "extended TLV value cut": wire(b"\xff\0\xc8\x04\0abc"),
    "reserved byte of an extended TLV": wire(b"\xff\x01\xc8\x03\0abc"),
    "type 0": wire(b"\0\0"),
    "type 0 inside extended": wire(b"\xff\0\0\0\0"),
    "type 255 inside extended": wire(b"\xff\0\xff\0\0"),
    "unassigned type": wire(b"\x21\0"),
    "unallocated type": wire(b"\x96\0"),
    "type of another domain": wire(b"\x50\x20" + bytes(32)),
    "declared size": wire(b"\x01\x27" + bytes(39)),
    "opaque size": wire(b"\x1e\x17" + bytes(23), HEADER_BYTES[:4] + b"\x02" + HEADER_BYTES[5:]),
    "padding": wire(b"\x01\x28" + TRADE_BYTES[:-1] + b"\x01"),
    "count above the capacity": wire(b"\x0a\xd0" + bytes(16) + b"\x09" + bytes(191)),
    "stale slot": wire(b"\x0a\xd0" + bytes(32) + b"\x01" + bytes(175)),
}

FULL = {
    "timestamp_ns": 1,
    "reserves": [1] * 8,
    "pool_address": b"a" * 20,
    "venue": 1,
}
BAD_VALUES = {
    "domain 0": message(relay_domain=0),
    "domain 300": message(relay_domain=300),
    "version 2": message(version=2),
    "source 99": message(source=99),
    "flags 256": message(flags=256),
    "sequence -1": message(sequence=-1),
    "timestamp 2^64": message(timestamp=1 << 64),
    "type 0": message((0, b"")),
    "type 255": message((255, b"")),
    "type 256": message((256, b"")),
    "type -1": message((-1, b"")),
    "unassigned type": message((33, b"")),
    "type of another domain": message((80, bytes(32))),
    "opaque size": message((20, bytes(15)), relay_domain=2),
    "value over 65,535 bytes": message((200, bytes(65_536))),
    "message over the limit": message(*[(200, bytes(65_535))] * 16),
    "price over its type": message((1, {**TRADE, "price": 1 << 63})),
    "side below its type": message((1, {**TRADE, "side": -1})),
    "u128 over its type": message((10, {**FULL, "reserves": [1 << 128]})),
    "u128 below its type": message((10, {**FULL, "reserves": [-1]})),
    "nine reserves": message((10, {**FULL, "reserves": [1] * 9})),
    "short address": message((10, {**FULL, "pool_address": b"a" * 19})),
    "long address": message((10, {**FULL, "pool_address": b"a" * 21})),
}


@pytest.mark.parametrize("what", sorted(BAD_BYTES))
def test_wrong_bytes_are_refused_with_a_construct_error(what: str) -> None:
    with pytest.raises(ConstructError):
        Message.parse(BAD_BYTES[what])


@pytest.mark.parametrize("what", sorted(BAD_VALUES))
def test_wrong_value_is_refused_with_a_construct_error(what: str) -> None:
    with pytest.raises(ConstructError):
        Message.build(BAD_VALUES[what])


def test_message_of_the_largest_size_is_taken_both_ways() -> None:
    # 32 + 15 * (5 + 65,535) + (5 + 65,439) = 1,048,576
    tlvs = [(200, bytes(65_535))] * 15 + [(200, bytes(65_439))]
    data = Message.build(message(*tlvs))
    assert len(data) == 1_048_576
    assert Message.parse(data) == message(*tlvs)
    with pytest.raises(ConstructError, match="1048577 bytes, 1048576 at most"):
        Message.build(message(*tlvs[:-1], (200, bytes(65_440))))


@ours
@given(
    st.one_of(st.binary(max_size=64), st.binary(max_size=64).map(wire)),
)
def test_any_bytes_are_parsed_or_refused_with_a_construct_error(data: bytes) -> None:
    try:
        parsed = Message.parse(data)
    except ConstructError:
        return
    assert Message.parse(Message.build(parsed)) == parsed


def test_registry_with_vendor_types_makes_its_own_message() -> None:
    mine = Declaration("Mine", "A vendor's.", Field("n", u16, "number"), Zeros(2), provenance="K")
    own = message_of(REGISTRY.with_vendor_types([declared(200, mine, 4)]))
    data = wire(b"\xc8\x04\x07\0\0\0")
    assert own.parse(data) == message((200, {"n": 7}))
    assert own.build(message((200, {"n": 7}))) == data
    with pytest.raises(ConstructError):
        own.parse(wire(b"\xc8\x04\x07\0\0\x01"))
    assert Message.parse(data) == message((200, b"\x07\0\0\0"))


@pytest.mark.parametrize(
    "module", ["torq_specs.message", "torq_specs.faults", "torq_specs.requirements"]
)
def test_importing_the_specification_loads_no_tools(module: str) -> None:
    heavy = ("numpy", "hypothesis", "pytest", "_pytest", "rich", "click", "jsonschema")
    code = (
        f"import sys, {module}; "
        f"print([name for name in {heavy!r} if name in sys.modules], "
        "[name for name in sys.modules if name.startswith('torq_conformance')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"], done.stdout
