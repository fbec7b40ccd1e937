"""Requests asked at once reach an implementation at once, and what then fails is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from tests.conformance import threaded
from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted, Crashed, Lost, TimedOut
from torq_conformance.implementations.protocol import Adapter, Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.mutants import threads
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.trial import Fate, Trial
from torq_conformance.running.replay import Answer, replay
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of

THREADED = threaded.__name__
Start = Callable[..., WorkerAdapter]
FOUR = [Request(Operation.DECODE, bytes([number])) for number in range(threaded.THREADS)]
TESTS = [test for test in suite_tests() if test.names("STATE-THREADS")]


def in_process(kind: type) -> InProcessAdapter:
    return InProcessAdapter(kind(), kind.__name__, kind)


def check_meeting(adapter: Adapter) -> None:
    outcomes = adapter.call_at_once(FOUR, 3)
    answers: list[Any] = [outcome.value for outcome in outcomes if isinstance(outcome, Accepted)]
    assert [answer["data"] for answer in answers] == [one.argument for one in FOUR] * 3
    by_round = [answers[at : at + 4] for at in (0, 4, 8)]
    threads_seen = [[answer["thread"] for answer in answers] for answers in by_round]
    assert threads_seen[0] == threads_seen[1] == threads_seen[2]
    assert len(set(threads_seen[0])) == threaded.THREADS
    assert not any(answer["is_main"] for answer in answers)


def test_all_threads_are_inside_at_the_same_time_in_process() -> None:
    before = sys.getswitchinterval()
    check_meeting(in_process(threaded.Meets))
    assert sys.getswitchinterval() == before


def test_all_threads_are_inside_at_the_same_time_in_a_worker(worker: Start) -> None:
    check_meeting(worker(f"{THREADED}:Meets"))


def test_nothing_asked_at_once_is_nothing(worker: Start) -> None:
    assert worker(f"{THREADED}:Meets").call_at_once([], 3) == []


def test_threads_that_wait_for_each_other_are_timed_out(worker: Start) -> None:
    adapter = worker(f"{THREADED}:Deadlocks", deadline=1.0)
    kinds = {type(outcome) for outcome in adapter.call_at_once(FOUR, 2)}
    assert kinds == {TimedOut, Lost}
    assert isinstance(adapter.call(FOUR[0]), Accepted)


def test_a_crash_among_threads_is_reported_once(worker: Start) -> None:
    outcomes = worker(f"{THREADED}:Segfaults").call_at_once(FOUR, 2)
    crashes = [outcome for outcome in outcomes if not isinstance(outcome, Lost)]
    assert crashes[0] == Crashed("died of signal 11 (SIGSEGV)", getattr(crashes[0], "detail", ""))
    assert len(outcomes) - len(crashes) == 7


def test_an_exception_in_a_thread_is_its_outcome() -> None:
    outcomes = in_process(threaded.Interrupts).call_at_once(FOUR, 1)
    assert Crashed("raised KeyboardInterrupt") in outcomes


def judged(kind: type, case: Sequence | None = None) -> Judge:
    judge = Judge(in_process(kind))
    every = (cases_of(test.source, judge.registry, None) for test in TESTS)
    cases = chain.from_iterable(every) if case is None else [case]
    judge.start(TESTS[0].name, 0)
    judge.judge_all(cases)
    return judge


@pytest.mark.parametrize("kind", [threaded.Locked, threaded.Local], ids=lambda kind: kind.__name__)
def test_locks_and_thread_locals_are_sound(kind: type) -> None:
    record = judged(kind).record
    assert not record.failures
    assert record.tallies["STATE-THREADS"].judged > 1000


def test_threads_unclaimed_are_not_judged() -> None:
    record = judged(threaded.Unclaimed).record
    assert record.judged == 0
    assert record.not_claimed > 5
    assert record.unclaimed == ["STATE-THREADS"]


@pytest.mark.parametrize(
    ("kind", "attributed"),
    [(threaded.FlagsLost, "HDR-FLAGS"), (threaded.LastKept, "STATE-INDEPENDENT")],
)
def test_what_is_wrong_without_threads_is_not_attributed_to_them(
    kind: type, attributed: str
) -> None:
    failures = judged(kind).record.failures
    assert {failure["requirement"] for failure in failures} == {attributed}


def test_a_failure_says_thread_and_round_and_can_be_repeated() -> None:
    judge = judged(threads.ScratchBuffer)
    failure = judge.record.failures[0]
    assert failure["problem"].startswith("right in a row, but not when threads ask at once: ")
    assert ", thread " in failure["label"]
    assert ", round " in failure["label"]
    assert len(failure["case"]["requests"]) == 8
    assert replay(failure["case"], judge) is Answer.FAILED
    assert replay(failure["case"], Judge(in_process(threaded.Locked))) is Answer.FIXED


@pytest.mark.once
@pytest.mark.parametrize("mutant", mutants_in(threads), ids=lambda mutant: mutant.id)
def test_every_fault_of_threads_is_killed_by_their_requirement_alone(mutant: type[Mutant]) -> None:
    kill = Trial(mutant(), tests=TESTS).run()
    assert (kill.fate, kill.killer) == (Fate.KILLED, "STATE-THREADS")


@pytest.mark.once
@pytest.mark.parametrize("mutant", mutants_in(threads), ids=lambda mutant: mutant.id)
def test_without_threads_no_fault_of_threads_shows(mutant: type[Mutant]) -> None:
    tests = [test for test in suite_tests() if test.names("STATE-INDEPENDENT")]
    assert Trial(mutant(), tests=tests).run().fate is Fate.SURVIVED
