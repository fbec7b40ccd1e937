"""The command ``torq-conformance report``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import console, kit_errors_reported
from torq_conformance.running.results import ExitCode

if TYPE_CHECKING:
    from torq_conformance.publishing.inputs import Inputs
    from torq_specs.registry import Registry

FORMATS = ("terminal", "html", "markdown", "annotations", "ctrf", "junit", "badge")
PRIVATE = "The private key, in PEM."
PUBLIC = "The public key, in PEM."

ONE_RUN = frozenset({"ctrf", "junit", "badge"})
"""Formats that speak of one run."""


class ReportGroup(click.Group):
    """``report RESULTS...`` shows; ``sign``, ``verify`` and ``key`` are commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The command that is named, or the report of what is named instead."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ReportGroup)
def report() -> None:
    """Show what runs have found: `report RESULTS...`; sign it, and check what is signed.

    RESULTS are results files; `report show --help` has the options.
    """


@report.command("show")
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
def show(
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


@report.command("key")
@click.argument("file", type=click.Path(path_type=Path))
@kit_errors_reported
def new_key(file: Path) -> None:
    """Make a pair of keys of Ed25519: FILE is private, FILE.pub is for everybody."""
    from torq_conformance.publishing import signing

    public = signing.new_key(file)
    click.echo(f"wrote {shown(file)}: keep it to yourself")
    click.echo(f"wrote {shown(public)}: publish it")


@report.command("sign")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--key", required=True, metavar="FILE", type=click.Path(path_type=Path), help=PRIVATE)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where the signature is written.  [default: RESULTS.sig]",
)
@kit_errors_reported
def sign(results: Path, key: Path, output: Path | None) -> None:
    """Sign the RESULTS of a whole run: digests of suite, requirements, results and binary."""
    from torq_conformance.publishing import signing
    from torq_conformance.report import output_file

    target = output or _signature_of(results)
    output_file.check(target)
    statement = _stated(results)
    output_file.write(target, signing.signed(statement, key))
    click.echo(f"wrote {shown(target)}: {shown(statement['predicate']['conclusion'])}")


@report.command("verify")
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("binaries", nargs=-1, metavar="[BINARY]...", type=click.Path(path_type=Path))
@click.option("--key", required=True, metavar="FILE", type=click.Path(path_type=Path), help=PUBLIC)
@click.option(
    "--signature",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where the signature is.  [default: RESULTS.sig]",
)
@kit_errors_reported
def verify(results: Path, binaries: tuple[Path, ...], key: Path, signature: Path | None) -> None:
    """Check off-line that RESULTS are what the owner of a key has signed.

    BINARY is a file of the implementation, which must be the one that was judged.
    """
    from torq_conformance.publishing import signing, statement

    ours = _stated(results)
    try:
        signed = signing.opened(signature or _signature_of(results), key)
        wrong = next(statement.differences(signed, ours, binaries), "")
    except signing.ForgedError as error:
        wrong = str(error)
    if wrong:
        click.echo(f"torq-conformance: not verified: {shown(wrong)}.", err=True)
        sys.exit(ExitCode.NOT_CONFORMANT)
    predicate = ours["predicate"]
    who = predicate["implementation"]
    click.echo(f"verified: {shown(who['name'])} {shown(who['version'])} is")
    click.echo(f"  {shown(predicate['conclusion'])}")
    click.echo(f"  levels reached: {', '.join(predicate['levels']) or 'none'}")
    for word in ("suite", "requirements", "questions"):
        click.echo(f"  {word:12} sha256 {shown(predicate[word]['sha256'])}")
    for one in ours["subject"]:
        click.echo(f"  {shown(one['name'])}: sha256 {shown(one['digest']['sha256'])}")
    if len(ours["subject"]) > 1 and not binaries:
        click.echo("  of the implementation no file was compared: name it behind RESULTS")


def _signature_of(results: Path) -> Path:
    return results.with_name(f"{results.name}.sig")


def _stated(path: Path) -> dict[str, Any]:
    """The statement that a results file gives."""
    from torq_conformance.publishing.statement import statement_of
    from torq_conformance.report.readable import readable
    from torq_conformance.running import results

    document = results.load(path)
    results.check_ended(document, path)
    with readable([str(path)]):
        return statement_of(document, path.read_bytes(), path.name)
