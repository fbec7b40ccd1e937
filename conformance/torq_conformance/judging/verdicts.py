"""Holds an outcome against an expectation: what is violated, and by which sentence of the protocol.

A case names the requirement that it is about. Where the answer itself shows a more exact one (a
valid message refused for its checksum, a padding byte written as garbage), that one is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject
from torq_conformance.model.byte_map import Place, first_difference, place_at
from torq_conformance.model.values import Difference, differences
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, Fault, FaultKind, Frame, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Padding
from torq_specs.registry import REGISTRY, STANDARD_SIZE_MAX, Registry
from torq_specs.requirements import layout_requirement_id


class Verdict(StrEnum):
    """What is said of a requirement in the end."""

    PASS = "pass"
    SHOULD = "pass with SHOULD findings"
    FAIL = "fail"
    NOT_CLAIMED = "not claimed"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"


PROBLEM_MAX = 400
"""Characters of a problem; an implementation may answer with a megabyte of reasons."""


@dataclass(frozen=True)
class Finding:
    """One violated requirement; ``problem`` is one line. ``is_must`` False: a SHOULD finding."""

    requirement: str
    problem: str
    is_must: bool = True

    def __post_init__(self) -> None:
        line = self.problem[: PROBLEM_MAX + 1].replace("\n", "\\n").replace("\r", "\\r")
        more = f"... ({len(self.problem) - PROBLEM_MAX} more characters)"
        if len(self.problem) > PROBLEM_MAX:
            line = line[:PROBLEM_MAX] + more
        object.__setattr__(self, "problem", line)


GENERAL = frozenset({"RT-VALUE", "RT-BYTES", "STATE-INDEPENDENT", "VAL-STRUCTURAL", "ERR-ENCODE"})
"""Requirements about whole messages; a difference in a field is attributed to the field's own."""

HEADER_FIELDS = {
    "magic": "HDR-MAGIC",
    "relay_domain": "HDR-DOMAIN",
    "version": "HDR-VERSION",
    "source": "HDR-SOURCE",
    "flags": "HDR-FLAGS",
    "payload_size": "HDR-PAYLOAD-SIZE",
    "checksum": "CHK-VALUE",
}
"""The requirement that speaks of a header field; HDR-LAYOUT for the others."""

RULE_MISREAD = {
    FaultKind.CHECKSUM_MISMATCH: "CHK-VALUE",
    FaultKind.INVALID_MAGIC: "HDR-MAGIC",
    FaultKind.INVALID_RELAY_DOMAIN: "HDR-DOMAIN",
    FaultKind.UNSUPPORTED_VERSION: "HDR-VERSION",
    FaultKind.UNKNOWN_SOURCE: "HDR-SOURCE",
    FaultKind.INVALID_TLV_TYPE: "TLV-TYPE",
    FaultKind.RELAY_DOMAIN_MISMATCH: "TLV-DOMAIN",
    FaultKind.PAYLOAD_SIZE_MISMATCH: "REG-SIZE",
    FaultKind.MESSAGE_TOO_LARGE: "MSG-TOO-LARGE",
}
"""What a valid message was refused for shows which rule is misread."""


UNSUPPORTED = "is claimed but was unsupported"
"""How the problem of a claimed operation ends that the implementation does not offer."""


def judge(
    requirement: str,
    request: Request,
    expectation: Expectation,
    outcome: Outcome,
    capabilities: AbstractSet[Capability],
    registry: Registry = REGISTRY,
) -> tuple[Finding, ...]:
    """Everything that an outcome violates; nothing means pass. Lost outcomes cannot be judged."""
    match outcome:
        case Lost():
            raise ValueError("a lost outcome decides no verdict")
        case Unsupported():
            return (Finding(requirement, f"{request.operation} {UNSUPPORTED}"),)
        case Crashed(how):
            return _broken(requirement, expectation, f"crashed: {how}")
        case TimedOut(deadline):
            return _broken(requirement, expectation, f"gave no answer within {deadline:g} s")
        case OutOfProtocol(why):
            return _broken(requirement, expectation, why)
        case Accepted(value) if isinstance(expectation, Accept):
            return tuple(_unequal(requirement, request, expectation.value, value, registry))
        case Accepted(value) if isinstance(expectation, Name):
            return tuple(_misnamed(requirement, request, expectation, value, registry))
        case Accepted(value):
            assert isinstance(expectation, Reject)
            return tuple(_wrongly_accepted(requirement, request, expectation, value, capabilities))
        case Rejected() if isinstance(expectation, Accept) and _may_refuse(expectation, outcome):
            reject = Reject(expectation.or_refused)
            return tuple(_refusal(requirement, request, reject, outcome, capabilities))
        case Rejected() if isinstance(expectation, Accept | Name):
            rule = _requirement_of_refusal(requirement, outcome)
            return (Finding(rule, f"what is valid was refused: {outcome}"),)
        case Rejected():
            assert isinstance(expectation, Reject)
            return tuple(_refusal(requirement, request, expectation, outcome, capabilities))


