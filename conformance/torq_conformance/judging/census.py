"""Counts what was really asked: cases by operation, type and admissible outcome.

A run in which a required bucket stays empty has not judged what it claims to judge, however many
cases passed; it is inconclusive. What is required is derived from the registry and the taxonomy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from torq_conformance.implementations.protocol import Capability, Operation, Request, Way
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.expectations import Accept, Expectation, Reject
from torq_conformance.judging.work import Measured
from torq_specs.faults import FaultKind, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Padding, Vector
from torq_specs.registry import Registry, TlvType

ANY = "any type"
VALID = "valid"
PADDING = "padding"
SEVERAL = "several faults"
IN_BULK = str(Way.BULK)
PLACED = "in memory with a placement"

DECODE_KINDS = (
    FaultKind.MESSAGE_TOO_SMALL,
    FaultKind.MESSAGE_TOO_LARGE,
    FaultKind.INVALID_MAGIC,
    FaultKind.UNSUPPORTED_VERSION,
    FaultKind.INVALID_RELAY_DOMAIN,
    FaultKind.UNKNOWN_SOURCE,
    FaultKind.CHECKSUM_MISMATCH,
    FaultKind.TRUNCATED_TLV,
    FaultKind.INVALID_EXTENDED_TLV,
    FaultKind.INVALID_TLV_TYPE,
    FaultKind.RELAY_DOMAIN_MISMATCH,
    FaultKind.PAYLOAD_SIZE_MISMATCH,
    FaultKind.CAPACITY_EXCEEDED,
    FaultKind.PARSE_ERROR,
)
"""Faults that bytes can have; each must have been the only admissible one somewhere."""

ENCODE_KINDS = (
    FaultKind.MESSAGE_TOO_LARGE,
    FaultKind.UNSUPPORTED_VERSION,
    FaultKind.INVALID_RELAY_DOMAIN,
    FaultKind.UNKNOWN_SOURCE,
    FaultKind.INVALID_TLV_TYPE,
    FaultKind.RELAY_DOMAIN_MISMATCH,
    FaultKind.PAYLOAD_SIZE_MISMATCH,
    FaultKind.CAPACITY_EXCEEDED,
    FaultKind.PAYLOAD_TOO_LARGE,
    FaultKind.VALUE_OUT_OF_RANGE,
)
"""Faults that values can have."""


def bucket(
    request: Request, expectation: Expectation, registry: Registry, way: Way = Way.ALONE
) -> str:
    """``operation, type, admissible outcome`` of one question."""
    operation: str = request.operation
    if way is Way.BULK:
        operation = f"{operation} {IN_BULK}"
    if request.placement is not None:
        operation = f"{operation} {PLACED}"
    if request.look is not None:
        operation = f"{operation} that is looked at"
    return _key(operation, _type_name(request.argument, registry), _outcome(expectation))


def _key(operation: str, type_name: str, outcome: str) -> str:
    return f"{operation}, {type_name}, {outcome}"


def _outcome(expectation: Expectation) -> str:
    if isinstance(expectation, Accept):
        return VALID
    if isinstance(expectation, Measured):
        return "measured"
    if isinstance(expectation, Text):
        return "a text"
    if not isinstance(expectation, Reject):
        return "names"
    if expectation.lenient is not None:
        return PADDING
    kinds = {fault.kind for fault in expectation.faults}
    return str(next(iter(kinds))) if len(kinds) == 1 else SEVERAL


def _type_name(argument: object, registry: Registry) -> str:
    numbers: list[object] = []
    if isinstance(argument, bytes):
        # One frame more than needed tells "several"; a payload of thousands is not walked.
        for frame, _ in zip(frames(argument[HEADER_SIZE:]), range(2), strict=False):
            numbers.append(frame.number)
    elif isinstance(argument, Mapping) and "tlvs" in argument:
        numbers = [tlv["type"] for tlv in argument["tlvs"][:2]]
    else:
        return "no message"
    if len(numbers) != 1:
        return "several TLVs" if numbers else "no TLV"
    line = registry.get(numbers[0]) if isinstance(numbers[0], int) else None
    return line.name if line is not None else "unregistered"


def required(registry: Registry, capabilities: AbstractSet[Capability]) -> Iterator[str]:
    """Every bucket that a whole run must have filled."""
    if Capability.DECODE in capabilities:
        yield from _required_of_decoders(registry)
    if Capability.ENCODE in capabilities:
        yield from _required_of_encoders(registry)
    if Capability.BUFFERS in capabilities:
        for operation in {Capability.DECODE, Capability.ENCODE} & capabilities:
            for line in registry:
                yield _key(f"{operation} {PLACED}", line.name, VALID)


def _possible(
    kinds: Iterable[FaultKind], lines: Sequence[TlvType], sized: Sequence[TlvType]
) -> Iterator[FaultKind]:
    """The kinds that the types of a registry can have; ``sized`` are those of any given size."""
    layouts = [line.layout for line in lines if line.layout is not None]
    has = {
        FaultKind.RELAY_DOMAIN_MISMATCH: any(line.domain is not None for line in lines),
        FaultKind.PAYLOAD_SIZE_MISMATCH: any(line.size_rule != "*" for line in sized),
        FaultKind.PAYLOAD_TOO_LARGE: any(line.size_rule == "*" for line in sized),
        FaultKind.CAPACITY_EXCEEDED: any(
            isinstance(field.type, Vector) for layout in layouts for field in layout.fields
        ),
    }
    return (kind for kind in kinds if has.get(kind, True))


def _required_of_decoders(registry: Registry) -> Iterator[str]:
    decode = Operation.DECODE
    for kind in _possible(DECODE_KINDS, [*registry], [*registry]):
        yield _key(decode, ANY, kind)
    for line in registry:
        for outcome in (VALID, FaultKind.MESSAGE_TOO_SMALL, FaultKind.TRUNCATED_TLV):
            yield _key(decode, line.name, outcome)
        if line.size_rule != "*":
            yield _key(decode, line.name, FaultKind.PAYLOAD_SIZE_MISMATCH)
        if line.domain is not None:
            yield _key(decode, line.name, FaultKind.RELAY_DOMAIN_MISMATCH)
        types = [field.type for field in line.layout.fields] if line.layout is not None else []
        if any(isinstance(type_, Vector | Padding) for type_ in types):
            yield _key(decode, line.name, PADDING)
        if any(isinstance(type_, Vector) for type_ in types):
            yield _key(decode, line.name, FaultKind.CAPACITY_EXCEEDED)


def _required_of_encoders(registry: Registry) -> Iterator[str]:
    encode = Operation.ENCODE
    for kind in _possible(ENCODE_KINDS, [*registry], registry.opaque):
        yield _key(encode, ANY, kind)
    for line in registry:
        yield _key(encode, line.name, VALID)
        if line.domain is not None:
            yield _key(encode, line.name, FaultKind.RELAY_DOMAIN_MISMATCH)
        if line.layout is not None:
            yield _key(encode, line.name, FaultKind.VALUE_OUT_OF_RANGE)
            if any(isinstance(field.type, Vector) for field in line.layout.fields):
                yield _key(encode, line.name, FaultKind.CAPACITY_EXCEEDED)
        elif line.size_rule != "*":
            yield _key(encode, line.name, FaultKind.PAYLOAD_SIZE_MISMATCH)


def empty(
    counts: Mapping[str, int], registry: Registry, capabilities: AbstractSet[Capability]
) -> list[str]:
    """The required buckets in which there is nothing."""
    filled = {*counts}
    for key in counts:
        operation, _, outcome = key.split(", ")
        filled.add(_key(operation, ANY, outcome))
        if outcome == PADDING:
            filled.add(_key(operation, ANY, FaultKind.PARSE_ERROR))
    return [key for key in required(registry, capabilities) if key not in filled]
