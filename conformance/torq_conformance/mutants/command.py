"""The command ``torq-conformance mutants``: the proof that the suite finds faults."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from torq_conformance.cluster.option import check_where, cluster_option, crew_of
from torq_conformance.errors import KitError
from torq_conformance.implementations import claimed_types
from torq_conformance.mutants import (
    cause_page,
    cause_trial,
    drawn_trial,
    gallery,
    matrix,
    spanned,
    spreading,
    vector_page,
)
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import Kill
from torq_conformance.report import output_file
from torq_conformance.running.command_line import PROCESSES, kit_errors_reported, progress_bar
from torq_conformance.running.results import ExitCode
from torq_conformance.vectors.reader import published
from torq_specs.registry import REGISTRY

HEAD = """# The kill matrix

The suite is proven on mutants: implementations that are the reference with exactly one fault. A
survivor is a gap in the suite, and so is a mutant that is killed only by a requirement that does
not speak of its fault. `torq-conformance mutants --write conformance/mutants.md` writes this page;
`--check` instead of `--write` fails if the page is out of date or a mutant lives.

One mutant is judged like any implementation:
`torq-conformance run python:torq_conformance.mutants.header:MagicUnchecked`.

"""


def page(mutants: list[Mutant], kills: list[Kill]) -> str:
    """The page with the kill matrix."""
    summary = (
        f"{matrix.summarize(kills)}.\nThe second table counts those that are made by rule.\n\n"
    )
    return HEAD + summary + matrix.table(mutants, kills)


def _judge_causes(mutants: list[Mutant], processes: int, write: Path | None) -> None:
    """Full runs of a sample, or of the mutants that are named; what is too little fails."""

    def show(done: cause_trial.Causes) -> None:
        found = ", ".join(one["requirement"] for one in done.causes) or done.lost or "nothing"
        click.echo(f"{'one cause' if done.is_one else 'NOT ONE'}: {done.mutant}: {found}")

    try:
        found = cause_trial.run(mutants, processes=processes, on_done=show)
    except KeyboardInterrupt:
        click.echo("interrupted: inconclusive", err=True)
        sys.exit(ExitCode.INCONCLUSIVE)
    good = sum(one.is_one for one in found)
    click.echo(f"{good} of {len(found)} are reported as exactly one cause, rightly attributed")
    if write is not None:
        old = _old_page(write)
        new = cause_page.part(found)
        before = cause_page.kept(old)
        output_file.write(write, old.replace(before, new) if before else f"{old}\n{new}")
    sys.exit(ExitCode.CONFORMANT if cause_page.is_enough(found) else ExitCode.NOT_CONFORMANT)


def _judge_drawn(ids: tuple[str, ...], blocks: int, processes: int, *, is_long: bool) -> NoReturn:
    """Mutants made by rule, or those that are named, by the drawn stream alone."""
    chosen = [one for one in (*gallery.all_mutants(), *spanned.all_spanned()) if one.id in ids]

    def show(done: drawn_trial.DrawnKill) -> None:
        if done.questions is None:
            click.echo(f"LIVES: {done.mutant}")
        elif is_long:
            click.echo(f"{done.questions:>8,} {done.mutant}: {done.requirement}: {done.problem}")

    found = drawn_trial.run(
        chosen or [*spanned.all_spanned()], blocks=blocks, processes=processes, on_done=show
    )
    click.echo(drawn_trial.summary(found, blocks))
    is_alive = any(one.questions is None for one in found)
    sys.exit(ExitCode.NOT_CONFORMANT if is_alive else ExitCode.CONFORMANT)


@click.command()
@click.argument("ids", nargs=-1)
@click.option(
    "-n", "--processes", type=PROCESSES, help="Processes to spread over.  [default: cores]"
)
@click.option("-v", "--verbose", is_flag=True, help="Show all, not only the troubled ones.")
@click.option(
    "--vectors", is_flag=True, help="By the golden vectors alone; the page is vectors/README.md."
)
@click.option(
    "--causes",
    is_flag=True,
    help="Full runs of a fixed sample: is each fault reported as exactly one cause?",
)
@click.option(
    "--types", metavar="TYPES", help="By these types alone, those of other types left out."
)
@click.option(
    "--drawn",
    type=click.IntRange(1, 1000),
    metavar="BLOCKS",
    help="By so many blocks of the drawn stream alone: mutants made by rule, a fault under a "
    "condition each.",
)
@click.option(
    "--every",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Every N-th alone; --check then holds their rows of the page.",
)
@cluster_option
@click.option("--write", type=click.Path(path_type=Path), help="Write the matrix to this page.")
@click.option("--check", type=click.Path(path_type=Path), help="Fail if this page is out of date.")
@kit_errors_reported
def mutants(
    ids: tuple[str, ...],
    processes: int | None,
    verbose: bool,
    vectors: bool,
    causes: bool,
    types: str | None,
    drawn: int | None,
    every: int,
    cluster: str | None,
    write: Path | None,
    check: Path | None,
) -> None:
    """Judge the mutants, all or those with the given IDS; a survivor fails."""
    check_where(processes, cluster)
    if cluster and (causes or drawn is not None):
        raise KitError("--causes and --drawn are of this machine.", "Leave --cluster out.")
    if drawn is not None:
        _judge_drawn(ids, drawn, processes or os.cpu_count() or 1, is_long=verbose)
    chosen = [one for one in gallery.all_mutants() if not ids or one.id in ids]
    if vectors and not ids:
        chosen = [one for one in chosen if one.is_for_vectors]
    numbers = claimed_types.asked_for(types, REGISTRY) if types is not None else frozenset()
    if numbers:
        chosen = [one for one in chosen if not one.touched or numbers & {*one.touched}]
    chosen = chosen[::every]
    is_part = bool(ids or types)
    if not chosen or (is_part and (write or check)) or (every > 1 and write):
        problem = "No mutant has such an id." if not chosen else "A page holds all mutants."
        raise KitError(problem, "Leave the ids, --types and --every out for all of them.")
    if write is not None:
        _refuse_others(write, vectors)
    if check is not None and not check.is_file():
        raise KitError(f"There is no page {check}.", "Write it: torq-conformance mutants --write.")
    processes = processes or os.cpu_count() or 1
    if causes:
        _judge_causes(chosen if ids else cause_trial.sample(chosen), processes, write)
    effort = matrix.Effort(is_by_vectors=vectors, types=tuple(sorted(numbers)))
    kills = _killed(chosen, effort, processes, cluster)
    Console().print(matrix.render(chosen, kills, is_long=verbose))
    is_failed = bool(_gaps(kills) if vectors else matrix.failures(kills))
    old = _old_page(write or check)
    new = vector_page.replaced(old, vector_page.part(kills, published())) if vectors and old else ""
    beside = cause_page.kept(old)
    text = new if vectors else page(chosen, kills) + (f"\n{beside}" if beside else "")
    if write is not None:
        output_file.write(write, text)
    if every > 1:
        # Rows of the matrix have mutants; the page of the vectors has sums alone.
        rows = [] if vectors else matrix.rows(chosen, kills)
        is_stale = check is not None and not {*rows} <= {*old.splitlines()}
    else:
        is_stale = check is not None and old != text
    if is_stale:
        option = "--vectors " if vectors else ""
        click.echo(f"{check} is out of date: run torq-conformance mutants {option}--write {check}")
    sys.exit(ExitCode.NOT_CONFORMANT if is_stale or is_failed else ExitCode.CONFORMANT)


def _refuse_others(page: Path, is_part: bool) -> None:
    """Refuse to write over what is no such page, before anything is judged."""
    output_file.check(page)
    old = _old_page(page)
    if is_part:
        vector_page.replaced(old, "")
    elif old and not old.startswith(HEAD.partition("\n")[0]):
        raise KitError(f"{page} is there, and it is no kill matrix.", output_file.HINT)


def _killed(
    mutants: list[Mutant], effort: matrix.Effort, processes: int, cluster: str | None
) -> list[Kill]:
    try:
        with progress_bar() as progress:
            task = progress.add_task("judging mutants", total=len(mutants))

            def advance(_: Kill) -> None:
                progress.advance(task)

            if cluster is None:
                return matrix.run(mutants, on_kill=advance, processes=processes, effort=effort)
            with crew_of("mutants", spreading.setup_of(effort), cluster=cluster) as crew:
                return spreading.run(mutants, crew, advance)
    except KeyboardInterrupt:
        click.echo("interrupted: inconclusive", err=True)
        sys.exit(ExitCode.INCONCLUSIVE)


def _old_page(path: Path | None) -> str:
    if path is None or not path.exists():
        return ""
    return path.read_text(encoding="utf-8")


def _gaps(kills: list[Kill]) -> list[str]:
    problems = list(vector_page.problems(kills))
    for problem in problems:
        click.echo(problem)
    return problems
