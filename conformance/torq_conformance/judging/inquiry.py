"""Asks one implementation and holds its answers against what the specification admits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from torq_conformance.cases import measured
from torq_conformance.cases.case import Case
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import (
    NEEDS,
    Adapter,
    BatchAdapter,
    BulkAdapter,
    Capability,
    Operation,
    Request,
    Way,
    refused_in,
)
from torq_conformance.judging import error_texts, verdicts, work
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import (
    Expectation,
    differs_from_published,
    expect,
    unclaimed_in,
)
from torq_conformance.judging.verdicts import Finding
from torq_conformance.rejection import Rejected
from torq_specs.faults import MEANINGS
from torq_specs.registry import REGISTRY, Registry

HISTORY_MAX = 512
"""Questions that are remembered, to find those on which a later answer depended."""


BROKEN = Crashed | TimedOut | OutOfProtocol | Lost
"""Outcomes that are no answer."""


class Inquiry:
    """One implementation behind its adapter; knows how often it was asked since it was new."""

    def __init__(self, adapter: Adapter, registry: Registry = REGISTRY) -> None:
        self.adapter = adapter
        self.registry = registry
        self.calls = 0
        self.history: deque[Request] = deque(maxlen=HISTORY_MAX)
        """What was asked last, since the implementation was new."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the implementation claims."""
        return self.adapter.identity.capabilities

    def counted(self, way: Way) -> frozenset[Capability]:
        """The claimed capabilities that count in a way of asking."""
        # Where many are asked at once there is no room for the context of refusals.
        without = {Capability.ERROR_CONTEXT} if way is Way.BULK else set()
        return self.capabilities - without

    def offers(self, case: Case | Row) -> bool:
        """Whether everything that a case needs is claimed."""
        return needed(case) <= self.capabilities

    def offered_of(self, case: Case | Row) -> Case | Row:
        """Of what threads ask at once those questions that are claimed, if there are several."""
        if isinstance(case, Case) or not case.rounds:
            return case
        own = [one for one in case.requests if self.offers(replace(case, requests=(one,)))]
        return replace(case, requests=tuple(own)) if len(own) > 1 else case

    def is_of_unclaimed(self, case: Case | Row) -> bool:
        """Whether a case holds a type that is not claimed."""
        return not is_claimed(case, self.registry)

    def is_as_published(self, case: Case | Row) -> bool:
        """Whether a case holds types alone that are claimed and as the protocol has them."""
        own = (differs_from_published(request, self.registry) for request in case.requests)
        return is_claimed(case, self.registry) and not any(own)

    def expect(self, request: Request) -> Expectation:
        """What is admissible for a request."""
        if request.operation is Operation.THROUGHPUT:
            return work.expect_measured(request, self.capabilities)
        return expect(request, self.registry)

    def ask(self, request: Request) -> Outcome:
        """Ask one question."""
        self.calls += 1
        self.history.append(request)
        return self.adapter.call(request)

    def ask_timed(self, request: Request) -> tuple[Outcome, int]:
        """Ask one question; the answer, and the nanoseconds until it was there."""
        started_ns = time.perf_counter_ns()
        outcome = self.ask(request)
        return outcome, time.perf_counter_ns() - started_ns

    def ask_in_a_row(self, requests: tuple[Request, ...]) -> list[Outcome]:
        """Ask several, one after another, of one live implementation."""
        self.calls += len(requests)
        self.history.extend(requests)
        return self.adapter.call_together(requests)

    def ask_by(self, way: Way, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in one way or another; where it is not offered, in a row."""
        match way:
            case Way.ALONE:
                return [self.ask(request) for request in requests]
            case Way.BATCH if isinstance(self.adapter, BatchAdapter):
                self._note(requests)
                return self.adapter.call_batch(requests)
            case Way.BULK if isinstance(self.adapter, BulkAdapter):
                self._note(requests)
                return self._ask_in_bulk(self.adapter, requests)
        return self.ask_in_a_row(tuple(requests))

    def _note(self, requests: Sequence[Request]) -> None:
        self.calls += len(requests)
        self.history.extend(requests)

    def _ask_in_bulk(self, adapter: BulkAdapter, requests: Sequence[Request]) -> list[Outcome]:
        """Ask all round trips in one call, and then what else there is in a row."""
        many = [at for at, one in enumerate(requests) if one.operation is Operation.ROUNDTRIP]
        others = [at for at, one in enumerate(requests) if one.operation is not Operation.ROUNDTRIP]
        outcomes: dict[int, Outcome] = {}
        if many:
            each = adapter.roundtrip_each([_bytes_of(requests[at]) for at in many])
            if all(outcome is None or isinstance(outcome, BROKEN) for outcome in each):
                # Of which message it was, its own answers say; else it was of all together.
                each = self._known_in_a_row([requests[at] for at in many]) or each
            for at, outcome in zip(many, each, strict=True):
                outcomes[at] = outcome or self._known(adapter, requests[at])
        if others:
            found = adapter.call_together([requests[at] for at in others])
            outcomes |= dict(zip(others, found, strict=True))
        return [outcomes[at] for at in range(len(requests))]

    def _known_in_a_row(self, requests: list[Request]) -> list[Outcome | None]:
        """What came of many that broke down together; nothing where they do not, one by one."""
        found = self.adapter.call_together(requests)
        has_broken = any(isinstance(one, BROKEN) for one in found)
        return [*found] if has_broken else []

    def _known(self, adapter: BulkAdapter, request: Request) -> Outcome:
        """What comes of a question by itself where nothing came back among others."""
        (outcome,) = adapter.roundtrip_each([_bytes_of(request)])
        if outcome is not None:
            return outcome
        alone = adapter.call(request)
        return OutOfProtocol("nothing came back") if isinstance(alone, Accepted) else alone

    def ask_at_once(self, requests: tuple[Request, ...], rounds: int) -> list[Outcome]:
        """Ask several again and again from threads, of an implementation that is new."""
        # What is set up by the first call is set up by several threads at once.
        self.renew()
        self.calls += len(requests) * rounds
        return self.adapter.call_at_once(requests, rounds)

    def ask_alone(self, request: Request) -> Outcome:
        """Ask one question of an implementation that was never asked before."""
        self.renew()
        return self.ask(request)

    def renew(self) -> None:
        """Make the implementation as new."""
        self.adapter.renew()
        self.calls = 0
        self.history.clear()

    def findings(
        self,
        requirement: str,
        request: Request,
        expectation: Expectation,
        outcome: Outcome,
        capabilities: AbstractSet[Capability] | None = None,
    ) -> tuple[Finding, ...]:
        """Everything that an outcome violates; ``capabilities`` other than the claimed ones."""
        counted = self.capabilities if capabilities is None else capabilities
        found = verdicts.judge(requirement, request, expectation, outcome, counted, self.registry)
        is_unwritten = request.operation is Operation.ROUNDTRIP and isinstance(outcome, Rejected)
        if is_unwritten and is_failed(found):
            return self._misread(requirement, request) or found
        if isinstance(expectation, Text) and is_failed(found):
            return self._misworded(requirement, request, expectation, outcome, found, counted)
        return found

    def _misread(self, requirement: str, request: Request) -> tuple[Finding, ...]:
        """What is wrong with a message as it is read, if writing it again was refused for that."""
        reading = replace(request, operation=Operation.DECODE)
        outcome = self.ask(reading)
        if not isinstance(outcome, Accepted | Entangled):
            return ()
        right = self.expect(reading)
        found = verdicts.judge(
            requirement, reading, right, outcome, self.capabilities, self.registry
        )
        return found if is_failed(found) else ()

    def _misworded(
        self,
        requirement: str,
        request: Request,
        right: Text,
        outcome: Outcome,
        found: tuple[Finding, ...],
        counted: AbstractSet[Capability],
    ) -> tuple[Finding, ...]:
        """What is wrong with the refusal itself; else what its text lacks of its own context."""
        refused = refused_in(request)
        refusal = self.ask(refused)
        if isinstance(refusal, Lost):
            return found
        expected = self.expect(refused)
        about = MEANINGS[right.faults[0].kind].speaks_of
        wrong = verdicts.judge(about, refused, expected, refusal, counted, self.registry)
        if is_failed(wrong):
            return wrong
        has_context = Capability.ERROR_CONTEXT in counted or refused.operation is Operation.CONFIG
        if not has_context or not isinstance(refusal, Rejected):
            return found
        own = replace(right, faults=error_texts.of_own_context(right.faults, refusal))
        return verdicts.judge(requirement, request, own, outcome, counted, self.registry)

    def is_right(
        self, requirement: str, request: Request, expectation: Expectation, outcome: Outcome
    ) -> bool:
        """Whether there was an answer and it violates no MUST."""
        if isinstance(outcome, Lost):
            return False
        return not is_failed(self.findings(requirement, request, expectation, outcome))


def _bytes_of(request: Request) -> bytes:
    assert isinstance(request.argument, bytes)
    return request.argument


def is_failed(findings: Iterable[Finding]) -> bool:
    """Whether a MUST is violated."""
    return any(finding.is_must for finding in findings)


def is_claimed(case: Case | Row, registry: Registry) -> bool:
    """Whether a case holds types alone that are claimed, or no types at all."""
    if not registry.unclaimed:
        return True
    return not any(unclaimed_in(request, registry) for request in case.requests)


def needed(case: Case | Row) -> frozenset[Capability]:
    """What must be claimed before a case is asked."""
    is_at_once = isinstance(case, Row) and case.rounds > 0
    own = {Capability.THREADS} if is_at_once else set()
    has_placement = any(request.placement is not None for request in case.requests)
    if has_placement and not all(r.operation is Operation.DECODE_VIEW for r in case.requests):
        own |= {Capability.BUFFERS}
    if any(one.look is not None and one.operation is Operation.DECODE for one in case.requests):
        # That decode copies is asked of those who tell the two apart, and take buffers.
        own |= {Capability.VIEWS, Capability.BUFFERS}
    for request in case.requests:
        own |= NEEDS[request.operation]
        if request.operation is Operation.ERROR_TEXT:
            own |= NEEDS[refused_in(request).operation]
        if request.operation is Operation.THROUGHPUT:
            own |= measured.needed(request)
    return frozenset(own)
