"""Dimensions: what covers covers, what is forged is forged, bad input is refused by name."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import combinations, pairwise, product

import pytest

from tests.conformance import sound, vendor_types
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.checksums import ONES, before_four, forging_bytes
from torq_conformance.cases.corners import (
    forged_checksums,
    placed,
    quantities,
    subjects,
    wrong_procedures,
)
from torq_conformance.cases.corners.cells import Cell, Share, chosen
from torq_conformance.cases.corners.covering import covering_rows, neighbouring_rows
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.state import STATE
from torq_conformance.judging.together import judge_together
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of, count_of
from torq_specs.faults import FaultKind, diagnose
from torq_specs.registry import REGISTRY, Registry

DIMENSIONS = tuple(test for test in suite_tests() if hasattr(test.source, "torq_planned"))

WITHOUT_LAYOUTS = Registry(line for line in REGISTRY if line.layout is None)
"""A registry that cannot hold most patterns."""


def cell(label: str) -> Cell:
    """A cell of a small message."""
    return Cell("HDR-LAYOUT", label, lambda: Request(Operation.DECODE, label.encode()))


def test_there_are_dimensions() -> None:
    assert len(DIMENSIONS) > 40


@pytest.mark.parametrize("test", DIMENSIONS, ids=lambda test: test.name)
def test_profiles_ask_more_and_more(test: SuiteTest) -> None:
    counts = [count_of(test.source, REGISTRY, None, p) for p in ("quick", "standard", "exhaustive")]
    assert 0 < counts[0] <= counts[1] <= counts[2]


@pytest.mark.parametrize("test", DIMENSIONS, ids=lambda test: test.name)
def test_vendor_types_are_spanned_as_well(test: SuiteTest) -> None:
    registry = registry_with(vendor_types.__name__)
    judge = Judge(InProcessAdapter(vendor_types.Right(), "vendor"), registry)
    judge.start(test.name, 0)
    judge_together(judge, cases_of(test.source, registry, None, "quick"))
    assert not judge.record.failures, judge.record.failures[0]
    assert judge.record.judged


def test_a_dimension_without_cells_is_an_error_by_name() -> None:
    with pytest.raises(KitError, match="The dimension of_nothing has no cell"):
        chosen("of_nothing", [], 1)


def test_two_cells_with_one_label_are_an_error_by_name() -> None:
    with pytest.raises(KitError, match="two cells with the label 'b'"):
        chosen("twins", [cell("a"), cell("b"), cell("b")], 1)


def test_an_unknown_profile_is_an_error_by_name() -> None:
    with pytest.raises(KitError, match="No dimension knows the profile thorough"):
        Share().of("thorough")


@pytest.mark.parametrize(
    "source",
    [placed.everywhere, placed.several, quantities.across_borders],
    ids=lambda source: source.__name__,
)
def test_a_pattern_that_the_registry_cannot_hold_is_an_error_by_name(source: object) -> None:
    with pytest.raises(KitError, match="No type"):
        list(source(WITHOUT_LAYOUTS))  # type: ignore[operator]


def test_a_registry_without_a_gap_has_no_unassigned_number() -> None:
    full = Registry(line for line in REGISTRY)
    assert subjects.unassigned_numbers(full)[:2] == [33, 39]


@pytest.mark.parametrize("one_in", [1, 2, 3, 7, 16])
def test_a_share_is_spread_evenly_and_never_empty(one_in: int) -> None:
    some = chosen("even", [cell(str(n)) for n in range(960)], one_in)
    assert len(some) == pytest.approx(960 / one_in, abs=4)
    gaps = {int(b.label) - int(a.label) for a, b in pairwise(some)}
    assert max(gaps) <= 3 * one_in
    assert len(chosen("one", [cell("alone")], one_in)) == 1


@pytest.mark.parametrize(
    ("levels", "strength"), [([3, 2], 1), ([4, 4, 4], 2), ([18, 2, 5, 7], 2), ([4, 5, 3, 2, 6], 3)]
)
def test_every_combination_is_covered(levels: list[int], strength: int) -> None:
    rows = [*covering_rows(levels, strength)]
    for factors in combinations(range(len(levels)), strength):
        wanted = set(product(*(range(levels[at]) for at in factors)))
        assert {tuple(row[at] for at in factors) for row in rows} == wanted


@pytest.mark.parametrize(("levels", "strength"), [([3], 2), ([3, 0], 1), ([2, 2], 0)])
def test_rows_that_cannot_cover_are_an_error(levels: list[int], strength: int) -> None:
    with pytest.raises(KitError, match="cover"):
        list(covering_rows(levels, strength))


@pytest.mark.parametrize("count", [2, 3, 4, 9, 13, 30])
def test_every_number_follows_every_number(count: int) -> None:
    met = {pair for row in neighbouring_rows(count) for pair in pairwise(row)}
    assert met >= set(product(range(count), repeat=2))


@pytest.mark.parametrize("target", [0, ONES, 1, 0xDEADBEEF])
def test_four_bytes_take_the_running_sum_anywhere(target: int) -> None:
    running = zlib.crc32(b"what came before")
    assert zlib.crc32(forging_bytes(running, target), running) == target
    assert zlib.crc32(b"wxyz", before_four(target, b"wxyz")) == target


@pytest.mark.parametrize("field", ["sequence", "timestamp"])
def test_the_running_sum_is_forged_after_the_header(field: str) -> None:
    data = forged_checksums._after_header(carriers(REGISTRY), 0, field, 3, 300)
    assert zlib.crc32(data[:28]) == 0
    assert diagnose(data) == []


def test_the_running_sum_is_forged_after_a_tlv() -> None:
    data = forged_checksums._after_tlv(carriers(REGISTRY), ONES, 3, frozenset({1}), 30)
    end = 32 + 2 * 32
    assert zlib.crc32(data[:28] + data[32:end]) == ONES
    assert diagnose(data) == []


def test_a_checksum_that_includes_itself_is_wrong_and_a_fixed_point() -> None:
    data = forged_checksums._including_itself([b"\xc8\x02ab"], 1)
    assert zlib.crc32(data) == int.from_bytes(data[28:32], "little")
    assert {fault.kind for fault in diagnose(data)} == {FaultKind.CHECKSUM_MISMATCH}


def test_what_has_no_fixed_point_is_none() -> None:
    assert forged_checksums.fixed_point(lambda word: word ^ 1) is None
    assert forged_checksums.fixed_point(lambda word: word & 0 | 77) == 77


NINE = b"123456789"
"""What published checks of CRCs are over."""


@pytest.mark.parametrize(
    ("found", "check"),
    [
        (wrong_procedures.forward(NINE, ONES, ONES), 0xFC891918),
        (wrong_procedures.forward(NINE, ONES, 0), 0x0376E6E7),
        (wrong_procedures.forward(NINE, 0, ONES), 0x765E7680),
        (wrong_procedures.reflected(0x82F63B78, NINE), 0xE3069283),
        (wrong_procedures.reflected(0xD419CC15, NINE), 0x87315576),
        (wrong_procedures.reflected(0xEDB88320, NINE), zlib.crc32(NINE)),
    ],
    ids=["BZIP2", "MPEG-2", "POSIX", "Castagnoli", "CRC-32D", "zlib"],
)
def test_wrong_procedures_are_those_of_the_catalogue(found: int, check: int) -> None:
    assert found == check


OVER_ALL = {"Adler over all"}


@pytest.mark.parametrize("name", sorted(wrong_procedures.PROCEDURES.keys() - OVER_ALL))
def test_wrong_procedures_do_not_read_the_checksum(name: str) -> None:
    procedure = wrong_procedures.PROCEDURES[name]
    data = bytes(range(60))
    assert procedure(data) == procedure(data[:28] + b"abcd" + data[32:])


# Asking in batches.


class Shared(Reference):
    """Gives one and the same dict again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._message: dict[str, object] = {}

    def decode(self, data: bytes) -> dict[str, object]:
        self._message.clear()
        self._message |= super().decode(data)
        return self._message


