"""Cases about the 32-byte header and about where a message ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Integer
from torq_specs.registry import REGISTRY, STANDARD_SIZE_MAX, Registry

BARE = messages.wire()
"""A message without TLVs: 32 bytes."""


def with_header_bytes(offset: int, data: bytes, base: bytes = BARE) -> bytes:
    """``base`` with header bytes replaced and the checksum made good again."""
    return derived_codec.seal(base[:offset] + data + base[offset + len(data) :])


def field_bytes(name: str, number: int, base: bytes = BARE) -> bytes:
    """``base`` with one header field replaced and the checksum made good again."""
    field = HEADER_LAYOUT.field(name)
    return with_header_bytes(field.offset, number.to_bytes(field.size, "little"), base)


def plain_fields(requirement: str) -> Iterator[Case]:
    """Every header field that is data, at its edges."""
    for name in ("flags", "sequence", "timestamp"):
        for label, edge in boundaries.edges(HEADER_LAYOUT.field(name)):
            yield from both_ways(requirement, f"{name} = {label}", messages.message(**{name: edge}))


def both_ways(
    requirement: str, label: str, message: dict[str, Any], registry: Registry = REGISTRY
) -> Iterator[Case]:
    """A valid neutral message, encoded and decoded."""
    yield encode(requirement, f"encode {label}", message)
    data = derived_codec.encode_message(message, registry)
    yield decode(requirement, f"decode {label}", data)


def every_value(requirement: str, name: str) -> Iterator[Case]:
    """All 256 values of a one-byte header field, decoded, encoded, and valid ones repeated."""
    for number in range(256):
        yield decode(requirement, f"decode {name} = {number}", field_bytes(name, number))
        message = messages.message(**{name: number})
        yield encode(requirement, f"encode {name} = {number}", message)


def too_wide(requirement: str, name: str) -> Iterator[Case]:
    """Numbers that a header field cannot hold, to be refused on encode."""
    integer = HEADER_LAYOUT.field(name).type
    assert isinstance(integer, Integer)
    for number in (-1, integer.maximum + 1, integer.maximum + 2, (1 << 32) + 1, 1 << 72):
        if integer.minimum <= number <= integer.maximum:
            continue
        yield encode(requirement, f"{name} = {number}", messages.message(**{name: number}))


def wrong_magic(requirement: str) -> Iterator[Case]:
    """Every single wrong bit, the byte-swapped magic, and each half of it."""
    right = int.from_bytes(BARE[:4], "little")
    for bit in range(32):
        yield decode(requirement, f"bit {bit} flipped", field_bytes("magic", right ^ 1 << bit))
    for label, data in (
        ("byte-swapped", BARE[3::-1]),
        ("zero", bytes(4)),
        ("low half zero", bytes(2) + BARE[2:4]),
        ("high half zero", BARE[:2] + bytes(2)),
        ("halves swapped", BARE[2:4] + BARE[:2]),
    ):
        yield decode(requirement, label, with_header_bytes(0, data))
    for label, before in (("a zero byte", b"\0"), ("a line end", b"\n"), ("its half", BARE[:2])):
        yield decode(requirement, f"{label} before the magic", before + BARE)


def sized(size: int, registry: Registry = REGISTRY) -> dict[str, Any]:
    """A neutral message of exactly ``size`` bytes, or as near as the types of a registry get.

    A message that is to be above the limit is.
    """
    carrying = carriers(registry)
    near = carrying.payload_above if size > MESSAGE_SIZE_MAX else carrying.payload_near
    message = carrying.message()
    return {**message, "tlvs": carrying.payload(near(size - HEADER_SIZE))}


def encoded(size: int, registry: Registry = REGISTRY) -> bytes:
    """The bytes of that message."""
    return derived_codec.encode_message(sized(size, registry), registry)


def payload_sizes(requirement: str, registry: Registry) -> Iterator[Case]:
    """Payload lengths 0 to 200 and around powers of two, but 1, which no TLV has."""
    sizes = {*range(201)} | {(1 << p) + d for p in range(8, 17) for d in range(-3, 4)}
    near = {carriers(registry).payload_near(size) for size in sizes - {1}}
    for size in sorted(near):
        message = sized(HEADER_SIZE + size, registry)
        yield from both_ways(requirement, f"payload of {size} bytes", message, registry)
    for power in (17, 18, 19) if carriers(registry).is_free else (17,):
        for what, size in (("a payload", HEADER_SIZE + (1 << power)), ("a message", 1 << power)):
            message = sized(size, registry)
            yield from both_ways(requirement, f"{what} of 2^{power} bytes", message, registry)


def too_small(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every length below a header, and headers that promise more than is there."""
    for size in range(HEADER_SIZE):
        yield decode(requirement, f"{size} bytes", BARE[:size])
    yield decode(requirement, "no byte at all, not even a magic", b"")
    whole = encoded(HEADER_SIZE + 44, registry)
    payload_size = len(whole) - HEADER_SIZE
    for missing in (1, 2, payload_size - 1, payload_size):
        yield decode(requirement, f"last {missing} bytes missing", whole[:-missing])
        sealed = derived_codec.seal(whole[:-missing])
        yield decode(requirement, f"last {missing} bytes missing, sealed", sealed)
    for more in (1, 2, 255, 256, 65_536, MESSAGE_SIZE_MAX - HEADER_SIZE):
        yield decode(requirement, f"{more} bytes promised", field_bytes("payload_size", more))


