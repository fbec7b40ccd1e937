"""Faults in the rules about what decoded values mean (section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torq_conformance.mutants.seeding import Mutant, mutant

Value = Mapping[str, Any]

TYPES = {
    "TRADE": 1,
    "QUOTE": 2,
    "ORDERBOOK": 3,
    "DEPTHUPDATE": 6,
    "SPREADUPDATE": 7,
    "PRICEUPDATE": 8,
    "VOLUMEUPDATE": 9,
    "POOLLIQUIDITY": 10,
    "POOLMINT": 12,
    "POOLBURN": 13,
    "POOLPOSITION": 17,
    "POOLCOLLECT": 18,
    "STATEINVALIDATION": 106,
}
"""The types that section 8 has a rule for."""

EVERY = tuple(f"VLD-{name}" for name in TYPES)


class _RuleMutant(Mutant):
    """Judges the values of type ``number`` by another rule: `judge` changes what is found."""

    number: ClassVar[int]

    def judge(self, value: Value, found: list[str]) -> list[str]:
        """The fields that it names, of those that are named."""
        raise NotImplementedError

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        named: list[str] = []
        for tlv in message["tlvs"]:
            found = super().validate({**message, "tlvs": [tlv]})
            named += self.judge(tlv["value"], found) if tlv["type"] == self.number else found
        return named


class _BlindMutant(_RuleMutant):
    """Never names some ``fields``, or only sometimes: when `sees` says so."""

    fields: ClassVar[tuple[str, ...]]

    def sees(self, value: Value) -> bool:
        """Whether it is not blind for once."""
        return False

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found if self.sees(value) else [name for name in found if name not in self.fields]


@mutant("L01", "VLD-TRADE")
class SideUnjudged(_BlindMutant):
    """side of a Trade is not judged."""

    number, fields = 1, ("side",)


@mutant("L01b", "VLD-TRADE")
class SideTwoTaken(_BlindMutant):
    """side 2 of a Trade is taken."""

    number, fields = 1, ("side",)

    def sees(self, value: Value) -> bool:
        return bool(value["side"] != 2)


@mutant("L02", "VLD-TRADE")
class PriceZeroTaken(_BlindMutant):
    """price 0 of a Trade is taken."""

    number, fields = 1, ("price",)

    def sees(self, value: Value) -> bool:
        return bool(value["price"])


@mutant("L02b", "VLD-TRADE")
class NegativePriceTaken(_BlindMutant):
    """A negative price of a Trade is taken."""

    number, fields = 1, ("price",)

    def sees(self, value: Value) -> bool:
        return bool(value["price"] >= 0)


@mutant("L02c", "VLD-TRADE")
class VolumeZeroTaken(_BlindMutant):
    """volume 0 of a Trade is taken."""

    number, fields = 1, ("volume",)

    def sees(self, value: Value) -> bool:
        return bool(value["volume"])


@mutant("L02d", "VLD-TRADE")
class PriceMinimumTaken(_BlindMutant):
    """price of a Trade at the i64 minimum is taken: its negation is negative."""

    number, fields = 1, ("price",)

    def sees(self, value: Value) -> bool:
        return bool(value["price"] > -(1 << 63))


@mutant("L02e", "VLD-TRADE")
class PriceOneNamed(_RuleMutant):
    """price 1 of a Trade is named: it must be above 1."""

    number = 1

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "price"] if value["price"] == 1 else found


@mutant("L02f", "VLD-TRADE")
class FirstViolationOnly(_RuleMutant):
    """Of several violations of a Trade only the first is named."""

    number = 1

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found[:1]


@mutant("L03", "VLD-QUOTE")
class ZeroQuoteNamed(_RuleMutant):
    """bid_size 0 of a Quote is named."""

    number = 2

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "bid_size"] if not value["bid_size"] else found


@mutant("L03b", "VLD-QUOTE")
class LockedQuoteNamed(_RuleMutant):
    """A Quote whose prices are equal is named."""

    number = 2

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "ask_price"] if value["ask_price"] == value["bid_price"] else found


@mutant("L03c", "VLD-QUOTE")
class CrossedQuoteTaken(_BlindMutant):
    """A crossed Quote is taken."""

    number, fields = 2, ("ask_price",)

    def sees(self, value: Value) -> bool:
        return bool(value["ask_price"] < 0)


@mutant("L03d", "VLD-QUOTE")
class AskSizeUnjudged(_BlindMutant):
    """ask_size of a Quote is not judged."""

    number, fields = 2, ("ask_size",)


@mutant("L03e", "VLD-QUOTE")
class BidPriceUnjudged(_BlindMutant):
    """bid_price of a Quote is not judged by itself."""

    number, fields = 2, ("bid_price",)


class _BookMutant(_RuleMutant):
    """Judges order books by another rule."""

    number = 3


@mutant("L04", "VLD-ORDERBOOK")
class EqualBidsTaken(_BookMutant):
    """Bids need not descend strictly: equal prices are taken."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        bids = value["bids"]
        equal = {
            f"bids[{at}].price"
            for at in range(1, len(bids))
            if bids[at]["price"] == bids[at - 1]["price"] > 0
        }
        return [name for name in found if name not in equal]


