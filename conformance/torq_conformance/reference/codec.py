"""The reference implementation: turns message values into bytes and back, and answers section 7-9.

Contract: a call keeps no state, so calls may come from several threads at once. A good message
takes the fast path here; the moment anything is off the call starts over in `faults.py` and raises
the first fault found there, so every rule of refusal is written down once, in words, there.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NoReturn

from torq_conformance.reference import header, instrument_id, throughput, validation
from torq_conformance.reference.faults import find_decode_faults
from torq_conformance.reference.framing import (
    EXTENDED,
    EXTENDED_HEADER_SIZE,
    STANDARD_HEADER_SIZE,
    write_frame_header,
)
from torq_conformance.reference.registry import VALUE_SIZE_MAX, build_registry, default_registry
from torq_conformance.reference.value_faults import find_message_faults
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torq_conformance.reference.registry import Registry, VendorLayouts


class Reference:
    """An implementation of every capability, written from the protocol page by hand.

    `vendor_layouts` teaches it the layout of vendor types, by number: a name and the text of the
    layout in the notation of section 5. A vendor type it was not taught carries bytes.
    """

    name = "reference"
    version = "1"
    language = "Python"
    capabilities = frozenset(
        {
            "buffers",
            "decode",
            "encode",
            "error_context",
            "instrument_id",
            "strict_padding",
            "threads",
            "throughput",
            "validate",
        }
    )

    def __init__(self, *, vendor_layouts: VendorLayouts | None = None) -> None:
        self.registry: Registry = (
            build_registry(vendor_layouts) if vendor_layouts else default_registry()
        )

    def decode(self, data: bytes) -> dict[str, Any]:
        """Return the message value of a byte string; raise Rejected with its first fault."""
        data = bytes(data)
        message = _decode(data, self.registry)
        if message is None:
            _refuse(find_decode_faults(data, self.registry))
        return message

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Return the bytes of a message value; raise Rejected with its first fault."""
        data = _encode(message, self.registry)
        if data is None:
            _refuse(find_message_faults(message, self.registry))
        return data

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        """Write the bytes of a message value at the start of a buffer; return how many."""
        data = self.encode(message)
        if len(buffer) < len(data):
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        """Return the paths of the fields that break a rule of section 8, see `validation.py`."""
        return validation.find_violations(message)

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        """Return the result of an operation of section 7; raise Rejected for its arguments."""
        return instrument_id.OPERATIONS[operation](**arguments)

    def throughput(self, workload: str, count: int) -> dict[str, int]:
        """Return operations, elapsed_ns and digest of count operations, see `throughput.py`."""
        return throughput.measure(self, workload, count)

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        """Return for each byte string what encoding its decoded value gives, or its refusal."""
        # A subclass that decodes or encodes otherwise is to be seen here, too.
        if type(self) is Reference:
            from torq_conformance.reference import batches

            roundtripped = batches.roundtrip(messages, self.registry)
            if roundtripped is not None:
                return [*roundtripped]
        return [self._roundtrip(data) for data in messages]

    def _roundtrip(self, data: bytes) -> bytes | Rejected:
        try:
            return self.encode(self.decode(data))
        except Rejected as rejected:
            return rejected


def _refuse(faults: Iterator[Rejected]) -> NoReturn:
    for fault in faults:
        raise fault
    # Only a value of the wrong Python type gets here, or the two readings of a rule differ.
    raise TypeError("refused, and no fault found: the value has a field of the wrong Python type")


def _decode(data: bytes, registry: Registry) -> dict[str, Any] | None:
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
        or checksum
        != header.calculate_checksum(data[: header.CHECKSUM_OFFSET], data[header.HEADER_SIZE :])
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
            or (tlv_type.domain is not None and tlv_type.domain != relay_domain)
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


def _encode(message: Mapping[str, Any], registry: Registry) -> bytes | None:
    """Return the bytes of a message value, None if it has a fault."""
    fields = message["header"]
    relay_domain = fields["relay_domain"]
    if (
        relay_domain not in header.RELAY_DOMAINS
        or fields["version"] not in header.VERSIONS
        or fields["source"] not in header.SOURCES
    ):
        return None
    payload = _encode_tlvs(message["tlvs"], relay_domain, registry)
    if payload is None or header.HEADER_SIZE + len(payload) > header.MESSAGE_SIZE_MAX:
        return None
    try:
        head = header.HEADER_WITHOUT_CHECKSUM.pack(
            header.MAGIC,
            relay_domain,
            fields["version"],
            fields["source"],
            fields["flags"],
            fields["sequence"],
            fields["timestamp"],
            len(payload),
        )
    except struct.error:
        return None
    return head + header.calculate_checksum(head, payload).to_bytes(4, "little") + payload


def _encode_tlvs(
    tlvs: Sequence[Mapping[str, Any]], relay_domain: int, registry: Registry
) -> bytes | None:
    """Return the payload that the TLVs make, None if one has a fault."""
    pieces: list[bytes] = []
    for tlv in tlvs:
        tlv_type = registry.get(tlv["type"])
        if tlv_type is None or (tlv_type.domain is not None and tlv_type.domain != relay_domain):
            return None
        value: bytes | None = tlv["value"]
        if tlv_type.layout is not None:
            value = tlv_type.layout.codec.write(tlv["value"])
        if value is None or len(value) > VALUE_SIZE_MAX:
            return None
        if not tlv_type.size_min <= len(value) <= tlv_type.size_max:
            return None
        pieces.append(write_frame_header(tlv_type.number, len(value)))
        pieces.append(value)
    return b"".join(pieces)
