"""What pages and screens say about a type: tables of its fields, sentences, enumerations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torq_conformance.model.derived_codec import frame
from torq_conformance.report.number_texts import member_text
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Enumeration, FieldLayout, Layout, Padding, Vector
from torq_specs.registry import (
    ANY_DOMAIN,
    REGISTRY,
    STANDARD_SIZE_MAX,
    VENDOR,
    Registry,
    TlvType,
)

INLINE_MEMBERS_MAX = 8
"""Members that are listed where a field is; longer enumerations stand in a list of their own."""

PROVENANCES = {
    "S": "the design notes of the protocol",
    "R": "the public reference system of the protocol",
    "K": "decided by this kit, because neither design notes nor reference system fix it",
}
"""Where a fact comes from, by the letter that declarations use."""

VENDOR_PROVENANCE = "vendor"


@dataclass(frozen=True)
class FieldRow:
    """One line of a table of fields; padding has no ``name``.

    ``members`` lists the named values where they are few, else ``enumeration`` names their list.
    """

    offset: int
    size: int
    type: str
    name: str
    unit: str
    meaning: str
    members: str = ""
    enumeration: str = ""


@dataclass(frozen=True)
class VectorDescription:
    """A vector of a layout: its parts with their offsets in the value."""

    field: FieldLayout
    vector: Vector
    parts: tuple[FieldRow, ...]


def field_rows(layout: Layout) -> list[FieldRow]:
    """The table of a layout, one row for each field and each run of padding."""
    return [_row(field) for field in layout.fields]


def _row(field: FieldLayout) -> FieldRow:
    if isinstance(field.type, Padding):
        return FieldRow(field.offset, field.size, str(field.type), "", "", "zero")
    meaning = field.doc
    if source := PROVENANCES.get(field.provenance):
        meaning += f" ({source})"
    members = list(field.values or ())
    is_short = len(members) <= INLINE_MEMBERS_MAX
    return FieldRow(
        field.offset,
        field.size,
        str(field.type),
        field.name,
        field.unit,
        meaning,
        members_text(field.values) if field.values and is_short else "",
        field.values.__name__ if field.values and not is_short else "",
    )


def vectors(layout: Layout) -> list[VectorDescription]:
    """The vectors of a layout, taken apart into count, padding, first, second and last slot."""
    return [
        VectorDescription(field, field.type, tuple(_vector_parts(field, field.type)))
        for field in layout.fields
        if isinstance(field.type, Vector)
    ]


def _vector_parts(field: FieldLayout, vector: Vector) -> Iterator[FieldRow]:
    count, padding = vector.COUNT, vector.padding
    yield FieldRow(
        field.offset, count.size, str(count), "count", "", f"elements, at most {vector.capacity}"
    )
    offset = field.offset + count.size
    yield FieldRow(offset, padding.size, str(padding), "", "", "zero")
    size = vector.element.size
    for index in sorted({0, min(1, vector.capacity - 1), vector.capacity - 1}):
        offset = field.offset + vector.slots_offset + index * size
        yield FieldRow(offset, size, element_name(vector), f"slot {index}", "", "")


def element_name(vector: Vector) -> str:
    """What the elements of a vector are called."""
    return vector.element.name if isinstance(vector.element, Layout) else str(vector.element)


def elements(layout: Layout) -> list[Layout]:
    """The layouts of the elements of a layout's vectors, each once."""
    found = {
        field.type.element.name: field.type.element
        for field in layout.fields
        if isinstance(field.type, Vector) and isinstance(field.type.element, Layout)
    }
    return list(found.values())


def records(registry: Registry = REGISTRY) -> dict[str, Layout]:
    """Layouts that are no TLV by name: the header and all elements of vectors."""
    found = {HEADER_LAYOUT.name: HEADER_LAYOUT}
    for line in registry.with_layout:
        assert line.layout is not None
        found |= {element.name: element for element in elements(line.layout)}
    return found


def members_text(values: Enumeration) -> str:
    """All members of an enumeration in one line."""
    return ", ".join(member_text(values, int(member)) for member in values)


def enumerations(registry: Registry = REGISTRY) -> list[Enumeration]:
    """Every enumeration that a field names, by name."""
    layouts = [*records(registry).values(), *(x.layout for x in registry.with_layout if x.layout)]
    found = {field.values for layout in layouts for field in layout.fields if field.values}
    return sorted(found, key=lambda values: values.__name__)


def long_enumerations(registry: Registry = REGISTRY) -> list[Enumeration]:
    """The enumerations that are too long to be listed where their fields are, by name."""
    return [values for values in enumerations(registry) if len(values) > INLINE_MEMBERS_MAX]


def sentence(values: Enumeration) -> str:
    """What an enumeration is."""
    return (values.__doc__ or values.__name__).strip().splitlines()[0]


def provenance(line: TlvType) -> str:
    """The provenance of a type in short: letters, or ``vendor`` for what a vendor declared."""
    is_own = line.number not in VENDOR or line == REGISTRY.get(line.number)
    return line.provenance if is_own else VENDOR_PROVENANCE


def provenance_sentence(line: TlvType) -> str:
    """The provenance of a type in words."""
    short = provenance(line)
    if short == VENDOR_PROVENANCE:
        return "Declared by the vendor who uses this number; the protocol says nothing about it."
    what = "name and layout" if line.layout is not None else "name and size"
    parts = [part.split(" ", 1) for part in short.split(", ")]
    texts = [
        f"{part[1] if len(part) > 1 else what}: {PROVENANCES.get(part[0], part[0])}"
        for part in parts
    ]
    text = "; ".join(texts)
    return f"{text[0].upper()}{text[1:]}."


def domain_name(line: TlvType) -> str:
    """The domain that a type rides in."""
    if line.number in ANY_DOMAIN:
        return "System, rides in any"
    return line.domain.name if line.domain is not None else "any"


def framing_sentence(line: TlvType) -> str:
    """How values of a type are framed, with the bytes before them where their size is fixed."""
    if line.size_min > STANDARD_SIZE_MAX:
        kind = f"extended, because the value is over {STANDARD_SIZE_MAX} bytes"
    elif line.size_max > STANDARD_SIZE_MAX:
        return f"standard up to {STANDARD_SIZE_MAX} bytes of value, extended above"
    else:
        kind = "standard"
    if line.size_min != line.size_max:
        return kind
    head = frame(line.number, bytes(line.size_min))[: -line.size_min or None]
    return f"{kind}: {head.hex(' ').upper()}, then the value"
