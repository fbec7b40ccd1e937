"""What a run says in the terminal: what is wrong first, then a table of all requirements."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from torq_conformance.judging.verdicts import CONTRACT, Verdict
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import NAME_MAX, neutral, shown
from torq_specs.requirements import Level, Requirement

STYLES = {
    Verdict.PASS: "green",
    Verdict.DECODE_ONLY: "green",
    Verdict.SHOULD: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.NOT_CLAIMED: "dim",
    Verdict.NOT_JUDGED: "dim",
    Verdict.INCONCLUSIVE: "bold yellow",
}
CAUSES_SHOWN = 3
"""Causes that are shown with their evidence; all are listed."""
WAYS_SHOWN = 3
"""Problems of one cause that are shown, the most frequent first."""
ALSO_SHOWN = 6
"""Requirements that failed for a cause and are named with it."""
CLASSES_SHOWN = 24
"""Classes of a dimension that are shown one by one."""
NEVER_SHOWN = 8
"""Classes, and pairs, that were never met and are shown by name."""
TABLE_MARGIN = 55
"""Columns of the table that are neither the id nor the sentence."""


def show(document: dict[str, Any], console: Console, *, results: str, is_verbose: bool) -> None:
    """Everything that a results document says to a person."""
    document = neutral(document)
    causes = [cause for cause in document["causes"] if "known" not in cause]
    if "known_failures" in document:
        # Before all else: a green run of which a part is known to fail is no plain green one.
        console.print(Text(document["conclusion"], style=_style(document)), soft_wrap=True)
    _show_head(document, console)
    if causes:
        _show_causes(document, causes, console, len(causes) if is_verbose else CAUSES_SHOWN)
    _show_known(document, console)
    _show_flaky(document, console)
    if document["findings"]:
        _show_findings(document, console, is_whole=is_verbose or not causes)
    if document["planned"]["cases"]:
        rows = document["requirements"]
        if "types" in document["implementation"]:
            # Of dozens of types that are somebody else's, one line is enough.
            rows = [row for row in rows if row["verdict"] != Verdict.NOT_CLAIMED]
        console.print(requirement_table(rows, console.width))
        if len(rows) < len(document["requirements"]):
            left_out = len(document["requirements"]) - len(rows)
            console.print(f"{left_out} more are not claimed", style="dim")
    _show_measured(document, console)
    _show_conclusion(document, console, results)


def _show_measured(document: dict[str, Any], console: Console) -> None:
    for one in document.get("measured", ()):
        console.print(f"{one['requirement']}: {one['what']}: {one['verdict']}", markup=False)


def _show_head(document: dict[str, Any], console: Console) -> None:
    who = document["implementation"]
    unjudged = document.get("claimed_not_judged", [])
    claims = ", ".join(name for name in who["capabilities"] if name not in unjudged)
    name, version, language = (shown(who[k], NAME_MAX) for k in ("name", "version", "language"))
    named = f"{name} {version}".rstrip()
    console.print(
        f"{named} ({language}), claims {claims or 'nothing beside the rules'}", markup=False
    )
    if "types" in who:
        console.print(f"types: {shown(who['types']['named'])}", markup=False)
    if unjudged:
        console.print(f"claimed, not judged: {', '.join(unjudged)}", style="yellow", markup=False)
    console.print()


def _show_known(document: dict[str, Any], console: Console) -> None:
    entries = document.get("known_failures", {}).get("entries", [])
    if not entries:
        return
    causes = {cause["id"]: cause for cause in document["causes"]}
    console.print(Text(counted(len(entries), "known failure"), style="yellow"))
    for entry in entries:
        named = ", ".join(entry[key] for key in ("requirement", "cause", "case") if key in entry)
        cases = sum(causes[id_]["cases"] for id_ in entry["causes"])
        extent = f" ({counted(cases, 'case')})" if cases else ""
        line = Text(f"  {entry['status']}", style="yellow")
        console.print(line.append(f": {named}{extent}", style=""), soft_wrap=True)
        console.print(Text(f"       {entry['reason']}", style="dim"), soft_wrap=True)
    console.print()


def _show_flaky(document: dict[str, Any], console: Console) -> None:
    flaky = [cause for cause in document["causes"] if "flaky" in cause]
    if not flaky:
        return
    text = f"{len(flaky)} flaky: the same question is answered otherwise when it is asked again"
    console.print(Text(text, style="bold yellow"))
    for cause in flaky:
        line = Text(f"  {cause['id']} {cause['requirement']}", style="yellow")
        console.print(line.append(f"  {cause['flaky']}", style=""), soft_wrap=True)
    console.print()


def counted(count: int, noun: str) -> str:
    """A number of things in words: ``1 case``, ``2 cases``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _style(document: dict[str, Any]) -> str:
    return "bold green" if document["exit_code"] == 0 else "bold red"


