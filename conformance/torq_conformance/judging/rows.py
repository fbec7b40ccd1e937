"""The shortest row of calls after which an answer is wrong that is right alone.

A row is looked for near the wrong answer first, then in all that was asked before it; what is found
is cut out by halves. Every trial asks an implementation that was never asked before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torq_conformance.cases.bundle import REQUESTS_MAX
from torq_conformance.implementations.outcomes import Lost, Outcome
from torq_conformance.implementations.protocol import Request, Way
from torq_conformance.judging.expectations import Expectation
from torq_conformance.judging.inquiry import Inquiry
from torq_conformance.judging.message_shrinker import halves

SECONDS_MAX = 10.0
"""Seconds that the search may take."""

COUNTED_FROM = 8
"""Calls from which on a row is looked at as a mere number of calls."""

TRIALS_MAX = 80
"""Rows that are tried."""

Known = tuple[Request, Expectation, str]
"""A question with what is right and the requirement that it is about."""


@dataclass(frozen=True)
class Found:
    """A row of calls in which an answer is wrong, how it was asked, and that answer."""

    requests: tuple[Request, ...]
    way: Way
    wrong: Known
    outcome: Outcome


def shortest(
    inquiry: Inquiry, way: Way, asked: Sequence[Known], at: int, batch: int
) -> Found | None:
    """The fewest calls found that show the fault; None if none do.

    ``asked`` is all that was asked, in order; the answer to ``asked[at]`` was wrong, and the calls
    from ``asked[batch]`` on were asked together with it.
    """
    return _Search(inquiry, way, asked, at, batch).run()


class _Search:
    def __init__(
        self, inquiry: Inquiry, way: Way, asked: Sequence[Known], at: int, batch: int
    ) -> None:
        self._inquiry = inquiry
        self._way = Way.ROW if way is Way.AT_ONCE else way
        self._asked = asked
        self._at = at
        self._batch = batch
        self._trials = 0
        self._end = time.monotonic() + SECONDS_MAX

    def run(self) -> Found | None:
        for way, candidate in self._candidates():
            row = self._ended(way, [*candidate])
            if row:
                fewest = self._counted(way, len(row)) or self._cut(way, self._begun(way, row))
                is_kept = len({id(one) for one in fewest}) <= REQUESTS_MAX
                seen = self._seen(way, fewest) if is_kept else None
                requests = tuple(one[0] for one in fewest)
                return Found(requests, way, *seen) if seen is not None else None
        return None

    def _candidates(self) -> Iterator[tuple[Way, Sequence[Known]]]:
        target = self._asked[self._at]
        ways = dict.fromkeys((Way.ALONE, self._way))
        for way in ways:
            yield way, (target, target)
        yield self._way, self._asked[self._batch :]
        before = self._asked[: self._at + 1]
        count = 2
        while count < 4 * len(before):
            yield Way.ALONE, before[-count:]
            count *= 4
        if self._way is not Way.ALONE:
            yield self._way, self._asked

    def _first_wrong(self, way: Way, row: Sequence[Known]) -> int | None:
        """The index of the first wrong answer in a row; None where there is none."""
        self._trials += 1
        if self._trials > TRIALS_MAX or time.monotonic() > self._end or len(row) < 2:
            return None
        return next((at for at, _ in self._wrong(way, row)), None)

    def _wrong(self, way: Way, row: Sequence[Known]) -> Iterator[tuple[int, Outcome]]:
        """The wrong answers in a row that is asked now, by their indexes."""
        self._inquiry.renew()
        outcomes = self._inquiry.ask_by(way, tuple(one[0] for one in row))
        for at, ((request, right, of), outcome) in enumerate(zip(row, outcomes, strict=True)):
            if isinstance(outcome, Lost):
                continue
            if not self._inquiry.is_right(of, request, right, outcome):
                yield at, outcome

    def _seen(self, way: Way, row: Sequence[Known]) -> tuple[Known, Outcome] | None:
        """The first question of a row that is answered wrong, and its answer."""
        return next(((row[at], outcome) for at, outcome in self._wrong(way, row)), None)

    def _is_wrong(self, way: Way, row: Sequence[Known]) -> bool:
        return self._first_wrong(way, row) is not None

    def _ended(self, way: Way, row: list[Known]) -> list[Known]:
        """The row if an answer in it is wrong, up to that one where later calls do not matter."""
        at = self._first_wrong(way, row)
        if at is None:
            return []
        return row[: at + 1] if way is Way.ALONE and at else row

    def _counted(self, way: Way, count: int) -> list[Known]:
        """Of what depends on the number of calls alone, the same call so many times; or nothing."""
        target = self._asked[self._at]
        if count < COUNTED_FROM or not self._is_wrong(way, [target] * count):
            return []
        right, wrong = 1, count
        while wrong - right > 1:
            middle = (right + wrong) // 2
            if self._is_wrong(way, [target] * middle):
                wrong = middle
            else:
                right = middle
        return [target] * wrong

    def _begun(self, way: Way, row: list[Known]) -> list[Known]:
        """The row from the last call on without which it is right; often that is all it takes."""
        wrong, right = 0, len(row) - 1
        while right - wrong > 1:
            middle = (wrong + right) // 2
            if self._is_wrong(way, row[middle:]):
                wrong = middle
            else:
                right = middle
        row = row[wrong:]
        pair = [row[0], row[-1]]
        return pair if len(row) > 2 and self._is_wrong(way, pair) else row

    def _cut(self, way: Way, row: list[Known]) -> list[Known]:
        for size in halves(len(row) // 2):
            start = len(row) - size
            while start >= 0:
                fewer = row[:start] + row[start + size :]
                if self._is_wrong(way, fewer):
                    row = fewer
                start -= size
        return row
