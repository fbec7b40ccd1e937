"""Help fits a screen, errors are one line with the next step, and `explain` explains."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.conformance.faulty import FlagsCleared
from tests.conformance.test_first_contact import COMMANDS, paths
from torq_conformance.cases.case import decode
from torq_conformance.cases.header import field_bytes
from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.locate import load_python
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.running.provenance import about
from torq_conformance.running.results import Results
from torq_specs.registry import REGISTRY

LINES_MAX = 40
COLUMNS = 80


def kit(*words: str, folder: Path | None = None) -> Result:
    return CliRunner().invoke(main, [*words], env={"COLUMNS": str(COLUMNS)})


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_every_help_fits_a_screen(words: tuple[str, ...]) -> None:
    done = kit(*words, "--help")
    lines = done.output.splitlines()
    assert done.exit_code == 0
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= COLUMNS
    assert "Example: torq-conformance " in done.output


def leaf(words: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


def one_line(done: Result) -> str:
    assert done.exit_code == 2, done.output
    assert done.output.count("\n") == 1, done.output
    assert "Traceback" not in done.output
    line = done.output.strip()
    assert line.startswith("torq-conformance: ")
    # What is wrong, and what to do next.
    assert line.endswith((".", "?", "!"))
    return line


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_option_that_there_is_not_is_one_line(words: tuple[str, ...]) -> None:
    line = one_line(kit(*words, "--no-such-option"))
    assert "no-such-option" in line
    assert "There are: " in line or "--help` has the options" in line


def values_of(command: click.Command, name: str) -> list[str]:
    """The arguments of a command, an implementation that there is not among them."""
    return [
        name if "implementation" in (one.name or "") or one.name in {"base", "head"} else "C1"
        for one in command.params
        if isinstance(one, click.Argument) and one.required
    ]


ASKING = [
    words
    for words in COMMANDS
    if any("implementation" in (one.name or "") for one in leaf(words).params)
]


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
@pytest.mark.parametrize("name", ["nowhere", "python:no_such_module:Codec", "stdio:./no-such"])
def test_an_implementation_that_there_is_not_is_said_in_the_same_words(
    words: tuple[str, ...], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if words == ("replay",):
        pytest.skip("it looks for the failure first")
    monkeypatch.chdir(tmp_path)
    command = leaf(words)
    arguments = values_of(command, name) or [name, name]
    line = one_line(kit(*words, *arguments))
    said = {
        "nowhere": "Unknown implementation 'nowhere'. Write `reference`, ",
        "python:no_such_module:Codec": "There is no module 'no_such_module'. Run from the folder ",
        "stdio:./no-such": "There is no program './no-such'. It is looked for in PATH ",
    }
    assert said[name] in line


READING = {
    "replay": ("replay", "abc", "reference", "--results", "{}"),
    "keep": ("keep", "abc", "--results", "{}"),
    "report": ("report", "{}"),
    "explain a cause": ("explain", "C1", "--results", "{}"),
    "explain a failure": ("explain", "4c536a0f3a", "--results", "{}"),
}


@pytest.mark.parametrize("name", READING)
def test_results_that_there_are_not_are_said_in_the_same_words(name: str, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    words = [word.format(path) for word in READING[name]]
    problem = f"There is no results file {path}. Run the suite first, or name it with --results."
    assert one_line(kit(*words)) == f"torq-conformance: {problem}"
    path.write_text("nonsense")
    assert f"{path} cannot be read as results: it is no JSON" in one_line(kit(*words))
    path.write_text("{}")
    assert f"{path} is no results file: " in one_line(kit(*words))


NOT_THERE = {
    ("run", "reference", "--types", "Tarde"): "--types: no type is named 'Tarde'. Is it Trade?",
    ("search", "reference", "--type", "Tarde"): "--type: no type is named 'Tarde'. Is it Trade?",
    ("explain", "Tarde"): "Nothing is named 'Tarde'. Nearest: Trade.",
    ("spec", "show", "Tarde"): "Nothing is named 'Tarde'. Nearest: Trade.",
    ("meter", "compare", "a.json", "b.json"): "There is no measurement file a.json. Make it anew",
    ("mutants", "--check", "none.md"): "There is no page none.md. Write it",
    ("run", "reference", "--vendor-specs", "nowhere"): "The vendor specs nowhere cannot be",
    ("spec", "show", "--vendor-specs", "nowhere"): "The vendor specs nowhere cannot be",
    ("doctor", "haskell"): "There is no part 'haskell'. There are: ",
    ("new", "klingon", "x"): "There is no skeleton for 'klingon'. There are ",
    ("export", "klingon", "x"): "There is no kind klingon. There are ",
}


@pytest.mark.parametrize("words", NOT_THERE, ids=" ".join)
def test_a_name_that_there_is_not_is_one_line(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert NOT_THERE[words] in one_line(kit(*words))


def test_of_many_classes_the_closest_are_named() -> None:
    with pytest.raises(KitError) as caught:
        load_python("python:torq_conformance.mutants.header:FlagCleared")
    line = str(caught.value)
    assert "It has: FlagsCleared, " in line
    assert len(line) < 250
    with pytest.raises(KitError, match=r"It has: \w+, \w+, \w+, \w+, \w+ and \d\d more\.$"):
        load_python("python:torq_conformance.mutants.header:Zzz")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The results of a codec that clears flags."""
    adapter = InProcessAdapter(FlagsCleared(), "x")
    judge = Judge(adapter, REGISTRY)
    judge.start("test_1_header.py::test_flags", 1)
    judge.judge(decode("HDR-FLAGS", "flags = 255", field_bytes("flags", 255)))
    who = {"given_as": "python:a:A", "name": "a", "version": "1", "language": "Python",
           "capabilities": ["decode"], "files": []}  # fmt: skip
    run = Results(who, {"profile": "standard", "level": "must"}, about(REGISTRY))
    run.planned_tests, run.records = {judge.record.test: 1}, {judge.record.test: judge.record}
    assert causes_of([judge.record])
    path = tmp_path / "torq-results.json"
    path.write_text(json.dumps(run.document()))
    return path


def test_a_cause_and_a_failure_are_explained(results: Path) -> None:
    id_ = json.loads(results.read_text())["causes"][0]["example"]
    of_cause = kit("explain", "C1", "--results", str(results))
    assert of_cause.exit_code == 0, of_cause.output
    assert of_cause.output.startswith("C1 HDR-FLAGS: header.flags is 15, not 255\n")
    of_failure = kit("explain", id_, "--results", str(results))
    for said in (of_cause.output, of_failure.output):
        assert "the bytes that were sent, the first wrong field marked" in said
        assert f"torq-conformance replay {id_} python:a:A" in said
        assert "look at  masks, assignments of 0" in said
    assert "has no cause C9. Its causes: C1 to C1." in one_line(
        kit("explain", "C9", "--results", str(results))
    )
    assert "no failure in" in one_line(kit("explain", "0123456789", "--results", str(results)))


def test_a_word_of_the_protocol_is_explained() -> None:
    assert kit("explain", "HDR-FLAGS").output == kit("spec", "show", "HDR-FLAGS").output
    assert "TruncatedTLV" in kit("explain", "TruncatedTLV").output


def test_every_command_is_walked() -> None:
    assert {("explain",), ("doctor",), ("completion",), ("report",)} <= set(paths(main))
    assert ("run",) in ASKING