@mutant("L04b", "VLD-ORDERBOOK")
class AsksUnsortedTaken(_BookMutant):
    """The order of asks is not judged."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        asks = value["asks"]
        unsorted = {f"asks[{at}].price" for at in range(1, len(asks)) if asks[at]["price"] > 0}
        return [name for name in found if name not in unsorted]


@mutant("L04c", "VLD-ORDERBOOK")
class FirstTwoCompared(_BookMutant):
    """Only the first two bids are compared."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        bids = value["bids"]
        later = {f"bids[{at}].price" for at in range(2, len(bids)) if bids[at]["price"] > 0}
        return [name for name in found if name not in later]


@mutant("L04d", "VLD-ORDERBOOK")
class LastLevelUnjudged(_BookMutant):
    """The 128th ask is not judged."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [name for name in found if not name.startswith("asks[127]")]


@mutant("L04e", "VLD-ORDERBOOK")
class CrossedBookTaken(_BookMutant):
    """A crossed book is taken."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        is_positive = value["asks"] and value["asks"][0]["price"] > 0
        return [name for name in found if name != "asks[0].price" or not is_positive]


@mutant("L04f", "VLD-ORDERBOOK")
class LockedBookNamed(_BookMutant):
    """A book whose best prices are equal is named."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        best = [value[side][0]["price"] for side in ("bids", "asks") if value[side]]
        is_locked = len(best) == 2 and best[0] == best[1]
        return [*found, "asks[0].price"] if is_locked else found


@mutant("L04g", "VLD-ORDERBOOK")
class LevelSizesUnjudged(_BookMutant):
    """Sizes of levels are not judged."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [name for name in found if not name.endswith(".size")]


@mutant("L04h", "VLD-ORDERBOOK")
class ZeroSizeTaken(_BookMutant):
    """Levels of size 0 are taken: they stand for removed ones."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        zero = {
            f"{side}[{at}].size"
            for side in ("bids", "asks")
            for at, level in enumerate(value[side])
            if not level["size"]
        }
        return [name for name in found if name not in zero]


@mutant("L04i", "VLD-ORDERBOOK")
class PrecisionZeroTaken(_BookMutant):
    """precision_factor 0 is taken."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        is_zero = not value["precision_factor"]
        return [name for name in found if not (is_zero and name == "precision_factor")]


@mutant("L04j", "VLD-ORDERBOOK")
class EmptySideNamed(_BookMutant):
    """A book without bids is named."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found if value["bids"] else [*found, "bids"]


@mutant("L04k", "VLD-ORDERBOOK")
class EmptySideRaises(_BookMutant):
    """A book without asks gives an IndexError."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        value["asks"][0]["price"].bit_count()
        return found


