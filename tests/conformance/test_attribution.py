"""To which requirement and subject each wrong answer is attributed, by hand.

A row is a question, an answer, and the ways in which it is wrong: requirement, subject, and how it
was changed. What stands here is what the protocol page says of the wrong part, not what the judge
happened to say.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conformance.answers import (
    BOOK,
    HEADER,
    LEVEL,
    LONG,
    ONE_BOOK,
    ONE_TRADE,
    TRADE,
    TRADE_BYTES,
    again,
    book,
    decode,
    encode,
    extended,
    framed,
    message,
    put,
    trade,
    validated,
    wire,
)
from torq_conformance.implementations.outcomes import Accepted, Crashed, Outcome, TimedOut
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.judging import attribution
from torq_conformance.judging.attribution import Deviation, _kind, _kind_of_bytes, of_acceptance
from torq_conformance.judging.expectations import expect
from torq_conformance.judging.verdicts import judge
from torq_conformance.model.values import MISSING
from torq_conformance.rejection import Rejected
from torq_specs.faults import MEANINGS, Fault, FaultKind
from torq_specs.registry import REGISTRY
from torq_specs.requirements import requirements

TRADE_ENCODED = encode((1, TRADE))
GOOD = wire((1, {**TRADE, "price": 2}))
BAD = wire((1, {**TRADE, "price": 0}))
PADDED = framed(put(ONE_TRADE, 34 + 38, b"\x07")[32:])
WITHOUT_PRICE = {name: value for name, value in TRADE.items() if name != "price"}

ATTRIBUTED: dict[str, tuple[str, Request, Outcome, list[str]]] = {
    # the requirement judged, the question, the answer, in which ways it is wrong
    "byte order": (
        "RT-VALUE",
        decode(),
        trade(venue_id=1541),
        ["LAYOUT-TRADE: Trade.venue_id (byte order)"],
    ),
    "byte order 8": (
        "RT-VALUE",
        decode(),
        trade(volume=578437695752307201),
        ["LAYOUT-TRADE: Trade.volume (byte order)"],
    ),
    "sign": (
        "RT-VALUE",
        decode(),
        trade(price=(1 << 64) - 2),
        ["LAYOUT-TRADE: Trade.price (sign)"],
    ),
    "cut 8": (
        "RT-VALUE",
        decode(),
        trade(venue_id=6),
        ["LAYOUT-TRADE: Trade.venue_id (cut)"],
    ),
    "cut 16": ("RT-VALUE", decode(), trade(volume=1800), ["LAYOUT-TRADE: Trade.volume (cut)"]),
    "cut 32": ("RT-VALUE", decode(), trade(volume=84281096), ["LAYOUT-TRADE: Trade.volume (cut)"]),
    "rounded": (
        "RT-VALUE",
        decode(),
        trade(volume=int(float(72623859790382856))),
        ["LAYOUT-TRADE: Trade.volume (rounded)"],
    ),
    "off by one": (
        "RT-VALUE",
        decode(),
        trade(volume=72623859790382857),
        ["LAYOUT-TRADE: Trade.volume (rounded)"],
    ),
    "zero": ("RT-VALUE", decode(), trade(volume=0), ["LAYOUT-TRADE: Trade.volume (zero)"]),
    "other": ("RT-VALUE", decode(), trade(volume=77), ["LAYOUT-TRADE: Trade.volume"]),
    "text": ("RT-VALUE", decode(), trade(volume="77"), ["LAYOUT-TRADE: Trade.volume"]),
    "huge": ("RT-VALUE", decode(), trade(volume=1 << 400), ["LAYOUT-TRADE: Trade.volume"]),
    "reserved of a rule on reserved": (
        "VAL-STRUCTURAL",
        decode(),
        trade(reserved=0),
        ["VAL-STRUCTURAL: Trade.reserved (zero)"],
    ),
    "reserved": ("RT-VALUE", decode(), trade(reserved=0), ["LAYOUT-TRADE: Trade.reserved (zero)"]),
    "side of VAL": (
        "VAL-STRUCTURAL",
        decode(),
        trade(side=0),
        ["VAL-STRUCTURAL: Trade.side (zero)"],
    ),
    "price of VAL": ("VAL-STRUCTURAL", decode(), trade(price=9), ["LAYOUT-TRADE: Trade.price"]),
    "asset_type of VAL": (
        "VAL-STRUCTURAL",
        decode(),
        trade(asset_type=9),
        ["VAL-STRUCTURAL: Trade.asset_type"],
    ),
    "field missing": (
        "RT-VALUE",
        decode(),
        Accepted(message((1, WITHOUT_PRICE))),
        ["CONTRACT: contract"],
    ),
    "level less": (
        "RT-VALUE",
        decode(ONE_BOOK),
        book(bids=BOOK["bids"][:1]),
        ["VEC-COUNT: OrderBook.bids count"],
    ),
    "level less, VEC-FULL": (
        "VEC-FULL",
        decode(ONE_BOOK),
        book(bids=BOOK["bids"][:1]),
        ["VEC-FULL: OrderBook.bids count"],
    ),
    "level more": (
        "RT-VALUE",
        decode(ONE_BOOK),
        book(asks=[LEVEL]),
        ["VEC-COUNT: OrderBook.asks count"],
    ),
    "level price": (
        "VEC-CAPACITY",
        decode(ONE_BOOK),
        book(bids=[{**LEVEL, "price": 8}, BOOK["bids"][1]]),
        ["VEC-CAPACITY: OrderBook.bids.price"],
    ),
    "level price both": (
        "RT-VALUE",
        decode(ONE_BOOK),
        book(bids=[{**LEVEL, "price": 8}, {**LEVEL, "price": 9}]),
        ["LAYOUT-ORDERBOOK: OrderBook.bids.price"],
    ),
    "level reserved": (
        "VAL-STRUCTURAL",
        decode(ONE_BOOK),
        book(bids=[{**LEVEL, "reserved": 8}, BOOK["bids"][1]]),
        ["VAL-STRUCTURAL: OrderBook.bids.reserved"],
    ),
    "field of VEC": (
        "VEC-FULL",
        decode(ONE_BOOK),
        book(asset_id=8),
        ["LAYOUT-ORDERBOOK: OrderBook.asset_id"],
    ),
    "lone type": (
        "RT-VALUE",
        decode(ONE_BOOK),
        Accepted(message((2, BOOK))),
        ["LAYOUT-ORDERBOOK: type of LAYOUT-ORDERBOOK"],
    ),
    "lone type TLV-STANDARD": (
        "TLV-STANDARD",
        decode(ONE_BOOK),
        Accepted(message((2, BOOK))),
        ["TLV-STANDARD: type of LAYOUT-ORDERBOOK"],
    ),
    "lone opaque type": (
        "RT-VALUE",
        decode(LONG),
        Accepted(message((201, bytes(300)))),
        ["REG-OPAQUE: type of REG-OPAQUE"],
    ),
    "swapped": (
        "RT-VALUE",
        decode(wire((200, b"a"), (201, b"b"))),
        Accepted(message((201, b"b"), (200, b"a"))),
        ["TLV-ORDER: framing"],
    ),
    "swapped of framing": (
        "TLV-SHORTEST",
        decode(wire((200, b"a"), (201, b"b"))),
        Accepted(message((201, b"b"), (200, b"a"))),
        ["TLV-SHORTEST: framing"],
    ),
    "opaque of two": (
        "RT-VALUE",
        decode(wire((200, b"a"), (201, b"b"))),
        Accepted(message((200, b"a"), (201, b"c"))),
        ["REG-OPAQUE: framing"],
    ),
    "id": (
        "IID-CACHE-KEY",
        Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5}),
        Accepted({"asset_id": 1}),
        ["IID-CACHE-KEY: instrument_id"],
    ),
    "round trip gives a value": ("RT-VALUE", again(), Accepted({}), ["RT-VALUE: roundtrip"]),
    "decoded relay_domain": (
        "RT-VALUE",
        decode(),
        Accepted(
            {
                **message((1, TRADE)),
                "header": {**HEADER, "relay_domain": HEADER["relay_domain"] + 3},
            }
        ),
        ["HDR-DOMAIN: header.relay_domain"],
    ),
    "decoded version": (
        "RT-VALUE",
        decode(),
        Accepted({**message((1, TRADE)), "header": {**HEADER, "version": HEADER["version"] + 3}}),
        ["HDR-VERSION: header.version"],
    ),
    "decoded source": (
        "RT-VALUE",
        decode(),
        Accepted({**message((1, TRADE)), "header": {**HEADER, "source": HEADER["source"] + 3}}),
        ["HDR-SOURCE: header.source"],
    ),
    "decoded flags": (
        "RT-VALUE",
        decode(),
        Accepted({**message((1, TRADE)), "header": {**HEADER, "flags": HEADER["flags"] + 3}}),
        ["HDR-FLAGS: header.flags"],
    ),
    "decoded sequence": (
        "RT-VALUE",
        decode(),
        Accepted({**message((1, TRADE)), "header": {**HEADER, "sequence": HEADER["sequence"] + 3}}),
        ["HDR-LAYOUT: header.sequence"],
    ),
    "decoded timestamp": (
        "RT-VALUE",
        decode(),
        Accepted(
            {**message((1, TRADE)), "header": {**HEADER, "timestamp": HEADER["timestamp"] + 3}}
        ),
        ["HDR-LAYOUT: header.timestamp"],
    ),
    "two fields": (
        "RT-VALUE",
        decode(),
        trade(price=5, side=2),
        ["LAYOUT-TRADE: Trade.price", "LAYOUT-TRADE: Trade.side"],
    ),
    "byte of magic": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 0, b"\x99")),
        ["HDR-MAGIC: header.magic"],
    ),
    "byte of relay_domain": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 4, b"\x99")),
        ["HDR-DOMAIN: header.relay_domain"],
    ),
    "byte of version": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 5, b"\x99")),
        ["HDR-VERSION: header.version"],
    ),
    "byte of source": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 6, b"\x99")),
        ["HDR-SOURCE: header.source"],
    ),
    "byte of flags": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 7, b"\x99")),
        ["HDR-FLAGS: header.flags"],
    ),
    "byte of sequence": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 8, b"\x99")),
        ["HDR-LAYOUT: header.sequence"],
    ),
    "byte of timestamp": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 16, b"\x99")),
        ["HDR-LAYOUT: header.timestamp"],
    ),
    "byte of payload_size": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 24, b"\x99")),
        ["HDR-PAYLOAD-SIZE: header.payload_size"],
    ),
    "byte of checksum": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 28, b"\x99")),
        ["CHK-VALUE: header.checksum"],
    ),
    "magic reversed": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(put(ONE_TRADE, 0, ONE_TRADE[:4][::-1])),
        ["HDR-MAGIC: header.magic (byte order)"],
    ),
    "price zero": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(ONE_TRADE, 42, bytes(8))[32:])),
        ["LAYOUT-TRADE: Trade.price (zero)"],
    ),
    "volume reversed": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(ONE_TRADE, 50, TRADE_BYTES[16:24][::-1])[32:])),
        ["LAYOUT-TRADE: Trade.volume (byte order)"],
    ),
    "price cut": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(ONE_TRADE, 42, b"\xfe" + bytes(7))[32:])),
        ["LAYOUT-TRADE: Trade.price (cut)"],
    ),
    "padding": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(ONE_TRADE, 34 + 38, b"\x07")[32:])),
        ["PAD-ENCODE: Trade padding"],
    ),
    "side and price": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(put(ONE_TRADE, 42, b"\x00" * 8), 34 + 36, b"\x05")[32:])),
        ["LAYOUT-TRADE: Trade.price (zero)", "LAYOUT-TRADE: Trade.side"],
    ),
    "venue": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(put(ONE_TRADE, 66, b"\x01")[32:])),
        ["LAYOUT-TRADE: Trade.venue_id"],
    ),
    "left out": (
        "RT-BYTES",
        encode((1, TRADE), (200, b"a")),
        Accepted(ONE_TRADE),
        ["TLV-ORDER: framing (left out)"],
    ),
    "left out of framing": (
        "TLV-ZERO-LENGTH",
        encode((1, TRADE), (200, b"a")),
        Accepted(ONE_TRADE),
        ["TLV-ZERO-LENGTH: framing (left out)"],
    ),
    "left out roundtrip": (
        "RT-BYTES",
        again(wire((1, TRADE), (200, b"a"))),
        Accepted(ONE_TRADE),
        ["TLV-ORDER: framing (left out)"],
    ),
    "more": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(ONE_TRADE[32:] + b"\xc8\x00")),
        ["HDR-PAYLOAD-SIZE: framing"],
    ),
    "behind": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(ONE_TRADE + b"\x00"),
        ["HDR-PAYLOAD-SIZE: framing"],
    ),
    "behind of framing": (
        "TLV-ORDER",
        TRADE_ENCODED,
        Accepted(ONE_TRADE + b"\x00"),
        ["TLV-ORDER: framing"],
    ),
    "empty message and more": (
        "HDR-EMPTY",
        encode(),
        Accepted(wire() + b"\x00"),
        ["HDR-EMPTY: framing"],
    ),
    "extended instead": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(extended(1, TRADE_BYTES))),
        ["TLV-SHORTEST: framing"],
    ),
    "standard instead": (
        "RT-BYTES",
        encode((200, b"\xf0" * 300)),
        Accepted(framed(b"\xc8," + b"\xf0" * 300)),
        ["TLV-EXTENDED: framing"],
    ),
    "split": (
        "RT-BYTES",
        encode((200, bytes(300))),
        Accepted(framed(b"\xc8\x96" + bytes(150) + b"\xc8\x96" + bytes(150))),
        ["TLV-SHORTEST: framing"],
    ),
    "split not whole": (
        "RT-BYTES",
        encode((200, bytes(300))),
        Accepted(framed(b"\xc8\x96" + bytes(150) + b"\xc8\x95" + bytes(149))),
        ["REG-SIZE: framing"],
    ),
    "another size": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(b"\x01'" + TRADE_BYTES[:-1])),
        ["REG-SIZE: framing"],
    ),
    "another size extended": (
        "RT-BYTES",
        encode((200, bytes(300))),
        Accepted(framed(extended(200, bytes(301)))),
        ["REG-SIZE: framing"],
    ),
    "length alone": (
        "RT-BYTES",
        TRADE_ENCODED,
        Accepted(framed(b"\x01'" + TRADE_BYTES)),
        ["TLV-STANDARD: framing"],
    ),
    "opaque bytes": (
        "RT-BYTES",
        encode((200, b"ab")),
        Accepted(framed(b"\xc8\x02ac")),
        ["REG-OPAQUE: framing"],
    ),
    "count": (
        "RT-BYTES",
        encode((3, BOOK)),
        Accepted(framed(put(ONE_BOOK, 37 + 24, b"\x01")[32:])),
        ["VEC-COUNT: OrderBook.bids count"],
    ),
    "slot": (
        "RT-BYTES",
        encode((3, BOOK)),
        Accepted(framed(put(ONE_BOOK, 37 + 32 + 48, b"\x01")[32:])),
        ["VEC-SLOTS: OrderBook.bids stale slots"],
    ),
    "second level": (
        "RT-BYTES",
        encode((3, BOOK)),
        Accepted(framed(put(ONE_BOOK, 37 + 32 + 24, b"\x01")[32:])),
        ["LAYOUT-ORDERBOOK: OrderBook.bids.price"],
    ),
    "second level VEC": (
        "VEC-FULL",
        encode((3, BOOK)),
        Accepted(framed(put(ONE_BOOK, 37 + 32 + 24, b"\x01")[32:])),
        ["VEC-FULL: OrderBook.bids.price"],
    ),
    "refuses ChecksumMismatch": (
        "RT-VALUE",
        decode(),
        Rejected("ChecksumMismatch"),
        ["CHK-VALUE: header.checksum (refused)"],
    ),
    "refuses InvalidMagic": (
        "RT-VALUE",
        decode(),
        Rejected("InvalidMagic"),
        ["HDR-MAGIC: header.magic (refused)"],
    ),
    "refuses UnsupportedVersion": (
        "RT-VALUE",
        decode(),
        Rejected("UnsupportedVersion"),
        ["HDR-VERSION: header.version (refused)"],
    ),
    "refuses InvalidRelayDomain": (
        "RT-VALUE",
        decode(),
        Rejected("InvalidRelayDomain"),
        ["HDR-DOMAIN: header.relay_domain (refused)"],
    ),
    "refuses UnknownSource": (
        "RT-VALUE",
        decode(),
        Rejected("UnknownSource"),
        ["HDR-SOURCE: header.source (refused)"],
    ),
    "refuses PayloadSizeMismatch": (
        "RT-VALUE",
        decode(),
        Rejected("PayloadSizeMismatch"),
        ["REG-SIZE: refuses PayloadSizeMismatch of Trade"],
    ),
    "refuses CapacityExceeded": (
        "RT-VALUE",
        decode(),
        Rejected("CapacityExceeded"),
        ["VEC-FULL: refuses CapacityExceeded of Trade"],
    ),
    "refuses InvalidTLVType": (
        "RT-VALUE",
        decode(),
        Rejected("InvalidTLVType"),
        ["TLV-TYPE: refuses InvalidTLVType"],
    ),
    "refuses RelayDomainMismatch": (
        "RT-VALUE",
        decode(),
        Rejected("RelayDomainMismatch"),
        ["TLV-DOMAIN: refuses RelayDomainMismatch"],
    ),
    "refuses MessageTooLarge": (
        "RT-VALUE",
        decode(),
        Rejected("MessageTooLarge"),
        ["MSG-TOO-LARGE: refuses MessageTooLarge"],
    ),
    "refuses PayloadTooLarge": (
        "RT-VALUE",
        decode(),
        Rejected("PayloadTooLarge"),
        ["TLV-PAYLOAD-TOO-LARGE: refuses PayloadTooLarge"],
    ),
    "refuses InvalidExtendedTLV": (
        "RT-VALUE",
        decode(),
        Rejected("InvalidExtendedTLV"),
        ["TLV-RESERVED: refuses InvalidExtendedTLV"],
    ),
    "refuses ParseError": (
        "RT-VALUE",
        decode(),
        Rejected("ParseError"),
        ["LAYOUT-TRADE: refuses ParseError of Trade"],
    ),
    "refuses TruncatedTLV": (
        "RT-VALUE",
        decode(),
        Rejected("TruncatedTLV"),
        ["LAYOUT-TRADE: refuses TruncatedTLV of Trade"],
    ),
    "refuses MessageTooSmall": (
        "RT-VALUE",
        decode(),
        Rejected("MessageTooSmall"),
        ["LAYOUT-TRADE: refuses MessageTooSmall of Trade"],
    ),
    "refuses Mine": (
        "RT-VALUE",
        decode(),
        Rejected("Mine"),
        ["LAYOUT-TRADE: refuses Mine of Trade"],
    ),
    "refuses Truncated, no TLV": (
        "RT-VALUE",
        decode(wire()),
        Rejected("TruncatedTLV"),
        ["HDR-EMPTY: refuses TruncatedTLV of no TLV"],
    ),
    "refuses Truncated, no TLV, HDR": (
        "HDR-FLAGS",
        decode(wire()),
        Rejected("TruncatedTLV"),
        ["HDR-FLAGS: refuses TruncatedTLV of no TLV"],
    ),
    "refuses Parse long framing": (
        "RT-VALUE",
        decode(framed(extended(200, b"a"))),
        Rejected("ParseError"),
        [
            "TLV-ANY-EXTENDED: refuses ParseError of long framing",
            "REG-OPAQUE: refuses ParseError of opaque types",
        ],
    ),
    "refuses Parse zero length": (
        "RT-VALUE",
        decode(wire((200, b""))),
        Rejected("ParseError"),
        [
            "TLV-ZERO-LENGTH: refuses ParseError of no bytes",
            "REG-OPAQUE: refuses ParseError of opaque types",
        ],
    ),
    "refuses Parse extended": (
        "RT-VALUE",
        decode(LONG),
        Rejected("ParseError"),
        [
            "TLV-EXTENDED: refuses ParseError of extended framing",
            "REG-OPAQUE: refuses ParseError of opaque types",
        ],
    ),
    "refuses Parse extended, HDR": (
        "HDR-SOURCE",
        decode(LONG),
        Rejected("ParseError"),
        [
            "HDR-SOURCE: refuses ParseError of extended framing",
            "HDR-SOURCE: refuses ParseError of opaque types",
        ],
    ),
    "refuses Parse opaque of framing": (
        "TLV-VENDOR",
        decode(wire((200, b"a"))),
        Rejected("ParseError"),
        ["TLV-VENDOR: refuses ParseError of opaque types"],
    ),
    "refuses Parse both, encode": (
        "RT-VALUE",
        encode((1, TRADE), (200, b"")),
        Rejected("ParseError"),
        [
            "TLV-ZERO-LENGTH: refuses ParseError of no bytes",
            "LAYOUT-TRADE: refuses ParseError of Trade",
            "REG-OPAQUE: refuses ParseError of opaque types",
        ],
    ),
    "refuses book VEC": (
        "VEC-COUNT",
        decode(ONE_BOOK),
        Rejected("ParseError"),
        [
            "VEC-COUNT: refuses ParseError of OrderBook",
            "TLV-EXTENDED: refuses ParseError of extended framing",
        ],
    ),
    "refuses book capacity": (
        "VEC-COUNT",
        decode(ONE_BOOK),
        Rejected("CapacityExceeded"),
        ["VEC-COUNT: refuses CapacityExceeded of OrderBook"],
    ),
    "refuses book capacity of its own": (
        *("VEC-CAPACITY", decode(ONE_BOOK), Rejected("CapacityExceeded")),
        ["VEC-CAPACITY: refuses CapacityExceeded of OrderBook"],
    ),
    "refuses book capacity RT": (
        "RT-VALUE",
        decode(ONE_BOOK),
        Rejected("CapacityExceeded"),
        ["VEC-FULL: refuses CapacityExceeded of OrderBook"],
    ),
    "refuses size two types": (
        "RT-VALUE",
        decode(wire((1, TRADE), (200, b"a"))),
        Rejected("PayloadSizeMismatch"),
        ["REG-SIZE: refuses PayloadSizeMismatch"],
    ),
    "refuses extended of own": (
        "TLV-RESERVED",
        decode(LONG),
        Rejected("InvalidExtendedTLV"),
        ["TLV-RESERVED: refuses InvalidExtendedTLV"],
    ),
    "refuses vendor": (
        "TLV-VENDOR",
        decode(LONG),
        Rejected("InvalidTLVType"),
        ["TLV-VENDOR: refuses InvalidTLVType"],
    ),
    "range named": (
        "RT-VALUE",
        TRADE_ENCODED,
        Rejected("ValueOutOfRange", field="price"),
        ["LAYOUT-TRADE: Trade.price (range)"],
    ),
    "range named header": (
        "RT-VALUE",
        TRADE_ENCODED,
        Rejected("ValueOutOfRange", field="header.source"),
        ["HDR-SOURCE: header.source (range)"],
    ),
    "range named header bare": (
        "RT-VALUE",
        TRADE_ENCODED,
        Rejected("ValueOutOfRange", field="sequence"),
        ["HDR-LAYOUT: header.sequence (range)"],
    ),
    "range named inner": (
        "RT-VALUE",
        encode((3, BOOK)),
        Rejected("ValueOutOfRange", field="bids[1].price"),
        ["LAYOUT-ORDERBOOK: OrderBook.bids.price (range)"],
    ),
    "range not named": (
        "RT-VALUE",
        TRADE_ENCODED,
        Rejected("ValueOutOfRange"),
        ["ERR-RANGE: refuses ValueOutOfRange (one of)", "LAYOUT-TRADE: Trade.price (range)"],
    ),
    "range unknown field": (
        "RT-VALUE",
        encode((1, {**TRADE, "price": 2})),
        Rejected("ValueOutOfRange", field="nothing"),
        ["ERR-RANGE: refuses ValueOutOfRange"],
    ),
    "range not named large": (
        "RT-VALUE",
        encode((1, {**TRADE, "price": 2, "asset_id": 1 << 63}), sequence=1 << 63),
        Rejected("ValueOutOfRange"),
        [
            "ERR-RANGE: refuses ValueOutOfRange (one of)",
            "LAYOUT-TRADE: Trade.asset_id (range)",
            "HDR-LAYOUT: header.sequence (range)",
        ],
    ),
    "range edge": (
        "RT-VALUE",
        encode((1, {**TRADE, "price": 2, "asset_id": (1 << 63) - 1}), sequence=(1 << 63) - 1),
        Rejected("ValueOutOfRange"),
        ["ERR-RANGE: refuses ValueOutOfRange"],
    ),
    "range inner": (
        "RT-VALUE",
        encode((3, {**BOOK, "bids": [{**LEVEL, "price": -1}]})),
        Rejected("ValueOutOfRange"),
        [
            "ERR-RANGE: refuses ValueOutOfRange (one of)",
            "LAYOUT-ORDERBOOK: OrderBook.bids.price (range)",
        ],
    ),
    "range roundtrip": (
        "RT-VALUE",
        again(),
        Rejected("ValueOutOfRange"),
        ["ERR-RANGE: refuses ValueOutOfRange (one of)", "LAYOUT-TRADE: Trade.price (range)"],
    ),
    "range decode": (
        "RT-VALUE",
        decode(),
        Rejected("ValueOutOfRange"),
        ["ERR-RANGE: refuses ValueOutOfRange"],
    ),
    "id refused": (
        "IID-POOL",
        Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5}),
        Rejected("InvalidInstrument"),
        ["IID-POOL: IID-POOL"],
    ),
    "meaningless": (
        "VLD-DECODE",
        validated(GOOD),
        Rejected("ValidationFailed", field="price"),
        ["VLD-DECODE: VLD-TRADE-PRICE (decode_validated)", "LAYOUT-TRADE: Trade.price"],
    ),
    "meaningless unknown": (
        "VLD-DECODE",
        validated(GOOD),
        Rejected("ValidationFailed", field="nothing"),
        ["VLD-DECODE: refuses ValidationFailed"],
    ),
    "meaningless no field": (
        "VLD-DECODE",
        validated(GOOD),
        Rejected("ValidationFailed"),
        ["VLD-DECODE: refuses ValidationFailed"],
    ),
    "accepts magic": (
        "MSG",
        decode(put(ONE_TRADE, 0, b"\x00")),
        Accepted(message((1, TRADE))),
        ["HDR-MAGIC: header.magic", "CHK-VERIFY: check ChecksumMismatch"],
    ),
    "misnames magic": (
        "MSG",
        decode(put(ONE_TRADE, 0, b"\x00")),
        Rejected("InvalidTLVType"),
        [
            "HDR-MAGIC: header.magic (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "accepts checksum": (
        "CHK-VERIFY",
        decode(put(ONE_TRADE, 28, b"\x00\x00\x00\x00")),
        Accepted(message((1, TRADE))),
        ["CHK-VERIFY: check ChecksumMismatch", "CHK-VALUE: header.checksum (verified)"],
    ),
    "misnames checksum": (
        "CHK-VERIFY",
        decode(put(ONE_TRADE, 28, b"\x00\x00\x00\x00")),
        Rejected("InvalidTLVType"),
        ["CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)"],
    ),
    "crashes at checksum": (
        "CHK-VERIFY",
        decode(put(ONE_TRADE, 28, b"\x00\x00\x00\x00")),
        Crashed(
            "raised IndexError: 77", 'File "/x/y.py", line 3, in f\nFile "/x/z.py", line 4, in g'
        ),
        [
            "ERR-NO-CRASH: crash raised IndexError: # /x/z.py g",
            "CHK-VERIFY: crash raised IndexError: # /x/z.py g",
            "CHK-VALUE: crash raised IndexError: # /x/z.py g",
        ],
    ),
    "accepts checksum RT": (
        "RT-VALUE",
        decode(put(ONE_TRADE, 28, b"\x00\x00\x00\x00")),
        Accepted(message((1, TRADE))),
        ["CHK-VERIFY: check ChecksumMismatch", "CHK-VALUE: header.checksum (verified)"],
    ),
    "misnames checksum RT": (
        "RT-VALUE",
        decode(put(ONE_TRADE, 28, b"\x00\x00\x00\x00")),
        Rejected("InvalidTLVType"),
        ["CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)"],
    ),
    "accepts trailing": (
        "MSG-TRAILING",
        decode(ONE_TRADE + b"\x00"),
        Accepted(message((1, TRADE))),
        ["MSG-TRAILING: check ParseError", "CHK-VERIFY: check ChecksumMismatch"],
    ),
    "misnames trailing": (
        "MSG-TRAILING",
        decode(ONE_TRADE + b"\x00"),
        Rejected("InvalidTLVType"),
        [
            "MSG-TRAILING: check ParseError (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "crashes at trailing": (
        "MSG-TRAILING",
        decode(ONE_TRADE + b"\x00"),
        Crashed(
            "raised IndexError: 77", 'File "/x/y.py", line 3, in f\nFile "/x/z.py", line 4, in g'
        ),
        [
            "ERR-NO-CRASH: crash raised IndexError: # /x/z.py g",
            "MSG-TRAILING: crash raised IndexError: # /x/z.py g",
            "CHK-VERIFY: crash raised IndexError: # /x/z.py g",
        ],
    ),
    "accepts trailing size": (
        "HDR-PAYLOAD-SIZE",
        decode(ONE_TRADE + b"\x00"),
        Accepted(message((1, TRADE))),
        ["HDR-PAYLOAD-SIZE: check ParseError", "CHK-VERIFY: check ChecksumMismatch"],
    ),
    "misnames trailing size": (
        "HDR-PAYLOAD-SIZE",
        decode(ONE_TRADE + b"\x00"),
        Rejected("InvalidTLVType"),
        [
            "HDR-PAYLOAD-SIZE: check ParseError (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "accepts short": (
        "MSG-TOO-SMALL",
        decode(ONE_TRADE[:-1]),
        Accepted(message((1, TRADE))),
        ["MSG-TOO-SMALL: check MessageTooSmall", "CHK-VERIFY: check ChecksumMismatch"],
    ),
    "misnames short": (
        "MSG-TOO-SMALL",
        decode(ONE_TRADE[:-1]),
        Rejected("InvalidTLVType"),
        [
            "MSG-TOO-SMALL: check MessageTooSmall (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "accepts header short": (
        "X",
        decode(ONE_TRADE[:20]),
        Accepted(message((1, TRADE))),
        ["MSG-TOO-SMALL: check MessageTooSmall of the header"],
    ),
    "misnames header short": (
        "X",
        decode(ONE_TRADE[:20]),
        Rejected("InvalidTLVType"),
        ["MSG-TOO-SMALL: check MessageTooSmall of the header (named InvalidTLVType)"],
    ),
    "accepts size": (
        "REG-SIZE",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1])),
        Accepted(message((1, TRADE))),
        ["REG-SIZE: check PayloadSizeMismatch of Trade"],
    ),
    "misnames size": (
        "REG-SIZE",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1])),
        Rejected("InvalidTLVType"),
        ["REG-SIZE: check PayloadSizeMismatch of Trade (named InvalidTLVType)"],
    ),
    "accepts size 2": (
        "X",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1])),
        Accepted(message((1, TRADE))),
        ["REG-SIZE: check PayloadSizeMismatch of Trade"],
    ),
    "misnames size 2": (
        "X",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1])),
        Rejected("InvalidTLVType"),
        ["REG-SIZE: check PayloadSizeMismatch of Trade (named InvalidTLVType)"],
    ),
    "accepts capacity": (
        "X",
        decode(framed(put(ONE_BOOK, 61, b"\xff")[32:])),
        Accepted(message((1, TRADE))),
        ["VEC-CAPACITY: check CapacityExceeded of OrderBook"],
    ),
    "misnames capacity": (
        "X",
        decode(framed(put(ONE_BOOK, 61, b"\xff")[32:])),
        Rejected("InvalidTLVType"),
        ["VEC-CAPACITY: check CapacityExceeded of OrderBook (named InvalidTLVType)"],
    ),
    "accepts type": (
        "X",
        decode(framed(b"!\x00")),
        Accepted(message((1, TRADE))),
        ["TLV-TYPE: check InvalidTLVType", "TLV-DOMAIN: check RelayDomainMismatch"],
    ),
    "misnames type": (
        "X",
        decode(framed(b"!\x00")),
        Rejected("RelayDomainMismatch"),
        [
            "SHOULD",
            "ERR-CONTEXT-SHOULD: context tlv_type (context missing)",
            "ERR-CONTEXT-SHOULD: context expected (context missing)",
            "ERR-CONTEXT-SHOULD: context got (context missing)",
            "ERR-CONTEXT-SHOULD: context offset (context missing)",
        ],
    ),
    "accepts domain": (
        "X",
        decode(framed(b"\x14\x00")),
        Accepted(message((1, TRADE))),
        ["TLV-DOMAIN: check RelayDomainMismatch", "REG-SIZE: check PayloadSizeMismatch"],
    ),
    "misnames domain": (
        "X",
        decode(framed(b"\x14\x00")),
        Rejected("InvalidTLVType"),
        [
            "TLV-DOMAIN: check RelayDomainMismatch (named InvalidTLVType)",
            "REG-SIZE: check PayloadSizeMismatch (named InvalidTLVType)",
        ],
    ),
    "accepts reserved": (
        "X",
        decode(framed(b"\xff\x01\xc8\x00\x00")),
        Accepted(message((1, TRADE))),
        ["TLV-RESERVED: check InvalidExtendedTLV"],
    ),
    "misnames reserved": (
        "X",
        decode(framed(b"\xff\x01\xc8\x00\x00")),
        Rejected("InvalidTLVType"),
        ["TLV-RESERVED: check InvalidExtendedTLV (named InvalidTLVType)"],
    ),
    "accepts truncated": (
        "X",
        decode(framed(b"\xc8\x05a")),
        Accepted(message((1, TRADE))),
        ["TLV-TRUNCATED: check TruncatedTLV"],
    ),
    "misnames truncated": (
        "X",
        decode(framed(b"\xc8\x05a")),
        Rejected("InvalidTLVType"),
        ["TLV-TRUNCATED: check TruncatedTLV (named InvalidTLVType)"],
    ),
    "accepts two": (
        "ERR-ANY-OF-SEVERAL",
        decode(put(put(ONE_TRADE, 0, b"\x00"), 28, b"\x00\x00\x00\x00")),
        Accepted(message((1, TRADE))),
        [
            "ERR-ANY-OF-SEVERAL: several faults (several)",
            "HDR-MAGIC: header.magic",
            "CHK-VERIFY: check ChecksumMismatch",
        ],
    ),
    "misnames two": (
        "ERR-ANY-OF-SEVERAL",
        decode(put(put(ONE_TRADE, 0, b"\x00"), 28, b"\x00\x00\x00\x00")),
        Rejected("InvalidTLVType"),
        [
            "ERR-ANY-OF-SEVERAL: several faults (several)",
            "HDR-MAGIC: header.magic (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "crashes at two": (
        "ERR-ANY-OF-SEVERAL",
        decode(put(put(ONE_TRADE, 0, b"\x00"), 28, b"\x00\x00\x00\x00")),
        Crashed(
            "raised IndexError: 77", 'File "/x/y.py", line 3, in f\nFile "/x/z.py", line 4, in g'
        ),
        [
            "ERR-NO-CRASH: crash raised IndexError: # /x/z.py g",
            "ERR-ANY-OF-SEVERAL: crash raised IndexError: # /x/z.py g",
            "HDR-MAGIC: crash raised IndexError: # /x/z.py g",
            "CHK-VERIFY: crash raised IndexError: # /x/z.py g",
        ],
    ),
    "accepts two else": (
        "X",
        decode(put(put(ONE_TRADE, 0, b"\x00"), 28, b"\x00\x00\x00\x00")),
        Accepted(message((1, TRADE))),
        ["HDR-MAGIC: header.magic", "CHK-VERIFY: check ChecksumMismatch"],
    ),
    "misnames two else": (
        "X",
        decode(put(put(ONE_TRADE, 0, b"\x00"), 28, b"\x00\x00\x00\x00")),
        Rejected("InvalidTLVType"),
        [
            "HDR-MAGIC: header.magic (named InvalidTLVType)",
            "CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)",
        ],
    ),
    "accepts one of several": (
        "ERR-ANY-OF-SEVERAL",
        decode(put(ONE_TRADE, 28, bytes(4))),
        Accepted(message((1, TRADE))),
        ["CHK-VERIFY: check ChecksumMismatch", "CHK-VALUE: header.checksum (verified)"],
    ),
    "misnames one of several": (
        "ERR-ANY-OF-SEVERAL",
        decode(put(ONE_TRADE, 28, bytes(4))),
        Rejected("InvalidTLVType"),
        ["CHK-VERIFY: check ChecksumMismatch (named InvalidTLVType)"],
    ),
    "hangs": (
        "X",
        decode(ONE_TRADE + b"\x00"),
        TimedOut(2.5),
        ["ERR-NO-CRASH: hang", "MSG-TRAILING: hang", "CHK-VERIFY: hang"],
    ),
    "hangs valid": ("X", decode(), TimedOut(2.5), ["X: hang"]),
    "crashes valid": (
        "X",
        decode(),
        Crashed("died of signal 11 (SIGSEGV)"),
        ["X: crash died of signal # (SIGSEGV) "],
    ),
    "misnamed mine": (
        "X",
        decode(ONE_TRADE[:20]),
        Rejected("Mine"),
        ["MSG-TOO-SMALL: check MessageTooSmall of the header (named Mine)"],
    ),
    "misnamed trailing": (
        "HDR-PAYLOAD-SIZE",
        decode(ONE_TRADE + b"\x00"),
        Rejected("MessageTooSmall"),
        [
            "HDR-PAYLOAD-SIZE: check ParseError (named MessageTooSmall)",
            "CHK-VERIFY: check ChecksumMismatch (named MessageTooSmall)",
        ],
    ),
    "misnamed validation": (
        "X",
        decode(ONE_TRADE + b"\x00"),
        Rejected("ValidationFailed"),
        [
            "X: meaning judged before form",
            "MSG-TRAILING: check ParseError (named ValidationFailed)",
            "CHK-VERIFY: check ChecksumMismatch (named ValidationFailed)",
        ],
    ),
    "encode accepts range": (
        "X",
        encode((1, {**TRADE, "side": 256})),
        Accepted(ONE_TRADE),
        ["ERR-RANGE: Trade.side (range)"],
    ),
    "encode accepts range inner": (
        "X",
        encode((3, {**BOOK, "bids": [{**LEVEL, "price": 1 << 63}]})),
        Accepted(ONE_BOOK),
        ["ERR-RANGE: OrderBook.bids.price (range)"],
    ),
    "encode accepts left out": (
        "X",
        encode((33, b"")),
        Accepted(wire()),
        [
            "TLV-ORDER: framing (left out)",
            "TLV-TYPE: check InvalidTLVType on encode",
            "TLV-DOMAIN: check RelayDomainMismatch on encode",
        ],
    ),
    "encode accepts type": (
        "X",
        encode((33, b"")),
        Accepted(framed(b"!\x00")),
        [
            "TLV-TYPE: check InvalidTLVType on encode",
            "TLV-DOMAIN: check RelayDomainMismatch on encode",
        ],
    ),
    "encode accepts too large": (
        "X",
        encode((200, bytes(65536))),
        Accepted(framed(extended(200, bytes(65535)))),
        ["TLV-PAYLOAD-TOO-LARGE: check PayloadTooLarge on encode"],
    ),
    "decode accepts left out": (
        "X",
        decode(framed(b"!\x00")),
        Accepted(message()),
        ["TLV-TYPE: check InvalidTLVType", "TLV-DOMAIN: check RelayDomainMismatch"],
    ),
    "meaning accepted": (
        "VLD-DECODE",
        validated(BAD),
        Accepted(message((1, {**TRADE, "price": 0}))),
        ["VLD-DECODE: VLD-TRADE-PRICE (decode_validated)", "LAYOUT-TRADE: Trade.price"],
    ),
    "meaning accepted misread": (
        "VLD-DECODE",
        validated(BAD),
        Accepted(message((1, {**TRADE, "price": 1}))),
        [
            "LAYOUT-TRADE: Trade.price",
            "VLD-DECODE: VLD-TRADE-PRICE (decode_validated)",
            "LAYOUT-TRADE: Trade.price",
        ],
    ),
    "meaning accepted left out": (
        "VLD-DECODE",
        validated(BAD),
        Accepted(message()),
        ["VLD-DECODE: VLD-TRADE-PRICE (decode_validated)", "LAYOUT-TRADE: Trade.price"],
    ),
    "id accepted": (
        "IID-EVM",
        Request(
            Operation.INSTRUMENT_ID, {"operation": "evm_token", "venue": 200, "address": "0xzz"}
        ),
        Accepted({}),
        ["IID-EVM: check InvalidInstrument"],
    ),
    "padding accepted": ("PAD-DECODE", decode(PADDED), trade(), ["PAD-DECODE: check padding"]),
    "padding misread": (
        "PAD-DECODE",
        decode(PADDED),
        trade(price=8),
        ["LAYOUT-TRADE: Trade.price"],
    ),
    "padding rewritten": (
        "RT-BYTES",
        again(PADDED),
        Accepted(PADDED),
        ["PAD-ENCODE: Trade padding"],
    ),
    "padding ctx": (
        "PAD-DECODE",
        decode(PADDED),
        Rejected("ParseError", offset=5),
        [
            "ERR-CONTEXT-MUST: context offset (context ParseError)",
            "LAYOUT-TRADE: Trade.side.padding (context)",
        ],
    ),
    "padding ctx none": (
        "PAD-DECODE",
        decode(PADDED),
        Rejected("ParseError"),
        [
            "ERR-CONTEXT-MUST: context offset (context missing)",
            "LAYOUT-TRADE: Trade.side.padding (context)",
        ],
    ),
    "trailing ctx": (
        "X",
        decode(ONE_TRADE + b"\x00"),
        Rejected("ParseError", offset=5),
        ["ERR-CONTEXT-MUST: context offset (context ParseError)"],
    ),
    "size ctx": (
        "X",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1])),
        Rejected("PayloadSizeMismatch", tlv_type=1, offset=0, expected=1, got=1),
        [
            "SHOULD",
            "ERR-CONTEXT-SHOULD: context expected (context PayloadSizeMismatch)",
            "ERR-CONTEXT-SHOULD: context got (context PayloadSizeMismatch)",
        ],
    ),
}


def ways(requirement: str, request: Request, outcome: Outcome) -> list[str]:
    (finding,) = judge(requirement, request, expect(request), outcome, frozenset(Capability))
    said = [
        f"{way.requirement}: {way.subject}" + (f" ({way.kind})" if way.kind else "")
        for way in finding.ways
    ]
    return said if finding.is_must else ["SHOULD", *said]


@pytest.mark.parametrize("what", ATTRIBUTED)
def test_a_wrong_answer_is_attributed_to_what_is_wrong_in_it(what: str) -> None:
    requirement, request, outcome, wanted = ATTRIBUTED[what]
    assert ways(requirement, request, outcome) == wanted


OWN: dict[str, set[str]] = {
    # Requirements that speak of a kind of fault: a case about one of them keeps it.
    "ChecksumMismatch": {"CHK-VALUE", "CHK-VERIFY"},
    "MessageTooSmall": {"HDR-EMPTY", "HDR-PAYLOAD-SIZE", "MEM-WRITE", "MSG-TOO-SMALL"},
    "MessageTooLarge": {"HDR-PAYLOAD-SIZE", "MSG-TOO-LARGE"},
    "ParseError": {"HDR-EMPTY", "HDR-PAYLOAD-SIZE", "MSG-TRAILING", "PAD-DECODE", "VAL-STRUCTURAL"},
    "TruncatedTLV": {
        "HDR-EMPTY",
        "REG-OPAQUE",
        "TLV-ANY-EXTENDED",
        "TLV-EXTENDED",
        "TLV-ORDER",
        "TLV-SHORTEST",
        "TLV-STANDARD",
        "TLV-TRUNCATED",
        "TLV-VENDOR",
        "TLV-ZERO-LENGTH",
    },
    "InvalidExtendedTLV": {"TLV-ANY-EXTENDED", "TLV-EXTENDED", "TLV-RESERVED"},
    "InvalidTLVType": {"REG-OPAQUE", "TLV-TYPE", "TLV-VENDOR"},
    "RelayDomainMismatch": {"HDR-DOMAIN", "TLV-DOMAIN", "TLV-VENDOR"},
    "PayloadSizeMismatch": {"REG-OPAQUE", "REG-SIZE", "TLV-VENDOR", "TLV-ZERO-LENGTH"},
    "CapacityExceeded": {"BOOK-SIDES", "VEC-CAPACITY", "VEC-COUNT", "VEC-FULL"},
    "PayloadTooLarge": {"TLV-EXTENDED", "TLV-PAYLOAD-TOO-LARGE"},
    "InvalidRelayDomain": {"HDR-DOMAIN"},
    "UnknownSource": {"HDR-SOURCE"},
    "UnsupportedVersion": {"HDR-VERSION"},
    "InvalidMagic": {"HDR-MAGIC"},
    "ValueOutOfRange": {"ERR-RANGE"},
}


@pytest.mark.parametrize("kind", FaultKind)
def test_a_case_keeps_its_requirement_exactly_if_that_speaks_of_the_fault(kind: FaultKind) -> None:
    fault = Fault(kind, {"offset": 0, "tlv_type": 1, "field": "nothing", "need": 1})
    kept = set()
    for id_ in (*requirements(), "X"):
        (first, *_) = of_acceptance(id_, encode((200, b"")), (fault,), REGISTRY)
        assert first.requirement in {id_, MEANINGS[kind].speaks_of}
        if first.requirement == id_:
            kept.add(id_)
    assert kept == {*OWN.get(kind, set()), MEANINGS[kind].speaks_of}


def reversed_bytes(size: int) -> tuple[int, int]:
    """A number of so many bytes, and the one that they make from behind."""
    data = bytes(range(1, size + 1))
    return int.from_bytes(data, "little"), int.from_bytes(data, "big")


EDGES: dict[str, tuple[Any, Any, str]] = {
    # what is right, what came, and how the number was changed
    "two bytes swapped": (258, 513, "byte order"),
    "four bytes swapped": (0x01020304, 0x04030201, "byte order"),
    "sixteen bytes swapped": (*reversed_bytes(16), "byte order"),
    "32 bytes swapped": (*reversed_bytes(32), "byte order"),
    "one apart is no byte order": (0x0101, 0x0102, ""),
    "a palindrome changed": (257, 258, ""),
    "sign of one byte": (-1, 255, "sign"),
    "sign of two bytes": (-2, 65534, "sign"),
    "sign of four bytes": (1 << 31, -(1 << 31), "sign"),
    "sign of sixteen bytes": (-1, (1 << 128) - 1, "sign"),
    "sign of thirty-two bytes": (-1, (1 << 256) - 1, "sign"),
    "half of that is no sign": (0, 128, ""),
    "rounded to a double": ((1 << 53) + 1, 1 << 53, "rounded"),
    "too far for rounding": ((1 << 53) + 2, (1 << 53) - 1, ""),
    "the last step of rounding": ((1 << 53) + 2, 1 << 53, "rounded"),
    "a zero lost": (1002, 102, "digits"),
    "each zero lost": (-50010, -51, "digits"),
    "another digit lost": (1234, 124, ""),
    "zeros at another place": (1200, 102, ""),
    "a zero more": (102, 1002, ""),
    "rounded below zero": (-(1 << 60) - 3, -(1 << 60), "rounded"),
    "cut to a byte": (0x1234, 0x34, "cut"),
    "cut to two bytes": (0x133456, 0x3456, "cut"),
    "cut to four bytes": (0x1334567890, 0x34567890, "cut"),
    "cut to 53 bits": ((1 << 60) + (3 << 52) + 77, (1 << 52) + 77, "cut"),
    "cut to 64 bits": ((5 << 64) + (1 << 63), 1 << 63, "cut"),
    "cut, of 300 bits": ((1 << 299) + 77, 77, "cut"),
    "cut, of 301 bits": ((1 << 300) + 77, 77, ""),
    "nothing left": (7, 0, "zero"),
    "rounded, of 310 bits": ((1 << 310) + 5, 1 << 310, "rounded"),
    "no number": (7, "7", ""),
    "no number was right": ("7", 7, ""),
    "too large to look at": (7, 1 << 400, ""),
    "not there": (7, MISSING, "missing"),
    "not asked for": (MISSING, 7, "missing"),
}


@pytest.mark.parametrize("what", EDGES)
def test_a_changed_number_says_how_it_was_changed(what: str) -> None:
    expected, got, kind = EDGES[what]
    assert _kind(expected, got) == kind


def test_what_speaks_of_another_part_of_a_row_of_tlvs() -> None:
    two = decode(wire((200, b"a"), (201, b"b")))
    assert ways("X", two, Accepted(message((200, b"a")))) == ["TLV-ORDER: framing"]
    assert ways("X", two, Accepted({"header": HEADER, "tlvs": "ab"})) == ["TLV-ORDER: framing"]
    # One TLV alone has no other place to stand in.
    same = message((200, b"a"))["tlvs"]
    assert ways("X", decode(wire((200, b"b"))), Accepted({"header": HEADER, "tlvs": same})) == [
        "REG-OPAQUE: framing"
    ]


def test_only_what_is_shorter_and_holds_a_header_leaves_a_tlv_out() -> None:
    question = encode((1, TRADE), (200, b"a"))
    assert ways("X", question, Accepted(wire())) == ["TLV-ORDER: framing (left out)"]
    assert ways("X", question, Accepted(wire()[:31])) == ["TLV-STANDARD: framing"]


def test_a_split_begins_where_the_value_should() -> None:
    value = b"\xf0" * 300
    question = encode((200, b"abc"), (200, value))
    pieces = b"\xc8\x03abc" + b"\xc8\x96" + value[:150] + b"\xc8\x96" + value[150:]
    assert ways("X", question, Accepted(framed(pieces))) == ["TLV-SHORTEST: framing"]
    # What stands before it is none of its pieces: 200 and 100 bytes would be 300.
    question = encode((200, b"\xf0" * 200), (200, value))
    others = b"\xc8\xc8" + b"\xf0" * 200 + b"\xc8\x64" + b"\xf0" * 100
    assert ways("X", question, Accepted(framed(others + b"\xc8\xff" + b"\xf0" * 255))) != [
        "TLV-SHORTEST: framing"
    ]


def test_another_size_is_that_of_the_same_type_at_the_same_place() -> None:
    question = encode((200, b"\xf0" * 40))
    shorter = framed(b"\xc8\x27" + b"\xf0" * 39)
    other = framed(b"\xc9\x27" + b"\xf0" * 39)
    assert ways("X", question, Accepted(shorter)) == ["REG-SIZE: framing"]
    assert ways("X", question, Accepted(other)) == ["TLV-STANDARD: framing"]


def test_bytes_of_any_size_can_be_in_another_order() -> None:
    for size in (2, 3, 4, 20):
        data = bytes(range(1, size + 1))
        assert _kind_of_bytes(data, data[::-1]) == "byte order"
        assert _kind_of_bytes(data, data[:-1]) == ""


def test_a_type_that_is_not_claimed_is_nothing_special_and_has_no_fields() -> None:
    trades = REGISTRY.restricted_to([1])
    read, write = decode(wire((200, b"a"))), encode((200, b"a"), (1, TRADE))
    (finding,) = judge(
        *("TLV-TRUNCATED", read, expect(read, trades), Rejected("TruncatedTLV")),
        *(frozenset(Capability), trades),
    )
    assert finding.requirement == "TLV-TRUNCATED"
    for request, outcome, said in (
        (read, Rejected("ParseError"), ("MSG-TRAILING", "refuses ParseError")),
        (write, Rejected("ValueOutOfRange", field="price"), ("LAYOUT-TRADE", "Trade.price")),
        (write, Rejected("ValueOutOfRange"), ("ERR-RANGE", "refuses ValueOutOfRange")),
    ):
        right = expect(request, trades)
        (finding,) = judge("X", request, right, outcome, frozenset(Capability), trades)
        first = finding.ways[0]
        assert (first.requirement, first.subject) == said


def test_what_differs_in_a_type_that_is_not_claimed_is_about_opaque_bytes() -> None:
    trades = REGISTRY.restricted_to([1])
    read = decode(wire((200, b"a")))
    for answer, subject in (
        (message((201, b"a")), "type of REG-OPAQUE"),
        (message((200, b"b")), "framing"),
    ):
        right = expect(read, trades)
        (finding,) = judge("X", read, right, Accepted(answer), frozenset(Capability), trades)
        assert finding.ways == (Deviation("REG-OPAQUE", subject),)


# How much of a large answer is looked at.


def of_values(expected: Any, got: Any) -> list[str]:
    found = attribution.of_values("X", decode(), expected, got, REGISTRY)
    return [way.subject for way in found]


def test_sixty_four_deviations_of_an_answer_are_kept_apart() -> None:
    right = {f"field{n}": 7 for n in range(66)}
    wrong = dict.fromkeys(right, 9)
    found = of_values({"header": right, "tlvs": []}, {"header": wrong, "tlvs": []})
    assert found == [f"header.field{n}" for n in range(64)]


@pytest.mark.parametrize(("count", "is_seen"), [(1999, True), (2000, False)])
def test_two_thousand_differences_are_looked_at(count: int, *, is_seen: bool) -> None:
    def made(value: bytes, flags: int) -> dict[str, Any]:
        return {"tlvs": [{"type": 200, "value": value}] * count, "header": {"flags": flags}}

    assert of_values(made(b"a", 0), made(b"b", 1)) == ["framing", "header.flags"][: 1 + is_seen]


@pytest.mark.parametrize(("index", "is_found"), [(63, True), (64, False)])
def test_sixty_four_tlvs_are_looked_at_for_one_that_stands_elsewhere(
    index: int, *, is_found: bool
) -> None:
    right = message(*((200 + n % 50, bytes([n])) for n in range(66)))
    wrong = copy.deepcopy(right)
    wrong["tlvs"][0]["value"] = right["tlvs"][index]["value"]
    wrong["tlvs"][0]["type"] = right["tlvs"][index]["type"]
    found = attribution.of_values("X", decode(), right, wrong, REGISTRY)
    assert ({one.requirement for one in found} == {"TLV-ORDER"}) is is_found


def test_only_the_first_tlv_that_differs_says_that_one_stands_elsewhere() -> None:
    right = message((200, b"a"), (200, b"b"), (200, b"c"))
    wrong = message((200, b"x"), (200, b"c"), (200, b"c"))
    (found,) = attribution.of_values("X", decode(), right, wrong, REGISTRY)
    assert found.requirement == "REG-OPAQUE"


@pytest.mark.parametrize(("count", "is_less"), [(4095, True), (4096, False)])
def test_four_thousand_tlvs_are_counted_to_see_whether_one_is_missing(
    count: int, *, is_less: bool
) -> None:
    question = encode(*[(200, b"")] * (count + 1))
    answer = bytes(32) + b"\xc8\0" * count
    assert attribution.leaves_out_tlvs(question, answer) is is_less


OPAQUE = ["REG-OPAQUE: refuses ParseError of opaque types"]


def test_padding_that_is_not_looked_at_is_one_thing() -> None:
    assert ways("X", decode(PADDED), trade()) == ["PAD-DECODE: check padding"]
    assert "PAD-DECODE: check padding" in ways("X", decode(PADDED + b"\0"), trade())


POOL = {"timestamp_ns": 9, "reserves": [1], "pool_address": bytes(20), "venue": 0}
NO_HARD = {**TRADE, "price": 2}
REFUSED: dict[str, tuple[str, Request, Outcome, list[str]]] = {
    "the longest value in extended framing": (
        "X",
        decode(framed(extended(200, bytes(255)))),
        Rejected("ParseError"),
        ["TLV-ANY-EXTENDED: refuses ParseError of long framing", *OPAQUE],
    ),
    "the longest value in standard framing": (
        "X",
        decode(framed(b"\xc8\xff" + bytes(255))),
        Rejected("ParseError"),
        [*OPAQUE],
    ),
    "a case about values": (
        "VAL-STRUCTURAL",
        decode(),
        Rejected("ParseError"),
        ["VAL-STRUCTURAL: refuses ParseError of Trade"],
    ),
    "another kind that is long": (
        "X",
        decode(),
        Rejected("K" * 50),
        [f"LAYOUT-TRADE: refuses {'K' * 40} of Trade"],
    ),
    "a long kind in the place of another": (
        "X",
        decode(put(ONE_TRADE, 0, b"\0")),
        Rejected("K" * 50),
        [
            f"HDR-MAGIC: header.magic (named {'K' * 40})",
            f"CHK-VERIFY: check ChecksumMismatch (named {'K' * 40})",
        ],
    ),
    "negative numbers are no matter of other kinds": (
        "X",
        encode((1, TRADE)),
        Rejected("UnknownSource"),
        ["HDR-SOURCE: header.source (refused)"],
    ),
    "no field of that name": (
        "X",
        encode((10, POOL), (200, b"a")),
        Rejected("ValueOutOfRange", field="XX"),
        ["ERR-RANGE: refuses ValueOutOfRange"],
    ),
    "a number in a list that could not be below zero": (
        "X",
        encode((10, {**POOL, "reserves": [200]})),
        Rejected("ValueOutOfRange"),
        ["ERR-RANGE: refuses ValueOutOfRange"],
    ),
    "a byte of 128": (
        "X",
        encode((200, b"a"), (1, {**NO_HARD, "asset_type": 128, "reserved": 127})),
        Rejected("ValueOutOfRange"),
        [
            "ERR-RANGE: refuses ValueOutOfRange (one of)",
            "LAYOUT-TRADE: Trade.asset_type (range)",
        ],
    ),
    "of what lies within another only what is negative": (
        "X",
        encode((3, {**BOOK, "bids": [{**LEVEL, "price": -1, "size": 200}]})),
        Rejected("ValueOutOfRange"),
        [
            "ERR-RANGE: refuses ValueOutOfRange (one of)",
            "LAYOUT-ORDERBOOK: OrderBook.bids.price (range)",
        ],
    ),
    "of what follows what is cut off nothing is known": (
        "REG-SIZE",
        decode(framed(b"\x01'" + TRADE_BYTES[:-1] + b"\xff")),
        Accepted(message()),
        [
            "TLV-TRUNCATED: check TruncatedTLV",
            "REG-SIZE: check PayloadSizeMismatch",
        ],
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_attributed_to_what_is_refused(what: str) -> None:
    requirement, request, outcome, wanted = REFUSED[what]
    assert sorted(ways(requirement, request, outcome)) == sorted(wanted)


OPAQUE_FRAMES: dict[str, tuple[bytes, str]] = {
    # What was written for forty bytes of type 200, and what it is about.
    "another length, the same bytes": (b"\xc8\x27" + b"\xf0" * 40, "TLV-STANDARD"),
    "no length": (b"\xc8", "TLV-STANDARD"),
    "the longest value": (b"\xc8\xff" + b"\xf0" * 255, "REG-SIZE"),
    "extended though it is short": (extended(200, b"\xf0" * 39), "TLV-STANDARD"),
    "pieces that fall short by a byte": (
        b"\xc8\x14" + b"\xf0" * 20 + b"\xc8\x13" + b"\xf0" * 19 + b"\xc8",
        "TLV-STANDARD",
    ),
}


@pytest.mark.parametrize("what", OPAQUE_FRAMES)
def test_what_is_framed_wrong_says_how(what: str) -> None:
    payload, requirement = OPAQUE_FRAMES[what]
    question = encode((200, b"\xf0" * 40))
    assert ways("X", question, Accepted(framed(payload))) == [f"{requirement}: framing"]


def test_a_size_is_another_one_only_at_its_own_place() -> None:
    question = encode((201, b"abc"), (200, b"\xf0" * 40))
    turned = framed(b"\xc8\x03abc" + b"\xc9\x28" + b"\xf0" * 40)
    assert ways("X", question, Accepted(turned)) == ["TLV-STANDARD: framing"]


def test_of_bytes_of_another_length_only_the_first_that_differ_are_compared() -> None:
    changed = put(put(ONE_TRADE, 42, b"\x09"), 71, b"\x07")
    question = encode((1, TRADE))
    assert len(ways("X", question, Accepted(changed))) == 2
    assert len(ways("X", question, Accepted(changed + b"\0"))) == 1


def test_what_is_read_and_written_again_may_be_less_of_what_was_wrong() -> None:
    two = framed(b"\x01'" + TRADE_BYTES[:-1] + b"\xc8\x01a")
    assert ways("REG-SIZE", again(two), Accepted(wire())) == ["REG-SIZE: check PayloadSizeMismatch"]


def test_a_rule_is_looked_for_in_the_types_that_are_claimed() -> None:
    trades = REGISTRY.restricted_to([1])
    request = validated(wire((200, b"a"), (1, {**TRADE, "price": 2})))
    refusal = Rejected("ValidationFailed", field="price")
    right = expect(request, trades)
    (finding,) = judge("X", request, right, refusal, frozenset(Capability), trades)
    assert "LAYOUT-TRADE" in {way.requirement for way in finding.ways}


def test_what_is_as_long_as_it_should_be_leaves_nothing_out() -> None:
    question = encode((200, b"abc"), (200, b"x"))
    assert ways("X", question, Accepted(framed(b"\xc8\x06abcdef"))) == ["REG-SIZE: framing"]
