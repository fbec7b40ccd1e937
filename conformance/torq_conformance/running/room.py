"""Keeps results small enough to be opened, attached and compared, whatever fails.

What gives way is what repeats most: further failures of a cause, then the less frequent problems of
causes, then the last causes. What is left out is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

Json = dict[str, Any]

CAUSES, FAILURES, FINDINGS = 500_000, 900_000, 200_000
"""Bytes in a results file for causes, for failures that are kept whole, for SHOULD findings."""

TEXT_MAX = 300
"""Characters of why a test was lost, or a run ended, that are kept."""


def within_room(document: Json) -> Json:
    """Results of at most two million bytes, with ``left_out`` if something had to give way."""
    causes, causes_left = _causes(document["causes"])
    wanted = {cause["example"]: at for at, cause in enumerate(causes)}
    ranked = sorted(document["failures"], key=lambda one: wanted.get(one["id"], len(wanted)))
    failures, failures_left = _kept(ranked, FAILURES)
    findings, findings_left = _kept(document["findings"], FINDINGS)
    left = {"causes": causes_left, "failures": failures_left, "findings": findings_left}
    ids = {failure["id"] for failure in failures}
    return {
        **document,
        "reasons": [_cut(reason) for reason in document["reasons"]],
        "causes": causes,
        "failures": [one for one in document["failures"] if one["id"] in ids],
        "findings": findings,
        "tests": [{**test, "lost": _cut(test["lost"])} for test in document["tests"]],
        **({"left_out": left} if any(left.values()) else {}),
    }


def _causes(causes: Sequence[Json]) -> tuple[list[Json], int]:
    """The causes that there is room for; from the middle on with their plainest problem alone."""
    whole, _ = _kept(causes, CAUSES // 2)
    # Without gaps: what is listed is the beginning of the list.
    count = next((at for at, one in enumerate(whole) if one is not causes[at]), len(whole))
    short = [{**one, "problems": one["problems"][:1]} for one in causes[count:]]
    rest, left_out = _kept(short, CAUSES // 2)
    return [*causes[:count], *rest], left_out


def _kept(parts: Iterable[Json], room: int) -> tuple[list[Json], int]:
    """The parts that fit into some bytes, in their order, and how many do not."""
    kept, left_out = [], 0
    for part in parts:
        # As it is written: indented, two levels deep.
        size = len(json.dumps([[part]], indent=1))
        if size <= room:
            room -= size
            kept.append(part)
        else:
            left_out += 1
    return kept, left_out


def _cut(text: str) -> str:
    left_out = len(text) - TEXT_MAX
    return text if left_out <= 0 else f"{text[:TEXT_MAX]}... ({left_out} more characters)"
