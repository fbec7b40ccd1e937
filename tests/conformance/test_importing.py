"""Modules in the working folder take nobody's place, and are taken themselves."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from torq_conformance.model.importing import OURS

NAMES = (
    *("types", "enum", "signal", "token", "queue", "copy", "random", "selectors", "code", "struct"),
    *("hypothesis", "pytest", "pluggy", "click", "rich", "numpy", "construct", "jsonschema"),
    *("attr", "packaging", "execnet", "xdist"),
)
PACKAGES = ("torq_conformance", "torq_specs", "torq_vectors")

PYTEST = (
    *("pytest", "--pyargs", "torq_conformance.suite", "-k", "flags_are"),
    *("--torq-implementation", "python:mine:Codec"),
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "python:mine:Codec", "-k", "flags_are", "-n", "1"),
    "smoke": ("smoke", "python:mine:Codec"),
    "smoke in process": ("smoke", "python:mine:Codec", "--in-process"),
    "search": ("search", "python:mine:Codec", "--count", "100", "-n", "1"),
    "compare": ("compare", "python:mine:Codec", "reference", "--count", "20"),
    "pytest": (*PYTEST, "-n", "1"),
}


def start(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What an installed script does: its own folder is on its path, the current one is not."""
    script = folder.parent / "scripts" / words[0]
    script.parent.mkdir(exist_ok=True)
    is_pytest = words[0] == "pytest"
    script.write_text(
        "import pytest\nraise SystemExit(pytest.console_main())\n"
        if is_pytest
        # Guarded, for processes that are started anew import it again.
        else "from torq_conformance.cli import main\nif __name__ == '__main__':\n    main()\n"
    )
    return subprocess.run(
        [sys.executable, str(script), *(words[1:] if is_pytest else words)],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder full of badly named files, and an implementation that needs one of its own."""
    bad = "import sys\nsys.stderr.write('SHADOWED by ' + __name__)\nraise SystemExit(77)\n"
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(bad)
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(bad)
    (tmp_path / "helper.py").write_text("NAME = 'mine'\n")
    (tmp_path / "mine.py").write_text(
        "import code, hypothesis, queue, token\nfrom helper import NAME\n"
        "from torq_conformance.reference import Reference\n\n\n"
        "class Codec(Reference):\n    name = NAME\n"
    )
    return tmp_path


@pytest.mark.once
@pytest.mark.parametrize("name", COMMANDS)
def test_modules_in_the_working_folder_shadow_nothing(folder: Path, name: str) -> None:
    done = start(folder, *COMMANDS[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SHADOWED" not in done.stdout + done.stderr


def test_a_module_with_the_name_of_another_is_refused(folder: Path) -> None:
    done = start(folder, "smoke", "python:queue:Codec")
    assert done.returncode == 2
    assert "queue is a module of Python or of the kit" in done.stderr
    assert "Give it another name." in done.stderr


def test_what_is_developed_here_is_taken_and_not_what_is_installed(tmp_path: Path) -> None:
    # Any package would do that is there and that the kit does not import.
    (tmp_path / "pip.py").write_text(
        "from torq_conformance.reference import Reference\nclass Codec(Reference): name = 'new'\n"
    )
    for options in ((), ("--in-process",)):
        done = start(tmp_path, "smoke", "python:pip:Codec", *options)
        assert "new 1 (Python) answers" in done.stdout, done.stderr


def test_a_folder_of_data_hides_no_package(tmp_path: Path) -> None:
    for name in ("pip", "mypackage"):
        (tmp_path / name).mkdir()
    (tmp_path / "mypackage" / "mine.py").write_text(
        "import pip\nfrom torq_conformance.reference import Reference\n"
        "class Codec(Reference): name = pip.__name__ + str(bool(pip.__file__))\n"
    )
    done = start(tmp_path, "smoke", "python:mypackage.mine:Codec")
    assert "pipTrue 1 (Python) answers" in done.stdout, done.stderr


def test_an_implementation_does_not_see_what_the_kit_set_for_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import os, sys\nfrom torq_conformance.reference import Reference\n"
        "class Codec(Reference): name = str(sorted(n for n in os.environ if 'SAFE' in n))\n"
    )
    assert "[] 1 (Python) answers" in start(tmp_path, "smoke", "python:mine:Codec").stdout


def _needed(distribution: str, seen: set[str]) -> set[str]:
    """A distribution and all that it requires here."""
    if distribution in seen:
        return seen
    seen.add(distribution)
    for line in importlib.metadata.requires(distribution) or ():
        if "extra ==" in line:
            continue
        match = re.match(r"[A-Za-z0-9_.-]+", line)
        assert match
        try:
            importlib.metadata.version(match[0])
        except importlib.metadata.PackageNotFoundError:
            continue
        _needed(match[0].lower().replace("_", "-"), seen)
    return seen


def test_all_that_the_kit_imports_is_reserved() -> None:
    needed = _needed("torq-conformance", set())
    top = {
        name
        for name, distributions in importlib.metadata.packages_distributions().items()
        if needed & {one.lower().replace("_", "-") for one in distributions}
    }
    missing = {name for name in top if name.isidentifier()} - OURS
    assert {name for name in missing if not name.startswith("__editable__")} == set()
