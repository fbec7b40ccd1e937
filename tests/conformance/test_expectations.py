"""What is admissible for a request follows from the specification alone."""

from __future__ import annotations

import copy
import zlib
from typing import Any

import pytest

from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.expectations import Accept, Name, Reject, expect
from torq_specs.faults import FaultKind
from torq_specs.registry import REGISTRY, declared
from torq_specs.wire import Declaration, Field, Zeros, u16

HEAD = bytes.fromhex("efbeadde 01 01 01 00 0100000000000000 0200000000000000")
HEADER = {"relay_domain": 1, "version": 1, "source": 1, "flags": 0, "sequence": 1, "timestamp": 2}
TRADE = {
    "asset_id": 1,
    "price": 2,
    "volume": 3,
    "execution_timestamp_ns": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
    "side": 1,
}
TRADE_BYTES = bytes.fromhex(
    "0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500 06 07 01 000000"
)
POOL = {"timestamp_ns": 9, "reserves": [1], "pool_address": bytes(20), "venue": 0}
POOL_BYTES = b"\x09" + bytes(15) + b"\x01" + bytes(15) + b"\x01" + bytes(175)
POOL_HEAD = b"\x0a\xd0"


def wire(payload: bytes) -> bytes:
    start = HEAD + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    return {
        "header": {**HEADER, **changes},
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def decode(data: bytes) -> Request:
    return Request(Operation.DECODE, data)


def kinds(reject: Reject) -> list[str]:
    return [str(fault.kind) for fault in reject.faults]


def test_valid_bytes_are_to_be_decoded_to_their_value() -> None:
    payload = b"\x01\x28" + TRADE_BYTES + b"\xc8\x01x"
    assert expect(decode(wire(payload))) == Accept(message((1, TRADE), (200, b"x")))


def test_valid_value_is_to_be_encoded_to_its_bytes() -> None:
    expected = Accept(wire(b"\x01\x28" + TRADE_BYTES))
    assert expect(Request(Operation.ENCODE, message((1, TRADE)))) == expected


def test_bytes_in_the_longer_framing_are_to_be_repeated_in_the_shorter() -> None:
    longer = wire(b"\xff\0\xc8\x01\0x")
    assert expect(Request(Operation.ROUNDTRIP, longer)) == Accept(wire(b"\xc8\x01x"))


def test_wrong_bytes_are_to_be_refused_for_any_of_their_faults() -> None:
    expectation = expect(decode(wire(b"\x21\0\x50\x20" + bytes(32)) + b"\0"))
    assert isinstance(expectation, Reject)
    assert kinds(expectation) == [
        "ParseError",
        "ChecksumMismatch",
        "InvalidTLVType",
        "RelayDomainMismatch",
        "RelayDomainMismatch",
    ]
    assert expectation.lenient is None


def test_wrong_value_is_to_be_refused_for_any_of_its_faults() -> None:
    wrong = message((1, {**TRADE, "price": 1 << 63, "side": -1}), source=99)
    expectation = expect(Request(Operation.ENCODE, wrong))
    assert isinstance(expectation, Reject)
    assert kinds(expectation) == ["UnknownSource", "ValueOutOfRange", "ValueOutOfRange"]
    assert expectation.lenient is None


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        pytest.param(
            b"\x01\x28" + TRADE_BYTES[:-1] + b"\x07", message((1, TRADE)), id="padding of a Trade"
        ),
        pytest.param(
            POOL_HEAD + POOL_BYTES[:48] + b"\x05" + POOL_BYTES[49:],
            message((10, POOL)),
            id="stale slot",
        ),
        pytest.param(
            POOL_HEAD + POOL_BYTES[:20] + b"\x05" + POOL_BYTES[21:],
            message((10, POOL)),
            id="padding of a vector",
        ),
        pytest.param(
            POOL_HEAD + POOL_BYTES[:194] + b"\x05" + POOL_BYTES[195:],
            message((10, POOL)),
            id="padding of an address",
        ),
    ],
)
def test_decoder_that_does_not_look_at_padding_reads_the_rest_right(
    payload: bytes, value: dict[str, Any]
) -> None:
    expectation = expect(decode(wire(payload)))
    assert isinstance(expectation, Reject)
    assert kinds(expectation) == ["ParseError"]
    assert expectation.lenient == Accept(value)
    again = expect(Request(Operation.ROUNDTRIP, wire(payload)))
    assert isinstance(again, Reject)
    assert again.lenient == expect(Request(Operation.ENCODE, value))


