"""Puts a batch of valid messages to an implementation: the bytes that come back are the same ones.

An implementation that only decodes or only encodes is asked for that, one message at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.protocol import (
    NEEDS,
    Adapter,
    BulkAdapter,
    Operation,
    Request,
)
from torq_conformance.model import derived_codec
from torq_specs.registry import Registry

BYTES_MAX = 1 << 20
"""Bytes of messages that are asked about at once: an answer must come within one deadline."""


class Door:
    """Asks one implementation about valid messages, in the widest way that it offers."""

    def __init__(self, adapter: Adapter, registry: Registry) -> None:
        self.adapter = adapter
        self.registry = registry
        self._bulk = adapter if isinstance(adapter, BulkAdapter) else None
        claimed = adapter.identity.capabilities
        wanted = (Operation.ROUNDTRIP, Operation.DECODE, Operation.ENCODE)
        self.operation = next(one for one in wanted if NEEDS[one] <= claimed)

    def suspects(self, messages: Sequence[bytes]) -> list[int]:
        """The indexes of messages that did not come back; why they did not is not said."""
        if self.operation is not Operation.ROUNDTRIP:
            return list(range(len(messages)))
        step = max(1, BYTES_MAX // max(map(len, messages), default=1))
        found: list[int] = []
        for start in range(0, len(messages), step):
            found += (start + at for at in self._suspects(messages[start : start + step]))
        return found

    def _suspects(self, messages: Sequence[bytes]) -> list[int]:
        answers: Sequence[bytes | None]
        if self._bulk is not None:
            answers = self._bulk.roundtrip_many(messages)
        else:
            requests = [Request(Operation.ROUNDTRIP, message) for message in messages]
            answers = [_bytes(outcome) for outcome in self.adapter.call_together(requests)]
        if answers == messages:
            return []
        pairs = zip(messages, answers, strict=True)
        return [at for at, (message, answer) in enumerate(pairs) if message != answer]

    def ask(self, message: bytes) -> tuple[Outcome, bool]:
        """What comes back of one message, and whether that is right."""
        argument: object = message
        expected: object = message
        if self.operation is not Operation.ROUNDTRIP:
            expected = derived_codec.decode_message(message, self.registry)
        if self.operation is Operation.ENCODE:
            argument, expected = expected, message
        outcome = self.adapter.call(Request(self.operation, argument))
        return outcome, isinstance(outcome, Accepted) and outcome.value == expected

    @property
    def is_bulk(self) -> bool:
        """Whether many messages are asked about in one call."""
        return self.operation is Operation.ROUNDTRIP and self._bulk is not None

    def ask_in_bulk(self, message: bytes) -> bool:
        """Whether one message comes back right when it is a batch of its own."""
        return not self._suspects([message])


def _bytes(outcome: Outcome) -> bytes | None:
    is_bytes = isinstance(outcome, Accepted) and isinstance(outcome.value, bytes)
    return outcome.value if is_bytes else None  # type: ignore[union-attr,return-value]
