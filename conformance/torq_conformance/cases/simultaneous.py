"""Questions to one live implementation at once, each by a thread of its own, again and again.

What two threads share shows only if one is interrupted at a bad moment, so every thread asks many
times. What is set up by the first call has one bad moment only, and every sequence begins with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.carriers import Carriers, carriers
from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.registry import Registry

THREADS = 8

ROUNDS = 40
"""Times that each thread asks."""

LONG_ROUNDS = 8
"""Times that each thread asks where messages are long."""


def all_at_once(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """Messages alike but for their contents, of other types, long ones, good and bad ones."""
    alike = [_alike(number, carriers(registry)) for number in range(THREADS)]
    yield from _both_ways(requirement, "alike", alike, registry, ROUNDS)
    mixed = _mixed(registry) or alike
    yield from _both_ways(requirement, "of other types", mixed, registry, ROUNDS)
    if registry.with_layout:
        books = [_full_of_vectors(registry, number) for number in range(THREADS)]
        yield from _both_ways(requirement, "long", books, registry, LONG_ROUNDS)
    yield Sequence(requirement, "good and bad, decode", _good_and_bad_bytes(registry), ROUNDS)
    yield Sequence(requirement, "good and bad, encode", _good_and_bad_values(alike), ROUNDS)
    meant = _with_rules(registry)
    if meant:
        validates = tuple(Request(Operation.VALIDATE, message) for message in meant)
        yield Sequence(requirement, "validate", validates, ROUNDS)
    halves = [_decode(m, registry) for m in mixed[::2]] + [_encode(m) for m in mixed[1::2]]
    yield Sequence(requirement, "half decode, half encode", tuple(halves), ROUNDS)


def _with_rules(registry: Registry) -> list[dict[str, Any]]:
    """Messages of types with rules: in turn one that breaks some, and one that breaks others."""
    lines = [line for line in registry if line.rules]
    found = []
    for number, line in zip(range(THREADS), itertools.cycle(lines), strict=False):
        assert line.layout is not None
        distinct = boundaries.distinct(line.layout, shift=9 * number)
        value = distinct if number % 2 else boundaries.zeros(line.layout)
        found.append(messages.message_of(line, value))
    return found


def _both_ways(
    requirement: str,
    label: str,
    messages_: list[dict[str, Any]],
    registry: Registry,
    rounds: int,
) -> Iterator[Sequence]:
    decodes = tuple(_decode(message, registry) for message in messages_)
    encodes = tuple(_encode(message) for message in messages_)
    yield Sequence(requirement, f"{label}, decode", decodes, rounds)
    yield Sequence(requirement, f"{label}, encode", encodes, rounds)


def _decode(message: dict[str, Any], registry: Registry) -> Request:
    return Request(Operation.DECODE, derived_codec.encode_message(message, registry))


def _encode(message: dict[str, Any]) -> Request:
    return Request(Operation.ENCODE, message)


def _alike(number: int, carrying: Carriers) -> dict[str, Any]:
    """Messages of the same shape and size that differ in every field."""
    return messages.message(
        carrying.first.tlv(bytes([number + 1]) * 40),
        carrying.second.tlv(messages.opaque_value(200, start=20 * number)),
        relay_domain=carrying.domains[number % len(carrying.domains)],
        source=1 + number % 5,
        flags=17 * number,
        sequence=0x0101010101010101 * (number + 1),
        timestamp=1_700_000_000_000_000_000 + number,
    )


def _mixed(registry: Registry) -> list[dict[str, Any]]:
    """Declared types, one each, of the smallest and the largest sizes."""
    lines = sorted(registry.with_layout, key=lambda line: line.size_min)
    chosen = [*lines[: THREADS // 2], *lines[-THREADS // 2 :]]
    return [
        messages.message_of(line, boundaries.distinct(line.layout, shift=9 * number))
        for number, line in enumerate(chosen)
        if line.layout is not None
    ]


def _full_of_vectors(registry: Registry, number: int) -> dict[str, Any]:
    line = max(registry.with_layout, key=lambda line: line.size_min)
    assert line.layout is not None
    return messages.message_of(line, boundaries.filled(line.layout, 0x11 * (number + 1)))


def _good_and_bad_bytes(registry: Registry) -> tuple[Request, ...]:
    carrying = carriers(registry)
    good, one = checksums.plain(registry), carrying.first.frame
    other = carrying.second.frame(bytes(127))
    return tuple(
        Request(Operation.DECODE, data)
        for data in (
            good,
            checksums.with_checksum(good, 1),
            good[:-3],
            messages.wire(b"\0\0"),
            carrying.wire(one(b"ab       ")[:4]),
            carrying.wire(one(b"ab"), b"\xc9\x7fab" if carrying.is_free else other[:-1]),
            good + b"\0",
            carrying.wire(one(b"ab"), sequence=5),
        )
    )


def _good_and_bad_values(alike: list[dict[str, Any]]) -> tuple[Request, ...]:
    refused = [{**m, "header": {**m["header"], "source": 90 + n}} for n, m in enumerate(alike)]
    return tuple(_encode(message) for message in (*alike[::2], *refused[1::2]))
