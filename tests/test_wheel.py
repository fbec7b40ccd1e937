"""The wheel holds the three packages and nothing else at its top level.

In tox the distribution is installed from its wheel: then that wheel is looked at. Where it is
installed in editable form, a wheel is built if hatchling is there; else the tests are skipped.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"torq_specs", "torq_conformance", "torq_vectors"}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[PurePosixPath]:
    """Paths within the wheel, of what it installs as packages."""
    names = installed_names()
    if not any(name.parts[0] in PACKAGES for name in names):
        names = built_names(tmp_path_factory.mktemp("wheel"))
    return [
        name
        for name in names
        if not name.parts[0].endswith(".dist-info")
        and name.parts[0] != ".."  # scripts lie beside site-packages
        and "__pycache__" not in name.parts  # written by pip, not in the wheel
    ]


def installed_names() -> list[PurePosixPath]:
    files = importlib.metadata.distribution("torq-conformance").files
    return [PurePosixPath(str(file)) for file in files or ()]


def built_names(folder: Path) -> list[PurePosixPath]:
    try:
        builders = importlib.import_module("hatchling.builders.wheel")
    except ModuleNotFoundError:
        pytest.skip("NO WHEEL TO LOOK AT: an editable install, and hatchling is not installed")
    (path,) = builders.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as wheel:
        return [PurePosixPath(name) for name in wheel.namelist()]


def test_only_our_three_names_are_at_the_top(wheel_names: list[PurePosixPath]) -> None:
    assert {name.parts[0] for name in wheel_names} == PACKAGES


def test_tests_of_the_kit_are_not_in_the_wheel(wheel_names: list[PurePosixPath]) -> None:
    kit = PurePosixPath("torq_conformance")
    suites = {kit / "suite", kit / "relay" / "suite"}
    strays = [
        name
        for name in wheel_names
        if (name.name.startswith("test_") and name.parent not in suites)
        or name.name == "conftest.py"
    ]
    assert strays == []


def test_every_file_of_the_packages_is_in_the_wheel(wheel_names: list[PurePosixPath]) -> None:
    found = {str(name) for name in wheel_names}
    for folder in ("specs/torq_specs", "conformance/torq_conformance", "vectors/torq_vectors"):
        base = ROOT / folder
        for path in base.rglob("*"):
            relative = path.relative_to(base.parent)
            is_left_behind = any(part.startswith((".", "__pycache__")) for part in relative.parts)
            if path.is_file() and not is_left_behind:
                assert relative.as_posix() in found


def test_specification_says_that_it_is_typed(wheel_names: list[PurePosixPath]) -> None:
    assert PurePosixPath("torq_specs/py.typed") in wheel_names


def test_every_tool_that_is_imported_is_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    declared = {
        re.split(r"[^\w.-]", text)[0].lower() for text in (*project["dependencies"], *extras)
    }
    imported = set()
    for folder in ("specs", "conformance", "vectors"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            imported |= set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE))
    tools = imported - set(sys.stdlib_module_names) - PACKAGES
    assert "construct" in tools
    assert tools <= declared
