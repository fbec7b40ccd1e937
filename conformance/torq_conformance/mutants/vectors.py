"""Faults in vectors of fixed capacity and in the two sides of an order book (section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torq_conformance.mutants import edits
from torq_conformance.mutants.seeding import (
    BytesMutant,
    LayoutMutant,
    Mutant,
    RefusalMutant,
    ValueMutant,
    mutant,
)
from torq_conformance.rejection import Rejected

BOOK = 3
POOL_LIQUIDITY = 10
INVALIDATION = 106

BIDS = 24
ASKS = 3104
SIDE_SIZE = 3080
LEVEL_SIZE = 24
SIDES = ("bids", "asks")

HEADS = {BOOK: (BIDS, ASKS), POOL_LIQUIDITY: (16,), INVALIDATION: (16,)}
"""Where the vectors of a type start."""

NAMES = {BOOK: SIDES, POOL_LIQUIDITY: ("reserves",), INVALIDATION: ("instruments",)}


class _BookMutant(ValueMutant):
    """Its fault lies in order books."""

    touched = (BOOK,)


class _LevelsMutant(_BookMutant):
    """Changes the levels of each side in one way, when decoding."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        """The levels that are given."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        return {**value, **{side: self.levels(value[side]) for side in SIDES}}


class _CountRefusedMutant(Mutant):
    """Refuses some legal counts of a vector when decoding."""

    def refuses(self, elements: list[Any]) -> bool:
        """Whether a vector is refused."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            for name in NAMES.get(tlv["type"], ()):
                if self.refuses(tlv["value"][name]):
                    count = len(tlv["value"][name])
                    raise Rejected("CapacityExceeded", field=name, attempted=count)
        return message


@mutant("V02", "VEC-CAPACITY", "VEC-COUNT")
class CountOf8Bits(BytesMutant):
    """The count of a vector is read as 8 bits."""

    touched = tuple(HEADS)

    def take(self, value: bytearray) -> None:
        for head in HEADS[{6200: BOOK, 208: POOL_LIQUIDITY, 224: INVALIDATION}[len(value)]]:
            value[head + 1] = 0


@mutant("V03", "VEC-COUNT")
class CountBigEndian(BytesMutant):
    """The count of bids is big-endian, in both directions."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        value[BIDS : BIDS + 2] = value[BIDS : BIDS + 2][::-1]

    give = take


@mutant("V03b", "VEC-COUNT")
class CountIsLastIndex(BytesMutant):
    """The count of instruments is written as the index of the last one."""

    touched = (INVALIDATION,)

    def give(self, value: bytearray) -> None:
        value[16] = max(value[16] - 1, 0)


@mutant("V07", "PAD-ENCODE")
class CountPaddingWritten(BytesMutant):
    """The padding behind the count of asks carries what was in memory."""

    touched = (BOOK,)

    def give(self, value: bytearray) -> None:
        value[ASKS + 2 : ASKS + 8] = b"\xcd" * 6


@mutant("V07b", "VEC-SLOTS")
class SlotsWritten(BytesMutant):
    """Slots behind the bids carry what was in memory."""

    touched = (BOOK,)

    def give(self, value: bytearray) -> None:
        stale = BIDS + 8 + LEVEL_SIZE * value[BIDS]
        value[stale:ASKS] = b"\xcd" * (ASKS - stale)


@mutant("V07c", "VEC-SLOTS")
class LastSlotWritten(BytesMutant):
    """The last slot of reserves is written as all ones when it is not used."""

    touched = (POOL_LIQUIDITY,)

    def give(self, value: bytearray) -> None:
        if value[16] < 8:
            value[144:160] = b"\xff" * 16


@mutant("V08", "PAD-DECODE")
class CountPaddingUnchecked(BytesMutant):
    """The padding behind the count of bids is not checked, though strict_padding is claimed."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        value[BIDS + 2 : BIDS + 8] = bytes(6)


@mutant("V08b", "PAD-DECODE")
class SlotsUnchecked(BytesMutant):
    """Slots behind the asks are not checked, though strict_padding is claimed."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        stale = ASKS + 8 + LEVEL_SIZE * min(value[ASKS], 128)
        end = ASKS + SIDE_SIZE
        value[stale:end] = bytes(end - stale)


@mutant("V08c", "PAD-DECODE")
class FirstStaleSlotChecked(BytesMutant):
    """Behind the instruments only the first unused slot is checked."""

    touched = (INVALIDATION,)

    def take(self, value: bytearray) -> None:
        stale = min(24 + 12 * (value[16] + 1), 216)
        value[stale:216] = bytes(216 - stale)


