"""Faults in the 32-byte header and in where a message ends (section 2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from torq_conformance.model import derived_codec
from torq_conformance.mutants import edits
from torq_conformance.mutants.edits import HEADER_SIZE, MAGIC, put
from torq_conformance.mutants.seeding import Mutant, RefusalMutant, mutant
from torq_conformance.reference.header import MESSAGE_SIZE_MAX, SOURCES
from torq_conformance.rejection import Rejected


class _HeaderMutant(Mutant):
    """Its fault lies in header fields: `read` and `write` change them in place."""

    def read(self, fields: dict[str, int]) -> None:
        """Change what decoding gives."""

    def write(self, fields: dict[str, int]) -> None:
        """Change what is encoded."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        self.read(message["header"])
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        fields = dict(message["header"])
        self.write(fields)
        return super().encode({**message, "header": fields})


class _UncheckedMutant(Mutant):
    """Takes wrong numbers for the one-byte header field at ``offset`` when it decodes."""

    offset: int
    field: str

    def takes(self, number: int) -> bool:
        """Whether a wrong number is taken; 1, which is always right, stands in for it."""
        return True

    def decode(self, data: bytes) -> Any:
        if len(data) < HEADER_SIZE or not self.takes(data[self.offset]):
            return super().decode(data)
        message = super().decode(put(data, self.offset, b"\1"))
        message["header"][self.field] = data[self.offset]
        return message


@mutant("H01", "HDR-MAGIC")
class MagicUnchecked(Mutant):
    """The magic is not checked."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 0, MAGIC))


@mutant("H01b", "HDR-MAGIC")
class MagicHalfChecked(Mutant):
    """Only the low half of the magic is compared."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 2, MAGIC[2:]))


@mutant("H02", "HDR-MAGIC")
class MagicSwapped(Mutant):
    """The magic is big-endian in both directions."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 0, data[:4][::-1]))

    def encode(self, message: Mapping[str, Any]) -> Any:
        return put(super().encode(message), 0, MAGIC[::-1])


@mutant("H02b", "HDR-MAGIC")
class MagicEitherWay(Mutant):
    """A byte-swapped magic is taken as well."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 0, MAGIC) if data[:4] == MAGIC[::-1] else data)


@mutant("H03", "HDR-DOMAIN")
class DomainUnchecked(_UncheckedMutant):
    """A decoder takes any relay_domain."""

    offset, field = 4, "relay_domain"

    def takes(self, number: int) -> bool:
        return number not in range(1, 5)


@mutant("H03b", "HDR-DOMAIN")
class DomainFiveTaken(DomainUnchecked):
    """relay_domain 5 is taken: the range is off by one."""

    def takes(self, number: int) -> bool:
        return number == 5


@mutant("H03c", "HDR-DOMAIN")
class DomainZeroTaken(DomainUnchecked):
    """relay_domain 0 is taken as unspecified."""

    def takes(self, number: int) -> bool:
        return number == 0


@mutant("H03d", "HDR-DOMAIN")
class DomainsFromZero(Mutant):
    """The domains are numbered from 0, in both directions."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 4, bytes([(data[4] + 1) % 256]) if len(data) > 4 else b""))

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return put(data, 4, bytes([data[4] - 1]))


@mutant("H03e", "HDR-DOMAIN")
class DomainsSwapped(_HeaderMutant):
    """Signal and Execution have each other's number when decoded."""

    def read(self, fields: dict[str, int]) -> None:
        fields["relay_domain"] = {2: 3, 3: 2}.get(fields["relay_domain"], fields["relay_domain"])


@mutant("H03f", "HDR-DOMAIN")
class DomainWritten(_HeaderMutant):
    """An encoder takes any relay_domain and writes 1 for one that there is not."""

    def write(self, fields: dict[str, int]) -> None:
        if fields["relay_domain"] not in range(1, 5):
            fields["relay_domain"] = 1


@mutant("H04", "HDR-VERSION")
class VersionUnchecked(_UncheckedMutant):
    """A decoder takes any version."""

    offset, field = 5, "version"


