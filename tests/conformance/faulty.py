"""Faulty implementations: each is the reference with one fault, named by its requirement."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torq_conformance import Rejected
from torq_conformance.reference import Reference


class FlagsCleared(Reference):
    """HDR-FLAGS: forgets the upper half of the flags."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        message["header"]["flags"] &= 0x0F
        return message


class ChecksumUnchecked(Reference):
    """CHK-VERIFY: takes any checksum."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) >= 32:
            crc = zlib.crc32(data[32:], zlib.crc32(data[:28]))
            data = data[:28] + crc.to_bytes(4, "little") + data[32:]
        return super().decode(data)


class ChecksumZero(Reference):
    """CHK-VALUE: leaves the checksum 0."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        return data[:28] + bytes(4) + data[32:]


class DomainsFromZero(Reference):
    """HDR-DOMAIN: numbers the domains from 0."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) > 4 and data[4] == 0:
            raise Rejected("ParseError", offset=4)
        return super().decode(data)


class TrailingIgnored(Reference):
    """MSG-TRAILING: does not look behind the message."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) >= 32:
            data = data[: 32 + int.from_bytes(data[24:28], "little")]
        return super().decode(data)


class ShortBufferRaises(Reference):
    """MSG-TOO-SMALL: a short buffer gives a foreign exception."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) < 32:
            raise IndexError("index out of range")
        return super().decode(data)


class ExtendedAt255(Reference):
    """TLV-SHORTEST: writes the extended framing from 255 bytes on."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = super().encode(message)
        if len(message["tlvs"]) == 1 and data[33:34] == b"\xff" and data[32] != 255:
            data = data[:32] + b"\xff\0" + data[32:33] + b"\xff\0" + data[34:]
            data = data[:24] + (len(data) - 32).to_bytes(4, "little") + data[28:]
            crc = zlib.crc32(data[32:], zlib.crc32(data[:28]))
            data = data[:28] + crc.to_bytes(4, "little") + data[32:]
        return data


class DuplicatesMerged(Reference):
    """TLV-ORDER: keeps only the first of equal TLVs."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        kept: list[Any] = []
        for tlv in message["tlvs"]:
            if tlv not in kept or len(message["tlvs"]) > 1000:
                kept.append(tlv)
        return {**message, "tlvs": kept}


class PriceUnsigned(Reference):
    """LAYOUT-TRADE: reads the price without its sign."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 1:
                tlv["value"]["price"] %= 1 << 64
        return message


class LevelsCut(Reference):
    """VEC-CAPACITY: cuts a book that is too long instead of refusing it."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        cut = [
            {**tlv, "value": {**tlv["value"], "bids": tlv["value"]["bids"][:128]}}
            if tlv["type"] == 3
            else tlv
            for tlv in message["tlvs"]
        ]
        return super().encode({**message, "tlvs": cut})


class OffsetFromMessage(Reference):
    """ERR-CONTEXT-MUST: counts the offset of a cut TLV from the message's first byte."""

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as refusal:
            if refusal.kind == "TruncatedTLV":
                refusal.context["offset"] += 32  # type: ignore[operator]
            raise


class SharedBuffer(Reference):
    """STATE-INDEPENDENT: the result of decode is used again by the next call."""

    def __init__(self) -> None:
        super().__init__()
        self.message: dict[str, Any] = {}

    def decode(self, data: bytes) -> dict[str, Any]:
        decoded = super().decode(data)
        self.message.clear()
        self.message.update(decoded)
        return self.message


class PaddingTaken(Reference):
    """PAD-DECODE: claims strict_padding and does not look at padding."""

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return super().decode(data)
        except Rejected as refusal:
            offset = refusal.context.get("offset")
            if refusal.kind != "ParseError" or not isinstance(offset, int) or offset >= len(data):
                raise
            cleared = data[:offset] + b"\0" + data[offset + 1 :]
            crc = zlib.crc32(cleared[32:], zlib.crc32(cleared[:28]))
            if offset >= 32 + int.from_bytes(data[24:28], "little"):
                raise
            return self.decode(cleared[:28] + crc.to_bytes(4, "little") + cleared[32:])


class Exits(Reference):
    """Ends the process with exit code 0 when it is asked for a Trade."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if data[32:34] == b"\x01\x28":
            os._exit(0)
        return super().decode(data)


class NothingSupported(Reference):
    """Claims what it does not do."""

    def decode(self, data: bytes) -> dict[str, Any]:
        from torq_conformance import Unsupported

        raise Unsupported

    def encode(self, message: Mapping[str, Any]) -> bytes:
        from torq_conformance import Unsupported

        raise Unsupported


class Encoder:
    """Claims encode alone; conformant in that."""

    name, version, capabilities = "encoder", "1", frozenset({"encode"})

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """As the reference."""
        return Reference().encode(message)


class NoMethods:
    """Claims decode without having the method."""

    name, version, capabilities = "nothing", "1", frozenset({"decode"})


class StartsTwice(Reference):
    """Cannot be started a third time, since it takes something that it does not give back."""

    def __init__(self) -> None:
        taken = len(list(Path().glob("taken-*")))
        if taken == 2:
            raise RuntimeError("no port is left")
        Path(f"taken-{taken}").touch()


class HalfASurrogate(Reference):
    """HDR-MAGIC: refuses by a name that no UTF-8 holds."""

    def decode(self, data: bytes) -> dict[str, Any]:
        raise Rejected("\ud800")


class FlagsByChance(Reference):
    """HDR-FLAGS: gives other flags each time that it is asked."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        message["header"]["flags"] = os.urandom(1)[0]
        return message
