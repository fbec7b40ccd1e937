"""Faults in what the checksum covers, how it is calculated, and whether it is verified."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from torq_conformance.cases.checksums import crc32c
from torq_conformance.mutants import edits
from torq_conformance.mutants.edits import HEADER_SIZE, with_checksum
from torq_conformance.mutants.seeding import Mutant, RefusalMutant, mutant
from torq_conformance.rejection import Rejected


class _OwnChecksumMutant(Mutant):
    """Calculates another checksum, in both directions; what is wrong for it stays wrong."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        """Return the checksum that it believes in."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and len(data) >= edits.end_of(data):
            own = self.calculate(data[:28], data[HEADER_SIZE : edits.end_of(data)])
            error = own ^ edits.stated_checksum(data)
            data = with_checksum(data, edits.right_checksum(data) ^ error)
        return super().decode(data)

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return with_checksum(data, self.calculate(data[:28], data[HEADER_SIZE:]))


class _UnverifiedMutant(Mutant):
    """Takes some wrong checksums."""

    def is_taken(self, data: bytes) -> bool:
        """Whether the wrong checksum of a whole message is taken."""
        return True

    def decode(self, data: bytes) -> Any:
        if len(data) >= HEADER_SIZE and len(data) >= edits.end_of(data) and self.is_taken(data):
            data = edits.seal(data)
        return super().decode(data)


@mutant("C01", "CHK-VALUE", "CHK-VERIFY")
class HeaderNotCovered(_OwnChecksumMutant):
    """The checksum covers the payload alone."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(payload)


@mutant("C02", "CHK-VALUE", "CHK-VERIFY")
class ChecksumBytesZeroed(_OwnChecksumMutant):
    """The four checksum bytes are covered as zeros instead of left out."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + bytes(4) + payload)


@mutant("C03", "CHK-VALUE", "CHK-VERIFY")
class PayloadFirst(_OwnChecksumMutant):
    """The checksum runs over the payload and then over the header."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(payload + head)


@mutant("C04", "CHK-VALUE", "CHK-VERIFY")
class Castagnoli(_OwnChecksumMutant):
    """The checksum is CRC-32C."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return crc32c(head + payload)


@mutant("C04b", "CHK-VALUE", "CHK-VERIFY")
class Adler(_OwnChecksumMutant):
    """The checksum is Adler-32."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.adler32(head + payload)


@mutant("C04c", "CHK-VALUE", "CHK-VERIFY")
class NotInverted(_OwnChecksumMutant):
    """The last inversion of the CRC is left out (JAMCRC)."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + payload) ^ 0xFFFF_FFFF


@mutant("C04d", "CHK-VALUE", "CHK-VERIFY")
class StartedAtZero(_OwnChecksumMutant):
    """The CRC starts at 0 instead of all ones."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + payload, 0xFFFF_FFFF)


@mutant("C04e", "CHK-VALUE", "CHK-VERIFY")
class PartsCombinedByXor(_OwnChecksumMutant):
    """The checksums of header and payload are combined by exclusive or."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head) ^ zlib.crc32(payload)


@mutant("C04f", "CHK-VALUE", "CHK-VERIFY")
class PiecesCombinedWrongly(_OwnChecksumMutant):
    """Payloads of 3, 5, 7... whole pieces of 64 KiB lose the last piece."""

    is_for_vectors = False

    def calculate(self, head: bytes, payload: bytes) -> int:
        pieces, rest = divmod(len(payload), 64 << 10)
        is_odd = pieces > 2 and pieces % 2 == 1 and not rest
        return zlib.crc32(head + (payload[: -64 << 10] if is_odd else payload))


@mutant("C05", "CHK-VERIFY")
class ChecksumUnverified(_UnverifiedMutant):
    """The checksum is not verified."""


@mutant("C05b", "CHK-VERIFY")
class ZeroTaken(_UnverifiedMutant):
    """A checksum of 0 is taken as not set."""

    def is_taken(self, data: bytes) -> bool:
        return edits.stated_checksum(data) == 0


