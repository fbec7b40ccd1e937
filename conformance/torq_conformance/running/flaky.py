"""Asks failed questions again: an implementation whose answers differ is flaky, which is no cause.

What is asked of several threads at once is left out: that answers differ is what is judged there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from torq_conformance.cases.bundle import case_of
from torq_conformance.judging.judge import Judge

TIMES = 2
"""How often a question is asked again, of an implementation that is new each time."""

SECONDS_MAX = 20.0
"""In which questions are asked again; a run with hundreds of causes has other problems."""

HANG = "gave no answer"
CRASH = "crashed"


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
    problems = [_problem(failure, judge) for _ in range(times)]
    if None in problems:
        return ""
    failed = [one for one in problems if one]
    if len(failed) < times:
        return f"failed {1 + len(failed)} of {1 + times} times"
    # Where a process crashed may be said in other words each time.
    if not first.startswith(CRASH) and any(one != first for one in failed):
        return f"another wrong answer each of {1 + times} times"
    return ""


def _problem(failure: dict[str, Any], judge: Judge) -> str | None:
    """What is wrong with the answer now; empty: nothing. None: there was no answer."""
    judge.start("asked again", 0)
    judge.inquiry.renew()
    is_right = judge.judge(case_of(failure["case"], judge.registry))
    if judge.record.lost or not judge.record.judged:
        return None
    if is_right or not judge.record.failures:
        return ""
    return str(judge.record.failures[0]["problem"])
