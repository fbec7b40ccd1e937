"""Which sentence of section 12 a wrong answer to config speaks of, by the evidence in it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torq_conformance.implementations.process_variables import UNKNOWN
from torq_conformance.implementations.protocol import Request
from torq_specs.configuration import OPEN, SCHEMAS, ConfigField

VARIABLE = "CFG-VARIABLE"
"""A refusal of another kind, or one that names no variable that there is."""


def of_values(request: Request, names: Iterable[str]) -> list[str]:
    """Fields that have another value: set ones, or ones that have their default."""
    fields, environment = _asked(request)
    variables = {one.name: variable for variable, one in fields.items()}
    is_set = (variables.get(name) in environment for name in names)
    return [*dict.fromkeys("CFG-VALUE" if one else "CFG-DEFAULT" for one in is_set)]


def of_refused(request: Request, variable: object) -> str:
    """A variable that is right and was named as wrong."""
    fields, environment = _asked(request)
    if any(name != variable and name.upper() == variable for name in environment):
        # Somebody else's, in other letters, was taken for it.
        return "CFG-UNKNOWN"
    if variable in fields:
        return "CFG-VALUE" if variable in environment else "CFG-DEFAULT"
    if variable == UNKNOWN:
        # It was looked for where the question's variables are not.
        return "CFG-UNKNOWN"
    return "CFG-UNKNOWN" if variable in environment else VARIABLE


def of_accepted(request: Request, variable: object) -> str:
    """A variable that is wrong and was not looked at."""
    fields, environment = _asked(request)
    if variable not in fields:
        return "CFG-UNKNOWN"
    text = environment.get(str(variable))
    if not text:
        return "CFG-DEFAULT" if text is None else "CFG-EMPTY"
    is_number = fields[str(variable)].is_integer and OPEN.fullmatch(text)
    return "CFG-RANGE" if is_number else "CFG-FORM"


def _asked(request: Request) -> tuple[dict[str, ConfigField], Mapping[str, str]]:
    argument: Any = request.argument
    return SCHEMAS[argument["schema"]].by_variable(), argument["environment"]
