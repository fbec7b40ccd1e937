"""The 32-byte header that every message starts with (section 2)."""

from __future__ import annotations

from torq_specs.differences import Difference
from torq_specs.enums import Magic, RelayDomain, Source, Version
from torq_specs.wire import Declaration, EnumOf, Field, u8, u32, u64

HEADER_SIZE = 32
"""Bytes of the header; payload_size counts what follows them."""

MESSAGE_SIZE_MAX = 1_048_576
"""Bytes that a whole message may have, header included."""

Header = Declaration(
    "Header",
    "What a message is, who sent it, and how to tell that it arrived whole.",
    Field("magic", EnumOf(u32, Magic), "marks a Torq message", values=Magic, derived=True),
    Field("relay_domain", EnumOf(u8, RelayDomain), "which relay carries it", values=RelayDomain),
    Field("version", EnumOf(u8, Version), "protocol version", values=Version),
    Field("source", EnumOf(u8, Source), "the service that sent it", values=Source),
    Field("flags", u8, "carried through unchanged; all 256 values are legal"),
    Field("sequence", u64, "the sender's message number"),
    Field("timestamp", u64, "when it was sent", unit="ns since the Unix epoch"),
    Field("payload_size", u32, "bytes after the header", unit="bytes", derived=True),
    Field(
        "checksum",
        u32,
        "CRC-32/ISO-HDLC over bytes 0..27 followed by bytes 32..end; these four are left out",
        derived=True,
    ),
    provenance="S",
    differs=(
        Difference(
            "relay_domain",
            "1 to 4",
            "libs/types, which its builder writes with, counts from 0 to 3, codec and relays from "
            "1 to 4: its relay drops the market data of its own builder",
            "libs/types, libs/codec/src/protocol/relay_domain.rs, libs/messaging/relays",
        ),
        Difference(
            "source",
            "the codec's list, closed",
            "libs/types has 2 Coinbase, 3 Kraken, 20 ExecutionEngine and more; no parser looks at "
            "it",
            "libs/types, libs/codec/src/protocol/source_type.rs",
        ),
        Difference(
            "checksum 0",
            "a wrong checksum like any other",
            '"not calculated": the fast builder always writes 0, and validators let it pass',
            "libs/codec/src/builder.rs, libs/codec/src/validation/checksum.rs",
        ),
    ),
)
