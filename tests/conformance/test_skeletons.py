"""Skeletons build, connect and fail honestly, with advice; nothing is ever overwritten."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from torq_conformance.cases.case import decode
from torq_conformance.new import skeletons
from torq_conformance.new.skeletons import SKELETONS
from torq_conformance.running import smoke

FETCH = {
    # Not what other machines would need: an ordinary build leaves that out of the cache.
    "rust": "cargo fetch --target $(rustc -vV | sed -n 's/^host: //p')",
    "typescript": "npm install",
}
"""What takes packages from outside: tests use no network, only what the tool has in its cache."""

OFFLINE = {
    "CARGO_NET_OFFLINE": "true",
    "GOTOOLCHAIN": "local",
    "npm_config_audit": "false",
    "npm_config_offline": "true",
}

CLI = f"{shlex.quote(sys.executable)} -m torq_conformance.cli"


def shell(
    line: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A line that a newcomer types, the command being that of this interpreter."""
    if line.startswith("torq-conformance "):
        line = CLI + line.removeprefix("torq-conformance")
    return subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env={**os.environ, **OFFLINE, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def new(language: str, folder: Path | str, where: Path) -> subprocess.CompletedProcess[str]:
    return shell(f"torq-conformance new {language} {shlex.quote(str(folder))}", where)


def skip_unless_there(language: str) -> None:
    """Skip, and say so, where a program of the language is not on this machine."""
    for program in SKELETONS[language].needs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on PATH: the {language} skeleton was NOT built")


def fetch(language: str, folder: Path) -> None:
    """Skip, and say so, where what the skeleton takes from outside is not in the tool's cache."""
    line = FETCH.get(language)
    if line and (fetched := shell(line, folder)).returncode:
        hint = f"`{line}` in such a folder, once and with a network, fills the cache"
        pytest.skip(f"the {language} skeleton was NOT built: {hint}\n{fetched.stderr}")


@pytest.mark.parametrize("language", SKELETONS)
def test_a_skeleton_builds_connects_and_fails_honestly(tmp_path: Path, language: str) -> None:
    skeleton = SKELETONS[language]
    skip_unless_there(language)
    folder = tmp_path / "a codec"
    written = new(language, folder, tmp_path)
    assert written.returncode == 0, written.stderr
    fetch(language, folder)

    enter, *build, smoke, run = [
        line.strip() for line in written.stdout.partition("next:\n")[2].splitlines()
    ]
    assert enter == f"cd {shlex.quote(str(folder))}"
    for line in build:
        built = shell(line, folder)
        assert built.returncode == 0, built.stdout + built.stderr
        assert "warning:" not in built.stdout + built.stderr

    smoked = shell(smoke, folder)
    assert smoked.returncode == 1, smoked.stdout + smoked.stderr
    assert f"my-codec 0.1 ({skeleton.title}) answers" in smoked.stdout
    assert "claims decode, encode" in smoked.stdout
    assert "types: Trade (1 of 78 types)" in smoked.stdout
    assert "problem  encode is claimed but was unsupported" in smoked.stdout
    assert "000000  ef be ad de" in smoked.stdout
    assert "next: Write encode, for this message first. Start with the 32-byte" in smoked.stdout
    assert "replay" not in smoked.stdout

    judged = shell(f"{run} -k header -n 1 --profile quick", folder)
    assert judged.returncode == 1, judged.stdout + judged.stderr
    document = json.loads((folder / "torq-results.json").read_text())
    assert document["conclusion"] == "not conformant for Trade (1 of 78 types)"
    assert not [row for row in document["requirements"] if row["verdict"].startswith("pass")]


@pytest.mark.parametrize("language", SKELETONS)
def test_the_readme_names_the_commands_and_the_file_to_begin_in(
    tmp_path: Path, language: str
) -> None:
    skeleton = SKELETONS[language]
    paths = skeletons.write(language, tmp_path)
    assert paths[0] == tmp_path / skeleton.main
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(paths)
    readme = (tmp_path / skeletons.README).read_text()
    assert f"`{skeleton.main}`" in readme
    block = readme.split("```")[1].split("\n")
    assert tuple(line for line in block if line) == skeleton.commands


def test_the_table_and_the_folders_are_the_same() -> None:
    root = Path(str(files("torq_conformance.new")))
    there = {
        path.relative_to(root).as_posix()
        for path in root.glob("*/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there == {f"{name}/{path}" for name, one in SKELETONS.items() for path in one.paths}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "main.c"
    mine.write_text("mine")
    refused = new("c", ".", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is not empty. Name a new folder" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["main.c"]
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("language", "folder", "reported"),
    [
        ("cobol", "x", "'cobol'. There are python, c, rust, go, typescript, java;"),
        ("c", "file", "file cannot be written: Not a directory."),
        ("c", "file/x", "cannot be written: Not a directory."),
    ],
)
def test_a_wrong_set_up_is_one_clear_line(
    tmp_path: Path, language: str, folder: str, reported: str
) -> None:
    (tmp_path / "file").touch()
    refused = new(language, folder, tmp_path)
    assert refused.returncode == 2
    assert reported in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_every_answer_that_an_adapter_may_give_is_on_the_page(tmp_path: Path) -> None:
    for language in SKELETONS:
        skeletons.write(language, tmp_path / language)
        page = (tmp_path / language / skeletons.README).read_text("utf-8")
        answers = ("Rejected(", "Unsupported") if language == "python" else STDIO_ANSWERS
        assert [one for one in answers if one not in page] == []


STDIO_ANSWERS = ('"ok":', '"error":', '"unsupported":true')


@pytest.mark.parametrize(
    ("problem", "is_about_form"),
    [
        ("the answer to decode is out of form: header.sequence is 7, not a string", True),
        ("what is valid was refused: ValueOutOfRange()", True),
        ("what is valid was refused: ChecksumMismatch()", False),
        ("tlvs[0].value.price is 1, not 2", False),
    ],
)
def test_smoke_tells_how_json_is_written_to_those_who_mistake_it(
    problem: str, is_about_form: bool
) -> None:
    step = smoke.Step(decode("RT-VALUE", "decode a Trade", b""), "The layout.")
    assert (smoke.JSON in smoke.advise(step, problem)) == is_about_form
    assert smoke.advise(step, problem).startswith("The layout.")
