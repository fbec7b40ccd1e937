"""On a cluster everything comes to the same as in one process, whoever is lost on the way.

Needs Dask distributed, the extra `cluster`: without it these tests are skipped, and say so.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from torq_conformance.cli import main
from torq_conformance.cluster.introduction import introduction
from torq_conformance.errors import KitError
from torq_conformance.running.results import ExitCode

pytest.importorskip(
    "distributed", reason="Dask distributed is missing (extra `cluster`): no cluster was tested"
)
pytest.importorskip("cryptography", reason="cryptography is missing: no cluster was tested")

import psutil

from torq_conformance.cluster.dask_crew import DaskCrew

pytestmark = [
    # Dask leaves sockets to the collector when what it talks to is gone.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

FAULTY = "python:tests.conformance.stream.drawn_faults:ThirdReservedLost"
KIT = ["-m", "torq_conformance"]
SETUP = {
    "implementation": "reference",
    "seed": 0,
    "is_in_process": True,
    "deadline": 5.0,
    "vendor_specs": None,
}


def said_by(*arguments: object, code: int) -> str:
    command = [sys.executable, *KIT, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def told(text: str) -> list[str]:
    """What must be the same, wherever a campaign was run."""
    found = re.findall(r"(?:stream|finds) digest .*|judged .*questions|failed: .*", text)
    assert len(found) == 4, text
    return found


def test_an_address_that_does_not_answer_is_one_line() -> None:
    done = CliRunner().invoke(
        main, ["search", "reference", "--drawn", "--cluster", "tcp://127.0.0.1:9"]
    )
    assert done.exit_code == ExitCode.USAGE
    assert "No scheduler of a cluster answers at tcp://127.0.0.1:9" in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize("address", ["local:0", "local:x", "nonsense"])
def test_what_is_no_address_is_one_line(address: str) -> None:
    done = CliRunner().invoke(main, ["search", "reference", "--drawn", "--cluster", address])
    assert (done.exit_code, len(done.output.splitlines())) == (ExitCode.USAGE, 1), done.output


def test_workers_with_another_kit_are_left_out_by_name() -> None:
    kit = {**introduction({}, {}), "kit": "0.0.9"}
    said: list[str] = []
    with pytest.raises(KitError, match="every worker is left out"):
        DaskCrew("local:1", "drawn", SETUP, kit, None, said.append)
    assert re.fullmatch(
        r"left out: the worker 0: it has version \S+ of the kit, and here is 0\.0\.9", said[0]
    )


@pytest.mark.long
def test_workers_that_lack_the_program_end_in_one_line(tmp_path: Path) -> None:
    said = said_by(
        *("campaign", "run", "stdio:./not-there", "--ledger", tmp_path / "l", "--cluster"),
        "local:2",
        code=ExitCode.USAGE,
    )
    assert "every worker is left out" in said
    assert not (tmp_path / "l").exists()


@contextmanager
def own_cluster(folders: list[Path]) -> Iterator[str]:
    """A scheduler, and a worker in each folder, named after it; gives the address."""
    running: list[subprocess.Popen[Any]] = []
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    try:
        file = folders[0] / "scheduler.json"
        options = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0"]
        running.append(
            subprocess.Popen([*dask, *options, "--scheduler-file", file], stderr=subprocess.DEVNULL)
        )
        for folder in folders:
            command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-dashboard"]
            options = ["--name", folder.name, "--nthreads", "1", "--no-nanny"]
            running.append(
                subprocess.Popen(
                    [*command, *options, "--scheduler-file", file],
                    cwd=folder,
                    stderr=subprocess.DEVNULL,
                )
            )
        found = None
        while found is None:
            time.sleep(0.1)
            text = file.read_text() if file.exists() else ""
            found = re.search(r'"address": "([^"]+)"', text)
        yield found[1]
    finally:
        for process in running:
            process.kill()
            process.wait()


PROGRAM = f"""#!{sys.executable}
import sys
from torq_conformance.implementations import stdio_server
sys.argv = ["codec", "reference"]
stdio_server.main()
"""


@pytest.mark.long
def test_a_worker_without_the_program_is_left_out_and_the_others_do_the_work(
    tmp_path: Path,
) -> None:
    has, lacks = tmp_path / "has", tmp_path / "lacks"
    for folder in (has, lacks):
        folder.mkdir()
    program = has / "codec"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    with own_cluster([has, lacks]) as address:
        said = said_by(
            *("search", "stdio:./codec", "--drawn", "--count", 2000, "--cluster", address),
            code=ExitCode.CONFORMANT,
        )
        # A second campaign finds the workers as free as the first did.
        shutil.copy(program, lacks)
        again = said_by(
            *("search", "stdio:./codec", "--drawn", "--count", 2000, "--cluster", address),
            code=ExitCode.CONFORMANT,
        )
    assert "left out: the worker lacks: " in said
    assert "left out" not in again
    assert re.findall(r"digest \w+", said) == re.findall(r"digest \w+", again)


def killed_at_random(
    command: list[str], ledger: Path, seconds: tuple[float, float], kills: int
) -> str:
    """Run a campaign and kill a worker of its cluster now and then, ``kills`` times at most."""
    source = random.Random(2)
    done = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as campaign:
        process = psutil.Process(campaign.pid)
        while campaign.poll() is None:
            time.sleep(source.uniform(*seconds))
            # A cluster that has no worker yet is none; there is a ledger once there is a crew.
            if done >= kills or campaign.poll() is not None or not ledger.exists():
                continue
            workers = [one for one in process.children() if "spawn_main" in " ".join(_line(one))]
            if workers:
                source.choice(workers).kill()
                done += 1
        assert campaign.stdout is not None
        said = campaign.stdout.read().decode()
    assert campaign.returncode == ExitCode.NOT_CONFORMANT, said
    assert done, "it was over before a worker could be killed"
    return said


def _line(process: psutil.Process) -> list[str]:
    try:
        line: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return line


def killing(tmp_path: Path, blocks: int, seconds: tuple[float, float], kills: int) -> None:
    run = ["campaign", "run", FAULTY, "--in-process", "--count", f"{blocks}000", "--ledger"]
    alone = said_by(*run, tmp_path / "alone", "-n", 1, code=ExitCode.NOT_CONFORMANT)
    command = [sys.executable, *KIT, *run, str(tmp_path / "killed"), "--cluster", "local:2"]
    assert told(killed_at_random(command, tmp_path / "killed", seconds, kills)) == told(alone)


@pytest.mark.long
def test_workers_that_are_killed_at_random_change_nothing(tmp_path: Path) -> None:
    killing(tmp_path, 16, (2.0, 4.0), 6)


@pytest.mark.parametrize(
    ("implementation", "code"),
    [
        ("reference", ExitCode.CONFORMANT),
        pytest.param(FAULTY, ExitCode.NOT_CONFORMANT, marks=pytest.mark.long),
    ],
)
def test_a_search_on_a_cluster_is_that_of_one_process(implementation: str, code: int) -> None:
    search = ["search", implementation, "--drawn", "--in-process", "--count", 2000]
    alone = said_by(*search, "--start", 5000, "-n", 1, code=code)
    there = said_by(*search, "--start", 5000, "--cluster", "local:2", code=code)
    assert "stream digest" in alone
    assert plain(alone) == plain(there)


@pytest.mark.long
def test_mutants_on_a_cluster_are_killed_as_here() -> None:
    ids = [f"H{number:02}" for number in range(1, 11)]
    here = said_by("mutants", *ids, "-v", "-n", 1, code=0)
    there = said_by("mutants", *ids, "-v", "--cluster", "local:2", code=0)
    assert plain(here) == plain(there)


@pytest.mark.long
def test_a_bulk_search_on_a_cluster_is_that_of_one_process() -> None:
    faulty = "python:tests.conformance.search.planted:AmountWide"
    search = ["search", faulty, "--in-process", "--count", 300_000]
    alone = said_by(*search, "-n", 1, code=ExitCode.NOT_CONFORMANT)
    there = said_by(*search, "--cluster", "local:2", code=ExitCode.NOT_CONFORMANT)
    assert plain(alone) == plain(there)


@pytest.mark.long
def test_a_comparison_on_a_cluster_is_that_of_one_process() -> None:
    faulty = "python:tests.conformance.search.planted:AmountWide"
    compare = ["compare", "reference", faulty, "--in-process", "--count", 9000]
    alone = said_by(*compare, code=ExitCode.NOT_CONFORMANT)
    there = said_by(*compare, "--cluster", "local:2", code=ExitCode.NOT_CONFORMANT)
    assert plain(alone) == plain(there)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
def test_a_measurement_on_a_cluster_counts_as_here(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "meter" / "metered.c"
    built = tmp_path / "metered"
    subprocess.run(["cc", "-O1", "-o", built, source], check=True)
    meter = ["meter", f"stdio:{built} 100 2 0", "--workload", "small", "--baseline"]
    said_by(*meter, tmp_path / "here.json", code=0)
    said_by(*meter, tmp_path / "there.json", "--cluster", "local:2", code=0)
    here, there = (json.loads((tmp_path / f"{one}.json").read_text()) for one in ("here", "there"))
    for event in ("instructions", "allocations", "allocated_bytes"):
        assert here["streams"]["small"].get(event) == there["streams"]["small"].get(event)
    assert there["round_trips_per_second"] > 0


def plain(said: str) -> list[str]:
    """What a search says, but for how fast it was, and how far at some moment."""
    lines = [line for line in said.splitlines() if not re.search(r" after \d+ s\b", line)]
    return [re.sub(r", [\d,]+ per second| +\d+\.\d\d$", "", line) for line in lines]
