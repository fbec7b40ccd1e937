"""What asking costs: calls per second of every way to an implementation; bulk beside one by one.

Two tables for Trade and for full books. The first: round trips per second in process, by a worker,
over stdio alone, in a row, in batches and in frames, and the share of the time that is not the
implementation's own. The second: cases judged per second, the plain way over stdio (@given,
interpreted Construct, one line of JSON at a time) and in a search over frames.

The kit and the implementation have a core each; the ways take turns within one run; medians of the
rounds are printed. The Python implementation is the reference. Programs are named as arguments.

    python benchmarks/transport.py ["stdio:examples/c/build/torq-codec" ...] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bulk_rates import drawn, plain_values

from torq_conformance.cases import messages
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import (
    Adapter,
    BulkAdapter,
    Capability,
    Operation,
    Request,
)
from torq_conformance.reference import Reference
from torq_conformance.search.batches import Door
from torq_conformance.search.messages import UNIT, Messages
from torq_conformance.search.stream import Unit
from torq_conformance.search.units import BulkJudge
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType

Way = Callable[[], int]
SERVED = (sys.executable, "-m", "torq_conformance.implementations.stdio_server", "reference")

CALLS, ROW = {"Trade": 1000, "OrderBook": 40}, {"Trade": 512, "OrderBook": 40}
"""Questions of a round that are asked alone, and in a row or in batches."""

UNITS = {"Trade": 25, "OrderBook": 1}
"""Units of UNIT messages that are judged in one round in bulk."""

PLAIN = {"Trade": 300, "OrderBook": 75}
"""Cases that are judged in one round the plain way."""


def pinned(core: int) -> None:
    """Put this process, and what it starts from now on, on a core of its own if there are two."""
    cores = sorted(ALLOWED)
    os.sched_setaffinity(0, {cores[core % len(cores)]})


ALLOWED = os.sched_getaffinity(0)


def connected(name: str, *, in_frames: bool = True) -> BulkAdapter:
    """An adapter to an implementation on the second core, this process back on the first."""
    pinned(1)
    adapter = connect(name, deadline=60)
    pinned(0)
    assert isinstance(adapter, BulkAdapter)
    if not in_frames:
        claimed = adapter.identity.capabilities - {Capability.FRAMES}
        adapter.identity = replace(adapter.identity, capabilities=claimed)
    return adapter


def questions(line: TlvType) -> list[bytes]:
    """A unit of messages, books full."""
    batches = Messages(line, 1, is_full=True).batches(0, UNIT)
    return [row.tobytes() for batch in batches for row in batch]


def asking(line: TlvType, adapter: Adapter) -> dict[str, Way]:
    """Round trips alone and in a row."""
    all_requests = [Request(Operation.ROUNDTRIP, data) for data in questions(line)]

    def alone() -> int:
        for request in all_requests[: CALLS[line.name]]:
            assert isinstance(adapter.call(request), Accepted)
        return CALLS[line.name]

    def in_a_row() -> int:
        outcomes = adapter.call_together(all_requests[: ROW[line.name]])
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        return len(outcomes)

    return {"alone": alone, "in a row": in_a_row}


def in_bulk(line: TlvType, adapter: BulkAdapter, count: int) -> Way:
    """Round trips by ``roundtrip_many``, as many together as in a search."""
    data, door = questions(line)[:count], Door(adapter, REGISTRY)

    def ask() -> int:
        assert not door.suspects(data)
        return len(data)

    return ask


def plain(line: TlvType, adapter: Adapter) -> Way:
    """Each value encoded to these bytes and decoded to itself, a line of JSON at a time."""
    assert line.layout is not None
    strategy = plain_values(line.layout)

    def check(value: dict[str, Any]) -> None:
        message = messages.message_of(line, value)
        data = Message.build(message)
        assert adapter.call(Request(Operation.ENCODE, message)) == Accepted(data)
        assert adapter.call(Request(Operation.DECODE, data)) == Accepted(Message.parse(data))

    return lambda: drawn(strategy, PLAIN[line.name], check)


def searched(line: TlvType, adapter: Adapter) -> Way:
    """Whole units judged as a search does, the digest of the stream included."""
    judge = BulkJudge(adapter, "measured", seed=1, is_full=True)
    turn = 0

    def search() -> int:
        nonlocal turn
        judged = 0
        for _ in range(UNITS[line.name]):
            done = judge.judge(Unit(line.number, turn * UNIT, (turn + 1) * UNIT))
            assert not done.disagreeing
            judged, turn = judged + done.judged, turn + 1
        return judged

    return search


def measured(ways: dict[str, Way], rounds: int) -> dict[str, float]:
    """The median rate of each way; they take turns, after one turn that does not count."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            asked = way()
            if turn:
                rates[name].append(asked / (time.perf_counter() - start))
    return {name: statistics.median(found) for name, found in rates.items()}


