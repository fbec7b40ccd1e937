"""The command ``torq-conformance search``."""

from __future__ import annotations

import os
import shlex
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import click
from rich.progress import MofNCompleteColumn, TimeElapsedColumn, TimeRemainingColumn

from torq_conformance.cases.stream.questions import BLOCK_COUNT
from torq_conformance.cluster.option import check_where, cluster_option, crew_of
from torq_conformance.errors import KitError
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
from torq_conformance.search.drawn import DrawnSearch
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
    "--drawn",
    is_flag=True,
    help="Search the drawn stream of the suite: questions of every kind, slower and wider.",
)
@click.option(
    "-n", "--processes", type=PROCESSES, help="Processes to spread over.  [default: cores]"
)
@cluster_option
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
    drawn: bool,
    processes: int | None,
    cluster: str | None,
) -> None:
    """Search valid messages in bulk for one that an implementation gets wrong.

    Each message is decoded and encoded again and must come back unchanged. What does not is
    reported as plain as it can be made. The same seed gives the same messages everywhere. With
    --drawn, questions of every kind are asked instead, in blocks of 1,000, right and wrong ones.
    """
    from torq_conformance.search import stretch

    if drawn:
        if types:
            raise KitError("The drawn stream is of all types.", "Leave --type out, or --drawn.")
        block, last = start // BLOCK_COUNT, -(-(start + count) // BLOCK_COUNT)
        blocks = DrawnSearch(
            implementation, seed, block, last - block, in_process, deadline, vendor_specs
        )
        _search_drawn(blocks, processes, cluster)
    check_where(processes, cluster)
    what = stretch.Search(
        implementation, seed, start, count, types, in_process, deadline, vendor_specs
    )
    began = time.perf_counter()
    with bar() as progress:
        task = progress.add_task("searching", total=count)
        result = stretch.search(
            what,
            processes=processes or os.cpu_count() or 1,
            cluster=cluster,
            progress=lambda done: progress.advance(task, done),
        )
    _show(result, time.perf_counter() - began, registry_with(vendor_specs))
    sys.exit(_exit_code(result))


def _search_drawn(what: DrawnSearch, processes: int | None, cluster: str | None) -> NoReturn:
    from torq_conformance.search import drawn

    registry = registry_with(what.vendor_specs)
    if cluster is None:
        processes = min(processes or os.cpu_count() or 1, what.count)
    with crew_of("drawn", what.setup, processes=processes, cluster=cluster) as crew:
        began = time.perf_counter()
        with bar() as progress:
            task = progress.add_task("searching", total=what.count * BLOCK_COUNT)
            found = drawn.search(what, crew, progress=lambda done: progress.advance(task, done))
    for number, failure in found.failures:
        repeat = f"torq-conformance search {shlex.quote(what.implementation)} --drawn"
        repeat += f" --seed {what.seed} --start {number * BLOCK_COUNT} --count {BLOCK_COUNT}"
        rule = rule_of(failure["requirement"], registry)
        click.echo(f"{text_of(failure, rule, failure['label'], repeat)}\n")
    if found.digest:
        click.echo(f"stream digest {found.digest}")
    rate = found.judged / (time.perf_counter() - began)
    left_out = f", {found.not_claimed:,} not claimed" if found.not_claimed else ""
    click.echo(f"judged {found.judged:,} drawn questions{left_out}, {rate:,.0f} per second")
    if found.failed:
        click.echo(f"failed: {found.failed:,}, {len(found.failures)} shown")
        sys.exit(ExitCode.NOT_CONFORMANT)
    if found.lost:
        click.echo(f"The search did not come to its end: {shown(found.lost)}.", err=True)
    sys.exit(ExitCode.INCONCLUSIVE if found.lost else ExitCode.CONFORMANT)


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
