"""The rules of relays (section 10): what a right relay does, by id.

A relay carries the messages of one domain between processes of one machine. Every client connects
to its Unix stream socket, sends there and receives there. One engine serves all domains; a domain
is a number, a socket, a limit, and whether checksums are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from torq_specs.differences import Difference
from torq_specs.enums import RelayDomain


class Binding(StrEnum):
    """How binding a rule of relays is."""

    MUST = "MUST"
    IF_CLAIMED = "MUST if claimed"
    CLAIM = "claim"


@dataclass(frozen=True)
class RelayRule:
    """One rule; ``provenance`` is S, R or K as for declarations."""

    id: str
    binding: Binding
    text: str
    why: str
    provenance: str
    differs: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class RelayDomainRule:
    """What is special about the relay of one domain; ``size_max`` is in bytes, header included."""

    domain: RelayDomain
    size_max: int
    is_checksum_verified: bool


RELAY_DOMAINS = (
    RelayDomainRule(RelayDomain.MarketData, 65_536, is_checksum_verified=False),
    RelayDomainRule(RelayDomain.Signal, 32_768, is_checksum_verified=True),
    RelayDomainRule(RelayDomain.Execution, 16_384, is_checksum_verified=True),
)
"""The three relays; system messages travel on them."""

_LIMITS = ", ".join(f"{rule.size_max:,} {rule.domain.name}" for rule in RELAY_DOMAINS)


def _must(id_: str, provenance: str, text: str, why: str, *differs: Difference) -> RelayRule:
    return RelayRule(id_, Binding.MUST, text, why, provenance, differs)


RELAY_RULES: Mapping[str, RelayRule] = {
    rule.id: rule
    for rule in (
        _must(
            "RLY-DELIVER",
            "S, R",
            "A message of the relay's own domain reaches every other connection once, byte for "
            "byte: sequence, flags, source, checksum, unknown, extended and vendor TLVs untouched.",
            "A relay that changes a byte changes what was signed by the checksum.",
        ),
        _must(
            "RLY-ECHO",
            "K (R: always)",
            "The sender gets its own message back always or never; who does it claims echo.",
            "A client that sees its own messages now and then takes them for those of others.",
        ),
        _must(
            "RLY-ORDER",
            "K",
            "Messages of one sender arrive in its order, never mixed with bytes of another sender.",
            "Sequence numbers only find gaps where order is kept.",
        ),
        _must(
            "RLY-FRAMING",
            "K",
            "Framing is by payload_size: a message may come in any pieces, many may come in one; "
            "each is judged by itself; nothing of a message is sent before all of it is there.",
            "A stream socket keeps no boundaries: one read is not one message.",
            Difference(
                "relay limits, checksum policy, framing",
                "section 10",
                "configuration files have them; the engine enforces none and takes one read for "
                "one message",
                "libs/messaging/relays/core/src",
            ),
        ),
        _must(
            "RLY-DOMAIN",
            "S, R",
            "A message of another domain, of all 255 other values, is dropped; the connection "
            "lives and the next message is delivered.",
            "What is of another domain was sent to the wrong socket; its sender is not lost.",
        ),
        _must(
            "RLY-CHECKSUM",
            "R (configuration)",
            "Signal and Execution drop a message with a wrong checksum, 0 included; MarketData "
            "does not look.",
            "Market data is fast and repeated; an order that was damaged is not to be carried.",
        ),
        _must(
            "RLY-LIMIT",
            "R (configuration)",
            f"The limit of a message is {_LIMITS}, header included: at the limit it is delivered, "
            "one byte more is not; a header that announces more ends the connection before its "
            "payload is buffered.",
            "One header of 32 bytes must not make a relay allocate gigabytes.",
        ),
        _must(
            "RLY-CARRY",
            "R",
            "Version, source, flags and the contents of the payload are not looked at.",
            "What a relay need not know it carries, so that clients can be newer than it is.",
        ),
        _must(
            "RLY-GARBAGE",
            "K",
            "Bytes that do not begin with the magic are never forwarded; the relay closes that "
            "connection or skips to the next magic; all others are served on.",
            "One client that lost its place must not make everybody lose theirs.",
        ),
        _must(
            "RLY-PARTIAL",
            "K",
            "A message that is cut by the end of its connection reaches nobody.",
            "Half a message in the stream makes the next one unreadable.",
        ),
        _must(
            "RLY-SLOW",
            "K (R: loses the oldest chunks)",
            "A reader that does not read delays nobody; it loses whole messages or its "
            "connection, never parts of a message; the relay's memory grows by 64 MiB at most.",
            "The slowest dashboard must not set the pace of trading.",
        ),
        _must(
            "RLY-IDLE",
            "R",
            "A connection that never sends gets everything; one that joins late gets nothing "
            "from before.",
            "Most clients only listen.",
        ),
        _must(
            "RLY-HALF",
            "R",
            "A client that has shut down its sending side still receives.",
            "That is how a listener says that it will not send.",
        ),
        _must(
            "RLY-ABRUPT",
            "S",
            "Resets, storms of connects and disconnects, and 500 connections at once leave the "
            "others served.",
            "Clients crash and are started again all the time.",
        ),
        _must(
            "RLY-DUPLEX",
            "S",
            "Everybody sends and receives at once until all buffers are full: no deadlock.",
            "Who writes before reading waits for a reader that does the same.",
        ),
        _must(
            "RLY-START",
            "K (R: takes the path away)",
            "A stale socket file is replaced; a second instance on a path that is served ends "
            "with an error and leaves the first alone; the folder is made.",
            "After a crash a relay must come up without hands.",
        ),
        _must(
            "RLY-STOP",
            "S",
            "At SIGTERM what was accepted is delivered, connections are closed, the socket file "
            "is removed, and the relay ends with 0 within 2 s.",
            "An update must not lose a message.",
        ),
        RelayRule(
            "RLY-AUDIT",
            Binding.IF_CLAIMED,
            "Execution writes one JSON line a message into the audit file: sequence, source, "
            "size, action (forwarded or dropped) and reason; on disk before it is delivered.",
            "What was traded must be found again after a crash.",
            "R",
        ),
        RelayRule(
            "RLY-METRICS",
            Binding.IF_CLAIMED,
            "Counters add up, received = forwarded + dropped by reason, as one JSON line on "
            "stdout at SIGUSR1 and at the end.",
            "A counter that does not add up hides a loss.",
            "S",
        ),
        RelayRule(
            "RLY-RATE",
            Binding.CLAIM,
            "Messages per second one to one and one to eight, of 42 and of 6,237 bytes, against "
            "1,000,000.",
            "The rate that the protocol promises.",
            "S",
        ),
        RelayRule(
            "RLY-LATENCY",
            Binding.CLAIM,
            "Added latency at half that rate, p50, p99 and p99.9, against 35 microseconds.",
            "The latency that the protocol promises.",
            "S",
        ),
        RelayRule(
            "RLY-MEMORY",
            Binding.CLAIM,
            "Resident memory at 1 and at 500 connections, against 50 MB.",
            "The memory that the protocol promises.",
            "S",
        ),
    )
}
"""Every rule by its id, in the order of the page."""
