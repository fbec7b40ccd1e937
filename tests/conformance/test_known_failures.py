"""Known failures are asked all the same; what no longer fails as it is said fails the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import faulty
from torq_conformance.cases import messages
from torq_conformance.cases.case import Case
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Operation, Placement, Request, Surroundings
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.judging.verdicts import Finding
from torq_conformance.reference import Reference
from torq_conformance.running import results as results_of_runs
from torq_conformance.running.flaky import flaky_among
from torq_conformance.running.known_failures import PLACEHOLDER, Status, read
from torq_conformance.running.known_failures_fix import fix
from torq_conformance.running.results import ExitCode, Results
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

ROOT = Path(__file__).parent.parent.parent
CODEC = "python:tests.conformance.faulty"

FLAGS, SOURCE = "header.flags is 5, not 7", "header.source is 1, not 2"


def failing(problem: str, *, id_: str = "abc", requirement: str = "HDR-FLAGS") -> TestRecord:
    """The record of a test with one failure."""
    record = TestRecord(f"test {id_}", 5, 5, tallies={requirement: Tally(judged=5, failed=1)})
    finding = Finding(requirement, problem)
    assert record.takes(finding)
    case = {"requirement": requirement, "label": "x", "requests": []}
    record.keep(finding, {"id": id_, "problem": problem, "requirement": requirement, "case": case})
    return record


def concluded(path: Path, text: str, *records: TestRecord, **options: Any) -> dict[str, Any]:
    """The document of a whole run, with what a file says of its failures."""
    path.write_text(text)
    who = {"given_as": "x", "name": "x", "version": "1", "language": "x", "capabilities": []}
    made = Results(who, {"level": "must", **options}, known=read(path))
    made.planned_tests = {record.test: record.planned for record in records}
    made.records = {record.test: record for record in records}
    return made.document()


def entry(reason: str = "later", **keys: str) -> str:
    lines = [f"{key} = {json.dumps(part)}" for key, part in {**keys, "reason": reason}.items()]
    return "\n".join(["[[known]]", *lines, ""])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "known.toml"


BY = {
    "requirement": {"requirement": "HDR-FLAGS"},
    "cause": {"cause": "header.flags is #, not #"},
    "cause as a run shows it": {"cause": "header.flags is 99, not 0"},
    "case": {"case": "abc"},
    "requirement and cause": {"requirement": "HDR-FLAGS", "cause": FLAGS},
    "case and cause": {"case": "abc", "cause": FLAGS},
}


@pytest.mark.parametrize("keys", BY.values(), ids=BY)
def test_a_known_failure_leaves_a_run_green(path: Path, keys: dict[str, str]) -> None:
    document = concluded(path, entry(**keys), failing(FLAGS))
    assert document["exit_code"] == ExitCode.CONFORMANT
    assert document["conclusion"] == "conformant but for 1 known failure"
    (one,) = document["known_failures"]["entries"]
    assert one == {
        **keys,
        "line": 1,
        "reason": "later",
        "status": "fails as known",
        "causes": ["C1"],
    }
    assert document["causes"][0]["known"] == "later"
    (row,) = [row for row in document["requirements"] if row["id"] == "HDR-FLAGS"]
    assert (row["verdict"], row["known"]) == ("fail", True)


def test_another_failure_is_not_hidden_by_a_known_one(path: Path) -> None:
    records = failing(FLAGS), failing(SOURCE, id_="def", requirement="HDR-SOURCE")
    document = concluded(path, entry(requirement="HDR-FLAGS"), *records)
    assert document["exit_code"] == ExitCode.NOT_CONFORMANT
    assert document["reasons"] == ["failed: HDR-SOURCE"]


CHANGED = {
    "another cause": ({"requirement": "HDR-FLAGS", "cause": SOURCE}, Status.CHANGED),
    "another cause of a case": ({"case": "abc", "cause": SOURCE}, Status.CHANGED),
    "a case of another requirement": ({"case": "abc", "requirement": "HDR-MAGIC"}, Status.CHANGED),
    "a requirement that passes": ({"requirement": "HDR-SOURCE"}, Status.PASSES),
    "a requirement that is not judged": ({"requirement": "HDR-MAGIC"}, Status.NOTHING),
    "a cause of nothing": ({"cause": "crashed: it"}, Status.NOTHING),
    "a case that did not fail": ({"case": "0123456789"}, Status.NOTHING),
}


@pytest.mark.parametrize(("keys", "status"), CHANGED.values(), ids=CHANGED)
def test_what_is_not_as_it_is_said_fails_the_run(
    path: Path, keys: dict[str, str], status: Status
) -> None:
    passed = TestRecord("passed", 3, 3, tallies={"HDR-SOURCE": Tally(judged=3)})
    text = entry(cause=FLAGS) + entry(**keys)
    document = concluded(path, text, failing(FLAGS), passed)
    assert document["exit_code"] == ExitCode.NOT_CONFORMANT
    assert document["conclusion"] == "not conformant: known failures have changed"
    assert [one["status"] for one in document["known_failures"]["entries"]][1] == status
    (reason,) = document["reasons"]
    assert reason.startswith("known.toml:4: ")
    assert "--fix-known-failures" in reason
    # In a part of the suite it may fail where nobody has asked; a wrong cause is a wrong cause.
    part = concluded(path, text, failing(FLAGS), passed, is_part=True)
    is_green = part["exit_code"] == ExitCode.CONFORMANT
    assert is_green is (status is not Status.CHANGED)


def test_a_flaky_one_may_fail_and_need_not(path: Path) -> None:
    text = entry(requirement="HDR-FLAGS") + "flaky = true\n"
    quiet = concluded(path, text, TestRecord("a", 3, 3, tallies={"HDR-FLAGS": Tally(judged=3)}))
    assert (quiet["conclusion"], quiet["exit_code"]) == ("conformant", 0)
    assert quiet["known_failures"]["entries"][0]["status"] == "did not fail this time"
    loud = concluded(path, text, failing(FLAGS))
    assert loud["conclusion"] == "conformant but for 1 known failure"


def test_findings_that_count_can_be_known(path: Path) -> None:
    record = TestRecord("a", 3, 3, tallies={"PAD-DECODE": Tally(judged=3, findings=2)})
    record.findings.append({"id": "f", "requirement": "PAD-DECODE", "problem": "taken"})
    known = concluded(path, entry(requirement="PAD-DECODE"), record, level="should")
    assert known["conclusion"] == "conformant but for 1 known failure"
    other = concluded(path, entry(requirement="PAD-DECODE", cause="x"), record, level="should")
    assert other["exit_code"] == ExitCode.NOT_CONFORMANT


WRONG = {
    "no TOML": ("a = 1\nb = \n", ":2: this is no TOML"),
    "no TOML at its end": ('[[known]]\nreason = "x', ":2: this is no TOML"),
    "another table": ("[other]\na = 1\n", ":1: 'other' is not known."),
    "entries in one line": ('\nknown = [{case = "a", reason = "b"}]\n', ":2: the entries are"),
    "no reason": ('\n\n[[known]]\ncase = "a"\n', ":3: there is no reason. Write reason"),
    "an empty reason": (entry(" ", case="a"), ":1: reason is no text."),
    "a reason that is a number": ('[[known]]\ncase = "a"\nreason = 1\n', ":1: reason is no text."),
    "the kit's own reason": (entry(PLACEHOLDER, case="a"), ":1: the reason is still the one"),
    "nothing named": (entry(), ":1: it is not said what is known. Name a requirement"),
    "an unknown key": (entry(test="x", case="a"), ":1: 'test' is not known."),
    "an unknown requirement": (
        entry(case="a") + entry(requirement="HDR-FLAG"),
        ":4: there is no requirement 'HDR-FLAG'. Is it HDR-FLAGS",
    ),
    "the same twice": (entry(case="a") + entry(case="a"), ":4: this says the same as line 1."),
    "no truth": (entry(case="a") + "flaky = 1\n", ":1: flaky is neither true nor false."),
}


@pytest.mark.parametrize(("text", "reported"), WRONG.values(), ids=WRONG)
def test_a_bad_file_is_one_line_with_file_and_line(path: Path, text: str, reported: str) -> None:
    path.write_text(text)
    with pytest.raises(KitError) as raised:
        read(path)
    assert str(raised.value).startswith(f"{path}{reported}")
    assert "\n" not in str(raised.value)
    assert raised.value.hint


@pytest.mark.parametrize("kind", ["missing", "folder", "bytes", "long"])
def test_what_is_no_file_of_text_is_refused(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe")
    elif kind == "long":
        path.write_bytes(b"#" * (2 << 20))
    with pytest.raises(KitError) as raised:
        read(path)
    assert str(path) in str(raised.value)


KEPT = """\
# Ours.