@mutant("H04b", "HDR-VERSION")
class VersionZeroTaken(VersionUnchecked):
    """Version 0 is taken: older is thought to be compatible."""

    def takes(self, number: int) -> bool:
        return number == 0


@mutant("H04c", "HDR-VERSION")
class VersionTwoTaken(VersionUnchecked):
    """Version 2 is taken."""

    def takes(self, number: int) -> bool:
        return number == 2


@mutant("H04d", "HDR-VERSION")
class VersionMasked(VersionUnchecked):
    """Only the low seven bits of the version are looked at."""

    def takes(self, number: int) -> bool:
        return number == 129


@mutant("H04e", "HDR-VERSION")
class VersionWritten(_HeaderMutant):
    """An encoder writes version 1 whatever it is asked for."""

    def write(self, fields: dict[str, int]) -> None:
        fields["version"] = 1


@mutant("H05", "HDR-SOURCE")
class SourceUnchecked(_UncheckedMutant):
    """A decoder takes any source."""

    offset, field = 6, "source"

    def takes(self, number: int) -> bool:
        return number not in SOURCES


@mutant("H05b", "HDR-SOURCE")
class SourceInRangeTaken(SourceUnchecked):
    """Source 43 is taken: the range of the execution services is off by one."""

    def takes(self, number: int) -> bool:
        return number == 43


@mutant("H05c", "HDR-SOURCE")
class SourceRefused(Mutant):
    """The newest source, 82 ExecutionRelay, is not known when decoding."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and data[6] == 82:
            raise Rejected("UnknownSource", source=82)
        return super().decode(data)


@mutant("H05d", "HDR-SOURCE")
class SourceWritten(_HeaderMutant):
    """An encoder takes any source of one byte and writes 1 for one that there is not."""

    def write(self, fields: dict[str, int]) -> None:
        if fields["source"] not in SOURCES and fields["source"] in range(256):
            fields["source"] = 1


@mutant("H05e", "HDR-SOURCE", "HDR-EMPTY")
class SourceTiedToDomain(Mutant):
    """Dashboard messages are refused in the Execution domain."""

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data) and (data[4], data[6]) == (3, 60):
            raise Rejected("UnknownSource", source=60)
        return super().decode(data)


@mutant("H06", "HDR-FLAGS", "HDR-SOURCE")
class SourceAndFlagsSwapped(Mutant):
    """source and flags lie in each other's place when encoded."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return put(data, 6, data[6:8][::-1])


@mutant("H07", "HDR-FLAGS")
class FlagsCleared(_HeaderMutant):
    """Flag bits without a meaning are cleared on encode."""

    def write(self, fields: dict[str, int]) -> None:
        if fields["flags"] in range(256):
            fields["flags"] &= 0x0F


@mutant("H07b", "HDR-FLAGS")
class FlagBitRefused(Mutant):
    """A message with flag bit 7 is refused."""

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data) and data[7] & 0x80:
            raise Rejected("ParseError", offset=7, context="unknown flag")
        return super().decode(data)


@mutant("H07c", "HDR-FLAGS")
class FlagsAllSetAsNone(_HeaderMutant):
    """flags 0xFF are read as none."""

    def read(self, fields: dict[str, int]) -> None:
        fields["flags"] %= 255


@mutant("H07d", "HDR-FLAGS")
class FlagSetOnBuild(_HeaderMutant):
    """An encoder sets flag bit 0 by itself when there are none."""

    def write(self, fields: dict[str, int]) -> None:
        fields["flags"] = fields["flags"] or 1


@mutant("H10", "MSG-TOO-LARGE", "MSG-TOO-SMALL", "ERR-NO-CRASH")
class AllocatesUnchecked(Mutant):
    """Room for payload_size bytes is made before anything is checked."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE:
            bytearray(edits.end_of(data))
        return super().decode(data)


@mutant("H11", "MSG-TOO-LARGE")
class SizeWraps(Mutant):
    """32 + payload_size is calculated in 32 bits, so that the largest sizes look empty."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and edits.end_of(data) >= 1 << 32:
            data = edits.seal(data[:24] + bytes(4) + data[28:HEADER_SIZE])
        return super().decode(data)


