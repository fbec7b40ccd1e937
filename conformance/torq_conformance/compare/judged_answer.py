"""What one implementation answers to one question, judged by the specification alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import NEEDS, Capability, Operation
from torq_conformance.judging import expectations, verdicts
from torq_conformance.judging.expectations import Accept, Expectation, Reject
from torq_conformance.model import derived_codec
from torq_conformance.model.byte_map import first_difference, place_at
from torq_conformance.model.values import differences
from torq_conformance.rejection import Rejected
from torq_conformance.search import one_message
from torq_conformance.search.batches import Door
from torq_specs.faults import CONTEXT, FREE_TEXT, FaultKind
from torq_specs.registry import Registry

CORRUPTED = "ERR-NO-CRASH"
"""What a question about a corrupted message judges, unless the answer shows a more exact one."""

Wrongness = tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """``said`` is the answer in short; equal answers say the same.

    ``wrong`` is the kind of wrongness: empty when the specification admits the answer. ``choice``
    is then what was chosen of several admissible answers: the kind of the refusal and its context,
    or nothing for a message that was taken.
    """

    said: str
    requirement: str
    wrong: Wrongness = ()
    choice: tuple[str, ...] = ()
    has_ended: str = ""
    """"crash" or "hang" when answering cost a process."""

    @property
    def gist(self) -> str:
        """What was said; of an admissible refusal the kind alone."""
        return f"refuses it: {self.choice[0]}" if self.choice else self.said


class LostError(Exception):
    """An implementation could not be kept alive."""


STATE = Answer(
    "right when asked alone, but not in a batch of others", one_message.STATE, ("batch",)
)


def answer_to_corrupted(door: Door, data: bytes, outcome: Outcome | None = None) -> Answer | None:
    """The answer to a message to decode; None when decode is not claimed.

    ``outcome`` is what came back, when the question was asked already.
    """
    return _answer(door, decode(CORRUPTED, "decode a corrupted message", data), outcome)


def answer_to_valid(door: Door, data: bytes, number: int) -> Answer | None:
    """The wrong answer to one of the questions about a valid message, or the first right one."""
    first = None
    for case in one_message.questions(data, number, door.registry):
        answer = _answer(door, case)
        if answer is not None and answer.wrong:
            return answer
        first = first or answer
    return first


def answer_to_given(door: Door, data: bytes) -> Answer | None:
    """The wrong answer to one of the questions about a message of a file, or the first right one.

    A message without faults is encoded as well.
    """
    answer = answer_to_corrupted(door, data)
    if kinds_of(data, door.registry) or (answer is not None and answer.wrong):
        return answer
    message = derived_codec.decode_message(data, door.registry)
    for case in (
        encode(one_message.HEADER, "encode", message),
        roundtrip(one_message.ROUNDTRIP, "decode and encode", data),
    ):
        other = _answer(door, case)
        if other is not None and other.wrong:
            return other
        answer = answer or other
    return answer


def _answer(door: Door, case: Case, outcome: Outcome | None = None) -> Answer | None:
    request, capabilities = case.request, door.adapter.identity.capabilities
    if not NEEDS[request.operation] <= capabilities:
        return None
    if outcome is None:
        outcome = door.adapter.call(request)
    if isinstance(outcome, Lost):
        raise LostError(f"{door.adapter.identity.name}: {outcome.why}")
    expectation = expectations.expect(request, door.registry)
    found = verdicts.judge(
        case.requirement, request, expectation, outcome, capabilities, door.registry
    )
    finding = next((finding for finding in found if finding.is_must), None)
    if finding is None:
        choice = _choice(outcome, has_context=Capability.ERROR_CONTEXT in capabilities)
        return Answer(_said(request.operation, outcome), case.requirement, choice=choice)
    wrong = _wrongness(request.operation, expectation, outcome, finding, door.registry)
    return Answer(
        _said_wrong(request.operation, expectation, outcome, finding),
        finding.requirement,
        wrong,
        has_ended=_has_ended(outcome),
    )


def _choice(outcome: Outcome, *, has_context: bool) -> tuple[str, ...]:
    """Of a refusal its kind, and the context that it must or should have."""
    if not isinstance(outcome, Rejected):
        return ()
    kind = FaultKind(outcome.kind)
    names = [name for name in CONTEXT[kind] if name != FREE_TEXT.get(kind)] if has_context else ()
    return kind.value, *(f"{name}={outcome.context.get(name)!r}" for name in names)


VERBS = {Operation.DECODE: "reads", Operation.ENCODE: "writes", Operation.ROUNDTRIP: "gives back"}


def _said(operation: Operation, outcome: Outcome) -> str:
    return f"refuses it: {outcome}" if isinstance(outcome, Rejected) else f"{VERBS[operation]} it"


def _said_wrong(
    operation: Operation, expectation: Expectation, outcome: Outcome, finding: verdicts.Finding
) -> str:
    match outcome:
        case Accepted() if isinstance(expectation, Reject) and expectation.lenient is None:
            return _said(operation, outcome)
        case Rejected():
            return _said(operation, outcome)
        case _:
            return f"{operation}: {finding.problem}"


def _wrongness(
    operation: Operation,
    expectation: Expectation,
    outcome: Outcome,
    finding: verdicts.Finding,
    registry: Registry,
) -> Wrongness:
    """What stays the same while the message is made plainer."""
    match outcome:
        case Crashed(how):
            return "crashes", how.partition(":")[0]
        case TimedOut() | OutOfProtocol():
            return (type(outcome).__name__,)
        case Rejected(kind=kind):
            return "refuses", kind, finding.requirement if kind in _kinds(expectation) else ""
        case Accepted(value) if isinstance(expectation, Accept):
            return VERBS[operation], _place(expectation.value, value, registry)
        case Accepted(value) if isinstance(expectation, Reject) and expectation.lenient:
            return VERBS[operation], _place(expectation.lenient.value, value, registry)
        case _:
            return type(outcome).__name__, str(operation)


def kinds_of(data: bytes, registry: Registry) -> frozenset[str]:
    """The kinds of faults for which bytes may be refused; empty when they are valid."""
    return _kinds(expectations.expect(decode("", "", data).request, registry))


def _kinds(expectation: Expectation) -> frozenset[str]:
    if not isinstance(expectation, Reject):
        return frozenset()
    return frozenset(fault.kind.value for fault in expectation.faults)


def _place(expected: object, got: object, registry: Registry) -> str:
    """The first field that differs, whichever element of whichever TLV; "" if nothing does."""
    if isinstance(expected, bytes) and isinstance(got, bytes):
        at = first_difference(expected, got)
        path = "" if at is None else place_at(expected, at, registry).path.partition(" (")[0]
    else:
        first = next(differences(expected, got), None)
        path = "" if first is None else first.path
    return re.sub(r"\d+", "", path)


def _has_ended(outcome: Outcome) -> str:
    if isinstance(outcome, TimedOut):
        return "hang"
    return "crash" if isinstance(outcome, Crashed) and outcome.has_ended_process else ""
