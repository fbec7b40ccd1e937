"""From failures to causes: one fault is one cause, two faults are two, and nothing is dropped."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from torq_conformance import Rejected
from torq_conformance.cases import messages
from torq_conformance.cases.case import Case
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

pytestmark = pytest.mark.once

CHAPTERS = re.compile("test_[1-5]_")


def judged(implementation: Reference, name: str = "Trade") -> list[dict[str, Any]]:
    """The causes after the enumerated tests on form, of one type where a test is spread."""
    judge = Judge(InProcessAdapter(implementation, "faulty"))
    records = []
    for test in suite_tests():
        for line in test.lines(REGISTRY):
            is_enumerated = not (test.is_generated or test.is_stateful)
            if not is_enumerated or not CHAPTERS.match(test.chapter):
                continue
            if line is not None and line.name != name:
                continue
            judge.start(f"{test.name}[{line.name}]" if line else test.name, 0)
            judge.judge_all(cases_of(test.source, REGISTRY, line))
            records.append(judge.record)
    return causes_of(records)


class PriceRounded(Reference):
    """LAYOUT-TRADE: the price of a Trade goes through a double, both ways."""

    def decode(self, data: bytes) -> dict[str, Any]:
        return rounded(super().decode(data))

    def encode(self, message: Mapping[str, Any]) -> bytes:
        return super().encode(rounded(message))


def rounded(message: Mapping[str, Any]) -> dict[str, Any]:
    tlvs = []
    for tlv in message["tlvs"]:
        value = tlv["value"]
        if tlv["type"] == 1:
            price = max(-(1 << 63), min(int(float(value["price"])), (1 << 63) - 1))
            if price != value["price"] and abs(value["price"]) < 1 << 63:
                value = {**value, "price": price}
        tlvs.append({**tlv, "value": value})
    return {**message, "tlvs": tlvs}


class SizeUnchecked(Reference):
    """HDR-PAYLOAD-SIZE: the worst fault of the public system; bytes behind the message are read."""

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind == "ParseError" and len(data) > 32:
                size = int.from_bytes(data[24:28], "little")
                return super().decode(data[: 32 + size])
            raise


class Two(PriceRounded):
    """LAYOUT-TRADE and TLV-RESERVED: two faults that have nothing to do with one another."""

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind == "InvalidExtendedTLV":
                raise Rejected("ParseError", offset=0) from refusal
            raise


class TwoFields(Reference):
    """LAYOUT-TRADE twice: two fields of one layout, each wrong in its own way."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 1:
                tlv["value"]["venue_id"] &= 0xFF
                tlv["value"]["side"] ^= 1
        return message


class TupleForList(Reference):
    """CONTRACT: a tuple where a list belongs."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        return {**message, "tlvs": tuple(message["tlvs"])}


class ReadAsText(Reference):
    """REG-OPAQUE: bytes of one type are text; what was read is longer, and refused when written."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 103:
                tlv["value"] = tlv["value"].decode("utf-8", "replace").encode()
        return message


class PriceUnsigned(Reference):
    """LAYOUT-TRADE: price is unsigned, both ways; refusals say nothing more."""

    capabilities = frozenset({"decode", "encode"})

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 1:
                tlv["value"]["price"] %= 1 << 64
        return message

    def encode(self, message: Mapping[str, Any]) -> bytes:
        tlvs = [{**tlv, "value": _as_signed(tlv)} for tlv in message["tlvs"]]
        return super().encode({**message, "tlvs": tlvs})


def _as_signed(tlv: Mapping[str, Any]) -> Any:
    if tlv["type"] != 1:
        return tlv["value"]
    price = tlv["value"]["price"]
    if not 0 <= price < 1 << 64:
        raise Rejected("ValueOutOfRange")
    return {**tlv["value"], "price": price - (price >> 63 << 64)}


class AssetIdSigned(Reference):
    """LAYOUT-TRADE: asset_id does not hold its upper half when it is written."""

    capabilities = frozenset({"decode", "encode"})

    def encode(self, message: Mapping[str, Any]) -> bytes:
        if any(tlv["type"] == 1 and tlv["value"]["asset_id"] >> 63 for tlv in message["tlvs"]):
            raise Rejected("ValueOutOfRange")
        return super().encode(message)


class SplitValue(Reference):
    """TLV-SHORTEST: a value that is no standard TLV is written as two of the same type."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        if len(message["tlvs"]) == 1:
            (tlv,), cut = message["tlvs"], 0xFFFA
            value = tlv["value"]
            if isinstance(value, bytes) and cut < len(value) <= 0xFFFF:
                pieces = [{**tlv, "value": one} for one in (value[:cut], value[cut:])]
                message = {**message, "tlvs": pieces}
        return super().encode(message)


class RaisesOnBooks(Reference):
    """A crash with one signature, in whatever the test was about."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 3 and len(tlv["value"]["asks"]) == 128:
                raise IndexError(f"level {len(tlv['value']['asks'])}")
        return message


