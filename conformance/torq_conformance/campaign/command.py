"""The commands ``torq-conformance campaign``."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torq_conformance.cluster.option import check_where, cluster_option, crew_of
from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import (
    COUNT,
    NUMBER,
    PROCESSES,
    SECONDS,
    console,
    kit_errors_reported,
    progress_bar,
)
from torq_conformance.running.results import ExitCode

if TYPE_CHECKING:
    from torq_conformance.campaign.ledger import Ledger
    from torq_conformance.campaign.running import Progress
    from torq_conformance.campaign.summary import Sums
    from torq_conformance.cluster.crew import Crew

LEDGER = "torq-campaign.sqlite"
Json = dict[str, Any]

TOLD = 0.2
"""Seconds after which the line of progress is made anew, at the earliest."""

CAUSES_SHOWN = 3
"""Causes of which the plainest failure is shown whole."""


@click.group()
def campaign() -> None:
    """Judge for days, on many machines, with a ledger of what was judged and found."""


def ledger_argument(command: Callable[..., None]) -> Callable[..., None]:
    """The argument LEDGER of those that read one."""
    return click.argument(
        "ledger", default=LEDGER, type=click.Path(dir_okay=False, path_type=Path)
    )(command)


VENDOR = click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")


@campaign.command()
@click.argument("implementation")
@click.option(
    "--ledger",
    default=LEDGER,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that is written; what it has is not judged again.",
)
@click.option("--seed", type=NUMBER, default=0, show_default=True, help="Seed of the stream.")
@click.option("--start", type=NUMBER, default=0, show_default=True, help="First question of it.")
@click.option(
    "--count", type=COUNT, default=1_000_000, show_default=True, help="How many questions."
)
@click.option(
    "--unit",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Blocks of 1,000 questions that are handed out as one.",
)
@click.option("--in-process", is_flag=True, help="Call trusted Python code directly: faster.")
@click.option("--deadline", type=SECONDS, default=5.0, help="Seconds for one answer.  [default: 5]")
@VENDOR
@click.option(
    "-n", "--processes", type=PROCESSES, help="Processes to spread over.  [default: cores]"
)
@cluster_option
@kit_errors_reported
def run(
    implementation: str,
    ledger: Path,
    seed: int,
    start: int,
    count: int,
    unit: int,
    in_process: bool,
    deadline: float,
    vendor_specs: str | None,
    processes: int | None,
    cluster: str | None,
) -> None:
    """Judge a stretch of the drawn stream, and go on where an earlier run ended.

    What is found is made as plain as it can be where it is found, and kept in the ledger. Whatever
    ends a run, even a lost machine, costs the units under way: run the same command again.
    """
    from torq_conformance.campaign import running, summary
    from torq_conformance.campaign.plan import Plan

    check_where(processes, cluster)
    plan = Plan(implementation, seed, start, count, unit, in_process, deadline, vendor_specs)

    def crews(build: Json | None) -> AbstractContextManager[Crew]:
        count = None if cluster else min(processes or os.cpu_count() or 1, len(plan.starts))
        return crew_of("drawn", plan.setup, processes=count, cluster=cluster, build=build)

    with _interrupts_told(), running.ledger_for(ledger, plan, crews) as (opened, crew):
        with progress_bar() as progress:
            task = progress.add_task("judging", total=plan.questions)
            done = running.run(opened, crew, plan, _teller(progress, task))
            flaky = running.ask_again(opened, crew)
        found = summary.sums(opened)
        finds = [*opened.finds()]
        for line in _status(opened, found, summary.finds_digest(finds), len(finds), flaky):
            click.echo(line)
        lost = [*opened.lost()]
    if lost:
        why = f"{len(lost):,} units could not be judged, the first: {lost[0][2]}"
        click.echo(f"The campaign did not come to its end: {shown(why)}.", err=True)
    if finds:
        click.echo(f"see them: torq-conformance campaign finds {shlex.quote(str(ledger))}")
        sys.exit(ExitCode.NOT_CONFORMANT)
    sys.exit(ExitCode.INCONCLUSIVE if done.lost or lost else ExitCode.CONFORMANT)


@contextmanager
def _interrupts_told() -> Iterator[None]:
    """An interrupt ends the command as inconclusive, and says what becomes of the work."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("interrupted: run the same command again, it goes on with the rest", err=True)
        sys.exit(ExitCode.INCONCLUSIVE)


