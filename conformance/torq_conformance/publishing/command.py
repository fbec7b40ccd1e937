"""The command ``torq-conformance report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import console, kit_errors_reported

if TYPE_CHECKING:
    from torq_conformance.publishing.inputs import Inputs
    from torq_specs.registry import Registry

FORMATS = ("terminal", "html", "markdown", "annotations", "ctrf", "junit", "badge")
ONE_RUN = frozenset({"ctrf", "junit", "badge"})
"""Formats that speak of one run."""


@click.command()
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write one page that needs nothing beside itself.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="terminal",
    show_default=True,
    help="What is written.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where it is written.  [default: standard output]",
)
@click.option("--vendor-specs", metavar="MODULE", help="On the page: the layouts of these types.")
@click.option("-v", "--verbose", is_flag=True, help="In the terminal: everything.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of results files, and end.")
@kit_errors_reported
def report(
    results: tuple[Path, ...],
    *,
    html: Path | None,
    format_: str,
    output: Path | None,
    vendor_specs: str | None,
    verbose: bool,
    schema: bool,
) -> None:
    """Show what runs have found, from their results files.

    RESULTS are files of `run`, `relay` and `meter --baseline`, shown side by side: several
    implementations, or versions of one.
    """
    from torq_conformance.publishing.inputs import read
    from torq_conformance.report import output_file
    from torq_conformance.running.results import schema as results_schema

    if schema:
        click.echo(json.dumps(results_schema(), indent=2))
        return
    if not results:
        hint = "Name one, as in: torq-conformance report torq-results.json."
        raise KitError("There are no results to report.", hint)
    for path in (html, output):
        if path is not None:
            output_file.check(path)
    found = read(results)
    if html is not None:
        output_file.write(html, text_of("html", found, vendor_specs))
        click.echo(f"wrote {shown(html)}")
    if format_ == "terminal":
        if output is not None:
            raise KitError("The terminal is no file.", "Name a --format.")
        if html is None:
            _show(found, is_verbose=verbose)
        return
    text = text_of(format_, found, vendor_specs)
    if output is None:
        click.echo(text, nl=False)
    else:
        output_file.write(output, text)


def _show(found: Inputs, *, is_verbose: bool) -> None:
    """What the runs said in the terminal, one after the other."""
    from torq_conformance.report import terminal
    from torq_conformance.report.readable import readable

    if found.measurements and not found.results:
        hint = "Add --html FILE, or see torq-conformance meter compare."
        raise KitError("A measurement is shown on the page.", hint)
    out = console()
    for at, (name, document) in enumerate(found.results.items()):
        if at:
            out.rule()
        with readable([name]):
            terminal.show(document, out, results=name, is_verbose=is_verbose)


def text_of(format_: str, found: Inputs, vendor_specs: str | None = None) -> str:
    """What is written in one format."""
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.report.readable import readable

    if not found.results and format_ != "html":
        raise KitError(f"{format_} speaks of results.", "Name a results file.")
    if format_ in ONE_RUN and len(found.results) > 1:
        raise KitError(f"{format_} speaks of one run.", "Name one results file.")
    # Named by who reads it: a results file names no module that is imported.
    registry = registry_with(vendor_specs)
    with readable(found.results):
        return _written(format_, found, registry)


def _written(format_: str, found: Inputs, registry: Registry) -> str:
    from torq_conformance.publishing import junit
    from torq_conformance.report.machines import annotation_lines, badge, ctrf, markdown
    from torq_conformance.report.page import page

    documents: list[dict[str, Any]] = [*found.results.values()]
    match format_:
        case "html":
            return page.render(found.results, found.measurements, registry)
        case "markdown":
            return markdown.render(found.results)
        case "annotations":
            return annotation_lines.render(documents)
        case "ctrf":
            return ctrf.render(documents[0])
        case "junit":
            return junit.render(documents[0])
        case _:
            return badge.render(documents[0])
