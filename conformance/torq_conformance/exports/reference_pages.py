"""The generated reference: specs/README.md and a page for each TLV that is declared.

Everything on the pages is from the registry, the layouts, the faults and the requirements; the
prose is in ``templates``. The same registry always gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import jinja2

from torq_conformance.derived_codec import encode_message
from torq_conformance.exports import annotated_bytes, descriptions, example_values, pictures
from torq_specs.faults import CONTEXT, CONTEXT_MUST, HEADER_LAYOUT, FaultKind
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import (
    DOMAIN_RANGES,
    EXTENDED_SIZE_MAX,
    REGISTRY,
    STANDARD_SIZE_MAX,
    Registry,
    TlvType,
)
from torq_specs.requirements import NOT_TESTED, Requirement, layout_requirement_id, requirements

README = "README.md"
FOLDER = "reference"
PAGE_NAME = re.compile(r"\d+-.+\.md")

SECTIONS = {
    "1": "Conventions",
    "2": "Message",
    "3": "TLV framing",
    "4": "Registry",
    "5": "Layouts",
    "6": "Errors",
    "7": "InstrumentId operations",
    "8": "Validation",
    "9": "Throughput",
    "10": "Relays",
}
"""Titles of the sections that requirements name."""

README_EXAMPLE = 1
"""The type whose message is shown whole in the README."""

HEX_ROW = 32


@dataclass(frozen=True)
class RegistryRow:
    """A line of the registry table; runs of opaque vendor types of one size are one line."""

    numbers: str
    name: str
    page: str
    domain: str
    size: str
    provenance: str


@dataclass(frozen=True)
class ErrorRow:
    """A line of the error table; ``requirements`` are the ids whose text names the kind."""

    kind: str
    must: tuple[str, ...]
    should: tuple[str, ...]
    requirements: tuple[str, ...]


def write(folder: Path, registry: Registry = REGISTRY) -> list[Path]:
    """Write all pages below ``folder`` and remove those of types that are gone.

    Returns the paths that changed, relative to ``folder``.
    """
    drifted = check(folder, registry)
    texts = pages(registry)
    for path in drifted:
        if path.as_posix() not in texts:
            (folder / path).unlink()
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(texts[path.as_posix()].encode())
    return drifted


def check(folder: Path, registry: Registry = REGISTRY) -> list[Path]:
    """The pages below ``folder`` that are missing, differ or are of no type, relative to it."""
    texts = pages(registry)
    drifted = [
        name
        for name, text in texts.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != text.encode()
    ]
    present = (path for path in (folder / FOLDER).glob("*.md") if PAGE_NAME.fullmatch(path.name))
    strays = {f"{FOLDER}/{path.name}" for path in present} - set(texts)
    return [Path(name) for name in (*drifted, *sorted(strays))]


def pages(registry: Registry = REGISTRY) -> dict[str, str]:
    """The text of every page by its path relative to the folder of the specification."""
    environment = _environment()
    texts = {README: _readme(environment, registry)}
    lines = registry.with_layout
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        after = lines[index + 1] if index + 1 < len(lines) else None
        texts[f"{FOLDER}/{page_name(line)}"] = _page(environment, registry, line, before, after)
    return texts


def page_name(line: TlvType) -> str:
    """The file name of a type's page."""
    return f"{line.number}-{line.name}.md"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("torq_conformance.exports"),
        autoescape=False,  # noqa: S701  Markdown, not HTML; `cell` escapes what tables need.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    return environment


def _cell(text: object) -> str:
    """Text that is safe in a cell of a Markdown table."""
    return str(text).replace("|", r"\|").replace("<", "&lt;").replace("\n", " ")


