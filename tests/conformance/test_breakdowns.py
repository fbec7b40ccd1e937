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
from torq_conformance.implementations.outcomes import Crashed, Lost, TimedOut
from torq_conformance.implementations.protocol import Operation, Request, Way
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.breakdowns import WAITED_FOR
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
