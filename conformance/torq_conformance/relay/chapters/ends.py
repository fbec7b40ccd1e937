"""RLY-ABRUPT: whatever a client had sent when it ended, nothing of it is left open.

Nothing is sent to anybody until the relay had the time to see the ends: a client that is gone is
otherwise found by writing to it, and that hides who is only found by reading.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from torq_conformance.relay import messages
from torq_conformance.relay.actions import connect, send
from torq_conformance.relay.cases import Bench, SceneCase
from torq_conformance.relay.chapters.dropping import GARBAGE
from torq_conformance.relay.chapters.loads import SPARE, left_open
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.stage import PROBE, Stage
from torq_specs.relay_rules import RelayDomainRule

COUNT = 8
"""Clients that end in the same way: more than a relay may have open for other reasons."""

SEEN_SECONDS = 0.3
"""How long a relay has for seeing that they are gone before anything more is sent."""


CLOSE, HALF_CLOSE, RESET = "close", "half close, then close", "are reset"


def _said(rule: RelayDomainRule) -> list[bytes]:
    """What a client may have sent when it ends."""
    domain = int(rule.domain)
    whole = messages.message(domain % 3 + 1, 1, 300)
    return [
        b"",
        whole,
        # In the magic, the header, behind it, in the payload, before the last byte.
        *[whole[:at] for at in (3, 20, 32, 200, 299)],
        messages.message(domain, 2, rule.size_max - 2)[:-1],
        GARBAGE["text"],
        whole + GARBAGE["one byte"],
        messages.announcing(domain, 3, 1 << 24),
    ]


def ends(rule: RelayDomainRule) -> Iterator[SceneCase]:
    """Every way of ending, behind everything that may have been sent before."""
    for way in (CLOSE, HALF_CLOSE, RESET):
        yield SceneCase("RLY-ABRUPT", f"many {way} in many places", partial(_ends, way))


def _ends(way: str, bench: Bench) -> list[Problem]:
    stage = bench.stage
    before = stage.relay.descriptors()
    ending = partial(_end, way, stage, before)
    return ending() or left_open(stage, before, f"clients that {way}", ending)


def _end(way: str, stage: Stage, before: int) -> list[Problem]:
    """Some connect for each place, send so much, and end; with something unread at a reset."""
    domain = int(stage.rule.domain)
    stage.begin()
    stage.do(*connect("a", "b"))
    stage.settle()
    stage.findings.disturb("RLY-ABRUPT")
    clients = []
    for said in _said(stage.rule) * COUNT:
        try:
            clients.append(stage.wire.connect())
        except OSError as error:
            text = f"client {len(clients)} could not connect: {error}"
            return [Problem(("RLY-ABRUPT",), "refused", text)]
        clients[-1].is_reading = False
        if said:
            clients[-1].write(said)
    _await(stage, lambda: not any(one.outgoing or one.unread_by_relay() for one in clients))
    if way == RESET:
        stage.marker(PROBE)
        stage.await_musts()
    if way == HALF_CLOSE:
        for client in clients:
            with suppress(OSError):
                client.socket.shutdown(socket.SHUT_WR)
        _await(stage, lambda: False, 0.05)
    stage.wire.close(clients)
    _await(stage, lambda: stage.relay.descriptors() <= before + 2 + SPARE)
    stage.do(*[send(name, messages.message(domain, 5000 + at)) for at, name in enumerate("ab")])
    return stage.finish()


def _await(stage: Stage, until: Callable[[], bool], seconds: float = SEEN_SECONDS) -> None:
    """Wait and send nothing, except what is still to be written."""
    expires = time.monotonic() + seconds
    while time.monotonic() < expires and not stage.relay.has_ended:
        if stage.wire.pump(until, 0.005):
            return
