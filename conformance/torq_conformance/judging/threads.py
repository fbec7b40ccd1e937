"""Attributes a wrong answer to threads, only if the same questions are answered right in a row."""

from __future__ import annotations

from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.outcomes import Outcome
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry
from torq_conformance.judging.verdicts import Finding


def answers_at_once(
    inquiry: Inquiry, case: Sequence, right: list[Expectation]
) -> tuple[Sequence, list[Outcome]]:
    """The case to judge and its outcomes: asked at once, or in a row if that is wrong as well."""
    at_once = inquiry.ask_at_once(case.requests, case.rounds)
    if _are_right(inquiry, case, right, at_once):
        return case, at_once
    inquiry.renew()
    in_a_row = inquiry.ask_in_a_row(case.requests)
    if _are_right(inquiry, case, right, in_a_row):
        return case, at_once
    return Sequence("STATE-INDEPENDENT", case.label, case.requests), in_a_row


def _are_right(
    inquiry: Inquiry, case: Sequence, right: list[Expectation], outcomes: list[Outcome]
) -> bool:
    """Whether all outcomes are right, however many rounds they are of."""
    count = len(case.requests)
    return all(
        inquiry.is_right(case.requirement, case.requests[at % count], right[at % count], outcome)
        for at, outcome in enumerate(outcomes)
    )


def when_at_once(case: Sequence, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What a failure speaks of that shows only when threads ask at once."""
    problem = f"right in a row, but not when threads ask at once: {findings[0].problem}"
    return (Finding(case.requirement, problem),)
