"""What strangers write reaches no output as they wrote it: one table, every output."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.conformance.nasty import NASTY
from tests.conformance.test_results import FAILURE, results
from torq_conformance.errors import KitError
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.judging.verdicts import Finding, rule_of
from torq_conformance.report import terminal
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import neutral, shown, shown_lines
from torq_conformance.running.command_line import kit_errors_reported
from torq_specs.registry import REGISTRY

ROOT = Path(__file__).parent.parent.parent
LINE_MAX = 12_000
NAMES = pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))


def problems(output: str) -> list[str]:
    """What is not harmless, line by line."""
    found = []
    for line in output.split("\n"):
        if not all(one.isprintable() for one in line):
            found.append(f"a character: {line!r}")
        if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line:
            found.append(f"a command: {line!r}")
        if "##teamcity[" in line or len(line) > LINE_MAX:
            found.append(f"a command or {len(line)} characters: {line[:100]!r}")
    return found


def everywhere(document: Any, text: str, kept: tuple[str, ...]) -> Any:
    """A document of which every string is that text, but for what stands behind some keys."""
    match document:
        case str():
            return text
        case dict():
            return {
                key: one if key in kept else everywhere(one, text, kept)
                for key, one in document.items()
            }
        case list() | tuple():
            return [everywhere(one, text, kept) for one in document]
        case _:
            return document


@NAMES
def test_a_string_is_one_harmless_line(text: str) -> None:
    for some in (text, f"{text}\n{text}", " " + text):
        assert problems(shown(some)) == []
        assert problems(shown_lines(some)) == []
    assert problems(str(neutral({text: [text, {"x": text}]}))) == []


def test_what_is_harmless_stays_as_it_is() -> None:
    for text in ("std::io::Error: é ☃ 漢字", "### [x] a::b", "it's \\x1b", "# [a]"):
        assert shown(text) == text
    assert shown("\tat main.go:3") == " at main.go:3"
    assert shown("\x1b[2J\u202e\U000e0001") == "\\x1b[2J\\u202e\\U000e0001"


def test_what_is_left_out_is_counted() -> None:
    assert shown("x" * 12_345, 10) == "x" * 10 + "... (12,335 more characters)"


@NAMES
def test_a_failure_in_words_is_harmless(text: str) -> None:
    nasty = everywhere(
        {
            **FAILURE,
            "got": {"crash": "x", "detail": ["x"]},
            "differences": {
                "count": 9,
                "first": [{"path": "x", "expected": {"map": {"x": "x"}, "count": 1}, "got": "x"}],
            },
        },
        text,
        ("level", "case"),
    )
    said = failure_text(nasty, rule_of("HDR-MAGIC", REGISTRY), text)
    assert problems(said) == []
    assert said.count("\n") < 20


@NAMES
@pytest.mark.parametrize("is_terminal", [False, True])
def test_the_first_screen_is_harmless(text: str, is_terminal: bool) -> None:
    record = TestRecord("a", 5, 5, tallies={"HDR-MAGIC": Tally(5, 1)}, ended=text)
    for one in (Finding("HDR-MAGIC", "accepted"), Finding("HDR-MAGIC", text)):
        record.takes(one)
        record.keep(one, FAILURE)
    record.findings.append({**FAILURE, "requirement": "PAD-DECODE"})
    document = everywhere(
        results(record).document(),
        text,
        ("level", "verdict", "case", "requirement", "id", "conclusion"),
    )
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=is_terminal, color_system=None)
    terminal.show(document, console, results=text, is_verbose=True)
    assert problems(out.getvalue()) == []
    assert len(out.getvalue()) < 200_000


@NAMES
def test_a_wrong_set_up_is_one_harmless_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    @kit_errors_reported
    def command() -> None:
        raise KitError(text, text)

    with pytest.raises(SystemExit):
        command()
    said = capsys.readouterr().err
    assert problems(said) == []
    assert said.count("\n") == 1


RUN = ("torq_conformance.cli", "run", "-k", "flags_are", "-n", "1")
PYTEST = (
    "pytest",
    "--pyargs",
    "torq_conformance.suite",
    "-k",
    "flags_are",
    "-p",
    "no:cacheprovider",
    "-rA",
)
NASTY_ONE = "python:tests.conformance.nasty:Nasty"


@pytest.mark.parametrize(
    "arguments",
    [
        (*RUN, NASTY_ONE, "-v"),
        (*PYTEST, "--junit-xml=r.xml", f"--torq-implementation={NASTY_ONE}"),
        ("torq_conformance.cli", "smoke", NASTY_ONE),
        ("torq_conformance.cli", "search", "--count", "3", "-n", "1", NASTY_ONE),
        ("torq_conformance.cli", "smoke", "python:tests.conformance.nasty:CannotStart"),
        (*PYTEST, "--torq-implementation=python:tests.conformance.nasty:CannotStart"),
        ("torq_conformance.cli", "replay", "\x1b[2J\n::error::x", NASTY_ONE),
        ("torq_conformance.cli", "run", "\x1b[2J\n::error::x"),
        ("torq_conformance.cli", "\x1b[2J##[error]x"),
        ("torq_conformance.cli", "run", "reference", "--profile", "\x1b[2J##[error]x"),
    ],
    ids=lambda arguments: " ".join(arguments[:2])[:30],
)
def test_every_output_of_a_run_is_harmless(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in {1, 2, 4}
    outputs = [done.stdout, done.stderr, *(path.read_text() for path in tmp_path.glob("*.xml"))]
    for output in outputs:
        assert problems(output) == []
        assert len(output) < 300_000
    assert "Traceback" not in done.stderr
    # Data for machines, whose form escapes what is no letter; too large for nobody.
    for path in tmp_path.glob("*.json"):
        assert path.read_bytes().isascii()
        assert path.stat().st_size < 300_000
