"""Causes as the page shows them: one entry for what several results fail by, with its evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torq_conformance.judging.verdicts import CONTRACT
from torq_conformance.report import pictures
from torq_conformance.report.failures import calls, differences, expected, got, repeated_by, sent
from torq_conformance.report.foreign_text import neutral, shown
from torq_conformance.report.hexdump import HexRow, hex_rows, is_cut
from torq_conformance.report.page.field_map import FieldRow, field_map, lines_of
from torq_conformance.report.terminal import DEFAULT_RESULTS
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import Requirement, relay_requirements, requirements

Json = Mapping[str, Any]

CAUSES_MAX = 400
"""Causes that the page shows; more of them are counted."""

FIELD_ROWS_MAX = 48
"""Rows of a field map that are shown."""

HEADINGS = {
    "expected": "the right bytes",
    "got": "the bytes that came",
    "sent": "the bytes that were sent",
}


@dataclass(frozen=True)
class Dump:
    """One hexdump: what it shows, its rows, and how many bytes the message has where it is cut."""

    heading: str
    rows: tuple[HexRow, ...]
    size_in_all: int | None


@dataclass(frozen=True)
class Evidence:
    """The plainest failure of a cause, ready to be shown."""

    id: str
    test: str
    label: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    dumps: tuple[Dump, ...]
    place: str
    fields: tuple[FieldRow, ...]
    layout: str
    picture: tuple[tuple[tuple[str, bool], ...], ...]
    """Lines of pieces, and whether a piece is of the wrong field."""
    command: str


@dataclass(frozen=True)
class Seen:
    """A cause in one of the results."""

    report: int
    """The position of the results, from 0."""
    id: str
    cases: int
    tests: int
    known: str
    flaky: str


@dataclass
class CauseEntry:
    """A cause, in whichever results it is; ``number`` is its place on the page, from 1."""

    number: int
    requirement: Requirement
    problem: str
    problems: Sequence[Json]
    also: tuple[str, ...]
    evidence: Evidence | None
    is_should: bool = False
    seen: list[Seen] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether it is known nowhere."""
        return not all(one.known for one in self.seen)


def cause_entries(results: Mapping[str, Json], registry: Registry = REGISTRY) -> list[CauseEntry]:
    """The causes of results by their files, alike ones as one; SHOULD findings behind them."""
    entries: dict[tuple[str, str, str, int], CauseEntry] = {}
    for position, (file, document) in enumerate(results.items()):
        failures = {one["id"]: one for one in document["failures"]}
        show = partial(evidence, document=document, file=file, registry=registry)
        rules = _rules(document, registry)
        alike: Counter[tuple[str, str]] = Counter()
        for cause in document["causes"]:
            # Two causes of one run stay two, however alike they look.
            look = (cause["requirement"], _blanked(cause["problem"]))
            key = ("cause", *look, alike[look])
            alike[look] += 1
            if key not in entries and len(entries) < CAUSES_MAX:
                entries[key] = _entry(
                    len(entries) + 1, cause, rules, failures.get(cause["example"]), show
                )
            if key in entries:
                entries[key].seen.append(_seen(position, cause))
    for position, (file, document) in enumerate(results.items()):
        rules = _rules(document, registry)
        show = partial(evidence, document=document, file=file, registry=registry)
        counts = {row["id"]: row["should_findings"] for row in document["requirements"]}
        for finding in document["findings"]:
            key = ("finding", finding["requirement"], _blanked(finding["problem"]), 0)
            if key not in entries and len(entries) < CAUSES_MAX:
                entries[key] = _finding(len(entries) + 1, finding, rules, show)
            if key in entries:
                cases = counts.get(finding["requirement"], 0)
                entries[key].seen.append(Seen(position, "SHOULD", cases, 0, "", ""))
    return [*entries.values()]


def _blanked(problem: str) -> str:
    return re.sub(r"\d+", "#", problem)


def _seen(position: int, cause: Json) -> Seen:
    known, flaky = (shown(cause.get(key, "")) for key in ("known", "flaky"))
    return Seen(position, cause["id"], cause["cases"], cause["tests"], known, flaky)


