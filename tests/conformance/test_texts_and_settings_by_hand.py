"""What is admissible for config and error_text, and what of a wrong answer is said, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.answers import HEADER, TRADE, put, wire
from torq_conformance.cases.error_texts import SECRET
from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging import settings
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Reject, expect
from torq_conformance.judging.verdicts import judge
from torq_conformance.rejection import Rejected
from torq_specs.faults import Fault, FaultKind

DEFAULTS = {
    "byte": 7,
    "short": 700,
    "word": 70_000,
    "long": 7_000_000_000,
    "signed": -7,
    "flag": False,
    "label": "none",
    "side": "buy",
}


def config(schema: str = "widths", **environment: str) -> Request:
    return Request(Operation.CONFIG, {"schema": schema, "environment": environment})


def text_of(argument: Any, operation: str = "decode") -> Request:
    return Request(Operation.ERROR_TEXT, {"operation": operation, "argument": argument})


def said(request: Request, outcome: Outcome) -> list[tuple[list[str], str]]:
    found = judge("REQ", request, expect(request), outcome, frozenset())
    assert all(one.is_must for one in found)
    return [([way.requirement for way in one.ways], one.problem) for one in found]


# Settings.


def test_settings_are_what_is_set_and_else_the_defaults() -> None:
    assert expect(config(TORQ_WIDTHS_BYTE="8")) == Accept({**DEFAULTS, "byte": 8})
    assert said(config(), Accepted(DEFAULTS)) == []


def test_what_is_wrong_or_written_otherwise_may_be_named_with_its_reason() -> None:
    right = expect(config(TORQ_WIDTHS_BYTE="256", TORQ_WIDTHS_WORD="+1", TORQ_WIDTHS_LABEL=""))
    assert isinstance(right, Reject)
    assert [fault.kind for fault in right.faults] == [FaultKind.CONFIG_ERROR] * 3
    assert [fault.context["variable"] for fault in right.faults] == [
        *("TORQ_WIDTHS_BYTE", "TORQ_WIDTHS_LABEL", "TORQ_WIDTHS_WORD")
    ]
    assert [fault.context["context"] for fault in right.faults][:2] == [
        *("no u8 of this field", "set to nothing")
    ]
    open_ = expect(config(TORQ_WIDTHS_WORD="+1"))
    assert isinstance(open_, Accept)
    assert open_.value["word"] == 1
    assert [fault.context["variable"] for fault in open_.or_refused] == ["TORQ_WIDTHS_WORD"]


WITHOUT = {name: part for name, part in DEFAULTS.items() if name not in {"word", "side"}}
SETTINGS: dict[str, tuple[dict[str, object], list[str], str]] = {
    "one that is missing": (WITHOUT, ["CONTRACT"], "the settings have no side"),
    "one too many": (
        {**DEFAULTS, "abc": 1},
        ["CONTRACT"],
        "the settings have abc, which is no field",
    ),
    "a boolean as a number": (
        {**DEFAULTS, "flag": 0},
        ["CONTRACT"],
        "flag is 0, which is no bool",
    ),
    "the first of several that break the contract": (
        {**WITHOUT, "byte": "7", "zone": 1},
        ["CONTRACT"],
        "byte is '7', which is no int",
    ),
    "a default": ({**DEFAULTS, "label": "x"}, ["CFG-DEFAULT"], "label is 'x', not 'none'"),
    "what is set": ({**DEFAULTS, "side": "sell"}, ["CFG-VALUE"], "side is 'sell', not 'buy'"),
    "several": (
        {**DEFAULTS, "side": "sell", "byte": 8, "short": 1},
        ["CFG-DEFAULT", "CFG-VALUE"],
        "byte is 8, not 7",
    ),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_wrong_settings(what: str) -> None:
    answer, rules, problem = SETTINGS[what]
    assert said(config(TORQ_WIDTHS_SIDE="buy"), Accepted(answer)) == [(rules, problem)]


ACCEPTED: dict[str, tuple[str, str]] = {
    "TORQ_WIDTHS_BYTE": ("256", "CFG-RANGE"),
    "TORQ_WIDTHS_SHORT": ("x", "CFG-FORM"),
    "TORQ_WIDTHS_FLAG": ("7", "CFG-FORM"),
    "TORQ_WIDTHS_LABEL": ("", "CFG-EMPTY"),
    "TORQ_WIDTHS_BITE": ("1", "CFG-UNKNOWN"),
}


@pytest.mark.parametrize("variable", ACCEPTED)
def test_a_wrong_variable_that_was_not_looked_at(variable: str) -> None:
    text, rule = ACCEPTED[variable]
    problem = "accepted what must be refused as ConfigError"
    assert said(config(**{variable: text}), Accepted(DEFAULTS)) == [([rule], problem)]


def test_a_variable_that_is_lacking_has_no_default() -> None:
    assert settings.of_accepted(config("relay"), "TORQ_RELAY_NAME") == "CFG-DEFAULT"


def test_who_refuses_for_another_variable_takes_that_one_for_wrong() -> None:
    request = config(TORQ_WIDTHS_BYTE="256", TORQ_WIDTHS_SHORT="1", torq_widths_word="1", PATH="x")

    def named(variable: object) -> list[str]:
        refusal = Rejected("ConfigError", variable=variable)
        ((rules, problem),) = said(request, refusal)
        assert problem.startswith(f"ConfigError: variable is {variable!r}, not TORQ_WIDTHS_BYTE")
        return rules

    assert named("TORQ_WIDTHS_SHORT") == ["CFG-VARIABLE", "CFG-VALUE"]
    assert named("TORQ_WIDTHS_LONG") == ["CFG-VARIABLE", "CFG-DEFAULT"]
    assert named("TORQ_WIDTHS_WORD") == ["CFG-VARIABLE", "CFG-UNKNOWN"]
    assert named("PATH") == ["CFG-VARIABLE", "CFG-UNKNOWN"]
    assert named("NOTHING") == ["CFG-VARIABLE", "CFG-VARIABLE"]
    assert said(request, Rejected("ConfigError", variable="TORQ_WIDTHS_BYTE")) == []
    assert said(request, Rejected("ParseError")) == [
        (["CFG-VARIABLE"], "refused as ParseError, not as ConfigError")
    ]


def test_a_right_configuration_that_was_refused_is_about_the_variable_that_was_named() -> None:
    request = config(TORQ_WIDTHS_SHORT="1")
    for refusal, rule in (
        (Rejected("ConfigError", variable="TORQ_WIDTHS_SHORT"), "CFG-VALUE"),
        (Rejected("ConfigError", variable="TORQ_WIDTHS_LONG"), "CFG-DEFAULT"),
        (Rejected("ParseError", variable="TORQ_WIDTHS_SHORT"), "CFG-VARIABLE"),
    ):
        (finding,) = judge("REQ", request, expect(request), refusal, frozenset())
        assert finding.ways == (Deviation(rule, f"config {rule}"),)
    wrong = config(TORQ_WIDTHS_SHORT="")
    (finding,) = judge("REQ", wrong, expect(wrong), Rejected("ParseError"), frozenset())
    assert finding.ways == (Deviation("CFG-VARIABLE", "config CFG-VARIABLE"),)


# Texts.

CUT = wire((200, b"abc"))[:-1]
LOUD = put(wire((200, SECRET)), 0, b"\0")


def test_a_text_holds_the_context_of_a_fault_and_no_payload_that_was_sent() -> None:
    (bare,) = expect_text(CUT[:20]).faults
    assert bare == Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 32, "got": 20})
    assert expect_text(CUT).secret == b""
    assert expect_text(LOUD).secret == SECRET
    message = {"header": HEADER, "tlvs": [{"type": 33, "value": SECRET}]}
    written = expect(text_of(message, "encode"))
    assert isinstance(written, Text)
    assert written.secret == SECRET
    named = {"header": HEADER, "tlvs": [{"type": 1, "value": {**TRADE, "price": 1 << 63}}]}
    plain = expect(text_of(named, "encode"))
    assert isinstance(plain, Text)
    assert plain.secret == b""
    id_ = expect(text_of({"operation": "coin", "venue": 1, "symbol": "\u00e9"}, "instrument_id"))
    assert isinstance(id_, Text)
    assert id_.secret == b""


def expect_text(data: bytes) -> Text:
    right = expect(text_of(data))
    assert isinstance(right, Text)
    return right


def test_of_what_is_not_refused_there_is_no_text() -> None:
    with pytest.raises(ValueError, match="decode is not refused"):
        expect(text_of(wire()))


def test_wrong_texts() -> None:
    short = text_of(CUT[:20])
    assert said(short, Accepted("32 bytes are needed, there are 20")) == []
    assert said(short, Accepted("20 bytes are too few")) == [
        (
            ["ERR-TEXT-VALUES"],
            "the text of MessageTooSmall does not hold need 32: '20 bytes are too few'",
        )
    ]
    assert said(short, Accepted("too few")) == [
        (
            ["ERR-TEXT-VALUES"],
            "the text of MessageTooSmall does not hold need 32, got 20: 'too few'",
        )
    ]
    assert said(short, Accepted("32\n20")) == [
        (
            ["ERR-TEXT-LINE"],
            "the text of MessageTooSmall is not one line, it has LF: '32\\n20'",
        )
    ]
    assert said(short, Rejected("MessageTooSmall")) == [
        (["REQ"], "the text of a refusal was refused: MessageTooSmall()")
    ]
    found = said(text_of(LOUD), Accepted(f"{SECRET.hex()}\r"))
    rules = [["ERR-TEXT-VALUES"], ["ERR-TEXT-LINE"], ["ERR-TEXT-PAYLOAD"]]
    assert [one for one, _ in found] == rules
    assert "the text of InvalidMagic holds the payload as hex: " in found[2][1]