@mutant("C05c", "CHK-VERIFY")
class AllOnesTaken(_UnverifiedMutant):
    """A checksum of 0xFFFFFFFF is taken as not set."""

    def is_taken(self, data: bytes) -> bool:
        return edits.stated_checksum(data) == 0xFFFF_FFFF


@mutant("C05d", "CHK-VERIFY")
class BareHeaderUnverified(_UnverifiedMutant):
    """The checksum of a message without a payload is not verified."""

    def is_taken(self, data: bytes) -> bool:
        return edits.end_of(data) == HEADER_SIZE


@mutant("C05e", "CHK-VERIFY")
class MarketDataUnverified(_UnverifiedMutant):
    """The checksum is not verified in the MarketData domain, as in the relay."""

    def is_taken(self, data: bytes) -> bool:
        return data[4] == 1


@mutant("C05f", "CHK-VERIFY")
class ExecutionUnverified(_UnverifiedMutant):
    """The checksum is not verified in the Execution domain."""

    def is_taken(self, data: bytes) -> bool:
        return data[4] == 3


@mutant("C05g", "CHK-VERIFY")
class LowHalfCompared(_UnverifiedMutant):
    """Only the low 16 bits of the checksum are compared."""

    def is_taken(self, data: bytes) -> bool:
        return not (edits.stated_checksum(data) ^ edits.right_checksum(data)) & 0xFFFF


@mutant("C05h", "CHK-VERIFY")
class TopBitIgnored(_UnverifiedMutant):
    """The top bit of the checksum is not compared."""

    def is_taken(self, data: bytes) -> bool:
        return not (edits.stated_checksum(data) ^ edits.right_checksum(data)) & 0x7FFF_FFFF


@mutant("C05i", "CHK-VERIFY")
class LargeUnverified(_UnverifiedMutant):
    """The checksum of messages above 64 KiB is not verified, to be fast."""

    def is_taken(self, data: bytes) -> bool:
        return len(data) > 65_536


@mutant("C05j", "CHK-VERIFY")
class OtherEndTaken(_UnverifiedMutant):
    """A big-endian checksum is taken as well."""

    def is_taken(self, data: bytes) -> bool:
        return data[28:32] == edits.right_checksum(data).to_bytes(4, "big")


@mutant("C06", "CHK-VALUE")
class ChecksumNotWritten(Mutant):
    """An encoder leaves the checksum 0, as a public fast builder does."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return with_checksum(super().encode(message), 0)


@mutant("C07", "CHK-VALUE")
class ChecksumBigEndian(Mutant):
    """An encoder writes the checksum big-endian."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return data[:28] + data[28:32][::-1] + data[32:]


@mutant("C08", "CHK-VALUE", "CHK-VERIFY")
class FlagsNotCovered(_OwnChecksumMutant):
    """flags are taken as 0 in the checksum, because relays change them."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head[:7] + b"\0" + head[8:] + payload)


@mutant("C08b", "CHK-VALUE", "CHK-VERIFY")
class TimestampNotCovered(_OwnChecksumMutant):
    """timestamp is left out of the checksum."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head[:16] + head[24:] + payload)


@mutant("C08c", "CHK-VALUE", "CHK-VERIFY")
class FirstKilobyteCovered(_OwnChecksumMutant):
    """Only the first 1,024 bytes of the payload are covered."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + payload[:1024])


@mutant("C08d", "CHK-VALUE", "CHK-VERIFY")
class OddByteNotCovered(_OwnChecksumMutant):
    """The last byte of an odd payload is not covered."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + payload[: len(payload) & ~1])


@mutant("C08e", "CHK-VALUE", "CHK-VERIFY")
class WordsCovered(_OwnChecksumMutant):
    """Above 64 bytes only whole words of 8 payload bytes are covered, as in a wrong SIMD path."""

    def calculate(self, head: bytes, payload: bytes) -> int:
        return zlib.crc32(head + payload[: len(payload) & ~7 if len(payload) > 64 else None])


