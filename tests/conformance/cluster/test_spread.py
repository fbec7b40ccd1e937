"""Units are judged exactly once in the count, whoever loses them on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from torq_conformance.cluster.crew import TRIES_MAX, Done, in_order, spread
from torq_conformance.cluster.introduction import build_differs, introduction, kit_differs
from torq_conformance.cluster.judge_process import JudgeProcess, LostJudgeError
from torq_conformance.cluster.tasks import TASKS, open_judging
from torq_conformance.errors import KitError

Json = dict[str, Any]


class Unreliable:
    """A crew that answers in any order, loses workers, and answers twice what it had lost."""

    def __init__(self, *, lost: float, poison: frozenset[int] = frozenset()) -> None:
        self.introduction: Json = {}
        self.left_out: dict[str, str] = {}
        self.workers = 3
        self.most = 0
        self._source = random.Random(4)
        self._lost, self._poison = lost, poison
        self._jobs: list[tuple[int, Json]] = []
        self._late: list[Done] = []

    def room(self) -> int:
        return 4 - len(self._jobs)

    def hand_out(self, number: int, unit: Json) -> None:
        self._jobs.append((number, unit))
        self.most = max(self.most, number)

    def finished(self) -> list[Done]:
        late, self._late = self._late, []
        number, unit = self._jobs.pop(self._source.randrange(len(self._jobs)))
        if unit["n"] in self._poison:
            return [Done(number, None, why="it ended")]
        answer = Done(number, {"square": unit["n"] ** 2})
        if self._source.random() < self._lost:
            # Its worker was taken for lost, and answers after all, if not all are lost.
            self._late += [answer] if self._lost < 1 else []
            return [*late, Done(number, None, why="lost", is_of_worker=True)]
        return [*late, answer]

    def close(self) -> None:
        pass


def units(count: int) -> Iterator[Json]:
    return ({"n": n} for n in range(count))


@pytest.mark.parametrize("lost", [0.0, 0.3, 0.6])
def test_each_unit_comes_once_and_in_order(lost: float) -> None:
    found = [*in_order(spread(Unreliable(lost=lost), units(300)), "n")]
    assert [unit["n"] for unit, _ in found] == [*range(300)]
    assert all(done.result == {"square": unit["n"] ** 2} for unit, done in found)


def test_what_ends_every_process_is_given_up_and_nothing_else() -> None:
    crew = Unreliable(lost=0.3, poison=frozenset({7, 30}))
    found = [*spread(crew, units(50))]
    assert len(found) == 50
    assert {unit["n"] for unit, done in found if done.result is None} == {7, 30}
    assert TRIES_MAX > 1


def test_a_unit_that_ends_worker_after_worker_is_given_up() -> None:
    found = [*spread(Unreliable(lost=1.0), units(1))]
    assert [done.why for _, done in found] == ["lost"]


def test_a_unit_that_takes_long_bounds_what_is_handed_out() -> None:
    class Slow(Unreliable):
        def finished(self) -> list[Done]:
            at = 1 if len(self._jobs) > 1 else 0
            number, _ = self._jobs.pop(at)
            return [Done(number, {})]

    crew = Slow(lost=0.0)
    assert len([*spread(crew, units(3000))]) == 3000
    crew = Slow(lost=0.0)
    found = in_order(spread(crew, units(3000)), "n")
    assert next(found)[0]["n"] == 0
    assert crew.most <= 256 * crew.workers


def test_a_process_that_ends_is_lost_and_not_the_unit() -> None:
    process = JudgeProcess("empty", {})
    assert process.judge({"cell": "a"}) == {}
    process.kill()
    with pytest.raises(LostJudgeError):
        process.judge({"cell": "a"})


def test_set_up_errors_of_a_process_are_those_of_the_kit() -> None:
    setup = {"implementation": "python:not.there:X", "is_in_process": True, "seed": 0}
    with pytest.raises(KitError, match="no module 'not'"):
        JudgeProcess("drawn", {**setup, "deadline": 5.0, "vendor_specs": None})


def test_only_tasks_of_the_table_are_opened() -> None:
    with pytest.raises(KitError, match="no task"):
        open_judging("os:system", {})
    assert all(name.startswith("torq_conformance.") for name in TASKS.values())


def test_who_differs_is_told_apart() -> None:
    ours = introduction({"implementation": "reference"}, {"name": "r"})
    assert kit_differs(ours, ours) == build_differs(ours["build"], ours["build"]) == ""
    for key, said in (("kit", "version 0"), ("specification", "is another"), ("sources", "other")):
        assert said in kit_differs(ours, {**ours, key: "0"})
    assert "claims" in build_differs(ours["build"], {**ours["build"], "claims": {"name": "s"}})
    assert "build" in build_differs(ours["build"], {**ours["build"], "files": []})
