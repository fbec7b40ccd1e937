"""From a case of the suite to a golden vector: its content, its id, what is said about it.

A right message is one vector, whichever way it is asked: decoding gives the value and encoding the
value gives the message. Where the message is not framed in the shortest way ``encoded`` is what
encoding gives, and it is asked as well whether the framing of the message is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations import config_json
from torq_conformance.implementations.protocol import Operation, Request, refused_in
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Name, Reject, expect
from torq_conformance.judging.work import Measured
from torq_conformance.model import derived_codec
from torq_conformance.model.byte_map import place_at
from torq_conformance.model.values import to_json
from torq_conformance.suite.checks import AnyCase
from torq_conformance.vectors.reader import (
    Document,
    content_digest,
    fault_to_json,
    instrument_to_json,
)
from torq_conformance.vectors.selection import Chapter, Chosen
from torq_specs.configuration import WRITTEN_OTHERWISE
from torq_specs.faults import Fault
from torq_specs.instrument_id import latitudes
from torq_specs.layout import Padding

SLUG_MAX = 60
"""Characters of an id in front of its hash."""


def vectors_of(chapters: Iterable[Chapter]) -> dict[str, list[Document]]:
    """The vectors of every file; what several cases ask stands once, with all their requirements.

    Of two cases that ask the same the first one names the vector.
    """
    by_content: dict[str, Document] = {}
    files: dict[str, list[Document]] = {}
    for chapter in chapters:
        rows = files.setdefault(chapter.file, [])
        for chosen in chapter.cases():
            vector = vector_of(chosen)
            digest = content_digest(vector)
            known = by_content.setdefault(digest, vector)
            if known is vector:
                rows.append(vector)
            elif chapter.added is not None:
                continue
            for key in ("requirements", "flags"):
                known[key] += [one for one in vector[key] if one not in known[key]]
    return files


def vector_of(chosen: Chosen) -> Document:
    """The vector of one case."""
    case = chosen.case
    content = content_of(case)
    label = _label(case)
    return {
        "id": f"{_slug(case.requirement, label)}-{content_digest(content)}",
        "requirements": [case.requirement],
        "comment": f"{chosen.statement}: {label}",
        "flags": list(dict.fromkeys(chosen.flags)),
        **content,
    }


def content_of(case: AnyCase) -> Document:
    """What a case asks, and what is right."""
    if isinstance(case, Case):
        return _content(case.request)
    steps = [_step(request) for request in case.requests]
    is_right = all(step["result"] == "valid" for step in steps)
    operations = dict.fromkeys(str(request.operation) for request in case.requests)
    return {
        "operations": list(operations),
        "result": "valid" if is_right else "invalid",
        "steps": steps,
    }


def _step(request: Request) -> Document:
    content = _content(request)
    if request.operation not in {Operation.DECODE, Operation.ENCODE} or "encoded" in content:
        raise KitError(
            f"A sequence asks {request.operation} in a way that no vector can hold.",
            "Leave it out in vectors/selection.py.",
        )
    del content["operations"]
    return {"operation": str(request.operation), **content}


def _content(request: Request) -> Document:
    expectation = expect(request)
    assert not isinstance(expectation, Measured), "no file can ask for a measured loop"
    argument: Any = request.argument
    if isinstance(expectation, Text):
        return _worded(refused_in(request), expectation)
    if isinstance(expectation, Name):
        content: Document = {
            "operations": ["validate"],
            "message": derived_codec.encode_message(argument).hex(),
            "result": "invalid" if expectation.groups else "valid",
            "value": to_json(argument),
            "names": [sorted(group) for group in expectation.groups],
        }
        optional = sorted(expectation.optional)
        return {**content, "optional": optional} if optional else content
    if request.operation is Operation.INSTRUMENT_ID:
        return _instrument(argument, expectation)
    if request.operation is Operation.CONFIG:
        return _configured(argument, expectation)
    if request.operation is Operation.DECODE_VALIDATED:
        return _validated(argument, expectation)
    if isinstance(expectation, Accept):
        is_bytes = isinstance(argument, bytes)
        value = derived_codec.decode_message(argument) if is_bytes else argument
        return _right(argument if is_bytes else expectation.value, value)
    if isinstance(argument, bytes):
        return _wrong_bytes(argument, expectation)
    return {
        "operations": ["encode"],
        "result": "invalid",
        "value": to_json(argument),
        "faults": _faults(expectation.faults, is_encode=True),
    }


def _validated(message: bytes, expectation: Accept | Reject) -> Document:
    content: Document = {"operations": ["decode_validated"], "message": message.hex()}
    if isinstance(expectation, Accept):
        return {**content, "result": "valid", "value": to_json(expectation.value)}
    return {**content, "result": "invalid", "faults": _faults(expectation.faults)}


def _right(message: bytes, value: Mapping[str, Any]) -> Document:
    encoded = derived_codec.encode_message(value)
    if encoded == message:
        both = {"operations": ["decode", "encode"], "message": message.hex()}
        return {**both, "result": "valid", "value": to_json(value)}
    return {
        "operations": ["decode", "encode", "roundtrip"],
        "message": message.hex(),
        "encoded": encoded.hex(),
        "result": "valid",
        "value": to_json(value),
    }


def _wrong_bytes(message: bytes, expectation: Reject) -> Document:
    content: Document = {"operations": ["decode"], "message": message.hex()}
    if expectation.lenient is None:
        content["result"] = "invalid"
    else:
        content["result"] = "acceptable"
        content["latitude"] = _latitude(message, expectation.faults)
        content["value"] = to_json(derived_codec.decode_message(message))
    return {**content, "faults": _faults(expectation.faults)}


def _latitude(message: bytes, faults: Iterable[Fault]) -> str:
    leaves = [place_at(message, int(fault.context["offset"])).leaf for fault in faults]
    is_padding = any(leaf is not None and isinstance(leaf.type, Padding) for leaf in leaves)
    return "padding" if is_padding else "stale slots"


def _instrument(arguments: Mapping[str, Any], expectation: Accept | Reject) -> Document:
    content: Document = {
        "operations": ["instrument_id"],
        "arguments": instrument_to_json(arguments),
    }
    if isinstance(expectation, Accept):
        answer = instrument_to_json(expectation.value)
        if not expectation.or_refused:
            return {**content, "result": "valid", "answer": answer}
        given = {name: part for name, part in arguments.items() if name != "operation"}
        (first, *_) = latitudes(arguments["operation"], given)
        refusals = _faults(expectation.or_refused)
        open_ = {"result": "acceptable", "latitude": first.reason}
        return {**content, **open_, "answer": answer, "faults": refusals}
    return {**content, "result": "invalid", "faults": _faults(expectation.faults)}


def _configured(argument: Mapping[str, Any], expectation: Accept | Reject) -> Document:
    name = argument["schema"]
    content: Document = {
        "operations": ["config"],
        "schema": config_json.schema_to_json(name),
        "environment": argument["environment"],
    }
    if isinstance(expectation, Reject):
        return {**content, "result": "invalid", "faults": _faults(expectation.faults)}
    settings = config_json.values_to_json(name, expectation.value)
    if not expectation.or_refused:
        return {**content, "result": "valid", "settings": settings}
    refusals = _faults(expectation.or_refused)
    open_ = {"result": "acceptable", "latitude": WRITTEN_OTHERWISE}
    return {**content, **open_, "settings": settings, "faults": refusals}


def _worded(refused: Request, expectation: Text) -> Document:
    """What is refused, as its own vector has it, and what the text of the refusal must hold."""
    asked = _content(refused)
    is_encode = refused.operation is Operation.ENCODE
    content = {
        **asked,
        "operations": ["error_text"],
        "refused": str(refused.operation),
        "faults": _faults(expectation.faults, is_encode=is_encode),
    }
    return {**content, "secret": expectation.secret.hex()} if expectation.secret else content


def _faults(faults: Iterable[Fault], *, is_encode: bool = False) -> list[Document]:
    documents = [fault_to_json(fault, is_encode=is_encode) for fault in faults]
    return [one for index, one in enumerate(documents) if one not in documents[:index]]


def _label(case: Case | Sequence) -> str:
    """The label, without the way it is asked: a right message stands for both ways."""
    label = case.label
    if isinstance(case, Case) and isinstance(expect(case.request), Accept):
        label = re.sub(r"^(encode|decode) ", "", label)
    return label


def _slug(requirement: str, label: str) -> str:
    words = [*_words(requirement), *_words(label)]
    # LAYOUT-TRADE and "Trade price = 0" need to say only once that it is a Trade.
    slug = "-".join(
        word for word, before in zip(words, ["", *words], strict=False) if word != before
    )
    return slug[:SLUG_MAX].strip("-")


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
