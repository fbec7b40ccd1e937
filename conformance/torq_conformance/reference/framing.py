"""Section 3: how a payload is cut into TLVs, by their headers and lengths alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTENDED = 255
"""Section 3: "Extended: 255, 0, type u8 (1..254), length u16, value"."""

STANDARD_HEADER_SIZE = 2
EXTENDED_HEADER_SIZE = 5

STANDARD_LENGTH_MAX = 255
"""Section 3: "Encoders MUST use standard up to 255 bytes of value and extended above"."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One TLV by its header; offsets count from the payload's first byte.

    What the bytes there do not say is None: the reserved byte (of a standard header always), the
    type, the length. A header whose length is not there is cut.
    """

    offset: int
    header_size: int
    reserved: int | None
    tlv_type: int | None
    length: int | None

    @property
    def value_offset(self) -> int:
        """Where the value starts."""
        return self.offset + self.header_size

    @property
    def end(self) -> int:
        """Where the TLV ends, or its header if that is cut."""
        return self.value_offset + (self.length or 0)


def walk_frames(payload: bytes) -> Iterator[Frame]:
    """Yield the TLVs of a payload; the last one may be cut or run past the payload's end."""
    offset = 0
    while offset < len(payload):
        frame = read_frame(payload, offset)
        yield frame
        if frame.length is None:
            return
        offset = frame.end


def count_complete_frames(payload: bytes) -> int:
    """Return the number of complete TLVs from the start, "by lengths alone" (section 6)."""
    frames = walk_frames(payload)
    return sum(frame.length is not None and frame.end <= len(payload) for frame in frames)


def read_frame(payload: bytes, offset: int) -> Frame:
    """Return what the TLV header at offset, of which one byte at least is there, says."""
    if payload[offset] != EXTENDED:
        header = payload[offset : offset + STANDARD_HEADER_SIZE]
        length = header[1] if len(header) == STANDARD_HEADER_SIZE else None
        return Frame(offset, STANDARD_HEADER_SIZE, None, header[0], length)
    header = payload[offset : offset + EXTENDED_HEADER_SIZE]
    return Frame(
        offset,
        EXTENDED_HEADER_SIZE,
        reserved=header[1] if len(header) > 1 else None,
        tlv_type=header[2] if len(header) > 2 else None,
        length=header[3] | header[4] << 8 if len(header) == EXTENDED_HEADER_SIZE else None,
    )


def write_frame_header(tlv_type: int, length: int) -> bytes:
    """Return the TLV header in front of a value of length bytes, 65,535 at most."""
    if length <= STANDARD_LENGTH_MAX:
        return bytes((tlv_type, length))
    return bytes((EXTENDED, 0, tlv_type, length & 0xFF, length >> 8))


def measure_frame(length: int) -> int:
    """Return the bytes that a TLV with a value of length bytes takes, header included."""
    if length <= STANDARD_LENGTH_MAX:
        return STANDARD_HEADER_SIZE + length
    return EXTENDED_HEADER_SIZE + length
