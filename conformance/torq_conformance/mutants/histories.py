"""Mutants whose answers about ids are wrong for one argument in many, or after many calls.

Made by rule from tables: what an operation is asked with, and what it gives instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torq_conformance.mutants.seeding import Mutant
from torq_conformance.reference import instrument_id
from torq_conformance.rejection import Rejected

Arguments = dict[str, Any]
Change = Callable[[Arguments], Arguments]

SYMBOLS = ("stock", "bond", "coin", "option")


def _symbol(change: Callable[[str], str]) -> Change:
    return lambda arguments: {**arguments, "symbol": change(arguments["symbol"])}


def _ids(change: Callable[[Mapping[str, int]], Mapping[str, int]]) -> Change:
    def changed(arguments: Arguments) -> Arguments:
        return {k: change(v) if isinstance(v, Mapping) else v for k, v in arguments.items()}

    return changed


def _venue(change: Callable[[int], int]) -> Change:
    return lambda arguments: {**arguments, "venue": change(arguments["venue"])}


def _truncated_utf8(symbol: str) -> str:
    """What is wide behind the eighth byte is cut before anybody looks at it."""
    return symbol.encode()[:8].decode(errors="ignore")


CHANGES: Mapping[str, tuple[tuple[str, ...], Change, tuple[str, ...]]] = {
    "symbols lose spaces at their end": (
        SYMBOLS,
        _symbol(lambda symbol: symbol.rstrip(" ")),
        ("IID-SYMBOL", "IID-OPTION"),
    ),
    "symbols lose spaces in front": (
        SYMBOLS,
        _symbol(lambda symbol: symbol.lstrip(" ")),
        ("IID-SYMBOL", "IID-OPTION"),
    ),
    "symbols end at a NUL": (
        SYMBOLS,
        _symbol(lambda symbol: symbol.partition("\0")[0]),
        ("IID-SYMBOL", "IID-OPTION"),
    ),
    "a wide character behind the cut is not seen": (
        SYMBOLS,
        _symbol(_truncated_utf8),
        ("IID-REFUSAL",),
    ),
    "symbols of more than 32 characters are empty": (
        SYMBOLS,
        _symbol(lambda symbol: symbol if len(symbol) <= 32 else ""),
        ("IID-SYMBOL", "IID-OPTION"),
    ),
    "symbols are upper case from the fifth character on": (
        SYMBOLS,
        _symbol(lambda symbol: symbol[:4] + symbol[4:].upper() if symbol.isascii() else symbol),
        ("IID-SYMBOL", "IID-OPTION"),
    ),
    "an l is read as a 1": (
        ("stock", "coin"),
        _symbol(lambda symbol: symbol.replace("l", "1")),
        ("IID-SYMBOL",),
    ),
    "of a pool asset ids are rounded to doubles": (
        ("pool", "triangular_pool"),
        _ids(lambda id_: {**id_, "asset_id": min(int(float(id_["asset_id"])), (1 << 64) - 1)}),
        ("IID-POOL", "IID-TRIANGULAR"),
    ),
    "of an lp_token the highest bit of the pool is lost": (
        ("lp_token",),
        _ids(lambda id_: {**id_, "asset_id": id_["asset_id"] & (1 << 63) - 1}),
        ("IID-LP-TOKEN",),
    ),
    "venues of 601 are 600": (
        ("stock", "coin", "pool", "evm_token"),
        _venue(lambda venue: 600 if venue == 601 else venue),
        ("IID-SYMBOL", "IID-POOL", "IID-EVM-TOKEN"),
    ),
    "venues from 2^15 on lose their highest bit in keys": (
        ("cache_key", "to_u64"),
        _ids(lambda id_: {**id_, "venue": id_["venue"] & 0x7FFF}),
        ("IID-CACHE-KEY", "IID-U64"),
    ),
    "venues of 12,288 to 16,383 lose their highest byte in keys": (
        ("cache_key", "to_u64"),
        _ids(
            lambda id_: (
                {**id_, "venue": id_["venue"] & 0xFF} if 12_288 <= id_["venue"] < 16_384 else id_
            )
        ),
        ("IID-CACHE-KEY", "IID-U64"),
    ),
    "bit 31 of a strike is lost": (
        ("option",),
        lambda arguments: {**arguments, "strike": arguments["strike"] & ~(1 << 31)},
        ("IID-OPTION",),
    ),
    "an expiry from 2^19 on is one day early": (
        ("option",),
        lambda arguments: (
            {**arguments, "expiry": arguments["expiry"] - 1}
            if arguments["expiry"] >> 19 & 1
            else arguments
        ),
        ("IID-OPTION",),
    ),
    "digit 15 of an address in upper case is read as 0": (
        ("evm_token",),
        lambda arguments: (
            {**arguments, "address": arguments["address"][:17] + "0" * 25}
            if arguments["address"][17:18].isupper() and len(arguments["address"]) == 42
            else arguments
        ),
        ("IID-EVM-TOKEN", "IID-REFUSAL"),
    ),
    "the last digit of an address is not looked at": (
        ("evm_token",),
        lambda arguments: (
            {**arguments, "address": arguments["address"][:41] + "0"}
            if len(arguments["address"]) == 42
            else arguments
        ),
        ("IID-REFUSAL",),
    ),
}
"""Changed arguments: the operations, the change, the requirements that speak of it."""


class IdsChanged(Mutant):
    """Operations on ids are asked with changed arguments."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.operations, self.change, self.requirements = CHANGES[fault]
        self.key = fault
        self.fault = fault[0].upper() + fault[1:]
        self.id = f"ids: {fault}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key,)

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation in self.operations:
            arguments = self.change(arguments)
        return super().instrument_id(operation, **arguments)