@pytest.mark.parametrize(
    ("kind", "requirements"),
    [
        (PriceRounded, [{"LAYOUT-TRADE"}]),
        (SizeUnchecked, [{"MSG-TRAILING", "HDR-PAYLOAD-SIZE"}]),
        (Two, [{"TLV-RESERVED"}, {"LAYOUT-TRADE"}]),
        (TwoFields, [{"LAYOUT-TRADE"}, {"LAYOUT-TRADE"}]),
        (TupleForList, [{"CONTRACT"}]),
        (SplitValue, [{"TLV-SHORTEST"}]),
        (PriceUnsigned, [{"LAYOUT-TRADE"}]),
        (AssetIdSigned, [{"LAYOUT-TRADE"}]),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_as_many_causes_as_faults(kind: type[Reference], requirements: list[set[str]]) -> None:
    causes = judged(kind())
    found = [cause["requirement"] for cause in causes]
    assert len(found) == len(requirements), [(c["requirement"], c["problem"]) for c in causes]
    wanted = sorted(map(sorted, requirements))
    assert all(one in some for one, some in zip(sorted(found), wanted, strict=True)), found
    assert all(cause["example"] for cause in causes)


def test_what_is_refused_for_having_been_misread_is_no_cause_of_its_own() -> None:
    judge = Judge(InProcessAdapter(ReadAsText(), "faulty"))
    data = messages.wire_of(REGISTRY[103], bytes(range(256)) * 8)
    judge.start("test", 1)
    judge.judge(Case("RT-BYTES", "", Request(Operation.ROUNDTRIP, data)))
    (cause,) = causes_of([judge.record])
    assert cause["requirement"] == "REG-OPAQUE"
    begins = "tlvs[0].value is efbfbdefbfbdefbf from its byte 128 on, not 8081"
    assert cause["problem"].startswith(begins)


class PriceUnsignedAndPaddingIgnored(Reference):
    """LAYOUT-TRADE, and PAD-DECODE, which is a SHOULD."""

    def decode(self, data: bytes) -> dict[str, Any]:
        payload = data[32:-3] + bytes(3)
        checksum = zlib.crc32(payload, zlib.crc32(data[:28])).to_bytes(4, "little")
        message = super().decode(data[:28] + checksum + payload)
        message["tlvs"][0]["value"]["price"] %= 1 << 64
        return message


def test_what_is_misread_is_no_other_cause_where_it_should_have_been_refused() -> None:
    judge = Judge(InProcessAdapter(PriceUnsignedAndPaddingIgnored(), "faulty"))
    value = bytes(8) + b"\xff" * 8 + bytes(21) + b"\1\1\1"
    judge.start("test", 1)
    judge.judge(
        Case("RT-BYTES", "", Request(Operation.ROUNDTRIP, messages.wire_of(REGISTRY[1], value)))
    )
    (cause,) = causes_of([judge.record])
    assert cause["requirement"] == "LAYOUT-TRADE"
    assert "tlvs[0].value.price is 18446744073709551615, not -1" in cause["problem"]


class RefusesRepeats(Reference):
    """A message that equals the one before is refused as a duplicate."""

    def __init__(self) -> None:
        super().__init__()
        self.last = b""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        if bytes(data) == self.last:
            raise Rejected("ParseError", offset=8)
        self.last = bytes(data)
        return message


ASKED_AGAIN = (
    "test_nothing_beside_a_message_is_read",
    "test_decode_stays_a_copy",
    "test_answers_do_not_depend_on_other_threads",
)
"""Tests in which the kit itself asks a question again, or lets threads do so."""


def test_what_only_repetition_shows_is_one_cause_of_state() -> None:
    judge = Judge(InProcessAdapter(RefusesRepeats(), "faulty", RefusesRepeats))
    records = []
    for test in (test for test in suite_tests() if test.name in ASKED_AGAIN):
        line = next((one for one in test.lines(REGISTRY) if one and one.name == "Trade"), None)
        judge.start(test.name, 0)
        judge.judge_all(cases_of(test.source, REGISTRY, line))
        records.append(judge.record)
    assert len(records) == len(ASKED_AGAIN)
    assert all(record.failures for record in records)
    (cause,) = causes_of(records)
    assert cause["requirement"] == "STATE-INDEPENDENT"


def test_a_crash_is_one_cause_wherever_it_is_met() -> None:
    (cause,) = judged(RaisesOnBooks(), "OrderBook")
    assert "IndexError" in cause["problem"]
    assert cause["tests"] > 1


def test_right_implementations_have_none() -> None:
    assert judged(Reference()) == []
