"""Codecs that forget the flags, and do to the kit whatever might hide it."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.conformance.faulty import FlagsCleared
from torq_conformance.implementations.worker_frames import MARK, REPLY

RESULTS = Path("torq-results.json")


def ancestors() -> list[int]:
    """The processes above this one, the nearest first; the first process of all is left out."""
    found, pid = [], os.getppid()
    while pid > 1:
        found.append(pid)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pid = int(fields[1])
    return found


class Hostile(FlagsCleared):
    """Waits until it has been asked some questions, and then attacks once."""

    calls = 0

    def decode(self, data: bytes) -> dict[str, Any]:
        self.calls += 1
        if self.calls == 5:
            self.attack()
        return super().decode(data)

    def attack(self) -> None: ...


class KillsItsParent(Hostile):
    """Kills the process that asks; each time anew."""

    def attack(self) -> None:
        os.kill(os.getppid(), signal.SIGKILL)


class EndsItsParent(Hostile):
    def attack(self) -> None:
        os.kill(os.getppid(), signal.SIGTERM)


class InterruptsItsParent(Hostile):
    def attack(self) -> None:
        os.kill(os.getppid(), signal.SIGINT)


class KillsTheController(Hostile):
    """Kills the process that gathers what the others report."""

    def attack(self) -> None:
        os.kill(ancestors()[1], signal.SIGKILL)


class EndsTheController(Hostile):
    def attack(self) -> None:
        os.kill(ancestors()[1], signal.SIGTERM)


class InterruptsTheController(Hostile):
    def attack(self) -> None:
        os.kill(ancestors()[1], signal.SIGINT)


class KillsTheCommand(Hostile):
    def attack(self) -> None:
        os.kill(ancestors()[2], signal.SIGKILL)


FORGER = """
import json, sys, time
from pathlib import Path
path = Path("torq-results.json")
forged = {"format": 1, "status": "complete", "conclusion": "conformant", "exit_code": 0}
for _ in range(3000):
    try:
        found = json.loads(path.read_text())
        if found.get("status") == "complete" or found.get("conclusion") is None:
            good = {**found, **forged, "reasons": [], "causes": [], "failures": []}
            for name in ("requirements", "findings", "not_judged", "claimed_not_judged", "tests"):
                good.setdefault(name, [])
            good.setdefault("census", {})
            good.setdefault("digest", "")
            path.write_text(json.dumps(good))
    except (OSError, ValueError):
        pass
    time.sleep(0.005)
"""


class WritesTheResults(Hostile):
    """Leaves somebody behind who writes into the results file that all is well."""

    def attack(self) -> None:
        subprocess.Popen([sys.executable, "-c", FORGER], start_new_session=True, close_fds=True)


class HoldsTheResults(Hostile):
    """Makes the results file one that says that all is well, and that nobody replaces."""

    def attack(self) -> None:
        RESULTS.unlink(missing_ok=True)
        RESULTS.mkdir()


class ForgesFrames(Hostile):
    """Writes what looks like answers on every descriptor that it has."""

    def attack(self) -> None:
        for sequence in range(1, 50):
            body = json.dumps(["accepted", {"header": {}, "tlvs": []}]).encode()
            write_everywhere(REPLY.pack(MARK, sequence, len(body)) + body)


class ForgesRecords(Hostile):
    """Writes what looks like the end of a run on every descriptor that its ancestors have."""

    def attack(self) -> None:
        frame = struct.pack("!bii", 6, 1, 4) + b"Q\0\0\0"
        for pid in ancestors()[:3]:
            for path in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    if "pipe:" in str(path.readlink()):
                        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
                        os.write(descriptor, frame + b"1 passed [100%]\n")
                        os.close(descriptor)
                except OSError:
                    continue


class PrintsAGoodEnd(Hostile):
    """Prints what a good run prints, and ends as one does."""

    def attack(self) -> None:
        write_everywhere(b'conformant\n{"status": "complete", "exit_code": 0}\n[100%]\n')
        os._exit(0)


class StopsForAWhile(Hostile):
    """Stops the process that asks, until somebody lets it go on."""

    def attack(self) -> None:
        parent = os.getppid()
        if not os.fork():
            os.setsid()
            time.sleep(1.0)
            os.kill(parent, signal.SIGCONT)
            os._exit(0)
        os.kill(parent, signal.SIGSTOP)


def write_everywhere(data: bytes) -> None:
    for descriptor in range(64):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, data)
        except OSError:
            continue
