"""Faults in how TLVs are framed, distinguished, routed and sized (sections 3 and 4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from torq_conformance.model import derived_codec
from torq_conformance.mutants import edits
from torq_conformance.mutants.edits import Tlv, extended, rewrapped, tlvs_of, with_payload
from torq_conformance.mutants.seeding import Mutant, RefusalMutant, ValueMutant, mutant
from torq_conformance.reference.registry import TlvType
from torq_conformance.rejection import Rejected

VENDOR = tuple(range(200, 255))


class _WrittenMutant(Mutant):
    """Frames the TLVs that it encodes in its own way."""

    def frame(self, tlv: Tlv) -> bytes:
        """The bytes of one TLV."""
        return tlv.shortest

    def encode(self, message: Mapping[str, Any]) -> Any:
        return rewrapped(super().encode(message), lambda tlvs: map(self.frame, tlvs))


class _ReadMutant(Mutant):
    """Changes the TLVs of a whole message before they are decoded, or refuses some."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        """The framed TLVs that are decoded instead."""
        return (tlv.framed for tlv in tlvs)

    def decode(self, data: bytes) -> Any:
        return super().decode(rewrapped(data, self.rewrap))


class _RefusingMutant(Mutant):
    """Refuses some TLVs that are right."""

    def refuses(self, tlv: Tlv) -> bool:
        """Whether a TLV is refused."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if any(map(self.refuses, tlvs_of(data)[0])):
            raise Rejected("ParseError", offset=edits.HEADER_SIZE, context="refused")
        return message


class _ListMutant(Mutant):
    """Changes the list of TLVs that decoding gives."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The TLVs that are given."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        return {**message, "tlvs": self.listed(message["tlvs"])}


class _RegistryMutant(Mutant):
    """Has more TLV types than there are: ``more`` of them, in a ``domain`` or in any."""

    more: Iterable[int] = ()
    domain: int | None = None

    def __init__(self) -> None:
        super().__init__()
        lines = {number: self._line(number) for number in self.more}
        self.registry = {**lines, **self.registry}

    def _line(self, number: int) -> TlvType:
        return TlvType(number, f"Type{number}", self.domain, 0, 65_535, None)


@mutant("T01", "TLV-STANDARD")
class LengthCountsHeader(_WrittenMutant):
    """The length of a standard TLV counts its two header bytes."""

    def frame(self, tlv: Tlv) -> bytes:
        if len(tlv.value) > 253:
            return tlv.shortest
        return bytes((tlv.number, len(tlv.value) + 2)) + tlv.value


@mutant("T02", "TLV-STANDARD")
class LengthBeforeType(_WrittenMutant):
    """A standard TLV is written with its length before its type."""

    def frame(self, tlv: Tlv) -> bytes:
        framed = tlv.shortest
        return framed if framed[0] == 255 else framed[1::-1] + framed[2:]


@mutant("T03", "TLV-SHORTEST")
class ExtendedAt255(_WrittenMutant):
    """255 bytes are written in the extended framing."""

    def frame(self, tlv: Tlv) -> bytes:
        return extended(*tlv[:2]) if len(tlv.value) == 255 else tlv.shortest


@mutant("T03b", "TLV-SHORTEST", "TLV-EXTENDED")
class StandardAt256(_WrittenMutant):
    """256 bytes are written in the standard framing, with a length of 0."""

    def frame(self, tlv: Tlv) -> bytes:
        return bytes((tlv.number, 0)) + tlv.value if len(tlv.value) == 256 else tlv.shortest


@mutant("T03c", "TLV-SHORTEST")
class ExtendedFrom128(_WrittenMutant):
    """More than 127 bytes are written in the extended framing, as if the length were signed."""

    def frame(self, tlv: Tlv) -> bytes:
        return extended(*tlv[:2]) if len(tlv.value) > 127 else tlv.shortest


@mutant("T03d", "TLV-SHORTEST", "RT-BYTES")
class FramingRemembered(Mutant):
    """What was decoded from the extended framing is encoded in it again."""

    class _Extended(bytes):
        __slots__ = ()

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv, framed in zip(message["tlvs"], tlvs_of(data)[0], strict=True):
            if framed.is_extended and isinstance(tlv["value"], bytes):
                tlv["value"] = self._Extended(tlv["value"])
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        marks = [isinstance(tlv["value"], self._Extended) for tlv in message["tlvs"]]
        return rewrapped(
            super().encode(message),
            lambda tlvs: (
                extended(*tlv[:2]) if mark else tlv.shortest
                for tlv, mark in zip(tlvs, marks, strict=True)
            ),
        )


@mutant("T04", "TLV-STANDARD", "TLV-SHORTEST")
class LengthSigned(_RefusingMutant):
    """The length of a standard TLV is read as signed: one above 127 is refused."""

    def refuses(self, tlv: Tlv) -> bool:
        return not tlv.is_extended and len(tlv.value) > 127


@mutant("T05", "TLV-STANDARD", "TLV-SHORTEST")
class Length255Refused(_RefusingMutant):
    """A standard length of 255 is refused as reserved."""

    def refuses(self, tlv: Tlv) -> bool:
        return not tlv.is_extended and len(tlv.value) == 255


@mutant("T07", "TLV-TRUNCATED")
class LastByteIgnored(Mutant):
    """One byte left at the end of the payload is ignored."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data) and len(tlvs_of(data)[1]) == 1:
            data = with_payload(data, data[32:-1])
        return super().decode(data)


