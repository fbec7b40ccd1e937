"""Measurements, claims and comparisons as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from torq_conformance.meter.gate import Answer, Judged
from torq_conformance.meter.measurement import Measurement
from torq_conformance.report.claims import Claim, claims_table, machine_line
from torq_conformance.report.foreign_text import NAME_MAX, shown
from torq_specs.workloads import workload_of

ANSWERS = {
    Answer.SAME: "green",
    Answer.WORSE: "bold red",
    Answer.BETTER: "cyan",
    Answer.NOISY: "yellow",
}
COLUMNS = {
    "instructions": "instructions",
    "l1_misses": "L1 misses",
    "ll_misses": "LL misses",
    "allocations": "allocations",
    "allocated_bytes": "bytes",
    "own_allocations": "allocations, by its own counter",
    "own_bytes": "bytes, by its own counter",
}

COMPARED = ("instructions", "allocations", "allocated_bytes", "own_allocations", "own_bytes")
"""What two measurements are compared by."""


def show(measurement: Measurement, claims: Sequence[Claim], console: Console) -> None:
    """A measurement: what a message costs, the loops, what is not measured, and the claims."""
    name, version, language = (
        shown(one, NAME_MAX)
        for one in (measurement.name, measurement.version, measurement.language)
    )
    console.print(f"{name} {version} ({language})", style="bold", markup=False)
    if measurement.streams:
        console.print(_costs(measurement))
    if measurement.loops:
        console.print(_loops(measurement))
    elif measurement.round_trips_per_second:
        rate = measurement.round_trips_per_second
        console.print(f"{rate:,.0f} round trips a second, driven by the kit: transport included")
    for text, number in measurement.criterion.items():
        console.print(f"criterion {shown(text, NAME_MAX)}: {number:,.1f} ns", markup=False)
    if measurement.machine:
        console.print(machine_line(measurement.machine))
    for what, why in measurement.why_not.items():
        console.print(f"not measured, {what}: {shown(why, NAME_MAX)}", style="yellow", markup=False)
    console.print(claims_table(claims, "claims of section 9"))


def _costs(measurement: Measurement) -> Table:
    table = Table(title="a round trip of one message", box=None, title_justify="left")
    table.add_column("messages")
    events = [event for event in COLUMNS if measurement.cost(event)]
    for event in events:
        table.add_column(COLUMNS[event], justify="right")
    for name, costs in measurement.streams.items():
        table.add_row(name, *(_number(costs.get(event)) for event in events))
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0:,.2f}"


def _loops(measurement: Measurement) -> Table:
    table = Table(title="its own loops, checked by the kit", box=None, title_justify="left")
    for name in ("workload", "operations/s", "floor", "best reported", "ns each"):
        table.add_column(name, justify="left" if name == "workload" else "right")
    for name, loop in measurement.loops.items():
        work = workload_of(name)
        floor, best = (f"{number:,}" if number else "" for number in (work.floor, work.best))
        rate = loop["rate"]
        table.add_row(name, f"{rate:,.0f}", floor, best, f"{1e9 / rate:,.1f}" if rate else "")
    return table


def show_judged(judged: Sequence[Judged], console: Console, unit: str) -> None:
    """A comparison, workload by workload."""
    table = Table(box=None)
    for name in ("messages", f"{unit} before", "now", "change", ""):
        table.add_column(name, justify="left" if name in {"messages", ""} else "right")
    for one in judged:
        change = f"{100 * one.change:+.3f} %"
        if one.low is not None and one.high is not None:
            change += f" ({100 * one.low:+.2f} to {100 * one.high:+.2f})"
        style = ANSWERS[one.answer]
        table.add_row(
            one.workload,
            _scaled(one.before, unit),
            _scaled(one.after, unit),
            change,
            f"[{style}]{one.answer}[/]",
        )
    console.print(table)


def _scaled(value: float, unit: str) -> str:
    return f"{value:.4f}" if unit == "seconds" else f"{value:,.2f}"