@mutant("L04l", "VLD-ORDERBOOK")
class LevelsFromOne(_BookMutant):
    """Levels are named by numbers that start at 1."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [self._counted(name) for name in found]

    def _counted(self, name: str) -> str:
        side, is_level, rest = name.partition("[")
        index, _, field = rest.partition("]")
        return f"{side}[{int(index) + 1}]{field}" if is_level else name


@mutant("L05", "VLD-DEPTHUPDATE")
class ActionThreeTaken(_BlindMutant):
    """action 3 of a DepthUpdate is taken."""

    number, fields = 6, ("action",)

    def sees(self, value: Value) -> bool:
        return bool(value["action"] != 3)


@mutant("L05b", "VLD-DEPTHUPDATE")
class DeleteNamed(_RuleMutant):
    """action 2 of a DepthUpdate, delete, is named."""

    number = 6

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "action"] if value["action"] == 2 else found


@mutant("L05c", "VLD-DEPTHUPDATE")
class DepthSideUnjudged(_BlindMutant):
    """side of a DepthUpdate is not judged."""

    number, fields = 6, ("side",)


@mutant("L06", "VLD-SPREADUPDATE")
class SpreadUnjudged(_BlindMutant):
    """spread of a SpreadUpdate is not judged."""

    number, fields = 7, ("spread",)


@mutant("L06b", "VLD-SPREADUPDATE")
class SpreadWithoutSign(_BlindMutant):
    """spread of a SpreadUpdate is compared without its sign."""

    number, fields = 7, ("spread",)

    def sees(self, value: Value) -> bool:
        return bool(abs(value["spread"]) != abs(value["ask_price"] - value["bid_price"]))


@mutant("L06c", "VLD-SPREADUPDATE")
class SpreadWraps(_BlindMutant):
    """ask - bid is calculated in 64 bits, so that a wrapped spread is taken."""

    number, fields = 7, ("spread",)

    def sees(self, value: Value) -> bool:
        return bool((value["spread"] - value["ask_price"] + value["bid_price"]) % (1 << 64))


@mutant("L07", "VLD-PRICEUPDATE")
class PriceTypeFourTaken(_BlindMutant):
    """price_type 4 of a PriceUpdate is taken."""

    number, fields = 8, ("price_type",)

    def sees(self, value: Value) -> bool:
        return bool(value["price_type"] != 4)


@mutant("L07b", "VLD-PRICEUPDATE")
class MidNamed(_RuleMutant):
    """price_type 3 of a PriceUpdate, mid, is named."""

    number = 8

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "price_type"] if value["price_type"] == 3 else found


@mutant("L08", "VLD-VOLUMEUPDATE")
class EmptyWindowNamed(_RuleMutant):
    """A window of a VolumeUpdate that ends where it starts is named."""

    number = 9

    def judge(self, value: Value, found: list[str]) -> list[str]:
        is_empty = value["window_end_ns"] == value["window_start_ns"]
        return [*found, "window_end_ns"] if is_empty else found


@mutant("L08b", "VLD-VOLUMEUPDATE")
class WindowUnjudged(_BlindMutant):
    """The window of a VolumeUpdate is not judged."""

    number, fields = 9, ("window_end_ns",)


@mutant("L08c", "VLD-VOLUMEUPDATE")
class WindowSigned(_RuleMutant):
    """The ends of the window of a VolumeUpdate are compared as signed numbers."""

    number = 9

    def judge(self, value: Value, found: list[str]) -> list[str]:
        start, end = (value[name] ^ 1 << 63 for name in ("window_start_ns", "window_end_ns"))
        return ["window_end_ns"] if end < start else []


@mutant("L09", "VLD-POOLLIQUIDITY")
class NoReservesTaken(_BlindMutant):
    """A PoolLiquidity without reserves is taken."""

    number, fields = 10, ("reserves",)


@mutant("L09b", "VLD-POOLLIQUIDITY")
class OneReserveNamed(_RuleMutant):
    """A PoolLiquidity with one reserve is named."""

    number = 10

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "reserves"] if len(value["reserves"]) == 1 else found


@mutant("L10", "VLD-POOLMINT")
class EqualTicksTaken(_BlindMutant):
    """Equal ticks of a PoolMint are taken."""

    number, fields = 12, ("tick_lower",)

    def sees(self, value: Value) -> bool:
        return bool(value["tick_lower"] != value["tick_upper"])


@mutant("L10b", "VLD-POOLBURN")
class BurnTicksUnjudged(_BlindMutant):
    """The ticks of a PoolBurn are not judged."""

    number, fields = 13, ("tick_lower",)


@mutant("L10c", "VLD-POOLPOSITION")
class PositionTicksUnjudged(_BlindMutant):
    """The ticks of a PoolPosition are not judged."""

    number, fields = 17, ("tick_lower",)


@mutant("L10d", "VLD-POOLCOLLECT")
class CollectTicksUnjudged(_BlindMutant):
    """The ticks of a PoolCollect are not judged."""

    number, fields = 18, ("tick_lower",)


@mutant("L10e", "VLD-POOLMINT")
class TicksComparedUnsigned(_RuleMutant):
    """The ticks of a PoolMint are compared as unsigned numbers."""

    number = 12

    def judge(self, value: Value, found: list[str]) -> list[str]:
        lower, upper = (value[name] % (1 << 32) for name in ("tick_lower", "tick_upper"))
        return ["tick_lower"] if lower >= upper else []


@mutant("L11", "VLD-STATEINVALIDATION")
class NoInstrumentsTaken(_BlindMutant):
    """A StateInvalidation without instruments is taken."""

    number, fields = 106, ("instruments",)


@mutant("L11b", "VLD-STATEINVALIDATION")
class ReasonSixTaken(_BlindMutant):
    """reason 6 of a StateInvalidation is taken."""

    number, fields = 106, ("reason",)

    def sees(self, value: Value) -> bool:
        return bool(value["reason"] != 6)


@mutant("L11c", "VLD-STATEINVALIDATION")
class RecoveryNamed(_RuleMutant):
    """reason 5 of a StateInvalidation, Recovery, is named."""

    number = 106

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return [*found, "reason"] if value["reason"] == 5 else found


@mutant("L12", *EVERY)
class FirstTlvJudged(Mutant):
    """Only the first TLV of a message is judged."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return super().validate({**message, "tlvs": message["tlvs"][:1]})