@mutant("T07b", "TLV-TRUNCATED")
class ExtendedHeaderCutIgnored(Mutant):
    """An extended header that is cut at the end of the payload is ignored."""

    def decode(self, data: bytes) -> Any:
        rest = tlvs_of(data)[1]
        if edits.is_whole(data) and rest[:2] == b"\xff\0" and len(rest) < 5:
            data = with_payload(data, data[32 : -len(rest)])
        return super().decode(data)


@mutant("T08", "TLV-TRUNCATED", "ERR-NO-CRASH")
class CutIsEnd(Mutant):
    """A cut TLV ends the payload: what came before is given as the whole."""

    def decode(self, data: bytes) -> Any:
        rest = tlvs_of(data)[1]
        if edits.is_whole(data) and rest:
            data = with_payload(data, data[32 : -len(rest)])
        return super().decode(data)


@mutant("T08b", "TLV-TRUNCATED")
class CutValueFilled(Mutant):
    """A value that is cut by one byte is filled up with a zero."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data) and tlvs_of(data)[1]:
            filled = with_payload(data, data[32:] + b"\0")
            data = data if tlvs_of(filled)[1] else filled
        return super().decode(data)


@mutant("T08c", "TLV-TRUNCATED")
class CutValueGiven(Mutant):
    """The last value is as long as the payload has bytes for, whatever its length says."""

    def decode(self, data: bytes) -> Any:
        rest = tlvs_of(data)[1]
        if edits.is_whole(data) and len(rest) > 2 and rest[0] in VENDOR:
            whole = bytes((rest[0], len(rest) - 2)) + rest[2:]
            data = with_payload(data, data[32 : -len(rest)] + whole)
        return super().decode(data)


@mutant("T11", "TLV-ZERO-LENGTH")
class CursorStays(Mutant):
    """The cursor does not advance over an empty TLV: the decoder hangs."""

    def decode(self, data: bytes) -> Any:
        while edits.is_whole(data) and any(not tlv.value for tlv in tlvs_of(data)[0]):
            pass
        return super().decode(data)


@mutant("T11b", "TLV-ZERO-LENGTH")
class EmptyDropped(_ReadMutant):
    """Empty TLVs are dropped."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv.framed for tlv in tlvs if tlv.value)


@mutant("T11c", "TLV-ZERO-LENGTH")
class EmptyEnds(_ListMutant):
    """An empty TLV ends the list."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        empty = [index for index, tlv in enumerate(tlvs) if tlv["value"] == b""]
        return tlvs[: empty[0] if empty else None]


@mutant("T11d", "TLV-ZERO-LENGTH")
class Recursive(Mutant):
    """TLVs are read by recursion, which ends after a thousand of them."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data) and len(tlvs_of(data)[0]) > 1000:
            raise RecursionError
        return super().decode(data)


@mutant("T11e", "TLV-ZERO-LENGTH")
class CountedIn8Bits(_ListMutant):
    """TLVs are counted in 8 bits: of 256 none is given."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return tlvs[: len(tlvs) % 256] if len(tlvs) < 512 else tlvs


@mutant("T12", "TLV-ZERO-LENGTH")
class EmptyNotWritten(_WrittenMutant):
    """An encoder leaves out TLVs with an empty value."""

    def frame(self, tlv: Tlv) -> bytes:
        return tlv.shortest if tlv.value else b""


@mutant("T13", "TLV-SHORTEST", "TLV-STANDARD", "TLV-ZERO-LENGTH")
class LengthOfOneRefused(_RefusingMutant):
    """A length of 1 is refused, because 2 are taken off for the header."""

    def refuses(self, tlv: Tlv) -> bool:
        return not tlv.is_extended and len(tlv.value) == 1


@mutant("T15", "TLV-ORDER")
class SortedByType(_ListMutant):
    """TLVs are given in the order of their types."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(tlvs, key=lambda tlv: tlv["type"])


