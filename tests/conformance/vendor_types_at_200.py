"""The same types at the first numbers of vendors: those that cases prefer for other bytes."""

from __future__ import annotations

from typing import Any

from tests.conformance import vendor_types
from tests.conformance.vendor_types import FundingRate, PairQuote, ShortBook
from torq_conformance.reference import Reference
from torq_specs import REGISTRY, vendor
from torq_specs.registry import VENDOR

TLVS = [
    vendor(200, FundingRate, 48),
    vendor(203, PairQuote, PairQuote.sizeof()),
    vendor(204, ShortBook, 104),
]
REGISTRY_OF_VENDOR = REGISTRY.with_vendor_types(TLVS)
LAYOUTS = dict(zip((200, 203, 204), vendor_types.LAYOUTS.values(), strict=True))


class Right(vendor_types.Right):
    """Knows all three types there."""

    registry_of_vendor = REGISTRY_OF_VENDOR

    def __init__(self) -> None:
        Reference.__init__(self, vendor_layouts=LAYOUTS)


class Wrong(Right):
    """LAYOUT-FUNDINGRATE: reads the rate without its sign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == VENDOR[0]:
                tlv["value"]["rate"] %= 1 << 64
        return message
