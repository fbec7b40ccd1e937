"""The neutral value as a JSON Schema, and faults and requirements as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import identifiers
from torq_specs.enums import Magic
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, HEADER_LAYOUT, MEANINGS, FaultKind
from torq_specs.layout import Enumeration, FieldLayout, FieldType, Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY, TlvType
from torq_specs.requirements import requirements

DIALECT = "https://json-schema.org/draft/2020-12/schema"

WIDE_SIZE_MIN = 8
"""Bytes from which on an integer is a decimal string (section of the neutral value)."""

TEXTS = frozenset({"field", "argument", "variable", "context"})
"""Context that is text; all other is an integer."""


def files(declared: Declared) -> dict[str, bytes]:
    """torq.schema.json: what is a message in JSON form, and what is none."""
    identifiers(declared.names, "The specification", "JSON Schema")
    definitions = {layout.name: _object(layout) for layout in declared.layouts}
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:torq:message:{declared.digest}",
        "title": "A message of Torq Protocol V2 in JSON form",
        "$comment": _stamp(declared, "json-schema"),
        "type": "object",
        "required": ["header", "tlvs"],
        "additionalProperties": False,
        "properties": {
            "header": {"$ref": f"#/$defs/{HEADER_LAYOUT.name}"},
            "tlvs": {"type": "array", "items": {"oneOf": [_tlv(x) for x in declared.registry]}},
        },
        "$defs": definitions,
    }
    return {"torq.schema.json": _text(schema)}


def _tlv(line: TlvType) -> dict[str, Any]:
    value = _bytes(line.size_min, line.size_max)
    if line.layout is not None:
        value = {"$ref": f"#/$defs/{line.layout.name}"}
    return {
        "title": line.name,
        "type": "object",
        "required": ["type", "value"],
        "additionalProperties": False,
        "properties": {"type": {"const": line.number}, "value": value},
    }


def _bytes(size_min: int, size_max: int) -> dict[str, Any]:
    """So many bytes in hex; their number stands beside the pattern, which engines can take then."""
    lengths = {"minLength": 2 * size_min, "maxLength": 2 * size_max}
    return {"type": "string", "pattern": "^(?:[0-9a-f]{2})*$", **lengths}


def _object(layout: Layout) -> dict[str, Any]:
    return {
        "description": layout.doc,
        "type": "object",
        "required": [field.name for field in layout.named],
        "additionalProperties": False,
        "properties": {field.name: _property(field) for field in layout.named},
    }


def _property(field: FieldLayout) -> dict[str, Any]:
    found = {"description": field.doc, **_type(field.type)}
    if field.unit:
        found["x-unit"] = field.unit
    if field.values is not None:
        found["x-values"] = {str(member.name): int(member) for member in field.values}
        if field in HEADER_LAYOUT.fields:
            found["enum"] = [int(member) for member in field.values]
    return found


def _type(type_: FieldType) -> dict[str, Any]:
    match type_:
        case Integer(size=size, is_signed=is_signed) if size >= WIDE_SIZE_MIN:
            sign = "-?" if is_signed else ""
            digits = len(str(type_.maximum))
            pattern = f"^(?:0|{sign}[1-9][0-9]{{0,{digits - 1}}})$"
            return {"type": "string", "pattern": pattern, "x-bits": 8 * size}
        case Integer():
            return {"type": "integer", "minimum": type_.minimum, "maximum": type_.maximum}
        case Raw(size=size):
            return _bytes(size, size)
        case Vector(element=Layout() as element, capacity=capacity):
            items: Mapping[str, Any] = {"$ref": f"#/$defs/{element.name}"}
            return {"type": "array", "maxItems": capacity, "items": items}
        case Vector(element=Integer() as element, capacity=capacity):
            return {"type": "array", "maxItems": capacity, "items": _type(element)}
    raise AssertionError(type_)


def rule_files(declared: Declared) -> dict[str, bytes]:
    """torq.faults.json: kinds of refusals with their context, and every requirement."""
    kinds = [
        {
            "row": kind.row,
            "kind": str(kind),
            "when": MEANINGS[kind].when,
            "demanded_by": MEANINGS[kind].speaks_of,
            "context": [
                {
                    "name": name,
                    "type": "string" if name in TEXTS else "integer",
                    "level": "MUST" if name in CONTEXT_MUST.get(kind, ()) else "SHOULD",
                    "is_free_text": FREE_TEXT.get(kind) == name,
                }
                for name in CONTEXT[kind]
            ],
        }
        for kind in FaultKind
    ]
    rules = [
        {
            "id": rule.id,
            "level": str(rule.level),
            "section": rule.section,
            "text": rule.text,
            "why": rule.why,
            "look_at": rule.look_at,
            **({"note": rule.note} if rule.note else {}),
        }
        for rule in requirements(declared.registry).values()
    ]
    types = [
        {
            "number": line.number,
            "name": line.name,
            "size_min": line.size_min,
            "size_max": line.size_max,
            "domain": line.domain.name if line.domain is not None else None,
            "is_declared": line.layout is not None,
            "is_vendor": line != REGISTRY.get(line.number),
            "rules": [{"id": line.rule_id(rule), "text": rule.expression} for rule in line.rules],
        }
        for line in declared.registry
    ]
    document = {
        "about": _stamp(declared, "faults"),
        "specification": declared.digest,
        "magic": int(Magic.TORQ),
        "faults": kinds,
        "requirements": rules,
        "types": types,
        "enumerations": {x.__name__: _members(x) for x in declared.enumerations},
    }
    return {"torq.faults.json": _text(document)}


def _members(members: Enumeration) -> dict[str, int]:
    return {str(member.name): int(member) for member in members}


def _stamp(declared: Declared, kind: str) -> str:
    return (
        f"Written by torq-conformance export {kind} of kit {declared.kit}; "
        f"specification sha256 {declared.digest}"
    )


def _text(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()
