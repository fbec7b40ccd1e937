"""Each rule by which failures become causes, by hand."""

from __future__ import annotations

from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.record import FAILURES_KEPT, SIGNATURES_MAX, TestRecord
from torq_conformance.judging.verdicts import Finding


def record_of(*findings: Finding, test: str = "test") -> TestRecord:
    record = TestRecord(test)
    for number, finding in enumerate(findings):
        if record.takes(finding):
            record.keep(finding, {"id": f"{test}{number}", "problem": finding.problem})
    return record


def one(requirement: str, subject: str, *more: Deviation, kind: str = "") -> Finding:
    way = Deviation(requirement, subject, kind)
    return Finding.of(f"{subject} {kind}", [way, *more])


def test_the_same_problem_with_other_numbers_is_one() -> None:
    findings = [Finding("R", f"byte {n} is {n + 1:,}, not 0x{n:08x}") for n in range(2000)]
    record = record_of(*findings)
    assert len(record.failures) == 1
    (cause,) = causes_of([record])
    assert cause["cases"] == 2000
    assert cause["problem"] == "byte 0 is 1, not 0x00000000"


def test_distinct_problems_are_distinct_causes_and_all_are_listed() -> None:
    findings = [one("R", f"thing {chr(97 + n)}") for n in range(20)]
    causes = causes_of([record_of(*findings)])
    assert [cause["problem"] for cause in causes] == [f.problem for f in findings]
    assert [cause["id"] for cause in causes] == [f"C{n}" for n in range(1, 21)]


def test_several_deviations_are_explained_by_the_one_that_is_seen_alone() -> None:
    both = one("A", "a", Deviation("B", "b"))
    causes = causes_of([record_of(both, both, one("B", "b"))])
    assert [(c["requirement"], c["cases"]) for c in causes] == [("B", 3)]
    causes = causes_of([record_of(both, one("A", "a"), one("B", "b"))])
    assert [(c["requirement"], c["cases"]) for c in causes] == [("A", 2), ("B", 1)]
    assert [c["requirement"] for c in causes_of([record_of(both)])] == ["A"]


def test_the_same_change_of_many_fields_is_one_cause() -> None:
    many = [one(f"LAYOUT-{n}", f"{n}.price", kind="sign") for n in "ABC"]
    (cause,) = causes_of([record_of(*many)])
    assert (cause["requirement"], cause["also"]) == ("LAYOUT-A", ["LAYOUT-B", "LAYOUT-C"])
    assert cause["problems_in_all"] == 3
    assert len(causes_of([record_of(*many[:2])])) == 2


def test_the_same_change_in_two_lists_of_a_type_is_one_cause() -> None:
    kinds = [("Book.bids.size", "sign"), ("Book.asks.size", "sign"), ("Book.asks.price", "cut")]
    findings = [one("LAYOUT-BOOK", subject, kind=kind) for subject, kind in kinds]
    causes = causes_of([record_of(*findings)])
    assert len(causes) == 2
    assert sorted(len(cause["problems"]) for cause in causes) == [1, 2]


def test_a_misread_kind_explains_what_is_named_so() -> None:
    refused = one("TLV-TYPE", "refuses InvalidTLVType")
    named = one("REG-SIZE", "check PayloadSizeMismatch", kind="named InvalidTLVType")
    assert len(causes_of([record_of(refused, named)])) == 1
    assert len(causes_of([record_of(named)])) == 1


def test_a_checksum_that_is_not_verified_is_not_hidden_by_one_that_is_written_wrong() -> None:
    written = one("CHK-VALUE", "header.checksum")
    unverified = one(
        "CHK-VERIFY",
        "check ChecksumMismatch",
        Deviation("CHK-VALUE", "header.checksum", "verified"),
    )
    assert len(causes_of([record_of(written, unverified)])) == 2
    refused = one("CHK-VALUE", "header.checksum", kind="refused")
    assert len(causes_of([record_of(refused, unverified)])) == 1


def test_several_faults_are_a_cause_only_if_none_is_missed_alone() -> None:
    several = Deviation("ERR-ANY-OF-SEVERAL", "several faults", "several")
    both = Finding.of("several", [several, Deviation("HDR-MAGIC", "header.magic")])
    assert [c["requirement"] for c in causes_of([record_of(both)])] == ["ERR-ANY-OF-SEVERAL"]
    alone = one("HDR-MAGIC", "header.magic")
    (cause,) = causes_of([record_of(both, alone)])
    assert (cause["requirement"], cause["also"]) == ("HDR-MAGIC", [])


def test_records_are_bounded_and_still_count_all() -> None:
    findings = [one("R", f"thing {'x' * n}") for n in range(SIGNATURES_MAX + 50)]
    record = record_of(*findings)
    assert len(record.failures) == FAILURES_KEPT
    assert len(record.signatures) == SIGNATURES_MAX
    assert sum(c["cases"] for c in causes_of([record])) == len(findings)
