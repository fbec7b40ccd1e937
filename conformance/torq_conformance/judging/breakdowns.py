"""Counts crashes, hangs and spent memory, so that whoever has many of them is judged in time.

Each of them costs seconds: a deadline, a new process, gigabytes that are filled. After three a test
ends, after more the first. What is asked of an implementation that breaks down at every message
above some size is not asked again and again: such cases are left out, and counted as not judged.
"""

from __future__ import annotations

import re

from torq_conformance.implementations.outcomes import Accepted, Crashed, Outcome, TimedOut
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.expectations import Accept, Expectation
from torq_conformance.rejection import Rejected, Unsupported

CRASHES_MAX = 3
"""Crashes after which a test that has failed anyway is not continued; a hang is enough."""

WAITED_FOR = 15
"""Breakdowns of a run after which the first one ends a test, and those like it are left out."""

OUT_OF_MEMORY = re.compile(r"raised \w*MemoryError\b")


def is_breakdown(outcome: Outcome) -> bool:
    """Whether an outcome cost the process, a deadline, or all memory that there is."""
    if isinstance(outcome, Crashed):
        return outcome.has_ended_process or bool(OUT_OF_MEMORY.match(outcome.how))
    return isinstance(outcome, TimedOut)


def size_of(request: Request, right: Expectation) -> int | None:
    """Bytes of the message that a request is about, if it is about one that has some."""
    if isinstance(request.argument, bytes):
        return len(request.argument)
    if isinstance(right, Accept) and isinstance(right.value, bytes):
        return len(right.value)
    return None


class Breakdowns:
    """The breakdowns of a run, and of the test under way."""

    def __init__(self) -> None:
        self._in_all = 0
        self._broken: dict[Operation, list[int]] = {}
        """Sizes of the messages at which an operation broke down."""
        self._answered: dict[Operation, int] = {}
        """The largest size at which an operation gave an answer."""
        self.begin_test()

    def begin_test(self) -> None:
        """Another test begins."""
        self._in_test = 0
        self._has_hung = False

    def note(self, request: Request, right: Expectation, outcome: Outcome) -> None:
        """Take in what came of a request."""
        size = size_of(request, right)
        operation = request.operation
        if is_breakdown(outcome):
            self._in_all += 1
            self._in_test += 1
            self._has_hung = self._has_hung or isinstance(outcome, TimedOut)
            if size is not None:
                self._broken.setdefault(operation, []).append(size)
        elif size is not None and isinstance(outcome, Accepted | Rejected | Unsupported):
            self._answered[operation] = max(size, self._answered.get(operation, 0))

    @property
    def why_over(self) -> str:
        """After what the test is to end; empty while it goes on."""
        if self._has_hung:
            return "ended after a hang"
        most = CRASHES_MAX if self._in_all < WAITED_FOR else 1
        if self._in_test < most:
            return ""
        return (
            f"ended after {self._in_test} crashes" if self._in_test > 1 else "ended after a crash"
        )

    def why_left_out(self, request: Request, right: Expectation) -> str:
        """Why a request is not worth asking; empty where it is."""
        broken, size = self._broken.get(request.operation, []), size_of(request, right)
        if size is None or len(broken) < WAITED_FOR:
            return ""
        least = min(broken)
        if size < least or self._answered.get(request.operation, 0) >= least:
            return ""
        return f"left out {request.operation} of more than {least - 1:,} bytes"
