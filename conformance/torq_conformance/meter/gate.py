"""The 1 % rule: what a message costs now against what it cost before.

Instructions decide where there are any: they repeat to a few in a million, so a limit of 1 % needs
no statistics. Without them two programs run in turn, pair by pair, and the interval of confidence
of the median ratio decides, or says that it cannot.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

PAIRS = 21
"""Pairs of runs where wall clocks must decide."""

CONFIDENCE = 0.99
"""Of the interval for the median ratio."""


class Answer(StrEnum):
    """What is said of one workload."""

    SAME = "within the limit"
    WORSE = "regression"
    BETTER = "improved: update the baseline"
    NOISY = "too noisy to tell"


@dataclass(frozen=True)
class Judged:
    """One workload: its costs, their ratio less one, and what is said; the interval if any."""

    workload: str
    before: float
    after: float
    answer: Answer
    low: float | None = None
    high: float | None = None

    @property
    def change(self) -> float:
        """By what part the cost has grown; below zero: fallen."""
        return self.after / self.before - 1 if self.before else 0.0


def by_counts(
    before: Mapping[str, float], after: Mapping[str, float], limit: float
) -> list[Judged]:
    """Judge exact counts, workload by workload."""
    return [
        Judged(name, before[name], after[name], _answer(before[name], after[name], limit))
        for name in before
        if name in after
    ]


def _answer(before: float, after: float, limit: float) -> Answer:
    if after > before * (1 + limit):
        return Answer.WORSE
    return Answer.BETTER if after < before * (1 - limit) else Answer.SAME


def by_clock(
    workload: str,
    run_before: Callable[[], float],
    run_after: Callable[[], float],
    limit: float,
    pairs: int = PAIRS,
) -> Judged:
    """Judge seconds of runs made in turn; the order within a pair alternates."""
    before, after = [], []
    for number in range(pairs):
        if number % 2:
            after.append(run_after())
            before.append(run_before())
        else:
            before.append(run_before())
            after.append(run_after())
    return judge_pairs(workload, before, after, limit)


def judge_pairs(
    workload: str, before: Sequence[float], after: Sequence[float], limit: float
) -> Judged:
    """Judge pairs of seconds by the interval of confidence for the median of their ratios."""
    ratios = sorted(b / a for a, b in zip(before, after, strict=True))
    low, high = interval(ratios)
    median = statistics.median(before)
    if low > 1 + limit:
        answer = Answer.WORSE
    elif high < 1 - limit:
        answer = Answer.BETTER
    elif 1 - limit <= low and high <= 1 + limit:
        answer = Answer.SAME
    else:
        answer = Answer.NOISY
    middle = statistics.median(ratios)
    return Judged(workload, median, median * middle, answer, low - 1, high - 1)


def interval(ordered: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval for the median by ranks (a sign test turned round); no distribution assumed."""
    count = len(ordered)
    cut = 0
    while cut + 1 < count / 2 and _outside(count, cut + 1) <= 1 - confidence:
        cut += 1
    return ordered[cut], ordered[count - 1 - cut]


def _outside(count: int, rank: int) -> float:
    """How likely the median lies outside of the values from rank to the same rank from above."""
    return float(2 * sum(comb(count, below) for below in range(rank + 1)) / 2**count)
