"""The type library in examples/rust follows what is declared, and its page what is measured.

That it compiles and what it answers, `tox -e examples` judges; these need no toolchain.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from torq_specs import REGISTRY

ROOT = Path(__file__).parent.parent
RUST = ROOT / "examples" / "rust"
PAGE = (ROOT / "docs" / "macro_patterns.md").read_text(encoding="utf-8")
LAYOUTS = (RUST / "codec" / "src" / "layouts.rs").read_text(encoding="utf-8")


def test_every_declared_type_is_there_by_macro() -> None:
    declared = {(line.name, line.number) for line in REGISTRY if line.layout is not None}
    by_macro = re.findall(r"pub struct (\w+) = (\d+)", LAYOUTS)
    assert {(name, int(number)) for name, number in by_macro} == declared
    assert len(by_macro) == len(declared) == 24


@pytest.mark.parametrize("name", ["zero_copy_tlv", "validated_config", "actor_messages"])
def test_an_example_is_one_file_of_less_than_80_lines_that_is_run(name: str) -> None:
    text = (RUST / "codec" / "examples" / f"{name}.rs").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    assert name in (RUST / "example.toml").read_text(encoding="utf-8") + (
        RUST / "actors.py"
    ).read_text(encoding="utf-8")


def check_faults(folder: Path, faults: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "faults.py"), "--check", str(faults)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_faults_are_those_that_are_exported(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torq_conformance.cli", "export", "faults", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    faults = tmp_path / "torq.faults.json"
    assert check_faults(RUST, faults).returncode == 0

    text = faults.read_text(encoding="utf-8")
    faults.write_text(text.replace('"required_bytes"', '"needed_bytes"'), encoding="utf-8")
    done = check_faults(RUST, faults)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)

    copy = tmp_path / "rust"
    (copy / "codec" / "src").mkdir(parents=True)
    shutil.copy(RUST / "faults.py", copy)
    subprocess.run([sys.executable, copy / "faults.py", faults], check=True)
    written = (copy / "codec" / "src" / "faults.rs").read_text(encoding="utf-8")
    assert "8 TruncatedTLV { buffer_size: Number, needed_bytes: Number," in written
    assert check_faults(copy, faults).returncode == 0


def test_the_page_has_the_lines_that_are_counted() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "rust_macros.py"), "lines"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *rows, total, shares, by_hand, of_them = done.stdout.splitlines()
    assert f"{total}\n{shares}\n{by_hand}\n{of_them}" in PAGE
    assert len(rows) == 2 + 24
    for row in rows[2:]:
        lines, words, plain_lines, plain_words = map(int, re.findall(r"\b\d+\b", row)[-4:])
        assert lines <= plain_lines / 2, row
        assert words <= plain_words / 2, row


def test_every_macro_of_the_page_is_one_of_the_library() -> None:
    macros = "".join(
        path.read_text(encoding="utf-8") for path in (RUST / "codec" / "src" / "macros").iterdir()
    )
    defined = set(re.findall(r"#\[macro_export\]\nmacro_rules! (\w+)", macros))
    table = PAGE[PAGE.index("## When to use what") : PAGE.index("```rust")]
    assert set(re.findall(r"`(\w+)!`", table)) == defined


@pytest.mark.parametrize("question", ["opt-001", "opt-002"])
def test_the_pages_show_every_form_that_is_served(question: str) -> None:
    page = (ROOT / "docs" / f"{question}.md").read_text(encoding="utf-8")
    served = (ROOT / "benchmarks" / "alternatives" / "src" / "main.rs").read_text(encoding="utf-8")
    number = {"opt-001": 3, "opt-002": 1}[question]
    forms = re.findall(rf'^    "(\w+)" {number}\b', served, re.MULTILINE)
    assert len(forms) > 4
    shown = re.findall(r"^\| (\w+_(?:book|trade)) \| same bytes \|", page, re.MULTILINE)
    planted = [form for form in forms if f"{form}, wrong on purpose: seen" in page]
    assert [*shown, *planted] == forms