def _teller(progress: Any, task: Any) -> Callable[[Progress], None]:
    """Shows how far a run is: rate, workers, finds; the time left comes from the bar itself."""
    began, last = time.monotonic(), 0.0

    def tell(now: Progress) -> None:
        nonlocal last
        moment = time.monotonic()
        if moment - last < TOLD and now.done < now.questions:
            return
        last = moment
        rate = now.judged / max(moment - began, 0.001)
        workers = f"{now.workers} worker" + ("" if now.workers == 1 else "s")
        what = f"judging, {rate:,.0f} per second, {workers}, {now.finds:,} finds"
        progress.update(task, total=now.questions, completed=now.done, description=what)

    return tell


@campaign.command()
@ledger_argument
@kit_errors_reported
def status(ledger: Path) -> None:
    """Say what a LEDGER holds: how much was judged, of what, by whom, with which digests."""
    from torq_conformance.campaign import summary
    from torq_conformance.campaign.ledger import Ledger

    with Ledger.open(ledger) as opened:
        found, finds = summary.sums(opened), [*opened.finds()]
        flaky = sum(bool(one.flaky) for one in finds)
        for line in _status(opened, found, summary.finds_digest(finds), len(finds), flaky):
            click.echo(line)
        pending = sum(one.flaky is None for one in finds)
        if pending:
            click.echo(f"not asked again yet: {pending:,} finds")
        for _, start, why in [*opened.lost()][:5]:
            click.echo(f"not judged: block {start}: {shown(why, 200)}")
        for name, judged in found.workers.most_common(20):
            click.echo(f"  {judged:>14,} by {shown(name, 80)}")


def _status(ledger: Ledger, found: Sums, digest: str, finds: int, flaky: int) -> Iterator[str]:
    about = ledger.about
    claims = about["build"]["claims"]
    yield (
        f"{shown(claims['name'], 80)} {shown(claims['version'], 40)}, seed {about['seed']}, "
        f"kit {shown(about['kit'], 40)}"
    )
    for one in _files(about["build"].get("files")):
        yield f"build: {one}"
    parts = ", ".join(f"{start:,} to {stop:,}" for start, stop in found.stretches[:4])
    more = f" and {len(found.stretches) - 4:,} more" if len(found.stretches) > 4 else ""
    yield f"blocks: {parts or 'none'}{more} ({found.units:,} units)"
    left_out = f", {found.not_claimed:,} not claimed" if found.not_claimed else ""
    ended = f", {found.unjudged:,} not asked after a failure" if found.unjudged else ""
    yield f"judged {found.judged:,} drawn questions{left_out}{ended}"
    yield f"stream digest {found.digest}"
    yield f"finds digest  {digest}"
    yield f"failed: {found.failed:,} answers, {finds:,} finds, {flaky:,} of them flaky"


def _files(files: Any) -> Iterator[str]:
    """The files of a build as somebody has written them."""
    rows = files if isinstance(files, list) else []
    for row in rows[:4]:
        for one in row[:4] if isinstance(row, list) else ():
            if isinstance(one, dict):
                digest = one.get("sha256", "not hashed")
                yield f"{shown(one.get('name'), 80)} {shown(digest, 80)}"


