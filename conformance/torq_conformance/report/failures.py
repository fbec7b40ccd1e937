"""One failure in words that can be acted on without reading the source of the kit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Outcome,
    OutOfProtocol,
    TimedOut,
    excerpt,
)
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging.expectations import Accept, Expectation, Name
from torq_conformance.judging.verdicts import Finding
from torq_conformance.model.byte_map import first_difference, place_at
from torq_conformance.model.values import differences
from torq_conformance.rejection import Rejected
from torq_conformance.report.hexdump import hexdump
from torq_specs.faults import CONTEXT, HEADER_LAYOUT
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import Requirement

INDENT = " " * 11
DIFFERENCES_MAX = 6
MARKABLE_BYTES_MAX = 20_000


def describe(
    finding: Finding,
    requirement: Requirement,
    where: str,
    request: Request,
    expectation: Expectation,
    outcome: Outcome,
    reproduce: str,
    registry: Registry = REGISTRY,
) -> str:
    """The whole text of a failure, from the requirement to the line that repeats it."""
    level = "MUST" if finding.is_must else "SHOULD"
    lines = [
        f"{requirement.id} ({level}, section {requirement.section}): {requirement.text}",
        f"  problem  {finding.problem}",
        f"  case     {where}",
        f"  sent     {sent(request)}",
        f"  expected {expected(expectation)}",
        f"  got      {_got(outcome)}",
        *_evidence(request, expectation, outcome, registry),
        f"  to repeat it: {reproduce}",
    ]
    return "\n".join(line.rstrip() for line in lines)


def sent(request: Request) -> str:
    """The request in one line."""
    where = "" if request.placement is None else f", where {request.placement}"
    if isinstance(request.argument, bytes):
        return f"{request.operation} {len(request.argument)} bytes{where}"
    return f"{request.operation} {_short(request.argument)}{where}"


def expected(expectation: Expectation) -> str:
    """The expectation in one line."""
    if isinstance(expectation, Accept):
        return _answer(expectation.value)
    if isinstance(expectation, Name):
        named = "; ".join(" or ".join(sorted(group)) for group in expectation.groups[:4])
        return f"the names {named}" if named else "no names: every rule holds"
    faults = list(dict.fromkeys(str(fault) for fault in expectation.faults))
    more = f", or one of {len(faults) - 3} more" if len(faults) > 3 else ""
    return f"a refusal: {', or '.join(faults[:3])}{more}"


def _got(outcome: Outcome) -> str:
    match outcome:
        case Accepted(value):
            return _answer(value)
        case Rejected():
            return f"a refusal: {_in_table_order(outcome)}"
        case Crashed(how, detail):
            return f"a crash: {how}" + _tail(detail)
        case TimedOut(deadline, detail):
            return f"nothing within {deadline:g} s" + _tail(detail)
        case OutOfProtocol(why):
            return why
        case _:
            return type(outcome).__name__


def _in_table_order(refusal: Rejected) -> Rejected:
    """The same refusal, to be compared with the expected one at a glance."""
    order = CONTEXT.get(refusal.kind, ())  # type: ignore[call-overload]
    known = {name: refusal.context[name] for name in order if name in refusal.context}
    return Rejected(refusal.kind, **{**known, **refusal.context})


def _tail(detail: str) -> str:
    return "".join(f"\n{INDENT}{line}" for line in excerpt(detail))


def _answer(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return _short(value)


def _short(value: Any) -> str:
    try:
        text = _text(value)
    except RecursionError:
        return "a value that is nested without end"
    return text if len(text) <= 400 else f"{text[:397]}..."


def _text(value: Any) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_text(part)}" for key, part in value.items()) + "}"
        case list():
            more = f", ... {len(value)} in all" if len(value) > 3 else ""
            return "[" + ", ".join(_text(part) for part in value[:3]) + more + "]"
        case bytes():
            return f"<{len(value)} bytes {value[:24].hex()}{'...' if len(value) > 24 else ''}>"
        case _:
            return repr(value)


def _evidence(
    request: Request, expectation: Expectation, outcome: Outcome, registry: Registry
) -> Iterator[str]:
    right = expectation.value if isinstance(expectation, Accept) else None
    wrong = outcome.value if isinstance(outcome, Accepted) else None
    if isinstance(right, bytes):
        if isinstance(wrong, bytes):
            yield from _two_dumps(right, wrong, registry)
        else:
            yield "  the bytes that were expected"
            yield hexdump(right, indent="    ")
        return
    marked: set[int] = set()
    if right is not None and wrong is not None:
        found = list(differences(right, wrong))
        for difference in found[:DIFFERENCES_MAX]:
            path = difference.path or "the answer"
            yield f"{INDENT}{path}: expected {_text(difference.expected)}, "
            yield f"{INDENT}  got {_text(difference.got)}"
        if len(found) > DIFFERENCES_MAX:
            yield f"{INDENT}... {len(found)} differences in all"
        if found and isinstance(request.argument, bytes):
            marked = bytes_of(request.argument, found[0].path, registry)
    if isinstance(request.argument, bytes):
        yield f"  the bytes that were sent{', the first wrong field marked' if marked else ''}"
        yield hexdump(request.argument, marked, indent="    ")


def _two_dumps(right: bytes, wrong: bytes, registry: Registry) -> Iterator[str]:
    differing = [
        at for at in range(max(len(right), len(wrong))) if right[at : at + 1] != wrong[at : at + 1]
    ]
    first = first_difference(right, wrong)
    if first is None:
        return
    yield f"  {len(differing)} bytes differ, first in {place_at(right, first, registry).path}"
    yield "  expected"
    yield hexdump(right, differing, indent="    ")
    yield "  got"
    yield hexdump(wrong, differing, indent="    ")


def bytes_of(data: bytes, path: str, registry: Registry = REGISTRY) -> set[int]:
    """The offsets of the bytes of ``data`` that carry the field ``path`` of the neutral value."""
    if len(data) > MARKABLE_BYTES_MAX:
        return set()
    names = {f"header.{leaf.path}": leaf for leaf in HEADER_LAYOUT.leaves}
    if path in names:
        return set(range(names[path].offset, names[path].end))
    return {at for at in range(32, len(data)) if _covers(place_at(data, at, registry).path, path)}


def _covers(place: str, wanted: str) -> bool:
    return place.partition(" (")[0] == wanted
