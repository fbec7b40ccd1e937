"""Questions behind a measured loop: what a benchmark switches off is on again when it has ended.

Behind each workload that decodes stands every kind of refusal of bytes, in every domain, and a
share of them behind the others; each other operation is asked behind the loops it has to do with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from torq_conformance.cases import (
    checksums,
    configurations,
    instruments,
    meanings,
    measured,
    messages,
    values,
)
from torq_conformance.cases.carriers import Carrier, carriers_in
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.header import field_bytes
from torq_conformance.implementations.protocol import Capability, Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame, seal
from torq_specs import workloads
from torq_specs.enums import RelayDomain
from torq_specs.registry import EXTENDED, Registry, TlvType

SIZES = 48
"""Bytes of values of which each number is asked with a wrong checksum."""

UNASSIGNED = 150
"""A type number in no domain."""

FEW = 3
"""Values that are out of range, of each type."""

SHARE = 5
"""One in so many messages is decoded behind a loop that decodes nothing."""

BEFORE: Mapping[str, tuple[str, ...]] = {
    "encode": ("build",),
    "validate": ("validate",),
    "decode_validated": ("parse", "validate"),
    "instrument_id": ("instrument_id",),
    "config": ("instrument_id",),
}
"""The loops behind which each of the other operations is asked."""

ZEROS = {"source": 1, "flags": 0, "sequence": 0, "timestamp": 0}
"""A header in which nothing is set that need not be."""


def in_rows(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """A workload, then every refusal of bytes; those of the other operations behind their loops."""
    bases = _bases(registry)
    every = tuple(wrong_bytes(registry))
    for at, (base, name) in enumerate(bases.items()):
        is_decoder = measured.NEEDS[base] is Capability.DECODE
        wrong = every if is_decoder else every[at % SHARE :: SHARE]
        label = f"{name}, then {len(wrong)} messages that are refused"
        yield Sequence(requirement, label, (measured.measured(name, measured.COUNT), *wrong))
    for operation, some in _others(registry).items():
        loops = [bases[base] for base in BEFORE[operation] if base in bases]
        if some and loops:
            label = f"{', '.join(loops)}, then {len(some)} that are refused of {operation}"
            asked = (measured.measured(name, measured.COUNT) for name in loops)
            yield Sequence(requirement, label, (*asked, *some))


def _bases(registry: Registry) -> dict[str, str]:
    """The plainest workload of each kind."""
    by_base: dict[str, str] = {}
    for name in measured.workloads_of(registry):
        by_base.setdefault(workloads.workload_of(name).name, name)
    return by_base


def wrong_bytes(registry: Registry) -> Iterator[Request]:
    """Messages to decode, of every kind that is refused, in every domain; right ones between."""
    for domain in map(int, RelayDomain):
        for carrier in carriers_in(domain, registry).all[:1]:
            for data in chain(_wrong_sums(carrier, domain), _wrong_forms(carrier, domain)):
                yield Request(Operation.DECODE, data)
            good = messages.wire(carrier.frame(b"right"), relay_domain=domain)
            yield Request(Operation.DECODE, good)
    for line in registry:
        data = messages.wire_of(line, _encoded(line))
        right = int.from_bytes(data[28:32], "little")
        yield Request(Operation.DECODE, checksums.with_checksum(data, right ^ 0x80000000))
        if line.domain is not None:
            other = next(one for one in RelayDomain if one is not line.domain)
            yield Request(Operation.DECODE, field_bytes("relay_domain", int(other), data))
        if line.size_rule != "*":
            yield Request(Operation.DECODE, messages.wire_of(line, _encoded(line) + b"x"))


def _encoded(line: TlvType) -> bytes:
    return messages.encoded_value(line, messages.representative_value(line))


def _wrong_sums(carrier: Carrier, domain: int) -> Iterator[bytes]:
    """Wrong checksums of messages of each length; none, one bit off, every bit off."""
    for size in range(SIZES):
        value = messages.opaque_value(size)
        data = messages.wire(carrier.frame(value), relay_domain=domain, **ZEROS)
        right = int.from_bytes(data[28:32], "little")
        for wrong in (right ^ 1 << size % 32, *((0, right ^ 0xFFFFFFFF) if size % 8 == 0 else ())):
            yield checksums.with_checksum(data, wrong)


def _wrong_forms(carrier: Carrier, domain: int) -> Iterator[bytes]:
    """Every other refusal that needs no type of its own."""
    tlv, number = carrier.frame(b"wrong"), carrier.number
    good = messages.wire(tlv, relay_domain=domain)
    for name, wrong in (("magic", 1), ("version", 9), ("source", 99), ("payload_size", 1 << 24)):
        yield field_bytes(name, wrong, good)
    yield field_bytes("relay_domain", 200 + domain, good)
    yield from (b"", good[:20], good[:-1], good + b"x", seal(good[:-1]), seal(good + b"\x01"))
    for wrong_tlv in (
        frame(0, b"wrong"),
        frame(UNASSIGNED, b"wrong"),
        bytes((number, 200)) + b"wrong",
        bytes((EXTENDED, 0, number)),
        bytes((EXTENDED, 0, number, 184, 11)) + b"wrong",
        carrier.frame(b"wrong", is_extended=True, reserved=1),
    ):
        yield messages.wire(tlv, wrong_tlv, relay_domain=domain)


def _others(registry: Registry) -> dict[str, tuple[Request, ...]]:
    """What else is refused, or found wrong, by what must be claimed for it."""
    broken = [*_broken(registry)]
    neutral = [messages.message_of(line, value) for line, value in broken]
    meant = [derived_codec.encode_message(message, registry) for message in neutral]
    return {
        "encode": tuple(_wrong_values(registry)),
        "validate": tuple(Request(Operation.VALIDATE, one) for one in neutral),
        "decode_validated": tuple(Request(Operation.DECODE_VALIDATED, one) for one in meant),
        "instrument_id": _requests(instruments.refusals("")),
        "config": (*_requests(configurations.empty_texts("")), *_wrong_settings()),
    }


def _broken(registry: Registry) -> Iterator[tuple[TlvType, dict[str, object]]]:
    """A value that breaks each rule."""
    for line in meanings.with_rules(registry):
        for rule in line.rules:
            yield from ((line, value) for _, value in islice(meanings.broken_by(line, rule), 1))


def _wrong_values(registry: Registry) -> Iterator[Request]:
    """Neutral messages that no encoder takes, in every domain and of every type."""
    for domain in map(int, RelayDomain):
        for carrier in carriers_in(domain, registry).all[:1]:
            tlv = carrier.tlv(b"wrong")
            for name, wrong in (("source", 99), ("version", 9), ("flags", 256), ("sequence", -1)):
                message = messages.message(tlv, **{"relay_domain": domain, name: wrong})
                yield Request(Operation.ENCODE, message)
            for wrong_tlv in ((0, b"wrong"), (UNASSIGNED, b"wrong")):
                message = messages.message(tlv, wrong_tlv, relay_domain=domain)
                yield Request(Operation.ENCODE, message)
    for line in registry:
        if line.domain is not None:
            other = int(next(one for one in RelayDomain if one is not line.domain))
            tlv = (line.number, messages.representative_value(line))
            yield Request(Operation.ENCODE, messages.message(tlv, relay_domain=other))
        if line.layout is not None:
            yield from _requests(islice(values.out_of_range("", line), FEW))
            yield from _requests(islice(values.over_capacity("", line), FEW))


def _wrong_settings() -> tuple[Request, ...]:
    made = (configurations.unknown_variables(""), configurations.out_of_range(""))
    return tuple(one for cases in made for one in _requests(islice(cases, 12)))


def _requests(cases: Iterator[Case]) -> tuple[Request, ...]:
    return tuple(case.request for case in cases)