# Why the flags: see the old header.
[[known]]
requirement = "HDR-FLAGS"  # for ever
reason = "later"

# This one is mended.
[[known]]
requirement = "HDR-SOURCE"
reason = "soon"

# The magic.
[[known]]
requirement = "HDR-MAGIC"
cause = "something else"
reason = "the magic of old"
"""


def test_a_file_is_rewritten_by_what_a_run_has_shown(path: Path) -> None:
    records = (
        failing(FLAGS),
        TestRecord("passed", 3, 3, tallies={"HDR-SOURCE": Tally(judged=3)}),
        failing("crashed: here", id_="def", requirement="HDR-MAGIC"),
        failing("crashed: there", id_="ghi", requirement="CHK-VERIFY"),
    )
    document = concluded(path, KEPT, *records)
    fixed = fix(path, document)
    assert str(fixed) == "2 taken out, 2 written; write a reason for each new one"
    text = path.read_text()
    assert text.startswith(KEPT.partition("\n# This one")[0])
    assert "mended" not in text
    assert "# Before, for another cause: the magic of old\n[[known]]" in text
    with pytest.raises(KitError, match="the reason is still the one that the kit wrote"):
        read(path)
    edited = text.replace(PLACEHOLDER, "because")
    again = concluded(path, edited, *records)
    assert again["conclusion"] == "conformant but for 3 known failures"
    assert str(fix(path, again)) == "0 taken out, 0 written"
    assert path.read_text() == edited


def failures_of(implementation: Any) -> tuple[list[dict[str, Any]], Judge]:
    judge = Judge(InProcessAdapter(implementation, "it", type(implementation)))
    test = next(one for one in suite_tests() if one.name == "test_flags_are_carried_through")
    judge.start(test.name, 0)
    judge.judge_all(cases_of(test.source, judge.registry, None))
    return judge.record.failures[:1], judge


def test_answers_that_differ_are_flaky_and_steady_ones_are_not() -> None:
    failures, judge = failures_of(faulty.FlagsByChance())
    assert flaky_among(failures, judge)
    failures, judge = failures_of(faulty.FlagsCleared())
    assert failures
    assert not flaky_among(failures, judge)


class SlotTaken(Reference):
    """MSG-TRAILING: what is no bytes is a slot, of which the end is not looked at."""

    def decode(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, bytes) and len(data) >= 32:
            data = bytes(data[: 32 + int.from_bytes(data[24:28], "little")])
        return super().decode(bytes(data))


def test_an_answer_that_is_attributed_otherwise_is_not_flaky() -> None:
    judge = Judge(InProcessAdapter(SlotTaken(), "it", SlotTaken))
    data = messages.wire_of(REGISTRY[1], bytes(40)) + b"\0"
    placement = Placement(Surroundings.UNMAPPED_BEHIND)
    judge.start("test", 1)
    judge.judge(Case("MEM-READ", "", Request(Operation.DECODE, data, placement)))
    (failure,) = judge.record.failures
    assert not flaky_among([failure], judge)
    assert not flaky_among([{**failure, "problem": "attributed otherwise"}], judge)
    other = {"answer": "another"}
    assert flaky_among([{**failure, "problem": "x", "got": other}], judge)


class GrowsUnevenly(Reference):
    """VIEW-ALLOC: a view keeps memory that grows with the message, never the same."""

    count = 0

    def decode_view(self, buffer: Any) -> Any:
        view = super().decode_view(buffer)
        GrowsUnevenly.count += 1
        self.kept = bytearray(len(buffer) * 64 + GrowsUnevenly.count**2 % 10_007)
        return view


def test_what_is_measured_is_not_flaky_for_some_bytes_more() -> None:
    judge = Judge(InProcessAdapter(GrowsUnevenly(), "it", GrowsUnevenly))
    test = next(
        one for one in suite_tests() if one.name == "test_a_view_takes_no_memory_that_grows"
    )
    judge.start(test.name, 0)
    judge.judge_all(cases_of(test.source, judge.registry, None))
    assert judge.record.failures
    problems = {failure["problem"] for failure in judge.record.failures}
    assert not flaky_among(judge.record.failures, judge)
    judge.start(test.name, 0)
    judge.judge_all(cases_of(test.source, judge.registry, None))
    assert problems.isdisjoint(failure["problem"] for failure in judge.record.failures)


def run(folder: Path, codec: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = ("run", f"{CODEC}:{codec}", "-k", "flags_are", "-n", "1", *arguments)
    return subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of(lines: Sequence[str], begin: str) -> list[str]:
    return [line for line in lines if line.strip().startswith(begin)]


def test_a_run_says_first_that_failures_are_known(tmp_path: Path, path: Path) -> None:
    options = ("--known-failures", str(path))
    first = run(tmp_path, "FlagsCleared", *options, "--fix-known-failures")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "0 taken out, 1 written; write a reason" in first.stdout
    refused = run(tmp_path, "FlagsCleared", *options)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert f"{path}:4: the reason is still" in refused.stderr
    path.write_text(path.read_text().replace(PLACEHOLDER, "the old header"))
    known = run(tmp_path, "FlagsCleared", *options)
    assert known.returncode == 0, known.stdout + known.stderr
    lines = known.stdout.splitlines()
    assert lines[0] == "no failure in the part that was selected but for 1 known failure"
    assert rows_of(lines, "the old header")
    document = results_of_runs.load(tmp_path / "torq-results.json")
    assert document["known_failures"]["file"] == str(path)
    path.write_text(path.read_text().replace("header.flags", "header.source"))
    changed = run(tmp_path, "FlagsCleared", *options)
    assert changed.returncode == 1
    assert "known.toml:4: requirement 'HDR-FLAGS'" in changed.stdout


def test_flaky_answers_are_listed_apart(tmp_path: Path) -> None:
    done = run(tmp_path, "FlagsByChance")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "flaky: the same question is answered otherwise" in done.stdout
    document = results_of_runs.load(tmp_path / "torq-results.json")
    assert any("flaky" in cause for cause in document["causes"])


def test_there_must_be_a_file_to_rewrite(tmp_path: Path) -> None:
    done = run(tmp_path, "FlagsCleared", "--fix-known-failures")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--known-failures FILE" in done.stderr


def test_pytest_is_as_green_as_the_results(tmp_path: Path, path: Path) -> None:
    path.write_text(entry(requirement="HDR-FLAGS"))
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert OWN\n")

    def suite(*arguments: str) -> int:
        words = ("-m", "pytest", "--pyargs", "torq_conformance.suite", "-q", *arguments)
        options = ("--torq-implementation", f"{CODEC}:FlagsCleared", "-k", "flags_are or own")
        return subprocess.run(
            [sys.executable, *words, *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        ).returncode

    assert suite() == 1
    assert suite("--torq-known-failures", str(path)) == 0
    # What else fails in that run of pytest fails it.
    assert suite("--torq-known-failures", str(path), "test_own.py") == 1
    path.write_text(entry(requirement="HDR-FLAGS", cause="another"))
    assert suite("--torq-known-failures", str(path)) == 1
