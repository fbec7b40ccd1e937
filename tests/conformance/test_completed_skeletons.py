"""Each skeleton is copied, completed, built by the oldest and the newest toolchain, and judged.

What is completed is conformant for Trade, and one slip in it is one cause that names it. A folder
of ``completions`` holds what a newcomer adds: files of his own, what he edits in the skeleton
(``edits.diff``), and where he slips (``slip.diff``). A diff names no lines: what it takes away or
keeps must be there exactly once, so a change of a skeleton that breaks his work is seen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.test_skeletons import fetch, shell, skip_unless_there
from torq_conformance.new import skeletons
from torq_conformance.new.skeletons import SKELETONS

HERE = Path(__file__).parent
COMPLETIONS = HERE / "completions"
EXAMPLE = HERE.parent.parent / "examples" / "part" / "collector.py"
"""The completion in Python: Trade and Quote, of which its edits leave Trade."""

SLIPS = {
    # The checksum is calculated over the wrong bytes.
    "go": ("CHK-VALUE", r"what is valid was refused: ChecksumMismatch\(\)"),
    # The price is read as unsigned.
    "rust": ("LAYOUT-TRADE", r"tlvs\[0\]\.value\.price is \d+, not -\d+"),
    # Two bytes are read as signed.
    "java": ("LAYOUT-TRADE", r"tlvs\[0\]\.value\.venue_id is -\d+, not \d+"),
    # 64 bits become a number, which is a float.
    "typescript": ("HDR-LAYOUT", r"header\.(sequence|timestamp) is \d+, not \d+"),
    # Text of 64 bits is read as signed.
    "c": ("ERR-RANGE", r"what is valid was refused: ValueOutOfRange\(\)"),
    # The source is not looked at.
    "python": ("HDR-SOURCE", "accepted what must be refused as UnknownSource"),
}
"""The one cause that the slip of a language must be: its requirement, and how its problem reads."""

QUICK = "--profile quick -n 1"

C_WARNINGS = "-O2 -Wall -Wextra -Wpedantic -Werror"
JDKS = Path("/usr/lib/jvm")


@dataclass(frozen=True)
class Toolchain:
    """What builds a skeleton: its own lines, or others; why it is not here, if it is not."""

    language: str
    name: str
    build: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""

    def __str__(self) -> str:
        return f"{self.language}-{self.name}"


def declared(language: str, file: str, pattern: str) -> str:
    """What a file of a skeleton says is the oldest that it supports."""
    text = SKELETONS[language].build[0]
    if file:
        text = (Path(skeletons.__file__).parent / language / file).read_text("utf-8")
    (found,) = re.findall(pattern, text)
    return str(found)


def toolchains() -> Iterator[Toolchain]:
    """The oldest and the newest of every language; the kit's own tests run on every Python."""
    yield Toolchain("python", f"{sys.version_info.major}.{sys.version_info.minor}")
    oldest = declared("c", "Makefile", r"-std=(\S+)")
    for compiler in ("gcc", "clang"):
        for standard in (oldest, "c17", "c2x"):
            make = f"make CC={compiler} CFLAGS='-std={standard} {C_WARNINGS}'"
            missing = "" if shutil.which(compiler) else f"no {compiler} on PATH"
            yield Toolchain("c", f"{compiler}-{standard}", (make,), {}, missing)
    # What is newer than the declared version, Clippy and vet know: of the library too.
    oldest = declared("rust", "Cargo.toml", r'rust-version = "(\S+)"')
    clippy = "cargo clippy --release -- -D warnings -D clippy::incompatible_msrv"
    missing = "" if shutil.which("cargo-clippy") else "no cargo-clippy on PATH"
    yield Toolchain("rust", oldest, (clippy, *SKELETONS["rust"].build), {}, missing)
    yield Toolchain("rust", "newest")
    oldest = declared("go", "go.mod", r"\ngo (\S+)")
    build = ("go vet .", f"go build -gcflags=-lang=go{oldest} -o build/codec .")
    yield Toolchain("go", oldest, build)
    yield Toolchain("go", "newest")
    yield Toolchain("typescript", "newest")
    yield Toolchain("java", declared("java", "", r"--release (\d+)"))
    yield _newest_java()


def _newest_java() -> Toolchain:
    found = {}
    for release in JDKS.glob("*/release"):
        if (release.parent / "bin" / "javac").exists():
            numbers = re.search(r'JAVA_VERSION="(\d+)', release.read_text("utf-8"))
            found[int(numbers[1]) if numbers else 0] = release.parent / "bin"
    if not found:
        return Toolchain("java", "newest", missing=f"no JDK under {JDKS}")
    path = f"{found[max(found)]}{os.pathsep}{os.environ['PATH']}"
    build = ("javac -Xlint:-options,all,-serial -Werror -d build Codec.java",)
    return Toolchain("java", f"newest-{max(found)}", build, {"PATH": path})


TOOLCHAINS = [*toolchains()]


