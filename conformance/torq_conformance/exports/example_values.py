"""A small readable value of any layout, for pages and screens; nothing here is per TLV.

A number is chosen by what its field is called, else by its enumeration, else by its unit, else by
counting up from 7. A new TLV needs no line here; a line only makes its example read better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from torq_specs.enums import AssetType, RelayDomain, Source, StageFlag, Venue
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Enumeration, FieldLayout, Integer, Layout, Raw, Vector
from torq_specs.registry import TlvType

Value = dict[str, Any]

ELEMENTS_MAX = 2
"""Elements of a vector in an example: the least that shows where the second one starts."""

Q8 = 10**8
SECONDS = 1_700_000_000
NANOSECONDS = SECONDS * 10**9
TOKEN_18 = 10**18
TOKEN_6 = 10**6

BY_NAME: Mapping[str, tuple[int, ...]] = {
    # Bitcoin, with the symbol as section 7 reads it, between a bid and an ask of ten basis points.
    "asset_id": tuple(int.from_bytes(s.ljust(8, b"\0"), "big") for s in (b"BTC", b"ETH")),
    "price": (65_000 * Q8,),
    "previous_price": (64_950 * Q8,),
    "bid_price": (649_675 * Q8 // 10, 649_670 * Q8 // 10),
    "ask_price": (650_325 * Q8 // 10, 650_330 * Q8 // 10),
    "spread": (65 * Q8,),
    "spread_bps": (10,),
    "size": (Q8 // 4, Q8 * 3 // 2),
    "volume": (Q8 // 4,),
    "quote_volume": (16_250 * Q8,),
    "precision_factor": (Q8,),
    "order_count": (3, 5),
    "reserved": (0,),
    "flags": (0,),
    "sequence": (1001,),
    "current_sequence": (1005,),
    # Ether for dollars: token 0 has 18 decimals, token 1 has 6.
    "lp_amount": (5 * TOKEN_18 // 100,),
    "amount1": (4_500 * TOKEN_6,),
    "amount_out": (4_500 * TOKEN_6,),
    "reserve0": (1_000 * TOKEN_18,),
    "reserve1": (3_000_000 * TOKEN_6,),
    "paid0": (TOKEN_18 // 1000,),
    "paid1": (3 * TOKEN_6,),
    "tokens_owed1": (4_500 * TOKEN_6,),
    "decimals": (18,),
    "token1_decimals": (6,),
    "amount_out_decimals": (6,),
    "block_number": (19_000_000,),
    "chain_id": (137,),
    "fee_rate": (30,),
    "service_type": (int(Source.KrakenCollector),),
    "source_service": (int(Source.KrakenCollector),),
    # The tick of a price of a quarter, whose square root is a half; positions are around it.
    "tick": (-13_864,),
    "tick_after": (-13_864,),
    "tick_lower": (-13_920,),
    "tick_upper": (-13_800,),
    "expected_profit_usd_q8": (25 * Q8,),
    "required_capital_usd_q8": (10_000 * Q8,),
    "dex_fees_usd_q8": (6 * Q8,),
    "gas_cost_usd_q8": (5 * Q8 // 2,),
    "slippage_usd_q8": (3 * Q8 // 2,),
    "net_profit_usd_q8": (15 * Q8,),
}
"""Numbers by the field's name or its last words; later ones are for later elements of a vector.

