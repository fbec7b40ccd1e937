"""Attributes a wrong answer to the calls around it, only if it is right when asked alone."""

from __future__ import annotations

from collections import Counter

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import Crashed, Lost, TimedOut
from torq_conformance.implementations.protocol import Request, Way
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry, is_failed
from torq_conformance.judging.verdicts import Finding
from torq_conformance.judging.ways import SPECIAL, only_in

STATE = "STATE-INDEPENDENT"

ROWS_MAX = 2
"""Failures of which the shortest row is sought; each trial may start a process."""

ROWS = frozenset({Way.ALONE, Way.ROW, Way.BATCH})
"""Ways of asking that are one thing to an implementation: call after call."""

TRIALS_MAX = 60
"""Rows of calls that are tried to find the shortest one."""

ASKED_AGAIN_MAX = 40
"""Kinds of failures that stay failures when asked again alone, after which none is asked again."""


WRONG_ALONE_MAX = 3
"""Failures in rows, of one and the same deviation, that are asked again alone."""


class Rows:
    """Attributes failures within rows of calls.

    Asking alone means to start a process. What was wrong alone several times is known to be no
    matter of the calls before it: the same deviation in another row is not asked again.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._wrong_alone: Counter[tuple[Deviation, ...]] = Counter()
        self.is_wrong_alone = False
        """Whether the last answer is as wrong when it is asked alone."""

    def attribute(
        self,
        case: Sequence,
        request: Request,
        expectation: Expectation,
        findings: tuple[Finding, ...],
    ) -> tuple[Finding, ...]:
        """What a failure within a row of calls speaks of."""
        ways = findings[0].ways
        self.is_wrong_alone = self._wrong_alone[ways] >= WRONG_ALONE_MAX
        if self.is_wrong_alone:
            return findings
        outcome = self._inquiry.ask_alone(request)
        if isinstance(outcome, Lost | TimedOut):
            return findings
        alone = self._inquiry.findings(case.requirement, request, expectation, outcome)
        if is_failed(alone):
            self._wrong_alone[ways] += alone[0].ways == ways
            self.is_wrong_alone = True
            return alone
        if case.way in SPECIAL and self._is_wrong_in(case, request, expectation):
            return (only_in(case.way, findings[0], self._inquiry.capabilities),)
        where = "in this row of calls" if case.way in ROWS else str(case.way)
        problem = f"right when asked alone, but {where}: {findings[0].problem}"
        # What other calls leave behind elsewhere as well explains it.
        ways_ = dict.fromkeys(Deviation(id_, id_) for id_ in (case.requirement, STATE))
        ways_ |= dict.fromkeys(way for way in ways if way.subject.startswith("crash "))
        return (Finding.of(problem, ways_),)

    def _is_wrong_in(self, case: Sequence, request: Request, expectation: Expectation) -> bool:
        """Whether a question is answered wrong in the way of a row, though it is the only one."""
        self._inquiry.renew()
        (outcome,) = self._inquiry.ask_by(case.way, (request,))
        if isinstance(outcome, Lost):
            return False
        counted = self._inquiry.counted(case.way)
        return is_failed(
            self._inquiry.findings(case.requirement, request, expectation, outcome, counted)
        )


def kind_of(findings: tuple[Finding, ...]) -> tuple[str, str]:
    """What two failures have in common of which one is asked again."""
    first = next((finding for finding in findings if finding.is_must), findings[0])
    return first.requirement, first.ways[0].subject


class EarlierCalls:
    """Attributes failures to the calls before a case; knows for which that was in vain.

    Asking alone may mean to start a process, so it is done once for each kind of failure.
    """

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._asked_in_vain: set[tuple[str, str]] = set()
        """Kinds of failures that stayed failures alone: another kind may still be one of state."""
        self._rows_sought = 0
        self.row: Sequence | None = None
        """The shortest row of calls that was found to show what was attributed last."""

    def attribute(
        self,
        case: Case,
        request: Request,
        expectation: Expectation,
        findings: tuple[Finding, ...],
    ) -> tuple[Finding, ...] | None:
        """Findings about the calls before a case; None if it is wrong without them too."""
        kind = kind_of(findings)
        is_known = kind in self._asked_in_vain or len(self._asked_in_vain) >= ASKED_AGAIN_MAX
        if self._inquiry.calls == 1 or is_known:
            return None
        before = [*self._inquiry.history][:-1]
        outcome = self._inquiry.ask_alone(request)
        is_right = self._inquiry.is_right(case.requirement, request, expectation, outcome)
        if isinstance(outcome, Lost | TimedOut | Crashed) or not is_right:
            self._asked_in_vain.add(kind)
            return None
        self.row = None
        if self._rows_sought < ROWS_MAX:
            self._rows_sought += 1
            self.row = self._shortest(case, before, request, expectation)
        shown = "other calls" if self.row is None else _counted(len(self.row.requests) - 1)
        problem = f"right when asked alone, but after {shown}: {findings[0].problem}"
        return (Finding(STATE, problem),)

    def _shortest(
        self, case: Case, before: list[Request], request: Request, expectation: Expectation
    ) -> Sequence | None:
        """The fewest calls before a question after which it is answered wrong; None if none are."""
        trials = iter(range(TRIALS_MAX))

        def is_wrong(calls: list[Request]) -> bool:
            if next(trials, None) is None:
                return False
            self._inquiry.renew()
            outcome = self._inquiry.ask_in_a_row((*calls, request))[-1]
            if isinstance(outcome, Lost):
                return False
            return not self._inquiry.is_right(case.requirement, request, expectation, outcome)

        counts = [1 << n for n in range(len(before).bit_length())]
        suffixes = (before[-count:] for count in [*counts, len(before)] if count)
        calls = next((some for some in suffixes if is_wrong(some)), None)
        if calls is None:
            return None
        size = len(calls) // 2
        while size:
            # Cut out by halves, as long as the answer stays wrong.
            at = 0
            while at < len(calls):
                fewer = calls[:at] + calls[at + size :]
                if fewer and is_wrong(fewer):
                    calls = fewer
                else:
                    at += size
            size //= 2
        label = f"{case.label}, after {_counted(len(calls))}"
        return Sequence(STATE, label, (*calls, request))


def _counted(calls: int) -> str:
    return "one other call" if calls == 1 else f"{calls} other calls"
