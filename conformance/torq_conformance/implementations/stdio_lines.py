"""The lines between the kit and a stdio: implementation, as the kit writes and reads them.

Contract: whatever line comes back, reading it gives an answer with an id or raises ``Garbage``, and
whatever the answer says, it becomes an outcome.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from torq_conformance.implementations import stdio_json
from torq_conformance.implementations.no_answer import Garbage, shown
from torq_conformance.implementations.outcomes import Accepted, Outcome, OutOfProtocol
from torq_conformance.implementations.protocol import Request
from torq_conformance.model.values import FormError
from torq_conformance.rejection import Unsupported
from torq_specs.registry import Registry

PROTOCOL = 1

VERDICTS = ("ok", "error", "unsupported")
"""Every answer has exactly one of them beside its id."""


def write_line(document: Mapping[str, Any]) -> bytes:
    """A document as one line of ASCII."""
    return _encode(document).encode("ascii") + b"\n"


def read_line(line: bytes) -> dict[str, Any]:
    """The answer in a line; Garbage when there is none, with the likely cause."""
    try:
        document = _decode(line.decode("utf-8"))
    except _TwiceError as error:
        raise Garbage(f"a line in which {error}: {shown(line)}") from None
    except (ValueError, RecursionError):
        raise Garbage(f"a line that is no JSON: {shown(line)}{likely_cause(line)}") from None
    if not isinstance(document, dict):
        raise Garbage(f"a line that is no JSON object: {shown(line)}")
    if type(document.get("id")) is not int:
        raise Garbage(f"an answer without the id of a request: {shown(line)}")
    return document


def read_answer(request: Request, document: Mapping[str, Any], registry: Registry) -> Outcome:
    """What an answer says to a request."""
    given = [name for name in document if name != "id"]
    if len(given) != 1 or given[0] not in VERDICTS:
        keys = ", ".join(given) or "nothing else"
        return OutOfProtocol(
            f"an answer has its id and one of {', '.join(VERDICTS)}; this one has {keys}"
        )
    try:
        match document:
            case {"ok": answer}:
                return Accepted(stdio_json.answer_from_json(request, answer, registry))
            case {"error": error}:
                return stdio_json.refusal_from_json(error)
            case {"unsupported": True}:
                return Unsupported()
    except (FormError, RecursionError) as error:
        return OutOfProtocol(f"the answer to {request.operation} is out of form: {error}")
    return OutOfProtocol(f"unsupported is {document['unsupported']!r:.80}, not true")


def likely_cause(data: bytes) -> str:
    """Why something is no answer, as far as its first bytes show; begins with a colon if known."""
    text = data.lstrip()
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return ": it begins with a byte order mark; write UTF-8 without one"
    if not text:
        return ": write one line per answer and no empty ones"
    if text.startswith(b"Traceback (most recent call last)"):
        return ": a Python traceback belongs on stderr"
    if text.startswith(b"<"):
        return ": it looks like HTML or XML; is this the right program?"
    if text[:1] in b"{[":
        return ": it looks like JSON that is cut, or spread over several lines"
    try:
        is_text = text.decode("utf-8").isprintable()
    except ValueError:
        is_text = False
    if is_text:
        return ": a banner or a log belongs on stderr, stdout is for answers alone"
    return ": it is no text in UTF-8"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys are all different: of two equal ones readers take either."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _TwiceError(f"the key {twice[:40]!r} stands twice in one object")
    return found


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique).decode
