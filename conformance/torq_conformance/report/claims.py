"""Claims beside bytes: what is promised, what was found, and the table of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.table import Table


class State(StrEnum):
    """What became of a claim."""

    MET = "met"
    NOT_MET = "not met"
    NOT_MEASURED = "not measured"


STYLES = {State.MET: "green", State.NOT_MET: "bold red", State.NOT_MEASURED: "dim"}


@dataclass(frozen=True)
class Claim:
    """One claim: what is promised, what was found, and what is said of it."""

    name: str
    promised: str
    found: str
    state: State


def met_or_not(*, is_met: bool) -> State:
    """What became of a claim that was measured."""
    return State.MET if is_met else State.NOT_MET


def machine_line(machine: dict[str, float]) -> str:
    """What the machine does with two plain jobs, beside which rates mean something."""
    return (
        f"this machine: CRC-32 {machine['crc32_gb_per_second']:.2f} GB/s, "
        f"copy {machine['copy_gb_per_second']:.2f} GB/s"
    )


def claims_table(claims: Sequence[Claim], title: str) -> Table:
    """Claims, one a row."""
    table = Table(title=title, box=None, title_justify="left")
    for name in ("claim", "promised", "found", ""):
        table.add_column(name, overflow="fold")
    for claim in claims:
        style = STYLES[claim.state]
        table.add_row(claim.name, claim.promised, claim.found, f"[{style}]{claim.state}[/]")
    return table
