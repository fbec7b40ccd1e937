"""A campaign goes on where it ended, and what it found can be shown, asked again and kept."""

from __future__ import annotations

import hashlib
import json
import random
import re
import resource
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conformance.campaign.unsteady import MARK
from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Stream
from torq_conformance.cli import main
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.running.results import ExitCode
from torq_specs.registry import REGISTRY

FAULTY = "python:tests.conformance.stream.drawn_faults:ThirdReservedLost"
UNSTEADY = "python:tests.conformance.campaign.unsteady:"


def digest_of_what_is_asked(blocks: range) -> str:
    """The stream digest of some blocks, without asking anybody."""
    judge = Judge(InProcessAdapter(Reference(), "reference"))
    digests = b""
    for block in blocks:
        judge.start("", 0)
        way = plan.way_of(block, judge.capabilities)
        for call in plan.calls(Stream(0, REGISTRY), block, way):
            judge.note(call.request)
        digests += judge.stream.digest()
    return hashlib.sha256(digests).hexdigest()


def asked(*arguments: object, code: int) -> str:
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == code, done.output
    return done.output


def run(ledger: Path, implementation: str, blocks: int, *more: object, code: int) -> str:
    return asked(
        *("campaign", "run", implementation, "--ledger", ledger, "--in-process", "-n", 1),
        *("--count", blocks * BLOCK_COUNT, *more),
        code=code,
    )


