"""The ways in which a child process gives no answer; adapters turn them into outcomes."""

from __future__ import annotations

SHOWN_MAX = 200
"""Bytes of garbage that a report shows."""

IN_MID_CALL = "in mid-call"
BETWEEN_TWO_CALLS = "between two calls"


class Expired(Exception):
    """The process gave no answer within the deadline."""


class Ended(Exception):
    """The process hung up; the text says when, ``closed`` what it closed if it lives on."""

    def __init__(self, when: str, closed: str) -> None:
        super().__init__(when)
        self.closed = closed


class Garbage(Exception):
    """What came back is no answer; the text is a line for the report."""


def shown(data: bytes | bytearray) -> str:
    """The first bytes of garbage."""
    more = f" and {len(data) - SHOWN_MAX} more bytes" if len(data) > SHOWN_MAX else ""
    return f"{bytes(data[:SHOWN_MAX])!r}{more}"
