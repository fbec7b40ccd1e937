"""Mutants in corners: right but for one size, number, sum, order or history in very many.

Made by rule from tables: a condition on a message, and what goes wrong where it holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.rejection import Rejected

Message = Mapping[str, Any]


# A checksum that is not looked at.

Sum = Callable[[bytes], object]


def _crc(data: bytes) -> int:
    return zlib.crc32(data)


def _prefixes(data: bytes) -> Iterator[int]:
    """The running sum after the header and after each TLV."""
    running = zlib.crc32(data[:28])
    yield running
    for tlv in edits.tlvs_of(data)[0]:
        running = zlib.crc32(tlv.framed, running)
        yield running


def _is_stated(data: bytes, crc: int) -> bool:
    return edits.stated_checksum(data) == crc & 0xFFFFFFFF


def _zeroed(offset: int, size: int) -> Sum:
    def is_right(data: bytes) -> bool:
        blank = data[:offset] + bytes(size) + data[offset + size :]
        return _is_stated(data, zlib.crc32(blank[:28] + blank[32:]))

    return is_right


def _tlv_count(data: bytes) -> int:
    return len(edits.tlvs_of(data)[0])


UNVERIFIED: Mapping[str, Sum] = {
    "over 1,025 TLVs and more": lambda data: _tlv_count(data) >= 1025,
    "over 65,537 TLVs": lambda data: _tlv_count(data) >= 65_537,
    "over 63 bytes more than a multiple of 64 above 4 KiB": lambda data: (
        len(data) > 4 << 10 and (len(data) - 32) % 64 == 63
    ),
    "over 1 byte more than a multiple of 64 above 64 KiB": lambda data: (
        len(data) > 64 << 10 and (len(data) - 32) % 64 == 1
    ),
    "of messages above 512 KiB": lambda data: len(data) > 512 << 10,
    "where the sum so far is 0 behind the header": lambda data: zlib.crc32(data[:28]) == 0,
    "where the sum so far is all ones behind the header": lambda data: (
        zlib.crc32(data[:28]) == 0xFFFFFFFF
    ),
    "where the sum so far is 0 behind any TLV": lambda data: 0 in [*_prefixes(data)][1:],
    "where the sum so far is all ones behind any TLV": lambda data: (
        0xFFFFFFFF in [*_prefixes(data)][1:]
    ),
    "that is the sum over all bytes, itself among them": lambda data: _is_stated(
        data, zlib.crc32(data)
    ),
    "that is right without the sequence": _zeroed(8, 8),
    "that is right without the timestamp": _zeroed(16, 8),
    "that is right without the flags": _zeroed(7, 1),
    "that is right without the source": _zeroed(6, 1),
    "that is right over the payload": lambda data: _is_stated(data, zlib.crc32(data[32:])),
    "that is right over the first 256 bytes of payload": lambda data: (
        len(data) > 288 and _is_stated(data, zlib.crc32(data[:28] + data[32:288]))
    ),
    "that is right over whole words alone": lambda data: _is_stated(
        data, zlib.crc32((data[:28] + data[32:])[: (len(data) - 4) // 8 * 8])
    ),
    "of bare messages of KrakenCollector in Execution": lambda data: (
        len(data) == 32 and data[4] == 3 and data[6] == 2
    ),
    "of flags 0x40 with sequences from 2^63 on": lambda data: data[7] == 0x40 and data[15] >= 0x80,
}
"""When a checksum is not looked at; of messages that are all there."""


class Unverified(Mutant):
    """A wrong checksum is taken under one condition."""

    def __init__(self, condition: str) -> None:
        super().__init__()
        self.condition = condition
        self.id = f"checksum not verified: {condition}"
        self.fault = f"No checksum is looked at {condition}"
        self.requirements = ("CHK-VERIFY",)
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.condition,)

    def decode(self, data: bytes) -> Any:
        is_there = len(data) >= 32 and len(data) == edits.end_of(data)
        if is_there and not edits.is_sealed(data) and UNVERIFIED[self.condition](data):
            data = edits.seal(data)
        return super().decode(data)


# A valid message that is refused, or changed.


def _types(message: Message) -> list[int]:
    return [tlv["type"] for tlv in message["tlvs"]]


def _sizes(message: Message) -> list[int]:
    return [len(tlv["value"]) for tlv in message["tlvs"] if isinstance(tlv["value"], bytes)]


def _value(message: Message, number: int) -> Iterator[Mapping[str, Any]]:
    return (tlv["value"] for tlv in message["tlvs"] if tlv["type"] == number)


def _in_a_row(message: Message, first: int, second: int) -> bool:
    types = _types(message)
    return (first, second) in zip(types, types[1:], strict=False)


def _book(test: Callable[[int, int], bool]) -> Callable[[Message], bool]:
    return lambda m: any(test(len(v["bids"]), len(v["asks"])) for v in _value(m, 3))


REFUSED: Mapping[str, tuple[Callable[[Message], bool], tuple[str, ...]]] = {
    "Portfolio of 1,023 bytes": (
        lambda m: any(t["type"] == 46 and len(t["value"]) == 1023 for t in m["tlvs"]),
        ("REG-OPAQUE", "REG-SIZE"),
    ),
    "RegulatoryReport of 2,049 bytes": (
        lambda m: any(t["type"] == 82 and len(t["value"]) == 2049 for t in m["tlvs"]),
        ("REG-OPAQUE", "REG-SIZE"),
    ),
    "Error of 127 bytes": (
        lambda m: any(t["type"] == 102 and len(t["value"]) == 127 for t in m["tlvs"]),
        ("REG-OPAQUE", "REG-SIZE"),
    ),
    "a vendor's value of 8,193 bytes": (
        lambda m: 8193 in _sizes(m),
        ("REG-OPAQUE", "REG-SIZE", "TLV-VENDOR"),
    ),
    "Quote right behind Trade": (
        lambda m: _in_a_row(m, 1, 2),
        ("TLV-ORDER",),
    ),
    "AuditTrail right behind MarginCall": (lambda m: _in_a_row(m, 86, 81), ("TLV-ORDER",)),
    "Heartbeat right behind Heartbeat": (lambda m: _in_a_row(m, 100, 100), ("TLV-ORDER",)),
    "the 168th book": (lambda m: _types(m).count(3) >= 168, ("LAYOUT-ORDERBOOK",)),
    "the 17th book": (
        lambda m: _types(m).count(3) >= 17,
        ("LAYOUT-ORDERBOOK",),
    ),
    "the 257th Trade": (lambda m: _types(m).count(1) >= 257, ("LAYOUT-TRADE",)),
    "a book with 3 asks more than bids from 40 on": (
        _book(lambda bids, asks: bids >= 40 and asks == bids + 3),
        ("BOOK-SIDES", "LAYOUT-ORDERBOOK", "VEC-COUNT"),
    ),
    "a book whose sides have 128 levels together": (
        _book(lambda bids, asks: bids + asks == 128),
        ("BOOK-SIDES", "LAYOUT-ORDERBOOK", "VEC-COUNT"),
    ),
    "ExecutionRelay in System with flags 0x80": (
        lambda m: (
            (m["header"]["source"], m["header"]["relay_domain"]) == (82, 4)
            and m["header"]["flags"] == 0x80
        ),
        ("HDR-SOURCE", "HDR-DOMAIN", "HDR-FLAGS", "HDR-LAYOUT", "RT-BYTES"),
    ),
    "sequence 0 with timestamp 0": (
        lambda m: m["header"]["sequence"] == 0 and m["header"]["timestamp"] == 0,
        ("HDR-LAYOUT", "RT-BYTES"),
    ),
    "a sequence that is the timestamp's last word": (
        lambda m: m["header"]["sequence"] == m["header"]["timestamp"] != 0,
        ("HDR-LAYOUT", "RT-BYTES", "HDR-SOURCE"),
    ),
    "Trade with price and volume 0": (
        lambda m: any(v["price"] == 0 == v["volume"] and v["asset_id"] for v in _value(m, 1)),
        ("LAYOUT-TRADE", "VAL-STRUCTURAL"),
    ),
    "PoolSync whose reserves are alike": (
        lambda m: any(v["reserve0"] == v["reserve1"] != 0 for v in _value(m, 16)),
        ("LAYOUT-POOLSYNC", "VAL-STRUCTURAL"),
    ),
    "SpreadUpdate with both prices negative": (
        lambda m: any(v["bid_price"] < 0 > v["ask_price"] for v in _value(m, 7)),
        ("LAYOUT-SPREADUPDATE", "VAL-STRUCTURAL"),
    ),
    "a message of 70,000 bytes and more with a rest of 5 by 64": (
        lambda m: len(m["tlvs"]) < 40 and sum(_sizes(m)) > 70_000 and sum(_sizes(m)) % 64 == 5,
        ("CHK-VALUE", "TLV-ORDER", "RT-BYTES", "RT-VALUE", "HDR-PAYLOAD-SIZE", "MSG-TOO-LARGE"),
    ),
}
"""What is refused though it is right, and the requirements that may speak of it."""

SAYS_LITTLE = ("TLV-EXTENDED", "TLV-ANY-EXTENDED", "TLV-ORDER", "RT-BYTES")
"""What a refusal as ParseError is attributed to as well: any special feature of the message."""


class Refused(Mutant):
    """A right message is refused under one condition, however it comes."""

    def __init__(self, condition: str) -> None:
        super().__init__()
        self.condition = condition
        self.test, own = REFUSED[condition]
        self.requirements = (*own, *SAYS_LITTLE)
        self.id = f"refused: {condition}"
        self.fault = f"What is right is refused: {condition}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.condition,)

    def _checked(self, message: Any) -> Any:
        if self.test(message):
            raise Rejected("ParseError", offset=32, context="cannot be read")
        return message

    def decode(self, data: bytes) -> Any:
        return self._checked(super().decode(data))

    def encode(self, message: Message) -> Any:
        data = super().encode(message)
        self._checked(message)
        return data


# Sealed buffers.

SEALED: Mapping[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "a message that ends early is taken": (
        lambda data: (
            data[:24] + (len(data) - 32).to_bytes(4, "little") + data[28:]
            if len(data) < edits.end_of(data)
            else data
        ),
        ("MSG-TOO-SMALL", "HDR-PAYLOAD-SIZE"),
    ),
    "up to 4 bytes behind a message are taken": (
        lambda data: (
            data[: edits.end_of(data)] if 0 < len(data) - edits.end_of(data) <= 4 else data
        ),
        ("MSG-TRAILING", "HDR-PAYLOAD-SIZE"),
    ),
    "whole pages behind a message are taken": (
        lambda data: (
            data[: edits.end_of(data)]
            if len(data) > edits.end_of(data) and (len(data) - edits.end_of(data)) % 4096 == 0
            else data
        ),
        ("MSG-TRAILING", "HDR-PAYLOAD-SIZE"),
    ),
    "only the low 16 bits of payload_size are looked at": (
        lambda data: (
            data[:26] + bytes(2) + data[28:]
            if len(data) < 65_568 and int.from_bytes(data[24:26], "little") == len(data) - 32
            else data
        ),
        ("MSG-TOO-SMALL", "MSG-TOO-LARGE", "HDR-PAYLOAD-SIZE"),
    ),
}
"""What a buffer of a wrong size is taken for, where its checksum is right over what is there."""


class SealedTaken(Mutant):
    """A buffer of a wrong size is taken if only its checksum is right."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = f"If the checksum is right, {fault}"
        self.change, self.requirements = SEALED[fault]
        self.key = fault
        self.id = f"sealed: {fault}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key,)

    def decode(self, data: bytes) -> Any:
        if len(data) >= 32 and edits.stated_checksum(data) == zlib.crc32(data[:28] + data[32:]):
            changed = self.change(data)
            data = edits.seal(changed) if changed != data else data
        return super().decode(data)


def corner_mutants() -> tuple[Mutant, ...]:
    """A mutant for each condition of each table."""
    return (
        *(Unverified(condition) for condition in UNVERIFIED),
        *(Refused(condition) for condition in REFUSED),
        *(SealedTaken(fault) for fault in SEALED),
    )
