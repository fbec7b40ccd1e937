"""RLY-RATE, RLY-LATENCY and RLY-MEMORY: measured, and held against what the design notes claim.

Nothing here makes a run fail. The numbers include what the harness itself takes, which is named.
"""

from __future__ import annotations

import select
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from torq_conformance.meter.loops import pace
from torq_conformance.relay import messages
from torq_conformance.relay.wire import Client, Wire
from torq_conformance.report.claims import Claim, State, met_or_not
from torq_specs.workloads import LATENCY_NS_MAX, MEMORY_BYTES_MAX

if TYPE_CHECKING:
    from torq_conformance.relay.cases import Bench
    from torq_conformance.relay.session import RelayRun

RATE_CLAIMED = 1_000_000
SIZES = (42, 6237)
SECONDS = 1.0
LATENCY_COUNT = 2000
ROOM = 128 << 10
"""Bytes by which a reader may be behind before more is sent."""

PATIENCE = 5.0
"""Seconds after which what has not arrived is lost."""

BATCH = 16 << 10
"""Bytes of messages that are written at once."""


def measured(run: RelayRun) -> dict[str, Any]:
    """The pace of the machine, and what was measured of the first domain, a row a claim."""
    bench = run.bench(run.rules[0])
    rates = {(size, readers): _rate(bench, size, readers) for size in SIZES for readers in (1, 8)}
    claims = [
        *(_rate_claim(*key, rate) for key, rate in rates.items()),
        *_latencies(bench, rates[SIZES[0], 1]),
        *_memory(bench),
    ]
    return {"machine": pace(), "claims": [asdict(one) for one in claims]}


def _memory(bench: Bench) -> Iterator[Claim]:
    stage = bench.fresh()
    for count in (1, 500):
        stage.begin()
        stage.join(f"m{at}" for at in range(count))
        stage.settle()
        size = stage.relay.resident_bytes()
        found = stage.finish()
        plural = "" if count == 1 else "s"
        promised = f"below {MEMORY_BYTES_MAX / 1e6:g} MB resident"
        told = f"{size / 1e6:.1f} MB"
        state = met_or_not(is_met=size < MEMORY_BYTES_MAX)
        if found or not size:
            told, state = "the connections failed" if found else "no /proc", State.NOT_MEASURED
        yield Claim(f"RLY-MEMORY at {count} connection{plural}", promised, told, state)
    stage.relay.kill()


class _Counting(Client):
    """Counts bytes, for to frame them would take longer than a relay does."""

    count = 0

    def _take(self, data: bytes) -> None:
        self.count += len(data)


def _rate_claim(size: int, readers: int, rate: float) -> Claim:
    found, state = f"{rate:,.0f}/s", met_or_not(is_met=rate >= RATE_CLAIMED)
    if not rate:
        found, state = "not all of it arrived", State.NOT_MEASURED
    return Claim(f"RLY-RATE {size:,} bytes, one to {readers}", f"{RATE_CLAIMED:,}/s", found, state)


def _rate(bench: Bench, size: int, readers: int) -> float:
    """Messages a second that reach every reader, the best of three times; 0 where some do not."""
    relay = bench.started()
    wire = Wire(relay)
    try:
        receiving = [_Counting(relay.path) for _ in range(readers)]
        sender = Client(relay.path)
        wire.clients += [*receiving, sender]
        count = max(BATCH // size, 1)
        batch = b"".join(messages.message(bench.domain, at, size) for at in range(count))
        times = [_seconds(wire, sender, receiving, batch) for _ in range(3)]
    finally:
        for client in wire.clients:
            client.close()
        relay.kill()
    return max(count * sent / seconds if seconds else 0.0 for sent, seconds in times)


def _seconds(
    wire: Wire, sender: Client, receiving: Sequence[_Counting], batch: bytes
) -> tuple[int, float]:
    """Batches that were sent, and the time until every reader had all; 0.0 where one had not."""
    for reader in receiving:
        reader.count = 0
    sent, began = 0, time.monotonic()

    def behind() -> int:
        return sent * len(batch) - min(reader.count for reader in receiving)

    while time.monotonic() - began < SECONDS:
        if not wire.pump(lambda: not sender.outgoing and behind() < ROOM, PATIENCE):
            return sent, 0.0
        sender.write(batch)
        sent += 1
    return sent, time.monotonic() - began if wire.pump(lambda: behind() <= 0, PATIENCE) else 0.0


def _latencies(bench: Bench, rate: float) -> Iterator[Claim]:
    """What a relay adds, one message at a time and at half of its rate."""
    one = messages.message(bench.domain, 1, SIZES[0])
    batch = one * (BATCH // len(one))
    yield _latency_claim("one at a time", _times_through(bench, one, 0), _times_bare(one, 0))
    pause = 2 * len(batch) / len(one) / rate if rate else 0.0
    through = _times_through(bench, batch, pause) if rate else []
    yield _latency_claim("at half its rate", through, _times_bare(batch, pause))


def _latency_claim(name: str, through: Sequence[float], bare: Sequence[float]) -> Claim:
    """Quantiles in us with a relay, and without one, which the machine and the kit take."""
    found, state = "not all of it arrived", State.NOT_MEASURED
    limit = LATENCY_NS_MAX / 1000
    added = [one - other for one, other in zip(through, bare, strict=False)]
    if bare and (bare[1] > limit or any(us < 0 for us in added)):
        found = f"the machine is too busy: p99.9 {bare[2]:,.0f} us without a relay"
    elif added:
        told = zip(("p50", "p99", "p99.9"), added, strict=True)
        found = ", ".join(f"{word} {us:,.0f}" for word, us in told) + " us more than without it"
        state = met_or_not(is_met=added[1] < limit)
    return Claim(f"RLY-LATENCY {name}", f"p99 below {limit:g} us", found, state)


def _times_bare(data: bytes, interval: float) -> list[float]:
    return _times(*socket.socketpair(), data, interval)


def _times_through(bench: Bench, data: bytes, interval: float) -> list[float]:
    relay = bench.started()
    reader, sender = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    try:
        for one in (reader, sender):
            one.connect(str(relay.path))
        return _times(sender, reader, data, interval)
    finally:
        relay.kill()


def _times(
    sender: socket.socket, reader: socket.socket, data: bytes, interval: float
) -> list[float]:
    """p50, p99 and p99.9 in us from when data was to be sent until all of it is read.

    Empty where it does not arrive. What is late for its turn waits, and that counts.
    """
    times = []
    with sender, reader:
        reader.settimeout(PATIENCE)
        sender.settimeout(PATIENCE)
        began = time.perf_counter()
        for at in range(LATENCY_COUNT):
            due = began + at * interval if interval else time.perf_counter()
            while time.perf_counter() < due:
                pass
            try:
                sender.sendall(data)
                left = len(data)
                while left:
                    count = len(reader.recv(left))
                    if not count:
                        return []
                    left -= count
            except OSError:
                return []
            times.append(time.perf_counter() - due)
            # A relay that echoes is not held up.
            if select.select([sender], [], [], 0)[0]:
                sender.recv(1 << 18)
    parts = statistics.quantiles(times[LATENCY_COUNT // 10 :], n=1000)
    return [parts[at - 1] * 1e6 for at in (500, 990, 999)]
