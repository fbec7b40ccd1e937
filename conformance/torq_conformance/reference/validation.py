"""Section 8: what a decoded value means, and which fields break a rule.

Contract: a violation is named by the path of one field, `bids[3].price` inside a vector. A rule
about two fields names the one that section 8 writes first: ask_price, spread, window_end_ns,
tick_lower; a price out of order is named where the order breaks, at the later level; a best ask
below the best bid is `asks[0].price`; an empty vector is named as a whole, `reserves`.
A TLV names a field once, in the order of section 8; the TLVs of a message follow one another.
Types without a rule, and bytes, have no violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Value = Mapping[str, Any]
    Rule = Callable[[Value], Iterator[str]]

SIDES = frozenset({0, 1})
"""Section 5, Trade: "side u8 (0 buy, 1 sell)"; the side of DepthUpdate is read alike."""

DEPTH_ACTIONS = frozenset({0, 1, 2})
PRICE_TYPES = frozenset({0, 1, 2, 3})
INVALIDATION_REASONS = frozenset({0, 1, 2, 3, 4, 5})


def find_violations(message: Mapping[str, Any]) -> list[str]:
    """Return the paths of the fields that break a rule, [] when the message makes sense."""
    violations: list[str] = []
    for tlv in message["tlvs"]:
        rule = RULES.get(tlv["type"])
        if rule is not None:
            violations.extend(dict.fromkeys(rule(tlv["value"])))
    return violations


def _judge_trade(trade: Value) -> Iterator[str]:
    # Section 8: "side in {0,1}, price > 0, volume > 0"
    if trade["side"] not in SIDES:
        yield "side"
    yield from _find_not_positive(trade, "price", "volume")


def _judge_quote(quote: Value) -> Iterator[str]:
    # Section 8: "prices and sizes >= 0, ask_price >= bid_price"
    for name in ("bid_price", "bid_size", "ask_price", "ask_size"):
        if quote[name] < 0:
            yield name
    if quote["ask_price"] < quote["bid_price"]:
        yield "ask_price"


def _judge_order_book(book: Value) -> Iterator[str]:
    # Section 8: "bids strictly descending, asks strictly ascending by price, every price and size
    # > 0, best ask >= best bid, precision_factor > 0"
    bids, asks = book["bids"], book["asks"]
    for index in range(1, len(bids)):
        if bids[index]["price"] >= bids[index - 1]["price"]:
            yield f"bids[{index}].price"
    for index in range(1, len(asks)):
        if asks[index]["price"] <= asks[index - 1]["price"]:
            yield f"asks[{index}].price"
    for side in ("bids", "asks"):
        for index, level in enumerate(book[side]):
            for name in _find_not_positive(level, "price", "size"):
                yield f"{side}[{index}].{name}"
    if bids and asks and asks[0]["price"] < bids[0]["price"]:
        yield "asks[0].price"
    yield from _find_not_positive(book, "precision_factor")


def _judge_depth_update(update: Value) -> Iterator[str]:
    # Section 8: "side, action in range"
    if update["side"] not in SIDES:
        yield "side"
    if update["action"] not in DEPTH_ACTIONS:
        yield "action"


def _judge_spread_update(update: Value) -> Iterator[str]:
    # Section 8: "spread = ask - bid"
    if update["spread"] != update["ask_price"] - update["bid_price"]:
        yield "spread"


def _judge_price_update(update: Value) -> Iterator[str]:
    # Section 8: "price_type in range"
    if update["price_type"] not in PRICE_TYPES:
        yield "price_type"


def _judge_volume_update(update: Value) -> Iterator[str]:
    # Section 8: "window_end >= window_start"
    if update["window_end_ns"] < update["window_start_ns"]:
        yield "window_end_ns"


def _judge_tick_range(value: Value) -> Iterator[str]:
    # Section 8: "PoolMint/PoolBurn/PoolPosition/PoolCollect: tick_lower < tick_upper"
    if value["tick_lower"] >= value["tick_upper"]:
        yield "tick_lower"


def _judge_pool_liquidity(liquidity: Value) -> Iterator[str]:
    # Section 8: "at least one element"
    if not liquidity["reserves"]:
        yield "reserves"


def _judge_state_invalidation(invalidation: Value) -> Iterator[str]:
    # Section 8: "at least one element", "reason in range"
    if not invalidation["instruments"]:
        yield "instruments"
    if invalidation["reason"] not in INVALIDATION_REASONS:
        yield "reason"


RULES: Mapping[int, Rule] = {
    1: _judge_trade,
    2: _judge_quote,
    3: _judge_order_book,
    6: _judge_depth_update,
    7: _judge_spread_update,
    8: _judge_price_update,
    9: _judge_volume_update,
    10: _judge_pool_liquidity,
    12: _judge_tick_range,
    13: _judge_tick_range,
    17: _judge_tick_range,
    18: _judge_tick_range,
    106: _judge_state_invalidation,
}
"""The rule of section 8 by TLV type number."""


def _find_not_positive(value: Value, *names: str) -> Iterator[str]:
    return (name for name in names if value[name] <= 0)
