"""What is admissible for a request follows from the specification alone."""

from __future__ import annotations

import copy
import zlib
from typing import Any

import pytest

from torq_conformance.implementations.protocol import (
    Capability,
    Look,
    Operation,
    Placement,
    Probe,
    Request,
    Surroundings,
)
from torq_conformance.judging.expectations import (
    Accept,
    Name,
    Reject,
    differs_from_published,
    expect,
    unclaimed_in,
)
from torq_conformance.judging.work import expect_measured
from torq_specs.faults import FaultKind
from torq_specs.registry import REGISTRY, Registry, declared
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


def validated(data: bytes) -> Request:
    return Request(Operation.DECODE_VALIDATED, data)


MEANINGLESS = wire(b"\x01\x28" + TRADE_BYTES[:8] + bytes(8) + TRADE_BYTES[16:])
"""A Trade without a price."""


def test_decode_validated_answers_what_is_right_and_refuses_what_means_nothing() -> None:
    right = wire(b"\x01\x28" + TRADE_BYTES)
    assert expect(validated(right)) == Accept(message((1, TRADE)))
    assert expect(decode(MEANINGLESS)) == Accept(message((1, {**TRADE, "price": 0})))
    expectation = expect(validated(MEANINGLESS))
    assert isinstance(expectation, Reject)
    (fault,) = expectation.faults
    assert (fault.kind, fault.context) == (FaultKind.VALIDATION_FAILED, {"field": "price"})
    assert (fault.latitudes, fault.is_padding) == ({"field": frozenset()}, False)
    assert expectation.lenient is None


def test_a_rule_of_two_fields_may_be_named_by_either() -> None:
    quote = bytes(8) + (9).to_bytes(8, "little") + bytes(8) + (3).to_bytes(8, "little")
    line = REGISTRY[2]
    assert line.layout is not None
    value = quote + bytes(line.layout.size - len(quote))
    expectation = expect(validated(wire(bytes([line.number, len(value)]) + value)))
    assert isinstance(expectation, Reject)
    named = [{fault.context["field"], *fault.latitudes["field"]} for fault in expectation.faults]
    broken = expect(
        Request(Operation.VALIDATE, expect_value(wire(bytes([line.number, len(value)]) + value)))
    )
    assert isinstance(broken, Name)
    assert named == [group | broken.optional for group in broken.groups]
    assert any(len(group) > 1 for group in named)
    assert all(
        fault.context["field"] == min(group)
        for fault, group in zip(expectation.faults, named, strict=True)
    )


def expect_value(data: bytes) -> Any:
    expectation = expect(decode(data))
    assert isinstance(expectation, Accept)
    return expectation.value


def test_padding_and_meaning_may_both_be_the_reason_and_neither_hides_the_other() -> None:
    both = wire(MEANINGLESS[32:-1] + b"\x07")
    expectation = expect(validated(both))
    assert isinstance(expectation, Reject)
    assert kinds(expectation) == ["ParseError", "ValidationFailed"]
    # Who does not look at padding refuses the meaning all the same.
    assert expectation.lenient is None
    alone = expect(validated(wire(b"\x01\x28" + TRADE_BYTES[:-1] + b"\x07")))
    assert isinstance(alone, Reject)
    assert (kinds(alone), alone.lenient) == (["ParseError"], Accept(message((1, TRADE))))


@pytest.mark.parametrize(("room", "fits"), [(73, False), (74, True), (75, True)])
def test_what_does_not_fit_its_buffer_is_to_be_refused(room: int, *, fits: bool) -> None:
    placement = Placement(Surroundings.CANARIES, size=room)
    request = Request(Operation.ENCODE, message((1, TRADE)), placement=placement)
    expectation = expect(request)
    if fits:
        assert expectation == Accept(wire(b"\x01\x28" + TRADE_BYTES))
        return
    assert isinstance(expectation, Reject)
    (fault,) = expectation.faults
    assert fault.kind is FaultKind.MESSAGE_TOO_SMALL
    assert fault.context == {"need": 74, "got": 73}


def test_a_look_and_a_loop_have_answers_of_their_own() -> None:
    data = wire(b"\x01\x28" + TRADE_BYTES)
    look = Look(Probe.MEMORY, larger=data)
    assert expect(Request(Operation.DECODE, data, look=look)) == Accept({"grown": 0})
    loop = Request(Operation.THROUGHPUT, {"workload": "parse", "count": 10})
    assert expect(loop) == expect_measured(loop, frozenset(Capability))


