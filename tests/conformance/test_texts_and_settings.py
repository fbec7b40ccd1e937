"""config and error_text: no red for what is left open, and each fault is one cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.texts_and_settings import SOUND
from torq_conformance.cases import error_texts as cases
from torq_conformance.cases.bundle import bundle_of, case_of, request_from_json
from torq_conformance.cases.case import Case
from torq_conformance.implementations import stdio_json
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted, OutOfProtocol
from torq_conformance.implementations.protocol import Operation, Request, refused_in
from torq_conformance.implementations.python_calls import call
from torq_conformance.implementations.stdio_lint import why_not_answer, why_not_request
from torq_conformance.judging import error_texts
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Reject, expect
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.together import judge_together
from torq_conformance.model.values import FormError
from torq_conformance.mutants import configuration
from torq_conformance.mutants import error_texts as wordings
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.configuration import RELAY, SCHEMAS, WIDTHS, read
from torq_specs.registry import REGISTRY

TESTS = [
    test
    for test in suite_tests()
    if test.chapter in {"test_26_configuration", "test_27_error_texts"}
]

MUTANTS = [*mutants_in(configuration), *mutants_in(wordings)]


def records(kind: Callable[[], object]) -> list[TestRecord]:
    """What the tests about settings and texts record of an implementation."""
    judge = Judge(InProcessAdapter(kind(), "it", kind))
    found = []
    for test in TESTS:
        judge.start(test.name, 0)
        judge_together(judge, cases_of(test.source, judge.registry, None))
        found.append(judge.record)
    return found


@pytest.mark.parametrize("kind", [Reference, *SOUND], ids=lambda kind: kind.__name__)
def test_what_is_left_open_is_not_red(kind: Any) -> None:
    for record in records(kind):
        assert not record.failures, record.failures[0]


@pytest.mark.parametrize("kind", MUTANTS, ids=lambda kind: kind.id)
def test_a_fault_is_one_cause_of_what_it_violates(kind: type[Mutant]) -> None:
    (cause,) = causes_of(records(kind))
    assert cause["requirement"] in kind.requirements


def test_every_requirement_has_several_mutants() -> None:
    named = [id_ for kind in MUTANTS for id_ in kind.requirements]
    for id_ in (*(f"CFG-{word}" for word in WORDS), *(f"ERR-TEXT-{word}" for word in TEXT_WORDS)):
        assert named.count(id_) >= 4, id_


WORDS = ("VALUE", "DEFAULT", "EMPTY", "FORM", "RANGE", "UNKNOWN", "VARIABLE")
TEXT_WORDS = ("VALUES", "LINE", "PAYLOAD")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("at 1037", 1037), ("at 1,037.", 1037), ("0x40d", 1037), ("0X0000040D", 1037)),
        *(("[3,1037]", 1037), ("v1037", 1037), ("1037bytes", 1037), ("0x4_0d", 1037)),
        *(("-5", -5), ("\u22125", -5), ("-0x5", -5), ("3-1037", 1037), ("1'037", 1037)),
        *(("0x3,0x40d", 1037), ("1_037", 1037), ("0", 0), ("0x00", 0)),
    ],
)
def test_a_number_counts_in_every_form(text: str, number: int) -> None:
    assert number in error_texts.numbers(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("at 40d", 1037), ("10371", 1037), ("11037", 1037), ("1.04e3", 1037), ("5", -5)),
        *(("0x1037", 1037), ("1 037", 1037), ("", 0), ("\u0661", 1)),
    ],
)
def test_what_is_another_number_does_not_count(text: str, number: int) -> None:
    assert number not in error_texts.numbers(text)


SECRET = cases.SECRET


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f"bytes {SECRET.hex()}", "as hex"),
        (f"bytes {SECRET[3:7].hex(':').upper()}", "as hex"),
        ("bytes " + "".join(f"\\x{byte:02x}" for byte in SECRET[8:]), "as hex"),
        (f"bytes {SECRET[:4].decode()}", "as they are"),
        (f"bytes {SECRET!r}", "as they are"),
        (f"bytes {[*SECRET[10:14]]}", "as decimal numbers"),
        ("bytes AAECa1pxfld4I0r2", "as base64"),
        (f"value {int.from_bytes(SECRET[2:10], 'little'):,}", "as integers"),
        (f"value {int.from_bytes(SECRET[1:5], 'big')}", "as integers"),
        ("no bytes: 107, 90, 113, 12, kZq x ~Wx", ""),
        (f"three bytes {SECRET[:3].hex()}", ""),
    ],
)
def test_bytes_of_a_payload_are_seen_in_every_form(text: str, form: str) -> None:
    assert error_texts.payload_in(text, SECRET) == form


def test_every_text_says_which_values_it_must_hold() -> None:
    for case in cases.every_kind("ERR-TEXT-VALUES", REGISTRY):
        assert isinstance(case, Case)
        right = expect(case.request)
        assert isinstance(right, Text)
        assert right.faults
        is_encode = refused_in(case.request).operation is Operation.ENCODE
        for fault in right.faults:
            assert fault.context
            assert not (is_encode and "offset" in fault.context)


def test_a_text_of_what_is_not_refused_is_no_question() -> None:
    data = Reference().encode({"header": dict(HEADER), "tlvs": []})
    request = Request(Operation.ERROR_TEXT, {"operation": "decode", "argument": data})
    with pytest.raises(ValueError, match="decode is not refused"):
        expect(request)


HEADER = {
    "relay_domain": 1,
    "version": 1,
    "source": 1,
    "flags": 0,
    "sequence": 1,
    "timestamp": 1,
}


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_every_question_travels(test: SuiteTest) -> None:
    reference = Reference()
    for case in cases_of(test.source, REGISTRY, None):
        assert case_of(bundle_of(case)).requests == case.requests
        for request in case.requests:
            _check_it_travels(reference, request)


def _check_it_travels(reference: Reference, request: Request) -> None:
    line = {"id": 1, **stdio_json.request_to_json(request, REGISTRY)}
    assert not why_not_request(line)
    assert stdio_json.request_from_json(line, REGISTRY) == request
    outcome = call(reference, request)
    if isinstance(outcome, Accepted):
        answer = stdio_json.answer_to_json(request, outcome.value, REGISTRY)
        assert not why_not_answer(request.operation, {"id": 1, "ok": answer})
        assert stdio_json.answer_from_json(request, answer, REGISTRY) == outcome.value


@pytest.mark.parametrize(
    "argument",
    [
        {"schema": "relay"},
        {"schema": "none", "environment": {}},
        {"schema": ["relay"], "environment": {}},
        {"schema": "relay", "environment": {"A": 1}},
        "relay",
    ],
)
def test_a_kept_question_that_is_no_configuration_is_not_asked(argument: object) -> None:
    with pytest.raises(FormError):
        request_from_json({"operation": "config", "argument": argument})


@pytest.mark.parametrize("operation", ["roundtrip", "error_text", "throughput", "validate"])
def test_no_text_is_asked_for_of_other_operations(operation: str) -> None:
    message = {"header": {**HEADER, "sequence": "1", "timestamp": "1"}, "tlvs": []}
    argument: dict[str, object] = {
        "roundtrip": "00",
        "throughput": {"workload": "parse", "count": 1},
        "validate": message,
        "error_text": {"operation": "decode", "argument": "00"},
    }
    refused = {"operation": operation, "argument": argument[operation]}
    with pytest.raises(FormError):
        request_from_json({"operation": "error_text", "argument": refused})


class TrueForOne(Reference):
    """Gives a boolean as a number."""

    def config(self, schema: Any, environment: Any) -> Any:
        settings = super().config(schema, environment)
        return {n: int(part) if part is True else part for n, part in settings.items()}


class NoText(Reference):
    """Gives the refusal in the place of its text."""

    def error_text(self, operation: str, argument: Any) -> Any:
        return {"kind": super().error_text(operation, argument)}


@pytest.mark.parametrize("kind", [TrueForOne, NoText])
def test_an_answer_of_another_type_breaks_the_contract(kind: type[Reference]) -> None:
    (cause,) = causes_of(records(kind))
    assert cause["requirement"] == "CONTRACT"


def test_a_list_of_settings_breaks_the_contract() -> None:
    class Listed(Reference):
        def config(self, schema: Any, environment: Any) -> Any:
            return [*super().config(schema, environment).values()]

    request = Request(Operation.CONFIG, {"schema": "widths", "environment": {}})
    assert isinstance(call(Listed(), request), OutOfProtocol)


class Unchecked(Reference):
    """Does not look at the reserved byte; the text is then of nothing."""

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind == "InvalidExtendedTLV":
                return {"header": dict(HEADER), "tlvs": []}
            raise


def test_a_refusal_that_is_missing_is_no_fault_of_its_text() -> None:
    (cause,) = causes_of(records(Unchecked))
    assert cause["requirement"] == "TLV-RESERVED"


def test_schemas_are_what_they_say() -> None:
    for schema in SCHEMAS.values():
        variables = schema.by_variable()
        assert len(variables) == len(schema.fields)
        right = read(schema, {})
        missing = [v for v, one in variables.items() if one.default is None]
        assert [*right.wrong] == missing
        for one in schema.fields:
            if one.is_integer and one.default is not None:
                assert one.minimum <= int(one.default) <= one.maximum
    assert {one.type for one in WIDTHS.fields} == {
        *("u8", "u16", "u32", "u64", "i64", "bool", "text", "choice")
    }


def test_of_several_wrong_variables_each_is_a_right_answer() -> None:
    environment = {"TORQ_RELAY_PORT": "", "TORQ_RELAY_PROT": "1"}
    argument = {"schema": RELAY.name, "environment": environment}
    right = expect(Request(Operation.CONFIG, argument))
    assert isinstance(right, Reject)
    named = {fault.context["variable"] for fault in right.faults}
    assert named == {"TORQ_RELAY_NAME", *environment}


def test_a_plus_may_be_read_or_refused() -> None:
    argument = {"schema": WIDTHS.name, "environment": {"TORQ_WIDTHS_BYTE": "+8"}}
    right = expect(Request(Operation.CONFIG, argument))
    assert isinstance(right, Accept)
    assert right.value["byte"] == 8
    assert [fault.context["variable"] for fault in right.or_refused] == ["TORQ_WIDTHS_BYTE"]
