"""The suite as implementers run it: by pytest, from an empty folder, on the installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from torq_conformance.suite.catalog import suite_tests
from torq_specs.registry import REGISTRY

ROOT = Path(__file__).parent.parent.parent


CHECKSUM_QUESTIONS = "9f8c2ab50113f5fe0939f99882cdb71a9db869f57834909607dcb40aaf43d5ff"
"""What two tests ask, on every Python; it changes only when their cases do."""


def suite(
    *arguments: str, folder: Path, hash_seed: str = "random"
) -> subprocess.CompletedProcess[str]:
    """The suite, run by pytest in a folder of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "torq_conformance.suite", "-q", *arguments],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_suite_runs_spread_from_an_empty_folder(tmp_path: Path) -> None:
    options = ("--torq-implementation", "reference", "-n", "2", "--torq-profile", "quick")
    done = suite(*options, "-k", "header or checksum", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["judged"]["cases"] == document["planned"]["cases"] > 100
    assert document["status"] == "complete"


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_a_selected_part_is_not_called_conformant(tmp_path: Path, spread: tuple[str, ...]) -> None:
    options = ("--torq-implementation", "reference", "-k", "wrong_magic", *spread)
    done = suite(*options, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["conclusion"] == "no failure in the part that was selected"


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_an_implementation_must_be_named(tmp_path: Path, spread: tuple[str, ...]) -> None:
    done = suite(*spread, folder=tmp_path)
    assert done.returncode == 4
    assert "add --torq-implementation python:package.module:Name" in done.stderr
    assert len((done.stdout + done.stderr).strip().splitlines()) == 1


IMPORTED = "from torq_conformance.suite.test_1_header import *  # noqa\n"


def users(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A user's file of tests, with tests of the suite imported into it and one of their own."""
    path = folder / "test_mine.py"
    path.write_text(f"{IMPORTED}\n\ndef test_own():\n    pass\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", path.name, "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_tests_of_the_suite_work_in_a_file_of_the_user(tmp_path: Path) -> None:
    part = ("-k", "flags or own", "--torq-profile", "quick")
    done = users(tmp_path, "--torq-implementation", "reference", *part)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "torq-results.json").read_text())
    (test,) = document["tests"]
    assert test["test"].startswith("test_1_header.py::")
    assert test["judged"] == test["planned"] > 0
    assert document["conclusion"] == "no failure in the part that was selected"
    unnamed = users(tmp_path)
    assert unnamed.returncode == 4
    assert "add --torq-implementation python:package.module:Name" in unnamed.stderr
    assert "Traceback" not in unnamed.stdout + unnamed.stderr


def test_the_page_is_written_and_levels_are_named(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    part = ("-k", "wrong_magic", "--torq-in-process", "--torq-implementation", "reference")
    done = users(tmp_path, *part, "--torq-html", str(page))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "judged in process: such code can patch its judge; no level is reached" in done.stdout
    assert "levels reached: none (judged in process" in done.stdout
    assert "Judged in process: such code can patch its judge." in page.read_text("utf-8")
    refused = users(tmp_path, *part, "--torq-html", str(tmp_path / "none" / "page.html"))
    assert refused.returncode == 4
    assert "its folder is missing. Name another one with --torq-html." in refused.stderr


@pytest.mark.parametrize(
    "option",
    [
        *("--torq-deadline=nan", "--torq-deadline=0", "--torq-deadline=-1", "--torq-deadline=inf"),
        *("--torq-seed=-1", "--torq-seed=9223372036854775808", "--torq-seed=x"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, _, value = option.partition("=")
    assert pytest.main(["--torq-implementation", "reference", option, "-p", "no:xdist"]) == 4
    said = capsys.readouterr().err
    assert f"argument {name}" in said
    assert value in said


def test_an_unknown_implementation_is_a_usage_error(tmp_path: Path) -> None:
    done = suite("--torq-implementation", "python:nowhere:Codec", folder=tmp_path)
    assert done.returncode == 4
    assert "There is no module 'nowhere'" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.once
def test_a_failure_is_reported_by_pytest_too(tmp_path: Path) -> None:
    name = "python:tests.conformance.faulty:FlagsCleared"
    done = suite("--torq-implementation", name, "-k", "flags_are", folder=tmp_path)
    assert done.returncode == 1
    assert "HDR-FLAGS (MUST, section 2)" in done.stdout


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_an_exit_in_process_is_never_green(tmp_path: Path, spread: tuple[str, ...]) -> None:
    name = "python:tests.conformance.faulty:Exits"
    options = (
        "--torq-implementation",
        name,
        "--torq-in-process",
        "-k",
        "Trade and offsets",
        *spread,
    )
    done = suite(*options, folder=tmp_path)
    assert done.returncode not in {0, 5}, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document.get("conclusion") != "conformant"


def digest(folder: Path, part: str, *options: str, hash_seed: str = "0") -> str:
    """The digest of everything that was asked in a part of the suite."""
    arguments = ("--torq-implementation", "reference", "--torq-in-process", "-k", part, *options)
    done = suite(*arguments, folder=folder, hash_seed=hash_seed)
    assert done.returncode == 0, done.stdout
    document = json.loads((folder / "torq-results.json").read_text())
    return str(document["digest"])


@pytest.mark.once
def test_the_same_seed_asks_the_same_questions(tmp_path: Path) -> None:
    part = "right_checksums or drawn_messages or corrupted"
    quick = ("--torq-profile", "quick")
    alone = digest(tmp_path, part, *quick)
    assert digest(tmp_path, part, *quick, "-n", "1", hash_seed="1") == alone
    assert digest(tmp_path, part, *quick, "-n", "2", hash_seed="77") == alone
    assert digest(tmp_path, part, *quick, "--torq-seed", "1") != alone


def test_every_python_asks_the_same_questions(tmp_path: Path) -> None:
    assert digest(tmp_path, "wrong_checksums_are_refused or wrong_magic") == CHECKSUM_QUESTIONS


BREAKS = """
from torq_conformance.suite import checks

def broken(*_):
    raise ZeroDivisionError("planted")

checks.judge_stateful = broken
"""


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_a_test_that_breaks_is_never_green(tmp_path: Path, spread: tuple[str, ...]) -> None:
    # It had nothing planned, so nothing was missing: its error was read by nobody.
    (tmp_path / "breaks.py").write_text(BREAKS)
    options = ("-p", "breaks", "--torq-implementation", "reference", "--torq-profile", "quick")
    selected = ("-k", "edited_step_by_step and OrderBook", *spread)
    done = suite(*options, *selected, folder=tmp_path)
    assert done.returncode == 3, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["conclusion"] == "inconclusive"
    assert "ZeroDivisionError: planted" in str(document["reasons"])


def test_quick_is_no_part_and_asks_some_of_the_types_that_carry_bytes(tmp_path: Path) -> None:
    options = ("--torq-implementation", "reference", "--torq-profile", "quick", "-n", "2")
    done = suite(*options, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["conclusion"] == "no failure in the quick profile"
    whole = sum(len(test.lines(REGISTRY)) for test in suite_tests())
    assert whole / 4 < document["planned"]["tests"] < whole / 2
