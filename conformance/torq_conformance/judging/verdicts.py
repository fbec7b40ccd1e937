"""Holds an outcome against an expectation: what is violated, and by which sentence of the protocol.

A case names the requirement that it is about. Where the answer itself shows a more exact one (a
valid message refused for its checksum, a padding byte written as garbage), that one is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.judging import attribution, error_texts, settings, views
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject
from torq_conformance.judging.work import Measured
from torq_conformance.model import derived_codec
from torq_conformance.model.byte_map import first_difference, place_at
from torq_conformance.model.values import differences
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, MEANINGS, Fault, FaultKind
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import Level, Requirement, requirements
from torq_specs.rules import Rule


class Verdict(StrEnum):
    """What is said of a requirement in the end."""

    PASS = "pass"
    DECODE_ONLY = "pass (decode only)"
    SHOULD = "pass with SHOULD findings"
    FAIL = "fail"
    NOT_CLAIMED = "not claimed"
    INCONCLUSIVE = "inconclusive"
    NOT_JUDGED = "not judged"


PROBLEM_MAX = 400
"""Characters of a problem; an implementation may answer with a megabyte of reasons."""


@dataclass(frozen=True)
class Finding:
    """One violated requirement; ``problem`` is one line. ``is_must`` False: a SHOULD finding.

    ``deviations`` say in which ways the answer is wrong, the one it is attributed to first.
    """

    requirement: str
    problem: str
    is_must: bool = True
    deviations: tuple[Deviation, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, problem: str, deviations: Iterable[Deviation], *, is_must: bool = True) -> Finding:
        """The finding of an answer that is wrong in these ways."""
        ways = tuple(deviations)
        return cls(ways[0].requirement, problem, is_must, ways)

    @property
    def ways(self) -> tuple[Deviation, ...]:
        """The deviations; where there is nothing to tell them apart by, the requirement is one."""
        return self.deviations or (Deviation(self.requirement, self.requirement),)

    @property
    def all_requirements(self) -> list[str]:
        """The requirements that speak of the very same thing, that of the finding first."""
        subject = self.ways[0].subject
        same = [way.requirement for way in self.ways if way.subject == subject]
        return [*dict.fromkeys([self.requirement, *same])]

    def __post_init__(self) -> None:
        line = self.problem[:PROBLEM_MAX].replace("\n", "\\n").replace("\r", "\\r")
        more = f"... ({len(self.problem) - PROBLEM_MAX} more characters)"
        if len(self.problem) > PROBLEM_MAX:
            line = line[:PROBLEM_MAX] + more
        object.__setattr__(self, "problem", line)


CONTRACT = Requirement(
    attribution.CONTRACT_ID,
    Level.MUST,
    "An answer has the form that the contract between the kit and an implementation gives it.",
    "-",
)
"""What an implementation breaks whose answer is none; it stands in no section of the protocol."""


def rule_of(id_: str, registry: Registry = REGISTRY) -> Requirement:
    """The requirement of an id that a finding has: one of the protocol, or the contract."""
    return CONTRACT if id_ == CONTRACT.id else requirements(registry.whole)[id_]


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
    expectation = _as_claimed(expectation, capabilities, registry)
    if not isinstance(outcome, Entangled):
        return _found(requirement, request, expectation, outcome, capabilities, registry)
    plain = Accepted(outcome.value)
    # If the answer is wrong, then because of it.
    wrong = _found(requirement, request, expectation, plain, capabilities, registry)
    return wrong or (Finding.of(outcome.why, [Deviation(CONTRACT.id, "contract")]),)


def _as_claimed(
    expectation: Expectation, capabilities: AbstractSet[Capability], registry: Registry
) -> Expectation:
    """Who looks at padding sees it before what is meant; the others see what is meant alone.

    What an unclaimed type is carried as has no padding, so there both stay.
    """
    is_strict = Capability.STRICT_PADDING in capabilities and not registry.unclaimed
    if not isinstance(expectation, Reject) or not is_strict:
        return expectation
    form = tuple(one for one in expectation.faults if one.kind is not FaultKind.VALIDATION_FAILED)
    return replace(expectation, faults=form) if form else expectation


def _found(  # noqa: PLR0912  # outcome by expectation, one table
    requirement: str,
    request: Request,
    expectation: Expectation,
    outcome: Outcome,
    capabilities: AbstractSet[Capability],
    registry: Registry,
) -> tuple[Finding, ...]:
    match outcome:
        case Lost():
            raise ValueError("a lost outcome decides no verdict")
        case Unsupported():
            way = Deviation(requirement, f"{request.operation} unsupported")
            # Nobody claims a round trip: it is made of the two that are claimed.
            is_both = request.operation is Operation.ROUNDTRIP
            name = "decode or encode" if is_both else request.operation
            return (Finding.of(f"{name} {UNSUPPORTED}", [way]),)
        case Crashed(how):
            broken = _broken(requirement, request, expectation, outcome, registry)
            return (Finding.of(f"crashed: {how}", broken),)
        case TimedOut(deadline):
            broken = _broken(requirement, request, expectation, outcome, registry)
            return (Finding.of(f"gave no answer within {deadline:g} s", broken),)
        case OutOfProtocol(why):
            return (Finding.of(why, [Deviation(CONTRACT.id, "contract")]),)
        case Accepted(value) if isinstance(expectation, Accept):
            if request.look is not None:
                return tuple(
                    Finding.of(problem, _of_look(requirement, request, kind, path, registry))
                    for problem, kind, path in views.unlike(expectation.value, value)
                )
            return tuple(_unequal(requirement, request, expectation, value, registry))
        case Accepted(value) if isinstance(expectation, Name):
            return tuple(_misnamed(requirement, request, expectation, value, registry))
        case Accepted(value) if isinstance(expectation, Text):
            return tuple(_misworded(expectation, str(value)))
        case Rejected() if isinstance(expectation, Text):
            way = Deviation(requirement, "error_text refused")
            return (Finding.of(f"the text of a refusal was refused: {outcome}", [way]),)
        case Accepted(value) if isinstance(expectation, Measured):
            return tuple(_mismeasured(requirement, expectation, value))
        case Accepted(value):
            assert isinstance(expectation, Reject)
            return tuple(
                _wrongly_accepted(requirement, request, expectation, value, capabilities, registry)
            )
        case Rejected() if isinstance(expectation, Accept) and _may_refuse(expectation, outcome):
            reject = Reject(expectation.or_refused)
            return tuple(_refusal(requirement, request, reject, outcome, capabilities, registry))
        case Rejected() if isinstance(expectation, Measured):
            way = Deviation(requirement, "throughput refused")
            return (Finding.of(f"a measured loop was refused: {outcome}", [way]),)
        case Rejected() if isinstance(expectation, Accept | Name):
            problem = f"what is valid was refused: {outcome}"
            if outcome.kind == FaultKind.VALIDATION_FAILED and isinstance(request.argument, bytes):
                ways = attribution.of_meaningless_refusal(requirement, request, outcome, registry)
                return (Finding.of(problem, ways),)
            ways = attribution.of_refusal(requirement, request, outcome, registry)
            return (Finding.of(problem, ways),)
        case Rejected():
            assert isinstance(expectation, Reject)
            found = _refusal(requirement, request, expectation, outcome, capabilities, registry)
            return tuple(found)


def _of_look(
    requirement: str, request: Request, kind: str, path: str, registry: Registry
) -> Iterator[Deviation]:
    """How a look has failed: who misreads a field elsewhere sees it in another place here.

    Who makes a copy takes memory for it, too.
    """
    yield Deviation(requirement, f"{requirement} {kind}")
    if path:
        yield from attribution.of_field(requirement, request, path, registry)
    if kind == views.GROWS:
        yield Deviation("VIEW-ALIAS", f"VIEW-ALIAS {views.STAYS}")


def _may_refuse(expectation: Accept, outcome: Rejected) -> bool:
    return outcome.kind in {fault.kind for fault in expectation.or_refused}


def also_judged(expectation: Expectation, outcome: Outcome) -> Iterator[str]:
    """Requirements that every refusal judges beside the one that its case is about.

    Those on context count for implementations that claim error_context.
    """
    if not isinstance(expectation, Reject):
        return
    yield "ERR-NO-CRASH"
    if isinstance(outcome, Rejected) and outcome.kind == FaultKind.CONFIG_ERROR:
        yield "CFG-VARIABLE"
    elif isinstance(outcome, Rejected) and outcome.kind in {f.kind for f in expectation.faults}:
        must = CONTEXT_MUST.get(FaultKind(outcome.kind), ())
        if must:
            yield "ERR-CONTEXT-MUST"
        if {*CONTEXT[FaultKind(outcome.kind)]} - {*must, FREE_TEXT.get(FaultKind(outcome.kind))}:
            yield "ERR-CONTEXT-SHOULD"


def _broken(
    requirement: str,
    request: Request,
    expectation: Expectation,
    outcome: Crashed | TimedOut,
    registry: Registry,
) -> Iterator[Deviation]:
    """A crash or a hang is one thing, wherever it is met; beside it the check that was due."""
    subject = "hang"
    if isinstance(outcome, Crashed):
        subject = blanked(f"crash {outcome.how} {_last_frame(outcome.detail)}")
    if isinstance(expectation, Reject):
        yield Deviation("ERR-NO-CRASH", subject)
        due = attribution.of_acceptance(requirement, request, expectation.faults, registry)
        if request.operation is Operation.DECODE_VIEW:
            # Where a message is taken that must be refused, its view reads what is not there.
            yield from due
            return
        for way in due:
            yield Deviation(way.requirement, subject)
        return
    yield Deviation(requirement, subject)


def _last_frame(detail: str) -> str:
    """Where a traceback ends: the innermost file and function that it names."""
    found = re.findall(r'File "([^"]*)", line \d+, in (\S+)', detail)
    return " ".join(found[-1]) if found else ""


def blanked(problem: str) -> str:
    """A problem without its numbers and quoted bytes, to tell whether two are the same."""
    text = re.sub(r"-?\b(0x)?[0-9a-f]{8,}\b(\.\.\.)?", "#", problem)
    return re.sub(r"-?\b\d[\d,]*(\.\d+)?\b", "#", text)


def _unequal(
    requirement: str, request: Request, right: Accept, got: Any, registry: Registry
) -> Iterator[Finding]:
    # Adapters hand over exact types only, so equal is the same; True and 1 are in settings alone.
    expected = right.value
    if request.operation is Operation.CONFIG:
        yield from _misconfigured(request, expected, got)
        return
    if expected == got or got in right.or_values:
        return
    if isinstance(expected, bytes) and isinstance(got, bytes):
        offset = first_difference(expected, got)
        assert offset is not None
        place = place_at(expected, offset, registry)
        problem = f"byte {offset} is wrong: {place.path}"
        if len(expected) != len(got):
            sizes = f"{len(got):,} bytes where {len(expected):,} are expected"
            problem = f"{sizes}; they differ first at byte {offset}: {place.path}"
        ways = attribution.of_bytes(requirement, request, expected, got, registry)
        yield Finding.of(problem, ways)
        return
    first = next(differences(expected, got), None)
    if first is not None:
        named = first.path or "the answer"
        problem = f"{named} is {_unlike(first.got, first.expected)}"
        ways = attribution.of_values(requirement, request, expected, got, registry)
        yield Finding.of(problem, ways)


def _misconfigured(
    request: Request, expected: Mapping[str, Any], got: Mapping[str, Any]
) -> Iterator[Finding]:
    """Settings that are missing, too many, or other ones; of whose type the contract speaks."""
    unlike = [*expected.keys() - got.keys(), *got.keys() - expected.keys()]
    types = {name for name in expected if type(got.get(name)) is not type(expected[name])}
    if unlike or types:
        name = min([*unlike, *types])
        problem = (
            f"the settings have no {name}"
            if name not in got
            else (
                f"{name} is {_shown(got[name])}, which is no {type(expected[name]).__name__}"
                if name in expected
                else f"the settings have {name}, which is no field"
            )
        )
        yield Finding.of(problem, [Deviation(attribution.CONTRACT_ID, "contract")])
        return
    wrong = [name for name in expected if got[name] != expected[name]]
    if wrong:
        first = wrong[0]
        problem = f"{first} is {_unlike(got[first], expected[first])}"
        ids = settings.of_values(request, wrong)
        yield Finding.of(problem, attribution.of_config(ids))


def _misworded(right: Text, text: str) -> Iterator[Finding]:
    fault, lacking = error_texts.nearest(text, right.faults)
    if lacking:
        named = ", ".join(f"{name} {fault.context[name]}" for name in lacking)
        problem = f"the text of {fault.kind} does not hold {named}: {_shown(text)}"
        yield Finding.of(problem, [Deviation("ERR-TEXT-VALUES", "text lacks")])
    if broken := error_texts.line_break(text):
        problem = f"the text of {fault.kind} is not one line, it has {broken}: {_shown(text)}"
        yield Finding.of(problem, [Deviation("ERR-TEXT-LINE", "text breaks")])
    if form := error_texts.payload_in(text, right.secret):
        problem = f"the text of {fault.kind} holds the payload {form}: {_shown(text)}"
        yield Finding.of(problem, [Deviation("ERR-TEXT-PAYLOAD", "text leaks")])


def _unlike(got: object, expected: object) -> str:
    """One value and what it should be; of long bytes that begin alike, where they part."""
    if isinstance(got, bytes) and isinstance(expected, bytes) and _shown(got) == _shown(expected):
        pairs = enumerate(zip(got, expected, strict=False))
        at = next((at for at, (a, b) in pairs if a != b), min(len(got), len(expected)))
        sizes = "" if len(got) == len(expected) else f", {len(got):,} bytes, not {len(expected):,}"
        parts = [_shown(one[at : at + 8]) for one in (got, expected)]
        return f"{parts[0]} from its byte {at:,} on, not {parts[1]}{sizes}"
    return f"{_shown(got)}, not {_shown(expected)}"


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    text = text or "no bytes"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _misnamed(
    requirement: str, request: Request, expectation: Name, got: Any, registry: Registry
) -> Iterator[Finding]:
    admissible = expectation.optional.union(*expectation.groups)
    wrong = next((name for name in got if name not in admissible), None)
    named = set(got)
    rules = expectation.rules or (requirement,) * len(expectation.groups)
    for rule, group in zip(rules, expectation.groups, strict=True):
        if group.isdisjoint(named):
            instead = "" if wrong is None else f", but {_shown(wrong)}, which breaks no rule"
            problem = f"does not name {' or '.join(sorted(group))}{instead}"
            assert isinstance(request.argument, Mapping)
            fields = attribution.fields_of_rules(request, [rule], registry)
            behind = attribution.meant_behind(request.argument, registry)
            many = [Deviation(rule, ONE_OF_MANY)] if len(expectation.groups) >= MANY else []
            yield Finding.of(problem, [Deviation(rule, rule), *fields, *behind, *many])
            return
    if wrong is not None:
        about = _rules_about(str(wrong), requirement, request, registry)
        problem = f"names {_shown(wrong)}, which breaks no rule"
        fields = attribution.fields_of_rules(request, about, registry)
        yield Finding.of(problem, [*(Deviation(rule, rule) for rule in about), *fields])


MANY, ONE_OF_MANY = 8, "one of many names"
"""So many broken rules are many; the subject of one that is not named among them."""

MEASURED = ("operations", "elapsed_ns", "digest")
"""What the answer to throughput has, each a whole number."""

PERCENTILES = ("p50_ns", "p99_ns", "p999_ns")
"""What it may have besides: latencies, all or none."""


def _mismeasured(requirement: str, right: Measured, got: Any) -> Iterator[Finding]:
    if why := _no_measurement(got):
        yield Finding.of(why, [Deviation(attribution.CONTRACT_ID, "contract")])
        return
    wanted = {"digest": right.digest, "operations": right.operations}
    wrong = [name for name in wanted if got[name] != wanted[name]]
    if wrong:
        # A loop that does nothing is wrong in both; where it is right in one, that says what it is.
        problem = "; ".join(f"{name} is {got[name]}, not {wanted[name]}" for name in wrong)
        yield Finding.of(problem, [Deviation(requirement, f"measured {name}") for name in wrong])
        return
    latencies = [got[name] for name in PERCENTILES if name in got]
    # Of single calls, which a loop that works in batches makes apart: they are no part of its time.
    if latencies and not 0 < latencies[0] <= latencies[1] <= latencies[2]:
        problem = f"latencies of {latencies} ns do not rise"
        yield Finding.of(problem, [Deviation("THR-TIME", "measured latencies")])


def _no_measurement(got: Mapping[str, Any]) -> str:
    """Why the answer to throughput has not the form that the contract says; empty: it has."""
    missing = [name for name in MEASURED if name not in got]
    unknown = [name for name in got if name not in (*MEASURED, *PERCENTILES)]
    if missing or unknown:
        return f"throughput gave {', '.join(got) or 'nothing'}: {(missing or unknown)[0]} is " + (
            "missing" if missing else "not known"
        )
    if 0 < sum(name in got for name in PERCENTILES) < len(PERCENTILES):
        return f"throughput gave some of {', '.join(PERCENTILES)}: all or none"
    for name, number in got.items():
        if not isinstance(number, int) or not 0 <= number < 1 << 64:
            return f"throughput gave {name} {_shown(number)}, not a whole number of 64 bits"
    return ""


def _rules_about(name: str, requirement: str, request: Request, registry: Registry) -> list[str]:
    """The rules that a field may have been named for, though nothing is wrong with it.

    The case's own first where that is about the field.
    """
    message: Any = request.argument
    path = attribution.plain(name)
    lines = [registry.get(tlv["type"]) for tlv in message["tlvs"]]
    about = [
        (line, rule)
        for line in dict.fromkeys(line for line in lines if line is not None)
        for rule in line.rules
        if path in attribution.names_of(rule)
    ]
    ids = [line.rule_id(rule) for line, rule in about]
    at_edge = [
        line.rule_id(rule)
        for line, rule in about
        for tlv in message["tlvs"]
        if tlv["type"] == line.number and _is_at_edge(rule, tlv["value"], path)
    ]
    if at_edge:
        return [*dict.fromkeys(at_edge)]
    if requirement in ids or not ids:
        return [*dict.fromkeys([requirement, *ids])]
    return [*dict.fromkeys(ids)]


def _is_at_edge(rule: Rule, value: Mapping[str, Any], path: str) -> bool:
    """Whether the next number or the one before would break a rule that a value keeps."""
    number = value.get(path)
    return isinstance(number, int) and any(
        True for near in (number - 1, number + 1) for _ in rule.violations({**value, path: near})
    )


def _wrongly_accepted(
    requirement: str,
    request: Request,
    expectation: Reject,
    value: Any,
    capabilities: AbstractSet[Capability],
    registry: Registry,
) -> Iterator[Finding]:
    wanted = " or ".join(sorted({fault.kind.value for fault in expectation.faults}))
    if expectation.lenient is None:
        problem = f"accepted what must be refused as {wanted}"
        if all(one.kind is FaultKind.VALIDATION_FAILED for one in expectation.faults):
            assert isinstance(request.argument, bytes)
            right = derived_codec.decode_message(request.argument, registry)
            misread = [*attribution.of_values(requirement, request, right, value, registry)]
            meaning = attribution.of_meaning_accepted(requirement, request, registry)
            if misread and misread[0].subject == attribution.FRAMES:
                # TLVs that break a rule are left out.
                misread = []
            yield Finding.of(problem, [*misread, *meaning])
            return
        ways = attribution.of_acceptance(requirement, request, expectation.faults, registry)
        is_written = request.operation is Operation.ENCODE
        if is_written and attribution.leaves_out_tlvs(request, value):
            # What is wrong may be what is not there.
            ways = [attribution.LEFT_OUT, *ways]
        yield Finding.of(problem, ways)
        return
    lenient = expectation.lenient.value
    first = next(differences(lenient, value), None)
    if first is not None:
        problem = f"neither refused nor read right: {first.path} is "
        if isinstance(lenient, bytes) and isinstance(value, bytes):
            found = [*attribution.of_bytes(requirement, request, lenient, value, registry)]
        else:
            found = [*attribution.of_values(requirement, request, lenient, value, registry)]
        yield Finding.of(f"{problem}{_unlike(first.got, first.expected)}", found)
        return
    strict = Capability.STRICT_PADDING in capabilities
    problem = "non-zero padding was accepted" + (" despite strict_padding" if strict else "")
    ways = attribution.of_padding(request, expectation.faults)
    yield Finding.of(problem, ways, is_must=strict)


def _refusal(
    requirement: str,
    request: Request,
    expectation: Reject,
    outcome: Rejected,
    capabilities: AbstractSet[Capability],
    registry: Registry,
) -> Iterator[Finding]:
    faults = [fault for fault in expectation.faults if fault.kind == outcome.kind]
    if not faults:
        wanted = " or ".join(sorted({fault.kind.value for fault in expectation.faults}))
        ways = attribution.of_misnaming(requirement, request, expectation.faults, outcome, registry)
        yield Finding.of(f"refused as {outcome.kind}, not as {wanted}", ways)
    elif Capability.ERROR_CONTEXT in capabilities or request.operation is Operation.CONFIG:
        yield from _context(request, faults, outcome, registry)


def _context(
    request: Request, faults: list[Fault], outcome: Rejected, registry: Registry
) -> Iterator[Finding]:
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
            nearest = min(faults, key=lambda one: len(_wrong_context(one, names, outcome)))
            wrong = _wrong_context(nearest, names, outcome)
            id_ = "ERR-CONTEXT-MUST" if is_must else "ERR-CONTEXT-SHOULD"
            if kind is FaultKind.CONFIG_ERROR:
                id_ = MEANINGS[kind].speaks_of
            given = outcome.context.get("variable")
            ways = attribution.of_context(id_, request, nearest, wrong, registry, given)
            yield Finding.of(f"{kind}: {'; '.join(wrong)}", ways, is_must=is_must)
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