@mutant("H11b", "MSG-TOO-LARGE")
class SizeSigned(Mutant):
    """payload_size is signed: one above 2^31 is thought to be no payload."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and data[27] & 0x80:
            data = edits.seal(data[:24] + bytes(4) + data[28:HEADER_SIZE])
        return super().decode(data)


@mutant("H12", "MSG-TOO-LARGE")
class LimitWithoutHeader(Mutant):
    """The limit is applied to the payload alone, so that messages may be 32 bytes longer."""

    def decode(self, data: bytes) -> Any:
        if MESSAGE_SIZE_MAX < len(data) <= MESSAGE_SIZE_MAX + 32 and edits.is_whole(data):
            return derived_codec.decode_message(data)
        return super().decode(data)

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            if rejected.context.get("size") not in range(MESSAGE_SIZE_MAX, MESSAGE_SIZE_MAX + 33):
                raise
            return derived_codec.encode_message(message)


@mutant("H12b", "MSG-TOO-LARGE")
class LimitExclusive(Mutant):
    """A message of exactly 1,048,576 bytes is refused."""

    def decode(self, data: bytes) -> Any:
        if len(data) == MESSAGE_SIZE_MAX:
            raise Rejected("MessageTooLarge", size=len(data), limit=MESSAGE_SIZE_MAX)
        return super().decode(data)


@mutant("H12c", "MSG-TOO-LARGE")
class LimitExclusiveOnEncode(Mutant):
    """An encoder refuses a message of exactly 1,048,576 bytes."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        if len(data) == MESSAGE_SIZE_MAX:
            raise Rejected("MessageTooLarge", size=len(data), limit=MESSAGE_SIZE_MAX)
        return data


@mutant("H12d", "MSG-TOO-LARGE")
class LimitNotOnEncode(Mutant):
    """An encoder knows no limit of a message."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            if rejected.kind != "MessageTooLarge":
                raise
            return derived_codec.encode_message(message)


@mutant("H12e", "MSG-TOO-LARGE", "HDR-PAYLOAD-SIZE")
class LimitOfRelay(Mutant):
    """A decoder has the limit of the market data relay, 65,536 bytes."""

    def decode(self, data: bytes) -> Any:
        if len(data) > 65_536:
            raise Rejected("MessageTooLarge", size=len(data), limit=65_536)
        return super().decode(data)


@mutant("H13", "HDR-PAYLOAD-SIZE")
class PayloadSizeTruncated(Mutant):
    """An encoder writes the low 16 bits of payload_size only."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return put(super().encode(message), 26, bytes(2))


@mutant("H13b", "HDR-PAYLOAD-SIZE")
class PayloadSizeCountsHeader(Mutant):
    """An encoder counts the header in payload_size."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return edits.seal(data[:24] + len(data).to_bytes(4, "little") + data[28:])


@mutant("H13c", "HDR-PAYLOAD-SIZE")
class PayloadSizeBigEndian(Mutant):
    """An encoder writes payload_size big-endian."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return put(data, 24, data[24:28][::-1])


@mutant("H13d", "HDR-PAYLOAD-SIZE")
class PayloadSizeRead16Bits(Mutant):
    """A decoder reads 16 bits of payload_size and so finds long messages trailed by bytes."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data) and len(data) >= 65_536 + HEADER_SIZE:
            raise Rejected("ParseError", offset=32 + (len(data) - 32) % 65_536, context="trailing")
        return super().decode(data)


@mutant("H13e", "HDR-PAYLOAD-SIZE", "CHK-VALUE")
class PayloadSizeBehindChecksum(Mutant):
    """An encoder writes checksum and payload_size in each other's place."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return data[:24] + data[28:32] + data[24:28] + data[32:]


@mutant("H14", "MSG-TOO-SMALL", "ERR-NO-CRASH")
class ShortBufferRaises(Mutant):
    """A buffer shorter than a header gives a struct.error."""

    def decode(self, data: bytes) -> Any:
        struct.unpack_from("<32s", data)
        return super().decode(data)


