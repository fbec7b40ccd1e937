"""A badge as the endpoint of shields.io reads it: what is reached, and what was not claimed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torq_conformance.implementations.protocol import Capability
from torq_conformance.judging.levels import is_of_relay, levels_of
from torq_conformance.report.foreign_text import shown
from torq_specs.relay_rules import CLAIMS

Json = Mapping[str, Any]

MESSAGE_MAX = 240

LABEL = "Torq V2"


def render(document: Json) -> str:
    """The badge of one run."""
    made = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": shown(" · ".join(_parts(document)), MESSAGE_MAX),
        "color": _colour(document),
    }
    return json.dumps(made, indent=1) + "\n"


def _parts(document: Json) -> list[str]:
    levels = levels_of(document)
    reached = [one["name"] for one in levels["all"] if one["is_reached"]]
    parts = [str(document["conclusion"])]
    new = sum("known" not in cause for cause in document["causes"])
    if new:
        parts.append(f"{new} cause" + ("" if new == 1 else "s"))
    parts.append(f"level {', '.join(reached)}" if reached else _no_level(levels))
    claimed = [str(one) for one in document["implementation"]["capabilities"]]
    if document["exit_code"] == 0:
        parts.append(f"claimed: {', '.join(claimed) or 'nothing beside the rules'}")
    every = CLAIMS if is_of_relay(document) else [str(one) for one in Capability]
    missing = [one for one in every if one not in claimed]
    return [*parts, f"not claimed: {', '.join(missing)}"] if missing else parts


def _no_level(levels: Json) -> str:
    return f"no level ({levels['why_none']})" if "why_none" in levels else "no level"


def _colour(document: Json) -> str:
    if document["exit_code"] == 1:
        return "red"
    is_plain = document["conclusion"] == "conformant" and not document["options"].get(
        "is_in_process"
    )
    return "brightgreen" if document["exit_code"] == 0 and is_plain else "yellow"
