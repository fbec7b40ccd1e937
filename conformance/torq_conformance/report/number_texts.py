"""What a number on the wire says to people: the member, the decimal, the time, the symbol."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from enum import IntFlag

from torq_specs.layout import Enumeration, FieldLayout

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = Context(prec=400)
SCALED_CHARACTERS_MAX = 24
"""Longer decimals tell nobody anything."""


def number_text(field: FieldLayout, number: int) -> str:
    """The number as it is in the bytes, and what it means where that is something else."""
    if field.values is not None:
        return member_text(field.values, number)
    if field.is_derived and not field.unit:
        return f"{number:#0{2 + 2 * field.size}x}"
    meaning = time_text(field.unit, number) or scaled_text(field.unit, number)
    meaning = meaning or (symbol_text(number) if field.size == 8 and not field.unit else "")
    return f"{number} = {meaning}" if meaning else str(number)


def member_text(values: Enumeration, number: int) -> str:
    """The number with the name that an enumeration gives it; large ones in hex."""
    shown = f"0x{number:X}" if number >= 1 << 16 else str(number)
    is_flags = issubclass(values, IntFlag)
    names = [str(x.name) for x in values if (number & x if is_flags else number == x)]
    return f"{shown} {' + '.join(names)}".rstrip()


def time_text(unit: str, number: int) -> str:
    """The moment that a timestamp names; empty for other units and beyond the year 9999."""
    per_second = {"ns since the Unix epoch": 10**9, "s since the Unix epoch": 1}.get(unit)
    if per_second is None or number < 0 or number // per_second >= 253_402_300_800:
        return ""
    seconds, rest = divmod(number, per_second)
    moment = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment}{f'.{rest:09}' if rest else ''} UTC"


def scaled_text(unit: str, number: int) -> str:
    """The decimal behind a fixed-point number, with its currency; empty for other units."""
    factor, _, name = unit.partition(" ")
    match factor.split("^"):
        case ["2", power] if power.removeprefix("-").isdecimal():
            scale = EXACT.power(Decimal(2), int(power))
        case [text] if text.startswith("1e") and text[2:].removeprefix("-").isdecimal():
            scale = Decimal(text)
        case _:
            return ""
    shown = f"{EXACT.multiply(Decimal(number), scale).normalize(EXACT):f}"
    if len(shown) > SCALED_CHARACTERS_MAX:
        return ""
    return f"{shown} {name}".rstrip()


def symbol_text(number: int) -> str:
    """The symbol in an asset id: up to eight capitals and digits, read big-endian (section 7)."""
    symbol = number.to_bytes(8, "big", signed=number < 0).rstrip(b"\0") if number else b""
    is_symbol = symbol.isascii() and symbol.isalnum() and symbol[:1].isupper()
    return f'"{symbol.decode()}"' if is_symbol and len(symbol) > 1 else ""
