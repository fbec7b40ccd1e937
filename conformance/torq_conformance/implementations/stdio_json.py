"""The JSON form of every operation's argument and answer, for both ends of a stdio connection.

Contract: integers of 64 bits and more are decimal strings, smaller ones numbers, bytes lowercase
hex. A refusal's context is the one place where an integer may be either, since the protocol does
not say how wide it is there. Whatever is read gives a value or raises FormError with its path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torq_conformance.implementations import config_json
from torq_conformance.implementations.protocol import Operation, Request, refused_in
from torq_conformance.model.values import (
    FormError,
    from_json,
    layout_from_json,
    layout_to_json,
    part_from_json,
    part_to_json,
    to_json,
)
from torq_conformance.rejection import Rejected
from torq_specs.instrument_id import InstrumentId
from torq_specs.layout import Integer, layout_of
from torq_specs.registry import Registry

ID = layout_of(InstrumentId)
U64, U128 = Integer(8, is_signed=False), Integer(16, is_signed=False)

WIDTHS: Mapping[str, Integer] = {
    "venue": Integer(2, is_signed=False),
    "key": U128,
    "value": U64,
    "strike": U64,
    "expiry": U64,
}
"""Integers among the arguments of InstrumentId operations; the others are ids, texts and bools."""

KEYS: Mapping[str, Integer] = {"cache_key": U128, "to_u64": U64}
"""What operations give that give no id."""

TEXTS = ("field", "argument", "variable", "context")
"""Context of refusals (section 6) that is text, even if it looks like a number."""

BYTES_IN = {Operation.DECODE, Operation.DECODE_VALIDATED, Operation.ROUNDTRIP}
BYTES_OUT = {Operation.ENCODE, Operation.ROUNDTRIP}


def request_to_json(request: Request, registry: Registry) -> dict[str, Any]:
    """A request but for its id."""
    argument: Any = request.argument
    match request.operation:
        case Operation.DECODE | Operation.DECODE_VALIDATED | Operation.ROUNDTRIP:
            return {"op": request.operation.value, "data": argument.hex()}
        case Operation.ENCODE | Operation.VALIDATE:
            return {"op": request.operation.value, "message": to_json(argument, registry)}
        case Operation.INSTRUMENT_ID:
            rest = {name: part for name, part in argument.items() if name != "operation"}
            arguments = {name: _argument_to_json(name, part) for name, part in rest.items()}
            return {
                "op": "instrument_id",
                "operation": argument["operation"],
                "arguments": arguments,
            }
        case Operation.CONFIG:
            schema = config_json.schema_to_json(argument["schema"])
            return {"op": "config", "schema": schema, "environment": argument["environment"]}
        case Operation.ERROR_TEXT:
            return {"op": "error_text", "request": request_to_json(refused_in(request), registry)}
        case Operation.THROUGHPUT:
            return {"op": "throughput", **argument}
        case Operation.DECODE_VIEW:
            raise NotImplementedError("no memory can be placed across a pipe")


def request_from_json(document: Mapping[str, Any], registry: Registry) -> Request:
    """The request of its JSON form."""
    operation = Operation(document["op"])
    match operation:
        case Operation.DECODE | Operation.DECODE_VALIDATED | Operation.ROUNDTRIP:
            return Request(operation, bytes.fromhex(document["data"]))
        case Operation.ENCODE | Operation.VALIDATE:
            return Request(operation, from_json(document["message"], registry))
        case Operation.INSTRUMENT_ID:
            arguments = {
                name: _argument_from_json(name, part)
                for name, part in document["arguments"].items()
            }
            return Request(operation, {"operation": document["operation"], **arguments})
        case Operation.DECODE_VIEW:
            raise FormError("no memory can be placed across a pipe")
        case Operation.CONFIG:
            asked = {"schema": document["schema"]["name"], "environment": document["environment"]}
            return Request(operation, asked)
        case Operation.ERROR_TEXT:
            refused = request_from_json(document["request"], registry)
            asked = {"operation": refused.operation.value, "argument": refused.argument}
            return Request(operation, asked)
        case Operation.THROUGHPUT:
            return Request(operation, {name: document[name] for name in ("workload", "count")})


def answer_to_json(request: Request, value: Any, registry: Registry) -> Any:
    """What stands behind ``ok``."""
    match request.operation:
        case Operation.ENCODE | Operation.ROUNDTRIP:
            return value.hex()
        case Operation.DECODE | Operation.DECODE_VALIDATED:
            return to_json(value, registry)
        case Operation.VALIDATE | Operation.ERROR_TEXT:
            return value
        case Operation.CONFIG:
            argument: Any = request.argument
            return config_json.values_to_json(argument["schema"], value)
        case Operation.INSTRUMENT_ID:
            if isinstance(value, Mapping):
                return layout_to_json(value, ID)
            return str(value)
        case Operation.DECODE_VIEW:
            raise NotImplementedError("no memory can be placed across a pipe")
        case Operation.THROUGHPUT:
            return {name: str(number) for name, number in value.items()}


def answer_from_json(request: Request, answer: Any, registry: Registry) -> object:
    """The value of what stands behind ``ok``; FormError when the operation has no such answer."""
    match request.operation:
        case Operation.ENCODE | Operation.ROUNDTRIP:
            return bytes_from_json(answer, "ok")
        case Operation.DECODE | Operation.DECODE_VALIDATED:
            return from_json(answer, registry)
        case Operation.VALIDATE:
            if not isinstance(answer, list) or not all(isinstance(name, str) for name in answer):
                raise FormError("ok is not a list of names of fields")
            return answer
        case Operation.INSTRUMENT_ID:
            assert isinstance(request.argument, Mapping)
            width = KEYS.get(request.argument["operation"])
            if width is not None:
                return part_from_json(answer, width, "ok")
            return layout_from_json(answer, ID, "ok")
        case Operation.DECODE_VIEW:
            raise FormError("no memory can be placed across a pipe")
        case Operation.CONFIG:
            assert isinstance(request.argument, Mapping)
            return config_json.values_from_json(request.argument["schema"], answer)
        case Operation.ERROR_TEXT:
            if not isinstance(answer, str):
                raise FormError("ok is no text")
            return answer
        case Operation.THROUGHPUT:
            if not isinstance(answer, Mapping):
                raise FormError("ok is not an object")
            return {name: _number(part) for name, part in answer.items()}


def refusal_to_json(refusal: Rejected) -> dict[str, Any]:
    """What stands behind ``error``."""
    context = {
        name: str(part) if isinstance(part, int) and abs(part) >> 32 else part
        for name, part in refusal.context.items()
    }
    return {"kind": refusal.kind, "context": context}


def refusal_from_json(error: Any) -> Rejected:
    """The refusal of what stands behind ``error``; its context may be left out."""
    if not isinstance(error, Mapping) or not isinstance(error.get("kind"), str):
        raise FormError("error has no kind")
    context = error.get("context", {})
    if not isinstance(context, Mapping) or not set(error) <= {"kind", "context"}:
        raise FormError("error holds something other than kind and an object context")
    refusal = Rejected(error["kind"])
    for name, part in context.items():
        refusal.context[str(name)] = str(part) if name in TEXTS else _number(part)
    return refusal


def bytes_from_json(part: object, path: str) -> bytes:
    """Bytes in lowercase hex."""
    # Whole answers of a search are read here: quick where all is well.
    if isinstance(part, str):
        try:
            data = bytes.fromhex(part)
        except ValueError as error:
            raise FormError(f"{path} is no hex: {error}") from error
        if data.hex() == part:
            return data
    raise FormError(f"{path} is {part!r:.80}, not bytes in lowercase hex")


def _number(part: Any) -> Any:
    """An integer in either form; whatever else it is stays text, a wrong value where it counts."""
    if isinstance(part, str) and re.fullmatch(r"0|-?[1-9][0-9]{0,99}", part):
        return int(part)
    is_integer = isinstance(part, int) and not isinstance(part, bool)
    return part if is_integer else str(part)


def _argument_to_json(name: str, part: Any) -> Any:
    if isinstance(part, Mapping):
        return layout_to_json(part, ID)
    return part_to_json(part, WIDTHS[name]) if name in WIDTHS else part


def _argument_from_json(name: str, part: Any) -> Any:
    if isinstance(part, Mapping):
        return layout_from_json(part, ID, name)
    return part_from_json(part, WIDTHS[name], name) if name in WIDTHS else part
