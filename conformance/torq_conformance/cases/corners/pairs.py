"""Pairs and triples: header fields with one another, and types with their neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.carriers import carriers_in, message_in
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, insist, repeating
from torq_conformance.cases.corners.covering import covering_rows, neighbouring_rows
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.enums import RelayDomain, Source
from torq_specs.faults import HEADER_LAYOUT
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
    """What a payload may be made of: bare alone, where nothing may ride."""
    riding = [line for line in registry.with_layout if line.domain in {None, domain}]
    if not riding:
        problem = f"No declared type may ride in {domain.name}."
        insist(registry, problem, "The pairs of headers and payloads need one.")
    declared = [_tlv(line) for line in (riding[-1:] + riding[:1])]
    carrying = carriers_in(int(domain), registry)
    some: list[tuple[str, list[tuple[int, Any]]]] = [("bare", [])]
    for carrier in carrying.all[:1]:
        if carrier.takes(0):
            some.append(("one empty", [carrier.tlv(b"")]))
        some.append(("one short", [carrier.tlv(b"abc")]))
        some.append(("one long" if carrier.is_free else "long", carrying.tlvs(300)))
    found = [(name, [{"type": one, "value": value} for one, value in tlvs]) for name, tlvs in some]
    if declared:
        found += [("one declared", declared[1:]), ("two declared", declared)]
    for carrier in carrying.all[:1]:
        twenty = (carrier.tlv(bytes([n] * n)) for n in range(20))
        found.append(("twenty", [{"type": one, "value": value} for one, value in twenty]))
    return found


def _tlv(line: TlvType) -> dict[str, Any]:
    return {"type": line.number, "value": messages.representative_value(line)}


DOMAINS, SOURCES = tuple(RelayDomain), tuple(Source)


def headers(registry: Registry) -> Iterator[Cell]:
    """Every triple of domain, flags, sequence, timestamp and payload; the sources in turn."""
    shapes = {domain: _shapes(registry, domain) for domain in DOMAINS}
    domain, _, *others = _levels(shapes)
    rows = enumerate(covering_rows([domain, *others], 3))
    yield from _all_right(
        registry, shapes, ((first, n % len(SOURCES), *rest) for n, (first, *rest) in rows)
    )


def sources(registry: Registry) -> Iterator[Cell]:
    """Every pair of source and anything else; right checksums."""
    shapes = {domain: _shapes(registry, domain) for domain in DOMAINS}
    yield from _all_right(registry, shapes, covering_rows(_levels(shapes), 2))


def _all_right(
    registry: Registry,
    shapes: dict[RelayDomain, list[Shape]],
    rows: Iterable[tuple[int, ...]],
) -> Iterator[Cell]:
    """The right messages of rows; what comes again, for want of shapes in a domain, once."""
    seen = set()
    for number, row in enumerate(rows):
        cell = _right(registry, shapes, row, number)
        if cell.label not in seen:
            seen.add(cell.label)
            yield cell


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
    seen = set()
    for row in covering_rows([*_levels(shapes), len(WRONG)], 2):
        label, header, tlvs = _message(shapes, row[:-1])
        what, change = WRONG[row[-1]]
        make = partial(_wrongly_sealed, registry, header, tlvs, change)
        label = f"decode {label}, checksum {what}"
        if label not in seen:
            seen.add(label)
            yield Cell("CHK-VERIFY", label, decoding(make))


def _levels(shapes: dict[RelayDomain, list[Shape]]) -> list[int]:
    kinds = max(map(len, shapes.values()))
    return [len(DOMAINS), len(SOURCES), len(FLAGS), len(SEQUENCES), len(TIMES), kinds]


def _message(
    shapes: dict[RelayDomain, list[Shape]], row: tuple[int, ...]
) -> tuple[str, dict[str, int], list[dict[str, Any]]]:
    domain, source, flags, sequence, timestamp, shape = row
    some = shapes[DOMAINS[domain]]
    name, tlvs = some[shape % len(some)]
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
            insist(registry, problem, "Neighbours need two.")
        if not some:
            continue
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


def every_header_field(registry: Registry) -> Iterator[Cell]:
    """Every pair of header fields at the edges of their types, in messages of every domain."""
    names = ("flags", "sequence", "timestamp")
    edges = {name: [*boundaries.edges(HEADER_LAYOUT.field(name))] for name in names}
    for row in covering_rows([len(edges[name]) for name in names], 2):
        header = {name: edges[name][at] for name, at in zip(names, row, strict=True)}
        label = ", ".join(f"{name} {edge[0]}" for name, edge in header.items())
        changes = {name: edge[1] for name, edge in header.items()}
        domain = 1 + sum(row) % len(DOMAINS)
        make = partial(_abc, registry, domain, changes)
        yield Cell("RT-BYTES", f"repeat {label}", repeating(make))


def _abc(registry: Registry, domain: int, changes: dict[str, int]) -> bytes:
    message = message_in(domain, b"abc", registry, **changes)
    return derived_codec.encode_message(message, registry)
