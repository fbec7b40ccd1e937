"""The commands ``torq-conformance compare`` and ``diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torq_conformance.cluster.option import cluster_option
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import (
    COUNT,
    NUMBER,
    SECONDS,
    kit_errors_reported,
)
from torq_conformance.running.results import ExitCode
from torq_conformance.search.command import bar

if TYPE_CHECKING:
    from torq_conformance.compare.comparison import Compared
    from torq_conformance.compare.process import Plan

FORMAT = 1


@click.command()
@click.argument("implementations", nargs=-1)
@click.option("--seed", type=NUMBER, default=0, show_default=True, help="Seed of the stream.")
@click.option("--start", type=NUMBER, default=0, show_default=True, help="First index of it.")
@click.option(
    "--count",
    type=COUNT,
    default=10_000,
    show_default=True,
    help="How many valid messages, and corrupted.",
)
@click.option(
    "--corpus",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Take the messages of a folder, such as a fuzzer's corpus, a file each.",
)
@click.option("--in-process", is_flag=True, help="Call trusted Python code directly: faster.")
@click.option("--deadline", type=SECONDS, default=5.0, help="Seconds for one answer.  [default: 5]")
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what came out as JSON.  [default: nowhere]",
)
@cluster_option
@kit_errors_reported
def compare(
    implementations: tuple[str, ...],
    seed: int,
    start: int,
    count: int,
    corpus: Path | None,
    in_process: bool,
    deadline: float,
    vendor_specs: str | None,
    results: Path | None,
    cluster: str | None,
) -> None:
    """Ask IMPLEMENTATIONS the same and show where they disagree with the specification.

    Each message of the stream is decoded and encoded again, and its corrupted form is decoded. The
    specification decides who is right, not the majority. The same seed gives the same messages
    everywhere. With --corpus one implementation is enough.
    """
    from torq_conformance.compare import disagreements, process
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.running.results_file import ResultsFile

    if corpus is not None:
        count = len(process.messages_of(corpus))
    plan = process.Plan(
        implementations, seed, start, count, in_process, deadline, vendor_specs, corpus
    )
    file = ResultsFile(results) if results is not None else None
    with bar() as progress:
        task = progress.add_task("comparing", total=count)

        def advance(done: int) -> None:
            if file is not None and not progress.tasks[task].completed:
                file.begin(_document(plan, {"status": "incomplete"}))
            progress.advance(task, done)

        compared = process.compare(plan, advance, cluster=cluster)
    registry = registry_with(vendor_specs)
    click.echo(disagreements.tell(implementations, compared, registry))
    code = _exit_code(compared, count if corpus is not None else 2 * count)
    found = disagreements.to_json(len(implementations), compared, registry)
    status = "incomplete" if compared.lost else "complete"
    if file is not None:
        file.complete(_document(plan, {"status": status, "exit_code": int(code), **found}))
    if compared.ended or compared.lost:
        why = compared.lost or compared.ended
        click.echo(f"The comparison did not come to its end: {shown(why)}.", err=True)
    sys.exit(code)


def _exit_code(compared: Compared, planned: int) -> ExitCode:
    if compared.wrong.total():
        return ExitCode.NOT_CONFORMANT
    is_whole = compared.valid + compared.corrupted == planned
    return ExitCode.CONFORMANT if is_whole and not compared.lost else ExitCode.INCONCLUSIVE


def _document(plan: Plan, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "implementations": plan.implementations,
        "seed": plan.seed,
        "start": plan.start,
        "count": plan.count,
        **({} if plan.corpus is None else {"corpus": str(plan.corpus)}),
        **content,
    }


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--seed", type=NUMBER, default=0, show_default=True, help="Seed of the stream.")
@click.option(
    "--start", type=NUMBER, default=0, show_default=True, help="First block of 1,000 of it."
)
@click.option("--count", type=COUNT, default=20_000, show_default=True, help="How many questions.")
@click.option("--in-process", is_flag=True, help="Call trusted Python code directly: faster.")
@click.option("--deadline", type=SECONDS, default=5.0, help="Seconds for one answer.  [default: 5]")
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what came out as JSON.  [default: nowhere]",
)
@kit_errors_reported
def diff(
    old: str,
    new: str,
    seed: int,
    start: int,
    count: int,
    in_process: bool,
    deadline: float,
    vendor_specs: str | None,
    results: Path | None,
) -> None:
    """Ask two revisions of an implementation the same and show what they answer otherwise.

    The questions are those of the drawn stream: right and wrong messages, values, ids, validation.
    Of each change the specification says whether it broke something, mended it, or was free.
    """
    from torq_conformance.compare import revision_texts, revisions
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.running.results_file import ResultsFile

    plan = revisions.Plan(old, new, seed, start, count, in_process, deadline, vendor_specs)
    file = ResultsFile(results) if results is not None else None
    about = {"format": FORMAT, "old": old, "new": new, "seed": seed, "start": start, "count": count}
    with bar() as progress:
        task = progress.add_task("comparing", total=count)

        def advance(done: int) -> None:
            if file is not None and not progress.tasks[task].completed:
                file.begin({**about, "status": "incomplete"})
            progress.advance(task, done)

        found = revisions.compare(plan, advance)
    for line in revision_texts.tell(found, registry_with(vendor_specs)):
        click.echo(line)
    code = ExitCode.INCONCLUSIVE if found.lost or not found.asked else ExitCode.CONFORMANT
    if found.changes or found.claims[0]:
        code = ExitCode.NOT_CONFORMANT
    if file is not None:
        status = "incomplete" if found.lost else "complete"
        content = {"status": status, "exit_code": int(code), **revision_texts.to_json(found)}
        file.complete({**about, **content})
    if found.lost:
        click.echo(f"The comparison did not come to its end: {shown(found.lost)}.", err=True)
    sys.exit(code)
