"""Reads what `report` is given: results of codecs and relays, and measurements of the meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.meter import measurement
from torq_conformance.meter.claims import claims
from torq_conformance.meter.measurement import Measurement
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError
from torq_conformance.running import results
from torq_specs.workloads import LEVELS, WORKLOADS

FILES_MAX = 20
"""Files of one report: side by side there is no room for more."""


@dataclass
class Inputs:
    """Results by the names of their files, and measurements as the page takes them."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    measurements: list[dict[str, Any]] = field(default_factory=list)


def read(paths: Sequence[Path]) -> Inputs:
    """Everything in some files; KitError for what is neither results nor a measurement."""
    if len(paths) > FILES_MAX:
        raise KitError(f"{len(paths)} files are more than {FILES_MAX}.", "Name fewer of them.")
    found = Inputs()
    for path in paths:
        if _is_measurement(path):
            found.measurements.append(_measured(measurement.read(path), path))
        else:
            document = results.load(path)
            results.check_ended(document, path)
            found.results[_unused(str(path), found.results)] = document
    return found


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    """A name that none of the others has, where one file is named twice."""
    number = 1
    while (f"{name} ({number})" if number > 1 else name) in taken:
        number += 1
    return f"{name} ({number})" if number > 1 else name


def _is_measurement(path: Path) -> bool:
    try:
        document = foreign_json.read(path)
    except (OSError, FormError):
        # Results are what it was meant to be: their reader says what is wrong with it.
        return False
    return isinstance(document, dict) and document.get("format") == measurement.FORMAT


def _measured(found: Measurement, path: Path) -> dict[str, Any]:
    try:
        judged = claims(found)
    except foreign_json.WRONG as error:
        hint = "Make it anew: torq-conformance meter IMPLEMENTATION --baseline FILE."
        raise KitError(f"{path} is no whole measurement: {error!r:.100}.", hint) from error
    costs = found.cost("instructions")
    return {
        "name": found.name,
        "version": found.version,
        "language": found.language,
        "claims": [
            {
                "name": one.name,
                "promised": one.promised,
                "found": one.found,
                "state": str(one.state),
            }
            for one in judged
        ],
        "costs": found.streams,
        "rates": {name: loop["rate"] for name, loop in found.loops.items() if "rate" in loop},
        "floors": {
            name: float(work.floor)
            for name, work in WORKLOADS.items()
            if work.floor and name in found.loops
        },
        "books": {
            level: costs[f"order_book_{level}"]
            for level in LEVELS
            if f"order_book_{level}" in costs
        },
        "why_not": found.why_not,
    }
