"""Whoever breaks down again and again is judged in time, and what was not judged is counted."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from typing import Any

import pytest

from torq_conformance.cases import header, messages
from torq_conformance.cases.case import Case, decode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted, Crashed, Lost, Outcome, TimedOut
from torq_conformance.implementations.protocol import Operation, Request, Way
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.breakdowns import WAITED_FOR, Breakdowns
from torq_conformance.judging.expectations import Accept
from torq_conformance.judging.inquiry import Inquiry
from torq_conformance.judging.judge import Judge
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference

LARGE = 6000
"""Bytes of a message at which the implementations here break down."""


class LargeBreaks(Reference):
    """Breaks down at every message above that size."""

    capabilities = frozenset({"decode", "encode"})

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) > LARGE:
            self.break_down()
        return super().decode(data)

    def break_down(self) -> None: ...


class Hangs(LargeBreaks):
    def break_down(self) -> None:
        time.sleep(3600)


class HoldsTheLock(LargeBreaks):
    def break_down(self) -> None:
        10**10**9


class IgnoresSignals(LargeBreaks):
    def break_down(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True:
            time.sleep(3600)


class TakesAllMemory(LargeBreaks):
    def break_down(self) -> None:
        taken = []
        while True:
            taken.append(b"\1" * (1 << 24))


class Dies(LargeBreaks):
    def break_down(self) -> None:
        os.abort()


def of_size(size: int) -> Case:
    return decode(
        "HDR-PAYLOAD-SIZE", f"{size} bytes", derived_codec.encode_message(header.sized(size))
    )


@pytest.mark.parametrize("kind", [Hangs, HoldsTheLock, IgnoresSignals, TakesAllMemory, Dies])
def test_what_breaks_down_at_every_large_message_is_left_out(kind: type[LargeBreaks]) -> None:
    adapter = WorkerAdapter(
        f"python:{__name__}:{kind.__name__}", deadline=0.5, memory_max=256 << 20
    )
    judge = Judge(adapter)
    records = []
    with closing(adapter):
        for test in range(20):
            judge.start(f"test {test}", len(SIZES))
            judge.judge_all(map(of_size, SIZES))
            records.append(judge.record)
    assert not any(record.lost for record in records)
    broken = [sum(tally.failed for tally in record.tallies.values()) for record in records]
    assert sum(broken) == WAITED_FOR
    large = sum(size > LARGE for size in SIZES)
    assert [one.judged for one in records if one.ended] == [
        len(SIZES) - large + count for count in broken
    ], "every test says why it did not judge all"
    assert records[-1].ended == "left out decode of more than 6,009 bytes"


SIZES = range(5900, 6100, 10)
"""Half of them are too large."""


REQUEST = Request(Operation.DECODE, bytes(7000))
NOTHING = Accept({})


def noted(outcome: Outcome, count: int, size: int = 7000) -> Breakdowns:
    breakdowns = Breakdowns()
    for _ in range(count):
        breakdowns.begin_test()
        breakdowns.note(Request(Operation.DECODE, bytes(size)), NOTHING, outcome)
    return breakdowns


@pytest.mark.parametrize(
    "outcome",
    [
        TimedOut(5),
        Crashed("exited with code 3"),
        Crashed("raised MemoryError"),
        Crashed("raised _ArrayMemoryError: Unable to allocate 16 EiB"),
    ],
)
def test_fifteen_times_is_enough(outcome: Outcome) -> None:
    assert not noted(outcome, WAITED_FOR - 1).why_left_out(REQUEST, NOTHING)
    assert noted(outcome, WAITED_FOR).why_left_out(REQUEST, NOTHING)


def test_an_exception_costs_nothing_and_is_asked_for_again_and_again() -> None:
    breakdowns = noted(Crashed("raised IndexError: out of range"), 100)
    assert not breakdowns.why_left_out(REQUEST, NOTHING)
    assert not breakdowns.why_over


def test_smaller_messages_and_other_operations_are_asked() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR)
    assert not breakdowns.why_left_out(Request(Operation.DECODE, bytes(6999)), NOTHING)
    assert not breakdowns.why_left_out(Request(Operation.ROUNDTRIP, bytes(7000)), NOTHING)
    assert not breakdowns.why_left_out(Request(Operation.ENCODE, {}), Accept(bytes(7000)))


def test_where_a_larger_message_was_answered_size_explains_nothing() -> None:
    breakdowns = noted(TimedOut(5), WAITED_FOR)
    breakdowns.note(Request(Operation.DECODE, bytes(8000)), NOTHING, Accepted({}))
    assert not breakdowns.why_left_out(REQUEST, NOTHING)


def test_a_test_ends_after_three_crashes_and_later_after_the_first() -> None:
    crashed = Crashed("died of signal 11 (SIGSEGV)")
    breakdowns = Breakdowns()
    ended = []
    for _ in range(7):
        breakdowns.begin_test()
        while not breakdowns.why_over:
            breakdowns.note(REQUEST, NOTHING, crashed)
        ended.append(breakdowns.why_over)
    assert ended == ["ended after 3 crashes"] * 4 + [
        "ended after 3 crashes",
        *["ended after a crash"] * 2,
    ]


def test_encoding_is_told_by_the_bytes_that_are_expected() -> None:
    class NeverEncodesMuch(Reference):
        def encode(self, message: Any) -> bytes:
            data = super().encode(message)
            if len(data) > LARGE:
                raise MemoryError
            return data

    judge = Judge(InProcessAdapter(NeverEncodesMuch(), "here"))
    for _ in range(20):
        judge.start("a test", 1)
        message = messages.message((200, bytes(LARGE)))
        judge.judge_all([Case("RT-VALUE", "a large one", Request(Operation.ENCODE, message))])
    assert judge.record.ended.startswith("left out encode of more than ")


@pytest.mark.parametrize("kind", [Hangs, Dies])
def test_in_bulk_the_one_that_breaks_down_is_found(kind: type[LargeBreaks]) -> None:
    name = f"python:{__name__}:{kind.__name__}"
    adapter = WorkerAdapter(name, deadline=0.5, first_deadline=2.0)
    sizes = (100, 200, 7000, 300)
    data = [derived_codec.encode_message(header.sized(size)) for size in sizes]
    requests = [Request(Operation.ROUNDTRIP, one) for one in data]
    with closing(adapter):
        small, _, large, last = Inquiry(adapter).ask_by(Way.BULK, requests)
    assert isinstance(large, TimedOut | Crashed)
    assert isinstance(small, Lost), "its answer was not looked at, and it is asked again"
    assert isinstance(last, Lost)
