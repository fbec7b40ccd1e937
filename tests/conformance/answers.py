"""Messages, questions and wrong answers to them, made by hand from what is right."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.expectations import Accept, expect

HEADER = {"relay_domain": 1, "version": 1, "source": 1, "flags": 0, "sequence": 1, "timestamp": 2}
TRADE = {
    "asset_id": 1,
    "price": -2,
    "volume": 0x0102030405060708,
    "execution_timestamp_ns": 4,
    "venue_id": 0x0506,
    "asset_type": 6,
    "reserved": 7,
    "side": 1,
}
LEVEL = {"price": 1, "size": 2, "order_count": 3, "reserved": 4}
BOOK: dict[str, Any] = {
    "timestamp_ns": 1,
    "sequence": 2,
    "precision_factor": 3,
    "bids": [LEVEL, {**LEVEL, "price": 5}],
    "asks": [],
    "asset_id": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
}


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    return {
        "header": {**HEADER, **changes},
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def right(request: Request) -> Any:
    expectation = expect(request)
    assert isinstance(expectation, Accept)
    return expectation.value


def wire(*tlvs: tuple[int, Any], **changes: int) -> bytes:
    data = right(Request(Operation.ENCODE, message(*tlvs, **changes)))
    assert isinstance(data, bytes)
    return data


def framed(payload: bytes, **changes: int) -> bytes:
    """A message of any payload, with the right size and checksum."""
    head = wire(**changes)[:24] + struct.pack("<I", len(payload))
    return head + struct.pack("<I", zlib.crc32(payload, zlib.crc32(head))) + payload


def put(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def extended(number: int, value: bytes) -> bytes:
    return struct.pack("<BBBH", 255, 0, number, len(value)) + value


ONE_TRADE = wire((1, TRADE))
TRADE_BYTES = ONE_TRADE[34:]
ONE_BOOK = wire((3, BOOK))
LONG = wire((200, bytes(300)))


def decode(data: bytes = ONE_TRADE) -> Request:
    return Request(Operation.DECODE, data)


def validated(data: bytes = ONE_TRADE) -> Request:
    return Request(Operation.DECODE_VALIDATED, data)


def encode(*tlvs: tuple[int, Any], **changes: int) -> Request:
    return Request(Operation.ENCODE, message(*tlvs, **changes))


def again(data: bytes = ONE_TRADE) -> Request:
    return Request(Operation.ROUNDTRIP, data)


def trade(**changes: Any) -> Accepted:
    return Accepted(message((1, {**TRADE, **changes})))


def book(**changes: Any) -> Accepted:
    return Accepted(message((3, {**BOOK, **changes})))
