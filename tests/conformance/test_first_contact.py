"""What a newcomer types first: help, values that mean nothing, pipes, no terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from torq_conformance.cli import LAZY, main
from torq_conformance.running import command, command_line, help_pages

ROOT = Path(__file__).parent.parent.parent


def paths(group: click.Group, *words: str) -> list[tuple[str, ...]]:
    """Every command by its words."""
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        below = group.get_command(context, name)
        found.append((*words, name))
        if isinstance(below, click.Group):
            found.extend(paths(below, *words, name))
    return found


COMMANDS = paths(main)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_help_shows_an_example_and_the_exit_codes(
    words: tuple[str, ...], option: str
) -> None:
    done = CliRunner().invoke(main, [*words, option])
    assert done.exit_code == 0
    text = " ".join(done.output.split())
    page = help_pages.PAGES[" ".join(words)]
    assert f"Example: torq-conformance {page.example}" in text
    assert f"Exit codes: {page.codes}." in text
    assert page.example.startswith(" ".join(words))


@pytest.mark.parametrize("page", help_pages.PAGES.values(), ids=list(help_pages.PAGES))
def test_the_examples_are_commands_that_there_are(page: help_pages.HelpPage) -> None:
    current: click.Command = main
    words = shlex.split(page.example)
    while isinstance(current, click.Group):
        below = current.get_command(click.Context(current), words.pop(0))
        assert below is not None
        current = below
    current.make_parser(click.Context(current)).parse_args(words)


def test_posix_is_said_first() -> None:
    done = CliRunner().invoke(main, ["-h"])
    assert "POSIX systems only" in done.output
    assert set(LAZY) <= set(done.output.split())
    assert "POSIX" in "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:20])


@pytest.mark.parametrize(
    "words",
    [
        *(("run", "reference", "--deadline", value) for value in ("nan", "inf", "-1", "0", "x")),
        ("run", "reference", "--seed", "9223372036854775808"),
        *(("search", "reference", *words) for words in (("-n", "-1"), ("-n", "0"), ("-n", "999"))),
        *(("search", "reference", name, "-1") for name in ("--seed", "--start", "--count")),
        ("search", "reference", "--count", "0"),
        ("search", "reference", "--deadline", "nan"),
        *(("compare", "reference", "reference", n, "-1") for n in ("--seed", "--start", "--count")),
        ("compare", "reference", "reference", "--deadline", "nan"),
        ("mutants", "-n", "-1"),
        ("smoke", "reference", "--deadline", "nan"),
        ("replay", "x", "reference", "--deadline", "-0.0"),
    ],
    ids=" ".join,
)
def test_values_that_mean_nothing_are_refused_in_one_line(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1, done.output
    assert "Invalid value for" in done.output


@pytest.mark.parametrize(
    ("select", "workers", "processes"),
    [
        ("flags_are_carried", 24, 1),
        ("header", 24, 14),
        ("header and not (magic or flags)", 24, 10),
        ("TRADE and offsets", 24, 1),
        ("", 24, 24),
        ("header", 2, 2),
        ("nothing_like_it", 24, 24),
        ("flags[", 24, 24),
    ],
)
def test_no_more_workers_than_tests_are_started(select: str, workers: int, processes: int) -> None:
    found = command._processes(workers, select, is_vectors_only=False)
    assert found == processes or (select.startswith("header") and 1 < found < workers)


def test_one_worker_is_started_for_one_test(tmp_path: Path) -> None:
    words = ("-m", "torq_conformance", "run", "reference", "-k", "flags_are", "-n", "24")
    done = run(*words, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_package_is_the_command(tmp_path: Path) -> None:
    done = run("-m", "torq_conformance", "smoke", "-h", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: torq-conformance smoke [OPTIONS] IMPLEMENTATION")


SMOKE = f"{shlex.quote(sys.executable)} -m torq_conformance smoke"
FAULTY = "python:tests.conformance.faulty:FlagsCleared"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{SMOKE} reference | head -n 1", 0),
        (f"{SMOKE} {FAULTY} | true", 1),
        (f"{SMOKE} reference >&-", 0),
        (f"{SMOKE} {FAULTY} >&- 2>&-", 1),
        (f"{SMOKE} {FAULTY} >&- 2>&- <&-", 1),
        (f"{SMOKE} nowhere 2>&-", 2),
    ],
)
def test_what_nobody_reads_changes_no_exit_code(tmp_path: Path, line: str, code: int) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("has_bar", [True, False])
def test_without_a_terminal_a_line_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, has_bar: bool
) -> None:
    assert command_line.TELL_EVERY <= 10
    monkeypatch.setattr(command_line, "TELL_EVERY", 0.01)
    said: list[str] = []
    monkeypatch.setattr(click, "echo", lambda text, **_: said.append(text))

    @click.command()
    @command_line.kit_errors_reported
    def slow() -> None:
        with ExitStack() as stack:
            if has_bar:
                progress = stack.enter_context(command_line.progress_bar())
                progress.update(progress.add_task("judging", total=1000), completed=42)
            began = time.monotonic()
            while len(said) < 2 and time.monotonic() - began < 30:
                time.sleep(0.01)

    CliRunner().invoke(slow)
    expected = "judging: 42 of 1,000 after 0 s" if has_bar else "at work after 0 s"
    assert said[-1] == expected


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    code = "import os; from torq_conformance.running.standard_output import make_safe; make_safe()"
    done = run("-c", f"{code}; print('first'); os._exit(0)", folder=tmp_path)
    assert done.stdout == "first\n"


def test_an_early_interrupt_ends_in_one_line(tmp_path: Path) -> None:
    code = (
        "import os, signal, threading\n"
        "from torq_conformance import cli\n"
        "cli.importlib.import_module = lambda name: os.kill(os.getpid(), signal.SIGINT)\n"
        "cli.main()\n"
    )
    done = run("-c", code, "run", "reference", folder=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (3, "torq-conformance: interrupted")


def test_the_two_commands_at_the_top_are_those_that_work_everywhere() -> None:
    block = (ROOT / "README.md").read_text("utf-8").split("```")[1]
    first, second = (line.partition("#")[0].strip() for line in block.strip().splitlines())
    judge = ".venv/bin/torq-conformance run reference"
    assert first == f"python3 -m venv .venv && .venv/bin/pip install . && {judge}"
    assert second == ".venv/bin/pip install tox && .venv/bin/tox"
    # CI runs the second one as it stands there.
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    (found,) = (line for line in ci.splitlines() if line.startswith('command="$('))
    line = found.removeprefix('command="$(').removesuffix(')"')
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{second}\n"
