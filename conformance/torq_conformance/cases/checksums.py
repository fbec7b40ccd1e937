"""Cases about the checksum: right ones of every kind, and wrong ones that codecs compute."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case, decode
from torq_conformance.cases.header import BARE, both_ways, field_bytes, payload_of, sized
from torq_conformance.model import derived_codec
from torq_specs.enums import Source
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import Registry
from torq_specs.wire import checksum

PLAIN = derived_codec.encode_message(sized(HEADER_SIZE + 22))
"""A message with one vendor TLV of 20 bytes."""


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


def forged(target: int, **changes: int) -> dict[str, Any]:
    """A neutral message whose true checksum is ``target``: its last four bytes are solved for."""
    prefix = messages.opaque_value(8)
    blank = messages.message((messages.VENDOR, prefix + bytes(4)), **changes)
    data = derived_codec.encode_message(blank)
    tail = forging_bytes(zlib.crc32(data[:28] + data[32:-4]), target)
    return messages.message((messages.VENDOR, prefix + tail), **changes)


def right(requirement: str) -> Iterator[Case]:
    """Checksums at their edges, computed by forging four bytes; lengths around 16 and 64."""
    for target in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xDEADBEEF, 0x00FFFFFF, 0xFF000000):
        yield from both_ways(requirement, f"checksum {target:#010x}", forged(target))
    for size in (*range(2, 41), *range(62, 68), *range(126, 132), 1000, 4096, 65_000):
        yield from both_ways(requirement, f"over {size} payload bytes", sized(HEADER_SIZE + size))


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


def wrong(requirement: str) -> Iterator[Case]:
    """Every checksum that is not the calculated one, on a message and on a bare header."""
    for name, message in (("bare header", BARE), ("message", PLAIN)):
        right_crc = checksum(message)
        for label, crc in lookalikes(message):
            if crc != right_crc:
                yield decode(requirement, f"{name}, checksum {label}", with_checksum(message, crc))
        for bit in range(32):
            crc = right_crc ^ 1 << bit
            yield decode(requirement, f"{name}, checksum bit {bit}", with_checksum(message, crc))


def wrong_elsewhere(requirement: str) -> Iterator[Case]:
    """Wrong checksums in every domain, and of messages so large that a codec may not look."""
    for domain in (1, 2, 3, 4):
        for size in (0, 9, 300, 5000, 70_000):
            payload = {"header": messages.header(relay_domain=domain), "tlvs": payload_of(size)}
            message = derived_codec.encode_message(payload)
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


def wrong_at_every_length(requirement: str) -> Iterator[Case]:
    """The last payload byte wrong: every rest by 64, for what is left over is easily left out."""
    for size in (*range(2, 67), 255, 256, 4096, 65_536, MESSAGE_SIZE_MAX - HEADER_SIZE):
        message = derived_codec.encode_message(sized(HEADER_SIZE + size))
        flipped = message[:-1] + bytes([message[-1] ^ 1])
        yield decode(requirement, f"last of {size} payload bytes flipped", flipped)


def wrong_in_every_message(requirement: str, registry: Registry) -> Iterator[Case]:
    """A wrong checksum of messages of every type and source; none is too plain to be checked."""
    for line, message in messages.representatives(registry):
        data = derived_codec.encode_message(message, registry)
        yield decode(requirement, f"{line.name}, checksum 1", with_checksum(data, 1))
    for source in Source:
        data = field_bytes("source", source, PLAIN)
        yield decode(requirement, f"source {source.name}, checksum 1", with_checksum(data, 1))
    for name in ("flags", "sequence", "timestamp"):
        for label, edge in boundaries.edges(HEADER_LAYOUT.field(name)):
            data = with_checksum(field_bytes(name, edge, PLAIN), 1)
            yield decode(requirement, f"{name} = {label}, checksum 1", data)


def wrong_over_many(requirement: str) -> Iterator[Case]:
    """A wrong checksum over so many TLVs that their number may not fit, some empty or extended."""
    for count in (8, 9, 10, 11, 16, 17, 100, 255, 256, 257, 1000):
        some = (
            derived_codec.frame(messages.VENDOR, bytes(index % 3), is_extended=index % 5 == 4)
            for index in range(count)
        )
        data = with_checksum(messages.wire(*some), 1)
        yield decode(requirement, f"{count} TLVs, checksum 1", data)


def flips(requirement: str) -> Iterator[Case]:
    """Every single bit of a message flipped under an unchanged checksum."""
    for bit in range(8 * len(PLAIN)):
        if not 8 * 28 <= bit < 8 * 32:
            data = bytearray(PLAIN)
            data[bit // 8] ^= 1 << bit % 8
            yield decode(requirement, f"byte {bit // 8} bit {bit % 8} flipped", bytes(data))
