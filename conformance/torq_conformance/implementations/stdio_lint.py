"""Holds lines between the kit and a stdio: implementation against the JSON Schema of both.

The schema is stricter than the kit, which reads past what cannot mislead it, and it says nothing of
what the fields of a declared type are: that is read, and judged, in any case.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

REQUEST = "request"
ANSWER_TO = "answer_to_"


def why_not_request(document: Mapping[str, Any]) -> str:
    """Why a document is no request; nothing when it is one."""
    return _why_not(REQUEST, document)


def why_not_answer(operation: str, document: Mapping[str, Any]) -> str:
    """Why a document is no answer to an operation, hello, batch and frames among them."""
    return _why_not(f"{ANSWER_TO}{operation}", document)


def _why_not(form: str, document: Mapping[str, Any]) -> str:
    error = best_match(_validator(form).iter_errors(document))
    if error is None:
        return ""
    return f"{error.json_path}: {error.message[:300]} (schema of {form.replace('_', ' ')})"


@functools.cache
def _validator(form: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((files(__package__) / "stdio.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator({**schema, "oneOf": [{"$ref": f"#/$defs/{form}"}]})
