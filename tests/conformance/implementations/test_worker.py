"""Whatever an implementation does in a worker process, the kit gets one outcome and goes on."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter

Start = Callable[..., WorkerAdapter]
SLACK = 3.0
"""Seconds by which a busy machine may be late."""

GOOD = Request(Operation.DECODE, b"good")
BAD = Request(Operation.DECODE, b"bad")


@contextmanager
def ends_soon(process: int) -> Iterator[None]:
    """The process is there before and has ended afterwards."""
    descriptor = os.pidfd_open(process)
    try:
        yield
        assert select.select([descriptor], [], [], SLACK)[0]
    finally:
        os.close(descriptor)


def header(outcome: Outcome) -> dict[str, object]:
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.value, dict)
    fields = outcome.value["header"]
    assert isinstance(fields, dict)
    return fields


def process(outcome: Outcome, field: str = "pid") -> int:
    found = header(outcome)[field]
    assert isinstance(found, int)
    return found


def test_detail_is_the_end_of_the_output(worker: Start) -> None:
    adapter = worker("hostile:PrintsForever", deadline=0.5)
    outcome = adapter.call(BAD)
    assert isinstance(outcome, TimedOut)
    assert 1000 < len(outcome.detail) <= 64 << 10


def test_process_that_works_is_asked_again(worker: Start) -> None:
    adapter = worker("hostile:Prints")
    assert process(adapter.call(GOOD)) == process(adapter.call(BAD)) == process(adapter.call(GOOD))


def test_identity_is_what_the_implementation_says(worker: Start) -> None:
    adapter = worker("hostile:Hostile")
    assert adapter.identity.name == "hostile"
    assert adapter.identity.capabilities == frozenset({Capability.DECODE})


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_messages_of_any_size_arrive(worker: Start, size: int) -> None:
    adapter = worker("hostile:Hostile")
    assert header(adapter.call(Request(Operation.DECODE, bytes(size))))["size"] == size


def test_death_between_two_calls_is_reported_from_one_in_a_call(worker: Start) -> None:
    adapter = worker("hostile:Hostile")
    pid = process(adapter.call(GOOD))
    with ends_soon(pid):
        os.kill(pid, signal.SIGKILL)
    assert adapter.call(GOOD) == Crashed("died of signal 9 (SIGKILL) between two calls")
    assert process(adapter.call(GOOD)) != pid


def test_processes_left_behind_end_with_the_worker(worker: Start) -> None:
    adapter = worker("hostile_answers:LeavesProcess")
    left = process(adapter.call(BAD), "started")
    with ends_soon(left):
        adapter.close()


def test_spent_budget_is_lost_and_says_why(worker: Start) -> None:
    adapter = worker("hostile:ExitsWith3", restarts=1)
    assert [type(adapter.call(BAD)) for _ in range(4)] == [Crashed, Crashed, Lost, Lost]
    spent = "restart budget of 1 spent; at last the process exited with code 3 in mid-call"
    assert adapter.call(GOOD) == Lost(spent)
    assert adapter.call_together([GOOD, GOOD]) == [Lost(spent), Lost(spent)]


def test_closed_adapter_answers_nothing_and_closes_again(worker: Start) -> None:
    adapter = worker("hostile:Hostile")
    adapter.close()
    assert adapter.call(GOOD) == Lost("the adapter is closed")


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("hostile:ExitsWith3", Crashed),
        ("hostile:Segfaults", Crashed),
        ("hostile_answers:ReturnsDeadly", Crashed),
        ("hostile:Sleeps", TimedOut),
        ("hostile:WritesGarbage", OutOfProtocol),
    ],
)
def test_failure_among_several_is_that_of_the_request_under_way(
    worker: Start, kind: str, failure: type[Outcome]
) -> None:
    adapter = worker(kind, deadline=0.5 if failure is TimedOut else 10.0)
    outcomes = adapter.call_together([GOOD, GOOD, BAD, GOOD])
    kinds = [type(outcome) for outcome in outcomes]
    if failure is OutOfProtocol:  # Garbage may be seen when the next request is under way.
        assert sorted(kinds, key=str) == sorted([Lost, Lost, Lost, failure], key=str)
    else:
        assert kinds == [Lost, Lost, failure, Lost]
        assert outcomes[0] == Lost("request 3 of 4 ended it")
    assert all(isinstance(outcome, Accepted) for outcome in adapter.call_together([GOOD, GOOD]))


def test_each_of_several_has_the_deadline(worker: Start) -> None:
    adapter = worker("hostile_answers:AnswersLate", deadline=0.5)
    assert all(isinstance(outcome, Accepted) for outcome in adapter.call_together([BAD, BAD, BAD]))


def test_nothing_asked_together_is_nothing(worker: Start) -> None:
    adapter = worker("hostile:Hostile")
    assert adapter.call_together([]) == []


def test_calls_of_several_threads_take_turns(worker: Start) -> None:
    outcomes: list[Outcome] = []
    adapter = worker("hostile:Hostile")
    threads = [
        threading.Thread(target=lambda: outcomes.extend(adapter.call(GOOD) for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({process(outcome) for outcome in outcomes}) == 1
    assert len(outcomes) == 200


def test_worker_outlives_the_thread_that_started_it(worker: Start) -> None:
    adapter = worker("hostile:ExitsWith3")
    adapter.call(BAD)
    thread = threading.Thread(target=adapter.call, args=(GOOD,))
    thread.start()
    thread.join()
    assert isinstance(adapter.call(GOOD), Accepted)


def test_interrupted_call_leaves_no_answer_to_the_next(worker: Start) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    adapter = worker("hostile_answers:AnswersLate")
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            adapter.call(BAD)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert "size" not in header(adapter.call(GOOD))
