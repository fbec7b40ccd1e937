"""RLY-SLOW, RLY-DUPLEX and RLY-ABRUPT under load: procedures, for they go on or measure."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Action, Do, burst, connect, send
from torq_conformance.relay.blast import blast
from torq_conformance.relay.cases import Bench, SceneCase
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.stage import Stage
from torq_specs.header import HEADER_SIZE
from torq_specs.relay_rules import RelayDomainRule

MEMORY_MAX = 64 << 20
"""What the page allows the relay to grow by."""

NOISE = 4 << 20
"""What a process may grow by without anybody's doing."""

TRAFFIC = 112 << 20
"""Bytes that pass a reader that does not read."""

ROUND = 2 << 20

TRIPS = 40
DELAY_FACTOR, DELAY_SECONDS, DELAY_MAX = 5, 0.02, 0.5
"""A delay counts where it is this much longer than without a stalled reader, or this long once."""

DELAY_AT_REST = 4
"""Who takes long without a stalled reader may once take so many times as long beside one."""

BLAST = 4 << 20
"""Bytes that one of many writes, as fast as it can."""

SPARE = 4
"""Descriptors that a relay may have more than before, whatever for."""

STALLED = Action(Do.STALL, "slow")
RESUMED = Action(Do.RESUME, "slow")


