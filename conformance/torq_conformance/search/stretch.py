"""Searches a stretch of a stream for disagreements, spread over processes.

Contract: what is searched and its digest are functions of seed, types, start and count alone,
whatever the number of processes. The implementation lives in the processes that judge, never in the
caller's: one that ends its process cannot end the search with an exit code of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.lifetime import follow, kill_children
from torq_conformance.search.messages import UNIT
from torq_conformance.search.stream import Unit, digest, lines_of, units
from torq_conformance.search.units import SHOWN_MAX, BulkJudge, Disagreement, Judged
from torq_specs.registry import TlvType

Progress = Callable[[int], object]

AHEAD = 4
"""Units per process that are handed out before their turn: none waits, few are lost at the end."""

RESTARTS = 1000
"""Processes of an implementation that may be started: shrinking a crash costs dozens."""


@dataclass(frozen=True)
class Search:
    """What is searched."""

    implementation: str
    seed: int = 0
    start: int = 0
    count: int = 1_000_000
    types: Sequence[str] = ()
    """Names; all declared types when there is none."""
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None


@dataclass
class SearchResult:
    """What came out."""

    planned: int
    judged: int = 0
    disagreeing: int = 0
    digest: str = ""
    """Of the wire bytes of the whole stretch; empty when not all of them were made."""
    resume_at: int = 0
    """The first index that was not searched."""
    lost: str = ""
    disagreements: list[Disagreement] = field(default_factory=list)


def search(what: Search, *, processes: int = 1, progress: Progress = bool) -> SearchResult:
    """Judge a stretch of the stream; ``progress`` is called with how many more messages are done.

    KitError when the implementation cannot be reached or the arguments make no sense.
    """
    if what.seed < 0 or what.start < 0 or what.count < 1 or processes < 1:
        raise KitError(
            "A search goes over a positive count of indexes from 0 on, with a seed from 0 on.",
            "Give --seed, --start and --count other values.",
        )
    lines_of(what.types, registry_with(what.vendor_specs))
    result = SearchResult(what.count, resume_at=what.start)
    parts: list[bytes] = []
    done: Unit | None = None
    with _pool(what, processes) as pool:
        lines: tuple[TlvType, ...] = ()
        try:
            lines = _claimed_lines(pool, what)
            for judged in _in_order(pool, units(lines, what.start, what.count), processes):
                if isinstance(judged, tuple):
                    raise KitError(*judged)
                parts.append(judged.digest)
                _add(result, judged)
                progress(judged.unit.count)
                if judged.lost:
                    break
                done = judged.unit
        except BrokenProcessPool:
            result.lost = "it ended the process that judges it"
        except KeyboardInterrupt:
            result.lost = "interrupted"
            kill_children()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if result.lost:
        # Of the types that take turns, all have been searched up to the unit before.
        turns = (done.stop - 1) // UNIT * UNIT * len(lines) if done else 0
        result.resume_at = max(what.start, turns)
    else:
        result.digest, result.resume_at = digest(parts), what.start + what.count
    return result


def _pool(what: Search, processes: int) -> ProcessPoolExecutor:
    # Started anew rather than forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _start, (what, os.getpid()))


def _in_order(
    pool: ProcessPoolExecutor, planned: Iterator[Unit], processes: int
) -> Iterator[Judged | tuple[str, str]]:
    """What came out of each unit, in the order of the units."""
    under_way: deque[Future[Judged | tuple[str, str]]] = deque()
    for unit in planned:
        under_way.append(pool.submit(_judge, unit))
        if len(under_way) >= AHEAD * processes:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _add(result: SearchResult, judged: Judged) -> None:
    result.judged += judged.judged
    result.disagreeing += judged.disagreeing
    result.lost = result.lost or judged.lost
    for one in judged.disagreements:
        # Each process tells what it finds, and so does each type what is wrong with a header alone.
        reported = [other.number for other in result.disagreements]
        is_new = one.data not in {other.data for other in result.disagreements}
        if is_new and reported.count(one.number) < SHOWN_MAX:
            result.disagreements.append(one)


_judges: list[BulkJudge | KitError] = []
"""The judge of a process of the pool; what is wrong with the set-up, if it has none."""


def _start(what: Search, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Interrupts are the caller's.
    follow(parent)
    try:
        _judges.append(judge_of(what))
    except KitError as error:
        _judges.append(error)


def _claimed_lines(pool: ProcessPoolExecutor, what: Search) -> tuple[TlvType, ...]:
    """The types that are searched: what the implementation claims of those that are asked for."""
    claimed = pool.submit(_claimed).result()
    if isinstance(claimed, tuple):
        raise KitError(*claimed)
    return lines_of(what.types, registry_with(what.vendor_specs).restricted_to(claimed))


def _claimed() -> list[int] | tuple[str, str]:
    """The numbers of the types that the implementation claims; or problem and hint."""
    (judge,) = _judges
    if isinstance(judge, KitError):
        return judge.problem, judge.hint
    return [line.number for line in judge.registry]


def judge_of(what: Search) -> BulkJudge:
    """A judge with an implementation of its own."""
    options = " --in-process" if what.is_in_process else ""
    if what.vendor_specs:
        options += f" --vendor-specs {what.vendor_specs}"
    adapter = _connect(what)
    return BulkJudge(
        adapter,
        what.implementation,
        seed=what.seed,
        registry=claimed_registry(adapter.identity, registry_with(what.vendor_specs)),
        options=options,
    )


def _connect(what: Search) -> Adapter:
    from torq_conformance.implementations.connect import connect

    return connect(
        what.implementation,
        is_in_process=what.is_in_process,
        deadline=what.deadline,
        restarts=RESTARTS,
        registry=registry_with(what.vendor_specs),
    )


def _judge(unit: Unit) -> Judged | tuple[str, str]:
    """What came out of a unit; problem and hint when the set-up is wrong."""
    (judge,) = _judges
    if isinstance(judge, KitError):
        return judge.problem, judge.hint
    return judge.judge(unit)