@mutant("T15b", "TLV-ORDER")
class WrittenSorted(Mutant):
    """TLVs are written in the order of their types."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = sorted(message["tlvs"], key=lambda tlv: tlv["type"])
        return super().encode({**message, "tlvs": tlvs})


@mutant("T15c", "TLV-ORDER")
class Reversed(_ListMutant):
    """TLVs are given last to first."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return tlvs[::-1]


@mutant("T15d", "TLV-ORDER")
class DuplicatesMerged(_ListMutant):
    """Of several TLVs of one type only the last is given."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return list({tlv["type"]: tlv for tlv in tlvs}.values())


@mutant("T15e", "TLV-ORDER")
class EqualDuplicatesMerged(Mutant):
    """Of equal TLVs next to each other only one is written."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = message["tlvs"]
        kept = [tlv for index, tlv in enumerate(tlvs) if not index or tlv != tlvs[index - 1]]
        return super().encode({**message, "tlvs": kept})


@mutant("T15f", "TLV-ORDER")
class StandardBeforeExtended(_WrittenMutant):
    """Long values are written behind all short ones."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        return rewrapped(
            data, lambda tlvs: (t.shortest for t in sorted(tlvs, key=lambda t: t.is_extended))
        )


@mutant("T16", "TLV-ORDER")
class ThirdDropped(_ListMutant):
    """The last of exactly three TLVs is lost."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return tlvs[:2] if len(tlvs) == 3 else tlvs


