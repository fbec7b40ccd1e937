"""Section 5 as tables: the layout of every TLV type that is declared field by field.

Contract: the text is section 5's own, in the notation of `notation.py`, so that the two can be read
side by side. Remarks on meaning are left out here; the rules of section 8 are in `validation.py`.
"""

from __future__ import annotations

RECORDS = {
    "InstrumentId": "asset_id u64, venue u16, asset_type u8, reserved u8",
    "OrderLevel": "price i64, size i64, order_count u32, reserved u32",
}
"""The elements of vectors that are dicts."""

_LIQUIDITY_CHANGE = (
    "lp_amount u128, amount0 u128, amount1 u128, timestamp_ns u64 [48], block_number u64, "
    "venue u16 [64], token0_decimals u8, token1_decimals u8, pad 12, pool_address address [80], "
    "provider_address address [112]"
)

_POOL_RANGE_CHANGE = (
    "liquidity_delta u128, amount0 u128, amount1 u128, timestamp_ns u64 [48], tick_lower i32, "
    "tick_upper i32, venue u16 [64], token0_decimals u8, token1_decimals u8, pad 12, "
    "pool_address address [80], provider_address address, token0_address address, "
    "token1_address address"
)

LAYOUTS = {
    # 1 Trade
    1: "asset_id u64, price i64, volume i64, execution_timestamp_ns u64, venue_id u16 [32], "
    "asset_type u8, reserved u8, side u8, pad 3",
    # 2 Quote
    2: "asset_id u64, bid_price i64, bid_size i64, ask_price i64, ask_size i64, "
    "quote_timestamp_ns u64, venue_id u16 [48], asset_type u8, reserved u8, pad 4",
    # 3 OrderBook
    3: "timestamp_ns u64, sequence u64, precision_factor i64, bids FixedVec<OrderLevel,128> [24], "
    "asks FixedVec<OrderLevel,128> [3104], asset_id u64 [6184], venue_id u16, asset_type u8, "
    "reserved u8, pad 4",
    # 4 LiquidityAdd, 5 LiquidityRemove
    4: _LIQUIDITY_CHANGE,
    5: _LIQUIDITY_CHANGE,
    # 6 DepthUpdate
    6: "asset_id u64, price i64, size i64, sequence u64, timestamp_ns u64, order_count u32 [40], "
    "venue_id u16, level u16, asset_type u8 [48], reserved u8, side u8, action u8, pad 4",
    # 7 SpreadUpdate
    7: "asset_id u64, bid_price i64, ask_price i64, spread i64, timestamp_ns u64, sequence u64, "
    "spread_bps i32 [48], venue_id u16, asset_type u8, reserved u8",
    # 8 PriceUpdate
    8: "asset_id u64, price i64, previous_price i64, timestamp_ns u64, sequence u64, "
    "venue_id u16 [40], asset_type u8, reserved u8, price_type u8, pad 3",
    # 9 VolumeUpdate
    9: "asset_id u64, volume i64, quote_volume i64, window_start_ns u64, window_end_ns u64, "
    "trade_count u32 [40], venue_id u16, asset_type u8, reserved u8",
    # 10 PoolLiquidity
    10: "timestamp_ns u64, pad 8, reserves FixedVec<u128,8> slots from 16 [16], "
    "pool_address address [160], venue u16 [192], pad 14",
    # 11 PoolSwap
    11: "amount_in u128, amount_out u128, liquidity_after u128, timestamp_ns u64 [48], "
    "block_number u64, tick_after i32 [64], venue u16, amount_in_decimals u8, "
    "amount_out_decimals u8, pad 8, pool_address address [80], token_in_address address, "
    "token_out_address address, sqrt_price_x96_after u256 [176]",
    # 12 PoolMint, 13 PoolBurn
    12: _POOL_RANGE_CHANGE,
    13: _POOL_RANGE_CHANGE,
    # 14 PoolTick
    14: "liquidity_net i64, price_sqrt u64, timestamp_ns u64, tick i32 [24], venue u16, pad 2, "
    "pool_address address [32]",
    # 15 PoolState
    15: "reserve0 u128, reserve1 u128, sqrt_price_x96 u128, liquidity u128, "
    "block_number u64 [64], timestamp_ns u64, tick i32 [80], fee_rate u32, venue u16, "
    "pool_type u8, token0_decimals u8, token1_decimals u8, pad 3, pool_address address [96], "
    "token0_address address, token1_address address",
    # 16 PoolSync
    16: "reserve0 u128, reserve1 u128, timestamp_ns u64 [32], block_number u64, venue u16 [48], "
    "token0_decimals u8, token1_decimals u8, pad 12, pool_address address [64], "
    "token0_address address, token1_address address",
    # 17 PoolPosition
    17: "liquidity u128, tokens_owed0 u128, tokens_owed1 u128, timestamp_ns u64 [48], "
    "block_number u64, position_id u64, tick_lower i32 [72], tick_upper i32, venue u16 [80], "
    "pad 14, pool_address address [96], owner_address address, "
    "fee_growth_inside0_x128 u256 [160], fee_growth_inside1_x128 u256",
    # 18 PoolCollect
    18: "amount0 u128, amount1 u128, timestamp_ns u64 [32], block_number u64, "
    "tick_lower i32 [48], tick_upper i32, venue u16 [56], token0_decimals u8, "
    "token1_decimals u8, pad 4, pool_address address [64], owner_address address, "
    "recipient_address address",
    # 19 PoolFlash
    19: "amount0 u128, amount1 u128, paid0 u128, paid1 u128, timestamp_ns u64 [64], "
    "block_number u64, venue u16 [80], token0_decimals u8, token1_decimals u8, pad 12, "
    "pool_address address [96], sender_address address, recipient_address address",
    # 32 ArbitrageSignal: section 5, "no padding after these four", so they are no `address`.
    32: "strategy_id u16, signal_id u64, chain_id u32, source_pool 20 bytes, "
    "target_pool 20 bytes, source_venue u16, target_venue u16, token_in 20 bytes, "
    "token_out 20 bytes, expected_profit_usd_q8 i64, required_capital_usd_q8 i64, "
    "spread_bps u16, dex_fees_usd_q8 i64, gas_cost_usd_q8 i64, slippage_usd_q8 i64, "
    "net_profit_usd_q8 i64, slippage_tolerance_bps u16, max_gas_price_gwei u32, "
    "valid_until u32, priority u16, reserved 2 bytes, timestamp_ns u64",
    # 106 StateInvalidation
    106: "sequence u64, timestamp_ns u64, instruments FixedVec<InstrumentId,16> [16], "
    "venue u16 [216], reason u8, pad 5",
    # 107 SystemHealth
    107: "timestamp_ns u64, connection_count u32, message_rate_per_sec u32, "
    "last_error_code u32, error_rate_per_thousand u16, latency_p95_us u16, service_type u8, "
    "health_status u8, cpu_usage_pct u8, memory_usage_pct u8, reserved 20 bytes",
    # 108 TraceContext
    108: "start_timestamp_ns u64, current_timestamp_ns u64, source_service u8, span_depth u8, "
    "stage_flags u8, reserved u8, pad 4, trace_id 8 bytes",
    # 110 RecoveryRequest
    110: "last_sequence u64, current_sequence u64, consumer_id u32, request_type u32",
}
"""Layout by TLV type number."""
