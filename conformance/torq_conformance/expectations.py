"""What is admissible for a request: a pure function of the request, by the specification alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance import derived_codec
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.faults import Fault, diagnose, diagnose_value
from torq_specs.registry import REGISTRY, Registry


@dataclass(frozen=True)
class Accept:
    """The one right answer."""

    value: Any


@dataclass(frozen=True)
class Reject:
    """A refusal for any one of these faults.

    ``lenient`` is the answer of a decoder that does not look at padding, where padding is all that
    is wrong; it is admissible unless the capability strict_padding is claimed.
    """

    faults: tuple[Fault, ...]
    lenient: Accept | None = None


Expectation = Accept | Reject


def expect(request: Request, registry: Registry = REGISTRY) -> Expectation:
    """What is admissible for a decode, encode or roundtrip request."""
    argument = request.argument
    if isinstance(argument, bytes):
        faults = tuple(diagnose(argument, registry))
        if any(not fault.is_padding for fault in faults):
            return Reject(faults)
        message = derived_codec.decode_message(argument, registry)
        value: Any = message
        if request.operation is Operation.ROUNDTRIP:
            value = derived_codec.encode_message(message, registry)
        return Reject(faults, Accept(value)) if faults else Accept(value)
    assert isinstance(argument, Mapping)
    faults = tuple(diagnose_value(argument, registry))
    if faults:
        return Reject(faults)
    return Accept(derived_codec.encode_message(argument, registry))
