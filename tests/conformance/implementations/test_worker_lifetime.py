"""A worker process starts in its kit's surroundings, says why it cannot, and ends with its kit."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from torq_conformance.errors import KitError
from torq_conformance.implementations.outcomes import Accepted, Lost, TimedOut
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter

HERE = Path(__file__).parent
GOOD = Request(Operation.DECODE, b"good")

WRONG_MODULES = {
    "hangs": ("while True: pass", "was not loaded within 2 s", "wrong.py"),
    "exits with 0": ("import os; os._exit(0)", "its process exited with code 0", "printed nothing"),
    "exits politely": ("raise SystemExit('bye')", "its process exited with code 1", "bye"),
    "segfaults": (
        "import ctypes; ctypes.string_at(0)",
        "its process died of signal 11 (SIGSEGV)",
        "wrong.py",
    ),
    "writes garbage": (
        "from hostile import write_everywhere; write_everywhere(b'hello')",
        "garbage on the kit's own connection: b'hello",
        "",
    ),
    "raises": ("1 / 0", "wrong cannot be imported: ZeroDivisionError", "wrong.py:1"),
    "is empty": ("", "wrong has no 'Codec'", ""),
    "hangs when made": (
        "import time\nclass Codec:\n    def __init__(self): time.sleep(10**6)",
        "was not loaded within 2 s",
        "__init__",
    ),
}

LOADS_ONCE = """
from pathlib import Path
Path("loaded").touch(exist_ok=False)
from hostile import ExitsWith3 as Codec
"""

KIT = """
import sys
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter

adapter = WorkerAdapter("python:hostile:Loops", deadline=60)
answer = adapter.call(Request(Operation.DECODE, b"good"))
print(answer.value["header"]["pid"], flush=True)
if sys.stdin.readline() == "hang\\n":
    adapter.call(Request(Operation.DECODE, b"bad"))
"""


@pytest.mark.parametrize("way", WRONG_MODULES)
def test_implementation_that_cannot_be_loaded_is_explained(way: str, tmp_path: Path) -> None:
    code, problem, hint = WRONG_MODULES[way]
    (tmp_path / "wrong.py").write_text(code)
    sys.path.insert(0, str(tmp_path))
    deadline = 2.0 if "hangs" in way else 30.0
    with pytest.raises(KitError) as raised:
        WorkerAdapter("python:wrong:Codec", start_deadline=deadline)
    assert problem in raised.value.problem
    assert hint in raised.value.hint


def test_implementation_that_cannot_be_loaded_again_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "once.py").write_text(LOADS_ONCE)
    monkeypatch.chdir(tmp_path)
    adapter = WorkerAdapter("python:once:Codec")
    adapter.call(Request(Operation.DECODE, b"bad"))
    outcome = adapter.call(GOOD)
    assert isinstance(outcome, Lost)
    assert "could not be started again: once cannot be imported: FileExistsError" in outcome.why


def test_surroundings_are_those_of_the_kit_at_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = [*sys.path]
    adapter = WorkerAdapter("python:hostile_answers:TellsSurroundings")
    with (tmp_path / "private").open("w") as private:
        os.set_inheritable(private.fileno(), True)  # noqa: FBT003
        monkeypatch.chdir(HERE)
        sys.path.append("/added/later")
        reported = _reported(adapter)
        os.kill(_number(reported["pid"]), signal.SIGKILL)
        adapter.call(GOOD)
        again = _reported(adapter)
    adapter.close()
    seen = reported["path"]
    assert isinstance(seen, list)
    assert seen == again["path"]
    assert {*seen} == {str(tmp_path), *path}
    # Modules of the working folder take the place of none of the kit's own.
    assert all(seen.index(one) < seen.index(str(tmp_path)) for one in KIT if one in path)
    assert reported["folder"] == again["folder"] == str(tmp_path)
    assert reported["stdin"] == again["stdin"] == ""
    assert str(tmp_path / "private") not in str(again["descriptors"])


def _reported(adapter: WorkerAdapter) -> dict[str, object]:
    outcome = adapter.call(Request(Operation.DECODE, b"tell"))
    assert isinstance(outcome, Accepted), outcome
    assert isinstance(outcome.value, dict)
    header = outcome.value["header"]
    assert isinstance(header, dict)
    return header


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


@pytest.fixture
def kit() -> Iterator[subprocess.Popen[str]]:
    """A process with an adapter that it never closes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", KIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        yield process


@pytest.mark.parametrize("end", ["is killed", "exits"])
def test_worker_ends_with_its_kit(kit: subprocess.Popen[str], end: str) -> None:
    assert kit.stdin is not None
    assert kit.stdout is not None
    worker = os.pidfd_open(int(kit.stdout.readline()))
    kit.stdin.write("hang\n" if end == "is killed" else "exit\n")
    kit.stdin.flush()
    if end == "is killed":
        kit.kill()
    assert select.select([worker], [], [], 5.0)[0]
    os.close(worker)


@pytest.mark.once
def test_after_three_hangs_the_deadline_follows_what_right_answers_took() -> None:
    adapter = WorkerAdapter("python:hostile:Sleeps", deadline=1.5)
    try:
        assert isinstance(adapter.call(GOOD), Accepted)
        outcomes = [adapter.call(Request(Operation.DECODE, b"bad")) for _ in range(4)]
        deadlines = [one.deadline for one in outcomes if isinstance(one, TimedOut)]
        assert deadlines[:2] == [1.5, 1.5]
        assert 0.25 <= deadlines[3] < 1.5
        assert isinstance(adapter.call(GOOD), Accepted)
    finally:
        adapter.close()
