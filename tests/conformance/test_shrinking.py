"""What generated tests of the suite report is the plainest case: each planted fault, exactly."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis.strategies import SearchStrategy

from torq_conformance import Rejected
from torq_conformance.cases import boundaries, corruptions, messages, strategies
from torq_conformance.cases.bundle import request_from_json
from torq_conformance.cases.case import Case
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.suite.checks import judge_generated
from torq_specs.registry import REGISTRY

Message = dict[str, Any]
COUNT = 1000
"""Cases that are drawn at most until the fault shows."""

PLAIN = {"version": 1, "source": 1, "flags": 0, "sequence": 0, "timestamp": 0}
LEVEL = {"price": 0, "size": 0, "order_count": 0, "reserved": 0}
HEADER = derived_codec.assemble({**PLAIN, "relay_domain": 1}, b"")


class Planted(Reference):
    """Changes a decoded message when ``is_hit`` says so."""

    def decode(self, data: bytes) -> Message:
        message = super().decode(data)
        if self.is_hit(message):
            self.hit(message)
        return message

    def is_hit(self, message: Message) -> Any:
        raise NotImplementedError

    def hit(self, message: Message) -> None:
        message["header"]["sequence"] ^= 1


def value(message: Message) -> Message:
    """The fields of the first TLV."""
    fields: Message = message["tlvs"][0]["value"]
    return fields


class PriceNegative(Planted):
    def is_hit(self, message: Message) -> Any:
        return value(message)["price"] < 0


class ManyBids(Planted):
    def is_hit(self, message: Message) -> Any:
        return len(value(message)["bids"]) > 100


class LevelCrowded(Planted):
    def is_hit(self, message: Message) -> Any:
        return any(level["order_count"] > 65_535 for level in value(message)["asks"])


class ReserveWide(Planted):
    def is_hit(self, message: Message) -> Any:
        return any(reserve >> 64 for reserve in value(message)["reserves"])


class TickLow(Planted):
    def is_hit(self, message: Message) -> Any:
        return value(message)["tick_after"] < -300


class AddressByte(Planted):
    def is_hit(self, message: Message) -> Any:
        return value(message)["pool_address"][13] > 4


class SideOutside(Planted):
    def is_hit(self, message: Message) -> Any:
        return value(message)["side"] > 1


class FlagsBit(Planted):
    def is_hit(self, message: Message) -> Any:
        return message["header"]["flags"] & 0x20


class ThreeTlvs(Planted):
    def is_hit(self, message: Message) -> Any:
        return len(message["tlvs"]) > 2


class VendorLong(Planted):
    def is_hit(self, message: Message) -> Any:
        return any(tlv["type"] >= 200 and len(tlv["value"]) > 300 for tlv in message["tlvs"])


class EncodesNoStrategy(Reference):
    """Writes nothing of a strategy above a byte."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        return data[:-1] if value(dict(message))["strategy_id"] > 255 else data


class TrailingTaken(Reference):
    """Takes bytes behind the message."""

    def decode(self, data: bytes) -> Message:
        if len(data) >= 32:
            data = data[: 32 + int.from_bytes(data[24:28], "little")]
        return super().decode(data)


class ChecksumTaken(Reference):
    """Takes any checksum."""

    def decode(self, data: bytes) -> Message:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind != "ChecksumMismatch":
                raise
        return super().decode(derived_codec.seal(data))


class ShortPanics(Reference):
    """Panics on less than a header."""

    def decode(self, data: bytes) -> Message:
        if len(data) < 32:
            raise IndexError
        return super().decode(data)


class Segfaults(Planted):
    """Is ended by a signal on a large number."""

    def is_hit(self, message: Message) -> Any:
        return value(message)["consumer_id"] > 300

    def hit(self, message: Message) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)


class Hangs(Segfaults):
    """Gives no answer on the same."""

    def hit(self, message: Message) -> None:
        time.sleep(60)


def of(name: str) -> SearchStrategy[Case]:
    """The generated cases of a type, as in the suite."""
    return strategies.cases("RT-VALUE", REGISTRY, REGISTRY.named(name))