def test_an_id_of_no_listed_venue_may_be_answered_or_refused() -> None:
    listed = Request(Operation.INSTRUMENT_ID, {"operation": "stock", "venue": 1, "symbol": "A"})
    other = Request(Operation.INSTRUMENT_ID, {"operation": "stock", "venue": 9_999, "symbol": "A"})
    first, second = expect(listed), expect(other)
    assert isinstance(first, Accept)
    assert isinstance(second, Accept)
    assert first.or_refused == ()
    (fault,) = second.or_refused
    assert fault.kind is FaultKind.INVALID_INSTRUMENT
    assert fault.context["argument"] == "venue"
    assert "venue" in str(fault.context["context"])
    assert fault.latitudes == {"argument": frozenset({"id", "venue", "symbol"})}


def test_which_part_of_an_id_is_refused_is_left_open() -> None:
    id_ = {"asset_id": 1, "venue": 9_999, "asset_type": 3, "reserved": 4}
    expectation = expect(Request(Operation.INSTRUMENT_ID, {"operation": "cache_key", "id": id_}))
    assert isinstance(expectation, Accept)
    (fault,) = expectation.or_refused
    assert fault.latitudes == {"argument": frozenset({"id", "venue"})}


def test_a_refused_id_says_which_argument_and_why() -> None:
    bad = {"operation": "evm_token", "venue": 200, "address": "0xzz"}
    expectation = expect(Request(Operation.INSTRUMENT_ID, bad))
    assert isinstance(expectation, Reject)
    (fault,) = expectation.faults
    assert {*fault.context} == {"argument", "context"}
    assert fault.context["context"]


# A part of the types is claimed.

TRADES = REGISTRY.restricted_to([1])
"""Of an implementation that knows Trade alone; Quote, OrderBook and the rest are not claimed."""

QUOTE = REGISTRY[2]
QUOTE_BYTES = bytes([2, QUOTE.size_max]) + b"\x01" * QUOTE.size_max


def test_a_type_that_is_not_claimed_is_carried_refused_or_read() -> None:
    data = wire(b"\x01\x28" + TRADE_BYTES + b"\xc8\x01x")
    bytes_of_it = message((1, TRADE), (200, b"x"))
    expectation = expect(decode(data), TRADES)
    assert isinstance(expectation, Accept)
    assert expectation.value == bytes_of_it
    assert [fault.kind for fault in expectation.or_refused] == [FaultKind.INVALID_TLV_TYPE]
    assert unclaimed_in(decode(data), TRADES) == [200]
    assert unclaimed_in(decode(data + b"\0"), TRADES) == [200]
    assert unclaimed_in(decode(wire(b"")), TRADES) == []


def test_a_declared_type_that_is_not_claimed_may_be_read_field_by_field() -> None:
    payload = QUOTE_BYTES[:-1] + b"\0" if QUOTE.layout is None else QUOTE_BYTES
    expectation = expect(decode(wire(payload)), TRADES)
    whole = expect(decode(wire(payload)))
    assert isinstance(expectation, Accept)
    assert expectation.value == message((2, payload[2:]))
    read = whole.value if isinstance(whole, Accept) else None
    assert expectation.or_values == ((read,) if read is not None else ())
    assert FaultKind.INVALID_TLV_TYPE in {fault.kind for fault in expectation.or_refused}


def test_a_message_with_another_fault_is_refused_for_either() -> None:
    expectation = expect(decode(wire(b"\xc8\x01x") + b"\0"), TRADES)
    assert isinstance(expectation, Reject)
    assert {*kinds(expectation)} == {"ParseError", "ChecksumMismatch", "InvalidTLVType"}
    assert len(kinds(expectation)) == len({*kinds(expectation)})
    assert expectation.lenient is None


def test_padding_beside_a_type_that_is_not_claimed_may_be_overlooked() -> None:
    padded = b"\x01\x28" + TRADE_BYTES[:-1] + b"\x07"
    right = message((1, TRADE), (200, b"x"))
    for request, answer in (
        (decode(wire(padded + b"\xc8\x01x")), right),
        (
            Request(Operation.ROUNDTRIP, wire(padded + b"\xc8\x01x")),
            wire(b"\x01\x28" + TRADE_BYTES + b"\xc8\x01x"),
        ),
        (validated(wire(padded + b"\xc8\x01x")), right),
    ):
        expectation = expect(request, TRADES)
        assert isinstance(expectation, Reject)
        assert {*kinds(expectation)} == {"ParseError", "InvalidTLVType"}
        assert expectation.lenient == Accept(answer)
    without = expect(validated(wire(MEANINGLESS[32:-1] + b"\x07\xc8\x01x")), TRADES)
    assert isinstance(without, Reject)
    assert "ValidationFailed" in kinds(without)
    assert without.lenient is None


