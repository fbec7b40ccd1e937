"""A vendor that has declared all its numbers: none is left to carry other bytes."""

from __future__ import annotations

from typing import Any

from tests.conformance import vendor_types
from torq_conformance.reference import Reference
from torq_specs import REGISTRY, Declaration, Field, Zeros, u16, u32, u64, vendor
from torq_specs.registry import VENDOR

SIZE = 16


def _declared(number: int) -> Declaration:
    return Declaration(
        f"Own{number}",
        f"What a vendor has under {number}.",
        Field("count", u64, "how many"),
        Field("kind", u32, "of what kind"),
        Field("place", u16, "where"),
        Zeros(2),
        provenance="vendor",
    )


TLVS = [vendor(number, _declared(number), SIZE) for number in VENDOR]
LAYOUTS = {number: (f"Own{number}", "count u64, kind u32, place u16, pad 2") for number in VENDOR}
REGISTRY_OF_VENDOR = REGISTRY.with_vendor_types(TLVS)


class Right(vendor_types.Right):
    """Knows them all."""

    registry_of_vendor = REGISTRY_OF_VENDOR

    def __init__(self) -> None:
        Reference.__init__(self, vendor_layouts=LAYOUTS)


class OneWrong(Right):
    """LAYOUT-OWN200: takes the place for two bytes that come highest first."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == VENDOR[0]:
                place = tlv["value"]["place"]
                tlv["value"]["place"] = place >> 8 | (place & 0xFF) << 8
        return message
