"""What a person has got wrong is said in one line: what it is, where, and what to write instead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent.parent
SERVER = "torq_conformance.implementations.stdio_server"


def kit(
    *words: str, folder: Path, module: str = "torq_conformance.cli", said: str = ""
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": path},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


COMMAND_LINES = {
    "run": "run [OPTIONS] IMPLEMENTATION` with `reference`, `python:package.module:Name` or",
    "run reference --foo": "--foo",
    "run reference --profile x": "'x' is not one of 'quick', 'standard', 'exhaustive'",
    "run reference other": "Got unexpected extra argument",
    "rnu": "No such command 'rnu'. There are: compare, keep,",
    "vectors fil": "There are: accumulate, check, export, fill, freeze, lint.",
    "vectors export there": "Missing option '--format'. Choose from: json",
    "keep --folder /nowhere": "Directory '/nowhere' does not exist",
}


@pytest.mark.parametrize("words", COMMAND_LINES)
def test_a_wrong_command_line_is_one_line_with_the_remedy(words: str, tmp_path: Path) -> None:
    done = kit(*words.split(), folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert COMMAND_LINES[words] in done.stderr
    assert "There are: " in done.stderr or " --help` has the options." in done.stderr


MODULES = {
    "is no Python": ("x = 1\ndef f(:\n", "SyntaxError", 2),
    "is indented wrong": ("def f():\nreturn 1\n", "IndentationError", 2),
    "lacks a name": ("\n\nfrom json import no_such_name\n", "ImportError", 3),
    "lacks a module": ("\nimport no_such_module\n", "needs the module 'no_such_module'", 2),
    "uses what is not there": ("import os\n\nos.no_such_thing\n", "AttributeError", 3),
    "breaks down when it is made": (
        "class Codec:\n    def __init__(self):\n        self.x = 1 / 0\n",
        "Codec() failed",
        3,
    ),
}


@pytest.mark.parametrize("way", MODULES)
def test_a_module_that_cannot_be_used_names_file_and_line(way: str, tmp_path: Path) -> None:
    code, said, line = MODULES[way]
    (tmp_path / "broken_codec.py").write_text(code)
    done = kit("smoke", "python:broken_codec:Codec", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr
    assert f"{tmp_path / 'broken_codec.py'}:{line}" in done.stderr


def test_an_error_in_a_module_that_is_imported_names_that_one(tmp_path: Path) -> None:
    (tmp_path / "broken_codec.py").write_text("\nimport broken_part\n")
    (tmp_path / "broken_part.py").write_text("\n\n\nx = (1,\n")
    done = kit("smoke", "python:broken_codec:Codec", folder=tmp_path)
    assert f"{tmp_path / 'broken_part.py'}:4" in done.stderr


def test_the_server_does_not_know_every_question(tmp_path: Path) -> None:
    asked = '{"id": 1, "op": "dance"}\n{"id": 2, "op": "decode", "data": ""}\n'
    done = kit("reference", folder=tmp_path, module=SERVER, said=asked)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"id": 1, "unsupported": True}
    assert answers[1]["error"]["kind"] == "MessageTooSmall"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hello", "a line is no JSON: "),
        ('{"id": 1}', "a line is no request with id and op: "),
        ('{"id": 1, "op": "decode"}', "decode cannot be read: KeyError: 'data'"),
        ('{"id": 1, "op": "decode", "data": "xy"}', "decode cannot be read: ValueError: "),
    ],
)
def test_what_the_server_cannot_read_ends_it_with_one_line(
    line: str, said: str, tmp_path: Path
) -> None:
    done = kit("reference", folder=tmp_path, module=SERVER, said=f"{line}\n")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(said)


@pytest.mark.parametrize("spread", ["0", "2"])
def test_reports_of_other_tools_carry_no_raw_records(tmp_path: Path, spread: str) -> None:
    faulty = "python:tests.conformance.faulty:FlagsCleared"
    words = ("--pyargs", "torq_conformance.suite", "-q", "-k", "flags", "-n", spread)
    options = ("--torq-implementation", faulty, "--junitxml", "report.xml")
    done = kit(*words, *options, folder=tmp_path, module="pytest")
    assert done.returncode == 1, done.stdout + done.stderr
    text = (tmp_path / "report.xml").read_text()
    assert "HDR-FLAGS" in text
    assert "torq_record" not in text
    assert "torq_plan" not in text
    assert len(text) < 50_000
    assert ET.fromstring(text).find(".//properties") is None
