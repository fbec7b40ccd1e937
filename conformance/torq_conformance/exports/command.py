"""The commands ``spec`` and ``export``: the specification for people, and for other languages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.command_line import console, kit_errors_reported, results_option
from torq_conformance.running.results import ExitCode

if TYPE_CHECKING:
    from torq_conformance.exports.declared import Declared


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


@click.command()
@click.argument("what")
@results_option("The results file of a failure or a cause.")
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@kit_errors_reported
def explain(what: str, results: Path, vendor_specs: str | None) -> None:
    """Explain a failure or a cause of the last run, or a word of the protocol.

    WHAT is the id of a failure (4c536a0f3a), a cause (C1), or whatever `spec show` knows: a
    requirement (HDR-FLAGS), a kind of refusal, a type, a section. Of a failure it shows the bytes
    and then the requirement that it violates: its text, why it is there, and where to look.
    """
    from torq_conformance.exports import terminal
    from torq_conformance.model.vendor_specs import registry_with
    from torq_conformance.running.explained import failure_in

    registry = registry_with(vendor_specs)
    found = failure_in(what, results, registry)
    if found is None:
        terminal.show(what, console(), registry)
        return
    click.echo(found.text)
    if found.requirement:
        click.echo()
        terminal.show(found.requirement, console(), registry)


@spec.command("check")
@click.argument("modules", nargs=-1, required=True, metavar="MODULE...")
@kit_errors_reported
def spec_check(modules: tuple[str, ...]) -> None:
    """Check vendor specs: that each MODULE can be judged by, and what it declares.

    MODULE is the name of a module (my_package.vendor_types) or its file, looked for from here.
    """
    from torq_conformance.model.vendor_specs import module_name, registry_with
    from torq_specs.registry import REGISTRY

    for name in modules:
        registry = registry_with(module_name(name))
        for line in registry:
            if line.number in REGISTRY and REGISTRY[line.number] is line:
                continue
            layout = "" if line.layout is None else f", {len(line.layout.named)} fields"
            rules = f", {len(line.rules)} rules" if line.rules else ""
            click.echo(shown(f"{name}: {line.number} {line.name} {line.size_rule}{layout}{rules}"))


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


ALL = "all"
"""Stands for every kind, each in a folder of its own."""


@click.command()
@click.argument("kind", required=False)
@click.argument("folder", required=False, metavar="DIR", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; fail if what is in DIR is out of date.")
@click.option("--vendor-specs", metavar="MODULE", help="Module with vendor TLVs to add.")
@kit_errors_reported
def export(kind: str | None, folder: Path | None, check: bool, vendor_specs: str | None) -> None:
    """Write the specification for another language or tool into DIR.

    KIND is one of those that `torq-conformance export` lists, or all: each in a folder of DIR.
    """
    from torq_conformance.exports import staleness
    from torq_conformance.exports.catalogue import KINDS
    from torq_conformance.exports.declared import Declared
    from torq_conformance.model.vendor_specs import registry_with

    if kind is None:
        for name, one in {**KINDS, ALL: None}.items():
            click.echo(f"{name:12} {one.what if one else 'every kind, in a folder of its own'}")
        return
    if check and folder is None:
        _check(Path(kind), Declared(registry_with(vendor_specs)))
    if check or folder is None:
        raise KitError("It is `export KIND DIR`, or `export --check DIR`.", "KIND may be all.")
    if kind not in {*KINDS, ALL}:
        raise KitError(f"There is no kind {kind}.", f"There are {', '.join(KINDS)} and {ALL}.")
    kinds = {name: name for name in KINDS} if kind == ALL else {kind: ""}
    made = staleness.write(kinds, folder, Declared(registry_with(vendor_specs)))
    for path, data in made.items():
        click.echo(f"{folder / path}: {len(data):,} bytes")
    click.echo(f"{len(made)} files, {sum(map(len, made.values())):,} bytes")


def _check(folder: Path, declared: Declared) -> NoReturn:
    from torq_conformance.exports import staleness

    manifest = staleness.read(folder)
    if not manifest:
        raise KitError(f"{folder} has no {staleness.MANIFEST}.", "Export into it first.")
    found = list(staleness.stale(folder, declared))
    for one in found:
        click.echo(shown(f"{folder / one.path} {one.why}"))
    count = sum(len(row["files"]) for row in manifest.values())
    if found:
        click.echo(f"{len(found)} of {count} files are not what an export would write now")
        sys.exit(ExitCode.NOT_CONFORMANT)
    click.echo(f"{count} files of {', '.join(manifest)} are up to date")
    click.echo(f"specification sha256 {declared.digest}")
    sys.exit(ExitCode.CONFORMANT)
