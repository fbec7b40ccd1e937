//! Section 5: every layout, field by field, with its rules of section 8.
//!
//! Numbers in brackets are the offsets that the page states, held at compile time.

use crate::rules::{is_difference, levels_in_order};
use crate::{Address, Bytes, FixedVec, U256, Zeros};
use crate::{define_record, define_tlv_set, define_tlv_v2, define_validated_tlv};
use zerocopy::little_endian::{I32, I64, U16, U32, U64, U128};

define_record! {
    pub struct InstrumentId [12] {
        asset_id: U64, venue: U16, asset_type: u8, reserved: u8
    }
}

define_record! {
    pub struct OrderLevel [24] {
        price: I64, size: I64, order_count: U32, reserved: U32
    }
}

define_validated_tlv! {
    pub struct Trade = 1 [40] {
        asset_id: U64, price: I64, volume: I64, execution_timestamp_ns: U64, venue_id: U16 [32],
        asset_type: u8, reserved: u8, side: u8, padding: Zeros<3>
    }
    rules |trade| {
        side: trade.side <= 1, price: trade.price.get() > 0, volume: trade.volume.get() > 0
    }
}

define_validated_tlv! {
    pub struct Quote = 2 [56] {
        asset_id: U64, bid_price: I64, bid_size: I64, ask_price: I64, ask_size: I64,
        quote_timestamp_ns: U64, venue_id: U16 [48], asset_type: u8, reserved: u8, padding: Zeros<4>
    }
    rules |quote| {
        bid_price: quote.bid_price.get() >= 0, bid_size: quote.bid_size.get() >= 0,
        ask_price: quote.ask_price.get() >= quote.bid_price.get().max(0),
        ask_size: quote.ask_size.get() >= 0
    }
}

define_validated_tlv! {
    pub struct OrderBook = 3 [6200] {
        timestamp_ns: U64, sequence: U64, precision_factor: I64,
        bids: FixedVec<OrderLevel, 128> [24], asks: FixedVec<OrderLevel, 128> [3104],
        asset_id: U64 [6184], venue_id: U16, asset_type: u8, reserved: u8, padding: Zeros<4>
    }
    rules |book| { levels_in_order, precision_factor: book.precision_factor.get() > 0 }
}

define_tlv_v2! {
    pub struct LiquidityAdd = 4, pub struct LiquidityRemove = 5 [144] {
        lp_amount: U128, amount0: U128, amount1: U128, timestamp_ns: U64 [48], block_number: U64,
        venue: U16 [64], token0_decimals: u8, token1_decimals: u8, padding: Zeros<12>,
        pool_address: Address [80], provider_address: Address [112]
    }
}

define_validated_tlv! {
    pub struct DepthUpdate = 6 [56] {
        asset_id: U64, price: I64, size: I64, sequence: U64, timestamp_ns: U64,
        order_count: U32 [40], venue_id: U16, level: U16, asset_type: u8 [48], reserved: u8,
        side: u8, action: u8, padding: Zeros<4>
    }
    rules |depth| { side: depth.side <= 1, action: depth.action <= 2 }
}

define_validated_tlv! {
    pub struct SpreadUpdate = 7 [56] {
        asset_id: U64, bid_price: I64, ask_price: I64, spread: I64, timestamp_ns: U64,
        sequence: U64, spread_bps: I32 [48], venue_id: U16, asset_type: u8, reserved: u8
    }
    rules |update| { spread: is_difference(update) }
}

define_validated_tlv! {
    pub struct PriceUpdate = 8 [48] {
        asset_id: U64, price: I64, previous_price: I64, timestamp_ns: U64, sequence: U64,
        venue_id: U16 [40], asset_type: u8, reserved: u8, price_type: u8, padding: Zeros<3>
    }
    rules |update| { price_type: update.price_type <= 3 }
}

define_validated_tlv! {
    pub struct VolumeUpdate = 9 [48] {
        asset_id: U64, volume: I64, quote_volume: I64, window_start_ns: U64, window_end_ns: U64,
        trade_count: U32 [40], venue_id: U16, asset_type: u8, reserved: u8
    }
    rules |update| { window_end_ns: update.window_end_ns.get() >= update.window_start_ns.get() }
}

define_validated_tlv! {
    pub struct PoolLiquidity = 10 [208] {
        timestamp_ns: U64, padding: Zeros<8>, reserves: FixedVec<U128, 8, 14> [16],
        pool_address: Address [160], venue: U16 [192], end_padding: Zeros<14>
    }
    rules |pool| { reserves: !pool.reserves.as_slice().is_empty() }
}

define_tlv_v2! {
    pub struct PoolSwap = 11 [208] {
        amount_in: U128, amount_out: U128, liquidity_after: U128, timestamp_ns: U64 [48],
        block_number: U64, tick_after: I32 [64], venue: U16, amount_in_decimals: u8,
        amount_out_decimals: u8, padding: Zeros<8>, pool_address: Address [80],
        token_in_address: Address, token_out_address: Address, sqrt_price_x96_after: U256 [176]
    }
}

define_validated_tlv! {
    pub struct PoolMint = 12, pub struct PoolBurn = 13 [208] {
        liquidity_delta: U128, amount0: U128, amount1: U128, timestamp_ns: U64 [48],
        tick_lower: I32, tick_upper: I32, venue: U16 [64], token0_decimals: u8, token1_decimals: u8,
        padding: Zeros<12>, pool_address: Address [80], provider_address: Address,
        token0_address: Address, token1_address: Address
    }
    rules |range| { tick_lower: range.tick_lower.get() < range.tick_upper.get() }
}

