"""What the pytest plugin gives to tests of one's own: the codec under test, right messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.messages import encoded_value, representatives, wire_of
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.protocol import Adapter, Operation, Request
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.registry import Registry


class NoAnswerError(AssertionError):
    """The implementation crashed, hung, or answered what the contract does not know."""


class CodecUnderTest:
    """Asks the implementation that is judged, in the process where it lives.

    A refusal is raised as ``Rejected``, what it does not offer as ``Unsupported``, everything else
    that is no answer as ``NoAnswerError``.
    """

    def __init__(self, adapter: Adapter) -> None:
        self.identity = adapter.identity
        self._adapter = adapter

    def decode(self, data: bytes) -> Any:
        """The neutral message that bytes hold."""
        return self._ask(Operation.DECODE, data)

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """The bytes of a neutral message."""
        return bytes(self._ask(Operation.ENCODE, message))

    def roundtrip(self, data: bytes) -> bytes:
        """The bytes after decoding and encoding again."""
        return bytes(self._ask(Operation.ROUNDTRIP, data))

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        """The names of fields that mean nothing."""
        return [*self._ask(Operation.VALIDATE, message)]

    def instrument_id(self, operation: str, **arguments: Any) -> Any:
        """The answer of an operation of section 7."""
        return self._ask(Operation.INSTRUMENT_ID, {"operation": operation, **arguments})

    def _ask(self, operation: Operation, argument: object) -> Any:
        outcome = self._adapter.call(Request(operation, argument))
        if isinstance(outcome, Accepted):
            return outcome.value
        if isinstance(outcome, Rejected | Unsupported):
            raise outcome
        raise NoAnswerError(f"{operation} was not answered: {outcome}")


@dataclass(frozen=True)
class RightMessage:
    """A message that every implementation must take: its value, and its bytes."""

    type: str
    message: Mapping[str, Any]
    data: bytes


def right_messages(registry: Registry) -> dict[str, RightMessage]:
    """A message for each declared type by its name; every byte of its value is another one."""
    found = {}
    for line, message in representatives(registry):
        (tlv,) = message["tlvs"]
        data = wire_of(line, encoded_value(line, tlv["value"]))
        found[line.name] = RightMessage(line.name, message, data)
    return found
