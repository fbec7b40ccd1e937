"""Market data of classic venues: types 1 to 3 and 6 to 9 (section 5). Declarations only."""

from __future__ import annotations

from torq_specs.differences import Difference
from torq_specs.enums import DepthAction, PriceType, Side
from torq_specs.instrument_id import ASSET_ID, ASSET_TYPE, RESERVED, venue_field
from torq_specs.rules import (
    AtLeast,
    DifferenceOf,
    EachPositive,
    MemberOf,
    NotCrossed,
    NotNegative,
    Positive,
    Sorted,
)
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, i32, i64, u8, u16, u32, u64

MAX_ORDER_LEVELS = 128
"""Levels that one side of a book may have."""

WHY_128_LEVELS = """\
128 levels a side: Binance shows 20 to 100 (500 have been seen), Coinbase 50 to 200 (1,000 have been
seen), DEX pools 1 to 10; 128, a power of two, covers 99.9 % of the books. It costs room: every book
takes 6,200 bytes, and one of a single level a side is 98 % zeros. More levels than that are never
cut silently: an encoder refuses them as CapacityExceeded, and its caller cuts the book to the best
128 of each side and tries again."""
"""Why a book has room for 128 levels, what that costs, and what to do with more."""

FIXED_POINT = "1e-8"
NANOSECONDS = "ns since the Unix epoch"
VENUE_ID = venue_field("venue_id")

OrderLevel = Declaration(
    "OrderLevel",
    "One price level of an order book.",
    Field("price", i64, "price of the level", unit=FIXED_POINT),
    Field("size", i64, "quantity resting at this price", unit=FIXED_POINT),
    Field("order_count", u32, "orders resting at this price"),
    Field("reserved", u32, "data, not padding: every value is legal and carried through"),
    provenance="S",
)

Trade = Declaration(
    "Trade",
    "A trade that was executed at a venue.",
    ASSET_ID,
    Field("price", i64, "price of the trade", unit=FIXED_POINT),
    Field("volume", i64, "quantity that changed hands", unit=FIXED_POINT),
    Field("execution_timestamp_ns", u64, "when the venue executed it", unit=NANOSECONDS),
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    Field("side", u8, "the aggressor's side", values=Side),
    Zeros(3),
    provenance="R",
    rules=(MemberOf("side", Side), Positive("price"), Positive("volume")),
    differs=(
        Difference(
            "Trade",
            "40 bytes, as its struct has",
            "an example of a macro in the design notes has 32: price, quantity, timestamp, "
            "venue_id u32, 4 of padding",
            "the design notes: macros",
        ),
    ),
)

Quote = Declaration(
    "Quote",
    "The best bid and the best ask of an instrument.",
    ASSET_ID,
    Field("bid_price", i64, "best bid", unit=FIXED_POINT),
    Field("bid_size", i64, "quantity at the best bid", unit=FIXED_POINT),
    Field("ask_price", i64, "best ask", unit=FIXED_POINT),
    Field("ask_size", i64, "quantity at the best ask", unit=FIXED_POINT),
    Field("quote_timestamp_ns", u64, "when the venue published it", unit=NANOSECONDS),
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    Zeros(4),
    provenance="R",
    rules=(
        NotNegative("bid_price"),
        NotNegative("bid_size"),
        NotNegative("ask_price"),
        NotNegative("ask_size"),
        AtLeast("ask_price", "bid_price"),
    ),
    differs=(
        Difference(
            "Quote",
            "56 bytes",
            "its registry says 52, its struct has 56: the builder panics",
            "libs/codec/src/tlv_types.rs, libs/types",
        ),
    ),
)

