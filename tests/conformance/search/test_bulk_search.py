"""A search is the same however it is spread, and ends with an exit code that says what it found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.errors import KitError
from torq_conformance.running.results import ExitCode
from torq_conformance.search import command
from torq_conformance.search.stream import digest
from torq_conformance.search.stretch import Search, SearchResult, search
from torq_specs.registry import REGISTRY

HERE = Path(__file__).parent
DIGEST = "9457446984eb36d5f9549d270d59252ca958c6136484d2fce1b8c7d09a5baa35"


def searched(
    implementation: str = "reference",
    *,
    processes: int = 1,
    is_in_process: bool = True,
    **what: int,
) -> SearchResult:
    planned = Search(implementation, **{"seed": 2, "count": 30_000, **what})  # type: ignore[arg-type]
    planned = Search(
        **{**vars(planned), "types": ("Trade", "OrderBook"), "is_in_process": is_in_process}
    )
    return search(planned, processes=processes)


@pytest.mark.parametrize("processes", [1, 2])
def test_digest_does_not_depend_on_processes(processes: int) -> None:
    result = searched(count=9000, processes=processes)
    assert (result.judged, result.disagreeing, result.resume_at) == (9000, 0, 9000)
    assert result.digest == DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "77"])
def test_digest_does_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    program = (
        "from torq_conformance.search.messages import Messages; import hashlib;"
        "from torq_specs.registry import REGISTRY; sha = hashlib.sha256();"
        "[sha.update(b) for t in REGISTRY.with_layout for b in Messages(t, 9).batches(7, 70)];"
        "print(sha.hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "f1eb3fb312025c20291627b354766a65a3f769fbdb874dcb3c6a403216b6088b"


def test_other_seeds_and_stretches_are_other_streams() -> None:
    digests = {
        searched(count=100, start=start, seed=seed).digest
        for start, seed in [(0, 2), (1, 2), (0, 3)]
    }
    assert len(digests) == 3
    assert digest([b"a", b"b"]) != digest([b"b", b"a"])


def test_crash_of_a_worker_is_a_minimal_disagreement() -> None:
    result = searched(
        "python:tests.conformance.search.planted:Exits", count=400, is_in_process=False
    )
    (one,) = result.disagreements
    assert "exited with code 0" in command.words(one, REGISTRY)
    assert "volume: 1001, " in command.words(one, REGISTRY)
    assert result.judged < result.planned


def test_end_of_the_process_that_judges_is_inconclusive() -> None:
    result = searched("python:tests.conformance.search.planted:Exits", count=400)
    assert result.lost
    assert (result.digest, result.resume_at) == ("", 0)


def test_disagreements_found_by_several_processes_are_reported_once() -> None:
    result = searched(
        "python:tests.conformance.search.planted:SideOutside", count=30_000, processes=2
    )
    assert len(result.disagreements) == 1
    assert result.disagreeing > 1


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["reference", "--count", "500"], ExitCode.CONFORMANT, "judged 500 of 500 cases"),
        (
            ["python:tests.conformance.search.planted:SideOutside", "--in-process"],
            ExitCode.NOT_CONFORMANT,
            "shown",
        ),
        (
            ["python:tests.conformance.search.planted:Exits", "--in-process"],
            ExitCode.INCONCLUSIVE,
            "To go on: --start 0",
        ),
        (["python:tests.conformance.search.planted:Missing"], ExitCode.USAGE, "Missing"),
        (["reference", "--type", "Heartbeat"], ExitCode.USAGE, "Heartbeat"),
        (["reference", "--count", "0"], ExitCode.USAGE, "0 is not in the range"),
    ],
    ids=["right", "wrong", "lost", "no implementation", "no type", "no count"],
)
def test_command_ends_with_the_exit_code(arguments: list[str], code: int, text: str) -> None:
    done = CliRunner().invoke(
        main, ["search", "--count", "2000", "--type", "Trade", "-n", "1", *arguments]
    )
    assert (done.exit_code, text in done.output) == (code, True), done.output


def test_set_up_errors_of_processes_reach_the_caller() -> None:
    with pytest.raises(KitError, match="Missing"):
        searched("python:tests.conformance.search.planted:Missing", count=10)
