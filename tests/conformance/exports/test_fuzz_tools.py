"""The fuzzing export by its real tools: libFuzzer and AFL++ find what is planted into a codec.

All of them are long: ``tox -e exports`` runs them. What is not run for want of a tool is skipped
loudly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from torq_conformance.exports.catalogue import KINDS
from torq_conformance.exports.declared import Declared
from torq_specs.registry import REGISTRY

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples/c"
SANITIZERS = {
    "ASAN_OPTIONS": "symbolize=0:abort_on_error=1:detect_leaks=0",
    "UBSAN_OPTIONS": "symbolize=0:abort_on_error=1",
}

ONE_LEVEL_TOO_MANY = (
    "uint16_t count = load16(wire);\n    if (count > field->capacity)",
    "uint16_t count = load16(wire);\n    if (count > field->capacity + 1)",
)


def exported(folder: Path, change: tuple[str, str] | None = None) -> Path:
    """The export beside a copy of the example, with a change of it."""
    for path, data in KINDS["fuzz"].files(Declared(REGISTRY)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    shutil.copytree(EXAMPLE, folder / "codec", ignore=shutil.ignore_patterns("build"))
    if change is not None:
        source = folder / "codec/torq.c"
        text = source.read_text("utf-8")
        assert text.count(change[0]) == 1
        source.write_text(text.replace(*change), "utf-8")
    return folder


def make(folder: Path, *targets: str, needs: Sequence[str]) -> None:
    missing = [need for need in needs if shutil.which(need) is None]
    if missing:
        pytest.skip(f"FUZZER NOT BUILT: {', '.join(missing)} is missing")
    codec = "CODEC=codec/torq.c codec/fuzz_codec.c"
    done = subprocess.run(
        ["make", "-s", *targets, codec, "INCLUDE=codec", "CFLAGS=-Wall -Wextra -Werror"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if "libclang_rt" in done.stderr:
        pytest.skip("FUZZER NOT BUILT: the runtime libraries of clang's sanitizers are missing")
    assert done.returncode == 0, done.stderr


def run(folder: Path, *program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program,
        cwd=folder,
        env={**os.environ, **SANITIZERS, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


FUZZ = ("build/libfuzzer", "-seed=1", "-max_len=9000", "-runs=30000", "found")


def test_libfuzzer_finds_a_planted_fault_and_none_in_what_is_right(tmp_path: Path) -> None:
    right = exported(tmp_path / "right")
    make(right, "libfuzzer", needs=("clang", "make"))
    done = run(right, *FUZZ)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert "Done 30000 runs" in done.stderr
    wrong = exported(tmp_path / "wrong", ONE_LEVEL_TOO_MANY)
    make(wrong, "libfuzzer", needs=("clang", "make"))
    done = run(wrong, *FUZZ)
    assert "AddressSanitizer" in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("wire[2] = type;", "wire[2] = 201;"), "what is written differs from what was read"),
        (
            ("uint64_t offset = 0;\n", "uint64_t offset = message->header.flags == 255;\n"),
            "what is written is longer than what was read",
        ),
    ],
    ids=["another type", "a size that is one off"],
)
def test_the_oracle_sees_what_is_written_wrong(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    folder = exported(tmp_path / "wrong", change)
    make(folder, "build/sanitized", needs=("gcc", "make"))
    seeds = [f"corpus/{path.name}" for path in sorted((folder / "corpus").iterdir())]
    done = run(folder, "build/sanitized", *seeds)
    assert f"TORQ ORACLE: {said}" in done.stderr


def test_the_seeds_pass_under_the_sanitizers(tmp_path: Path) -> None:
    folder = exported(tmp_path / "right")
    make(folder, "sanitize", needs=("gcc", "make"))


def test_afl_finds_a_planted_fault(tmp_path: Path) -> None:
    folder = exported(tmp_path / "wrong", ONE_LEVEL_TOO_MANY)
    make(folder, "afl", needs=("afl-clang-fast", "afl-fuzz", "make"))
    (folder / "first").mkdir()
    smallest = min((folder / "corpus").iterdir(), key=lambda path: abs(path.stat().st_size - 32))
    shutil.copy(smallest, folder / "first/seed")
    limits = ("-s", "1", "-V", "120", "-G", "9000")
    program = ("afl-fuzz", *limits, "-i", "first", "-o", "out", "--", "build/afl")
    run(
        folder,
        *program,
        AFL_CUSTOM_MUTATOR_LIBRARY="build/torq_mutator.so",
        AFL_CUSTOM_MUTATOR_ONLY="1",
        AFL_BENCH_UNTIL_CRASH="1",
        AFL_NO_UI="1",
        AFL_SKIP_CPUFREQ="1",
        AFL_NO_AFFINITY="1",
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1",
    )
    assert list((folder / "out/default/crashes").glob("id*"))