OrderBook = Declaration(
    "OrderBook",
    "A snapshot of both sides of a book, up to 128 levels each.",
    Field("timestamp_ns", u64, "when the snapshot was taken", unit=NANOSECONDS),
    Field("sequence", u64, "the venue's number of this snapshot"),
    Field("precision_factor", i64, "divides prices and sizes; 100000000 for eight decimals"),
    Field("bids", FixedVec(OrderLevel, MAX_ORDER_LEVELS), "levels to buy, best first"),
    Field("asks", FixedVec(OrderLevel, MAX_ORDER_LEVELS), "levels to sell, best first"),
    ASSET_ID,
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    Zeros(4),
    provenance="S",
    rules=(
        Sorted("bids", "price", is_rising=False),
        Sorted("asks", "price", is_rising=True),
        EachPositive("bids", "price"),
        EachPositive("bids", "size"),
        EachPositive("asks", "price"),
        EachPositive("asks", "size"),
        NotCrossed("asks", "bids", "price"),
        Positive("precision_factor"),
    ),
    note=WHY_128_LEVELS,
    differs=(
        Difference(
            "OrderBook",
            "the design notes: 128 levels, small fields last, 6,200 bytes",
            "50 levels, the instrument first, 2,456 bytes, 4 uninitialised bytes on the wire",
            "libs/types: the struct of OrderBook",
        ),
    ),
)

DepthUpdate = Declaration(
    "DepthUpdate",
    "A change of one level of a book.",
    ASSET_ID,
    Field("price", i64, "price of the level", unit=FIXED_POINT),
    Field("size", i64, "quantity now resting there", unit=FIXED_POINT),
    Field("sequence", u64, "the venue's number of this update"),
    Field("timestamp_ns", u64, "when the level changed", unit=NANOSECONDS),
    Field("order_count", u32, "orders now resting there"),
    VENUE_ID,
    Field("level", u16, "which level, 0 is the best"),
    ASSET_TYPE,
    RESERVED,
    Field("side", u8, "which side of the book", values=Side),
    Field("action", u8, "what happened to the level", values=DepthAction),
    Zeros(4),
    provenance="K",
    rules=(MemberOf("side", Side), MemberOf("action", DepthAction)),
)

SpreadUpdate = Declaration(
    "SpreadUpdate",
    "A change of the distance between best bid and best ask.",
    ASSET_ID,
    Field("bid_price", i64, "best bid", unit=FIXED_POINT),
    Field("ask_price", i64, "best ask", unit=FIXED_POINT),
    Field("spread", i64, "ask minus bid", unit=FIXED_POINT),
    Field("timestamp_ns", u64, "when it changed", unit=NANOSECONDS),
    Field("sequence", u64, "the venue's number of this update"),
    Field("spread_bps", i32, "the spread relative to the mid price", unit="basis points"),
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    provenance="K",
    rules=(DifferenceOf("spread", "ask_price", "bid_price"),),
)

PriceUpdate = Declaration(
    "PriceUpdate",
    "A new last, mark, index or mid price.",
    ASSET_ID,
    Field("price", i64, "the new price", unit=FIXED_POINT),
    Field("previous_price", i64, "the price before", unit=FIXED_POINT),
    Field("timestamp_ns", u64, "when it changed", unit=NANOSECONDS),
    Field("sequence", u64, "the venue's number of this update"),
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    Field("price_type", u8, "which price it is", values=PriceType),
    Zeros(3),
    provenance="K",
    rules=(MemberOf("price_type", PriceType),),
)

VolumeUpdate = Declaration(
    "VolumeUpdate",
    "What was traded within a window of time.",
    ASSET_ID,
    Field("volume", i64, "base quantity traded", unit=FIXED_POINT),
    Field("quote_volume", i64, "quote quantity traded", unit=FIXED_POINT),
    Field("window_start_ns", u64, "start of the window", unit=NANOSECONDS),
    Field("window_end_ns", u64, "end of the window", unit=NANOSECONDS),
    Field("trade_count", u32, "trades within the window"),
    VENUE_ID,
    ASSET_TYPE,
    RESERVED,
    provenance="K",
    rules=(AtLeast("window_end_ns", "window_start_ns"),),
)
