"""The classes of drawn questions: what a question can be like, in every dimension that is counted.

A class is met when a question of it was asked. Classes are derived from the registry and from the
tables of what is drawn, so a new shape, change or kind of number is counted without more ado.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from torq_conformance.cases.stream import corruptions, draws, ids, meaning, shapes, spoilt, values
from torq_conformance.cases.stream.plan import BEFORE
from torq_conformance.cases.stream.plan import NEEDS as NEEDS_OF_WAYS
from torq_conformance.cases.stream.questions import Question
from torq_conformance.implementations.protocol import NEEDS, QUESTIONS, Capability, Operation, Way
from torq_specs.enums import RelayDomain
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.layout import Vector
from torq_specs.registry import Registry

SIZES = tuple(1 << power for power in range(6, MESSAGE_SIZE_MAX.bit_length()))
"""Bounds of classes of messages by size; a message that is refused may be larger."""

COUNTS = {0: "none", 1: "1", 2: "2", 3: "3 to 16", 17: "17 to 256", 257: "more"}
"""Classes of messages by the number of their TLVs, by the least number."""

RESTS = {0: "0", 1: "1", 63: "63"}
"""Classes of messages by what is left of their size, divided by 64."""

WAYS = (Way.ROW, Way.ALONE, Way.BULK, Way.PLACED, Way.AT_ONCE)
"""Ways that a run needs; a batch is asked where there are batches."""

MESSAGE, BYTES, VALUES, IDS, ALL = "messages", "bytes", "values", "ids", "all"
FAMILIES = {MESSAGE: frozenset({BYTES, VALUES}), IDS: frozenset({IDS})}

Needs = frozenset[Capability]


@dataclass(frozen=True)
class Dimension:
    """A dimension with its classes; ``of`` is the kind of questions that have one."""

    name: str
    classes: tuple[str, ...]
    of: str
    needs: Needs = frozenset()

    def meets(self, other: Dimension) -> bool:
        """Whether a question can be of a class of both."""
        if self.name == other.name:
            return self.name == "type"
        mine, theirs = FAMILIES.get(self.of, {self.of}), FAMILIES.get(other.of, {other.of})
        return ALL in {self.of, other.of} or bool(mine & theirs)


@functools.cache
def dimensions(registry: Registry) -> tuple[Dimension, ...]:
    """Every dimension of the drawn questions of a registry."""
    return tuple(_dimensions(registry))


def _dimensions(registry: Registry) -> Iterator[Dimension]:
    decode, encode = frozenset({Capability.DECODE}), frozenset({Capability.ENCODE})
    yield Dimension("way", tuple(str(way) for way in WAYS), ALL)
    yield Dimension("before", BEFORE, ALL)
    yield Dimension("numbers", draws.NUMBERS, ALL)
    yield Dimension("domain", tuple(domain.name for domain in RelayDomain), MESSAGE)
    yield Dimension("flags", ("none", "some", "all"), MESSAGE)
    yield Dimension("shape", tuple(shape.name for _, shape in shapes.SHAPES), MESSAGE)
    yield Dimension("TLVs", tuple(COUNTS.values()), MESSAGE)
    yield Dimension("size", tuple(_size(bound - 1) for bound in SIZES), MESSAGE)
    yield Dimension("size by 64", (*RESTS.values(), "another rest"), MESSAGE)
    yield Dimension("type", tuple(line.name for line in registry), MESSAGE)
    pairs = tuple(f"{first}, {second}" for first in shapes.KINDS for second in shapes.KINDS)
    yield Dimension("neighbours", pairs, MESSAGE)
    yield Dimension("bytes", draws.CONTENTS, MESSAGE)
    layouts = [line.layout for line in registry if line.layout is not None]
    if any(isinstance(field.type, Vector) for layout in layouts for field in layout.fields):
        yield Dimension("vector", values.FILLS, MESSAGE)
    yield Dimension("framing", shapes.FRAMINGS, BYTES, decode)
    yield Dimension("corruption", tuple(corruptions.CHANGES), BYTES, decode)
    yield Dimension("sealed", ("yes", "no"), BYTES, decode)
    yield Dimension("spoilt", spoilt.SPOILT, VALUES, encode)
    yield Dimension("place", corruptions.PLACES, MESSAGE)
    if any(line.rules for line in registry):
        needs = frozenset({Capability.VALIDATE})
        yield Dimension("meaning", meaning.MEANINGS, MESSAGE, needs)
        yield Dimension("element moved", meaning.MOVED, MESSAGE, needs)
    needs = frozenset({Capability.INSTRUMENT_ID})
    yield Dimension("id operation", ids.NAMES, IDS, needs)
    yield Dimension("venue", ids.VENUE_KINDS, IDS, needs)
    yield Dimension("symbol", ids.SYMBOLS, IDS, needs)
    for operation in Operation:
        if operation in QUESTIONS:
            of = IDS if operation is Operation.INSTRUMENT_ID else MESSAGE
            yield Dimension(f"{operation}", ("right", "wrong"), of, NEEDS[operation])


def needed(dimension: Dimension, name: str, capabilities: AbstractSet[Capability]) -> bool:
    """Whether a run of an implementation that claims so much must meet a class."""
    if dimension.name == "way":
        return NEEDS_OF_WAYS.get(Way(name), frozenset()) <= capabilities
    if dimension.name == str(Operation.VALIDATE) or dimension.name == str(Operation.INSTRUMENT_ID):
        # Names are asked for, and ids are refused for a symbol or an address alone.
        return name == "right" and dimension.needs <= capabilities
    return dimension.needs <= capabilities


def of_question(question: Question) -> Iterator[str]:
    """The classes of a question that are not drawn but come of what was drawn."""
    if question.request.operation is Operation.INSTRUMENT_ID:
        return
    size = question.size
    yield f"size: {_size(min(size, MESSAGE_SIZE_MAX))}"
    yield f"size by 64: {RESTS.get(size % 64, 'another rest')}"
    count = question.count
    yield f"TLVs: {next(COUNTS[least] for least in reversed(COUNTS) if count >= least)}"


def _size(size: int) -> str:
    bound = next((bound for bound in SIZES if size < bound), SIZES[-1])
    return f"below {bound:,}"