Elements of the vector ``bids`` look for ``bid_price`` before ``price``.
"""

BY_ENUMERATION: Mapping[type, tuple[int, ...]] = {
    Venue: (Venue.Kraken, Venue.Coinbase),
    AssetType: (AssetType.Coin,),
    Source: (Source.KrakenCollector,),
    StageFlag: (StageFlag.Collected | StageFlag.Relayed,),
}
"""Members worth showing; of every other enumeration it is the first that is not zero."""

DEX_VENUES = (Venue.UniswapV3, Venue.SushiSwap)
"""Venues of layouts that carry EVM addresses."""

BY_UNIT: Mapping[str, tuple[int, ...]] = {
    "1e-8": (Q8 * 25 // 2, Q8 * 75 // 2),
    "1e-8 USD": (Q8 * 25 // 2, Q8 * 75 // 2),
    "ns since the Unix epoch": (NANOSECONDS, NANOSECONDS + 10**9, NANOSECONDS + 2 * 10**9),
    "s since the Unix epoch": (SECONDS + 300,),
    "token's own units": (3 * TOKEN_18 // 2, 4_500 * TOKEN_6),
    "pool liquidity": (10**12,),
    "basis points": (15, 50),
    "messages/s": (1500,),
    "us": (850,),
    "gwei": (100,),
    "%": (37, 62),
    "2^-96": (1 << 95,),
    "2^-128": (1 << 127,),
}
"""Numbers by unit; the second field of a unit, or the second element, takes the second one."""

SOURCES: Mapping[RelayDomain | None, Source] = {
    RelayDomain.MarketData: Source.KrakenCollector,
    RelayDomain.Signal: Source.ArbitrageStrategy,
    RelayDomain.Execution: Source.ExecutionEngine,
    RelayDomain.System: Source.StateManager,
}


def message(line: TlvType) -> Value:
    """The neutral value of a message that holds one TLV of a type that is declared."""
    assert line.layout is not None
    domain = line.domain or RelayDomain.MarketData
    head = value(HEADER_LAYOUT) | {"relay_domain": int(domain), "source": int(SOURCES[domain])}
    return {"header": head, "tlvs": [{"type": line.number, "value": value(line.layout)}]}


def value(layout: Layout, *, owner: str = "", index: int = 0) -> Value:
    """The example of a layout, or of element ``index`` of the vector ``owner``."""
    seen: Counter[object] = Counter()
    has_addresses = any(field.type == Raw(20) for field in layout.fields)
    return {
        field.name: _part(field, field.type, seen, index, owner, has_addresses=has_addresses)
        for field in layout.named
    }


def _part(
    field: FieldLayout,
    type_: object,
    seen: Counter[object],
    index: int,
    owner: str,
    *,
    has_addresses: bool,
) -> Any:
    match type_:
        case Vector(element=element, capacity=capacity):
            count = range(min(ELEMENTS_MAX, capacity))
            if isinstance(element, Layout):
                return [value(element, owner=field.name, index=at) for at in count]
            fresh = [Counter[object]() for _ in count]
            return [
                _part(field, element, fresh[at], at, owner, has_addresses=has_addresses)
                for at in count
            ]
        case Raw(size):
            # Ascending bytes, so that a turned address is seen.
            start = 0x10 + 0x20 * seen[Raw] + index
            seen[Raw] += 1
            return bytes((start + at) % 256 for at in range(size))
        case Integer() as integer:
            rule, numbers = _numbers(field, owner, has_addresses=has_addresses)
            number = numbers[(seen[rule] + index) % len(numbers)]
            seen[rule] += 1
            return max(integer.minimum, min(int(number), integer.maximum))
    raise AssertionError(type_)


def _numbers(
    field: FieldLayout, owner: str, *, has_addresses: bool
) -> tuple[object, tuple[int, ...]]:
    """The numbers that a field may show, with the rule that names them."""
    if field.values is not None:
        return field.values, _members(field.values, has_addresses=has_addresses)
    for name in (f"{owner.removesuffix('s')}_{field.name}", field.name):
        words = name.split("_")
        for start in range(len(words)):
            if (ending := "_".join(words[start:])) in BY_NAME:
                return ending, BY_NAME[ending]
    return field.unit, BY_UNIT.get(field.unit, tuple(range(7, 40)))


def _members(values: Enumeration, *, has_addresses: bool) -> tuple[int, ...]:
    if values is Venue and has_addresses:
        return DEX_VENUES
    named = BY_ENUMERATION.get(values)
    return named or (next((int(member) for member in values if member), 0),)