@mutant("H14b", "MSG-TOO-SMALL", "ERR-NO-CRASH")
class NoBytesRaise(Mutant):
    """No bytes at all give an IndexError."""

    def decode(self, data: bytes) -> Any:
        return super().decode(bytes([data[0]]) + data[1:])


@mutant("H14c", "MSG-TOO-SMALL")
class OneByteShortTaken(Mutant):
    """A message that lacks its last byte is taken as if a zero followed."""

    def decode(self, data: bytes) -> Any:
        if len(data) > HEADER_SIZE and len(data) + 1 == edits.end_of(data):
            data = edits.seal(data + b"\0")
        return super().decode(data)


@mutant("H14d", "MSG-TOO-SMALL")
class HeaderOf31(Mutant):
    """A header of 31 bytes is filled up with a zero."""

    def decode(self, data: bytes) -> Any:
        return super().decode(edits.seal(data + b"\0") if len(data) == 31 else data)


@mutant("H14e", "MSG-TOO-SMALL")
class TooSmallIsTruncatedTlv(RefusalMutant):
    """A message that ends too early is refused as a truncated TLV."""

    kind = "MessageTooSmall"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("TruncatedTLV", buffer_size=0, required_bytes=0, tlv_type=0, offset=0)


@mutant("H15", "HDR-LAYOUT")
class SequenceNarrowed(_HeaderMutant):
    """sequence is read as 32 bits."""

    def read(self, fields: dict[str, int]) -> None:
        fields["sequence"] &= 0xFFFF_FFFF


@mutant("H15b", "HDR-LAYOUT")
class SequenceSigned(_HeaderMutant):
    """sequence is read as signed."""

    def read(self, fields: dict[str, int]) -> None:
        fields["sequence"] -= (fields["sequence"] >> 63) << 64


@mutant("H15c", "HDR-LAYOUT")
class SequenceOf63BitsRefused(Mutant):
    """An encoder refuses sequence 2^63 and nothing else."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        if message["header"]["sequence"] == 1 << 63:
            raise Rejected("ValueOutOfRange", field="sequence", value=1 << 63)
        return super().encode(message)


@mutant("H15d", "HDR-LAYOUT")
class SequenceZeroRefused(Mutant):
    """A decoder takes sequence 0 for a missing one."""

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data) and not any(data[8:16]):
            raise Rejected("ParseError", offset=8, context="no sequence")
        return super().decode(data)


@mutant("H16", "HDR-LAYOUT")
class TimestampThroughDouble(_HeaderMutant):
    """timestamp goes through a double and is rounded above 2^53."""

    def read(self, fields: dict[str, int]) -> None:
        fields["timestamp"] = int(float(fields["timestamp"]))


@mutant("H16b", "HDR-LAYOUT")
class TimestampInMilliseconds(_HeaderMutant):
    """timestamp is carried in milliseconds, in both directions."""

    def read(self, fields: dict[str, int]) -> None:
        fields["timestamp"] = fields["timestamp"] * 1_000_000 % (1 << 64)

    def write(self, fields: dict[str, int]) -> None:
        fields["timestamp"] //= 1_000_000


@mutant("H16c", "HDR-LAYOUT")
class TimestampInSeconds(_HeaderMutant):
    """timestamp loses what is below a microsecond, as in a datetime."""

    def read(self, fields: dict[str, int]) -> None:
        fields["timestamp"] -= fields["timestamp"] % 1000


@mutant("H17", "HDR-LAYOUT")
class SequenceAndTimestampSwapped(Mutant):
    """sequence and timestamp are written in each other's place, as a struct once declared them."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return put(data, 8, data[16:24] + data[8:16])


