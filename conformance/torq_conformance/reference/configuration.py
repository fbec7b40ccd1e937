"""Section 12: a configuration from environment variables, by a schema.

Contract: a schema is a dict of name, prefix and fields; the environment is that of the call alone.
The first variable that is wrong is refused as `ConfigError(variable, context)`: first those of the
fields in their order, then those that no field has. What the section leaves open is refused here:
a plus, zeros in front, -0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

_DECIMAL = re.compile(r"0|-?[1-9][0-9]*")

DIGITS_MAX = 20
"""A u64 has at most 20 digits; int() refuses to read thousands of them."""

_TEXTS_OF_BOOL = {"true": True, "false": False}


def read(schema: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, int | bool | str]:
    """Return the value of every field; raise ConfigError for the first variable that is wrong."""
    values: dict[str, int | bool | str] = {}
    known = set()
    for field in schema["fields"]:
        variable = schema["prefix"] + field["name"].upper()
        known.add(variable)
        if variable in environment:
            values[field["name"]] = _convert(field, variable, environment[variable])
        elif "default" in field:
            values[field["name"]] = field["default"]
        else:
            raise _refuse(variable, "is not set and has no default")
    for variable in environment:
        if variable.startswith(schema["prefix"]) and variable not in known:
            raise _refuse(variable, "belongs to no field")
    return values


def _convert(field: Mapping[str, Any], variable: str, text: str) -> int | bool | str:
    if not text:
        raise _refuse(variable, "is set to nothing")
    kind = field["type"]
    if kind == "text":
        return text
    if kind == "bool":
        if text not in _TEXTS_OF_BOOL:
            raise _refuse(variable, "is neither true nor false")
        return _TEXTS_OF_BOOL[text]
    if kind == "choice":
        if text not in field["choices"]:
            raise _refuse(variable, f"is none of {', '.join(field['choices'])}")
        return text
    return _convert_number(field, variable, text)


def _convert_number(field: Mapping[str, Any], variable: str, text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise _refuse(variable, "is no decimal number")
    minimum, maximum = field["minimum"], field["maximum"]
    if len(text) > DIGITS_MAX or not minimum <= int(text) <= maximum:
        raise _refuse(variable, f"is not within {minimum} and {maximum}")
    return int(text)


def _refuse(variable: str, context: str) -> Rejected:
    return Rejected("ConfigError", variable=variable, context=context)
