"""Each rule by which failures become causes, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from torq_conformance.judging.attribution import SEVERAL, Deviation
from torq_conformance.judging.causes import causes_and_tests, causes_of
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


def found(*findings: Finding) -> list[tuple[str, int]]:
    """The requirements of the causes, and how many cases each has."""
    return [(one["requirement"], one["cases"]) for one in causes_of([record_of(*findings)])]


def test_of_a_cause_twenty_problems_are_listed_and_four_have_examples() -> None:
    findings = [Finding.of(f"{chr(97 + n)} is wrong", [Deviation("R", "thing")]) for n in range(23)]
    (cause,) = causes_of([record_of(*findings, findings[7], findings[9], findings[9])])
    assert cause["problems_in_all"] == 23
    assert len(cause["problems"]) == 20
    assert [row["problem"][0] for row in cause["problems"][:4]] == ["j", "h", "a", "b"]
    assert [row["cases"] for row in cause["problems"][:4]] == [3, 2, 1, 1]
    assert [row["example"] for row in cause["problems"][:5]] == [
        "test9",
        "test7",
        "test0",
        "test1",
        "",
    ]
    assert not any(row["example"] for row in cause["problems"][4:])
    assert (cause["problem"], cause["example"]) == ("a is wrong", "test0")
    assert cause["cases"] == 26


def test_the_plainest_failure_has_an_example_and_one_deviation() -> None:
    record = record_of(
        Finding.of("two ways", [Deviation("R", "thing"), Deviation("S", "other")]),
        Finding.of("one way", [Deviation("R", "thing")]),
        Finding.of("another", [Deviation("R", "thing")]),
    )
    (cause,) = causes_of([record])
    assert (cause["problem"], cause["example"]) == ("one way", "test1")
    record.signatures[1]["example"] = ""
    (cause,) = causes_of([record])
    assert (cause["problem"], cause["example"]) == ("another", "test2")
    for signature in record.signatures:
        signature["example"] = ""
    (cause,) = causes_of([record])
    assert (cause["problem"], cause["example"]) == ("one way", "")


def test_each_test_names_the_causes_that_it_met() -> None:
    first = record_of(one("A", "a"), one("B", "b"), test="first")
    second = record_of(one("B", "b"), test="second")
    third = record_of(test="third")
    causes, tests = causes_and_tests([first, second, third])
    assert [(cause["id"], cause["requirement"], cause["tests"]) for cause in causes] == [
        ("C1", "A", 1),
        ("C2", "B", 2),
    ]
    assert tests == {"first": ["C1", "C2"], "second": ["C2"]}


def test_a_cause_speaks_of_what_most_of_its_failures_speak_of() -> None:
    plain, other = one("A", "thing"), Finding.of("other", [Deviation("B", "thing")])
    assert found(plain, other, other) == [("A", 3)]
    assert found(plain, other, other, other) == [("B", 4)]


RANGE = Deviation("ERR-RANGE", "refuses ValueOutOfRange", "one of")


def out_of(*subjects: str) -> Finding:
    fields = [Deviation(f"OF-{one}", one, "range") for one in subjects]
    return Finding.of(f"refused {' '.join(subjects)}", [RANGE, *fields])


@pytest.mark.parametrize(
    ("findings", "wanted"),
    [
        ([out_of("a", "b"), out_of("c", "a")], [("OF-a", 2)]),
        ([out_of("a", "header.x"), out_of("header.x", "a")], [("OF-a", 2)]),
        ([out_of("header.x"), out_of("header.x", "a")], [("OF-header.x", 2)]),
        ([out_of("a"), out_of("b")], [("ERR-RANGE", 2)]),
        ([out_of("a", "b"), out_of("b", "a")], [("ERR-RANGE", 2)]),
        ([out_of("a", "b"), one("X", "b")], [("X", 2)]),
        ([one("X", "a"), out_of("a", "b"), out_of("a")], [("X", 3)]),
    ],
)
def test_a_refusal_that_may_be_about_several_fields_is_about_the_one_that_all_have(
    findings: list[Finding], wanted: list[tuple[str, int]]
) -> None:
    assert sorted(found(*findings)) == sorted(wanted)


def test_what_is_named_as_a_field_of_the_header_is_explained_by_that_field() -> None:
    named = one("REG-SIZE", "check PayloadSizeMismatch", kind="named InvalidMagic")
    assert found(one("HDR-MAGIC", "header.magic"), named) == [("HDR-MAGIC", 2)]
    assert len(found(one("HDR-FLAGS", "header.flags"), named)) == 2
    assert len(found(one("TLV-TYPE", "refuses InvalidTLVType"), named)) == 2


def test_context_is_explained_by_the_check_or_the_field_that_it_is_calculated_from() -> None:
    context = one("ERR-CONTEXT-MUST", "context offset", kind="context TruncatedTLV")
    check = one("TLV-TRUNCATED", "check TruncatedTLV on encode")
    named = one("TLV-TYPE", "check InvalidTLVType", kind="named TruncatedTLV")
    other = one("TLV-TYPE", "check InvalidTLVType", kind="named ParseError")
    field = one("HDR-FLAGS", "header.flags")
    # What is said by context comes last, wherever it was met.
    assert found(context, check) == [("TLV-TRUNCATED", 2)]
    assert found(context, named) == [("TLV-TYPE", 2)]
    assert len(found(context, other)) == 2
    assert len(found(context, field)) == 2
    summed = one("ERR-CONTEXT-MUST", "context calculated", kind="context ChecksumMismatch")
    assert found(summed, field) == [("HDR-FLAGS", 2)]
    assert len(found(summed, one("X", "x"))) == 2


def test_of_two_causes_the_first_deviation_says_which() -> None:
    both = one("A", "a", Deviation("B", "b"))
    assert found(one("A", "a"), one("B", "b", kind="refused"), both) == [("A", 2), ("B", 1)]


def test_what_is_wrong_together_with_a_cause_explains_what_is_wrong_alone() -> None:
    both = one("A", "a", Deviation("B", "b"))
    third = Finding.of("b and c", [Deviation("C", "c"), Deviation("B", "b")])
    assert found(one("A", "a"), both, third) == [("A", 3)]
    verified = one("A", "a", Deviation("B", "b", "verified"))
    assert len(found(one("A", "a"), verified, third)) == 2


def wrong(*ways: tuple[str, str]) -> Finding:
    deviations = [Deviation(f"LAYOUT-{subject[0]}", subject, kind) for subject, kind in ways]
    return Finding.of(" ".join(f"{subject} {kind}" for subject, kind in ways), deviations)


@pytest.mark.parametrize(
    ("kind", "causes"),
    [("sign", 2), ("rounded", 2), ("cut", 2), ("byte order", 2), ("zero", 1), ("", 1)],
)
def test_a_field_that_is_never_wrong_alone_is_a_cause_if_it_is_changed_in_its_own_way(
    kind: str, causes: int
) -> None:
    alone, both = wrong(("T.a", "")), wrong(("T.a", ""), ("T.b", kind))
    again = wrong(("T.a", "zero"), ("T.b", kind))
    result = causes_of([record_of(alone, both, again)])
    assert len(result) == causes
    assert [one["cases"] for one in result] == ([1, 2] if causes == 2 else [3])
    # Once may be chance, and what is always there is the cause itself.
    assert len(causes_of([record_of(alone, both)])) == 1
    assert len(causes_of([record_of(both, again)])) == 1


def test_a_field_that_is_changed_as_the_cause_is_belongs_to_it() -> None:
    alone, both = wrong(("T.a", "sign")), wrong(("T.a", "sign"), ("T.b", "sign"))
    third = wrong(("T.a", "sign"), ("T.b", "sign"), ("T.c", ""))
    assert len(causes_of([record_of(alone, both, third)])) == 1


FAMILIES = {
    "named alike": [one(f"R{n}", f"check {n}", kind="named ParseError") for n in "abc"],
    "cut": [one("R", f"{n}.x", kind="cut") for n in "abc"],
    "range": [one("R", f"{n}.x", kind="range") for n in "abc"],
    "context missing": [one("R", f"context {n}", kind="context missing") for n in "abc"],
    "one layout": [one("LAYOUT-T", f"T.{n}") for n in "abc"],
    "refused of types": [one(f"R{n}", f"refuses ParseError of {n}") for n in "abc"],
    "checks of types": [one(f"R{n}", f"check ParseError of {n}") for n in "abc"],
}


@pytest.mark.parametrize("what", FAMILIES)
def test_three_of_a_family_are_one_cause_and_two_are_two(what: str) -> None:
    family = FAMILIES[what]
    (cause,) = causes_of([record_of(*family)])
    assert (cause["cases"], cause["problem"]) == (3, family[0].problem)
    assert len(causes_of([record_of(*family[:2])])) == 2


@pytest.mark.parametrize(
    "findings",
    [
        [one("R", f"{n}.x", kind="other") for n in "abc"],
        [
            one("R", f"{n}.x", kind=kind)
            for n, kind in zip("abc", ("cut", "sign", "zero"), strict=True)
        ],
        [one(f"LAYOUT-{n}", f"{n}.x") for n in "abc"],
        [one("R", f"refuses {n} of T") for n in "abc"],
        [one("R", f"thing of {n}") for n in "abc"],
    ],
)
def test_what_is_no_family_stays_apart(findings: list[Finding]) -> None:
    assert len(causes_of([record_of(*findings)])) == 3


def test_twins_are_fields_of_elements_of_one_type_that_are_changed_alike() -> None:
    def elements(*ways: tuple[str, str]) -> list[Any]:
        return causes_of([record_of(*(one("R", subject, kind=kind) for subject, kind in ways))])

    assert len(elements(("Book.bids.size", "cut"), ("Book.asks.size", "cut"))) == 1
    assert len(elements(("Book.bids.size", "cut"), ("Book.asks.size", "sign"))) == 2
    assert len(elements(("Book.bids.size", ""), ("Book.asks.size", ""))) == 2
    assert len(elements(("Book.bids.size", "cut"), ("Pool.asks.size", "cut"))) == 2
    assert len(elements(("Book.size", "cut"), ("Pool.size", "cut"))) == 2


def test_several_faults_are_explained_by_any_that_is_missed_alone() -> None:
    both = Finding.of("both", [SEVERAL, Deviation("A", "a"), Deviation("B", "b")])
    assert found(one("B", "b"), both) == [("B", 2)]
    assert found(both) == [("ERR-ANY-OF-SEVERAL", 1)]
    assert found(both, one("C", "c")) == [("ERR-ANY-OF-SEVERAL", 1), ("C", 1)]


def test_also_named_are_the_requirements_that_speak_of_the_same_thing() -> None:
    finding = Finding.of(
        "x", [Deviation("A", "thing"), Deviation("B", "thing"), Deviation("C", "other")]
    )
    (cause,) = causes_of([record_of(finding)])
    assert (cause["requirement"], cause["also"]) == ("A", ["B"])
    several = Finding.of("y", [Deviation("A", "thing"), Deviation("B", "thing", "several")])
    (cause,) = causes_of([record_of(several)])
    assert cause["also"] == []
