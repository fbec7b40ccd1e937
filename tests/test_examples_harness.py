"""examples/judge.py tells what became of each example, and fails when one is not conformant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

JUDGE = Path(__file__).parent.parent / "examples" / "judge.py"

REFERENCE = '"python:torq_conformance.reference:Reference"'
BUILD_MARKING = """[["{python}", "-c", "open('built', 'w')"]]"""
BUILD_FAILING = """[["{python}", "-c", "import sys; sys.exit('no such header')"]]"""

FORGETS_FLAGS = """
from torq_conformance.reference import Reference


class Codec(Reference):
    def decode(self, data):
        message = super().decode(data)
        message["header"]["flags"] = 0
        return message
"""


def example(
    root: Path,
    name: str,
    *,
    needs: str = "[]",
    build: str = BUILD_MARKING,
    implementation: str = REFERENCE,
) -> Path:
    """Write an example; returns its folder."""
    folder = root / name
    folder.mkdir()
    text = f'title = "The {name}"\nneeds = {needs}\nbuild = {build}\n'
    (folder / "example.toml").write_text(f"{text}implementations = [{implementation}]\n")
    return folder


def judge(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(JUDGE), "--folder", str(root), "-k", "header", *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def row_of(done: subprocess.CompletedProcess[str], title: str) -> list[str]:
    """The words of a row of the table, behind its title."""
    rows = [line for line in done.stdout.splitlines() if line.startswith(title)]
    return rows[0].removeprefix(title).split()


def test_a_sound_example_is_built_and_judged_in_its_folder(tmp_path: Path) -> None:
    folder = example(tmp_path, "sound")
    done = judge(tmp_path)
    step, cases, _, *verdict = row_of(done, "The sound")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (step, " ".join(verdict)) == ("built", "no failure in the part that was selected")
    assert int(cases) > 100
    assert {path.name for path in folder.iterdir()} == {
        "built",
        "example.toml",
        "torq-results.json",
    }


def test_a_faulty_example_fails_and_says_why(tmp_path: Path) -> None:
    folder = example(tmp_path, "forgetful", implementation='"python:forgetful_codec:Codec"')
    (folder / "forgetful_codec.py").write_text(FORGETS_FLAGS)
    done = judge(tmp_path)
    assert done.returncode == 1
    assert "not conformant" in " ".join(row_of(done, "The forgetful"))
    assert "HDR-FLAGS" in done.stdout
    assert "0 conformant, 1 failed, 0 skipped" in done.stdout


def test_a_failing_build_fails_and_says_why(tmp_path: Path) -> None:
    folder = example(tmp_path, "broken", build=BUILD_FAILING)
    done = judge(tmp_path)
    assert done.returncode == 1
    assert row_of(done, "The broken")[:2] == ["not", "built"]
    assert "no such header" in done.stdout
    assert not (folder / "torq-results.json").exists()


def test_a_build_command_that_is_not_there_fails(tmp_path: Path) -> None:
    example(tmp_path, "broken", build='[["no-such-compiler"]]')
    done = judge(tmp_path)
    assert done.returncode == 1
    assert "no-such-compiler" in done.stdout


def test_an_implementation_that_does_not_answer_fails(tmp_path: Path) -> None:
    folder = example(tmp_path, "mute", implementation='"python:no_such_module:Codec"')
    (folder / "torq-results.json").write_text('{"conclusion": "conformant"}')
    done = judge(tmp_path)
    assert done.returncode == 1, "results of an earlier run are not believed"
    assert "not judged" in done.stdout
    assert "There is no module 'no_such_module'." in done.stdout


def test_what_is_skipped_is_named_and_counted(tmp_path: Path) -> None:
    folder = example(tmp_path, "exotic", needs='["no-such-compiler"]')
    example(tmp_path, "sound")
    done = judge(tmp_path)
    assert done.returncode == 0
    assert "1 conformant, 0 failed, 1 skipped" in done.stdout
    assert done.stdout.splitlines()[-1] == "SKIPPED The exotic: needs no-such-compiler"
    assert not (folder / "built").exists()


def test_when_all_are_skipped_it_is_not_green(tmp_path: Path) -> None:
    example(tmp_path, "exotic", needs='["no-such-compiler"]')
    assert judge(tmp_path).returncode == 5


def test_only_the_named_example_is_judged(tmp_path: Path) -> None:
    broken = example(tmp_path, "broken", build=BUILD_FAILING)
    example(tmp_path, "exotic", needs='["no-such-compiler"]')
    done = judge(tmp_path, "exotic")
    assert "broken" not in done.stdout
    assert [path.name for path in broken.iterdir()] == ["example.toml"]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("title = ", "is no TOML"),
        ('title = "T"\nneeds = []\nbuild = []\n', "look at implementations"),
        ('title = "T"\nneeds = []\nbuild = []\nimplementations = []\n', "look at implementations"),
        ('title = 1\nneeds = []\nbuild = []\nimplementations = ["x"]\nlevel = 1\n', "level, title"),
    ],
    ids=["no toml", "key missing", "nothing to judge", "unknown key"],
)
def test_a_wrong_example_is_reported_in_one_line(tmp_path: Path, text: str, reported: str) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "example.toml").write_text(text)
    done = judge(tmp_path)
    assert done.returncode == 2
    assert reported in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_name_is_reported_in_one_line(tmp_path: Path) -> None:
    example(tmp_path, "sound")
    done = judge(tmp_path, "sonud")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "There is no example sonud." in done.stderr
    assert done.stderr.rstrip().endswith("there are: sound.")