@mutant("L12b", *EVERY)
class NothingJudged(Mutant):
    """Every message is taken."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return []


@mutant("L12c", *EVERY)
class ViolationsCounted(Mutant):
    """Violations are counted instead of named."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        return len(super().validate(message))


@mutant("L12d", *EVERY)
class ViolationsTagged(Mutant):
    """Violations are named with the type in front."""

    def validate(self, message: Mapping[str, Any]) -> list[str]:
        return [f"tlvs[0].{name}" for name in super().validate(message)]


@mutant("L20", "VLD-STATEINVALIDATION")
class HealthJudged(Mutant):
    """A health_status without a name is named, though section 8 has no rule for it."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        named = super().validate(message)
        if any(t["type"] == 107 and t["value"]["health_status"] > 3 for t in message["tlvs"]):
            named.append("health_status")
        return named


class _ChangedBook(Mutant):
    """Judges another book than it is given."""

    def changed(self, book: dict[str, Any]) -> dict[str, Any]:
        """The book that is judged."""
        return book

    def validate(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {**tlv, "value": self.changed(tlv["value"])} if tlv["type"] == 3 else tlv
            for tlv in message["tlvs"]
        ]
        return super().validate({**message, "tlvs": tlvs})


@mutant("L21", "VLD-ORDERBOOK")
class LevelPricesAsDoubles(_ChangedBook):
    """The prices of levels are compared as doubles."""

    def changed(self, book: dict[str, Any]) -> dict[str, Any]:
        return {
            **book,
            **{
                side: [{**level, "price": int(float(level["price"]))} for level in book[side]]
                for side in ("bids", "asks")
            },
        }


@mutant("L22", "VLD-ORDERBOOK")
class OneSidedBooksUnjudged(_ChangedBook):
    """The order of a side is only judged while the other has levels, too."""

    def changed(self, book: dict[str, Any]) -> dict[str, Any]:
        return book if book["bids"] and book["asks"] else {**book, "bids": [], "asks": []}


@mutant("L23", "VLD-TRADE")
class FirstViolationAlone(Mutant):
    """Behind a trade that breaks a rule nothing is judged."""

    def validate(self, message: Mapping[str, Any]) -> Any:
        first = super().validate({**message, "tlvs": message["tlvs"][:1]})
        is_enough = first and message["tlvs"][0]["type"] == 1
        return first if is_enough else super().validate(message)


class _LevelMutant(_BookMutant):
    """Does not name a part of some levels."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        """Whether that part of a level is judged."""
        raise NotImplementedError

    def judge(self, value: Value, found: list[str]) -> list[str]:
        named = []
        for name in found:
            side, _, rest = name.partition("[")
            index, _, part = rest.partition("].")
            if not part or self.sees_level(side, int(index), part, value[side]):
                named.append(name)
        return named


@mutant("L24", "VLD-ORDERBOOK")
class DeepSizes(_LevelMutant):
    """Sizes behind the third level are not judged."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        return part != "size" or index < 3


@mutant("L24b", "VLD-ORDERBOOK")
class DeepZeroSizes(_LevelMutant):
    """A size of 0 behind the third level is not named, one below 0 is."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        return part != "size" or index < 3 or levels[index]["size"] < 0


@mutant("L24c", "VLD-ORDERBOOK")
class MiddleUnordered(_LevelMutant):
    """The order of the first four and of the last two levels is judged."""

    def sees_level(self, side: str, index: int, part: str, levels: list[Any]) -> bool:
        return part != "price" or index < 4 or index > len(levels) - 3


@mutant("L25", "VLD-ORDERBOOK")
class EmptyUnjudged(_BookMutant):
    """An empty book is not judged at all."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found if value["bids"] or value["asks"] else []


@mutant("L26", "VLD-ORDERBOOK")
class FirstFaultOfABook(_BookMutant):
    """Of a book the first rule that it breaks is named, and no other."""

    def judge(self, value: Value, found: list[str]) -> list[str]:
        return found[:1]


@mutant("L27", "VLD-QUOTE")
class AskUnjudged(_RuleMutant):
    """An ask below 0 is named as a bid that crosses it."""

    number = 2

    def judge(self, value: Value, found: list[str]) -> list[str]:
        if value["ask_price"] < 0 <= value["bid_price"]:
            return ["bid_price" if name == "ask_price" else name for name in found]
        return found
