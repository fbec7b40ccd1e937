"""The commands ``torq-conformance vectors``: the only way in which golden vectors are written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from torq_conformance.errors import KitError
from torq_conformance.exports import output
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import kit_errors_reported, results_option
from torq_conformance.running.results import ExitCode
from torq_conformance.vectors import accumulated, candidate, drift, files, formats
from torq_conformance.vectors.reader import published_folder, read_manifest


@click.group()
def vectors() -> None:
    """Write and check the golden vectors."""


def folder_option(command: Callable[..., None]) -> Callable[..., Any]:
    """The option of every command about the set."""
    return click.option(
        "--folder",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=published_folder,
        show_default="that of the installed kit",
        help="Where the files are.",
    )(command)


@vectors.command()
@folder_option
@kit_errors_reported
def fill(folder: Path) -> None:
    """Write every file anew from the cases of the suite."""
    for path in files.fill(_to_write(folder)):
        click.echo(f"{path} changed")
    click.echo(_summary(folder))


@vectors.command()
@folder_option
@kit_errors_reported
def check(folder: Path) -> None:
    """Calculate everything anew and compare it byte for byte; of accumulated.txt a sample."""
    _tell([*drift.check(folder), *accumulated.check(folder)], folder)


@vectors.command()
@folder_option
@kit_errors_reported
def lint(folder: Path) -> None:
    """Look at the files alone: form, ids, flags, notes, counts, hashes."""
    _tell(list(drift.lint(folder)), folder)


@vectors.command()
@folder_option
@kit_errors_reported
def freeze(folder: Path) -> None:
    """Freeze the suite version: from now on a changed byte needs a new one."""
    problems = [*drift.check(_to_write(folder)), *accumulated.check(folder)]
    if problems:
        _tell(problems, folder)
    click.echo(f"frozen: {files.freeze(folder)}")


@vectors.command()
@click.option("--write", "action", flag_value="write", help="Write accumulated.txt; takes minutes.")
@click.option("--check", "action", flag_value="check", help="Calculate all of it; takes minutes.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=accumulated.SAMPLE,
    show_default=True,
    metavar="N",
    help="Without --write and --check: print it for N messages of each type.",
)
@folder_option
@kit_errors_reported
def accumulate(action: str | None, count: int, folder: Path) -> None:
    """Hash a million messages of each declared type, decoded and encoded."""
    match action:
        case None:
            click.echo(accumulated.text(count), nl=False)
        case "write":
            click.echo(f"written: {accumulated.write(_to_write(folder))}")
        case _:
            problems = list(accumulated.check(folder, is_whole=True))
            for problem in problems:
                click.echo(shown(problem))
            if problems:
                sys.exit(ExitCode.NOT_CONFORMANT)
            types = len(accumulated.declared())
            click.echo(f"{accumulated.COUNT:,} messages of each of {types} types are as they say")


@vectors.command()
@click.option(
    "--format",
    "name",
    required=True,
    type=click.Choice(list(formats.FORMATS)),
    help="What is written; vectors/README.md describes each.",
)
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@folder_option
@kit_errors_reported
def export(name: str, target: Path, folder: Path) -> None:
    """Write the vectors in another format into DIR, which is made when it is missing."""
    made = formats.FORMATS[name](folder)
    output.write(made.files, target)
    for path, data in made.files.items():
        click.echo(f"{target / path}: {len(data):,} bytes")
    size = sum(map(len, made.files.values()))
    click.echo(f"{made.count:,} vectors as {name}, {size:,} bytes")


def _tell(problems: list[str], folder: Path) -> None:
    for problem in dict.fromkeys(problems):
        click.echo(shown(problem))
    if problems:
        sys.exit(ExitCode.NOT_CONFORMANT)
    click.echo(_summary(folder))


def _to_write(folder: Path) -> Path:
    """A folder that may be written: in an installed kit only where it is named."""
    context = click.get_current_context()
    is_named = context.get_parameter_source("folder") is ParameterSource.COMMANDLINE
    if not is_named and not (folder.parents[1] / "pyproject.toml").is_file():
        raise KitError(
            f"{folder} is the installed kit, which is not written into.",
            "Name a folder with --folder, or work in the checkout.",
        )
    return folder


def _summary(folder: Path) -> str:
    manifest = read_manifest(folder)
    size = sum(row["bytes"] for row in manifest["files"])
    return (
        f"suite version {manifest['suite_version']}: {manifest['count']:,} vectors in "
        f"{len(manifest['files'])} files, {size:,} bytes, {len(manifest['retired'])} retired"
    )


@click.command()
@click.argument("failure", required=False, default="")
@results_option("The results file that kept the failure.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="Where the file is written.",
)
@kit_errors_reported
def keep(failure: str, results: Path, folder: Path) -> None:
    """Write FAILURE of the last run, or its first one, as a candidate for a golden vector."""
    path = candidate.keep(failure, results, folder, lambda text: click.echo(shown(text), err=True))
    click.echo(f"kept {path.stem}")
    click.echo(f"ask it again: torq-conformance replay {path} IMPLEMENTATION")
