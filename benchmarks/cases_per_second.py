"""Cases judged per second: this kit beside the straightforward Hypothesis + Construct test.

Both judge the same property of the same implementation, the reference in process: a value is
encoded to the bytes that the declaration says, and decodes to itself. One case is one value. The
ways take turns within one run; medians of the rounds and their ratios are printed.

    python benchmarks/cases_per_second.py [--rounds 5] [--cases 400]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from torq_conformance.cases import messages, strategies, values
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_specs.layout import Integer, Layout, Vector
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.requirements import layout_requirement_id

Way = Callable[[TlvType, int], int]
DEPTHS: list[int] = []


def plain_values(layout: Layout) -> st.SearchStrategy[dict[str, Any]]:
    """What one writes first: a dictionary of integers and lists."""

    def plain(type_: Any) -> st.SearchStrategy[Any]:
        if isinstance(type_, Integer):
            return st.integers(type_.minimum, type_.maximum)
        if isinstance(type_, Vector) and isinstance(type_.element, Layout):
            return st.lists(plain_values(type_.element), max_size=type_.capacity)
        raise TypeError(type_)

    return st.fixed_dictionaries({f.name: plain(f.type) for f in layout.named})


def plain_way(line: TlvType, count: int) -> int:
    """@given(fixed_dictionaries) and interpreted Construct."""
    implementation, judged = Reference(), 0
    assert line.layout is not None

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(plain_values(line.layout))
    def check(value: dict[str, Any]) -> None:
        nonlocal judged
        message = messages.message_of(line, value)
        data = Message.build(message)
        assert implementation.encode(message) == data
        assert implementation.decode(data) == Message.parse(data) == message
        judged += 1
        DEPTHS.append(len(value.get("bids", ())))

    check()
    return judged


def judge() -> Judge:
    """A judge of the reference in process."""
    return Judge(InProcessAdapter(Reference(), "reference"))


def generated_way(line: TlvType, count: int) -> int:
    """Cases that this kit draws: its own strategies and the codec derived from Layout."""
    one, judged = judge(), 0

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(strategies.of_line(line))
    def check(message: dict[str, Any]) -> None:
        nonlocal judged
        assert all(one.judge(case) for case in both(line, message))
        judged += 1

    check()
    return judged


def both(line: TlvType, message: dict[str, Any]) -> tuple[Case, Case]:
    """The two questions about one value."""
    id_ = layout_requirement_id(line)
    data = derived_codec.encode_message(message)
    return encode(id_, "encode", message), decode(id_, "decode", data)


def enumerated_way(line: TlvType, count: int) -> int:
    """Boundaries that this kit enumerates: two questions a value, all of them each time."""
    one = judge()
    cases = tuple(values.layouts(layout_requirement_id(line), line))
    assert all(one.judge(case) for case in cases)
    return len(cases) // 2


WAYS: dict[str, Way] = {
    "Hypothesis + interpreted Construct": plain_way,
    "this kit, generated": generated_way,
    "this kit, enumerated": enumerated_way,
}


def measure(line: TlvType, rounds: int, count: int) -> None:
    """Time all ways in turn and print their medians."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            start = time.perf_counter()
            judged = way(line, count)
            rates[name].append(judged / (time.perf_counter() - start))
    base = statistics.median(next(iter(rates.values())))
    print(f"{line.name}: values judged per second, median of {rounds} rounds (least, most)")
    for name, all_rates in rates.items():
        median = statistics.median(all_rates)
        spread = f"({min(all_rates):,.0f} .. {max(all_rates):,.0f})"
        print(f"  {name:36} {median:10,.0f}  x{median / base:5.1f}  {spread}")


def main() -> None:
    """Measure Trade and OrderBook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=400)
    options = parser.parse_args()
    measure(REGISTRY.named("Trade"), options.rounds, options.cases)
    DEPTHS.clear()
    measure(REGISTRY.named("OrderBook"), options.rounds, options.cases // 4)
    print(
        f"  mean depth of a drawn book the plain way: {statistics.mean(DEPTHS):.1f} of 128 levels"
    )


if __name__ == "__main__":
    main()
