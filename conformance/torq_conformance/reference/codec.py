"""Turns message values into bytes and back; of what has a fault it says only that it has one.

Which fault it is, `faults.py` and `value_faults.py` say.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from torq_conformance.reference import header
from torq_conformance.reference.crc import crc32
from torq_conformance.reference.framing import (
    EXTENDED,
    EXTENDED_HEADER_SIZE,
    STANDARD_HEADER_SIZE,
    write_frame_header,
)
from torq_conformance.reference.registry import VALUE_SIZE_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torq_conformance.reference.registry import Registry


def decode(data: bytes, registry: Registry) -> dict[str, Any] | None:
    """Return the message value, None if data has a fault."""
    if not header.HEADER_SIZE <= len(data) <= header.MESSAGE_SIZE_MAX:
        return None
    magic, relay_domain, version, source, flags, sequence, timestamp, payload_size, checksum = (
        header.HEADER.unpack_from(data)
    )
    if (
        magic != header.MAGIC
        or relay_domain not in header.RELAY_DOMAINS
        or version not in header.VERSIONS
        or source not in header.SOURCES
        or header.HEADER_SIZE + payload_size != len(data)
        or checksum != crc32(data[header.HEADER_SIZE :], crc32(data[: header.CHECKSUM_OFFSET]))
    ):
        return None
    tlvs = _decode_tlvs(data, relay_domain, registry)
    if tlvs is None:
        return None
    fields = {
        "relay_domain": relay_domain,
        "version": version,
        "source": source,
        "flags": flags,
        "sequence": sequence,
        "timestamp": timestamp,
    }
    return {"header": fields, "tlvs": tlvs}


def _decode_tlvs(data: bytes, relay_domain: int, registry: Registry) -> list[dict[str, Any]] | None:
    """Return the TLVs that fill data behind the header, None if one has a fault."""
    tlvs: list[dict[str, Any]] = []
    offset = header.HEADER_SIZE
    while offset < len(data):
        number = data[offset]
        if number != EXTENDED:
            start = offset + STANDARD_HEADER_SIZE
            if start > len(data):
                return None
            end = start + data[offset + 1]
        else:
            start = offset + EXTENDED_HEADER_SIZE
            if start > len(data) or data[offset + 1] != 0:
                return None
            number = data[offset + 2]
            end = start + (data[offset + 3] | data[offset + 4] << 8)
        tlv_type = registry.get(number)
        if (
            tlv_type is None
            or end > len(data)
            or relay_domain not in tlv_type.domains
            or not tlv_type.size_min <= end - start <= tlv_type.size_max
        ):
            return None
        value: dict[str, Any] | bytes | None = data[start:end]
        if tlv_type.layout is not None:
            value = tlv_type.layout.codec.read(data, start)
            if value is None:
                return None
        tlvs.append({"type": number, "value": value})
        offset = end
    return tlvs


def encode(message: Mapping[str, Any], registry: Registry) -> bytes | None:
    """Return the bytes of a message value, None if it has a fault."""
    relay_domain, version, source, flags, sequence, timestamp = header.take_fields(
        message["header"]
    )
    if (
        relay_domain not in header.RELAY_DOMAINS
        or version not in header.VERSIONS
        or source not in header.SOURCES
    ):
        return None
    payload = _encode_tlvs(message["tlvs"], relay_domain, registry)
    if payload is None or header.HEADER_SIZE + len(payload) > header.MESSAGE_SIZE_MAX:
        return None
    try:
        head = header.HEADER_WITHOUT_CHECKSUM.pack(
            header.MAGIC,
            relay_domain,
            version,
            source,
            flags,
            sequence,
            timestamp,
            len(payload),
        )
    except struct.error:
        return None
    return head + crc32(payload, crc32(head)).to_bytes(4, "little") + payload


def _encode_tlvs(
    tlvs: Sequence[Mapping[str, Any]], relay_domain: int, registry: Registry
) -> bytes | None:
    """Return the payload that the TLVs make, None if one has a fault."""
    pieces: list[bytes] = []
    for tlv in tlvs:
        tlv_type = registry.get(tlv["type"])
        if tlv_type is None or relay_domain not in tlv_type.domains:
            return None
        value: bytes | None = tlv["value"]
        if tlv_type.layout is not None:
            value = tlv_type.layout.codec.write(tlv["value"])
        if value is None:
            return None
        size = len(value)
        if size > VALUE_SIZE_MAX or not tlv_type.size_min <= size <= tlv_type.size_max:
            return None
        pieces.append(tlv_type.frame or write_frame_header(tlv_type.number, size))
        pieces.append(value)
    return b"".join(pieces)
