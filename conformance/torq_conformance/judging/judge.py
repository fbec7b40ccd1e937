"""Judges the cases of one test, one by one: asks, attributes what is wrong, keeps the record."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import (
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Adapter, Capability, Request, Way
from torq_conformance.judging import (
    census,
    evidence,
    measurements,
    memory,
    state,
    threads,
    verdicts,
    views,
)
from torq_conformance.judging.breakdowns import Breakdowns
from torq_conformance.judging.expectations import Accept, Expectation
from torq_conformance.judging.inquiry import Inquiry, is_failed
from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.unclaimed import Treatments
from torq_conformance.judging.verdicts import Finding
from torq_conformance.judging.work import Measured
from torq_specs.registry import REGISTRY, Registry


@dataclass(frozen=True)
class Published:
    """What a golden vector says is right for the requests of a case.

    ``capabilities`` are those that count for it, ``also`` further requirements that it judges.
    """

    right: tuple[Expectation, ...]
    id: str
    also: tuple[str, ...]
    capabilities: frozenset[Capability]


@dataclass(frozen=True)
class Asked:
    """One question of a case, what is right, and what came back."""

    case: Case | Sequence
    index: int
    request: Request
    right: Expectation
    outcome: Outcome

    @property
    def label(self) -> str:
        """The case, and which of its calls."""
        case, index = self.case, self.index
        if isinstance(case, Sequence) and case.rounds:
            round_, thread = divmod(index, len(case.requests))
            return f"{case.label}, thread {thread + 1}, round {round_ + 1}"
        return case.label if len(case.requests) == 1 else f"{case.label}, call {index + 1}"


class Judge:
    """Judges cases one by one; one Judge serves all tests of a process."""

    def __init__(
        self,
        adapter: Adapter,
        registry: Registry = REGISTRY,
        seed: int = 0,
        profile: str = "standard",
    ) -> None:
        self.inquiry = Inquiry(adapter, registry)
        self.registry = registry
        self.seed = seed
        self.profile = profile
        """How much of what there is to ask is asked."""
        self._rows = state.Rows(self.inquiry)
        self.earlier_calls = state.EarlierCalls(self.inquiry)
        self._treatments = Treatments(registry)
        self.breakdowns = Breakdowns()
        self.explained: dict[tuple[str, str], Way] = {}
        """Kinds of failures of drawn questions, with the way of asking in which they are wrong."""
        self.rows_sought = 0
        """Failures of drawn questions of which the shortest row of calls was sought."""
        self.start("", 0)

    @property
    def adapter(self) -> Adapter:
        """The way to the implementation."""
        return self.inquiry.adapter

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the implementation claims."""
        return self.inquiry.capabilities

    def start(self, test: str, planned: int) -> None:
        """Begin a new record."""
        self.record = TestRecord(test, planned)
        self.stream = hashlib.sha256()
        self.breakdowns.begin_test()
        self.remembers = False
        """Whether a case of this test was answered wrong only because of the calls before it."""

    def of_claimed(self, cases: Iterable[Case | Sequence]) -> Iterator[Case | Sequence]:
        """The cases that need no type but claimed ones; the others count as not claimed."""
        for case in cases:
            if self.inquiry.is_of_unclaimed(case):
                self.record.leave_out(case.requirement)
            else:
                yield case

    def judge_all(self, cases: Iterable[Case | Sequence]) -> None:
        """Judge case after case; a test that has failed by crashing often enough ends early."""
        for case in cases:
            self.judge(case)
            if self.is_over:
                self.record.ended = self.why_over
                return

    @property
    def is_over(self) -> bool:
        """Whether a test has failed in a way that makes no sense to go on."""
        return bool(self.record.lost or self.why_over)

    @property
    def why_over(self) -> str:
        """After what a test ends that has failed; empty while it goes on."""
        if self.remembers:
            return "ended after an answer that depended on earlier calls"
        return self.breakdowns.why_over

    def judge(self, case: Case | Sequence, published: Published | None = None) -> bool:
        """Judge one case; False if it failed. What is right is calculated, or ``published``."""
        case = self.inquiry.offered_of(case)
        if not self.inquiry.offers(case):
            self.record.leave_out(case.requirement)
            return True
        if published is not None and not self.inquiry.is_as_published(case):
            # A published vector cannot be asked with other types, or with a vendor's own.
            self.record.leave_out(case.requirement)
            return True
        self._treatments.clear()
        for request in case.requests:
            self.note(request)
        right = self._right(case, published)
        for request, one in zip(case.requests, right, strict=True):
            if why := self.breakdowns.why_left_out(request, one):
                self.record.ended = why
                return True
        for asked in self._answers(case, right):
            if isinstance(asked.outcome, Lost):
                self.record.lost = asked.outcome.why
                return True
            if not self._judge_answer(asked, published):
                self.record.judged += 1
                return False
        self.record.judged += 1
        return True

    def _right(self, case: Case | Sequence, published: Published | None) -> list[Expectation]:
        """What is right for each request of a case."""
        if published is None:
            return [self.inquiry.expect(request) for request in case.requests]
        return [*published.right]

    def _answers(self, case: Case | Sequence, right: list[Expectation]) -> Iterator[Asked]:
        """Every question with its answer; Lost only where nothing explains the loss."""
        if isinstance(case, Case):
            outcomes = [self.inquiry.ask(case.request)]
        elif case.rounds:
            case, right, outcomes = threads.answers_at_once(self.inquiry, case, right)
        else:
            outcomes = self.inquiry.ask_by(case.way, case.requests)
        has_broken = any(isinstance(o, Crashed | TimedOut | OutOfProtocol) for o in outcomes)
        for index, outcome in enumerate(outcomes):
            at = index % len(case.requests)
            if not (isinstance(outcome, Lost) and has_broken):
                yield Asked(case, index, case.requests[at], right[at], outcome)

    def note(self, request: Request) -> None:
        """Add a request to the digest of everything that was asked."""
        self.stream.update(_words_of(request))

    def _judge_answer(self, asked: Asked, published: Published | None) -> bool:
        findings = self._findings(asked, published)
        way = asked.case.way if isinstance(asked.case, Sequence) else Way.ALONE
        key = census.bucket(asked.request, asked.right, self.registry, way)
        self.record.census[key] = self.record.census.get(key, 0) + 1
        also = () if published is None else published.also
        self.count(asked.case.requirement, findings, asked.right, asked.outcome, also)
        self.breakdowns.note(asked.request, asked.right, asked.outcome)
        self.keep(asked, findings, "" if published is None else published.id)
        return not is_failed(findings)

    def keep(
        self, asked: Asked, findings: tuple[Finding, ...], vector_id: str = "", label: str = ""
    ) -> None:
        """Keep what is wrong with an answer, if it is the first that is wrong in its way."""
        finding = next((f for f in findings if f.is_must), findings[0] if findings else None)
        if finding is None or not self.record.takes(finding):
            return
        row = self._row_shown_by(asked, finding)
        failure = evidence.failure(
            self.record.test,
            label or (asked.label if row is None else row.label),
            asked.case if row is None else row,
            vector_id,
            finding,
            [f for f in findings if f is not finding],
            asked.request,
            asked.right,
            asked.outcome,
            self.registry,
        )
        self.record.keep(finding, failure)

    def _row_shown_by(self, asked: Asked, finding: Finding) -> Sequence | None:
        """The row of calls that repeats a failure which one question alone does not show."""
        is_single = isinstance(asked.case, Case)
        is_state = finding.requirement == state.STATE
        return self.earlier_calls.row if is_single and is_state else None

    def _findings(self, asked: Asked, published: Published | None) -> tuple[Finding, ...]:
        capabilities = None if published is None else published.capabilities
        case, request, right, outcome = asked.case, asked.request, asked.right, asked.outcome
        if isinstance(case, Sequence) and case.way is Way.BULK:
            capabilities = self.inquiry.counted(case.way)
        findings = self.inquiry.findings(case.requirement, request, right, outcome, capabilities)
        if isinstance(right, Measured):
            return measurements.findings(self.inquiry, case, request, outcome, findings)
        if request.look is not None and is_failed(findings):
            return self._noted(self._as_plain_question(case, request) or findings)
        if not is_failed(findings):
            return (*findings, *self._treatments.changed(case.requirement, request, outcome))
        if isinstance(case, Sequence) and case.rounds:
            return threads.when_at_once(case, findings)
        is_placed = request.placement is not None
        if isinstance(case, Sequence) and (len(case.requests) > 1 or not is_placed):
            findings = self._rows.attribute(case, request, right, findings)
            if not (is_placed and self._rows.is_wrong_alone):
                return findings
        if is_placed:
            return self._noted(
                memory.where_placed(
                    *(self.inquiry, case, request, right, outcome, findings, self.earlier_calls),
                    is_reach_wanted=not self.record.failures,
                )
            )
        assert isinstance(case, Case)
        if isinstance(outcome, Crashed | TimedOut):
            return findings
        earlier = self.earlier_calls.attribute(case, request, right, findings)
        # Then its test ends: what remembers leads every search for a smaller case astray.
        self.remembers = self.remembers or earlier is not None
        return findings if earlier is None else earlier

    def _as_plain_question(self, case: Case | Sequence, request: Request) -> tuple[Finding, ...]:
        """What is wrong with the answer itself where a look at it failed."""
        for data in views.looked_at(request):
            plain = replace(request, argument=data, look=None)
            outcome = self.inquiry.ask(plain)
            right = self.inquiry.expect(plain)
            wrong = self.inquiry.findings(case.requirement, plain, right, outcome)
            if is_failed(wrong) and not isinstance(outcome, TimedOut):
                question = Case(case.requirement, case.label, plain)
                return self.earlier_calls.attribute(question, plain, right, wrong) or wrong
        return ()

    def _noted(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The same; a test ends with what remembers."""
        self.remembers = self.remembers or any(one.requirement == state.STATE for one in findings)
        return findings

    def count(
        self,
        requirement: str,
        findings: tuple[Finding, ...],
        right: Expectation,
        outcome: Outcome,
        more: tuple[str, ...] = (),
    ) -> None:
        """Count an answer to a question about a requirement, which judged ``more`` as well."""
        also = [*more, *verdicts.also_judged(right, outcome)]
        if Capability.ERROR_CONTEXT not in self.capabilities:
            for id_ in also:
                if id_.startswith("ERR-CONTEXT"):
                    self.record.note_unclaimed(id_)
            also = [id_ for id_ in also if not id_.startswith("ERR-CONTEXT")]
        is_encoding = isinstance(right, Accept) and isinstance(right.value, bytes)
        self.record.count(requirement, findings, also, is_encoding=is_encoding)


MARSHALLED = 2
"""The form of ``marshal`` in which equal values are equal bytes, whoever shares them."""


def _words_of(request: Request) -> bytes:
    """What a request adds to the digest of everything that was asked."""
    argument: Any = request.argument
    data = argument if isinstance(argument, bytes) else marshal.dumps(argument, MARSHALLED)
    placement = b"" if request.placement is None else repr(request.placement).encode()
    look = b"" if request.look is None else repr(request.look).encode()
    return request.operation.encode() + data + placement + look