def _show_causes(
    document: dict[str, Any], causes: Sequence[dict[str, Any]], console: Console, count: int
) -> None:
    show_cause_lines(causes, console)
    examples = {failure["id"]: failure for failure in document["failures"]}
    shown = [cause for cause in causes if cause["example"] in examples]
    _show_texts(document, [examples[cause["example"]] for cause in shown[:count]], console)
    if len(shown) > count:
        console.print(f"\n... {len(shown) - count} more are in the results file (or --verbose)")
    left_out = document.get("left_out", {})
    if left_out.get("causes"):
        console.print(f"{left_out['causes']:,} further causes are left out: mend the first ones")
    console.print()


def show_cause_lines(causes: Sequence[dict[str, Any]], console: Console) -> None:
    """How many causes there are, and each of them in a few lines."""
    cases = sum(cause["cases"] for cause in causes)
    console.print(Text(f"{headline(len(causes), cases)}", style="bold red"))
    for cause in causes:
        line = Text(f"  {cause['id']} {cause['requirement']}", style="red")
        line.append(f"  {cause['problem']}  ({_extent(cause)})", style="")
        console.print(line, soft_wrap=True)
        for text in _beside(cause):
            console.print(f"       {text}", style="dim", soft_wrap=True, markup=False)


def headline(causes: int, cases: int) -> str:
    """How much failed, in one line."""
    cause, case = "cause" if causes == 1 else "causes", "case" if cases == 1 else "cases"
    return f"{causes} {cause} in {cases:,} failed {case}"


def _extent(cause: dict[str, Any]) -> str:
    cases = f"{cause['cases']:,} case" + ("" if cause["cases"] == 1 else "s")
    return f"{cases} of {cause['tests']} test" + ("" if cause["tests"] == 1 else "s")


def _beside(cause: dict[str, Any]) -> list[str]:
    """What else a cause is seen by: other problems, other requirements that failed for it alone."""
    others = cause["problems_in_all"] - 1
    among = ", the most frequent" if others >= WAYS_SHOWN else ""
    lines = [f"seen in {others + 1} ways{among}:"] if others else []
    lines += [
        f"  {row['problem']} ({row['cases']:,})" for row in cause["problems"][:WAYS_SHOWN] if others
    ]
    if cause["also"]:
        more = f" and {len(cause['also']) - ALSO_SHOWN} more" if cause["also"][ALSO_SHOWN:] else ""
        lines.append(f"failed by it as well: {', '.join(cause['also'][:ALSO_SHOWN])}{more}")
    return lines


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
        row = rows.get(one["requirement"])
        rule = (
            CONTRACT
            if row is None
            else Requirement(row["id"], Level(row["level"]), row["text"], row["section"])
        )
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
            Text("known failure", style="yellow")
            if row.get("known")
            else Text(verdict, style=STYLES[verdict]),
            str(row["judged"] or ""),
            str(row["failed"] or ""),
            textwrap.shorten(
                row["text"], max(width - widest - TABLE_MARGIN, 20), placeholder=" ..."
            ),
        )
    return table


def show_census(document: dict[str, Any], console: Console) -> None:
    """What the drawn questions were like: how often each class was met, and what never was."""
    census = document.get("features") or {}
    if not census:
        console.print("No drawn questions were asked.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("dimension", no_wrap=True)
    table.add_column("drawn questions by class")
    for name, classes in census["dimensions"].items():
        counts = sorted(classes.items(), key=lambda one: -one[1])
        shown = counts if len(counts) <= CLASSES_SHOWN else [counts[0], counts[-1]]
        text = " · ".join(f"{class_} {count:,}" for class_, count in shown)
        more = f" ({len(counts)} classes, the most and the least frequent)"
        table.add_row(name, text if shown is counts else text + more)
    console.print()
    console.print(table)
    for id_, of in (("classes", "classes"), ("pairs", "pairs of classes")):
        met, whole = census[f"{id_}_met"], census[id_]
        console.print(f"{of} met: {met:,} of {whole:,} ({met / max(whole, 1):.1%})")
        for never in census[f"{id_}_never_met"][:NEVER_SHOWN]:
            console.print(f"  never met: {never}", markup=False, style="dim")


def _show_conclusion(document: dict[str, Any], console: Console, results: str) -> None:
    console.print()
    line = Text(document["conclusion"], style=_style(document))
    judged, planned = document["judged"]["cases"], document["planned"]["cases"]
    left_out = document["not_claimed"]["cases"]
    line.append(f": {judged} of {planned} planned cases judged", style="")
    if left_out:
        line.append(f", {left_out} not claimed", style="")
    console.print(line.append(f"; results in {shown(results)}", style=""), soft_wrap=True)
    for reason in document["reasons"]:
        console.print(f"  {reason}", markup=False, soft_wrap=True)
