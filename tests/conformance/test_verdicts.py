"""Each outcome against each expectation gives the findings that stand in these tables by hand."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Look, Operation, Probe, Request
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Expectation, Name, Reject, expect
from torq_conformance.judging.verdicts import (
    CONTRACT,
    Finding,
    also_judged,
    blanked,
    judge,
    rule_of,
)
from torq_conformance.judging.work import Measured
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.faults import Fault, FaultKind
from torq_specs.registry import REGISTRY

HEADER = {"relay_domain": 1, "version": 1, "source": 1, "flags": 0, "sequence": 1, "timestamp": 2}
BOOK = {
    "timestamp_ns": 1,
    "sequence": 2,
    "precision_factor": 3,
    "bids": [{"price": 1, "size": 2, "order_count": 3, "reserved": 4}],
    "asks": [],
    "asset_id": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
}
TRADE = {
    "asset_id": 1,
    "price": 2,
    "volume": 3,
    "execution_timestamp_ns": 4,
    "venue_id": 5,
    "asset_type": 6,
    "reserved": 7,
    "side": 0,
}
ALL = frozenset(Capability)
PLAIN = frozenset({Capability.DECODE, Capability.ENCODE})

Reported = list[tuple[str, str, bool]]


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    return {
        "header": {**HEADER, **changes},
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def put(data: bytes, at: int, part: bytes) -> bytes:
    return data[:at] + part + data[at + len(part) :]


def sealed(data: bytes) -> bytes:
    return put(data, 28, zlib.crc32(data[32:], zlib.crc32(data[:28])).to_bytes(4, "little"))


def reported(findings: tuple[Finding, ...]) -> Reported:
    return [(one.requirement, one.problem, one.is_must) for one in findings]


ENCODE = Request(Operation.ENCODE, message((3, BOOK), (200, b"abc")))
EXPECTED = expect(ENCODE)
assert isinstance(EXPECTED, Accept)
BYTES: bytes = EXPECTED.value
"""32 bytes of header, a book of 5 + 6200 bytes, a vendor TLV of 2 + 3 bytes."""
DECODE = Request(Operation.DECODE, BYTES)

CUT = Fault(
    FaultKind.TRUNCATED_TLV,
    {"buffer_size": 5, "required_bytes": 11, "tlv_type": 200, "offset": 3},
)
SIZE = Fault(
    FaultKind.PAYLOAD_SIZE_MISMATCH, {"tlv_type": 1, "expected": 40, "got": 39, "offset": 0}
)
PADDING = Fault(
    FaultKind.PARSE_ERROR,
    {"offset": 71, "context": "padding"},
    {"offset": frozenset({72})},
    is_padding=True,
)
ACCEPT, REJECT = Accept(message()), Reject((CUT, SIZE))
LENIENT = Reject((PADDING,), Accept(message((1, TRADE))))


def judged(
    expectation: Expectation,
    outcome: Outcome,
    capabilities: frozenset[Capability] = ALL,
    requirement: str = "REQ",
    request: Request = DECODE,
) -> Reported:
    return reported(judge(requirement, request, expectation, outcome, capabilities))


# No answer at all.

BROKEN: dict[str, tuple[Outcome, str]] = {
    "crashed": (Crashed("signal 11 (SIGSEGV)"), "crashed: signal 11 (SIGSEGV)"),
    "raised": (Crashed("raised IndexError: 3"), "crashed: raised IndexError: 3"),
    "timed out": (TimedOut(2.5), "gave no answer within 2.5 s"),
    "out of protocol": (OutOfProtocol("the answer is a str"), "the answer is a str"),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_no_answer_where_one_was_due_violates_the_requirement(what: str) -> None:
    outcome, problem = BROKEN[what]
    rule = "CONTRACT" if isinstance(outcome, OutOfProtocol) else "REQ"
    assert judged(ACCEPT, outcome) == [(rule, problem, True)]
    assert judged(Name(()), outcome) == [(rule, problem, True)]


@pytest.mark.parametrize("what", sorted(BROKEN))
@pytest.mark.parametrize("expectation", [REJECT, LENIENT], ids=["reject", "lenient"])
def test_no_answer_where_a_refusal_was_due_speaks_of_crashes_alone(
    what: str, expectation: Expectation
) -> None:
    outcome, problem = BROKEN[what]
    rule = "CONTRACT" if isinstance(outcome, OutOfProtocol) else "ERR-NO-CRASH"
    assert judged(expectation, outcome) == [(rule, problem, True)]
    assert judged(expectation, outcome, requirement="ERR-NO-CRASH") == [(rule, problem, True)]


@pytest.mark.parametrize(
    "expectation", [ACCEPT, REJECT, LENIENT, Name(())], ids=["accept", "reject", "lenient", "name"]
)
def test_what_is_claimed_may_not_be_unsupported(expectation: Expectation) -> None:
    problem = "decode is claimed but was unsupported"
    assert judged(expectation, Unsupported()) == [("REQ", problem, True)]


@pytest.mark.parametrize(
    "expectation", [ACCEPT, REJECT, LENIENT, Name(())], ids=["accept", "reject", "lenient", "name"]
)
def test_lost_outcome_decides_no_verdict(expectation: Expectation) -> None:
    with pytest.raises(ValueError, match="a lost outcome decides no verdict"):
        judge("REQ", DECODE, expectation, Lost("spent"), ALL)


# A right answer.


@pytest.mark.parametrize(
    ("expectation", "outcome"),
    [
        pytest.param(ACCEPT, Accepted(message()), id="the value"),
        pytest.param(REJECT, Rejected("TruncatedTLV", **CUT.context), id="the first fault"),
        pytest.param(REJECT, Rejected("PayloadSizeMismatch", **SIZE.context), id="the other"),
        pytest.param(
            REJECT,
            Rejected("PayloadSizeMismatch", **SIZE.context, more="reported"),
            id="with more context than asked for",
        ),
        pytest.param(LENIENT, Rejected("ParseError", offset=71, context="x"), id="padding"),
        pytest.param(LENIENT, Rejected("ParseError", offset=72), id="padding, another byte"),
        pytest.param(Name(()), Accepted([]), id="no violation"),
        pytest.param(Name((frozenset({"a", "b"}),)), Accepted(["b"]), id="one of a group"),
        pytest.param(
            Name((frozenset({"a", "b"}), frozenset({"c"}))), Accepted(["c", "a", "b"]), id="all"
        ),
    ],
)
def test_right_answer_has_no_findings(expectation: Expectation, outcome: Outcome) -> None:
    assert judged(expectation, outcome) == []


# A wrong refusal.

WRONG_REFUSALS: dict[str, tuple[str, Outcome, str]] = {
    "checksum, whatever is judged": ("TLV-ORDER", Rejected("ChecksumMismatch"), "CHK-VALUE"),
    "layout, domain": ("LAYOUT-TRADE", Rejected("RelayDomainMismatch"), "TLV-DOMAIN"),
    "layout, size": ("LAYOUT-TRADE", Rejected("PayloadSizeMismatch"), "REG-SIZE"),
    "layout, its own matter": ("LAYOUT-ORDERBOOK", Rejected("ParseError"), "LAYOUT-ORDERBOOK"),
    "header, magic": ("HDR-LAYOUT", Rejected("InvalidMagic"), "HDR-MAGIC"),
    "round trip, source": ("RT-VALUE", Rejected("UnknownSource"), "HDR-SOURCE"),
    "round trip, domain": ("RT-BYTES", Rejected("InvalidRelayDomain"), "HDR-DOMAIN"),
    "round trip, version": ("RT-BYTES", Rejected("UnsupportedVersion"), "HDR-VERSION"),
    "round trip, type": ("RT-BYTES", Rejected("InvalidTLVType"), "TLV-TYPE"),
    "round trip, limit": ("STATE-INDEPENDENT", Rejected("MessageTooLarge"), "MSG-TOO-LARGE"),
    "one rule, another kind": ("HDR-FLAGS", Rejected("UnknownSource"), "HDR-SOURCE"),
    "unknown kind": ("RT-VALUE", Rejected("NoSuchKind"), "LAYOUT-ORDERBOOK"),
}


@pytest.mark.parametrize("what", sorted(WRONG_REFUSALS))
def test_refusal_of_what_is_valid_speaks_of_the_rule_that_is_misread(what: str) -> None:
    requirement, outcome, attributed = WRONG_REFUSALS[what]
    assert judged(ACCEPT, outcome, requirement=requirement) == [
        (attributed, f"what is valid was refused: {outcome}", True)
    ]


def test_refusal_of_another_kind_speaks_of_the_check_that_missed() -> None:
    problem = "refused as InvalidMagic, not as PayloadSizeMismatch or TruncatedTLV"
    for capabilities in (ALL, PLAIN):
        found = judged(REJECT, Rejected("InvalidMagic"), capabilities)
        assert found == [("TLV-TRUNCATED", problem, True)]


def test_refusal_of_no_known_kind_speaks_of_what_was_not_named() -> None:
    problem = "refused as Oops, not as ParseError"
    assert judged(LENIENT, Rejected("Oops")) == [("PAD-DECODE", problem, True)]


def test_a_refusal_that_a_requirement_demands_never_fails_it() -> None:
    small = Reject((Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 40, "got": 33}),))
    found = judged(small, Rejected("ChecksumMismatch"), requirement="CHK-VERIFY")
    problem = "refused as ChecksumMismatch, not as MessageTooSmall"
    assert found == [("MSG-TOO-SMALL", problem, True)]


def test_parts_that_are_one_object_break_the_contract_where_nothing_is_wrong() -> None:
    why = "decode.tlvs[0] and decode.tlvs[1] are one and the same object"
    assert judged(ACCEPT, Entangled(message(), why)) == [("CONTRACT", why, True)]
    ((requirement, problem, _),) = judged(ACCEPT, Entangled(message(flags=9), why))
    assert (requirement, why in problem) == ("HDR-FLAGS", False)


def test_acceptance_of_what_must_be_refused_speaks_of_the_missing_check() -> None:
    problem = "accepted what must be refused as PayloadSizeMismatch or TruncatedTLV"
    assert judged(REJECT, Accepted(message())) == [("TLV-TRUNCATED", problem, True)]
    # A requirement of the same family is the case's own matter.
    found = judged(REJECT, Accepted(message()), requirement="TLV-ZERO-LENGTH")
    assert found == [("TLV-ZERO-LENGTH", problem, True)]


# Context.

NOTHING = "tlv_type is missing, it is 1; expected is missing, it is 40; got is missing, it is 39"
CONTEXTS: dict[str, tuple[Mapping[str, object], Fault, str, str, bool]] = {
    "one wrong number": (
        *({**CUT.context, "offset": 4}, CUT, "offset is 4, not 3"),
        *("ERR-CONTEXT-MUST", True),
    ),
    "one of another type": (
        *({**CUT.context, "offset": "3"}, CUT, "offset is '3', not 3"),
        *("ERR-CONTEXT-MUST", True),
    ),
    "no context that is a SHOULD": (
        *({"offset": 0}, SIZE, NOTHING),
        *("ERR-CONTEXT-SHOULD", False),
    ),
    "a wrong size": (
        *({**SIZE.context, "expected": 41}, SIZE, "expected is 41, not 40"),
        *("ERR-CONTEXT-SHOULD", False),
    ),
    "a wrong offset of padding": (
        *({"offset": 73}, PADDING, "offset is 73, not 71"),
        *("ERR-CONTEXT-MUST", True),
    ),
    "the offset of padding true": (
        *({"offset": True}, PADDING, "offset is True, not 71"),
        *("ERR-CONTEXT-MUST", True),
    ),
    "no context at all": (
        *({}, PADDING, "offset is missing, it is 71"),
        *("ERR-CONTEXT-MUST", True),
    ),
}


@pytest.mark.parametrize("what", sorted(CONTEXTS))
def test_wrong_context_is_found_where_context_is_claimed(what: str) -> None:
    context, fault, problem, requirement, is_must = CONTEXTS[what]
    outcome = Rejected(str(fault.kind), **context)
    found = judged(Reject((fault,)), outcome)
    assert found == [(requirement, f"{fault.kind}: {problem}", is_must)]
    assert judged(Reject((fault,)), outcome, PLAIN) == []


def test_context_of_one_fault_may_not_be_mixed_with_that_of_another() -> None:
    other = Fault(CUT.kind, {**CUT.context, "offset": 9, "required_bytes": 20})
    both = Reject((CUT, other))
    for fault in (CUT, other):
        assert judged(both, Rejected("TruncatedTLV", **fault.context)) == []
    mixed = {**CUT.context, "offset": 9}
    (finding,) = judged(both, Rejected("TruncatedTLV", **mixed))
    assert finding[0] == "ERR-CONTEXT-MUST"


def test_context_that_is_a_should_may_not_be_mixed_either() -> None:
    first = Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 32, "got": 5})
    second = Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 40, "got": 7})
    (finding,) = judged(Reject((first, second)), Rejected("MessageTooSmall", need=32, got=7))
    assert finding[0] == "ERR-CONTEXT-SHOULD"
    assert finding[2] is False


def test_offset_of_an_encoders_refusal_is_not_judged() -> None:
    expectation = expect(Request(Operation.ENCODE, message((201, b"a"), (33, b""))))
    for offset in (3, 0, 35, None):
        context = {"tlv_type": 33} if offset is None else {"tlv_type": 33, "offset": offset}
        assert judged(expectation, Rejected("InvalidTLVType", **context), request=ENCODE) == []
    (finding,) = judged(expectation, Rejected("InvalidTLVType", tlv_type=34), request=ENCODE)
    assert finding[0] == "ERR-CONTEXT-MUST"


@pytest.mark.parametrize(
    ("expectation", "outcome", "requirements"),
    [
        pytest.param(ACCEPT, Accepted(message()), [], id="accept"),
        pytest.param(REJECT, Crashed("x"), ["ERR-NO-CRASH"], id="crash"),
        pytest.param(REJECT, Rejected("InvalidMagic"), ["ERR-NO-CRASH"], id="wrong kind"),
        pytest.param(
            REJECT, Rejected("TruncatedTLV"), ["ERR-NO-CRASH", "ERR-CONTEXT-MUST"], id="all a MUST"
        ),
        pytest.param(
            REJECT,
            Rejected("PayloadSizeMismatch"),
            ["ERR-NO-CRASH", "ERR-CONTEXT-SHOULD"],
            id="all a SHOULD",
        ),
        pytest.param(
            Reject((Fault(FaultKind.CONFIG_ERROR, {"variable": "A", "context": "x"}),)),
            Rejected("ConfigError", variable="A"),
            ["ERR-NO-CRASH", "CFG-VARIABLE"],
            id="a configuration",
        ),
        pytest.param(
            LENIENT, Rejected("ParseError"), ["ERR-NO-CRASH", "ERR-CONTEXT-MUST"], id="free text"
        ),
    ],
)
def test_refusals_judge_the_rules_on_refusing_too(
    expectation: Expectation, outcome: Outcome, requirements: list[str]
) -> None:
    assert list(also_judged(expectation, outcome)) == requirements


# Padding.


def test_accepted_padding_is_a_should_finding_unless_strictness_is_claimed() -> None:
    right = Accepted(message((1, TRADE)))
    problem = "non-zero padding was accepted"
    assert judged(LENIENT, right, PLAIN) == [("PAD-DECODE", problem, False)]
    strict = f"{problem} despite strict_padding"
    assert judged(LENIENT, right, ALL) == [("PAD-DECODE", strict, True)]


def test_accepted_padding_must_be_read_right_otherwise() -> None:
    wrong = Accepted(message((1, {**TRADE, "side": 7})))
    problem = "neither refused nor read right: tlvs[0].value.side is 7, not 0"
    for capabilities in (ALL, PLAIN):
        assert judged(LENIENT, wrong, capabilities) == [("LAYOUT-TRADE", problem, True)]


# A wrong value.

SAME = message((3, BOOK), (200, b"abc"))
LEVEL = {"price": 9, "size": 2, "order_count": 3, "reserved": 4}
WRONG_VALUES: dict[str, tuple[object, str, str, str]] = {
    # what came, the requirement judged, the one it is attributed to, the problem
    "flags": (
        message((3, BOOK), (200, b"abc"), flags=1),
        "RT-VALUE",
        "HDR-FLAGS",
        "header.flags is 1, not 0",
    ),
    "source": (
        message((3, BOOK), (200, b"abc"), source=2),
        "LAYOUT-ORDERBOOK",
        "HDR-SOURCE",
        "header.source is 2, not 1",
    ),
    "sequence": (
        message((3, BOOK), (200, b"abc"), sequence=2),
        "TLV-ORDER",
        "HDR-LAYOUT",
        "header.sequence is 2, not 1",
    ),
    "field, of its own rule": (
        message((3, {**BOOK, "asset_id": 1}), (200, b"abc")),
        "LAYOUT-ORDERBOOK",
        "LAYOUT-ORDERBOOK",
        "tlvs[0].value.asset_id is 1, not 4",
    ),
    "field, of a general rule": (
        message((3, {**BOOK, "bids": [LEVEL]}), (200, b"abc")),
        "VAL-STRUCTURAL",
        "LAYOUT-ORDERBOOK",
        "tlvs[0].value.bids[0].price is 9, not 1",
    ),
    "opaque bytes, of a general rule": (
        message((3, BOOK), (200, b"ab")),
        "STATE-INDEPENDENT",
        "REG-OPAQUE",
        "tlvs[1].value is 6162, not 616263",
    ),
    "opaque bytes, of another rule": (
        message((3, BOOK), (200, b"")),
        "TLV-ZERO-LENGTH",
        "TLV-ZERO-LENGTH",
        "tlvs[1].value is no bytes, not 616263",
    ),
    "type": (
        message((3, BOOK), (201, b"abc")),
        "RT-VALUE",
        "TLV-ORDER",
        "tlvs[1].type is 201, not 200",
    ),
    "one TLV less": (
        message((3, BOOK)),
        "RT-VALUE",
        "TLV-ORDER",
        "tlvs[1] is nothing, not {'type': 200, 'value': b'abc'}",
    ),
    "one TLV more": (
        message((3, BOOK), (200, b"abc"), (200, b"")),
        "RT-VALUE",
        "TLV-ORDER",
        "tlvs[2] is {'type': 200, 'value': b''}, not nothing",
    ),
    "no TLVs": (
        {"header": HEADER},
        "RT-VALUE",
        "CONTRACT",
        f"tlvs is nothing, not {repr(SAME['tlvs'])[:77]}...",
    ),
    "long": (
        message((3, BOOK), (200, b"x" * 100)),
        "REQ",
        "REG-OPAQUE",
        f"tlvs[1].value is {'78' * 38}7..., not 616263",
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG_VALUES))
def test_wrong_value_speaks_of_the_rule_of_its_field(what: str) -> None:
    got, requirement, attributed, problem = WRONG_VALUES[what]
    assert judged(Accept(SAME), Accepted(got), requirement=requirement) == [
        (attributed, problem, True)
    ]


# Wrong bytes.

WRONG_BYTES: dict[str, tuple[bytes, str, str, str]] = {
    # what came, the requirement judged, the one it is attributed to, the problem
    "magic": (put(BYTES, 0, b"\0"), "REQ", "HDR-MAGIC", "byte 0 is wrong: header.magic"),
    "domain": (put(BYTES, 4, b"\2"), "REQ", "HDR-DOMAIN", "byte 4 is wrong: header.relay_domain"),
    "flags": (put(BYTES, 7, b"\1"), "REQ", "HDR-FLAGS", "byte 7 is wrong: header.flags"),
    "sequence": (put(BYTES, 15, b"\1"), "REQ", "HDR-LAYOUT", "byte 15 is wrong: header.sequence"),
    "payload size": (
        sealed(put(BYTES, 24, b"\0")),
        "REQ",
        "HDR-PAYLOAD-SIZE",
        "byte 24 is wrong: header.payload_size",
    ),
    "checksum": (put(BYTES, 28, bytes(4)), "REQ", "CHK-VALUE", "byte 28 is wrong: header.checksum"),
    "payload before header and checksum": (
        sealed(put(put(BYTES, 7, b"\1"), 37, b"\7")),
        "LAYOUT-ORDERBOOK",
        "LAYOUT-ORDERBOOK",
        "byte 37 is wrong: tlvs[0].value.timestamp_ns (OrderBook)",
    ),
    "length, of a rule on values": (
        sealed(put(BYTES, 35, b"\0")),
        "RT-BYTES",
        "TLV-EXTENDED",
        "byte 35 is wrong: tlvs[0].length",
    ),
    "reserved byte of the framing": (
        sealed(put(BYTES, 33, b"\1")),
        "RT-BYTES",
        "TLV-EXTENDED",
        "byte 33 is wrong: tlvs[0].extended reserved byte",
    ),
    "type, of a rule on framing": (
        sealed(put(BYTES, 6237, b"\xc9")),
        "TLV-ORDER",
        "TLV-ORDER",
        "byte 6237 is wrong: tlvs[1].type",
    ),
    "standard length": (
        sealed(put(BYTES, 6238, b"\0")),
        "RT-BYTES",
        "TLV-STANDARD",
        "byte 6238 is wrong: tlvs[1].length",
    ),
    "opaque value": (
        sealed(put(BYTES, 6240, b"\0")),
        "RT-BYTES",
        "REG-OPAQUE",
        "byte 6240 is wrong: tlvs[1].value, byte 1",
    ),
    "opaque value, of its own rule": (
        sealed(put(BYTES, 6240, b"\0")),
        "TLV-VENDOR",
        "TLV-VENDOR",
        "byte 6240 is wrong: tlvs[1].value, byte 1",
    ),
    "count": (
        sealed(put(BYTES, 37 + 24, b"\2")),
        "LAYOUT-ORDERBOOK",
        "VEC-COUNT",
        "byte 61 is wrong: tlvs[0].value.bids.count (OrderBook)",
    ),
    "count, of a rule on vectors": (
        sealed(put(BYTES, 37 + 24, b"\2")),
        "VEC-CAPACITY",
        "VEC-CAPACITY",
        "byte 61 is wrong: tlvs[0].value.bids.count (OrderBook)",
    ),
    "padding of a vector": (
        sealed(put(BYTES, 37 + 26, b"\2")),
        "LAYOUT-ORDERBOOK",
        "PAD-ENCODE",
        "byte 63 is wrong: tlvs[0].value.bids.padding (OrderBook)",
    ),
    "element": (
        sealed(put(BYTES, 37 + 32, b"\7")),
        "RT-BYTES",
        "LAYOUT-ORDERBOOK",
        "byte 69 is wrong: tlvs[0].value.bids[0].price (OrderBook)",
    ),
    "slot behind the elements": (
        sealed(put(BYTES, 37 + 56, b"\7")),
        "LAYOUT-ORDERBOOK",
        "VEC-SLOTS",
        "byte 93 is wrong: tlvs[0].value.bids[1].price (OrderBook)",
    ),
    "slot of the empty side": (
        sealed(put(BYTES, 37 + 3112, b"\7")),
        "LAYOUT-ORDERBOOK",
        "VEC-SLOTS",
        "byte 3149 is wrong: tlvs[0].value.asks[0].price (OrderBook)",
    ),
    "padding at the end": (
        sealed(put(BYTES, 37 + 6199, b"\7")),
        "LAYOUT-ORDERBOOK",
        "PAD-ENCODE",
        "byte 6236 is wrong: tlvs[0].value.reserved.padding (OrderBook)",
    ),
    "too few": (
        BYTES[:-1],
        "RT-BYTES",
        "REG-OPAQUE",
        (
            "6,241 bytes where 6,242 are expected; they differ first at byte 6241: "
            "tlvs[1].value, byte 2"
        ),
    ),
    "too many": (
        BYTES + b"\0",
        "RT-BYTES",
        "HDR-PAYLOAD-SIZE",
        (
            "6,243 bytes where 6,242 are expected; they differ first at byte 6242: "
            "byte 6242, behind the last TLV"
        ),
    ),
    "none": (
        b"",
        "LAYOUT-ORDERBOOK",
        "TLV-EXTENDED",
        "0 bytes where 6,242 are expected; they differ first at byte 32: tlvs[0].extended marker",
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG_BYTES))
def test_wrong_byte_speaks_of_the_rule_of_its_field(what: str) -> None:
    got, requirement, attributed, problem = WRONG_BYTES[what]
    assert got != BYTES
    assert judged(EXPECTED, Accepted(got), requirement=requirement, request=ENCODE) == [
        (attributed, problem, True)
    ]


# Names of violations.


@pytest.mark.parametrize(
    ("groups", "got", "problem"),
    [
        pytest.param([], ["price"], "names 'price', which breaks no rule", id="one too many"),
        pytest.param([{"price"}], [], "does not name price", id="none"),
        pytest.param([{"a", "b"}, {"c"}], ["c"], "does not name a or b", id="no one of a group"),
        pytest.param(
            [{"a"}], ["b"], "does not name a, but 'b', which breaks no rule", id="another"
        ),
    ],
)
def test_violation_must_be_named_and_no_other(
    groups: list[set[str]], got: list[str], problem: str
) -> None:
    expectation = Name(tuple(frozenset(group) for group in groups))
    request = Request(Operation.VALIDATE, {"header": {}, "tlvs": [{"type": 200, "value": b""}]})
    assert judged(expectation, Accepted(got), request=request) == [("REQ", problem, True)]


def test_a_wrong_number_alone_is_called_the_answer() -> None:
    id_ = {"asset_id": 1, "venue": 2, "asset_type": 3, "reserved": 4}
    request = Request(Operation.INSTRUMENT_ID, {"operation": "cache_key", "id": id_})
    right = expect(request)
    assert isinstance(right, Accept)
    (finding,) = judge("IID-CACHE-KEY", request, right, Accepted(0), ALL)
    assert finding.problem == f"the answer is 0, not {right.value}"


# A finding.


def test_a_problem_is_one_line_of_four_hundred_characters() -> None:
    assert Finding("R", "a\nb\rc").problem == "a\\nb\\rc"
    assert Finding("R", "x" * 400).problem == "x" * 400
    assert Finding("R", "x" * 401).problem == "x" * 400 + "... (1 more characters)"


def test_requirements_that_speak_of_the_same_thing_are_named_together() -> None:
    ways = [
        Deviation("A", "one"),
        Deviation("B", "other"),
        Deviation("C", "one"),
        Deviation("A", "one"),
    ]
    finding = Finding.of("wrong", ways)
    assert finding.all_requirements == ["A", "C"]
    assert finding.ways == tuple(ways)
    assert Finding("A", "wrong").ways == (Deviation("A", "A"),)
    assert finding.is_must


def test_the_rule_of_a_finding_is_the_protocols_or_the_contract() -> None:
    assert rule_of("HDR-FLAGS").id == "HDR-FLAGS"
    assert rule_of("CONTRACT") is CONTRACT
    assert (CONTRACT.id, str(CONTRACT.level), CONTRACT.section) == ("CONTRACT", "MUST", "-")
    assert "contract" in CONTRACT.text


def test_numbers_and_long_hex_are_blanked_and_nothing_else() -> None:
    assert blanked("byte 1,234 is 0x12345678, not -0.5 (deadbeef00...)") == "byte # is #, not # (#)"
    assert blanked("bids[3] of u64 dead") == "bids[#] of u64 dead"


# Where a wrong answer begins.


@pytest.mark.parametrize(
    ("right", "got", "said"),
    [
        (bytes(100) + b"ab", bytes(100) + b"ac", "6163 from its byte 100 on"),
        (
            bytes(60),
            bytes(50),
            "no bytes from its byte 50 on, not 0000000000000000, 50 bytes, not 60",
        ),
        (
            bytes(50),
            bytes(60),
            "0000000000000000 from its byte 50 on, not no bytes, 60 bytes, not 50",
        ),
        (b"a", b"", "no bytes, not 61"),
        (b"x" * 40, b"y" * 40, f"{'79' * 40}, not {'78' * 40}"),
        (b"x" * 41, b"y" * 41, f"{'79' * 38}7..., not {'78' * 38}7..."),
    ],
)
def test_long_bytes_are_shown_from_where_they_part(right: bytes, got: bytes, said: str) -> None:
    wanted, came = message((200, right)), message((200, got))
    ((_, problem, _),) = judged(Accept(wanted), Accepted(came))
    if "from its" in said and "not" not in said:
        said += ", not 6162"
        said = said.replace("6163 from its byte 100 on", "6163 from its byte 101 on")
        said = said.replace("6163", "63").replace("6162", "62")
    assert problem == f"tlvs[0].value is {said}"


def test_another_right_answer_is_as_right() -> None:
    other = message((200, b"x"))
    expectation = Accept(message(), (CUT,), (other,))
    assert judged(expectation, Accepted(other)) == []
    assert judged(expectation, Rejected("TruncatedTLV", **CUT.context)) == []
    # A refusal that is admitted is judged like any other, by its context too.
    ((rule, _, _),) = judged(expectation, Rejected("TruncatedTLV", **{**CUT.context, "offset": 4}))
    assert rule == "ERR-CONTEXT-MUST"
    ((_, problem, _),) = judged(expectation, Rejected("PayloadSizeMismatch"))
    assert problem.startswith("what is valid was refused")


# A look, a loop.


def test_what_is_seen_at_a_living_answer_is_judged_by_itself() -> None:
    request = Request(Operation.DECODE, BYTES, look=Look(Probe.MEMORY, larger=BYTES))
    right = expect(request)
    assert judged(right, Accepted({"grown": 0}), request=request) == []
    (finding,) = judge("VIEW-ALLOC", request, right, Accepted({"grown": 9}), ALL)
    assert finding.problem == "a larger message takes 9 bytes more"
    # Who copies takes memory for it.
    alloc = Deviation("VIEW-ALLOC", "VIEW-ALLOC memory grows")
    assert finding.ways == (alloc, Deviation("VIEW-ALIAS", "VIEW-ALIAS stays as it was"))


LOOP = Request(Operation.THROUGHPUT, {"workload": "parse", "count": 10})
DONE = {"operations": 10, "elapsed_ns": 5, "digest": 77}
RISING = {"p50_ns": 1, "p99_ns": 2, "p999_ns": 2}
LOOPS: dict[str, tuple[Mapping[str, Any], Reported]] = {
    "right": (DONE, []),
    "with latencies": ({**DONE, **RISING}, []),
    "wrong digest": ({**DONE, "digest": 78}, [("REQ", "digest is 78, not 77", True)]),
    "nothing done": (
        {**DONE, "digest": 0, "operations": 0},
        [("REQ", "digest is 0, not 77; operations is 0, not 10", True)],
    ),
    "latencies that are all the same": (
        {**DONE, **dict.fromkeys(RISING, 1)},
        [],
    ),
    "falling latencies": (
        {**DONE, **RISING, "p999_ns": 1},
        [("THR-TIME", "latencies of [1, 2, 1] ns do not rise", True)],
    ),
    "falling latencies in front": (
        {**DONE, **RISING, "p50_ns": 3},
        [("THR-TIME", "latencies of [3, 2, 2] ns do not rise", True)],
    ),
    "latencies of nothing": (
        {**DONE, **RISING, "p50_ns": 0},
        [("THR-TIME", "latencies of [0, 2, 2] ns do not rise", True)],
    ),
    "some latencies": (
        {**DONE, "p50_ns": 1},
        [("CONTRACT", "throughput gave some of p50_ns, p99_ns, p999_ns: all or none", True)],
    ),
    "no digest": (
        {"operations": 10, "elapsed_ns": 5},
        [("CONTRACT", "throughput gave operations, elapsed_ns: digest is missing", True)],
    ),
    "no time": (
        {"operations": 10, "digest": 77},
        [("CONTRACT", "throughput gave operations, digest: elapsed_ns is missing", True)],
    ),
    "nothing": ({}, [("CONTRACT", "throughput gave nothing: operations is missing", True)]),
    "more": (
        {**DONE, "x": 1},
        [("CONTRACT", "throughput gave operations, elapsed_ns, digest, x: x is not known", True)],
    ),
    "a text": (
        {**DONE, "digest": "77"},
        [("CONTRACT", "throughput gave digest '77', not a whole number of 64 bits", True)],
    ),
    "below zero": (
        {**DONE, "elapsed_ns": -1},
        [("CONTRACT", "throughput gave elapsed_ns -1, not a whole number of 64 bits", True)],
    ),
    "in no time": ({**DONE, "elapsed_ns": 0}, []),
    "beyond 64 bits": (
        {**DONE, "elapsed_ns": 1 << 64},
        [
            (
                *(
                    "CONTRACT",
                    f"throughput gave elapsed_ns {1 << 64}, not a whole number of 64 bits",
                ),
                True,
            )
        ],
    ),
    "the last of 64 bits": ({**DONE, "elapsed_ns": (1 << 64) - 1}, []),
}


@pytest.mark.parametrize("what", LOOPS)
def test_a_measured_loop_must_give_what_its_work_gives(what: str) -> None:
    got, wanted = LOOPS[what]
    assert judged(Measured(10, 77), Accepted(got), request=LOOP) == wanted


def test_a_measurement_of_another_form_breaks_the_contract_as_any_answer_does() -> None:
    (finding,) = judge("THR-WORK", LOOP, Measured(10, 77), Accepted({}), ALL)
    assert finding.ways == (Deviation("CONTRACT", "contract"),)
    (other,) = judge("THR-WORK", LOOP, Measured(10, 77), OutOfProtocol("x"), ALL)
    assert other.ways == finding.ways


def test_a_loop_that_is_wrong_in_two_ways_says_both() -> None:
    (finding,) = judge(
        "THR-WORK", LOOP, Measured(10, 77), Accepted({**DONE, "digest": 0, "operations": 9}), ALL
    )
    assert [way.subject for way in finding.ways] == ["measured digest", "measured operations"]
    ((_, problem, _),) = judged(Measured(10, 77), Rejected("ParseError"), request=LOOP)
    assert problem == "a measured loop was refused: ParseError()"


SETTINGS = Request(Operation.CONFIG, {"schema": "widths", "environment": {}})
WORDS = Text((Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": 32}),), b"abcdef")
CONTRACT_BROKEN = Deviation("CONTRACT", "contract")
NOT_SO: dict[str, tuple[Request, Expectation, Outcome, tuple[Deviation, ...]]] = {
    "parts that are one object": (
        *(DECODE, ACCEPT, Entangled(message(), "one object"), (CONTRACT_BROKEN,)),
    ),
    "settings of another form": (SETTINGS, expect(SETTINGS), Accepted({}), (CONTRACT_BROKEN,)),
    "a loop that was refused": (
        *(LOOP, Measured(10, 77), Rejected("ParseError")),
        (Deviation("REQ", "throughput refused"),),
    ),
    "falling latencies": (
        *(LOOP, Measured(10, 77), Accepted({**DONE, **RISING, "p50_ns": 3})),
        (Deviation("THR-TIME", "measured latencies"),),
    ),
    "a text that was refused": (
        *(DECODE, WORDS, Rejected("ParseError"), (Deviation("REQ", "error_text refused"),)),
    ),
    "a text without a value": (
        *(DECODE, WORDS, Accepted(""), (Deviation("ERR-TEXT-VALUES", "text lacks"),)),
    ),
    "a text of two lines": (
        *(DECODE, WORDS, Accepted("32\n"), (Deviation("ERR-TEXT-LINE", "text breaks"),)),
    ),
    "a text with the payload": (
        *(DECODE, WORDS, Accepted("32 abcd"), (Deviation("ERR-TEXT-PAYLOAD", "text leaks"),)),
    ),
}


@pytest.mark.parametrize("what", NOT_SO)
def test_what_is_wrong_in_the_same_way_has_one_subject(what: str) -> None:
    request, right, outcome, ways = NOT_SO[what]
    (finding,) = judge("REQ", request, right, outcome, ALL)
    assert finding.ways == ways


def test_what_is_refused_before_it_means_anything_is_refused_for_its_form() -> None:
    refusal = Rejected("ValidationFailed", field="bids")
    (finding,) = judge("VLD-DECODE", ENCODE, EXPECTED, refusal, ALL)
    assert {way.kind for way in finding.ways} == {""}
    assert finding.requirement == "VLD-DECODE"
    assert [way.subject for way in finding.ways] == ["refuses ValidationFailed"]


def test_eighty_characters_of_a_value_are_shown_whole() -> None:
    (right,) = (one.value for one in [expect(SETTINGS)] if isinstance(one, Accept))
    for count, shown in ((78, repr("x" * 78)), (79, f"'{'x' * 76}...")):
        answer = Accepted({**right, "label": "x" * count})
        ((_, problem, _),) = judged(expect(SETTINGS), answer, request=SETTINGS)
        assert problem == f"label is {shown}, not 'none'"


def test_of_two_faults_the_context_of_the_nearest_is_compared() -> None:
    other = Fault(CUT.kind, {name: int(part) + 1 for name, part in CUT.context.items()})
    refusal = Rejected("TruncatedTLV", **{**CUT.context, "offset": 77})
    for faults in ((CUT, other), (other, CUT)):
        ((_, problem, _),) = judged(Reject(faults), refusal)
        assert problem == "TruncatedTLV: offset is 77, not 3"


# Of which rule a name speaks that should not be there.

QUOTE = {
    **dict.fromkeys(("asset_id", "bid_size", "ask_size", "quote_timestamp_ns"), 1),
    **dict.fromkeys(("venue_id", "asset_type", "reserved"), 1),
    "bid_price": 10,
    "ask_price": 20,
}


QUOTED = ["VLD-QUOTE-BID-PRICE", "VLD-QUOTE-ASK-PRICE-BID-PRICE"]
BIDS = [f"VLD-ORDERBOOK-{what}" for what in ("BIDS-ORDER", "BIDS-PRICE", "ASKS-BIDS")]


@pytest.mark.parametrize(
    ("name", "changed", "requirement", "rules"),
    [
        ("bid_price", {}, "X", ["VLD-QUOTE-BID-PRICE", "VLD-QUOTE-ASK-PRICE-BID-PRICE"]),
        (
            "bid_price",
            {},
            "VLD-QUOTE-BID-PRICE",
            ["VLD-QUOTE-BID-PRICE", "VLD-QUOTE-ASK-PRICE-BID-PRICE"],
        ),
        ("bid_price", {"bid_price": 0}, "X", ["VLD-QUOTE-BID-PRICE"]),
        ("bid_price", {"bid_price": 20}, "X", ["VLD-QUOTE-ASK-PRICE-BID-PRICE"]),
        ("ask_price", {"bid_price": 20}, "X", ["VLD-QUOTE-ASK-PRICE-BID-PRICE"]),
        ("asset_id", {}, "X", ["X"]),
        ("asset_id", {}, "VLD-QUOTE-BID-PRICE", ["VLD-QUOTE-BID-PRICE"]),
        (
            *("bid_price", {}, "VLD-QUOTE-ASK-PRICE-BID-PRICE"),
            ["VLD-QUOTE-ASK-PRICE-BID-PRICE", "VLD-QUOTE-BID-PRICE"],
        ),
        # Two away from where a rule would be broken is not at its edge.
        *(
            ("bid_price", {"bid_price": price}, "X", QUOTED)
            for price in (QUOTE["bid_price"] - 9, QUOTE["ask_price"] - 1)
        ),
        ("bids[0].price", {}, "X", BIDS),
        ("bids[0].size", {}, "X", ["VLD-ORDERBOOK-BIDS-SIZE"]),
        ("bids", {}, "X", [*BIDS[:2], "VLD-ORDERBOOK-BIDS-SIZE", BIDS[2]]),
    ],
)
def test_a_name_too_many_speaks_of_the_rules_that_it_may_be_about(
    name: str, changed: dict[str, int], requirement: str, rules: list[str]
) -> None:
    tlvs = (200, b""), (2, {**QUOTE, **changed}), (2, QUOTE), (3, BOOK), (33, b"")
    request = Request(Operation.VALIDATE, message(*tlvs))
    right = expect(request)
    (finding,) = judge(requirement, request, right, Accepted([name]), ALL)
    about = [way for way in finding.ways if way.subject == way.requirement]
    assert [way.requirement for way in about] == rules
    # Who misreads a field that a rule reads judges it wrong.
    fields = finding.ways[len(about) :]
    assert all(way.requirement.startswith("LAYOUT-") for way in fields)
    assert bool(fields) == bool({*rules} - {"X"})


def test_a_rule_that_is_not_named_is_the_one_that_is_violated() -> None:
    request = Request(Operation.VALIDATE, message((2, {**QUOTE, "bid_price": -1, "ask_size": -1})))
    (finding,) = judge("X", request, expect(request), Accepted(["bid_price"]), ALL)
    assert finding.requirement == "VLD-QUOTE-ASK-SIZE"
    assert finding.problem == "does not name ask_size"
    assert judge("X", request, expect(request), Accepted(["ask_size", "bid_price"]), ALL) == ()


def test_where_form_and_meaning_are_wrong_the_missing_checks_are_of_both() -> None:
    data = sealed(put(BYTES, 37 + 16, bytes(8)))
    assert len(data) == len(BYTES)
    request = Request(Operation.DECODE_VALIDATED, sealed(put(data, 63, b"\7")))
    right = expect(request)
    assert isinstance(right, Reject)
    assert {str(fault.kind) for fault in right.faults} == {"ParseError", "ValidationFailed"}
    answer = Accepted(message((3, BOOK)))
    refusal = Rejected("ValidationFailed", field="precision_factor")
    lax = ALL - {Capability.STRICT_PADDING}
    for capabilities, rules in ((ALL, {"PAD-DECODE"}), (lax, {"PAD-DECODE", "VLD-DECODE"})):
        (finding,) = judge("VLD-DECODE", request, right, answer, capabilities)
        assert finding.requirement == "PAD-DECODE"
        assert {way.requirement for way in finding.ways} & {"PAD-DECODE", "VLD-DECODE"} == rules
    # Who looks at padding sees it first; what is carried as bytes has none.
    ((_, problem, _),) = judged(right, refusal, request=request)
    assert problem == "refused as ValidationFailed, not as ParseError"
    assert judged(right, refusal, lax, request=request) == []
    books = REGISTRY.restricted_to([3])
    assert judge("VLD-DECODE", request, right, refusal, ALL, books) == ()
    meaningless = Request(Operation.DECODE_VALIDATED, data)
    assert judged(expect(meaningless), refusal, request=meaningless) == []


def test_bytes_of_another_type_in_place_of_padded_ones_are_no_bytes_to_compare() -> None:
    data = sealed(put(BYTES, 63, b"\7"))
    request = Request(Operation.ROUNDTRIP, data)
    (finding,) = judge("RT-BYTES", request, expect(request), Accepted({}), ALL)
    assert finding.ways == (Deviation("RT-BYTES", "roundtrip"),)
    (cut,) = judge("RT-BYTES", request, expect(request), Accepted(BYTES[:-1]), ALL)
    assert cut.requirement == "REG-OPAQUE"


def test_a_crash_is_told_by_the_innermost_function_of_its_traceback() -> None:
    frames = "".join(f'  File "/x/{n}.py", line {n}, in f{n}\n    pass\n' for n in range(3))
    (finding,) = judge("X", DECODE, ACCEPT, Crashed("raised E", frames), ALL)
    assert finding.ways == (Deviation("X", "crash raised E /x/#.py f2"),)
    (bare,) = judge("X", DECODE, ACCEPT, Crashed("raised E"), ALL)
    assert bare.ways == (Deviation("X", "crash raised E "),)


def test_unsupported_of_both_directions_is_told_by_the_operation() -> None:
    request = Request(Operation.ROUNDTRIP, BYTES)
    (finding,) = judge("RT-BYTES", request, Accept(BYTES), Unsupported(), ALL)
    assert finding.problem == "decode or encode is claimed but was unsupported"
    assert finding.ways == (Deviation("RT-BYTES", "roundtrip unsupported"),)
