"""The throughput work of section 9: operations, their messages, their results, published rates.

A measured loop takes the ``ITEM_COUNT`` items of a workload in turn. Call k of the loop, from 0 on,
has the result r(k), an integer of 64 bits; the digest is the sum of (k + 1) * r(k) modulo 2^64.
It can be kept by many cores or lanes, and no call can be left out of it or made twice.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Workload:
    """One workload; rates are operations per second of one thread, 0 where none is published.

    ``result`` says what r(k) is. ``floor`` is what the protocol promises, ``measured`` what its
    reference system reached where the promise was made, ``best`` the best that was ever reported.
    """

    name: str
    operation: str
    result: str
    floor: int = 0
    measured: int = 0
    best: int = 0


LEVELS = (1, 16, 64, 128)
"""Levels a side at which books are built and parsed."""

WORKLOADS: Mapping[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload(
            "build",
            "a header and one opaque TLV of 24 bytes, checksum included",
            "the checksum, and the size of the message << 32",
            floor=1_000_000,
            measured=1_097_624,
            best=5_561_735,
        ),
        Workload(
            "parse",
            "header, checksum and TLV framing of that message",
            "sequence + timestamp + type + (length << 8) + the last 8 bytes of the value, "
            "little-endian; of a message that is refused the row of the kind in section 6",
            floor=1_600_000,
            measured=1_643_779,
            best=8_979_014,
        ),
        Workload(
            "instrument_id",
            'stock("AAPL"), its cache_key, and back with from_cache_key',
            "the lower and the upper 64 bits of the key + asset_id and venue of what comes back",
            floor=19_000_000,
            measured=19_796_915,
            best=117_164_616,
        ),
        Workload(
            "order_book_build",
            "a whole OrderBook message; below a microsecond",
            "as of build",
        ),
        Workload(
            "order_book_parse",
            "the same message read",
            "sequence + price and size of the last bid and of the last ask + how many there are",
        ),
        Workload(
            "validate",
            "the rules of section 8 on a Trade; one in eight breaks one",
            "1 + the lengths of all names that are given",
        ),
        Workload(
            "reject",
            "a message that must be refused, with its context",
            "the row of the kind in section 6 << 56 + all context that is a MUST, where "
            "error_context is claimed",
        ),
    )
}
"""Every workload by its name; those of books have the levels of a side behind it, as in _64."""

CLAIMS: Mapping[str, str] = {
    "latency": "below 35 microseconds on the hot path, at the 99th percentile",
    "allocations": "none per message on the hot path",
    "memory": "below 50 MB resident",
    "regression": "at most 1 % from one version to the next",
}
"""What the protocol promises beside rates."""

LATENCY_NS_MAX = 35_000
MEMORY_BYTES_MAX = 50_000_000
BOOK_BUILD_NS_MAX = 1_000
REGRESSION_MAX = 0.01

ITEM_COUNT = 4096
"""Distinct items of a workload: fewer of them, and caches and predictors know them by heart."""

BOOK_SIDES = 16
"""Different sides of books; books of the same sides differ in header, sequence and asset."""

REFUSED_AT = 777
"""Of 1,024 messages of parse, the one whose checksum has its lowest bit flipped."""

ORDER_STATUS, ORDER_BOOK, TRADE = 41, 3, 1
EPOCH_NS = 1_700_000_000_000_000_000

_MASK = (1 << 64) - 1


def names() -> tuple[str, ...]:
    """Every workload that can be asked for."""
    plain = [name for name in WORKLOADS if not name.startswith("order_book")]
    books = [name for name in WORKLOADS if name.startswith("order_book")]
    return (*plain, *(f"{name}_{levels}" for name in books for levels in LEVELS))


def workload_of(name: str) -> Workload:
    """The workload that a name belongs to, which may say levels; KeyError where there is none."""
    if name in WORKLOADS:
        return WORKLOADS[name]
    book, _, levels = name.rpartition("_")
    if book.startswith("order_book") and levels in map(str, LEVELS):
        return WORKLOADS[book]
    raise KeyError(name)


def word(item: int, number: int) -> int:
    """A number of 64 bits that looks random: splitmix64 of 8 * item + number."""
    z = (8 * item + number + 1) * 0x9E3779B97F4A7C15 & _MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def order_status(item: int) -> dict[str, Any]:
    """The message of build, parse and reject: three random words in an OrderStatus."""
    value = b"".join(word(item, number).to_bytes(8, "little") for number in (2, 3, 4))
    header = _header(3, 42, word(item, 0), word(item, 1), flags=item & 0xFF)
    return {"header": header, "tlvs": [{"type": ORDER_STATUS, "value": value}]}


def order_book(item: int, levels: int) -> dict[str, Any]:
    """The message of book workloads, with so many levels a side."""
    price = 4_500_000_000_000 + item % BOOK_SIDES * 1_000_000
    book = {
        "timestamp_ns": EPOCH_NS + item,
        "sequence": item,
        "precision_factor": 100_000_000,
        "bids": [_level(price - k * 1_000, k) for k in range(1, levels + 1)],
        "asks": [_level(price + k * 1_000, k) for k in range(1, levels + 1)],
        "asset_id": item,
        "venue_id": 101,
        "asset_type": 51,
        "reserved": 0,
    }
    header = _header(1, 2, item, EPOCH_NS + item)
    return {"header": header, "tlvs": [{"type": ORDER_BOOK, "value": book}]}


def trade(item: int) -> dict[str, Any]:
    """The message of validate: side 2 where item % 16 is 7, a price below 0 where it is 15."""
    price = 1 + word(item, 1) % (1 << 40)
    value = {
        "asset_id": word(item, 0),
        "price": -price if item % 16 == 15 else price,
        "volume": 1 + word(item, 2) % (1 << 40),
        "execution_timestamp_ns": word(item, 3),
        "venue_id": 101,
        "asset_type": 51,
        "reserved": 0,
        "side": 2 if item % 16 == 7 else word(item, 4) % 2,
    }
    header = _header(1, 2, item, EPOCH_NS + item)
    return {"header": header, "tlvs": [{"type": TRADE, "value": value}]}


def symbol(item: int) -> str:
    """The symbol of instrument_id: four letters, AAPL first and then every 111th."""
    number = (AAPL + 111 * item) % 26**4
    return "".join(string.ascii_uppercase[number // 26**place % 26] for place in (3, 2, 1, 0))


AAPL = 15 * 26 + 11
"""AAPL as a number whose digits are the letters from A to Z."""

SYMBOL_VENUE = 2
"""The venue of instrument_id: NASDAQ."""


def is_refused(item: int) -> bool:
    """Whether parse gets this item with a wrong checksum."""
    return item % 1024 == REFUSED_AT


def _header(
    relay_domain: int, source: int, sequence: int, timestamp: int, flags: int = 0
) -> dict[str, int]:
    return {
        "relay_domain": relay_domain,
        "version": 1,
        "source": source,
        "flags": flags,
        "sequence": sequence,
        "timestamp": timestamp,
    }


def _level(price: int, k: int) -> dict[str, int]:
    return {"price": price, "size": k * 100_000_000, "order_count": k, "reserved": 0}