def any_message() -> SearchStrategy[Case]:
    return strategies.cases("RT-VALUE", REGISTRY)


def corrupted() -> SearchStrategy[Case]:
    return corruptions.cases("ERR-NO-CRASH", REGISTRY)


def reported(adapter: Adapter, cases: SearchStrategy[Case], seed: int = 0) -> Any:
    """The argument of the question that is reported."""
    judge = Judge(adapter, seed=seed)
    judge.start("generated", COUNT)
    judge_generated(judge, cases, COUNT)
    adapter.close()
    (failure,) = judge.record.failures
    (request,) = failure["case"]["requests"]
    return request_from_json(request, REGISTRY).argument


def message(name: str, **fields: Any) -> Message:
    """All zero but for these fields; the header is the one that all cases of a type have."""
    line = REGISTRY.named(name)
    assert line.layout is not None
    return messages.message_of(line, {**boundaries.zeros(line.layout), **fields})


def plain(name: str, **fields: Any) -> bytes:
    return derived_codec.encode_message(message(name, **fields))


def header_only(domain: int = 1, **fields: int) -> bytes:
    return derived_codec.assemble({**PLAIN, "relay_domain": domain, **fields}, b"")


def framed(*tlvs: tuple[int, bytes], domain: int = 1) -> bytes:
    payload = b"".join(derived_codec.frame(number, data) for number, data in tlvs)
    return derived_codec.assemble({**PLAIN, "relay_domain": domain}, payload)


@pytest.mark.parametrize(
    ("implementation", "cases", "least"),
    [
        (PriceNegative, lambda: of("Trade"), plain("Trade", price=-1)),
        (ManyBids, lambda: of("OrderBook"), plain("OrderBook", bids=[LEVEL] * 101)),
        (
            LevelCrowded,
            lambda: of("OrderBook"),
            plain("OrderBook", asks=[{**LEVEL, "order_count": 65_536}]),
        ),
        (ReserveWide, lambda: of("PoolLiquidity"), plain("PoolLiquidity", reserves=[1 << 64])),
        (TickLow, lambda: of("PoolSwap"), plain("PoolSwap", tick_after=-301)),
        (
            AddressByte,
            lambda: of("PoolTick"),
            plain("PoolTick", pool_address=bytes(13) + b"\5" + bytes(6)),
        ),
        (SideOutside, lambda: of("DepthUpdate"), plain("DepthUpdate", side=2)),
        (FlagsBit, any_message, header_only(flags=0x20)),
        (ThreeTlvs, any_message, framed(*[(100, bytes(16))] * 3)),
        (VendorLong, any_message, framed((200, bytes(301)))),
        (
            EncodesNoStrategy,
            lambda: of("ArbitrageSignal"),
            message("ArbitrageSignal", strategy_id=256),
        ),
        (TrailingTaken, corrupted, HEADER + b"\0"),
        (ShortPanics, corrupted, b""),
    ],
    ids=lambda part: part.__name__ if isinstance(part, type) else "",
)
@pytest.mark.parametrize("seed", [0, 1])
def test_reported_case_is_the_plainest(
    implementation: type, cases: Callable[[], SearchStrategy[Case]], least: object, seed: int
) -> None:
    assert reported(InProcessAdapter(implementation(), "planted"), cases(), seed) == least


def test_a_wrong_checksum_is_reported_on_hardly_more_than_a_header() -> None:
    # A changed flag, a changed checksum and a byte behind both are equally plain.
    found = reported(InProcessAdapter(ChecksumTaken(), "planted"), corrupted())
    assert len(found) <= len(HEADER) + 2


@pytest.mark.parametrize("name", ["Segfaults", "Hangs"])
def test_crashes_and_hangs_of_a_process_are_reported_plainest(name: str) -> None:
    deadline = 0.3 if name == "Hangs" else 5.0
    adapter = WorkerAdapter(
        f"python:tests.conformance.test_shrinking:{name}",
        deadline=deadline,
        first_deadline=deadline,
    )
    assert reported(adapter, of("RecoveryRequest")) == plain("RecoveryRequest", consumer_id=301)
