"""A measurement as a document: what `meter` found, kept in a file, and read back with care."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.meter import streams
from torq_conformance.model import foreign_json
from torq_conformance.report import output_file

FORMAT = "torq-meter 1"

Number = float


@dataclass
class Measurement:
    """Everything that was measured of one implementation; a name in ``why_not`` is not there.

    ``streams`` has, by the name of a stream, what a message costs: instructions, l1_misses,
    ll_misses, allocations, allocated_bytes; own_allocations and own_bytes are by a counter of its
    own. ``loops`` has rates (per second) and latencies. ``by_count`` has, by the number of messages
    that were sent, peak_bytes and what one of the last ones took, ns_each.
    """

    name: str
    version: str
    language: str
    workload_set: str = ""
    streams: dict[str, dict[str, Number]] = field(default_factory=dict)
    loops: dict[str, dict[str, Number]] = field(default_factory=dict)
    machine: dict[str, Number] = field(default_factory=dict)
    memory: dict[str, Number] = field(default_factory=dict)
    by_count: dict[str, dict[str, Number]] = field(default_factory=dict)
    round_trips_per_second: Number = 0.0
    criterion: dict[str, Number] = field(default_factory=dict)
    why_not: dict[str, str] = field(default_factory=dict)

    def cost(self, event: str) -> Mapping[str, Number]:
        """What a message of each stream costs in one event."""
        return {name: one[event] for name, one in self.streams.items() if event in one}

    def to_json(self) -> str:
        """The document, the same for the same numbers."""
        document = {"format": FORMAT, **vars(self)}
        return json.dumps(document, indent=1, sort_keys=True) + "\n"


def write(measurement: Measurement, path: Path) -> None:
    """Write a measurement whole."""
    output_file.write(path, measurement.to_json(), "Name another file.")


def read(path: Path) -> Measurement:
    """The measurement in a file; KitError for what is none, or of another set of workloads."""
    hint = "Make it anew: torq-conformance meter IMPLEMENTATION --baseline FILE."
    if not path.is_file():
        raise KitError(f"There is no measurement file {path}.", hint)
    try:
        document: Any = foreign_json.parse(path.read_bytes())
    except (ValueError, OSError) as error:
        raise KitError(f"{path} is no measurement: {error}.", hint) from error
    why = _why_none(document)
    if why:
        raise KitError(f"{path} is no measurement: {why}.", hint)
    if document["workload_set"] != streams.version():
        raise KitError(
            f"{path} was measured with other workloads ({document['workload_set'][:20]}, "
            f"now {streams.version()}).",
            hint,
        )
    return Measurement(**{key: part for key, part in document.items() if key != "format"})


TEXTS = ("name", "version", "language", "workload_set")
TABLES = ("machine", "memory", "criterion")
NESTED = ("streams", "loops", "by_count")
MEMORY = {"peak_bytes", "slope", "messages"}
NEAR_ZERO = frozenset({"l1_misses", "ll_misses", "slope", "own_allocations", "own_bytes"})
"""Differences of what does not repeat exactly: these may be a little below zero, nothing else."""


def _why_none(document: Any) -> str:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return f"it does not say format {FORMAT!r}"
    keys = {"format", "round_trips_per_second", "why_not", *TEXTS, *TABLES, *NESTED}
    if {*document} != keys:
        return f"{min(keys ^ {*document})!r:.60} is missing or not known"
    if not all(isinstance(document[key], str) for key in TEXTS):
        return "a name is no text"
    flat = [document[key] for key in TABLES]
    for key in NESTED:
        if not isinstance(document[key], dict):
            return f"{key} is no object"
        flat += document[key].values()
    flat.append({"round_trips_per_second": document["round_trips_per_second"]})
    for table in flat:
        if not isinstance(table, dict):
            return "a table is no object"
        for name, number in table.items():
            if type(number) not in {int, float}:
                return f"{name!r:.60} is no number"
            if number < 0 and name not in NEAR_ZERO:
                return f"{name!r:.60} is below zero"
    if {*document["memory"]} not in (set(), MEMORY):
        return "memory is told in other words"
    is_why = isinstance(document["why_not"], dict)
    return "" if is_why else "why_not is no object"


def criterion(path: Path) -> float:
    """Nanoseconds of an iteration, from a file estimates.json of criterion."""
    hint = "Name target/criterion/.../new/estimates.json."
    try:
        document: Any = foreign_json.parse(path.read_bytes())
        number = document["mean"]["point_estimate"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KitError(
            f"{path} is no estimates.json of criterion: {error!r:.100}.", hint
        ) from error
    if type(number) not in {int, float} or number < 0:
        raise KitError(f"{path} says {number!r:.40} ns.", hint)
    return float(number)
