"""A dissector for Wireshark, in Lua: header, framing and the fields of every declared type.

Its tables are written from Layout and the registry; how they are walked stands in the template.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from torq_conformance.exports.declared import Declared
from torq_conformance.exports.templating import templates
from torq_specs.enums import Magic
from torq_specs.faults import HEADER_ENUMERATIONS, HEADER_LAYOUT, FaultKind
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.layout import (
    FieldLayout,
    FieldType,
    Integer,
    Layout,
    Padding,
    Raw,
    Vector,
)
from torq_specs.registry import EXTENDED, REGISTRY, Registry
from torq_specs.tlv import Tlv

NUMBER_SIZE_MAX = 8
"""Bytes of the widest integer that Wireshark has; wider ones are shown as decimal text."""


def dissector(registry: Registry = REGISTRY) -> str:
    """The source of torq.lua."""
    types = {
        line.number: {
            "name": line.name,
            "size_min": line.size_min,
            "size_max": line.size_max,
            **({} if line.domain is None else {"domain": int(line.domain)}),
            **({} if line.layout is None else {"fields": fields(line.layout)}),
        }
        for line in registry
    }
    header = fields(HEADER_LAYOUT)
    enumerations = dict(sorted(_enumerations(registry)))
    return (
        templates()
        .get_template("torq.lua.j2")
        .render(
            declared=Declared(registry),
            header={one["name"]: one["offset"] for one in header},
            header_size=HEADER_LAYOUT.size,
            header_fields=[_lua(one) for one in header],
            header_names=[
                (name, members.__name__, str(kind)) for name, members, kind in HEADER_ENUMERATIONS
            ],
            enumerations={name: _lua(members) for name, members in enumerations.items()},
            types={number: _lua(line) for number, line in types.items()},
            magic=int(Magic.TORQ),
            message_size_max=MESSAGE_SIZE_MAX,
            extended=EXTENDED,
            standard_size=Tlv.STANDARD_HEADER_SIZE,
            extended_size=Tlv.EXTENDED_HEADER_SIZE,
            kind={kind.name: str(kind) for kind in FaultKind},
        )
    )


def fields(layout: Layout) -> list[dict[str, Any]]:
    """The fields of a layout as the dissector reads them: offsets and sizes in bytes."""
    return [_field(one) for one in layout.fields]


def _field(field: FieldLayout) -> dict[str, Any]:
    members = _members(field)
    return {
        "name": field.name or "padding",
        "offset": field.offset,
        **_type(field.type),
        **({"doc": field.doc} if field.doc else {}),
        **({"values": members.__name__} if members else {}),
    }


def _members(field: FieldLayout) -> type[IntEnum] | None:
    """The names of its numbers where each number has one; flags may be several at once."""
    values = field.values
    return values if values is not None and issubclass(values, IntEnum) else None


def _type(type_: FieldType) -> dict[str, Any]:
    match type_:
        case Integer(size=size) if size > NUMBER_SIZE_MAX:
            return {"kind": "wide", "size": size}
        case Integer(size=size, is_signed=is_signed):
            return {"kind": "int" if is_signed else "uint", "size": size}
        case Raw(size=size):
            return {"kind": "bytes", "size": size}
        case Padding(size=size):
            return {"kind": "padding", "size": size}
        case Vector(element=element, capacity=capacity):
            is_layout = isinstance(element, Layout)
            return {
                "kind": "vector",
                "size": type_.size,
                "capacity": capacity,
                "slots_offset": type_.slots_offset,
                "count_size": type_.COUNT.size,
                "slot_size": element.size,
                "fields": fields(element)
                if isinstance(element, Layout)
                else [{"name": "value", "offset": 0, **_type(element)}],
                "is_layout": is_layout,
            }


def _enumerations(registry: Registry) -> Iterator[tuple[str, dict[int, str]]]:
    layouts = [HEADER_LAYOUT, *(line.layout for line in registry if line.layout is not None)]
    for layout in layouts:
        elements = [one.type.element for one in layout.fields if isinstance(one.type, Vector)]
        for part in (layout, *(one for one in elements if isinstance(one, Layout))):
            for members in filter(None, map(_members, part.fields)):
                yield members.__name__, {int(member): member.name for member in members}


def _lua(part: Any) -> str:
    """A value as Lua writes it; our texts need no escape that Lua and JSON write differently."""
    match part:
        case Mapping():
            rows = (
                f"{f'[{key}]' if isinstance(key, int) else key} = {_lua(one)}"
                for key, one in part.items()
            )
            return f"{{{', '.join(rows)}}}"
        case list():
            return f"{{{', '.join(map(_lua, part))}}}"
        case bool():
            return "true" if part else "false"
        case _:
            return json.dumps(part, ensure_ascii=False)
