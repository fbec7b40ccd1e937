"""Cases about the checksum: right ones of every kind, and wrong ones that codecs compute."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, decode
from torq_conformance.cases.header import BARE, both_ways, encoded, field_bytes, sized
from torq_conformance.model import derived_codec
from torq_specs.enums import Source
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import REGISTRY, Registry
from torq_specs.wire import checksum


@functools.cache
def plain(registry: Registry = REGISTRY) -> bytes:
    """A message with one TLV: a vendor's of 20 bytes, or what the types of a registry allow."""
    return encoded(HEADER_SIZE + 22, registry)


PLAIN = plain()
"""That message, where all types are claimed."""


def with_checksum(message: bytes, crc: int) -> bytes:
    """The message with any checksum."""
    return message[:28] + crc.to_bytes(4, "little") + message[32:]


POLYNOMIAL, ONES = 0xEDB88320, 0xFFFFFFFF


def forging_bytes(running: int, target: int) -> bytes:
    """The four bytes that take zlib's CRC from ``running`` to ``target``."""
    return (before_four(target) ^ running).to_bytes(4, "little")


def before_four(target: int, following: bytes = bytes(4)) -> int:
    """What zlib's CRC was before four bytes after which it is ``target``."""
    state = target ^ ONES
    for _ in range(32):
        state = (state ^ POLYNOMIAL) << 1 | 1 if state >> 31 else state << 1
    return state ^ int.from_bytes(following, "little") ^ ONES


def forged(target: int, registry: Registry = REGISTRY, **changes: int) -> dict[str, Any]:
    """A neutral message whose true checksum is ``target``: four bytes of it are solved for."""
    prefix, carrying = messages.opaque_value(8), carriers(registry)

    def message_with(tail: int) -> dict[str, Any]:
        value = carrying.first.tlv(prefix + tail.to_bytes(4, "little"))
        return carrying.message(value, **changes)

    def crc_with(tail: int) -> int:
        return checksum(derived_codec.encode_message(message_with(tail), registry))

    # CRC-32 is affine over GF(2) in the tail: eliminate on its 32 columns.
    zero = crc_with(0)
    rows: list[tuple[int, int]] = []
    for bit in range(32):
        column, tails = crc_with(1 << bit) ^ zero, 1 << bit
        for pivot, made_of in rows:
            if column ^ pivot < column:
                column, tails = column ^ pivot, tails ^ made_of
        rows = sorted([*rows, (column, tails)], reverse=True)
    wanted, tail = target ^ zero, 0
    for pivot, made_of in rows:
        if wanted ^ pivot < wanted:
            wanted, tail = wanted ^ pivot, tail ^ made_of
    return message_with(tail)


def right(requirement: str, registry: Registry) -> Iterator[Case]:
    """Checksums at their edges, computed by forging four bytes; lengths around 16 and 64."""
    for target in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xDEADBEEF, 0x00FFFFFF, 0xFF000000):
        message = forged(target, registry)
        yield from both_ways(requirement, f"checksum {target:#010x}", message, registry)
    sizes = (*range(2, 41), *range(62, 68), *range(126, 132), 1000, 4096, 65_000)
    for size in dict.fromkeys(map(carriers(registry).payload_near, sizes)):
        message = sized(HEADER_SIZE + size, registry)
        yield from both_ways(requirement, f"over {size} payload bytes", message, registry)


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), which codecs take by mistake."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def lookalikes(message: bytes) -> Iterator[tuple[str, int]]:
    """Checksums that faulty codecs compute, by what is wrong with them."""
    covered = message[:28] + message[32:]
    right = checksum(message)
    yield "zero", 0
    yield "all ones", 0xFFFFFFFF
    yield (
        "with the checksum bytes zeroed instead of left out",
        zlib.crc32(message[:28] + bytes(4) + message[32:]),
    )
    yield (
        "with the checksum bytes set to ones instead of left out",
        zlib.crc32(message[:28] + b"\xff" * 4 + message[32:]),
    )
    yield "over the whole message as it is", zlib.crc32(message)
    yield "over the payload alone", zlib.crc32(message[32:])
    yield "over the header alone", zlib.crc32(message[:28])
    yield "over all but the last byte", zlib.crc32(covered[:-1])
    yield "payload before header", zlib.crc32(message[32:] + message[:28])
    yield "byte-swapped", int.from_bytes(right.to_bytes(4, "little"), "big")
    yield "inverted", right ^ 0xFFFFFFFF
    yield "without the final inversion, started at 0", zlib.crc32(covered, 0xFFFFFFFF) ^ 0xFFFFFFFF
    yield "CRC-32C", crc32c(covered)
    yield "Adler-32", zlib.adler32(covered)
    yield "one too many", (right + 1) % (1 << 32)
    yield "right in its low half only", right ^ 0xFFFF0000
    yield "right in its high half only", right ^ 0x0000FFFF