define_tlv_v2! {
    pub struct PoolTick = 14 [64] {
        liquidity_net: I64, price_sqrt: U64, timestamp_ns: U64, tick: I32 [24], venue: U16,
        padding: Zeros<2>, pool_address: Address [32]
    }
}

define_tlv_v2! {
    pub struct PoolState = 15 [192] {
        reserve0: U128, reserve1: U128, sqrt_price_x96: U128, liquidity: U128,
        block_number: U64 [64], timestamp_ns: U64, tick: I32 [80], fee_rate: U32, venue: U16,
        pool_type: u8, token0_decimals: u8, token1_decimals: u8, padding: Zeros<3>,
        pool_address: Address [96], token0_address: Address, token1_address: Address
    }
}

define_tlv_v2! {
    pub struct PoolSync = 16 [160] {
        reserve0: U128, reserve1: U128, timestamp_ns: U64 [32], block_number: U64, venue: U16 [48],
        token0_decimals: u8, token1_decimals: u8, padding: Zeros<12>, pool_address: Address [64],
        token0_address: Address, token1_address: Address
    }
}

define_validated_tlv! {
    pub struct PoolPosition = 17 [224] {
        liquidity: U128, tokens_owed0: U128, tokens_owed1: U128, timestamp_ns: U64 [48],
        block_number: U64, position_id: U64, tick_lower: I32 [72], tick_upper: I32, venue: U16 [80],
        padding: Zeros<14>, pool_address: Address [96], owner_address: Address,
        fee_growth_inside0_x128: U256 [160], fee_growth_inside1_x128: U256
    }
    rules |position| { tick_lower: position.tick_lower.get() < position.tick_upper.get() }
}

define_validated_tlv! {
    pub struct PoolCollect = 18 [160] {
        amount0: U128, amount1: U128, timestamp_ns: U64 [32], block_number: U64,
        tick_lower: I32 [48], tick_upper: I32, venue: U16 [56], token0_decimals: u8,
        token1_decimals: u8, padding: Zeros<4>, pool_address: Address [64], owner_address: Address,
        recipient_address: Address
    }
    rules |collect| { tick_lower: collect.tick_lower.get() < collect.tick_upper.get() }
}

define_tlv_v2! {
    pub struct PoolFlash = 19 [192] {
        amount0: U128, amount1: U128, paid0: U128, paid1: U128, timestamp_ns: U64 [64],
        block_number: U64, venue: U16 [80], token0_decimals: u8, token1_decimals: u8,
        padding: Zeros<12>, pool_address: Address [96], sender_address: Address,
        recipient_address: Address
    }
}

define_tlv_v2! {
    pub struct ArbitrageSignal = 32 [170] {
        strategy_id: U16, signal_id: U64, chain_id: U32, source_pool: Bytes<20>,
        target_pool: Bytes<20>, source_venue: U16, target_venue: U16, token_in: Bytes<20>,
        token_out: Bytes<20>, expected_profit_usd_q8: I64, required_capital_usd_q8: I64,
        spread_bps: U16, dex_fees_usd_q8: I64, gas_cost_usd_q8: I64, slippage_usd_q8: I64,
        net_profit_usd_q8: I64, slippage_tolerance_bps: U16, max_gas_price_gwei: U32,
        valid_until: U32, priority: U16, reserved: Bytes<2>, timestamp_ns: U64
    }
}

define_validated_tlv! {
    pub struct StateInvalidation = 106 [224] {
        sequence: U64, timestamp_ns: U64, instruments: FixedVec<InstrumentId, 16> [16],
        venue: U16 [216], reason: u8, padding: Zeros<5>
    }
    rules |state| {
        instruments: !state.instruments.as_slice().is_empty(), reason: state.reason <= 5
    }
}

define_tlv_v2! {
    pub struct SystemHealth = 107 [48] {
        timestamp_ns: U64, connection_count: U32, message_rate_per_sec: U32, last_error_code: U32,
        error_rate_per_thousand: U16, latency_p95_us: U16, service_type: u8, health_status: u8,
        cpu_usage_pct: u8, memory_usage_pct: u8, reserved: Bytes<20>
    }
}

define_tlv_v2! {
    pub struct TraceContext = 108 [32] {
        start_timestamp_ns: U64, current_timestamp_ns: U64, source_service: u8, span_depth: u8,
        stage_flags: u8, reserved: u8, padding: Zeros<4>, trace_id: Bytes<8>
    }
}

define_tlv_v2! {
    pub struct RecoveryRequest = 110 [24] {
        last_sequence: U64, current_sequence: U64, consumer_id: U32, request_type: U32
    }
}

define_tlv_set! {
    /// A TLV of a message, viewed in place.
    pub enum Tlv {
        Trade, Quote, OrderBook, LiquidityAdd, LiquidityRemove, DepthUpdate, SpreadUpdate,
        PriceUpdate, VolumeUpdate, PoolLiquidity, PoolSwap, PoolMint, PoolBurn, PoolTick, PoolState,
        PoolSync, PoolPosition, PoolCollect, PoolFlash, ArbitrageSignal, StateInvalidation,
        SystemHealth, TraceContext, RecoveryRequest
    }
}
