"""From failures to causes: one fault is one cause, two faults are two, and nothing is dropped."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from collections.abc import Sequence as SequenceOf
from typing import Any

import numpy as np
import pytest

from tests.conformance.test_causes_by_hand import one, record_of
from torq_conformance import Rejected
from torq_conformance.cases import messages
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import (
    Operation,
    Placement,
    Request,
    Surroundings,
    Way,
)
from torq_conformance.judging.attribution import Deviation, of_values
from torq_conformance.judging.causes import EVERYWHERE, causes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.verdicts import Finding
from torq_conformance.judging.ways import only_in
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


class SlotTaken(Reference):
    """MSG-TRAILING: what is no bytes is a slot, of which the end is not looked at."""

    def decode(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, bytes) and len(data) >= 32:
            data = bytes(data[: 32 + int.from_bytes(data[24:28], "little")])
        return super().decode(bytes(data))


class OnlyAtLineStarts(Reference):
    """MEM-READ: a buffer that does not begin at a cache line is read from one byte behind."""

    def decode(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, bytes) and address_of(data) % 64 == 1:
            data = bytes(data[1:])
        return super().decode(bytes(data))


def address_of(data: memoryview) -> int:
    return int(np.frombuffer(data, np.uint8).ctypes.data)


def placed(implementation: type[Reference], data: bytes, placement: Placement) -> dict[str, Any]:
    """The only cause of one question in a buffer."""
    judge = Judge(InProcessAdapter(implementation(), "faulty", implementation))
    judge.start("test", 1)
    request = Request(Operation.DECODE, data, placement)
    judge.judge(Case("MEM-READ", "", request))
    (alone,) = causes_of([judge.record])
    judge.start("test", 1)
    # As it is asked again, of a results file.
    judge.judge(Sequence("MEM-READ", "", (request,)))
    (again,) = causes_of([judge.record])
    assert (alone["requirement"], alone["problem"]) == (again["requirement"], again["problem"])
    return alone


@pytest.mark.parametrize("surroundings", [*Surroundings])
def test_what_is_wrong_in_every_buffer_is_not_about_where_it_lies(
    surroundings: Surroundings,
) -> None:
    data = messages.wire_of(REGISTRY[1], bytes(40)) + b"\0"
    cause = placed(SlotTaken, data, Placement(surroundings))
    assert cause["requirement"] == "MSG-TRAILING"
    assert cause["problem"].startswith("right as bytes, but in any other buffer: accepted what")


def test_what_is_wrong_in_some_buffers_is_about_where_they_lie() -> None:
    data = messages.wire_of(REGISTRY[1], bytes(40))
    cause = placed(OnlyAtLineStarts, data, Placement(Surroundings.CANARIES, alignment=1))
    assert cause["requirement"] == "MEM-READ"
    assert cause["problem"].startswith("right in ordinary memory, but where the input")


class ManyAreSmall(Reference):
    """MSG-TOO-LARGE: of many in one call, a message of more than 1,000 bytes is refused."""

    capabilities = Reference.capabilities | {"frames"}

    def roundtrip_many(self, messages: SequenceOf[bytes]) -> list[bytes | Rejected]:
        return [self._one(one) for one in messages]

    def _one(self, data: bytes) -> bytes | Rejected:
        if len(data) > 1000:
            return Rejected("MessageTooLarge", size=len(data), limit=1000)
        try:
            return self.encode(self.decode(data))
        except Rejected as refusal:
            return refusal


class SecondIsTaken(ManyAreSmall):
    """STATE-INDEPENDENT: of many in one call the first is looked at, the others are given back."""

    def roundtrip_many(self, messages: SequenceOf[bytes]) -> list[bytes | Rejected]:
        return [self._one(messages[0]), *messages[1:]]


def in_bulk(implementation: type[Reference], *data: bytes) -> list[dict[str, Any]]:
    judge = Judge(InProcessAdapter(implementation(), "faulty", implementation))
    judge.start("test", 1)
    requests = tuple(Request(Operation.ROUNDTRIP, one) for one in data)
    judge.judge(Sequence("STATE-INDEPENDENT", "", requests, way=Way.BULK))
    assert any(
        key.startswith("roundtrip as many round trips at once") for key in judge.record.census
    )
    return causes_of([judge.record])


SMALL, LARGE = messages.wire(), messages.wire_of(REGISTRY[200], bytes(2000))


def test_what_is_wrong_in_a_way_of_asking_names_the_way_and_speaks_of_its_own() -> None:
    (cause,) = in_bulk(ManyAreSmall, SMALL, LARGE)
    assert cause["requirement"] == "MSG-TOO-LARGE"
    assert cause["problem"].startswith("only in frames: what is valid was refused: MessageTooLarge")


def test_what_is_wrong_among_others_alone_is_of_state() -> None:
    (cause,) = in_bulk(SecondIsTaken, SMALL, SMALL[:-1] + b"\0")
    assert cause["requirement"] == "STATE-INDEPENDENT"
    begins = "right when asked alone, but as many round trips at once: accepted what"
    assert cause["problem"].startswith(begins)


def test_two_faults_in_two_ways_of_asking_are_two() -> None:
    way = Deviation("MSG-TOO-LARGE", "refuses MessageTooLarge")
    finding = Finding.of("what is valid was refused", [way])
    found = [finding, *(only_in(way, finding, frozenset()) for way in (Way.BULK, Way.BATCH))]
    assert [cause["problem"] for cause in causes_of([record_of(*found)])] == [
        "what is valid was refused",
        "only as many round trips at once: what is valid was refused",
        "only as one batch: what is valid was refused",
    ]


def test_a_crash_is_one_cause_wherever_it_is_met() -> None:
    (cause,) = judged(RaisesOnBooks(), "OrderBook")
    assert "IndexError" in cause["problem"]
    assert cause["tests"] > 1


def test_right_implementations_have_none() -> None:
    assert judged(Reference()) == []


# The rules, by hand.


class SizeOfAll(Reference):
    """HDR-PAYLOAD-SIZE: payload_size counts the header as well, on both sides."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        return _with_size(data, len(data))

    def decode(self, data: bytes) -> dict[str, Any]:
        size = int.from_bytes(data[24:28], "little")
        if len(data) >= 32 and size == len(data) == len(_with_size(data, size)):
            return super().decode(_with_size(data, size - 32))
        if len(data) >= 32 and size == len(data) - 32:
            raise Rejected("ParseError", offset=size)
        return super().decode(data)


