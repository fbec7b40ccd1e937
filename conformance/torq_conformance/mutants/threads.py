"""Faults that show only when several threads ask at once; asked in a row, every answer is right."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import Reference, configuration, header, views
from torq_conformance.reference.framing import walk_frames
from torq_conformance.rejection import Rejected


@mutant("G03", "STATE-THREADS")
class ScratchBuffer(Mutant):
    """encode puts its message together in a buffer that all threads share, and gives a copy."""

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        self._buffer.clear()
        for start in range(0, len(data), 16):
            self._buffer += data[start : start + 16]
        return bytes(self._buffer)


@mutant("G03b", "STATE-THREADS")
class ChecksumShared(Mutant):
    """The running checksum is kept where all threads write it."""

    def __init__(self) -> None:
        super().__init__()
        self._crc = 0

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        self._crc = 0
        for piece in (data[:28], *(data[at : at + 64] for at in range(32, len(data), 64))):
            self._crc = zlib.crc32(piece, self._crc)
        return edits.with_checksum(data, self._crc)


@mutant("G03c", "STATE-THREADS")
class MessageFilledIn(Mutant):
    """decode fills in one message that all threads share, and gives a copy."""

    def __init__(self) -> None:
        super().__init__()
        self._message: dict[str, Any] = {}

    def decode(self, data: bytes) -> Any:
        self._message |= super().decode(data)
        return copy.deepcopy(self._message)


@mutant("G03d", "STATE-THREADS")
class CacheUnlocked(Mutant):
    """The last message is remembered: its key is written before its value, without a lock."""

    def __init__(self) -> None:
        super().__init__()
        self._key, self._cached = b"", b""

    def decode(self, data: bytes) -> Any:
        if self._key != data:
            super().decode(data)
            self._key = bytes(data)
            self._cached = bytes(data)
        return super().decode(self._cached)


@mutant("G03e", "STATE-THREADS")
class TableHalfMade(Mutant):
    """The table of types is made by the first call; another thread sees it half made."""

    def __init__(self) -> None:
        super().__init__()
        self._known = self.registry
        self.registry = {}

    def _make_table(self) -> None:
        if not self.registry:
            for number, line in self._known.items():
                self.registry = {**self.registry, number: line}

    def decode(self, data: bytes) -> Any:
        self._make_table()
        return super().decode(data)

    def encode(self, message: Mapping[str, Any]) -> Any:
        self._make_table()
        return super().encode(message)


@mutant("G03f", "STATE-THREADS")
class LastError(Mutant):
    """What was wrong is kept as the last error, one for all threads, and reported from there."""

    def __init__(self) -> None:
        super().__init__()
        self._last = Rejected("ParseError")

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            self._last = rejected
        raise self._reported()

    def _reported(self) -> Rejected:
        return Rejected(self._last.kind, **self._last.context)


@mutant("G03g", "STATE-THREADS")
class PositionShared(Mutant):
    """decode keeps its position in the payload where another thread moves it."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        self._position = header.HEADER_SIZE
        for tlv, frame in zip(message["tlvs"], walk_frames(data[self._position :]), strict=True):
            self._position += frame.header_size
            if isinstance(tlv["value"], bytes):
                tlv["value"] = bytes(data[self._position : self._position + len(tlv["value"])])
            self._position += frame.length or 0
        return message


@mutant("G09", "STATE-THREADS")
class TlvsCollected(Mutant):
    """A builder that all threads share collects the TLVs of a message."""

    def __init__(self) -> None:
        super().__init__()
        self._tlvs: list[Any] = []

    def encode(self, message: Mapping[str, Any]) -> Any:
        self._tlvs.clear()
        for tlv in message["tlvs"]:
            self._tlvs.append(dict(tlv))
        return super().encode({**message, "tlvs": list(self._tlvs)})


