"""However a command ends, nothing that it started outlives it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc"),
]

COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "reference", "-n", "2"),
    "run, in process": ("run", "reference", "-n", "2", "--in-process"),
    "search": ("search", "reference", "--count", "100000000"),
    "campaign": ("campaign", "run", "reference", "--count", "100000000"),
    "compare": ("compare", "reference", "reference", "--count", "100000000"),
    "mutants": ("mutants", "-n", "2"),
}

PATIENCE = 60.0
"""Seconds in which processes must have come, or gone; on a machine of its own two are enough."""


def descendants(pid: int) -> set[int]:
    """Everything that a process started, and what that started."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    found = {pid}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def is_alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return re.search(r"\) [ZX]", text) is None


def waited(condition: Callable[[], bool]) -> bool:
    expires = time.monotonic() + PATIENCE
    while time.monotonic() < expires:
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def started_in(
    folder: Path, *words: str, is_session: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A command; it is ended when the test is."""
    with subprocess.Popen(
        [sys.executable, "-m", "torq_conformance.cli", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=is_session,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_outlives_a_command(tmp_path: Path, name: str, number: signal.Signals) -> None:
    with started_in(tmp_path, *COMMANDS[name]) as process:
        assert waited(lambda: len(descendants(process.pid)) >= 2)
        time.sleep(1.0)  # It is in the middle of its work.
        started = descendants(process.pid)
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert waited(lambda: not any(map(is_alive, started)))
    assert "Traceback" not in errors
    if number is not signal.SIGKILL:
        assert process.returncode == 3, errors


def test_a_run_that_is_ended_says_what_it_knows(tmp_path: Path) -> None:
    with started_in(tmp_path, "run", "reference", "-n", "2") as process:
        results = tmp_path / "torq-results.json"
        assert waited(results.exists)
        time.sleep(8.0)  # Some tests are done.
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    document = json.loads(results.read_text())
    assert document["status"] == "incomplete"
    assert "interrupted" in out + errors
    assert "conformant:" not in out


PROGRAM = """\
import multiprocessing, signal
from torq_conformance.running.lifetime import interrupts_held

def show():
    print(sorted(one.name for one in signal.pthread_sigmask(signal.SIG_BLOCK, ())), flush=True)

if __name__ == "__main__":
    for _ in range(2):
        process = multiprocessing.get_context("spawn").Process(target=show)
        with interrupts_held():
            process.start()
        process.join()
"""


def test_interrupts_reach_no_process_that_still_imports_not_even_the_first(tmp_path: Path) -> None:
    # The first one brings the tracker of multiprocessing along, which has a mask of its own.
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["['SIGINT', 'SIGTERM']"] * 2