def test_a_type_of_another_domain_is_not_known_to_be_so_where_it_is_not_claimed() -> None:
    line = next(one for one in REGISTRY if one.domain not in {None, REGISTRY[1].domain})
    value = bytes(line.size_min)
    data = wire(bytes([line.number, len(value)]) + value)
    expectation = expect(decode(data), TRADES)
    assert isinstance(expectation, Accept)
    assert expectation.value == message((line.number, value))
    assert {fault.kind for fault in expectation.or_refused} >= {
        FaultKind.INVALID_TLV_TYPE,
        FaultKind.RELAY_DOMAIN_MISMATCH,
    }
    again = expect(Request(Operation.ROUNDTRIP, data), TRADES)
    assert isinstance(again, Accept)
    assert again.value == data
    written = expect(Request(Operation.ENCODE, message((line.number, value))), TRADES)
    assert isinstance(written, Accept)
    assert written.value == data


def test_a_claimed_type_of_another_domain_stays_a_fault_beside_one_that_is_not_claimed() -> None:
    request = Request(Operation.ENCODE, message((1, TRADE), (200, b"x"), relay_domain=2))
    expectation = expect(request, TRADES)
    assert isinstance(expectation, Reject)
    assert {*kinds(expectation)} == {"RelayDomainMismatch", "InvalidTLVType"}


def test_what_means_nothing_is_refused_beside_an_unclaimed_type_of_another_domain() -> None:
    line = next(one for one in REGISTRY if one.domain not in {None, REGISTRY[1].domain})
    value = bytes([line.number, line.size_min]) + bytes(line.size_min)
    expectation = expect(validated(wire(MEANINGLESS[32:] + value)), TRADES)
    assert isinstance(expectation, Reject)
    assert "ValidationFailed" in kinds(expectation)
    assert expectation.lenient is None
    with_meaning = expect(validated(wire(b"\x01\x28" + TRADE_BYTES + value)), TRADES)
    assert isinstance(with_meaning, Accept)


def test_where_every_type_of_a_message_is_claimed_a_part_changes_nothing() -> None:
    for request in (decode(wire(b"\x01\x28" + TRADE_BYTES)), decode(wire(b"\x01\x27"))):
        assert expect(request, TRADES) == expect(request)


def test_whoever_reads_the_fields_of_a_type_that_he_does_not_claim_is_right() -> None:
    data = wire(b"\x01\x28" + TRADE_BYTES)
    expectation = expect(decode(data), REGISTRY.restricted_to([3]))
    assert isinstance(expectation, Accept)
    assert expectation.value == message((1, TRADE_BYTES))
    assert expectation.or_values == (message((1, TRADE)),)


def test_a_text_is_about_the_types_of_the_message_that_is_refused() -> None:
    asked = {"operation": "decode", "argument": wire(b"\xc8\x01x")}
    assert unclaimed_in(Request(Operation.ERROR_TEXT, asked), TRADES) == [200]


def test_what_validate_names_does_not_depend_on_what_is_claimed() -> None:
    request = Request(Operation.VALIDATE, message((1, {**TRADE, "price": 0}), (200, b"x")))
    assert unclaimed_in(request, TRADES) == [200]
    assert expect(request, TRADES) == expect(request)
    assert isinstance(expect(request, TRADES), Name)


def test_a_message_with_a_type_of_a_vendor_differs_from_the_published_one() -> None:
    mine = Declaration("Mine", "A vendor's.", Field("n", u16, "number"), Zeros(2), provenance="K")
    registry: Registry = REGISTRY.with_vendor_types([declared(200, mine, 4)])
    for request in (
        decode(wire(b"\xc8\x04\x07\0\0\0")),
        Request(Operation.ENCODE, message((1, TRADE), (200, {"n": 7}))),
        Request(Operation.VALIDATE, message((200, {"n": 7}))),
    ):
        assert differs_from_published(request, registry)
        assert not differs_from_published(request, REGISTRY)
    assert not differs_from_published(decode(wire(b"\x01\x28" + TRADE_BYTES)), registry)
    id_ = Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5})
    assert not differs_from_published(id_, registry)
    cut = decode(wire(b"\xff"))
    assert unclaimed_in(cut, TRADES) == []
