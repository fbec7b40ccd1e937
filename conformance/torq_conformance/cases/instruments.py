"""Cases about the InstrumentId operations, lossy ones included (section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from torq_conformance.cases.boundaries import integer_edges
from torq_conformance.cases.case import Case
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.enums import AssetType, Venue
from torq_specs.instrument_id import cache_key, to_u64
from torq_specs.layout import Integer

Id = dict[str, int]
DISTINCT = {"asset_id": 0x8877665544332211, "venue": 0xA2A1, "asset_type": 0xB1, "reserved": 0xC1}
"""An id in which every byte differs."""

WIDTHS = {"asset_id": 8, "venue": 2, "asset_type": 1, "reserved": 1}


def ask(requirement: str, label: str, operation: str, **arguments: Any) -> Case:
    """One operation with its arguments."""
    request = Request(Operation.INSTRUMENT_ID, {"operation": operation, **arguments})
    return Case(requirement, f"{operation}: {label}", request)


def ids() -> Iterator[tuple[str, Id]]:
    """Ids at every edge of every part, and every venue and asset type that has a name."""
    yield "all zero", dict.fromkeys(DISTINCT, 0)
    yield "every byte distinct", DISTINCT
    for name, size in WIDTHS.items():
        for label, number in integer_edges(Integer(size, is_signed=False)):
            yield f"{name} = {label}", {**DISTINCT, name: number}
        largest = (1 << 8 * size) - 1
        yield f"only {name} set", {**dict.fromkeys(DISTINCT, 0), name: largest}
    for power in (39, 40, 41):
        for change in (-1, 0, 1):
            number = (1 << power) + change
            yield f"asset_id around 2^{power}: {change:+}", {**DISTINCT, "asset_id": number}
    for venue in Venue:
        yield f"venue {venue.name}", {**DISTINCT, "venue": int(venue)}
    for asset_type in AssetType:
        yield f"asset type {asset_type.name}", {**DISTINCT, "asset_type": int(asset_type)}


def keys(requirement: str, operation: str) -> Iterator[Case]:
    """cache_key or to_u64 of every id."""
    for label, id_ in ids():
        yield ask(requirement, label, operation, id=id_)


def from_cache_keys(requirement: str) -> Iterator[Case]:
    """from_cache_key of the key of every id."""
    for label, id_ in ids():
        yield ask(requirement, label, "from_cache_key", key=cache_key(id_))


def from_u64s(requirement: str) -> Iterator[Case]:
    """from_u64 of what to_u64 gives, and of every edge of 64 bits."""
    for label, id_ in ids():
        yield ask(requirement, label, "from_u64", value=to_u64(id_))
    for label, number in integer_edges(Integer(8, is_signed=False)):
        yield ask(requirement, f"value {label}", "from_u64", value=number)


SYMBOLS = ("", "A", "AB", "AAPL", "GOOGL", "BRK.B", "ABCDEFG", "ABCDEFGH", "ABCDEFGHI")
LONG_SYMBOLS = (
    "ABCDEFGHIJKLMNOP",
    "aapl",
    "a b",
    "\x01",
    "\x7f" * 8,
    "BTC-USDT",
    "ABCDEFG ",
    "A\0B",
    "HHHHHHHH",
)


def symbols(requirement: str) -> Iterator[Case]:
    """Symbols of 0 to 16 bytes as stock, bond and coin."""
    for operation in ("stock", "bond", "coin"):
        for symbol in (*SYMBOLS, *LONG_SYMBOLS):
            for venue in (int(Venue.NASDAQ), 0, 65_535):
                label = f"{symbol!r} at venue {venue}"
                yield ask(requirement, label, operation, venue=venue, symbol=symbol)


ADDRESS = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
"""A contract's address in mixed case."""


def tokens(requirement: str) -> Iterator[Case]:
    """Addresses in either case, equal in their first 7 or 8 bytes, all zero and all ones."""
    for address in (
        ADDRESS,
        ADDRESS[2:],
        "0X" + ADDRESS[2:],
        "0x" + ADDRESS[2:].lower(),
        "0x" + ADDRESS[2:].upper(),
        ADDRESS[:16] + "ff" + ADDRESS[18:],
        ADDRESS[:18] + "ff" * 12,
        "0x" + "00" * 20,
        "0x" + "ff" * 20,
        "0x" + "".join(f"{byte:02x}" for byte in range(1, 21)),
    ):
        for venue in (int(Venue.Ethereum), int(Venue.Polygon), 65_535):
            label = f"{address} at venue {venue}"
            yield ask(requirement, label, "evm_token", venue=venue, address=address)


