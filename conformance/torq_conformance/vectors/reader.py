"""Golden vectors as the published files have them: their JSON form, and what each of them asks.

What is right is what the file says; nothing here calculates an expectation. The form is written
down in vectors/torq_vectors/vectors.schema.json and in words in vectors/README.md.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations import config_json
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError, from_json
from torq_specs.faults import CONTEXT, FREE_TEXT, Fault, FaultKind

Document = dict[str, Any]

MANIFEST = "manifest.json"
FILE_SCHEMA = "vectors.schema.json"
MANIFEST_SCHEMA = "manifest.schema.json"

WIDE_ARGUMENTS = frozenset({"asset_id", "key", "value", "strike", "expiry"})
"""Arguments and answers of InstrumentId operations that are decimal strings, as wide ones are."""

WIDE_CONTEXT = frozenset({"value", "minimum", "maximum"})
"""Context that is a decimal string: that of ValueOutOfRange, which any integer may be."""

DIGEST_SIZE = 8
"""Hex digits of the content hash that end an id."""

WORDS_ABOUT = frozenset({"id", "requirements", "comment", "flags"})
"""Keys of a vector that say something about it; all others are its content."""


@dataclass(frozen=True)
class GoldenVector:
    """One vector: ``file`` is the path of its file within the set, ``document`` what stands there.

    Its content never changes: another content is another id.
    """

    file: str
    document: Document

    @property
    def id(self) -> str:
        """A slug and the beginning of the hash of its content."""
        return str(self.document["id"])

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements that it judges; the first is the one that fails."""
        return tuple(self.document["requirements"])


@dataclass(frozen=True)
class VectorGroup:
    """The vectors of one file that judge one requirement first; they are asked in one test."""

    name: str
    vectors: tuple[GoldenVector, ...]

    @property
    def questions_count(self) -> int:
        """How many questions they ask."""
        return sum(questions_count(vector) for vector in self.vectors)


@dataclass(frozen=True)
class Question:
    """What a vector asks at once, and what is right for each request by the file."""

    case: Case | Sequence
    right: tuple[Expectation, ...]


def content_digest(document: Mapping[str, Any]) -> str:
    """The hash of what a vector asks and expects, whatever is said about it."""
    content = {key: part for key, part in document.items() if key not in WORDS_ABOUT}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_SIZE]


def questions(vector: GoldenVector) -> Iterator[Question]:
    """A question for each operation of a vector; of a sequence one with all its steps.

    The file is read by the types of the protocol, whatever vendors have declared since.
    """
    document, requirement = vector.document, vector.requirements[0]
    if "steps" in document:
        asked = [_asked(step["operation"], step) for step in document["steps"]]
        requests = tuple(request for request, _ in asked)
        right = tuple(expectation for _, expectation in asked)
        yield Question(Sequence(requirement, vector.id, requests), right)
        return
    for operation in document["operations"]:
        request, expectation = _asked(operation, document)
        yield Question(Case(requirement, f"{operation} {vector.id}", request), (expectation,))


def questions_count(vector: GoldenVector) -> int:
    """How many questions a vector asks."""
    return 1 if "steps" in vector.document else len(vector.document["operations"])


def _asked(name: str, content: Document) -> tuple[Request, Expectation]:
    operation = Operation(name)
    if operation is Operation.ERROR_TEXT:
        refused, right_ = _asked(content["refused"], content)
        assert isinstance(right_, Reject)
        asked = {"operation": refused.operation.value, "argument": refused.argument}
        secret = bytes.fromhex(content.get("secret", ""))
        return Request(operation, asked), Text(right_.faults, secret)
    is_encode = operation is Operation.ENCODE
    faults = tuple(
        fault_from_json(fault, is_encode=is_encode) for fault in content.get("faults", ())
    )
    message = bytes.fromhex(content.get("message", ""))
    value: Any = None
    if "value" in content:
        value = from_json(content["value"])
    match operation:
        case Operation.DECODE | Operation.DECODE_VALIDATED:
            argument: object = message
            right: Any = value
        case Operation.ENCODE | Operation.ROUNDTRIP:
            argument = value if operation is Operation.ENCODE else message
            right = bytes.fromhex(content["encoded"]) if "encoded" in content else message
        case Operation.VALIDATE:
            groups = tuple(frozenset(group) for group in content["names"])
            optional = frozenset(content.get("optional", ()))
            return Request(operation, value), Name(groups, optional=optional)
        case Operation.CONFIG:
            schema = content["schema"]["name"]
            argument = {"schema": schema, "environment": content["environment"]}
            settings = content.get("settings")
            right = settings and config_json.values_from_json(schema, settings)
        case _:
            argument = instrument_from_json(content["arguments"])
            right = instrument_from_json(content.get("answer"))
    if not faults:
        return Request(operation, argument), Accept(right)
    is_answer = operation in {Operation.INSTRUMENT_ID, Operation.CONFIG}
    if is_answer and content["result"] == "acceptable":
        return Request(operation, argument), Accept(right, faults)
    lenient = Accept(right) if content["result"] == "acceptable" else None
    return Request(operation, argument), Reject(faults, lenient)


def fault_to_json(fault: Fault, *, is_encode: bool = False) -> Document:
    """A fault: its kind, its context without free text, further right values where there are any.

    Where a value is refused there are no bytes, and so no offset.
    """
    left_out = {FREE_TEXT.get(fault.kind), "offset" if is_encode else None}
    context = {name: part for name, part in fault.context.items() if name not in left_out}
    document: Document = {"kind": str(fault.kind), "context": _context_to_json(context)}
    latitudes = {
        name: sorted(values - {fault.context[name]}, key=lambda one: (str(type(one)), one))
        for name, values in fault.latitudes.items()
        if name in context and values - {fault.context[name]}
    }
    return {**document, "latitudes": latitudes} if latitudes else document


