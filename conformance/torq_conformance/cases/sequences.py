"""Several questions to one live implementation, all results kept until the last is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.case import Sequence
from torq_conformance.cases.header import BARE, field_bytes
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.header import MESSAGE_SIZE_MAX
from torq_specs.registry import Registry


def _decode(data: bytes) -> Request:
    return Request(Operation.DECODE, data)


def _encode(message: dict[str, Any]) -> Request:
    return Request(Operation.ENCODE, message)


def all_sequences(requirement: str, registry: Registry) -> Iterator[Sequence]:
    """Every kind of sequence."""
    yield from _good_bad_good(requirement)
    yield from _after_refusals(requirement)
    yield from _alike(requirement)
    yield from _other_headers(requirement)
    yield from _kept_results(requirement, registry)
    yield from _long_then_short(requirement, registry)


def _good_bad_good(requirement: str) -> Iterator[Sequence]:
    good = checksums.PLAIN
    other = derived_codec.assemble(messages.header(sequence=9), derived_codec.frame(201, b"other"))
    bad = {
        "a wrong checksum": checksums.with_checksum(good, 1),
        "the checksum of the other": checksums.with_checksum(
            good, int.from_bytes(other[28:32], "little")
        ),
        "a wrong magic": field_bytes("magic", 1),
        "a cut message": good[:-3],
        "no bytes": b"",
        "type 0": messages.wire(b"\0\0"),
        "a cut TLV": messages.wire(b"\xc8\x09ab"),
        "another domain": messages.wire(derived_codec.frame(20, bytes(16))),
    }
    for label, data in bad.items():
        requests = (other, good, data, good, data, data, other, good)
        yield Sequence(requirement, f"good, {label}, good", tuple(map(_decode, requests)))
    refused = messages.message((messages.VENDOR, b"kept"), source=99)
    plain = messages.message((messages.VENDOR, b"kept"))
    bare = messages.message()
    encodes = (plain, refused, plain, bare, refused, bare, plain)
    yield Sequence(requirement, "encode good, refused, good", tuple(map(_encode, encodes)))
    yield Sequence(requirement, "the same bytes twice", (_decode(good), _decode(good)))
    yield Sequence(requirement, "the same value twice", (_encode(plain), _encode(plain)))


def _after_refusals(requirement: str) -> Iterator[Sequence]:
    """A good message behind one of every kind that is refused, and behind many of them."""
    good, size = checksums.PLAIN, MESSAGE_SIZE_MAX
    bad = {
        "an unknown version": field_bytes("version", 2),
        "an unknown source": field_bytes("source", 99),
        "too much promised": field_bytes("payload_size", size),
        "a reserved byte": messages.wire(b"\xff\x01\xc8\x01\0a"),
        "a wrong size": messages.wire(derived_codec.frame(1, bytes(39))),
        "a count too large": messages.wire(
            derived_codec.frame(10, bytes(16) + b"\x09\0" + bytes(190))
        ),
        "bytes behind it": good + b"x",
        "a good TLV before a cut one": messages.wire(b"\xc8\x02ab\xc9\x09a"),
    }
    for label, data in bad.items():
        requests = tuple(map(_decode, (good, data, good, *[data] * 12, good)))
        yield Sequence(requirement, f"good, {label}, good", requests)


def _alike(requirement: str) -> Iterator[Sequence]:
    """Messages that are equal but for one thing; who knows a message by the rest mixes them up."""
    value = messages.opaque_value(600)
    base = messages.message((messages.VENDOR, value))
    same_crc = [checksums.forged(0x12345678), checksums.forged(0x12345678, flags=1)]
    pairs = {"of equal checksum": same_crc}
    for name in ("relay_domain", "source", "flags", "sequence", "timestamp"):
        pairs[f"that differ in {name}"] = [
            messages.message((messages.VENDOR, value), **{name: number}) for number in (1, 2)
        ]
    for at in (0, 8, 64, 300, 599):
        other = value[:at] + bytes([value[at] ^ 0xFF]) + value[at + 1 :]
        pairs[f"that differ in byte {at} of a value"] = [
            base,
            messages.message((messages.VENDOR, other)),
        ]
    swapped = value[:9] + value[10:11] + value[9:10] + value[11:]
    pairs["of equal sums"] = [base, messages.message((messages.VENDOR, swapped))]
    for label, (one, other_one) in pairs.items():
        row = (one, other_one, one, one, other_one)
        yield Sequence(requirement, f"messages {label}, encode", tuple(map(_encode, row)))
        data = (_decode(derived_codec.encode_message(message)) for message in row)
        yield Sequence(requirement, f"messages {label}, decode", tuple(data))
    many = [messages.message(sequence=number) for number in range(300)]
    yield Sequence(requirement, "300 messages in a row, encode", tuple(map(_encode, many)))
    data = (_decode(derived_codec.encode_message(message)) for message in many)
    yield Sequence(requirement, "300 messages in a row, decode", tuple(data))


def _other_headers(requirement: str) -> Iterator[Sequence]:
    """Many messages in a row that differ in their headers alone; none may borrow from another."""
    many = [
        messages.message(
            (messages.VENDOR, b"same"),
            sequence=1000 + number,
            timestamp=1_700_000_000_000_000_000 - number,
            flags=number,
            source=1 + number % 5,
            relay_domain=1 + number % 4,
        )
        for number in range(40)
    ]
    yield Sequence(requirement, "40 other headers, encode", tuple(map(_encode, many)))
    data = [derived_codec.encode_message(one) for one in many]
    yield Sequence(requirement, "40 other headers, decode", tuple(map(_decode, data)))


def _kept_results(requirement: str, registry: Registry) -> Iterator[Sequence]:
    for line in registry.with_layout:
        assert line.layout is not None
        values = [boundaries.distinct(line.layout, shift=shift) for shift in (0, 50, 90)]
        encodes = [messages.message_of(line, value) for value in values]
        decodes = [derived_codec.encode_message(message, registry) for message in encodes]
        label = f"{line.name}: results kept while others are made"
        yield Sequence(requirement, f"{label}, encode", tuple(map(_encode, encodes)))
        yield Sequence(requirement, f"{label}, decode", tuple(map(_decode, decodes)))
        mixed = (_encode(encodes[0]), _decode(decodes[1]), _encode(encodes[2]), _decode(decodes[0]))
        yield Sequence(requirement, f"{label}, both", mixed)
    opaque = [messages.message((messages.VENDOR, bytes([n]) * 40)) for n in range(1, 6)]
    yield Sequence(requirement, "opaque values kept, encode", tuple(map(_encode, opaque)))
    data = [derived_codec.encode_message(message) for message in opaque]
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
    many = messages.message(*[(messages.VENDOR, bytes([n] * n)) for n in range(40, 60)])
    few = messages.message((messages.VENDOR, b"x"))
    none = messages.message()
    for_encode = tuple(map(_encode, (many, few, none, many, none, few)))
    yield Sequence(requirement, "many TLVs, then few, then none, encode", for_encode)
    data = [derived_codec.encode_message(message) for message in (many, few, none, many, none)]
    yield Sequence(requirement, "many TLVs, then few, then none, decode", tuple(map(_decode, data)))
