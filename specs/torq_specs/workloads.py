"""The throughput work of section 9: what one operation is, and the published rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """One workload; rates are operations per second of one thread, 0 where none is published.

    ``floor`` is what the protocol promises, ``measured`` what its reference system reached where
    the promise was made, ``best`` the best figure that was ever reported.
    """

    name: str
    operation: str
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
            floor=1_000_000,
            measured=1_097_624,
            best=5_561_735,
        ),
        Workload(
            "parse",
            "header, checksum and TLV framing of that message",
            floor=1_600_000,
            measured=1_643_779,
            best=8_979_014,
        ),
        Workload(
            "instrument_id",
            'stock("AAPL"), its cache_key, and back with from_cache_key',
            floor=19_000_000,
            measured=19_796_915,
            best=117_164_616,
        ),
        Workload("order_book_build", "a whole OrderBook message; below a microsecond"),
        Workload("order_book_parse", "the same message read"),
    )
}
"""Every workload by its name."""

CLAIMS: Mapping[str, str] = {
    "latency": "below 35 microseconds on the hot path, at the 99th percentile",
    "allocations": "none per message on the hot path",
    "memory": "below 50 MB resident",
    "regression": "at most 1 % from one version to the next",
}
"""What the protocol promises beside rates."""
