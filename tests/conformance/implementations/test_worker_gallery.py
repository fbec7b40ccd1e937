"""Each misbehaving implementation gets the right outcome, in time, and the next call works."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from torq_conformance.implementations.child import GRACE
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.rejection import Rejected

SLACK = 3.0
"""Seconds by which a busy machine may be late."""

GOOD = Request(Operation.DECODE, b"good")
BAD = Request(Operation.DECODE, b"bad")


def is_right(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted)


def crashed(how: str, detail: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: (
        isinstance(outcome, Crashed) and how in outcome.how and detail in outcome.detail
    )


def refused(kind: str, detail: str) -> Callable[[Outcome], bool]:
    return lambda outcome: (
        isinstance(outcome, Rejected) and outcome.kind == kind and detail in str(outcome)
    )


def timed_out(detail: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, TimedOut) and detail in outcome.detail


def out_of_protocol(why: str) -> Callable[[Outcome], bool]:
    return lambda outcome: isinstance(outcome, OutOfProtocol) and why in outcome.why


GALLERY = {
    "hostile:ExitsWith0": crashed("exited with code 0 in mid-call"),
    "hostile:ExitsWith3": crashed("exited with code 3 in mid-call"),
    "hostile:Segfaults": crashed("died of signal 11 (SIGSEGV)", "hostile.py"),
    "hostile:Aborts": crashed("died of signal 6 (SIGABRT)", "hostile.py"),
    "hostile:IsKilled": crashed("died of signal 9 (SIGKILL)"),
    # From Python 3.12 on the interpreter sees it coming.
    "hostile:OverflowsTheStack": crashed(
        "died of signal 11 (SIGSEGV)" if sys.version_info < (3, 12) else "raised RecursionError",
        "hostile.py",
    ),
    "hostile:Loops": timed_out("hostile.py"),
    "hostile:HoldsTheLock": timed_out("hostile.py"),
    "hostile:Sleeps": timed_out("hostile.py"),
    "hostile:SleepsThroughSignals": timed_out(),
    "hostile:TakesAllMemory": crashed("raised MemoryError"),
    "hostile:Prints": is_right,
    "hostile:PrintsForever": timed_out("warning: still here"),
    "hostile:ClosesDescriptors": crashed(
        "closed the descriptor that connects it to the kit in mid-call"
    ),
    "hostile:ClosesDescriptorsAndStays": crashed(
        "closed the descriptor that connects it to the kit"
    ),
    "hostile:WritesGarbage": out_of_protocol("garbage on the kit's own connection: b'garbage"),
    "hostile:WritesMuchGarbage": out_of_protocol("{}{}{}' and "),
    "hostile:AnswersTheWrongRequest": out_of_protocol(
        "a reply to request 1000000000 when 1 was asked"
    ),
    "hostile:AnnouncesTooMuch": out_of_protocol(
        "a reply of 4,294,967,295 bytes, at most 67,108,864"
    ),
    "hostile:AnswersNonsense": out_of_protocol("a reply that is no outcome: {}"),
    "hostile:EndsInMidReply": crashed("exited with code 0 in mid-call"),
    "hostile_answers:ReturnsTooMuch": out_of_protocol(
        "cannot be sent: 1,073,741,824 bytes in one value"
    ),
    "hostile_answers:ReturnsManyBytes": out_of_protocol(
        "bytes of JSON, at most 67,108,864 are read"
    ),
    "hostile_answers:ReturnsHugeInteger": out_of_protocol("cannot be sent: Exceeds the limit"),
    "hostile_answers:ReturnsItself": out_of_protocol("are one and the same object"),
    "hostile_answers:SharesParts": lambda outcome: (
        isinstance(outcome, Entangled) and "are one and the same object" in outcome.why
    ),
    "hostile_answers:RaisesSystemExit": crashed("raised SystemExit: bye"),
    "hostile_answers:RaisesKeyboardInterrupt": crashed("raised KeyboardInterrupt"),
    "hostile_answers:RaisesUnreadable": crashed("raised Unreadable: its text cannot be read"),
    "hostile_answers:RejectsUnreadably": refused("TruncatedTLV", "without a text: Unreadable"),
    "hostile_answers:Recurses": crashed("raised RecursionError"),
    "hostile_answers:ReturnsHidden": crashed("raised RuntimeError: header"),
    "hostile_answers:ReturnsDeadly": crashed("died of signal 11 (SIGSEGV)", "__getitem__"),
    "hostile_answers:LeavesThread": is_right,
    "hostile_answers:LeavesProcess": is_right,
    "hostile_answers:DiesAndLeavesProcess": crashed("exited with code 4 in mid-call"),
    "hostile_answers:ReturnsTwice": is_right,
    "hostile_answers:AnswersLate": is_right,
}

HANGS = {
    "hostile:Loops",
    "hostile:HoldsTheLock",
    "hostile:Sleeps",
    "hostile:SleepsThroughSignals",
    "hostile:PrintsForever",
}


@pytest.mark.parametrize("kind", GALLERY)
def test_outcome_is_right_in_time_and_the_next_call_works(
    kind: str, worker: Callable[..., WorkerAdapter]
) -> None:
    deadline = 0.5 if kind in HANGS else 10.0
    # The machine is not to suffer from the test that takes all memory.
    adapter = worker(kind, deadline=deadline, memory_max=128 << 20 if "Memory" in kind else 2 << 30)
    started = time.monotonic()
    outcome = adapter.call(BAD)
    elapsed = time.monotonic() - started
    assert GALLERY[kind](outcome), outcome
    assert elapsed < deadline + GRACE + SLACK
    for _ in range(2):
        assert is_right(adapter.call(GOOD))
