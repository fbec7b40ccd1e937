"""How long a process may take: for its first answer, for the next ones, after hangs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from torq_conformance.implementations import keeper as module
from torq_conformance.implementations.keeper import Failed, Keeper
from torq_conformance.implementations.no_answer import Expired
from torq_conformance.implementations.outcomes import Accepted, TimedOut
from torq_conformance.implementations.protocol import Identity, Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter

IDENTITY = Identity("fake", "1", frozenset(), "none")


class Clock:
    """Time that passes only when a process takes it."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class FakeProcess:
    """Has no output and ends at once."""

    output = ""

    def abort(self) -> None: ...

    def end(self) -> int | None: ...

    def kill(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


class Asked:
    """A keeper of fake processes, and how long each question was waited for."""

    def __init__(self, clock: Clock, *, restarts: int = 100) -> None:
        self.clock = clock
        self.keeper = Keeper(
            FakeProcess,
            lambda _: IDENTITY,
            str,
            deadline=5.0,
            start_deadline=60.0,
            first_deadline=60.0,
            restarts=restarts,
        )

    def takes(self, seconds: float) -> float | None:
        """Ask what takes that long; the deadline that was missed."""

        def ask(_: FakeProcess) -> None:
            allowed = self.keeper.deadline
            self.clock.now += min(seconds, allowed)
            if seconds > allowed:
                raise Expired

        try:
            self.keeper.use(ask, count=1)
        except Failed as failed:
            return failed.outcome.deadline if isinstance(failed.outcome, TimedOut) else 0.0
        return None


def test_a_first_answer_of_seven_seconds_is_in_time(clock: Clock) -> None:
    asked = Asked(clock)
    assert asked.takes(7.0) is None
    assert asked.takes(7.0) == 5.0, "the second one is not"


def test_every_process_has_that_time_for_its_first_answer(clock: Clock) -> None:
    asked = Asked(clock)
    for _ in range(5):
        assert asked.takes(7.0) is None
        asked.keeper.renew()


def test_a_slow_first_answer_does_not_stretch_the_deadline_of_hangs(clock: Clock) -> None:
    asked = Asked(clock)
    for _ in range(3):
        assert asked.takes(7.0) is None
        assert asked.takes(0.001) is None
        assert asked.takes(1e9) == 5.0
    assert asked.takes(7.0) is None
    assert asked.takes(1e9) == 0.25


def test_where_first_answers_are_quick_nobody_waits_a_minute_for_a_hang(clock: Clock) -> None:
    asked = Asked(clock)
    assert asked.takes(0.001) is None
    assert [asked.takes(1e9) for _ in range(5)] == [5.0, 5.0, 5.0, 0.25, 0.25]


def test_what_hangs_from_the_first_question_on_is_waited_for_once(clock: Clock) -> None:
    asked = Asked(clock)
    assert [asked.takes(1e9) for _ in range(5)] == [60.0, 5.0, 5.0, 0.25, 0.25]


def test_a_worker_may_take_longer_for_its_first_answer(
    worker: Callable[..., WorkerAdapter],
) -> None:
    good, late = (Request(Operation.DECODE, data) for data in (b"good", b"late"))
    patient = worker("hostile:SlowAtFirst", deadline=1.0, first_deadline=60.0)
    assert isinstance(patient.call(good), Accepted)
    assert isinstance(patient.call(good), Accepted)
    hasty = worker("hostile:SlowAtFirst", deadline=1.0)
    assert isinstance(hasty.call(late), TimedOut)
