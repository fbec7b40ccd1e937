"""From failures to causes: failures that are wrong in the same way have one cause.

Every failure has deviations: what is misread, by which requirement, changed how. Failures with one
deviation come first; each is a cause. A failure with several is explained by a cause that there is,
and is one of its own only if there is none. What one fault shows in many places (the same change of
many fields, a check that is missing, seen beside other faults) is one cause.

Nothing is dropped: each cause lists every problem that it stands for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from torq_conformance.judging.attribution import (
    GENERIC,
    HEADER_KINDS,
    ONE_OF,
    Deviation,
    known,
    rule_misread,
)
from torq_conformance.judging.record import TestRecord
from torq_specs.faults import FaultKind

FIELDS = {str(kind): f"header.{name}" for kind, name in HEADER_KINDS.items()}
"""The subject of a kind of refusal that is about one field of the header."""

Json = dict[str, Any]

EXAMPLES_MAX = 4
"""Problems of one cause of which an example is kept, beside its plainest one."""

PROBLEMS_MAX = 20
"""Problems of one cause that are listed; the others are counted."""

UNDECIDED = frozenset({"several", ONE_OF})
"""Kinds that say only that it is one of what follows."""

WIDE = 3
"""So many fields, or types, that are changed in the same way have one cause."""

WIDE_IN_KIND = 2
"""So many, where the way says what it is: no two come about by chance."""


CHANGES = frozenset(
    {
        *("byte order", "sign", "rounded", "cut", "digits", "zero"),
        *("range", "decode_validated", "context missing"),
    }
)
"""Kinds of deviations that have one cause where they are seen in many fields."""

EVERYWHERE = 8
"""So many types that are refused alike are not refused for what they are."""

SIZE = "header.payload_size"
"""What a reader is lost by that misreads it; a writer that writes it wrong misreads it too."""

SIZE_KINDS = frozenset(
    {
        *(FaultKind.PARSE_ERROR, FaultKind.TRUNCATED_TLV, FaultKind.CHECKSUM_MISMATCH),
        *(FaultKind.MESSAGE_TOO_SMALL, FaultKind.MESSAGE_TOO_LARGE),
    }
)
"""As what a message is refused whose size is misread."""

SIZE_CHECKS = frozenset(f"check {kind}" for kind in SIZE_KINDS - {FaultKind.CHECKSUM_MISMATCH})
"""What such a reader takes, for it looks for the fault in another place."""

SPLITTING = frozenset({"byte order", "sign", "rounded", "cut"})
"""Kinds that do not come about by chance."""


@dataclass
class _Seen:
    """Failures of one test that have one signature."""

    ways: tuple[Deviation, ...]
    problem: str
    cases: int
    test: str
    example: Json | None
    rank: int


@dataclass
class Cause:
    """One cause: what it speaks of, every failure that it explains, the plainest of them."""

    key: str
    seen: list[_Seen] = field(default_factory=list)
    speaks_of: str = ""
    """The requirement, where it is not the one that most of the failures speak of."""

    @property
    def first(self) -> _Seen:
        """The plainest failure: with an example, not about context, with one deviation, early."""
        some = self.seen
        if self.speaks_of:
            some = [one for one in self.seen if one.ways[0].subject == self.key]
        return min(some, key=lambda one: (one.example is None, *_order(one)))

    @property
    def cases(self) -> int:
        """How many cases failed by it."""
        return sum(one.cases for one in self.seen)

    @property
    def tests(self) -> int:
        """How many tests failed by it."""
        return len({one.test for one in self.seen})

    @property
    def requirement(self) -> str:
        """The requirement that most of the failures speak of."""
        if self.speaks_of:
            return self.speaks_of
        votes: Counter[str] = Counter()
        for one in self.seen:
            own = next((way for way in one.ways if way.subject == self.key), one.ways[0])
            votes[own.requirement] += one.cases
        ways = self.first.ways
        preferred = next((way for way in ways if way.subject == self.key), ways[0]).requirement
        best = max(votes.values())
        if votes[preferred] * 2 >= best:
            return preferred
        return max(votes, key=votes.__getitem__)


def causes_of(records: Iterable[TestRecord]) -> list[Json]:
    """The causes of every failure, the plainest first, as JSON types."""
    return causes_and_tests(records)[0]


def causes_and_tests(records: Iterable[TestRecord]) -> tuple[list[Json], dict[str, list[str]]]:
    """The same, and the ids of the causes that each test that failed has met."""
    seen = _collected(records)
    grouped = _grouped(sorted(_resolved(seen), key=_order))
    merged = _merged(grouped)
    merged.sort(key=lambda cause: cause.first.rank)
    documents = [_document(cause, number) for number, cause in enumerate(merged, 1)]
    tests: dict[str, list[str]] = {}
    for cause, document in zip(merged, documents, strict=True):
        for test in dict.fromkeys(one.test for one in cause.seen):
            tests.setdefault(test, []).append(document["id"])
    return documents, tests


def _order(one: _Seen) -> tuple[int, int, int]:
    """What says most about a cause comes first.

    Another name, and more so another context, is often given for a reason that is seen elsewhere.
    """
    words = ("named ", "context ")
    is_given = next((at for at, w in enumerate(words, 1) if one.ways[0].kind.startswith(w)), 0)
    return is_given, len(one.ways), one.rank


def _collected(records: Iterable[TestRecord]) -> list[_Seen]:
    seen: list[_Seen] = []
    for record in records:
        examples = {failure["id"]: failure for failure in record.failures}
        for one in record.signatures:
            ways = tuple(Deviation(*way) for way in one["ways"])
            example = examples.get(one["example"])
            seen.append(_Seen(ways, one["problem"], one["cases"], record.test, example, len(seen)))
    return seen


def _resolved(seen: Sequence[_Seen]) -> list[_Seen]:
    """Refusals that are about one of several fields: about the one that all of them have."""
    open_ = [one for one in seen if one.ways[0].kind == ONE_OF]
    if not open_:
        return [*seen]
    common = [way for way in open_[0].ways[1:] if all(way in one.ways for one in open_)]
    # Nearly every message has a large number in its header.
    inner = [way for way in common if not way.subject.startswith("header.")] or common
    if len(inner) != 1:
        alone = {one.ways[0].subject for one in seen if len(one.ways) == 1}
        return [replace(one, ways=one.ways[:1]) if _is_of_none(one, alone) else one for one in seen]
    return [replace(one, ways=(inner[0],)) if one.ways[0].kind == ONE_OF else one for one in seen]


def _is_of_none(one: _Seen, alone: AbstractSet[str]) -> bool:
    """Whether none of the fields that a refusal may be about is wrong by itself elsewhere."""
    return one.ways[0].kind == ONE_OF and all(way.subject not in alone for way in one.ways[1:])


def _grouped(seen: Sequence[_Seen]) -> list[Cause]:
    causes: dict[str, Cause] = {}
    also: dict[str, str] = {}
    for one in seen:
        keys = [way.subject for way in one.ways]
        named = (also.get(key, key) for key in _explained_by(one.ways, causes))
        own = next((key for key in named if key in causes), keys[0])
        causes.setdefault(own, Cause(own)).seen.append(one)
        for key in (way.subject for way in one.ways if way.kind != "verified"):
            # What is wrong together with a cause explains what is wrong by itself elsewhere.
            also.setdefault(key, own)
    _split(causes)
    return [*causes.values()]


def _split(causes: dict[str, Cause]) -> None:
    """A field that is never wrong alone has a cause of its own if it is changed in its own way."""
    kinds: dict[str, set[str]] = {}
    for cause in causes.values():
        for one in cause.seen:
            for way in one.ways:
                kinds.setdefault(way.subject, set()).add(way.kind)
    for key, own in kinds.items():
        if key in causes or not own <= SPLITTING:
            continue
        for cause in [*causes.values()]:
            found = [one for one in cause.seen if key in (way.subject for way in one.ways)]
            if len(found) < 2 or len(found) == len(cause.seen) or kinds[cause.key] <= own:
                continue
            cause.seen = [one for one in cause.seen if all(way.subject != key for way in one.ways)]
            causes.setdefault(key, Cause(key)).seen += [_put_first(one, key) for one in found]


def _put_first(one: _Seen, key: str) -> _Seen:
    return replace(one, ways=tuple(sorted(one.ways, key=lambda way: way.subject != key)))


def _explained_by(ways: Sequence[Deviation], causes: dict[str, Cause]) -> Iterable[str]:
    """Causes that a failure may have, the likeliest first."""
    for way in ways:
        if way.kind.startswith("named "):
            # What is refused as B although it is not, where B is refused without a fault as well.
            given = way.kind.removeprefix("named ")
            yield from (other for other in causes if other.startswith(f"refuses {given}"))
            if given in FIELDS:
                yield FIELDS[given]
        elif way.kind.startswith("context "):
            kind = way.kind.removeprefix("context ")
            if kind == FaultKind.CHECKSUM_MISMATCH:
                # What is calculated over a header that was misread.
                yield from (other for other in causes if other.startswith("header."))
            for key, cause in causes.items():
                is_named = any(one.ways[0].kind == f"named {kind}" for one in cause.seen)
                if is_named or key.startswith((f"check {kind}", f"refuses {kind}")):
                    yield key
        elif way.kind == "verified":
            named = causes.get(way.subject)
            if named is not None and any(one.ways[0].kind == "refused" for one in named.seen):
                yield way.subject
    yield from (way.subject for way in ways if way.kind not in {"verified", *UNDECIDED})
    yield from (way.subject for way in ways if way.kind in UNDECIDED)


def _merged(causes: list[Cause]) -> list[Cause]:
    by_family: dict[str, list[Cause]] = {}
    for cause in _without_twins(_without_effects(_without_refusals(causes))):
        by_family.setdefault(_family(cause), []).append(cause)
    merged: list[Cause] = []
    for family, members in by_family.items():
        is_telling = family.startswith(("check ", "changed "))
        if family and len(members) >= (WIDE_IN_KIND if is_telling else WIDE):
            seen = [one for cause in members for one in cause.seen]
            merged.append(Cause(members[0].key, seen))
        else:
            merged += members
    return merged


def _without_effects(causes: list[Cause]) -> list[Cause]:
    """The causes but for those that come of a layout which is misread.

    Who reads a field in another place finds padding and stale slots there, and refuses the type;
    who reads a list in another place finds another count.
    """
    fields = {cause.key.partition(".")[0]: cause for cause in causes if "." in cause.key}
    left = []
    for cause in causes:
        given, _, type_ = cause.key.removeprefix("refuses ").partition(" of ")
        misread = fields.get(type_) if known(given) in GENERIC - {None} else None
        vector = cause.key.removesuffix(" count")
        if vector != cause.key:
            misread = next((one for one in causes if one.key.startswith(f"{vector}.")), None)
        if misread is None or misread is cause:
            left.append(cause)
        else:
            misread.seen += cause.seen
    return left


def _without_refusals(causes: list[Cause]) -> list[Cause]:
    """The causes, those as one that are refusals of the same kind, of nearly everything."""
    refusals: dict[str, list[Cause]] = {}
    for cause in causes:
        # What is left of the subject of anything but a refusal is no kind.
        given = cause.key.removeprefix("refuses ").partition(" of ")[0]
        refusals.setdefault(given, []).append(cause)
    for given, members in refusals.items():
        kind = known(given)
        if kind is not None and len(members) >= EVERYWHERE:
            causes = _without_members(causes, kind, members)
    return causes


def _without_members(causes: list[Cause], kind: FaultKind, members: list[Cause]) -> list[Cause]:
    """The causes with one in the place of many refusals, or of what explains them."""
    key, requirement = members[0].key, rule_misread(kind)
    explained = {cause.key for cause in members}
    explained |= {one.key for one in causes if one.first.ways[0].kind == f"context {kind}"}
    size = next((one for one in causes if one.key == SIZE), None)
    if kind in SIZE_KINDS and size is not None and size.tests >= EVERYWHERE:
        key, requirement = SIZE, "HDR-PAYLOAD-SIZE"
        explained |= {SIZE, *SIZE_CHECKS}
    seen = [seen for one in causes if one.key in explained for seen in one.seen]
    rest = [one for one in causes if one.key not in explained]
    return [*rest, Cause(key, seen, requirement)]


def _without_twins(causes: list[Cause]) -> Iterable[Cause]:
    """The causes, those as one that are the same change of a field in several lists of a type."""
    twins: dict[str, Cause] = {}
    for cause in sorted(causes, key=lambda cause: cause.first.rank):
        own = cause.first.ways[0]
        # Of the field of an element: type, list and field.
        parts = own.subject.split(".")
        key = f"{parts[0]}.{parts[-1]} {own.kind}" if own.kind else cause.key
        if key in twins:
            twins[key].seen += cause.seen
        else:
            twins[key] = Cause(cause.key, [*cause.seen], cause.speaks_of)
    return twins.values()


def _family(cause: Cause) -> str:
    """Causes of one family that are many have one cause; none: it stands for itself."""
    if cause.speaks_of:
        return ""
    # What is not looked at may be seen as something else as well.
    ways = (one.ways[0] for one in cause.seen if not one.ways[0].kind.startswith("named "))
    own = next(ways, cause.first.ways[0])
    if own.kind.startswith("named "):
        return own.kind
    if own.kind in CHANGES:
        return f"{'changed' if own.kind in SPLITTING else 'other'} {own.kind}"
    if own.requirement.startswith("LAYOUT-"):
        return f"layout {own.requirement}"
    if own.subject.startswith(("refuses ", "check ")):
        head = own.subject.partition(" of ")[0]
        rest = head.partition(" ")[2]
        # What is refused without a reason and what is taken with one is one rule, misread.
        return head if known(rest.partition(" ")[0]) in GENERIC else f"check {rest}"
    return ""


def _document(cause: Cause, number: int) -> Json:
    requirement, example = cause.requirement, cause.first.example
    problems: dict[str, Json] = {}
    for one in sorted(cause.seen, key=lambda one: one.rank):
        row = problems.setdefault(one.problem, {"problem": one.problem, "cases": 0, "example": ""})
        row["cases"] += one.cases
        if one.example is not None and not row["example"]:
            row["example"] = one.example["id"]
    rows = sorted(problems.values(), key=lambda row: -int(row["cases"]))
    for row in rows[EXAMPLES_MAX:]:
        row["example"] = ""
    also = {
        way.requirement
        for one in cause.seen
        for way in one.ways
        # Beside the first, requirements that speak of the very same thing.
        if way.subject == one.ways[0].subject and way.kind not in UNDECIDED
    } - {requirement}
    return {
        "id": f"C{number}",
        "requirement": requirement,
        "problem": example["problem"] if example is not None else cause.first.problem,
        "cases": cause.cases,
        "tests": cause.tests,
        "also": sorted(also),
        "problems": rows[:PROBLEMS_MAX],
        "problems_in_all": len(rows),
        "example": "" if example is None else example["id"],
    }
