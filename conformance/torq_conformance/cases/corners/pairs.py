"""Pairs and triples: header fields with one another, neighbours of types, counts of two vectors."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.cases.corners.covering import covering_rows, neighbouring_rows
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain, Source
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Layout, Vector
from torq_specs.registry import Registry, TlvType

FLAGS = (0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xC0, 0x7F, 0xFF)

TIMES = (
    0,
    1,
    1_700_000_000,
    1_700_000_000_000,
    1_700_000_000_000_000_000,
    (1 << 31) * 10**9,
    (1 << 32) * 10**9,
    (1 << 53) + 1,
    (1 << 62) + 1,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)
"""Nothing, s, ms and ns of our days, 2038, 2106, edges of 53 and 64 bits."""

SEQUENCES = (
    *(0, 1, 255, 256, 65_535, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32),
    *((1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
)

Shape = tuple[str, list[dict[str, Any]]]


def _shapes(registry: Registry, domain: RelayDomain) -> list[Shape]:
    """What a payload may be made of."""
    riding = [line for line in registry.with_layout if line.domain in {None, domain}]
    if not riding:
        problem = f"No declared type may ride in {domain.name}."
        raise KitError(problem, "The pairs of headers and payloads need one.")
    vendor = messages.VENDOR
    first, last = (_tlv(line) for line in (riding[0], riding[-1]))
    return [
        ("bare", []),
        ("one empty", [{"type": vendor, "value": b""}]),
        ("one short", [{"type": vendor, "value": b"abc"}]),
        ("one long", [{"type": vendor, "value": messages.opaque_value(300)}]),
        ("one declared", [first]),
        ("two declared", [last, first]),
        ("twenty", [{"type": vendor, "value": bytes([n] * n)} for n in range(20)]),
    ]


def _tlv(line: TlvType) -> dict[str, Any]:
    return {"type": line.number, "value": messages.representative_value(line)}


DOMAINS, SOURCES = tuple(RelayDomain), tuple(Source)


def headers(registry: Registry) -> Iterator[Cell]:
    """Every triple of domain, flags, sequence, timestamp and payload; the sources in turn."""
    shapes = {domain: _shapes(registry, domain) for domain in DOMAINS}
    domain, _, *others = _levels(shapes)
    for number, (first, *rest) in enumerate(covering_rows([domain, *others], 3)):
        row = (first, number % len(SOURCES), *rest)
        yield _right(registry, shapes, row, number)


def sources(registry: Registry) -> Iterator[Cell]:
    """Every pair of source and anything else; right checksums."""
    shapes = {domain: _shapes(registry, domain) for domain in DOMAINS}
    for number, row in enumerate(covering_rows(_levels(shapes), 2)):
        yield _right(registry, shapes, row, number)


def _right(
    registry: Registry,
    shapes: dict[RelayDomain, list[Shape]],
    row: tuple[int, ...],
    number: int,
) -> Cell:
    label, header, tlvs = _message(shapes, row)
    message = {"header": header, "tlvs": tlvs}
    make = partial(derived_codec.encode_message, message, registry)
    match number % 3:
        case 0:
            return Cell("HDR-LAYOUT", f"encode {label}", encoding(partial(dict, message)))
        case 1:
            return Cell("HDR-LAYOUT", f"decode {label}", decoding(make))
        case _:
            return Cell("RT-BYTES", f"repeat {label}", repeating(make))


def wrong_headers(registry: Registry) -> Iterator[Cell]:
    """Every pair of them with every kind of wrong checksum."""
    shapes = {domain: _shapes(registry, domain) for domain in DOMAINS}
    for row in covering_rows([*_levels(shapes), len(WRONG)], 2):
        label, header, tlvs = _message(shapes, row[:-1])
        what, change = WRONG[row[-1]]
        make = partial(_wrongly_sealed, registry, header, tlvs, change)
        yield Cell("CHK-VERIFY", f"decode {label}, checksum {what}", decoding(make))


def _levels(shapes: dict[RelayDomain, list[Shape]]) -> list[int]:
    kinds = len(next(iter(shapes.values())))
    return [len(DOMAINS), len(SOURCES), len(FLAGS), len(SEQUENCES), len(TIMES), kinds]


def _message(
    shapes: dict[RelayDomain, list[Shape]], row: tuple[int, ...]
) -> tuple[str, dict[str, int], list[dict[str, Any]]]:
    domain, source, flags, sequence, timestamp, shape = row
    name, tlvs = shapes[DOMAINS[domain]][shape]
    header = messages.header(
        relay_domain=int(DOMAINS[domain]),
        source=int(SOURCES[source]),
        flags=FLAGS[flags],
        sequence=SEQUENCES[sequence],
        timestamp=TIMES[timestamp],
    )
    fields = ", ".join(f"{key} {value}" for key, value in header.items() if key != "version")
    return f"{name}, {fields}", header, tlvs


WRONG = (
    ("bit 0 flipped", lambda right: right ^ 1),
    ("bit 31 flipped", lambda right: right ^ 1 << 31),
    ("zero", lambda right: 0 if right else 1),
    ("all ones", lambda right: 0xFFFFFFFF if right != 0xFFFFFFFF else 0),
    ("inverted", lambda right: right ^ 0xFFFFFFFF),
    ("one more", lambda right: (right + 1) % (1 << 32)),
    ("right in its low half alone", lambda right: right ^ 0x00010000),
    ("right in its high half alone", lambda right: right ^ 0x00008000),
)
"""Wrong checksums, by the right one."""


def _wrongly_sealed(
    registry: Registry, header: dict[str, int], tlvs: list[dict[str, Any]], change: Any
) -> bytes:
    data = derived_codec.encode_message({"header": header, "tlvs": tlvs}, registry)
    right = int.from_bytes(data[28:32], "little")
    return checksums.with_checksum(data, change(right))


# Neighbours.


def neighbours(registry: Registry) -> Iterator[Cell]:
    """Every type behind every other, in every pair of framings: many in one message."""
    for domain in DOMAINS:
        riding = [line for line in registry if line.domain in {None, domain}]
        plain = [line for line in riding if line.layout is None and line.size_rule == "*"]
        # Vendors' types that nobody declared are alike: the first and the last stand for them.
        some = [line for line in riding if line not in plain[1:-1]]
        if len(some) < 2:
            problem = f"Less than two types may ride in {domain.name}."
            raise KitError(problem, "Neighbours need two.")
        framed = [piece for line in some for piece in _framings(line)]
        for step, row in enumerate(neighbouring_rows(len(framed))):
            make = partial(_in_a_row, domain, framed, row)
            label = f"neighbours in {domain.name}, step {step}"
            turn = (decoding, repeating)[step % 2]
            yield Cell("TLV-ORDER", f"{turn.__name__} {label}", turn(make))
        for step, row in enumerate(neighbouring_rows(len(some))):
            neutral = partial(_neutral_row, domain, some, row)
            label = f"encoding neighbours in {domain.name}, step {step}"
            yield Cell("TLV-ORDER", label, encoding(neutral))


def _framings(line: TlvType) -> list[bytes]:
    value = messages.encoded_value(line, messages.representative_value(line))
    return [frame(line.number, value), frame(line.number, value, is_extended=True)]


def _in_a_row(domain: RelayDomain, framed: list[bytes], row: list[int]) -> bytes:
    payload = b"".join(framed[at] for at in row)
    return derived_codec.assemble(messages.header(relay_domain=int(domain)), payload)


def _neutral_row(domain: RelayDomain, some: list[TlvType], row: list[int]) -> dict[str, Any]:
    tlvs = [_tlv(line) for line in some]
    return {
        "header": messages.header(relay_domain=int(domain)),
        "tlvs": [tlvs[at] for at in row],
    }


# Counts.


def counts(registry: Registry) -> Iterator[Cell]:
    """While one vector of a type grows the other shrinks, by every count."""
    for line, first, second in _two_vectors(registry):
        for one in range(first[1].capacity + 1):
            pair = (one, max(0, second[1].capacity - one))
            label = f"{line.name}: {pair[0]} {first[0]}, {pair[1]} {second[0]}"
            yield Cell("BOOK-SIDES", label, partial(_counted, line, first, second, pair))


PER_DIFFERENCE = 43
"""One in so many counts stands for the pairs of counts of one difference."""


def differences(registry: Registry) -> Iterator[Cell]:
    """Pairs of counts of two vectors of a type with every difference, wrapped: a few of each."""
    for line, first, second in _two_vectors(registry):
        size = second[1].capacity + 1
        for shift in range(size):
            # Where the few begin differs from shift to shift, so that every count comes up.
            for one in range(shift * 17 % PER_DIFFERENCE, first[1].capacity + 1, PER_DIFFERENCE):
                pair = (one, (one + shift) % size)
                label = f"{line.name}: {pair[0]} {first[0]}, {pair[1]} {second[0]}"
                yield Cell("BOOK-SIDES", label, partial(_counted, line, first, second, pair))


def every_count(registry: Registry) -> Iterator[Cell]:
    """Every pair of counts of two vectors of a type, in rows of equal difference."""
    for line, first, second in _two_vectors(registry):
        size = second[1].capacity + 1
        for shift in range(size):
            label = f"{line.name}: every count of {first[0]}, {shift} more {second[0]}"
            yield Cell("BOOK-SIDES", label, partial(_shifted, line, first, second, shift))


Named = tuple[str, Vector]


def _two_vectors(registry: Registry) -> list[tuple[TlvType, Named, Named]]:
    found = []
    for line in registry.with_layout:
        some = [(name, vector) for name, _, vector in vectors(line)]
        found += [(line, some[at], some[at + 1]) for at in range(len(some) - 1)]
    if not found:
        raise KitError("No type has two vectors.", "The pairs of counts need one.")
    return found


def _shifted(line: TlvType, first: Named, second: Named, shift: int) -> tuple[Request, ...]:
    size = second[1].capacity + 1
    return tuple(
        _counted(line, first, second, (one, (one + shift) % size))
        for one in range(first[1].capacity + 1)
    )


def _counted(line: TlvType, first: Named, second: Named, pair: tuple[int, int]) -> Request:
    assert line.layout is not None
    value = _value_with(line.layout, first, second, pair)
    if sum(pair) % 4 < 2:
        return Request(Operation.ENCODE, messages.message_of(line, value))
    return Request(Operation.DECODE, _framed(line, value))


def _value_with(
    layout: Layout, first: Named, second: Named, pair: tuple[int, int]
) -> dict[str, Any]:
    value = boundaries.distinct(layout)
    value[first[0]] = _full(first[1])[: pair[0]]
    value[second[0]] = _full(second[1])[: pair[1]][::-1]
    return value


@functools.cache
def _full(vector: Vector) -> list[Any]:
    return boundaries.elements(vector, vector.capacity)


def _framed(line: TlvType, value: dict[str, Any]) -> bytes:
    assert line.layout is not None
    tlv = frame(line.number, encode_value(line.layout, value))
    return derived_codec.assemble(messages.header_for(line), tlv)


def every_header_field(registry: Registry) -> Iterator[Cell]:
    """Every pair of header fields at the edges of their types, in messages of every domain."""
    names = ("flags", "sequence", "timestamp")
    edges = {name: [*boundaries.edges(HEADER_LAYOUT.field(name))] for name in names}
    for row in covering_rows([len(edges[name]) for name in names], 2):
        header = {name: edges[name][at] for name, at in zip(names, row, strict=True)}
        label = ", ".join(f"{name} {edge[0]}" for name, edge in header.items())
        changes = {name: edge[1] for name, edge in header.items()}
        changes["relay_domain"] = 1 + sum(row) % len(DOMAINS)
        make = partial(messages.wire, frame(messages.VENDOR, b"abc"), **changes)
        yield Cell("RT-BYTES", f"repeat {label}", repeating(make))
