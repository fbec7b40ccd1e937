"""Whatever an implementation does in a worker process, the kit gets one outcome and goes on."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
from torq_conformance.implementations.worker_process import GRACE

DEADLINE = 0.5
SLACK = 3.0
"""Seconds by which a busy machine may be late."""

GOOD = Request(Operation.DECODE, b"good")
BAD = Request(Operation.DECODE, b"bad")


@pytest.fixture(autouse=True)
def _hostile_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)


@contextmanager
def worker(kind: str, **options: Any) -> Iterator[WorkerAdapter]:
    adapter = WorkerAdapter(f"python:hostile:{kind}", **{"deadline": DEADLINE, **options})
    try:
        yield adapter
    finally:
        adapter.close()


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


def is_right(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted)


def crashed(how: str, detail: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: (
        isinstance(outcome, Crashed) and how in outcome.how and detail in outcome.detail
    )


def timed_out(detail: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, TimedOut) and detail in outcome.detail


def out_of_protocol(why: str) -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, OutOfProtocol) and why in outcome.why


GALLERY = {
    "ExitsWith0": crashed("exited with code 0 in mid-call"),
    "ExitsWith3": crashed("exited with code 3 in mid-call"),
    "Segfaults": crashed("died of signal 11 (SIGSEGV)", "hostile.py"),
    "Aborts": crashed("died of signal 6 (SIGABRT)", "hostile.py"),
    "IsKilled": crashed("died of signal 9 (SIGKILL)"),
    "OverflowsTheStack": crashed("died of signal 11 (SIGSEGV)", "hostile.py"),
    "Loops": timed_out("hostile.py"),
    "HoldsTheLock": timed_out("hostile.py"),
    "Sleeps": timed_out("hostile.py"),
    "SleepsThroughSignals": timed_out(),
    "TakesAllMemory": crashed("raised MemoryError"),
    "Prints": is_right,
    "PrintsForever": timed_out("warning: still here"),
    "ClosesDescriptors": crashed("closed the descriptor that connects it to the kit in mid-call"),
    "ClosesDescriptorsAndStays": crashed("closed the descriptor that connects it to the kit"),
    "WritesGarbage": out_of_protocol("garbage on the kit's own connection: b'garbage"),
    "WritesMuchGarbage": out_of_protocol("{}{}{}' and "),
    "AnswersTheWrongRequest": out_of_protocol("a reply to request 1000000000 when 1 was asked"),
    "AnnouncesTooMuch": out_of_protocol("a reply of 4,294,967,295 bytes, at most 67,108,864"),
    "AnswersNonsense": out_of_protocol("a reply that is no outcome: {}"),
    "EndsInMidReply": crashed("exited with code 0 in mid-call"),
    "ReturnsTooMuch": out_of_protocol("cannot be sent: 1,073,741,824 bytes in one value"),
    "ReturnsManyBytes": out_of_protocol("bytes of JSON, at most 67,108,864 are read"),
    "ReturnsHugeInteger": out_of_protocol("cannot be sent: Exceeds the limit"),
    "ReturnsItself": crashed("raised RecursionError"),
    "RaisesSystemExit": crashed("raised SystemExit: bye"),
    "RaisesKeyboardInterrupt": crashed("raised KeyboardInterrupt"),
    "RaisesUnreadable": crashed("raised Unreadable: its text cannot be read"),
    "RejectsUnreadably": crashed("raised Unreadable"),
    "Recurses": crashed("raised RecursionError"),
    "ReturnsHidden": crashed("raised RuntimeError: header"),
    "ReturnsDeadly": crashed("died of signal 11 (SIGSEGV)", "__getitem__"),
    "LeavesThread": is_right,
    "LeavesProcess": is_right,
    "DiesAndLeavesProcess": crashed("exited with code 4 in mid-call"),
    "ReturnsTwice": is_right,
    "AnswersLate": is_right,
}

OPTIONS: dict[str, dict[str, Any]] = {
    "TakesAllMemory": {"memory_max": 256 << 20},  # The machine is not to suffer from the test.
    "ReturnsManyBytes": {"deadline": 10.0},
}


@pytest.mark.parametrize("kind", GALLERY)
def test_outcome_is_right_in_time_and_the_next_call_works(kind: str) -> None:
    with worker(kind, **OPTIONS.get(kind, {})) as adapter:
        started = time.monotonic()
        outcome = adapter.call(BAD)
        elapsed = time.monotonic() - started
        assert GALLERY[kind](outcome), outcome
        assert elapsed < DEADLINE + GRACE + SLACK
        for _ in range(2):
            assert process(adapter.call(GOOD)) != os.getpid()


def test_detail_is_the_end_of_the_output() -> None:
    with worker("PrintsForever") as adapter:
        outcome = adapter.call(BAD)
        assert isinstance(outcome, TimedOut)
        assert 1000 < len(outcome.detail) <= 64 << 10


def test_process_that_works_is_asked_again() -> None:
    with worker("Prints") as adapter:
        assert (
            process(adapter.call(GOOD)) == process(adapter.call(BAD)) == process(adapter.call(GOOD))
        )


def test_identity_is_what_the_implementation_says() -> None:
    with worker("Hostile") as adapter:
        assert adapter.identity.name == "hostile"
        assert adapter.identity.capabilities == frozenset({Capability.DECODE})


@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_messages_of_any_size_arrive(size: int) -> None:
    with worker("Hostile", deadline=10.0) as adapter:
        assert header(adapter.call(Request(Operation.DECODE, bytes(size))))["size"] == size


def test_death_between_two_calls_is_told_from_one_in_a_call() -> None:
    with worker("Hostile") as adapter:
        pid = process(adapter.call(GOOD))
        with ends_soon(pid):
            os.kill(pid, signal.SIGKILL)
        assert adapter.call(GOOD) == Crashed("died of signal 9 (SIGKILL) between two calls")
        assert process(adapter.call(GOOD)) != pid


def test_processes_left_behind_end_with_the_worker() -> None:
    with worker("LeavesProcess") as adapter:
        left = process(adapter.call(BAD), "started")
        with ends_soon(left):
            adapter.close()


def test_spent_budget_is_lost_and_says_why() -> None:
    with worker("ExitsWith3", restarts=1) as adapter:
        assert [type(adapter.call(BAD)) for _ in range(4)] == [Crashed, Crashed, Lost, Lost]
        spent = "restart budget of 1 spent; at last the worker exited with code 3 in mid-call"
        assert adapter.call(GOOD) == Lost(spent)
        assert adapter.call_together([GOOD, GOOD]) == [Lost(spent), Lost(spent)]


def test_closed_adapter_answers_nothing_and_closes_again() -> None:
    with worker("Hostile") as adapter:
        adapter.close()
        assert adapter.call(GOOD) == Lost("the adapter is closed")


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("ExitsWith3", Crashed),
        ("Segfaults", Crashed),
        ("ReturnsDeadly", Crashed),
        ("Sleeps", TimedOut),
        ("WritesGarbage", OutOfProtocol),
    ],
)
def test_failure_among_several_is_that_of_the_request_under_way(
    kind: str, failure: type[Outcome]
) -> None:
    with worker(kind) as adapter:
        outcomes = adapter.call_together([GOOD, GOOD, BAD, GOOD])
        kinds = [type(outcome) for outcome in outcomes]
        if failure is OutOfProtocol:  # Garbage may be seen when the next request is under way.
            assert sorted(kinds, key=str) == sorted([Lost, Lost, Lost, failure], key=str)
        else:
            assert kinds == [Lost, Lost, failure, Lost]
            assert outcomes[0] == Lost("request 3 of 4 ended it")
        assert all(is_right(outcome) for outcome in adapter.call_together([GOOD, GOOD]))


def test_each_of_several_has_the_deadline() -> None:
    with worker("AnswersLate") as adapter:
        assert all(is_right(outcome) for outcome in adapter.call_together([BAD, BAD, BAD]))


def test_nothing_asked_together_is_nothing() -> None:
    with worker("Hostile") as adapter:
        assert adapter.call_together([]) == []


def test_calls_of_several_threads_take_turns() -> None:
    outcomes: list[Outcome] = []
    with worker("Hostile", deadline=10.0) as adapter:
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


def test_worker_outlives_the_thread_that_started_it() -> None:
    with worker("ExitsWith3") as adapter:
        adapter.call(BAD)
        thread = threading.Thread(target=adapter.call, args=(GOOD,))
        thread.start()
        thread.join()
        assert is_right(adapter.call(GOOD))


def test_interrupted_call_leaves_no_answer_to_the_next() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with worker("AnswersLate") as adapter:
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                adapter.call(BAD)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert "size" not in header(adapter.call(GOOD))
