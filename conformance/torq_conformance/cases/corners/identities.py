"""InstrumentId operations at every venue, number and text at which they may change their mind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import permutations
from random import Random
from typing import Any

from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.instruments import ADDRESS, DISTINCT
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.enums import AssetType, Venue
from torq_specs.instrument_id import cache_key, to_u64
from torq_specs.requirements import ID_REQUIREMENTS

Arguments = dict[str, Any]


def ask(operation: str, arguments: Mapping[str, Any]) -> Request:
    """One operation with its arguments."""
    return Request(Operation.INSTRUMENT_ID, {"operation": operation, **arguments})


def cell(operation: str, label: str, **arguments: Any) -> Cell:
    """The cell of one operation."""
    make = partial(ask, operation, arguments)
    return Cell(ID_REQUIREMENTS[operation], f"{operation}: {label}", make)


def an_id(asset_id: int, venue: int = 300, asset_type: int = 50, reserved: int = 0) -> Arguments:
    """An id of its parts."""
    parts = {"asset_id": asset_id, "venue": venue, "asset_type": asset_type}
    return {**parts, "reserved": reserved}


def plain_arguments() -> dict[str, Arguments]:
    """For every operation that makes an id, arguments in which nothing is special."""
    one, two, three = an_id(0x1122334455667788), an_id(7001), an_id(0xFEDCBA9876543210)
    symbol = {"venue": 2, "symbol": "AAPL"}
    terms = {"strike": 15_000, "expiry": 20_000, "is_call": True}
    return {
        "stock": symbol,
        "bond": symbol,
        "coin": {"venue": 100, "symbol": "BTC"},
        "evm_token": {"venue": 200, "address": ADDRESS},
        "pool": {"venue": 300, "a": one, "b": two},
        "triangular_pool": {"venue": 304, "a": one, "b": two, "c": three},
        "lp_token": {"venue": 300, "pool": an_id(0x99AABBCCDDEEFF01, asset_type=100)},
        "option": {"venue": 700, "symbol": "AAPL", **terms},
    }


def venues_of_constructors(registry: object) -> Iterator[Cell]:
    """Every operation that makes an id, at every venue, of tokens of every venue and asset type."""
    edges = (255, 256, 1000, 32_767, 32_768, 65_535)
    for venue in dict.fromkeys((*map(int, Venue), *edges)):
        for operation, arguments in plain_arguments().items():
            changed = {**arguments, "venue": venue}
            yield cell(operation, f"at venue {venue}", **changed)
        for operation, arguments in plain_arguments().items():
            for name, part in arguments.items():
                if isinstance(part, Mapping):
                    token = {**part, "venue": venue}
                    yield cell(operation, f"{name} of venue {venue}", **{**arguments, name: token})
    for asset_type in dict.fromkeys((*map(int, AssetType), 0, 127, 128, 255)):
        for operation, arguments in plain_arguments().items():
            for name, part in arguments.items():
                if isinstance(part, Mapping):
                    token = {**part, "asset_type": asset_type, "reserved": asset_type}
                    label = f"{name} of asset type {asset_type}"
                    yield cell(operation, label, **{**arguments, name: token})
        for operation in ("cache_key", "to_u64"):
            id_ = {**DISTINCT, "asset_type": asset_type, "venue": 202}
            yield cell(operation, f"asset type {asset_type}", id=id_)


ROW = 512
"""Ids that are asked in a row, where all venues are asked."""


def all_venues_in_turn(registry: object) -> Iterator[Cell]:
    """All 65,536 venues in rows, of cache_key and of to_u64 in turn."""
    for start in range(0, 1 << 16, ROW):
        label = f"keys of venues {start} to {start + ROW - 1}"
        yield Cell("IID-CACHE-KEY", label, partial(_of_venues, ("cache_key", "to_u64"), start))


def all_venues(registry: object) -> Iterator[Cell]:
    """All 65,536 venues of cache_key, of to_u64 and of each of their inverses."""
    for start in range(0, 1 << 16, ROW):
        for operation in ("cache_key", "to_u64", "from_cache_key", "from_u64"):
            label = f"{operation} of venues {start} to {start + ROW - 1}"
            make = partial(_of_venues, (operation,), start)
            yield Cell(ID_REQUIREMENTS[operation], label, make)


def _of_venues(operations: tuple[str, ...], start: int) -> tuple[Request, ...]:
    return tuple(
        _of_venue(operations[venue % len(operations)], venue) for venue in range(start, start + ROW)
    )


def _of_venue(operation: str, venue: int) -> Request:
    asset_type, reserved = venue * 7 & 0xFF, venue * 11 & 0xFF
    id_ = an_id((venue * 0x9E3779B97F4A7C15) % (1 << 64), venue, asset_type, reserved)
    match operation:
        case "from_cache_key":
            return ask(operation, {"key": cache_key(id_)})
        case "from_u64":
            return ask(operation, {"value": to_u64(id_)})
        case _:
            return ask(operation, {"id": id_})


BASES = (0, 1 << 8, 1 << 31, 1 << 32, 1 << 40, 1 << 53, 1 << 59, 1 << 63, (1 << 64) - 3)
"""Around these numbers doubles, signed integers and products go wrong."""


def neighbours(registry: object) -> Iterator[Cell]:
    """Asset ids next to one another around edges, in all orders."""
    for base in BASES:
        some = [number for number in range(base - 2, base + 3) if 0 <= number < 1 << 64]
        for a in some:
            for b in some:
                ids = {"a": an_id(a), "b": an_id(b, 202)}
                yield cell("pool", f"of {a} and {b}", venue=300, **ids)
        for three in permutations(some[:4], 3):
            yield _triangle(f"of {three}", three)
        for at in range(len(some) - 1):
            # Two equal ones and a third, in every order.
            for equal in dict.fromkeys(permutations((some[at], some[at], some[at + 1]))):
                yield _triangle(f"of {equal}", equal)
    far = (1, (1 << 31) + 1, (1 << 32) + 1, (1 << 53) + 1, (1 << 63) + 1, (1 << 64) - 1)
    for a, b in permutations(far, 2):
        yield cell("pool", f"of far {a} and {b}", venue=300, a=an_id(a), b=an_id(b))
    for three in permutations(far, 3):
        yield _triangle(f"of far {three}", three)


def _triangle(label: str, numbers: tuple[int, ...]) -> Cell:
    a, b, c = (an_id(number) for number in numbers)
    return cell("triangular_pool", label, venue=304, a=a, b=b, c=c)


def bits(registry: object) -> Iterator[Cell]:
    """Every single bit of an id, of keys, strikes and expiries, alone and alone missing."""
    for bit in range(96):
        for name, word in (("alone", 1 << bit), ("missing", (1 << 96) - 1 ^ 1 << bit)):
            id_ = an_id(word & (1 << 64) - 1, word >> 80, word >> 72 & 0xFF, word >> 64 & 0xFF)
            yield cell("cache_key", f"bit {bit} {name}", id=id_)
            yield cell("to_u64", f"bit {bit} {name}", id=id_)
            yield cell("from_cache_key", f"bit {bit} {name}", key=word)
            if bit < 64:
                value = word & (1 << 64) - 1
                yield cell("from_u64", f"bit {bit} {name}", value=value)
                yield cell("lp_token", f"bit {bit} {name}", venue=300, pool=an_id(value))
                other = an_id(0x0123456789ABCDEF)
                yield cell("pool", f"bit {bit} {name}", venue=300, a=other, b=an_id(value))
    for bit in range(64):
        terms = {"venue": 700, "symbol": "AAPL", "strike": 0, "expiry": 0, "is_call": bit % 2 == 0}
        yield cell("option", f"bit {bit} of strike", **{**terms, "strike": 1 << bit})
        if bit < 32:
            yield cell("option", f"bit {bit} of expiry", **{**terms, "expiry": 1 << bit})


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WIDE = ("é", "\u00ff", "\u0100", "€", "\u2028", "\U0001f600", "\x80")
"""Characters of two, three and four bytes; of one byte above ASCII."""

SYMBOLS = ("stock", "bond", "coin", "option")
TEXT_MAX = 40


def texts(registry: object) -> Iterator[Cell]:
    """Symbols of 0 to 40 characters; NUL, spaces and wide characters at every place."""
    for operation in SYMBOLS:
        for length in range(TEXT_MAX + 1):
            yield _symbol(operation, f"{length} letters", LETTERS[:length])
            yield _symbol(operation, f"{length} letters from the end", LETTERS[::-1][:length])
            yield _symbol(operation, f"{length} times the same letter", "Z" * length)
            yield _symbol(operation, f"{length} spaces", " " * length)
            yield _symbol(operation, f"{length} NULs", "\0" * length)
        for at in range(13):
            for special in (
                "\0",
                " ",
                "\t",
                "\n",
                "\r",
                "\x7f",
                "\x1a",
                '"',
                "\\",
                "/",
                ".",
                "-",
                "0",
            ):
                text = LETTERS[:at] + special
                yield _symbol(operation, f"{special!r} at the end, {at}", text)
                yield _symbol(operation, f"{special!r} within, {at}", text + "xyz")
            for wide in WIDE:
                text = LETTERS[:at] + wide
                yield _symbol(operation, f"{wide!r} at {at}", text)
                yield _symbol(operation, f"{wide!r} at {at} of more", text + "XYZ")
        for code in range(128):
            for at in (0, 3, 7, 8):
                text = "AAAAAAAA"[:at] + chr(code)
                yield _symbol(operation, f"character {code} at {at}", text)


def _symbol(operation: str, label: str, text: str) -> Cell:
    arguments = {**plain_arguments()[operation], "symbol": text}
    built = cell(operation, f"symbol of {label}", **arguments)
    return built if text.isascii() else Cell("IID-REFUSAL", built.label, built.make)


SUMMED = (
    "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "dbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
"""Addresses whose cases of letters are the sum of EIP-55; the page asks for no sum."""

LETTERED = ("abcdef" * 7, "fedcba" * 7, "a1b2c3d4e5f6" * 4, "0a" * 20, "9" * 36 + "beef")
"""Digits of which many are letters."""

DRAWN = 40
"""Patterns of cases that are drawn, for each address."""


def letter_cases(registry: object) -> Iterator[Cell]:
    """Letters of addresses in upper and lower case in every pattern: none changes the token."""
    for address in (*SUMMED, *(digits[:40] for digits in LETTERED)):
        for label, digits in _patterns(address):
            made = {"venue": 200, "address": f"0x{digits}"}
            yield cell("evm_token", f"{address}, {label}", **made)


def _patterns(address: str) -> Iterator[tuple[str, str]]:
    """An address as it is, with one letter, a beginning, or some others in the other case."""
    low, high = address.lower(), address.upper()
    yield from (("as it is", address), ("the other way round", address.swapcase()))
    yield from (("in lower case", low), ("in upper case", high))
    for step in (2, 3, 4, 5, 8):
        yield f"every {step}th in upper case", _mixed(low, range(0, 40, step))
        yield f"every {step}th in lower case", _mixed(low, {*range(40)} - {*range(0, 40, step)})
    for at in range(40):
        if low[at] != high[at]:
            yield f"{at} alone in upper case", low[:at] + high[at] + low[at + 1 :]
            yield f"{at} alone in lower case", high[:at] + low[at] + high[at + 1 :]
            yield (
                f"{at} the other way round",
                (address[:at] + address[at].swapcase() + address[at + 1 :]),
            )
            yield f"lower case from {at} on", high[:at] + low[at:]
            yield f"upper case from {at} on", low[:at] + high[at:]
    draw = Random(address)  # noqa: S311  # The same patterns every time.
    for number in range(DRAWN):
        bits = draw.getrandbits(40)
        yield f"drawn pattern {number}", _mixed(low, [at for at in range(40) if bits >> at & 1])


def _mixed(digits: str, capitals: Collection[int]) -> str:
    return "".join(d.upper() if at in capitals else d for at, d in enumerate(digits))


def addresses(registry: object) -> Iterator[Cell]:
    """Every digit of an address changed, in upper and lower case, and made no digit."""
    digits = "0123456789abcdefABCDEF"
    base = "5a" * 20
    for at in range(40):
        for digit in digits:
            address = f"0x{base[:at]}{digit}{base[at + 1 :]}"
            yield cell("evm_token", f"digit {digit} at {at}", venue=200, address=address)
        for wrong in ("g", "G", " ", "_", "-", "x", ".", "\0", "\u0661"):
            address = f"0x{base[:at]}{wrong}{base[at + 1 :]}"
            built = cell("evm_token", f"{wrong!r} at {at}", venue=200, address=address)
            yield Cell("IID-REFUSAL", built.label, built.make)
    for length in range(81):
        address = "0x" + (base * 2)[:length]
        built = cell("evm_token", f"{length} digits", venue=202, address=address)
        is_right = length == len(base)
        yield built if is_right else Cell("IID-REFUSAL", built.label, built.make)
