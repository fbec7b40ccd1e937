"""Faults planted in more than ten places are found in bulk and reported as plain as they can be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.search import planted
from torq_conformance.cases import boundaries
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.model import derived_codec
from torq_conformance.search.command import words
from torq_conformance.search.stream import Unit
from torq_conformance.search.units import BulkJudge, Disagreement
from torq_specs.enums import RelayDomain
from torq_specs.registry import REGISTRY

PLAIN = {"version": 1, "source": 1, "flags": 0, "sequence": 0, "timestamp": 0}
LEVEL = {"price": 0, "size": 0, "order_count": 0, "reserved": 0}


def found(implementation: object, name: str, count: int) -> list[Disagreement]:
    judge = BulkJudge(InProcessAdapter(implementation, "planted"), "planted", seed=1)
    return judge.judge(Unit(REGISTRY.named(name).number, 0, count)).disagreements


def plain(name: str, **fields: Any) -> bytes:
    line = REGISTRY.named(name)
    assert line.layout is not None
    value = {**boundaries.zeros(line.layout), **fields}
    header = {**PLAIN, "relay_domain": int(line.domain or RelayDomain.MarketData)}
    return derived_codec.encode_message(
        {"header": header, "tlvs": [{"type": line.number, "value": value}]}
    )


def header_only(**fields: int) -> bytes:
    return derived_codec.assemble({**PLAIN, "relay_domain": 1, **fields}, b"")


FULL_BUT_LAST = [LEVEL] * 127 + [{**LEVEL, "order_count": 65536}]


@pytest.mark.parametrize(
    ("implementation", "name", "least"),
    [
        (planted.PriceMinimum, "Trade", plain("Trade", price=-(1 << 63))),
        (planted.ManyBids, "OrderBook", plain("OrderBook", bids=[LEVEL] * 101)),
        (planted.LastLevelCrowded, "OrderBook", plain("OrderBook", asks=FULL_BUT_LAST)),
        (planted.ReserveWide, "PoolLiquidity", plain("PoolLiquidity", reserves=[(1 << 64) + 1])),
        (planted.AmountWide, "PoolSwap", plain("PoolSwap", amount_in=(1 << 64) + 1)),
        (planted.FlagsTopBit, "Trade", header_only(flags=0x80)),
        (planted.TimestampTopBit, "SystemHealth", header_only(timestamp=1 << 63)),
        (planted.TickLow, "PoolSwap", plain("PoolSwap", tick_after=-887273)),
        (planted.ReservedSet, "SpreadUpdate", plain("SpreadUpdate", reserved=1)),
        (planted.SideOutside, "DepthUpdate", plain("DepthUpdate", side=2)),
        (planted.TwoTogether, "Trade", plain("Trade", volume=-1, venue_id=256)),
        (planted.MiddleBit, "Trade", plain("Trade", execution_timestamp_ns=1 << 37)),
        (
            planted.AddressByte,
            "PoolTick",
            plain("PoolTick", pool_address=b"\0" * 13 + b"\5" + bytes(6)),
        ),
        (planted.SystemSource, "Quote", header_only(source=60)),
    ],
    ids=lambda part: part.__name__ if isinstance(part, type) else "",
)
def test_planted_fault_is_reported_minimal(
    implementation: type[planted.Planted], name: str, least: bytes
) -> None:
    reported = found(implementation(), name, 3000)
    assert [one.data.hex() for one in reported] == [least.hex()]


def test_refusals_and_panics_are_reported_apart() -> None:
    reported = {one.data: one for one in found(planted.Refuses(), "Trade", 2000)}
    assert set(reported) == {plain("Trade", side=2), plain("Trade", reserved=8)}
    assert "ParseError" in words(reported[plain("Trade", side=2)], REGISTRY)
    assert "ZeroDivisionError" in words(reported[plain("Trade", reserved=8)], REGISTRY)


def test_rare_fault_behind_a_frequent_one_is_reported() -> None:
    reported = [one.data for one in found(planted.RareAndFrequent(), "Trade", 4096)]
    assert reported == [plain("Trade", asset_type=1), plain("Trade", price=-(1 << 63))]


def test_failure_says_requirement_and_how_to_find_it_again() -> None:
    (one,) = found(planted.SideOutside(), "Trade", 100)
    assert one.requirement == "HDR-LAYOUT"
    assert f"planted --seed 1 --type Trade --start {one.index} --count 1" in words(one, REGISTRY)
    assert "header.sequence: expected 0" in words(one, REGISTRY)
    judge = BulkJudge(InProcessAdapter(planted.SideOutside(), "planted"), "planted", seed=1)
    (again,) = judge.judge(Unit(1, one.index, one.index + 1)).disagreements
    assert again == one


@pytest.mark.parametrize(
    ("implementation", "least"),
    [
        (planted.OneByOne, plain("Trade", reserved=128)),
        (planted.DecodesOnly, plain("Trade", volume=-1)),
        (planted.EncodesOnly, plain("Trade", volume=1)),
    ],
)
def test_implementations_without_roundtrip_many_are_searched(
    implementation: type, least: bytes
) -> None:
    assert [one.data for one in found(implementation(), "Trade", 500)] == [least]


def test_fault_of_roundtrip_many_alone_is_reported() -> None:
    (one,) = found(planted.BulkWrong(), "Trade", 500)
    assert one.requirement == "STATE-INDEPENDENT"
    assert "right when asked alone, but not through roundtrip_many" in words(one, REGISTRY)


def test_roundtrip_many_that_fails_for_a_batch_is_reported() -> None:
    (one,) = found(planted.BulkRaises(), "Trade", 500)
    assert "right when asked alone, but not in a batch of others" in words(one, REGISTRY)
