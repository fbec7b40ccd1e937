"""The command line: exit codes, results, and one clear line for every wrong set-up."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from torq_conformance import cli
from torq_conformance.running.results import ExitCode

ROOT = Path(__file__).parent.parent.parent
FAULTY = "python:tests.conformance.faulty"


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, where the faulty implementations can be imported.

    A part is judged by one worker process: to start a second takes longer than the part.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = ("-n", "1") if "-k" in arguments and "-n" not in arguments else ()
    return subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", *arguments, *workers],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def results(folder: Path) -> dict[str, Any]:
    """The results file of a run."""
    document: dict[str, Any] = json.loads((folder / "torq-results.json").read_text())
    return document


def test_of_a_part_every_planned_case_is_judged(tmp_path: Path) -> None:
    # All of the suite is what tox runs after these tests.
    done = command(
        "run", "reference", "--profile", "quick", "-k", "5_vectors", "-v", folder=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = results(tmp_path)
    assert document["status"] == "complete"
    assert document["judged"] == document["planned"] | {"tests": document["judged"]["tests"]}
    assert {row["verdict"] for row in document["requirements"]} == {"pass", "not judged"}
    assert "VEC-CAPACITY" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["torq-results.json"]


def test_a_faulty_implementation_is_not(tmp_path: Path) -> None:
    done = command("run", f"{FAULTY}:FlagsCleared", "-k", "header", folder=tmp_path)
    assert done.returncode == 1
    first_screen = "\n".join(done.stdout.splitlines()[:24])
    assert "HDR-FLAGS" in first_screen
    assert "header.flags" in first_screen
    id_ = results(tmp_path)["failures"][0]["id"]
    again = command("replay", id_, f"{FAULTY}:FlagsCleared", folder=tmp_path)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "FAILED")
    mended = command("replay", id_, "reference", folder=tmp_path)
    assert (mended.returncode, mended.stdout) == (0, "FIXED\n")


def test_a_run_writes_the_page_as_well(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    words = ("run", f"{FAULTY}:FlagsCleared", "-k", "flags_are_carried", "-n", "1")
    done = command(*words, "--html", str(page), folder=tmp_path)
    assert done.returncode == 1
    assert f"the page is in {page}" in done.stderr
    failure = results(tmp_path)["failures"][0]
    html = page.read_text("utf-8")
    assert f"torq-conformance replay {failure['id']} {FAULTY}:FlagsCleared" in html
    again = command("report", "torq-results.json", "--html", "again.html", folder=tmp_path)
    assert (again.returncode, again.stdout) == (0, "wrote again.html\n")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()
    # Before anything is judged.
    refused = command(*words, "--html", str(tmp_path / "none" / "x.html"), folder=tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)


def test_an_implementation_that_knows_vendor_types_is_conformant(tmp_path: Path) -> None:
    module = "tests.conformance.vendor_types"
    part = "PairQuote or FundingRate or ShortBook or header"
    specs = ("--vendor-specs", module, "--profile", "quick", "-v", "-k", part)
    done = command("run", f"python:{module}:Right", *specs, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LAYOUT-FUNDINGRATE" in done.stdout


def test_half_a_surrogate_in_an_answer_is_reported(tmp_path: Path) -> None:
    for words in (("run", "-n", "1", "-k", "domains_are_1_to_4"), ("smoke",)):
        done = command(*words, f"{FAULTY}:HalfASurrogate", folder=tmp_path)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "\\ud800" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr


def test_a_worker_owns_its_arguments_as_in_process(tmp_path: Path) -> None:
    name = "python:tests.conformance.sound:ClearsItsArgument"
    select = ("-k", "answers_do_not_depend_on_other_calls", "--profile", "quick")
    done = command("run", name, *select, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("chapter", ["8_state", "12_memory"])
def test_failures_of_every_form_reach_the_results(tmp_path: Path, chapter: str) -> None:
    # Rows of calls, threads and placed buffers are shown in other words than single questions.
    options = ("--profile", "quick", "-k", chapter)
    done = command("run", f"{FAULTY}:FlagsCleared", *options, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert results(tmp_path)["status"] == "complete"


@pytest.mark.parametrize("options", [(), ("--in-process",)], ids=["worker", "in process"])
def test_an_exit_in_mid_call_is_never_green(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = command("run", f"{FAULTY}:Exits", "-k", "Trade", *options, folder=tmp_path)
    assert done.returncode in ({3, 1} if options else {1}), done.stdout + done.stderr
    assert results(tmp_path)["conclusion"] != "conformant"


def served(name: str) -> str:
    """A Python implementation as a program of its own."""
    module = "torq_conformance.implementations.stdio_server"
    return f"stdio:{shlex.quote(sys.executable)} -m {module} {name}"


def test_a_program_is_judged_by_its_lines(tmp_path: Path) -> None:
    options = ("-k", "flags", "--lint")
    done = command("run", served("reference"), *options, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    bad = served(f"{FAULTY}:FlagsCleared")
    done = command("run", bad, *options, folder=tmp_path)
    assert done.returncode == 1
    failure = results(tmp_path)["failures"][0]
    assert failure["requirement"] == "HDR-FLAGS"
    repeat = next(x for x in done.stdout.splitlines() if "replay" in x)
    again = command(*shlex.split(repeat.partition("torq-conformance ")[2]), folder=tmp_path)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "FAILED")
    mended = command("replay", failure["id"], served("reference"), folder=tmp_path)
    assert (mended.returncode, mended.stdout) == (0, "FIXED\n")


def test_a_program_that_ends_at_every_question_is_never_green(tmp_path: Path) -> None:
    done = command("run", served(f"{FAULTY}:Exits"), "-k", "Trade", folder=tmp_path)
    assert done.returncode in {1, 3}
    assert results(tmp_path)["conclusion"] != "conformant"


def test_a_program_is_searched(tmp_path: Path) -> None:
    options = ("--count", "3000", "--type", "Trade", "-n", "1")
    good = command("search", served("reference"), *options, folder=tmp_path)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "judged 3,000 of 3,000 cases" in good.stdout
    bad = command("search", served(f"{FAULTY}:PriceUnsigned"), *options, folder=tmp_path)
    assert bad.returncode == 1
    assert "tlvs[0].value.price is 18446744073709551615, not -1" in bad.stdout


def test_what_is_not_claimed_is_not_passed(tmp_path: Path) -> None:
    part = "header or short_buffers or any_framing or rule or cut_tlvs or shortest"
    done = command("run", f"{FAULTY}:Encoder", "-k", part, folder=tmp_path)
    assert done.returncode == 0
    verdicts = {row["id"]: row["verdict"] for row in results(tmp_path)["requirements"]}
    assert verdicts["MSG-TOO-SMALL"] == verdicts["VLD-TRADE-PRICE"] == "not claimed"
    assert verdicts["ERR-CONTEXT-SHOULD"] == "not claimed"
    assert verdicts["TLV-SHORTEST"] == "pass"


def test_claiming_without_answering_fails(tmp_path: Path) -> None:
    done = command("run", f"{FAULTY}:NothingSupported", "-k", "header", folder=tmp_path)
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (("run", "torq.py"), "Unknown implementation 'torq.py'"),
        (("run", "python:nowhere:Codec"), "There is no module 'nowhere'"),
        (("run", f"{FAULTY}:Nowhere"), "has no 'Nowhere'"),
        (("run", f"{FAULTY}:NoMethods"), "has no method `decode`"),
        (("run", f"{FAULTY}:FAULTS"), "has no 'FAULTS'"),
        (("run", "python:json:loads"), "has no `capabilities`"),
        (("run", "reference", "--results", "none/r.json"), "none/r.json cannot be written: its"),
        (("run", "reference", "--results", "."), ". cannot be written: it is a folder"),
        (("run", "reference", "-n", "100000"), "Invalid value for '-n' / '--workers'"),
        (("run", "reference", "-n", "0"), "Invalid value for '-n' / '--workers'"),
        (("run", "reference", "--seed", "-1"), "Invalid value for '--seed'"),
        (("run", "reference", "--vendor-specs", "nowhere"), "vendor specs nowhere cannot be"),
        (("run", "stdio:./nowhere --serve"), "There is no program './nowhere'"),
        (("search", "stdio:./nowhere"), "There is no program './nowhere'"),
        (("smoke", "stdio:echo ready"), "a banner or a log belongs on stderr"),
        (
            ("smoke", "stdio:true"),
            "'true' gave no answer to hello: its process exited with code 0.",
        ),
        (("smoke", "stdio:cat"), "The answer to hello is out of form"),
        (("smoke", "stdio:cat", "--in-process"), "has a process of its own"),
        (("smoke", "reference", "--lint"), "There are no lines to lint"),
        (("replay", "123", "reference"), "no results file torq-results.json"),
        (("run", "reference", "-k", "no such part"), "The selection 'no such part' cannot be read"),
        (("run", "reference", "-k", "not (a or)"), "The selection 'not (a or)' cannot be read"),
        (("run", "reference", "--profile", "huge"), "Invalid value for '--profile'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_wrong_set_up_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], reported: str
) -> None:
    done = command(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert reported in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_smoke_asks_on_and_lists_the_causes(tmp_path: Path) -> None:
    bad = command("smoke", f"{FAULTY}:ChecksumZero", "--all", folder=tmp_path)
    assert bad.returncode == 1
    lines = bad.stdout.splitlines()
    asked = [line for line in lines if line.startswith(("  ok", "  FAIL", "  -"))]
    assert len(asked) == 16
    assert asked[-1].split() == ["ok", "refuse", "source", "99"]
    assert next(line for line in lines if "failed case" in line) == "1 cause in 4 failed cases"
    assert any(line.startswith("  C1 CHK-") for line in lines)
    assert lines[-1].startswith("next: ")


def test_smoke_says_what_to_do_next(tmp_path: Path) -> None:
    good = command("smoke", "reference", folder=tmp_path)
    assert good.returncode == 0
    assert "next: torq-conformance run reference" in good.stdout
    bad = command("smoke", f"{FAULTY}:ChecksumZero", folder=tmp_path)
    assert bad.returncode == 1
    assert "next: Start with the 32-byte header and its checksum: " in bad.stdout


def test_a_selection_without_a_test_says_what_there_is(tmp_path: Path) -> None:
    part = "nothing_like_it and not (header or Trade)"
    done = command("run", "reference", "-k", part, folder=tmp_path)
    assert done.returncode == 5
    assert "No test's name matches 'nothing_like_it and not (header or Trade)'." in done.stderr
    assert "truncation, round_trip" in done.stderr
    assert "HDR-MAGIC" not in done.stdout


def test_workers_that_cannot_start_are_inconclusive_with_the_reason(tmp_path: Path) -> None:
    arguments = ("run", f"{FAULTY}:StartsTwice", "-k", "header", "-n", "2")
    done = command(*arguments, folder=tmp_path)
    assert done.returncode == 3
    assert "could not be asked" in done.stdout
    assert "StartsTwice() failed" in done.stdout
    assert "RuntimeError: no port is left" in done.stdout


def test_should_findings_are_reported_and_repeated(tmp_path: Path) -> None:
    name = "python:tests.conformance.sound:Lenient"
    done = command("run", name, "-k", "padding_that", folder=tmp_path)
    assert done.returncode == 0
    assert "PAD-DECODE  non-zero padding was accepted" in done.stdout
    finding = results(tmp_path)["findings"][0]
    assert (finding["requirement"], finding["level"]) == ("PAD-DECODE", "SHOULD")
    assert "PAD-DECODE (SHOULD, " in done.stdout
    again = command("replay", finding["id"], name, folder=tmp_path)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "FAILED")
    mended = command("replay", finding["id"], "reference", folder=tmp_path)
    assert (mended.returncode, mended.stdout) == (0, "FIXED\n")
    strict = command("run", name, "-k", "padding_that", "--level", "should", folder=tmp_path)
    assert strict.returncode == 1
    assert "to repeat it" in strict.stdout


def test_a_fault_of_the_kit_itself_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.LAZY, "doctor", "torq_conformance.no_such_module:doctor")
    done = CliRunner().invoke(cli.main, ["doctor"])
    assert done.exit_code == ExitCode.INCONCLUSIVE
    assert "the kit itself has failed: inconclusive" in done.output
