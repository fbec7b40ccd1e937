"""Attributes a wrong answer to the calls around it, only if it is right when asked alone."""

from __future__ import annotations

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import Crashed, Lost, TimedOut
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry, is_failed
from torq_conformance.judging.verdicts import Finding

ASKED_AGAIN_MAX = 5
"""Failures that stay failures when asked again alone, after which that is asked no more."""


def in_this_row(
    inquiry: Inquiry,
    case: Sequence,
    request: Request,
    expectation: Expectation,
    findings: tuple[Finding, ...],
) -> tuple[Finding, ...]:
    """What a failure within a row of calls speaks of."""
    outcome = inquiry.ask_alone(request)
    if isinstance(outcome, Lost | TimedOut):
        return findings
    alone = inquiry.findings(case.requirement, request, expectation, outcome)
    if is_failed(alone):
        return alone
    problem = f"right when asked alone, but in this row of calls: {findings[0].problem}"
    return (Finding(case.requirement, problem),)


class EarlierCalls:
    """Attributes failures to the calls before a case; knows how often that was in vain.

    Asking alone may mean to start a process, so it is done for a few failures only.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._asked_in_vain = 0

    def attribute(
        self,
        case: Case,
        request: Request,
        expectation: Expectation,
        findings: tuple[Finding, ...],
    ) -> tuple[Finding, ...] | None:
        """Findings about the calls before a case; None if it is wrong without them too."""
        if self._inquiry.calls == 1 or self._asked_in_vain >= ASKED_AGAIN_MAX:
            return None
        outcome = self._inquiry.ask_alone(request)
        is_right = self._inquiry.is_right(case.requirement, request, expectation, outcome)
        if isinstance(outcome, Lost | TimedOut | Crashed) or not is_right:
            self._asked_in_vain += 1
            return None
        problem = f"right when asked alone, but after other calls: {findings[0].problem}"
        return (Finding("STATE-INDEPENDENT", problem),)
