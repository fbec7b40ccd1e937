"""Cases about the text of refusals (section 6): every kind, every operation that refuses.

The text of an error is asked for by the request that is refused. Numbers of a context are large and
differ, so that none is in a text by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torq_conformance.cases import (
    boundaries,
    checksums,
    header,
    instruments,
    meanings,
    messages,
    values,
)
from torq_conformance.cases.carriers import Carrier, carriers
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.enums import RelayDomain
from torq_specs.layout import Vector
from torq_specs.registry import EXTENDED_SIZE_MAX, Registry, TlvType

SECRET = b"kZq~Wx#J" + bytes((0xF6, 0xE9, 0xFB, 0xD8, 0xEA, 0xFC, 0xD7, 0xF9))
"""Bytes that no text may hold: letters, and bytes that are no text and no small numbers."""

PLAIN = messages.opaque_value(len(SECRET))
"""Bytes that a text may hold."""

UNASSIGNED = 150
"""A type number in no domain."""

BEFORE = (0, 1, 3, 20)
"""TLVs in front of the wrong one, so that its offset is another one."""


def worded(requirement: str, case: Case) -> Case:
    """The text of the refusal that a case must be answered by."""
    operation, argument = case.request.operation, case.request.argument
    asked = {"operation": operation.value, "argument": argument}
    label = f"{operation} {case.label}".replace(f"{operation} {operation} ", f"{operation} ")
    return Case(requirement, label, Request(Operation.ERROR_TEXT, asked))


def every_kind(requirement: str, registry: Registry, fill: bytes = PLAIN) -> Iterator[Case]:
    """Refusals of bytes and of values, of every kind that there is; payloads hold ``fill``."""
    for make in (_headers, _framings, _of_types, _encoded):
        for case in make(registry, fill):
            yield worded(requirement, case)


def without_messages(requirement: str, registry: Registry) -> Iterator[Case]:
    """Refusals of meaning, of arguments of InstrumentId operations, of variables."""
    for line in meanings.with_rules(registry):
        for rule in line.rules:
            for _, value in islice(meanings.broken_by(line, rule), 1):
                data = derived_codec.encode_message(messages.message_of(line, value), registry)
                request = Request(Operation.DECODE_VALIDATED, data)
                yield worded(requirement, Case("", f"{line.name}: {rule.expression}", request))
    for case in islice(instruments.refusals(""), 8):
        yield worded(requirement, case)
    for variable, text in (("PORT", "70000"), ("PORT", "x"), ("PROT", "1"), ("MODE", "")):
        yield worded(requirement, _configured({f"TORQ_RELAY_{variable}": text}))
    yield worded(requirement, _configured({}))


def _configured(environment: dict[str, str]) -> Case:
    named = ", ".join(f"{name} = {text!r}" for name, text in environment.items())
    own = environment and {"TORQ_RELAY_NAME": "r1", **environment}
    request = Request(Operation.CONFIG, {"schema": "relay", "environment": own})
    return Case("", named or "nothing set", request)


FIELDS_MAX = 40
"""Values of one type of which three are chosen; those of a full vector take long to make."""

BREAKS = ("\n", "\r\n", "\u2028", "\x85", "\v")


def with_line_breaks(requirement: str, registry: Registry) -> Iterator[Case]:
    """Text from outside that has line breaks, and would forge a line of a log."""
    for at in BREAKS:
        forged = f"{at}2026-01-01 ERROR forged"
        symbol = instruments.ask("", repr(f"É{forged}"), "stock", venue=1, symbol=f"É{forged}")
        yield worded(requirement, symbol)
        address = f"0x00{forged}"
        token = instruments.ask("", repr(address), "evm_token", venue=200, address=address)
        yield worded(requirement, token)
        yield worded(requirement, _configured({"TORQ_RELAY_PORT": f"80{forged}"}))
        yield worded(requirement, _configured({"TORQ_RELAY_MODE": f"live{forged}"}))
    yield from islice(every_kind(requirement, registry, fill=b"\nERROR forged\r\n\n"), 12)


def _headers(registry: Registry, fill: bytes) -> Iterator[Case]:
    """What is wrong with the header or the size of a message."""
    carrying = carriers(registry)
    tlv = carrying.first.frame(fill * 2)
    base = carrying.wire(tlv * 2)
    yield decode("", "of source 99", header.field_bytes("source", 99, base))
    for name, number in (
        *(("magic", 0x11223344), ("version", 113), ("relay_domain", 201), ("source", 251)),
        *(("payload_size", 0x00200000), ("payload_size", 0xFFFFFFF0)),
    ):
        yield decode("", f"{name} = {number}", header.field_bytes(name, number, base))
    for wrong in (0, 0x1234ABCD, 0xFFFFFFFF):
        yield decode("", f"checksum {wrong}", checksums.with_checksum(base, wrong))
    yield decode("", "of 20 bytes", base[:20])
    for before in BEFORE[1:]:
        data = carrying.wire(tlv * before)
        yield decode("", f"{before} TLVs, cut", derived_codec.seal(data[:-5]))
        yield decode("", f"{before} TLVs, 3 bytes behind", derived_codec.seal(data + bytes(3)))


def _framings(registry: Registry, fill: bytes) -> Iterator[Case]:
    """What is wrong with the framing or the type of a TLV, behind some others."""
    carrying = carriers(registry)
    first = carrying.first
    for before in BEFORE:
        for label, wrong in (
            ("a TLV of 200 bytes, cut", bytes((first.number, 200)) + fill),
            ("an extended TLV of 3,000 bytes, cut", bytes((255, 0, first.number, 184, 11)) + fill),
            ("the header of a TLV, cut", bytes((first.number,))),
            ("reserved byte 201", first.frame(fill, is_extended=True, reserved=201)),
            ("type 0", frame(0, fill)),
            (f"type {UNASSIGNED}", frame(UNASSIGNED, fill)),
        ):
            data = carrying.wire(first.frame(fill * 2) * before, wrong)
            yield decode("", f"{label}, behind {before} others", data)


def _of_types(registry: Registry, fill: bytes) -> Iterator[Case]:
    """What is wrong with the size, the domain or the counts of types."""
    for line in registry:
        carrier = Carrier(line)
        wrong = (fill * (line.size_max // len(fill) + 1))[: line.size_max + 3]
        if line.size_rule != "*" and not carrier.takes(len(wrong)):
            yield decode("", f"{line.name} of {len(wrong)} bytes", messages.wire_of(line, wrong))
        if line.domain is not None:
            other = int(next(one for one in RelayDomain if one is not line.domain))
            data = messages.wire(carrier.frame(fill), relay_domain=other)
            yield decode("", f"{line.name} in domain {other}", data)
    for line in registry.with_layout:
        yield from _over_capacity(line)


def _over_capacity(line: TlvType) -> Iterator[Case]:
    """One element more than there are slots, and as many as a count can say."""
    assert line.layout is not None
    base = boundaries.filled(line.layout, 0x11)
    data = derived_codec.encode_value(line.layout, base)
    for field in line.layout.named:
        if isinstance(field.type, Vector):
            one_more = field.type.capacity + 1
            for count in (one_more, 65_535):
                counted = count.to_bytes(2, "little")
                wrong = data[: field.offset] + counted + data[field.offset + 2 :]
                label = f"{line.name} with {count} {field.name}"
                yield decode("", label, messages.wire_of(line, wrong))
            value = {**base, field.name: boundaries.elements(field.type, one_more)}
            label = f"{line.name} with {one_more} {field.name}"
            yield encode("", label, messages.message_of(line, value))


def _encoded(registry: Registry, fill: bytes) -> Iterator[Case]:
    """Values that no encoder takes."""
    carrying = carriers(registry)
    beside = carrying.first.tlv(fill * 2)
    for name, number in (("source", 251), ("relay_domain", 201), ("version", 113)):
        yield encode("", f"{name} = {number}", carrying.message(beside, **{name: number}))
    yield encode("", f"type {UNASSIGNED}", carrying.message(beside, (UNASSIGNED, fill)))
    if carrying.opaque is not None:
        large = (fill * (EXTENDED_SIZE_MAX // len(fill) + 2))[: EXTENDED_SIZE_MAX + 5]
        message = carrying.message(beside, (carrying.opaque.number, large))
        yield encode("", f"{len(large)} bytes", message)
    for line in registry.with_layout:
        found = values.out_of_range("", line)
        wrong = [case for case in islice(found, FIELDS_MAX) if "second" not in case.label]
        for case in (wrong[0], wrong[len(wrong) // 2], wrong[-1]):
            argument: Any = case.request.argument
            if carrying.is_free:
                tlvs = [{"type": beside[0], "value": beside[1]}, *argument["tlvs"]]
                argument = {**argument, "tlvs": tlvs}
            yield encode("", case.label, argument)