def patch(folder: Path, diff: Path) -> None:
    """Edit the files of a folder as a diff without line numbers says."""
    for part in diff.read_text("utf-8").split("+++ ")[1:]:
        name, _, hunks = part.partition("\n")
        path = folder / name
        text = path.read_text("utf-8")
        for hunk in hunks.split("\n@@\n"):
            lines = hunk.rstrip("\n").split("\n")
            before = "\n".join(line[1:] for line in lines if line[:1] != "+")
            after = "\n".join(line[1:] for line in lines if line[:1] != "-")
            assert text.count(before) == 1, f"{name} has not once:\n{before}"
            text = text.replace(before, after)
        path.write_text(text, "utf-8")


def complete(folder: Path, toolchain: Toolchain, *diffs: str) -> None:
    """Copy the skeleton, complete it as the diffs say, and build it."""
    language = toolchain.language
    skip_unless_there(language)
    if toolchain.missing:
        pytest.skip(f"{toolchain.missing}: the {toolchain} skeleton was NOT completed")
    skeletons.write(language, folder)
    fetch(language, folder)
    own = COMPLETIONS / language
    shutil.copytree(own, folder, ignore=shutil.ignore_patterns("*.diff"), dirs_exist_ok=True)
    if language == "python":
        shutil.copy(EXAMPLE, folder)
    for diff in diffs:
        patch(folder, own / diff)
    for line in toolchain.build or SKELETONS[language].build:
        built = shell(line, folder, toolchain.environment)
        assert built.returncode == 0, built.stdout + built.stderr


def judged(folder: Path, toolchain: Toolchain, options: str) -> dict[str, Any]:
    """The results of a run, as `new` says that it is typed."""
    *_, run = SKELETONS[toolchain.language].commands
    done = shell(f"{run} --deadline 60 {options}", folder, toolchain.environment)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    document: dict[str, Any] = json.loads((folder / "torq-results.json").read_text("utf-8"))
    assert document["exit_code"] == done.returncode
    return document


@pytest.mark.parametrize("toolchain", TOOLCHAINS, ids=str)
def test_a_completed_skeleton_is_conformant_for_trade(tmp_path: Path, toolchain: Toolchain) -> None:
    complete(tmp_path, toolchain, "edits.diff")
    *_, smoke, _ = SKELETONS[toolchain.language].commands
    smoked = shell(smoke, tmp_path, toolchain.environment)
    assert smoked.returncode == 0, smoked.stdout + smoked.stderr
    assert smoked.stdout.rstrip().splitlines()[-1].startswith("next: torq-conformance run ")
    document = judged(tmp_path, toolchain, QUICK)
    assert document["conclusion"] == "no failure in the quick profile for Trade (1 of 78 types)"
    verdicts = {row["id"]: row["verdict"] for row in document["requirements"]}
    assert verdicts["LAYOUT-TRADE"] == "pass"
    assert verdicts["LAYOUT-QUOTE"] == "not claimed"


def test_the_completed_skeleton_in_go_is_conformant_in_the_standard_profile(
    tmp_path: Path,
) -> None:
    toolchain = Toolchain("go", "newest")
    complete(tmp_path, toolchain, "edits.diff")
    document = judged(tmp_path, toolchain, "")
    assert document["conclusion"] == "conformant for Trade (1 of 78 types)"


@pytest.mark.parametrize("language", SLIPS)
def test_a_slip_is_one_cause_that_names_it(tmp_path: Path, language: str) -> None:
    toolchain = next(one for one in reversed(TOOLCHAINS) if one.language == language)
    complete(tmp_path, toolchain, "edits.diff", "slip.diff")
    document = judged(tmp_path, toolchain, QUICK)
    assert document["conclusion"] == "not conformant for Trade (1 of 78 types)"
    (cause,) = document["causes"]
    requirement, problem = SLIPS[language]
    assert cause["requirement"] == requirement, cause["problem"]
    assert re.fullmatch(problem, cause["problem"]), cause["problem"]


def test_every_skeleton_is_completed() -> None:
    assert {path.name for path in COMPLETIONS.iterdir()} == {*SLIPS} == {*SKELETONS}
    assert {one.language for one in TOOLCHAINS} == {*SKELETONS}


def test_typescript_declares_its_oldest_node() -> None:
    folder = Path(skeletons.__file__).parent / "typescript"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    assert re.fullmatch(r">=\d+", package["engines"]["node"])


@pytest.mark.parametrize("language", SLIPS)
def test_a_skeleton_that_breaks_what_was_edited_is_seen(tmp_path: Path, language: str) -> None:
    main, *_ = skeletons.write(language, tmp_path)
    diff = COMPLETIONS / language / "edits.diff"
    kept = next(line[1:] for line in diff.read_text("utf-8").splitlines() if line[:1] in {" ", "-"})
    main.write_text(main.read_text("utf-8").replace(kept, "", 1), "utf-8")
    with pytest.raises(AssertionError, match="has not once"):
        patch(tmp_path, diff)
