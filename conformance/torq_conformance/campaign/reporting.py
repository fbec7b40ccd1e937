"""A campaign as a page, as JSON and as pictures: how what was judged and found has grown."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.campaign import summary
from torq_conformance.campaign.ledger import Ledger
from torq_conformance.campaign.suite_of import registry_of
from torq_conformance.report.page import page
from torq_conformance.report.page.curves import Curve, svg
from torq_specs.registry import Registry

Json = dict[str, Any]

FORMAT = 1


@dataclass(frozen=True)
class Made:
    """Everything that is told of a campaign: the results document, curves and facts."""

    document: Json
    curves: dict[str, Curve]
    facts: dict[str, str]
    digests: dict[str, str]
    registry: Registry


def made(ledger: Ledger, vendor_specs: str | None) -> Made:
    """What a ledger tells; KitError where it is of another suite."""
    registry = registry_of(ledger, vendor_specs)
    found = summary.sums(ledger)
    finds = [*ledger.finds(summary.FINDS_MAX)]
    census, covered = summary.covered(ledger, registry)
    document = {**summary.results_of(ledger, registry, found, finds), "features": census}
    curves = {
        "judged": Curve("Judged over time", summary.grown(ledger.growth(), found.units)),
        "causes": Curve("Causes by first sight", _first_sights(document, finds)),
        "cells": Curve("Cells covered: pairs of classes met", covered),
    }
    flaky = sum(bool(one.flaky) for one in finds)
    facts = {
        "judged": f"{found.judged:,} questions in {found.units:,} units",
        "failed": f"{found.failed:,} answers, {len(finds):,} finds, {flaky:,} of them flaky",
        "classes met": f"{census['classes_met']:,} of {census['classes']:,}",
        "pairs met": f"{census['pairs_met']:,} of {census['pairs']:,}",
        "time of workers": f"{found.seconds / 3600:,.2f} hours",
        **{f"cell: {name}": f"{count:,} judged" for name, count in found.cells.most_common(20)},
        **{f"by {name}": f"{count:,} judged" for name, count in found.workers.most_common(20)},
    }
    digests = {"stream": found.digest, "finds": summary.finds_digest(ledger.finds())}
    return Made(document, curves, facts, digests, registry.whole)


def _first_sights(document: Json, finds: list[Any]) -> list[summary.Point]:
    """When each cause was first seen: its problems are those of finds."""
    first: dict[str, float] = {}
    for one in finds:
        problem = one.signature["problem"]
        first[problem] = min(one.at, first.get(problem, one.at))
    moments = []
    for cause in document["causes"]:
        seen = [first[row["problem"]] for row in cause["problems"] if row["problem"] in first]
        if seen:
            moments.append((min(seen), 1.0))
    return summary.grown(sorted(moments), len(moments))


def page_of(one: Made, name: str) -> str:
    """The page: that of the results, with the curves; its commands name a results file."""
    results = str(Path(name).with_suffix(".json"))
    write = f"torq-conformance campaign finds {shlex.quote(name)} --results {shlex.quote(results)}"
    campaign = {"facts": {**one.facts, "before replay": write}, "curves": [*one.curves.values()]}
    return page.render({results: one.document}, registry=one.registry, campaign=campaign)


def json_of(one: Made) -> str:
    """Everything as a JSON document."""
    content = {
        "format": FORMAT,
        "digests": one.digests,
        "facts": one.facts,
        "curves": {key: [*curve.points] for key, curve in one.curves.items()},
        "results": one.document,
    }
    return f"{json.dumps(content, indent=1)}\n"


def pictures_of(one: Made) -> dict[str, str]:
    """The curves as SVG documents, by the names of their files."""
    return {f"{key}.svg": svg(curve) for key, curve in one.curves.items()}
