"""Variables of the process in which an implementation lives; no answer may be taken from them.

Section 12: the environment is that of the question. Whoever looks for a variable in that of the
process, because the question has none, finds another value here than the default.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from torq_specs.configuration import BOOL, CHOICE, SCHEMAS, STRATEGY, TEXT, ConfigField

UNKNOWN = f"{STRATEGY.prefix}OF_THE_PROCESS"
"""A variable that no field has. One schema has one, so that of the others the values are seen."""


def process_variables() -> dict[str, str]:
    """Every variable of every schema, set to what is right for its field and not its default."""
    known = {
        schema.variable(one): _text(one) for schema in SCHEMAS.values() for one in schema.fields
    }
    return {**known, UNKNOWN: "1"}


def _text(one: ConfigField) -> str:
    if one.type == BOOL:
        return "false" if one.default else "true"
    if one.type == CHOICE:
        return next(choice for choice in reversed(one.choices) if choice != one.default)
    return "of the process" if one.type == TEXT else str(one.minimum + _span(one) // 3)


def _span(one: ConfigField) -> int:
    return one.maximum - one.minimum


@contextmanager
def set_in_this_process() -> Iterator[None]:
    """Set them here for a while, where an implementation is called in this very process."""
    before = {name: os.environ.get(name) for name in process_variables()}
    os.environ.update(process_variables())
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text
