"""Codecs of a part of the types: sound ones, and faulty ones whose docstring names the requirement.

The sound one is the example in examples/part, which knows Trade and Quote.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from torq_conformance import Rejected
from torq_conformance.reference import Reference

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "part" / "collector.py"


def _example() -> Any:
    spec = importlib.util.spec_from_file_location("collector", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


collector = _example()
Collector: Any = collector.Collector
CLAIMED = {1, 2}


class Carrier(Reference):
    """Sound: knows two types and carries all others as bytes."""

    name, types = "carrier", CLAIMED

    def decode(self, data: bytes) -> dict[str, Any]:
        message: dict[str, Any] = super().decode(data)
        at = 32
        for tlv in message["tlvs"]:
            is_extended = data[at] == 255
            head = 5 if is_extended else 2
            size = int.from_bytes(data[at + head - (2 if is_extended else 1) : at + head], "little")
            if tlv["type"] not in CLAIMED:
                tlv["value"] = data[at + head : at + head + size]
            at += head + size
        return message


class Refuser(Reference):
    """Sound: knows every type and refuses what it does not claim."""

    name, types = "refuser", CLAIMED

    def decode(self, data: bytes) -> dict[str, Any]:
        message: dict[str, Any] = super().decode(data)
        self._refuse(message)
        return message

    def encode(self, message: Any) -> bytes:
        self._refuse(message)
        return bytes(super().encode(message))

    def _refuse(self, message: Any) -> None:
        offset = 0
        for tlv in message["tlvs"]:
            if tlv["type"] not in CLAIMED:
                raise Rejected("InvalidTLVType", tlv_type=tlv["type"], offset=offset)
            offset += 42 if tlv["type"] == 1 else 58


class Whole(Reference):
    """Sound: claims less than it does."""

    name, types = "whole", CLAIMED


class SometimesCarries(Collector):  # type: ignore[misc]
    """TLV-TYPE: carries an unclaimed type in one framing and refuses it in the other."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) > 37 and data[32] == 255 and data[34] not in CLAIMED:
            size = int.from_bytes(data[35:37], "little")
            if data[34] >= 200 and len(data) == 37 + size:
                bare = super().decode(data[:24] + bytes(4) + self._crc(data[:24]))
                return {**bare, "tlvs": [{"type": data[34], "value": data[37:]}]}
        return dict(super().decode(data))

    def _crc(self, head: bytes) -> bytes:
        import zlib

        return zlib.crc32(head + bytes(4)).to_bytes(4, "little")


class CutsUnclaimed(Carrier):
    """TLV-TYPE: carries unclaimed types without their last byte."""

    reported = "REG-OPAQUE"

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] not in CLAIMED:
                tlv["value"] = tlv["value"][:-1]
        return message


class EncodesOnlyClaimed(Carrier):
    """TLV-TYPE: carries unclaimed types when it decodes and refuses them when it encodes."""

    def encode(self, message: Any) -> bytes:
        offset = 0
        for tlv in message["tlvs"]:
            if tlv["type"] not in CLAIMED:
                raise Rejected("InvalidTLVType", tlv_type=tlv["type"], offset=offset)
        return bytes(super().encode(message))


class RefusesUnclaimedAsCut(Refuser):
    """TLV-TYPE: refuses unclaimed types by the wrong kind."""

    def _refuse(self, message: Any) -> None:
        if any(tlv["type"] not in CLAIMED for tlv in message["tlvs"]):
            raise Rejected("PayloadTooLarge")


class TakesUnassigned(Collector):  # type: ignore[misc]
    """TLV-TYPE: takes type 33, which is nobody's."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) > 34 and data[32] == 33:
            return dict(super().decode(data[:32]))
        return dict(super().decode(data))


class ChecksumUnchecked(Collector):  # type: ignore[misc]
    """CHK-VERIFY: believes every checksum."""

    def decode(self, data: bytes) -> dict[str, Any]:
        import zlib

        crc = zlib.crc32(data[:28] + data[32:]).to_bytes(4, "little")
        return dict(super().decode(data[:28] + crc + data[32:] if len(data) >= 32 else data))


class ForgetsSecond(Collector):  # type: ignore[misc]
    """TLV-ORDER: gives no more than sixteen TLVs."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        return {**message, "tlvs": message["tlvs"][:16]}


class ReadsPastCut(Collector):  # type: ignore[misc]
    """TLV-TRUNCATED: leaves out a TLV whose last byte is missing."""

    reported = "TLV-ORDER"

    def decode(self, data: bytes) -> dict[str, Any]:
        try:
            return dict(super().decode(data))
        except Rejected as refusal:
            at = 32
            while at + 2 < len(data) and data[at] in CLAIMED:
                if refusal.kind == "TruncatedTLV" and at + 2 + data[at + 1] == len(data) + 1:
                    return {"header": super().decode(_bare(data))["header"], "tlvs": []}
                at += 2 + data[at + 1]
            raise


def _bare(data: bytes) -> bytes:
    import zlib

    head = data[:24] + bytes(4)
    return head + zlib.crc32(head).to_bytes(4, "little")


class SwapsBidAndAsk(Collector):  # type: ignore[misc]
    """LAYOUT-QUOTE: writes and reads the two prices in each other's place."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == 2:
                value = tlv["value"]
                value["bid_price"], value["ask_price"] = value["ask_price"], value["bid_price"]
        return dict(message)


class RemembersTheFirst(Collector):  # type: ignore[misc]
    """STATE-INDEPENDENT: answers a Trade with the Trade before it."""

    def __init__(self) -> None:
        self._last: Any = None

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            before, self._last = self._last, tlv["value"]
            if before is not None and tlv["type"] == 1 and "side" in before:
                tlv["value"] = before
        return dict(message)


class CountsInAByte(Collector):  # type: ignore[misc]
    """TLV-ORDER: counts the TLVs of a message in a byte, and gives as many as that says."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        tlvs = message["tlvs"]
        return {**message, "tlvs": tlvs[: len(tlvs) % 256] if len(tlvs) > 255 else tlvs}
