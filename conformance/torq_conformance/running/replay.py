"""Asks an implementation again: a failure that a results file kept, or golden vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from torq_conformance.cases.bundle import case_of
from torq_conformance.errors import KitError
from torq_conformance.judging.expectations import expect
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.verdicts import rule_of
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError
from torq_conformance.running import provenance, results
from torq_conformance.running.results import ExitCode
from torq_conformance.vectors import reader
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import GoldenVector
from torq_specs.registry import Registry
from torq_specs.requirements import Level

KEPT = "Reproduction"
"""The flag of vectors that were failures."""

WATCHED = "watched"
"""What a case has that passed by, and of which nobody was asked before."""

Kept = dict[str, Any]
"""A case as a results file has it."""


class Answer(StrEnum):
    """What came of asking again."""

    FIXED = "FIXED"
    """What had failed is right now."""
    PASSED = "PASSED"
    """Right, of which nobody knows that it ever failed."""
    FAILED = "FAILED"
    ERROR = "ERROR"
    """The implementation could not be asked."""


EXIT_CODES: Mapping[Answer, ExitCode] = {
    Answer.FIXED: ExitCode.CONFORMANT,
    Answer.PASSED: ExitCode.CONFORMANT,
    Answer.FAILED: ExitCode.NOT_CONFORMANT,
    Answer.ERROR: ExitCode.INCONCLUSIVE,
}


def find(
    what: str, results_path: Path, registry: Registry, tell: Callable[[str], object]
) -> Kept | tuple[GoldenVector, ...]:
    """What a file, the id of a golden vector, or the id of a failure stands for.

    ``tell`` is called with a sentence where results speak of another specification.
    """
    if Path(what).is_file():
        return reader.read_candidates(Path(what))
    vector = reader.find(what)
    if vector is not None:
        return (vector,)
    case: Kept = (
        _watched(what, results_path) or find_failure(what, results_path, registry, tell)["case"]
    )
    try:
        _check_askable(case, registry)
    except foreign_json.WRONG as error:
        problem = f"The failure {what!r} in {results_path} cannot be asked: {error}."
        raise KitError(problem, "Run the suite again.") from error
    return case


def _check_askable(kept: Kept, registry: Registry) -> None:
    """Raise something where the specification does not know what is right for a kept case."""
    rule_of(kept["requirement"], registry)
    for request in case_of(kept, registry).requests:
        expect(request, registry)


def _watched(id_: str, path: Path) -> Kept | None:
    """The message of that id that ``watch`` has kept, as a case; None of any other file."""
    try:
        document = foreign_json.read(path)
    except (OSError, FormError):
        return None
    if not isinstance(document, dict) or "watched" not in document:
        return None
    examples = document.get("examples")
    kept = [one for one in examples if isinstance(one, dict)] if isinstance(examples, list) else []
    for one in kept:
        if str(one.get("id")).startswith(id_) and isinstance(one.get("case"), dict):
            return {**one["case"], WATCHED: True}
    known = ", ".join(str(one.get("id")) for one in kept[:8]) or "none"
    raise KitError(f"{path} has kept no message {id_!r}.", f"It has: {known}.")


def find_failure(
    id_: str, path: Path, registry: Registry, tell: Callable[[str], object]
) -> dict[str, Any]:
    """The kept failure of that id (its beginning is enough); KitError lists the ids there are."""
    document = results.load(path)
    notice = provenance.differences(document, registry)
    if notice:
        tell(f"{path}: {notice}")
    failures = [*document.get("failures", ()), *document.get("findings", ())]
    for failure in failures:
        if failure["id"].startswith(id_):
            found: dict[str, Any] = failure
            return found
    known = ", ".join(failure["id"] for failure in failures[:8]) or "none"
    problem = f"{id_!r} is no file, no golden vector, and no failure in {path}."
    raise KitError(problem, f"Its failures are: {known}.")


def replay(question: Kept | tuple[GoldenVector, ...], judge: Judge) -> Answer:
    """Judge it again; the judge's record has the failure, if there is one."""
    judge.start("replay", 0)
    if isinstance(question, tuple):
        is_right = all(judge_vector(judge, vector) for vector in question)
    else:
        is_right = judge.judge(case_of(question, judge.registry))
        if question.get("level") == Level.SHOULD:
            is_right = is_right and not judge.record.findings
    if not is_right:
        return Answer.FAILED
    if not judge.record.judged or judge.record.lost:
        return Answer.ERROR
    return Answer.FIXED if _has_failed(question) else Answer.PASSED


def _has_failed(question: Kept | tuple[GoldenVector, ...]) -> bool:
    """Whether it is a failure that a run has kept, and no vector that somebody else wrote."""
    if not isinstance(question, tuple):
        return WATCHED not in question
    return all(KEPT in vector.document["flags"] for vector in question)


def why_not_asked(judge: Judge) -> str:
    """One line about an implementation that could not be asked."""
    if judge.record.lost:
        return f"The implementation was lost: {judge.record.lost}. Look at its stderr."
    return "The implementation does not claim what would be asked."
