"""Turns a failure that a results file kept into a candidate for a golden vector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torq_conformance.cases.bundle import case_of
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.errors import KitError
from torq_conformance.model import foreign_json
from torq_conformance.report import output_file
from torq_conformance.running import results
from torq_conformance.running.replay import KEPT, find_failure
from torq_conformance.vectors.content import vector_of
from torq_conformance.vectors.files import vectors_text
from torq_conformance.vectors.flags import FLAGS
from torq_conformance.vectors.selection import Chosen
from torq_specs.registry import REGISTRY


def keep(failure_id: str, results_path: Path, folder: Path, tell: Callable[[str], object]) -> Path:
    """Write the failure of that id, or the first one, as a file of one vector; returns its path.

    ``tell`` is called with a sentence where the results speak of another specification.
    """
    document = results.load(results_path)
    if document["options"].get("vendor_specs"):
        raise KitError(
            "Golden vectors hold no vendor types of one's own.", "Run without --vendor-specs."
        )
    if not document.get("failures"):
        raise KitError(f"{results_path} has no failures.", "There is nothing to keep.")
    kept = find_failure(failure_id, results_path, REGISTRY, tell)
    try:
        vector = _vector(kept["case"])
    except foreign_json.WRONG as error:
        problem = f"The failure {kept['id']!r} in {results_path} cannot be kept: {error}."
        raise KitError(problem, "Run the suite again.") from error
    head = {
        "title": "Candidate",
        "description": "A failure that was kept.",
        "count": 1,
        "notes": {KEPT: vars(FLAGS[KEPT])},
        "latitudes": {},
    }
    path = folder / f"{vector['id']}.json"
    output_file.write(path, vectors_text(head, [vector]), "Name another folder with --folder.")
    return path


def _vector(kept: dict[str, Any]) -> dict[str, Any]:
    row = case_of(kept)
    if row.rounds or any(request.placement is not None for request in row.requests):
        raise KitError(
            "No vector can hold threads or places in memory.",
            "Ask again with torq-conformance replay and the id of the failure.",
        )
    case: Case | Sequence = row
    if len(row.requests) == 1:
        case = Case(row.requirement, row.label, row.requests[0])
    return vector_of(Chosen(case, (KEPT,), "kept"))
