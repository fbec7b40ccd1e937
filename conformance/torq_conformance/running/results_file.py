"""Where the results of a run are kept: a file that says ``incomplete`` until everything is in it.

Nothing is ever concluded from what such a file holds while its run goes on, for anybody may write
there. The suite in a process of its own reports over a ``Channel``, which only it and the command
that started it have. Of two runs with one results file neither loses anything: the second one that
comes to it takes another name, and says so.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

from torq_conformance.errors import KitError
from torq_conformance.report import output_file

HINT = "Name another one with --results (pytest: --torq-results)."

READ_MAX = 64 << 20
"""Bytes of what is looked into to learn whose it is."""

Json = Mapping[str, Any]


class Sink(Protocol):
    """Takes the documents of one run."""

    def begin(self, document: Json) -> None:
        """Take the first document, which says ``incomplete``."""

    def complete(self, document: Json) -> None:
        """Take the last one; KitError where it could not be kept."""


class Channel:
    """A descriptor of a file without a name, to which each document is appended as a line."""

    def __init__(self, descriptor: int) -> None:
        self._file = FileIO(descriptor, "wb", closefd=False)
        # What an implementation starts shall not have it.
        os.set_inheritable(descriptor, False)  # noqa: FBT003

    def begin(self, document: Json) -> None:
        """Append it."""
        self.complete(document)

    def complete(self, document: Json) -> None:
        """Append it."""
        rest = memoryview(f"{json.dumps(document)}\n".encode())
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise KitError(f"The results could not be kept: {error}.", "Make room.") from error


def last_document(descriptor: int) -> dict[str, Any]:
    """The last document that came over a channel whole; empty if none did."""
    size = os.fstat(descriptor).st_size
    lines = os.pread(descriptor, size, 0).split(b"\n")
    if len(lines) < 2:
        return {}
    document: dict[str, Any] = json.loads(lines[-2])
    return document


class ResultsFile:
    """The file that a run leaves behind; ``path`` is where that is, which may change."""

    def __init__(self, path: Path) -> None:
        output_file.check(path, HINT)
        self.path = path
        self.notice = ""
        """One sentence where it is another path than the one that was named."""
        self._mark = secrets.token_hex(8)

    def begin(self, document: Json) -> None:
        """Write the first document, unless a run that goes on has written one there."""
        if output_file.is_stream(self.path):
            return
        there = _read(self.path)
        other = there.get("run", {})
        if there.get("status") == "incomplete" and is_alive(other):
            self._move(f"{self.path} belongs to a run that goes on (process {other['pid']})")
        self._write(document)

    def complete(self, document: Json) -> None:
        """Write the last document; over nothing but what this run wrote."""
        is_ours = _read(self.path).get("run", {}).get("mark") == self._mark
        if self.path.exists() and not is_ours and not output_file.is_stream(self.path):
            self._move(f"{self.path} was written by somebody else meanwhile")
        self._write(document)

    def _move(self, why: str) -> None:
        number = 2
        path = self.path
        while True:
            path = self.path.with_stem(f"{self.path.stem}-{number}")
            try:
                path.open("xb").close()
                break
            except FileExistsError:
                number += 1
            except OSError as error:
                raise KitError(f"{path} cannot be written: {error.strerror}.", HINT) from error
        self.path = path
        self.notice = f"{why}: the results of this one are in {path}."

    def _write(self, document: Json) -> None:
        run = {"mark": self._mark, "pid": os.getpid(), "machine": platform.node()}
        text = json.dumps({**document, "run": run}, indent=1)
        output_file.write(self.path, f"{text}\n", HINT)


def _read(path: Path) -> dict[str, Any]:
    """What an earlier run or another one wrote there; empty where that says nothing."""
    with suppress(OSError, ValueError, RecursionError):
        if path.is_file() and path.stat().st_size <= READ_MAX:
            document = json.loads(path.read_bytes())
            run = document.get("run") if isinstance(document, dict) else None
            return document if isinstance(run, dict) else {}
    return {}


def is_alive(run: Mapping[str, Any]) -> bool:
    """Whether a process of this machine that began a file is still there."""
    pid = run.get("pid")
    if run.get("machine") != platform.node() or not isinstance(pid, int) or pid <= 1:
        return False
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid != os.getpid()
