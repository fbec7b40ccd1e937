"""Cases about the 32-byte header and about where a message ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Integer
from torq_specs.registry import EXTENDED_SIZE_MAX, REGISTRY, STANDARD_SIZE_MAX
from torq_specs.tlv import Tlv

BOOK = REGISTRY.named("OrderBook")

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


def both_ways(requirement: str, label: str, message: dict[str, Any]) -> Iterator[Case]:
    """A valid neutral message, encoded and decoded."""
    yield encode(requirement, f"encode {label}", message)
    data = derived_codec.encode_message(message)
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


def payload_of(size: int) -> list[dict[str, Any]]:
    """Vendor TLVs that take exactly ``size`` bytes of payload when encoded; size is not 1."""
    tlvs = []
    while size:
        step = _next_frame(size)
        head = Tlv.STANDARD_HEADER_SIZE
        if step > STANDARD_SIZE_MAX + head:
            head = Tlv.EXTENDED_HEADER_SIZE
        value = messages.opaque_value(step - head, start=size)
        tlvs.append({"type": messages.VENDOR, "value": value})
        size -= step
    return tlvs


def _next_frame(size: int) -> int:
    largest = EXTENDED_SIZE_MAX + Tlv.EXTENDED_HEADER_SIZE
    standard = STANDARD_SIZE_MAX + Tlv.STANDARD_HEADER_SIZE
    if size <= standard:
        return size
    if size < standard + 2 or size - standard < 2:
        return standard - 2
    smallest_extended = STANDARD_SIZE_MAX + 1 + Tlv.EXTENDED_HEADER_SIZE
    if size < smallest_extended:
        return size // 2
    step = min(size, largest)
    return step - 2 if size - step == 1 else step


def sized(size: int) -> dict[str, Any]:
    """A neutral message of exactly ``size`` bytes."""
    return {"header": messages.header(), "tlvs": payload_of(size - HEADER_SIZE)}


def payload_sizes(requirement: str) -> Iterator[Case]:
    """Payload lengths 0 to 200 and around powers of two, but 1, which no TLV has."""
    sizes = {*range(201)} | {(1 << p) + d for p in range(8, 17) for d in range(-3, 4)}
    for size in sorted(sizes - {1}):
        message = sized(HEADER_SIZE + size)
        yield from both_ways(requirement, f"payload of {size} bytes", message)
    for power in (17, 18, 19):
        for what, size in (("a payload", HEADER_SIZE + (1 << power)), ("a message", 1 << power)):
            yield from both_ways(requirement, f"{what} of 2^{power} bytes", sized(size))


def too_small(requirement: str) -> Iterator[Case]:
    """Every length below a header, and headers that promise more than is there."""
    for size in range(HEADER_SIZE):
        yield decode(requirement, f"{size} bytes", BARE[:size])
    yield decode(requirement, "no byte at all, not even a magic", b"")
    whole = derived_codec.encode_message(sized(HEADER_SIZE + 44))
    for missing in (1, 2, 43, 44):
        yield decode(requirement, f"last {missing} bytes missing", whole[:-missing])
        sealed = derived_codec.seal(whole[:-missing])
        yield decode(requirement, f"last {missing} bytes missing, sealed", sealed)
    for more in (1, 2, 255, 256, 65_536, MESSAGE_SIZE_MAX - HEADER_SIZE):
        yield decode(requirement, f"{more} bytes promised", field_bytes("payload_size", more))


def too_large(requirement: str) -> Iterator[Case]:
    """The largest message, the smallest one that is too large, and sizes that wrap in 32 bits."""
    for size in (MESSAGE_SIZE_MAX - 1, MESSAGE_SIZE_MAX):
        yield from both_ways(requirement, f"{size} bytes", sized(size))
    # The relays' own limits (section 10) are none of a codec's.
    just_above = {**sized(16_385), "header": messages.header(relay_domain=3)}
    yield from both_ways(requirement, "16385 bytes in 3", just_above)
    for domain in (2, 3, 4):
        message = {**sized(MESSAGE_SIZE_MAX), "header": messages.header(relay_domain=domain)}
        yield from both_ways(requirement, f"{MESSAGE_SIZE_MAX} bytes in {domain}", message)
    for size in (MESSAGE_SIZE_MAX + 1, MESSAGE_SIZE_MAX + 2, MESSAGE_SIZE_MAX + 70_000):
        message = sized(size)
        yield encode(requirement, f"encode {size} bytes", message)
        data = derived_codec.encode_message(message)
        yield decode(requirement, f"decode {size} bytes", data)
    # 168 books are the most that fit, however many levels they have.
    assert BOOK.layout is not None
    book = boundaries.zeros(BOOK.layout)
    for count in (168, 169, 170):
        books = messages.message(*[(BOOK.number, book)] * count)
        yield encode(requirement, f"encode {count} books", books)
    claims = (MESSAGE_SIZE_MAX - HEADER_SIZE + 1, MESSAGE_SIZE_MAX, 1 << 24, (1 << 31) - 1, 1 << 31)
    for size in (*claims, *range((1 << 32) - 34, 1 << 32)):
        data = field_bytes("payload_size", size)
        yield decode(requirement, f"{size} bytes promised in 32", data)


def trailing(requirement: str) -> Iterator[Case]:
    """Bytes behind a message: one, a few, zeros, a TLV, a whole second message."""
    whole = derived_codec.encode_message(sized(HEADER_SIZE + 20))
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


def repeated(requirement: str) -> Iterator[Case]:
    """Every flag value through decode and encode."""
    for number in range(256):
        yield roundtrip(requirement, f"flags = {number}", field_bytes("flags", number))


def flips(requirement: str) -> Iterator[Case]:
    """Every single bit of the header flipped, with the checksum made good again and without."""
    whole = derived_codec.encode_message(sized(HEADER_SIZE + 12))
    for bit in range(8 * HEADER_SIZE):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        label = f"byte {bit // 8} bit {bit % 8}"
        yield decode(requirement, f"{label} flipped", bytes(data))
        if bit < 8 * 28:
            sealed = derived_codec.seal(bytes(data))
            yield decode(requirement, f"{label} flipped and sealed", sealed)