@mutant("V08d", "PAD-DECODE")
class StalePricesChecked(BytesMutant):
    """Of a stale slot of bids only the price is checked."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        for slot in range(min(value[BIDS], 128), 128):
            start = BIDS + 8 + LEVEL_SIZE * slot
            value[start + 8 : start + LEVEL_SIZE] = bytes(16)


@mutant("V09", "VEC-FULL")
class FullRefused(_CountRefusedMutant):
    """A full side of a book is refused."""

    def refuses(self, elements: list[Any]) -> bool:
        return len(elements) == 128


@mutant("V09b", "VEC-COUNT")
class Count127Refused(_CountRefusedMutant):
    """A count of 127 is refused and no other."""

    def refuses(self, elements: list[Any]) -> bool:
        return len(elements) == 127


@mutant("V09c", "VEC-FULL")
class EmptyRefused(_CountRefusedMutant):
    """An empty vector is refused."""

    def refuses(self, elements: list[Any]) -> bool:
        return not elements


@mutant("V09d", "VEC-FULL")
class FullNotBuilt(Mutant):
    """An encoder refuses 16 instruments, the capacity."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        for tlv in message["tlvs"]:
            if tlv["type"] == INVALIDATION and len(tlv["value"]["instruments"]) == 16:
                raise Rejected("CapacityExceeded", field="instruments", attempted=16)
        return data


@mutant("V10", "VEC-CAPACITY")
class TooManyCutOnEncode(_BookMutant):
    """Levels above the capacity are dropped without a word on encode."""

    def write(self, value: Any) -> Any:
        return {**value, **{side: value[side][:128] for side in SIDES}}


@mutant("V10b", "VEC-CAPACITY")
class TooManyCutOnDecode(BytesMutant):
    """A count above the capacity is read as the capacity."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        for head in (BIDS, ASKS):
            count = min(int.from_bytes(value[head : head + 2], "little"), 128)
            value[head : head + 2] = count.to_bytes(2, "little")


@mutant("V10c", "VEC-CAPACITY", "ERR-NO-CRASH")
class CountUnchecked(BytesMutant):
    """A count above the capacity is believed: reading runs out of the reserves."""

    touched = (POOL_LIQUIDITY,)

    def take(self, value: bytearray) -> None:
        if int.from_bytes(value[16:18], "little") > 8:
            raise IndexError("index out of range")


@mutant("V10d", "VEC-CAPACITY")
class OneTooManyTaken(BytesMutant):
    """A count of 129 bids is read as 128: the check is off by one."""

    touched = (BOOK,)

    def take(self, value: bytearray) -> None:
        if value[BIDS : BIDS + 2] == b"\x81\0":
            value[BIDS] = 128


@mutant("V10e", "VEC-CAPACITY")
class CapacityIsParseError(RefusalMutant):
    """More elements than the capacity are refused as a ParseError."""

    kind = "CapacityExceeded"

    def refuse(self, rejected: Rejected) -> BaseException:
        return Rejected("ParseError", offset=32, context="too many")


@mutant("V10f", "VEC-CAPACITY")
class OverflowIsRange(RefusalMutant):
    """More elements than the capacity are refused as ValueOutOfRange on encode."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return Mutant.encode(self, message)
        except Rejected as rejected:
            if rejected.kind != "CapacityExceeded":
                raise
            raise Rejected("ValueOutOfRange", **rejected.context) from None


