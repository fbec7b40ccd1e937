"""The first screen answers, in this order: conformant or not, what, how many causes, what next."""

from __future__ import annotations

import copy
import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.conformance.page_results import Newer, Older, judged, with_causes
from torq_conformance.report import terminal
from torq_conformance.running import command_line, suite_process

ROWS_MAX = 40
"""Lines of the first screen of one cause; a terminal of a laptop has more."""


@pytest.fixture(scope="module")
def older() -> dict[str, Any]:
    return judged(Older())


def screen(document: dict[str, Any], width: int, *, is_verbose: bool = False, **how: Any) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, **how)
    terminal.show(document, console, results="torq-results.json", is_verbose=is_verbose)
    return out.getvalue()


def conformant(document: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(document)
    made |= {"causes": [], "failures": [], "reasons": []}
    made |= {"conclusion": "conformant", "exit_code": 0}
    for row in made["requirements"]:
        row |= {"verdict": "pass", "causes": []}
    return made


def test_the_answers_come_in_order() -> None:
    lines = screen(judged(Newer()), 120).splitlines()
    assert lines[0] == "not conformant"
    assert lines[1].startswith("acme-codec 2.4.0 (Python), all types, claims ")
    assert any(line.startswith("1 cause in ") for line in lines[:8])
    (cause,) = (at for at, line in enumerate(lines) if line.startswith("  C1 HDR-FLAGS"))
    (levels,) = (at for at, line in enumerate(lines) if line.startswith("levels reached: none"))
    (following,) = (at for at, line in enumerate(lines) if line.startswith("next: mend the first"))
    assert cause < levels < following
    assert lines[-2].startswith("not conformant: ")
    assert len(lines) <= ROWS_MAX
    assert not any(line.startswith("requirement ") for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen(older: dict[str, Any], width: int) -> None:
    wide = copy.deepcopy(older)
    wide["causes"][0]["problem"] = "a problem of many words " * 12
    for document in (wide, with_causes(older, 30), conformant(older)):
        for is_verbose in (False, True):
            for line in screen(document, width, is_verbose=is_verbose).splitlines():
                is_read_by_columns = "torq-conformance " in line or line.startswith("    0")
                is_table = is_verbose and any(row["id"] in line for row in wide["requirements"])
                assert len(line) <= width or is_read_by_columns or is_table, line


def test_a_wide_screen_is_used(older: dict[str, Any]) -> None:
    assert screen(older, 120).count("\n") < screen(older, 80).count("\n")


def test_many_causes_are_in_short_and_counted(older: dict[str, Any]) -> None:
    said = screen(with_causes(older, 30), 80)
    assert said.count("to repeat it: ") == 1
    assert "  ... 10 more (--verbose lists them all)" in said
    whole = screen(with_causes(older, 30), 80, is_verbose=True)
    assert whole.count("to repeat it: ") == 30
    assert "HDR-SOURCE" not in said
    assert "HDR-SOURCE" in whole


def test_who_is_conformant_is_told_what_comes_next(older: dict[str, Any]) -> None:
    said = screen(conformant(older), 120)
    assert said.startswith("conformant\n")
    assert "levels reached: Wire, Strict, Meaning, Hardened; the next, Fast" in said
    name = older["implementation"]["given_as"]
    assert f"next: measure it: torq-conformance meter {name} --baseline meter.json\n" in said


def test_a_run_in_process_says_so_in_its_first_line(older: dict[str, Any]) -> None:
    trusted = conformant(older)
    trusted["options"] = {**trusted["options"], "is_in_process": True}
    first, second, *_ = screen(trusted, 120).splitlines()
    assert first == "judged in process: such code can patch its judge; no level is reached"
    assert second == "conformant"


def test_no_color_is_honoured(older: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    how: dict[str, Any] = {"force_terminal": True, "color_system": "standard"}
    assert "\x1b[1;31mnot conformant" in screen(older, 80, **how)
    monkeypatch.setenv("NO_COLOR", "1")
    said = screen(older, 80, **how)
    # What is no colour (bold, dim) may stay.
    assert "\x1b[31m" not in said
    assert "\x1b[1;31m" not in said


def test_columns_count_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.delenv("COLUMNS", raising=False)
    assert command_line.console().width == 120
    monkeypatch.setenv("COLUMNS", "80")
    assert command_line.console().width == 80


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            (
                "[gw1] [ 42%] PASSED test_4_values.py::test_x[Trade] \n"
                "[gw0] [ 43%] FAILED a/test_12_memory.py::test_y"
            ),
            (43, "judging memory"),
        ),
        ("[gw0] [100%] PASSED test_25_views.py::test_x", (100, "asking failures again")),
        ("...... [ 12%]", (12, "judging")),
    ],
)
def test_progress_names_what_is_judged(output: str, expected: tuple[int, str]) -> None:
    seen = suite_process.PROGRESS.findall(output)
    assert suite_process._how_far(*seen[-1]) == expected


def in_a_terminal(words: tuple[str, ...], folder: Path, **environment: str) -> str:
    """What a command writes to a terminal on standard error."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR"}}
    with subprocess.Popen(
        [sys.executable, "-m", "torq_conformance.cli", *words],
        cwd=folder,
        env={**kept, "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:
            # The other end is closed: on Linux that is an error of reading.
            pass
        process.wait()
    os.close(ours)
    return said.decode(errors="replace")


def test_a_bar_is_drawn_in_a_terminal_and_not_in_ci(tmp_path: Path) -> None:
    words = ("run", "reference", "-k", "wrong_magic", "-n", "1")
    assert "judging" in in_a_terminal(words, tmp_path)
    # A slow machine may say in a line how far it is.
    assert "\x1b" not in in_a_terminal(words, tmp_path, CI="true")


def test_a_line_says_how_long_it_may_take() -> None:
    from rich.progress import Progress

    progress = Progress()
    progress.add_task("judging values", total=100, completed=25)
    (task,) = progress.tasks
    assert command_line._time_left(task, 30.0) == ", some 90 s left"
    assert command_line._time_left(task, 1.0) == ""
    progress.update(task.id, completed=0)
    assert command_line._time_left(task, 30.0) == ""
