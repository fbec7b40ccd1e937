"""A vendor's module: two TLVs of its own, and implementations that know them, right and wrong."""

from __future__ import annotations

from typing import Any

from torq_conformance.reference import Reference
from torq_specs.market_data import OrderLevel
from torq_specs.registry import vendor
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, address, i64, u8, u16, u32

FundingRate = Declaration(
    "FundingRate",
    "The funding rate of a perpetual future.",
    Field("rate", i64, "rate per interval", unit="1e-8"),
    Field("interval_s", u32, "length of the interval", unit="s"),
    Field("venue_id", u16, "where it trades"),
    Field("kind", u8, "how it was measured"),
    Zeros(1),
    Field("contract", address, "contract of the future"),
    provenance="vendor",
)

ShortBook = Declaration(
    "ShortBook",
    "The four best levels.",
    Field("levels", FixedVec(OrderLevel, 4), "levels, best first"),
    provenance="vendor",
)

TLVS = [vendor(201, FundingRate, 48), vendor(254, ShortBook, 104)]

LAYOUTS = {
    201: (
        "FundingRate",
        "rate i64, interval_s u32, venue_id u16, kind u8, pad 1, contract address",
    ),
    254: ("ShortBook", "levels FixedVec<OrderLevel,4>"),
}


class Right(Reference):
    """Knows both types."""

    def __init__(self) -> None:
        super().__init__(vendor_layouts=LAYOUTS)


class Wrong(Right):
    """LAYOUT-FUNDINGRATE: reads the rate without its sign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 201:
                tlv["value"]["rate"] %= 1 << 64
        return message
