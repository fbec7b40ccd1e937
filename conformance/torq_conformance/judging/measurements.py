"""Judges the answer of a measured loop: its results, and its time against the kit's own clock.

A wrong digest of an implementation that is wrong one by one as well says nothing of its loop. Time
is held against the difference of two calls, so that what is prepared before the clock starts counts
for nobody; a busy machine slows both clocks. What is right once is right: only a loop whose time is
wrong again and again is reported.
"""

from __future__ import annotations

from typing import NamedTuple

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.measured import measured
from torq_conformance.implementations.outcomes import Accepted, Lost, Outcome
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging import work
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.inquiry import Inquiry, is_failed
from torq_conformance.judging.verdicts import Finding

TIME = "THR-TIME"

ONE_BY_ONE = 1024
"""Items that are asked as questions when a loop is wrong: some of each kind."""

ROW = 64
"""Of so many the questions are asked in a row."""

SMALL = 64
COUNT_MAX = 1 << 24
GROWTH = 4

FASTEST_NS = 0.1
"""What an operation takes at the least; a loop that takes less was not run."""

SPAN_NS = 25_000_000
"""How much longer the large call must take than the small one before its time is looked at."""

SHARE = 0.93
"""The part of the kit's own time that the loop must have reported at the least, and the inverse."""

TRIES = 5
AGAIN, AGAIN_NS = 3, 500_000_000
"""How many times longer a loop runs when it is tried again, and from where on it does not.

What a busy machine adds to one call does not grow with it.
"""


def findings(
    inquiry: Inquiry,
    case: Case | Sequence,
    request: Request,
    outcome: Outcome,
    found: tuple[Finding, ...],
) -> tuple[Finding, ...]:
    """What is wrong with a measured loop; ``found`` is what its results alone say."""
    if is_failed(found):
        return _one_by_one(inquiry, request) or found
    if case.requirement == TIME and isinstance(outcome, Accepted):
        return _time(inquiry, request)
    return found


def _one_by_one(inquiry: Inquiry, request: Request) -> tuple[Finding, ...]:
    """What is wrong with the same work where every item is a question of its own."""
    assert isinstance(request.argument, dict)
    for first in range(0, ONE_BY_ONE, ROW):
        questions = tuple(work.questions(request.argument["workload"], range(first, first + ROW)))
        outcomes = inquiry.ask_in_a_row(questions)
        for question, outcome in zip(questions, outcomes, strict=True):
            if isinstance(outcome, Lost):
                return ()
            right = inquiry.expect(question)
            wrong = inquiry.findings("RT-VALUE", question, right, outcome)
            if is_failed(wrong):
                return wrong
    return ()


class Clocked(NamedTuple):
    """Nanoseconds of one call: as it says, and by the kit's clock."""

    said: int
    own: int


def _time(inquiry: Inquiry, request: Request) -> tuple[Finding, ...]:
    assert isinstance(request.argument, dict)
    workload: str = request.argument["workload"]
    count = int(request.argument["count"])
    problem, span = "", AGAIN_NS
    for _ in range(TRIES):
        if span < AGAIN_NS:
            count = min(AGAIN * count, COUNT_MAX)
        small = _clocked(inquiry, workload, SMALL)
        large = _clocked(inquiry, workload, count)
        while small and large and _is_short(small, large) and count * GROWTH <= COUNT_MAX:
            count *= GROWTH
            large = _clocked(inquiry, workload, count)
        if small is None or large is None:
            return (Finding.of("gave no time", [Deviation(TIME, "no time")]),)
        span = large.own - small.own
        if span < FASTEST_NS * count:
            problem = f"{count:,} calls of {workload} take no longer than {SMALL}"
        else:
            problem = wrong_time(f"{count:,} calls of {workload}", small, large)
        if not problem:
            return ()
    return (Finding.of(problem, [Deviation(TIME, "elapsed_ns")]),)


def _is_short(small: Clocked, large: Clocked) -> bool:
    """Whether too little time lies between two calls to say anything of it."""
    return large.own - small.own < max(SPAN_NS, small.own)


def _clocked(inquiry: Inquiry, workload: str, count: int) -> Clocked | None:
    outcome, own = inquiry.ask_timed(measured(workload, count))
    if not isinstance(outcome, Accepted) or not isinstance(outcome.value, dict):
        return None
    return Clocked(int(outcome.value["elapsed_ns"]), own)


def wrong_time(what: str, small: Clocked, large: Clocked) -> str:
    """What is wrong with the times of a small and a large call, in words; empty: nothing."""
    span = large.own - small.own
    if large.said > min(large.own, round(span / SHARE) + small.said):
        return f"{what} took {large.said:,} ns, says the loop, and about {span:,} ns from outside"
    if large.said < round(SHARE * span):
        return f"{what} took {large.said:,} ns, says the loop, and at least {span:,} ns"
    return ""
