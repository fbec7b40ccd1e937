"""The reference with one fault each, at a place that only certain values reach."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected

Message = dict[str, Any]


class Planted(Reference):
    """Changes a decoded message when ``is_hit`` says so."""

    def decode(self, data: bytes) -> Message:
        message = super().decode(data)
        header = message["header"]
        for tlv in message["tlvs"] or [{"value": {}}]:
            if self.is_hit(header, tlv["value"]):
                header["sequence"] ^= 1
        return message

    def is_hit(self, header: Message, value: Message) -> Any:
        raise NotImplementedError


class PriceMinimum(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("price") == -(1 << 63)


class ManyBids(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return len(value.get("bids", ())) > 100


class LastLevelCrowded(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        asks = value.get("asks", ())
        return len(asks) == 128 and asks[-1]["order_count"] >= 65536


class ReserveWide(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return any(reserve > 1 << 64 for reserve in value.get("reserves", ()))


class AmountWide(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("amount_in", 0) > 1 << 64


class FlagsTopBit(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return header["flags"] >= 0x80


class TimestampTopBit(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return header["timestamp"] >= 1 << 63


class TickLow(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("tick_after", 0) < -887272


class ReservedSet(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("reserved", 0) != 0


class SideOutside(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("side", 0) not in {0, 1}


class TwoTogether(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("volume", 0) < 0 and value.get("venue_id", 0) >= 256


class MiddleBit(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("execution_timestamp_ns", 0) >> 37 & 1


class AddressByte(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return value.get("pool_address", bytes(20))[13] > 4


class SystemSource(Planted):
    def is_hit(self, header: Message, value: Message) -> Any:
        return header["source"] >= 60


class RareAndFrequent(Planted):
    """Nearly every Trade has the one fault; a few of them have the other as well."""

    def is_hit(self, header: Message, value: Message) -> Any:
        return value["asset_type"] > 0 or value["price"] == -(1 << 63)


class Refuses(Reference):
    """Refuses a side outside the enumeration and, another fault, panics on a reserved byte."""

    def decode(self, data: bytes) -> Message:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["value"].get("side", 0) > 1:
                raise Rejected("ParseError", offset=0)
            if tlv["value"].get("reserved", 0) > 7:
                raise ZeroDivisionError
        return message


class Exits(Reference):
    """Ends its process on a large volume."""

    def decode(self, data: bytes) -> Message:
        message = super().decode(data)
        if any(tlv["value"].get("volume", 0) > 1000 for tlv in message["tlvs"]):
            os._exit(0)
        return message


class BulkWrong(Reference):
    """Right one by one; its ``roundtrip_many`` spoils a negative price."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        return [message[:-1] if message[49] & 0x80 else message for message in messages]


class BulkRaises(Reference):
    """Right one by one; its ``roundtrip_many`` takes no more than ten messages."""

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | Rejected]:
        if len(messages) > 10:
            raise MemoryError
        return super().roundtrip_many(messages)


class _Plain:
    name, version = "plain", "1"

    def __init__(self) -> None:
        self._reference = Reference()


class OneByOne(_Plain):
    """Has no ``roundtrip_many``; drops the reserved byte."""

    capabilities = frozenset({"decode", "encode"})

    def decode(self, data: bytes) -> Message:
        message = self._reference.decode(data)
        for tlv in message["tlvs"]:
            tlv["value"]["reserved"] &= 0x7F
        return message

    def encode(self, message: Mapping[str, Any]) -> bytes:
        return self._reference.encode(message)


class DecodesOnly(_Plain):
    """Claims decode alone; reads a volume without its sign."""

    capabilities = frozenset({"decode"})

    def decode(self, data: bytes) -> Message:
        message = self._reference.decode(data)
        for tlv in message["tlvs"]:
            tlv["value"]["volume"] %= 1 << 64
        return message


class EncodesOnly(_Plain):
    """Claims encode alone; writes a volume of one too little."""

    capabilities = frozenset({"encode"})

    def encode(self, message: Mapping[str, Any]) -> bytes:
        data = self._reference.encode(message)
        return data[:-1] if message["tlvs"][0]["value"]["volume"] == 1 else data
