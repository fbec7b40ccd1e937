"""Rows: questions to one live implementation in which each kind follows each other kind.

What a call leaves behind shows in a later one: a cache that forgets a part of its key, a counter
that wraps, a refusal that closes a door. All answers are kept until the last one is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, meanings, messages
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.corners import identities
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.covering import neighbouring_rows
from torq_conformance.cases.header import field_bytes
from torq_conformance.implementations.protocol import QUESTIONS, Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.layout import Integer, Raw, Vector
from torq_specs.registry import EXTENDED, EXTENDED_SIZE_MAX, Registry, TlvType

STATE = "STATE-INDEPENDENT"


def asked_decode(data: bytes) -> Request:
    """A message to decode."""
    return Request(Operation.DECODE, data)


def asked_encode(message: dict[str, Any]) -> Request:
    """A neutral message to encode."""
    return Request(Operation.ENCODE, message)


def row(label: str, make: Callable[[], tuple[Request, ...]]) -> Cell:
    """The cell of a row."""
    return Cell(STATE, label, make)


# Every kind behind every other.


def kinds(registry: Registry) -> list[Request]:
    """One question of every kind: each operation, right and refused, small and large."""
    some = [*wire_kinds(registry), *value_kinds(registry)]
    for line in registry.with_layout[:3]:
        message = messages.message_of(line, messages.representative_value(line))
        data = derived_codec.encode_message(message, registry)
        some += [asked_decode(data), asked_encode(message), Request(Operation.ROUNDTRIP, data)]
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


def wire_kinds(registry: Registry) -> list[Request]:
    """Messages to decode: four right ones, then one of every kind that is refused."""
    good, carrying = checksums.plain(registry), carriers(registry)
    number, a = carrying.first.number, carrying.first.encoded(b"a")
    return [
        asked_decode(good),
        Request(Operation.ROUNDTRIP, good),
        asked_decode(messages.wire()),
        asked_decode(carrying.wire(*carrying.frames(20_000))),
        asked_decode(checksums.with_checksum(good, 1)),
        asked_decode(field_bytes("magic", 1)),
        asked_decode(field_bytes("version", 9)),
        asked_decode(field_bytes("source", 99)),
        asked_decode(field_bytes("relay_domain", 9)),
        asked_decode(good[:20]),
        asked_decode(good[:-1]),
        asked_decode(good + b"x"),
        asked_decode(messages.wire(b"\0\0")),
        asked_decode(carrying.wire(frame(number, a, is_extended=True, reserved=1))),
        asked_decode(carrying.wire(bytes([number, 9]) + b"ab")),
        asked_decode(carrying.wire(bytes([EXTENDED, 0, number]))),
        Request(Operation.ROUNDTRIP, checksums.with_checksum(good, 2)),
    ]


def value_kinds(registry: Registry) -> list[Request]:
    """Neutral messages to encode: three right ones, then such as are refused."""
    carrying = carriers(registry)
    x = carrying.first.tlv(b"x")
    opaque = carrying.opaque
    too_large = [(opaque.number, bytes(EXTENDED_SIZE_MAX + 1))] if opaque else []
    return [
        asked_encode(carrying.message(carrying.first.tlv(b"good"))),
        asked_encode(messages.message()),
        asked_encode(carrying.message(*carrying.tlvs(20_000))),
        asked_encode(carrying.message(x, source=99)),
        asked_encode(carrying.message(x, flags=256)),
        asked_encode(carrying.message(x, relay_domain=7)),
        *(asked_encode(carrying.message(one)) for one in too_large),
        asked_encode(messages.message((0, b"x"))),
    ]


CODEC = {Operation.DECODE, Operation.ENCODE, Operation.ROUNDTRIP}


def every_kind_behind_every_other(registry: Registry) -> Iterator[Cell]:
    """Rows in which every kind of question stands behind every other, and behind itself.

    What an implementation does not claim is left out of its rows.
    """
    operations = {
        "decode": {Operation.DECODE},
        "encode": {Operation.ENCODE},
        "codec": CODEC,
        "codec and ids": {*CODEC, Operation.INSTRUMENT_ID},
        "everything": {*QUESTIONS},
    }
    everything = kinds(registry)
    for name, wanted in operations.items():
        some = [request for request in everything if request.operation in wanted]
        for step, order in enumerate(neighbouring_rows(len(some))):
            make = partial(_picked, some, order)
            yield row(f"{name}, every kind behind another, step {step}", make)


def _picked(some: list[Request], order: list[int]) -> tuple[Request, ...]:
    return tuple(some[at] for at in order)


# One thing changed.


def one_argument_changed(registry: Registry) -> Iterator[Cell]:
    """Every operation twice with one argument changed, and the first time again."""
    for operation, arguments in identities.plain_arguments().items():
        for name, part in arguments.items():
            for turn, other in enumerate(_others(part)):
                one = identities.ask(operation, arguments)
                two = identities.ask(operation, {**arguments, name: other})
                label = f"{operation}, {name} changed ({turn})"
                yield row(label, partial(constant, (one, two, one, two, two, one)))
    symbols = [{"venue": 2, "symbol": text} for text in ("AAPL", "MSFT")]
    alike = [identities.ask(op, args) for args in symbols for op in ("stock", "bond", "coin")]
    yield row("the same arguments of stock, bond and coin", partial(constant, tuple(alike * 2)))
    for operation in ("cache_key", "to_u64"):
        base = identities.an_id(0x1122334455667788, 202, 50, 3)
        for name, part in base.items():
            for turn, other in enumerate(_others(part)):
                if other >= 1 << 8 * {"asset_id": 8, "venue": 2}.get(name, 1):
                    continue
                one = identities.ask(operation, {"id": base})
                two = identities.ask(operation, {"id": {**base, name: other}})
                label = f"{operation}, {name} changed ({turn})"
                yield row(label, partial(constant, (one, two, one)))


def constant(asked: tuple[Request, ...]) -> tuple[Request, ...]:
    """A row that is made already."""
    return asked


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
            yield row(f"{line.name}, {field.name} changed", make)


def _three(line: TlvType, base: dict[str, Any], other: dict[str, Any]) -> tuple[Request, ...]:
    one, two = (messages.message_of(line, value) for value in (base, other))
    first, second = (framed(line, value) for value in (base, other))
    encodes = (asked_encode(one), asked_encode(two), asked_encode(one))
    decodes = (asked_decode(first), asked_decode(second), asked_decode(first))
    return (*encodes, *decodes, asked_encode(two))


def framed(line: TlvType, value: dict[str, Any]) -> bytes:
    """A message with one value of a declared type."""
    assert line.layout is not None
    tlv = frame(line.number, encode_value(line.layout, value))
    return derived_codec.assemble(messages.header_for(line), tlv)
