"""Attributes a wrong answer to threads, only if the same questions are answered right in a row."""

from __future__ import annotations

from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.outcomes import Outcome
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry
from torq_conformance.judging.verdicts import Finding


def answers_at_once(
    inquiry: Inquiry, case: Sequence, right: list[Expectation]
) -> tuple[Sequence, list[Expectation], list[Outcome]]:
    """The case to judge and its outcomes: asked at once, or in a row if that is wrong as well.

    In a row each is asked twice, for a thread asks its question again and again.
    """
    at_once = inquiry.ask_at_once(case.requests, case.rounds)
    if _are_right(inquiry, case, right, at_once):
        return case, right, at_once
    for times in (1, 2):
        requests = tuple(one for one in case.requests for _ in range(times))
        expected = [one for one in right for _ in range(times)]
        row = Sequence("STATE-INDEPENDENT", case.label, requests)
        inquiry.renew()
        in_a_row = inquiry.ask_in_a_row(requests)
        if not _are_right(inquiry, row, expected, in_a_row):
            return row, expected, in_a_row
    return case, right, at_once


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
