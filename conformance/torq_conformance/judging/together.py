"""Judges cases in batches: many are asked in a row, and one by one only what is not right.

Asking one by one costs more than most answers. All answers of a batch are kept until the last one
is given. What is wrong in a batch is asked again by itself and judged as ever; if it is right then,
that is attributed to the row of calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.outcomes import Accepted, Lost, Outcome
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging import census
from torq_conformance.judging.expectations import Accept, Expectation
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.state import STATE

BATCH_COUNT, BATCH_BYTES = 64, 256 << 10
"""How many cases are asked at once, and of how many bytes or TLVs, at most."""

TLV_BYTES = 200
"""What a TLV of a neutral message counts as."""


def judge_together(judge: Judge, cases: Iterable[Case | Sequence]) -> None:
    """Judge cases, single questions in batches; a test that has failed often enough ends early."""
    for batch in _batches(cases):
        for _ in _judged(judge, batch):
            if judge.is_over:
                judge.record.ended = judge.why_over
                return


def _batches(cases: Iterable[Case | Sequence]) -> Iterator[list[Case | Sequence]]:
    """Runs of single cases; a row, a measured loop and a look are batches of their own."""
    batch: list[Case | Sequence] = []
    size = 0
    for case in cases:
        weight = _weight(case)
        is_full = len(batch) == BATCH_COUNT or size + weight > BATCH_BYTES
        if batch and (is_full or _is_apart(case)):
            yield batch
            batch, size = [], 0
        batch.append(case)
        size += weight
        if _is_apart(case):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _is_apart(case: Case | Sequence) -> bool:
    """Whether a case is judged by more than its answer: its time, or what its buffer does to it."""
    if isinstance(case, Sequence):
        return True
    return case.request.operation is Operation.THROUGHPUT or case.request.look is not None


def _weight(case: Case | Sequence) -> int:
    """About how many bytes a question has."""
    argument = case.requests[0].argument
    if isinstance(argument, bytes):
        return len(argument)
    tlvs = argument.get("tlvs", ()) if isinstance(argument, dict) else ()
    return sum(len(tlv["value"]) if isinstance(tlv["value"], bytes) else TLV_BYTES for tlv in tlvs)


def _judged(judge: Judge, batch: list[Case | Sequence]) -> Iterator[None]:
    """Judge the cases of a batch, and return after each of them."""
    together = [case for case in batch if isinstance(case, Case) and judge.inquiry.offers(case)]
    right = [judge.inquiry.expect(case.request) for case in together]
    is_apart = len(together) < len(batch) or len(together) < 2
    if is_apart or any(map(judge.breakdowns.why_left_out, _requests(together), right)):
        for case in batch:
            judge.judge(case)
            yield
        return
    outcomes = judge.inquiry.ask_in_a_row(tuple(_requests(together)))
    for at, (case, one, outcome) in enumerate(zip(together, right, outcomes, strict=True)):
        if _is_right(judge, case, one, outcome):
            judge.note(case.request)
            key = census.bucket(case.request, one, judge.registry)
            judge.record.census[key] = judge.record.census.get(key, 0) + 1
            judge.count(case.requirement, (), one, outcome)
            judge.record.judged += 1
        elif judge.judge(case) and not isinstance(outcome, Lost):
            _judge_row(judge, case, together[: at + 1])
        yield


def _requests(cases: Iterable[Case]) -> list[Request]:
    return [case.request for case in cases]


def _is_right(judge: Judge, case: Case, right: Expectation, outcome: Outcome) -> bool:
    # Adapters hand over exact types only, so equal is the same; settings may be True for 1.
    is_exact = case.request.operation is not Operation.CONFIG
    if type(right) is Accept and type(outcome) is Accepted and outcome.value == right.value:
        return is_exact or not judge.inquiry.findings(
            case.requirement, case.request, right, outcome
        )
    if isinstance(outcome, Lost):
        return False
    return not judge.inquiry.findings(case.requirement, case.request, right, outcome)


def _judge_row(judge: Judge, case: Case, row: list[Case]) -> None:
    """Judge the row in which a case was wrong that is right by itself."""
    label = f"{case.label}, in a row of {len(row)}"
    judged, stream = judge.record.judged, judge.stream.copy()
    judge.judge(Sequence(STATE, label, tuple(one.request for one in row)))
    # The row was no part of the plan.
    judge.record.judged, judge.stream = judged, stream
