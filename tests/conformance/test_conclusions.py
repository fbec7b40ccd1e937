"""What a run concludes from what it judged, rule by rule."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Capability, Way
from torq_conformance.judging import features
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.judging.verdicts import CONTRACT, Finding
from torq_conformance.running.known_failures import Known, KnownFailures, Status
from torq_conformance.running.results import (
    COMPLETE,
    SHOWN_BY,
    ExitCode,
    Results,
    check_ended,
    exit_code_of_watched,
    load,
    schema,
    types_to_json,
)
from torq_specs.registry import REGISTRY
from torq_specs.requirements import Level, Requirement, relay_requirements, requirements

TRADES = REGISTRY.restricted_to([1])
ONE = f"Trade (1 of {sum(one.number < 200 for one in REGISTRY)} types)"


def passing(test: str = "a", requirement: str = "HDR-MAGIC", **changes: Any) -> TestRecord:
    return TestRecord(
        test, **{"planned": 5, "judged": 5, "tallies": {requirement: Tally(5)}, **changes}
    )


def failing(test: str, *findings: Finding, judged: int = 5) -> TestRecord:
    record = TestRecord(test, 5, judged)
    for number, finding in enumerate(findings):
        record.count(finding.requirement, [finding], [])
        if record.takes(finding):
            kept = {"id": f"{test}{number}", "requirement": finding.requirement}
            record.keep(finding, {**kept, "problem": finding.problem})
    return record


def results(*records: TestRecord, **options: Any) -> Results:
    who = {"given_as": "x", "name": "x", "version": "1", "language": "x", "capabilities": []}
    made = Results(who, {"level": "must", **options})
    made.planned_tests = {record.test: record.planned for record in records}
    made.records = {record.test: record for record in records}
    return made


def concluded(made: Results) -> tuple[str, int, list[str]]:
    document = made.document()
    return document["conclusion"], document["exit_code"], document["reasons"]


def verdicts(made: Results) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in made.document()["requirements"]}


# What is said of a run in which nothing failed.


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "conformant"),
        ({"profile": "quick"}, "no failure in the quick profile"),
        ({"is_part": True}, "no failure in the part that was selected"),
        ({"is_part": True, "profile": "quick"}, "no failure in the part that was selected"),
        ({"vectors_only": True, "is_part": True}, "no failure in the golden vectors"),
        ({"domains": ["Signal"]}, "conformant for Signal"),
        ({"domains": ["Signal", "Execution"]}, "conformant for Signal, Execution"),
        ({"domains": ["MarketData", "Signal", "Execution"]}, "conformant"),
    ],
)
def test_what_was_not_judged_whole_is_not_called_conformant(
    options: dict[str, Any], said: str
) -> None:
    assert concluded(results(passing(), **options)) == (said, 0, [])


def test_a_part_of_the_types_is_named() -> None:
    made = results(passing())
    made.registry = TRADES
    assert concluded(made)[:2] == (f"conformant for {ONE}", 0)
    failed = results(failing("a", Finding("HDR-MAGIC", "wrong")))
    failed.registry = TRADES
    assert concluded(failed)[0] == f"not conformant for {ONE}"
    assert types_to_json(REGISTRY) == {}
    assert types_to_json(TRADES) == {"types": {"numbers": [1], "named": ONE}}


def test_with_a_part_of_the_types_what_could_not_be_asked_is_not_claimed() -> None:
    made = results(passing())
    assert verdicts(made)["HDR-FLAGS"] == "not judged"
    made.registry = TRADES
    assert verdicts(made)["HDR-FLAGS"] == "not claimed"
    made.options["is_part"] = True
    assert verdicts(made)["HDR-FLAGS"] == "not judged"


# Verdicts.


@pytest.mark.parametrize(
    ("tally", "lost", "verdict"),
    [
        (Tally(5), "", "pass"),
        (Tally(5, findings=1), "", "pass with SHOULD findings"),
        (Tally(5), "spent", "inconclusive"),
        (Tally(5, findings=1), "spent", "inconclusive"),
        (Tally(0), "", "not judged"),
    ],
)
def test_the_verdict_of_a_requirement(tally: Tally, lost: str, verdict: str) -> None:
    record = TestRecord("a", 5, 5, lost=lost, tallies={"HDR-FLAGS": tally})
    assert verdicts(results(record))["HDR-FLAGS"] == verdict


def test_a_requirement_that_may_be_left_is_not_claimed_where_nothing_was_judged() -> None:
    made = results(passing("a", "OWN"))
    made.rules = {
        "OWN": Requirement("OWN", Level.MUST, "It must.", "1"),
        "MAY": Requirement("MAY", Level.MAY, "It may.", "2"),
        "SHOULD": Requirement("SHOULD", Level.SHOULD, "It should.", "2"),
    }
    assert verdicts(made) == {"OWN": "pass", "MAY": "not claimed", "SHOULD": "not judged"}
    (row, *_) = made.document()["requirements"]
    assert row == {
        "id": "OWN",
        "level": "MUST",
        "section": "1",
        "text": "It must.",
        "verdict": "pass",
        "judged": 5,
        "failed": 0,
        "should_findings": 0,
        "causes": [],
    }


def test_counts_of_tests_add_up() -> None:
    first = TestRecord("a", 9, 5, 3, tallies={"HDR-FLAGS": Tally(5, 0, 1)}, census={"x, y, z": 2})
    second = TestRecord("b", 4, 4, 0, tallies={"HDR-FLAGS": Tally(4, 0, 2)}, census={"x, y, z": 3})
    third = TestRecord("c", 7, 0, 0)
    fourth = TestRecord("d", 1, 1, 0)
    made = results(first, second, third, fourth)
    made.about = {"kit": "1"}
    document = made.document()
    (row,) = [row for row in document["requirements"] if row["id"] == "HDR-FLAGS"]
    assert (row["judged"], row["failed"], row["should_findings"]) == (9, 0, 3)
    assert document["planned"] == {"tests": 4, "cases": 21}
    assert document["judged"] == {"tests": 3, "cases": 10}
    assert document["not_claimed"] == {"cases": 3}
    assert document["census"] == {"x, y, z": 5}
    assert document["about"]["kit"] == "1"
    assert 0 <= document["about"]["seconds"] < 60
    assert document["implementation"] is made.implementation
    assert made.beginning()["planned"] == document["planned"]
    assert made.beginning()["status"] == "incomplete"
    assert document["levels"]["all"][0]["name"] == "Wire"


def test_a_requirement_whose_failures_have_another_cause_has_not_failed() -> None:
    record = failing("a", Finding("HDR-MAGIC", "wrong"))
    record.tallies["HDR-FLAGS"] = Tally(5, 2)
    document = results(record).document()
    (row,) = [row for row in document["requirements"] if row["id"] == "HDR-FLAGS"]
    assert (row["verdict"], row["judged"], row["failed"], row["causes"]) == ("pass", 3, 0, [])
    record.tallies["HDR-FLAGS"] = Tally(2, 2)
    assert verdicts(results(record))["HDR-FLAGS"] == "not judged"


def test_a_cause_belongs_to_each_requirement_that_speaks_of_it() -> None:
    ways = [Deviation("HDR-MAGIC", "thing"), Deviation("HDR-FLAGS", "thing")]
    document = results(failing("a", Finding.of("wrong", ways))).document()
    rows = {row["id"]: row for row in document["requirements"] if row["causes"]}
    assert {id_: row["verdict"] for id_, row in rows.items()} == {
        "HDR-MAGIC": "fail",
        "HDR-FLAGS": "fail",
    }
    assert document["reasons"] == ["failed: HDR-MAGIC, HDR-FLAGS"]


# Why a run is inconclusive.


def test_the_first_three_tests_that_were_not_judged_whole_are_named() -> None:
    def said(count: int) -> tuple[str, int, list[str]]:
        return concluded(results(*(passing(f"t{n}", judged=4) for n in range(count))))

    assert said(3) == ("inconclusive", 3, ["not judged to the end: t0, t1, t2"])
    assert said(4)[2] == ["not judged to the end: t0, t1, t2 and 1 more"]
    assert said(6)[2] == ["not judged to the end: t0, t1, t2 and 3 more"]


def test_what_was_not_claimed_or_has_failed_is_judged_to_the_end() -> None:
    assert concluded(results(passing(judged=3, not_claimed=2)))[1] == 0
    assert concluded(results(passing(judged=3, not_claimed=1)))[1] == 3
    failed = results(failing("a", Finding("HDR-MAGIC", "wrong"), judged=2))
    assert concluded(failed) == ("not conformant", 1, ["failed: HDR-MAGIC"])


def test_why_tests_could_not_begin_is_said_once_and_of_three() -> None:
    made = results(passing())
    made.unasked = ["a", "a", "b", "c", "d"]
    assert concluded(made) == ("inconclusive", 3, ["a", "b", "c"])
    made.broken = ["it broke"]
    assert concluded(made)[2] == ["it broke", "a", "b", "c"]


def test_why_tests_were_lost_is_said_and_their_cases_counted() -> None:
    records = [passing(name, judged=2, lost="spent; more") for name in "ab"]
    document = results(*records, passing("c", judged=5, lost="spent")).document()
    assert document["exit_code"] == 3
    assert document["reasons"][-2:] == ["spent", "spent; more"]
    assert document["not_judged"] == [
        {"reason": "could not be asked: spent", "tests": 2, "cases": 6}
    ]


def test_a_required_bucket_that_stayed_empty_is_inconclusive() -> None:
    made = results(passing())
    made.implementation["capabilities"] = ["decode"]
    conclusion, code, (reason,) = concluded(made)
    assert (conclusion, code) == ("inconclusive", 3)
    assert reason.startswith("nothing was asked of: decode, ")
    assert reason.count(";") == 2
    assert reason.endswith(" buckets)")
    for options in ({"is_part": True}, {"profile": "quick"}):
        some = results(passing(), **options)
        some.implementation["capabilities"] = ["decode"]
        assert concluded(some)[1] == 0
    made.rules = relay_requirements()
    assert concluded(made)[1] == 0


def test_classes_that_were_never_drawn_are_inconclusive_in_a_whole_run() -> None:
    drawn = features.Features(REGISTRY)
    document = drawn.document({Capability.DECODE, Capability.ENCODE})
    never: list[str] = document["classes_never_met"]
    made = results(passing(features=drawn.packed()))
    made.implementation["capabilities"] = ["decode", "encode"]
    made.rules = {"HDR-MAGIC": requirements()["HDR-MAGIC"]}
    own = made.document()["features"]["classes_never_met"]
    assert own
    assert set(own) <= set(never)
    said = f"never drawn: {'; '.join(own[:3])} ({len(own)} classes)"
    assert concluded(made) == ("inconclusive", 3, [said])
    for options in ({"is_part": True}, {"profile": "quick"}):
        assert concluded(results(passing(features=drawn.packed()), **options))[1] == 0
    assert results(passing()).document()["features"] == {}


def test_of_a_part_of_the_types_only_some_dimensions_have_all_classes() -> None:
    made = results(passing(features=features.Features(TRADES).packed()))
    made.registry = TRADES
    never = made.document()["features"]["classes_never_met"]
    counted = [one for one in never if one.partition(": ")[0] in features.OF_EVERY_PART]
    assert 0 < len(counted) < len(never)
    assert concluded(made)[2] == [f"never drawn: {'; '.join(counted[:3])} ({len(counted)} classes)"]


def test_in_a_part_not_every_class_need_be_drawn() -> None:
    made = results(passing(features=features.Features(TRADES).packed()))
    made.registry = TRADES
    assert concluded(made)[1] == 3
    made.options["is_part"] = True
    assert concluded(made)[1] == 0


def test_frames_are_judged_where_a_message_was_drawn_in_bulk() -> None:
    made = results(passing())
    made.implementation["capabilities"] = ["frames"]
    for count, unjudged in ((3, []), (0, ["frames"])):
        drawn = {"dimensions": {"way": {Way.BULK: count}}}
        assert made._claimed_not_judged(drawn) == unjudged


def test_seconds_have_one_digit() -> None:
    made = results(passing())
    made.began -= 1.26
    seconds = made.document()["about"]["seconds"]
    assert seconds > 1.2
    assert seconds == round(seconds, 1)


# SHOULD findings, known and flaky failures, the contract.


def test_findings_that_count_are_named() -> None:
    record = passing(tallies={"HDR-FLAGS": Tally(5, 0, 1), "PAD-DECODE": Tally(5, 0, 1)})
    assert concluded(results(record, level="should")) == (
        *("not conformant", 1),
        ["SHOULD findings: HDR-FLAGS, PAD-DECODE"],
    )


def test_one_finding_of_each_requirement_is_kept() -> None:
    record = passing()
    record.findings = [
        {"id": str(n), "requirement": id_}
        for n, id_ in enumerate(("PAD-DECODE", "X", "PAD-DECODE"))
    ]
    assert [one["id"] for one in results(record).document()["findings"]] == ["0", "1"]


def known(*entries: Known) -> KnownFailures:
    return KnownFailures(Path("known.toml"), tuple(entries))


FLAGS = Known(1, "later", requirement="HDR-FLAGS")


def test_known_failures_count_and_what_has_changed_is_said() -> None:
    made = results(failing("a", Finding("HDR-FLAGS", "one")), failing("b", Finding("X", "x")))
    made.known = known(FLAGS, Known(5, "later", requirement="X"))
    document = made.document()
    assert document["conclusion"] == "conformant but for 2 known failures"
    assert [cause["known"] for cause in document["causes"]] == ["later", "later"]
    assert [entry["line"] for entry in document["known_failures"]["entries"]] == [1, 5]
    assert document["known_failures"]["file"] == "known.toml"
    made.known = known(FLAGS)
    document = made.document()
    assert document["exit_code"] == 1
    assert document["reasons"] == ["the contract was broken"]
    assert "known" not in document["causes"][1]
    (row,) = [row for row in document["requirements"] if row["id"] == "HDR-FLAGS"]
    assert row["known"] is True
    one = results(failing("a", Finding("HDR-FLAGS", "one")))
    one.known = known(FLAGS)
    assert concluded(one) == ("conformant but for 1 known failure", 0, [])
    fixed = results(passing("a", "HDR-FLAGS"))
    fixed.known = known(FLAGS)
    conclusion, code, (reason,) = concluded(fixed)
    assert (conclusion, code) == ("not conformant: known failures have changed", 1)
    assert "HDR-FLAGS" in reason
    (entry,) = fixed.document()["known_failures"]["entries"]
    assert entry["status"] == Status.PASSES
    fixed.records["a"].tallies = {"HDR-MAGIC": Tally(5)}
    (entry,) = fixed.document()["known_failures"]["entries"]
    assert entry["status"] == Status.NOTHING
    assert "known_failures" not in results(passing()).document()


@pytest.mark.parametrize(
    "options", [{"is_part": True}, {"profile": "quick"}, {"vectors_only": True, "is_part": True}]
)
def test_in_a_part_of_the_suite_a_known_failure_need_not_be_met(options: dict[str, Any]) -> None:
    made = results(passing("a", "HDR-MAGIC"), **options)
    made.known = known(FLAGS)
    assert made.document()["exit_code"] == 0
    whole = results(passing("a", "HDR-MAGIC"))
    whole.known = known(FLAGS)
    assert whole.document()["exit_code"] == 1


def test_a_requirement_is_known_to_fail_if_each_of_its_causes_is_known() -> None:
    made = results(failing("a", Finding("HDR-FLAGS", "one"), Finding("HDR-FLAGS", "two")))
    (cause,) = made.document()["causes"]
    assert cause["problems_in_all"] == 2
    rows = {row["id"]: row for row in made.document()["requirements"]}
    assert "known" not in rows["HDR-FLAGS"]
    made.known = known(FLAGS)
    rows = {row["id"]: row for row in made.document()["requirements"]}
    assert rows["HDR-FLAGS"]["known"] is True
    assert "known" not in rows["HDR-MAGIC"]


def test_a_cause_whose_example_was_answered_otherwise_again_is_flaky() -> None:
    made = results(failing("a", Finding("HDR-FLAGS", "one"), Finding("HDR-MAGIC", "two")))
    made.flaky = {"a1": "right the second time"}
    first, second = made.document()["causes"]
    assert "flaky" not in first
    assert second["flaky"] == "right the second time"
    assert [one["id"] for one in made.examples()] == ["a0", "a1"]


def test_tests_name_the_causes_by_which_they_failed() -> None:
    made = results(failing("a", Finding("HDR-FLAGS", "one")), passing("b", lost=""))
    first, second = made.document()["tests"]
    assert first == {
        "test": "a",
        "planned": 5,
        "judged": 5,
        "not_claimed": 0,
        "lost": "",
        "causes": ["C1"],
    }
    assert "causes" not in second
    assert [one["id"] for one in made.document()["failures"]] == ["a0"]


def test_failures_are_kept_that_are_examples_of_a_cause() -> None:
    findings = [
        Finding.of(f"{each} is wrong", [Deviation("HDR-FLAGS", "thing")]) for each in "abcdef"
    ]
    document = results(failing("a", *findings)).document()
    assert [one["id"] for one in document["failures"]] == ["a0", "a1", "a2", "a3"]


def test_a_known_failure_may_have_ended_its_test() -> None:
    made = results(failing("a", Finding("HDR-FLAGS", "one"), judged=2))
    made.known = known(FLAGS)
    assert concluded(made)[1] == ExitCode.CONFORMANT


def test_a_finding_that_counts_can_be_known() -> None:
    record = passing(tallies={"HDR-FLAGS": Tally(5, 0, 1)})
    record.findings = [{"id": "f", "requirement": "HDR-FLAGS", "problem": "x"}]
    for level, code in (("should", 0), ("must", 1)):
        made = results(record, level=level)
        made.known = known(FLAGS)
        assert made.document()["exit_code"] == code


def test_a_failure_of_which_nothing_was_kept_is_a_failure() -> None:
    record = failing("a", Finding("HDR-FLAGS", "one"))
    record.failures.clear()
    record.signatures[0]["example"] = ""
    assert concluded(results(record)) == ("not conformant", 1, ["failed: HDR-FLAGS"])
    assert results(record).examples() == []


def test_a_broken_contract_beside_a_failure_is_not_the_reason() -> None:
    both = failing("a", Finding(CONTRACT.id, "a tuple"), Finding("HDR-FLAGS", "one"))
    assert concluded(results(both)) == ("not conformant", 1, ["failed: HDR-FLAGS"])


def test_where_nothing_was_judged_nothing_ran() -> None:
    made = results(passing(judged=0, not_claimed=5, tallies={}))
    assert concluded(made) == ("nothing ran", 5, ["no case was judged"])


def test_some_tests_without_a_judged_case_are_no_matter() -> None:
    some = results(passing(), passing("b", planned=2, judged=0, not_claimed=2, tallies={}))
    assert concluded(some)[1] == 0


# What was measured, asked and claimed.


def test_what_was_measured_is_kept_where_something_was() -> None:
    made = results(passing())
    assert "measured" not in made.document()
    made.measured = {"claims": ["x"]}
    assert made.document()["measured"] == {"claims": ["x"]}


def test_the_digest_is_of_what_was_asked_in_any_order() -> None:
    first, second = passing("a", digest="1"), passing("b", digest="2")
    wanted = hashlib.sha256(b"a 1\nb 2").hexdigest()
    assert results(first, second).document()["digest"] == wanted
    assert results(second, first).document()["digest"] == wanted


BY_REQUIREMENTS = {
    "error_context": ["ERR-CONTEXT-MUST", "ERR-CONTEXT-SHOULD"],
    "strict_padding": ["PAD-DECODE"],
    "threads": ["STATE-THREADS"],
    "buffers": ["MEM-READ", "MEM-INPUT", "MEM-WRITE"],
    "views": ["VIEW-ALIAS", "VIEW-ALLOC", "VIEW-LIFETIME", "VIEW-BOUNDS"],
    "echo": ["RLY-ECHO"],
    "audit": ["RLY-AUDIT"],
    "metrics": ["RLY-METRICS"],
}


@pytest.mark.parametrize("name", BY_REQUIREMENTS)
def test_a_claim_is_judged_by_any_of_its_requirements(name: str) -> None:
    for id_ in BY_REQUIREMENTS[name]:
        made = results(passing(requirement=id_))
        made.implementation["capabilities"] = [name]
        made.rules = relay_requirements() if name in {"echo", "audit", "metrics"} else None
        assert made.document()["claimed_not_judged"] == []
        unjudged = results(passing(tallies={id_: Tally(0)}))
        unjudged.implementation["capabilities"] = [name]
        unjudged.rules = made.rules
        assert unjudged.document()["claimed_not_judged"] == [name]
    assert len(SHOWN_BY) == len(BY_REQUIREMENTS)


# The file, and the process that made it.


def test_what_is_no_results_file_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with pytest.raises(KitError, match=r"^There is no results file .*\. .* --results\.$"):
        load(path)
    path.write_text("{")
    with pytest.raises(KitError, match="cannot be read as results: ") as unread:
        load(path)
    assert str(unread.value).endswith(". Run the suite again.")
    path.write_text('{"format": 1}')
    with pytest.raises(KitError, match=r"is no results file: .* at \$\. Run the suite again\.$"):
        load(path)
    path.write_text(f'{{"format": {"9" * 500}}}')
    with pytest.raises(KitError) as long:
        load(path)
    assert len(str(long.value)) < 500


def test_a_run_that_did_not_end_says_what_is_missing() -> None:
    whole = results(passing()).document()
    check_ended(whole, Path("x"))
    first = schema()["then"]["required"][0]
    part = {key: value for key, value in whole.items() if key != first}
    with pytest.raises(KitError, match=f"it has no {first}") as ended:
        check_ended(part, Path("x"))
    assert str(ended.value).endswith(". Run the suite again.")


def test_the_code_of_a_watched_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of_watched(1, COMPLETE) == ExitCode.NOT_CONFORMANT
    assert capsys.readouterr().err == ""
    assert exit_code_of_watched(1, b"") == ExitCode.INCONCLUSIVE
    assert "ended (exit code 1) before the run was complete" in capsys.readouterr().err
    assert [exit_code_of_watched(code, COMPLETE) for code in (2, 3, 5, -9, 137)] == [
        2,
        3,
        5,
        3,
        137,
    ]
    assert {one.name: int(one) for one in ExitCode} == {
        "CONFORMANT": 0,
        "NOT_CONFORMANT": 1,
        "USAGE": 2,
        "INCONCLUSIVE": 3,
        "THROUGHPUT": 4,
        "NOTHING_RAN": 5,
    }
