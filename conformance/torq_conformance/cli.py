"""The command ``torq-conformance``."""

from __future__ import annotations

import ast
import functools
import importlib
import io
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from torq_conformance.errors import KitError
from torq_conformance.results import ExitCode

RESULTS = "torq-results.json"

SECONDS = click.FloatRange(min=0, max=86_400, min_open=True)
"""A deadline."""


def console() -> Console:
    """Standard output; 120 columns wide where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 120, soft_wrap=False)


def kit_errors_told(command: Callable[..., None]) -> Callable[..., None]:
    """A wrong set-up ends with one line that says what to do, and exit code 2."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KitError as error:
            click.echo(f"torq-conformance: {error}", err=True)
            sys.exit(ExitCode.USAGE)

    return wrapped


LAZY = {
    "compare": "torq_conformance.comparing.command:compare",
    "search": "torq_conformance.bulk.commands:search",
    "mutants": "torq_conformance.mutants.command:mutants",
    "new": "torq_conformance.skeletons.command:new",
    "vectors": "torq_conformance.golden.commands:vectors",
    "keep": "torq_conformance.golden.commands:keep",
}
"""Commands that are imported only when they are asked for."""


class LazyGroup(click.Group):
    """Lists the commands of ``LAZY`` without importing numpy or a mutant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted([*super().list_commands(ctx), *LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        module, _, name = LAZY[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="torq-conformance")
def main() -> None:
    """Judge implementations of Torq Protocol V2.

    IMPLEMENTATION is `reference`, `python:package.module:Name` or `stdio:command`.

    Exit codes: 0 conformant, 1 not conformant, 2 usage or set-up, 3 inconclusive, 4 throughput
    gate, 5 nothing ran.
    """
    # What an implementation answers may be half a surrogate, which no terminal takes.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def connection_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that talks to an implementation."""
    for option in (
        click.option(
            "--in-process", is_flag=True, help="Call trusted Python code directly: faster."
        ),
        click.option("--lint", is_flag=True, help="Hold every stdio: line against the schema."),
        click.option(
            "--deadline",
            type=SECONDS,
            default=5.0,
            show_default=True,
            help="Seconds for one answer.",
        ),
        click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add."),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("implementation")
@connection_options
@click.option(
    "--results",
    default=RESULTS,
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the results are written.",
)
@click.option(
    "--profile",
    type=click.Choice(["smoke", "standard", "exhaustive"]),
    default="standard",
    show_default=True,
    help="How many generated cases.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the generated cases.")
@click.option(
    "--level",
    type=click.Choice(["must", "should"]),
    default="must",
    show_default=True,
    help="From which level on a finding makes the run fail.",
)
@click.option(
    "-k", "--select", default="", help="Judge only tests whose names match, as pytest -k."
)
@click.option(
    "--vectors-only",
    is_flag=True,
    help="Judge by the published golden vectors, one test for each, and by nothing else.",
)
@click.option("-n", "--workers", default=0, help="Processes to spread over.  [default: all cores]")
@click.option("-v", "--verbose", is_flag=True, help="Tell a failure of every failed requirement.")
@kit_errors_told
def run(
    implementation: str,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    results: Path,
    profile: str,
    seed: int,
    level: str,
    select: str,
    vectors_only: bool,
    workers: int,
    verbose: bool,
) -> None:
    """Judge an implementation by the whole suite."""
    from torq_conformance import running
    from torq_conformance.report import terminal
    from torq_conformance.suite.catalog import suite_tests

    _check_results_writable(results)
    _check_selection(select)
    _judge(implementation, in_process, lint, deadline, vendor_specs).adapter.close()
    options = running.Options(
        implementation,
        results,
        workers or os.cpu_count() or 1,
        in_process,
        lint,
        profile,
        seed,
        level,
        deadline,
        vendor_specs,
        select,
        vectors_only,
    )
    with _progress() as progress:
        task = progress.add_task("judging", total=100)
        try:
            done = running.run(options, lambda percent: progress.update(task, completed=percent))
        except KeyboardInterrupt:
            click.echo("interrupted: inconclusive", err=True)
            sys.exit(ExitCode.INCONCLUSIVE)
    if "conclusion" in done.document:
        terminal.show(done.document, console(), results=str(results), is_verbose=verbose)
    if done.exit_code == ExitCode.NOTHING_RAN and select:
        chapters = dict.fromkeys(test.chapter.split("_", 2)[2] for test in suite_tests())
        hint = f"Name a part of a test's name, a type, or a chapter: {', '.join(chapters)}."
        click.echo(f"No test's name matches {select!r}. {hint}", err=True)
    if not done.is_complete:
        click.echo(done.output, err=True)
        click.echo(f"The run did not come to its end: {results} is incomplete.", err=True)
    sys.exit(done.exit_code)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _check_selection(select: str) -> None:
    words = {"and", "or", "not"}
    joined = re.sub(r"[^\s()]+", lambda word: word[0] if word[0] in words else "name", select)
    try:
        ast.parse(joined.strip() or "name", mode="eval")
    except SyntaxError as error:
        hint = 'Join names with "and", "or" and "not", as in -k "header or checksum".'
        raise KitError(f"The selection {select!r} cannot be read.", hint) from error


def _check_results_writable(path: Path) -> None:
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = "is a folder" if path.is_dir() else "its folder is missing or not writable"
        raise KitError(
            f"The results file {path} cannot be written: {reason}.", "Name another with --results."
        )


def _judge(
    implementation: str, in_process: bool, lint: bool, deadline: float, vendor_specs: str | None
) -> Any:
    from torq_conformance.implementations.connect import connect
    from torq_conformance.judging import Judge
    from torq_conformance.vendor_specs import registry_with

    registry = registry_with(vendor_specs)
    adapter = connect(
        implementation,
        is_in_process=in_process,
        deadline=deadline,
        registry=registry,
        is_linted=lint,
    )
    return Judge(adapter, implementation, registry)


@main.command()
@click.argument("implementation")
@connection_options
@kit_errors_told
def smoke(
    implementation: str, in_process: bool, lint: bool, deadline: float, vendor_specs: str | None
) -> None:
    """Ask an implementation a dozen plain questions and say what to do next."""
    from torq_conformance.smoking import advise, steps

    judge = _judge(implementation, in_process, lint, deadline, vendor_specs)
    identity, out = judge.adapter.identity, console()
    out.print(f"{identity.name} {identity.version} ({identity.language}) answers", markup=False)
    out.print(f"claims {', '.join(sorted(identity.capabilities))}", markup=False)
    judge.start("smoke", 0)
    for step in steps(judge):
        before = judge.record.not_claimed
        if not judge.judge(step.case):
            out.print(Text("  FAIL  ", style="bold red").append(step.case.label, style=""))
            failure = judge.record.failures[0]
            # Its last line names a results file, which only `run` writes.
            text = failure["text"].rpartition("\n")[0]
            out.print(text, markup=False, highlight=False, soft_wrap=True)
            out.print(f"\nnext: {advise(step, failure['problem'])}", markup=False, soft_wrap=True)
            judge.adapter.close()
            sys.exit(ExitCode.NOT_CONFORMANT)
        if judge.record.lost:
            raise KitError(
                f"The implementation was lost: {judge.record.lost}.", "Look at its stderr."
            )
        is_claimed = judge.record.not_claimed == before
        style, word = ("green", "  ok    ") if is_claimed else ("dim", "  -     ")
        out.print(Text(word, style=style).append(step.case.label, style=""))
    judge.adapter.close()
    out.print(f"\nnext: torq-conformance run {shlex.quote(implementation)}", markup=False)


@main.command()
@click.argument("what")
@click.argument("implementation")
@connection_options
@click.option(
    "--results",
    default=RESULTS,
    show_default=True,
    type=click.Path(path_type=Path),
    help="The results file that kept the failure.",
)
@kit_errors_told
def replay(
    what: str,
    implementation: str,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    results: Path,
) -> None:
    """Ask again: WHAT is the id of a failure, the id of a golden vector, or a file of vectors.

    Answers FIXED (exit code 0), FAILED (1), or ERROR (3) where the implementation could not be
    asked.
    """
    from torq_conformance import replaying

    question = replaying.find(what, results)
    judge = _judge(implementation, in_process, lint, deadline, vendor_specs)
    answer = replaying.replay(question, judge)
    judge.adapter.close()
    told = [*judge.record.failures, *judge.record.findings]
    for failure in told[: answer is replaying.Answer.FAILED]:
        click.echo(failure["text"])
    if answer is replaying.Answer.ERROR:
        click.echo(replaying.why_not_asked(judge), err=True)
    click.echo(answer)
    sys.exit(replaying.EXIT_CODES[answer])


@main.group()
def spec() -> None:
    """Show the specification and generate its pages."""


@spec.command("show")
@click.argument("name", required=False)
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@kit_errors_told
def spec_show(name: str | None, vendor_specs: str | None) -> None:
    """Show the layout of NAME (Trade, 1, header, InstrumentId), or all types."""
    from torq_conformance.exports import terminal
    from torq_conformance.vendor_specs import registry_with

    registry = registry_with(vendor_specs)
    if name is None:
        terminal.show_all(console(), registry)
    else:
        terminal.show(name, console(), registry)


@spec.command("pages")
@click.option(
    "--folder",
    default="specs",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where README.md and reference/ are.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if a page is out of date.")
@kit_errors_told
def spec_pages(folder: Path, check: bool) -> None:
    """Generate the pages of the specification from its declarations."""
    from torq_conformance.exports import reference_pages

    if not folder.is_dir():
        raise KitError(f"There is no folder {folder}.", "Run from the checkout, or name --folder.")
    if not check:
        written = reference_pages.write(folder)
        click.echo(f"{len(written)} pages changed in {folder}")
        return
    drifted = reference_pages.check(folder)
    for path in drifted:
        click.echo(f"{folder / path} is out of date: run torq-conformance spec pages")
    sys.exit(ExitCode.NOT_CONFORMANT if drifted else ExitCode.CONFORMANT)


if __name__ == "__main__":
    main()
