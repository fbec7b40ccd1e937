"""What is wrong only in a way of asking, though one question alone is asked in it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from torq_conformance.implementations.protocol import Capability, Way
from torq_conformance.judging.verdicts import Finding

SPECIAL = frozenset({Way.BULK, Way.BATCH})
"""Ways in which an implementation may answer otherwise than when it is asked alone."""


def only_in(way: Way, finding: Finding, capabilities: AbstractSet[Capability]) -> Finding:
    """The finding with the way named; it speaks of what it spoke of, and is a cause of its own."""
    is_framed = way is Way.BULK and Capability.FRAMES in capabilities
    named = "in frames" if is_framed else str(way)
    deviations = [replace(one, subject=f"{one.subject} {named}") for one in finding.ways]
    return Finding.of(f"only {named}: {finding.problem}", deviations)