@mutant("T16b", "TLV-ORDER", "TLV-ZERO-LENGTH")
class AtMost64(_ListMutant):
    """No more than 64 TLVs are given, the rest is dropped."""

    def listed(self, tlvs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return tlvs[:64]


@mutant("T16c", "TLV-ORDER")
class AtMost16Written(Mutant):
    """No more than 16 TLVs are written, the rest is dropped."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return super().encode({**message, "tlvs": message["tlvs"][:16]})


@mutant("T17", "TLV-VENDOR")
class VendorAloneRaises(Mutant):
    """A message that holds nothing but vendor TLVs gives a KeyError."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if message["tlvs"] and all(tlv["type"] in VENDOR for tlv in message["tlvs"]):
            raise KeyError("value")
        return message


@mutant("T18", "TLV-VENDOR")
class Vendor200Unknown(_RefusingMutant):
    """200 is not a vendor type: the range is off by one."""

    def refuses(self, tlv: Tlv) -> bool:
        return tlv.number == 200


@mutant("T18b", "TLV-VENDOR")
class Vendor254Unknown(_RefusingMutant):
    """254 is not a vendor type: the range is off by one."""

    def refuses(self, tlv: Tlv) -> bool:
        return tlv.number == 254


@mutant("T18c", "TLV-TYPE")
class Type199Taken(_RegistryMutant):
    """199 is taken as a vendor type."""

    more = (199,)


@mutant("T18d", "TLV-VENDOR")
class Vendor222Reversed(ValueMutant):
    """The bytes of vendor type 222 are given last to first."""

    touched = (222,)

    def read(self, value: Any) -> Any:
        return value[::-1]


@mutant("T18e", "TLV-VENDOR")
class VendorInMarketDataOnly(Mutant):
    """Vendor types ride in the MarketData domain only."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines(VENDOR, domain=1)


@mutant("T18f", "TLV-VENDOR")
class VendorNotInSystem(_RefusingMutant):
    """Vendor type 231 is refused in the System domain."""

    def decode(self, data: bytes) -> Any:
        self._domain = data[4] if len(data) > 4 else 0
        return super().decode(data)

    def refuses(self, tlv: Tlv) -> bool:
        return (tlv.number, self._domain) == (231, 4)


@mutant("T18g", "TLV-VENDOR")
class VendorLimited(Mutant):
    """Vendor values are at most 255 bytes long."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines(VENDOR, size_max=255)


@mutant("T18h", "TLV-VENDOR")
class VendorNotEmpty(Mutant):
    """Vendor values have at least one byte."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines(VENDOR, size_min=1)


@mutant("T21", "TLV-TYPE")
class ZerosSkipped(Mutant):
    """Zero bytes between TLVs are skipped as padding."""

    def decode(self, data: bytes) -> Any:
        if edits.is_whole(data):
            data = with_payload(data, b"".join(self._without_zeros(data[32:])))
        return super().decode(data)

    def _without_zeros(self, payload: bytes) -> Iterator[bytes]:
        while payload := payload.lstrip(b"\0"):
            start = 5 if payload[0] == 255 else 2
            size = int.from_bytes(payload[3:5], "little") if start == 5 else payload[1:2][0]
            yield payload[: start + size]
            payload = payload[start + size :]


@mutant("T23", "TLV-TYPE")
class TypeZeroSkipped(_ReadMutant):
    """A TLV of type 0 is skipped, value and all."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv.framed for tlv in tlvs if tlv.number)


@mutant("T23b", "TLV-TYPE")
class UnallocatedTaken(_RegistryMutant):
    """Unallocated types, 120 to 199, carry bytes in any domain."""

    more = range(120, 200)


@mutant("T23c", "TLV-TYPE")
class UnallocatedSkipped(_ReadMutant):
    """Unallocated types, 120 to 199, are skipped to be compatible with the future."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv.framed for tlv in tlvs if tlv.number not in range(120, 200))


@mutant("R01", "TLV-TYPE")
class UnassignedInMarketData(_RegistryMutant):
    """Unallocated types, 120 to 199, belong to MarketData."""

    more, domain = range(120, 200), 1


@mutant("T23d", "TLV-TYPE")
class UnassignedTaken(_RegistryMutant):
    """Numbers of the Execution range that are not assigned, 50 to 59, are taken."""

    more, domain = range(50, 60), 3


@mutant("T23e", "TLV-TYPE")
class Type113Taken(_RegistryMutant):
    """113 is taken: the range of system types is off by one."""

    more, domain = (113,), 4


@mutant("T23f", "TLV-TYPE")
class Type255InExtendedTaken(_RegistryMutant):
    """255 is taken as the type inside an extended TLV."""

    more = (255,)


@mutant("T23g", "TLV-TYPE")
class UnassignedEncoded(Mutant):
    """An encoder takes the unallocated types that a decoder refuses."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = message["tlvs"]
        known = [{**tlv, "type": 200} if self._is_free(tlv) else tlv for tlv in tlvs]
        data = super().encode({**message, "tlvs": known})
        numbers = [tlv["type"] for tlv in tlvs]
        return rewrapped(
            data,
            lambda framed: (
                tlv._replace(number=number).shortest
                for tlv, number in zip(framed, numbers, strict=True)
            ),
        )

    def _is_free(self, tlv: Mapping[str, Any]) -> bool:
        return tlv["type"] in range(120, 200)


@mutant("T23h", "TLV-TYPE")
class TypeWraps(Mutant):
    """An encoder takes the numbers of vendor types modulo 256."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "type": tlv["type"] % 256} if tlv["type"] % 256 in VENDOR else tlv
            for tlv in message["tlvs"]
        ]
        return super().encode({**message, "tlvs": tlvs})


@mutant("T24", "TLV-TYPE")
class Type107Unknown(Mutant):
    """107 SystemHealth is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = {n: line for n, line in self.registry.items() if n != 107}


@mutant("R02", "TLV-DOMAIN")
class SixtiesInExecution(Mutant):
    """Types 60 to 79 belong to Execution, as one public function has it."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines(tuple(n for n in range(60, 80) if n in self.registry), domain=3)


@mutant("R02b", "TLV-DOMAIN")
class SixtiesOnEncodeInSystem(Mutant):
    """An encoder takes types 60 to 79 in the System domain as well."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        fields = message["header"]
        if fields["relay_domain"] != 4 or not any(
            tlv["type"] in range(60, 80) for tlv in message["tlvs"]
        ):
            return super().encode(message)
        data = super().encode({**message, "header": {**fields, "relay_domain": 2}})
        return edits.put(data, 4, b"\4")


@mutant("R06", "TLV-DOMAIN")
class DomainsNotCompared(Mutant):
    """The domain of a TLV is not compared with that of the header."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines(tuple(self.registry), domain=None)


@mutant("R06b", "TLV-DOMAIN")
class FirstDomainCompared(Mutant):
    """Only the first TLV's domain is compared with that of the header when decoding."""

    def decode(self, data: bytes) -> Any:
        tlvs, rest = tlvs_of(data) if edits.is_whole(data) else ([], b"")
        if rest or len(tlvs) < 2:
            return super().decode(data)
        message = super().decode(with_payload(data, tlvs[0].framed))
        for tlv in tlvs[1:]:
            line = self.registry.get(tlv.number)
            domain = (line and line.domain) or data[4]
            alone = edits.put(with_payload(data, tlv.framed), 4, bytes([domain]))
            message["tlvs"] += super().decode(alone)["tlvs"]
        return message


@mutant("R06c", "TLV-DOMAIN")
class PoolFlashInSignal(Mutant):
    """PoolFlash is taken in the Signal domain: one entry of a table is wrong."""

    def decode(self, data: bytes) -> Any:
        tlvs = tlvs_of(data)[0]
        if not edits.is_sealed(data) or data[4] != 2 or not any(t.number == 19 for t in tlvs):
            return super().decode(data)
        message = super().decode(edits.put(data, 4, b"\1"))
        message["header"]["relay_domain"] = 2
        return message


@mutant("R06d", "TLV-DOMAIN")
class ComplianceAnywhere(Mutant):
    """ComplianceCheck may ride in any domain, as the system types from 100 on."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((80,), domain=None)


class _Bound(Mutant):
    """Types that ride in any domain are bound to one."""

    numbers: ClassVar[tuple[int, ...]]

    def _check(self, domain: int, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in self.numbers and domain != 4:
                raise Rejected(
                    "RelayDomainMismatch", tlv_type=number, expected=4, got=domain, offset=0
                )

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        self._check(message["header"]["relay_domain"], [tlv["type"] for tlv in message["tlvs"]])
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        self._check(message["header"]["relay_domain"], [tlv["type"] for tlv in message["tlvs"]])
        return super().encode(message)


@mutant("R06h", "TLV-DOMAIN")
class HeartbeatInSystem(_Bound):
    """Heartbeat rides in System alone."""

    numbers = (100,)


@mutant("R06i", "TLV-DOMAIN")
class SystemTypesInSystem(_Bound):
    """All system types ride in System alone."""

    numbers = tuple(range(80, 120))


@mutant("R06e", "TLV-DOMAIN")
class DomainsNotComparedOnEncode(Mutant):
    """An encoder does not compare the domains of TLVs with that of the header."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            domain = rejected.context.get("expected")
            if rejected.kind != "RelayDomainMismatch":
                raise
            fields = {**message["header"], "relay_domain": domain}
            data = super().encode({**message, "header": fields})
            return edits.put(data, 4, bytes([message["header"]["relay_domain"]]))


@mutant("R10", "TLV-VENDOR", "TLV-ORDER", "REG-OPAQUE")
class NestedFlattened(_ReadMutant):
    """A vendor value that itself frames as vendor TLVs is taken apart into them."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        for tlv in tlvs:
            inner, rest = tlvs_of(bytes(32) + tlv.value)
            is_nested = tlv.number in VENDOR and inner and not rest
            yield tlv.value if is_nested and inner[0].number in VENDOR else tlv.framed


@mutant("X01", "TLV-ANY-EXTENDED")
class ShortExtendedRefused(_RefusingMutant):
    """An extended TLV that would fit the standard framing is refused."""

    def refuses(self, tlv: Tlv) -> bool:
        return tlv.is_extended and len(tlv.value) < 256


@mutant("X01b", "TLV-ANY-EXTENDED")
class Extended255Refused(_RefusingMutant):
    """An extended TLV of exactly 255 bytes is refused."""

    def refuses(self, tlv: Tlv) -> bool:
        return tlv.is_extended and len(tlv.value) == 255


@mutant("X02", "TLV-ANY-EXTENDED")
class ExtendedNotLaidOut(Mutant):
    """A declared type in the extended framing is given as bytes."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv, framed in zip(message["tlvs"], tlvs_of(data)[0], strict=True):
            if framed.is_extended and len(framed.value) < 256:
                tlv["value"] = framed.value
        return message


@mutant("X03", "TLV-EXTENDED")
class ExtendedLengthBigEndian(_WrittenMutant):
    """The length of an extended TLV is written big-endian."""

    def frame(self, tlv: Tlv) -> bytes:
        framed = tlv.shortest
        return framed[:3] + framed[3:5][::-1] + framed[5:] if framed[0] == 255 else framed


@mutant("X03b", "TLV-EXTENDED")
class ExtendedTypeAndReservedSwapped(_WrittenMutant):
    """The type of an extended TLV is written before the reserved byte."""

    def frame(self, tlv: Tlv) -> bytes:
        framed = tlv.shortest
        return framed[:1] + framed[2:0:-1] + framed[3:] if framed[0] == 255 else framed


@mutant("X04", "TLV-PAYLOAD-TOO-LARGE")
class LongLengthTruncated(Mutant):
    """A value above 65,535 bytes is cut to its length modulo 65,536."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": tlv["value"][: len(tlv["value"]) % 65_536]}
            if isinstance(tlv["value"], bytes)
            else tlv
            for tlv in message["tlvs"]
        ]
        return super().encode({**message, "tlvs": tlvs})


@mutant("X04b", "TLV-PAYLOAD-TOO-LARGE")
class LongValueCut(Mutant):
    """A value above 65,535 bytes is cut to 65,535."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": tlv["value"][:65_535]} if isinstance(tlv["value"], bytes) else tlv
            for tlv in message["tlvs"]
        ]
        return super().encode({**message, "tlvs": tlvs})


