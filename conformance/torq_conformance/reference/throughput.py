"""Section 9: the throughput work, done with the reference codec.

Contract: the messages or values are prepared before the clock starts, 256 distinct ones (16 order
books) that are used in turn; every operation folds its result into the digest, so no operation can
be left out. The digest of a workload and a count is always the same.
"""

from __future__ import annotations

import re
import zlib
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Protocol

from torq_conformance.reference.instrument_id import cache_key, from_cache_key, stock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    class Codec(Protocol):
        """What is measured."""

        def encode(self, message: Mapping[str, Any]) -> bytes:
            """Return the bytes of a message value."""

        def decode(self, data: bytes) -> dict[str, Any]:
            """Return the message value of a byte string."""

    Work = tuple[Sequence[Any], Callable[[Any, int], int]]

ITEM_COUNT = 256
BOOK_COUNT = 16

LEVEL_COUNT_MAX = 128
"""Section 5, OrderBook: "MAX_ORDER_LEVELS = 128". Taken when the workload states no levels."""

ORDER_STATUS = 41
"""An opaque type of 24 bytes, as build and parse ask for, of the Execution domain."""

_ORDER_BOOK_WORKLOAD = re.compile(r"order_book_(?P<direction>build|parse)(?:_(?P<levels>\d+))?")


def measure(reference: Codec, workload: str, count: int) -> dict[str, int]:
    """Do count operations of a workload and return operations, elapsed_ns and digest.

    Workloads: build, parse, instrument_id, order_book_build, order_book_parse; the last two may
    say the levels of a side, 1 to 128, as in order_book_build_64. Raises ValueError for others.
    """
    items, operate = _prepare(reference, workload)
    digest = 0
    started_ns = perf_counter_ns()
    for item in islice(cycle(items), count):
        digest = operate(item, digest)
    elapsed_ns = perf_counter_ns() - started_ns
    return {"operations": count, "elapsed_ns": elapsed_ns, "digest": digest}


def _prepare(reference: Codec, workload: str) -> Work:
    if workload == "instrument_id":
        # Section 9: stock("AAPL"); the venues make the operations distinct.
        return range(ITEM_COUNT), _convert_stock
    if workload in ("build", "parse"):
        messages = [_make_order_status(index) for index in range(ITEM_COUNT)]
        return _prepare_direction(reference, workload, messages, _fold_order_status)
    match = _ORDER_BOOK_WORKLOAD.fullmatch(workload)
    levels = int(match["levels"] or LEVEL_COUNT_MAX) if match else 0
    if match is None or not 1 <= levels <= LEVEL_COUNT_MAX:
        raise ValueError(f"{workload!r} is no workload of section 9")
    messages = [_make_order_book(index, levels) for index in range(BOOK_COUNT)]
    return _prepare_direction(reference, match["direction"], messages, _fold_order_book)


def _prepare_direction(
    reference: Codec,
    direction: str,
    messages: Sequence[dict[str, Any]],
    fold: Callable[[dict[str, Any], int], int],
) -> Work:
    if direction == "build":
        return messages, lambda message, digest: zlib.crc32(reference.encode(message), digest)
    data = [reference.encode(message) for message in messages]
    return data, lambda item, digest: fold(reference.decode(item), digest)


def _convert_stock(venue: int, digest: int) -> int:
    instrument_id = from_cache_key(cache_key(stock(venue, "AAPL")))
    return _fold(digest, instrument_id["asset_id"] + instrument_id["venue"])


def _fold_order_status(message: dict[str, Any], digest: int) -> int:
    return zlib.crc32(message["tlvs"][0]["value"], digest)


def _fold_order_book(message: dict[str, Any], digest: int) -> int:
    book = message["tlvs"][0]["value"]
    return _fold(digest, book["bids"][-1]["price"] + book["asks"][-1]["size"])


def _fold(digest: int, result: int) -> int:
    return (digest * 31 + result) & 0xFFFF_FFFF


def _make_order_status(index: int) -> dict[str, Any]:
    return _make_message(3, 42, index, ORDER_STATUS, bytes((index + i) & 0xFF for i in range(24)))


def _make_order_book(index: int, levels: int) -> dict[str, Any]:
    price = 4_500_000_000_000 + index * 1_000_000
    book = {
        "timestamp_ns": 1_700_000_000_000_000_000 + index,
        "sequence": index,
        "precision_factor": 100_000_000,
        "bids": [_make_level(price - i * 1_000, i) for i in range(1, levels + 1)],
        "asks": [_make_level(price + i * 1_000, i) for i in range(1, levels + 1)],
        "asset_id": index,
        "venue_id": 101,
        "asset_type": 51,
        "reserved": 0,
    }
    return _make_message(1, 2, index, 3, book)


def _make_level(price: int, index: int) -> dict[str, int]:
    return {"price": price, "size": index * 100_000_000, "order_count": index, "reserved": 0}


def _make_message(
    relay_domain: int, source: int, sequence: int, tlv_type: int, value: object
) -> dict[str, Any]:
    header = {
        "relay_domain": relay_domain,
        "version": 1,
        "source": source,
        "flags": 0,
        "sequence": sequence,
        "timestamp": 1_700_000_000_000_000_000 + sequence,
    }
    return {"header": header, "tlvs": [{"type": tlv_type, "value": value}]}
