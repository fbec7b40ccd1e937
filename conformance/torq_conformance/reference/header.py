"""Section 2 as tables: what a message header may say, and how large a message may be."""

from __future__ import annotations

import struct
from operator import itemgetter

from torq_conformance.reference.crc import crc32

MAGIC = 0xDEADBEEF
"""Section 2: "on the wire EF BE AD DE"."""

MESSAGE_SIZE_MAX = 1_048_576
"""Section 2: "A whole message is at most 1,048,576 bytes", header included."""

HEADER = struct.Struct("<IBBBBQQII")
"""magic, relay_domain, version, source, flags, sequence, timestamp, payload_size, checksum."""

HEADER_WITHOUT_CHECKSUM = struct.Struct("<IBBBBQQI")
"""Bytes 0..27. Section 2: "the four checksum bytes are left out, not zeroed"."""

HEADER_SIZE = HEADER.size
CHECKSUM_OFFSET = HEADER_WITHOUT_CHECKSUM.size

RELAY_DOMAINS = {1: "MarketData", 2: "Signal", 3: "Execution", 4: "System"}

VERSIONS = frozenset({1})

SOURCES = {
    1: "BinanceCollector",
    2: "KrakenCollector",
    3: "CoinbaseCollector",
    4: "PolygonCollector",
    5: "GeminiCollector",
    20: "ArbitrageStrategy",
    21: "MarketMaker",
    22: "TrendFollower",
    23: "KrakenSignalStrategy",
    40: "PortfolioManager",
    41: "RiskManager",
    42: "ExecutionEngine",
    60: "Dashboard",
    61: "MetricsCollector",
    62: "StateManager",
    80: "MarketDataRelay",
    81: "SignalRelay",
    82: "ExecutionRelay",
}

FIELD_MAXIMA = {
    "relay_domain": 2**8 - 1,
    "version": 2**8 - 1,
    "source": 2**8 - 1,
    "flags": 2**8 - 1,
    "sequence": 2**64 - 1,
    "timestamp": 2**64 - 1,
}
"""What the types of the header fields that are part of a message value can hold."""

take_fields = itemgetter(*FIELD_MAXIMA)
"""Return the fields of a header value in this order."""


def calculate_checksum(header_without_checksum: bytes, payload: bytes) -> int:
    """Return the checksum of section 2 over bytes 0..27 followed by the payload."""
    return crc32(payload, crc32(header_without_checksum))
