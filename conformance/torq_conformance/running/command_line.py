"""What the commands share: options, the console, and how a wrong set-up ends."""

from __future__ import annotations

import functools
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import left_threads
from torq_conformance.running.results import ExitCode

RESULTS = "torq-results.json"


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

TELL_EVERY = 10.0
"""Seconds after which a line says how far a command is, where there is no terminal."""


def console() -> Console:
    """Standard output; 120 columns wide where it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else 120, soft_wrap=False)


def kit_errors_reported(command: Callable[..., None]) -> Callable[..., None]:
    """A wrong set-up ends with one line that says what to do, and exit code 2."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        threads, code = left_threads.running(), int(ExitCode.CONFORMANT)
        try:
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
            show_default=True,
            help="Seconds for one answer.",
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
    is_terminal = sys.stderr.isatty()
    shown_columns = columns or (TaskProgressColumn(), TimeElapsedColumn())
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *shown_columns,
        console=Console(stderr=True),
        transient=True,
        disable=not is_terminal,
    )
    is_over = threading.Event()
    telling = threading.Thread(target=_tell, args=(progress, is_over), daemon=True)
    with progress:
        if not is_terminal:
            telling.start()
        try:
            yield progress
        finally:
            is_over.set()


def _tell(progress: Progress, is_over: threading.Event) -> None:
    began = time.monotonic()
    while not is_over.wait(TELL_EVERY):
        for task in progress.tasks:
            how_far = f"{task.completed:,.0f} of {task.total or 0:,.0f}"
            seconds = time.monotonic() - began
            click.echo(f"{task.description}: {how_far} after {seconds:.0f} s", err=True)


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
