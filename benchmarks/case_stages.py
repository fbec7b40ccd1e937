"""Where the time of a case goes: microseconds a case by stage, enumerated and drawn, side by side.

    python benchmarks/case_stages.py [--implementation reference] [--in-process] [--blocks 4]

Processor time of this process alone, and for asking the time that passes: the implementation may
live in another process.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from torq_conformance.cases.case import Case
from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import NEEDS, Way
from torq_conformance.judging import census
from torq_conformance.judging.blocks import Answer, BlockJudge
from torq_conformance.judging.inquiry import needed
from torq_conformance.judging.judge import Judge
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

STAGES = ("made", "expected", "asked", "judged", "counted")
CASES_OF_A_TEST = 300
"""Enumerated cases that are taken of one test."""

Spent = defaultdict[str, float]


@contextmanager
def stage(spent: Spent, name: str, clock: Callable[[], float]) -> Iterator[None]:
    """Add the time within to a stage."""
    start = clock()
    yield
    spent[name] += clock() - start


def enumerated(judge: Judge) -> tuple[Spent, int]:
    """The time of enumerated cases, asked one by one."""
    spent: Spent = defaultdict(float)
    count = 0
    for test in suite_tests():
        if test.is_generated:
            continue
        for line in test.lines(REGISTRY)[:4]:
            with stage(spent, "made", time.process_time):
                cases = [*islice(cases_of(test.source, REGISTRY, line), CASES_OF_A_TEST)]
            for case in cases:
                if isinstance(case, Case) and needed(case) <= judge.capabilities:
                    _one(judge, case, spent)
                    count += 1
    return spent, count


def _one(judge: Judge, case: Case, spent: Spent) -> None:
    request = case.request
    with stage(spent, "expected", time.process_time):
        right = judge.inquiry.expect(request)
    with stage(spent, "asked", time.perf_counter):
        outcome = judge.inquiry.ask(request)
    with stage(spent, "judged", time.process_time):
        findings = judge.inquiry.findings(case.requirement, request, right, outcome)
    with stage(spent, "counted", time.process_time):
        judge.note(request)
        census.bucket(request, right, REGISTRY)
        judge.count(case.requirement, findings, right, outcome)


def drawn(judge: Judge, blocks: int) -> tuple[Spent, int]:
    """The time of drawn questions, asked in rows."""
    spent: Spent = defaultdict(float)
    count, stream = 0, Stream(judge.seed, REGISTRY)
    for block in range(blocks):
        with stage(spent, "made", time.process_time):
            calls = [*plan.calls(stream, block, Way.ROW)]
        calls = [one for one in calls if NEEDS[one.request.operation] <= judge.capabilities]
        count += len(calls)
        watch = BlockJudge(judge, Way.ROW)
        for start in range(0, len(calls), 64):
            _batch(judge, watch, calls[start : start + 64], spent)
    return spent, count


def _batch(judge: Judge, watch: BlockJudge, calls: list[plan.Call], spent: Spent) -> None:
    with stage(spent, "expected", time.process_time):
        known = [watch.expected(call) for call in calls]
    requests = [call.request for call in calls]
    with stage(spent, "asked", time.perf_counter):
        outcomes = judge.inquiry.ask_by(Way.ROW, requests)
    answers = [Answer(*one) for one in zip(calls, *zip(*known, strict=True), outcomes, strict=True)]
    with stage(spent, "judged", time.process_time):
        wrong = [one for one in answers if not watch.is_right(one)]
    assert not wrong, wrong[0]
    with stage(spent, "counted", time.process_time):
        for answer in answers:
            watch.note(Way.ROW, answer)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--implementation", default="reference")
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--blocks", type=int, default=4)
    options = parser.parse_args()
    judge = Judge(connect(options.implementation, is_in_process=options.in_process), REGISTRY)
    judge.start("stages", 0)
    print(
        f"microseconds a case  {'cases':>8}"
        + "".join(f"{name:>10}" for name in STAGES)
        + "       all"
    )
    for name, (spent, count) in {
        "enumerated": enumerated(judge),
        "drawn": drawn(judge, options.blocks),
    }.items():
        each = [1e6 * spent[one] / count for one in STAGES]
        cells = "".join(f"{one:10.0f}" for one in [*each, sum(each)])
        print(f"{name:<20} {count:8,}{cells}")
    judge.adapter.close()


if __name__ == "__main__":
    main()
