"""Every fault of a byte string that is to be decoded, and of a value that is to be encoded.

Contract: `decode_faults(data) == []` exactly when the codec decodes data, and the same for encode.
The codec refuses with the first fault of these lists. What section 6 leaves open when several
faults meet is decided here, next to the rule it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torq_conformance.reference import header
from torq_conformance.reference.framing import Frame, count_complete_frames, walk_frames
from torq_conformance.reference.layout_faults import find_content_faults
from torq_conformance.reference.registry import default_registry, find_domain_faults
from torq_conformance.reference.value_faults import find_message_faults
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torq_conformance.reference.registry import Registry


def decode_faults(data: bytes, registry: Registry | None = None) -> list[Rejected]:
    """Return every fault of a byte string, in the order in which they are found.

    The registry is that of section 4 unless another one, with vendor layouts, is given.
    """
    return list(find_decode_faults(bytes(data), registry or default_registry()))


def encode_faults(message: Mapping[str, Any], registry: Registry | None = None) -> list[Rejected]:
    """Return every fault of a message value, in the order in which they are found."""
    return list(find_message_faults(message, registry or default_registry()))


def find_decode_faults(data: bytes, registry: Registry) -> Iterator[Rejected]:
    """Yield the faults of a byte string: of its header, its size, its checksum, its TLVs."""
    yield from _find_header_faults(data)
    if len(data) < header.HEADER_SIZE:
        yield Rejected("MessageTooSmall", need=header.HEADER_SIZE, got=len(data))
        return
    payload_size = int.from_bytes(data[24:28], "little")
    message_size = header.HEADER_SIZE + payload_size
    # Section 2: "Buffer shorter than 32, or than 32 + payload_size: MessageTooSmall. Bytes after
    # the payload: ParseError at the first of them."
    if len(data) < message_size:
        yield Rejected("MessageTooSmall", need=message_size, got=len(data))
    # "Where at least 32 bytes are there and the checksum over what is there is wrong,
    # ChecksumMismatch is a right answer too": the length comes first here.
    if len(data) == message_size:
        yield from _find_checksum_faults(data, payload_size)
    if len(data) > message_size:
        yield Rejected("ParseError", offset=message_size, context="bytes after the payload")
    if len(data) != message_size:
        yield from _find_checksum_faults(data, payload_size)
    yield from _find_payload_faults(data, payload_size, registry)


def _find_header_faults(data: bytes) -> Iterator[Rejected]:
    """Yield the faults of the header fields that are there, also when the header is cut."""
    magic = int.from_bytes(data[:4], "little")
    if len(data) >= 4 and magic != header.MAGIC:
        yield Rejected("InvalidMagic", expected=header.MAGIC, actual=magic)
    if len(data) >= 5 and data[4] not in header.RELAY_DOMAINS:
        yield Rejected("InvalidRelayDomain", relay_domain=data[4])
    if len(data) >= 6 and data[5] not in header.VERSIONS:
        yield Rejected("UnsupportedVersion", version=data[5])
    if len(data) >= 7 and data[6] not in header.SOURCES:
        yield Rejected("UnknownSource", source=data[6])
    # Section 2: "longer is MessageTooLarge, decided from the header before anything is allocated".
    message_size = header.HEADER_SIZE + int.from_bytes(data[24:28], "little")
    if len(data) >= 28 and message_size > header.MESSAGE_SIZE_MAX:
        yield Rejected("MessageTooLarge", size=message_size, limit=header.MESSAGE_SIZE_MAX)


def _find_checksum_faults(data: bytes, payload_size: int) -> Iterator[Rejected]:
    """Yield ChecksumMismatch if the checksum over what is there is wrong."""
    payload = data[header.HEADER_SIZE :]
    calculated = header.calculate_checksum(data[: header.CHECKSUM_OFFSET], payload)
    stated = int.from_bytes(data[header.CHECKSUM_OFFSET : header.HEADER_SIZE], "little")
    if calculated != stated:
        yield Rejected(
            "ChecksumMismatch",
            expected=calculated,
            actual=stated,
            message_size=payload_size,
            tlv_count=count_complete_frames(payload[:payload_size]),
        )


def _find_payload_faults(data: bytes, payload_size: int, registry: Registry) -> Iterator[Rejected]:
    """Yield the faults of the TLVs, as far as the bytes of the payload are there.

    The bytes that a message cut short lacks are MessageTooSmall and nothing else: a TLV is
    truncated only if it runs past payload_size, whatever the bytes there are.
    """
    payload = data[header.HEADER_SIZE : header.HEADER_SIZE + payload_size]
    relay_domain = data[4]
    for frame in walk_frames(payload):
        # What is there of a cut TLV header is judged too, like the fields of a cut message header.
        yield from _find_frame_faults(frame, relay_domain, registry)
        is_cut = frame.length is None
        if is_cut and len(payload) < payload_size:
            return
        # Section 3: "Fewer bytes than the TLV header or its length asks for: TruncatedTLV."
        if is_cut or frame.end > payload_size:
            yield Rejected(
                "TruncatedTLV",
                buffer_size=payload_size,
                required_bytes=frame.end,
                tlv_type=frame.tlv_type or 0,
                offset=frame.offset,
            )
        elif frame.end <= len(payload):
            yield from _find_tlv_content_faults(frame, data, registry)


def _find_frame_faults(frame: Frame, relay_domain: int, registry: Registry) -> Iterator[Rejected]:
    """Yield the faults of a TLV header, of a cut one as far as it is there."""
    # Section 3: "The second byte of extended other than 0: InvalidExtendedTLV."
    if frame.reserved:
        yield Rejected("InvalidExtendedTLV", offset=frame.offset, reserved=frame.reserved)
    if frame.tlv_type is None:
        return
    tlv_type = registry.get(frame.tlv_type)
    # Section 3: "Type 0, 255 inside extended, and every number not in section 4: InvalidTLVType."
    if tlv_type is None:
        yield Rejected("InvalidTLVType", tlv_type=frame.tlv_type, offset=frame.offset)
    yield from find_domain_faults(frame.tlv_type, relay_domain, frame.offset)
    if tlv_type is not None and frame.length is not None:
        yield from tlv_type.find_size_faults(frame.length, frame.offset)


def _find_tlv_content_faults(frame: Frame, data: bytes, registry: Registry) -> Iterator[Rejected]:
    """Yield the faults in a complete value, of the right size, whose type has a layout."""
    tlv_type = registry.get(frame.tlv_type or 0)
    if tlv_type and tlv_type.layout and frame.length == tlv_type.size_max:
        start = header.HEADER_SIZE + frame.value_offset
        yield from find_content_faults(tlv_type.layout.fields, data, start)