def _may_refuse(expectation: Accept, outcome: Rejected) -> bool:
    return outcome.kind in {fault.kind for fault in expectation.or_refused}


def also_judged(expectation: Expectation, outcome: Outcome) -> Iterator[str]:
    """Requirements that every refusal judges beside the one that its case is about.

    Those on context count for implementations that claim error_context.
    """
    if not isinstance(expectation, Reject):
        return
    yield "ERR-NO-CRASH"
    if isinstance(outcome, Rejected) and outcome.kind in {f.kind for f in expectation.faults}:
        must = CONTEXT_MUST.get(FaultKind(outcome.kind), ())
        if must:
            yield "ERR-CONTEXT-MUST"
        if {*CONTEXT[FaultKind(outcome.kind)]} - {*must, FREE_TEXT.get(FaultKind(outcome.kind))}:
            yield "ERR-CONTEXT-SHOULD"


def _requirement_of_refusal(requirement: str, outcome: Rejected) -> str:
    kind = outcome.kind
    if kind == FaultKind.CHECKSUM_MISMATCH:
        return "CHK-VALUE"
    speaks_of_values = requirement in GENERAL or requirement.startswith(("LAYOUT-", "HDR-LAYOUT"))
    if speaks_of_values and kind in FaultKind._value2member_map_:
        return RULE_MISREAD.get(FaultKind(kind), requirement)
    return requirement


def _broken(requirement: str, expectation: Expectation, problem: str) -> tuple[Finding, ...]:
    if isinstance(expectation, Reject) and requirement != "ERR-NO-CRASH":
        return (Finding(requirement, problem), Finding("ERR-NO-CRASH", problem))
    return (Finding(requirement, problem),)


def _unequal(
    requirement: str, request: Request, expected: Any, got: Any, registry: Registry
) -> Iterator[Finding]:
    # Adapters hand over exact types only, so equal is the same.
    if expected == got:
        return
    if isinstance(expected, bytes) and isinstance(got, bytes):
        offset = first_difference(expected, got)
        if offset is not None:
            place = place_at(expected, offset, registry)
            problem = f"byte {offset} is wrong: {place.path}"
            if len(expected) != len(got):
                sizes = f"{len(got):,} bytes where {len(expected):,} are expected"
                problem = f"{sizes}; they differ first at byte {offset}: {place.path}"
            rule = _requirement_of_bytes(requirement, expected, got, place, registry)
            yield Finding(rule, problem)
        return
    first = next(differences(expected, got), None)
    if first is not None:
        named = first.path or "the answer"
        problem = f"{named} is {_shown(first.got)}, not {_shown(first.expected)}"
        yield Finding(
            _requirement_of_value(requirement, request, first, expected, registry), problem
        )


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    text = text or "no bytes"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _requirement_of_bytes(
    requirement: str, expected: bytes, got: bytes, place: Place, registry: Registry
) -> str:
    if place.part == "header" and place.leaf is not None:
        return HEADER_FIELDS.get(place.leaf.path, "HDR-LAYOUT")
    if place.frame is None:
        return requirement
    if place.part == "frame":
        if _is_framed_otherwise(place.frame, got):
            return "TLV-SHORTEST"
        if requirement.startswith("TLV-"):
            return requirement
        if _is_of_another_size(place.frame, got):
            return "REG-SIZE" if requirement in GENERAL else requirement
        return "TLV-EXTENDED" if place.frame.is_extended else "TLV-STANDARD"
    if place.leaf is None:
        return "REG-OPAQUE" if requirement in GENERAL else requirement
    return _requirement_of_leaf(requirement, expected, place, registry)


def _is_framed_otherwise(expected: Frame, got: bytes) -> bool:
    """Whether the same TLV is there, extended instead of standard or the other way round."""
    return any(
        (frame.offset, frame.number, frame.size)
        == (expected.offset, expected.number, expected.size)
        and frame.is_extended != expected.is_extended
        for frame in frames(got[HEADER_SIZE:])
    )


def _is_of_another_size(expected: Frame, got: bytes) -> bool:
    """Whether the TLV is framed as it must be, for a value of the wrong size."""
    payload = got[HEADER_SIZE:]
    written = list(frames(payload))
    return any(
        frame.offset == expected.offset
        and frame.number == expected.number
        and frame.size not in {None, expected.size}
        and frame.is_extended == ((frame.size or 0) > STANDARD_SIZE_MAX)
        and written[-1].end == len(payload)
        for frame in written
    )


def _requirement_of_leaf(
    requirement: str, expected: bytes, place: Place, registry: Registry
) -> str:
    assert place.leaf is not None
    assert place.frame is not None
    path = place.leaf.path
    vector, is_slot, rest = path.partition("[")
    if is_slot and int(rest.partition("]")[0]) >= _count(expected, place, vector, registry):
        return "VEC-SLOTS"
    if isinstance(place.leaf.type, Padding):
        return "PAD-ENCODE"
    if place.leaf.is_count and not requirement.startswith("VEC-"):
        return "VEC-COUNT"
    if requirement in GENERAL:
        return layout_requirement_id(registry[place.frame.number or 0])
    return requirement


