"""A vendor's module: three TLVs of its own, and implementations that know them, right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from torq_conformance import Rejected
from torq_conformance.reference import Reference
from torq_specs import (
    REGISTRY,
    AtLeast,
    Below,
    Declaration,
    DifferenceOf,
    EachPositive,
    Field,
    FixedVec,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    OrderLevel,
    Positive,
    Sorted,
    Zeros,
    address,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    vendor,
    violations,
)

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


class Leg(IntEnum):
    """Which leg of a pair."""

    NEAR = 1
    FAR = 2


PairQuote = Declaration(
    "PairQuote",
    "Two legs of a pair, with rules of every kind about small fields and short vectors.",
    Field("low", i32, "lower end"),
    Field("high", i32, "upper end"),
    Field("gap", i32, "high less low"),
    Field("start", u8, "begin"),
    Field("end", u8, "end"),
    Field("size", u8, "size"),
    Field("leg", u8, "which leg", values=Leg),
    Field("alone", FixedVec(u64, 1), "one number"),
    Field("falling", FixedVec(OrderLevel, 1), "one level, falling"),
    Field("rising", FixedVec(OrderLevel, 2), "two levels, rising"),
    provenance="vendor",
    rules=(
        *(Positive("size"), NotNegative("high"), MemberOf("leg", Leg), AtLeast("end", "start")),
        *(Below("low", "high"), DifferenceOf("gap", "high", "low"), NotEmpty("alone")),
        *(EachPositive("rising", "size"), EachPositive("falling", "price")),
        *(Sorted("falling", "price", is_rising=False), Sorted("rising", "price", is_rising=True)),
        NotCrossed("rising", "falling", "price"),
    ),
)

TLVS = [
    vendor(201, FundingRate, 48),
    vendor(202, PairQuote, PairQuote.sizeof()),
    vendor(254, ShortBook, 104),
]

LAYOUTS = {
    201: (
        "FundingRate",
        "rate i64, interval_s u32, venue_id u16, kind u8, pad 1, contract address",
    ),
    202: (
        "PairQuote",
        (
            "low i32, high i32, gap i32, start u8, end u8, size u8, leg u8, alone FixedVec<u64,1>, "
            "falling FixedVec<OrderLevel,1>, rising FixedVec<OrderLevel,2>"
        ),
    ),
    254: ("ShortBook", "levels FixedVec<OrderLevel,4>"),
}
REGISTRY_OF_VENDOR = REGISTRY.with_vendor_types(TLVS)


class Right(Reference):
    """Knows all three types, and what their values mean."""

    registry_of_vendor = REGISTRY_OF_VENDOR

    def __init__(self) -> None:
        super().__init__(vendor_layouts=LAYOUTS)

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        broken = violations(message, self.registry_of_vendor)
        return list(dict.fromkeys(min(one.names) for one in broken))

    def decode_validated(self, data: bytes) -> dict[str, Any]:
        message = self.decode(data)
        for name in self.validate(message):
            raise Rejected("ValidationFailed", field=name)
        return message


class PricesUnchecked(Right):
    """VLD-PAIRQUOTE-FALLING-PRICE: the prices of one side are not looked at."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        broken = violations(message, self.registry_of_vendor)
        seen = [one for one in broken if one.id != "VLD-PAIRQUOTE-FALLING-PRICE"]
        return list(dict.fromkeys(min(one.names) for one in seen))


class Wrong(Right):
    """LAYOUT-FUNDINGRATE: reads the rate without its sign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 201:
                tlv["value"]["rate"] %= 1 << 64
        return message
