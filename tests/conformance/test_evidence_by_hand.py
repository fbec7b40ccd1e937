"""What a failure's record holds, part by part."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.answers import (
    ONE_BOOK,
    ONE_TRADE,
    TRADE,
    decode,
    encode,
    message,
    put,
    trade,
    wire,
)
from torq_conformance.cases.case import Case
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import (
    Look,
    Operation,
    Placement,
    Probe,
    Request,
    Surroundings,
)
from torq_conformance.judging import evidence
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Name, Reject, expect
from torq_conformance.judging.verdicts import Finding
from torq_conformance.judging.work import Measured
from torq_conformance.model.values import MISSING
from torq_conformance.rejection import Rejected
from torq_specs.faults import Fault, FaultKind

SHOWN: dict[str, tuple[object, Any]] = {
    "nothing": (None, None),
    "true": (True, True),
    "the last plain number": ((1 << 53) - 1, (1 << 53) - 1),
    "the first that readers would round": (1 << 53, {"integer": str(1 << 53)}),
    "as far below zero": (-(1 << 53), {"integer": str(-(1 << 53))}),
    "a number of 4,096 bits": ((1 << 4096) - 1, {"integer": str((1 << 4096) - 1)}),
    "a number of 4,097 bits": (1 << 4096, {"integer": "a number of 4097 bits"}),
    "text": ("x" * 400, "x" * 400),
    "long text": ("x" * 401, "x" * 400 + "... (1 more characters)"),
    "bytes": (bytes(24), {"bytes": "00" * 24, "size": 24}),
    "long bytes": (bytearray(25), {"bytes": "00" * 24, "size": 25}),
    "a mapping": ({1: 2}, {"map": {"1": 2}, "count": 1}),
    "a list": ([1, 2, 3], {"list": [1, 2, 3], "count": 3}),
    "a long list": ((1, 2, 3, 4), {"list": [1, 2, 3], "count": 4}),
    "what is not there": (MISSING, {"missing": True}),
    "something else": (1.5, "1.5"),
}


@pytest.mark.parametrize("what", SHOWN)
def test_a_value_is_shown_as(what: str) -> None:
    value, shown = SHOWN[what]
    assert evidence.shown(value) == shown


def test_two_hundred_parts_of_a_value_are_kept() -> None:
    shown = evidence.shown({str(n): n for n in range(300)})
    assert shown["count"] == 300
    assert len(shown["map"]) == 200
    assert [*shown["map"].values()][198:] == [198, 199]
    inner = evidence.shown({str(n): [n] for n in range(150)})
    cut = [one for one in inner["map"].values() if one == {"cut": True}]
    assert len(cut) == 50
    assert inner["map"]["99"] == {"list": [99], "count": 1}
    assert inner["map"]["100"] == {"cut": True}


GOT: dict[str, tuple[Outcome, dict[str, Any]]] = {
    "an answer": (Accepted(7), {"answer": 7}),
    "a refusal": (
        Rejected("TruncatedTLV", more=1, offset=3, tlv_type=2),
        {"refusal": "TruncatedTLV", "context": {"tlv_type": 2, "offset": 3, "more": 1}},
    ),
    "a refusal of no kind": (Rejected("Mine", a=1), {"refusal": "Mine", "context": {"a": 1}}),
    "a crash": (Crashed("exited", "why"), {"crash": "exited", "detail": ["why"]}),
    "a hang": (TimedOut(2.5, "where"), {"deadline": 2.5, "detail": ["where"]}),
    "out of protocol": (OutOfProtocol("x"), {"out_of_protocol": "x"}),
    "nothing": (Lost("spent"), {"nothing": "Lost"}),
}


@pytest.mark.parametrize("what", GOT)
def test_what_came_back_is_kept_as(what: str) -> None:
    outcome, kept = GOT[what]
    assert evidence.got(outcome) == kept
    assert [*kept.get("context", {})] == [*evidence.got(outcome).get("context", {})]


def test_what_is_right_is_kept_as() -> None:
    faults = tuple(Fault(FaultKind.TRUNCATED_TLV, {"offset": n}) for n in (1, 2, 2, 3, 4))
    assert evidence.expected(Reject(faults)) == {
        "refusals": [f"TruncatedTLV(offset={n})" for n in (1, 2, 3)],
        "count": 4,
    }
    text = Text((Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 32}),))
    assert evidence.expected(text) == {"texts": ["MessageTooSmall(need=32)"], "count": 1}
    groups = tuple(frozenset({f"b{n}", f"a{n}"}) for n in range(5))
    assert evidence.expected(Name(groups)) == {"names": [[f"a{n}", f"b{n}"] for n in range(4)]}
    assert evidence.expected(Accept(7)) == {"answer": 7}
    assert evidence.expected(Measured(1, 2)) == {
        "answer": {"map": {"operations": 1, "digest": 2}, "count": 2}
    }


def test_what_was_asked_is_kept_with_the_memory_and_the_look() -> None:
    placed = Request(Operation.DECODE, ONE_TRADE, placement=Placement(Surroundings.CANARIES))
    asked = evidence.answer_sought(placed, expect(placed))
    assert asked["asked"] == {
        "operation": "decode",
        "size": 74,
        "placement": "the input lies between other bytes",
    }
    assert asked["expected"] == evidence.expected(expect(placed))
    looked = Request(Operation.DECODE, ONE_TRADE, look=Look(Probe.MEMORY, larger=ONE_TRADE))
    assert evidence.answer_sought(looked, expect(looked))["asked"]["placement"] == str(Probe.MEMORY)
    id_ = Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5})
    assert evidence.answer_sought(id_, expect(id_))["asked"] == {
        "operation": "instrument_id",
        "argument": {"map": {"operation": "from_u64", "value": 5}, "count": 2},
    }


def answer(request: Request, outcome: Outcome) -> dict[str, Any]:
    return evidence.answer(request, expect(request), outcome)


def test_decoded_values_are_compared_and_the_bytes_of_the_first_difference_marked() -> None:
    kept = answer(decode(), trade(price=5, side=2))
    assert kept["differences"] == {
        "first": [
            {"path": "tlvs[0].value.price", "expected": -2, "got": 5},
            {"path": "tlvs[0].value.side", "expected": 1, "got": 2},
        ],
        "count": 2,
    }
    assert kept["bytes"]["sent"]["marked"] == [*range(42, 50)]
    changed = dict.fromkeys(TRADE, 9)
    many = answer(decode(), trade(**changed))["differences"]
    assert (len(many["first"]), many["count"]) == (6, 8)


def test_without_an_answer_the_bytes_that_were_sent_are_kept() -> None:
    kept = answer(decode(), Rejected("ParseError"))
    assert "differences" not in kept
    assert kept["bytes"] == {"sent": evidence.windows(ONE_TRADE)}
    data = put(ONE_TRADE, 0, b"\0")
    wrong = decode(data)
    assert answer(wrong, Accepted({}))["bytes"] == {"sent": evidence.windows(data)}
    assert "differences" not in answer(wrong, Accepted({}))
    same = answer(decode(), trade())
    assert same["differences"] == {"first": [], "count": 0}
    assert same["bytes"]["sent"]["marked"] == []


def test_encoded_bytes_are_compared_byte_by_byte() -> None:
    question = encode((1, TRADE))
    kept = answer(question, Accepted(put(put(ONE_TRADE, 42, b"\1"), 70, b"\7")))
    assert kept["place"] == "tlvs[0].value.price (Trade)"
    assert kept["differing"] == 2
    assert kept["bytes"]["expected"]["marked"] == [42, 70]
    assert kept["bytes"]["got"]["rows"][1] == [32, put(ONE_TRADE, 42, b"\1")[32:48].hex()]
    assert "bytes" not in answer(question, Accepted(ONE_TRADE))
    assert answer(question, Rejected("ParseError"))["bytes"] == {
        "expected": evidence.windows(ONE_TRADE)
    }
    assert "bytes" not in answer(encode((33, b"")), Rejected("ParseError"))


def test_windows_are_the_first_bytes_or_those_that_are_marked() -> None:
    assert evidence.windows(b"") == {"size": 0, "rows": [[0, ""]], "marked": []}
    plain = evidence.windows(bytes(16 * 13))
    assert [start for start, _ in plain["rows"]] == [*range(0, 16 * 12, 16)]
    marked = evidence.windows(ONE_BOOK, [17, 31, 32, 5000])
    assert [start for start, _ in marked["rows"]] == [0, 16, 32, 4992]
    assert marked["marked"] == [17, 31, 32, 5000]
    assert marked["rows"][3] == [4992, ONE_BOOK[4992:5008].hex()]
    many = evidence.windows(ONE_BOOK, range(0, 6000, 16))
    assert len(many["rows"]) == 12
    assert many["marked"] == [*range(0, 16 * 12, 16)]


def test_a_record_says_what_failed_and_how_strictly() -> None:
    case = Case("HDR-FLAGS", "a case", decode())
    finding = Finding("HDR-FLAGS", "wrong")
    others = [Finding("PAD-DECODE", "other")]
    right, got = expect(case.request), Accepted(message())
    kept = evidence.failure("test", "label", case, "", finding, others, case.request, right, got)
    assert (kept["requirement"], kept["level"], kept["problem"]) == ("HDR-FLAGS", "MUST", "wrong")
    assert (kept["also"], kept["test"], kept["label"]) == (["PAD-DECODE"], "test", "label")
    assert "row" not in kept
    assert "level" not in kept["case"]
    should = Finding("HDR-FLAGS", "wrong", is_must=False)
    soft = evidence.failure("test", "label", case, "", should, [], case.request, right, got)
    assert (soft["level"], soft["case"]["level"]) == ("SHOULD", "SHOULD")
    assert soft["id"] != kept["id"]
    named = evidence.failure("test", "label", case, "V1", finding, [], case.request, right, got)
    assert named["id"] == "V1"


def test_of_a_row_each_call_says_whether_it_is_the_wrong_one() -> None:
    requests = (decode(), decode(wire()), decode())
    row = Row("STATE-INDEPENDENT", "a row", requests)
    right = expect(requests[2])
    finding = Finding("STATE-INDEPENDENT", "wrong")
    kept = evidence.failure("t", "l", row, "", finding, [], requests[2], right, Accepted({}))
    assert kept["row"] == [
        {"call": 1, "operation": "decode", "size": 74, "is_wrong": False},
        {"call": 2, "operation": "decode", "size": 32, "is_wrong": False},
        {"call": 3, "operation": "decode", "size": 74, "is_wrong": True},
    ]


def test_of_a_long_row_both_ends_and_the_wrong_call_are_shown() -> None:
    requests = tuple(decode(wire(sequence=n)) for n in range(12))
    row = Row("STATE-INDEPENDENT", "a row", requests)
    finding = Finding("STATE-INDEPENDENT", "wrong")
    right = expect(requests[5])
    kept = evidence.failure("t", "l", row, "", finding, [], requests[5], right, Accepted({}))
    assert [one["call"] for one in kept["row"]] == [1, 2, 3, 4, 6, 9, 10, 11, 12]
    assert [one["call"] for one in kept["row"] if one["is_wrong"]] == [6]


def test_what_came_back_stands_beside_what_is_right() -> None:
    request = Request(Operation.INSTRUMENT_ID, {"operation": "from_u64", "value": 5})
    outcome = Accepted({"symbol": 0})
    kept = answer(request, outcome)
    assert [*kept] == ["asked", "expected", "got", "differences"]
    assert kept["asked"] == evidence.answer_sought(request, expect(request))["asked"]
    assert kept["got"] == evidence.got(outcome)
    assert kept["expected"] == evidence.expected(expect(request))
    assert kept["differences"]["count"] > 0
    assert "bytes" not in kept