def _rules(document: Json, registry: Registry) -> dict[str, Requirement]:
    """What the results say of each requirement, with what the specification says beside it."""
    known = {**requirements(registry), **relay_requirements()}
    rules = {CONTRACT.id: CONTRACT}
    for row in document["requirements"]:
        id_, own = shown(row["id"]), known.get(row["id"])
        text = shown(row["text"])
        more = ("", "", "") if own is None else (own.note, own.why, own.look_at)
        rules[id_] = Requirement(id_, row["level"], text, shown(row["section"]), *more)
    return rules


def _rule(id_: str, rules: Mapping[str, Requirement]) -> Requirement:
    id_ = shown(id_)
    return rules.get(id_) or Requirement(id_, CONTRACT.level, "", "-")


def _entry(
    number: int,
    cause: Json,
    rules: Mapping[str, Requirement],
    failure: Json | None,
    show: Callable[[Json], Evidence],
) -> CauseEntry:
    return CauseEntry(
        number,
        _rule(cause["requirement"], rules),
        shown(cause["problem"]),
        neutral(cause["problems"]),
        tuple(shown(one) for one in cause["also"]),
        None if failure is None else show(failure),
    )


def _finding(
    number: int,
    finding: Json,
    rules: Mapping[str, Requirement],
    show: Callable[[Json], Evidence],
) -> CauseEntry:
    rule, problem = _rule(finding["requirement"], rules), shown(finding["problem"])
    return CauseEntry(number, rule, problem, (), (), show(finding), is_should=True)


def evidence(failure: Json, document: Json, file: str, registry: Registry = REGISTRY) -> Evidence:
    """Everything that is shown of one failure, kept in ``file``."""
    # Fields are found in the question as it was asked, everything else is shown as neutral text.
    found = field_map(failure, registry)
    neutralised = neutral({key: one for key, one in failure.items() if key != "case"})
    sides = neutralised.get("bytes") or {}
    layout = found.layout
    return Evidence(
        neutralised["id"],
        neutralised["test"],
        neutralised["label"],
        tuple(_facts(neutralised)),
        tuple(
            Dump(
                HEADINGS.get(name, name),
                tuple(hex_rows(side)),
                side["size"] if is_cut(side) else None,
            )
            for name, side in sides.items()
        ),
        _place(neutralised, sides),
        tuple(lines_of(found))[:FIELD_ROWS_MAX],
        "" if layout is None else layout.name,
        () if layout is None else tuple(_picture(layout, found.field)),
        shown(repeated_by(neutralised, *_options(document, file))),
    )


def _picture(layout: Any, field_name: str) -> Iterator[tuple[tuple[str, bool], ...]]:
    for line in pictures.lines(layout):
        yield tuple((span.text, bool(field_name) and span.field == field_name) for span in line)


def _options(document: Json, file: str) -> Iterator[str]:
    yield shown(document["implementation"]["given_as"])
    vendor_specs = document["options"].get("vendor_specs")
    if vendor_specs:
        yield from ("--vendor-specs", shown(vendor_specs))
    if file != DEFAULT_RESULTS:
        yield from ("--results", shown(file))


def _facts(failure: Json) -> Iterator[tuple[str, tuple[str, ...]]]:
    if "actions" in failure["asked"]:
        yield "done", tuple(map(str, failure["asked"]["actions"]))
        yield "right", (str(failure["expected"]["rule"]),)
        yield "seen", tuple(map(str, failure["got"]["problems"]))
        if failure["got"]["said"]:
            yield "stderr", (str(failure["got"]["said"]),)
        return
    yield "sent", (sent(failure["asked"]),)
    if row := tuple(calls(failure.get("row", ()))):
        yield "in a row", row
    yield "expected", (expected(failure["expected"]),)
    yield "got", tuple(line.strip() for line in got(failure["got"]).splitlines())
    found = tuple(differences(failure.get("differences", {"first": (), "count": 0})))
    if found:
        yield "differs", tuple(line.strip() for line in found)


def _place(failure: Json, sides: Json) -> str:
    if "place" not in failure or "got" not in sides:
        return ""
    right, wrong = sides["expected"]["size"], sides["got"]["size"]
    if right != wrong:
        return f"{wrong:,} bytes where {right:,} are expected, wrong first in {failure['place']}"
    return f"{failure['differing']} bytes differ, first in {failure['place']}"
