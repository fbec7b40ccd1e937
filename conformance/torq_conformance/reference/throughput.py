"""Section 9: the throughput work, done with the reference codec.

Contract: the 4,096 items of a workload are prepared before the clock starts and used in turn; call
k, from 0 on, adds (k + 1) times its result to the digest, so none can be left out. A message that
is refused adds the row of its refusal and is no operation, except where refusals are the work.
"""

from __future__ import annotations

import functools
import re
import zlib
from contextlib import suppress
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Protocol

from torq_conformance.reference.instrument_id import cache_key, from_cache_key, stock
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    class Codec(Protocol):
        """What is measured."""

        def encode(self, message: Mapping[str, Any]) -> bytes:
            """Return the bytes of a message value."""

        def decode(self, data: bytes) -> dict[str, Any]:
            """Return the message value of a byte string."""

        def validate(self, message: Mapping[str, Any]) -> Sequence[str]:
            """Return the paths of the fields that break a rule."""

    Work = tuple[Sequence[Any], Callable[[Any], int]]

ITEM_COUNT = 4096
LATENCY_COUNT, LATENCY_NS, LATENCY_ITEMS = 2000, 20_000_000, 64
PERCENTILES = {"p50_ns": 500, "p99_ns": 990, "p999_ns": 999}
"""In thousandths."""
BOOK_SIDES = 16
LEVEL_COUNT_MAX = 128
"""Section 5, OrderBook: "MAX_ORDER_LEVELS = 128". Taken when the workload states no levels."""

TRADE, ORDER_BOOK, ORDER_STATUS = 1, 3, 41
EPOCH_NS = 1_700_000_000_000_000_000
U64 = 0xFFFF_FFFF_FFFF_FFFF

ROWS = {"ChecksumMismatch": 7, "TruncatedTLV": 8, "InvalidTLVType": 10, "ParseError": 17}
"""Rows of the table in section 6 of what the work meets, with the context that is a MUST."""

CONTEXT = {
    "ChecksumMismatch": ("expected", "actual", "message_size", "tlv_count"),
    "TruncatedTLV": ("buffer_size", "required_bytes", "tlv_type", "offset"),
    "InvalidTLVType": ("tlv_type", "offset"),
    "ParseError": ("offset",),
}

ORDER_BOOK_WORKLOAD = re.compile(r"order_book_(?P<direction>build|parse)(?:_(?P<levels>\d+))?")


def measure(reference: Codec, workload: str, count: int) -> dict[str, int]:
    """Do count calls of a workload and return operations, elapsed_ns and digest.

    Workloads: build, parse, instrument_id, validate, reject, order_book_build, order_book_parse;
    the last two may say the levels of a side, 1 to 128, as in order_book_build_64. Raises
    ValueError for others.
    """
    items, operate = prepare(reference, workload)
    digest = refused = 0
    started_ns = perf_counter_ns()
    for call, item in enumerate(islice(cycle(items), count), start=1):
        try:
            digest += call * operate(item)
        except Rejected as rejected:
            digest += call * ROWS.get(rejected.kind, 0)
            refused += 1
    elapsed_ns = perf_counter_ns() - started_ns
    told = {"operations": count - refused, "elapsed_ns": elapsed_ns, "digest": digest & U64}
    return told | latencies(items, operate)


