"""Histories: thousands of distinct arguments, orders of sequence numbers, and many refusals.

A table fills up, a session stumbles over a number, a door closes: what only a long row shows.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.carriers import carriers, message_in
from torq_conformance.cases.corners import identities
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.rows import (
    asked_decode,
    asked_encode,
    constant,
    framed,
    row,
    value_kinds,
    wire_kinds,
)
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain, Source
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import Registry, TlvType

MANY = 1500
"""Distinct arguments of an operation that are asked in one row, and then again."""


def many_asked_again(registry: Registry) -> Iterator[Cell]:
    """Thousands of symbols, addresses and pools in a row, each asked again later."""
    for operation in ("stock", "coin", "bond", "evm_token", "option", "pool", "lp_token"):
        make = partial(_many, operation)
        yield row(f"{MANY} of {operation}, and again", make)


def _many(operation: str) -> tuple[Request, ...]:
    first = [identities.ask(operation, _numbered(operation, n)) for n in range(MANY)]
    # Again in another order: what was asked first need not be what is forgotten first.
    again = [first[n * 7 % MANY] for n in range(MANY // 3)]
    return (*first, *again)


def _numbered(operation: str, number: int) -> dict[str, Any]:
    """Arguments that differ from those of any other number."""
    arguments = identities.plain_arguments()[operation]
    spread = number * 0x9E3779B97F4A7C15 % (1 << 64)
    match operation:
        case "evm_token":
            return {**arguments, "address": f"0x{spread:016x}{number:024x}"}
        case "pool":
            return {**arguments, "a": identities.an_id(spread)}
        case "lp_token":
            return {**arguments, "pool": identities.an_id(spread)}
        case "option":
            return {**arguments, "strike": spread >> 32, "symbol": _text(number)}
        case _:
            return {**arguments, "symbol": _text(number)}


def _text(number: int) -> str:
    letters = ""
    while number or not letters:
        number, letter = divmod(number, 26)
        letters += chr(ord("A") + letter)
    return letters


def many_values(registry: Registry) -> Iterator[Cell]:
    """Dozens of messages in a row that all differ in every field, the first ones again."""
    for line in registry.with_layout:
        yield row(f"{line.name}, 30 different ones in a row", partial(_many_of, line))
    for name in ("source", "relay_domain", "flags", "sequence", "timestamp"):
        yield row(f"600 headers, {name} alone in turn", partial(_many_headers, registry, name))


def _many_of(line: TlvType) -> tuple[Request, ...]:
    assert line.layout is not None
    asked = []
    for number in range(30):
        value = boundaries.distinct(line.layout, shift=number)
        for name, _, vector in vectors(line):
            value[name] = boundaries.elements(vector, number % min(4, vector.capacity + 1))
        asked += [asked_decode(framed(line, value)), asked_encode(messages.message_of(line, value))]
    return (*asked, *asked[:20])


def _many_headers(registry: Registry, name: str) -> tuple[Request, ...]:
    sources, domains = tuple(Source), tuple(RelayDomain)
    asked, domain = [], carriers(registry).domains[0]
    for number in range(600):
        changes = {
            "source": int(sources[number % len(sources)]),
            "relay_domain": int(domains[number % len(domains)]),
            "flags": number % 256,
            "sequence": number * 0x9E3779B97F4A7C15 % (1 << 64),
            "timestamp": 1_700_000_000_000_000_000 + number,
        }
        changed = {"relay_domain": domain, name: changes[name]}
        message = message_in(changed.pop("relay_domain"), b"same", registry, **changed)
        data = derived_codec.encode_message(message, registry)
        asked += [asked_encode(message), asked_decode(data)]
    return tuple(asked)


# More than sixteen bits can tell apart.

DIFFERENT = 66_000
"""Values in a row that all differ: a table whose places have numbers of 16 bits is full before."""

IN_ONE = 4_000
"""Of them in one message, if they have room."""

NUMBER_SIZE = 8

COMMON_MIN = 7
"""Types that have a field of the same name, from which on it is asked."""

SPREAD = 0x9E3779B97F4A7C15
"""Odd, so that its multiples by different numbers of 64 bits differ."""


def more_than_16_bits(registry: Registry) -> Iterator[Cell]:
    """66,000 values that differ in every field, of the fewest types with what most types name."""
    names = {line: _wide_names(line) for line in registry.with_layout}
    counted = collections.Counter(name for some in names.values() for name in some)
    missing = {name for name, count in counted.items() if count >= COMMON_MIN}
    while missing:
        # Of those that have as many the smallest.
        line = max(names, key=lambda one: (len(names[one] & missing), -one.size_max))
        label = f"{DIFFERENT:,} of {line.name}, all different, {', '.join(sorted(names[line]))} too"
        yield row(label, partial(_different, line))
        missing -= names[line]


def _wide_names(line: TlvType) -> set[str]:
    """Fields with room for so many numbers, vectors left out."""
    assert line.layout is not None
    fields = (one for one in line.layout.named if not isinstance(one.type, Vector))
    return {field.name for field in fields if field.size >= NUMBER_SIZE}


def _different(line: TlvType) -> tuple[Request, ...]:
    assert line.layout is not None
    layout, header = line.layout, messages.header_for(line)
    frames = [
        frame(line.number, encode_value(layout, _apart(layout, number)))
        for number in range(DIFFERENT)
    ]
    count = min(IN_ONE, (MESSAGE_SIZE_MAX - HEADER_SIZE) // len(frames[0]))
    asked = [
        asked_decode(derived_codec.assemble(header, b"".join(frames[at : at + count])))
        for at in range(0, DIFFERENT, count)
    ]
    return (*asked, asked[0])


def _apart(layout: Layout, number: int) -> dict[str, Any]:
    """A value that differs from that of any other number in every field that has room for it."""
    wide = (number + 1) * SPREAD % (1 << 64)
    value: dict[str, Any] = {}
    for field in layout.named:
        match field.type:
            case Integer() as type_:
                value[field.name] = type_.minimum + wide % (type_.maximum - type_.minimum + 1)
            case Raw(size):
                value[field.name] = (wide.to_bytes(8, "little") * size)[:size]
            case _:
                value[field.name] = []
    return value


# Sequences and flags.

ORDERS = {
    "rising": [1, 2, 3, 4, 5],
    "falling": [5, 4, 3, 2, 1],
    "the same": [7, 7, 7, 7, 7],
    "with gaps": [1, 2, 9, 1000, 1 << 40],
    "begun anew": [100, 101, 102, 1, 2],
    "back by one": [10, 11, 10, 12, 11],
    "from zero": [0, 1, 0, 0, 1],
    "around the end": [(1 << 64) - 2, (1 << 64) - 1, 0, 1, 2],
    "around 32 bits": [(1 << 32) - 1, 1 << 32, 0, 1, (1 << 32) - 1],
}
"""Orders of sequence numbers that a session would stumble over, and a codec must not."""


def orders(registry: Registry) -> Iterator[Cell]:
    """Every order of sequences and of timestamps with every single flag, in every domain."""
    flags = (0, *(1 << bit for bit in range(8)), 0xFF)
    for order, numbers in ORDERS.items():
        for at, flag in enumerate(flags):
            domain = int([*RelayDomain][at % len(RelayDomain)])
            for name in ("sequence", "timestamp"):
                make = partial(_ordered, registry, name, numbers, flag, domain)
                yield row(f"{name} {order}, flags {flag:#04x}", make)


def _ordered(
    registry: Registry, name: str, numbers: list[int], flags: int, domain: int
) -> tuple[Request, ...]:
    asked = []
    for index, number in enumerate(numbers):
        # The flag in turn set and not, so that a marked message follows an unmarked one.
        for own in (flags * (index % 2), flags):
            changes = {name: number, "flags": own}
            message = message_in(domain, bytes([index]), registry, **changes)
            data = derived_codec.encode_message(message, registry)
            asked += [asked_decode(data), asked_encode(message)]
    return tuple(asked)


def after_many_refusals(registry: Registry) -> Iterator[Cell]:
    """A right question behind 300 refusals of each kind: no door closes."""
    encoded, *values = value_kinds(registry)
    good = (asked_decode(checksums.plain(registry)), encoded)
    for number, bad in enumerate([*wire_kinds(registry)[4:], *values[2:]]):
        if bad.operation is not Operation.ROUNDTRIP:
            refused = (*good, *[bad] * 300, *good)
            yield row(f"300 refusals of kind {number}, then right ones", partial(constant, refused))
    ids = identities.plain_arguments()
    stock = identities.ask("stock", ids["stock"])
    for name, bad in (
        ("a symbol", identities.ask("stock", {"venue": 1, "symbol": "é"})),
        ("an address", identities.ask("evm_token", {"venue": 200, "address": "0x1"})),
    ):
        refused = (stock, *[bad] * 300, stock)
        yield row(f"300 refusals of {name}, then right ones", partial(constant, refused))
