"""The drawn stream: whole questions in which everything varies at once, before anything else."""

from __future__ import annotations

from torq_conformance.cases.stream import plan, soak
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Stream
from torq_conformance.implementations.protocol import Way
from torq_conformance.judging.blocks import SOAK_COUNT, BlockJudge
from torq_conformance.judging.judge import Judge
from torq_conformance.suite.drawn import drawn


@drawn(lambda profile: [BLOCK_COUNT] * plan.BLOCKS[profile])
def test_drawn_questions(judge: Judge, block: int, count: int) -> None:
    """A block of drawn questions, asked in its own way of an instance of its own."""
    way = plan.way_of(block, judge.capabilities)
    stream = Stream(judge.seed, judge.registry)
    BlockJudge(judge, way).run(plan.calls(stream, block, way))


@drawn(lambda profile: [soak.COUNTS[profile]])
def test_small_calls_without_end(judge: Judge, block: int, count: int) -> None:
    """Small calls of one instance, all with other numbers and text."""
    BlockJudge(judge, Way.ROW, SOAK_COUNT).run(soak.calls(judge.seed, judge.registry, count))
