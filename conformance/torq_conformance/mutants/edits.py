"""Changes of messages that keep everything else as right, or as wrong, as it was.

Contract: a checksum that was right is right again after an edit, and one that was wrong is left
alone, so that a mutant which edits its input or output has no second fault. Edits of the payload
leave a message alone that is not sealed or not of the size that its header states.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from torq_conformance.reference import header
from torq_conformance.reference.framing import walk_frames, write_frame_header

HEADER_SIZE = header.HEADER_SIZE
MAGIC = header.MAGIC.to_bytes(4, "little")


class Tlv(NamedTuple):
    """One complete TLV as it is framed."""

    number: int
    value: bytes
    is_extended: bool
    reserved: int = 0

    @property
    def framed(self) -> bytes:
        """Its bytes in the framing in which it came."""
        if self.is_extended:
            return extended(self.number, self.value, self.reserved)
        return bytes((self.number, len(self.value))) + self.value

    @property
    def shortest(self) -> bytes:
        """Its bytes in the shortest framing."""
        return write_frame_header(self.number, len(self.value)) + self.value


def extended(number: int, value: bytes, reserved: int = 0) -> bytes:
    """A TLV in the extended framing."""
    return bytes((255, reserved, number)) + len(value).to_bytes(2, "little") + value


def end_of(data: bytes) -> int:
    """Where the message ends according to its header, which is there."""
    return HEADER_SIZE + int.from_bytes(data[24:28], "little")


def stated_checksum(data: bytes) -> int:
    """The checksum in the header."""
    return int.from_bytes(data[28:32], "little")


def right_checksum(data: bytes) -> int:
    """The checksum that should be in the header."""
    return header.calculate_checksum(data[:28], data[HEADER_SIZE : end_of(data)])


def with_checksum(data: bytes, checksum: int) -> bytes:
    """The message with another checksum."""
    return data[:28] + checksum.to_bytes(4, "little") + data[HEADER_SIZE:]


def seal(data: bytes) -> bytes:
    """The message with the right checksum."""
    return with_checksum(data, right_checksum(data))


def is_sealed(data: bytes) -> bool:
    """Whether a message is all there and its checksum is right; bytes may follow it."""
    if len(data) < HEADER_SIZE or len(data) < end_of(data):
        return False
    return stated_checksum(data) == right_checksum(data)


def is_whole(data: bytes) -> bool:
    """Whether a message is sealed and nothing follows it."""
    return is_sealed(data) and len(data) == end_of(data)


def put(data: bytes, offset: int, piece: bytes) -> bytes:
    """The message with bytes replaced, as many as there are."""
    piece = piece[: max(len(data) - offset, 0)]
    changed = data[:offset] + piece + data[offset + len(piece) :]
    return seal(changed) if is_sealed(data) else changed


def with_payload(data: bytes, payload: bytes) -> bytes:
    """A sealed message around another payload."""
    return seal(data[:24] + len(payload).to_bytes(4, "little") + data[28:32] + payload)


def tlvs_of(data: bytes) -> tuple[list[Tlv], bytes]:
    """The complete TLVs of a message by lengths alone, and what is left behind them."""
    payload = data[HEADER_SIZE:]
    tlvs, end = [], 0
    for frame in walk_frames(payload):
        if frame.length is None or frame.end > len(payload):
            break
        value = payload[frame.value_offset : frame.end]
        is_extended = frame.reserved is not None
        tlvs.append(Tlv(frame.tlv_type or 0, value, is_extended, frame.reserved or 0))
        end = frame.end
    return tlvs, payload[end:]


def rewrapped(data: bytes, rewrap: Callable[[list[Tlv]], Iterable[bytes]]) -> bytes:
    """The message with its complete TLVs framed anew; what is left behind them stays."""
    if not is_whole(data):
        return data
    tlvs, rest = tlvs_of(data)
    return with_payload(data, b"".join(rewrap(tlvs)) + rest)


def with_values(
    data: bytes, numbers: Collection[int], change: Callable[[bytearray], None]
) -> bytes:
    """The message with the values of TLVs of some types changed in place."""

    def rewrap(tlvs: list[Tlv]) -> Iterator[bytes]:
        for tlv in tlvs:
            value = bytearray(tlv.value)
            if tlv.number in numbers:
                change(value)
            yield tlv._replace(value=bytes(value)).framed

    return rewrapped(data, rewrap)
