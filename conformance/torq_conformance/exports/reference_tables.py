"""Tables of the reference that are about more than one layout: registry, errors, requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from torq_conformance.exports import descriptions
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, MEANINGS, FaultKind
from torq_specs.registry import REGISTRY, VENDOR, Registry, TlvType
from torq_specs.requirements import (
    Requirement,
    layout_requirement_id,
)

FOLDER = "reference"

FAULTS_FOLDER = "faults"

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
    "11": "Where the public system differs",
    "12": "Configuration",
}
"""Titles of the sections that requirements name."""


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
    """A line of the error table; ``page`` is the path of the kind's own page."""

    row: int
    kind: str
    page: str
    when: str
    must: tuple[str, ...]
    should: tuple[str, ...]


def page_name(line: TlvType) -> str:
    """The file name of a type's page; a vendor's name may hold what file names may not."""
    return f"{line.number}-{re.sub(r'[^A-Za-z0-9_]', '_', line.name)}.md"


def registry_rows(registry: Registry = REGISTRY) -> Iterator[RegistryRow]:
    """The registry as a table."""

    def run(line: TlvType) -> object:
        is_plain = line.layout is None and line == REGISTRY.get(line.number)
        return "vendor" if is_plain and line.number in VENDOR else line.number

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


def error_rows() -> Iterator[ErrorRow]:
    """The error table: when a kind is right, and its context by level."""
    for kind in FaultKind:
        must = CONTEXT_MUST.get(kind, ())
        yield ErrorRow(
            kind.row,
            str(kind),
            f"{FAULTS_FOLDER}/{fault_page(kind)}",
            MEANINGS[kind].when,
            must,
            tuple(_context(kind, name) for name in CONTEXT[kind] if name not in must),
        )


def fault_page(kind: FaultKind) -> str:
    """The file name of a kind's page."""
    return f"{kind.row}-{kind}.md"


def _context(kind: FaultKind, name: str) -> str:
    return f"{name} (free text)" if FREE_TEXT.get(kind) == name else name


def sections(by_id: Mapping[str, Requirement]) -> list[tuple[str, str, list[Requirement]]]:
    """Requirements by section of the protocol page, as (section, title, requirements)."""

    def number(requirement: Requirement) -> tuple[int, str]:
        digits = re.match(r"\d+", requirement.section)
        return int(digits.group()) if digits else 0, requirement.section

    ordered = sorted(by_id.values(), key=number)
    return [
        (section, SECTIONS.get(section, ""), list(group))
        for section, group in groupby(ordered, lambda requirement: requirement.section)
    ]


def requirement_ids(line: TlvType) -> str:
    """The requirements that are about this type alone."""
    return ", ".join([layout_requirement_id(line), *(line.rule_id(rule) for rule in line.rules)])
