"""Market data of DEX pools: types 4, 5 and 10 to 19 (section 5). Declarations only."""

from __future__ import annotations

from torq_specs.instrument_id import venue_field
from torq_specs.rules import Below, NotEmpty
from torq_specs.wire import (
    Declaration,
    Field,
    FixedVec,
    Zeros,
    address,
    i32,
    i64,
    u8,
    u32,
    u64,
    u128,
    u256,
)

MAX_POOL_TOKENS = 8
"""Reserves that one PoolLiquidity may carry."""

TOKEN_UNITS = "token's own units"
TIMESTAMP_NS = Field("timestamp_ns", u64, "when it happened", unit="ns since the Unix epoch")
BLOCK_NUMBER = Field("block_number", u64, "block that holds it")
VENUE = venue_field("venue")
POOL_ADDRESS = Field("pool_address", address, "contract of the pool")
TOKEN0_ADDRESS = Field("token0_address", address, "contract of token 0")
TOKEN1_ADDRESS = Field("token1_address", address, "contract of token 1")
TOKEN0_DECIMALS = Field("token0_decimals", u8, "decimal places of token 0")
TOKEN1_DECIMALS = Field("token1_decimals", u8, "decimal places of token 1")
PROVIDER_ADDRESS = Field("provider_address", address, "who provides the liquidity")
AMOUNT0 = Field("amount0", u128, "amount of token 0", unit=TOKEN_UNITS)
AMOUNT1 = Field("amount1", u128, "amount of token 1", unit=TOKEN_UNITS)
TICK_LOWER = Field("tick_lower", i32, "lower end of the price range", unit="tick")
TICK_UPPER = Field("tick_upper", i32, "upper end of the price range", unit="tick")
TICK_RULES = (Below("tick_lower", "tick_upper"),)


def _liquidity_change(title: str, doc: str) -> Declaration:
    return Declaration(
        title,
        doc,
        Field("lp_amount", u128, "amount of LP tokens", unit=TOKEN_UNITS),
        AMOUNT0,
        AMOUNT1,
        TIMESTAMP_NS,
        BLOCK_NUMBER,
        VENUE,
        TOKEN0_DECIMALS,
        TOKEN1_DECIMALS,
        Zeros(12),
        POOL_ADDRESS,
        PROVIDER_ADDRESS,
        provenance="K",
    )


def _range_liquidity_change(title: str, doc: str) -> Declaration:
    return Declaration(
        title,
        doc,
        Field("liquidity_delta", u128, "liquidity that was moved", unit="pool liquidity"),
        AMOUNT0,
        AMOUNT1,
        TIMESTAMP_NS,
        TICK_LOWER,
        TICK_UPPER,
        VENUE,
        TOKEN0_DECIMALS,
        TOKEN1_DECIMALS,
        Zeros(12),
        POOL_ADDRESS,
        PROVIDER_ADDRESS,
        TOKEN0_ADDRESS,
        TOKEN1_ADDRESS,
        provenance="R",
        rules=TICK_RULES,
    )


LiquidityAdd = _liquidity_change("LiquidityAdd", "Liquidity was added to a pool.")
LiquidityRemove = _liquidity_change("LiquidityRemove", "Liquidity was taken out of a pool.")

PoolLiquidity = Declaration(
    "PoolLiquidity",
    "The reserves of a pool of up to eight tokens.",
    TIMESTAMP_NS,
    Zeros(8),
    Field(
        "reserves",
        FixedVec(u128, MAX_POOL_TOKENS, alignment=16),
        "reserve per token",
        unit=TOKEN_UNITS,
    ),
    POOL_ADDRESS,
    VENUE,
    Zeros(14),
    provenance="R",
    rules=(NotEmpty("reserves"),),
)

PoolSwap = Declaration(
    "PoolSwap",
    "One token was swapped for another in a pool.",
    Field("amount_in", u128, "amount paid in", unit=TOKEN_UNITS),
    Field("amount_out", u128, "amount paid out", unit=TOKEN_UNITS),
    Field("liquidity_after", u128, "active liquidity after the swap", unit="pool liquidity"),
    TIMESTAMP_NS,
    BLOCK_NUMBER,
    Field("tick_after", i32, "tick after the swap", unit="tick"),
    VENUE,
    Field("amount_in_decimals", u8, "decimal places of the token paid in"),
    Field("amount_out_decimals", u8, "decimal places of the token paid out"),
    Zeros(8),
    POOL_ADDRESS,
    Field("token_in_address", address, "contract of the token paid in"),
    Field("token_out_address", address, "contract of the token paid out"),
    Field("sqrt_price_x96_after", u256, "square root of the price afterwards", unit="2^-96"),
    provenance="R",
)

