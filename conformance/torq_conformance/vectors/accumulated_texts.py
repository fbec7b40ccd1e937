"""Decoded messages as JSON without spaces, in bulk: straight from bytes to text, by Layout.

The text is that of the neutral value, ``to_json`` of it without spaces; a test holds it to that. It
is made of templates, twenty times as fast as of dictionaries. Contract: what is read is valid.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torq_conformance.model.derived_codec import CODES, struct_code
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import FieldLayout, Integer, Layout, Raw, Vector

Write = Callable[[bytes, int], str]
"""(bytes, offset of a layout in them) -> some of its members."""

WIDE_SIZE = 8
"""Integers of so many bytes and more are decimal strings."""


def text_of(number: int, layout: Layout) -> Callable[[bytes, bytes], str]:
    """(header, value) -> the JSON of a message with one TLV of that number and layout."""
    header, value = record(HEADER_LAYOUT), record(layout)
    return lambda head, data: (
        f'{{"header":{header(head, 0)},"tlvs":[{{"type":{number},"value":{value(data, 0)}}}]}}'
    )


@functools.cache
def record(layout: Layout) -> Write:
    """Writes a layout as an object."""
    parts = tuple(_parts(layout))
    if len(parts) == 1:
        (only,) = parts
        return lambda data, at: f"{{{only(data, at)}}}"
    return lambda data, at: f"{{{','.join([part(data, at) for part in parts])}}}"


def _parts(layout: Layout) -> Iterator[Write]:
    flat: list[FieldLayout] = []
    for field in (*layout.fields, None):
        if field is not None and not isinstance(field.type, Vector):
            flat.append(field)
            continue
        if any(one.name and not one.is_derived for one in flat):
            yield _Flat.of(flat).text_at
        flat = []
        if field is not None and isinstance(field.type, Vector):
            yield _list(field, field.type)


@dataclass(frozen=True)
class _Flat:
    """Fields without a vector among them: one struct, one template."""

    offset: int
    compiled: struct.Struct
    template: str
    converted: tuple[tuple[int, Callable[[bytes], Any]], ...]
    """Those that struct gives as bytes: which, and what is made of them."""

    @classmethod
    def of(cls, fields: Sequence[FieldLayout]) -> _Flat:
        named = [field for field in fields if field.name and not field.is_derived]
        return cls(
            fields[0].offset,
            struct.Struct("<" + "".join(map(struct_code, fields))),
            ",".join(f'"{field.name}":{_form(field.type)}' for field in named),
            tuple(_conversions(field.type for field in named)),
        )

    def text(self, row: tuple[Any, ...]) -> str:
        if self.converted:
            cells = list(row)
            for index, convert in self.converted:
                cells[index] = convert(cells[index])
            row = tuple(cells)
        return self.template % row

    def text_at(self, data: bytes, at: int) -> str:
        return self.text(self.compiled.unpack_from(data, at + self.offset))


def _list(field: FieldLayout, vector: Vector) -> Write:
    element, text = vector.element, "%d"
    if isinstance(element, Layout):
        flat = _Flat.of(element.fields)
        text = f"{{{flat.template}}}"
    else:
        alone = FieldLayout("", 0, element)
        text = _form(element)
        flat = _Flat(0, struct.Struct("<" + struct_code(alone)), "", tuple(_conversions([element])))
    flat = _Flat(0, flat.compiled, text, flat.converted)
    first, size = field.offset + vector.slots_offset, element.size

    def write(data: bytes, at: int) -> str:
        start = at + field.offset
        count = int.from_bytes(data[start : start + vector.COUNT.size], "little")
        slots = data[at + first : at + first + count * size]
        rows = flat.compiled.iter_unpack(slots)
        return f'"{field.name}":[{",".join([flat.text(row) for row in rows])}]'

    return write


def _form(type_: object) -> str:
    is_number = isinstance(type_, Integer) and type_.size < WIDE_SIZE
    return "%d" if is_number else '"%s"'


def _conversions(types: Any) -> Iterator[tuple[int, Callable[[bytes], Any]]]:
    for index, type_ in enumerate(types):
        if isinstance(type_, Raw):
            yield index, bytes.hex
        elif type_.size not in CODES:
            yield index, functools.partial(int.from_bytes, byteorder="little")