def _with_size(data: bytes, size: int) -> bytes:
    head = data[:24] + size.to_bytes(4, "little")
    return head + zlib.crc32(data[32:], zlib.crc32(head)).to_bytes(4, "little") + data[32:]


class InNines(Reference):
    """Numbers are printed in groups of nine digits, without the zeros that a group begins with."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message: dict[str, Any] = _in_nines(super().decode(data))
        return message


def _in_nines(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_nines(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_in_nines(part) for part in value]
    if not isinstance(value, int) or abs(value) < 10**9:
        return value
    text = str(abs(value))
    first = len(text) % 9
    groups = [text[:first], *(text[at : at + 9] for at in range(first, len(text), 9))]
    printed = int("".join(group.lstrip("0") for group in groups))
    return printed if value > 0 else -printed


def judged_of_many(implementation: Reference, chapters: str, *names: str) -> list[dict[str, Any]]:
    """The causes after the enumerated tests of chapters, of all types or of those named."""
    judge = Judge(InProcessAdapter(implementation, "faulty"))
    records = []
    for test in suite_tests():
        if test.is_generated or test.is_stateful or not re.match(chapters, test.chapter):
            continue
        for line in test.lines(REGISTRY):
            if names and line is not None and line.name not in names:
                continue
            judge.start(f"{test.name}[{line.name}]" if line else test.name, 0)
            judge.judge_all(cases_of(test.source, REGISTRY, line))
            records.append(judge.record)
    return causes_of(records)


def test_a_size_that_is_misread_is_one_cause_though_everything_is_refused() -> None:
    (cause,) = judged_of_many(SizeOfAll(), "test_[14]_")
    assert cause["requirement"] == "HDR-PAYLOAD-SIZE"
    assert cause["problem"].startswith("byte 24 is wrong: header.payload_size")


def test_lost_digits_are_one_cause_in_whatever_field() -> None:
    (cause,) = judged_of_many(InNines(), "test_4_", "Trade", "PoolSwap", "PoolPosition")
    assert cause["problems_in_all"] > 3


@pytest.mark.parametrize(
    ("expected", "got", "kind"),
    [
        (551520010744933, 55152010744933, "digits"),
        (-10000000000000, -100000, "digits"),
        (3125000000000, 31250, "digits"),
        (1000, 1, "digits"),
        (10, 0, "zero"),
        (1001, 1010, ""),
        (101, 110, ""),
        (1002, 120, ""),
        (1234, 123, ""),
        (-1000, 100, ""),
        (100, 1000, ""),
        (0x0102, 0x0201, "byte order"),
        (0x50101, 0x70101, ""),
    ],
)
def test_how_a_number_was_changed(expected: int, got: int, kind: str) -> None:
    line = REGISTRY.named("Trade")
    right, wrong = ({"value": {"price": number}} for number in (expected, got))
    message = {"header": {}, "tlvs": [{"type": line.number, **right}]}
    answer = {"header": {}, "tlvs": [{"type": line.number, **wrong}]}
    request = Request(Operation.DECODE, b"")
    (way,) = of_values("LAYOUT-TRADE", request, message, answer, REGISTRY)
    assert (way.subject, way.kind) == ("Trade.price", kind)


def refused(kind: str, count: int) -> list[Finding]:
    return [one(f"LAYOUT-{n}", f"refuses {kind} of type {n}") for n in range(count)]


def test_what_is_refused_everywhere_is_one_cause() -> None:
    context = one("ERR-CONTEXT-MUST", "context offset", kind="context ParseError")
    (cause,) = causes_of([record_of(*refused("ParseError", EVERYWHERE), context)])
    assert cause["requirement"] == "MSG-TRAILING"
    assert len(causes_of([record_of(*refused("ParseError", EVERYWHERE - 1), context)])) > 1


def test_a_size_explains_what_is_refused_only_where_it_is_wrong_everywhere() -> None:
    size = one("HDR-PAYLOAD-SIZE", "header.payload_size")
    refusals = record_of(*refused("ParseError", EVERYWHERE), test="refusals")
    few = [record_of(size, test=f"size {n}") for n in range(EVERYWHERE - 1)]
    assert len(causes_of([refusals, *few])) == 2
    many = [*few, record_of(size, test="the last")]
    (cause,) = causes_of([refusals, *many])
    assert cause["requirement"] == "HDR-PAYLOAD-SIZE"
    others = record_of(*refused("InvalidTLVType", EVERYWHERE), test="refusals")
    assert len(causes_of([others, *many])) == 2


def test_a_check_that_is_missing_and_seen_as_something_else_is_missing() -> None:
    subjects = [f"check CapacityExceeded of {name}" for name in "ABC"]
    accepted = [one("VEC-CAPACITY", subject) for subject in subjects[:2]]
    named = one("VEC-CAPACITY", subjects[2], kind="named ParseError")
    last = one("VEC-CAPACITY", subjects[2])
    assert len(causes_of([record_of(*accepted, named, last)])) == 1
    assert len(causes_of([record_of(*accepted, named)])) == 2
