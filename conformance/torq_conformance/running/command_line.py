"""What the commands share: options, the console, and how a wrong set-up ends."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import left_threads
from torq_conformance.running.results import ExitCode

RESULTS = "torq-results.json"

SECONDS = click.FloatRange(min=0, max=86_400, min_open=True)
"""A deadline."""


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
            click.echo(f"torq-conformance: {shown(error)}", err=True)
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
    ):
        command = option(command)
    return command


def progress_bar() -> Progress:
    """How far a run is, on standard error; nothing where that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def judge_of(
    implementation: str, in_process: bool, lint: bool, deadline: float, vendor_specs: str | None
) -> Any:
    """A judge that is connected to an implementation."""
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
    return Judge(adapter, registry)