def measure(line: TlvType, programs: Sequence[str], rounds: int) -> None:
    """Both tables for one type."""
    reference, served = InProcessAdapter(Reference(), "reference"), f"stdio:{shlex.join(SERVED)}"
    names = {"reference": served, **{Path(shlex.split(name)[0]).name: name for name in programs}}
    ways = {f"in process, {name}": way for name, way in asking(line, reference).items()}
    ways["in process, in bulk"] = in_bulk(line, reference, UNIT)
    opened: list[Adapter] = []

    def opening(name: str, *, in_frames: bool = True) -> BulkAdapter:
        opened.append(adapter := connected(name, in_frames=in_frames))
        return adapter

    worker = opening("reference")
    ways |= {f"worker, {name}": way for name, way in asking(line, worker).items()}
    ways["worker, in bulk"] = in_bulk(line, worker, UNIT)
    judged: dict[str, Way] = {}
    for short, name in names.items():
        framed, batched = opening(name), opening(name, in_frames=False)
        ways |= {f"{short} over stdio, {n}": w for n, w in asking(line, batched).items()}
        ways[f"{short} over stdio, batch"] = in_bulk(line, batched, ROW[line.name])
        ways[f"{short} over stdio, frames"] = in_bulk(line, framed, UNIT)
        judged[f"{short}, plain"] = plain(line, batched)
        judged[f"{short}, in bulk"] = searched(line, framed)
    try:
        rates = measured({**ways, **judged}, rounds)
    finally:
        for adapter in opened:
            with closing(adapter):
                pass
    _show(line, rounds, {name: rates[name] for name in ways})
    print(f"{line.name}: cases judged per second")
    for name in judged:
        short = name.rpartition(",")[0]
        print(f"  {name:44} {rates[name]:12,.0f}  x{rates[name] / rates[f'{short}, plain']:9,.1f}")


def _show(line: TlvType, rounds: int, rates: dict[str, float]) -> None:
    print(f"{line.name}: round trips per second, median of {rounds} rounds; share of transport")
    for name, rate in rates.items():
        print(f"  {name:44} {rate:12,.0f}  {_share(name, rates):>5}")


def _share(name: str, rates: dict[str, float]) -> str:
    """What is not the implementation's own: of a program, that is at most its time in frames."""
    who, _, way = name.rpartition(", ")
    if who == "in process":
        return ""
    is_python = who in {"worker", "reference over stdio"}
    has_many = way in {"in bulk", "frames"}
    own = f"{who}, frames" if not is_python else f"in process, {'in bulk' if has_many else 'alone'}"
    return "" if own == name else f"{max(0.0, 1 - rates[name] / rates[own]):.0%}"


def main() -> None:
    """Measure Trade and full OrderBooks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", metavar="stdio:command")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pinned(0)
    for name in ("Trade", "OrderBook"):
        measure(REGISTRY.named(name), options.programs, options.rounds)


if __name__ == "__main__":
    main()
