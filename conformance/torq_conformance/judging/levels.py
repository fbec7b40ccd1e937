"""The levels of conformance: what a run must have shown to reach each, and what it lacks.

A pure function of a results document. Every level stands for itself, but none is reached without
Wire, which is what bytes are; Relay is for relays alone. A run that judges too little, or lets code
run where the judge is, reaches none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.verdicts import CONTRACT, Verdict
from torq_specs.relay_rules import RELAY_DOMAINS

Json = dict[str, Any]

PASSED = frozenset({Verdict.PASS, Verdict.DECODE_ONLY})
"""Verdicts of a requirement that keep nobody from a level; encoding is asked of Wire by itself."""

SHOWN = 3
"""Requirements of one verdict that are named as lacking; the others are counted."""


@dataclass(frozen=True)
class ConformanceLevel:
    """One level: what must be claimed, and which requirements must pass (names, or patterns)."""

    name: str
    about: str
    capabilities: tuple[Capability, ...]
    requirements: tuple[str, ...]

    def holds(self, requirement: str) -> bool:
        """Whether a requirement belongs to the level."""
        return any(fnmatchcase(requirement, pattern) for pattern in self.requirements)


WIRE = ConformanceLevel(
    "Wire", "decode, encode, errors", (Capability.DECODE, Capability.ENCODE), ()
)
"""Its requirements are all that belong to no other level."""

FAST = ConformanceLevel("Fast", "claims", (Capability.THROUGHPUT,), ("THR-*",))
"""A run judges the loops; the claims are measured by the meter."""

OTHERS = (
    ConformanceLevel(
        "Strict",
        "padding, context",
        (Capability.STRICT_PADDING, Capability.ERROR_CONTEXT),
        ("PAD-DECODE", "ERR-CONTEXT-*", "ERR-TEXT-*"),
    ),
    ConformanceLevel(
        "Meaning",
        "validate, ids",
        (Capability.VALIDATE, Capability.INSTRUMENT_ID),
        ("VLD-*", "IID-*", "CFG-*"),
    ),
    ConformanceLevel(
        "Hardened",
        "buffers, threads, views",
        (Capability.BUFFERS, Capability.THREADS, Capability.VIEWS),
        ("MEM-*", "VIEW-*", "STATE-THREADS"),
    ),
    FAST,
)

RELAY = ConformanceLevel("Relay", "section 10", (), ("RLY-*",))

LEVELS = (WIRE, *OTHERS, RELAY)

UNMEASURED = "the claims of section 9 are not measured here (torq-conformance meter)"


def levels_of(document: Mapping[str, Any], unmet_claims: Sequence[str] | None = None) -> Json:
    """Which levels a results document reaches, and what the others lack.

    ``unmet_claims``: names of claims that a measurement does not show as met; None: none was made.
    """
    if is_of_relay(document):
        lacks = [*_relay_lacks(document)]
        rows = [(RELAY, lacks)]
    else:
        wire = [*_lacks(document, WIRE), *_broken_contract(document)]
        rows = [(WIRE, wire)]
        for level in OTHERS:
            lacks = [*_lacks(document, level)]
            if level is FAST:
                lacks += _unmeasured(unmet_claims)
            rows.append((level, lacks))
    why_none = why_none_of(document)
    has_wire = not rows[0][1]
    return {
        **({"why_none": why_none} if why_none else {}),
        "all": [
            {
                "name": level.name,
                "about": level.about,
                "is_reached": not lacks and has_wire and not why_none,
                "lacks": lacks,
            }
            for level, lacks in rows
        ],
    }


def is_of_relay(document: Mapping[str, Any]) -> bool:
    """Whether results speak of a relay, not of a codec."""
    return "domains" in document["options"]


def why_none_of(document: Mapping[str, Any]) -> str:
    """Why a run reaches no level, whatever it has found; empty where it may."""
    options = document["options"]
    if options.get("is_in_process"):
        return "judged in process: such code can patch its judge"
    if document["status"] != "complete":
        return "the run did not come to its end"
    if options.get("vectors_only"):
        return "the golden vectors alone were asked"
    if options.get("is_part"):
        return "a part of the suite was selected"
    if options.get("profile") == "quick":
        return "the quick profile asks too little"
    return ""


def _lacks(document: Mapping[str, Any], level: ConformanceLevel) -> Iterator[str]:
    claimed = {*document["implementation"]["capabilities"]}
    missing = [str(one) for one in level.capabilities if one not in claimed]
    if missing:
        yield f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not claimed"
    yield from _failing([row for row in document["requirements"] if _belongs(row["id"], level)])


def _belongs(requirement: str, level: ConformanceLevel) -> bool:
    if level is WIRE:
        return not any(other.holds(requirement) for other in (*OTHERS, RELAY))
    return level.holds(requirement)


def _failing(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for verdict in Verdict:
        # What is not claimed is named by its capability, or is of no type that is judged.
        if verdict in PASSED or verdict is Verdict.NOT_CLAIMED:
            continue
        found = [row["id"] for row in rows if row["verdict"] == verdict]
        if found:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            yield f"{verdict}: {', '.join(found[:SHOWN])}{more}"


def _broken_contract(document: Mapping[str, Any]) -> Iterator[str]:
    if any(cause["requirement"] == CONTRACT.id for cause in document["causes"]):
        yield "the contract was broken"


def _unmeasured(unmet: Sequence[str] | None) -> Iterator[str]:
    if unmet is None:
        yield UNMEASURED
    elif unmet:
        more = f" and {len(unmet) - SHOWN} more" if len(unmet) > SHOWN else ""
        yield f"claims not shown as met: {', '.join(unmet[:SHOWN])}{more}"


def _relay_lacks(document: Mapping[str, Any]) -> Iterator[str]:
    domains = [rule.domain.name for rule in RELAY_DOMAINS]
    missing = [name for name in domains if name not in document["options"]["domains"]]
    if missing:
        yield f"not judged: {', '.join(missing)}"
    yield from _failing(document["requirements"])


def headline(levels: Mapping[str, Any]) -> str:
    """Which levels are reached and what the next one lacks, in one sentence."""
    reached = [one["name"] for one in levels["all"] if one["is_reached"]]
    said = f"levels reached: {', '.join(reached) or 'none'}"
    if "why_none" in levels:
        return f"{said} ({levels['why_none']})"
    following = next((one for one in levels["all"] if not one["is_reached"]), None)
    if following is None:
        return said
    lacks = "; ".join(following["lacks"])
    return f"{said}; the next, {following['name']} ({following['about']}), lacks: {lacks}"
