"""Several questions to one live implementation, all results kept until the last is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages, values
from torq_conformance.cases.carriers import Carrier, carriers
from torq_conformance.cases.case import Sequence
from torq_conformance.cases.header import BARE, field_bytes
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.layout import Vector
from torq_specs.registry import Registry


def _decode(data: bytes) -> Request:
    return Request(Operation.DECODE, data)


def _encode(message: dict[str, Any]) -> Request:
    return Request(Operation.ENCODE, message)


def all_sequences(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """Every kind of sequence."""
    yield from _good_bad_good(requirement, registry)
    yield from _after_refusals(requirement, registry)
    yield from _alike(requirement, registry)
    yield from _other_headers(requirement, registry)
    yield from _kept_results(requirement, registry)
    yield from _long_then_short(requirement, registry)


def _good_bad_good(requirement: str, registry: Registry) -> Iterator[Sequence]:
    carrying = carriers(registry)
    good, carrier = checksums.plain(registry), carrying.first
    other = carrying.wire(carrying.second.frame(b"other"), sequence=9)
    bad = {
        "a wrong checksum": checksums.with_checksum(good, 1),
        "the checksum of the other": checksums.with_checksum(
            good, int.from_bytes(other[28:32], "little")
        ),
        "a wrong magic": field_bytes("magic", 1),
        "a cut message": good[:-3],
        "no bytes": b"",
        "type 0": messages.wire(b"\0\0"),
        "a cut TLV": carrying.wire(carrier.frame(b"ab       ")[:4]),
        **_of_another_domain(registry),
    }
    for label, data in bad.items():
        requests = (other, good, data, good, data, data, other, good)
        yield Sequence(requirement, f"good, {label}, good", tuple(map(_decode, requests)))
    refused = carrying.message(carrier.tlv(b"kept"), source=99)
    plain = carrying.message(carrier.tlv(b"kept"))
    bare = messages.message()
    encodes = (plain, refused, plain, bare, refused, bare, plain)
    yield Sequence(requirement, "encode good, refused, good", tuple(map(_encode, encodes)))
    yield Sequence(requirement, "the same bytes twice", (_decode(good), _decode(good)))
    yield Sequence(requirement, "the same value twice", (_encode(plain), _encode(plain)))


def _of_another_domain(registry: Registry) -> dict[str, bytes]:
    """A TLV that does not ride in the domain of the carriers, where one is claimed."""
    carrying = carriers(registry)
    lines = [line for line in registry.opaque if line.domain not in {None, *carrying.domains[:1]}]
    lines += [line for line in registry if line.domain not in {None, *carrying.domains}]
    some = [carrying.wire(Carrier(line).frame(bytes(16))) for line in lines[:1]]
    return {"another domain": some[0]} if some else {}


def _after_refusals(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """A good message behind one of every kind that is refused, and behind many of them."""
    carrying = carriers(registry)
    good, size, carrier = checksums.plain(registry), MESSAGE_SIZE_MAX, carrying.first
    cut = carrying.second.frame(b"a        ")[:3]
    bad = {
        "an unknown version": field_bytes("version", 2),
        "an unknown source": field_bytes("source", 99),
        "too much promised": field_bytes("payload_size", size),
        "a reserved byte": carrying.wire(carrier.frame(b"a", is_extended=True, reserved=1)),
        **_wrong_values(registry),
        "bytes behind it": good + b"x",
        "a good TLV before a cut one": carrying.wire(carrier.frame(b"ab"), cut),
    }
    for label, data in bad.items():
        requests = tuple(map(_decode, (good, data, good, *[data] * 12, good)))
        yield Sequence(requirement, f"good, {label}, good", requests)


def _wrong_values(registry: Registry) -> dict[str, bytes]:
    """A value of the wrong size and one with too many elements, of types that are claimed."""
    wrong: dict[str, bytes] = {}
    sized = [line for line in registry.with_layout or registry if line.size_rule != "*"]
    for line in sized[:1]:
        wrong["a wrong size"] = values.wire_of(line, bytes(line.size_min - 1))
    vectors = [
        (line, field)
        for line in registry.with_layout
        if line.layout is not None
        for field in line.layout.fields
        if isinstance(field.type, Vector)
    ]
    vectors.sort(key=lambda one: one[0].size_min)
    for line, field in vectors[:1]:
        assert isinstance(field.type, Vector)
        data = bytearray(line.size_min)
        data[field.offset : field.offset + 2] = (field.type.capacity + 1).to_bytes(2, "little")
        wrong["a count too large"] = values.wire_of(line, bytes(data))
    return wrong


def _alike(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """Messages that are equal but for one thing; who knows a message by the rest mixes them up."""
    carrying = carriers(registry)
    carrier = carrying.first
    value = messages.opaque_value(min(600, carrier.room))
    base = carrying.message(carrier.tlv(value))
    same_crc = [
        checksums.forged(0x12345678, registry),
        checksums.forged(0x12345678, registry, flags=1),
    ]
    pairs = {"of equal checksum": same_crc}
    for name in ("relay_domain", "source", "flags", "sequence", "timestamp"):
        if name != "relay_domain" or len(carrying.domains) > 1:
            pairs[f"that differ in {name}"] = [
                carrying.message(carrier.tlv(value), **{name: number})
                for number in (carrying.domains[:2] if name == "relay_domain" else (1, 2))
            ]
    for at in dict.fromkeys(min(at, len(value) - 1) for at in (0, 8, 64, 300, 599)):
        other = value[:at] + bytes([value[at] ^ 0xFF]) + value[at + 1 :]
        pairs[f"that differ in byte {at} of a value"] = [
            base,
            carrying.message(carrier.tlv(other)),
        ]
    swapped = value[:9] + value[10:11] + value[9:10] + value[11:]
    pairs["of equal sums"] = [base, carrying.message(carrier.tlv(swapped))]
    for label, (one, other_one) in pairs.items():
        row = (one, other_one, one, one, other_one)
        yield Sequence(requirement, f"messages {label}, encode", tuple(map(_encode, row)))
        data = (_decode(derived_codec.encode_message(message, registry)) for message in row)
        yield Sequence(requirement, f"messages {label}, decode", tuple(data))
    many = [messages.message(sequence=number) for number in range(300)]
    yield Sequence(requirement, "300 messages in a row, encode", tuple(map(_encode, many)))
    data = (_decode(derived_codec.encode_message(message)) for message in many)
    yield Sequence(requirement, "300 messages in a row, decode", tuple(data))


def _other_headers(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """Many messages in a row that differ in their headers alone; none may borrow from another."""
    carrying = carriers(registry)
    many = [
        messages.message(
            carrying.first.tlv(b"same"),
            sequence=1000 + number,
            timestamp=1_700_000_000_000_000_000 - number,
            flags=number,
            source=1 + number % 5,
            relay_domain=carrying.domains[number % len(carrying.domains)],
        )
        for number in range(40)
    ]
    yield Sequence(requirement, "40 other headers, encode", tuple(map(_encode, many)))
    data = [derived_codec.encode_message(one, registry) for one in many]
    yield Sequence(requirement, "40 other headers, decode", tuple(map(_decode, data)))


def _kept_results(requirement: str, registry: Registry) -> Iterator[Sequence]:
    for line in registry.with_layout:
        assert line.layout is not None
        three = [boundaries.distinct(line.layout, shift=shift) for shift in (0, 50, 90)]
        encodes = [messages.message_of(line, value) for value in three]
        decodes = [derived_codec.encode_message(message, registry) for message in encodes]
        label = f"{line.name}: results kept while others are made"
        yield Sequence(requirement, f"{label}, encode", tuple(map(_encode, encodes)))
        yield Sequence(requirement, f"{label}, decode", tuple(map(_decode, decodes)))
        mixed = (_encode(encodes[0]), _decode(decodes[1]), _encode(encodes[2]), _decode(decodes[0]))
        yield Sequence(requirement, f"{label}, both", mixed)
    carrying = carriers(registry)
    opaque = [carrying.message(carrying.first.tlv(bytes([n]) * 40)) for n in range(1, 6)]
    yield Sequence(requirement, "opaque values kept, encode", tuple(map(_encode, opaque)))
    data = [derived_codec.encode_message(message, registry) for message in opaque]
    yield Sequence(requirement, "opaque values kept, decode", tuple(map(_decode, [*data, BARE])))


def _long_then_short(requirement: str, registry: Registry) -> Iterator[Sequence]:
    for line in registry.with_layout:
        assert line.layout is not None
        full = boundaries.filled(line.layout, 0xFF)
        for label, short in (
            ("all zero", boundaries.zeros(line.layout)),
            ("distinct bytes", boundaries.distinct(line.layout)),
        ):
            steps = [messages.message_of(line, value) for value in (full, short, full, short)]
            name = f"{line.name}: every bit set, then {label}"
            yield Sequence(requirement, f"{name}, encode", tuple(map(_encode, steps)))
            data = [derived_codec.encode_message(step, registry) for step in steps]
            yield Sequence(requirement, f"{name}, decode", tuple(map(_decode, data)))
    carrying = carriers(registry)
    many = carrying.message(*[carrying.first.tlv(bytes([n] * n)) for n in range(40, 60)])
    few = carrying.message(carrying.first.tlv(b"x"))
    none = messages.message()
    for_encode = tuple(map(_encode, (many, few, none, many, none, few)))
    yield Sequence(requirement, "many TLVs, then few, then none, encode", for_encode)
    row = (many, few, none, many, none)
    data = [derived_codec.encode_message(message, registry) for message in row]
    yield Sequence(requirement, "many TLVs, then few, then none, decode", tuple(map(_decode, data)))
