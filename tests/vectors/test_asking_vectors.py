"""Vectors are judged by what the file says: other answers fail, tolerated ones do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.model.derived_codec import decode_message, seal
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_conformance.report.failures import failure_text
from torq_conformance.vectors import reader
from torq_conformance.vectors.files import vectors_text
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import GoldenVector
from torq_specs.requirements import requirements

VECTORS = reader.published()


class Lenient(Reference):
    """Reads around padding, though it claims strict_padding."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            if rejected.kind != "ParseError":
                raise
            return decode_message(data)


class LenientAndWrong(Lenient):
    """And gives the next sequence."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        message["header"]["sequence"] += 1
        return message


class WithoutContext(Reference):
    """Refuses with the right kind and says nothing else."""

    capabilities = frozenset({"decode", "encode"})

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            raise Rejected(rejected.kind) from None


class Remembers(Reference):
    """Gives the message before."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Any = None

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        message, self.before = self.before or message, message
        return message


def judged(implementation: object, *vectors: GoldenVector) -> Judge:
    judge = Judge(InProcessAdapter(implementation, "tried"))
    judge.start("tried", 0)
    for vector in vectors:
        judge_vector(judge, vector)
    return judge


def some(**wanted: object) -> list[GoldenVector]:
    """Vectors with those parts."""
    return [v for v in VECTORS if all(v.document.get(k) == part for k, part in wanted.items())]


@pytest.mark.parametrize("latitude", ["padding", "stale slots"])
def test_both_readings_of_an_acceptable_vector_are_tolerated(latitude: str) -> None:
    vectors = some(result="acceptable", latitude=latitude)
    strict = judged(Reference(), *vectors).record
    lenient = judged(Lenient(), *vectors).record
    assert strict.failures == lenient.failures == []
    assert strict.tallies["PAD-DECODE"].findings == 0
    assert lenient.tallies["PAD-DECODE"].findings == len(vectors)
    assert {id_ for id_, tally in lenient.tallies.items() if tally.failed} == set()


def test_an_acceptable_vector_read_wrong_fails() -> None:
    judge = judged(LenientAndWrong(), *some(result="acceptable"))
    assert "neither refused nor read right" in judge.record.failures[0]["problem"]


def test_a_kind_alone_is_enough_where_context_is_not_claimed() -> None:
    assert judged(WithoutContext(), *some(operations=["decode"])).record.failures == []


def test_context_is_judged_where_it_is_claimed() -> None:
    class Silent(WithoutContext):
        capabilities = Reference.capabilities

    judge = judged(Silent(), *some(operations=["decode"], result="invalid"))
    assert judge.record.failures[0]["requirement"].startswith("ERR-CONTEXT")


def test_what_is_not_claimed_is_not_judged() -> None:
    vectors = some(operations=["instrument_id"])
    record = judged(WithoutContext(), *vectors).record
    assert (record.judged, record.not_claimed) == (0, len(vectors))


def test_a_sequence_finds_what_its_steps_alone_do_not() -> None:
    (vector,) = (v for v in VECTORS if v.id.startswith("state-independent-good-a-wrong-magic"))
    judge = judged(Remembers(), vector)
    assert judge.record.failures[0]["requirement"] == "STATE-INDEPENDENT"


def test_the_file_decides_and_nothing_is_calculated_anew() -> None:
    document = json.loads(
        json.dumps(some(result="valid", operations=["decode", "encode"])[0].document)
    )
    document["value"]["header"]["flags"] ^= 1
    changed = GoldenVector("changed.json", document)
    assert judged(Reference(), changed).record.failures[0]["requirement"] == "HDR-FLAGS"
    message = bytearray.fromhex(document["message"])
    message[7] ^= 1
    document["message"] = seal(bytes(message)).hex()
    assert judged(Reference(), changed).record.failures == []


def test_a_failure_is_repeated_by_the_id_of_its_vector() -> None:
    vector = some(result="invalid", operations=["decode"])[0]

    class TakesAll(Reference):
        def decode(self, data: bytes) -> dict[str, Any]:
            return {"header": {}, "tlvs": []}

    failure = judged(TakesAll(), vector).record.failures[0]
    assert failure["id"] == vector.id
    rule = requirements()[failure["requirement"]]
    assert f"torq-conformance replay {vector.id} tried" in failure_text(failure, rule, "tried")


def test_a_vector_is_found_by_its_id_and_by_a_beginning_of_only_one() -> None:
    vector = VECTORS[5]
    assert reader.find(vector.id) is vector
    assert reader.find(vector.id[:-2]) is vector
    assert reader.find("hdr") is None
    assert reader.find("nothing-00000000") is None


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "is no JSON object"),
        ("{}", "is no file of vectors: \\$"),
    ],
)
def test_a_candidate_that_is_none_is_one_clear_line(
    tmp_path: Path, text: str, reported: str
) -> None:
    path = tmp_path / "candidate.json"
    path.write_text(text, "utf-8")
    with pytest.raises(KitError, match=reported) as raised:
        reader.read_candidates(path)
    assert "\n" not in str(raised.value)


def test_a_candidate_with_an_unknown_field_names_it(tmp_path: Path) -> None:
    vector = json.loads(json.dumps(some(requirements=["LAYOUT-TRADE"])[0].document))
    vector["value"]["tlvs"][0]["value"]["colour"] = 5
    head = {"title": "x", "description": "y", "count": 1, "notes": {}, "latitudes": {}}
    (tmp_path / "x.json").write_text(vectors_text(head, [vector]), "utf-8")
    with pytest.raises(KitError, match=r"cannot be asked: .*colour"):
        reader.read_candidates(tmp_path / "x.json")
