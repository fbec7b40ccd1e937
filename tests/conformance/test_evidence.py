"""A failure's record is small and cheap, whatever an implementation answered."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from torq_conformance.cases import boundaries, bundle, messages
from torq_conformance.cases.case import Sequence as Row
from torq_conformance.cases.case import decode, encode
from torq_conformance.implementations.outcomes import Accepted, Crashed, Outcome, OutOfProtocol
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging import evidence, verdicts
from torq_conformance.judging.expectations import Accept, Name, Reject, expect
from torq_conformance.model import byte_map, derived_codec
from torq_conformance.rejection import Rejected
from torq_conformance.report.failures import text_of
from torq_conformance.report.hexdump import hexdump
from torq_specs.registry import REGISTRY
from torq_specs.requirements import requirements

RECORD_MAX = 20_000
"""Characters of the JSON of a failure without its case."""

BOOK = REGISTRY.named("OrderBook")
assert BOOK.layout is not None
MESSAGE = messages.message_of(BOOK, boundaries.distinct(BOOK.layout))
BYTES = derived_codec.encode_message(MESSAGE)
MANY = messages.message(*[(200, b"")] * 500_000)
MANY_BYTES = derived_codec.encode_message(MANY)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


HUGE: dict[str, tuple[Request, Outcome]] = {
    "100 MiB instead of a book": (
        encode("", "", MESSAGE).request,
        Accepted(BYTES + bytes(100 << 20)),
    ),
    "100 MiB of other bytes": (encode("", "", MESSAGE).request, Accepted(b"\xff" * (100 << 20))),
    "half a million TLVs lost before the last": (
        encode("", "", MANY).request,
        Accepted(MANY_BYTES[:40] + MANY_BYTES[-4:]),
    ),
    "half a million TLVs read, all wrong": (
        decode("", "", MANY_BYTES).request,
        Accepted({**MANY, "tlvs": [{"type": 201, "value": b"x"}] * 500_000}),
    ),
    "a million TLVs too many": (
        decode("", "", BYTES).request,
        Accepted({**MESSAGE, "tlvs": [*MESSAGE["tlvs"], *[{"type": 1, "value": b""}] * 1_000_000]}),
    ),
    "a context of 1 MiB": (
        decode("", "", b"").request,
        Rejected("ParseError", offset=3, context="x" * (1 << 20)),
    ),
    "a context of 100,000 fields": (
        decode("", "", b"").request,
        Rejected("ParseError", **{f"field{at}": at for at in range(100_000)}),
    ),
    "a number of a million bits": (
        decode("", "", BYTES).request,
        Accepted({**MESSAGE, "header": {"flags": 1 << 1_000_000}}),
    ),
    "lists without end": (decode("", "", BYTES).request, Accepted({"header": nested(200)})),
    "a crash with 10 MiB of stderr": (
        decode("", "", BYTES).request,
        Crashed("ended by SIGSEGV", "line\n" * (2 << 20)),
    ),
    "an answer that no protocol knows": (
        decode("", "", BYTES).request,
        OutOfProtocol("y" * (1 << 20)),
    ),
}


def failure_of(record: Mapping[str, Any]) -> dict[str, Any]:
    about = {"requirement": "RT-VALUE", "level": "MUST", "problem": "wrong"}
    return {**about, "test": "t", "label": "l", **record}


@pytest.mark.parametrize("what", HUGE)
def test_a_record_is_small_whatever_was_answered(what: str) -> None:
    request, outcome = HUGE[what]
    record = evidence.answer(request, expect(request), outcome)
    assert len(json.dumps(record)) < RECORD_MAX
    text = text_of(failure_of(record), requirements()["RT-VALUE"], "t: l", "again")
    assert len(text) < RECORD_MAX
    assert text.startswith("RT-VALUE (MUST, section 2): What was encoded")


def test_what_stands_in_no_section_names_none() -> None:
    request = decode("", "", BYTES).request
    record = evidence.answer(request, expect(request), OutOfProtocol("no message"))
    text = text_of(failure_of(record), verdicts.CONTRACT, "t: l", "again")
    assert text.startswith("CONTRACT (MUST): An answer has the form")


@pytest.mark.parametrize("what", HUGE)
def test_a_problem_is_one_short_line(what: str) -> None:
    request, outcome = HUGE[what]
    for finding in verdicts.judge("RT-VALUE", request, expect(request), outcome, frozenset()):
        assert len(finding.problem) < 1000
        assert "\n" not in finding.problem


class Counted(dict[str, Any]):
    """A mapping that counts how often its parts are looked at."""

    looks = 0

    def __getitem__(self, key: str) -> Any:
        Counted.looks += 1
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        Counted.looks += 1
        return super().get(key, default)

    def items(self) -> Any:
        Counted.looks += len(self)
        return super().items()


def looks_at(count: int) -> int:
    """How often TLVs are looked at to record a wrong answer of ``count`` of them."""
    Counted.looks = 0
    tlvs = [Counted(type=1, value=b"x") for _ in range(count)]
    wrong = {"header": MANY["header"], "tlvs": tlvs}
    request = Request(Operation.DECODE, b"")
    right = Accept({"header": MANY["header"], "tlvs": []})
    evidence.answer(request, right, Accepted(wrong))
    return Counted.looks


def test_a_long_answer_is_not_looked_at_part_by_part() -> None:
    assert looks_at(100_000) == looks_at(2_000)


class Names(list[str]):
    """Names that count how often they are gone through."""

    turns = 0

    def __iter__(self) -> Iterator[str]:
        Names.turns += 1
        return super().__iter__()


@pytest.mark.parametrize("groups", [1, 300])
def test_names_are_gone_through_twice_however_many_are_wanted(groups: int) -> None:
    wanted = Name(tuple(frozenset({f"bids[{at}].price", "bids"}) for at in range(groups)))
    answer = Names(["bids"] * 1000)
    Names.turns = 0
    request = Request(Operation.VALIDATE, MESSAGE)
    assert not verdicts.judge("RT-VALUE", request, wanted, Accepted(answer), frozenset())
    assert Names.turns <= 2


def test_no_names_are_gone_through_beyond_the_first_that_breaks_no_rule() -> None:
    request = Request(Operation.VALIDATE, MESSAGE)
    (finding,) = verdicts.judge(
        "RT-VALUE", request, Name(()), Accepted(["wrong"] * 1_000_000), frozenset()
    )
    assert finding.problem == "names 'wrong', which breaks no rule"


def test_bytes_that_differ_cost_no_memory_per_byte() -> None:
    right, wrong = bytes(8 << 20), b"\xff" * (8 << 20)
    request, expectation = Request(Operation.ENCODE, MESSAGE), Accept(right)
    tracemalloc.start()
    evidence.answer(request, expectation, Accepted(wrong))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(right)


def test_sizes_come_before_the_first_difference_and_marks_stay_few() -> None:
    request, wrong = encode("", "", MESSAGE).request, BYTES[:2488]
    record = evidence.answer(request, expect(request), Accepted(wrong))
    assert record["bytes"]["expected"]["size"] == len(BYTES)
    assert len(record["bytes"]["got"]["marked"]) <= 16 * 12 + 32
    (finding,) = verdicts.judge("RT-VALUE", request, expect(request), Accepted(wrong), frozenset())
    assert finding.problem.startswith("2,488 bytes where 6,237 are expected; they differ first at")


FIRSTS: dict[str, tuple[bytes, bytes, int | None]] = {
    "equal": (BYTES, BYTES, None),
    "payload before header": (BYTES, bytes(32) + BYTES[32:-1] + b"?", len(BYTES) - 1),
    "one byte short": (BYTES, BYTES[:-1], len(BYTES) - 1),
    "one byte long": (BYTES, BYTES + b"x", len(BYTES)),
    "behind equal chunks": (bytes(50_000), bytes(40_000) + b"x" + bytes(9_999), 40_000),
    "checksum alone": (BYTES, BYTES[:29] + b"??" + BYTES[31:], 29),
    "size before checksum": (BYTES, BYTES[:24] + bytes(8) + BYTES[32:], 24),
}


@pytest.mark.parametrize("what", FIRSTS)
def test_the_first_difference_is_the_cause(what: str) -> None:
    expected, got, at = FIRSTS[what]
    assert byte_map.first_difference(expected, got) == at


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("header.flags", 1),
        ("tlvs[0].value.bids[3].price", 8),
        ("tlvs[0].value.asks.count", 2),
        ("tlvs[0].value.unknown", 0),
        ("tlvs[1].value.price", 0),
        ("tlvs", 0),
    ],
)
def test_bytes_of_a_field_are_where_the_layout_has_them(path: str, size: int) -> None:
    found = byte_map.bytes_of(BYTES, path)
    assert len(found) == size
    for at in found:
        assert byte_map.place_at(BYTES, at).path.startswith(path)


def test_what_is_beyond_2_to_53_is_kept_digit_by_digit() -> None:
    assert evidence.shown(1 << 64) == {"integer": "18446744073709551616"}
    assert evidence.shown(-5) == -5


def test_a_dump_marks_what_is_not_there() -> None:
    shown = hexdump(evidence.windows(bytes(20), [20]))
    assert shown.splitlines()[-1].strip() == "^^"
    assert "--" in shown


def test_a_refusal_of_many_faults_keeps_three() -> None:
    expectation = expect(decode("", "", bytes(40)).request)
    assert isinstance(expectation, Reject)
    kept: Mapping[str, Any] = evidence.expected(expectation)
    assert len(kept["refusals"]) == 3
    assert kept["count"] > 3


def test_a_large_case_is_kept_deflated_and_is_the_same_again() -> None:
    small, large = bytes(100), bytes(range(256)) * 4096
    for data, key in ((small, "requests"), (large, "deflated")):
        case = decode("HDR-FLAGS", "large", data)
        packed = bundle.packed(bundle.bundle_of(case))
        assert key in packed
        assert len(json.dumps(packed)) < 20_000
        assert bundle.case_of(packed).requests == case.requests


def test_of_a_long_row_the_ends_and_the_wrong_call_are_shown() -> None:
    requests = tuple(Request(Operation.DECODE, bytes(n)) for n in range(20))
    row = Row("STATE-INDEPENDENT", "a row", requests)
    for at, numbers in (
        (9, [1, 2, 3, 4, 10, 17, 18, 19, 20]),
        (18, [*range(1, 5), *range(17, 21)]),
    ):
        right = expect(requests[at], REGISTRY)
        finding = verdicts.Finding("STATE-INDEPENDENT", "wrong")
        kept = evidence.failure("t", "l", row, "", finding, [], requests[at], right, Accepted({}))
        assert [call["call"] for call in kept["row"]] == numbers
        assert [call["call"] for call in kept["row"] if call["is_wrong"]] == [at + 1]
