"""Question i of a stream: a pure function of seed, index and registry, with the classes it met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.stream import ids, meaning
from torq_conformance.cases.stream.corruptions import OF_VECTORS, change, corrupted
from torq_conformance.cases.stream.draws import Draw, weighted
from torq_conformance.cases.stream.shapes import (
    ROOM,
    SMALL_ONES,
    TO_CORRUPT,
    Made,
    made,
    meet_parts,
    wire,
)
from torq_conformance.cases.stream.space import Space
from torq_conformance.cases.stream.spoilt import spoilt
from torq_conformance.cases.stream.values import Part, Pool
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.registry import Registry

BLOCK_COUNT = 1000
"""Questions of a block: they share a pool of values."""

BITS = 40
"""Bits of a seed that are an index."""


@dataclass(slots=True)
class Question:
    """One question of the stream.

    ``message`` is what valid bytes stand for, or the valid message to encode, and ``canonical`` its
    bytes in the shortest framing; both are None where only ``expect`` knows what is right.
    """

    index: int
    request: Request
    met: set[str]
    message: dict[str, Any] | None = None
    canonical: bytes | None = None
    count: int = 0
    """TLVs of the message before anything was changed."""

    @property
    def size(self) -> int:
        """Bytes of the message that it is about, roughly."""
        argument = self.request.argument
        if isinstance(argument, bytes):
            return len(argument)
        if self.canonical is not None:
            return len(self.canonical)
        tlvs = argument.get("tlvs", ()) if isinstance(argument, dict) else ()
        return sum(200 if isinstance(t["value"], dict) else len(t["value"]) for t in tlvs)


class Stream:
    """All questions of a seed for a registry; every index may be asked for at any time."""

    def __init__(self, seed: int, registry: Registry) -> None:
        self.seed = seed
        self.space = Space.of(registry)
        self._pools: dict[int, Pool] = {}

    def question(self, index: int) -> Question:
        """Question ``index``."""
        draw = Draw(self._seed(index))
        make: Callable[[Draw, Space, Pool], Question] = weighted(draw, MAKERS)
        if make in {_meaning, _meaning_of_bytes} and not self.space.has_rules:
            make = _validate
        question = make(draw, self.space, self._pool(index // BLOCK_COUNT))
        question.index, question.met, question.count = index, draw.met, draw.count
        return question

    def _seed(self, index: int) -> int:
        return (self.seed << BITS) + index

    def _pool(self, block: int) -> Pool:
        if block not in self._pools:
            self._pools = {block: Pool(self._seed((1 << BITS) - 1 - block), self.space.registry)}
        return self._pools[block]


def _decode(draw: Draw, space: Space, pool: Pool) -> Question:
    return _of_bytes(draw, Operation.DECODE, made(draw, space, pool))


def _roundtrip(draw: Draw, space: Space, pool: Pool) -> Question:
    return _of_bytes(draw, Operation.ROUNDTRIP, made(draw, space, pool))


def _of_bytes(draw: Draw, operation: Operation, one: Made) -> Question:
    data = wire(draw, one)
    canonical = one.canonical() if operation is Operation.ROUNDTRIP else None
    return Question(0, Request(operation, data), draw.met, one.message, canonical)


def _corrupted(draw: Draw, space: Space, pool: Pool) -> Question:
    name = change(draw)
    one = made(draw, space, pool, TO_CORRUPT, has_vectors=name in OF_VECTORS)
    data = corrupted(draw, space, wire(draw, one), name)
    operation = Operation.ROUNDTRIP if draw.chance(0.1) else Operation.DECODE
    return Question(0, Request(operation, data), draw.met)


def _encode(draw: Draw, space: Space, pool: Pool) -> Question:
    one = made(draw, space, pool)
    message = one.message
    return Question(0, Request(Operation.ENCODE, message), draw.met, message, one.canonical())


def _spoilt(draw: Draw, space: Space, pool: Pool) -> Question:
    message = spoilt(draw, space, made(draw, space, pool).message)
    return Question(0, Request(Operation.ENCODE, message), draw.met)


def _validate(draw: Draw, space: Space, pool: Pool) -> Question:
    one = made(draw, space, pool, SMALL_ONES)
    return Question(0, Request(Operation.VALIDATE, one.message), draw.met)


def _with_meaning(draw: Draw, space: Space, pool: Pool) -> Made:
    """A message in which some values keep every rule of their type, and one of them may not."""
    one = made(draw, space, pool, SMALL_ONES)
    riding = space.riding[one.header["relay_domain"]]
    ruled = riding.ruled
    if not ruled:
        return one
    if sum(len(part.data) for part in one.parts) > ROOM // 4:
        one.parts = []
    one.parts = [_sounded(draw, part) for part in one.parts]
    at = draw.below(len(one.parts) + 1)
    line, rule = draw.one_of(riding.of_elements if draw.chance(0.3) else ruled)
    value = meaning.sound(draw, line)
    if draw.chance(0.25):
        draw.meet("meaning", meaning.MEANINGS[0])
    else:
        meaning.moved(draw, line, rule, value)
    assert line.layout is not None
    data = derived_codec.encode_value(line.layout, value)
    one.parts.insert(at, Part(line, value, data, frozenset(), ()))
    meet_parts(draw, one.parts)
    return one


def _sounded(draw: Draw, part: Part) -> Part:
    """In half of the messages what stands beside a value keeps its rules as well."""
    if not part.line.rules or draw.chance(0.3):
        return part
    assert part.line.layout is not None
    value = meaning.sound(draw, part.line)
    data = derived_codec.encode_value(part.line.layout, value)
    return Part(part.line, value, data, frozenset(), ())


def _meaning(draw: Draw, space: Space, pool: Pool) -> Question:
    one = _with_meaning(draw, space, pool)
    return Question(0, Request(Operation.VALIDATE, one.message), draw.met)


def _meaning_of_bytes(draw: Draw, space: Space, pool: Pool) -> Question:
    data = wire(draw, _with_meaning(draw, space, pool))
    if draw.chance(0.2):
        data = corrupted(draw, space, data, change(draw))
    return Question(0, Request(Operation.DECODE_VALIDATED, data), draw.met)


def _id(draw: Draw, space: Space, pool: Pool) -> Question:
    return Question(0, ids.question(draw), draw.met)


MAKERS = (
    (0.255, _decode),
    (0.05, _roundtrip),
    (0.30, _corrupted),
    (0.10, _encode),
    (0.09, _spoilt),
    (0.025, _validate),
    (0.065, _meaning),
    (0.035, _meaning_of_bytes),
    (0.08, _id),
)
"""How often each kind of question is drawn."""
