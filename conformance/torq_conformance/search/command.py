"""The command ``torq-conformance search``."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click
from rich.progress import MofNCompleteColumn, TimeElapsedColumn, TimeRemainingColumn

from torq_conformance.judging.verdicts import rule_of
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.report.failures import text_of
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import (
    COUNT,
    NUMBER,
    PROCESSES,
    SECONDS,
    kit_errors_reported,
    progress_bar,
)
from torq_conformance.running.results import ExitCode
from torq_specs.registry import Registry

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.progress import Progress

    from torq_conformance.search import stretch
    from torq_conformance.search.units import Disagreement


@click.command()
@click.argument("implementation")
@click.option("--seed", type=NUMBER, default=0, show_default=True, help="Seed of the stream.")
@click.option("--start", type=NUMBER, default=0, show_default=True, help="First index of it.")
@click.option("--count", type=COUNT, default=1_000_000, show_default=True, help="How many cases.")
@click.option(
    "--type", "types", multiple=True, metavar="NAME", help="Search these types.  [default: all]"
)
@click.option("--in-process", is_flag=True, help="Call trusted Python code directly: faster.")
@click.option("--deadline", type=SECONDS, default=5.0, help="Seconds for one answer.  [default: 5]")
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@click.option(
    "-n", "--processes", type=PROCESSES, help="Processes to spread over.  [default: cores]"
)
@kit_errors_reported
def search(
    implementation: str,
    seed: int,
    start: int,
    count: int,
    types: tuple[str, ...],
    in_process: bool,
    deadline: float,
    vendor_specs: str | None,
    processes: int | None,
) -> None:
    """Search valid messages in bulk for one that an implementation gets wrong.

    Each message is decoded and encoded again and must come back unchanged. What does not is
    reported as plain as it can be made. The same seed gives the same messages everywhere.
    """
    from torq_conformance.search import stretch

    what = stretch.Search(
        implementation, seed, start, count, types, in_process, deadline, vendor_specs
    )
    began = time.perf_counter()
    with bar() as progress:
        task = progress.add_task("searching", total=count)
        result = stretch.search(
            what,
            processes=processes or os.cpu_count() or 1,
            progress=lambda done: progress.advance(task, done),
        )
    _show(result, time.perf_counter() - began, registry_with(vendor_specs))
    sys.exit(_exit_code(result))


def bar() -> AbstractContextManager[Progress]:
    """Progress on standard error, with how many there are."""
    return progress_bar(MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())


def words(one: Disagreement, registry: Registry) -> str:
    """A disagreement as people read it."""
    rule = rule_of(one.requirement, registry)
    return text_of(one.failure, rule, one.where, one.repeat)


def _show(result: stretch.SearchResult, seconds: float, registry: Registry) -> None:
    for one in result.disagreements:
        click.echo(f"{words(one, registry)}\n")
    if result.digest:
        click.echo(f"stream digest {result.digest}")
    rate = result.judged / seconds
    click.echo(f"judged {result.judged:,} of {result.planned:,} cases, {rate:,.0f} per second")
    if result.disagreeing:
        found = len(result.disagreements)
        click.echo(f"disagreements: {result.disagreeing:,} confirmed, {found} shown")
    if result.lost:
        click.echo(f"The search did not come to its end: {shown(result.lost)}.", err=True)
        click.echo(f"To go on: --start {result.resume_at}", err=True)


def _exit_code(result: stretch.SearchResult) -> ExitCode:
    if result.disagreeing:
        return ExitCode.NOT_CONFORMANT
    return ExitCode.CONFORMANT if result.judged == result.planned else ExitCode.INCONCLUSIVE