def _page(
    environment: jinja2.Environment,
    registry: Registry,
    line: TlvType,
    before: TlvType | None,
    after: TlvType | None,
) -> str:
    assert line.layout is not None
    message = example_values.message(line)
    data = encode_message(message, registry)
    return environment.get_template("tlv.md.j2").render(
        line=line,
        layout=line.layout,
        domain=descriptions.domain_name(line),
        framing=descriptions.framing_sentence(line),
        provenance=descriptions.provenance_sentence(line),
        requirement=layout_requirement_id(line),
        rows=descriptions.field_rows(line.layout),
        vectors=descriptions.vectors(line.layout),
        elements=[(x, descriptions.field_rows(x)) for x in descriptions.elements(line.layout)],
        element_name=descriptions.element_name,
        picture=pictures.picture(line.layout),
        dump=annotated_bytes.dump(annotated_bytes.tlv_rows(message, registry)),
        message_hex=_hex(data) if line.size_max <= STANDARD_SIZE_MAX else "",
        message_size=len(data),
        before=(before.name, page_name(before)) if before else None,
        after=(after.name, page_name(after)) if after else None,
    )


def _hex(data: bytes) -> str:
    return "\n".join(data[at : at + HEX_ROW].hex() for at in range(0, len(data), HEX_ROW))


def _readme(environment: jinja2.Environment, registry: Registry) -> str:
    by_id = requirements(registry)
    line = registry[README_EXAMPLE]
    message = example_values.message(line)
    data = encode_message(message, registry)
    return environment.get_template("README.md.j2").render(
        line=line,
        page=f"{FOLDER}/{page_name(line)}",
        header_size=HEADER_SIZE,
        message_size_max=MESSAGE_SIZE_MAX,
        standard_size_max=STANDARD_SIZE_MAX,
        extended_size_max=EXTENDED_SIZE_MAX,
        header_rows=descriptions.field_rows(HEADER_LAYOUT),
        header_picture=pictures.picture(HEADER_LAYOUT),
        dump=annotated_bytes.dump(annotated_bytes.message_rows(message, registry)),
        message_hex=_hex(data),
        message_size=len(data),
        domain_ranges=[(f"{r[0]} to {r[-1]}", domain.name) for r, domain in DOMAIN_RANGES],
        provenances=descriptions.PROVENANCES,
        registry_rows=list(registry_rows(registry)),
        enumerations=[
            (values.__name__, descriptions.sentence(values), descriptions.members_text(values))
            for values in descriptions.long_enumerations(registry)
        ],
        errors=list(_errors(by_id)),
        sections=_sections(by_id),
        not_tested=NOT_TESTED,
    )


def registry_rows(registry: Registry = REGISTRY) -> Iterator[RegistryRow]:
    """The registry as a table."""

    def run(line: TlvType) -> object:
        is_plain = line.layout is None and line == REGISTRY.get(line.number)
        return "vendor" if is_plain and line.domain is None else line.number

    for _, group in groupby(registry, run):
        lines = list(group)
        first, last = lines[0], lines[-1]
        is_run = len(lines) > 1
        yield RegistryRow(
            f"{first.number} to {last.number}" if is_run else str(first.number),
            f"{first.name} to {last.name}" if is_run else first.name,
            f"{FOLDER}/{page_name(first)}" if first.layout is not None else "",
            descriptions.domain_name(first),
            "any" if first.size_rule == "*" else first.size_rule,
            descriptions.provenance(first),
        )


def _errors(by_id: dict[str, Requirement]) -> Iterator[ErrorRow]:
    for kind in FaultKind:
        must = CONTEXT_MUST.get(kind, ())
        named = re.compile(rf"\b{kind}\b")
        yield ErrorRow(
            str(kind),
            must,
            tuple(name for name in CONTEXT[kind] if name not in must),
            tuple(id_ for id_, requirement in by_id.items() if named.search(requirement.text)),
        )


def _sections(by_id: dict[str, Requirement]) -> list[tuple[str, str, list[Requirement]]]:
    def number(requirement: Requirement) -> tuple[int, str]:
        digits = re.match(r"\d+", requirement.section)
        return int(digits.group()) if digits else 0, requirement.section

    ordered = sorted(by_id.values(), key=number)
    return [
        (section, SECTIONS.get(section, ""), list(group))
        for section, group in groupby(ordered, lambda requirement: requirement.section)
    ]
