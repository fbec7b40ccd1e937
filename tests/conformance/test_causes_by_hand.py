"""Each rule by which failures become causes, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from torq_conformance.judging.attribution import NOT_READ, SEVERAL, Deviation
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
    assert len(causes_of([record_of(*many[:2])])) == 1


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


def both(requirement: str, *subjects: str) -> Finding:
    return Finding.of(" ".join(subjects), [Deviation(requirement, each) for each in subjects])


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
        ([one("X", "a"), out_of("a", "b"), out_of("b", "a")], [("X", 3)]),
        ([out_of("a", "b"), out_of("c", "a"), one("X", "z")], [("OF-a", 2), ("X", 1)]),
        # Wrong with another one elsewhere is not wrong by itself, and explains nothing.
        ([out_of("a", "b"), out_of("b", "a"), both("X", "a", "q")], [("ERR-RANGE", 2), ("X", 1)]),
        ([out_of("a"), out_of("b"), both("X", "x", "a")], [("ERR-RANGE", 2), ("X", 1)]),
        (
            [out_of("a"), out_of("b"), *(one("R", f"{n}.x", kind="cut") for n in "pqr")],
            [("ERR-RANGE", 2), ("R", 3)],
        ),
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


TELLING = {"cut", "checks of types"}
"""Families of which two are one cause already: their kind does not come about by chance."""


@pytest.mark.parametrize("what", FAMILIES)
def test_three_of_a_family_are_one_cause_and_two_are_two_if_that_may_be_chance(what: str) -> None:
    family = FAMILIES[what]
    (cause,) = causes_of([record_of(*family)])
    assert (cause["cases"], cause["problem"]) == (3, family[0].problem)
    assert len(causes_of([record_of(*family[:2])])) == (1 if what in TELLING else 2)


def test_a_rule_that_is_misread_both_ways_is_one_cause() -> None:
    refused = one("TLV-DOMAIN", "refuses RelayDomainMismatch")
    taken = one("TLV-DOMAIN", "check RelayDomainMismatch")
    assert len(causes_of([record_of(refused, taken)])) == 1
    other = one("TLV-TYPE", "check InvalidTLVType")
    assert len(causes_of([record_of(refused, other)])) == 2
    # These say little of what was misread.
    generic = [one("R", f"{word} ParseError") for word in ("refuses", "check")]
    assert len(causes_of([record_of(*generic)])) == 2


def test_a_misread_layout_explains_its_refusals_and_its_counts() -> None:
    field = one("LAYOUT-T", "T.list.x")
    assert len(causes_of([record_of(field, one("VEC-COUNT", "T.list count"))])) == 1
    assert len(causes_of([record_of(field, one("VEC-COUNT", "T.other count"))])) == 2
    assert len(causes_of([record_of(field, one("LAYOUT-T", "refuses ParseError of T"))])) == 1
    assert len(causes_of([record_of(field, one("LAYOUT-U", "refuses ParseError of U"))])) == 2
    assert len(causes_of([record_of(field, one("REG-SIZE", "refuses InvalidTLVType of T"))])) == 2
    for alone in (one("VEC-COUNT", "T.list count"), one("LAYOUT-T", "refuses ParseError of T")):
        assert [found["problem"] for found in causes_of([record_of(alone)])] == [alone.problem]


def test_what_is_missed_behind_the_first_tlv_alone_is_one_cause() -> None:
    checks = [one(f"R{n}", f"check {n}", *NOT_READ) for n in "abc"]
    assert [found["requirement"] for found in causes_of([record_of(*checks)])] == ["Ra"]
    frames = one("TLV-ORDER", "framing", kind="left out")
    (cause,) = causes_of([record_of(*checks, frames)])
    assert cause["requirement"] == "TLV-ORDER"
    # What is missed in the first one as well is not missed for its place.
    found = causes_of([record_of(*checks, one("Rb", "check b"))])
    assert [(one_["requirement"], one_["cases"]) for one_ in found] == [("Ra", 2), ("Rb", 2)]


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
    assert len(elements(("Book.bids.size", "range"), ("Pool.asks.size", "range"))) == 2
    assert len(elements(("Book.size", "range"), ("Pool.size", "range"))) == 2


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
    undecided = Finding.of("z", [Deviation("A", "thing"), Deviation("B", "thing", "one of")])
    (cause,) = causes_of([record_of(undecided)])
    assert cause["also"] == []


# What is refused nearly everywhere is not refused for what it is.

KINDS = ("ParseError", "TruncatedTLV", "MessageTooSmall", "MessageTooLarge", "ChecksumMismatch")
RULES = ("MSG-TRAILING", "TLV-STANDARD", "MSG-TOO-SMALL", "MSG-TOO-LARGE", "CHK-VERIFY")


def refused(kind: str, count: int) -> list[Finding]:
    return [one(f"R{n}", f"refuses {kind} of T{n}") for n in range(count)]


@pytest.mark.parametrize(("kind", "rule"), [*zip(KINDS, RULES, strict=True)])
def test_eight_types_that_are_refused_alike_are_refused_for_the_rule(kind: str, rule: str) -> None:
    assert found(*refused(kind, 7)) == [("R0", 7)]
    assert found(*refused(kind, 8)) == [(rule, 8)]
    (cause,) = causes_of([record_of(*refused(kind, 8))])
    assert cause["problem"] == f"refuses {kind} of T0 "
    assert found(*refused("Oops", 8)) == [("R0", 8)]
    context = one("ERR-CONTEXT-MUST", "context offset", kind=f"context {kind}")
    other = one("ERR-CONTEXT-MUST", "context offset", kind="context UnknownSource")
    assert found(*refused(kind, 8), context) == [(rule, 9)]
    assert sorted(found(*refused(kind, 8), other)) == sorted([(rule, 8), ("ERR-CONTEXT-MUST", 1)])


@pytest.mark.parametrize("kind", [*KINDS, "UnknownSource"])
def test_where_the_size_is_read_wrong_as_often_that_is_why(kind: str) -> None:
    size, small = "HDR-PAYLOAD-SIZE", one("X", "check MessageTooLarge on encode")

    def told(count: int) -> list[dict[str, Any]]:
        more = [one("X", f"check {each}") for each in KINDS[:-1]]
        first = record_of(*refused(kind, 8), *more, small, test="first")
        sizes = [record_of(one(size, "header.payload_size"), test=f"t{n}") for n in range(count)]
        return causes_of([first, *sizes])

    assert size in {cause["requirement"] for cause in told(7)}
    assert len(told(7)) > 2
    if kind == "UnknownSource":
        assert {cause["cases"] for cause in told(8) if cause["requirement"] == size} == {8}
        return
    explained, other = sorted(told(8), key=lambda cause: -int(cause["cases"]))
    assert (explained["requirement"], explained["cases"]) == (size, 8 + 4 + 8)
    # The plainest is what it speaks of, though it was met last.
    assert explained["problem"] == "header.payload_size "
    assert other["problem"] == "check MessageTooLarge on encode "


def test_a_cause_is_shown_by_what_has_an_example_though_it_is_less_plain() -> None:
    a_and_b = one("A", "a", Deviation("B", "b"))
    record = record_of(one("B", "b"), a_and_b)
    record.signatures[0]["example"] = ""
    (cause,) = causes_of([record])
    assert (cause["requirement"], cause["problem"]) == ("B", "a ")


def test_of_several_deviations_the_one_that_is_the_cause_has_the_vote() -> None:
    a_and_b = one("A", "a", Deviation("B", "b"))
    assert found(a_and_b, a_and_b, a_and_b, one("B", "b")) == [("B", 4)]
    plain = Finding.of("plain", [Deviation("B", "thing")])
    shown = Finding.of("shown", [Deviation("X", "x"), Deviation("A", "thing")])
    record = record_of(plain, plain, shown)
    record.signatures[0]["example"] = ""
    assert [cause["requirement"] for cause in causes_of([record])] == ["A"]


def test_causes_come_in_the_order_in_which_they_were_met() -> None:
    findings = [one("R", "a.x", kind="range"), one("X", "x"), one("R", "b.x", kind="range")]
    problems = [cause["problem"] for cause in causes_of([record_of(*findings)])]
    assert problems == [one.problem for one in findings]


def test_a_field_that_is_wrong_alone_as_well_takes_nothing_from_another() -> None:
    together = [wrong(("T.a", kind), ("T.b", "sign")) for kind in ("", "zero")]
    assert [
        (cause["problem"], cause["cases"])
        for cause in causes_of([record_of(wrong(("T.a", "")), *together, wrong(("T.b", "sign")))])
    ] == [("T.a ", 3), ("T.b sign", 1)]


def test_a_field_that_is_split_off_speaks_for_itself_however_it_is_changed() -> None:
    ways = [Deviation("B", "T.b", kind) for kind in ("sign", "rounded", "cut", "byte order")]
    together = [Finding.of(f"both {way.kind}", [Deviation("A", "T.a"), way]) for way in ways]
    first, second = causes_of([record_of(one("A", "T.a"), *together)])
    assert (first["requirement"], first["cases"], first["also"]) == ("A", 1, [])
    assert (second["requirement"], second["cases"], second["also"]) == ("B", 4, [])


def test_a_checksum_that_is_refused_somewhere_is_calculated_wrong() -> None:
    unverified = one(
        "CHK-VERIFY",
        "check ChecksumMismatch",
        Deviation("CHK-VALUE", "header.checksum", "verified"),
    )
    written = one("CHK-VALUE", "header.checksum")
    refusal = one("CHK-VALUE", "header.checksum", kind="refused")
    assert found(written, refusal, unverified) == [("CHK-VALUE", 3)]


def test_one_that_is_missed_alone_comes_before_several_others() -> None:
    others = Finding.of("others", [SEVERAL, Deviation("C", "c"), Deviation("D", "d")])
    these = Finding.of("these", [SEVERAL, Deviation("A", "a"), Deviation("B", "b")])
    assert sorted(found(others, these, one("B", "b"))) == [("B", 2), ("ERR-ANY-OF-SEVERAL", 1)]


def test_what_is_refused_everywhere_as_one_kind_is_none_of_the_family_of_another() -> None:
    kinds = ("ParseError", "TruncatedTLV", "UnknownSource")
    findings = [one("LAYOUT-T", f"refuses {kind} of T{n}") for kind in kinds for n in range(8)]
    assert [cases for _, cases in found(*findings)] == [8, 8, 8]


def test_what_is_named_as_something_else_too_is_of_the_family_of_its_check() -> None:
    findings = [
        one(f"R{n}", f"check ParseError of {n}", kind=kind)
        for n in "abc"
        for kind in (f"named {n}", "")
    ]
    assert found(*findings) == [("Ra", 6)]


def test_the_first_example_of_a_problem_is_kept() -> None:
    records = [record_of(one("R", "thing"), test=test) for test in ("first", "second")]
    (cause,) = causes_of(records)
    (row,) = cause["problems"]
    assert (row["example"], row["cases"]) == ("first0", 2)
