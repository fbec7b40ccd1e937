"""The programs of vectors/README.md: each is run as its first line says, where its tools are.

They must count what is there, and must end with an error when a byte of the export is wrong.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from torq_conformance.exports import output
from torq_conformance.vectors import formats
from torq_conformance.vectors.reader import published_folder

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "vectors/README.md"
TYPESCRIPT = ROOT / "examples/typescript/node_modules"
TYPES_STRIPPED_SINCE = (22, 18)

LANGUAGES = ("python", "c", "go", "rust", "typescript")
TOOLS = {"python": "python", "c": "cc", "go": "go", "rust": "rustc", "typescript": "node"}
SOURCES = {
    name: f"check.{suffix}"
    for name, suffix in zip(LANGUAGES, ("py", "c", "go", "rs", "mts"), strict=True)
}


def program(language: str) -> tuple[str, str, str]:
    """The format that the program reads, how it is run, and its source."""
    text = README.read_text("utf-8")
    (source,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    first = re.match(r"\S+ torq-conformance vectors export --format (\w+) \. && (.+)\n", source)
    assert first is not None, source
    assert f"(`{SOURCES[language]}`" in text
    return first[1], first[2], source


def command_here(language: str, command: str) -> str:
    """The command with the tools that are here; skips where they are not."""
    if language == "python":
        return command.replace("python", sys.executable)
    if shutil.which(TOOLS[language]) is None:
        pytest.skip(f"PROGRAM OF THE README NOT RUN: {language} needs {TOOLS[language]}")
    if language == "typescript":
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        numbers = tuple(map(int, version.stdout.strip().removeprefix("v").split(".")[:2]))
        if numbers < TYPES_STRIPPED_SINCE:
            compiler = TYPESCRIPT / ".bin/tsc"
            if not compiler.exists():
                pytest.skip(
                    "PROGRAM OF THE README NOT RUN: typescript needs Node 22.18, or the compiler "
                    "that python examples/judge.py typescript installs"
                )
            options = f"--strict --module nodenext --typeRoots {TYPESCRIPT}/@types --types node"
            return f"{{ test -e check.mjs || {compiler} {options} check.mts; }} && node check.mjs"
    return command


def run(language: str, published: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    format_, command, source = program(language)
    command = command_here(language, command)
    output.write(formats.FORMATS[format_](published).files, folder)
    (folder / SOURCES[language]).write_text(source, "utf-8")
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_program_of_the_readme_counts_all_valid_messages(language: str, tmp_path: Path) -> None:
    done = run(language, published_folder(), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    valid, every = 0, 0
    for row in json.loads((published_folder() / "manifest.json").read_text("utf-8"))["files"]:
        for one in json.loads((published_folder() / row["path"]).read_text("utf-8"))["vectors"]:
            if "decode" in one["operations"] and "steps" not in one:
                every += 1
                valid += one["result"] == "valid"
    assert valid > 1000
    assert done.stdout == f"{valid} of {every} messages are valid\n"


def sealed(message: bytes) -> bytes:
    return message[:28] + struct.pack("<I", zlib.crc32(message[:28] + message[32:])) + message[32:]


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "checksum": lambda m: m[:12] + bytes([m[12] ^ 1]) + m[13:],
    "magic": lambda m: sealed(bytes([m[0] ^ 1]) + m[1:]),
    "payload_size": lambda m: sealed(m[:24] + bytes([m[24] ^ 1]) + m[25:]),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_program_of_the_readme_sees_a_wrong_byte(
    language: str, small_set: Path, tmp_path: Path
) -> None:
    path = small_set / "tlvs/1-Trade.json"
    document = json.loads(path.read_text("utf-8"))
    valid = [one for one in document["vectors"] if one["result"] == "valid"]
    vector = [one for one in valid if "decode" in one["operations"]][-1]
    right = bytes.fromhex(vector["message"])
    (tmp_path / "exported").mkdir()
    for wrong, change in WRONG.items():
        vector["message"] = change(right).hex()
        path.write_text(json.dumps(document), "utf-8")
        done = run(language, small_set, tmp_path / "exported")
        assert done.returncode != 0, wrong
        assert f"{vector['id']} is wrong" in done.stderr, wrong
        assert "are valid" not in done.stdout
