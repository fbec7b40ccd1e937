"""What is admissible for a request: a pure function of the request, by the specification alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.error_texts import SECRET
from torq_conformance.implementations.protocol import Capability, Operation, Request, refused_in
from torq_conformance.judging import error_texts, views
from torq_conformance.judging.error_texts import Text
from torq_conformance.judging.work import Measured, expect_measured
from torq_conformance.model import derived_codec
from torq_specs import configuration
from torq_specs.faults import Fault, FaultKind, diagnose, diagnose_value, frames
from torq_specs.header import HEADER_SIZE
from torq_specs.instrument_id import OPERATIONS, InvalidInstrument, latitudes
from torq_specs.registry import REGISTRY, Registry
from torq_specs.validation import may_name, violations


@dataclass(frozen=True)
class Accept:
    """The one right answer; a refusal for one of ``or_refused`` is as right where there are any.

    ``or_values`` are other right answers: what an implementation reads that does more than it
    claims.
    """

    value: Any
    or_refused: tuple[Fault, ...] = ()
    or_values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Reject:
    """A refusal for any one of these faults.

    ``lenient`` is the answer of a decoder that does not look at padding, where padding is all that
    is wrong; it is admissible unless the capability strict_padding is claimed.
    """

    faults: tuple[Fault, ...]
    lenient: Accept | None = None


@dataclass(frozen=True)
class Name:
    """A list of field names: of each group at least one, and none that is in no group.

    ``rules`` has the id of the rule that each group breaks; ``optional`` are further names that
    another reading gives.
    """

    groups: tuple[frozenset[str], ...]
    rules: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()


Expectation = Accept | Reject | Name | Measured | Text


def expect(request: Request, registry: Registry = REGISTRY) -> Expectation:
    """What is admissible for a request; ``registry`` has the types that are claimed."""
    if request.operation is Operation.ERROR_TEXT:
        return _expect_text(request, registry)
    is_judged = request.operation is not Operation.VALIDATE
    if registry.unclaimed and is_judged and unclaimed_in(request, registry):
        return _expect_of_unclaimed(request, registry)
    return _expect(request, registry)


def unclaimed_in(request: Request, registry: Registry) -> list[int]:
    """The types of a message that are assigned but not claimed, in their order."""
    return [number for number in _numbers_in(request) if number in registry.unclaimed]


def differs_from_published(request: Request, registry: Registry) -> bool:
    """Whether a message holds a type that is not as the protocol has it: a vendor declared it."""
    own = {line.number for line in registry if line != REGISTRY.get(line.number)}
    return not own.isdisjoint(_numbers_in(request))


def _numbers_in(request: Request) -> dict[int, None]:
    """The type numbers of a message, each once, in their order."""
    argument = request.argument
    if request.operation is Operation.ERROR_TEXT:
        return _numbers_in(refused_in(request))
    if isinstance(argument, bytes):
        read = (frame.number for frame in frames(argument[HEADER_SIZE:]))
        return dict.fromkeys(number for number in read if number is not None)
    if request.operation in {Operation.ENCODE, Operation.VALIDATE}:
        assert isinstance(argument, Mapping)
        return dict.fromkeys(tlv["type"] for tlv in argument["tlvs"])
    return {}


def _expect_of_unclaimed(request: Request, registry: Registry) -> Expectation:
    """Refused as InvalidTLVType, or for what is wrong anyway, or carried as bytes of any size."""
    readings = [_expect(request, one) for one in (registry, registry.whole, registry.carrying)]
    faults: list[Fault] = []
    for reading in readings:
        found = reading.faults if isinstance(reading, Reject) else ()
        faults += [fault for fault in found if fault not in faults]
    _, whole, carried = readings
    values = (whole.value,) if isinstance(whole, Accept) else ()
    if isinstance(carried, Accept):
        return Accept(carried.value, tuple(faults), values)
    assert isinstance(carried, Reject)
    # Who knows nothing of a type but its number need not know its domain.
    own = [one for one in carried.faults if not _is_domain_of_unclaimed(one, registry)]
    if any(not fault.is_padding for fault in own):
        return Reject(tuple(faults))
    accept = _carried(request, registry)
    if request.operation is Operation.DECODE_VALIDATED:
        meaning = tuple(_meaning_faults(accept.value, registry))
        if meaning:
            return Reject((*faults, *meaning))
    return Reject(tuple(faults), accept) if own else Accept(accept.value, tuple(faults), values)


def _is_domain_of_unclaimed(fault: Fault, registry: Registry) -> bool:
    is_domain = fault.kind is FaultKind.RELAY_DOMAIN_MISMATCH
    return is_domain and fault.context["tlv_type"] in registry.unclaimed


def _carried(request: Request, registry: Registry) -> Accept:
    """The message as bytes or as a value, whatever is said of the types that are not claimed."""
    argument: Any = request.argument
    if request.operation is Operation.ENCODE:
        return Accept(derived_codec.encode_message(argument, registry))
    message = derived_codec.decode_message(argument, registry)
    is_repeated = request.operation is Operation.ROUNDTRIP
    return Accept(derived_codec.encode_message(message, registry) if is_repeated else message)


def _expect(request: Request, registry: Registry) -> Expectation:
    argument = request.argument
    if request.operation is Operation.THROUGHPUT:
        # What it gives depends on what is claimed, which the inquiry knows; this is for all.
        return expect_measured(request, frozenset(Capability))
    if request.look is not None:
        return Accept(views.seen(request, registry))
    if request.operation is Operation.INSTRUMENT_ID:
        assert isinstance(argument, Mapping)
        return _expect_instrument(dict(argument))
    if request.operation is Operation.CONFIG:
        assert isinstance(argument, Mapping)
        return _expect_config(argument)
    if request.operation is Operation.VALIDATE:
        assert isinstance(argument, Mapping)
        broken = violations(argument, registry)
        groups, rules = tuple(one.names for one in broken), tuple(one.id for one in broken)
        return Name(groups, rules, may_name(argument, registry))
    if isinstance(argument, bytes):
        faults = tuple(diagnose(argument, registry))
        if any(not fault.is_padding for fault in faults):
            return Reject(faults)
        message = derived_codec.decode_message(argument, registry)
        value: Any = message
        if request.operation is Operation.DECODE_VALIDATED:
            # Structure before meaning (section 6); who does not look at padding sees meaning alone.
            meaning = tuple(_meaning_faults(message, registry))
            if meaning:
                return Reject((*faults, *meaning))
            return Reject(faults, Accept(message)) if faults else Accept(message)
        if request.operation is Operation.ROUNDTRIP:
            value = derived_codec.encode_message(message, registry)
        return Reject(faults, Accept(value)) if faults else Accept(value)
    assert isinstance(argument, Mapping)
    faults = tuple(diagnose_value(argument, registry))
    if faults:
        return Reject(faults)
    data = derived_codec.encode_message(argument, registry)
    room = None if request.placement is None else request.placement.size
    if room is not None and room < len(data):
        return Reject((Fault(FaultKind.MESSAGE_TOO_SMALL, {"need": len(data), "got": room}),))
    return Accept(data)


def _meaning_faults(message: Mapping[str, Any], registry: Registry) -> Iterator[Fault]:
    more = may_name(message, registry)
    for violation in violations(message, registry):
        first, *others = sorted(violation.names | more)
        latitudes_ = {"field": frozenset[int | str](others)}
        yield Fault(FaultKind.VALIDATION_FAILED, {"field": first}, latitudes_)


def _expect_instrument(arguments: dict[str, Any]) -> Expectation:
    name = arguments.pop("operation")
    try:
        value = OPERATIONS[name](**arguments)
    except InvalidInstrument as refusal:
        context = {"argument": refusal.argument, "context": refusal.context}
        return Reject((Fault(FaultKind.INVALID_INSTRUMENT, context),))
    return Accept(value, tuple(_may_be_refused(name, arguments)))


def _expect_config(arguments: Mapping[str, Any]) -> Expectation:
    schema = configuration.SCHEMAS[arguments["schema"]]
    reading = configuration.read(schema, arguments["environment"])
    wrong, open_ = (
        tuple(
            Fault(FaultKind.CONFIG_ERROR, {"variable": variable, "context": why})
            for variable, why in found.items()
        )
        for found in (reading.wrong, reading.open)
    )
    return Reject(wrong + open_) if wrong else Accept(reading.values, open_)


def _expect_text(request: Request, registry: Registry) -> Text:
    refused = refused_in(request)
    right = expect(refused, registry)
    if not isinstance(right, Reject):
        raise ValueError(f"{refused.operation} is not refused, so there is no text of it")
    return Text(error_texts.wanted(request, right.faults), _secret_in(refused.argument))


def _secret_in(argument: object) -> bytes:
    """The bytes that stand nowhere in a text: those that a payload has, in fields or in a run."""
    if _holds(argument, SECRET):
        return SECRET
    # A field holds some of them, from any one on; behind the last one comes the first.
    return SECRET * 2 if _tells(argument) else b""


PARTS = frozenset((SECRET * 2)[at : at + error_texts.RUN] for at in range(len(SECRET)))
LIKE_PARTS = re.compile(rb"(?=([%s]{%d}))" % (re.escape(SECRET), error_texts.RUN))


def _tells(part: object) -> bool:
    """Whether some bytes or an integer of a message hold a part that can be told in a text."""
    if isinstance(part, int):
        size = 1 << (part.bit_length() // 8).bit_length()
        part = part.to_bytes(size, "little", signed=part < 0)
    if isinstance(part, bytes):
        return any(found[1] in PARTS for found in LIKE_PARTS.finditer(part))
    parts = part.values() if isinstance(part, Mapping) else part
    return (
        isinstance(parts, Iterable) and not isinstance(part, str) and any(_tells(p) for p in parts)
    )


def _holds(part: object, secret: bytes) -> bool:
    """Whether some bytes of a message hold others."""
    if isinstance(part, bytes):
        return secret in part
    parts = part.values() if isinstance(part, Mapping) else part
    return (
        isinstance(parts, Iterable)
        and not isinstance(part, str)
        and any(_holds(one, secret) for one in parts)
    )


def _may_be_refused(operation: str, arguments: Mapping[str, Any]) -> Iterator[Fault]:
    for latitude in latitudes(operation, arguments):
        context = {"argument": latitude.argument, "context": latitude.reason}
        # Which part of an id is meant the page does not say.
        parts = frozenset({"id", "venue", *arguments})
        yield Fault(FaultKind.INVALID_INSTRUMENT, context, {"argument": parts})