def test_wrong_padding_beside_another_fault_admits_no_lenient_answer() -> None:
    padding = b"\x01\x28" + TRADE_BYTES[:-1] + b"\x07"
    for payload in (padding + b"\0\0", padding + b"\xc8"):
        expectation = expect(decode(wire(payload)))
        assert isinstance(expectation, Reject)
        assert len(expectation.faults) == 2
        assert expectation.lenient is None
    behind = expect(decode(wire(padding) + b"\0"))
    assert isinstance(behind, Reject)
    assert behind.lenient is None


def test_count_above_the_capacity_is_no_matter_of_padding() -> None:
    expectation = expect(decode(wire(POOL_HEAD + POOL_BYTES[:16] + b"\x09" + POOL_BYTES[17:])))
    assert isinstance(expectation, Reject)
    assert kinds(expectation) == ["CapacityExceeded"]
    assert expectation.lenient is None


def test_violations_are_to_be_named() -> None:
    assert expect(Request(Operation.VALIDATE, message((1, TRADE)))) == Name(())
    wrong = message((1, {**TRADE, "side": 2, "price": 0}))
    expectation = expect(Request(Operation.VALIDATE, wrong))
    assert isinstance(expectation, Name)
    assert len(expectation.groups) == 2
    assert {name for group in expectation.groups for name in group} >= {"side", "price"}


def test_instrument_id_operation_is_to_be_answered_or_refused() -> None:
    key = {"operation": "from_cache_key", "key": 101 << 80 | 51 << 72 | 7 << 64 | 9}
    expected = {"asset_id": 9, "venue": 101, "asset_type": 51, "reserved": 7}
    assert expect(Request(Operation.INSTRUMENT_ID, key)) == Accept(expected)
    bad = {"operation": "evm_token", "venue": 200, "address": "0xzz"}
    expectation = expect(Request(Operation.INSTRUMENT_ID, bad))
    assert isinstance(expectation, Reject)
    (fault,) = expectation.faults
    assert (fault.kind, fault.context["argument"]) == (FaultKind.INVALID_INSTRUMENT, "address")


def test_vendor_registry_decides_what_is_admissible() -> None:
    mine = Declaration("Mine", "A vendor's.", Field("n", u16, "number"), Zeros(2), provenance="K")
    registry = REGISTRY.with_vendor_types([declared(200, mine, 4)])
    data = wire(b"\xc8\x04\x07\0\0\0")
    assert expect(decode(data), registry) == Accept(message((200, {"n": 7})))
    assert expect(decode(data)) == Accept(message((200, b"\x07\0\0\0")))
    assert isinstance(expect(decode(wire(b"\xc8\x03\x07\0\0")), registry), Reject)
    value = message((200, {"n": 7}))
    assert expect(Request(Operation.ENCODE, value), registry) == Accept(data)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(Operation.ENCODE, message((1, TRADE), (200, b"x"))), id="encode"),
        pytest.param(Request(Operation.ENCODE, message((1, {**TRADE, "side": 256}))), id="wrong"),
        pytest.param(Request(Operation.VALIDATE, message((1, TRADE))), id="validate"),
        pytest.param(
            Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5}), id="instrument"
        ),
    ],
)
def test_expecting_does_not_change_the_request_and_is_repeatable(request_: Request) -> None:
    before = copy.deepcopy(request_.argument)
    first = expect(request_)
    assert request_.argument == before
    assert expect(request_) == first
