"""Why nothing arrives: of messages that are each wrong in one way, which one a relay forwards.

A relay that takes another number for its domain, or another checksum for the right one, drops all
that is right. Asked once, when the first connection that must receive something does not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from torq_conformance.cases.checksums import lookalikes
from torq_conformance.relay import messages
from torq_conformance.relay.expected import Problem

if TYPE_CHECKING:
    from torq_conformance.relay.stage import Stage
    from torq_conformance.relay.wire import Client
    from torq_specs.relay_rules import RelayDomainRule

SECONDS = 1.0
"""How long is waited for what should not arrive."""

DOMAINS = (0, 1, 2, 3, 4, 5)
SIZES = (32, 42, 70, 128, 1024)


def why(stage: Stage, reader: Client) -> Problem:
    """What is wrong with a relay of which ``reader`` has received nothing."""
    domain = int(stage.rule.domain)
    text = f"nothing that was sent arrived, right messages of domain {domain}"
    sent = {data: (rule, what) for rule, what, data in _variants(stage.rule)}
    senders = []
    for data in sent:
        try:
            senders.append(stage.wire.connect(is_waited_for=False))
        except OSError:
            break
        senders[-1].write(data)
    stage.wire.pump(lambda: any(data in reader.seen for data in sent), SECONDS)
    arrived = next((told for data, told in sent.items() if data in reader.seen), None)
    others_have = any(client.received for client in senders)
    stage.wire.close(senders)
    if arrived is not None:
        rule, what = arrived
        return Problem((rule,), "deaf", f"{text}; but one arrived {what}")
    rule = "RLY-IDLE" if others_have else "RLY-DELIVER"
    more = " at who had sent nothing itself, but at others" if others_have else ""
    return Problem((rule,), "deaf", text + more)


def _variants(rule: RelayDomainRule) -> Iterator[tuple[str, str, bytes]]:
    """Messages by what they differ in from the first one of all, and the rule about that."""
    domain, numbers = int(rule.domain), itertools.count(1)

    def one(size: int = 48, number: int = domain) -> bytes:
        return messages.message(number, next(numbers), size)

    yield "RLY-CARRY", "with source 1", one()
    for size in SIZES:
        yield "RLY-CARRY", f"of {size} bytes", one(size)
    if rule.is_checksum_verified:
        right = one()
        for label, wrong in lookalikes(right):
            data = messages.with_checksum(right, wrong)
            yield "RLY-CHECKSUM", f"with a wrong checksum: {label}", data
    for other in DOMAINS:
        if other != domain:
            yield "RLY-DOMAIN", f"of domain {other}", one(number=other)
