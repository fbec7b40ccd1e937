"""Runs a comparison in a process of its own: what ends that process does not end the command."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from dataclasses import dataclass

from torq_conformance.compare.comparison import Compared, Comparison
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.lifetime import follow, kill_children
from torq_conformance.search.stream import Unit, lines_of, units
from torq_conformance.search.stretch import RESTARTS
from torq_specs.registry import TlvType

Progress = Callable[[int], object]

PIECE = 256
"""Messages that are compared before anybody hears of it."""


@dataclass(frozen=True)
class Plan:
    """What is compared: ``count`` valid messages from ``start`` on, and as many corrupted ones."""

    implementations: tuple[str, ...]
    seed: int = 0
    start: int = 0
    count: int = 10_000
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None


def compare(plan: Plan, progress: Progress = bool) -> Compared:
    """Compare; ``progress`` is called with how many more messages were asked about.

    KitError when an implementation cannot be reached or the arguments make no sense.
    """
    if len(plan.implementations) < 2:
        raise KitError(
            "A comparison is of two implementations and more.",
            "Name another one, such as `reference`.",
        )
    if plan.seed < 0 or plan.start < 0 or plan.count < 1:
        raise KitError(
            "A comparison goes over a positive count of indexes from 0 on, with a seed from 0 on.",
            "Give --seed, --start and --count other values.",
        )
    compared = Compared()
    # Started anew rather than forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, _start, (plan, os.getpid())) as pool:
        try:
            lines = _claimed_lines(pool, plan)
            for unit in _pieces(units(lines, plan.start, plan.count)):
                problem = pool.submit(_compare, unit).result()
                if problem is not None:
                    raise KitError(*problem)
                progress(unit.count)
            compared = pool.submit(_tell).result()
        except BrokenProcessPool:
            compared.lost = "an implementation ended the process that compares them"
        except KeyboardInterrupt:
            compared.lost = "interrupted"
            kill_children()
    return compared


def _pieces(planned: Iterable[Unit]) -> Iterator[Unit]:
    for unit in planned:
        for start in range(unit.start, unit.stop, PIECE):
            yield Unit(unit.number, start, min(start + PIECE, unit.stop))


_comparisons: list[Comparison | KitError] = []
"""The comparison of the process; what is wrong with the set-up, if there is none."""


def _start(plan: Plan, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Interrupts are the caller's.
    follow(parent)
    try:
        _comparisons.append(comparison_of(plan))
    except KitError as error:
        _comparisons.append(error)


def _claimed_lines(pool: ProcessPoolExecutor, plan: Plan) -> tuple[TlvType, ...]:
    """The declared types that all implementations claim."""
    claimed = pool.submit(_claimed).result()
    if isinstance(claimed, tuple):
        raise KitError(*claimed)
    return lines_of((), registry_with(plan.vendor_specs).restricted_to(claimed))


def _claimed() -> list[int] | tuple[str, str]:
    """The numbers of the types that are compared; or problem and hint."""
    (comparison,) = _comparisons
    if isinstance(comparison, KitError):
        return comparison.problem, comparison.hint
    return [line.number for line in comparison.registry]


def comparison_of(plan: Plan) -> Comparison:
    """A comparison with implementations of its own; KitError when one cannot be reached."""
    with ExitStack() as stack:
        adapters = [stack.enter_context(closing(_connect(plan, x))) for x in plan.implementations]
        stack.pop_all()
    return Comparison(adapters, seed=plan.seed, registry=registry_with(plan.vendor_specs))


def _connect(plan: Plan, name: str) -> Adapter:
    from torq_conformance.implementations.connect import connect

    return connect(
        name,
        is_in_process=plan.is_in_process and not name.startswith("stdio:"),
        deadline=plan.deadline,
        restarts=RESTARTS,
        registry=registry_with(plan.vendor_specs),
    )


def _compare(unit: Unit) -> tuple[str, str] | None:
    """Compare a unit; problem and hint when the set-up is wrong."""
    (comparison,) = _comparisons
    if isinstance(comparison, KitError):
        return comparison.problem, comparison.hint
    if not comparison.result.ended and not comparison.result.lost:
        comparison.compare(unit)
    return None


def _tell() -> Compared:
    (comparison,) = _comparisons
    assert isinstance(comparison, Comparison)
    comparison.tell()
    for door in comparison.doors:
        door.adapter.close()
    return comparison.result
