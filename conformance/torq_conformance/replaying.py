"""Asks an implementation again what it got wrong, from what a results file kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torq_conformance import results
from torq_conformance.cases.case import Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Operation, Placement, Request, Surroundings
from torq_conformance.judging import Judge
from torq_conformance.values import from_json
from torq_specs.registry import Registry


def find(id_: str, path: Path) -> dict[str, Any]:
    """The kept case with that id (its beginning is enough); KitError lists the ids there are."""
    failures = results.load(path).get("failures", [])
    for failure in failures:
        if failure["id"].startswith(id_):
            case: dict[str, Any] = failure["case"]
            return case
    known = ", ".join(failure["id"] for failure in failures[:8]) or "none"
    raise KitError(f"{path} has no failure {id_!r}.", f"It has: {known}.")


def request_from_json(document: dict[str, Any], registry: Registry) -> Request:
    """The request that was kept."""
    operation, argument = Operation(document["operation"]), document["argument"]
    if isinstance(argument, str):
        argument = bytes.fromhex(argument)
    elif operation in {Operation.ENCODE, Operation.VALIDATE}:
        argument = from_json(argument, registry)
    return Request(operation, argument, _placement_from_json(document.get("placement")))


def _placement_from_json(document: dict[str, Any] | None) -> Placement | None:
    if document is None:
        return None
    return Placement(**{**document, "surroundings": Surroundings(document["surroundings"])})


def replay(case: dict[str, Any], judge: Judge) -> bool:
    """Judge a kept case again; True if it passes now. The judge's record has the failure."""
    requests = tuple(request_from_json(one, judge.registry) for one in case["requests"])
    judge.start("replay", len(requests))
    rounds = case.get("rounds", 0)
    return judge.judge(Sequence(case["requirement"], case["label"], requests, rounds))