@mutant("G09b", "STATE-THREADS")
class FindingsCollected(Mutant):
    """validate collects what it finds in a list that all threads share."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []

    def validate(self, message: Mapping[str, Any]) -> Any:
        self._found.clear()
        for name in super().validate(message):
            self._found.append(name)
        return list(self._found)


# What only one operation shares, or only messages of one size.


@mutant("G30", "STATE-THREADS")
class EnvironmentShared(Mutant):
    """config puts the variables together in one dict of all threads."""

    def __init__(self) -> None:
        super().__init__()
        self._environment: dict[str, str] = {}

    def config(self, schema: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
        self._environment.clear()
        for name, text in environment.items():
            self._environment[name] = text
        return configuration.read(schema, dict(self._environment))


@mutant("G30b", "STATE-THREADS")
class LastText(Mutant):
    """The text of a refusal is that of the last one of the process."""

    def __init__(self) -> None:
        super().__init__()
        self._last = ""

    def error_text(self, operation: str, argument: Any) -> str:
        text = super().error_text(operation, argument)
        self._last = text
        return self._lately()

    def _lately(self) -> str:
        return self._last


@mutant("G30c", "STATE-THREADS")
class LargeInScratch(Mutant):
    """Messages of more than 64 KiB are decoded from one scratch of all threads."""

    def __init__(self) -> None:
        super().__init__()
        self._scratch = b""

    def decode(self, data: bytes) -> Any:
        if len(data) <= 1 << 16:
            return super().decode(data)
        self._scratch = bytes(data)
        return super().decode(self._scratch)


@mutant("G30d", "STATE-THREADS")
class SortedInScratch(Mutant):
    """triangular_pool sorts its tokens in one list of all threads."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: list[Any] = []

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation != "triangular_pool":
            return super().instrument_id(operation, **arguments)
        self._tokens[:] = (arguments[name] for name in "abc")
        self._tokens.sort(key=lambda token: token["asset_id"])
        a, b, c = self._tokens
        return super().instrument_id(operation, venue=arguments["venue"], a=a, b=b, c=c)


@mutant("G30e", "STATE-THREADS")
class ManyGathered(Mutant):
    """encode gathers the pieces of more than 20 TLVs in one list of all threads."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        if len(message["tlvs"]) <= 20:
            return data
        self._pieces.clear()
        for start in range(0, len(data), 64):
            self._pieces.append(data[start : start + 64])
        return b"".join(self._pieces)


class PlacedMutant(Mutant):
    """Takes buffers and gives views; asked in a row, every answer is right."""

    capabilities = Reference.capabilities - {"throughput"}


@mutant("G30f", "STATE-THREADS")
class Staged(PlacedMutant):
    """encode_into writes by way of a buffer that all threads share."""

    def __init__(self) -> None:
        super().__init__()
        self._staged = b""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        self._staged = self.encode(message)
        if len(buffer) < len(self._staged):
            raise Rejected("MessageTooSmall", need=len(self._staged), got=len(buffer))
        size = min(len(buffer), len(self._staged))
        buffer[:size] = self._staged[:size]
        return size


@mutant("G30g", "STATE-THREADS")
class ViewedLately(PlacedMutant):
    """decode_view checks one buffer and views the one that was given last by any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._buffer = memoryview(b"")

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        self._buffer = memoryview(buffer).toreadonly()
        super().decode_view(buffer)
        return views.MessageView(self._buffer, self.registry)


@mutant("G30h", "STATE-THREADS")
class ValidatedLately(Mutant):
    """decode_validated judges the message that was decoded last by any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._message: Any = None

    def decode_validated(self, data: bytes) -> Any:
        self._message = self.decode(data)
        for field in self.validate(self._message):
            raise Rejected("ValidationFailed", field=field)
        return self._message


@mutant("G30i", "STATE-THREADS")
class CheckedInPlace(Mutant):
    """The checksum of messages from 512 KiB on is run over one scratch of all threads."""

    def __init__(self) -> None:
        super().__init__()
        self._scratch = b""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        if len(data) < 1 << 19:
            return data
        self._scratch = data[:28] + data[header.HEADER_SIZE :]
        crc = 0
        for start in range(0, len(self._scratch), 1 << 12):
            crc = zlib.crc32(self._scratch[start : start + (1 << 12)], crc)
        return edits.with_checksum(data, crc)
