"""What a run says in the terminal: what is wrong first, then a table of all requirements."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from torq_conformance.judging.verdicts import Verdict
from torq_conformance.report.failures import failure_text
from torq_specs.requirements import Level, Requirement

STYLES = {
    Verdict.PASS: "green",
    Verdict.SHOULD: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.NOT_CLAIMED: "dim",
    Verdict.NOT_JUDGED: "dim",
    Verdict.INCONCLUSIVE: "bold yellow",
}
FAILURES_SHOWN = 3
TABLE_MARGIN = 55
"""Columns of the table that are neither the id nor the sentence."""


def show(document: dict[str, Any], console: Console, *, results: str, is_verbose: bool) -> None:
    """Everything that a results document says to a person."""
    reported = _one_per_requirement(document)
    _show_head(document, console)
    if reported:
        _show_failures(document, reported, console, len(reported) if is_verbose else FAILURES_SHOWN)
    if document["findings"]:
        _show_findings(document, console, is_whole=is_verbose or not reported)
    if document["planned"]["cases"]:
        console.print(requirement_table(document["requirements"], console.width))
    _show_conclusion(document, console, results)


def _show_head(document: dict[str, Any], console: Console) -> None:
    who = document["implementation"]
    claims = ", ".join(who["capabilities"])
    console.print(
        f"{who['name']} {who['version']} ({who['language']}), claims {claims}", markup=False
    )
    console.print()


def _one_per_requirement(document: dict[str, Any]) -> list[dict[str, Any]]:
    first: dict[str, dict[str, Any]] = {}
    for failure in document["failures"]:
        first.setdefault(failure["requirement"], failure)
    order = [row["id"] for row in document["requirements"]]
    return sorted(first.values(), key=lambda failure: order.index(failure["requirement"]))


def _show_failures(
    document: dict[str, Any], reported: list[dict[str, Any]], console: Console, count: int
) -> None:
    failed = {r["id"]: r["failed"] for r in document["requirements"] if r["failed"]}
    plural = "requirement" if len(failed) == 1 else "requirements"
    console.print(Text(f"{len(failed)} {plural} failed", style="bold red"))
    for failure in reported:
        id_ = failure["requirement"]
        line = Text(f"  {id_}", style="red")
        console.print(
            line.append(f"  {failure['problem']}  ({failed.get(id_, 0)} cases)", style=""),
            soft_wrap=True,
        )
    _show_texts(document, reported[:count], console)
    if len(reported) > count:
        console.print(f"\n... {len(reported) - count} more are in the results file (or --verbose)")
    console.print()


def _show_findings(document: dict[str, Any], console: Console, *, is_whole: bool) -> None:
    found, findings = (
        document["findings"],
        "finding" if len(document["findings"]) == 1 else "findings",
    )
    counts = {row["id"]: row["should_findings"] for row in document["requirements"]}
    console.print(Text(f"{len(found)} SHOULD {findings}", style="yellow"))
    for finding in found:
        id_ = finding["requirement"]
        line = Text(f"  {id_}", style="yellow")
        line.append(f"  {finding['problem']}  ({counts[id_]} cases)", style="")
        console.print(line, soft_wrap=True)
    if is_whole:
        _show_texts(document, found, console)
    console.print()


def _show_texts(
    document: dict[str, Any], reported: Sequence[dict[str, Any]], console: Console
) -> None:
    rows = {row["id"]: row for row in document["requirements"]}
    for one in reported:
        console.print()
        row = rows[one["requirement"]]
        rule = Requirement(row["id"], Level(row["level"]), row["text"], row["section"])
        text = failure_text(one, rule, document["implementation"]["given_as"])
        first, _, rest = text.partition("\n")
        console.print(Text(first, style="bold"), soft_wrap=True)
        console.print(rest, markup=False, highlight=False, soft_wrap=True)


def requirement_table(rows: Sequence[dict[str, Any]], width: int) -> Table:
    """Requirements and their verdicts, for a terminal of ``width`` columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("requirement", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("judged", justify="right")
    table.add_column("failed", justify="right")
    table.add_column("what it says", no_wrap=True)
    widest = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        verdict = Verdict(row["verdict"])
        table.add_row(
            row["id"],
            row["level"],
            Text(verdict, style=STYLES[verdict]),
            str(row["judged"] or ""),
            str(row["failed"] or ""),
            textwrap.shorten(
                row["text"], max(width - widest - TABLE_MARGIN, 20), placeholder=" ..."
            ),
        )
    return table


def _show_conclusion(document: dict[str, Any], console: Console, results: str) -> None:
    style = "bold green" if document["exit_code"] == 0 else "bold red"
    console.print()
    line = Text(document["conclusion"], style=style)
    judged, planned = document["judged"]["cases"], document["planned"]["cases"]
    left_out = document["not_claimed"]["cases"]
    line.append(f": {judged} of {planned} planned cases judged", style="")
    if left_out:
        line.append(f", {left_out} not claimed", style="")
    console.print(line.append(f"; results in {results}", style=""), soft_wrap=True)
    for reason in document["reasons"]:
        console.print(f"  {reason}", markup=False, soft_wrap=True)