@mutant("X04c", "TLV-SHORTEST", "TLV-PAYLOAD-TOO-LARGE")
class LongestRefused(Mutant):
    """A value of exactly 65,535 bytes is refused as too large."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        for tlv in message["tlvs"]:
            if len(tlv["value"]) == 65_535:
                raise Rejected("PayloadTooLarge", tlv_type=tlv["type"], size=65_535, limit=65_534)
        return super().encode(message)


@mutant("X04d", "TLV-PAYLOAD-TOO-LARGE")
class TooLargeIsSizeMismatch(RefusalMutant):
    """A value above 65,535 bytes is refused as a PayloadSizeMismatch."""

    kind = "PayloadTooLarge"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("PayloadSizeMismatch", **rejected.context)


@mutant("X05", "TLV-EXTENDED")
class ExtendedHeaderAligned(_WrittenMutant):
    """The extended header is 6 bytes: a compiler aligned its length."""

    def frame(self, tlv: Tlv) -> bytes:
        framed = tlv.shortest
        return framed[:3] + b"\0" + framed[3:] if framed[0] == 255 else framed


@mutant("X06", "TLV-RESERVED")
class ReservedUnchecked(_ReadMutant):
    """The reserved byte of an extended TLV is not checked."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv._replace(reserved=0).framed for tlv in tlvs)


