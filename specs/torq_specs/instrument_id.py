"""The InstrumentId: which instrument at which venue, in twelve bytes (sections 5 and 7)."""

from __future__ import annotations

from torq_specs.enums import AssetType, Venue
from torq_specs.wire import Declaration, Field, u8, u16, u64

ASSET_ID = Field("asset_id", u64, "identifies the instrument within venue and asset type")
ASSET_TYPE = Field("asset_type", u8, "what kind of instrument", values=AssetType)
RESERVED = Field("reserved", u8, "data, not padding: every value is legal and carried through")


def venue_field(name: str) -> Field:
    """A venue number under the name that its TLV gives it."""
    return Field(name, u16, "where it trades; any number is legal on the wire", values=Venue)


InstrumentId = Declaration(
    "InstrumentId",
    "Identifies an instrument without a look-up table.",
    ASSET_ID,
    venue_field("venue"),
    ASSET_TYPE,
    RESERVED,
    provenance="R",
)
