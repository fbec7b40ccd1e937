"""Cases about validation: values that mean something, and each rule broken alone (section 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.registry import Registry
from torq_specs.requirements import validation_requirement_id

I64_MIN, I64_MAX = -(1 << 63), (1 << 63) - 1
BEYOND = 1 << 53
"""From here on a double does not hold every integer."""

SOUND: dict[str, dict[str, Any]] = {
    "Trade": {"price": 5, "volume": 7, "side": 1},
    "Quote": {"bid_price": 5, "bid_size": 1, "ask_price": 6, "ask_size": 1},
    "OrderBook": {"precision_factor": 100},
    "DepthUpdate": {"side": 1, "action": 2},
    "SpreadUpdate": {"bid_price": 5, "ask_price": 9, "spread": 4},
    "PriceUpdate": {"price_type": 3},
    "VolumeUpdate": {"window_start_ns": 5, "window_end_ns": 6},
    "PoolLiquidity": {"reserves": [1, 2]},
    "PoolMint": {"tick_lower": -5, "tick_upper": 5},
    "PoolBurn": {"tick_lower": -5, "tick_upper": 5},
    "PoolPosition": {"tick_lower": -5, "tick_upper": 5},
    "PoolCollect": {"tick_lower": -5, "tick_upper": 5},
    "StateInvalidation": {"reason": 5},
}
"""Fields that make a value of each type sound; the other fields are free."""

EDGES: dict[str, tuple[dict[str, Any], ...]] = {
    "Trade": (
        *(
            {name: number}
            for name in ("price", "volume")
            for number in (0, -1, 1, I64_MIN, I64_MAX)
        ),
        *({"side": number} for number in (0, 1, 2, 3, 127, 128, 255)),
        {"price": 0, "volume": -1, "side": 2},
    ),
    "Quote": (
        *({name: -1} for name in ("bid_size", "ask_size", "bid_price")),
        *({name: 0} for name in ("bid_size", "ask_size", "bid_price")),
        {"ask_price": -1},
        {"bid_price": -2, "bid_size": -1},
        {"bid_price": 0, "ask_price": 0},
        {"bid_price": 7, "ask_price": 7},
        {"bid_price": 7, "ask_price": 6},
        {"bid_price": I64_MAX, "ask_price": I64_MAX - 1},
        {"bid_price": -3, "ask_price": -2},
        {"bid_price": (1 << 53) + 1, "ask_price": 1 << 53},
        {"bid_size": I64_MIN, "ask_size": I64_MIN},
    ),
    "OrderBook": tuple({"precision_factor": number} for number in (0, -1, 1, I64_MIN, I64_MAX)),
    "DepthUpdate": (
        *({"side": number} for number in (0, 1, 2, 255)),
        *({"action": number} for number in (0, 1, 2, 3, 4, 128, 255)),
        {"side": 2, "action": 3},
    ),
    "SpreadUpdate": (
        {"spread": 3},
        {"spread": 5},
        {"spread": -4},
        {"spread": 0},
        {"bid_price": 9, "ask_price": 5, "spread": -4},
        {"bid_price": 9, "ask_price": 9, "spread": 0},
        {"bid_price": (1 << 53) + 1, "ask_price": 1 << 54, "spread": (1 << 53) - 1},
        {"bid_price": (1 << 53) + 1, "ask_price": 1 << 54, "spread": 1 << 53},
        {"bid_price": I64_MIN, "ask_price": 0, "spread": I64_MIN},
        {"bid_price": I64_MAX, "ask_price": I64_MIN, "spread": 1},
    ),
    "PriceUpdate": tuple({"price_type": number} for number in (0, 1, 2, 3, 4, 128, 255)),
    "VolumeUpdate": (
        {"window_start_ns": 6, "window_end_ns": 6},
        {"window_start_ns": 7, "window_end_ns": 6},
        {"window_start_ns": 0, "window_end_ns": (1 << 64) - 1},
        {"window_start_ns": (1 << 64) - 1, "window_end_ns": 0},
        {"window_start_ns": (1 << 63) - 1, "window_end_ns": 1 << 63},
    ),
    "PoolLiquidity": ({"reserves": []}, {"reserves": [0]}, {"reserves": [1] * 8}),
    **dict.fromkeys(
        ("PoolMint", "PoolBurn", "PoolPosition", "PoolCollect"),
        (
            {"tick_lower": 5, "tick_upper": 5},
            {"tick_lower": 6, "tick_upper": 5},
            {"tick_lower": 4, "tick_upper": 5},
            {"tick_lower": -(1 << 31), "tick_upper": (1 << 31) - 1},
            {"tick_lower": (1 << 31) - 1, "tick_upper": -(1 << 31)},
            {"tick_lower": -5, "tick_upper": -6},
            {"tick_lower": -6, "tick_upper": -5},
        ),
    ),
    "StateInvalidation": (
        {"instruments": []},
        *({"reason": number} for number in (0, 1, 2, 3, 4, 5, 6, 8, 128, 255)),
        {"instruments": [], "reason": 6},
    ),
}
"""Changes to a sound value at the edges of its rules: on the right side, on the wrong one."""


def judged(requirement: str, name: str, registry: Registry) -> Iterator[Case]:
    """A sound value of a type, and every edge of its rules."""
    sound = sound_value(name, registry)
    layout = registry.named(name).layout
    assert layout is not None
    kept = {*SOUND[name], *(("bids", "asks") if name == "OrderBook" else ())}
    bare = {**boundaries.zeros(layout), **{field: sound[field] for field in kept}}
    named = (("sound", sound), ("sound, all else zero", bare), *_changed(name, sound))
    for label, value in named:
        message = messages.message_of(registry.named(name), value)
        yield Case(requirement, f"{name} {label}", Request(Operation.VALIDATE, message))
        twice = {**message, "tlvs": [*message["tlvs"], *_sound_tlvs(name, registry)]}
        what = f"{name} {label}, beside a sound one"
        yield Case(requirement, what, Request(Operation.VALIDATE, twice))
        behind = {**message, "tlvs": twice["tlvs"][::-1]}
        what = f"{name} {label}, behind a sound one"
        yield Case(requirement, what, Request(Operation.VALIDATE, behind))
    line = registry.named(name)
    for index, (label, value) in enumerate(named):
        # All that is wrong is named, whatever else is.
        _, other = named[(index + 3) % len(named)]
        tlvs = [{"type": line.number, "value": one} for one in (value, other)]
        both = {**messages.message_of(line, value), "tlvs": tlvs}
        what = f"{name} {label}, beside another changed one ({index})"
        yield Case(requirement, what, Request(Operation.VALIDATE, both))


def without_rules(name: str, registry: Registry) -> Iterator[Case]:
    """A sound value beside every type that has no rule: of that nothing is ever named."""
    sound = _sound_tlvs(name, registry)
    requirement = validation_requirement_id(name)
    for line in registry:
        if line.name in SOUND or line.domain not in {None, registry.named(name).domain}:
            continue
        values: dict[str, Any] = {line.name: messages.representative_value(line)}
        if line.layout is not None:
            values = {
                f"{line.name} of zeros": boundaries.zeros(line.layout),
                f"{line.name} of 0xff": boundaries.filled(line.layout, 0xFF),
            }
        for what, value in values.items():
            message = messages.message_of(line, value)
            tlvs = [*message["tlvs"], *sound]
            request = Request(Operation.VALIDATE, {**message, "tlvs": tlvs})
            yield Case(requirement, f"{what}, {name} behind it", request)


def sound_value(name: str, registry: Registry) -> dict[str, Any]:
    """A value that breaks no rule."""
    layout = registry.named(name).layout
    assert layout is not None
    value = {**boundaries.distinct(layout), **SOUND[name]}
    return {**value, **_sides((100, 90, 80), (100, 110, 120))} if name == "OrderBook" else value


def _sound_tlvs(name: str, registry: Registry) -> list[dict[str, Any]]:
    line = registry.named(name)
    return [{"type": line.number, "value": sound_value(name, registry)}]


def _sides(bids: tuple[int, ...], asks: tuple[int, ...]) -> dict[str, Any]:
    return {
        side: [{"price": p, "size": 9, "order_count": 0, "reserved": 0} for p in prices]
        for side, prices in (("bids", bids), ("asks", asks))
    }


def _changed(name: str, sound: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for change in EDGES[name]:
        yield ", ".join(f"{field} = {part}" for field, part in change.items()), {**sound, **change}
    if name == "OrderBook":
        yield from _books(sound)


def _books(sound: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for label, bids, asks in (
        ("empty", (), ()),
        ("bids alone", (5, 4), ()),
        ("asks alone", (), (4, 5)),
        ("ascending bids alone", (4, 5), ()),
        ("descending asks alone", (), (5, 4)),
        ("prices that are equal as doubles", (BEYOND + 1, BEYOND), (BEYOND + 2, BEYOND + 3)),
        ("crossed", (101, 90), (100, 110)),
        ("equal bids", (100, 100, 80), (110, 120)),
        ("equal asks", (100, 90), (110, 110, 120)),
        ("ascending bids", (80, 90), (110, 120)),
        ("descending asks", (100, 90), (120, 110)),
        ("last bid out of order", (100, 90, 80, 85), (110,)),
        ("last ask out of order", (100,), (110, 120, 130, 125)),
        ("zero price at the end of bids", (100, 0), (110,)),
        ("negative price at the end of bids", (100, -5), (110,)),
        ("full", tuple(range(300, 172, -1)), tuple(range(300, 428))),
        ("full, last two bids equal", (*range(300, 173, -1), 174), tuple(range(300, 428))),
        ("full, last two asks equal", tuple(range(300, 172, -1)), (*range(300, 427), 426)),
    ):
        book = {**sound, **_sides(bids, asks)}
        yield label, book
        yield f"{label}, precision_factor = 0", {**book, "precision_factor": 0}
    nine = {**sound, **_sides(tuple(range(90, 0, -10)), tuple(range(100, 190, 10)))}
    for book in (sound, nine):
        for side in ("bids", "asks"):
            count = len(book[side])
            for index in range(count):
                for name, number in (("size", 0), ("size", -1), ("price", 0), ("price", -1)):
                    yield _of_level(book, side, index, name, number)
                if index:
                    # As the one before: out of order by the least.
                    yield _of_level(book, side, index, "price", book[side][index - 1]["price"])


def _of_level(
    book: dict[str, Any], side: str, index: int, name: str, number: int
) -> tuple[str, dict[str, Any]]:
    levels = [dict(level) for level in book[side]]
    levels[index][name] = number
    label = f"{side}[{index}].{name} = {number} of {len(levels)}"
    return label, {**book, side: levels}
