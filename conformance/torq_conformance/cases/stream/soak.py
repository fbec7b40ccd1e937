"""Tens of thousands of small calls of one instance, every one with other numbers and text.

What counts calls, fills a table or keeps a cache shows here; what is right is known from how each
question was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases.carriers import Carriers, carriers
from torq_conformance.cases.stream.draws import Draw, number, remember
from torq_conformance.cases.stream.ids import symbol
from torq_conformance.cases.stream.plan import FRESH, Call
from torq_conformance.cases.stream.questions import Question
from torq_conformance.cases.stream.shapes import SOURCES, U64
from torq_conformance.cases.stream.space import Space
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.enums import Version
from torq_specs.registry import Registry

COUNTS = {"quick": 2_000, "standard": 70_000, "exhaustive": 1_000_000}
"""Calls of a run by profile."""

KINDS = 9
"""Of so many calls seven decode, one encodes and one asks for an id."""


def calls(seed: int, registry: Registry, count: int) -> Iterator[Call]:
    """So many small calls."""
    draw = Draw(~seed)
    domains = tuple(Space.of(registry).riding)
    carrying = carriers(registry)
    for index in range(count):
        draw.met = set()
        question = _question(draw, index, domains, carrying)
        yield Call(question, question.request, FRESH)


def _question(draw: Draw, index: int, domains: tuple[int, ...], carrying: Carriers) -> Question:
    if index % KINDS == 4:
        arguments: dict[str, Any] = {"operation": "stock", "venue": 100 + index % 9}
        return _asked(draw, index, Operation.INSTRUMENT_ID, {**arguments, "symbol": symbol(draw)})
    header = {
        "relay_domain": draw.one_of(domains),
        "version": int(min(Version)),
        "source": int(draw.one_of(SOURCES)),
        "flags": index & 0xFF,
        "sequence": index if draw.chance(0.5) else number(draw, U64),
        "timestamp": number(draw, U64),
    }
    remember(draw, index)
    value = index.to_bytes(4, "little") if index & 1 else b""
    is_bare = not index & 3 or header["relay_domain"] not in carrying.domains
    carrier = carrying.first
    tlvs = [] if is_bare else [{"type": carrier.number, "value": carrier.value(value)}]
    message = {"header": header, "tlvs": tlvs}
    payload = carrier.frame(value) if tlvs else b""
    data = derived_codec.assemble(header, payload)
    operation = Operation.ENCODE if index % KINDS == 8 else Operation.DECODE
    argument = message if operation is Operation.ENCODE else data
    return _asked(draw, index, operation, argument, message, data)


def _asked(
    draw: Draw,
    index: int,
    operation: Operation,
    argument: object,
    message: dict[str, Any] | None = None,
    data: bytes | None = None,
) -> Question:
    count = 0 if message is None else len(message["tlvs"])
    return Question(index, Request(operation, argument), draw.met, message, data, count)
