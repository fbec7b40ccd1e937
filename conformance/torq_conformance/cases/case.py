"""One question to an implementation, with the requirement that it judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance.implementations.protocol import Operation, Request, Way


@dataclass(frozen=True)
class Case:
    """``label`` says, unique within its test, what is special: ``price = i64 minimum``.

    ``requirement`` is the id of the sentence that a wrong answer violates, unless the answer itself
    shows a more exact one.
    """

    requirement: str
    label: str
    request: Request

    @property
    def requests(self) -> tuple[Request, ...]:
        """The one question that it asks."""
        return (self.request,)


@dataclass(frozen=True)
class Sequence:
    """Questions asked together, of one live implementation; each answer is judged by itself.

    They are asked in a row. With ``rounds``, they are asked at once: each that many times by a
    thread of its own, of an implementation that was never asked before. ``way`` says how else.
    """

    requirement: str
    label: str
    requests: tuple[Request, ...]
    rounds: int = 0
    way: Way = Way.ROW


def decode(requirement: str, label: str, data: bytes) -> Case:
    """A message to decode."""
    return Case(requirement, label, Request(Operation.DECODE, data))


def encode(requirement: str, label: str, message: Mapping[str, Any]) -> Case:
    """A neutral message to encode."""
    return Case(requirement, label, Request(Operation.ENCODE, message))


def roundtrip(requirement: str, label: str, data: bytes) -> Case:
    """A message to decode and encode again."""
    return Case(requirement, label, Request(Operation.ROUNDTRIP, data))
