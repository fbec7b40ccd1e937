"""Section 7: the operations on instrument ids.

Contract: an id is a dict of asset_id, venue, asset_type and reserved. Every refusal of an argument
is `InvalidInstrument(argument, context)`, where argument is the name of the argument and context
says in words what is wrong with it. Section 7 leaves open what is refused; decided here:

- An integer that its type cannot hold is refused: the fields of an id, venue u16, the key of
  from_cache_key above 96 bits (cache_key makes no other, and it has to be the exact inverse), the
  value of from_u64 above 64 bits. strike and expiry are unsigned 64-bit numbers before masking.
- Any u16 is a venue and any u8 an asset type, listed or not, as on the wire.
- A symbol is refused if any character is not ASCII, also one behind the eighth; it may be empty.
- An address is 40 hexadecimal digits in either case, with or without `0x` in front.
- to_u64 drops what does not fit, as its formula says, and refuses nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIELD_BITS = {"asset_id": 64, "venue": 16, "asset_type": 8, "reserved": 8}
"""Section 5, InstrumentId."""

CACHE_KEY_BITS = 96
U64_BITS = 64

SYMBOL_SIZE_MAX = 8
"""Section 7: "at most 8 ASCII bytes, ... longer symbols are cut to 8"."""

STOCK = 1
BOND = 2
TOKEN = 50
COIN = 51
POOL = 100
LP_TOKEN = 101
OPTION = 150

_U64_MASK = (1 << 64) - 1
_ADDRESS = re.compile(r"(?:0x)?([0-9A-Fa-f]{40})")


def cache_key(id: Mapping[str, int]) -> int:  # noqa: A002 - the argument's name on the wire
    """Return venue << 80 | asset_type << 72 | reserved << 64 | asset_id."""
    _check_id("id", id)
    return id["venue"] << 80 | id["asset_type"] << 72 | id["reserved"] << 64 | id["asset_id"]


def from_cache_key(key: int) -> dict[str, int]:
    """Return the id of a cache key: "its exact inverse"."""
    _check_unsigned("key", key, CACHE_KEY_BITS)
    return _make_id(key & _U64_MASK, key >> 80, key >> 72 & 0xFF, key >> 64 & 0xFF)


def to_u64(id: Mapping[str, int]) -> int:  # noqa: A002 - the argument's name on the wire
    """Return venue << 48 | asset_type << 40 | the low 40 bits of asset_id."""
    _check_id("id", id)
    return id["venue"] << 48 | id["asset_type"] << 40 | id["asset_id"] & 0xFF_FFFF_FFFF


def from_u64(value: int) -> dict[str, int]:
    """Return the id of a 64-bit key: "from_u64 gives reserved 0"."""
    _check_unsigned("value", value, U64_BITS)
    return _make_id(value & 0xFF_FFFF_FFFF, value >> 48, value >> 40 & 0xFF)


def stock(venue: int, symbol: str) -> dict[str, int]:
    """Return the id of a stock by its symbol."""
    return _make_symbol_id(venue, symbol, STOCK)


def bond(venue: int, symbol: str) -> dict[str, int]:
    """Return the id of a bond by its symbol."""
    return _make_symbol_id(venue, symbol, BOND)


def coin(venue: int, symbol: str) -> dict[str, int]:
    """Return the id of a coin by its symbol."""
    return _make_symbol_id(venue, symbol, COIN)


def evm_token(venue: int, address: str) -> dict[str, int]:
    """Return the id of a token: "first 8 bytes of the address read big-endian"."""
    _check_venue(venue)
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise _refuse("address", f"{address!r} is not 40 hexadecimal digits")
    return _make_id(int(match[1][:16], 16), venue, TOKEN)


def pool(venue: int, a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    """Return the id of a pool of two: "lo*31 + hi mod 2^64 over the sorted asset ids"."""
    _check_venue(venue)
    _check_id("a", a)
    _check_id("b", b)
    low, high = sorted((a["asset_id"], b["asset_id"]))
    return _make_id((low * 31 + high) & _U64_MASK, venue, POOL)


def triangular_pool(
    venue: int, a: Mapping[str, int], b: Mapping[str, int], c: Mapping[str, int]
) -> dict[str, int]:
    """Return the id of a pool of three: "t0*31 + t1*17 + t2 mod 2^64", reserved 1."""
    _check_venue(venue)
    for argument, token in (("a", a), ("b", b), ("c", c)):
        _check_id(argument, token)
    first, second, third = sorted((a["asset_id"], b["asset_id"], c["asset_id"]))
    return _make_id((first * 31 + second * 17 + third) & _U64_MASK, venue, POOL, 1)


def lp_token(venue: int, pool: Mapping[str, int]) -> dict[str, int]:
    """Return the id of a pool's token: "the pool's asset_id, asset type 101"."""
    _check_venue(venue)
    _check_id("pool", pool)
    return _make_id(pool["asset_id"], venue, LP_TOKEN)


def option(venue: int, symbol: str, strike: int, expiry: int, is_call: bool) -> dict[str, int]:
    """Return the id of an option: strike, expiry, call and symbol id, each masked, in one u64."""
    _check_venue(venue)
    _check_unsigned("strike", strike, U64_BITS)
    _check_unsigned("expiry", expiry, U64_BITS)
    symbol_id = _convert_symbol(symbol)
    asset_id = (
        (strike & 0xFFFF_FFFF) << 32
        | (expiry & 0xF_FFFF) << 12
        | (1 << 11 if is_call else 0)
        | symbol_id & 0x7FF
    )
    return _make_id(asset_id, venue, OPTION)


OPERATIONS: Mapping[str, Callable[..., Any]] = {
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
"""The operations by name; another name raises KeyError, for the kit never asks for one."""


def _make_id(asset_id: int, venue: int, asset_type: int, reserved: int = 0) -> dict[str, int]:
    return {"asset_id": asset_id, "venue": venue, "asset_type": asset_type, "reserved": reserved}


def _make_symbol_id(venue: int, symbol: str, asset_type: int) -> dict[str, int]:
    _check_venue(venue)
    return _make_id(_convert_symbol(symbol), venue, asset_type)


def _convert_symbol(symbol: str) -> int:
    """Return the asset_id: "left-aligned, zero-filled, read big-endian"."""
    if not symbol.isascii():
        raise _refuse("symbol", f"{symbol!r} is not ASCII")
    symbol_bytes = symbol[:SYMBOL_SIZE_MAX].encode("ascii")
    return int.from_bytes(symbol_bytes.ljust(SYMBOL_SIZE_MAX, b"\0"), "big")


def _check_venue(venue: int) -> None:
    _check_unsigned("venue", venue, FIELD_BITS["venue"])


def _check_id(argument: str, instrument_id: Mapping[str, int]) -> None:
    for name, bits in FIELD_BITS.items():
        if instrument_id[name] >> bits:
            raise _refuse(argument, f"{name} {instrument_id[name]} is no u{bits}")


def _check_unsigned(argument: str, value: int, bits: int) -> None:
    # A negative integer shifts to -1 at last, never to 0.
    if value >> bits:
        raise _refuse(argument, f"{value} does not fit {bits} unsigned bits")


def _refuse(argument: str, context: str) -> Rejected:
    return Rejected("InvalidInstrument", argument=argument, context=context)
