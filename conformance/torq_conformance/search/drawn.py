"""Searches the drawn stream: whole questions of every kind, block by block, right and wrong ones.

Block n is the same in every run of a seed, so a search goes on where another one has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Stream
from torq_conformance.implementations.connect import connect
from torq_conformance.judging.blocks import BlockJudge
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import signature_of
from torq_conformance.judging.verdicts import Finding
from torq_conformance.model.vendor_specs import registry_with

SHOWN_MAX = 12
"""Failures that are shown, one of each kind."""


@dataclass(frozen=True)
class DrawnSearch:
    """What is to be searched: blocks ``start`` to ``start`` + ``count`` of a seed."""

    implementation: str
    seed: int
    start: int
    count: int
    is_in_process: bool
    deadline: float
    vendor_specs: str | None


@dataclass
class Searched:
    """What came out of some blocks."""

    judged: int = 0
    not_claimed: int = 0
    failed: int = 0
    lost: str = ""
    failures: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """The first failure of each kind, with the number of its block."""

    def add(self, other: Searched) -> None:
        """Add what came out of further blocks."""
        self.judged += other.judged
        self.not_claimed += other.not_claimed
        self.failed += other.failed
        self.lost = self.lost or other.lost
        known = {_kind(failure) for _, failure in self.failures}
        for block, failure in other.failures:
            if _kind(failure) not in known and len(self.failures) < SHOWN_MAX:
                known.add(_kind(failure))
                self.failures.append((block, failure))


def _kind(failure: dict[str, Any]) -> tuple[str, str]:
    finding = Finding(failure["requirement"], failure["problem"])
    return failure["requirement"], str(signature_of(finding)["problem"])


def search(
    what: DrawnSearch, *, processes: int, progress: Callable[[int], object] = lambda _: None
) -> Searched:
    """Search all blocks, spread over processes; ``progress`` is called with calls that are done."""
    whole = Searched()
    blocks = [*range(what.start, what.start + what.count)]
    processes = max(1, min(processes, what.count))
    with ProcessPoolExecutor(processes) as pool:
        parts = [(what, blocks[at : at + BLOCKS_OF_A_JUDGE]) for at in _starts(len(blocks))]
        for found in pool.map(_search_some, parts):
            whole.add(found)
            progress(found.judged + found.not_claimed)
    return whole


BLOCKS_OF_A_JUDGE = 5
"""Blocks that one connection judges."""


def _starts(count: int) -> range:
    return range(0, count, BLOCKS_OF_A_JUDGE)


def _search_some(part: tuple[DrawnSearch, list[int]]) -> Searched:
    what, blocks = part
    registry = registry_with(what.vendor_specs)
    adapter = connect(
        what.implementation,
        is_in_process=what.is_in_process,
        deadline=what.deadline,
        registry=registry,
    )
    judge = Judge(adapter, registry, what.seed)
    stream = Stream(what.seed, registry)
    found = Searched()
    try:
        for block in blocks:
            judge.start(f"block {block}", BLOCK_COUNT)
            way = plan.way_of(block, judge.capabilities)
            BlockJudge(judge, way).run(plan.calls(stream, block, way))
            record = judge.record
            failed = sum(one["cases"] for one in record.signatures)
            kept = [(block, failure) for failure in record.failures]
            found.add(Searched(record.judged, record.not_claimed, failed, record.lost, kept))
            if record.lost:
                break
    finally:
        adapter.close()
    return found