class Crashing(Reference):
    """Breaks down over extended TLVs."""

    def decode(self, data: bytes) -> dict[str, object]:
        if data[32:33] == b"\xff":
            raise RuntimeError("extended")
        return super().decode(data)


class NoReserved(Reference):
    """Takes any second byte of an extended TLV."""

    def decode(self, data: bytes) -> dict[str, object]:
        at = data.find(b"\xff\x01", 32)
        if at >= 32:
            return {"header": {}, "tlvs": []}
        return super().decode(data)


def records(implementation: object, name: str) -> Iterator[Judge]:
    """The records of a dimension judged in batches, and one by one."""
    (test,) = (test for test in DIMENSIONS if test.name == name)
    for judge_cases in (judge_together, Judge.judge_all):
        judge = Judge(InProcessAdapter(implementation, "it", type(implementation)))
        judge.start(name, 0)
        judge_cases(judge, cases_of(test.source, REGISTRY, None, "quick"))
        yield judge


PLACES = "test_faults_are_found_at_every_place"
RIGHT = "test_every_type_is_carried_at_every_place"


@pytest.mark.parametrize("implementation", [Reference, sound.DecoderOnly, NoReserved])
@pytest.mark.parametrize("name", [PLACES, RIGHT])
def test_batches_find_what_is_found_one_by_one(implementation: type, name: str) -> None:
    together, alone = records(implementation(), name)
    assert together.record.tallies == alone.record.tallies
    assert together.record.census == alone.record.census
    assert together.record.judged == alone.record.judged
    assert together.record.not_claimed == alone.record.not_claimed
    assert together.stream.hexdigest() == alone.stream.hexdigest()
    assert [f["id"] for f in together.record.failures] == [f["id"] for f in alone.record.failures]


def test_what_is_wrong_in_a_batch_alone_is_attributed_to_the_row() -> None:
    together, _ = records(Shared(), RIGHT)
    assert {failure["requirement"] for failure in together.record.failures} == {STATE}
    assert isinstance(together.record.failures[0]["case"]["requests"], list)


def test_a_crash_in_a_batch_is_found_by_asking_again() -> None:
    together, alone = records(Crashing(), RIGHT)
    assert together.record.failures
    first = together.record.failures[0]
    assert first["id"] == alone.record.failures[0]["id"]


def test_a_cell_makes_a_case_or_a_row() -> None:
    one = cell("a").case()
    assert isinstance(one, Case)
    row = Cell("STATE-INDEPENDENT", "row", lambda: (one.request, one.request)).case()
    assert isinstance(row, Sequence)
    assert len(row.requests) == 2