def wrong(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every checksum that is not the calculated one, on a message and on a bare header."""
    for name, message in (("bare header", BARE), ("message", plain(registry))):
        right_crc = checksum(message)
        for label, crc in lookalikes(message):
            if crc != right_crc:
                yield decode(requirement, f"{name}, checksum {label}", with_checksum(message, crc))
        for bit in range(32):
            crc = right_crc ^ 1 << bit
            yield decode(requirement, f"{name}, checksum bit {bit}", with_checksum(message, crc))


def wrong_elsewhere(requirement: str, registry: Registry) -> Iterator[Case]:
    """Wrong checksums in every domain, and of messages so large that a codec may not look."""
    carrying = carriers(registry)
    for domain in (1, 2, 3, 4):
        sizes = (0, 9, 300, 5000, 70_000) if domain in carrying.domains else (0,)
        for size in dict.fromkeys(map(carrying.payload_near, sizes)):
            tlvs = carrying.payload(size)
            whole = {"header": messages.header(relay_domain=domain), "tlvs": tlvs}
            message = derived_codec.encode_message(whole, registry)
            right_crc = checksum(message)
            for label, crc in (
                ("zero", 0),
                ("bit 0", right_crc ^ 1),
                ("bit 31", right_crc ^ 1 << 31),
                ("inverted", right_crc ^ 0xFFFFFFFF),
            ):
                where = f"relay_domain {domain}, {size} payload bytes"
                yield decode(requirement, f"{where}, {label}", with_checksum(message, crc))
            if size:
                label = f"relay_domain {domain}, last of {size} payload bytes flipped"
                yield decode(requirement, label, message[:-1] + bytes([message[-1] ^ 1]))


def wrong_at_every_length(requirement: str, registry: Registry) -> Iterator[Case]:
    """The last payload byte wrong: every rest by 64, for what is left over is easily left out."""
    sizes = (*range(2, 67), 255, 256, 4096, 65_536, MESSAGE_SIZE_MAX - HEADER_SIZE)
    for size in dict.fromkeys(map(carriers(registry).payload_near, sizes)):
        message = encoded(HEADER_SIZE + size, registry)
        flipped = message[:-1] + bytes([message[-1] ^ 1])
        yield decode(requirement, f"last of {size} payload bytes flipped", flipped)


def wrong_in_every_message(requirement: str, registry: Registry) -> Iterator[Case]:
    """A wrong checksum of messages of every type and source; none is too plain to be checked."""
    for line, message in messages.representatives(registry):
        data = derived_codec.encode_message(message, registry)
        yield decode(requirement, f"{line.name}, checksum 1", with_checksum(data, 1))
    base = plain(registry)
    for source in Source:
        data = field_bytes("source", source, base)
        yield decode(requirement, f"source {source.name}, checksum 1", with_checksum(data, 1))
    for name in ("flags", "sequence", "timestamp"):
        for label, edge in boundaries.edges(HEADER_LAYOUT.field(name)):
            data = with_checksum(field_bytes(name, edge, base), 1)
            yield decode(requirement, f"{name} = {label}, checksum 1", data)


def wrong_over_many(requirement: str, registry: Registry) -> Iterator[Case]:
    """A wrong checksum over so many TLVs that their number may not fit, some empty or extended."""
    carrying = carriers(registry)
    for count in (8, 9, 10, 11, 16, 17, 100, 255, 256, 257, 1000):
        some = (
            carrying.first.frame(bytes(index % 3), is_extended=index % 5 == 4 or None)
            for index in range(count)
        )
        data = with_checksum(carrying.wire(*some), 1)
        yield decode(requirement, f"{count} TLVs, checksum 1", data)


def flips(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every single bit of a message flipped under an unchanged checksum."""
    message = plain(registry)
    for bit in range(8 * len(message)):
        if not 8 * 28 <= bit < 8 * 32:
            data = bytearray(message)
            data[bit // 8] ^= 1 << bit % 8
            yield decode(requirement, f"byte {bit // 8} bit {bit % 8} flipped", bytes(data))
