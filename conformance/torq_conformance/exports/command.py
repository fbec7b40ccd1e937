"""The command ``torq-conformance spec``: the specification in the terminal, and its pages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from torq_conformance.errors import KitError
from torq_conformance.running.command_line import console, kit_errors_reported
from torq_conformance.running.results import ExitCode


@click.group()
def spec() -> None:
    """Show the specification and generate its pages."""


@spec.command("show")
@click.argument("name", required=False)
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@kit_errors_reported
def spec_show(name: str | None, vendor_specs: str | None) -> None:
    """Show what NAME is, or all types.

    A type (Trade or 1), header, an enumeration (Source), a requirement (HDR-MAGIC), a kind of
    refusal (TruncatedTLV), a section ("section 3", framing, errors) or a type of fields (FixedVec).
    """
    from torq_conformance.exports import terminal
    from torq_conformance.model.vendor_specs import registry_with

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
@kit_errors_reported
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
