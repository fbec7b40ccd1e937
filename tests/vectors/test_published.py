"""The published vectors are what they say: by two validators, and by codecs that share no code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from construct import ConstructError

from torq_conformance.cases.case import Sequence
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.judging import census
from torq_conformance.judging.expectations import Accept, Expectation, Reject
from torq_conformance.judging.judge import Judge
from torq_conformance.model.values import from_json
from torq_conformance.reference import Reference
from torq_conformance.vectors import reader
from torq_conformance.vectors.flags import BUGS, FLAGS, LATITUDES
from torq_conformance.vectors.judged import judge_vector
from torq_specs.faults import FaultKind, diagnose
from torq_specs.message import Message
from torq_specs.registry import REGISTRY
from torq_specs.requirements import requirements

FOLDER = reader.published_folder()
MANIFEST = reader.read_json(FOLDER / reader.MANIFEST)
FILES = [row["path"] for row in MANIFEST["files"]]
VECTORS = reader.published()

UNNAMED = {
    *("ERR-ENCODE", "ERR-CONTEXT-MUST", "ERR-CONTEXT-SHOULD", "RT-VALUE"),
    *("STATE-THREADS", "MEM-READ", "MEM-INPUT", "MEM-WRITE", "THR-TIME", "THR-WORK"),
    *("VIEW-ALIAS", "VIEW-ALLOC", "VIEW-BOUNDS", "VIEW-DECODE", "VIEW-LIFETIME"),
}
"""Requirements that no vector names: others ask for them as well, or no file can hold them."""


@cache
def asked() -> tuple[tuple[str, Request, Expectation], ...]:
    """Every single request with the id of its vector and what its file says of it."""
    return tuple(_asked())


def _asked() -> Iterator[tuple[str, Request, Expectation]]:
    for vector in VECTORS:
        for question in reader.questions(vector):
            case = question.case
            requests = case.requests if isinstance(case, Sequence) else (case.request,)
            for request, right in zip(requests, question.right, strict=True):
                yield vector.id, request, right


@pytest.mark.parametrize("file", [*FILES, reader.MANIFEST])
def test_two_validators_find_every_file_of_its_form(file: str) -> None:
    is_manifest = file == reader.MANIFEST
    name = reader.MANIFEST_SCHEMA if is_manifest else reader.FILE_SCHEMA
    schema = reader.schema(name)
    document = json.loads((FOLDER / file).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    jsonschema_rs.validator_for(schema).validate(document)


@pytest.mark.parametrize(
    "change",
    [
        {"result": "acceptable"},
        {"message": "EFBE"},
        {"value": 5},
        {"operations": []},
        {"operations": ["decode", "validate"]},
        {"names": []},
        {"id": "Trade-1"},
        {"surplus": 1},
    ],
    ids=str,
)
def test_both_validators_refuse_what_is_of_another_form(change: dict[str, Any]) -> None:
    document = json.loads((FOLDER / "header.json").read_text("utf-8"))
    assert document["vectors"][0]["operations"] == ["decode", "encode"]
    document["vectors"][0] |= change
    schema = reader.schema(reader.FILE_SCHEMA)
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)
    assert not jsonschema_rs.validator_for(schema).is_valid(document)


def test_there_are_thousands_in_less_than_14_mb() -> None:
    assert MANIFEST["count"] == len(VECTORS) > 2000
    assert set(MANIFEST["results"]) == {"valid", "invalid", "acceptable"}
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.json")) < 14_000_000


def test_every_declared_type_has_a_file() -> None:
    of_types = {file for file in FILES if file.startswith("tlvs/")}
    assert of_types == {f"tlvs/{one.number}-{one.name}.json" for one in REGISTRY.with_layout}


def test_every_requirement_flag_and_latitude_is_used() -> None:
    named = {id_ for vector in VECTORS for id_ in vector.requirements}
    assert set(requirements()) - named == UNNAMED
    assert {flag for v in VECTORS for flag in v.document["flags"]} == set(FLAGS) - {"Reproduction"}
    assert {v.document["latitude"] for v in VECTORS if "latitude" in v.document} == set(LATITUDES)
    assert {note.bug for note in FLAGS.values()} == BUGS


def test_bugs_faults_and_latitudes_of_the_schema_are_those_of_the_kit() -> None:
    schema = reader.schema(reader.FILE_SCHEMA)["$defs"]
    assert set(schema["note"]["properties"]["bug"]["enum"]) == BUGS
    assert schema["faults"]["items"]["properties"]["kind"]["enum"] == list(FaultKind)


def test_every_bucket_of_the_census_that_fits_in_hex_is_filled() -> None:
    counts = Counter(census.bucket(request, right, REGISTRY) for _, request, right in asked())
    empty = census.empty(counts, REGISTRY, {Capability.DECODE, Capability.ENCODE})
    # A message above 1 MiB is no vector; of vendor types, all alike, some stand for all.
    assert [b for b in empty if "Vendor" not in b and "MessageTooLarge" not in b] == []


def test_construct_decodes_the_valid_and_refuses_the_others() -> None:
    for id_, request, right in asked():
        if request.operation is not Operation.DECODE:
            continue
        assert isinstance(request.argument, bytes)
        try:
            parsed = Message.parse(request.argument)
        except ConstructError:
            parsed = None
        assert (parsed is None) is isinstance(right, Reject), id_
        if isinstance(right, Accept):
            assert Message.build(right.value) == Message.build(parsed), id_


def test_construct_encodes_what_every_valid_vector_says() -> None:
    for id_, request, right in asked():
        if request.operation is Operation.ENCODE and isinstance(right, Accept):
            assert Message.build(request.argument) == right.value, id_


def test_construct_refuses_what_must_not_be_encoded() -> None:
    for id_, request, right in asked():
        if request.operation is Operation.ENCODE and isinstance(right, Reject):
            try:
                Message.build(request.argument)
            except ConstructError:
                continue
            raise AssertionError(id_)


def test_the_specification_tells_the_same_faults() -> None:
    for id_, request, right in asked():
        if request.operation is Operation.DECODE:
            assert isinstance(request.argument, bytes)
            reported = right.faults if isinstance(right, Reject) else ()
            kinds = {fault.kind for fault in diagnose(request.argument)}
            assert {fault.kind for fault in reported} == kinds, id_


def test_messages_to_validate_are_the_messages_of_their_values() -> None:
    for vector in VECTORS:
        document = vector.document
        if document["operations"] == ["validate"]:
            message = Message.build(from_json(document["value"]))
            assert message.hex() == document["message"], vector.id


def test_the_reference_answers_all_without_a_finding() -> None:
    judge = Judge(InProcessAdapter(Reference(), "reference"))
    judge.start("vectors", 0)
    for vector in VECTORS:
        assert judge_vector(judge, vector), judge.record.failures[0]
    assert {id_ for id_, t in judge.record.tallies.items() if t.failed or t.findings} == set()
    assert judge.record.judged == sum(map(reader.questions_count, VECTORS))


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda path: path.name)
def test_files_are_ascii_and_end_with_one_line_end(path: Path) -> None:
    data = path.read_bytes()
    data.decode("ascii")
    assert data.endswith(b"}\n")
    assert b"\r" not in data
