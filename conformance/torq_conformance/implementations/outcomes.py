"""What can come back from an implementation under test; a closed set, matched exhaustively."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torq_conformance.rejection import Rejected, Unsupported

FIRST_LINES, LAST_LINES, LINE_MAX = 4, 6, 400
"""How much of a process's output a report shows: lines, and characters of each."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer: bytes, a neutral value, a list or a number, by the operation."""

    value: object


@dataclass(frozen=True, slots=True)
class Entangled(Accepted):
    """An answer of which two parts are one object: writing into one changes the other."""

    why: str


@dataclass(frozen=True)
class Crashed:
    """No answer, because the implementation broke down.

    ``how`` is one line: the exception, the signal or the exit code. ``detail`` is what helps to
    find the place: the end of the traceback or of stderr.
    """

    how: str
    detail: str = ""

    RAISED: ClassVar = "raised"
    """How the one line of an exception begins; then the process lives on."""

    @property
    def has_ended_process(self) -> bool:
        """Whether the implementation must be started anew."""
        return not self.how.startswith(self.RAISED)


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer within the deadline, in seconds."""

    deadline: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutOfProtocol:
    """An answer that the contract does not know: a wrong type, garbage on the wire."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing was asked, because the adapter could not be kept alive; decides no verdict."""

    why: str


Outcome = Accepted | Rejected | Unsupported | Crashed | TimedOut | OutOfProtocol | Lost


def excerpt(output: str) -> list[str]:
    """The first and the last lines of what a process printed; empty ones are left out.

    The last ones alone would not do: Go and Rust say why first, and then print a stack.
    """
    lines = [line[:LINE_MAX] for line in output.splitlines() if line.strip()]
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    if left_out <= 1:
        return lines
    return [*lines[:FIRST_LINES], f"... {left_out} lines ...", *lines[-LAST_LINES:]]