def _context_to_json(context: Mapping[str, Any]) -> Document:
    return {n: str(part) if n in WIDE_CONTEXT else part for n, part in context.items()}


def fault_from_json(document: Mapping[str, Any], *, is_encode: bool = False) -> Fault:
    """The fault of a JSON form; that padding is meant, a vector says by its result."""
    kind, context = FaultKind(document["kind"]), document["context"]
    missing = {*CONTEXT[kind]} - {FREE_TEXT.get(kind), *context, *(["offset"] if is_encode else [])}
    if missing:
        raise FormError(f"the context of {kind} lacks {', '.join(sorted(missing))}")
    return Fault(
        kind,
        {name: int(part) if name in WIDE_CONTEXT else part for name, part in context.items()},
        {name: frozenset(values) for name, values in document.get("latitudes", {}).items()},
    )


def instrument_to_json(part: Any, name: str = "") -> Any:
    """Arguments or the answer of an InstrumentId operation; a bare number is a wide one."""
    if isinstance(part, Mapping):
        return {key: instrument_to_json(one, key) for key, one in part.items()}
    is_wide = isinstance(part, int) and not isinstance(part, bool)
    return str(part) if is_wide and (not name or name in WIDE_ARGUMENTS) else part


def instrument_from_json(part: Any, name: str = "") -> Any:
    """The arguments or the answer of an InstrumentId operation."""
    if isinstance(part, Mapping):
        return {key: instrument_from_json(one, key) for key, one in part.items()}
    return int(part) if isinstance(part, str) and (not name or name in WIDE_ARGUMENTS) else part


def published_folder() -> Path:
    """Where the published files are."""
    return Path(str(files("torq_vectors")))


def schema(name: str) -> Document:
    """One of the two JSON Schemas."""
    document: Document = json.loads((published_folder() / name).read_text("utf-8"))
    return document


@functools.cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


def read_json(path: Path) -> Document:
    """A JSON object; KitError names the file that is none."""
    try:
        document = foreign_json.read(path)
    except FileNotFoundError as error:
        hint = "Write it with torq-conformance vectors fill, or install the kit again."
        raise KitError(f"There is no file {path}.", hint) from error
    except (OSError, FormError) as error:
        raise KitError(f"{path} cannot be read as JSON: {error}.", "Take it from git.") from error
    if not isinstance(document, dict):
        raise KitError(f"{path} is no JSON object.", "Take it from git.")
    return document


def read_manifest(folder: Path) -> Document:
    """The manifest of a set; KitError where it is none, or names files outside of the set."""
    path = folder / MANIFEST
    document = read_json(path)
    error = next(form_errors(document, MANIFEST_SCHEMA), "")
    if error:
        raise KitError(f"{path} is no manifest of golden vectors: {error}.", "Take it from git.")
    return document


def read_vectors(path: Path, file: str) -> tuple[GoldenVector, ...]:
    """The vectors of one published file; that its form is right, ``vectors lint`` says."""
    return tuple(GoldenVector(file, one) for one in read_json(path)["vectors"])


def read_candidates(path: Path) -> tuple[GoldenVector, ...]:
    """The vectors of a file that anybody may have written; KitError tells what is wrong with it."""
    document = read_json(path)
    error = next(form_errors(document, FILE_SCHEMA), "")
    if error:
        hint = "Its form is in torq_vectors/vectors.schema.json."
        raise KitError(f"{path} is no file of vectors: {error}.", hint)
    vectors = tuple(GoldenVector(path.name, one) for one in document["vectors"])
    for vector in vectors:
        try:
            list(questions(vector))
        except foreign_json.WRONG as wrong:
            hint = "Write it with torq-conformance keep."
            raise KitError(f"{path}: {vector.id} cannot be asked: {wrong}.", hint) from wrong
    return vectors


def form_errors(document: Document, schema_name: str) -> Iterator[str]:
    """Where a document is not of the form that a schema says, and how; most exact first."""
    for error in _validator(schema_name).iter_errors(document):
        found = jsonschema.exceptions.best_match([error])
        yield f"{found.json_path}: {found.message[:200]}"


def read_set(folder: Path) -> tuple[GoldenVector, ...]:
    """All vectors of a set, in the order of its manifest; KitError where it cannot be read."""
    return tuple(
        vector
        for row in read_manifest(folder)["files"]
        for vector in read_vectors(folder / row["path"], row["path"])
    )


@functools.cache
def published() -> tuple[GoldenVector, ...]:
    """All published vectors, in the order of the manifest."""
    return read_set(published_folder())


def groups(vectors: Iterable[GoldenVector]) -> tuple[VectorGroup, ...]:
    """The vectors by file and first requirement; a group is named by both."""
    grouped: dict[str, list[GoldenVector]] = {}
    for vector in vectors:
        name = f"{Path(vector.file).stem}-{vector.requirements[0].lower()}"
        grouped.setdefault(name, []).append(vector)
    return tuple(VectorGroup(name, tuple(members)) for name, members in grouped.items())


def find(id_: str) -> GoldenVector | None:
    """The published vector of that id, or whose id begins so, if there is exactly one."""
    found = [vector for vector in published() if vector.id.startswith(id_)]
    exact = [vector for vector in found if vector.id == id_]
    return (exact or found)[0] if len(exact or found) == 1 else None
