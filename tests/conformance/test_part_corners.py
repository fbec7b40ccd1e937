"""Corners of a part of the types are asked in the types that it claims."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance import parts
from torq_conformance.cases.carriers import Carrier, carriers, carriers_in, message_in
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.checksums import ONES
from torq_conformance.cases.corners import bulk, forged_checksums, subjects
from torq_conformance.cases.corners.places import Filler, Fronts, Place
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Operation
from torq_conformance.judging import instruments
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.together import judge_together
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of, count_of
from torq_specs import Declaration, Field, u8, vendor
from torq_specs.enums import RelayDomain
from torq_specs.faults import FaultKind, diagnose
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.registry import REGISTRY

DIMENSIONS = tuple(test for test in suite_tests() if hasattr(test.source, "torq_planned"))

TRADE_AND_QUOTE = REGISTRY.restricted_to([1, 2])

PARTS = ([1], [1, 2], [3, 108], [20], [30], [11, 40, 83], [106], [200], [1, 203, 204])

WITHOUT_TRADE_AND_QUOTE = {
    # No vector.
    "test_counts_of_two_vectors",
    "test_every_difference_of_two_counts",
    "test_every_pair_of_counts",
    "test_every_slot_of_a_full_vector",
    "test_rules_are_judged_at_every_level",
    "test_vectors_of_unequal_counts_in_a_message",
    # No opaque type, and one domain alone.
    "test_one_wrong_domain_among_right_ones",
    "test_opaque_sizes_around_powers_of_two",
    "test_opaque_sizes_one_by_one",
}
"""Dimensions of which nothing can be asked of who knows these two types alone."""


def test_nearly_all_dimensions_ask_something_of_two_types() -> None:
    counts = {t.name: count_of(t.source, TRADE_AND_QUOTE, None, "exhaustive") for t in DIMENSIONS}
    assert {name for name, count in counts.items() if not count} == WITHOUT_TRADE_AND_QUOTE
    assert counts["test_faults_are_found_at_every_place"] > 500
    assert counts["test_every_three_header_fields"] > 2000


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_corners_of_a_part_are_about_its_types_and_what_is_right_passes(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    judge = Judge(InProcessAdapter(Reference(), "a part"), registry)
    planned = asked = 0
    for test in DIMENSIONS:
        cases = [*cases_of(test.source, registry, None, "quick")]
        planned += count_of(test.source, registry, None, "quick")
        asked += len(cases)
        for number, value in (pair for case in cases for pair in _encoded(case)):
            line = registry.get(number)
            assert line is None or line.layout is None or isinstance(value, dict), test.name
        judge.start(test.name, 0)
        judge_together(judge, cases)
        assert not judge.record.failures, judge.record.failures[0]
    # What is read wrong on purpose may look like a type that is not claimed.
    assert 0.95 * planned <= asked <= planned


def _encoded(case: Case | Sequence) -> Iterator[tuple[int, Any]]:
    for request in case.requests:
        if request.operation in {Operation.ENCODE, Operation.VALIDATE}:
            message: Any = request.argument
            yield from ((tlv["type"], tlv["value"]) for tlv in message["tlvs"])


def test_a_part_that_counts_tlvs_in_a_byte_is_found_by_its_corners_alone() -> None:
    judge = Judge(InProcessAdapter(parts.CountsInAByte(), "a part"), TRADE_AND_QUOTE)
    tests = {test.name: test for test in suite_tests()}
    judge.start("order", 0)
    judge.judge_all(
        cases_of(tests["test_order_and_duplicates_are_kept"].source, TRADE_AND_QUOTE, None)
    )
    assert not judge.record.failures
    far = tests["test_all_types_are_carried_far_from_the_front"].source
    cells = cases_of(far, TRADE_AND_QUOTE, None, "exhaustive")
    judge_together(judge, [cell for cell in cells if "at index 257" in cell.label])
    assert "TLV-ORDER" in {failure["requirement"] for failure in judge.record.failures}


# What carries, and where.


@pytest.mark.parametrize("number", [1, 2, 3, 11, 20, 30, 106, 200])
def test_the_running_sum_is_forged_in_any_type(number: int) -> None:
    registry = REGISTRY.restricted_to([number])
    carrying = carriers(registry)
    size = len(carrying.first.encoded(bytes(30)))
    data = forged_checksums._after_tlv(carrying, ONES, 3, frozenset({1}), size)
    assert diagnose(data, registry) == []
    end = 32 + (len(data) - 32) // 3 * 2
    assert zlib.crc32(data[:28] + data[32:end]) == ONES


def test_what_has_no_four_free_bytes_in_a_row_forges_nothing() -> None:
    fields = (Field("a", u8, "a"), Field("b", u8, "b"))
    tiny = Declaration("Tiny", "Two bytes.", *fields, provenance="vendor")
    carrier = Carrier(vendor(200, tiny, 2))
    assert carrier.forgeable_at(2) is None
    registry = REGISTRY.with_vendor_types([carrier.line]).restricted_to([200])
    labels = [cell.label for cell in forged_checksums.running(registry)]
    assert labels
    assert not [label for label in labels if "after TLV" in label or "after each" in label]


def test_what_may_ride_carries() -> None:
    assert [one.line.name for one in carriers_in(1, TRADE_AND_QUOTE).all] == ["Trade", "Quote"]
    assert carriers_in(2, TRADE_AND_QUOTE).all == ()
    assert carriers_in(2, REGISTRY).first.number == 200
    assert message_in(2, b"abc", TRADE_AND_QUOTE)["tlvs"] == []
    (tlv,) = message_in(1, b"abc", TRADE_AND_QUOTE)["tlvs"]
    assert (tlv["type"], tlv["value"]["asset_id"] & 0xFFFFFF) == (1, 0x636261)
    # Types that ride in any domain carry beside those of a domain where they are freer.
    some = REGISTRY.restricted_to([1, 101])
    assert [one.number for one in carriers_in(1, some).all] == [101, 1]


def test_places_are_filled_with_what_there_is() -> None:
    fronts = Fronts(TRADE_AND_QUOTE)
    empty = Place(Filler.EMPTY, 3)
    assert fronts.place(1, empty) == Place(Filler.SMALLEST, 3)
    assert str(fronts.place(1, empty)) == "at index 3, smallest in front"
    assert fronts.place(2, empty) is None
    assert fronts.place(2, Place(Filler.EMPTY, 0)) == Place(Filler.EMPTY, 0)
    assert fronts.place(1, Place(Filler.EXTENDED, 3)) is not None
    assert fronts.place(1, Place(Filler.EXTENDED, 3), is_shortest=True) is None
    assert Fronts(REGISTRY.restricted_to([20])).place(2, Place(Filler.DECLARED, 3)) is None
    # 257 books are more than a message holds.
    assert Fronts(REGISTRY.restricted_to([3])).place(1, Place(Filler.EMPTY, 257)) is None
    assert fronts.front(1, Place(Filler.SMALLEST, 3)).data[:2] == b"\x01\x28"


def test_a_registry_of_all_types_is_still_held_to_every_pattern() -> None:
    assert [line.name for line in subjects.few(TRADE_AND_QUOTE)] == ["Trade"]
    assert len(subjects.few(REGISTRY)) == 5


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_what_is_refused_among_many_is_refused(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    for name, data in bulk.refused(registry).items():
        assert diagnose(data, registry), name


# Time and memory.


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_the_messages_whose_time_is_taken_are_as_large_as_they_may_be(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    carrying = carriers(registry)
    few, some, most = instruments.counts(carrying)
    assert (some // 4, most // 4) == pytest.approx((few, some), abs=1)
    data = instruments.refused_at_the_end(carrying, most).argument
    assert MESSAGE_SIZE_MAX // 1.1 < len(data) <= MESSAGE_SIZE_MAX  # type: ignore[arg-type]
    kinds = {fault.kind for fault in diagnose(data, registry)}  # type: ignore[arg-type]
    assert kinds == {FaultKind.INVALID_TLV_TYPE}


def test_the_message_of_all_types_has_130_000_tlvs() -> None:
    assert instruments.counts(carriers(REGISTRY)) == (8125, 32_500, 130_000)


@pytest.mark.parametrize("domain", RelayDomain)
def test_a_domain_in_which_nothing_rides_has_bare_messages(domain: RelayDomain) -> None:
    made = message_in(int(domain), b"a", TRADE_AND_QUOTE)
    assert bool(made["tlvs"]) is (domain is RelayDomain.MarketData)
