"""A failure as plain, bounded JSON: what was asked, what is right, what came back.

Whatever an implementation answers, a record takes work in proportion to the answer and room in
proportion to nothing: values are cut to ``NODES_MAX`` parts, bytes to a few windows. Sentences are
made of it in ``report/``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.cases import bundle
from torq_conformance.cases.case import Case
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Outcome,
    OutOfProtocol,
    TimedOut,
    excerpt,
)
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Expectation, Name
from torq_conformance.judging.verdicts import Finding
from torq_conformance.judging.work import Measured
from torq_conformance.model import byte_map
from torq_conformance.model.values import MISSING, Difference, differences
from torq_conformance.rejection import Rejected
from torq_specs.faults import CONTEXT
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import Level

Json = dict[str, Any]

NODES_MAX = 200
"""Parts of one value that are kept."""
TEXT_MAX = 400
"""Characters of one text that are kept."""
BYTES_MAX = 24
"""Bytes of one field that are kept."""
ELEMENTS_MAX = 3
DIFFERENCES_MAX = 6
DIFFERENCES_COUNTED_MAX = 1000
"""Differing fields that are counted."""
FAULTS_MAX = 3
GROUPS_MAX = 4
ROW_SHOWN = 4
"""Calls of a row that are shown, the first ones and the last ones."""

WINDOW = 16
WINDOWS_MAX = 12
"""Windows of sixteen bytes that are kept of a message."""


def failure(
    test: str,
    label: str,
    case: Case | Row,
    vector_id: str,
    finding: Finding,
    others: Sequence[Finding],
    request: Request,
    expectation: Expectation,
    outcome: Outcome,
    registry: Registry = REGISTRY,
) -> Json:
    """The record of one failure; ``others`` are further findings about the same answer."""
    kept = bundle.bundle_of(case, registry)
    level = Level.MUST if finding.is_must else Level.SHOULD
    if not finding.is_must:
        kept["level"] = str(level)
    return {
        "id": vector_id or bundle.bundle_id(kept),
        "requirement": finding.requirement,
        "level": str(level),
        "problem": finding.problem,
        "also": [other.requirement for other in others],
        "test": test,
        "label": label,
        **answer(request, expectation, outcome, registry),
        **({"row": _row(case, request)} if isinstance(case, Row) else {}),
        "case": bundle.packed(kept),
    }


def _row(row: Row, wrong: Request) -> list[Json]:
    """The first and the last calls of a row, and which of them was answered wrong."""
    calls = [*enumerate(row.requests, 1)]
    at = [call for call in calls if call[1] is wrong][:1]
    shown = dict([*calls[:ROW_SHOWN], *at, *calls[-ROW_SHOWN:]])
    return [
        {"call": number, **_asked(request), "is_wrong": request is wrong}
        for number, request in sorted(shown.items(), key=lambda call: call[0])
    ]


def answer(
    request: Request, expectation: Expectation, outcome: Outcome, registry: Registry = REGISTRY
) -> Json:
    """What was asked, what is right, what came back, and where the two differ."""
    return {
        "asked": _asked(request),
        "expected": expected(expectation),
        "got": got(outcome),
        **_where(request, expectation, outcome, registry),
    }


def answer_sought(request: Request, expectation: Expectation) -> Json:
    """What is asked and what is right, before anybody has answered."""
    return {"asked": _asked(request), "expected": expected(expectation)}


def _asked(request: Request) -> Json:
    argument = request.argument
    document: Json = {"operation": str(request.operation)}
    if isinstance(argument, bytes):
        document["size"] = len(argument)
    else:
        document["argument"] = shown(argument)
    if request.placement is not None:
        document["placement"] = str(request.placement)
    if request.look is not None:
        document["placement"] = f"{request.look.probe}"
    return document


def expected(expectation: Expectation) -> Json:
    """What is admissible: an answer, names, or refusals."""
    if isinstance(expectation, Accept):
        return {"answer": shown(expectation.value)}
    if isinstance(expectation, Name):
        groups = [sorted(group) for group in expectation.groups[:GROUPS_MAX]]
        return {"names": groups}
    if isinstance(expectation, Measured):
        return {"answer": shown(vars(expectation))}
    kind = "texts" if isinstance(expectation, Text) else "refusals"
    faults = list(dict.fromkeys(str(fault) for fault in expectation.faults))
    return {kind: faults[:FAULTS_MAX], "count": len(faults)}


def got(outcome: Outcome) -> Json:
    """What came back."""
    match outcome:
        case Accepted(value):
            return {"answer": shown(value)}
        case Rejected():
            return {"refusal": _cut(outcome.kind), "context": _context(outcome)}
        case Crashed(how, detail):
            return {"crash": _cut(how), "detail": excerpt(detail)}
        case TimedOut(deadline, detail):
            return {"deadline": deadline, "detail": excerpt(detail)}
        case OutOfProtocol(why):
            return {"out_of_protocol": _cut(why)}
        case _:
            return {"nothing": type(outcome).__name__}


def _context(refusal: Rejected) -> Json:
    """The context in the order of the table, to be compared with the expected one at a glance."""
    order = CONTEXT.get(refusal.kind, ())  # type: ignore[call-overload]
    known = [name for name in order if name in refusal.context]
    names = [*known, *(name for name in refusal.context if name not in known)]
    nodes = itertools.count()
    return {_cut(name): _shown(refusal.context[name], nodes) for name in names[:NODES_MAX]}


def shown(value: object) -> Any:
    """A value as JSON, cut to ``NODES_MAX`` parts.

    Bytes are ``{"bytes": hex, "size": n}``, lists ``{"list": [...], "count": n}``, mappings
    ``{"map": {...}, "count": n}``, what is not there ``{"missing": true}``; numbers beyond 2^53 are
    ``{"integer": "..."}``, for many readers of JSON would round them.
    """
    return _shown(value, itertools.count())


def _shown(value: object, nodes: Iterator[int]) -> Any:
    if next(nodes) > NODES_MAX:
        return {"cut": True}
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) < 1 << 53 else {"integer": _decimal(value)}
        case str():
            return _cut(value)
        case bytes() | bytearray():
            return {"bytes": bytes(value[:BYTES_MAX]).hex(), "size": len(value)}
        case Mapping():
            parts = itertools.islice(value.items(), NODES_MAX)
            return {
                "map": {_cut(str(k)): _shown(part, nodes) for k, part in parts},
                "count": len(value),
            }
        case list() | tuple():
            elements = [_shown(part, nodes) for part in value[:ELEMENTS_MAX]]
            return {"list": elements, "count": len(value)}
        case _ if value is MISSING:
            return {"missing": True}
        case _:
            return _cut(repr(value))


def _decimal(value: int) -> str:
    # Turning a number of a million digits into text takes minutes, and Python refuses it.
    return str(value) if value.bit_length() <= 4096 else f"a number of {value.bit_length()} bits"


def _cut(text: str) -> str:
    left_out = len(text) - TEXT_MAX
    return text if left_out <= 0 else f"{text[:TEXT_MAX]}... ({left_out} more characters)"


def _where(
    request: Request, expectation: Expectation, outcome: Outcome, registry: Registry
) -> Json:
    right = expectation.value if isinstance(expectation, Accept) else None
    wrong = outcome.value if isinstance(outcome, Accepted) else None
    if isinstance(right, bytes):
        if isinstance(wrong, bytes):
            return _bytes_that_differ(right, wrong, registry)
        return {"bytes": {"expected": windows(right)}}
    document: Json = {}
    found: list[Difference] = []
    if right is not None and wrong is not None:
        found = list(itertools.islice(differences(right, wrong), DIFFERENCES_COUNTED_MAX))
        document["differences"] = {
            "first": [
                {"path": d.path, "expected": shown(d.expected), "got": shown(d.got)}
                for d in found[:DIFFERENCES_MAX]
            ],
            "count": len(found),
        }
    if isinstance(request.argument, bytes):
        paths = [one.path for one in found[:1]]
        marks = [byte_map.bytes_of(request.argument, path, registry) for path in paths]
        document["bytes"] = {"sent": windows(request.argument, *marks)}
    return document


def _bytes_that_differ(right: bytes, wrong: bytes, registry: Registry) -> Json:
    first = byte_map.first_difference(right, wrong)
    if first is None:
        return {}
    marks = byte_map.differing_from(right, wrong, first, WINDOW * WINDOWS_MAX)
    return {
        "place": byte_map.place_at(right, first, registry).path,
        "differing": byte_map.differing_count(right, wrong),
        "bytes": {"expected": windows(right, marks), "got": windows(wrong, marks)},
    }


def windows(data: bytes, marks: Sequence[int] = ()) -> Json:
    """The first bytes of a message and those around ``marks``, sixteen by sixteen.

    ``marks`` are offsets in rising order, also such behind the end of ``data``.
    """
    starts = dict.fromkeys([0, *(mark - mark % WINDOW for mark in marks)])
    if not marks:
        starts = dict.fromkeys(range(0, max(len(data), 1), WINDOW)[:WINDOWS_MAX])
    kept = [*starts][:WINDOWS_MAX]
    end = kept[-1] + WINDOW
    return {
        "size": len(data),
        "rows": [[start, data[start : start + WINDOW].hex()] for start in kept],
        "marked": [mark for mark in marks if mark < end],
    }