@mutant("X06b", "TLV-RESERVED")
class FirstReservedChecked(_ReadMutant):
    """Only the first TLV's reserved byte is checked."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        kept = (tlv if index == 0 else tlv._replace(reserved=0) for index, tlv in enumerate(tlvs))
        return (tlv.framed for tlv in kept)


@mutant("X06c", "TLV-RESERVED")
class ReservedTopBitIgnored(_ReadMutant):
    """The top bit of the reserved byte is not checked."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv._replace(reserved=tlv.reserved & 0x7F).framed for tlv in tlvs)


@mutant("X06d", "TLV-RESERVED")
class ReservedIsParseError(RefusalMutant):
    """A reserved byte that is not 0 is refused as a ParseError."""

    kind = "InvalidExtendedTLV"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("ParseError", offset=rejected.context["offset"], context="reserved")


@mutant("X07", "TLV-EXTENDED")
class ReservedWritten(_WrittenMutant):
    """The reserved byte of an extended TLV is written as 1."""

    def frame(self, tlv: Tlv) -> bytes:
        return extended(tlv.number, tlv.value, 1) if len(tlv.value) > 255 else tlv.shortest


@mutant("X09", "TLV-ANY-EXTENDED", "TLV-ZERO-LENGTH")
class ExtendedEmptyRefused(_RefusingMutant):
    """An extended TLV with an empty value is refused."""

    def refuses(self, tlv: Tlv) -> bool:
        return tlv.is_extended and not tlv.value


@mutant("X10", "TLV-EXTENDED")
class ExtendedLengthCountsHeader(_WrittenMutant):
    """The length of an extended TLV counts its five header bytes."""

    def frame(self, tlv: Tlv) -> bytes:
        framed = tlv.shortest
        if framed[0] != 255 or len(framed) > 65_535:
            return framed
        return framed[:3] + len(framed).to_bytes(2, "little") + framed[5:]


@mutant("X11", "TLV-SHORTEST", "TLV-EXTENDED")
class LongValueChunked(_WrittenMutant):
    """Values that with their header exceed 65,535 bytes are written as two TLVs."""

    def frame(self, tlv: Tlv) -> bytes:
        if len(tlv.shortest) <= 65_535:
            return tlv.shortest
        halves = tlv.value[:60_000], tlv.value[60_000:]
        return b"".join(tlv._replace(value=half).shortest for half in halves)


@mutant("X12", "TLV-ANY-EXTENDED", "TLV-EXTENDED", "TLV-SHORTEST")
class ExtendedLengthSigned(_RefusingMutant):
    """The length of an extended TLV is read as signed: one above 32,767 is refused."""

    def refuses(self, tlv: Tlv) -> bool:
        return len(tlv.value) > 32_767


@mutant("X12b", "TLV-ANY-EXTENDED", "TLV-EXTENDED", "TLV-SHORTEST")
class ValueBufferOf4096(_RefusingMutant):
    """A decoder has room for values of 4,096 bytes and refuses longer ones."""

    def refuses(self, tlv: Tlv) -> bool:
        return len(tlv.value) > 4096


