"""Skeletons build, connect and fail honestly, with advice; nothing is ever overwritten."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from torq_conformance.new import skeletons
from torq_conformance.new.skeletons import SKELETONS

FETCH = {"rust": "cargo fetch", "typescript": "npm install"}
"""What takes packages from outside: tests use no network, only what the tool has in its cache."""

OFFLINE = {"CARGO_NET_OFFLINE": "true", "npm_config_offline": "true", "npm_config_audit": "false"}

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "part" / "collector.py"

CLI = f"{shlex.quote(sys.executable)} -m torq_conformance.cli"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line that a newcomer types, the command being that of this interpreter."""
    if line.startswith("torq-conformance "):
        line = CLI + line.removeprefix("torq-conformance")
    return subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env={**os.environ, **OFFLINE},
        capture_output=True,
        text=True,
        check=False,
    )


def new(language: str, folder: Path | str, where: Path) -> subprocess.CompletedProcess[str]:
    return shell(f"torq-conformance new {language} {shlex.quote(str(folder))}", where)


@pytest.mark.parametrize("language", SKELETONS)
def test_a_skeleton_builds_connects_and_fails_honestly(tmp_path: Path, language: str) -> None:
    skeleton = SKELETONS[language]
    for program in skeleton.needs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on PATH: the {skeleton.title} skeleton was NOT built")
    folder = tmp_path / "a codec"
    written = new(language, folder, tmp_path)
    assert written.returncode == 0, written.stderr
    if language in FETCH and (fetched := shell(FETCH[language], folder)).returncode:
        hint = f"`{FETCH[language]}` in such a folder, once and with a network, fills the cache"
        pytest.skip(f"the {skeleton.title} skeleton was NOT built: {hint}\n{fetched.stderr}")

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


def test_a_skeleton_passes_once_its_trade_is_right(tmp_path: Path) -> None:
    new("python", "codec", tmp_path)
    codec = tmp_path / "codec" / "codec.py"
    text = codec.read_text()
    assert text.count("raise Unsupported") == 2
    # The Trade part of the codec in examples/part, in place of what is to be written.
    shutil.copy(EXAMPLE, codec.with_name("collector.py"))
    text = text.replace("from torq_conformance import Unsupported", "import collector", 1)
    text = text.replace("raise Unsupported", "return trade.encode(message)", 1)
    text = text.replace("raise Unsupported", "return trade.decode(data)", 1)
    codec.write_text(f"{text}\n\ndel collector.LAYOUTS[2]\ntrade = collector.Collector()\n")
    run = "torq-conformance run python:codec:Codec -n 2 --profile quick --deadline 60"
    judged = shell(run, codec.parent)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    document = json.loads((codec.parent / "torq-results.json").read_text())
    conclusion = "no failure in the quick profile for Trade (1 of 78 types)"
    assert document["conclusion"] == conclusion
    verdicts = {row["id"]: row["verdict"] for row in document["requirements"]}
    assert verdicts["LAYOUT-TRADE"] == "pass"
    assert verdicts["LAYOUT-QUOTE"] == "not claimed"


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


def test_the_python_skeleton_completed_as_its_page_says_is_judged_green(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    main, *_ = skeletons.write("python", folder)
    text = main.read_text("utf-8")
    for name, argument in (("encode", "message"), ("decode", "data")):
        before, found, after = text.partition("raise Unsupported\n")
        assert found
        text = f"{before}return REFERENCE.{name}({argument})\n{after}"
    head, found, rest = text.partition("\n\nclass Codec:")
    assert found
    imported = "from torq_conformance.reference import Reference\n\nREFERENCE = Reference()\n"
    main.write_text(f"{head}{imported}\n\nclass Codec:{rest}", "utf-8")
    smoke, run = skeletons.find("python").commands
    smoked = shell(smoke, folder)
    assert smoked.returncode == 0, smoked.stdout + smoked.stderr
    judged = shell(f"{run} -k 'flags or any_framing' -n 1 --profile quick", folder)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_every_answer_that_an_adapter_may_give_is_on_the_page(tmp_path: Path) -> None:
    for language in SKELETONS:
        skeletons.write(language, tmp_path / language)
        page = (tmp_path / language / skeletons.README).read_text("utf-8")
        answers = ("Rejected(", "Unsupported") if language == "python" else STDIO_ANSWERS
        assert [one for one in answers if one not in page] == []


STDIO_ANSWERS = ('"ok":', '"error":', '"unsupported":true')
