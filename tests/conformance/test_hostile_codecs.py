"""Whatever an implementation does to the kit out of its own process, no run gets green by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance import hostile_codecs

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")

ROOT = Path(__file__).parent.parent.parent
WAYS = [
    name
    for name, kind in vars(hostile_codecs).items()
    if isinstance(kind, type) and issubclass(kind, hostile_codecs.Hostile)
]
PATIENCE = 300.0


@pytest.mark.parametrize("way", WAYS)
def test_no_attack_turns_a_run_green(way: str, tmp_path: Path) -> None:
    name = f"python:tests.conformance.hostile_codecs:{way}"
    words = ("run", name, "-k", "flags or magic", "-n", "1")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", *words],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode not in {0, 5}, done.stdout
    assert "no failure in the part" not in done.stdout
    assert "conformant:" not in done.stdout.replace("not conformant:", "")
    if done.returncode > 0:
        assert "Traceback" not in done.stderr, done.stderr


def test_the_fault_is_found_where_nobody_attacks(tmp_path: Path) -> None:
    test_no_attack_turns_a_run_green("Hostile", tmp_path)
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["conclusion"] == "not conformant"
