"""RLY-RATE, RLY-LATENCY and RLY-MEMORY: measured, and held against what the design notes claim.

Nothing here makes a run fail. The numbers include what the harness itself takes, which is named.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do
from torq_conformance.relay.wire import Client, Wire

if TYPE_CHECKING:
    from torq_conformance.relay.cases import Bench
    from torq_conformance.relay.session import RelayRun

RATE_CLAIMED = 1_000_000
LATENCY_CLAIMED = 35e-6
MEMORY_CLAIMED = 50 << 20
SIZES = (42, 6237)
SECONDS = 1.0
LATENCY_COUNT = 2000
BATCH = 16 << 10
"""Bytes of messages that are written at once."""

Row = dict[str, Any]


def measured(run: RelayRun) -> list[Row]:
    """What was measured of the first domain that is judged, a row a claim."""
    bench = run.bench(run.rules[0])
    return [*_memory(bench), *_rates(bench), *_latency(bench)]


def _row(requirement: str, what: str, *, is_met: bool | None) -> Row:
    verdict = "not measured" if is_met is None else "met" if is_met else "not met"
    return {"requirement": requirement, "what": what, "verdict": verdict}


def _memory(bench: Bench) -> Iterator[Row]:
    stage = bench.fresh()
    for count in (1, 500):
        stage.begin()
        stage.join(f"m{at}" for at in range(count))
        stage.settle()
        size = stage.relay.resident_bytes()
        found = stage.finish()
        plural = "" if count == 1 else "s"
        what = f"{size / (1 << 20):.1f} MiB resident at {count} connection{plural}, claimed 50 MB"
        is_met = None if found or not size else size <= MEMORY_CLAIMED
        yield _row("RLY-MEMORY", what, is_met=is_met)
    stage.relay.kill()


class _Counting(Client):
    """Counts bytes, for to frame them would take longer than a relay does."""

    count = 0

    def _take(self, data: bytes) -> None:
        self.count += len(data)


def _rates(bench: Bench) -> Iterator[Row]:
    for size in SIZES:
        for readers in (1, 8):
            rate = _rate(bench, size, readers)
            what = f"{rate:,.0f} messages/s of {size:,} bytes one to {readers}, claimed 1,000,000"
            yield _row("RLY-RATE", what, is_met=rate >= RATE_CLAIMED if rate else None)


def _rate(bench: Bench, size: int, readers: int) -> float:
    """Messages a second that reach every reader, over the best of three times."""
    relay = bench.started()
    wire = Wire(relay)
    receiving = [_Counting(relay.path) for _ in range(readers)]
    sender = Client(relay.path)
    wire.clients += [*receiving, sender]
    batch = b"".join(
        messages.message(bench.domain, at, size) for at in range(max(BATCH // size, 1))
    )
    best = 0.0
    for _ in range(3):
        for reader in receiving:
            reader.count = 0
        sent, began = 0, time.monotonic()

        def has_room(sent: int) -> bool:
            behind = sent - min(reader.count for reader in receiving)
            return not sender.outgoing and behind < 128 << 10

        while time.monotonic() - began < SECONDS:
            if not wire.pump(lambda sent=sent: has_room(sent), 5):  # type: ignore[misc]
                relay.kill()
                return 0.0
            sender.write(batch)
            sent += len(batch)
        if not wire.pump(lambda sent=sent: all(r.count >= sent for r in receiving), 5):  # type: ignore[misc]
            relay.kill()
            return 0.0
        best = max(best, sent / size / (time.monotonic() - began))
    for client in wire.clients:
        client.close()
    relay.kill()
    return best


def _latency(bench: Bench) -> Iterator[Row]:
    """One way, a message at a time, the harness's own way through a socket pair taken off."""
    stage = bench.fresh()
    stage.begin()
    for name in ("a", "b"):
        stage.act(Action(Do.CONNECT, name))
    sender, reader = stage.parties["a"].client, stage.parties["b"].client
    times = []
    for at in range(LATENCY_COUNT):
        data = messages.message(bench.domain, at, 42)
        began = time.perf_counter()
        sender.write(data)
        expires = began + 5
        while data not in reader.seen and time.perf_counter() < expires:
            reader.read()
        times.append(time.perf_counter() - began)
        stage.wire.pump(lambda: True, 0)
        for party in stage.parties.values():
            party.client.read()
            party.client.forget()
    stage.relay.kill()
    parts = statistics.quantiles(times, n=1000)
    p50, p99, p999 = (parts[at - 1] for at in (500, 990, 999))
    what = (
        f"p50 {p50 * 1e6:.0f} us, p99 {p99 * 1e6:.0f} us, p99.9 {p999 * 1e6:.0f} us one message at "
        "a time, the harness included, claimed 35 us"
    )
    yield _row("RLY-LATENCY", what, is_met=p99 <= LATENCY_CLAIMED)
