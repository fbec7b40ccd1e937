"""Cases generated and judged per second: the plain way, this kit one by one, this kit in bulk.

The ways take turns within one run; medians of the rounds and their ratios to the plain way are
printed. A generated case is the bytes of one valid message. A judged case is one that the
reference, in this process, was asked about and of which the answer was compared.

The plain way is @given(fixed_dictionaries) and interpreted Construct. It draws books of a few
levels and cannot draw full ones; those in bulk have 128 levels a side, always.

    python benchmarks/bulk_rates.py [--rounds 5] [--cases 300]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from torq_conformance.cases import messages, strategies
from torq_conformance.cases.case import decode, encode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.search.messages import UNIT, Messages
from torq_conformance.search.stream import Unit
from torq_conformance.search.units import BulkJudge
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.requirements import layout_requirement_id

Way = Callable[[TlvType, int], int]
TARGETS = {"Trade": (3000, 400), "OrderBook": (300, 100)}
"""By how much bulk is to be faster than the plain way: generated, judged."""

BULK_UNITS = {"Trade": 60, "OrderBook": 4}
"""Units of UNIT messages that are made or judged in one round."""


def plain_values(layout: Layout) -> st.SearchStrategy[dict[str, Any]]:
    """What one writes first: a dictionary of integers and lists."""

    def plain(type_: Any) -> st.SearchStrategy[Any]:
        if isinstance(type_, Integer):
            return st.integers(type_.minimum, type_.maximum)
        if isinstance(type_, Vector) and isinstance(type_.element, Layout):
            return st.lists(plain_values(type_.element), max_size=type_.capacity)
        raise TypeError(type_)

    return st.fixed_dictionaries({f.name: plain(f.type) for f in layout.named})


def drawn(strategy: st.SearchStrategy[Any], count: int, check: Callable[[Any], object]) -> int:
    """Draw ``count`` examples and do with each what is to be measured."""
    done = 0

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategy)
    def run(value: Any) -> None:
        nonlocal done
        check(value)
        done += 1

    run()
    return done


def plain_generated(line: TlvType, count: int) -> int:
    """Draw a value and build the message with Construct."""
    assert line.layout is not None
    return drawn(
        plain_values(line.layout), count, lambda v: Message.build(messages.message_of(line, v))
    )


def plain_judged(line: TlvType, count: int) -> int:
    """The same, encoded to these bytes and decoded to this value."""
    implementation = Reference()

    def check(value: dict[str, Any]) -> None:
        message = messages.message_of(line, value)
        data = Message.build(message)
        assert implementation.encode(message) == data
        assert implementation.decode(data) == Message.parse(data) == message

    assert line.layout is not None
    return drawn(plain_values(line.layout), count, check)


def single_generated(line: TlvType, count: int) -> int:
    """Draw a message with this kit's strategies and the codec derived from Layout."""
    return drawn(strategies.of_line(line), count, derived_codec.encode_message)


def single_judged(line: TlvType, count: int) -> int:
    """The same, judged by an encode and a decode case."""
    judge = Judge(InProcessAdapter(Reference(), "reference"))
    id_ = layout_requirement_id(line)

    def check(message: dict[str, Any]) -> None:
        data = derived_codec.encode_message(message)
        assert judge.judge(encode(id_, "encode", message))
        assert judge.judge(decode(id_, "decode", data))

    return drawn(strategies.of_line(line), count, check)


def bulk_generated(line: TlvType, count: int) -> int:
    """Make whole units; ``count`` does not matter."""
    made = BULK_UNITS[line.name] * UNIT
    return sum(len(batch) for batch in source(line).batches(0, made))


def bulk_judged(line: TlvType, count: int) -> int:
    """Judge whole units as a search does, the digest of the stream included."""
    one, judged = judge(line), 0
    for index in range(BULK_UNITS[line.name]):
        done = one.judge(Unit(line.number, index * UNIT, (index + 1) * UNIT))
        assert not done.disagreeing
        judged += done.judged
    return judged


_sources: dict[int, Messages] = {}
_judges: dict[int, BulkJudge] = {}


def source(line: TlvType) -> Messages:
    """The messages of a type, warm."""
    if line.number not in _sources:
        _sources[line.number] = Messages(line, 1, is_full=True)
        _sources[line.number].block(0)
    return _sources[line.number]


def judge(line: TlvType) -> BulkJudge:
    """A judge of the reference in process, warm."""
    if line.number not in _judges:
        adapter = InProcessAdapter(Reference(), "reference")
        _judges[line.number] = BulkJudge(adapter, "reference", seed=1, is_full=True)
        _judges[line.number].judge(Unit(line.number, 0, 1))
    return _judges[line.number]


WAYS: dict[str, dict[str, Way]] = {
    "generated": {
        "Hypothesis + interpreted Construct": plain_generated,
        "this kit, one by one": single_generated,
        "this kit, in bulk": bulk_generated,
    },
    "judged": {
        "Hypothesis + interpreted Construct": plain_judged,
        "this kit, one by one": single_judged,
        "this kit, in bulk": bulk_judged,
    },
}


def measure(line: TlvType, rounds: int, count: int) -> None:
    """Time all ways in turn and print their medians."""
    source(line), judge(line)
    rates: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for what, ways in WAYS.items():
            for name, way in ways.items():
                start = time.perf_counter()
                done = way(line, count)
                rates.setdefault((what, name), []).append(done / (time.perf_counter() - start))
    for (what, ways), target in zip(WAYS.items(), TARGETS[line.name], strict=True):
        print(f"{line.name}: {what} per second, median of {rounds} rounds (least, most)")
        base = statistics.median(rates[what, next(iter(ways))])
        for name in ways:
            of_way = rates[what, name]
            median = statistics.median(of_way)
            spread = f"({min(of_way):,.0f} .. {max(of_way):,.0f})"
            print(f"  {name:36} {median:12,.0f}  x{median / base:8,.1f}  {spread}")
        print(f"  wanted in bulk: x{target:,}")


def main() -> None:
    """Measure Trade and full OrderBooks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=300)
    options = parser.parse_args()
    measure(REGISTRY.named("Trade"), options.rounds, options.cases)
    measure(REGISTRY.named("OrderBook"), options.rounds, options.cases // 4)


if __name__ == "__main__":
    main()
