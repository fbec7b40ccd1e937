"""Faults that show only between calls: caches, shared buffers, leftovers, clocks, changed input."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import BytesMutant, Mutant, ValueMutant, mutant
from torq_conformance.reference.layouts import LAYOUTS
from torq_conformance.rejection import Rejected


@mutant("C17", "STATE-INDEPENDENT", "CHK-VERIFY")
class ChecksumRemembered(Mutant):
    """A checksum that was right once is taken again with any message."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: set[int] = set()

    def decode(self, data: bytes) -> Any:
        if edits.is_sealed(data):
            self._taken.add(edits.stated_checksum(data))
        elif len(data) >= 32 and edits.stated_checksum(data) in self._taken:
            data = edits.seal(data) if len(data) == edits.end_of(data) else data
        return super().decode(data)


@mutant("G01", "STATE-INDEPENDENT")
class CachedByLength(Mutant):
    """A message is given again for bytes of the same length and the same sequence."""

    def __init__(self) -> None:
        super().__init__()
        self._cached: dict[tuple[int, bytes], Any] = {}

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        return self._cached.setdefault((len(data), data[8:24]), message)


@mutant("G01b", "STATE-INDEPENDENT")
class EncodedBySequence(Mutant):
    """Bytes are given again for a message of the same header and the same number of TLVs."""

    def __init__(self) -> None:
        super().__init__()
        self._cached: dict[tuple[object, ...], bytes] = {}

    def encode(self, message: Mapping[str, Any]) -> Any:
        key = (*message["header"].values(), *(tlv["type"] for tlv in message["tlvs"]))
        return self._cached.setdefault(key, super().encode(message))


@mutant("G02", "STATE-INDEPENDENT")
class ResultShared(Mutant):
    """decode gives one and the same message again and again, filled anew."""

    def __init__(self) -> None:
        super().__init__()
        self._message: dict[str, Any] = {}

    def decode(self, data: bytes) -> Any:
        self._message.clear()
        self._message |= super().decode(data)
        return self._message


@mutant("G02b", "STATE-INDEPENDENT")
class ListShared(Mutant):
    """decode gives its TLVs in a list that the next decode empties."""

    def __init__(self) -> None:
        super().__init__()
        self._tlvs: list[Any] = []

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        self._tlvs[:] = message["tlvs"]
        return {**message, "tlvs": self._tlvs}


@mutant("G02c", "STATE-INDEPENDENT")
class ValueShared(ValueMutant):
    """decode gives values of a type in a dict that the next value of the type overwrites."""

    touched = tuple(LAYOUTS)

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[tuple[str, ...], dict[str, Any]] = {}

    def read(self, value: Any) -> Any:
        shared = self._values.setdefault(tuple(value), {})
        shared |= value
        return shared


@mutant("G02d", "STATE-INDEPENDENT")
class LevelsShared(ValueMutant):
    """decode gives levels of books in lists that the next book overwrites."""

    touched = (3,)

    def __init__(self) -> None:
        super().__init__()
        self._bids: list[Any] = []

    def read(self, value: Any) -> Any:
        self._bids[:] = value["bids"]
        return {**value, "bids": self._bids}


@mutant("G02e", "CONTRACT", "REG-OPAQUE", "RT-VALUE", "TLV-VENDOR")
class OpaqueIsView(Mutant):
    """Opaque values are given as views of the buffer."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            tlv["value"] = memoryview(tlv["value"]) if tlv["type"] >= 200 else tlv["value"]
        return message


@mutant("G02f", "CONTRACT", "HDR-LAYOUT", "RT-VALUE")
class BytesAreBytearray(Mutant):
    """encode gives the bytearray that it works in."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        return bytearray(super().encode(message))


@mutant("G06", "VEC-SLOTS", "STATE-INDEPENDENT")
class BufferNotCleared(BytesMutant):
    """encode reuses a buffer: slots that a longer book filled stay in a shorter one."""

    touched = (3,)
    bids = slice(32, 3104)

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytes(self.bids.stop - self.bids.start)

    def give(self, value: bytearray) -> None:
        used = 24 * value[24]
        value[self.bids] = self._buffer = bytes(value[self.bids])[:used] + self._buffer[used:]


@mutant("G06b", "STATE-INDEPENDENT")
class TlvsPileUp(Mutant):
    """A builder that was refused keeps its TLVs for the next message."""

    def __init__(self) -> None:
        super().__init__()
        self._left: list[Any] = []

    def encode(self, message: Mapping[str, Any]) -> Any:
        self._left += message["tlvs"]
        data = super().encode({**message, "tlvs": self._left})
        self._left = []
        return data


@mutant("G07", "HDR-LAYOUT")
class ClockForZero(Mutant):
    """encode replaces a timestamp of 0 by the time of day."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        fields = message["header"]
        now = fields["timestamp"] or time.time_ns()
        return super().encode({**message, "header": {**fields, "timestamp": now}})


@mutant("G08", "TLV-ORDER")
class OrderOfHashes(Mutant):
    """encode keeps TLVs in a set, whose order is that of hashes."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = list(message["tlvs"])
        order = sorted(range(len(tlvs)), key=lambda at: hash((tlvs[at]["type"], at)))
        return super().encode({**message, "tlvs": [tlvs[at] for at in order]})


