"""Faults that show only where several things come together: at a place, a size, after a call."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from torq_conformance import Rejected
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference


class ThirdReservedLost(Reference):
    """Forgets the reserved number of the third TLV."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"][2:3]:
            if isinstance(tlv["value"], dict) and isinstance(tlv["value"].get("reserved"), int):
                tlv["value"]["reserved"] = 0
        return message


class LevelsShared(Reference):
    """Gives equal levels of a book as one object."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 3:
                bids = tlv["value"]["bids"]
                for at in range(1, len(bids)):
                    if bids[at] == bids[at - 1]:
                        bids[at] = bids[at - 1]
        return message


class AnswersKept(Reference):
    """Gives what it gave before for the same bytes, the very object."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[bytes, Any] = {}

    def decode(self, data: bytes) -> dict[str, Any]:
        data = bytes(data)
        if data not in self.kept:
            self.kept[data] = super().decode(data)
        kept: dict[str, Any] = self.kept[data]
        return kept


class SourcesShareACache(Reference):
    """Takes a message for an earlier one of the same size and sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[int, bytes], Any] = {}

    def decode(self, data: bytes) -> dict[str, Any]:
        data = bytes(data)
        message = super().decode(data)
        kept = self.kept.setdefault((len(data), data[8:16]), copy.deepcopy(message))
        found: dict[str, Any] = copy.deepcopy(kept)
        return found


class TiresAfter(Reference):
    """Forgets flags from the four hundredth message on."""

    count = 0

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        self.count += 1
        if self.count > 400:
            message["header"]["flags"] = 0
        return message


class BulkMisnames(Reference):
    """Right one by one; many at once, a wrong domain is named otherwise."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        return [
            Rejected("ParseError", offset=0)
            if isinstance(one, Rejected) and one.kind == "RelayDomainMismatch"
            else one
            for one in super().roundtrip_many(messages)
        ]


class RulesOfFirstLevel(Reference):
    """Looks at the rules of the first element of a vector alone."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return [name for name in super().validate(message) if "[" not in name or "[0]" in name]


class Large(Reference):
    """Does not look at the checksum of more than 8 KiB."""

    def decode(self, data: bytes) -> dict[str, Any]:
        data = bytes(data)
        return super().decode(derived_codec.seal(data) if len(data) > 8192 else data)


class OneByteShort(Reference):
    """Takes a buffer that is a byte too small, and writes a byte less."""

    def encode_into(self, message: Mapping[str, Any], buffer: memoryview) -> int:
        data = self.encode(message)
        if len(buffer) < len(data) - 1:
            raise Rejected("MessageTooSmall", need=len(data), got=len(buffer))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        return size
