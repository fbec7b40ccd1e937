"""What SECURITY.md promises: a stranger's program under a user of its own, private folders."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from torq_conformance.model import foreign_json
from torq_conformance.running import suite_process
from torq_conformance.running.results_file import ResultsFile

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")

CODEC = """#!/bin/sh
read -r hello
rest='"version":"1","language":"sh","capabilities":["decode"]'
echo '{"id":1,"ok":{"name":"user '"$(id -u)"'",'"$rest"'}}'
sleep 1000
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv")
def test_the_example_judges_as_a_user_of_its_own(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    program = tmp_path / "codec"
    program.write_text(CODEC)
    program.chmod(0o755)
    (command,) = re.findall(r'torq-conformance run "(stdio:setpriv [^"]*)"', PAGE)
    done = subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", "smoke", command, "--deadline", "0.2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "user 65534 1 (sh) answers" in done.stdout, done.stderr
    assert done.returncode == 1


def test_the_bounds_are_those_of_the_page() -> None:
    bounds = f"{foreign_json.BYTES_MAX >> 20} MiB, {foreign_json.DEPTH_MAX} levels, numbers of "
    assert f"{bounds}{foreign_json.DIGITS_MAX} digits" in PAGE


def test_the_folder_of_a_run_is_private_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[tuple[str, int]] = []
    environment = suite_process._environment

    def look(scratch: str) -> dict[str, str]:
        seen.extend((path.name, stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir())
        return environment(scratch)

    monkeypatch.setattr(suite_process, "_environment", look)
    options = suite_process.Options("python:nowhere:Codec", workers=1)
    file = ResultsFile(tmp_path / "r.json")
    assert suite_process.run(options, file).document == {}
    ((name, mode),) = seen
    assert mode == 0o700
    assert len(name) > 8
    assert list(tmp_path.iterdir()) == []
