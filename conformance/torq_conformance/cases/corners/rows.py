"""Rows: questions to one live implementation in which each kind follows each other kind.

What a call leaves behind shows in a later one: a cache that forgets a part of its key, a counter
that wraps, a refusal that closes a door. All answers are kept until the last one is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, meanings, messages
from torq_conformance.cases.corners import identities
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.covering import neighbouring_rows
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.cases.header import field_bytes
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain, Source
from torq_specs.layout import Integer, Raw, Vector
from torq_specs.registry import Registry, TlvType

STATE = "STATE-INDEPENDENT"


def _decode(data: bytes) -> Request:
    return Request(Operation.DECODE, data)


def _encode(message: dict[str, Any]) -> Request:
    return Request(Operation.ENCODE, message)


def _row(label: str, make: Callable[[], tuple[Request, ...]]) -> Cell:
    return Cell(STATE, label, make)


# Every kind behind every other.


def kinds(registry: Registry) -> list[Request]:
    """One question of every kind: each operation, right and refused, small and large."""
    good = messages.message((messages.VENDOR, b"good"))
    some = [*_wire_kinds(), *_value_kinds(good)]
    for line in registry.with_layout[:3]:
        message = messages.message_of(line, messages.representative_value(line))
        data = derived_codec.encode_message(message, registry)
        some += [_decode(data), _encode(message), Request(Operation.ROUNDTRIP, data)]
    for line in [line for line in registry if line.rules][:3]:
        for value in (meanings.sound_value(line), boundaries.zeros(line.layout)):  # type: ignore[arg-type]
            message = messages.message_of(line, value)
            data = derived_codec.encode_message(message, registry)
            some.append(Request(Operation.VALIDATE, message))
            some.append(Request(Operation.DECODE_VALIDATED, data))
    for operation, arguments in identities.plain_arguments().items():
        some.append(identities.ask(operation, arguments))
    some.append(identities.ask("stock", {"venue": 1, "symbol": "é"}))
    some.append(identities.ask("evm_token", {"venue": 200, "address": "0x00"}))
    some.append(identities.ask("cache_key", {"id": identities.an_id(9)}))
    some.append(identities.ask("from_u64", {"value": 1 << 63 | 5}))
    return some


def _wire_kinds() -> list[Request]:
    good = checksums.PLAIN
    return [
        _decode(good),
        Request(Operation.ROUNDTRIP, good),
        _decode(messages.wire()),
        _decode(messages.wire(frame(messages.VENDOR, messages.opaque_value(20_000)))),
        _decode(checksums.with_checksum(good, 1)),
        _decode(field_bytes("magic", 1)),
        _decode(field_bytes("version", 9)),
        _decode(field_bytes("source", 99)),
        _decode(field_bytes("relay_domain", 9)),
        _decode(good[:20]),
        _decode(good[:-1]),
        _decode(good + b"x"),
        _decode(messages.wire(b"\0\0")),
        _decode(messages.wire(b"\xff\x01\xc8\x01\0a")),
        _decode(messages.wire(b"\xc8\x09ab")),
        _decode(messages.wire(b"\xff\0\xc8")),
        Request(Operation.ROUNDTRIP, checksums.with_checksum(good, 2)),
    ]


def _value_kinds(good: dict[str, Any]) -> list[Request]:
    vendor = messages.VENDOR
    return [
        _encode(good),
        _encode(messages.message()),
        _encode(messages.message((vendor, messages.opaque_value(20_000)))),
        _encode(messages.message((vendor, b"x"), source=99)),
        _encode(messages.message((vendor, b"x"), flags=256)),
        _encode(messages.message((vendor, b"x"), relay_domain=7)),
        _encode(messages.message((vendor, bytes(65_536)))),
        _encode(messages.message((0, b"x"))),
    ]


def every_kind_behind_every_other(registry: Registry) -> Iterator[Cell]:
    """Rows in which every kind of question stands behind every other, and behind itself.

    What an implementation does not claim is left out of its rows.
    """
    operations = {
        "decode": {Operation.DECODE},
        "encode": {Operation.ENCODE},
        "codec": {Operation.DECODE, Operation.ENCODE, Operation.ROUNDTRIP},
        "everything": {*Operation} - {Operation.THROUGHPUT},
    }
    everything = kinds(registry)
    for name, wanted in operations.items():
        some = [request for request in everything if request.operation in wanted]
        for step, row in enumerate(neighbouring_rows(len(some))):
            make = partial(_picked, some, row)
            yield _row(f"{name}, every kind behind another, step {step}", make)


def _picked(some: list[Request], row: list[int]) -> tuple[Request, ...]:
    return tuple(some[at] for at in row)


# One thing changed.


def one_argument_changed(registry: Registry) -> Iterator[Cell]:
    """Every operation twice with one argument changed, and the first time again."""
    for operation, arguments in identities.plain_arguments().items():
        for name, part in arguments.items():
            for turn, other in enumerate(_others(part)):
                one = identities.ask(operation, arguments)
                two = identities.ask(operation, {**arguments, name: other})
                label = f"{operation}, {name} changed ({turn})"
                yield _row(label, partial(_constant, (one, two, one, two, two, one)))
    symbols = [{"venue": 2, "symbol": text} for text in ("AAPL", "MSFT")]
    row = [identities.ask(op, args) for args in symbols for op in ("stock", "bond", "coin")]
    yield _row("the same arguments of stock, bond and coin", partial(_constant, tuple(row * 2)))
    for operation in ("cache_key", "to_u64"):
        base = identities.an_id(0x1122334455667788, 202, 50, 3)
        for name, part in base.items():
            for turn, other in enumerate(_others(part)):
                if other >= 1 << 8 * {"asset_id": 8, "venue": 2}.get(name, 1):
                    continue
                one = identities.ask(operation, {"id": base})
                two = identities.ask(operation, {"id": {**base, name: other}})
                label = f"{operation}, {name} changed ({turn})"
                yield _row(label, partial(_constant, (one, two, one)))


def _constant(row: tuple[Request, ...]) -> tuple[Request, ...]:
    return row


def _others(part: Any) -> list[Any]:
    """What differs from an argument in one thing."""
    match part:
        case bool():
            return [not part]
        case int():
            return [part ^ 1, part + 100, part ^ 0x80]
        case str() if part.startswith("0x"):
            changed = part[:-1] + ("1" if part[-1] != "1" else "2")
            return [changed, part[:17] + ("1" if part[17] != "1" else "2") + part[18:]]
        case str():
            return [part + "X", part[:-1], part.lower(), part[:-1] + "Z", part + "       tail"]
        case _:
            found = []
            for name, number in part.items():
                found += [{**part, name: number ^ 1}]
            return [*found, {**part, "asset_id": part["asset_id"] ^ 1 << 63}]


def one_field_changed(registry: Registry) -> Iterator[Cell]:
    """Values of every declared type that differ in one field, one after another, both ways."""
    for line in registry.with_layout:
        assert line.layout is not None
        base = boundaries.distinct(line.layout)
        for field in line.layout.named:
            match field.type:
                case Integer():
                    other: Any = base[field.name] ^ 1
                case Raw():
                    other = base[field.name][:-1] + bytes([base[field.name][-1] ^ 1])
                case Vector() as vector:
                    elements = base[field.name]
                    other = [*elements[:-1], boundaries.elements(vector, vector.capacity)[-1]]
                case _:
                    continue
            make = partial(_three, line, base, {**base, field.name: other})
            yield _row(f"{line.name}, {field.name} changed", make)


def _three(line: TlvType, base: dict[str, Any], other: dict[str, Any]) -> tuple[Request, ...]:
    one, two = (messages.message_of(line, value) for value in (base, other))
    first, second = (_framed(line, value) for value in (base, other))
    encodes = (_encode(one), _encode(two), _encode(one))
    return (*encodes, _decode(first), _decode(second), _decode(first), _encode(two))


def _framed(line: TlvType, value: dict[str, Any]) -> bytes:
    assert line.layout is not None
    tlv = frame(line.number, encode_value(line.layout, value))
    return derived_codec.assemble(messages.header_for(line), tlv)


# Many distinct ones, asked again.

MANY = 1500
"""Distinct arguments of an operation that are asked in one row, and then again."""


def many_asked_again(registry: Registry) -> Iterator[Cell]:
    """Thousands of symbols, addresses and pools in a row, each asked again later."""
    for operation in ("stock", "coin", "bond", "evm_token", "option", "pool", "lp_token"):
        make = partial(_many, operation)
        yield _row(f"{MANY} of {operation}, and again", make)


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
        yield _row(f"{line.name}, 30 different ones in a row", partial(_many_of, line))
    for name in ("source", "relay_domain", "flags", "sequence", "timestamp"):
        yield _row(f"600 headers, {name} alone in turn", partial(_many_headers, name))


def _many_of(line: TlvType) -> tuple[Request, ...]:
    assert line.layout is not None
    row = []
    for number in range(30):
        value = boundaries.distinct(line.layout, shift=number)
        for name, _, vector in vectors(line):
            value[name] = boundaries.elements(vector, number % min(4, vector.capacity + 1))
        row += [_decode(_framed(line, value)), _encode(messages.message_of(line, value))]
    return (*row, *row[:20])


def _many_headers(name: str) -> tuple[Request, ...]:
    sources, domains = tuple(Source), tuple(RelayDomain)
    row = []
    for number in range(600):
        changes = {
            "source": int(sources[number % len(sources)]),
            "relay_domain": int(domains[number % len(domains)]),
            "flags": number % 256,
            "sequence": number * 0x9E3779B97F4A7C15 % (1 << 64),
            "timestamp": 1_700_000_000_000_000_000 + number,
        }
        message = messages.message((messages.VENDOR, b"same"), **{name: changes[name]})
        row += [_encode(message), _decode(derived_codec.encode_message(message))]
    return tuple(row)


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
                make = partial(_ordered, name, numbers, flag, domain)
                yield _row(f"{name} {order}, flags {flag:#04x}", make)


def _ordered(name: str, numbers: list[int], flags: int, domain: int) -> tuple[Request, ...]:
    row = []
    for index, number in enumerate(numbers):
        # The flag in turn set and not, so that a marked message follows an unmarked one.
        changes = {name: number, "flags": flags * (index % 2), "relay_domain": domain}
        message = messages.message((messages.VENDOR, bytes([index])), **changes)
        row += [_decode(derived_codec.encode_message(message)), _encode(message)]
        changes["flags"] = flags
        other = messages.message((messages.VENDOR, bytes([index])), **changes)
        row += [_decode(derived_codec.encode_message(other)), _encode(other)]
    return tuple(row)


def after_many_refusals(registry: Registry) -> Iterator[Cell]:
    """A right question behind 300 refusals of each kind: no door closes."""
    good = (_decode(checksums.PLAIN), _encode(messages.message((messages.VENDOR, b"good"))))
    for number, bad in enumerate([*_wire_kinds()[4:], *_value_kinds({})[3:]]):
        if bad.operation is not Operation.ROUNDTRIP:
            row = (*good, *[bad] * 300, *good)
            yield _row(f"300 refusals of kind {number}, then right ones", partial(_constant, row))
    ids = identities.plain_arguments()
    stock = identities.ask("stock", ids["stock"])
    for name, bad in (
        ("a symbol", identities.ask("stock", {"venue": 1, "symbol": "é"})),
        ("an address", identities.ask("evm_token", {"venue": 200, "address": "0x1"})),
    ):
        row = (stock, *[bad] * 300, stock)
        yield _row(f"300 refusals of {name}, then right ones", partial(_constant, row))
