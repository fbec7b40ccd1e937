"""The measured loops of section 9 that work in batches: 4,096 messages at once, by columns.

Contract: as `throughput.py`; a workload that is not here is measured there, one by one, and so
are all latencies.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from torq_conformance.reference import throughput
from torq_conformance.reference.columns import Shape
from torq_conformance.reference.instrument_id import STOCK

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Numbers = npt.NDArray[np.uint64]
    Batch = Callable[[slice], tuple[Numbers, int]]

BLOCK = 64
"""Books that are made at once: they stay in the second-level cache."""

CHECKSUM_ROW = throughput.ROWS["ChecksumMismatch"]
VENUE = 2


def measure(codec: throughput.Codec, workload: str, count: int) -> dict[str, int] | None:
    """Do count calls of a workload; None for one that is not done in batches."""
    prepared = prepare(codec, workload)
    if prepared is None:
        return None
    batch, size = prepared
    digest = done = refused = 0
    weights = np.arange(1, size + 1, dtype=np.uint64)
    started_ns = perf_counter_ns()
    while done < count:
        at = done % throughput.ITEM_COUNT
        taken = min(size, count - done)
        results, wrong = batch(slice(at, at + taken))
        digest += int((results * weights[:taken]).sum()) + done * int(results.sum())
        refused += wrong
        done += taken
    elapsed_ns = perf_counter_ns() - started_ns
    told = {
        "operations": count - refused,
        "elapsed_ns": elapsed_ns,
        "digest": digest & throughput.U64,
    }
    # Who waits for one message waits for one call, not for a batch.
    one_by_one = throughput.prepare(codec, workload, throughput.LATENCY_ITEMS)
    return told | throughput.latencies(*one_by_one)


def prepare(codec: throughput.Codec, workload: str) -> tuple[Batch, int] | None:
    """What gives the results of a slice of the items, and how many at once; None as above."""
    if workload == "instrument_id":
        symbols = [throughput.symbol(item) for item in range(throughput.ITEM_COUNT)]
        return _converting(np.array(symbols, "S8")), throughput.ITEM_COUNT
    if workload == "build":
        return _building(Shape(3, 42, throughput.ORDER_STATUS, 24), _sent(codec, 0)), 4096
    if workload == "parse":
        items, _ = throughput.prepare(codec, workload)
        return _parsing(np.frombuffer(b"".join(items), np.uint8).reshape(-1, 58)), 4096
    match = throughput.ORDER_BOOK_WORKLOAD.fullmatch(workload)
    levels = int(match["levels"] or throughput.LEVEL_COUNT_MAX) if match else 0
    if match is None or not 1 <= levels <= throughput.LEVEL_COUNT_MAX:
        return None
    shape = Shape(1, 2, throughput.ORDER_BOOK, 6200)
    rows = _sent(codec, levels)
    return (_building if match["direction"] == "build" else _parsing_books)(shape, rows), BLOCK


def _sent(codec: throughput.Codec, levels: int) -> npt.NDArray[np.uint8]:
    data = [codec.encode(message) for message in throughput.messages(levels)]
    return np.frombuffer(b"".join(data), np.uint8).reshape(len(data), -1)


def _building(shape: Shape, rows: npt.NDArray[np.uint8]) -> Batch:
    """Messages from columns of header fields and values; room for them is made once."""
    found = shape.columns(rows)
    names = ("flags", "sequence", "timestamp", "value")
    columns = {name: np.ascontiguousarray(found[name]) for name in names}
    room = shape.rows(throughput.ITEM_COUNT if shape.size < 256 else BLOCK)
    size = np.uint64(shape.size << 32)

    def batch(items: slice) -> tuple[Numbers, int]:
        made = room[: items.stop - items.start]
        fields = shape.columns(made)
        for name, column in columns.items():
            fields[name] = column[items]
        shape.seal(made)
        return fields["checksum"].astype(np.uint64) + size, 0

    return batch


def _parsing(rows: npt.NDArray[np.uint8]) -> Batch:
    shape = Shape(3, 42, throughput.ORDER_STATUS, 24)
    framing = np.uint64(throughput.ORDER_STATUS + (24 << 8))

    def batch(items: slice) -> tuple[Numbers, int]:
        read = rows[items]
        right = shape.are_right(read)
        fields = shape.columns(read)
        tail = np.ascontiguousarray(read[:, -8:]).view("<u8").ravel()
        results = fields["sequence"] + fields["timestamp"] + framing + tail
        wrong = len(read) - int(np.count_nonzero(right))
        if wrong:
            results[~right] = CHECKSUM_ROW
        return results, wrong

    return batch


_BOOK = np.dtype(
    {
        "names": ["bid_count", "bids", "ask_count", "asks"],
        "formats": ["<u2", ("<i8", (128, 3)), "<u2", ("<i8", (128, 3))],
        "offsets": [24, 32, 3104, 3112],
        "itemsize": 6200,
    }
)
"""The vectors of section 5's OrderBook; a level is three words: price, size, count and reserved."""


def _parsing_books(shape: Shape, rows: npt.NDArray[np.uint8]) -> Batch:
    """Books are looked at where they lie: counts and free slots are checked, nothing is copied."""

    def batch(items: slice) -> tuple[Numbers, int]:
        read = rows[items]
        right = shape.are_right(read)
        book = _books(shape, read)
        results = shape.columns(read)["sequence"].astype(np.uint64)
        for side in ("bid", "ask"):
            counts, levels = book[f"{side}_count"], book[f"{side}s"]
            right &= _are_vectors(counts, levels)
            last = levels[np.arange(len(read)), np.minimum(counts, 128) - 1]
            results += (last[:, 0] + last[:, 1]).astype(np.uint64) + counts.astype(np.uint64)
        if not right.all():
            raise ValueError("a book of the workload is not right")
        return results, 0

    return batch


def _books(shape: Shape, rows: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    whole = np.dtype(
        {"names": ["a"], "formats": [_BOOK], "offsets": [shape.start], "itemsize": shape.size}
    )
    book: npt.NDArray[Any] = rows.reshape(-1).view(whole)["a"]
    return book


def _are_vectors(counts: Any, levels: Any) -> Any:
    """Whether counts fit and slots behind them are zero, for books of one depth at once."""
    depth = int(counts[0])
    if depth > 128 or (counts != depth).any():
        return np.zeros(len(counts), bool)
    return ~levels[:, depth:].any(axis=(1, 2))


def _converting(symbols: npt.NDArray[np.bytes_]) -> Batch:
    """stock, cache_key and from_cache_key on columns: the key is two words, for it has 96 bits."""

    def batch(items: slice) -> tuple[Numbers, int]:
        asset = symbols[items].view(">u8").astype(np.uint64)
        venue = np.full(len(asset), VENUE, np.uint64)
        upper = venue << np.uint64(16) | np.uint64(STOCK << 8)
        back_venue, back_asset = upper >> np.uint64(16), asset
        return asset + upper + back_asset + back_venue, 0

    return batch
