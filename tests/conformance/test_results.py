"""What a run concludes from its records, and that only a complete file is believed."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from torq_conformance.errors import KitError
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.judging.verdicts import CONTRACT, Finding
from torq_conformance.running.in_words import Words
from torq_conformance.running.results import COMPLETE, ExitCode, Results, exit_code_of_watched, load
from torq_conformance.running.results_file import ResultsFile
from torq_specs.registry import REGISTRY

PASSED = {"HDR-MAGIC": Tally(judged=5)}
FAILURE = {
    "id": "abc",
    "requirement": "HDR-MAGIC",
    "level": "MUST",
    "also": [],
    "problem": "accepted",
    "test": "test",
    "label": "x",
    "asked": {"operation": "decode", "size": 0},
    "expected": {"refusals": ["MessageTooSmall(need=32, got=0)"], "count": 1},
    "got": {"answer": {"map": {}, "count": 0}},
    "case": {
        "requirement": "HDR-MAGIC",
        "label": "x",
        "requests": [{"operation": "decode", "argument": ""}],
    },
}


def results(*records: TestRecord, planned: dict[str, int] | None = None) -> Results:
    """Results with some records."""
    who = {"given_as": "x", "name": "x", "version": "1", "language": "Python", "capabilities": []}
    made = Results(who, {"level": "must"})
    made.planned_tests = planned if planned is not None else {r.test: r.planned for r in records}
    made.records = {record.test: record for record in records}
    return made


def test_everything_judged_and_passed_is_conformant(tmp_path: Path) -> None:
    file = ResultsFile(tmp_path / "results.json")
    document = results(TestRecord("a", 5, 5, tallies=PASSED)).document()
    assert (document["conclusion"], document["exit_code"]) == ("conformant", 0)
    file.complete(document)
    assert load(tmp_path / "results.json")["status"] == "complete"


def test_a_failed_must_is_not_conformant() -> None:
    tallies = {"HDR-MAGIC": Tally(judged=5, failed=1)}
    record = TestRecord("a", 5, 5, tallies=tallies)
    finding = Finding("HDR-MAGIC", "accepted")
    assert record.takes(finding)
    record.keep(finding, FAILURE)
    document = results(record).document()
    assert document["exit_code"] == ExitCode.NOT_CONFORMANT
    assert document["reasons"] == ["failed: HDR-MAGIC"]
    (cause,) = document["causes"]
    assert (cause["requirement"], cause["cases"], cause["example"]) == ("HDR-MAGIC", 1, "abc")
    (row,) = (row for row in document["requirements"] if row["causes"])
    assert (row["id"], row["verdict"], row["causes"]) == ("HDR-MAGIC", "fail", ["C1"])


def test_a_broken_contract_alone_is_not_conformant() -> None:
    record = TestRecord("a", 5, 5)
    finding = Finding(CONTRACT.id, "the answer is a tuple")
    record.takes(finding)
    record.keep(finding, {**FAILURE, "requirement": CONTRACT.id})
    document = results(record).document()
    assert document["exit_code"] == ExitCode.NOT_CONFORMANT
    assert document["reasons"] == ["the contract was broken"]
    assert [cause["requirement"] for cause in document["causes"]] == ["CONTRACT"]
    assert not [row for row in document["requirements"] if row["verdict"] == "fail"]


@pytest.mark.parametrize(
    ("claimed", "answers", "left_out", "verdict"),
    [
        (["decode", "encode"], [(False, False), (True, True)], False, "pass (decode only)"),
        (["decode", "encode"], [(False, False), (True, True), (True, False)], False, "pass"),
        (["decode", "encode"], [(False, False)], False, "pass"),
        (["decode"], [(False, False)], True, "pass (decode only)"),
        (["decode"], [(False, False)], False, "pass"),
        (["decode"], [], True, "not claimed"),
    ],
    ids=["none right", "one right", "none asked", "not claimed", "no matter", "nothing judged"],
)
def test_a_pass_says_when_no_encoding_ever_succeeded(
    claimed: list[str], answers: list[tuple[bool, bool]], left_out: bool, verdict: str
) -> None:
    record = TestRecord("a", 1, 1)
    for is_encoding, is_wrong in answers:
        # What is wrong speaks of something else.
        findings = [Finding("ERR-RANGE", "refused")] if is_wrong else []
        record.count("LAYOUT-TRADE", findings, [], is_encoding=is_encoding)
    if left_out:
        record.leave_out("LAYOUT-TRADE")
    made = results(record)
    made.implementation["capabilities"] = claimed
    rows = {row["id"]: row["verdict"] for row in made.document()["requirements"]}
    assert rows["LAYOUT-TRADE"] == verdict


def test_what_ended_before_its_last_case_is_said_with_the_reason() -> None:
    records = []
    for name in ("a", "b"):
        record = TestRecord(name, 10, 3, ended="ended after 3 crashes")
        finding = Finding("ERR-NO-CRASH", "crashed")
        record.takes(finding)
        record.keep(finding, {**FAILURE, "requirement": "ERR-NO-CRASH"})
        record.count("ERR-NO-CRASH", [finding], [])
        records.append(record)
    document = results(*records).document()
    assert document["not_judged"] == [{"reason": "ended after 3 crashes", "tests": 2, "cases": 14}]
    assert document["reasons"] == [
        "failed: ERR-NO-CRASH",
        "2 tests ended after 3 crashes, 14 cases not judged",
    ]


@pytest.mark.parametrize(
    ("record", "planned"),
    [
        (TestRecord("a", 5, 4, tallies=PASSED), None),
        (TestRecord("a", 5, 5, tallies=PASSED), {"a": 5, "b": 1}),
        (TestRecord("a", 5, 3, lost="restart budget spent", tallies=PASSED), None),
    ],
    ids=["a case short", "a test short", "the adapter lost"],
)
def test_less_judged_than_planned_is_inconclusive(
    record: TestRecord, planned: dict[str, int] | None
) -> None:
    document = results(record, planned=planned).document()
    assert (document["conclusion"], document["exit_code"]) == ("inconclusive", 3)
    assert document["reasons"]


def test_an_interrupted_run_stays_incomplete() -> None:
    made = results(TestRecord("a", 5, 5, tallies=PASSED))
    made.broken.append("the run was interrupted")
    document = made.document()
    assert (document["status"], document["exit_code"]) == ("incomplete", 3)


def test_nothing_judged_is_no_pass() -> None:
    record = TestRecord("a", 5, 0, not_claimed=5, unclaimed=["HDR-MAGIC"])
    document = results(record).document()
    assert (document["conclusion"], document["exit_code"]) == ("nothing ran", 5)
    verdicts = {row["id"]: row["verdict"] for row in document["requirements"]}
    assert verdicts["HDR-MAGIC"] == "not claimed"
    assert verdicts["HDR-FLAGS"] == "not judged"


@pytest.mark.parametrize(("level", "code"), [("must", 0), ("should", 1)])
def test_should_findings_fail_only_where_asked(level: str, code: int) -> None:
    made = results(TestRecord("a", 5, 5, tallies={"PAD-DECODE": Tally(5, 0, 2)}))
    made.options["level"] = level
    document = made.document()
    assert document["exit_code"] == code
    rows = {row["id"]: row for row in document["requirements"]}
    assert rows["PAD-DECODE"]["verdict"] == "pass with SHOULD findings"


def test_the_file_says_incomplete_from_the_start(tmp_path: Path) -> None:
    ResultsFile(tmp_path / "results.json").begin(results(planned={"a": 5}).beginning())
    document = load(tmp_path / "results.json")
    assert document["status"] == "incomplete"
    assert document["planned"] == {"tests": 1, "cases": 5}


def test_a_process_that_ended_early_is_inconclusive() -> None:
    assert exit_code_of_watched(0, b"") == ExitCode.INCONCLUSIVE
    assert exit_code_of_watched(-9, COMPLETE) == ExitCode.INCONCLUSIVE
    assert exit_code_of_watched(0, COMPLETE) == ExitCode.CONFORMANT
    assert exit_code_of_watched(4, b"") == 4


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"format": 2})])
def test_another_file_is_not_taken_for_results(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(KitError, match="results"):
        load(tmp_path / "results.json")


def test_what_is_claimed_and_was_not_judged_is_said() -> None:
    record = TestRecord("a", 5, 5, tallies={"PAD-DECODE": Tally(judged=1)})
    record.census = {"decode, any type, valid": 5}
    made = results(record)
    made.implementation["capabilities"] = ["decode", "encode", "strict_padding", "throughput"]
    assert made.document()["claimed_not_judged"] == ["encode", "throughput"]


def test_frames_are_judged_where_round_trips_went_in_them() -> None:
    record = TestRecord("a", 5, 5, tallies={"RT-BYTES": Tally(judged=5)})
    record.census = {"roundtrip, any type, valid": 5}
    made = results(record)
    made.implementation["capabilities"] = ["frames"]
    assert made.document()["claimed_not_judged"] == ["frames"]
    record.census = {"roundtrip as many round trips at once, any type, valid": 5}
    assert made.document()["claimed_not_judged"] == []


def test_records_cross_processes() -> None:
    reported = ([FAILURE], [FAILURE])
    signatures = [{"problem": "p", "ways": [["HDR-FLAGS", "header.flags", ""]], "cases": 2}]
    record = TestRecord("a", 5, 4, 1, "why", "3 crashes", dict(PASSED), *reported, signatures)
    assert TestRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.once
def test_results_stay_small_whatever_fails() -> None:
    records = []
    for at in range(400):
        record = TestRecord(
            f"test {at}", 400, 400, lost="x" * 5000, tallies={"HDR-MAGIC": Tally(400, 400)}
        )
        for nth in range(24):
            problem = (
                f"field {'abcdefghijklmnopqrstuvwx'[nth]}{at:03d} ".replace("0", "o") + "y" * 300
            )
            finding = Finding.of(problem, [Deviation("HDR-MAGIC", f"field {at} {nth}", "other")])
            record.takes(finding)
            record.keep(finding, {**FAILURE, "id": f"{at}-{nth}", "label": "z" * 20_000})
        records.append(record)
    document = results(*records).document()
    assert len(json.dumps(document, indent=1)) <= 2_000_000
    left_out = document["left_out"]
    assert left_out["causes"] > 0
    assert left_out["failures"] > 0
    # The plainest of the first cause is there whole, and the file is one that can be read back.
    first = document["causes"][0]
    assert first["example"] in {failure["id"] for failure in document["failures"]}
    assert [cause["id"] for cause in document["causes"][:50]] == [f"C{n}" for n in range(1, 51)]


def test_what_other_tools_are_given_stays_small_whatever_fails() -> None:
    in_words = Words()
    size = 0
    for at in range(800):
        record = TestRecord(f"test {at}", 400, 400, tallies={"HDR-MAGIC": Tally(400, 400)})
        record.failures = [{**FAILURE, "problem": "<&\x1b" * 1000, "label": "z" * 5000}] * 24
        words = in_words.of(record, REGISTRY, "x")
        size += len(escape(words.message)) + len(escape(words.text))
        assert "400 of 400 judged cases failed" in words.text
    assert size < 2_000_000
