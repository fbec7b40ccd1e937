"""The reference of one type, or of the whole registry, in the terminal and in colour.

The same facts as on the pages; a field has one colour in table, picture and example.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from torq_conformance.errors import KitError
from torq_conformance.exports import (
    descriptions,
    example_values,
    topics,
)
from torq_conformance.exports.reference_tables import registry_rows
from torq_conformance.exports.topics import Topic
from torq_conformance.report import annotated_bytes, pictures
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Enumeration, Layout
from torq_specs.registry import EXTENDED, REGISTRY, Registry, TlvType, domain_of

COLOURS = ("cyan", "green", "yellow", "magenta", "bright_blue", "bright_red", "bright_green")
QUIET = "bright_black"
NEAREST = 3
NARROW = 110
"""Columns below which units share a column with meanings."""


def show(name_or_number: str, console: Console, registry: Registry = REGISTRY) -> None:
    """One type, ``header``, or a record such as ``InstrumentId``: fields, picture and example.

    An enumeration such as ``Venue`` is listed; of a requirement, a kind of fault, a rule, a field
    type or a section all is said that there is to say. KitError names the nearest words if there
    is no such one.
    """
    found = find(name_or_number, registry)
    if isinstance(found, Topic):
        _show_topic(found, console)
        return
    if isinstance(found, type):
        _title(found.__name__, descriptions.sentence(found), console)
        console.print()
        for member in found:
            console.print(Text(f"{int(member):>6}  {member.name}"))
        return
    if isinstance(found, Layout):
        _title(found.name, found.doc, console)
        _facts([("size", f"{found.size} bytes")], console)
        value = example_values.value(found)
        rows = annotated_bytes.value_rows(found, value)
        if found is HEADER_LAYOUT:
            rows = annotated_bytes.header_rows(value)
        _show_layout(found, rows, console)
        return
    _title(f"{found.number} {found.name}", found.layout.doc if found.layout else "", console)
    _facts(_type_facts(found), console)
    if found.layout is not None:
        _show_rules(found, console)
        message = example_values.message(found)
        _show_layout(found.layout, annotated_bytes.tlv_rows(message, registry), console)


def show_all(console: Console, registry: Registry = REGISTRY) -> None:
    """The registry: every number with its name, domain, size and provenance."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("number", "name", "domain", "size", "from"):
        justify: JustifyMethod = "right" if name in {"number", "size"} else "left"
        table.add_column(name, justify=justify, no_wrap=name not in {"domain", "from"})
    for row in registry_rows(registry):
        style = "" if row.page else QUIET
        cells = (row.numbers, row.name, row.domain, row.size, row.provenance)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    console.print(table)
    console.print()
    for letter, text in descriptions.PROVENANCES.items():
        console.print(Text(f"{letter}  {text}"))
    console.print(Text("Types in grey are opaque: name, domain and size are all there is."))
    others = [values.__name__ for values in descriptions.long_enumerations(registry)]
    others = [*descriptions.records(registry), *others]
    console.print(Text(f"Also to be shown: {', '.join(others)}; every requirement, kind of"))
    console.print(Text("refusal and section: HDR-MAGIC, TruncatedTLV, framing, errors."))


Found = TlvType | Layout | Enumeration | Topic


def find(name_or_number: str, registry: Registry = REGISTRY) -> Found:
    """What a name or number stands for, in any case: a type comes before any other word."""
    wanted = name_or_number.strip()
    try:
        number = int(wanted, 0)
    except ValueError:
        return _named(wanted, registry)
    line = registry.get(number)
    if line is None:
        nearest = sorted(registry, key=lambda line: abs(line.number - number))[:NEAREST]
        raise KitError(
            f"{wanted} is no TLV type: {_why_unassigned(number)}.",
            f"Nearest: {', '.join(f'{x.number} {x.name}' for x in nearest)}.",
        )
    return line


def _why_unassigned(number: int) -> str:
    if not 1 <= number < EXTENDED:
        return "types are 1 to 254"
    domain = domain_of(number)
    return f"unassigned in {domain.name}" if domain is not None else "unallocated"


def _named(name: str, registry: Registry) -> Found:
    known: dict[str, TlvType | Layout | Enumeration] = {}
    known |= {values.__name__: values for values in descriptions.enumerations(registry)}
    known |= descriptions.records(registry)
    known |= {line.name: line for line in registry}
    names = {key.lower(): key for key in known}
    if name.lower() in names:
        return known[names[name.lower()]]
    words = topics.topics(registry)
    if name.lower() in words:
        return topics.topic(words[name.lower()], registry)
    names = {**names, **words}
    close = difflib.get_close_matches(name.lower(), names, n=NEAREST, cutoff=0.6)
    if close:
        hint = f"Nearest: {', '.join(names[key] for key in close)}."
    else:
        hint = (
            "Name a TLV (Trade or 1), `header`, a requirement, a kind of fault, or a section "
            "(errors, or §8)."
        )
    raise KitError(f"Nothing is named {name!r}.", hint)