@campaign.command()
@ledger_argument
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write them as a results file, which `replay`, `keep` and `report` take.",
)
@VENDOR
@click.option("-v", "--verbose", is_flag=True, help="Show the plainest failure of every cause.")
@kit_errors_reported
def finds(ledger: Path, results: Path | None, vendor_specs: str | None, verbose: bool) -> None:
    """Show what a LEDGER's campaign has found, by causes."""
    from torq_conformance.campaign import summary
    from torq_conformance.campaign.ledger import Ledger
    from torq_conformance.campaign.suite_of import registry_of
    from torq_conformance.judging.verdicts import rule_of
    from torq_conformance.report import output_file, terminal
    from torq_conformance.report.failures import text_of
    from torq_conformance.report.foreign_text import neutral
    from torq_conformance.report.readable import readable

    with Ledger.open(ledger) as opened, readable([str(ledger)]):
        registry = registry_of(opened, vendor_specs)
        found = [*opened.finds(summary.FINDS_MAX)]
        causes = neutral(summary.causes(found))
        document = summary.results_of(opened, registry, summary.sums(opened), found)
        about = opened.about
        if causes:
            terminal.show_cause_lines(causes, console())
        by_id = {one.failure["id"]: one for one in found if "case" in one.failure}
        for cause in causes if verbose else causes[:CAUSES_SHOWN]:
            one = by_id.get(cause["example"])
            if one is None:
                continue
            repeat = f"torq-conformance search {shlex.quote(about['implementation'])} --drawn"
            repeat += f" --seed {about['seed']} --start {one.start * 1000} --count 1000"
            rule = rule_of(one.failure["requirement"], registry)
            click.echo(f"\n{text_of(one.failure, rule, one.failure['label'], repeat)}")
        for one in found:
            if one.flaky:
                problem = shown(one.signature["problem"], 120)
                click.echo(f"flaky: {problem}: {shown(one.flaky, 200)}")
    if results is not None:
        output_file.write(results, f"{json.dumps(document, indent=1)}\n")
        click.echo(f"written: {shown(results)}", err=True)
    if not found:
        click.echo("nothing was found")
    sys.exit(ExitCode.NOT_CONFORMANT if found else ExitCode.CONFORMANT)


@campaign.command()
@ledger_argument
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write one page.")
@click.option("--json", "as_json", metavar="FILE", type=click.Path(path_type=Path), help="As JSON.")
@click.option(
    "--svg", metavar="DIR", type=click.Path(path_type=Path), help="Write the charts as files there."
)
@VENDOR
@kit_errors_reported
def report(
    ledger: Path,
    html: Path | None,
    as_json: Path | None,
    svg: Path | None,
    vendor_specs: str | None,
) -> None:
    """Draw a LEDGER: judged over time, causes by first sight, cells covered."""
    from torq_conformance.campaign import reporting
    from torq_conformance.campaign.ledger import Ledger
    from torq_conformance.report import output_file
    from torq_conformance.report.readable import readable

    if html is None and as_json is None and svg is None:
        raise KitError(
            "Nothing says what is written.", "Add --html FILE, --json FILE or --svg DIR."
        )
    with Ledger.open(ledger) as opened, readable([str(ledger)]):
        made = reporting.made(opened, vendor_specs)
        written: dict[Path, str] = {}
        if html is not None:
            written[html] = reporting.page_of(made, ledger.name)
        if as_json is not None:
            written[as_json] = reporting.json_of(made)
        if svg is not None:
            written |= {svg / name: text for name, text in reporting.pictures_of(made).items()}
    if svg is not None:
        svg.mkdir(parents=True, exist_ok=True)
    for path, text in written.items():
        output_file.write(path, text)
        click.echo(f"written: {shown(path)}")


@campaign.command()
@click.argument("into", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("others", nargs=-1, required=True, type=click.Path(path_type=Path))
@kit_errors_reported
def merge(into: Path, others: tuple[Path, ...]) -> None:
    """Take over what OTHERS hold INTO a ledger of the same campaign, which may be new."""
    from torq_conformance.campaign.merging import merge_into

    for path in others:
        taken, both, unlike = merge_into(into, path)
        also = f", {both:,} were known" if both else ""
        differ = f", {unlike:,} of these with other results: marked flaky" if unlike else ""
        click.echo(f"{shown(path)}: {taken:,} units taken{also}{differ}")
