"""Asks an implementation again: a failure that a results file kept, or golden vectors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from torq_conformance.cases.case import Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Operation, Placement, Request, Surroundings
from torq_conformance.judging.judge import Judge
from torq_conformance.model.values import from_json
from torq_conformance.running import results
from torq_conformance.running.results import ExitCode
from torq_conformance.vectors import reader
from torq_conformance.vectors.reader import GoldenVector
from torq_specs.registry import Registry
from torq_specs.requirements import Level

Kept = dict[str, Any]
"""A case as a results file has it."""


class Answer(StrEnum):
    """What came of asking again."""

    FIXED = "FIXED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    """The implementation could not be asked."""


EXIT_CODES: Mapping[Answer, ExitCode] = {
    Answer.FIXED: ExitCode.CONFORMANT,
    Answer.FAILED: ExitCode.NOT_CONFORMANT,
    Answer.ERROR: ExitCode.INCONCLUSIVE,
}


def find(what: str, results_path: Path) -> Kept | tuple[GoldenVector, ...]:
    """What a file, the id of a golden vector, or the id of a failure stands for."""
    if Path(what).is_file():
        return reader.read_candidates(Path(what))
    vector = reader.find(what)
    if vector is not None:
        return (vector,)
    case: Kept = find_failure(what, results_path)["case"]
    return case


def find_failure(id_: str, path: Path) -> dict[str, Any]:
    """The kept failure of that id (its beginning is enough); KitError lists the ids there are."""
    document = results.load(path)
    failures = [*document.get("failures", ()), *document.get("findings", ())]
    for failure in failures:
        if failure["id"].startswith(id_):
            found: dict[str, Any] = failure
            return found
    known = ", ".join(failure["id"] for failure in failures[:8]) or "none"
    problem = f"{id_!r} is no file, no golden vector, and no failure in {path}."
    raise KitError(problem, f"Its failures are: {known}.")


def requests_of(kept: Kept, registry: Registry) -> tuple[Request, ...]:
    """What was asked when a failure was kept."""
    return tuple(request_from_json(one, registry) for one in kept["requests"])


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


def replay(question: Kept | tuple[GoldenVector, ...], judge: Judge) -> Answer:
    """Judge it again; the judge's record has the failure, if there is one."""
    judge.start("replay", 0)
    if isinstance(question, tuple):
        is_right = all(judge.judge_vector(vector) for vector in question)
    else:
        requests = requests_of(question, judge.registry)
        rounds = question.get("rounds", 0)
        case = Sequence(question["requirement"], question["label"], requests, rounds)
        is_right = judge.judge(case)
        if question.get("level") == Level.SHOULD:
            is_right = is_right and not judge.record.findings
    if not is_right:
        return Answer.FAILED
    is_asked = judge.record.judged and not judge.record.lost
    return Answer.FIXED if is_asked else Answer.ERROR


def why_not_asked(judge: Judge) -> str:
    """One line about an implementation that could not be asked."""
    if judge.record.lost:
        return f"The implementation was lost: {judge.record.lost}. Look at its stderr."
    return "The implementation does not claim what would be asked."
