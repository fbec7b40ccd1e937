"""The contract between the kit and an implementation: requests, identity, adapters.

An implementation in Python is any object with the attributes and methods of ``Implementation``
that it claims in ``capabilities``. Everything else is reached through an ``Adapter``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from torq_conformance.implementations.outcomes import Outcome


class Capability(StrEnum):
    """What an implementation may claim."""

    DECODE = "decode"
    ENCODE = "encode"
    ERROR_CONTEXT = "error_context"
    STRICT_PADDING = "strict_padding"
    VALIDATE = "validate"
    INSTRUMENT_ID = "instrument_id"
    THROUGHPUT = "throughput"
    THREADS = "threads"
    FRAMES = "frames"


class Operation(StrEnum):
    """What an implementation may be asked to do."""

    DECODE = "decode"
    ENCODE = "encode"
    ROUNDTRIP = "roundtrip"
    VALIDATE = "validate"
    INSTRUMENT_ID = "instrument_id"
    THROUGHPUT = "throughput"


NEEDS: Mapping[Operation, frozenset[Capability]] = {
    Operation.DECODE: frozenset({Capability.DECODE}),
    Operation.ENCODE: frozenset({Capability.ENCODE}),
    Operation.ROUNDTRIP: frozenset({Capability.DECODE, Capability.ENCODE}),
    Operation.VALIDATE: frozenset({Capability.VALIDATE}),
    Operation.INSTRUMENT_ID: frozenset({Capability.INSTRUMENT_ID}),
    Operation.THROUGHPUT: frozenset({Capability.THROUGHPUT}),
}
"""The capabilities that must all be claimed before an operation is asked for."""


@dataclass(frozen=True)
class Request:
    """One question.

    ``argument`` is bytes for decode and roundtrip, a neutral message for encode and validate,
    ``{"operation": ..., **arguments}`` for instrument_id and ``{"workload", "count"}`` for
    throughput.
    """

    operation: Operation
    argument: object


@dataclass(frozen=True)
class Identity:
    """Who was judged."""

    name: str
    version: str
    capabilities: frozenset[Capability]
    language: str = "Python"


class Implementation(Protocol):
    """An implementation in Python; only claimed capabilities need their methods."""

    name: str
    version: str
    capabilities: frozenset[str]

    def encode(self, message: Mapping[str, object]) -> bytes:
        """The bytes of a neutral message; raises Rejected for what no decoder would take."""

    def decode(self, data: bytes) -> Mapping[str, object]:
        """The neutral message in ``data``; raises Rejected for what is no whole, right message."""


class Adapter(Protocol):
    """The narrow door: only behind it foreign code runs, waits or crashes."""

    identity: Identity

    def call(self, request: Request) -> Outcome:
        """Ask one question."""

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row on one live implementation.

        Results are looked at only after the last one was given, so that a result which aliases a
        shared buffer shows. After a crash the remaining outcomes are Lost.
        """

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each request again and again, at once with the others, on one live implementation.

        Each has a thread of its own that asks it ``rounds`` times; they start together. A program
        that is reached over one connection has the requests of a round in flight together instead.
        The outcomes are in order, round by round: ``len(requests) * rounds`` of them. Results are
        looked at, and failures told, as by ``call_together``.
        """

    def renew(self) -> None:
        """Make the implementation as fresh as it was before the first question."""

    def close(self) -> None:
        """Let go of the implementation; idempotent."""


@runtime_checkable
class BulkAdapter(Adapter, Protocol):
    """An adapter that can ask for thousands of round trips at once."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """For each message the bytes that come back, or None where no bytes do.

        The implementation's own ``roundtrip_many`` is asked if it has one. Whoever wants to know
        why there are no bytes asks about that message alone.
        """
