"""The command ``torq-conformance new``: the first five minutes of an implementation."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from torq_conformance.new import skeletons
from torq_conformance.running.command_line import kit_errors_reported


@click.command()
@click.argument("language", metavar=f"[{'|'.join(skeletons.SKELETONS)}]")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@kit_errors_reported
def new(language: str, folder: Path) -> None:
    """Write a skeleton of an implementation into FOLDER, which must be new or empty."""
    written = skeletons.write(language, folder)
    for path in written:
        click.echo(f"wrote {path}")
    click.echo("\nnext:")
    for command in (f"cd {shlex.quote(str(folder))}", *skeletons.find(language).commands):
        click.echo(f"  {command}")
