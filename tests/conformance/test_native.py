"""A real native fault is caught and reported: a library in C that touches one byte too many."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of

COMPILER = shutil.which("cc")
SOURCE = Path(__file__).with_name("native.c")

pytestmark = pytest.mark.skipif(
    COMPILER is None, reason="NO C COMPILER (cc): that native faults are caught is NOT SHOWN here"
)


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with modules ``sound`` and ``faulty`` that bind the library."""
    assert COMPILER is not None
    for name, beyond in (("sound", 0), ("faulty", 1)):
        library = tmp_path / f"{name}.so"
        options = ["-O1", "-shared", "-fPIC", f"-DBEYOND={beyond}", "-o", str(library)]
        subprocess.run([COMPILER, *options, str(SOURCE)], check=True)
        (tmp_path / f"native_{name}.py").write_text(
            "from pathlib import Path\n"
            "from tests.conformance.native import Native\n"
            "class Copies(Native):\n"
            f"    library = Path({str(library)!r})\n"
            "class Shares(Copies):\n"
            "    function = 'take_shared'\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(SOURCE.parents[2])
    return tmp_path


def judged(name: str, *requirements: str) -> TestRecord:
    """The last record of the tests that name the requirements, or the first with a failure."""
    adapter = WorkerAdapter(f"python:{name}", deadline=30.0)
    judge = Judge(adapter)
    try:
        for test in suite_tests():
            if test.is_generated or not any(test.names(id_) for id_ in requirements):
                continue
            for line in test.lines(judge.registry)[:3]:
                judge.start(test.name, 0)
                judge.judge_all(cases_of(test.source, judge.registry, line))
                if judge.record.failures or judge.record.lost:
                    return judge.record
        return judge.record
    finally:
        adapter.close()


@pytest.mark.usefixtures("compiled")
def test_sound_native_code_passes() -> None:
    record = judged("native_sound:Copies", "MEM-READ", "MEM-INPUT", "MEM-WRITE", "STATE-THREADS")
    assert record.judged > 0
    assert not record.failures, record.failures[0]
    assert not record.lost


@pytest.mark.usefixtures("compiled")
def test_one_byte_read_too_many_is_caught_and_reported() -> None:
    record = judged("native_faulty:Copies", "MEM-READ")
    failure = record.failures[0]
    assert failure["requirement"] == "MEM-READ"
    assert "the input ends at an unmapped page" in failure["problem"]
    assert "died of signal 11 (SIGSEGV)" in failure["problem"]
    assert failure["problem"].endswith("it reaches 1 byte beyond the buffer")


@pytest.mark.usefixtures("compiled")
def test_one_byte_written_too_many_is_caught_and_reported() -> None:
    failure = judged("native_faulty:Copies", "MEM-WRITE").failures[0]
    assert failure["requirement"] == "MEM-WRITE"
    assert "encode_into wrote outside of its 74 bytes: byte 1 behind the end" in failure["problem"]


@pytest.mark.usefixtures("compiled")
def test_a_buffer_that_native_threads_share_is_caught() -> None:
    failure = judged("native_sound:Shares", "STATE-THREADS").failures[0]
    assert failure["requirement"] == "STATE-THREADS"
