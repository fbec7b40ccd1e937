"""The JSON form of schemas and settings: integers of 64 bits are decimal strings, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torq_conformance.model.values import FormError, part_from_json, part_to_json
from torq_specs.configuration import SCHEMAS, ConfigField
from torq_specs.layout import Integer

Json = dict[str, Any]

NUMBERS = ("default", "minimum", "maximum")
"""What a field says of a number."""


def schema_to_json(name: str) -> Json:
    """A schema as it travels and as vectors have it."""
    schema = SCHEMAS[name]
    fields = [
        {key: _to_json(one, part) if key in NUMBERS else part for key, part in one.plain.items()}
        for one in schema.fields
    ]
    return {**schema.plain, "fields": fields}


def values_to_json(name: str, values: Mapping[str, Any]) -> Json:
    """The value of every field; what no field has stays as it is."""
    fields = {one.name: one for one in SCHEMAS[name].fields}
    return {
        key: _to_json(fields[key], part) if key in fields else part for key, part in values.items()
    }


def values_from_json(name: str, answer: Any) -> Json:
    """The settings of a JSON form; FormError where one is not of the form of its type."""
    if not isinstance(answer, Mapping):
        raise FormError("ok is not an object")
    fields = {one.name: one for one in SCHEMAS[name].fields}
    return {
        str(key): _from_json(fields[key], part) if key in fields else str(part)
        for key, part in answer.items()
    }


def _to_json(one: ConfigField, part: Any) -> Any:
    is_number = one.is_integer and isinstance(part, int)
    return part_to_json(part, _width(one)) if is_number else part


def _from_json(one: ConfigField, part: Any) -> Any:
    path = f"ok.{one.name}"
    if one.is_integer:
        return part_from_json(part, _width(one), path)
    if isinstance(part, bool if one.type == "bool" else str):
        return part
    raise FormError(
        f"{path} is {part!r:.80}, not {'true or false' if one.type == 'bool' else 'text'}"
    )


def _width(one: ConfigField) -> Integer:
    return Integer(int(one.type[1:]) // 8, is_signed=one.type.startswith("i"))
