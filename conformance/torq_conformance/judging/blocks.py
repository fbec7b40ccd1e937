"""Judges a block of the drawn stream: asks in batches, and explains only what is not equal.

A drawn question is made for no requirement: a wrong answer speaks of what the evidence in it shows.
The first failure of each kind is asked again alone. What is wrong alone is cut down to the plainest
question that is; what is right alone is attributed to the way of asking, to threads or to other
calls, with the shortest row of calls found that shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torq_conformance.cases.case import Case
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.cases.stream.classes import of_question
from torq_conformance.cases.stream.plan import Call
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import (
    NEEDS,
    Operation,
    Request,
    Surroundings,
    Way,
)
from torq_conformance.judging import memory, rows, ways
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject
from torq_conformance.judging.features import Features
from torq_conformance.judging.inquiry import is_failed
from torq_conformance.judging.judge import Asked, Judge
from torq_conformance.judging.smaller import smaller
from torq_conformance.judging.state import ROWS_MAX, STATE, kind_of
from torq_conformance.judging.verdicts import Finding
from torq_specs.faults import MEANINGS
from torq_specs.requirements import ID_REQUIREMENTS

BATCH_COUNT, BATCH_BYTES = 64, 1 << 20
"""How much is asked at once at most."""

SOAK_COUNT = 512
"""Small calls that are asked at once."""

THREADS = 8
"""Threads that ask at once."""

ROUNDS = 2
"""How often each of them asks."""

AT_ONCE_COUNT, AT_ONCE_BYTES = 64, 2000
"""Calls of a block that threads ask, and how large they are at most: threads are slowed down."""

CHECKED = 16
"""Of so many questions whose answer is known from their making, one is expected anew."""

EXPLAINED_MAX = 30
"""Kinds of failures that one process asks about again."""


@dataclass(slots=True)
class Answer:
    """One call with what is right and what came back."""

    call: Call
    right: Expectation
    about: str
    outcome: Outcome

    @property
    def request(self) -> Request:
        """What was asked."""
        return self.call.request


def about(request: Request, right: Expectation) -> str:
    """The requirement that a right answer judges, and a wrong one that shows no other."""
    if request.operation is Operation.INSTRUMENT_ID:
        assert isinstance(request.argument, dict)
        is_refused = isinstance(right, Reject)
        return "IID-REFUSAL" if is_refused else ID_REQUIREMENTS[request.argument["operation"]]
    if isinstance(right, Reject):
        kinds = {fault.kind for fault in right.faults}
        return MEANINGS[kinds.pop()].speaks_of if len(kinds) == 1 else "ERR-ANY-OF-SEVERAL"
    if isinstance(right, Name) and right.rules:
        return right.rules[0]
    return "RT-BYTES" if request.operation is Operation.ROUNDTRIP else "RT-VALUE"


class BlockJudge:
    """Judges the calls of one block with the record, the inquiry and the memory of a judge."""

    def __init__(self, judge: Judge, way: Way, batch_count: int = BATCH_COUNT) -> None:
        self.judge = judge
        self.inquiry = judge.inquiry
        self.way = way
        self._batch_count = batch_count
        self._explained = judge.explained
        self._right: dict[int, tuple[Expectation, str]] = {}
        self._asked: list[Answer] = []
        self._features = Features(judge.registry)

    def run(self, calls: Iterable[Call]) -> None:
        """Ask and judge them all, of an implementation that was never asked before."""
        try:
            self._run(calls)
        finally:
            self.judge.record.features = self._features.packed()

    def _run(self, calls: Iterable[Call]) -> None:
        self.inquiry.renew()
        for way, batch in _batches(self._offered(calls), self.way, self._batch_count):
            self._judge_batch(way, batch)
            if self.judge.is_over:
                self.judge.record.ended = self.judge.why_over
                return

    def _offered(self, calls: Iterable[Call]) -> Iterator[Call]:
        claimed = self.judge.capabilities
        for call in calls:
            if NEEDS[call.request.operation] <= claimed:
                yield call
            else:
                self.judge.record.not_claimed += 1

    def _judge_batch(self, way: Way, batch: list[Call]) -> None:
        answers = [Answer(call, *self.expected(call), Lost("not asked")) for call in batch]
        answers = [answer for answer in answers if not self._is_left_out(answer)]
        for answer in answers:
            self.note(way, answer)
        while answers:
            self._ask(way, answers)
            for one in answers:
                self.judge.breakdowns.note(one.request, one.right, one.outcome)
            wrong = [one for one in answers if not self._is_plainly_right(one)]
            lost = [one for one in wrong if isinstance(one.outcome, Lost)]
            if len(lost) == len(answers):
                self.judge.record.lost = lost[0].outcome.why  # type: ignore[union-attr]
                return
            for answer in wrong:
                if not isinstance(answer.outcome, Lost):
                    self._judge_answer(way, answer, batch)
                if self.judge.is_over:
                    return
            self.judge.record.judged += len(answers) - len(lost)
            answers = lost

    def _is_left_out(self, answer: Answer) -> bool:
        why = self.judge.breakdowns.why_left_out(answer.request, answer.right)
        self.judge.record.ended = why or self.judge.record.ended
        return bool(why)

    def note(self, way: Way, answer: Answer) -> None:
        """Count what is asked: for the digest, and in the census of features."""
        self.judge.note(answer.request)
        self._features.add(_classes_of(way, answer))

    def _ask(self, way: Way, answers: list[Answer]) -> None:
        requests = [answer.request for answer in answers]
        if way is Way.AT_ONCE:
            self._ask_at_once(answers)
        else:
            for answer, outcome in zip(answers, self.inquiry.ask_by(way, requests), strict=True):
                answer.outcome = outcome
        self._asked += answers

    def _ask_at_once(self, answers: list[Answer]) -> None:
        """Each is asked several times; the first wrong outcome of each counts."""
        requests = tuple(answer.request for answer in answers)
        outcomes = self.inquiry.adapter.call_at_once(requests, ROUNDS)
        for at, answer in enumerate(answers):
            for outcome in outcomes[at :: len(answers)]:
                answer.outcome = outcome
                if not self.is_right(answer):
                    break

    def expected(self, call: Call) -> tuple[Expectation, str]:
        """What is right, and the requirement that a question is about."""
        known = self._right.get(id(call.request))
        if known is None:
            known = self._expected_anew(call)
            self._right[id(call.request)] = known
        return known

    def _expected_anew(self, call: Call) -> tuple[Expectation, str]:
        """What is right, from how the question was made, or from the specification."""
        question, request = call.question, call.request
        value: object = None
        match request.operation:
            case Operation.DECODE:
                value = question.message
            case Operation.ENCODE | Operation.ROUNDTRIP:
                value = question.canonical
        room = None if request.placement is None else request.placement.size
        if value is None or (isinstance(value, bytes) and room is not None and room < len(value)):
            right = self.inquiry.expect(request)
        else:
            right = Accept(value)
            if question.index % CHECKED == 3 and right != self.inquiry.expect(request):
                raise AssertionError(f"question {question.index}: its maker and expect disagree")
        return right, about(request, right)

    def _is_plainly_right(self, answer: Answer) -> bool:
        """Whether it is right at a glance, or right though not equal; then it is counted."""
        if not self.is_right(answer):
            return False
        self.judge.count(answer.about, (), answer.right, answer.outcome)
        return True

    def is_right(self, answer: Answer) -> bool:
        """Whether an answer is right; what is equal is so at a glance."""
        right, outcome = answer.right, answer.outcome
        # Adapters hand over exact types only, so equal is the same.
        if type(right) is Accept and type(outcome) is Accepted and outcome.value == right.value:
            return True
        return not isinstance(outcome, Lost) and not self._findings(answer)

    def _findings(self, answer: Answer, outcome: Outcome | None = None) -> tuple[Finding, ...]:
        is_roundtrip = answer.request.operation is Operation.ROUNDTRIP
        claimed = self.inquiry.counted(self.way if is_roundtrip else Way.ROW)
        return self.inquiry.findings(
            answer.about, answer.request, answer.right, outcome or answer.outcome, claimed
        )

    # What is wrong.

    def _judge_answer(self, way: Way, answer: Answer, batch: Sequence[Call]) -> None:
        findings = self._findings(answer)
        if not is_failed(findings):
            self._keep(answer, findings)
            return
        explained = self._explained.get(kind_of(findings))
        if explained is way and way in ways.SPECIAL:
            self._keep(answer, (self._of_way(way, findings),))
        elif explained is not None or len(self._explained) >= EXPLAINED_MAX:
            self._keep(answer, findings)
        else:
            self._explain(way, answer, findings, batch)

    def _explain(
        self, way: Way, answer: Answer, findings: tuple[Finding, ...], batch: Sequence[Call]
    ) -> None:
        """Ask again alone; the failure that is kept is the plainest one that is found."""
        if answer.request.placement is not None:
            case = Case(_about_memory(answer.request), "", answer.request)
            found = memory.where_placed(
                *(self.inquiry, case, answer.request, answer.right, answer.outcome, findings),
                self.judge.earlier_calls,
                is_reach_wanted=not self.judge.record.failures,
            )
            self._explained[kind_of(found)] = Way.PLACED
            self._keep(answer, found)
            return
        alone = self.inquiry.ask_alone(answer.request)
        if isinstance(alone, Lost):
            self._keep(answer, findings)
        elif is_failed(found := self._findings(answer, alone)):
            self._explained |= dict.fromkeys((kind_of(findings), kind_of(found)), Way.ALONE)
            self._keep_smaller(answer, alone, found)
        elif not self._keep_of_way(way, answer, findings):
            self._keep_of_row(way, answer, findings, batch)

    def _keep_smaller(
        self, answer: Answer, outcome: Outcome, findings: tuple[Finding, ...]
    ) -> None:
        wanted, found = kind_of(findings), findings
        is_dear = isinstance(outcome, TimedOut | OutOfProtocol) or (
            isinstance(outcome, Crashed) and outcome.has_ended_process
        )

        def is_wrong(request: Request) -> bool:
            nonlocal found, outcome, answer
            right = self.inquiry.expect(request)
            trial = Answer(answer.call, right, about(request, right), self.inquiry.ask(request))
            if isinstance(trial.outcome, Lost):
                return False
            now = self.inquiry.findings(trial.about, request, right, trial.outcome)
            if not is_failed(now) or kind_of(now) != wanted:
                return False
            found, outcome = now, trial.outcome
            answer = Answer(Call(answer.call.question, request, ""), right, trial.about, outcome)
            return True

        if not is_dear:
            smaller(answer.request, is_wrong, self.judge.registry)
        answer.outcome = outcome
        self._keep(answer, found)

    def _keep_of_way(self, way: Way, answer: Answer, findings: tuple[Finding, ...]) -> bool:
        """A failure that one question shows, but only in the way that it was asked."""
        if way not in ways.SPECIAL:
            return False
        self.inquiry.renew()
        (outcome,) = self.inquiry.ask_by(way, (answer.request,))
        if isinstance(outcome, Lost) or not is_failed(self._findings(answer, outcome)):
            return False
        finding = self._of_way(way, findings)
        self._explained |= dict.fromkeys((kind_of(findings), kind_of((finding,))), way)
        label = f"{_label(answer.call)}, {way}"
        self._keep(answer, (finding,), Row(answer.about, label, (answer.request,), way=way))
        return True

    def _of_way(self, way: Way, findings: tuple[Finding, ...]) -> Finding:
        return ways.only_in(way, findings[0], self.judge.capabilities)

    def _keep_of_row(
        self, way: Way, answer: Answer, findings: tuple[Finding, ...], batch: Sequence[Call]
    ) -> None:
        """A failure that other calls cause; then the block ends."""
        self.judge.remembers = True
        if way is Way.AT_ONCE and self._is_of_threads(answer, batch):
            problem = f"right in a row, but not when threads ask at once: {findings[0].problem}"
            requests = tuple(call.request for call in batch)
            row = Row("STATE-THREADS", _label(answer.call), requests, ROUNDS)
            self._keep(answer, (Finding("STATE-THREADS", problem),), row)
            return
        asked = self._asked
        at = max(at for at, one in enumerate(asked) if one is answer)
        batched = next(n for n, one in enumerate(reversed(asked)) if one.call is batch[0]) + 1
        if self.judge.rows_sought >= ROWS_MAX:
            problem = f"right when asked alone, but after other calls: {findings[0].problem}"
            self._keep(answer, (Finding(STATE, problem),))
            return
        self.judge.rows_sought += 1
        found = rows.shortest(
            self.inquiry,
            self.way,
            [(one.request, one.right, one.about) for one in asked],
            at,
            len(asked) - batched,
        )
        problem = f"right when asked alone, but after other calls: {findings[0].problem}"
        if found is None:
            self._keep(answer, (Finding(STATE, problem),))
            return
        others = len(found.requests) - 1
        counted = "one other call" if others == 1 else f"{others} other calls"
        # What the row shows may be another answer than the one that it was looked for.
        request, right, of = found.wrong
        call = next(one.call for one in asked if one.request is request)
        shown = Answer(call, right, of, found.outcome)
        row = Row(STATE, f"{_label(call)}, with {counted}", found.requests, way=found.way)
        wrong = (self._findings(shown) or findings)[0].problem
        problem = f"right when asked alone, but with {counted}: {wrong}"
        self._keep(shown, (Finding(STATE, problem),), row)

    def _is_of_threads(self, answer: Answer, batch: Sequence[Call]) -> bool:
        self.inquiry.renew()
        requests = tuple(call.request for call in batch)
        for call, outcome in zip(batch, self.inquiry.ask_in_a_row(requests), strict=True):
            right, of = self.expected(call)
            if isinstance(outcome, Lost) or is_failed(
                self._findings(Answer(call, right, of, outcome))
            ):
                return False
        return True

    def _keep(self, answer: Answer, findings: tuple[Finding, ...], row: Row | None = None) -> None:
        case: Case | Row = row or Case(answer.about, _label(answer.call), answer.request)
        asked = Asked(case, 0, answer.request, answer.right, answer.outcome)
        self.judge.count(answer.about, findings, answer.right, answer.outcome)
        self.judge.keep(asked, findings, label=case.label)


def _about_memory(request: Request) -> str:
    """The requirement about the memory that a request was placed in."""
    placement = request.placement
    if request.operation is Operation.ENCODE:
        return "MEM-WRITE"
    is_kept = placement is not None and placement.surroundings in {
        Surroundings.READ_ONLY,
        Surroundings.GIVEN_BACK,
    }
    return "MEM-INPUT" if is_kept else "MEM-READ"


def _classes_of(way: Way, answer: Answer) -> Iterator[str]:
    call = answer.call
    yield from call.question.met
    yield from of_question(call.question)
    yield f"way: {way}"
    yield f"before: {call.before}"
    is_wrong = isinstance(answer.right, Reject)
    yield f"{answer.request.operation}: {'wrong' if is_wrong else 'right'}"


def _label(call: Call) -> str:
    return f"drawn question {call.question.index}: {call.request.operation}"


def _batches(calls: Iterator[Call], way: Way, count: int) -> Iterator[tuple[Way, list[Call]]]:
    """Calls in batches that are asked together, each with its way."""
    if way is Way.AT_ONCE:
        first = [*itertools.islice(calls, AT_ONCE_COUNT)]
        small = [call for call in first if call.question.size <= AT_ONCE_BYTES]
        large = [call for call in first if call.question.size > AT_ONCE_BYTES]
        for start in range(0, len(small), THREADS):
            yield way, small[start : start + THREADS]
        way, calls = Way.ROW, itertools.chain(large, calls)
    batch: list[Call] = []
    size = 0
    for call in calls:
        batch.append(call)
        size += call.question.size
        if len(batch) >= count or size >= BATCH_BYTES:
            yield way, batch
            batch, size = [], 0
    if batch:
        yield way, batch