@mutant("H17b", "HDR-LAYOUT")
class SequenceBigEndian(Mutant):
    """sequence is written big-endian."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return put(data, 8, data[8:16][::-1])


@mutant("H17c", "HDR-LAYOUT")
class TimestampBigEndian(Mutant):
    """timestamp is read big-endian."""

    def decode(self, data: bytes) -> Any:
        return super().decode(put(data, 16, data[16:24][::-1]))


@mutant("H18", "HDR-EMPTY")
class BareHeaderRefused(Mutant):
    """A message without a payload is refused."""

    def decode(self, data: bytes) -> Any:
        if len(data) == HEADER_SIZE and edits.is_whole(data):
            raise Rejected("MessageTooSmall", need=HEADER_SIZE + 2, got=HEADER_SIZE)
        return super().decode(data)


@mutant("H18b", "HDR-EMPTY")
class BareHeaderNotBuilt(Mutant):
    """An encoder refuses a message without TLVs."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        if not message["tlvs"]:
            raise Rejected("MessageTooSmall", need=HEADER_SIZE + 2, got=HEADER_SIZE)
        return data


@mutant("H19", "MSG-TRAILING")
class TrailingIgnored(Mutant):
    """Bytes behind the message are ignored."""

    def decode(self, data: bytes) -> Any:
        return super().decode(data[: edits.end_of(data)] if len(data) >= HEADER_SIZE else data)


@mutant("H19b", "MSG-TRAILING")
class TrailingZerosIgnored(Mutant):
    """Zeros behind the message are ignored as padding."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and not any(data[edits.end_of(data) :]):
            data = data[: edits.end_of(data)]
        return super().decode(data)


@mutant("H19c", "MSG-TRAILING")
class SecondMessageIgnored(Mutant):
    """Trailing bytes are ignored when another message's magic starts there."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and data[edits.end_of(data) :][:4] == MAGIC:
            data = data[: edits.end_of(data)]
        return super().decode(data)


@mutant("H19d", "MSG-TRAILING")
class SlotTaken(Mutant):
    """A message that is filled up with zeros to a multiple of 8 is taken."""

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and len(data) % 8 == 0:
            end = edits.end_of(data)
            if len(data) - end < 8 and not any(data[end:]):
                data = data[:end]
        return super().decode(data)


@mutant("H20", "MSG-TRAILING", "MSG-TOO-SMALL", "HDR-PAYLOAD-SIZE")
class PayloadSizeNotRead(Mutant):
    """The payload is all that follows the header, whatever payload_size says."""

    def decode(self, data: bytes) -> Any:
        if HEADER_SIZE <= len(data) <= MESSAGE_SIZE_MAX and edits.end_of(data) != len(data):
            size = (len(data) - HEADER_SIZE).to_bytes(4, "little")
            data = edits.seal(data[:24] + size + data[28:])
        return super().decode(data)


@mutant("H21", "ERR-RANGE")
class FlagsWrap(_HeaderMutant):
    """An encoder takes flags modulo 256."""

    def write(self, fields: dict[str, int]) -> None:
        fields["flags"] %= 256


@mutant("H21b", "ERR-RANGE")
class SequenceWraps(_HeaderMutant):
    """An encoder takes sequence modulo 2^64."""

    def write(self, fields: dict[str, int]) -> None:
        fields["sequence"] %= 1 << 64


@mutant("H21c", "ERR-RANGE")
class TimestampSaturates(_HeaderMutant):
    """An encoder writes the nearest timestamp that fits."""

    def write(self, fields: dict[str, int]) -> None:
        fields["timestamp"] = max(0, min(fields["timestamp"], (1 << 64) - 1))


@mutant("H21d", "HDR-DOMAIN")
class DomainWraps(_HeaderMutant):
    """An encoder takes relay_domain modulo 256."""

    def write(self, fields: dict[str, int]) -> None:
        fields["relay_domain"] %= 256


