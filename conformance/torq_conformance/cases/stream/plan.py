"""What is asked in which order: blocks of the stream, each on an instance of its own.

A block asks its questions in one row, some of them again at once, some again later, in the way that
its number gives it. So each call meets what calls of every other kind have left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from torq_conformance.cases.stream.draws import Draw
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Question, Stream
from torq_conformance.implementations.protocol import (
    Capability,
    Operation,
    Placement,
    Request,
    Surroundings,
    Way,
)

BLOCKS = {"quick": 1, "standard": 40, "exhaustive": 1000}
"""Blocks of a run by profile."""

WAYS = (
    *(Way.ROW, Way.BULK, Way.ALONE, Way.PLACED, Way.ROW),
    *(Way.BATCH, Way.AT_ONCE, Way.ALONE, Way.BULK, Way.ROW),
)
"""The ways of blocks, in turn; a block whose way is not claimed asks in a row."""

NEEDS = {
    Way.BULK: frozenset({Capability.DECODE, Capability.ENCODE}),
    Way.PLACED: frozenset({Capability.BUFFERS}),
    Way.AT_ONCE: frozenset({Capability.THREADS}),
}
"""What must be claimed for a way."""

TIMES = (2, 5, 25)
"""How often a question comes in a row that is repeated at once."""

AT_ONCE_MAX = 3000
"""Bytes of a question that is repeated."""

PLACED_MAX = 70_000
"""Bytes of the longest message for which memory is made."""

LATER = range(60, 130)
"""After how many calls a question comes again that comes again later."""

FRESH, AGAIN, LATER_AGAIN = "other questions", "itself", "itself, and others"
BEFORE = (FRESH, AGAIN, LATER_AGAIN)
"""Classes of calls by what came before."""


@dataclass(slots=True)
class Call:
    """One call of a block."""

    question: Question
    request: Request
    before: str


def way_of(block: int, capabilities: AbstractSet[Capability]) -> Way:
    """How a block asks."""
    way = WAYS[block % len(WAYS)]
    return way if NEEDS.get(way, frozenset()) <= capabilities else Way.ROW


def calls(stream: Stream, block: int, way: Way) -> Iterator[Call]:
    """The calls of a block, ``BLOCK_COUNT`` of them."""
    draw = Draw(~block)
    later: dict[int, Call] = {}
    index, count, before = block * BLOCK_COUNT, 0, FRESH
    while count < BLOCK_COUNT:
        if count in later:
            yield later.pop(count)
            count += 1
            continue
        question = stream.question(index)
        index += 1
        request = _by(draw, way, question)
        k = draw.random()
        is_small = question.size <= AT_ONCE_MAX
        times = draw.one_of(TIMES) if k < 0.02 and is_small else 1
        for _ in range(min(times, BLOCK_COUNT - count)):
            yield Call(question, request, before)
            before = AGAIN
            count += 1
        before = FRESH
        if 0.02 <= k < 0.12 and is_small:
            later[count + draw.one_of(LATER)] = Call(question, request, LATER_AGAIN)


def _by(draw: Draw, way: Way, question: Question) -> Request:
    """The request of a question in a way that changes it."""
    request = question.request
    if way is Way.BULK and request.operation is Operation.DECODE:
        if question.message is not None:
            question.canonical = None
        return replace(request, operation=Operation.ROUNDTRIP)
    is_decode = request.operation is Operation.DECODE
    is_right_encode = request.operation is Operation.ENCODE and question.canonical is not None
    if way is Way.PLACED and (is_decode or is_right_encode) and question.size <= PLACED_MAX:
        return replace(request, placement=_placement(draw, question))
    return request


def _placement(draw: Draw, question: Question) -> Placement:
    alignment = draw.one_of((0, 0, 1, 2, 4, 7, draw.below(64)))
    if question.request.operation is Operation.DECODE:
        return Placement(draw.one_of(tuple(Surroundings)), alignment)
    size = len(question.canonical or b"")
    size = draw.one_of((size, size, size, size + 1, size + 64, max(0, size - 1)))
    surroundings = draw.one_of((Surroundings.CANARIES, Surroundings.UNMAPPED_BEHIND))
    return Placement(surroundings, alignment, size=size)
