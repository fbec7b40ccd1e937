"""Every test of relays, in the order in which they are asked: from the plain to the involved."""

from __future__ import annotations

from torq_conformance.relay.cases import RelayTest
from torq_conformance.relay.chapters import (
    bursts,
    connections,
    delivery,
    dropping,
    ends,
    framing,
    lifetime,
    loads,
    records,
    standing,
    sums,
)

TESTS: tuple[RelayTest, ...] = (
    RelayTest("delivery::messages", "RLY-DELIVER", delivery.delivery),
    RelayTest("framing::splits", "RLY-FRAMING", framing.splits),
    RelayTest("framing::joins", "RLY-FRAMING", framing.joins),
    RelayTest("framing::held_parts", "RLY-FRAMING", framing.held),
    RelayTest("framing::pauses", "RLY-FRAMING", framing.pauses),
    RelayTest("framing::long_pauses", "RLY-FRAMING", framing.long_pauses, is_long=True),
    RelayTest("framing::bursts", "RLY-FRAMING", bursts.held_up),
    RelayTest("delivery::carried", "RLY-CARRY", delivery.carrying),
    RelayTest("delivery::echo", "RLY-ECHO", delivery.echo),
    RelayTest("dropping::domains", "RLY-DOMAIN", dropping.domains),
    RelayTest("dropping::checksums", "RLY-CHECKSUM", dropping.checksums),
    RelayTest("dropping::sums", "RLY-CHECKSUM", sums.wrong, (2, 3)),
    RelayTest("dropping::limits", "RLY-LIMIT", dropping.limits),
    RelayTest("dropping::garbage", "RLY-GARBAGE", dropping.garbage),
    RelayTest("dropping::garbage_in_pieces", "RLY-GARBAGE", dropping.garbage_in_pieces),
    RelayTest("framing::cut_off", "RLY-PARTIAL", framing.cut_off),
    RelayTest("connections::idle", "RLY-IDLE", connections.idle),
    RelayTest("connections::half_closed", "RLY-HALF", connections.half),
    RelayTest("connections::abrupt", "RLY-ABRUPT", connections.abrupt),
    RelayTest("connections::leaving", "RLY-DELIVER", connections.leaving),
    RelayTest("connections::at_once", "RLY-ABRUPT", standing.at_once),
    RelayTest("delivery::order", "RLY-ORDER", delivery.order),
    RelayTest("records::audit", "RLY-AUDIT", records.audits, (3,)),
    RelayTest("records::metrics", "RLY-METRICS", records.metrics),
    RelayTest("lifetime::start", "RLY-START", lifetime.starts),
    RelayTest("lifetime::stop", "RLY-STOP", lifetime.stops),
    RelayTest("loads::crowds", "RLY-ABRUPT", loads.crowds),
    RelayTest("loads::ends", "RLY-ABRUPT", ends.ends),
    RelayTest("loads::slow", "RLY-SLOW", loads.slow),
    RelayTest("loads::together", "RLY-ORDER", loads.together),
    RelayTest("loads::duplex", "RLY-DUPLEX", loads.duplex),
)

DRAWN = "drawn::schedules"
"""The name of the test of drawn schedules, which come last."""
