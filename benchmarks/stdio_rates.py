"""Questions about a Trade per second over stdio: alone, in a row, in bulk, and judged in a search.

The ways take turns within one run; medians of the rounds are printed, and the best. One process of
the implementation is asked by one process of the kit; a search spreads over several of both.

    python benchmarks/stdio_rates.py "stdio:./my-codec --serve" [--rounds 7]
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import sys
import time
from collections.abc import Callable

from torq_conformance.bulk.generation import UNIT, Messages
from torq_conformance.bulk.judging import BulkJudge
from torq_conformance.bulk.stream import Unit
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import BulkAdapter, Operation, Request
from torq_specs.registry import REGISTRY

SERVER = (sys.executable, "-m", "torq_conformance.implementations.stdio_server", "reference")
ALONE, TOGETHER, UNITS = 1000, 512, 25
TRADE = REGISTRY.named("Trade")


def ways(adapter: BulkAdapter, implementation: str) -> dict[str, Callable[[int], int]]:
    """Each way by its name; it is told the round and gives how many it asked."""
    messages = [row.tobytes() for row in next(Messages(TRADE, 1).batches(0, UNIT))]
    requests = [Request(Operation.ROUNDTRIP, message) for message in messages]
    judge = BulkJudge(adapter, implementation, seed=1)

    def alone(turn: int) -> int:
        for request in requests[:ALONE]:
            adapter.call(request)
        return ALONE

    def together(turn: int) -> int:
        return len(adapter.call_together(requests[:TOGETHER]))

    def in_bulk(turn: int) -> int:
        for _ in range(UNITS):
            assert adapter.roundtrip_many(messages) == messages
        return UNITS * len(messages)

    def judged(turn: int) -> int:
        first = turn * UNITS
        units = [
            Unit(TRADE.number, at * UNIT, (at + 1) * UNIT) for at in range(first, first + UNITS)
        ]
        return sum(judge.judge(unit).judged for unit in units)

    return {"alone": alone, "in a row": together, "in bulk": in_bulk, "judged in bulk": judged}


def main() -> None:
    """Measure one implementation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("implementation", nargs="?", default=f"stdio:{shlex.join(SERVER)}")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    adapter = connect(options.implementation, deadline=30)
    assert isinstance(adapter, BulkAdapter)
    rates: dict[str, list[float]] = {}
    tried = ways(adapter, options.implementation)
    for turn in range(options.rounds):
        for name, way in tried.items():
            start = time.perf_counter()
            asked = way(turn)
            rates.setdefault(name, []).append(asked / (time.perf_counter() - start))
    adapter.close()
    print(f"{adapter.identity.name} ({adapter.identity.language}), per second: median, best")
    for name, found in rates.items():
        print(f"  {name:16} {statistics.median(found):12,.0f} {max(found):12,.0f}")


if __name__ == "__main__":
    main()
