"""RLY-FRAMING: many messages in one write, and then nothing more of their sender."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from torq_conformance.relay import messages
from torq_conformance.relay.actions import connect
from torq_conformance.relay.cases import Bench, SceneCase
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.stage import PROBE, Stage
from torq_specs.header import HEADER_SIZE
from torq_specs.relay_rules import RelayDomainRule

COUNTS = (250, 1100, 1900)
"""Smallest messages of one write: all of them are less than 64 KiB."""

FILLED = (12, 13, 14, 15, 16)
"""A read takes two to the power of one of these, or so one likes to write it."""

QUIET_SECONDS = 2.5
"""A relay that has delivered nothing more for so long waits for something."""


def held_up(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """What came in one write is delivered without its sender sending again."""
    for count in COUNTS:
        label = f"{count:,} messages in one write, then silence"
        yield SceneCase("RLY-FRAMING", label, partial(_burst, count, HEADER_SIZE))
    for power in FILLED:
        total = 1 << power
        size = next(total >> n for n in range(power) if total >> n <= rule.size_max)
        for count in (total // size, total // 256):
            label = f"{count} messages of {total // count:,} bytes fill a read, then silence"
            yield SceneCase("RLY-FRAMING", label, partial(_burst, count, total // count))


def _burst(count: int, size: int, bench: Bench) -> list[Problem]:
    """So many may be more than a relay has room for: what never arrives says nothing here."""
    stage, domain = bench.stage, bench.domain
    stage.begin()
    stage.do(*connect("a", "b"))
    if stage.findings.is_stuck:
        return stage.finish()
    sender = stage.parties["a"]
    data = [messages.message(domain, number, size) for number in range(count)]
    for one in data:
        stage.expect_perhaps("a", one, ("RLY-FRAMING",))
    sender.has_sent = True
    sender.client.write(b"".join(data))
    if not _is_complete(stage, data):
        stage.marker(PROBE)
        _is_complete(stage, data)
    before = _arrived(stage, data)
    if before < count:
        stage.marker("a")
        stage.await_musts()
        _is_complete(stage, data)
    after = _arrived(stage, data)
    found = stage.finish()
    if after == before:
        return found
    # The markers behind it may be held up likewise.
    text = f"b received {before} of {count} messages of one write, and {after} once their sender "
    return [Problem(("RLY-FRAMING",), "held up", f"{text}had sent again")]


def _arrived(stage: Stage, data: list[bytes]) -> int:
    seen = stage.parties["b"].client.seen
    return sum(one in seen for one in data)


def _is_complete(stage: Stage, data: list[bytes]) -> bool:
    """Whether all of it arrives while more and more of it does."""
    seen, last = stage.parties["b"].client.seen, data[-1]
    expires = time.monotonic() + QUIET_SECONDS
    count = -1
    while time.monotonic() < expires:
        if stage.wire.pump(lambda: last in seen, 0.1):
            return True
        had, count = count, len(seen)
        if count != had:
            expires = time.monotonic() + QUIET_SECONDS
    return False
