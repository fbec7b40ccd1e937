"""The capability throughput: what a measured loop must give, and every way of giving less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.cases import measured
from torq_conformance.cases.case import Case
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted, TimedOut
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging import measurements, work
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.together import judge_together
from torq_conformance.judging.work import Measured
from torq_conformance.mutants import throughput
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.trial import Fate, Trial
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_specs import workloads
from torq_specs.registry import REGISTRY

CLAIMED = frozenset(Capability(name) for name in Reference.capabilities)


def judged(implementation: Any, requirement: str, workload: str, count: int) -> dict[str, int]:
    """The requirements that fail where one measured loop is judged, and how often."""
    judge = Judge(InProcessAdapter(implementation, "it", lambda: implementation))
    judge.judge(Case(requirement, workload, measured.measured(workload, count)))
    return {id_: tally.failed for id_, tally in judge.record.tallies.items() if tally.failed}


@pytest.mark.parametrize("name", workloads.names())
def test_two_readings_of_the_page_give_one_digest(name: str) -> None:
    found = Reference().throughput(name, 300)
    expected = work.expect_measured(measured.measured(name, 300), CLAIMED)
    assert (found["operations"], found["digest"]) == (expected.operations, expected.digest)


def test_the_digest_of_any_count_is_known() -> None:
    for count in (1, 777, 778, 779, 4096, 4097, 3 * 4096 + 1000):
        found = Reference().throughput("parse", count)
        expected = work.expect_measured(measured.measured("parse", count), CLAIMED)
        assert expected == Measured(found["operations"], found["digest"])


def test_items_are_all_different() -> None:
    for name in workloads.names():
        if name == "instrument_id":
            items: set[object] = {workloads.symbol(at) for at in range(workloads.ITEM_COUNT)}
        else:
            levels = name.rpartition("_")[2]
            # Books of many levels differ where those of one do.
            one = name.replace(levels, "1") if levels.isdigit() else name
            items = {repr(work.message(one, at)) for at in range(workloads.ITEM_COUNT)}
        assert len(items) == workloads.ITEM_COUNT, name


def test_without_context_refusals_are_their_rows_alone() -> None:
    request = measured.measured("reject", 4)
    digest = (1 * 7 + 2 * 8 + 3 * 10 + 4 * 17) << 56
    assert work.expect_measured(request, frozenset()).digest == digest % (1 << 64)


@pytest.mark.parametrize("cls", mutants_in(throughput), ids=lambda cls: cls.id)
def test_a_dishonest_loop_is_found_out(cls: Callable[[], Mutant]) -> None:
    own = [test for test in suite_tests() if test.chapter == "test_24_throughput"]
    kill = Trial(cls(), tests=own).run()
    assert (kill.fate, kill.killer) == (Fate.KILLED, cls().requirements[0])


class WritesZeroChecksums(Reference):
    """Its loop is right: it writes what its codec writes."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        return data[:28] + bytes(4) + data[32:]


def test_a_loop_that_is_as_wrong_as_its_codec_is_the_codecs_finding() -> None:
    assert judged(WritesZeroChecksums(), "THR-WORK", "build", 50) == {"CHK-VALUE": 1}


TOLD = Reference().throughput("build", 5)
RIGHT = {**{name: TOLD[name] for name in ("operations", "digest")}, "elapsed_ns": 90_000}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"operations": 5, "elapsed_ns": 1},
        {**RIGHT, "elapsed_ns": -1},
        {**RIGHT, "digest": RIGHT["digest"] + (1 << 64)},
        {**RIGHT, "digest": hex(RIGHT["digest"])},
        {**RIGHT, "digest": b"four"},
        {**RIGHT, "rate": 5},
        {**RIGHT, "p99_ns": 5},
        [5, 1, 0],
    ],
    ids=str,
)
def test_an_answer_of_another_form_breaks_the_contract(answer: Any) -> None:
    implementation = Reference()
    implementation.throughput = lambda **_: answer  # type: ignore[method-assign]
    assert judged(implementation, "THR-WORK", "build", 5) == {"CONTRACT": 1}


def test_unsupported_and_refused_loops_fail() -> None:
    from torq_conformance.rejection import Rejected, Unsupported

    for error in (Unsupported(), Rejected("ParseError"), ValueError("no such workload")):
        implementation = Reference()

        def answer(workload: str, count: int, error: Exception) -> dict[str, int]:
            raise error

        implementation.throughput = partial(answer, error=error)  # type: ignore[method-assign]
        assert judged(implementation, "THR-WORK", "build", 5) == {"THR-WORK": 1}


@pytest.mark.parametrize(
    ("said", "is_right"),
    [(1.0, True), (0.95, True), (0.9, False), (0.001, False), (1.1, False), (3.0, False)],
)
def test_time_is_held_against_the_difference_of_two_calls(said: float, is_right: bool) -> None:
    # 30 ms are prepared before the loop; a call takes 20 microseconds.
    small = measurements.Clocked(round(64 * 20_000 * said), 30_000_000 + 64 * 20_000)
    large = measurements.Clocked(round(5_000 * 20_000 * said), 30_000_000 + 5_000 * 20_000)
    assert (measurements.wrong_time("calls", small, large) == "") is is_right


def test_workloads_whose_types_are_not_claimed_are_not_asked() -> None:
    of_trades = REGISTRY.restricted_to({workloads.TRADE})
    names = {measured.workload_in(one.request) for one in measured.results("THR-WORK", of_trades)}
    assert names == {"instrument_id", "validate"}


def test_what_is_not_claimed_is_not_measured() -> None:
    implementation = Reference()
    implementation.capabilities = frozenset({"decode", "throughput"})
    judge = Judge(InProcessAdapter(implementation, "it", lambda: implementation))
    judge.judge_all(measured.times("THR-TIME", REGISTRY))
    assert (judge.record.judged, judge.record.not_claimed) == (2, 3)


SLEEPY = """
import time
from torq_conformance.reference import Reference


class Codec(Reference):
    def throughput(self, workload, count):
        time.sleep(count)
        return {"operations": count, "elapsed_ns": 1, "digest": 0}

    def decode(self, data):
        time.sleep(30)
"""


def test_a_loop_may_take_longer_than_other_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleepy_loops.py").write_text(SLEEPY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    adapter = WorkerAdapter("python:sleepy_loops:Codec", deadline=0.5, first_deadline=0.5)
    try:
        assert isinstance(adapter.call(measured.measured("build", 2)), Accepted)
        waited = [
            adapter.call(one)
            for one in (Request(Operation.DECODE, b""), measured.measured("build", 8))
        ]
        assert [one.deadline for one in waited if isinstance(one, TimedOut)] == [0.5, 6.0]
    finally:
        adapter.close()


def test_a_wrong_time_is_seen_in_a_whole_run_as_well() -> None:
    # Cases of a test are asked in batches; a loop is judged by its time as well.
    implementation = throughput.Microseconds()
    judge = Judge(InProcessAdapter(implementation, "it", lambda: implementation))
    judge_together(judge, [*measured.times("THR-TIME", REGISTRY)][:2])
    assert judge.record.tallies["THR-TIME"].failed == 2
