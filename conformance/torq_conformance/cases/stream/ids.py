"""Operations on instrument ids: related ids, named and other venues, text of every kind."""

from __future__ import annotations

from typing import Any

from torq_conformance.cases.stream.draws import Draw, number
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.enums import AssetType, Venue
from torq_specs.instrument_id import ADDRESS_SIZE, OPERATIONS, cache_key, to_u64
from torq_specs.layout import Integer

U64 = Integer(8, is_signed=False)

VENUES = tuple(int(venue) for venue in Venue)
ASSET_TYPES = tuple(int(asset_type) for asset_type in AssetType)
NAMES = tuple(OPERATIONS)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHERS = "abc019.-_/ \0\x7f"
FOREIGN = "\u00e9\u6f22\U0001f600"

VENUE_KINDS = ("named", "another one")
"""Classes of venues."""

SYMBOLS = ("plain", "with other characters", "not ASCII")
"""Classes of symbols."""


def question(draw: Draw) -> Request:
    """One operation with its arguments."""
    name = draw.one_of(NAMES)
    draw.meet("id operation", name)
    return Request(Operation.INSTRUMENT_ID, {"operation": name, **_arguments(draw, name)})


def _arguments(draw: Draw, name: str) -> dict[str, Any]:
    venue = _venue(draw)
    match name:
        case "cache_key" | "to_u64":
            return {"id": _id(draw)}
        case "from_cache_key":
            return {"key": cache_key(_id(draw)) if draw.chance(0.8) else draw.getrandbits(96)}
        case "from_u64":
            return {"value": to_u64(_id(draw)) if draw.chance(0.7) else draw.getrandbits(64)}
        case "stock" | "bond" | "coin":
            return {"venue": venue, "symbol": symbol(draw)}
        case "evm_token":
            return {"venue": venue, "address": _address(draw)}
        case "pool":
            return {"venue": venue, "a": _id(draw), "b": _id(draw)}
        case "triangular_pool":
            return {"venue": venue, "a": _id(draw), "b": _id(draw), "c": _id(draw)}
        case "lp_token":
            return {"venue": venue, "pool": _id(draw)}
    assert name == "option", name
    expiries = (20_260_101 + draw.below(10**4), 20_991_231, draw.magnitude(0, (1 << 32) - 1))
    return {
        "venue": venue,
        "symbol": symbol(draw),
        "strike": number(draw, U64),
        "expiry": draw.one_of(expiries),
        "is_call": draw.chance(0.5),
    }


def _venue(draw: Draw) -> int:
    if draw.chance(0.8):
        draw.meet("venue", VENUE_KINDS[0])
        return draw.one_of(VENUES)
    draw.meet("venue", VENUE_KINDS[1])
    return draw.below(65_536)


def _id(draw: Draw) -> dict[str, int]:
    return {
        "asset_id": number(draw, U64),
        "venue": _venue(draw),
        "asset_type": draw.one_of((*ASSET_TYPES, draw.below(256))),
        "reserved": draw.one_of((0, 0, 1, 255, draw.below(256))),
    }


def symbol(draw: Draw) -> str:
    """A symbol: mostly letters, some with what an exchange or a user writes otherwise."""
    size = draw.one_of((0, 1, 2, 3, 4, 5, 7, 8, 9, draw.below(40)))
    k = draw.random()
    kind = 0 if k < 0.6 else 1 if k < 0.88 else 2
    draw.meet("symbol", SYMBOLS[kind])
    letters = [draw.one_of(LETTERS) for _ in range(size)]
    others = (OTHERS, FOREIGN)[kind - 1]
    for _ in range(min(size, 1 + draw.below(3)) if kind else 0):
        letters[draw.below(size)] = draw.one_of(others)
    return "".join(letters)


def _address(draw: Draw) -> str:
    drawn = f"{draw.getrandbits(8 * ADDRESS_SIZE):040x}"
    text = draw.one_of((drawn, drawn, drawn.upper(), "0" * 40, "f" * 40, "0" * 16 + drawn[16:]))
    if draw.chance(0.12):
        text = draw.one_of((text[:-1], text + "0", text[:-1] + "g", text + "00", text[:-1] + " "))
    return draw.one_of(("0x", "0x", "0x", "", "0X")) + text
