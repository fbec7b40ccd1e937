"""Attributes a wrong answer to the use of memory, only if it is right in ordinary memory."""

from __future__ import annotations

from dataclasses import replace

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import Accepted, Crashed, Lost, Outcome, TimedOut
from torq_conformance.implementations.protocol import Operation, Placement, Request, Surroundings
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry, is_failed
from torq_conformance.judging.state import EarlierCalls
from torq_conformance.judging.verdicts import Finding
from torq_conformance.rejection import Rejected

UNMAPPED = frozenset({Surroundings.UNMAPPED_BEHIND, Surroundings.UNMAPPED_IN_FRONT})

PLACES = (Surroundings.UNMAPPED_BEHIND, Surroundings.UNMAPPED_IN_FRONT, Surroundings.CANARIES)
"""Whoever gives the same answer in each of them has not looked beside its buffer."""

REACH_MAX = 64
"""Bytes beyond a buffer that are looked at when it is asked how far an implementation reaches."""


def where_placed(
    inquiry: Inquiry,
    case: Case | Sequence,
    request: Request,
    expectation: Expectation,
    outcome: Outcome,
    findings: tuple[Finding, ...],
    earlier: EarlierCalls,
    *,
    is_reach_wanted: bool,
) -> tuple[Finding, ...]:
    """What a failure in memory that the kit placed speaks of.

    ``earlier`` tells whether the same question in ordinary memory is wrong for the calls before it
    alone. ``is_reach_wanted``: whether it is to be asked how far beyond its buffer it reaches.
    """
    plain = replace(request, placement=None)
    ordinary = inquiry.ask(plain)
    if isinstance(ordinary, Lost | TimedOut):
        return findings
    right = inquiry.expect(plain)
    wrong = inquiry.findings(case.requirement, plain, right, ordinary)
    if is_failed(wrong):
        question = Case(case.requirement, case.label, plain)
        return earlier.attribute(question, plain, right, wrong) or wrong
    if _is_same_anywhere(inquiry, request, outcome):
        problem = f"right as bytes, but in any other buffer: {findings[0].problem}"
        return (Finding.of(problem, findings[0].ways),)
    question = Case(case.requirement, case.label, request)
    if of_state := earlier.attribute(question, request, expectation, findings):
        return of_state
    problem = f"right in ordinary memory, but where {request.placement}: {findings[0].problem}"
    # Every try may cost a process, and one failure that says how far is enough.
    if is_reach_wanted and isinstance(outcome, Crashed) and outcome.has_ended_process:
        problem += _reach(inquiry, case, request, expectation)
    return (Finding(case.requirement, problem),)


def _is_same_anywhere(inquiry: Inquiry, request: Request, outcome: Outcome) -> bool:
    """Whether a wrong answer is about what a buffer is, not about where it lies."""
    is_read = request.operation is not Operation.ENCODE
    if not is_read or not isinstance(outcome, Accepted | Rejected):
        return False
    places = (replace(request, placement=Placement(surroundings)) for surroundings in PLACES)
    return all(_is_same(inquiry.ask(one), outcome) for one in places)


def _is_same(one: Outcome, other: Outcome) -> bool:
    if isinstance(one, Rejected) and isinstance(other, Rejected):
        return (one.kind, one.context) == (other.kind, other.context)
    return one == other


def _reach(
    inquiry: Inquiry, case: Case | Sequence, request: Request, expectation: Expectation
) -> str:
    """How far beyond a buffer it reaches: with so much more mapped, the answer is right."""
    placement = request.placement
    if placement is None or placement.surroundings not in UNMAPPED:
        return ""

    def is_right(slack: int) -> bool:
        moved = replace(request, placement=replace(placement, slack=slack))
        return inquiry.is_right(case.requirement, moved, expectation, inquiry.ask(moved))

    wrong, right = 0, 1
    while not is_right(right):
        wrong, right = right, 2 * right
        if right > REACH_MAX:
            return f"; it reaches more than {wrong} bytes beyond the buffer"
    while right - wrong > 1:
        middle = (wrong + right) // 2
        wrong, right = (wrong, middle) if is_right(middle) else (middle, right)
    return f"; it reaches {right} byte{'s' if right > 1 else ''} beyond the buffer"
