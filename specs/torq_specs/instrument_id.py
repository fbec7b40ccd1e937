"""The InstrumentId: which instrument at which venue, in twelve bytes (sections 5 and 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torq_specs.differences import Difference
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
    differs=(
        Difference(
            "InstrumentId",
            "12 bytes, as in libs/types",
            "the codec has another one of 20 bytes with other venue numbers",
            "libs/types, libs/codec/src/instrument_id.rs",
        ),
    ),
)


class InvalidInstrument(ValueError):
    """An operation refuses ``argument``; the text says why (section 6)."""

    def __init__(self, argument: str, context: str) -> None:
        super().__init__(f"{argument}: {context}")
        self.argument = argument
        self.context = context


Id = Mapping[str, int]
"""``{"asset_id", "venue", "asset_type", "reserved"}``."""

SYMBOL_SIZE = 8
ADDRESS_SIZE = 20
ADDRESS = re.compile(rf"(?:0[xX])?([0-9a-fA-F]{{{2 * ADDRESS_SIZE}}})")
U64 = (1 << 64) - 1


def _id(asset_id: int, venue: int, asset_type: int, reserved: int = 0) -> dict[str, int]:
    return {
        "asset_id": asset_id,
        "venue": venue,
        "asset_type": int(asset_type),
        "reserved": reserved,
    }


def cache_key(id: Id) -> int:  # noqa: A002  # the contract's name
    """The u128 key: venue << 80 | asset_type << 72 | reserved << 64 | asset_id."""
    return id["venue"] << 80 | id["asset_type"] << 72 | id["reserved"] << 64 | id["asset_id"]


def from_cache_key(key: int) -> dict[str, int]:
    """The exact inverse of ``cache_key``."""
    return _id(key & U64, key >> 80 & 0xFFFF, key >> 72 & 0xFF, key >> 64 & 0xFF)


def to_u64(id: Id) -> int:  # noqa: A002  # the contract's name
    """Lossy: asset_id is cut to 40 bits and reserved is dropped."""
    return id["venue"] << 48 | id["asset_type"] << 40 | id["asset_id"] & 0xFFFFFFFFFF


def from_u64(value: int) -> dict[str, int]:
    """The id that ``to_u64`` kept; reserved is 0."""
    return _id(value & 0xFFFFFFFFFF, value >> 48 & 0xFFFF, value >> 40 & 0xFF)


def symbol_id(symbol: str) -> int:
    """At most 8 ASCII bytes, left-aligned, zero-filled, read big-endian; longer ones are cut."""
    if not symbol.isascii():
        raise InvalidInstrument("symbol", "not ASCII")
    return int.from_bytes(symbol.encode("ascii")[:SYMBOL_SIZE].ljust(SYMBOL_SIZE, b"\0"), "big")


def stock(venue: int, symbol: str) -> dict[str, int]:
    """A stock by its symbol."""
    return _id(symbol_id(symbol), venue, AssetType.Stock)


def bond(venue: int, symbol: str) -> dict[str, int]:
    """A bond by its symbol."""
    return _id(symbol_id(symbol), venue, AssetType.Bond)


def coin(venue: int, symbol: str) -> dict[str, int]:
    """A coin by its symbol."""
    return _id(symbol_id(symbol), venue, AssetType.Coin)


def evm_token(venue: int, address: str) -> dict[str, int]:
    """A token by the first 8 bytes of its contract's address, read big-endian."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise InvalidInstrument("address", f"not {2 * ADDRESS_SIZE} hex digits")
    return _id(int.from_bytes(bytes.fromhex(found[1])[:8], "big"), venue, AssetType.Token)


def pool(venue: int, a: Id, b: Id) -> dict[str, int]:
    """A pool of two instruments; their order does not matter."""
    low, high = sorted((a["asset_id"], b["asset_id"]))
    return _id((low * 31 + high) & U64, venue, AssetType.Pool)


def triangular_pool(venue: int, a: Id, b: Id, c: Id) -> dict[str, int]:
    """A pool of three instruments; their order does not matter."""
    low, middle, high = sorted((a["asset_id"], b["asset_id"], c["asset_id"]))
    return _id((low * 31 + middle * 17 + high) & U64, venue, AssetType.Pool, reserved=1)


def lp_token(venue: int, pool: Id) -> dict[str, int]:
    """The token of a pool's liquidity providers."""
    return _id(pool["asset_id"], venue, AssetType.LPToken)


def option(venue: int, symbol: str, strike: int, expiry: int, is_call: bool) -> dict[str, int]:
    """An option; what does not fit of strike, expiry and symbol is cut."""
    asset_id = (
        (strike & 0xFFFFFFFF) << 32
        | (expiry & 0xFFFFF) << 12
        | int(is_call) << 11
        | symbol_id(symbol) & 0x7FF
    )
    return _id(asset_id, venue, AssetType.Option)


OPERATIONS: Mapping[str, Callable[..., int | dict[str, int]]] = {
    "cache_key": cache_key,
    "from_cache_key": from_cache_key,
    "to_u64": to_u64,
    "from_u64": from_u64,
    "stock": stock,
    "bond": bond,
    "coin": coin,
    "evm_token": evm_token,
    "pool": pool,
    "triangular_pool": triangular_pool,
    "lp_token": lp_token,
    "option": option,
}
"""Every operation by its name."""


EXPIRY_MAX = (1 << 32) - 1
"""The latest expiry that an implementation must take; only 20 bits of it are kept."""

UNLISTED_VENUE, LONG_EXPIRY = "unlisted venue", "long expiry"
OTHER_PREFIX = "another prefix than 0x, or none"

LISTED: frozenset[int | None] = frozenset({None, *Venue})
"""The venues that are listed; None stands for an argument without a venue."""


@dataclass(frozen=True)
class Latitude:
    """An argument that may be refused as InvalidInstrument, or carried through."""

    argument: str
    reason: str


def latitudes(operation: str, arguments: Mapping[str, Any]) -> Iterator[Latitude]:
    """What may be refused of an operation's arguments although it has an answer (section 7)."""
    for name, argument in arguments.items():
        if venue_of(name, argument) not in LISTED:
            yield Latitude(name, UNLISTED_VENUE)
    if operation == "option" and arguments["expiry"] > EXPIRY_MAX:
        yield Latitude("expiry", LONG_EXPIRY)
    if operation == "evm_token" and not arguments["address"].startswith("0x"):
        yield Latitude("address", OTHER_PREFIX)


def venue_of(name: str, argument: Any) -> int | None:
    """The venue number that an argument names, if it does."""
    match name, argument:
        case "venue", int():
            return argument
        case "key", int():
            return from_cache_key(argument)["venue"]
        case "value", int():
            return from_u64(argument)["venue"]
        case _, Mapping():
            return int(argument["venue"])
    return None
