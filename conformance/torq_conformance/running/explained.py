"""Finds what a run has to say of a failure or a cause, without asking anybody again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.judging.verdicts import CONTRACT
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import shown
from torq_conformance.report.readable import readable
from torq_conformance.running import results
from torq_conformance.running.replay import find_failure
from torq_specs.registry import Registry
from torq_specs.requirements import Requirement, relay_requirements, requirements

CAUSE = re.compile(r"C[1-9]\d*")
FAILURE = re.compile(r"[0-9a-f]{6,}")


@dataclass(frozen=True)
class Explained:
    """A failure in words, and the requirement that it violates; empty: the contract was broken."""

    text: str
    requirement: str


def failure_in(what: str, path: Path, registry: Registry) -> Explained | None:
    """What a results file has of a cause or a failure; None where the word is neither."""
    if CAUSE.fullmatch(what):
        return _of_cause(what, path, registry)
    if not FAILURE.fullmatch(what):
        return None
    failure = find_failure(what, path, registry, lambda _: None)
    return _explained(failure, results.load(path), path, registry)


def _of_cause(id_: str, path: Path, registry: Registry) -> Explained:
    document = results.load(path)
    causes = {cause["id"]: cause for cause in document.get("causes", ())}
    if id_ not in causes:
        known = f"C1 to C{len(causes)}" if causes else "none"
        raise KitError(f"{path} has no cause {id_}.", f"Its causes: {known}.")
    cause = causes[id_]
    also = f", also {', '.join(cause['also'])}" if cause["also"] else ""
    first = f"{id_} {cause['requirement']}{also}: {shown(cause['problem'])}"
    kept = [one for one in document["failures"] if one["id"] == cause["example"]]
    if not kept:
        return Explained(f"{first}\nNo failure of it was kept whole.", _known(cause["requirement"]))
    rest = _explained(kept[0], document, path, registry)
    return Explained(f"{first}\n\n{rest.text}", rest.requirement)


def _explained(
    failure: dict[str, Any], document: Mapping[str, Any], path: Path, registry: Registry
) -> Explained:
    rule = _rule(failure["requirement"], registry)
    with readable([str(path)]):
        text = failure_text(failure, rule, document["implementation"]["given_as"])
    return Explained(text, _known(failure["requirement"]))


def _known(requirement: str) -> str:
    return "" if requirement == CONTRACT.id else requirement


def _rule(id_: str, registry: Registry) -> Requirement:
    rules = {CONTRACT.id: CONTRACT, **requirements(registry.whole), **relay_requirements()}
    if id_ not in rules:
        raise KitError(
            f"There is no requirement {id_!r:.60}.", "Name the --vendor-specs of the run."
        )
    return rules[id_]