def slow(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """One reader that does not read, or reads little, beside others that do."""
    size = rule.size_max - 2
    yield SceneCase("RLY-SLOW", "one stalled beside seven fast ones", partial(_delay, 7))
    yield SceneCase("RLY-SLOW", "112 MiB pass a stalled reader", partial(_memory, size))
    yield SceneCase("RLY-SLOW", "a reader that reads little at a time", partial(_sip, size))
    yield SceneCase("RLY-SLOW", "a reader that reads little of small ones", partial(_sip, 200))
    yield SceneCase("RLY-SLOW", "stalled again and again", partial(_again, size))


def _memory(size: int, bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    domain = bench.domain
    base = stage.relay.resident_bytes()
    stage.begin()
    stage.do(*connect("slow", "b", "a"), STALLED)
    grown = 0
    for turn in range(TRAFFIC // ROUND):
        stage.begin()
        count = ROUND // size
        data = [messages.message(domain, turn * count + at, size) for at in range(count)]
        stage.do(*[burst("a", one) for one in data])
        stage.settle()
        stage.judge()
        if turn % 8 == 7:
            grown = max(grown, stage.relay.resident_bytes() - base)
        if stage.findings.problems or stage.findings.is_stuck or grown > MEMORY_MAX + NOISE:
            break
    found = [*stage.findings.problems]
    if grown > MEMORY_MAX + NOISE:
        text = f"the relay grew by {grown >> 20} MiB while a reader did not read"
        found.append(Problem(("RLY-SLOW",), "grown", text))
    if not found:
        stage.begin()
        stage.do(RESUMED)
        found = stage.finish()
    return found


def _delay(fast: int, bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    domain, size = bench.domain, min(bench.rule.size_max - 2, 16_000)
    stage.begin()
    stage.do(*connect("slow", "a", *[f"f{at}" for at in range(fast)]))
    number = 0
    before, worst_before = _trips(stage, domain, number)
    stage.do(STALLED)
    longest, began = 0.0, time.monotonic()
    while number < (6 << 20) // size and time.monotonic() - began < 3:
        number += 1
        if number % 64 == 0:
            stage.settle()
            stage.judge()
            if stage.findings.problems:
                return stage.findings.problems
            stage.begin()
        start = time.monotonic()
        stage.do(burst("a", messages.message(domain, number, size)))
        longest = max(longest, time.monotonic() - start)
        if stage.findings.is_stuck:
            return stage.finish()
    after, worst = _trips(stage, domain, number)
    longest = max(longest, worst)
    found = [] if stage.findings.problems else stage.finish()
    longest_right = max(DELAY_MAX, DELAY_AT_REST * worst_before)
    if after > DELAY_FACTOR * before + DELAY_SECONDS or longest > longest_right:
        text = (
            f"a message to others took {after * 1e3:.1f} ms, {longest * 1e3:.0f} ms at most, while "
            f"one reader did not read, and {before * 1e3:.1f} ms before"
        )
        found = [*found, Problem(("RLY-SLOW",), "delayed", text)]
    return found


def _trips(stage: Stage, domain: int, first: int) -> tuple[float, float]:
    """The lower quartile, and the longest, of the times that a message takes to all others."""
    times = []
    for at in range(TRIPS):
        start = time.monotonic()
        stage.do(burst("a", messages.message(domain, first + 10_000 + at, 60)))
        stage.await_musts()
        times.append(time.monotonic() - start)
    return statistics.quantiles(times, n=4)[0], max(times)


def _sip(size: int, bench: Bench) -> list[Problem]:
    """What comes between two writes that were cut short must be whole messages all the same."""
    stage = bench.fresh()
    domain = bench.domain
    stage.begin()
    stage.do(*connect("slow", "a", "c"), STALLED)
    filled = max((1 << 20) // size, 1)
    for at in range(filled):
        stage.do(burst("ac"[at % 2], messages.message(domain, at, size, source=1 + at % 2)))
    slow_client = stage.parties["slow"].client
    slow_client.read_max = 777
    for at in range(min(filled, 400)):
        slow_client.read()
        data = messages.message(domain, 50_000 + at, size, source=1 + at % 2)
        stage.do(burst("ac"[at % 2], data))
    slow_client.read_max = 1 << 18
    return stage.finish()


def _again(size: int, bench: Bench) -> list[Problem]:
    stage = bench.stage
    domain = bench.domain
    found: list[Problem] = []
    for turn in range(6):
        stage.begin()
        stage.do(*connect("slow", "a", "b"), STALLED)
        count = (300_000 + turn * 200_000) // size
        data = [messages.message(domain, turn * 1000 + at, size) for at in range(count)]
        stage.do(*[burst("a", one) for one in data], RESUMED)
        stage.do(*[send("a", messages.message(domain, 9000 + at)) for at in range(3)])
        found = stage.finish()
        if found:
            break
    return found


def duplex(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """Everybody writes, and only reads when all has been written."""
    for count, size in ((2, rule.size_max - 2), (4, rule.size_max - 2), (4, 1000)):
        label = f"{count} write 1 MiB each of {size:,} bytes a message, then read"
        yield SceneCase("RLY-DUPLEX", label, partial(_duplex, count, size))


def _duplex(count: int, size: int, bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    domain = bench.domain
    names = [f"d{at}" for at in range(count)]
    stage.begin()
    stage.do(*connect(*names), *[Action(Do.STALL, name) for name in names])
    stage.findings.disturb("RLY-DUPLEX")
    for at in range((1 << 20) // size):
        for number, name in enumerate(names):
            data = messages.message(domain, at, size, source=1 + number)
            stage.do(burst(name, data))
    stage.do(*[Action(Do.RESUME, name) for name in names])
    stage.findings.disturb("RLY-DUPLEX")
    return stage.finish()


def together(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """Many write at once, as fast as they can, and nobody waits for another."""
    large = rule.size_max - 2
    for count, size in ((2, large), (6, large), (12, large), (6, large // 2 + 99), (6, 5000)):
        label = f"{count} write messages of {size:,} bytes at once"
        yield SceneCase("RLY-ORDER", label, partial(_together, count, size))


def _together(count: int, size: int, bench: Bench) -> list[Problem]:
    """A relay may have no room for all of it: what arrives are whole messages all the same.

    It may as well close the reader, which reads less than so many write, within a message.
    """
    relay = bench.started()
    rows = [
        [
            messages.message(bench.domain, number * 1000 + at, size, source=1 + number)
            for at in range(BLAST // size)
        ]
        for number in range(count)
    ]
    mark = messages.message(bench.domain, count * 1000, 48)
    outcome = blast(relay, rows, mark, bench.deadline)
    received = outcome.data
    relay.look()
    if relay.has_ended:
        return [Problem(("RLY-ORDER",), "died", f"the relay ended: {relay.why_ended()}")]
    relay.kill()
    sent = {data[:HEADER_SIZE]: data for row in rows for data in row}
    at = 0
    while at < len(received):
        data = sent.get(received[at : at + HEADER_SIZE], mark)
        part = received[at : at + len(data)]
        if part != data and not (outcome.is_closed and data.startswith(part)):
            same = next((n for n, byte in enumerate(part) if byte != data[n]), len(part))
            text = f"of {count} that write at once, {_broken(data, part, same)}"
            return [Problem(("RLY-ORDER",), "mixed", text)]
        at += len(data)
    if not (received.endswith(mark) or outcome.is_closed):
        text = f"nothing more arrives after {count} have written at once, {bench.deadline:g} s long"
        return [Problem(("RLY-DUPLEX", "RLY-DELIVER"), "stuck", text)]
    return []


def _broken(data: bytes, part: bytes, same: int) -> str:
    if same < HEADER_SIZE:
        return f"bytes that begin no message: {part[:HEADER_SIZE].hex()}"
    after = "the end" if same == len(part) else "bytes of something else"
    return f"a message of {len(data):,} bytes is followed by {after} from its byte {same:,} on"


def crowds(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """8, 64 and 500 connections at once; storms; what they leave behind."""
    for count in (8, 64, 500):
        yield SceneCase("RLY-ABRUPT", f"{count} connections at once", partial(_crowd, count))
    for kind in ("say nothing", "send a part", "send garbage", "send and go"):
        yield SceneCase("RLY-ABRUPT", f"a storm of clients that {kind}", partial(_storm, kind))


def _crowd(count: int, bench: Bench) -> list[Problem]:
    stage = bench.stage
    before = stage.relay.descriptors()
    coming = partial(_come_and_go, count, stage)
    return coming() or left_open(stage, before, f"{count} connections", coming)


def _come_and_go(count: int, stage: Stage) -> list[Problem]:
    """Many connect, are served, and leave."""
    domain = int(stage.rule.domain)
    stage.begin()
    names = [f"n{at}" for at in range(count)]
    stage.findings.disturb("RLY-ABRUPT")
    stage.join(names)
    if stage.findings.is_stuck:
        return stage.finish()
    for at, name in enumerate((names[0], names[count // 2], names[-1])):
        stage.do(send(name, messages.message(domain, at, 100 + at)))
    stage.settle()
    for name in names[: count // 2]:
        stage.leave(stage.parties[name])
    stage.do(*[send(names[-1], messages.message(domain, 10 + at)) for at in range(3)])
    return stage.finish()


STORM = 60


def _storm(kind: str, bench: Bench) -> list[Problem]:
    stage = bench.stage
    before, base = stage.relay.descriptors(), stage.relay.resident_bytes()
    storming = partial(_rush, kind, stage)
    return storming() or _grown(stage, base) or left_open(stage, before, "a storm", storming)


def _rush(kind: str, stage: Stage) -> list[Problem]:
    """Some hundred connect, do one thing, and leave at once."""
    domain = int(stage.rule.domain)
    stage.begin()
    stage.do(*connect("a", "b"))
    whole = messages.message(domain, 1)
    said = {"send a part": whole[:45], "send garbage": b"\0" * 40, "send and go": whole}
    for turn in range(5):
        stage.findings.disturb("RLY-ABRUPT")
        clients = []
        for at in range(STORM):
            try:
                clients.append(stage.wire.connect())
            except OSError as error:
                text = f"client {at} of a storm could not connect: {error}"
                return [Problem(("RLY-ABRUPT",), "refused", text)]
            data = said.get(kind, b"")
            if kind == "send and go":
                data = messages.message(domain, 100 + turn * STORM + at, source=9)
                # Each for itself, between connections there is no order. Who goes at once, with
                # something unread, may be seen as a reset.
                stage.expect_perhaps(f"storm client {turn * STORM + at}", data)
            if data:
                clients[-1].write(data)
        stage.wire.close(clients)
        stage.do(
            *[send("ab"[at], messages.message(domain, 5000 + turn * 2 + at)) for at in (0, 1)],
        )
        stage.settle()
    return stage.finish()


def _grown(stage: Stage, base: int) -> list[Problem]:
    """What a storm has left in memory, once the relay has had the time to see that it is over."""
    grown = _came_down(stage, stage.relay.resident_bytes, base + MEMORY_MAX + NOISE) - base
    if stage.findings.problems or grown <= MEMORY_MAX + NOISE:
        return stage.findings.problems
    text = f"the relay grew by {grown >> 20} MiB in a storm of clients"
    return [Problem(("RLY-ABRUPT",), "grown", text)]


def left_open(
    stage: Stage, before: int, after: str, again: Callable[[], list[Problem]]
) -> list[Problem]:
    """Descriptors that a relay has not closed, and that become more whenever it is done again.

    What a relay opens once, at the first crowd, and keeps is its own affair.
    """
    left = _came_down(stage, stage.relay.descriptors, before + SPARE)
    if stage.findings.problems or left <= before + SPARE:
        return stage.findings.problems
    if found := again():
        return found
    now = _came_down(stage, stage.relay.descriptors, left + SPARE)
    if stage.findings.problems or now <= left + SPARE:
        return stage.findings.problems
    text = f"the relay has {now} descriptors open after {after} twice, {left} after one, "
    text += f"{before} before"
    return [Problem(("RLY-ABRUPT",), "leaked", text)]


def _came_down(stage: Stage, measured: Callable[[], int], enough: int) -> int:
    """What is measured once it is little enough, or the relay has had the time for it."""
    expires = time.monotonic() + stage.deadline
    while (now := measured()) > enough and time.monotonic() < expires:
        # A relay may find out that a client is gone when it writes to it.
        stage.begin()
        if stage.finish():
            break
        time.sleep(0.01)
    return now
