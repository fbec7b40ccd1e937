"""Time and memory: what grows is found, and what is right never is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conformance import unbounded
from torq_conformance.cases.carriers import carriers
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging import instruments
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_specs.registry import REGISTRY, Registry


@contextmanager
def judging(cls: type, registry: Registry = REGISTRY) -> Iterator[Judge]:
    """A judge of a class that lives in a process of its own."""
    adapter = WorkerAdapter(f"python:{cls.__module__}:{cls.__qualname__}", deadline=60.0)
    try:
        judge = Judge(adapter, registry)
        judge.start("measured", 1)
        yield judge
    finally:
        adapter.close()


def failed(judge: Judge) -> list[str]:
    """The requirements that fail."""
    return [failure["requirement"] for failure in judge.record.failures]


ALL_AND_TRADE = pytest.mark.parametrize(
    "registry",
    [
        pytest.param(REGISTRY, id="all types"),
        pytest.param(REGISTRY.restricted_to([1]), id="Trade", marks=pytest.mark.long),
    ],
)


@pytest.mark.parametrize("cls", [Reference, unbounded.CachesSome])
def test_what_is_right_keeps_no_memory(cls: type) -> None:
    with judging(cls) as judge:
        instruments.judge_memory(judge)
        assert (failed(judge), judge.record.judged) == ([], 1)


@ALL_AND_TRADE
def test_memory_that_is_kept_is_found(registry: Registry) -> None:
    with judging(unbounded.Leaks, registry) as judge:
        instruments.judge_memory(judge)
        assert failed(judge) == ["STATE-INDEPENDENT"]
        assert "leave behind" in judge.record.failures[0]["problem"]


@pytest.mark.parametrize("make", [instruments.refused_at_the_end, instruments.many_encoded])
def test_time_of_what_is_right_grows_with_the_message(make: instruments.Make) -> None:
    with judging(Reference) as judge:
        instruments.judge_time(judge, make)
        assert (failed(judge), judge.record.judged) == ([], 1)


@ALL_AND_TRADE
def test_time_that_grows_with_the_square_is_found(registry: Registry) -> None:
    with judging(unbounded.CopiesTheRest, registry) as judge:
        instruments.judge_time(judge, instruments.many_encoded)
        assert failed(judge) == ["ERR-NO-CRASH"]
        assert "with the square" in judge.record.failures[0]["problem"]


def test_what_is_not_claimed_is_not_measured() -> None:
    with judging(unbounded.DecodesOnly) as judge:
        instruments.judge_time(judge, instruments.many_encoded)
        assert (failed(judge), judge.record.not_claimed) == ([], 1)


def test_processor_time_of_one_question_is_measured() -> None:
    refused = instruments.refused_at_the_end
    with judging(Reference) as judge:
        seconds, asked = instruments._measured(judge, refused(carriers(REGISTRY), 32_500))
        assert seconds > 0
        assert asked.outcome.kind == "InvalidTLVType"  # type: ignore[union-attr]
