"""What a ledger says: sums, digests, causes, and how all that has grown."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.campaign.ledger import Find, Ledger
from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.features import Features
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.running.results import Results, types_to_json
from torq_specs.registry import Registry

Json = dict[str, Any]

FINDS_MAX = 2000
"""Finds of which causes are made, in the order of the stream; the others are counted."""

POINTS_MAX = 240
"""Points of a curve."""

TEST = "campaign"
"""The test of which the failures of a campaign are, in a results file."""

Point = tuple[float, float]


@dataclass
class Sums:
    """Everything that was judged, in numbers."""

    units: int = 0
    judged: int = 0
    not_claimed: int = 0
    unjudged: int = 0
    failed: int = 0
    digest: str = ""
    """Of what was asked: that of `search --drawn` where the units are one stretch."""
    stretches: list[tuple[int, int]] = field(default_factory=list)
    """Blocks that were judged, from and to."""
    workers: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def sums(ledger: Ledger) -> Sums:
    """The sums of all units."""
    found, sha = Sums(), hashlib.sha256()
    for unit in ledger.units():
        found.units += 1
        found.judged += unit.judged
        found.not_claimed += unit.not_claimed
        found.unjudged += unit.unjudged
        found.failed += unit.failed
        found.seconds += unit.seconds
        found.workers[unit.worker] += unit.judged
        found.cells[unit.cell] += unit.judged
        sha.update(_hex(unit.digests))
        if found.stretches and found.stretches[-1][1] == unit.start:
            found.stretches[-1] = found.stretches[-1][0], unit.stop
        else:
            found.stretches.append((unit.start, unit.stop))
    found.digest = sha.hexdigest()
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        # What somebody else wrote has a digest as well, if not a right one.
        return text.encode(errors="replace")


def finds_digest(finds: Iterable[Find]) -> str:
    """The digest of what was found: the same whoever found it, in whichever order."""
    lines = (
        json.dumps([find.id, find.stream, find.start, find.cases, find.failure.get("id", "")])
        for find in finds
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def grown(events: Iterable[Point], count: int) -> list[Point]:
    """A curve of a growing sum: hours since the first of ``count`` events, and the sum until then.

    Events are moments in seconds, in order, each with what it adds.
    """
    began, total = 0.0, 0.0
    points: list[Point] = []
    every = max(count // POINTS_MAX, 1)
    for at, (moment, amount) in enumerate(events, 1):
        began = moment if at == 1 else began
        total += amount
        if at % every == 0 or at == count:
            points.append(((moment - began) / 3600, total))
    return points


def record_of(finds: Iterable[Find]) -> TestRecord:
    """The finds as the record of one test, so that causes are made of them as in a run."""
    record = TestRecord(TEST)
    for find in finds:
        has_failure = "case" in find.failure
        example = find.failure["id"] if has_failure else ""
        requirement = find.signature["ways"][0][0]
        tally = record.tallies.setdefault(requirement, Tally())
        tally.judged += find.cases
        tally.failed += find.cases
        record.signatures.append({**find.signature, "cases": find.cases, "example": example})
        if has_failure:
            record.failures.append(find.failure)
    return record


def results_of(ledger: Ledger, registry: Registry, found: Sums, finds: list[Find]) -> Json:
    """A results document, as `run` writes it: `replay`, `keep` and `report` take it."""
    claims = ledger.about["build"]["claims"]
    record = record_of(finds)
    record.planned = found.judged + found.not_claimed + found.unjudged
    record.judged, record.not_claimed = found.judged, found.not_claimed
    record.ended = "ended early" if found.unjudged else ""
    results = Results(
        {
            "given_as": ledger.about["implementation"],
            "name": claims["name"],
            "version": claims["version"],
            "language": claims.get("language", ""),
            "capabilities": claims["capabilities"],
            **types_to_json(registry),
        },
        {
            "seed": ledger.about["seed"],
            "is_part": True,
            "is_in_process": bool(ledger.about.get("is_in_process")),
            "campaign": str(ledger.path.name),
            "vendor_specs": ledger.about.get("vendor_specs"),
        },
        {key: ledger.about[key] for key in ("kit", "specification")},
        registry,
        {TEST: record.planned},
        {TEST: record},
    )
    for find in finds:
        if find.flaky and find.failure:
            results.flaky[find.failure["id"]] = find.flaky
    return results.document()


def causes(finds: Iterable[Find]) -> list[Json]:
    """The causes of all finds; ``flaky`` where the plainest failure of one does not repeat."""
    some = [*finds]
    flaky = {find.failure["id"]: find.flaky for find in some if find.flaky and find.failure}
    found = causes_of([record_of(some)])
    for cause in found:
        if cause["example"] in flaky:
            cause["flaky"] = flaky[cause["example"]]
    return found


def covered(ledger: Ledger, registry: Registry) -> tuple[Json, list[Point]]:
    """The census of classes that were met, and the growth of the pairs of classes."""
    features, times = Features(registry), []
    pairs: list[tuple[int, int]] = []
    for first, second, at in ledger.met():
        pairs.append((first, second))
        if first != second:
            times.append((at, 1.0))
    features.add_pairs(pairs)
    names = {str(one) for one in Capability}
    claimed = {Capability(one) for one in _capabilities(ledger) if one in names}
    return features.document(claimed), grown(sorted(times), len(times))


def _capabilities(ledger: Ledger) -> Iterator[str]:
    yield from ledger.about["build"]["claims"]["capabilities"]
