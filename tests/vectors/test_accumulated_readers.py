"""The readers of accumulated vectors: each with a codec of its language, on a few messages.

They must print what the kit prints; with a wrong byte in a reader or in a codec they must not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from torq_conformance.vectors import accumulated

ROOT = Path(__file__).parent.parent.parent
READERS = ROOT / "vectors/readers"
EXAMPLES = ROOT / "examples"
COUNT = 4
LINES_MAX = 30

SOURCES = {
    "python": "accumulated.py",
    "c": "accumulated.c",
    "go": "accumulated.go",
    "java": "Accumulated.java",
    "rust": "accumulated.rs",
}
NEEDS = {
    "python": (),
    "c": ("cc", "sha256sum"),
    "go": ("go",),
    "java": ("javac", "java"),
    "rust": ("cargo", "sha256sum"),
}
ASIDE = re.compile(r"\s*(//|/\*|#|import |from |package |use |\}*$)")
"""Lines that are not counted: comments, imports, closing braces, empty ones."""

GAMMA = re.compile("0x9E3779B97F4A7C15")


@pytest.fixture(scope="module")
def few() -> str:
    """The file for a few messages of each type."""
    return accumulated.text(COUNT)


def printed(text: str) -> list[str]:
    """What a reader prints if all is right."""
    return [" ".join(line.split()[:3]) for line in text.splitlines()[1:]]


def run(language: str, source: str, text: str, folder: Path) -> list[str]:
    """What a reader prints, built and run as its first lines say; nothing if it ended badly."""
    missing = [tool for tool in NEEDS[language] if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"READER NOT RUN: {language} needs {', '.join(missing)}")
    readers = folder / "vectors/readers"
    readers.mkdir(parents=True)
    ignored = shutil.ignore_patterns("build", "target", "node_modules")
    if language != "python" and not (folder / "examples").exists():
        shutil.copytree(EXAMPLES / language, folder / "examples" / language, ignore=ignored)
    (readers / SOURCES[language]).write_text(source, "utf-8")
    (folder / "vectors/torq_vectors").mkdir()
    (folder / "vectors/torq_vectors/accumulated.txt").write_text(text, "ascii")
    done = subprocess.run(
        ["sh", "-c", command(source)],
        cwd=readers,
        env={**os.environ, "CARGO_TARGET_DIR": str(folder.parent / "cargo")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines() if done.returncode == 0 else [done.stderr]


def command(source: str) -> str:
    """The command of its first lines, without the hash over what is printed."""
    first = re.match(r"(?:(?:#|//) .*\\\n)*(?:#|//) .*\n", source)
    assert first is not None
    line = re.sub(r"^(#|//) +", "", first[0], flags=re.MULTILINE).replace("\\\n", " ").strip()
    assert line.endswith(" | sha256sum")
    return line.removesuffix(" | sha256sum").replace("python ", f"{sys.executable} ", 1)


LANGUAGES = (
    "python",
    "c",
    *(pytest.param(one, marks=pytest.mark.long) for one in ("go", "java", "rust")),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_prints_what_the_kit_prints(language: str, few: str, tmp_path: Path) -> None:
    source = (READERS / SOURCES[language]).read_text("utf-8")
    assert run(language, source, few, tmp_path) == printed(few)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_byte_in_a_reader_is_seen(language: str, few: str, tmp_path: Path) -> None:
    source = (READERS / SOURCES[language]).read_text("utf-8")
    wrong, count = GAMMA.subn("0x9E3779B97F4A7C14", source)
    assert count == 1
    found = run(language, wrong, few, tmp_path)
    assert len(found) == len(printed(few))
    assert not set(found) & set(printed(few))


@pytest.mark.parametrize("language", SOURCES)
def test_a_reader_has_at_most_thirty_lines(language: str) -> None:
    lines = (READERS / SOURCES[language]).read_text("utf-8").splitlines()
    assert max(map(len, lines)) <= 140
    assert len([line for line in lines if not ASIDE.match(line)]) <= LINES_MAX


WRONG_CODECS = {
    # name of the class, the cells of its types that differ: 1 decoded, 2 encoded
    "tests.conformance.faulty:ChecksumZero": {"*": {2}},
    "tests.conformance.faulty:FlagsCleared": {"*": {1, 2}},
    "torq_conformance.mutants.layouts:PriceAndVolumeSwapped": {"1": {1}},
}


@pytest.mark.parametrize("name", WRONG_CODECS)
def test_a_wrong_codec_is_seen_where_it_is_wrong(name: str, few: str, tmp_path: Path) -> None:
    module, _, class_ = name.partition(":")
    source = (READERS / SOURCES["python"]).read_text("utf-8")
    theirs = f"sys.path.append({str(ROOT)!r})\nfrom {module} import {class_} as Reference\n"
    wrong = source.replace("from torq_conformance.reference import Reference\n", theirs)
    found = run("python", wrong, few, tmp_path)
    differing = {
        right.split()[0]: {
            n for n, (a, b) in enumerate(zip(right.split(), line.split(), strict=True)) if a != b
        }
        for right, line in zip(printed(few), found, strict=True)
        if right != line
    }
    expected = WRONG_CODECS[name]
    every = (
        {line.split()[0]: expected["*"] for line in printed(few)} if "*" in expected else expected
    )
    assert differing == every


def test_two_fields_that_are_swapped_both_ways_show_in_what_is_decoded(
    few: str, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLES / "c", tmp_path / "examples/c", ignore=shutil.ignore_patterns("build"))
    path = tmp_path / "examples/c/torq_layouts.def"
    rows = "  INT(trade, int64_t, price)\n", "  INT(trade, int64_t, volume)\n"
    assert "".join(rows) in path.read_text()
    path.write_text(path.read_text().replace("".join(rows), "".join(reversed(rows))))
    source = (READERS / SOURCES["c"]).read_text("utf-8")
    found = run("c", source, few, tmp_path)
    assert found[1:] == printed(few)[1:]
    right, line = printed(few)[0].split(), found[0].split()
    assert (right[1] != line[1], right[2]) == (True, line[2])