NUMBERS = (
    0,
    1,
    2,
    31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 53) + 1,
    (1 << 59) + 7,
    (1 << 63),
    (1 << 64) - 1,
)
"""Asset ids whose products wrap at 64 bits, and such whose do not."""


def _with_asset_id(number: int, venue: int = 300) -> Id:
    return {"asset_id": number, "venue": venue, "asset_type": 50, "reserved": 0}


def pools(requirement: str) -> Iterator[Case]:
    """Every ordered pair of asset ids; venues of the tokens do not matter."""
    for a in NUMBERS:
        for b in NUMBERS:
            ids_ = {"a": _with_asset_id(a), "b": _with_asset_id(b, 202)}
            yield ask(requirement, f"of {a} and {b}", "pool", venue=300, **ids_)
    yield ask(requirement, "reserved tokens", "pool", venue=301, a=DISTINCT, b=DISTINCT)


def triangles(requirement: str) -> Iterator[Case]:
    """All orders of three asset ids, equal ones too."""
    for a, b, c in product((0, 5, 9, *NUMBERS[4:7], NUMBERS[-1]), repeat=3):
        ids_ = {"a": _with_asset_id(a), "b": _with_asset_id(b), "c": _with_asset_id(c)}
        yield ask(requirement, f"of {a}, {b}, {c}", "triangular_pool", venue=304, **ids_)


def lp_tokens(requirement: str) -> Iterator[Case]:
    """The token of pools with every kind of asset id."""
    for number in NUMBERS:
        pool = {"asset_id": number, "venue": 300, "asset_type": 100, "reserved": number % 2}
        yield ask(requirement, f"of pool {number}", "lp_token", venue=302, pool=pool)


def options(requirement: str) -> Iterator[Case]:
    """Strikes and expiries that fit and that do not, calls and puts, several symbols."""
    for strike in (0, 1, 150, (1 << 32) - 1, 1 << 32, (1 << 32) + 5, (1 << 40) + 3, (1 << 53) + 1):
        for expiry in (0, 1, (1 << 20) - 1, 1 << 20, 20_241_225, (1 << 31) + 9, (1 << 53) + 1):
            for is_call in (True, False):
                label = f"strike {strike}, expiry {expiry}, {'call' if is_call else 'put'}"
                terms = {"strike": strike, "expiry": expiry, "is_call": is_call}
                yield ask(requirement, label, "option", venue=700, symbol="AAPL", **terms)
    for symbol in (*SYMBOLS, *LONG_SYMBOLS):
        for is_call in (True, False):
            # Of a put the bit beside the symbol's eleven is free to show a twelfth.
            terms = {"strike": 100, "expiry": 365, "is_call": is_call}
            label = f"symbol {symbol!r}" + ("" if is_call else ", a put")
            yield ask(requirement, label, "option", venue=700, symbol=symbol, **terms)


def every_operation(requirement: str) -> Iterator[Case]:
    """All that is answered, by every operation in turn."""
    for operation in ("cache_key", "to_u64"):
        yield from keys(requirement, operation)
    for make in (from_cache_keys, from_u64s, symbols, tokens, pools, triangles, lp_tokens, options):
        yield from make(requirement)


def refusals(requirement: str) -> Iterator[Case]:
    """Symbols that are not ASCII, addresses that are no hex or of another length."""
    for symbol in ("é", "ÄPPLE", "日本", "A\x80"):
        for operation in ("stock", "bond", "coin"):
            yield ask(requirement, repr(symbol), operation, venue=1, symbol=symbol)
        terms = {"strike": 1, "expiry": 1, "is_call": False}
        yield ask(requirement, repr(symbol), "option", venue=1, symbol=symbol, **terms)
    for address in ("", "0x", "0x00", ADDRESS[:-1], ADDRESS[:-2], ADDRESS + "0", ADDRESS + "00"):
        yield ask(requirement, repr(address), "evm_token", venue=200, address=address)
    for address in (
        "0x" + ADDRESS,
        "0x" + ADDRESS[4:],
        ADDRESS + "\n",
        " " + ADDRESS,
        ADDRESS[:20] + "_" + ADDRESS[21:],
    ):
        yield ask(requirement, repr(address), "evm_token", venue=200, address=address)
    for address in (
        "0x" + "\uff11" * 40,
        "0x" + "zz" * 20,
        ADDRESS[:-1] + "g",
        ADDRESS[:-1] + " ",
        "0x" + "+1" * 20,
    ):
        yield ask(requirement, repr(address), "evm_token", venue=200, address=address)