@mutant("V13", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class SidesSwapped(_BookMutant):
    """The bids are given as asks and the asks as bids."""

    def read(self, value: Any) -> Any:
        return {**value, "bids": value["asks"], "asks": value["bids"]}


@mutant("V13b", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class SidesWrittenSwapped(_BookMutant):
    """The bids are written behind the asks."""

    def write(self, value: Any) -> Any:
        return {**value, "bids": value["asks"], "asks": value["bids"]}


@mutant("V14", "BOOK-SIDES", "VEC-SLOTS")
class SecondSideFollowsFirst(BytesMutant):
    """The asks are written right behind the last bid instead of at their place."""

    touched = (BOOK,)

    def give(self, value: bytearray) -> None:
        end = BIDS + 8 + LEVEL_SIZE * value[BIDS]
        asks = value[ASKS : ASKS + SIDE_SIZE]
        value[end : ASKS + SIDE_SIZE] = asks.ljust(ASKS + SIDE_SIZE - end, b"\0")


@mutant("V14b", "BOOK-SIDES")
class SecondSideReadBehindFirst(_BookMutant):
    """The asks are looked for right behind the last bid, where there are none in a short book."""

    def read(self, value: Any) -> Any:
        return value if len(value["bids"]) == 128 else {**value, "asks": []}


@mutant("V15", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class LevelsSorted(_LevelsMutant):
    """Levels are given sorted by price."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return sorted(levels, key=lambda level: level["price"])


@mutant("V15b", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class BidsWrittenSorted(_BookMutant):
    """Bids are written in descending order."""

    def write(self, value: Any) -> Any:
        bids = sorted(value["bids"], key=lambda level: -level["price"])
        return {**value, "bids": bids}


@mutant("V15c", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class AsksReversed(_BookMutant):
    """Asks are given worst first."""

    def read(self, value: Any) -> Any:
        return {**value, "asks": value["asks"][::-1]}


@mutant("V16", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class EqualPricesMerged(_LevelsMutant):
    """Of levels with one price only the last is given."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return list({level["price"]: level for level in levels}.values())


@mutant("V16b", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class ZeroLevelsDropped(_LevelsMutant):
    """Levels whose size is 0 are dropped."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return [level for level in levels if level["size"]]


@mutant("V16c", "BOOK-SIDES", "LAYOUT-ORDERBOOK", "VEC-COUNT")
class ZeroLevelsAtEndDropped(_LevelsMutant):
    """The count is not read: levels end where the slots are zero."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        while levels and not any(levels[-1].values()):
            levels = levels[:-1]
        return levels


@mutant("V17", "LAYOUT-ORDERBOOK")
class PriceAndSizeSwapped(LayoutMutant):
    """price and size of a level lie in each other's place."""

    touched = (BOOK,)
    old, new = "price i64, size i64", "size i64, price i64"


@mutant("V17b", "LAYOUT-ORDERBOOK")
class LevelPricesUnsigned(LayoutMutant):
    """Prices of levels are unsigned."""

    touched = (BOOK,)
    old, new = "price i64, size i64, order_count", "price u64, size i64, order_count"


@mutant("V18", "LAYOUT-ORDERBOOK")
class PrecisionZeroReplaced(_BookMutant):
    """A precision_factor of 0 is read as 1."""

    def read(self, value: Any) -> Any:
        return {**value, "precision_factor": value["precision_factor"] or 1}


@mutant("V18b", "LAYOUT-ORDERBOOK")
class PrecisionNotNegative(_BookMutant):
    """A negative precision_factor is read without its sign."""

    def read(self, value: Any) -> Any:
        return {**value, "precision_factor": abs(value["precision_factor"])}


@mutant("V18c", "LAYOUT-ORDERBOOK")
class PrecisionApplied(_BookMutant):
    """Prices are scaled by a precision_factor of 8 decimals, down and up again, and rounded."""

    def read(self, value: Any) -> Any:
        for level in value["bids"]:
            level["price"] -= level["price"] % 10
        return value


@mutant("V20", "LAYOUT-ORDERBOOK")
class SizesThroughDouble(_LevelsMutant):
    """Sizes of levels go through a double and are rounded above 2^53."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return [{**level, "size": int(float(level["size"]))} for level in levels]


@mutant("V20b", "LAYOUT-ORDERBOOK")
class LastSlotLost(_LevelsMutant):
    """Of a full side the last level repeats the one before it."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return [*levels[:127], *levels[126:127]] if len(levels) == 128 else levels


@mutant("V21", "LAYOUT-ORDERBOOK")
class OrderCountNarrowed(_LevelsMutant):
    """order_count of levels is read as 16 bits."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return [{**level, "order_count": level["order_count"] & 0xFFFF} for level in levels]


@mutant("V21b", "LAYOUT-ORDERBOOK", "VAL-STRUCTURAL")
class LevelReservedLost(_LevelsMutant):
    """reserved of levels is read as 0."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return [{**level, "reserved": 0} for level in levels]


@mutant("V22", "LAYOUT-STATEINVALIDATION", "VAL-STRUCTURAL")
class InstrumentReservedNotWritten(ValueMutant):
    """reserved of instruments is written as 0."""

    touched = (INVALIDATION,)

    def write(self, value: Any) -> Any:
        instruments = [{**instrument, "reserved": 0} for instrument in value["instruments"]]
        return {**value, "instruments": instruments}


@mutant("V23", "LAYOUT-POOLLIQUIDITY")
class ReservesNarrowed(ValueMutant):
    """reserves are read as 64 bits."""

    touched = (POOL_LIQUIDITY,)

    def read(self, value: Any) -> Any:
        return {**value, "reserves": [r & (1 << 64) - 1 for r in value["reserves"]]}


@mutant("V23b", "LAYOUT-POOLLIQUIDITY")
class ReservesHalvesSwapped(ValueMutant):
    """The 64-bit halves of reserves are written in each other's place."""

    touched = (POOL_LIQUIDITY,)

    def write(self, value: Any) -> Any:
        try:
            data = [r.to_bytes(16, "little") for r in value["reserves"]]
        except OverflowError:
            return value
        return {**value, "reserves": [int.from_bytes(d[8:] + d[:8], "little") for d in data]}


@mutant("V24", "VEC-COUNT", "VEC-FULL")
class RuntimeCap(_BookMutant):
    """No more than 100 levels of a side are given, as configured."""

    def read(self, value: Any) -> Any:
        return {**value, **{side: value[side][:100] for side in SIDES}}


@mutant("V25", "VEC-COUNT")
class OddLevelLost(_LevelsMutant):
    """Levels are read in pairs: the last of an odd count above one is lost."""

    def levels(self, levels: list[dict[str, int]]) -> list[dict[str, int]]:
        return levels[: len(levels) & ~1] if len(levels) > 1 else levels


@mutant("V26", "CONTRACT", "VEC-FULL")
class EmptyIsNone(_BookMutant):
    """Empty asks are given as None."""

    def read(self, value: Any) -> Any:
        return {**value, "asks": value["asks"] or None}


@mutant("V27", "BOOK-SIDES")
class EqualCountsShared(_BookMutant):
    """When both sides have as many levels, the asks are the bids: a buffer is shared."""

    def read(self, value: Any) -> Any:
        is_shared = len(value["bids"]) == len(value["asks"])
        return {**value, "asks": value["bids"]} if is_shared else value


@mutant("V28", "BOOK-SIDES", "LAYOUT-ORDERBOOK")
class AsksTakenForEmpty(_BookMutant):
    """The asks are given as empty when there are no bids."""

    def read(self, value: Any) -> Any:
        return value if value["bids"] else {**value, "asks": []}


@mutant("V29", "VEC-CAPACITY", "ERR-CONTEXT-SHOULD")
class AttemptedIsCapacity(RefusalMutant):
    """CapacityExceeded says the capacity as what was attempted."""

    kind = "CapacityExceeded"

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        return {**context, "attempted": context["max_capacity"]}


@mutant("V30", "VEC-SLOTS", "LAYOUT-ORDERBOOK", "REG-SIZE")
class ShortBookCut(Mutant):
    """A book without levels is written without its slots at the end: they are zero anyway."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        data = super().encode(message)
        tlvs = edits.tlvs_of(data)[0]
        if any(tlv.number == BOOK and not any(tlv.value) for tlv in tlvs):
            return edits.rewrapped(
                data, lambda tlvs: (t._replace(value=t.value.rstrip(b"\0")).shortest for t in tlvs)
            )
        return data


@mutant("V31", "VEC-COUNT")
class SixteenLevelsAreFifteen(Mutant):
    """Of exactly sixteen bids the last is lost: a block that is full is flushed too late."""

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] == BOOK and len(tlv["value"]["bids"]) == 16:
                tlv["value"]["bids"].pop()
        return message


@mutant("V32", "VEC-CAPACITY")
class CountWrapsOnEncode(Mutant):
    """The number of reserves is taken modulo 65,536 before it is compared with the capacity."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = []
        for tlv in message["tlvs"]:
            value = tlv["value"]
            if tlv["type"] == 10:
                count = len(value["reserves"]) & 0xFFFF
                value = {**value, "reserves": value["reserves"][:count]}
            tlvs.append({"type": tlv["type"], "value": value})
        return super().encode({**message, "tlvs": tlvs})


@mutant("V33", "VEC-CAPACITY")
class CapacityOfTheFirstWritten(Mutant):
    """Bids above the capacity are dropped from the second TLV on."""

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": {**tlv["value"], "bids": tlv["value"]["bids"][:128]}}
            if index and tlv["type"] == 3
            else tlv
            for index, tlv in enumerate(message["tlvs"])
        ]
        return super().encode({**message, "tlvs": tlvs})
