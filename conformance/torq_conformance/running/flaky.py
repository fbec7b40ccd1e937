"""Asks failed questions again: an implementation whose answers differ is flaky, which is no cause.

Answers differ, not what the kit says of them: to which requirement a wrong answer is attributed
may depend on what was asked before. What is measured is never the same to the last byte. What is
asked of several threads at once is left out: that answers differ is what is judged there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

from torq_conformance.cases.bundle import case_of
from torq_conformance.implementations.protocol import Operation, Probe
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.verdicts import blanked

TIMES = 2
"""How often a question is asked again, of an implementation that is new each time."""

SECONDS_MAX = 20.0
"""In which questions are asked again; a run with hundreds of causes has other problems."""

HANG = "gave no answer"
"""How the problem begins of a question that takes the whole deadline each time."""


def flaky_among(failures: Iterable[dict[str, Any]], judge: Judge) -> dict[str, str]:
    """Failures by id whose question is answered otherwise when it is asked again, and how."""
    found: dict[str, str] = {}
    began = time.monotonic()
    for failure in failures:
        if time.monotonic() - began > SECONDS_MAX:
            break
        if failure["case"].get("rounds"):
            continue
        how = _again(failure, judge)
        if how:
            found[failure["id"]] = how
    return found


def _again(failure: dict[str, Any], judge: Judge) -> str:
    """How answers differ from the failure; empty where they do not."""
    first = failure["problem"]
    times = 1 if first.startswith(HANG) else TIMES
    again = [_asked_again(failure, judge) for _ in range(times)]
    if None in again:
        return ""
    failed = [one for one in again if one]
    if len(failed) < times:
        return f"failed {1 + len(failed)} of {1 + times} times"
    if any(not _is_same_answer(failure, one) for one in failed):
        return f"another wrong answer each of {1 + times} times"
    return ""


def _asked_again(failure: dict[str, Any], judge: Judge) -> dict[str, Any] | None:
    """The failure that it is now; empty: it is right. None: there was no answer."""
    judge.start("asked again", 0)
    judge.inquiry.renew()
    is_right = judge.judge(case_of(failure["case"], judge.registry))
    if judge.record.lost or not judge.record.judged:
        return None
    return {} if is_right or not judge.record.failures else judge.record.failures[0]


def _is_same_answer(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two failures have the same answer, whatever each of them is attributed to."""
    if "crash" in one["got"] and "crash" in other["got"]:
        # Where a process crashed may be said in other words each time.
        return True
    if one["got"] == other["got"] or _text(one) == _text(other):
        return True
    return _is_measured(one) and blanked(one["problem"]) == blanked(other["problem"])


def _text(failure: dict[str, Any]) -> str:
    """The problem without addresses in memory, which are others in every process."""
    return re.sub(r"\b0x[0-9a-f]{6,}", "#", failure["problem"])


def _is_measured(failure: dict[str, Any]) -> bool:
    """Whether the answer is about the time or the memory that something took."""
    asked: dict[str, Any] = failure["asked"]
    return bool(
        asked["operation"] == Operation.THROUGHPUT or asked.get("placement") == Probe.MEMORY
    )
