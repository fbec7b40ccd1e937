"""The suite as implementers run it: by pytest, from an empty folder, on the installed package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def suite(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The suite, run by pytest in a folder of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "torq_conformance.suite", "-q", *arguments],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_suite_runs_spread_from_an_empty_folder(tmp_path: Path) -> None:
    options = ("--torq-implementation", "reference", "-n", "2", "--torq-profile", "smoke")
    done = suite(*options, "-k", "header or checksum", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["judged"]["cases"] == document["planned"]["cases"] > 3000
    assert document["status"] == "complete"


def test_a_selected_part_is_not_called_conformant(tmp_path: Path) -> None:
    options = ("--torq-implementation", "reference", "--torq-in-process", "-k", "wrong_magic")
    done = suite(*options, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["conclusion"] == "no failure in the part that was selected"


def test_an_implementation_must_be_named(tmp_path: Path) -> None:
    done = suite("-k", "wrong_magic", folder=tmp_path)
    assert done.returncode != 0
    assert "--torq-implementation" in done.stdout


def test_an_unknown_implementation_is_a_usage_error(tmp_path: Path) -> None:
    done = suite("--torq-implementation", "python:nowhere:Codec", folder=tmp_path)
    assert done.returncode == 4
    assert "There is no module 'nowhere'" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_failure_is_told_by_pytest_too(tmp_path: Path) -> None:
    name = "python:tests.conformance.faulty:FlagsCleared"
    done = suite("--torq-implementation", name, "-k", "flags_are", folder=tmp_path)
    assert done.returncode == 1
    assert "HDR-FLAGS (MUST, section 2)" in done.stdout


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_an_exit_in_process_is_never_green(tmp_path: Path, spread: tuple[str, ...]) -> None:
    name = "python:tests.conformance.faulty:Exits"
    options = ("--torq-implementation", name, "--torq-in-process", "-k", "Trade", *spread)
    done = suite(*options, folder=tmp_path)
    assert done.returncode not in {0, 5}, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document.get("conclusion") != "conformant"
