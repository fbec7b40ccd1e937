"""The command ``torq-conformance new``: the first five minutes of an implementation."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from torq_conformance.errors import KitError
from torq_conformance.new import skeletons
from torq_conformance.running.results import ExitCode


@click.command()
@click.argument("language", metavar=f"[{'|'.join(skeletons.SKELETONS)}]")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
def new(language: str, folder: Path) -> None:
    """Write a skeleton of an implementation into FOLDER, which must be new or empty."""
    try:
        written = skeletons.write(language, folder)
    except KitError as error:
        click.echo(f"torq-conformance: {error}", err=True)
        sys.exit(ExitCode.USAGE)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo("\nnext:")
    for command in (f"cd {shlex.quote(str(folder))}", *skeletons.find(language).commands):
        click.echo(f"  {command}")
