"""``diagnose_value`` tells every fault for which an encoder must refuse, worked out by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from construct import ConstructError

from torq_specs.faults import FREE_TEXT, Fault, diagnose_value
from torq_specs.message import Message

Reported = tuple[str, dict[str, int | str]]


def reported(faults: list[Fault]) -> list[Reported]:
    """Kinds and contexts, without free text."""
    return [
        (str(f.kind), {k: v for k, v in f.context.items() if k != FREE_TEXT.get(f.kind)})
        for f in faults
    ]


def is_built(message: dict[str, Any]) -> bool:
    try:
        Message.build(message)
    except ConstructError:
        return False
    return True


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


def out_of_range(field: str, value: int, minimum: int, maximum: int) -> Reported:
    context: dict[str, int | str] = {"value": value, "minimum": minimum, "maximum": maximum}
    return ("ValueOutOfRange", {"field": field, **context})


WRONG_VALUES: dict[str, tuple[dict[str, Any], list[Reported]]] = {
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
        [
            ("InvalidTLVType", {"tlv_type": 33, "offset": 3}),
            ("RelayDomainMismatch", {"tlv_type": 33, "expected": 2, "got": 1, "offset": 3}),
        ],
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
        message((201, bytes(256)), (80, bytes(32))),
        [("RelayDomainMismatch", {"tlv_type": 80, "expected": 4, "got": 1, "offset": 261})],
    ),
    "another domain behind a declared TLV": (
        message((1, TRADE_VALUE), (80, bytes(32))),
        [("RelayDomainMismatch", {"tlv_type": 80, "expected": 4, "got": 1, "offset": 42})],
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
    assert reported(diagnose_value(value)) == expected
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


VALUE_FAULTS: dict[str, tuple[str, dict[str, int], tuple[int, Any] | None]] = {
    "version": ("UnsupportedVersion", {"version": 7}, None),
    "source": ("UnknownSource", {"source": 99}, None),
    "domain": ("InvalidRelayDomain", {"relay_domain": 9}, None),
    "flags": ("ValueOutOfRange", {"flags": 256}, None),
    "unassigned": ("InvalidTLVType", {}, (33, b"x")),
    "other domain": ("RelayDomainMismatch", {}, (80, bytes(32))),
    "size": ("PayloadSizeMismatch", {}, (20, b"x")),
    "range": ("ValueOutOfRange", {}, (1, {**TRADE_VALUE, "side": 256})),
    "capacity": ("CapacityExceeded", {}, (10, {**POOL_VALUE, "reserves": [0] * 9})),
    "payload too large": ("PayloadTooLarge", {}, (200, bytes(65_536))),
    "message too large": ("MessageTooLarge", {}, (201, None)),
}


@pytest.mark.parametrize(("first", "second"), list(permutations(VALUE_FAULTS, 2)), ids=" and ".join)
def test_both_of_two_faults_of_a_value_are_reported(first: str, second: str) -> None:
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
    kinds = [kind for kind, _ in reported(diagnose_value(value))]
    wanted = [VALUE_FAULTS[first][0], VALUE_FAULTS[second][0]]
    assert all(kinds.count(kind) >= wanted.count(kind) for kind in wanted), kinds
    assert not is_built(value)