@mutant("H22", "MSG-TOO-LARGE")
class LimitOfTheExecutionRelay(Mutant):
    """A message of domain Execution may have 16,384 bytes, as its relay has it."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if message["header"]["relay_domain"] == 3 and len(data) > 16_384:
            raise Rejected("MessageTooLarge", size=len(data), limit=16_384)
        return message


@mutant("H23", "MSG-TRAILING")
class LineEndIgnored(Mutant):
    """A line end behind the message is ignored."""

    def decode(self, data: bytes) -> Any:
        return super().decode(data[:-1] if edits.is_sealed(data) and data[-1:] == b"\n" else data)


@mutant("H24", "HDR-MAGIC")
class MagicSearched(Mutant):
    """What is before the first magic is skipped."""

    def decode(self, data: bytes) -> Any:
        start = max(data.find(MAGIC), 0)
        return super().decode(data[start:] if len(data) - start >= HEADER_SIZE else data)


@mutant("H25", "MSG-TOO-LARGE")
class BooksUncounted(Mutant):
    """An encoder counts opaque values alone towards the limit of a message."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as refusal:
            if refusal.kind != "MessageTooLarge" or isinstance(message["tlvs"][0]["value"], bytes):
                raise
        return derived_codec.encode_message(message)


@mutant("H26", "HDR-PAYLOAD-SIZE", "MSG-TOO-LARGE")
class HalfTheLimit(Mutant):
    """A message of exactly 512 KiB is refused, as if its buffer were full."""

    def decode(self, data: bytes) -> Any:
        if len(data) == 1 << 19:
            raise Rejected("MessageTooLarge", size=len(data), limit=len(data))
        return super().decode(data)


class _Sealed(Mutant):
    """Answers otherwise where the checksum is right over what is there."""

    def is_sealed(self, data: bytes) -> bool:
        """Whether the checksum is right over all that is there."""
        return len(data) >= 32 and data[28:32] == derived_codec.seal(data)[28:32]


@mutant("H40", "MSG-TOO-SMALL")
class ShortIsMismatch(_Sealed):
    """A message that is cut is refused as ChecksumMismatch, though its checksum is right."""

    def decode(self, data: bytes) -> Any:
        data = bytes(data)
        if self.is_sealed(data) and len(data) < 32 + int.from_bytes(data[24:28], "little"):
            raise Rejected("ChecksumMismatch", expected=0, actual=0, message_size=0, tlv_count=0)
        return super().decode(data)


@mutant("H40b", "MSG-TOO-SMALL")
class ShortIsTaken(_Sealed):
    """payload_size is not looked at where the checksum over what is there is right."""

    def decode(self, data: bytes) -> Any:
        data = bytes(data)
        if self.is_sealed(data) and len(data) < 32 + int.from_bytes(data[24:28], "little"):
            size = (len(data) - 32).to_bytes(4, "little")
            return super().decode(derived_codec.seal(data[:24] + size + data[28:]))
        return super().decode(data)


@mutant("H41", "MSG-TRAILING")
class LongIsMismatch(_Sealed):
    """Bytes behind a message are refused as ChecksumMismatch, though the checksum covers them."""

    def decode(self, data: bytes) -> Any:
        data = bytes(data)
        if self.is_sealed(data) and len(data) > 32 + int.from_bytes(data[24:28], "little"):
            raise Rejected("ChecksumMismatch", expected=0, actual=0, message_size=0, tlv_count=0)
        return super().decode(data)


@mutant("H41b", "MSG-TRAILING")
class LongIsTaken(_Sealed):
    """payload_size is not looked at where the checksum covers more than it says."""

    def decode(self, data: bytes) -> Any:
        data = bytes(data)
        if self.is_sealed(data) and len(data) > 32 + int.from_bytes(data[24:28], "little"):
            size = (len(data) - 32).to_bytes(4, "little")
            return super().decode(derived_codec.seal(data[:24] + size + data[28:]))
        return super().decode(data)


@mutant("H42", "MSG-TRAILING", "MSG-TOO-LARGE")
class LimitOfTheBuffer(_Sealed):
    """A buffer above the limit of a message is refused as MessageTooLarge, whatever lies in it."""

    def decode(self, data: bytes) -> Any:
        if len(data) > MESSAGE_SIZE_MAX:
            limit = MESSAGE_SIZE_MAX
            raise Rejected("MessageTooLarge", size=len(data), limit=limit)
        return super().decode(data)
