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
    """One rule; ``provenance`` is S, R or K as for declarations.

    ``right`` says, by an example, what is seen of a right relay; ``look_at`` where in one's code
    the fault usually is.
    """

    id: str
    binding: Binding
    text: str
    why: str
    provenance: str
    right: str
    look_at: str
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

CLAIMS = ("audit", "echo", "metrics")
"""What a relay may say that it does beside the rules."""

_LIMITS = ", ".join(f"{rule.size_max:,} {rule.domain.name}" for rule in RELAY_DOMAINS)


def _must(
    id_: str,
    provenance: str,
    text: str,
    why: str,
    right: str,
    look_at: str,
    *differs: Difference,
) -> RelayRule:
    return RelayRule(id_, Binding.MUST, text, why, provenance, right, look_at, differs)


RELAY_RULES: Mapping[str, RelayRule] = {
    rule.id: rule
    for rule in (
        _must(
            "RLY-DELIVER",
            "S, R",
            "A message of the relay's own domain reaches every other connection once, byte for "
            "byte: sequence, flags, source, checksum, unknown, extended and vendor TLVs untouched; "
            "an orderly close right behind it, with nothing unread, does not lose it.",
            "A relay that changes a byte changes what was signed by the checksum.",
            "A sends a message of 42 bytes; B and C receive these 42 bytes once each. A sends the "
            "same message again and closes; they receive it again.",
            "copies that are rebuilt from fields, lists of clients that are changed while they "
            "are walked, filters by sequence, and a hang-up that is looked at before its data",
        ),
        _must(
            "RLY-ECHO",
            "K (R: always)",
            "The sender gets its own message back always or never; who does it claims echo.",
            "A client that sees its own messages now and then takes them for those of others.",
            "Without the claim, A sends and B receives; A receives only what others send. With "
            "it, A receives each of its own messages once.",
            "the comparison of the sender with each receiver, above all where several messages "
            "came in one read",
        ),
        _must(
            "RLY-ORDER",
            "K",
            "Messages of one sender arrive in its order, never mixed with bytes of another sender.",
            "Sequence numbers only find gaps where order is kept.",
            "A and B send 100 messages each at once; C receives A's in A's order and B's in B's "
            "order, each whole before another one begins.",
            "writes that were cut short while another sender's message is written, and a task or "
            "thread for each message",
        ),
        _must(
            "RLY-FRAMING",
            "K",
            "Framing is by payload_size: a message may come in any pieces, however late, many may "
            "come in one; each is judged by itself, once it is there, whether more follows or not; "
            "nothing of a message is sent before all of it is there.",
            "A stream socket keeps no boundaries: one read is not one message.",
            "A sends 16 bytes of a message; nobody receives a byte. A sends the rest and the next "
            "message in one write; B receives two messages.",
            "every place that takes what one read gave for one message, a buffer that "
            "connections share, time-outs of parts, and messages that wait for the next read",
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
            "A sends a message of domain 2 to the relay of MarketData and then one of domain 1; B "
            "receives the second alone.",
            "the comparison of the domain: for equality, and of each message of a read",
        ),
        _must(
            "RLY-CHECKSUM",
            "R (configuration)",
            "Signal and Execution drop a message with a wrong checksum, 0 included; MarketData "
            "does not look.",
            "Market data is fast and repeated; an order that was damaged is not to be carried.",
            "A sends an order with one bit flipped and then a whole one; B of Execution receives "
            "the second alone, B of MarketData would receive both as they are.",
            "what is covered (bytes 0 to 27 and from 32), a checksum of 0, and messages without "
            "payload",
        ),
        _must(
            "RLY-LIMIT",
            "R (configuration)",
            f"The limit of a message is {_LIMITS}, header included: at the limit it is delivered, "
            "one byte more is not; a header that announces more ends the connection before its "
            "payload is buffered.",
            "One header of 32 bytes must not make a relay allocate gigabytes.",
            "A sends a message of exactly the limit; B receives it. A sends a header that "
            "announces one byte more; A's connection ends before any payload is sent.",
            "whether the header's 32 bytes are counted in, sums that wrap in 32 bits, and when "
            "the check is made",
        ),
        _must(
            "RLY-CARRY",
            "R",
            "Version, source, flags and the contents of the payload are not looked at.",
            "What a relay need not know it carries, so that clients can be newer than it is.",
            "A sends version 9, source 200, flags 255 and a payload that is no TLV; B receives "
            "the same bytes.",
            "a decoder that is used where only the header is needed",
        ),
        _must(
            "RLY-GARBAGE",
            "K",
            "Bytes that do not begin with the magic are never forwarded; the relay closes that "
            "connection or skips to the next magic; all others are served on.",
            "One client that lost its place must not make everybody lose theirs.",
            "A sends text; B receives none of it, and what C sends. A is closed, or A's next "
            "message arrives.",
            "the comparison of all four bytes of the magic, and what an exception in one "
            "connection ends",
        ),
        _must(
            "RLY-PARTIAL",
            "K",
            "A message that is cut by the end of its connection reaches nobody.",
            "Half a message in the stream makes the next one unreadable.",
            "A sends half a message and closes; nobody receives a byte of it, and a new "
            "connection begins with nothing.",
            "buffers that are flushed at the end, and buffers that are kept by descriptor",
        ),
        _must(
            "RLY-SLOW",
            "K (R: loses the oldest chunks)",
            "A reader that does not read delays nobody; it loses whole messages or its "
            "connection, never parts of a message; the relay's memory grows by 64 MiB at most.",
            "The slowest dashboard must not set the pace of trading.",
            "B stops reading while A sends 160 MiB; C receives all of it at once, the relay holds "
            "64 MiB at most for B, and B reads whole messages or the end of its connection.",
            "writes that block, queues without a bound, and messages that are dropped after a "
            "part of them was written",
        ),
        _must(
            "RLY-IDLE",
            "R",
            "A connection that never sends gets everything; one that joins late gets nothing "
            "from before.",
            "Most clients only listen.",
            "B connects and never sends; it receives all that is sent from then on, and nothing "
            "that was sent before.",
            "clients that are registered at their first message, and last messages that are kept "
            "for newcomers",
        ),
        _must(
            "RLY-HALF",
            "R",
            "A client that has shut down its sending side still receives.",
            "That is how a listener says that it will not send.",
            "B shuts down its sending side; what A sends still arrives there.",
            "a read of 0 bytes that closes the whole connection",
        ),
        _must(
            "RLY-ABRUPT",
            "S",
            "Resets, storms of connects and disconnects, and 500 connections at once leave the "
            "others served.",
            "Clients crash and are started again all the time.",
            "500 clients connect, some are reset, all are gone; A and B go on, and no descriptor "
            "is left open.",
            "SIGPIPE, errors of accept, descriptors that are not closed, and the backlog",
        ),
        _must(
            "RLY-DUPLEX",
            "S",
            "Everybody sends and receives at once until all buffers are full: no deadlock.",
            "Who writes before reading waits for a reader that does the same.",
            "Four clients write until nothing more is taken and only then read; all of their "
            "writes end.",
            "reading and writing of a client in one loop that blocks",
        ),
        _must(
            "RLY-START",
            "K (R: takes the path away)",
            "A stale socket file is replaced; a second instance on a path that is served ends "
            "with an error and leaves the first alone; the folder is made.",
            "After a crash a relay must come up without hands.",
            "After a kill the socket file is still there; the next start replaces it. A second "
            "start on a served path ends with an error, and the first relay keeps its clients.",
            "unlink before bind without asking whether somebody listens, and mkdir of parents",
        ),
        _must(
            "RLY-STOP",
            "S",
            "At SIGTERM what was accepted is delivered, connections are closed, the socket file "
            "is removed, and the relay ends with 0 within 2 s.",
            "An update must not lose a message.",
            "A sends 50 messages, and the relay has read them when SIGTERM comes; B receives 50, "
            "then the end. The file is gone, the exit code is 0.",
            "what waits in queues when the signal comes, and readers that never read",
        ),
        RelayRule(
            "RLY-AUDIT",
            Binding.IF_CLAIMED,
            "Execution writes one JSON line a message into the audit file: sequence, source, "
            "size, action (forwarded or dropped) and reason; on disk before it is delivered.",
            "What was traded must be found again after a crash.",
            "R",
            "B receives a message; at this moment the audit file has the line of it: "
            '{"sequence": 7, "source": 42, "size": 80, "action": "forwarded", '
            '"reason": ""}.',
            "the order of writing and forwarding, buffered files, and dropped messages without a "
            "line",
        ),
        RelayRule(
            "RLY-METRICS",
            Binding.IF_CLAIMED,
            "Counters add up, received = forwarded + dropped by reason, as one JSON line on "
            "stdout at SIGUSR1 and at the end.",
            "A counter that does not add up hides a loss.",
            "S",
            'After 5 messages, of which one is of another domain, SIGUSR1 prints {"received": '
            '5, "forwarded": 4, "dropped": {"domain": 1}}.',
            "counters of deliveries in the place of messages, and messages that are counted in no "
            "place",
        ),
        RelayRule(
            "RLY-RATE",
            Binding.CLAIM,
            "Messages per second one to one and one to eight, of 42 and of 6,237 bytes, against "
            "1,000,000.",
            "The rate that the protocol promises.",
            "S",
            "Measured, and printed as met or not met.",
            "writes for each message where one write could carry many",
        ),
        RelayRule(
            "RLY-LATENCY",
            Binding.CLAIM,
            "Added latency at half that rate, p50, p99 and p99.9, against 35 microseconds.",
            "The latency that the protocol promises.",
            "S",
            "Measured, and printed as met or not met.",
            "Nagle-like delays, sleeps, and queues between threads",
        ),
        RelayRule(
            "RLY-MEMORY",
            Binding.CLAIM,
            "Resident memory at 1 and at 500 connections, against 50 MB.",
            "The memory that the protocol promises.",
            "S",
            "Measured, and printed as met or not met.",
            "buffers that are allocated for each connection",
        ),
    )
}
"""Every rule by its id, in the order of the page."""
