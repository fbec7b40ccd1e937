"""What values mean, after decoding (section 8): every rule, and the fields that a violation names.

The page says that a violation names the field. Where a rule is about two fields or about an element
of a vector, it does not say which one: any name in ``Violation.names`` is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from torq_specs.enums import DepthAction, InvalidationReason, PriceType, Side
from torq_specs.registry import REGISTRY, Registry

Value = Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """One rule that a value breaks; ``names`` are the fields that may be named for it."""

    names: frozenset[str]
    rule: str


Rule = Callable[[Value], Iterator[Violation]]


def _violation(rule: str, *names: str) -> Violation:
    return Violation(frozenset(names), rule)


def _positive(*fields: str) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        for name in fields:
            if value[name] <= 0:
                yield _violation(f"{name} > 0", name)

    return check


def _not_negative(*fields: str) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        for name in fields:
            if value[name] < 0:
                yield _violation(f"{name} >= 0", name)

    return check


def _member(name: str, members: type[IntEnum]) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        if value[name] not in members._value2member_map_:
            yield _violation(f"{name} is a {members.__name__}", name)

    return check


def _at_least(larger: str, smaller: str) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        if value[larger] < value[smaller]:
            yield _violation(f"{larger} >= {smaller}", larger, smaller)

    return check


def _below(smaller: str, larger: str) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        if value[smaller] >= value[larger]:
            yield _violation(f"{smaller} < {larger}", smaller, larger)

    return check


def _not_empty(name: str) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        if not value[name]:
            yield _violation(f"{name} has at least one element", name)

    return check


def _spread(value: Value) -> Iterator[Violation]:
    if value["spread"] != value["ask_price"] - value["bid_price"]:
        rule = "spread = ask_price - bid_price"
        yield _violation(rule, "spread", "ask_price", "bid_price")


def _levels(side: str, *, is_ascending: bool) -> Rule:
    def check(value: Value) -> Iterator[Violation]:
        levels = value[side]
        for index, level in enumerate(levels):
            for name in ("price", "size"):
                if level[name] <= 0:
                    yield _violation(f"every {name} > 0", side, f"{side}[{index}].{name}")
            if index:
                step = level["price"] - levels[index - 1]["price"]
                if step <= 0 if is_ascending else step >= 0:
                    names = (f"{side}[{index - 1}].price", f"{side}[{index}].price")
                    order = "ascending" if is_ascending else "descending"
                    yield _violation(f"{side} strictly {order} by price", side, *names)

    return check


def _uncrossed(value: Value) -> Iterator[Violation]:
    bids, asks = value["bids"], value["asks"]
    if bids and asks and asks[0]["price"] < bids[0]["price"]:
        names = ("asks", "bids", "asks[0].price", "bids[0].price")
        yield _violation("best ask >= best bid", *names)


TICKS = (_below("tick_lower", "tick_upper"),)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "Trade": (_member("side", Side), _positive("price", "volume")),
    "Quote": (
        _not_negative("bid_price", "bid_size", "ask_price", "ask_size"),
        _at_least("ask_price", "bid_price"),
    ),
    "OrderBook": (
        _levels("bids", is_ascending=False),
        _levels("asks", is_ascending=True),
        _uncrossed,
        _positive("precision_factor"),
    ),
    "DepthUpdate": (_member("side", Side), _member("action", DepthAction)),
    "SpreadUpdate": (_spread,),
    "PriceUpdate": (_member("price_type", PriceType),),
    "VolumeUpdate": (_at_least("window_end_ns", "window_start_ns"),),
    "PoolLiquidity": (_not_empty("reserves"),),
    "PoolMint": TICKS,
    "PoolBurn": TICKS,
    "PoolPosition": TICKS,
    "PoolCollect": TICKS,
    "StateInvalidation": (_not_empty("instruments"), _member("reason", InvalidationReason)),
}
"""The rules of each type that has any, by its name."""


def violations(message: Mapping[str, Any], registry: Registry = REGISTRY) -> list[Violation]:
    """Everything in a neutral message that is decodable and yet means nothing."""
    found: list[Violation] = []
    for tlv in message["tlvs"]:
        line = registry.get(tlv["type"])
        if line is not None:
            for rule in RULES.get(line.name, ()):
                found += rule(tlv["value"])
    return found