@mutant("C09", "CHK-VALUE")
class TrueZeroRefused(Mutant):
    """A right checksum of 0 is refused as not set."""

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data) and edits.stated_checksum(data) == 0:
            raise Rejected("ChecksumMismatch", expected=0, actual=0, message_size=0, tlv_count=0)
        return super().decode(data)


@mutant("C09b", "CHK-VALUE")
class TrueZeroChanged(Mutant):
    """A checksum of 0 is written as all ones, as in UDP."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return data if edits.stated_checksum(data) else with_checksum(data, 0xFFFF_FFFF)


@mutant("C09c", "CHK-VALUE")
class ChecksumSigned(Mutant):
    """The checksum is compared as signed: one with the top bit set is refused."""

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data) and data[31] & 0x80:
            stated = edits.stated_checksum(data)
            raise Rejected("ChecksumMismatch", expected=stated, actual=stated - (1 << 32))
        return super().decode(data)


@mutant("C10", "CHK-VERIFY")
class MismatchIsParseError(RefusalMutant):
    """A wrong checksum is refused as a ParseError."""

    kind = "ChecksumMismatch"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("ParseError", offset=28, context="checksum")


@mutant("C11", "ERR-CONTEXT-MUST")
class ExpectedAndActualSwapped(RefusalMutant):
    """ChecksumMismatch names the stated checksum as expected and the calculated one as actual."""

    kind = "ChecksumMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "expected": context["actual"], "actual": context["expected"]}


@mutant("C11b", "ERR-CONTEXT-MUST")
class MismatchWithoutTlvCount(RefusalMutant):
    """ChecksumMismatch says a tlv_count of 0."""

    kind = "ChecksumMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "tlv_count": 0}


@mutant("C11c", "ERR-CONTEXT-MUST")
class CutTlvCounted(RefusalMutant):
    """ChecksumMismatch counts a TLV that is cut in tlv_count."""

    kind = "ChecksumMismatch"

    def decode(self, data: bytes) -> Any:
        self._rest = bool(edits.tlvs_of(data)[1])
        return super().decode(data)

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "tlv_count": context["tlv_count"] + self._rest}


@mutant("C11d", "ERR-CONTEXT-MUST")
class MessageSizeWithHeader(RefusalMutant):
    """ChecksumMismatch counts the header in message_size."""

    kind = "ChecksumMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "message_size": context["message_size"] + HEADER_SIZE}


@mutant("C12", "CHK-VERIFY")
class OneBitForgiven(_UnverifiedMutant):
    """A checksum with one wrong bit is taken as a transmission error that was corrected."""

    def is_taken(self, data: bytes) -> bool:
        return (edits.stated_checksum(data) ^ edits.right_checksum(data)).bit_count() == 1


@mutant("C13", "CHK-VERIFY")
class OddTailUnverified(_UnverifiedMutant):
    """The checksum is not verified when seven bytes are left over by words of eight."""

    def is_taken(self, data: bytes) -> bool:
        return len(data) % 8 == 7


@mutant("C13b", "CHK-VERIFY")
class HeartbeatUnverified(_UnverifiedMutant):
    """A heartbeat's checksum is not verified."""

    def is_taken(self, data: bytes) -> bool:
        return data[HEADER_SIZE : HEADER_SIZE + 1] == b"\x64"


@mutant("C13c", "CHK-VERIFY")
class OnesInsteadOfLeftOut(_UnverifiedMutant):
    """A checksum over checksum bytes set to ones is taken, too."""

    def is_taken(self, data: bytes) -> bool:
        return edits.stated_checksum(data) == zlib.crc32(with_checksum(data, 0xFFFFFFFF))


@mutant("C11e", "ERR-CONTEXT-MUST")
class TlvCountInOneByte(RefusalMutant):
    """ChecksumMismatch counts TLVs in one byte."""

    kind = "ChecksumMismatch"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "tlv_count": context["tlv_count"] & 0xFF}
