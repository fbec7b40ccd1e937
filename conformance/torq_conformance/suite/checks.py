"""Turns functions that yield cases into tests.

``@enumerated`` plans exactly the cases that the function yields. ``@spanned`` plans as many cells
of a dimension as the profile says. ``@generated`` draws cases from a Hypothesis strategy, as many
as the profile says, and shrinks what fails.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, Verbosity, errors, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.corners.cells import Cell, Share, chosen
from torq_conformance.judging.inquiry import is_claimed
from torq_conformance.judging.together import judge_together
from torq_conformance.suite.same_draws import same_draws

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from torq_conformance.judging.judge import Judge
    from torq_specs.registry import Registry, TlvType

STANDARD = "standard"
"""The profile of those who name none."""

PLAINEST = 8
"""Enumerated cases of a test that the quick profile asks."""

OPAQUE_QUICK = 8
"""Of so many types that carry bytes the quick profile asks one."""

AnyCase = Case | Sequence
Source = Callable[..., Iterable[AnyCase]]
Cells = Callable[["Registry"], Iterable[Cell]]
Strategies = Callable[..., "SearchStrategy[AnyCase]"]


def enumerated(
    *requirements: str, each: str = "", quick: int = PLAINEST
) -> Callable[[Source], Any]:
    """A test of the cases that the decorated function yields for a registry, in this order.

    As many are judged as are planned: the profile quick takes the ``quick`` plainest, which come
    first.

    ``each`` is "type", "declared", "opaque", "ruled", "vector" or "unclaimed": then there is one
    test for each such line of the registry, and the function gets the line as well.
    """

    def decorate(source: Source) -> Any:
        def run(torq_judge: Judge, line: TlvType | None) -> None:
            cases = cases_of(source, torq_judge.registry, line)
            judge_together(torq_judge, islice(cases, torq_judge.record.planned))

        source.torq_plainest = quick  # type: ignore[attr-defined]
        return _test(source, requirements, each, run)

    return decorate


def spanned(*requirements: str, quick: int = 32, standard: int = 1) -> Callable[[Cells], Any]:
    """A test of the cells that the decorated function yields for a registry.

    One in ``quick`` and one in ``standard`` cells are asked in these profiles, all in exhaustive.
    """
    share = Share(quick, standard)

    def decorate(cells: Cells) -> Any:
        def source(registry: Registry, profile: str = STANDARD) -> Iterable[AnyCase]:
            return (cell.case() for cell in planned(registry, profile))

        def planned(registry: Registry, profile: str) -> list[Cell]:
            # A part of the types may have nothing that a dimension spans.
            may_be_empty = bool(registry.unclaimed)
            one_in = share.of(profile)
            return chosen(cells.__name__, cells(registry), one_in, may_be_empty=may_be_empty)

        def run(torq_judge: Judge, line: TlvType | None) -> None:
            # Bytes that are read wrong on purpose may look like a type that is not claimed.
            cases = source(torq_judge.registry, torq_judge.profile)
            judge_together(torq_judge, torq_judge.of_claimed(cases))

        functools.update_wrapper(source, cells)
        source.torq_planned = planned  # type: ignore[attr-defined]
        return _test(source, requirements, "", run)

    return decorate


def generated(*requirements: str, each: str = "") -> Callable[[Strategies], Any]:
    """A test of cases drawn from the strategy that the decorated function gives for a registry."""

    def decorate(strategies: Strategies) -> Any:
        def run(torq_judge: Judge, line: TlvType | None) -> None:
            arguments = (torq_judge.registry,) if line is None else (torq_judge.registry, line)
            judge_generated(torq_judge, strategies(*arguments), torq_judge.record.planned)

        test = _test(strategies, requirements, each, run)
        test.torq_generated = True
        return test

    return decorate


def stateful(*requirements: str, each: str = "") -> Callable[[Any], Any]:
    """A test of a state machine; the decorated function makes one that asks through a function."""

    def decorate(machines: Any) -> Any:
        def run(torq_judge: Judge, line: TlvType | None) -> None:
            arguments = (torq_judge.registry,) if line is None else (torq_judge.registry, line)
            judge_stateful(torq_judge, machines, arguments, torq_judge.record.planned)

        test = _test(machines, requirements, each, run)
        test.torq_generated = True
        test.torq_stateful = True
        return test

    return decorate


def _test(source: Any, requirements: tuple[str, ...], each: str, run: Any) -> Any:
    if each:

        def test(torq_judge: Judge, line: TlvType) -> None:
            run(torq_judge, line)
    else:

        def test(torq_judge: Judge) -> None:  # type: ignore[misc]
            run(torq_judge, None)

    test.__name__ = test.__qualname__ = source.__name__
    test.__doc__, test.__module__ = source.__doc__, source.__module__
    test.torq_source = source  # type: ignore[attr-defined]
    test.torq_each = each  # type: ignore[attr-defined]
    test.torq_requirements = requirements  # type: ignore[attr-defined]
    test.torq_generated = False  # type: ignore[attr-defined]
    test.torq_stateful = False  # type: ignore[attr-defined]
    return test


def cases_of(
    source: Source, registry: Registry, line: TlvType | None, profile: str = STANDARD
) -> Iterable[AnyCase]:
    """The cases of a test that draws none."""
    if hasattr(source, "torq_planned"):
        cells = source(registry, profile)
        return cells if not registry.unclaimed else (c for c in cells if is_claimed(c, registry))
    cases = source(registry) if line is None else source(registry, line)
    return islice(cases, source.torq_plainest) if profile == "quick" else cases  # type: ignore[attr-defined]


def count_of(
    source: Source, registry: Registry, line: TlvType | None, profile: str = STANDARD
) -> int:
    """How many cases a test has that draws none; cells are counted without making them."""
    if hasattr(source, "torq_planned"):
        return len(source.torq_planned(registry, profile))
    return sum(1 for _ in cases_of(source, registry, line, profile))


def lines_of(registry: Registry, each: str, profile: str = STANDARD) -> tuple[TlvType, ...]:
    """The registry lines over which a test is spread."""
    lines = _lines_of(registry, each)
    if profile != "quick":
        return lines
    left_out = [line for line in lines if line.layout is None]
    del left_out[::OPAQUE_QUICK]
    return tuple(line for line in lines if line not in left_out)


def _lines_of(registry: Registry, each: str) -> tuple[TlvType, ...]:
    match each:
        case "type":
            return tuple(registry)
        case "declared":
            return registry.with_layout
        case "opaque":
            return registry.opaque
        case "unclaimed":
            return tuple(registry.unclaimed.values())
        case "ruled":
            return tuple(line for line in registry if line.rules)
        case "vector":
            return tuple(
                line
                for line in registry.with_layout
                if line.layout is not None and any(leaf.is_count for leaf in line.layout.leaves)
            )
    raise ValueError(f"each is {each!r}")


STEPS_MAX = 12
"""Steps of one run of a state machine."""


class Failing(Exception):
    """A generated case failed; Hypothesis shrinks it by raising this again and again."""


def judge_generated(judge: Judge, strategy: SearchStrategy[AnyCase], count: int) -> None:
    """Judge ``count`` drawn cases; the record keeps only the smallest failure."""
    record = judge.record

    @seed(judge.seed)
    @_settings(count)
    @given(strategy)
    def check(case: AnyCase) -> None:
        if record.lost or judge.remembers:
            return
        record.forget_failures()
        if not judge.judge(case):
            raise Failing

    _judge_until_failing(check, judge, count)


def judge_stateful(judge: Judge, machines: Any, arguments: tuple[Any, ...], count: int) -> None:
    """Judge what ``count`` runs of a state machine ask; the record keeps the smallest failure."""
    record = judge.record

    def ask(case: AnyCase) -> None:
        if record.lost or judge.remembers:
            return
        record.forget_failures()
        if not judge.judge(case):
            raise Failing

    machine = machines(*arguments, ask)

    def check() -> None:
        run_state_machine_as_test(seed(judge.seed)(machine), settings=_settings(count))

    _judge_until_failing(check, judge, count)


def _settings(count: int) -> settings:
    return settings(
        max_examples=count,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        stateful_step_count=STEPS_MAX,
        verbosity=Verbosity.quiet,
    )


def _judge_until_failing(check: Callable[[], None], judge: Judge, count: int) -> None:
    record = judge.record
    try:
        with same_draws():
            check()
    except (Failing, errors.Flaky):
        if not (record.failures or record.lost or record.ended or judge.remembers):
            # Hypothesis itself has met something, or what has failed does not fail again.
            raise
        # Shrinking judged many more; what was planned was judged. Flaky: it was ended on the way.
        record.judged = max(record.judged, count)
    record.judged = min(record.judged, count)
    # What is not claimed was drawn beside what was planned.
    record.not_claimed = min(record.not_claimed, count - record.judged)
