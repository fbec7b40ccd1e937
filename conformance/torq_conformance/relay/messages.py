"""Messages that relays are asked to carry: own ones, of other domains, damaged, too large.

Every message of a schedule differs from every other, so that what arrives can be told apart.
"""

from __future__ import annotations

import zlib

from torq_conformance.cases.checksums import forging_bytes
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE
from torq_specs.wire import checksum

VENDOR = 200
MAGIC = derived_codec.MAGIC.to_bytes(4, "little")
_PATTERN = bytes((at * 31 + (at >> 8) * 7) & 0xFF for at in range(70_000))
_CHECKSUM = HEADER_LAYOUT.field("checksum").offset


def pattern(size: int, start: int = 0) -> bytes:
    """Bytes that differ from their neighbours; what is cut, moved or repeated shows."""
    first = start % 251
    return _PATTERN[first : first + size]


def message(
    domain: int,
    sequence: int,
    size: int = 80,
    *,
    payload: bytes | None = None,
    source: int = 1,
    flags: int = 0,
    version: int = 1,
    timestamp: int | None = None,
) -> bytes:
    """A message of ``size`` bytes in all, with vendor TLVs, or with any payload."""
    if payload is None:
        payload = _tlvs(size - HEADER_SIZE, sequence)
    header = {
        "relay_domain": domain,
        "version": version,
        "source": source,
        "flags": flags,
        "sequence": sequence,
        "timestamp": 1_700_000_000_000_000_000 + sequence % 10**9
        if timestamp is None
        else timestamp,
    }
    return derived_codec.assemble(header, payload)


def several(domain: int, count: int, first: int = 1, size: int = 70) -> list[bytes]:
    """So many messages of one size, with sequences from ``first`` on."""
    return [message(domain, first + at, size) for at in range(count)]


def _tlvs(size: int, start: int) -> bytes:
    """TLVs of exactly ``size`` bytes; sizes that no TLV has are filled with other bytes."""
    if size < 2:
        return bytes([start & 0xFF]) * size
    if size <= 257:
        return derived_codec.frame(VENDOR, pattern(size - 2, start), is_extended=False)
    whole = pattern(min(size - 5, 65_535), start)
    return derived_codec.frame(VENDOR, whole, is_extended=True) + bytes(size - 5 - len(whole))


def with_checksum(data: bytes, crc: int) -> bytes:
    """The message with that checksum."""
    return data[:_CHECKSUM] + crc.to_bytes(4, "little") + data[HEADER_SIZE:]


def damaged(data: bytes, bit: int = 0) -> bytes:
    """The message with another checksum than its own."""
    return with_checksum(data, checksum(data) ^ (1 << (bit % 32)))


def announcing(domain: int, sequence: int, payload_size: int) -> bytes:
    """A header that announces so much payload."""
    header = {
        "relay_domain": domain,
        "version": 1,
        "source": 1,
        "flags": 0,
        "sequence": sequence,
        "timestamp": 0,
    }
    return derived_codec.encode_header(header, payload_size, 0)


def with_right_checksum(domain: int, sequence: int, crc: int) -> bytes:
    """A message whose right checksum is a given number."""
    data = message(domain, sequence, 84)
    body = data[:_CHECKSUM] + data[HEADER_SIZE:-4]
    forged = data[:-4] + forging_bytes(zlib.crc32(body), crc)
    found = derived_codec.seal(forged)
    assert checksum(found) == crc
    return found


def right_checksum(data: bytes) -> bytes:
    """The right checksum of a message, as it stands in it."""
    return checksum(data).to_bytes(4, "little")
