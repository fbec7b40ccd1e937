"""The long tables of a run in the terminal: all requirements, and the census of drawn questions."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from torq_conformance.judging.verdicts import Verdict

STYLES = {
    Verdict.PASS: "green",
    Verdict.DECODE_ONLY: "green",
    Verdict.SHOULD: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.NOT_CLAIMED: "dim",
    Verdict.NOT_JUDGED: "dim",
    Verdict.INCONCLUSIVE: "bold yellow",
}
CLASSES_SHOWN = 24
"""Classes of a dimension that are shown one by one."""
NEVER_SHOWN = 8
"""Classes, and pairs, that were never met and are shown by name."""
TABLE_MARGIN = 55
"""Columns of the table that are neither the id nor the sentence."""


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
