"""Programs against the clock, measured loops in this process, and what a crew has measured."""

from __future__ import annotations

from typing import Any

import pytest

from torq_conformance.cases import measured
from torq_conformance.cluster.crew import Done
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Identity
from torq_conformance.judging.inquiry import Inquiry
from torq_conformance.meter import clocks, gate, loops, measuring, spreading
from torq_conformance.meter.gate import Answer
from torq_conformance.meter.measurement import Measurement
from torq_conformance.meter.programs import Program
from torq_conformance.reference import Reference

# Clocks.


def program(*arguments: str) -> Program:
    who = Identity(arguments[0], "1", frozenset(), "C")
    return Program(arguments[0], arguments, who, has_frames=True, is_python=False)


def test_a_program_is_judged_against_itself_by_the_clock() -> None:
    cat = program("cat")
    judged = clocks.judge(cat, cat, "small", 1000.0)
    assert (judged.workload, judged.answer) == ("small", Answer.SAME)
    with pytest.raises(KitError, match=r"^false ended with 1\."):
        clocks.judge(cat, program("false"), "small", 0.1)


@pytest.mark.parametrize(
    ("after", "answer"), [(1.0, Answer.SAME), (1.2, Answer.WORSE), (0.8, Answer.BETTER)]
)
def test_pairs_of_runs_are_made_in_turn(after: float, answer: Answer) -> None:
    made: list[float] = []

    def run(seconds: float) -> float:
        made.append(seconds)
        return seconds

    judged = gate.by_clock("small", lambda: run(1.0), lambda: run(after), 0.1, pairs=6)
    assert judged.answer is answer
    assert made == [1.0, after, after, 1.0] * 3


# Loops.


class Loop(Reference):
    """Its loops are run; what they say can be changed, and how many were asked for is kept."""

    def __init__(self, **says: int) -> None:
        super().__init__()
        self.says, self.counts = says, list[int]()

    def throughput(self, workload: str, count: int) -> Any:
        self.counts.append(count)
        return {**super().throughput(workload, count), **self.says}


def fastest(loop: Loop) -> loops.Loop:
    return loops._fastest(Inquiry(InProcessAdapter(loop, "it", Loop)), "parse")


@pytest.mark.parametrize(("more", "rounds"), [(0, 0), (5, loops.ROUNDS)])
def test_a_loop_is_run_again_where_it_can_take_longer(
    more: int, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "COUNT_MAX", measured.COUNT + more)
    loop = Loop(elapsed_ns=1000, p50_ns=1, p99_ns=2, p999_ns=3)
    found = fastest(loop)
    assert loop.counts == [measured.COUNT, *[measured.COUNT + more] * rounds]
    assert (found.elapsed_ns, found.latencies_ns) == (1000, (1, 2, 3))
    assert found.rate == found.operations * 1e6


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"digest": 0}, "is not what it says: digest is 0, not "),
        ({"elapsed_ns": 1 << 60}, "says 1,152,921,504,606,846,976 ns, the kit waited "),
    ],
)
def test_a_loop_that_is_not_honest_is_not_measured(says: dict[str, int], why: str) -> None:
    with pytest.raises(KitError, match=why):
        fastest(Loop(**says))


# What a crew has measured.


class OneWorker:
    """A crew that gives what is written down, the last unit first."""

    workers = 8

    def __init__(self, *results: dict[str, Any] | None) -> None:
        self.results = results
        self.introduction: dict[str, Any] = {}
        self.left_out: dict[str, str] = {}
        self.jobs: list[int] = []
        self.units: list[dict[str, Any]] = []

    def room(self) -> int:
        return 1

    def hand_out(self, number: int, unit: dict[str, Any]) -> None:
        self.jobs.append(number)
        self.units.append(unit)

    def finished(self) -> list[Done]:
        number = self.jobs.pop()
        return [Done(number, self.results[number], why="spent")]

    def close(self) -> None:
        pass


def part(**changes: Any) -> dict[str, Any]:
    return {**vars(Measurement("it", "1", "C", workload_set="w")), **changes}


def test_parts_of_a_measurement_are_put_together() -> None:
    kinds = [spreading.CLOCKS, *measuring.COUNTERS]
    parts = [
        part(
            machine={"cores": 2} if kind == spreading.CLOCKS else {},
            streams={"small": {kind: 1.0}},
            why_not={kind: f"no {kind}"},
        )
        for kind in kinds
    ]
    crew = OneWorker(*parts)
    whole = spreading.measure(["small"], crew)
    assert whole.streams == {"small": dict.fromkeys(kinds, 1.0)}
    assert whole.why_not == {kind: f"no {kind}" for kind in kinds}
    assert whole.machine == {"cores": 2}
    assert [(unit["kind"], unit["names"]) for unit in crew.units] == [
        (kind, ["small"]) for kind in kinds
    ]


def test_a_measurement_that_is_lost_is_said() -> None:
    with pytest.raises(KitError, match=r"^A measurement was lost: spent\."):
        spreading.measure(["small"], OneWorker(*[None] * (1 + len(measuring.COUNTERS))))
