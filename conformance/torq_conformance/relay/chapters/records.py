"""RLY-AUDIT and RLY-METRICS, where they are claimed: what a relay says of what it did."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from torq_conformance.relay import messages
from torq_conformance.relay.actions import burst, connect, send
from torq_conformance.relay.cases import Bench, SceneCase
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.stage import OBSERVER, PROBE, Stage
from torq_specs.relay_rules import RelayDomainRule

READERS = 60
"""Who receive after the first one: so long a relay is busy that delivers before it writes."""

MANY_READERS, TOGETHER = 200, 64
"""Readers, and messages of one write, of a relay that hands them to threads before it writes."""

TRIES, TRIES_TOGETHER = 60, 10

ALONE_SECONDS = 0.1
AGAIN_SECONDS = 0.05
"""After this counters, or lines of what was dropped, are looked at again."""


def audits(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """A line for each message, in the file before the message is delivered."""
    yield SceneCase("RLY-AUDIT", "each message has its line", _lines, "audit")
    for scene in ((READERS, 1, TRIES), (MANY_READERS, TOGETHER, TRIES_TOGETHER)):
        text = f"the line is there when the message arrives, {scene[1]} at once to {scene[0]}"
        yield SceneCase("RLY-AUDIT", text, partial(_before, *scene), "audit")
    yield SceneCase("RLY-AUDIT", "all lines are there after SIGKILL", _after_kill, "audit")


def _traffic(domain: int) -> list[bytes]:
    """Own, foreign and damaged messages of several sizes and sources; no sequence comes twice."""
    own = [messages.message(domain, 100 + at, 32 + at * 11, source=1 + at % 5) for at in range(30)]
    foreign = [messages.message(1 + at % 2, 200 + at, 64, source=20) for at in range(8)]
    damaged = [
        messages.damaged(messages.message(domain, 300 + at, 64, source=40), at) for at in range(8)
    ]
    edges = [messages.message(domain, number, 40) for number in (0, (1 << 64) - 1, 1 << 63)]
    return [*own, *foreign, *damaged, *edges]


def _read(path: Path) -> tuple[list[dict[str, Any]], str]:
    """The lines of an audit file, and what is wrong with its form."""
    lines: list[dict[str, Any]] = []
    try:
        data = path.read_bytes()
    except OSError as error:
        return [], f"the audit file cannot be read: {error.strerror}"
    for at, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return lines, f"line {at} of the audit file is no JSON"
        if not isinstance(document, dict):
            return lines, f"line {at} of the audit file is no object"
        lines.append(document)
    if data and not data.endswith(b"\n"):
        return lines, "the last line of the audit file is not ended"
    return lines, ""


def _problem(text: str, what: str) -> list[Problem]:
    return [Problem(("RLY-AUDIT",), what, text)]


def _wrong_lines(stage: Stage, sent: list[bytes], domain: int) -> list[Problem]:
    lines, wrong = _read(stage.relay.audit)
    if wrong:
        return _problem(wrong, "form")
    found: dict[tuple[object, object], list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault((line.get("sequence"), line.get("source")), []).append(line)
    for data in sent:
        sequence, source = int.from_bytes(data[8:16], "little"), data[6]
        rows = found.get((sequence, source), [])
        name = f"the message of sequence {sequence}, source {source}"
        if len(rows) != 1:
            return _problem(f"{name} has {len(rows)} lines in the audit file, not 1", "lines")
        row = rows[0]
        if row.get("size") != len(data):
            return _problem(
                f"the audit gives {name} {row.get('size')!r} bytes, not {len(data)}", "size"
            )
        is_dropped = data[4] != domain or messages.right_checksum(data) != data[28:32]
        action = "dropped" if is_dropped else "forwarded"
        if row.get("action") != action:
            return _problem(
                f"the audit says {row.get('action')!r} of {name}, not {action!r}", "action"
            )
        if is_dropped and not (isinstance(row.get("reason"), str) and row["reason"]):
            return _problem(f"the audit gives no reason why {name} was dropped", "reason")
    return []


def _lines(bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    stage.begin()
    sent = _traffic(bench.domain)
    joined = [messages.message(bench.domain, 400 + at, 50, source=60) for at in range(20)]
    split = messages.message(bench.domain, 500, 90, source=61)
    stage.do(*connect("a", "b"), *[send("a", one) for one in sent])
    stage.do(burst("b", b"".join(joined)), send("a", split[:40], split[40:]))
    if found := stage.finish():
        return found
    expires = time.monotonic() + stage.deadline
    # What is dropped is never delivered: its line may come a little later.
    while (found := _wrong_lines(stage, [*sent, *joined, split], bench.domain)) and (
        time.monotonic() < expires
    ):
        time.sleep(AGAIN_SECONDS)
    return found


def _before(readers: int, count: int, tries: int, bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    stage.begin()
    stage.do(*connect("a"))
    stage.join(f"r{at}" for at in range(readers))
    stage.settle()
    found = stage.finish() if stage.findings.is_stuck else []
    first = stage.parties[OBSERVER].client
    for at in range(tries):
        if found:
            break
        needle = 7_000_000 + at * count
        some = [messages.message(bench.domain, needle + n, 60) for n in range(count)]
        data = some[0]
        before = _size(stage.relay.audit)
        stage.do(burst("a", b"".join(some)))
        expires = time.monotonic() + stage.deadline
        # Without any pause: what is looked for is over in microseconds.
        while data not in first.seen and time.monotonic() < expires:
            first.read()
        if _size(stage.relay.audit) == before:
            text = "a message was delivered before its line was in the audit file"
            found = _problem(text, "order")
        stage.settle()
    return [*found, *stage.finish()][:1]


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _after_kill(bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    stage.begin()
    sent = _traffic(bench.domain)[:30]
    stage.do(*connect("a", "b"), *[burst("a", one) for one in sent])
    stage.settle()
    if stage.findings.is_stuck:
        return stage.finish()
    stage.relay.kill()
    return _wrong_lines(stage, sent, bench.domain)


def metrics(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """Counters that add up, at SIGUSR1 and at the end."""
    yield SceneCase("RLY-METRICS", "counters of all kinds of messages", _counters, "metrics")
    yield SceneCase("RLY-METRICS", "counters of a client that is alone", _alone, "metrics")


def _counters(bench: Bench) -> list[Problem]:
    stage = bench.fresh()
    domain = bench.domain
    stage.begin()
    own = [messages.message(domain, at) for at in range(20)]
    foreign = [messages.message(domain % 3 + 1, 100 + at) for at in range(7)]
    damaged = [messages.damaged(messages.message(domain, 200 + at)) for at in range(5)]
    stage.do(*connect("a", "b", "c"), *[send("a", one) for one in (*own, *foreign, *damaged)])
    stage.do(send("b", b"".join([*own[:3], *foreign[:2], own[4]])))
    stage.settle()
    if stage.findings.is_stuck or stage.findings.problems:
        return stage.finish()
    dropped = 9 + (5 if stage.rule.is_checksum_verified else 0)
    wanted = (stage.sent_count, stage.sent_count - dropped, dropped)
    stage.relay.signal(signal.SIGUSR1)
    found = _told(stage, wanted, 1, "at SIGUSR1")
    if found:
        return found
    count = len(_counter_lines(stage)) + 1
    stage.relay.signal(signal.SIGTERM)
    stage.wire.pump(lambda: stage.relay.has_ended, stage.deadline)
    return _told(stage, wanted, count, "at the end", is_over=True)


def _alone(bench: Bench) -> list[Problem]:
    """What nobody else is there for is forwarded or dropped: the page does not say which."""
    stage = bench.fresh()
    stage.begin()
    stage.leave(stage.observer)
    # Nothing shows that the relay has seen it leave; if it has not, this asks less.
    stage.wire.pump(lambda: stage.relay.has_ended, ALONE_SECONDS)
    for _ in range(3):
        stage.marker(PROBE)
    stage.await_consumed(stage.parties[PROBE])
    expires = time.monotonic() + stage.deadline
    found = [Problem(("RLY-METRICS",), "silent", "the relay prints no counters at SIGUSR1")]
    while found and time.monotonic() < expires:
        count = len(_counter_lines(stage))
        stage.relay.signal(signal.SIGUSR1)
        while len(lines := _counter_lines(stage)) == count and time.monotonic() < expires:
            time.sleep(0.002)
        if len(lines) > count:
            wrong = _wrong_counters(lines[-1], (0, 0, 0), "at SIGUSR1, with one client")
            found = [one for one in wrong if one.what != "counts"]
        # Counters may be behind.
        time.sleep(AGAIN_SECONDS if found else 0)
    return found


def _told(
    stage: Stage, wanted: tuple[int, int, int], count: int, when: str, *, is_over: bool = False
) -> list[Problem]:
    """What is wrong with the last counters, of ``count`` lines at least.

    They may lag behind what was delivered, until the end: then they are asked for again.
    """
    expires = time.monotonic() + stage.deadline
    found = [Problem(("RLY-METRICS",), "silent", f"the relay prints no counters {when}")]
    while True:
        while len(lines := _counter_lines(stage)) < count:
            if time.monotonic() > expires:
                return found
            time.sleep(0.002)
        found = _wrong_counters(lines[-1], wanted, when)
        if is_over or not found or found[0].what != "counts":
            return found
        time.sleep(AGAIN_SECONDS)
        stage.relay.signal(signal.SIGUSR1)
        count = len(lines) + 1


def _wrong_counters(line: dict[str, Any], wanted: tuple[int, int, int], when: str) -> list[Problem]:
    dropped = line.get("dropped")
    if not isinstance(dropped, dict) or not all(type(one) is int for one in dropped.values()):
        text = f"dropped is {dropped!r} {when}, and no object of numbers by reason"
        return [Problem(("RLY-METRICS",), "form", text)]
    told = (line.get("received"), line.get("forwarded"), sum(dropped.values()))
    if told[0] != (told[1] or 0) + told[2]:
        text = f"received {told[0]} is not forwarded {told[1]} + dropped {told[2]} {when}"
        return [Problem(("RLY-METRICS",), "sum", text)]
    if told != wanted:
        text = f"received, forwarded and dropped are {told} {when}, not {wanted}"
        return [Problem(("RLY-METRICS",), "counts", text)]
    return []


def _counter_lines(stage: Stage) -> list[dict[str, Any]]:
    return [line for line in stage.relay.json_lines() if "received" in line]
