"""What is no relay is one line with what to do, exit code 2, and no process left."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

PRINTS = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
ELSEWHERE = """import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + '.other'); s.listen(); time.sleep(60)"""

CASES = {
    "without a place for the socket": ("{python} -c pass", "Put {socket}"),
    "that is empty": (" ", "There is no command"),
    "that cannot be read": ("'", "cannot be read"),
    "that is not there": ("./no-such-relay {socket}", "cannot be started"),
    "that ends at once": ("{python} -c pass {socket}", "ended before it listened"),
    "that never listens": ("{python} sleeps.py {socket}", "did not listen within"),
    "that listens elsewhere": ("{python} elsewhere.py {socket}", "listens at"),
    "that prints without end": ("{python} prints.py {socket}", "did not listen within"),
}


def run(folder: Path, command: str, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "torq_conformance.cli", "relay", command, *words]
    line += [] if "--domains" in words else ["--domains", "1"]
    line += ["--start-deadline", "1"]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def left_behind(word: str) -> list[str]:
    """Processes whose command line has a word in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if word in line:
                found.append(line)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_command(name: str, tmp_path: Path) -> None:
    (tmp_path / "sleeps.py").write_text("import time\ntime.sleep(60)")
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    (tmp_path / "prints.py").write_text(PRINTS)
    command, said = CASES[name]
    command = command.replace("{python}", sys.executable)
    command = command.replace(" ", f" {tmp_path}/", 1) if ".py" in command else command
    done = run(tmp_path, command)
    assert done.returncode == 2, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("at work")]
    assert len(lines) == 1
    assert said in lines[0]
    deadline = time.monotonic() + 5
    while left_behind(f"{tmp_path}/") and time.monotonic() < deadline:
        pass
    assert not left_behind(f"{tmp_path}/")


def test_folders_that_are_none(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    assert "is longer than 107 bytes" in run(tmp_path, "reference", "--folder", str(long)).stderr
    (tmp_path / "file").write_text("")
    done = run(tmp_path, "reference", "--folder", str(tmp_path / "file"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_words_that_are_none(tmp_path: Path) -> None:
    assert "There is no claim" in run(tmp_path, "reference", "--claims", "speed").stderr
    done = run(tmp_path, "reference", "--domains", "4")
    assert done.returncode == 2
