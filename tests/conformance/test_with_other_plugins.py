"""The ten most used plugins of pytest change neither what is asked nor what is found.

They take time to install, so they have an environment of their own: ``tox -e plugins``.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.conformance.users_project import Ran, make, run

LOOPS = ("-o", "asyncio_default_fixture_loop_scope=function")
"""Without it pytest-asyncio warns, in every project, and warnings are errors here."""

HTML = ("-p", "pytest_metadata.plugin", "-p", "pytest_html.fixtures", "-p", "pytest_html.plugin")
"""By its short name `-p html` loads the module html of Python as well."""

PLUGINS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "randomly": ("pytest_randomly", ("-p", "randomly", "-p", "no:cacheprovider"), ""),
    "another order": ("pytest_randomly", ("-p", "randomly", "--randomly-seed=77"), ""),
    "randomly, spread": ("pytest_randomly", ("-p", "randomly", "-n", "2"), ""),
    "cov": ("pytest_cov", ("-p", "pytest_cov", "--cov=codec", "--cov-report="), ""),
    "mock": ("pytest_mock", ("-p", "pytest_mock"), "def test_of_plugin(mocker):\n    pass\n"),
    "asyncio": (
        "pytest_asyncio",
        ("-p", "asyncio", "--asyncio-mode=auto", *LOOPS),
        "async def test_of_plugin():\n    pass\n",
    ),
    "timeout": ("pytest_timeout", ("-p", "timeout", "--timeout=300"), ""),
    "rerunfailures": ("pytest_rerunfailures", ("-p", "rerunfailures", "--reruns=2"), ""),
    "rerunfailures, spread": (
        "pytest_rerunfailures",
        ("-p", "rerunfailures", "--reruns=1", "-n", "2"),
        "",
    ),
    "sugar": ("pytest_sugar", ("-p", "sugar", "--force-sugar"), ""),
    "html": ("pytest_html", (*HTML, "--html=report.html"), ""),
    "benchmark": (
        "pytest_benchmark",
        ("-p", "benchmark"),
        "def test_of_plugin(benchmark):\n    benchmark(len, 'x')\n",
    ),
    "anyio": (
        "anyio",
        ("-p", "anyio"),
        "import pytest\n\n@pytest.mark.anyio\nasync def test_of_plugin():\n    pass\n",
    ),
}
"""By name: the module, how it is switched on, and a test that uses it."""

TEN = {module for module, _, _ in PLUGINS.values()}


def are_there(modules: set[str]) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    ran = run(make(tmp_path_factory.mktemp("plain")))
    assert ran.code == 1, ran.output
    return ran


@pytest.mark.parametrize("name", PLUGINS)
def test_beside_one(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    module, words, own = PLUGINS[name]
    if not are_there({module}):
        pytest.skip(f"NO {module} HERE: tox -e plugins")
    more = {"test_of_plugin.py": own} if own else {}
    ran = run(make(tmp_path, **more), *words)
    plain: Ran = request.getfixturevalue("plain")
    assert ran.code == 1, ran.output
    assert ran.found == plain.found
    assert "INTERNALERROR" not in ran.output
    assert not own or "test_of_plugin" not in ran.output.partition("short test summary")[2]


@pytest.mark.parametrize("spread", ["0", "2"])
def test_beside_all_of_them(spread: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    missing = sorted(one for one in TEN if not are_there({one}))
    if missing:
        pytest.skip(f"NO {', '.join(missing)} HERE: tox -e plugins")
    more = {f"test_of_plugin_{module}.py": own for module, _, own in PLUGINS.values() if own}
    words = (
        "--cov=codec",
        "--cov-report=",
        "--html=report.html",
        "--reruns=1",
        *LOOPS,
    )
    # Spread, pytest-benchmark warns that it measures nothing.
    ran = run(make(tmp_path, **more), *words, "-n", spread, "--benchmark-skip", autoload=True)
    plain: Ran = request.getfixturevalue("plain")
    assert ran.code == 1, ran.output
    assert ran.found == plain.found
    assert "INTERNALERROR" not in ran.output