def too_large(requirement: str, registry: Registry) -> Iterator[Case]:
    """The largest message, the smallest one that is too large, and sizes that wrap in 32 bits."""
    carrying = carriers(registry)
    # Small types come no nearer to the limit: one message of thousands of them is enough.
    inside = (MESSAGE_SIZE_MAX - 1, MESSAGE_SIZE_MAX)[0 if carrying.is_free else 1 :]
    outside = (MESSAGE_SIZE_MAX + 1, MESSAGE_SIZE_MAX + 2, MESSAGE_SIZE_MAX + 70_000)
    for size in inside:
        message = sized(size, registry)
        yield from both_ways(requirement, f"{size} bytes", message, registry)
    # The relays' own limits (section 10) are none of a codec's.
    for size, domain in ((16_385, 3), *((MESSAGE_SIZE_MAX, domain) for domain in (2, 3, 4))):
        if domain in carrying.domains:
            header = messages.header(relay_domain=domain)
            message = {**sized(size, registry), "header": header}
            yield from both_ways(requirement, f"{size} bytes in {domain}", message, registry)
    for size in outside if carrying.is_free else outside[:1]:
        message = sized(size, registry)
        yield encode(requirement, f"encode {size} bytes", message)
        data = derived_codec.encode_message(message, registry)
        yield decode(requirement, f"decode {size} bytes", data)
    yield from _full_of_books(requirement, registry)
    claims = (MESSAGE_SIZE_MAX - HEADER_SIZE + 1, MESSAGE_SIZE_MAX, 1 << 24, (1 << 31) - 1, 1 << 31)
    for size in (*claims, *range((1 << 32) - 34, 1 << 32)):
        data = field_bytes("payload_size", size)
        yield decode(requirement, f"{size} bytes promised in 32", data)


def _full_of_books(requirement: str, registry: Registry) -> Iterator[Case]:
    """As many of the largest declared value as fit, however many elements they have, and more."""
    lines = [line for line in registry.with_layout if line.size_min > STANDARD_SIZE_MAX]
    for line in lines[:1]:
        assert line.layout is not None
        book = boundaries.zeros(line.layout)
        step = len(derived_codec.frame(line.number, bytes(line.size_min)))
        most = (MESSAGE_SIZE_MAX - HEADER_SIZE) // step
        for count in (most, most + 1, most + 2):
            message = {**messages.message_of(line, book)}
            books = {**message, "tlvs": message["tlvs"] * count}
            yield encode(requirement, f"encode {count} books", books)


def trailing(requirement: str, registry: Registry) -> Iterator[Case]:
    """Bytes behind a message: one, a few, zeros, a TLV, a whole second message."""
    whole = encoded(HEADER_SIZE + 20, registry)
    for name, base in (("bare header", BARE), ("message", whole)):
        for label, more in (
            ("one zero byte", b"\0"),
            ("one byte 0xff", b"\xff"),
            ("a line end", b"\n"),
            ("a line end of two bytes", b"\r\n"),
            ("two bytes that look like a TLV", b"\xc8\0"),
            ("31 bytes", messages.opaque_value(31)),
            ("32 zero bytes", bytes(32)),
            ("a second message", base),
            ("another message", whole),
        ):
            yield decode(requirement, f"{name} followed by {label}", base + more)
            sealed = derived_codec.seal(base + more)
            yield decode(requirement, f"{name} followed by {label}, sealed", sealed)


FILLED_TO = (2, 4, 8, 16, 32, 64, 4096)
"""What slots of ring buffers, records of files and packets are multiples of."""


def filled_up(requirement: str, registry: Registry) -> Iterator[Case]:
    """Messages of every size by 16 that are filled up to a multiple, and not sealed anew."""
    for rest in range(16):
        whole = encoded(HEADER_SIZE + 32 + rest, registry)
        for multiple in FILLED_TO:
            more = -len(whole) % multiple
            for name, byte in (("zeros", b"\0"), ("ones", b"\xff")):
                if more and (byte == b"\0" or multiple == FILLED_TO[2]):
                    label = f"{len(whole)} bytes filled up with {more} {name} to {multiple}"
                    yield decode(requirement, label, whole + byte * more)


def repeated(requirement: str) -> Iterator[Case]:
    """Every flag value through decode and encode."""
    for number in range(256):
        yield roundtrip(requirement, f"flags = {number}", field_bytes("flags", number))


def flips(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every single bit of the header flipped, with the checksum made good again and without."""
    whole = encoded(HEADER_SIZE + 12, registry)
    for bit in range(8 * HEADER_SIZE):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        label = f"byte {bit // 8} bit {bit % 8}"
        yield decode(requirement, f"{label} flipped", bytes(data))
        if bit < 8 * 28:
            sealed = derived_codec.seal(bytes(data))
            yield decode(requirement, f"{label} flipped and sealed", sealed)
