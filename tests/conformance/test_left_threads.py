"""A thread that an implementation left running in the kit's process does not hold up the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0

CODEC = """
import threading
import time

from torq_conformance.reference import Reference


class Codec(Reference):
    def __init__(self):
        super().__init__()
        threading.Thread(target=time.sleep, args=(10**6,)).start()


class Faulty(Codec):
    def decode(self, data):
        message = super().decode(data)
        message["header"]["flags"] = 0
        return message
"""

NAME = "python:threaded_codec:Codec"
PYTEST = ("-m", "pytest", "--pyargs", "torq_conformance.suite", "-q", "-k", "wrong_magic")
JUDGED = (*PYTEST, "--torq-in-process", "--torq-implementation")
KIT = ("-m", "torq_conformance.cli")
RUN = (*KIT, "run", "--in-process", "-k", "wrong_magic or flags")

WAYS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "pytest": ((*JUDGED, NAME, "-p", "no:xdist"), 0, "no failure in the part"),
    "pytest, spread": ((*JUDGED, NAME, "-n", "2"), 0, "no failure in the part"),
    "run": ((*RUN, NAME), 0, "no failure in the part"),
    "run, faulty": ((*RUN, "python:threaded_codec:Faulty"), 1, "HDR-FLAGS"),
    "smoke": ((*KIT, "smoke", "--in-process", NAME), 0, "next: torq-conformance run"),
    "smoke, faulty": ((*KIT, "smoke", "--in-process", "python:threaded_codec:Faulty"), 1, "FAIL"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_thread_that_goes_on_does_not_hold_up_the_end(way: str, tmp_path: Path) -> None:
    words, code, said = WAYS[way]
    (tmp_path / "threaded_codec.py").write_text(CODEC)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={**plain, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
