"""The page: results, and measurements beside them, as one HTML document without a network.

Contract: nothing is read but what is handed over; every string of it is made harmless first and
escaped by the template; the Content-Security-Policy allows the page's own style and script by their
hashes and nothing else. Documents have passed the schema of results files; what is wrong with one
beyond that raises one of ``foreign_json.WRONG``.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from torq_conformance.judging.levels import headline, is_of_relay, levels_of
from torq_conformance.judging.verdicts import Verdict
from torq_conformance.report.foreign_text import NAME_MAX, neutral, shown
from torq_conformance.report.page import charts
from torq_conformance.report.page.causes import CauseEntry, cause_entries
from torq_conformance.report.page.matrix import Matrix, matrix
from torq_specs.registry import REGISTRY, Registry

Json = Mapping[str, Any]

CLASSES_SHOWN = 160
"""Classes of one dimension of the census that are shown."""

NEVER_SHOWN = 60
"""Classes, and pairs, that were never met and are shown."""

REASONS_SHOWN = 40

CONFORMANT, NOT_CONFORMANT = 0, 1
"""Exit codes of a run, as results files have them."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of the census: its classes by how often they were met, with their share."""

    name: str
    classes: tuple[tuple[str, int, float], ...]
    left_out: int


@dataclass(frozen=True)
class Report:
    """One results document, as the page shows it."""

    label: str
    file: str
    document: Json
    """Every string of it is harmless."""
    levels: Json
    levels_text: str
    matrix: Matrix
    dimensions: tuple[Dimension, ...]
    is_of_relay: bool

    @property
    def state(self) -> str:
        """What is said of it: good, bad or open; a part without a failure is open."""
        if self.document.get("exit_code") == NOT_CONFORMANT:
            return "bad"
        is_conformant = self.document.get("exit_code") == CONFORMANT
        is_whole = str(self.document.get("conclusion", "")).startswith("conformant")
        return "good" if is_conformant and is_whole else "open"

    @property
    def claims(self) -> str:
        """What it claims, in one line."""
        named = ", ".join(self.document["implementation"]["capabilities"])
        return shown(named) or "nothing beside the rules"

    @property
    def reasons(self) -> list[str]:
        """Why it is concluded so, but for the failed requirements, which the causes name."""
        every = self.document.get("reasons", [])
        return [one for one in every if not one.startswith("failed: ")][:REASONS_SHOWN]

    @property
    def known(self) -> int:
        """How many of its causes are known failures."""
        return sum("known" in cause for cause in self.document["causes"])


@dataclass(frozen=True)
class RequirementRow:
    """One requirement, and its row in each of the results; None: the results do not have it."""

    id: str
    level: str
    section: str
    text: str
    cells: tuple[Json | None, ...]

    @property
    def state(self) -> str:
        """The worst of the verdicts, for filters."""
        verdicts = {cell["verdict"] for cell in self.cells if cell is not None}
        for verdict, state in STATES.items():
            if verdict in verdicts:
                return state
        return "open"


STATES = {
    str(Verdict.FAIL): "bad",
    str(Verdict.INCONCLUSIVE): "open",
    str(Verdict.NOT_JUDGED): "open",
    str(Verdict.SHOULD): "should",
    str(Verdict.PASS): "good",
    str(Verdict.DECODE_ONLY): "good",
    str(Verdict.NOT_CLAIMED): "none",
}
"""How verdicts look, the worst first."""


def render(
    results: Mapping[str, Json],
    measurements: Sequence[Json] = (),
    registry: Registry = REGISTRY,
    campaign: Mapping[str, Any] | None = None,
) -> str:
    """The page of results by the names of their files, of measurements, and of a campaign.

    A measurement is ``name``, ``version``, ``language``, ``claims``, ``costs``, ``rates``,
    ``floors``, ``books`` and ``why_not``. ``registry`` knows vendor types, where there are any. A
    campaign is ``facts``, texts by their names, and ``curves``.
    """
    measured = [neutral(one) for one in measurements]
    unmet = [_unmet(one, measurements) for one in results.values()]
    reports = [
        _report(file, document, claims, registry)
        for (file, document), claims in zip(results.items(), unmet, strict=True)
    ]
    causes = cause_entries(results, registry)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            reports=reports,
            causes=causes,
            found=[one for one in causes if not one.is_should],
            requirement_rows=[*_requirement_rows(reports)],
            numbers=_numbers(causes),
            states=STATES,
            measurements=measured,
            rates=charts.rates(measurements),
            books=charts.books(measurements),
            campaign=None if campaign is None else _campaign(campaign),
            title=_title(reports, measured),
            next_steps=[*_next_steps(causes, reports)],
            style=_text("page.css"),
            script=_text("page.js"),
            policy=_policy(),
        )
    )


def _campaign(campaign: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"facts": neutral(campaign["facts"]), "curves": campaign["curves"]}


def _unmet(document: Json, measurements: Sequence[Json]) -> list[str] | None:
    """Claims that a measurement of the same implementation does not show as met."""
    who = document["implementation"]
    for one in measurements:
        if (one["name"], one["version"]) == (who["name"], who["version"]):
            return [claim["name"] for claim in one["claims"] if claim["state"] != "met"]
    return None


def _report(file: str, document: Json, unmet: list[str] | None, registry: Registry) -> Report:
    harmless = neutral(document)
    who = harmless["implementation"]
    levels = neutral(levels_of(document, unmet))
    label = f"{shown(who['name'], NAME_MAX)} {shown(who['version'], NAME_MAX)}".strip()
    return Report(
        label or "(no name)",
        shown(file, NAME_MAX),
        harmless,
        levels,
        headline(levels),
        matrix(document, registry),
        tuple(_dimensions(harmless.get("features") or {})),
        is_of_relay(document),
    )


def _dimensions(census: Json) -> Iterator[Dimension]:
    for name, classes in (census.get("dimensions") or {}).items():
        rows = sorted(classes.items(), key=lambda one: -int(one[1]))
        most = max((count for _, count in rows), default=0) or 1
        yield Dimension(
            name,
            tuple((key, count, 100 * count / most) for key, count in rows[:CLASSES_SHOWN]),
            max(len(rows) - CLASSES_SHOWN, 0),
        )


def _requirement_rows(reports: Sequence[Report]) -> Iterator[RequirementRow]:
    tables = [{row["id"]: row for row in one.document["requirements"]} for one in reports]
    for id_ in dict.fromkeys(id_ for table in tables for id_ in table):
        cells = tuple(table.get(id_) for table in tables)
        first = next(cell for cell in cells if cell is not None)
        yield RequirementRow(id_, first["level"], first["section"], first["text"], cells)


def _numbers(causes: Sequence[CauseEntry]) -> dict[tuple[int, str], int]:
    """The number on the page of each cause, by the position of its results and its id there."""
    return {(one.report, one.id): cause.number for cause in causes for one in cause.seen}


def _title(reports: Sequence[Report], measured: Sequence[Json]) -> str:
    names = [one.label for one in reports] or [
        f"{one['name']} {one['version']}".strip() for one in measured
    ]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{', '.join(names[:2])}{more}"


def _next_steps(causes: Sequence[CauseEntry], reports: Sequence[Report]) -> Iterator[str]:
    first = next((one for one in causes if one.evidence is not None and one.is_new), None)
    if first is not None and first.evidence is not None:
        yield first.evidence.command


def _policy() -> str:
    """What the page may do: use its own style and script, and nothing else."""
    style, script = _hash(_text("page.css")), _hash(_text("page.js"))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _text(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["counted"] = _counted
    return made


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