@mutant("G10", "STATE-INDEPENDENT")
class ErrorSticks(Mutant):
    """The first message after a refusal is refused as well."""

    def __init__(self) -> None:
        super().__init__()
        self._error: Rejected | None = None

    def decode(self, data: bytes) -> Any:
        try:
            message = super().decode(data)
        except Rejected as rejected:
            self._error = rejected
            raise
        if self._error is not None:
            error, self._error = self._error, None
            raise Rejected(error.kind, **error.context)
        return message


@mutant("G10b", "STATE-INDEPENDENT")
class ErrorSticksOnEncode(Mutant):
    """The first message encoded after a refusal is empty."""

    def __init__(self) -> None:
        super().__init__()
        self._is_broken = False

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            data = super().encode(message)
        except Rejected:
            self._is_broken = True
            raise
        data, self._is_broken = data[:32] if self._is_broken else data, False
        return data


@mutant("G10c", "STATE-INDEPENDENT")
class BreakerOpens(Mutant):
    """After three refusals in a row everything is refused once, to protect the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self._refusals = 0

    def decode(self, data: bytes) -> Any:
        if self._refusals >= 2:
            self._refusals = 0
            raise Rejected("ParseError", offset=0, context="too many errors")
        try:
            message = super().decode(data)
        except Rejected:
            self._refusals += 1
            raise
        self._refusals = 0
        return message


@mutant("G13", "STATE-INDEPENDENT")
class ReplaysRefused(Mutant):
    """The same bytes are taken only once in a row, as a replay."""

    def __init__(self) -> None:
        super().__init__()
        self._last = b""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        if data == self._last:
            self._last = b""
            raise Rejected("ParseError", offset=8, context="replay")
        self._last = data
        return message


@mutant("G14", "STATE-INDEPENDENT")
class SecondCallDiffers(Mutant):
    """Every seventh message that is encoded has the sequence of the one before."""

    def __init__(self) -> None:
        super().__init__()
        self._count, self._sequence = 0, 0

    def encode(self, message: Mapping[str, Any]) -> Any:
        fields = dict(message["header"])
        self._count += 1
        if self._count % 7 == 0:
            fields["sequence"] = self._sequence
        data = super().encode({**message, "header": fields})
        self._sequence = message["header"]["sequence"]
        return data


@mutant("G15", "STATE-INDEPENDENT")
class FieldLeftOver(ValueMutant):
    """A field of zero is not set when decoding: that of the Trade before stays."""

    touched = (1,)

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, Any] = {}

    def read(self, value: Any) -> Any:
        kept = {name: part or self._last.get(name, part) for name, part in value.items()}
        self._last = dict(value)
        return kept


@mutant("G16", "RT-VALUE", "RT-BYTES", "TLV-ORDER")
class DeclaredFirst(Mutant):
    """Declared TLVs of a message are given before opaque ones."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        message["tlvs"].sort(key=lambda tlv: isinstance(tlv["value"], bytes))
        return message


@mutant("G16b", "RT-VALUE", "RT-BYTES", "TLV-ORDER")
class SameTypeShared(Mutant):
    """When a message holds two values of one declared type, the second is the first."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        firsts: dict[int, Any] = {}
        for tlv in message["tlvs"]:
            if isinstance(tlv["value"], dict):
                tlv["value"] = firsts.setdefault(tlv["type"], tlv["value"])
        return message


@mutant("G17", "STATE-INDEPENDENT")
class EverySeventhWrong(Mutant):
    """Every seventh message that is decoded loses a flag."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        self._count += 1
        if self._count % 7 == 0:
            message["header"]["flags"] &= 0x7F
        return message


@mutant("G18", "STATE-INDEPENDENT")
class CircuitBreaker(Mutant):
    """After ten refusals in a row everything is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._refusals = 0

    def decode(self, data: bytes) -> Any:
        if self._refusals >= 10:
            raise Rejected("ParseError", offset=0)
        try:
            message = super().decode(data)
        except Rejected:
            self._refusals += 1
            raise
        self._refusals = 0
        return message


@mutant("G19", "STATE-INDEPENDENT")
class CachedByChecksum(Mutant):
    """A message is given again for bytes of the same checksum."""

    def __init__(self) -> None:
        super().__init__()
        self._cached: dict[int, Any] = {}

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        return self._cached.setdefault(edits.stated_checksum(data), message)


@mutant("G20", "STATE-INDEPENDENT")
class AnswersByMessage(Mutant):
    """A batch in which a message occurs twice gets one answer for both."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        return [*{data: self._one(data) for data in messages}.values()]

    def _one(self, data: bytes) -> bytes | Rejected:
        try:
            return bytes(self.encode(self.decode(data)))
        except Rejected as refusal:
            return refusal


@mutant("G21", "STATE-INDEPENDENT")
class BatchThroughDouble(AnswersByMessage):
    """In a batch with asset_ids below and above 2^63 all of them go through a double."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        try:
            decoded = [self.decode(data) for data in messages]
        except Rejected:
            return [self._one(data) for data in messages]
        values = [tlv["value"] for message in decoded for tlv in message["tlvs"]]
        ids = [one for one in values if isinstance(one, dict) and "asset_id" in one]
        if len({one["asset_id"] >> 63 for one in ids}) > 1:
            for one in ids:
                one["asset_id"] = min(int(float(one["asset_id"])), (1 << 64) - 1)
        return [self.encode(message) for message in decoded]