def digests(text: str) -> list[str]:
    found = re.findall(r"(?:stream|finds) digest +(\w+)", text)
    assert len(found) == 2
    return found


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of a campaign over two blocks that found something."""
    path = tmp_path_factory.mktemp("campaign") / "faulty.sqlite"
    run(path, FAULTY, 1, "--start", 5000, code=ExitCode.NOT_CONFORMANT)
    return path


def test_it_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    run(path, "reference", 1, "--start", 1000, code=ExitCode.CONFORMANT)
    whole = run(path, "reference", 2, code=ExitCode.CONFORMANT)
    assert "judged 2,000 drawn questions" in whole
    assert digests(whole)[0] == digest_of_what_is_asked(range(2))
    assert digests(asked("campaign", "status", path, code=0)) == digests(whole)


@pytest.mark.long
def test_a_campaign_that_is_killed_goes_on_to_the_same_end(tmp_path: Path) -> None:
    source, whole, killed = random.Random(6), tmp_path / "whole", tmp_path / "killed"
    command = ["campaign", "run", FAULTY, "--in-process", "--count", "8000", "-n", "2", "--ledger"]
    program = [sys.executable, "-m", "torq_conformance"]
    for _ in range(6):
        with subprocess.Popen([*program, *command, killed], stdout=subprocess.DEVNULL) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(source.uniform(2, 8))
            process.kill()
    parts = asked(*command, killed, code=ExitCode.NOT_CONFORMANT)
    assert digests(parts) == digests(asked(*command, whole, code=ExitCode.NOT_CONFORMANT))


@pytest.mark.long
def test_a_full_disk_in_mid_campaign_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    command = ["campaign", "run", "reference", "--in-process", "--count", "2000", "-n", "2"]
    limit = 45_000  # The tables alone have room.
    done = subprocess.run(
        [sys.executable, "-m", "torq_conformance", *command, "--ledger", path],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    (line,) = (one for one in done.stderr.splitlines() if " after " not in one)
    assert re.search(r"cannot be written: .* make room and run the same command again", line)
    assert done.returncode == ExitCode.USAGE
    assert "judged 2,000" in run(path, "reference", 2, code=ExitCode.CONFORMANT)


def test_finds_are_asked_again_by_replay_and_kept(faulty: Path, tmp_path: Path) -> None:
    results = tmp_path / "found.json"
    said = asked("campaign", "finds", faulty, "--results", results, code=ExitCode.NOT_CONFORMANT)
    assert "1 cause in " in said
    assert "--drawn --seed 0 --start 5000 --count 1000" in said
    document = json.loads(results.read_text())
    assert [cause["tests"] for cause in document["causes"]] == [1]
    example = document["causes"][0]["example"]
    again = ("replay", example, "--results", results, "--in-process")
    assert "FAILED" in asked(*again, FAULTY, code=ExitCode.NOT_CONFORMANT)
    assert "FIXED" in asked(*again, "reference", code=ExitCode.CONFORMANT)
    asked("keep", example, "--results", results, "--folder", tmp_path, code=0)
    asked("report", results, "--html", tmp_path / "results.html", code=0)


def test_a_report_has_the_three_charts(faulty: Path, tmp_path: Path) -> None:
    page, plain, pictures = tmp_path / "c.html", tmp_path / "c.json", tmp_path / "svg"
    asked(
        *("campaign", "report", faulty, "--html", page, "--json", plain, "--svg", pictures), code=0
    )
    text = page.read_text()
    for title in ("Judged over time", "Causes by first sight", "Cells covered"):
        assert title in text
    assert "campaign finds faulty.sqlite --results faulty.json" in text
    assert "--results faulty.json" in text
    curves = json.loads(plain.read_text())["curves"]
    assert curves["judged"][-1][1] == BLOCK_COUNT
    assert curves["causes"] == [[0.0, 1.0]]
    assert curves["cells"][-1][1] > 1000
    assert sorted(path.name for path in pictures.iterdir()) == [
        *("causes.svg", "cells.svg", "judged.svg")
    ]
    assert "--html FILE" in asked("campaign", "report", faulty, code=ExitCode.USAGE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reference"], "implementation is"),
        ([FAULTY, "--seed", 1], "seed is 0 there, and 1 here"),
        ([FAULTY, "--unit", 2], "unit is 1 there, and 2 here"),
        ([FAULTY, "--cluster", "local:2", "-n", 1], "Leave one of them out"),
    ],
    ids=["implementation", "seed", "unit", "here and there"],
)
def test_another_campaign_does_not_go_on(faulty: Path, arguments: list[object], said: str) -> None:
    command = ["campaign", "run", "--ledger", faulty, "--in-process", *arguments]
    assert said in asked(*command, code=ExitCode.USAGE)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("kit", '"0.0.9"', "version 0.0.9 of the kit"),
        ("specification", '"0"', "another suite"),
        ("sources", '"0"', "other sources"),
        ("build", None, "another build"),
    ],
)
def test_a_ledger_of_another_suite_or_build_is_refused(
    faulty: Path, tmp_path: Path, key: str, value: str | None, said: str
) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(faulty.read_bytes())
    with sqlite3.connect(path) as connection:
        if value is None:
            ((value,),) = connection.execute("SELECT value FROM about WHERE key = 'build'")
            value = value.replace('"version": "', '"version": "9')
        connection.execute("UPDATE about SET value = ? WHERE key = ?", (value, key))
    connection.close()
    before = path.read_bytes()
    assert said in run(path, FAULTY, 9, code=ExitCode.USAGE)
    assert path.read_bytes() == before


def test_vendor_types_of_a_ledger_are_never_imported(faulty: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(faulty.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO about VALUES ('vendor_specs', '\"antigravity\"')"
        )
    connection.close()
    said = asked("campaign", "finds", path, code=ExitCode.USAGE)
    assert "Name the same with --vendor-specs" in said


def test_what_does_not_repeat_is_kept_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    path = tmp_path / "ledger.sqlite"
    said = run(path, f"{UNSTEADY}ErrsOnce", 1, code=ExitCode.NOT_CONFORMANT)
    assert "1 finds, 1 of them flaky" in said
    assert "flaky:" in asked("campaign", "finds", path, code=ExitCode.NOT_CONFORMANT)


def test_a_unit_that_ends_its_process_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    said = run(tmp_path / "ledger.sqlite", f"{UNSTEADY}EndsOnce", 1, code=ExitCode.CONFORMANT)
    assert "judged 1,000 drawn questions" in said


@pytest.mark.long
def test_a_unit_that_ends_every_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    said = run(path, f"{UNSTEADY}EndsAlways", 1, code=ExitCode.INCONCLUSIVE)
    assert "1 units could not be judged, the first: it ended the process" in said
    assert "not judged: block 0" in asked("campaign", "status", path, code=0)