@mutant("X14", "TLV-EXTENDED")
class ExtendedIsData(_RegistryMutant):
    """An extended TLV is read as a standard one of type 255, as in a public relay."""

    more = (255,)

    def decode(self, data: bytes) -> Any:
        payload = data[32:]
        if not edits.is_whole(data) or payload[:1] != b"\xff" or len(payload) < 2:
            return super().decode(data)
        size = payload[1]
        first = {"type": 255, "value": payload[2 : 2 + size]}
        rest = super().decode(with_payload(data, payload[2 + size :]))
        return {**rest, "tlvs": [first, *rest["tlvs"]]}


@mutant("X15", "TLV-TYPE")
class NestedExtendedUnwrapped(_ReadMutant):
    """An extended TLV inside an extended TLV is unwrapped."""

    def rewrap(self, tlvs: list[Tlv]) -> Iterable[bytes]:
        return (tlv.value if tlv.number == 255 else tlv.framed for tlv in tlvs)


@mutant("T19", "REG-SIZE")
class LowerBoundExclusive(Mutant):
    """RiskParameters of 24 bytes, its lower bound, is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((30,), size_min=25)


@mutant("T19b", "REG-SIZE")
class UpperBoundExclusive(Mutant):
    """AuditTrail of 2,048 bytes, its upper bound, is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((81,), size_max=2047)


@mutant("T19c", "REG-SIZE")
class OneAboveUpperBound(Mutant):
    """RiskMetrics of 1,025 bytes, one above its upper bound, is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((70,), size_max=1025)


@mutant("T19d", "REG-SIZE")
class OneBelowLowerBound(Mutant):
    """Balance of 15 bytes, one below its lower bound, is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((48,), size_min=15)


@mutant("T19e", "REG-SIZE")
class UpperBoundsUnchecked(Mutant):
    """Opaque types of bounded size are only checked for their lower bound."""

    def __init__(self) -> None:
        super().__init__()
        lines = tuple(n for n, line in self.registry.items() if line.size_min < line.size_max)
        self.change_lines(lines, size_max=65_535)


@mutant("T19f", "REG-SIZE")
class ExactSizeIsUpperBound(Mutant):
    """The exact size of opaque types is only an upper bound."""

    def __init__(self) -> None:
        super().__init__()
        lines = tuple(n for n, line in self.registry.items() if not line.layout)
        self.change_lines(lines, size_min=0)


@mutant("T19g", "REG-SIZE")
class LongerTradeTaken(Mutant):
    """A Trade with more bytes than its fields is taken, the rest is ignored."""

    def decode(self, data: bytes) -> Any:
        def cut(tlvs: list[Tlv]) -> Iterator[bytes]:
            for tlv in tlvs:
                is_long = tlv.number == 1 and len(tlv.value) > 40
                yield (tlv._replace(value=tlv.value[:40]) if is_long else tlv).framed

        return super().decode(rewrapped(data, cut))


@mutant("T19h", "REG-SIZE")
class ShorterHealthFilled(Mutant):
    """A SystemHealth without its last bytes is filled up with zeros."""

    def decode(self, data: bytes) -> Any:
        def fill(tlvs: list[Tlv]) -> Iterator[bytes]:
            for tlv in tlvs:
                is_short = tlv.number == 107 and 0 < len(tlv.value) < 48
                yield (tlv._replace(value=tlv.value.ljust(48, b"\0")) if is_short else tlv).framed

        return super().decode(rewrapped(data, fill))


@mutant("T19i", "REG-SIZE")
class SizesNotOnEncode(Mutant):
    """An encoder does not check the sizes of opaque values."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        exact = self.registry
        lines = tuple(n for n, line in self.registry.items() if not line.layout)
        self.change_lines(lines, size_min=0, size_max=1 << 62)
        try:
            return super().encode(message)
        finally:
            self.registry = exact


@mutant("T19j", "REG-SIZE")
class SizeMismatchIsTruncated(RefusalMutant):
    """A value of the wrong size is refused as TruncatedTLV."""

    kind = "PayloadSizeMismatch"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("TruncatedTLV", **rejected.context)


@mutant("T19k", "REG-SIZE")
class HeartbeatOf24(Mutant):
    """Heartbeat is 24 bytes: a row of the table was copied."""

    def __init__(self) -> None:
        super().__init__()
        self.change_lines((100,), size_min=24, size_max=24)


@mutant("O01", "REG-OPAQUE")
class TrailingZerosStripped(ValueMutant):
    """Zeros at the end of opaque values are stripped."""

    touched = tuple(range(20, 255))

    def read(self, value: Any) -> Any:
        return value.rstrip(b"\0") if isinstance(value, bytes) else value


@mutant("O02", "REG-OPAQUE")
class CutAtNul(ValueMutant):
    """Opaque values of type Error are read as text that ends at the first NUL."""

    touched = (102,)

    def read(self, value: Any) -> Any:
        return value.split(b"\0")[0]


@mutant("O03", "REG-OPAQUE")
class NotText(ValueMutant):
    """Opaque values of type ConfigUpdate are read as UTF-8, what is none of it replaced."""

    touched = (103,)

    def read(self, value: Any) -> Any:
        return value.decode(errors="replace").encode()


@mutant("O03b", "REG-OPAQUE")
class Inflated(ValueMutant):
    """Vendors' values that are a whole zlib stream are inflated."""

    touched = tuple(range(200, 255))
    is_for_vectors = False

    def read(self, value: Any) -> Any:
        try:
            return zlib.decompress(value)
        except zlib.error:
            return value


