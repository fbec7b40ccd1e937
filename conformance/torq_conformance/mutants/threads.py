"""Faults that show only when several threads ask at once; asked in a row, every answer is right."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import Mutant, mutant
from torq_conformance.reference import header
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
