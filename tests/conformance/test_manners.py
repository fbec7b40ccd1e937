"""However a project runs its tests, the same is asked, and the same is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.users_project import RESULTS, Ran, make, run


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run without anything special."""
    ran = run(make(tmp_path_factory.mktemp("plain")))
    assert ran.code == 1, ran.output
    assert [cause for cause, _ in ran.found[2]] == ["HDR-FLAGS", "HDR-VERSION"]
    return ran


WAYS = {
    "two workers": ("-n", "2"),
    "by scope": ("-n", "2", "--dist", "loadscope"),
    "by file": ("-n", "2", "--dist", "loadfile"),
    "by group": ("-n", "2", "--dist", "loadgroup"),
    "stealing work": ("-n", "2", "--dist", "worksteal"),
    "each": ("-n", "2", "--dist", "each"),
    "not spread": ("-n", "2", "--dist", "no"),
    "without a terminal": ("-p", "no:terminal"),
    "without a terminal, spread": ("-p", "no:terminal", "-n", "2"),
    "without a cache": ("-p", "no:cacheprovider"),
    "by importlib": ("--import-mode=importlib", "-o", "pythonpath=."),
    "failed first": ("--ff",),
    "verbose": ("-vv", "-rA"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_found_does_not_depend_on_the_way(way: str, plain: Ran, tmp_path: Path) -> None:
    ran = run(make(tmp_path), *WAYS[way])
    assert ran.code == 1, ran.output
    assert ran.found == plain.found
    assert "INTERNALERROR" not in ran.output
    assert "Traceback" not in ran.output


def test_the_last_failures_alone(plain: Ran, tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert run(folder).found == plain.found
    again = run(folder, "--lf")
    assert again.code == 1, again.output
    assert again.found[1:] == plain.found[1:]
    assert 0 < again.document["planned"]["tests"] < plain.document["planned"]["tests"]
    # What is mended leaves nothing but a part, which is never called conformant.
    (folder / "codec.py").write_text("from torq_conformance.reference import Reference as Codec\n")
    mended = run(folder, "--lf")
    assert mended.code == 0, mended.output
    assert mended.document["conclusion"] == "no failure in the part that was selected"


def test_the_first_failure_ends_the_run(tmp_path: Path) -> None:
    ran = run(make(tmp_path), "-x")
    assert ran.code == 1, ran.output
    assert ran.document["conclusion"] == "not conformant"
    assert ran.document["judged"]["tests"] < ran.document["planned"]["tests"]
    (failed,) = [one["test"] for one in ran.document["tests"] if one.get("causes")]
    assert failed.startswith("test_1_header.py::")


def test_listing_judges_nothing_and_leaves_results_alone(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / RESULTS).write_text("{}")
    ran = run(folder, "--collect-only")
    assert ran.code == 0, ran.output
    assert "TestMine::test_flags_are_carried_through" in ran.output
    assert ran.document == {}


def test_who_selects_other_tests_sees_no_verdict(tmp_path: Path) -> None:
    ran = run(make(tmp_path), part="of_specs")
    assert ran.code == 0, ran.output
    assert ran.document == {}
    assert "Torq" not in ran.output


def test_a_codec_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / "codec.py").write_text("class Codec:\n    def __init__(self):\n        1 / 0\n")
    ran = run(folder, "--tb=short")
    assert ran.code == 2, ran.output
    assert "Codec() failed: ZeroDivisionError: division by zero." in ran.output
    (folder / "codec.py").write_text("class Codec:\n    pass\n")
    assert "python:codec:Codec has no `capabilities`." in run(folder, "--tb=short").output


SEVERAL = """
from torq_conformance import conformance_suite
from torq_conformance.reference import Reference


class Own(Reference):
    name = "own"


class Lost(Reference):
    name = "lost"

    def decode(self, data):
        return {**super().decode(data), "tlvs": []}


TestOwn = conformance_suite(Own, profile="quick")
of_lost = conformance_suite(Lost, profile="quick", results="lost.json", html="lost.html")
TestPart = conformance_suite(Own(), types="Trade", results="part.json", seed=5, level="should")
"""


@pytest.mark.parametrize("spread", [("-n", "0"), ("-n", "2")], ids=["alone", "spread"])
def test_several_suites_stand_in_one_file(spread: tuple[str, ...], tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_mine.py").write_text(SEVERAL)
    ran = run(folder, *spread, "tests", part="chapter:tlv_framing and not order")
    assert ran.code == 1, ran.output
    for name in ("TestOwn", "of_lost", "TestPart"):
        assert f"Torq Protocol V2: tests/test_mine.py::{name} " in ran.output
    assert ran.output.count("no level is reached") == 3
    own = folder / "torq-results-tests-test_mine-TestOwn.json"
    assert '"conclusion": "no failure' in own.read_text()
    lost = (folder / "tests" / "lost.json").read_text()
    assert '"conclusion": "not conformant"' in lost
    assert '"given_as": "python:tests.test_mine:Lost"' in lost
    assert "Judged in process" in (folder / "tests" / "lost.html").read_text("utf-8")
    part = (folder / "tests" / "part.json").read_text()
    assert '"named": "Trade (1 of' in part
    assert '"seed": 5' in part


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("profile='fast'", "profile of TestMine: 'fast' is none of quick, standard, exhaustive."),
        ("seed=-1", "seed of TestMine: -1 is no number from 0 to 2^63 - 1."),
        ("types='Tarde'", "Tarde"),
        ("known_failures='none.toml'", "none.toml"),
        ("colour='red'", "unexpected keyword argument 'colour'"),
    ],
)
def test_what_a_suite_is_told_wrongly_is_said(said: str, problem: str, tmp_path: Path) -> None:
    folder = make(tmp_path)
    text = (folder / "test_mine.py").read_text()
    (folder / "test_mine.py").write_text(text.replace("(Codec)", f"(Codec, {said})"))
    ran = run(folder, "--tb=short")
    assert ran.code == 2, ran.output
    assert problem in ran.output
    assert "INTERNALERROR" not in ran.output


def test_without_the_plugin_nothing_is_green(tmp_path: Path) -> None:
    without = ("-p", "no:torq_conformance", "-c", "/dev/null", "--rootdir", str(tmp_path))
    ran = run(make(tmp_path), *without, "--tb=short", part="plugin")
    assert ran.code == 1, ran.output
    assert "The pytest plugin torq_conformance is not loaded, so nothing is judged" in ran.output


def test_a_failure_of_a_class_is_asked_again_by_its_id(tmp_path: Path, plain: Ran) -> None:
    import subprocess
    import sys

    folder = make(tmp_path)
    ran = run(folder)
    id_ = ran.document["causes"][0]["example"]
    name = ran.document["implementation"]["given_as"]
    assert name == "python:codec:Codec"
    words = ("replay", id_, name, "--results", RESULTS)
    done = subprocess.run(
        [sys.executable, "-m", "torq_conformance", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "FAILED"), done.stderr
