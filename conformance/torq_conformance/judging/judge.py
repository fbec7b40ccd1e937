"""Judges the cases of one test against one adapter and keeps what came out of it."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import (
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import (
    NEEDS,
    Adapter,
    Capability,
    Operation,
    Request,
    Surroundings,
)
from torq_conformance.judging import census, expectations, verdicts
from torq_conformance.model.values import to_json
from torq_conformance.report.failures import describe
from torq_conformance.vectors.reader import GoldenVector, questions
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import Level, Requirement, requirements

FAILURES_SHOWN = 3
"""Failures of one test that are told in full; all are counted."""

UNMAPPED = frozenset({Surroundings.UNMAPPED_BEHIND, Surroundings.UNMAPPED_IN_FRONT})

REACH_MAX = 64
"""Bytes beyond a buffer that are looked at when it is asked how far an implementation reaches."""

BREAKDOWNS_MAX = 3
"""Crashes and hangs after which a test that has failed anyway is not continued."""


ASKED_AGAIN_MAX = 5
"""Failures that stay failures when asked again alone, after which that is asked no more."""


@dataclass
class Tally:
    """How the cases of one requirement came out."""

    judged: int = 0
    failed: int = 0
    findings: int = 0
    """SHOULD findings."""


@dataclass
class TestRecord:
    """What one test planned and what came out of it; plain data, so that it crosses processes."""

    test: str
    planned: int = 0
    judged: int = 0
    not_claimed: int = 0
    lost: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    """SHOULD findings, told as failures are."""
    unclaimed: list[str] = field(default_factory=list)
    census: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    """SHA-256 over everything that was asked, in order."""

    __test__ = False

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {**vars(self), "tallies": {id_: vars(t) for id_, t in self.tallies.items()}}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TestRecord:
        """The record of its JSON form."""
        tallies = {id_: Tally(**tally) for id_, tally in document["tallies"].items()}
        return cls(**{**document, "tallies": tallies})


@dataclass(frozen=True)
class Told:
    """What a golden vector says is right for requests, and which capabilities count for it."""

    right: tuple[expectations.Expectation, ...]
    vector: GoldenVector
    capabilities: frozenset[Capability]


@dataclass
class Judge:
    """Judges cases one by one; one Judge serves all tests of a process.

    ``implementation`` is the name by which it was found, for the line that repeats a failure.
    """

    adapter: Adapter
    implementation: str
    registry: Registry = REGISTRY
    seed: int = 0
    record: TestRecord = field(default_factory=lambda: TestRecord(""))
    breakdowns: int = 0
    remembers: bool = False
    """Whether a case of this test was answered wrong only because of the calls before it."""

    def __post_init__(self) -> None:
        self.requirements: dict[str, Requirement] = requirements(self.registry)
        self.stream = hashlib.sha256()
        self._calls = 0
        self._asked_again = 0

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the implementation claims."""
        return self.adapter.identity.capabilities

    def start(self, test: str, planned: int) -> None:
        """Begin a new record."""
        self.record = TestRecord(test, planned)
        self.stream = hashlib.sha256()
        self.breakdowns = 0
        self.remembers = False

    def judge_all(self, cases: Iterable[Case | Sequence]) -> None:
        """Judge case after case; a test that has failed by crashing often enough ends early."""
        for case in cases:
            self.judge(case)
            if self.record.lost or self.remembers or self.breakdowns >= BREAKDOWNS_MAX:
                return

    def judge_vector(self, vector: GoldenVector) -> bool:
        """Judge all that a vector asks, by what its file says; False if it failed.

        What the file calls acceptable is a SHOULD finding at most, whatever is claimed.
        """
        claimed = self.capabilities - {Capability.STRICT_PADDING}
        passed = [
            self.judge(question.case, Told(question.right, vector, claimed))
            for question in questions(vector, self.registry)
        ]
        return all(passed)

    def judge(self, case: Case | Sequence, told: Told | None = None) -> bool:
        """Judge one case; False if it failed. What is right is calculated, unless it is told."""
        requests = case.requests if isinstance(case, Sequence) else (case.request,)
        if not self._needs(case, requests) <= self.capabilities:
            self._note_unclaimed(case.requirement)
            return True
        for request in requests:
            self.stream.update(request.operation.encode())
            argument = request.argument
            data = argument if isinstance(argument, bytes) else repr(argument).encode()
            self.stream.update(data)
            if request.placement is not None:
                self.stream.update(repr(request.placement).encode())
        self._calls += len(requests)
        if told is None:
            right = [expectations.expect(request, self.registry) for request in requests]
        else:
            right = [*told.right]
        if isinstance(case, Case):
            outcomes = [self.adapter.call(case.request)]
        elif case.rounds:
            return self._judge_at_once(case, right)
        else:
            outcomes = self.adapter.call_together(requests)
        return self._judge_outcomes(case, requests, right, outcomes, told)

    def _judge_at_once(self, case: Sequence, right: list[expectations.Expectation]) -> bool:
        """Blame the threads only if the same requests are answered right in a row."""
        # What is set up by the first call is set up by several threads at once.
        self.adapter.renew()
        outcomes = self.adapter.call_at_once(case.requests, case.rounds)
        requests, expected = case.requests * case.rounds, right * case.rounds
        if self._are_right(case, requests, expected, outcomes):
            return self._judge_outcomes(case, requests, expected, outcomes)
        self.adapter.renew()
        in_a_row = self.adapter.call_together(case.requests)
        if self._are_right(case, case.requests, right, in_a_row):
            return self._judge_outcomes(case, requests, expected, outcomes)
        row = Sequence("STATE-INDEPENDENT", case.label, case.requests)
        return self._judge_outcomes(row, case.requests, right, in_a_row)

    def _are_right(
        self,
        case: Sequence,
        requests: tuple[Request, ...],
        right: list[expectations.Expectation],
        outcomes: list[Outcome],
    ) -> bool:
        return not any(
            isinstance(outcome, Lost) or self._must_findings(case, request, expectation, outcome)
            for request, expectation, outcome in zip(requests, right, outcomes, strict=True)
        )

    def _must_findings(
        self,
        case: Case | Sequence,
        request: Request,
        expectation: expectations.Expectation,
        outcome: Outcome,
    ) -> list[verdicts.Finding]:
        findings = verdicts.judge(
            case.requirement, request, expectation, outcome, self.capabilities, self.registry
        )
        return [finding for finding in findings if finding.is_must]

    def _judge_outcomes(
        self,
        case: Case | Sequence,
        requests: tuple[Request, ...],
        right: list[expectations.Expectation],
        outcomes: list[Outcome],
        told: Told | None = None,
    ) -> bool:
        capabilities = self.capabilities if told is None else told.capabilities
        broke = next(
            (o for o in outcomes if isinstance(o, Crashed | TimedOut | OutOfProtocol)), None
        )
        for index, (request, expectation, outcome) in enumerate(
            zip(requests, right, outcomes, strict=True)
        ):
            if isinstance(outcome, Lost):
                if broke is None:
                    self.record.lost = outcome.why
                    return True
                continue
            findings = verdicts.judge(
                case.requirement, request, expectation, outcome, capabilities, self.registry
            )
            if isinstance(case, Sequence):
                findings = self._blame_state(case, request, expectation, findings)
            elif request.placement is not None:
                findings = self._blame_memory(case, request, expectation, outcome, findings)
            elif not isinstance(outcome, Crashed | TimedOut):
                findings = self._blame_earlier_calls(case, request, expectation, findings)
            label = case.label if len(requests) == 1 else f"{case.label}, call {index + 1}"
            if isinstance(case, Sequence) and case.rounds:
                thread, round_ = index % len(case.requests) + 1, index // len(case.requests) + 1
                label = f"{case.label}, thread {thread}, round {round_}"
            key = census.bucket(request, expectation, self.registry)
            self.record.census[key] = self.record.census.get(key, 0) + 1
            also = () if told is None else told.vector.requirements[1:]
            also = (*also, *verdicts.also_judged(expectation, outcome))
            self._count(case.requirement, findings, also)
            match outcome:
                case TimedOut():
                    self.breakdowns = BREAKDOWNS_MAX
                case Crashed() if outcome.has_ended_process:
                    self.breakdowns += 1
            is_failed = any(finding.is_must for finding in findings)
            if findings:
                vector_id = "" if told is None else told.vector.id
                kept = self.record.failures if is_failed else self.record.findings
                self._tell(kept, label, case, index, findings, expectation, outcome, vector_id)
            if is_failed:
                self.record.judged += 1
                return False
        self.record.judged += 1
        return True

    def _blame_state(
        self,
        case: Sequence,
        request: Request,
        expectation: expectations.Expectation,
        findings: tuple[verdicts.Finding, ...],
    ) -> tuple[verdicts.Finding, ...]:
        """Blame the calls around a request only if it is answered right when asked alone."""
        if not any(finding.is_must for finding in findings):
            return findings
        if case.rounds:
            problem = f"right in a row, but not when threads ask at once: {findings[0].problem}"
            return (verdicts.Finding(case.requirement, problem),)
        self.adapter.renew()
        outcome = self.adapter.call(request)
        if isinstance(outcome, Lost | TimedOut):
            return findings
        alone = verdicts.judge(
            case.requirement, request, expectation, outcome, self.capabilities, self.registry
        )
        if any(finding.is_must for finding in alone):
            return alone
        problem = f"right when asked alone, but in this row of calls: {findings[0].problem}"
        return (verdicts.Finding(case.requirement, problem),)

    def _blame_earlier_calls(
        self,
        case: Case,
        request: Request,
        expectation: expectations.Expectation,
        findings: tuple[verdicts.Finding, ...],
    ) -> tuple[verdicts.Finding, ...]:
        """Blame the calls before a case if it is answered right when asked alone.

        Then its test ends: an implementation that remembers leads every search for a smaller case
        astray. Asking alone may mean to start a process, so it is done for a few failures only.
        """
        is_alone = self._calls == 1 or self._asked_again >= ASKED_AGAIN_MAX
        if is_alone or not any(finding.is_must for finding in findings):
            return findings
        self.adapter.renew()
        self._calls = 1
        outcome = self.adapter.call(request)
        if isinstance(outcome, Lost | TimedOut | Crashed) or self._must_findings(
            case, request, expectation, outcome
        ):
            self._asked_again += 1
            return findings
        self.remembers = True
        problem = f"right when asked alone, but after other calls: {findings[0].problem}"
        return (verdicts.Finding("STATE-INDEPENDENT", problem),)

    def _blame_memory(
        self,
        case: Case,
        request: Request,
        expectation: expectations.Expectation,
        outcome: Outcome,
        findings: tuple[verdicts.Finding, ...],
    ) -> tuple[verdicts.Finding, ...]:
        """Blame the use of memory only if the answer is right in ordinary memory."""
        if not any(finding.is_must for finding in findings):
            return findings
        plain = replace(request, placement=None)
        right = expectations.expect(plain, self.registry)
        ordinary = self.adapter.call(plain)
        if isinstance(ordinary, Lost | TimedOut):
            return findings
        wrong = verdicts.judge(
            case.requirement, plain, right, ordinary, self.capabilities, self.registry
        )
        if any(finding.is_must for finding in wrong):
            return wrong
        problem = f"right in ordinary memory, but where {request.placement}: {findings[0].problem}"
        if isinstance(outcome, Crashed) and outcome.has_ended_process:
            problem += self._reach(case, request, expectation)
        return (verdicts.Finding(case.requirement, problem),)

    def _reach(self, case: Case, request: Request, expectation: expectations.Expectation) -> str:
        """How far beyond a buffer it reaches: with so much more mapped, the answer is right."""
        placement = request.placement
        # Every try may cost a process, and one failure that says how far is enough.
        if placement is None or placement.surroundings not in UNMAPPED or self.record.failures:
            return ""

        def is_right(slack: int) -> bool:
            moved = replace(request, placement=replace(placement, slack=slack))
            outcome = self.adapter.call(moved)
            return not (
                isinstance(outcome, Lost) or self._must_findings(case, moved, expectation, outcome)
            )

        wrong, right = 0, 1
        while not is_right(right):
            wrong, right = right, 2 * right
            if right > REACH_MAX:
                return f"; it reaches more than {wrong} bytes beyond the buffer"
        while right - wrong > 1:
            middle = (wrong + right) // 2
            wrong, right = (wrong, middle) if is_right(middle) else (middle, right)
        return f"; it reaches {right} byte{'s' if right > 1 else ''} beyond the buffer"

    @staticmethod
    def _needs(case: Case | Sequence, requests: tuple[Request, ...]) -> frozenset[Capability]:
        is_at_once = isinstance(case, Sequence) and case.rounds > 0
        needed = frozenset({Capability.THREADS} if is_at_once else ())
        if any(request.placement is not None for request in requests):
            needed |= {Capability.BUFFERS}
        return needed.union(*(NEEDS[request.operation] for request in requests))

    def _note_unclaimed(self, requirement: str) -> None:
        self.record.not_claimed += 1
        self._unclaimed(requirement)

    def _unclaimed(self, requirement: str) -> None:
        if requirement not in self.record.unclaimed:
            self.record.unclaimed.append(requirement)

    def _tally(self, requirement: str) -> Tally:
        return self.record.tallies.setdefault(requirement, Tally())

    def _count(
        self, requirement: str, findings: tuple[verdicts.Finding, ...], also: Iterable[str]
    ) -> None:
        # In the order of the findings: the first of them is who is blamed.
        judged = dict.fromkeys(finding.requirement for finding in findings)
        if not any(finding.is_must for finding in findings):
            # Of a case that failed by another sentence, its own one was not judged.
            judged[requirement] = None
        for id_ in also:
            if id_.startswith("ERR-CONTEXT") and Capability.ERROR_CONTEXT not in self.capabilities:
                self._unclaimed(id_)
            else:
                judged[id_] = None
        for id_ in judged:
            self._tally(id_).judged += 1
        for finding in findings:
            tally = self._tally(finding.requirement)
            if finding.is_must:
                tally.failed += 1
            else:
                tally.findings += 1

    def _tell(
        self,
        kept: list[dict[str, Any]],
        label: str,
        case: Case | Sequence,
        index: int,
        findings: tuple[verdicts.Finding, ...],
        expectation: expectations.Expectation,
        outcome: Outcome,
        vector_id: str,
    ) -> None:
        # The same requirement again and again says nothing new.
        shown = [failure["requirement"] for failure in kept]
        finding = next((finding for finding in findings if finding.is_must), findings[0])
        if len(shown) >= FAILURES_SHOWN or shown.count(finding.requirement) > 1:
            return
        requests = case.requests if isinstance(case, Sequence) else (case.request,)
        bundle: dict[str, Any] = {
            "requirement": case.requirement,
            "label": case.label,
            "requests": [request_to_json(request, self.registry) for request in requests],
        }
        if isinstance(case, Sequence) and case.rounds:
            bundle["rounds"] = case.rounds
        if not finding.is_must:
            bundle["level"] = str(Level.SHOULD)
        digest = hashlib.sha256(json.dumps(bundle, sort_keys=True).encode()).hexdigest()
        id_ = vector_id or digest[:10]
        where = f"{self.record.test}: {label}"
        repeat = f"torq-conformance replay {id_} {shlex.quote(self.implementation)}"
        text = describe(
            finding,
            self.requirements[finding.requirement],
            where,
            requests[index % len(requests)],
            expectation,
            outcome,
            repeat,
            self.registry,
        )
        kept.append(
            {
                "id": id_,
                "requirement": finding.requirement,
                "also": [f.requirement for f in findings if f is not finding],
                "problem": finding.problem,
                "where": where,
                "text": text,
                "case": bundle,
            }
        )


def request_to_json(request: Request, registry: Registry) -> dict[str, Any]:
    """A request as JSON types, so that it can be asked again."""
    argument: Any = request.argument
    if isinstance(argument, bytes):
        argument = argument.hex()
    elif request.operation in {Operation.ENCODE, Operation.VALIDATE}:
        argument = to_json(argument, registry)
    document = {"operation": str(request.operation), "argument": argument}
    if request.placement is not None:
        document["placement"] = asdict(request.placement)
    return document