def latencies(items: Sequence[Any], operate: Callable[[Any], int]) -> dict[str, int]:
    """Return p50_ns, p99_ns and p999_ns of single calls: 2,000, or as many as 20 ms hold.

    They come after the loop whatever its count, and are no part of its time.
    """
    times: list[int] = []
    ended_ns = started_ns = perf_counter_ns()
    for item in islice(cycle(items), LATENCY_COUNT):
        before_ns = perf_counter_ns()
        with suppress(Rejected):
            operate(item)
        ended_ns = perf_counter_ns()
        times.append(ended_ns - before_ns)
        if ended_ns - started_ns > LATENCY_NS:
            break
    times.sort()
    return {name: times[len(times) * share // 1000] for name, share in PERCENTILES.items()}


def prepare(reference: Codec, workload: str, count: int = ITEM_COUNT) -> Work:
    """Return the first items of a workload, and what gives the result of one."""
    if workload == "instrument_id":
        return [symbol(item) for item in range(count)], _convert_stock
    if workload == "validate":
        validate = reference.validate
        trades = [_trade(item) for item in range(count)]
        return trades, lambda trade: 1 + sum(map(len, validate(trade)))
    if workload == "reject":
        spoilt = [_spoil(data, item) for item, data in enumerate(_written(reference, count))]
        return spoilt, functools.partial(_refusal, reference)
    if workload in ("build", "parse"):
        levels, direction = 0, workload
    else:
        match = ORDER_BOOK_WORKLOAD.fullmatch(workload)
        levels = int(match["levels"] or LEVEL_COUNT_MAX) if match else 0
        if match is None or not 1 <= levels <= LEVEL_COUNT_MAX:
            raise ValueError(f"{workload!r} is no workload of section 9")
        direction = match["direction"]
    if direction == "build":
        return [*messages(levels, count)], functools.partial(_build, reference.encode)
    if levels:
        books = [reference.encode(book) for book in messages(levels, count)]
        return books, functools.partial(_parse_book, reference.decode)
    written = enumerate(_written(reference, count))
    data = [_flip(one) if item % 1024 == 777 else one for item, one in written]
    return data, functools.partial(_parse, reference.decode)


def _build(encode: Callable[[Mapping[str, Any]], bytes], message: Mapping[str, Any]) -> int:
    data = encode(message)
    return int.from_bytes(data[28:32], "little") + (len(data) << 32)


def _parse(decode: Callable[[bytes], dict[str, Any]], data: bytes) -> int:
    message = decode(data)
    header, tlv = message["header"], message["tlvs"][0]
    value: bytes = tlv["value"]
    framing: int = tlv["type"] + (len(value) << 8) + int.from_bytes(value[-8:], "little")
    return int(header["sequence"] + header["timestamp"] + framing) & U64


def _parse_book(decode: Callable[[bytes], dict[str, Any]], data: bytes) -> int:
    message = decode(data)
    book = message["tlvs"][0]["value"]
    bids, asks = book["bids"], book["asks"]
    bid, ask = bids[-1], asks[-1]
    ends = int(bid["price"]) + int(bid["size"]) + int(ask["price"]) + int(ask["size"])
    return int(message["header"]["sequence"]) + ends + len(bids) + len(asks)


def _convert_stock(symbol: str) -> int:
    key = cache_key(stock(2, symbol))
    back = from_cache_key(key)
    return int((key & U64) + (key >> 64) + back["asset_id"] + back["venue"]) & U64


def _refusal(reference: Codec, data: bytes) -> int:
    try:
        reference.decode(data)
    except Rejected as rejected:
        context: dict[str, Any] = rejected.context
        numbers = [int(context[name]) for name in CONTEXT[rejected.kind]]
        return (ROWS[rejected.kind] << 56) + sum(numbers)
    return 0


def _written(reference: Codec, count: int) -> Iterable[bytes]:
    return map(reference.encode, messages(0, count))


def messages(levels: int, count: int = ITEM_COUNT) -> Iterable[dict[str, Any]]:
    """The messages of the first items: books of so many levels a side, or OrderStatus for 0."""
    if not levels:
        return map(_order_status, range(count))
    sides = [_sides(number, levels) for number in range(BOOK_SIDES)]
    return (_order_book(item, *sides[item % BOOK_SIDES]) for item in range(count))


def _word(item: int, number: int) -> int:
    """Return splitmix64 of 8 * item + number."""
    z = (8 * item + number + 1) * 0x9E3779B97F4A7C15 & U64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & U64
    z = (z ^ z >> 27) * 0x94D049BB133111EB & U64
    return z ^ z >> 31


def _order_status(item: int) -> dict[str, Any]:
    value = b"".join(_word(item, number).to_bytes(8, "little") for number in (2, 3, 4))
    header = _header(3, 42, item & 0xFF, _word(item, 0), _word(item, 1))
    return {"header": header, "tlvs": [{"type": ORDER_STATUS, "value": value}]}


def _trade(item: int) -> dict[str, Any]:
    price = 1 + _word(item, 1) % 2**40
    trade = {
        "asset_id": _word(item, 0),
        "price": -price if item % 16 == 15 else price,
        "volume": 1 + _word(item, 2) % 2**40,
        "execution_timestamp_ns": _word(item, 3),
        "venue_id": 101,
        "asset_type": 51,
        "reserved": 0,
        "side": 2 if item % 16 == 7 else _word(item, 4) % 2,
    }
    return _market_data(item, TRADE, trade)


def _order_book(
    item: int, bids: list[dict[str, int]], asks: list[dict[str, int]]
) -> dict[str, Any]:
    book = {
        "timestamp_ns": EPOCH_NS + item,
        "sequence": item,
        "precision_factor": 100_000_000,
        "bids": bids,
        "asks": asks,
        "asset_id": item,
        "venue_id": 101,
        "asset_type": 51,
        "reserved": 0,
    }
    return _market_data(item, ORDER_BOOK, book)


def _sides(number: int, levels: int) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    price = 4_500_000_000_000 + number * 1_000_000
    bids = [_level(price - k * 1_000, k) for k in range(1, levels + 1)]
    return bids, [_level(price + k * 1_000, k) for k in range(1, levels + 1)]


def _level(price: int, k: int) -> dict[str, int]:
    return {"price": price, "size": k * 100_000_000, "order_count": k, "reserved": 0}


def _market_data(item: int, tlv_type: int, value: dict[str, Any]) -> dict[str, Any]:
    header = _header(1, 2, 0, item, EPOCH_NS + item)
    return {"header": header, "tlvs": [{"type": tlv_type, "value": value}]}


def _header(
    relay_domain: int, source: int, flags: int, sequence: int, timestamp: int
) -> dict[str, int]:
    return {
        "relay_domain": relay_domain,
        "version": 1,
        "source": source,
        "flags": flags,
        "sequence": sequence,
        "timestamp": timestamp,
    }


def symbol(item: int) -> str:
    """Return the symbol of an item of instrument_id: AAPL, and then every 111th."""
    number = (15 * 26 + 11 + 111 * item) % 26**4
    return "".join(chr(ord("A") + number // 26**place % 26) for place in (3, 2, 1, 0))


def _spoil(data: bytes, item: int) -> bytes:
    match item % 4:
        case 0:
            return _flip(data)
        case 1:
            return _sealed(data[:24] + (len(data) - 33).to_bytes(4, "little") + data[28:-1])
        case 2:
            return _sealed(data[:32] + b"\0" + data[33:])
        case _:
            return _sealed(data + b"\0")


def _flip(data: bytes) -> bytes:
    return data[:28] + bytes([data[28] ^ 1]) + data[29:]


def _sealed(data: bytes) -> bytes:
    checksum = zlib.crc32(data[32:], zlib.crc32(data[:28]))
    return data[:28] + checksum.to_bytes(4, "little") + data[32:]