def _show_topic(found: Topic, console: Console) -> None:
    _title(found.title, found.text, console)
    if found.facts:
        _facts(found.facts, console)
    for block in found.blocks:
        console.print(Text(f"\n{block.title}", style="bold"))
        console.print(Text(block.text))
        for line in block.dump.splitlines():
            _print(Text(line), console)


def _title(title: str, doc: str, console: Console) -> None:
    console.print(Text(title, style="bold"))
    if doc:
        console.print(Text(doc))


def _facts(facts: Iterable[tuple[str, str]], console: Console) -> None:
    console.print()
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in facts:
        table.add_row(Text(name, style=QUIET), Text(text))
    console.print(table)


def _type_facts(line: TlvType) -> Iterator[tuple[str, str]]:
    yield "domain", descriptions.domain_name(line)
    yield "size", "any" if line.size_rule == "*" else f"{line.size_rule} bytes"
    yield "framing", descriptions.framing_sentence(line)
    yield "from", descriptions.provenance_sentence(line)
    if line.layout is None:
        yield "value", "opaque: its bytes are carried as they are"


def _show_rules(line: TlvType, console: Console) -> None:
    """What its values must mean, and why it is laid out as it is."""
    assert line.declaration is not None
    if line.declaration.note:
        console.print(Text(f"\n{line.declaration.note}"))
    if line.rules:
        console.print(Text("\nRules (section 8)", style="bold"))
    for rule in line.rules:
        console.print(Text.assemble((line.rule_id(rule), QUIET), f"  {rule.sentence}"))
        console.print(Text(f"    {rule.expression}"))
    for one in (*line.declaration.differs, *line.differs):
        console.print(Text(f"\nThe public system differs: {one.public} ({one.source})."))


def _show_layout(layout: Layout, rows: Iterator[annotated_bytes.Row], console: Console) -> None:
    colours = _colours(layout)
    _show_fields(layout, colours, console)
    for element in descriptions.elements(layout):
        console.print(Text(f"\n{element.name}, {element.size} bytes a slot", style="bold"))
        _show_fields(element, {}, console)
    console.print()
    for line in pictures.lines(layout):
        spans = [(span.text, colours.get(span.field, QUIET)) for span in line]
        _print(Text.assemble(*spans), console)
    console.print(Text("\nExample", style="bold"))
    _show_example(list(rows), colours, console)


def _colours(layout: Layout) -> dict[str, str]:
    return {
        field.name: COLOURS[index % len(COLOURS)]
        for index, field in enumerate(field for field in layout.fields if field.name)
    }


def _show_fields(layout: Layout, colours: dict[str, str], console: Console) -> None:
    console.print()
    is_narrow = console.width < NARROW
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("offset", "size", "type", "field"):
        justify: JustifyMethod = "right" if name in {"offset", "size"} else "left"
        table.add_column(name, justify=justify, no_wrap=True)
    for name in ("meaning",) if is_narrow else ("unit", "meaning"):
        table.add_column(name)
    for row in descriptions.field_rows(layout):
        meaning = Text(_meaning(row, has_unit=is_narrow), style="" if row.name else QUIET)
        table.add_row(
            str(row.offset),
            str(row.size),
            Text(row.type, style="" if row.name else QUIET),
            Text(row.name, style=colours.get(row.name, "")),
            *([meaning] if is_narrow else [Text(row.unit), meaning]),
        )
    console.print(table)


def _meaning(row: descriptions.FieldRow, *, has_unit: bool) -> str:
    unit = f", {row.unit}" if row.unit and has_unit else ""
    members = f": {row.members}" if row.members else ""
    named = f" ({row.enumeration})" if row.enumeration else ""
    return f"{row.meaning}{unit}{members}{named}"


def _show_example(
    rows: list[annotated_bytes.Row], colours: dict[str, str], console: Console
) -> None:
    width = max(len(row.path) for row in rows)
    for row in rows:
        colour = colours.get(row.field, QUIET)
        offset = "" if row.offset is None else str(row.offset)
        line = Text.assemble(
            (f"{offset:>6}  ", QUIET),
            (f"{row.hexed:<{annotated_bytes.BYTES_WIDTH}}  ", colour),
            (f"{row.path:<{width}}  ", colour),
            row.text,
        )
        line.rstrip()
        _print(line, console)


def _print(line: Text, console: Console) -> None:
    """A line whose columns must stay under one another, however narrow the terminal is."""
    console.print(line, no_wrap=True, overflow="ignore", crop=False)