class TwoOfThreeSorted(Mutant):
    """A triangular_pool puts the first two ids in order, and not the third."""

    id = "ids: two of three sorted"
    fault = "A triangular_pool puts the first two ids in order, and not the third"
    requirements = ("IID-TRIANGULAR",)

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        if operation == "triangular_pool":
            low, middle = sorted(arguments[name]["asset_id"] for name in "ab")
            number = low * 31 + middle * 17 + arguments["c"]["asset_id"]
            right: Any = instrument_id.OPERATIONS[operation](**arguments)
            return {**right, "asset_id": number % (1 << 64)}
        return super().instrument_id(operation, **arguments)


# Histories.

Key = Callable[[str, Arguments], object]

CACHES: Mapping[str, tuple[tuple[str, ...], Key]] = {
    "without the venue": (SYMBOLS[:3], lambda name, a: (name, a["symbol"])),
    "without the operation": (SYMBOLS[:3], lambda name, a: (a["venue"], a["symbol"])),
    "by the first 5 characters of a symbol": (
        SYMBOLS[:3],
        lambda name, a: (name, a["venue"], a["symbol"][:5]),
    ),
    "by lower case": (SYMBOLS[:3], lambda name, a: (name, a["venue"], a["symbol"].lower())),
    "by the first 17 characters of an address": (
        ("evm_token",),
        lambda name, a: (a["venue"], a["address"][:17]),
    ),
    "by the sum of two ids": (
        ("pool",),
        lambda name, a: (a["venue"], a["a"]["asset_id"] ^ a["b"]["asset_id"]),
    ),
    "of options without their symbol": (
        ("option",),
        lambda name, a: (a["venue"], a["strike"], a["expiry"], a["is_call"]),
    ),
    "of options without call and put": (
        ("option",),
        lambda name, a: (a["venue"], a["strike"], a["expiry"], a["symbol"]),
    ),
}
"""By what ids are kept and given again."""


class Cached(Mutant):
    """Ids are kept by a part of their arguments and given again."""

    requirements = ("STATE-INDEPENDENT",)

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.operations, self.key_of = CACHES[key]
        self.kept: dict[object, object] = {}
        self.fault = f"Ids are kept and given again {key}"
        self.id = f"ids kept: {key}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.key,)

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        answer = super().instrument_id(operation, **arguments)
        if operation not in self.operations:
            return answer
        kept = self.kept.setdefault(self.key_of(operation, arguments), answer)
        return dict(kept) if isinstance(kept, dict) else kept


class Interned(Mutant):
    """Symbols get numbers in a table of so many places, which are taken again when it is full."""

    requirements = ("STATE-INDEPENDENT",)

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places
        self.table: dict[str, object] = {}
        self.fault = f"After {places} symbols a table of them is full, and the last one is given"
        self.id = f"ids kept: {places} symbols"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.places,)

    def instrument_id(self, operation: str, **arguments: Any) -> object:
        answer = super().instrument_id(operation, **arguments)
        if operation != "stock" or arguments["symbol"] in self.table:
            return answer
        if len(self.table) >= self.places:
            last: Any = [*self.table.values()][-1]
            return dict(last)
        self.table[arguments["symbol"]] = answer
        return answer


class DoorClosed(Mutant):
    """After so many refusals in a row everything is refused."""

    requirements = ("STATE-INDEPENDENT",)

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals, self.count = refusals, 0
        self.fault = f"After {refusals} refusals in a row decode refuses everything"
        self.id = f"door closed: {refusals}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.refusals,)

    def decode(self, data: bytes) -> Any:
        if self.count >= self.refusals:
            raise Rejected("ParseError", offset=0, context="too many errors")
        try:
            message = super().decode(data)
        except Rejected:
            self.count += 1
            raise
        self.count = 0
        return message


class SequenceKept(Mutant):
    """A sequence number that does not follow is refused, under one flag."""

    requirements = ("STATE-INDEPENDENT",)
    FLAGS: Mapping[str, int] = {"with flag 0x01": 0x01, "with flag 0x20": 0x20}

    def __init__(self, flag: str) -> None:
        super().__init__()
        self.flag, self.last = flag, -1
        self.fault = f"A sequence that is the last one again is refused {flag}"
        self.id = f"sequence kept: {flag}"
        self.name = f"mutant {self.id}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.flag,)

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        fields = message["header"]
        is_again = fields["sequence"] == self.last and fields["flags"] == self.FLAGS[self.flag]
        self.last = fields["sequence"]
        if is_again:
            raise Rejected("ParseError", offset=8, context="seen before")
        return message


def history_mutants() -> tuple[Mutant, ...]:
    """A mutant for each change, each cache, and each history."""
    return (
        *(IdsChanged(fault) for fault in CHANGES),
        TwoOfThreeSorted(),
        *(Cached(key) for key in CACHES),
        *(Interned(places) for places in (256, 1024)),
        *(DoorClosed(refusals) for refusals in (16, 100, 256)),
        *(SequenceKept(flag) for flag in SequenceKept.FLAGS),
    )
