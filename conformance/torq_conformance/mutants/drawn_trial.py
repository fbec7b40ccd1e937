"""After how many drawn questions a mutant is killed, by the drawn stream alone."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.blocks import BlockJudge
from torq_conformance.judging.judge import Judge
from torq_conformance.mutants.seeding import Mutant
from torq_specs.registry import REGISTRY


@dataclass(frozen=True)
class DrawnKill:
    """What became of a mutant; ``questions`` were asked until it failed, None: it lives."""

    mutant: str
    questions: int | None
    requirement: str = ""
    problem: str = ""


def trial(mutant: Mutant, blocks: int, seed: int = 0) -> DrawnKill:
    """Judge a mutant block by block until it fails."""
    make, arguments = mutant.__reduce__()
    assert callable(make)
    assert isinstance(arguments, tuple)
    judge = Judge(InProcessAdapter(mutant, mutant.id, partial(make, *arguments)), seed=seed)
    stream = Stream(seed, REGISTRY)
    asked = 0
    for block in range(blocks):
        way = plan.way_of(block, judge.capabilities)
        judge.start(mutant.id, 0)
        BlockJudge(judge, way).run(plan.calls(stream, block, way))
        asked += judge.record.judged
        if judge.record.failures:
            first = judge.record.failures[0]
            return DrawnKill(mutant.id, asked, first["requirement"], first["problem"])
    return DrawnKill(mutant.id, None)


def run(
    mutants: Sequence[Mutant],
    *,
    blocks: int,
    processes: int,
    on_done: Callable[[DrawnKill], None] = lambda _: None,
) -> list[DrawnKill]:
    """Judge all of them, spread over processes; ``on_done`` is called in their order."""
    found: list[DrawnKill] = []
    with ProcessPoolExecutor(processes) as pool:
        for one in pool.map(partial(trial, blocks=blocks), mutants):
            on_done(one)
            found.append(one)
    return found


def summary(found: Sequence[DrawnKill], blocks: int) -> str:
    """How many were killed, and how soon, in one line."""
    killed = [one.questions for one in found if one.questions is not None]
    within = ", ".join(
        f"{sum(count <= 1000 * many for count in killed)} within {many},000"
        for many in (1, 5, 20)
        if many < blocks
    )
    median = f"; median {statistics.median(killed):,.0f} questions" if killed else ""
    head = f"{len(killed)} of {len(found)} are killed by {blocks},000 drawn questions"
    return f"{head}: {within}{median}"
