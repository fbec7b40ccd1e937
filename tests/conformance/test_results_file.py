"""A run's verdict is its own, and neither of two runs with one results file loses anything."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.running import replay
from torq_conformance.running.results_file import Channel, ResultsFile, last_document
from torq_specs.registry import REGISTRY

ROOT = Path(__file__).parent.parent.parent
FAULTY = "python:tests.conformance.faulty:FlagsCleared"
INCOMPLETE, COMPLETE = {"status": "incomplete"}, {"status": "complete"}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def another_run(path: Path, **changed: object) -> None:
    """What a run that goes on in another process has written."""
    run = {"mark": "other", "pid": os.getppid(), "machine": platform.node()}
    path.write_text(json.dumps({"status": "incomplete", "run": {**run, **changed}}))


def test_a_run_replaces_earlier_results(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("an earlier one")
    file = ResultsFile(path)
    assert path.read_text() == "an earlier one"
    file.begin(INCOMPLETE)
    assert read(path)["status"] == "incomplete"
    file.complete(COMPLETE)
    assert read(path)["status"] == "complete"
    assert (file.path, file.notice) == (path, "")


def test_the_second_of_two_runs_takes_another_name_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    another_run(path)
    (tmp_path / "r-2.json").write_text("mine")
    file = ResultsFile(path)
    file.begin(INCOMPLETE)
    file.complete(COMPLETE)
    assert read(path)["run"]["mark"] == "other"
    assert (tmp_path / "r-2.json").read_text() == "mine"
    assert read(tmp_path / "r-3.json")["status"] == "complete"
    assert f"{path} belongs to a run that goes on (process {os.getppid()})" in file.notice
    assert f"the results of this one are in {tmp_path / 'r-3.json'}." in file.notice


def test_of_two_runs_that_began_at_once_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    file = ResultsFile(path)
    file.begin(INCOMPLETE)
    another_run(path)
    file.complete(COMPLETE)
    assert read(path)["run"]["mark"] == "other"
    assert read(tmp_path / "r-2.json")["status"] == "complete"
    assert "was written by somebody else meanwhile" in file.notice


@pytest.mark.parametrize(
    "changed",
    [{"pid": 2**22 + 1}, {"machine": "elsewhere"}, {"pid": "1"}, {"pid": os.getpid()}],
    ids=["its process is gone", "another machine", "no process", "its number is ours now"],
)
def test_what_a_killed_run_left_is_replaced(tmp_path: Path, changed: dict[str, object]) -> None:
    path = tmp_path / "r.json"
    another_run(path, **changed)
    file = ResultsFile(path)
    file.begin(INCOMPLETE)
    assert (file.path, file.notice) == (path, "")


def test_a_channel_has_the_last_whole_document(tmp_path: Path) -> None:
    with (tmp_path / "c").open("w+b") as file:
        channel = Channel(file.fileno())
        assert last_document(file.fileno()) == {}
        channel.begin(INCOMPLETE)
        assert last_document(file.fileno()) == INCOMPLETE
        channel.complete(COMPLETE)
        os.write(file.fileno(), b'{"status": "half')
        assert last_document(file.fileno()) == COMPLETE
        assert not os.get_inheritable(file.fileno())
    with Path("/dev/full").open("wb") as full, pytest.raises(KitError, match="could not be kept"):
        Channel(full.fileno()).complete(COMPLETE)


def start(*arguments: str, folder: Path, pytest_: bool = False) -> subprocess.Popen[str]:
    """A run of a part, as small as can be."""
    kit = ["torq_conformance.cli", "run"]
    suite = ["pytest", "--pyargs", "torq_conformance.suite"]
    return subprocess.Popen(
        [sys.executable, "-m", *(suite if pytest_ else kit), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


PART = ("-k", "flags_are", "-n", "1")


def run(*arguments: str, folder: Path, pytest_: bool = False) -> tuple[int, str]:
    process = start(*arguments, folder=folder, pytest_=pytest_)
    out, err = process.communicate()
    return process.returncode, out + err


def test_a_green_file_that_is_copied_over_it_changes_no_verdict(tmp_path: Path) -> None:
    assert run("reference", *PART, folder=tmp_path)[0] == 0
    path = tmp_path / "torq-results.json"
    green = path.read_bytes()
    is_over = threading.Event()

    def copy() -> None:
        while not is_over.wait(0.01):
            path.write_bytes(green)

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        code, said = run(FAULTY, *PART, folder=tmp_path)
    finally:
        is_over.set()
        copying.join()
    assert code == 1, said
    assert "not conformant" in said
    assert read(tmp_path / "torq-results-2.json")["exit_code"] == 1


def test_two_runs_at_once_get_their_own_verdicts(tmp_path: Path) -> None:
    one, other = (start(name, *PART, folder=tmp_path) for name in ("reference", FAULTY))
    said = [process.communicate() for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 1), said
    kept = [read(path) for path in tmp_path.glob("*.json")]
    assert sorted(document["exit_code"] for document in kept) == [0, 1]
    assert "the results of this one are in torq-results-2.json" in said[0][1] + said[1][1]


def test_what_cannot_take_the_results_is_never_green(tmp_path: Path) -> None:
    code, said = run("reference", *PART, "--results", "/dev/full", folder=tmp_path)
    assert code == 2, said
    assert "/dev/full could not be written to its end: No space left on device." in said
    assert Path("/dev/full").is_char_device()
    code, said = run(FAULTY, *PART, "--results", "/dev/full", folder=tmp_path)
    assert code == 1, said
    options = ("--torq-implementation", "reference", "--torq-results", "/dev/full", "-k", PART[1])
    code, said = run(*options, folder=tmp_path, pytest_=True)
    assert code == 2, said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--collect-only",), 0),
        (("-k", "not ("), 4),
        (("no/such/file.py",), 4),
        (("--torq-vendor-specs", "nowhere"), 4),
        (("--torq-implementation", "python:nowhere:Codec"), 4),
        (("-n", "1", "--collect-only"), 0),
    ],
)
def test_who_runs_nothing_touches_no_earlier_results(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    path = tmp_path / "torq-results.json"
    path.write_text("an earlier one")
    found, said = run(
        "--torq-implementation", "reference", *arguments, folder=tmp_path, pytest_=True
    )
    assert found == code, said
    assert path.read_text() == "an earlier one"


@pytest.mark.parametrize(
    "arguments",
    [
        ("reference", "-k", "not ("),
        ("python:nowhere:Codec",),
        ("reference", "--profile", "huge"),
        ("reference", "--vendor-specs", "nowhere"),
    ],
)
def test_wrong_usage_of_the_command_touches_none_either(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    path = tmp_path / "torq-results.json"
    path.write_text("an earlier one")
    code, said = run(*arguments, folder=tmp_path)
    assert code == 2, said
    assert path.read_text() == "an earlier one"


def test_results_that_may_not_be_written_are_refused_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "torq-results.json"
    path.write_text("an earlier one")
    path.chmod(0o444)
    code, said = run("python:nowhere:Codec", folder=tmp_path)
    assert code == 2
    assert said == (
        "torq-conformance: torq-results.json cannot be written: it is read-only. "
        "Name another one with --results (pytest: --torq-results).\n"
    )


def test_results_say_what_they_speak_of(tmp_path: Path) -> None:
    program = tmp_path / "codec.py"
    program.write_text("from torq_conformance.reference import Reference as Codec\n")
    run("python:codec:Codec", *PART, "--deadline", "7", folder=tmp_path)
    document = read(tmp_path / "torq-results.json")
    assert document["about"].keys() == {
        *("kit", "specification", "began", "seconds", "python", "machine", "cores")
    }
    assert document["options"].items() >= {"deadline": 7, "select": PART[1], "seed": 0}.items()
    path = tmp_path / "torq-results.json"
    path.write_text(path.read_text().replace(document["about"]["specification"], "another"))
    told: list[str] = []
    with pytest.raises(KitError, match="is no file, no golden vector, and no failure"):
        replay.find("0", path, REGISTRY, told.append)
    assert f"The results are of kit {document['about']['kit']} and another spec" in told[0]
    (file,) = document["implementation"]["files"]
    assert (file["name"], file["size"]) == ("codec.py", program.stat().st_size)
    assert len(file["sha256"]) == len(document["about"]["specification"]) == 64