PoolMint = _range_liquidity_change("PoolMint", "Liquidity was minted within a price range.")
PoolBurn = _range_liquidity_change("PoolBurn", "Liquidity was burned within a price range.")

PoolTick = Declaration(
    "PoolTick",
    "A tick was crossed in a pool.",
    Field("liquidity_net", i64, "liquidity that crossing adds or takes", unit="pool liquidity"),
    Field("price_sqrt", u64, "square root of the price at the tick", unit="2^-96"),
    TIMESTAMP_NS,
    Field("tick", i32, "the tick that was crossed", unit="tick"),
    VENUE,
    Zeros(2),
    POOL_ADDRESS,
    provenance="R",
)

PoolState = Declaration(
    "PoolState",
    "A snapshot of a pool.",
    Field("reserve0", u128, "reserve of token 0", unit=TOKEN_UNITS),
    Field("reserve1", u128, "reserve of token 1", unit=TOKEN_UNITS),
    Field("sqrt_price_x96", u128, "square root of the price", unit="2^-96"),
    Field("liquidity", u128, "active liquidity", unit="pool liquidity"),
    BLOCK_NUMBER,
    TIMESTAMP_NS,
    Field("tick", i32, "current tick", unit="tick"),
    Field("fee_rate", u32, "fee of a swap", unit="basis points"),
    VENUE,
    Field("pool_type", u8, "kind of pool; the protocol does not number the kinds"),
    TOKEN0_DECIMALS,
    TOKEN1_DECIMALS,
    Zeros(3),
    POOL_ADDRESS,
    TOKEN0_ADDRESS,
    TOKEN1_ADDRESS,
    provenance="R",
)

PoolSync = Declaration(
    "PoolSync",
    "The reserves of a pair after a change.",
    Field("reserve0", u128, "reserve of token 0", unit=TOKEN_UNITS),
    Field("reserve1", u128, "reserve of token 1", unit=TOKEN_UNITS),
    TIMESTAMP_NS,
    BLOCK_NUMBER,
    VENUE,
    TOKEN0_DECIMALS,
    TOKEN1_DECIMALS,
    Zeros(12),
    POOL_ADDRESS,
    TOKEN0_ADDRESS,
    TOKEN1_ADDRESS,
    provenance="R",
)

PoolPosition = Declaration(
    "PoolPosition",
    "The state of one liquidity position.",
    Field("liquidity", u128, "liquidity of the position", unit="pool liquidity"),
    Field("tokens_owed0", u128, "uncollected token 0", unit=TOKEN_UNITS),
    Field("tokens_owed1", u128, "uncollected token 1", unit=TOKEN_UNITS),
    TIMESTAMP_NS,
    BLOCK_NUMBER,
    Field("position_id", u64, "number of the position"),
    TICK_LOWER,
    TICK_UPPER,
    VENUE,
    Zeros(14),
    POOL_ADDRESS,
    Field("owner_address", address, "who owns the position"),
    Field("fee_growth_inside0_x128", u256, "fee growth of token 0 in the range", unit="2^-128"),
    Field("fee_growth_inside1_x128", u256, "fee growth of token 1 in the range", unit="2^-128"),
    provenance="K",
    rules=TICK_RULES,
)

PoolCollect = Declaration(
    "PoolCollect",
    "Fees of a position were collected.",
    AMOUNT0,
    AMOUNT1,
    TIMESTAMP_NS,
    BLOCK_NUMBER,
    TICK_LOWER,
    TICK_UPPER,
    VENUE,
    TOKEN0_DECIMALS,
    TOKEN1_DECIMALS,
    Zeros(4),
    POOL_ADDRESS,
    Field("owner_address", address, "who owns the position"),
    Field("recipient_address", address, "who received the fees"),
    provenance="K",
    rules=TICK_RULES,
)

PoolFlash = Declaration(
    "PoolFlash",
    "A flash loan was taken and paid back.",
    AMOUNT0,
    AMOUNT1,
    Field("paid0", u128, "token 0 paid back on top", unit=TOKEN_UNITS),
    Field("paid1", u128, "token 1 paid back on top", unit=TOKEN_UNITS),
    TIMESTAMP_NS,
    BLOCK_NUMBER,
    VENUE,
    TOKEN0_DECIMALS,
    TOKEN1_DECIMALS,
    Zeros(12),
    POOL_ADDRESS,
    Field("sender_address", address, "who took the loan"),
    Field("recipient_address", address, "who received the tokens"),
    provenance="K",
)