def _count(expected: bytes, place: Place, vector: str, registry: Registry) -> int:
    assert place.frame is not None
    layout = registry[place.frame.number or 0].layout
    assert layout is not None
    at = HEADER_SIZE + place.frame.value_offset + layout.field(vector).offset
    return int.from_bytes(expected[at : at + 2], "little")


def _requirement_of_value(
    requirement: str, request: Request, first: Difference, expected: Any, registry: Registry
) -> str:
    if request.operation not in {Operation.DECODE, Operation.ENCODE}:
        return requirement
    part, _, name = first.path.partition(".")
    if part == "header":
        return HEADER_FIELDS.get(name, "HDR-LAYOUT")
    if requirement not in GENERAL or not part.startswith("tlvs["):
        return requirement
    index = int(part[5:-1])
    if not name.startswith("value") or index >= len(expected["tlvs"]):
        return "TLV-ORDER"
    line = registry[expected["tlvs"][index]["type"]]
    return layout_requirement_id(line) if line.layout is not None else "REG-OPAQUE"


def _misnamed(
    requirement: str, request: Request, expectation: Name, got: Any, registry: Registry
) -> Iterator[Finding]:
    admissible = expectation.optional.union(*expectation.groups)
    for name in got:
        if name not in admissible:
            rule = _rule_about(name, requirement, request, registry)
            yield Finding(rule, f"names {_shown(name)}, which breaks no rule")
            return
    named = set(got)
    rules = expectation.rules or (requirement,) * len(expectation.groups)
    for rule, group in zip(rules, expectation.groups, strict=True):
        if group.isdisjoint(named):
            yield Finding(rule, f"does not name {' or '.join(sorted(group))}")
            return


def _rule_about(name: str, requirement: str, request: Request, registry: Registry) -> str:
    """The rule that a field was named for, though nothing is wrong with it.

    The case's own where that is about the field; else the first rule of the message's types.
    """
    message: Any = request.argument
    path = re.sub(r"\[\d+\]", "", name)
    lines = [registry.get(tlv["type"]) for tlv in message["tlvs"]]
    ids = [
        line.rule_id(rule)
        for line in dict.fromkeys(line for line in lines if line is not None)
        for rule in line.rules
        if path in rule.operands or path in {one.partition(".")[0] for one in rule.operands}
    ]
    return requirement if requirement in ids or not ids else ids[0]


def _wrongly_accepted(
    requirement: str,
    request: Request,
    expectation: Reject,
    value: Any,
    capabilities: AbstractSet[Capability],
) -> Iterator[Finding]:
    wanted = " or ".join(sorted({fault.kind.value for fault in expectation.faults}))
    if expectation.lenient is None:
        yield Finding(requirement, f"accepted what must be refused as {wanted}")
        return
    first = next(differences(expectation.lenient.value, value), None)
    if first is not None:
        problem = f"neither refused nor read right: {first.path} is {_shown(first.got)}, "
        yield Finding(requirement, f"{problem}not {_shown(first.expected)}")
        return
    strict = Capability.STRICT_PADDING in capabilities
    problem = "non-zero padding was accepted" + (" despite strict_padding" if strict else "")
    yield Finding("PAD-DECODE", problem, is_must=strict)


def _refusal(
    requirement: str,
    request: Request,
    expectation: Reject,
    outcome: Rejected,
    capabilities: AbstractSet[Capability],
) -> Iterator[Finding]:
    faults = [fault for fault in expectation.faults if fault.kind == outcome.kind]
    if not faults:
        wanted = " or ".join(sorted({fault.kind.value for fault in expectation.faults}))
        yield Finding(requirement, f"refused as {outcome.kind}, not as {wanted}")
    elif Capability.ERROR_CONTEXT in capabilities:
        yield from _context(request, faults, outcome)


def _context(request: Request, faults: list[Fault], outcome: Rejected) -> Iterator[Finding]:
    kind = FaultKind(outcome.kind)
    is_encode = request.operation is Operation.ENCODE
    for is_must in (True, False):
        names = [
            name
            for name in CONTEXT[kind]
            if (name in CONTEXT_MUST.get(kind, ())) is is_must
            and name != FREE_TEXT.get(kind)
            and not (is_encode and name == "offset")
        ]
        right = [f for f in faults if all(f.admits(n, outcome.context.get(n)) for n in names)]
        if not right:
            wrong = min((_wrong_context(fault, names, outcome) for fault in faults), key=len)
            id_ = "ERR-CONTEXT-MUST" if is_must else "ERR-CONTEXT-SHOULD"
            yield Finding(id_, f"{kind}: {'; '.join(wrong)}", is_must=is_must)
            return
        faults = right


def _wrong_context(fault: Fault, names: list[str], outcome: Rejected) -> list[str]:
    return [
        f"{name} is {_shown(outcome.context[name])}, not {fault.context[name]}"
        if name in outcome.context
        else f"{name} is missing, it is {fault.context[name]}"
        for name in names
        if not fault.admits(name, outcome.context.get(name))
    ]
