"""What the commands share: options, the console, and how a wrong set-up ends."""

from __future__ import annotations

import functools
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from torq_conformance.errors import KitError
from torq_conformance.report import terminal
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import left_threads
from torq_conformance.running.results import ExitCode

if TYPE_CHECKING:
    from torq_conformance.running.known_failures import KnownFailures
    from torq_specs.registry import Registry

RESULTS = terminal.DEFAULT_RESULTS


class Seconds(click.FloatRange):
    """A number that is one, within its range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or a usage error."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return number


SECONDS = Seconds(min=0, max=86_400, min_open=True)
"""A deadline."""

NUMBER = click.IntRange(0, (1 << 63) - 1)
"""A seed, or an index of a stream."""

COUNT = click.IntRange(1, (1 << 63) - 1)
"""How many messages of a stream."""

PROCESSES = click.IntRange(1, 256)
"""How many processes something is spread over."""

PROGRESS = "torq_conformance.progress"
"""What of a command's context holds its progress."""

TELL_EVERY = 10.0
"""Seconds after which a line says how far a command is, where there is no terminal."""


TELL_LEFT_FROM = 2.0
"""Seconds of work from which on it can be told how long the rest may take."""


def results_option(help_: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option ``--results``: the file that a run writes and others read."""
    return click.option(
        "--results",
        default=RESULTS,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help=f"{help_}  [default: {RESULTS}]",
    )


def profile_option(help_: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option ``--profile``."""
    return click.option(
        "--profile",
        type=click.Choice(["quick", "standard", "exhaustive"]),
        default="standard",
        metavar="PROFILE",
        help=f"{help_}: quick, standard or exhaustive.  [default: standard]",
    )


def seed_option(of: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option ``--seed`` of what is drawn."""
    return click.option(
        "--seed", type=NUMBER, default=0, metavar="NUMBER", help=f"Seed of {of}.  [default: 0]"
    )


def html_option(command: Callable[..., None]) -> Callable[..., None]:
    """The option ``--html``: a page beside the results."""
    option = click.option(
        "--html",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Write what was found as one page as well.",
    )
    return option(command)


def page_written(path: Path, name: str, document: dict[str, Any]) -> KitError | None:
    """Write the page of results, which are in the file ``name``; what hinders it."""
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.report import output_file
    from torq_conformance.report.page import page
    from torq_conformance.report.readable import readable

    try:
        with readable([name]):
            registry = registry_with(document["options"].get("vendor_specs"))
            output_file.write(path, page.render({name: document}, registry=registry))
    except KitError as error:
        return error
    click.echo(f"the page is in {shown(path)}", err=True)
    return None


def known_failures_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--known-failures`` and ``--fix-known-failures``."""
    fix = click.option(
        "--fix-known-failures",
        is_flag=True,
        help="Rewrite that file by what this run has shown.",
    )
    path = click.option(
        "--known-failures",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Known failures with their reasons, as TOML.",
    )
    return path(fix(command))


def read_known_failures(
    path: Path | None, registry: Registry, *, is_fixed: bool
) -> KnownFailures | None:
    """The known failures of a run; None without a file, or where it is still to be written."""
    from torq_conformance.running.known_failures import read

    if path is None and is_fixed:
        hint = "Name it: --known-failures FILE --fix-known-failures."
        raise KitError("There is no file of known failures to rewrite.", hint)
    if path is None or (is_fixed and not path.exists()):
        return None
    return read(path, registry)


def rewrite_known_failures(path: Path, document: dict[str, Any]) -> None:
    """Rewrite a file of known failures by what a run has shown, and say so."""
    from torq_conformance.running.known_failures_fix import fix

    click.echo(f"{path}: {fix(path, document)}")


def console() -> Console:
    """Standard output; where it is no terminal, as wide as COLUMNS says, or 120."""
    is_known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return Console(width=None if is_known else 120, soft_wrap=False)


def is_watched() -> bool:
    """Whether a person looks at standard error while it is written: a terminal, and no CI."""
    return sys.stderr.isatty() and not os.environ.get("CI")


def kit_errors_reported(command: Callable[..., None]) -> Callable[..., None]:
    """A wrong set-up ends with one line that says what to do, and exit code 2."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        threads, code = left_threads.running(), int(ExitCode.CONFORMANT)
        try:
            with _telling():
                command(*arguments, **options)
        except KitError as error:
            line = " / ".join(str(error).splitlines())
            click.echo(f"torq-conformance: {shown(line)}", err=True)
            code = ExitCode.USAGE
            sys.exit(code)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            raise
        finally:
            left_threads.end_without(threads, code)

    return wrapped


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
            metavar="SECONDS",
            help="Time for one answer.  [default: 5]",
        ),
        click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add."),
        click.option(
            "--types",
            metavar="TYPES",
            help="Judge these types alone, as Trade,Quote or 1-3,20.  [default: all it claims]",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def progress_bar(*columns: ProgressColumn) -> Iterator[Progress]:
    """How far a command is, on standard error: a bar in a terminal, else a line now and then."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *(columns or (TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())),
        console=Console(stderr=True),
        transient=True,
        disable=not is_watched(),
    )
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[PROGRESS] = progress
    with progress:
        yield progress


@contextmanager
def _telling() -> Iterator[None]:
    """Say now and then how far the command is, or that it is at work, where no bar does."""
    context = click.get_current_context(silent=True)
    if is_watched() or context is None:
        yield
        return
    is_over = threading.Event()
    threading.Thread(target=_tell, args=(context.meta, is_over), daemon=True).start()
    try:
        yield
    finally:
        is_over.set()


def _tell(meta: Mapping[str, Any], is_over: threading.Event) -> None:
    began = time.monotonic()
    while not is_over.wait(TELL_EVERY):
        progress: Progress | None = meta.get(PROGRESS)
        tasks = [] if progress is None else progress.tasks
        seconds = time.monotonic() - began
        how_far = [
            f"{task.description}: {task.completed:,.0f} of {task.total or 0:,.0f}" for task in tasks
        ]
        left = "".join(_time_left(task, seconds) for task in tasks[-1:])
        click.echo(f"{', '.join(how_far) or 'at work'} after {seconds:.0f} s{left}", err=True)


def _time_left(task: Task, seconds: float) -> str:
    """How long a task may take still, if that can be told."""
    total = task.total or 0
    if seconds < TELL_LEFT_FROM or not 0 < task.completed < total:
        return ""
    return f", some {seconds * (total - task.completed) / task.completed:.0f} s left"


def judge_of(
    implementation: str,
    in_process: bool,
    lint: bool,
    deadline: float,
    vendor_specs: str | None,
    types: str | None = None,
) -> Any:
    """A judge that is connected to an implementation."""
    from torq_conformance.implementations.claimed_types import claimed_registry
    from torq_conformance.implementations.connect import connect
    from torq_conformance.judging.judge import Judge
    from torq_conformance.model.vendor_specs import registry_with

    registry = registry_with(vendor_specs)
    adapter = connect(
        implementation,
        is_in_process=in_process,
        deadline=deadline,
        registry=registry,
        is_linted=lint,
    )
    try:
        return Judge(adapter, claimed_registry(adapter.identity, registry, types))
    except KitError:
        adapter.close()
        raise
