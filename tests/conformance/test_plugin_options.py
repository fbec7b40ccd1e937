"""Options of the pytest plugin: one table; command line, environment, ini file, default."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.running.plugin_options import (
    OPTIONS,
    Ini,
    Option,
    OptionError,
    markdown,
    misspelt,
    resolve,
)

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "pytest.md"

EXAMPLES: dict[str, tuple[str, str, str]] = {
    "implementation": ("reference", "python:a:A", "stdio:./b"),
    "relay": ("reference", "./a", "./b"),
    "relay_claims": ("echo", "audit", "metrics"),
    "results": ("a.json", "b.json", "c.json"),
    "html": ("a.html", "b.html", "c.html"),
    "in_process": ("yes", "no", "1"),
    "lint": ("true", "false", "on"),
    "profile": ("quick", "standard", "exhaustive"),
    "seed": ("1", "2", "3"),
    "level": ("should", "must", "should"),
    "deadline": ("1.0", "2.5", "3.0"),
    "vendor_specs": ("a", "b", "c"),
    "types": ("Trade", "Quote", "1-3"),
    "known_failures": ("a.toml", "b.toml", "c.toml"),
    "vectors_only": ("yes", "no", "1"),
    "meter": ("yes", "no", "1"),
}
"""Three values of each option, as they are written in an ini file, a variable, and a command."""

WRONG = {
    "in_process": "maybe",
    "lint": "2",
    "profile": "fast",
    "seed": "-1",
    "level": "may",
    "deadline": "soon",
    "vectors_only": "maybe",
    "meter": "maybe",
}
"""Values that cannot be, of the options that do not take every text."""


def chosen(
    option: Option, *, given: Any = None, variable: str = "", ini: str | None = None
) -> tuple[Any, str] | None:
    """What is chosen for an option, and where; None: nothing."""
    found = resolve(
        {option.name: given},
        {option.variable: variable},
        lambda one: Ini(ini, "the ini file", None) if one is option and ini is not None else None,
    )
    return (found[0].value, found[0].source) if found else None


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_command_line_comes_before_a_variable_and_that_before_an_ini_file(
    option: Option,
) -> None:
    ini, variable, given = EXAMPLES[option.name]
    assert chosen(option) is None
    assert chosen(option, ini=ini) == (option.read(ini), "the ini file")
    said = chosen(option, ini=ini, variable=variable)
    assert said == (option.read(variable), option.variable)
    value = option.read(given)
    said = chosen(option, ini=ini, variable=variable, given=value)
    assert said == (value, option.flag)


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_names_where_it_came_from(name: str) -> None:
    (option,) = (one for one in OPTIONS if one.name == name)
    with pytest.raises(OptionError, match=rf"^{option.variable}: .*{WRONG[name]}.*\.$"):
        chosen(option, variable=WRONG[name])
    with pytest.raises(OptionError, match=rf"^the ini file: .*{WRONG[name]}.*\.$"):
        chosen(option, ini=WRONG[name])


def test_every_option_that_reads_its_text_has_a_wrong_one() -> None:
    assert {one.name for one in OPTIONS if one.read.__name__ != "_text"} == set(WRONG)


def test_paths_of_an_ini_file_are_relative_to_it() -> None:
    (option,) = (one for one in OPTIONS if one.name == "results")
    found = resolve({}, {}, lambda o: Ini("x.json", "i", Path("/ini")) if o is option else None)
    assert [one.value for one in found] == ["/ini/x.json"]


def test_a_misspelt_variable_is_noticed_and_a_stranger_is_not() -> None:
    there = {"TORQ_PROFLE": "quick", "TORQ_HOME": "/", "TORQ_SEED": "1", "PROFLE": "x"}
    assert [*misspelt(there)] == [("TORQ_PROFLE", "TORQ_PROFILE")]


def test_the_page_has_the_table_of_all_options() -> None:
    assert markdown() in PAGE.read_text("utf-8")


def pytest_of(
    folder: Path, *words: str, ini: str = "", file: str = "pytest.ini", **variables: str
) -> subprocess.CompletedProcess[str]:
    """A pytest run in a folder with an ini file and variables of its own."""
    (folder / file).write_text(ini or "[pytest]\n")
    (folder / "test_own.py").write_text("def test_own(torq_options):\n    print(torq_options)\n")
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "TORQ_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *words],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_header_says_what_was_chosen_and_where(tmp_path: Path) -> None:
    ini = "[pytest]\ntorq_profile = quick\ntorq_seed = 7\ntorq_results = kept.json\n"
    words = ("--torq-seed=9", "-s", "-o", "torq_level=should", "--no-torq-lint")
    variables = {"TORQ_DEADLINE": "2.5", "TORQ_LINT": "yes", "TORQ_TYPS": "Trade", "TORQ_SEED": "8"}
    done = pytest_of(tmp_path, *words, ini=ini, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    (said,) = re.findall(r"^torq: (.*); else the defaults$", done.stdout, re.MULTILINE)
    assert set(said.split(", ")) == {
        f"results {tmp_path / 'kept.json'} (torq_results in pytest.ini)",
        "lint False (--torq-lint)",
        "profile quick (torq_profile in pytest.ini)",
        "seed 9 (--torq-seed)",
        "level should (-o torq_level)",
        "deadline 2.5 (TORQ_DEADLINE)",
    }
    assert "torq: TORQ_TYPS is none of its variables; TORQ_TYPES is" in done.stdout
    assert "'seed': 9, 'level': 'should', 'deadline': 2.5" in done.stdout


def test_who_chooses_nothing_sees_nothing_of_it(tmp_path: Path) -> None:
    done = pytest_of(tmp_path)
    assert done.returncode == 0
    assert "torq: " not in done.stdout


TOMLS = {
    "as before pytest 9": '[tool.pytest.ini_options]\ntorq_seed = "7"\ntorq_lint = true\n',
    "as from pytest 9 on": "[tool.pytest]\ntorq_seed = 7\ntorq_lint = true\ntorq_deadline = 5\n",
}


@pytest.mark.parametrize("form", TOMLS)
def test_both_forms_of_toml_are_read(form: str, tmp_path: Path) -> None:
    if "9" in form.split("pytest ")[1] and "from" in form and pytest.version_tuple < (9,):
        pytest.skip("this pytest has no such table")
    done = pytest_of(tmp_path, "-s", ini=TOMLS[form], file="pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seed 7 (torq_seed in pyproject.toml)" in done.stdout
    assert "lint True (torq_lint in pyproject.toml)" in done.stdout


@pytest.mark.parametrize(
    ("ini", "variables", "said"),
    [
        ("", {"TORQ_SEED": "-1"}, "TORQ_SEED: -1 is no number from 0 to 2^63 - 1."),
        ("", {"TORQ_PROFILE": "fast"}, "TORQ_PROFILE: 'fast' is none of quick, standard, exh"),
        ("torq_seed = many", {}, "torq_seed in pytest.ini: "),
        ("torq_level = may", {}, "torq_level in pytest.ini: 'may' is none of must, should."),
        ("torq_lint = maybe", {}, "torq_lint in pytest.ini: "),
        (
            "torq_vendor_specs = nowhere_at_all",
            {"TORQ_IMPLEMENTATION": "reference"},
            "TORQ_IMPLEMENTATION, --torq-vendor-specs is from torq_vendor_specs in pytest.ini)",
        ),
    ],
    ids=["seed", "profile", "number", "level", "flag", "set-up"],
)
def test_what_is_wrong_is_one_line_that_names_its_place(
    ini: str, variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = pytest_of(tmp_path, ini=f"[pytest]\n{ini}\n", **variables)
    assert done.returncode == 4, done.stdout + done.stderr
    (line,) = (done.stdout + done.stderr).strip().splitlines()
    assert line.startswith("ERROR: ")
    assert said in line


def test_the_command_line_tool_is_left_alone_by_variables_and_ini_files(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\ntorq_profile = exhaustive\n")
    done = subprocess.run(
        [sys.executable, "-m", "torq_conformance", "run", "reference", "-k", "wrong_magic"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TORQ_SEED": "x", "TORQ_TYPES": "Trade"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reference 1 (Python), all types" in done.stdout