@mutant("O03c", "REG-OPAQUE")
class LengthInFrontTaken(ValueMutant):
    """Vendors' values that begin with the length of what follows, as u32, lose it."""

    touched = tuple(range(200, 255))
    is_for_vectors = False

    def read(self, value: Any) -> Any:
        has_length = len(value) > 4 and int.from_bytes(value[:4], "little") == len(value) - 4
        return value[4:] if has_length else value


@mutant("O04", "REG-OPAQUE")
class WordsSwapped(ValueMutant):
    """Opaque values of type Fill are carried as big-endian words of 8 bytes."""

    touched = (42,)

    def write(self, value: Any) -> Any:
        return b"".join(value[at : at + 8][::-1] for at in range(0, len(value), 8))


@mutant("O05", "REG-OPAQUE", "REG-SIZE")
class LastOpaqueByteLost(ValueMutant):
    """Opaque values of RegulatoryReport lose their last byte when they are longer than 255."""

    touched = (82,)

    def read(self, value: Any) -> Any:
        return value[:-1] if len(value) > 255 else value


@mutant("T25", "TLV-ZERO-LENGTH", "TLV-ORDER")
class TlvsCountedInTwoBytes(Mutant):
    """TLVs behind the 65,535th are dropped."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        del message["tlvs"][65_535:]
        return message


@mutant("T26", "TLV-RESERVED")
class ReservedUncheckedInRegistryTypes(Mutant):
    """The reserved byte of an extended TLV is checked in vendor types only."""

    def decode(self, data: bytes) -> Any:
        def rewrap(tlvs: list[Tlv]) -> Iterator[bytes]:
            for tlv in tlvs:
                yield (tlv if tlv.number >= 200 else tlv._replace(reserved=0)).framed

        return super().decode(rewrapped(data, rewrap))


@mutant("T27", "TLV-SHORTEST")
class ExtendedFromThenOn(Mutant):
    """Every TLV behind an extended one is written extended."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        def rewrap(tlvs: list[Tlv]) -> Iterator[bytes]:
            has_begun = False
            for tlv in tlvs:
                yield extended(tlv.number, tlv.value) if has_begun else tlv.framed
                has_begun = has_begun or tlv.is_extended

        return rewrapped(super().encode(message), rewrap)


@mutant("R07", "TLV-DOMAIN")
class DomainOfTheFirstWritten(Mutant):
    """An encoder looks at the domain of the first TLV alone."""

    unlooked = "RelayDomainMismatch"

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as refusal:
            if refusal.kind != self.unlooked:
                raise
        super().encode({**message, "tlvs": message["tlvs"][:1]})
        return derived_codec.encode_message(message)


@mutant("R07b", "REG-SIZE")
class SizeOfTheFirstWritten(DomainOfTheFirstWritten):
    """An encoder looks at the size of the first TLV alone."""

    unlooked = "PayloadSizeMismatch"


@mutant("R07c", "REG-SIZE")
class SizeOfTheFirstRead(Mutant):
    """A Fill of 33 bytes is read as one of 32 where it is not the first TLV."""

    def decode(self, data: bytes) -> Any:
        def rewrap(tlvs: list[Tlv]) -> Iterator[bytes]:
            for index, tlv in enumerate(tlvs):
                is_long = index and tlv.number == 42 and len(tlv.value) == 33
                yield (tlv._replace(value=tlv.value[:32]) if is_long else tlv).framed

        return super().decode(rewrapped(data, rewrap))


@mutant("O06", "TLV-ORDER")
class SixteenDeclared(Mutant):
    """Of declared types the first 16 TLVs are read."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if all(isinstance(tlv["value"], dict) for tlv in message["tlvs"]):
            del message["tlvs"][16:]
        return message
