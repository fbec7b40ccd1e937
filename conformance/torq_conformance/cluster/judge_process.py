"""A process that judges units, as the one that asks sees it.

It runs in a session of its own, and the kernel ends it with whoever started it (Linux). One that
ends in the middle of a unit, by an implementation in process or by hand, is LostJudgeError.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from torq_conformance.cluster.tasks import Json
from torq_conformance.errors import KitError
from torq_conformance.implementations.child import Child

LOOK_EVERY = 0.2
RESULT_MAX = 64 << 20
"""Bytes of one result."""

READ_MAX = 1 << 20


class LostJudgeError(Exception):
    """The process that judges has ended."""


class BugError(Exception):
    """The kit itself is wrong: the traceback of the process that judged."""


class JudgeProcess:
    """One process for one task and set-up; KitError when that cannot be begun."""

    def __init__(self, task: str, setup: Json) -> None:
        with ExitStack() as own:
            far_asked, self._asked = os.pipe()
            own.callback(os.close, self._asked)
            self._answered, far_answered = os.pipe()
            own.callback(os.close, self._answered)
            far = (far_asked, far_answered)
            # Nothing in the current folder takes the place of what is imported here.
            program = ["-P", "-m", "torq_conformance.cluster.serving"]
            command = [sys.executable, *program, *map(str, far)]
            try:
                self._child = Child(command, folder=Path.cwd(), own=own, descriptors=far)
            except OSError as error:
                hint = "See whether the limits on processes and files are reached (`ulimit -a`)."
                raise KitError(f"No process can be started: {error}.", hint) from error
            finally:
                os.close(far_asked)
                os.close(far_answered)
        self._child.poll.register(self._answered)
        self._kept = b""
        self.has_ended = False
        try:
            self.introduction = self._ask({"task": task, "setup": setup})
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._child.pid

    @property
    def is_gone(self) -> bool:
        """Whether it has ended, by itself or by hand."""
        return self.has_ended or self._child.has_ended

    def judge(self, unit: Json) -> Json:
        """The result of a unit."""
        return self._ask(unit)

    def kill(self) -> None:
        """End it, and all that it has started; idempotent."""
        if not self.has_ended:
            self.has_ended = True
            self._child.kill()

    def _ask(self, document: Json) -> Json:
        try:
            self._write(f"{json.dumps(document)}\n".encode())
            answer = json.loads(self._line())
        except (OSError, LostJudgeError) as error:
            last = self._child.output.strip().rpartition("\n")[2]
            self.kill()
            why = "it ended the process that judges it"
            raise LostJudgeError(f"{why}; its last line was: {last}" if last else why) from error
        if "problem" in answer:
            self.kill()
            raise KitError(answer["problem"], answer["hint"])
        if "bug" in answer:
            self.kill()
            raise BugError(answer["bug"])
        result: Json = answer["result"]
        return result

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._asked, rest) :]

    def _line(self) -> bytes:
        parts = [self._kept]
        size = len(self._kept)
        while b"\n" not in parts[-1]:
            if self._answered not in self._child.look(LOOK_EVERY):
                if self._child.has_ended:
                    raise LostJudgeError
                continue
            data = os.read(self._answered, READ_MAX)
            size += len(data)
            if not data or size > RESULT_MAX:
                raise LostJudgeError
            parts.append(data)
        line, _, self._kept = b"".join(parts).partition(b"\n")
        return line
