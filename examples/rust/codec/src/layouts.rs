//! Section 5: every layout, field by field, and the types that have one.

use crate::field::record;
use crate::{Address, Bytes, Fault, Field, FixedVec, Path, Sink, Source, U256};
use zerocopy::little_endian::{I32, I64, U16, U32, U64, U128};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

record! { InstrumentId 12 { asset_id: U64, venue: U16, asset_type: u8, reserved: u8 } }

record! { OrderLevel 24 { price: I64, size: I64, order_count: U32, reserved: U32 } }

record! { Trade 40 {
    asset_id: U64, price: I64, volume: I64, execution_timestamp_ns: U64, venue_id: U16,
    asset_type: u8, reserved: u8, side: u8; pad 3;
} }

record! { Quote 56 {
    asset_id: U64, bid_price: I64, bid_size: I64, ask_price: I64, ask_size: I64,
    quote_timestamp_ns: U64, venue_id: U16, asset_type: u8, reserved: u8; pad 4;
} }

record! { OrderBook 6200 {
    timestamp_ns: U64, sequence: U64, precision_factor: I64, bids: FixedVec<OrderLevel, 128>,
    asks: FixedVec<OrderLevel, 128>, asset_id: U64, venue_id: U16, asset_type: u8, reserved: u8;
    pad 4;
} }

record! { Liquidity 144 {
    lp_amount: U128, amount0: U128, amount1: U128, timestamp_ns: U64, block_number: U64,
    venue: U16, token0_decimals: u8, token1_decimals: u8; pad 12; pool_address: Address,
    provider_address: Address
} }

record! { DepthUpdate 56 {
    asset_id: U64, price: I64, size: I64, sequence: U64, timestamp_ns: U64, order_count: U32,
    venue_id: U16, level: U16, asset_type: u8, reserved: u8, side: u8, action: u8; pad 4;
} }

record! { SpreadUpdate 56 {
    asset_id: U64, bid_price: I64, ask_price: I64, spread: I64, timestamp_ns: U64, sequence: U64,
    spread_bps: I32, venue_id: U16, asset_type: u8, reserved: u8
} }

record! { PriceUpdate 48 {
    asset_id: U64, price: I64, previous_price: I64, timestamp_ns: U64, sequence: U64,
    venue_id: U16, asset_type: u8, reserved: u8, price_type: u8; pad 3;
} }

record! { VolumeUpdate 48 {
    asset_id: U64, volume: I64, quote_volume: I64, window_start_ns: U64, window_end_ns: U64,
    trade_count: U32, venue_id: U16, asset_type: u8, reserved: u8
} }

record! { PoolLiquidity 208 {
    timestamp_ns: U64; pad 8; reserves: FixedVec<U128, 8, 14>, pool_address: Address, venue: U16;
    pad 14;
} }

record! { PoolSwap 208 {
    amount_in: U128, amount_out: U128, liquidity_after: U128, timestamp_ns: U64,
    block_number: U64, tick_after: I32, venue: U16, amount_in_decimals: u8,
    amount_out_decimals: u8; pad 8; pool_address: Address, token_in_address: Address,
    token_out_address: Address, sqrt_price_x96_after: U256
} }

record! { PoolMintBurn 208 {
    liquidity_delta: U128, amount0: U128, amount1: U128, timestamp_ns: U64, tick_lower: I32,
    tick_upper: I32, venue: U16, token0_decimals: u8, token1_decimals: u8; pad 12;
    pool_address: Address, provider_address: Address, token0_address: Address,
    token1_address: Address
} }

record! { PoolTick 64 {
    liquidity_net: I64, price_sqrt: U64, timestamp_ns: U64, tick: I32, venue: U16; pad 2;
    pool_address: Address
} }

record! { PoolState 192 {
    reserve0: U128, reserve1: U128, sqrt_price_x96: U128, liquidity: U128, block_number: U64,
    timestamp_ns: U64, tick: I32, fee_rate: U32, venue: U16, pool_type: u8, token0_decimals: u8,
    token1_decimals: u8; pad 3; pool_address: Address, token0_address: Address,
    token1_address: Address
} }

record! { PoolSync 160 {
    reserve0: U128, reserve1: U128, timestamp_ns: U64, block_number: U64, venue: U16,
    token0_decimals: u8, token1_decimals: u8; pad 12; pool_address: Address,
    token0_address: Address, token1_address: Address
} }

record! { PoolPosition 224 {
    liquidity: U128, tokens_owed0: U128, tokens_owed1: U128, timestamp_ns: U64,
    block_number: U64, position_id: U64, tick_lower: I32, tick_upper: I32, venue: U16; pad 14;
    pool_address: Address, owner_address: Address, fee_growth_inside0_x128: U256,
    fee_growth_inside1_x128: U256
} }

record! { PoolCollect 160 {
    amount0: U128, amount1: U128, timestamp_ns: U64, block_number: U64, tick_lower: I32,
    tick_upper: I32, venue: U16, token0_decimals: u8, token1_decimals: u8; pad 4;
    pool_address: Address, owner_address: Address, recipient_address: Address
} }

record! { PoolFlash 192 {
    amount0: U128, amount1: U128, paid0: U128, paid1: U128, timestamp_ns: U64, block_number: U64,
    venue: U16, token0_decimals: u8, token1_decimals: u8; pad 12; pool_address: Address,
    sender_address: Address, recipient_address: Address
} }

record! { ArbitrageSignal 170 {
    strategy_id: U16, signal_id: U64, chain_id: U32, source_pool: Bytes<20>,
    target_pool: Bytes<20>, source_venue: U16, target_venue: U16, token_in: Bytes<20>,
    token_out: Bytes<20>, expected_profit_usd_q8: I64, required_capital_usd_q8: I64,
    spread_bps: U16, dex_fees_usd_q8: I64, gas_cost_usd_q8: I64, slippage_usd_q8: I64,
    net_profit_usd_q8: I64, slippage_tolerance_bps: U16, max_gas_price_gwei: U32,
    valid_until: U32, priority: U16, reserved: Bytes<2>, timestamp_ns: U64
} }

record! { StateInvalidation 224 {
    sequence: U64, timestamp_ns: U64, instruments: FixedVec<InstrumentId, 16>, venue: U16,
    reason: u8; pad 5;
} }

record! { SystemHealth 48 {
    timestamp_ns: U64, connection_count: U32, message_rate_per_sec: U32, last_error_code: U32,
    error_rate_per_thousand: U16, latency_p95_us: U16, service_type: u8, health_status: u8,
    cpu_usage_pct: u8, memory_usage_pct: u8, reserved: Bytes<20>
} }

record! { TraceContext 32 {
    start_timestamp_ns: U64, current_timestamp_ns: U64, source_service: u8, span_depth: u8,
    stage_flags: u8, reserved: u8; pad 4; trace_id: Bytes<8>
} }

record! { RecoveryRequest 24 {
    last_sequence: U64, current_sequence: U64, consumer_id: U32, request_type: U32
} }

/// Declares which types have a layout; all others carry bytes.
macro_rules! tlvs {
    ($($number:literal $name:ident($layout:ty),)*) => {
        /// A TLV of a message, viewed in place.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Tlv<'a> {
            $($name(&'a $layout),)*
            Opaque { number: u8, value: &'a [u8] },
        }

        impl<'a> Tlv<'a> {
            pub fn number(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $number,)*
                    Self::Opaque { number, .. } => *number,
                }
            }

            /// The value as it is on the wire.
            pub fn value(&self) -> &'a [u8] {
                match self {
                    $(Self::$name(layout) => layout.as_bytes(),)*
                    Self::Opaque { value, .. } => value,
                }
            }

            /// None if the number has a layout and the value another size than it.
            pub(crate) fn view(number: u8, value: &'a [u8]) -> Option<Self> {
                Some(match number {
                    $($number => Self::$name(<$layout>::ref_from_bytes(value).ok()?),)*
                    _ => Self::Opaque { number, value },
                })
            }

            /// Finds what is wrong in the value, which lies at `offset` in the message.
            pub(crate) fn check(&self, offset: usize) -> Result<(), Fault> {
                match self {
                    $(Self::$name(layout) => layout.check(&Path::Root, offset),)*
                    Self::Opaque { .. } => Ok(()),
                }
            }

            pub(crate) fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
                match self {
                    $(Self::$name(layout) => layout.write(sink),)*
                    Self::Opaque { value, .. } => sink.bytes(value),
                }
            }
        }

        /// The bytes of a value that is to be the TLV of that number.
        pub(crate) fn read_value<S: Source>(number: u8, source: &S) -> Result<Vec<u8>, S::Error> {
            match number {
                $($number => Ok(<$layout>::read(source, &Path::Root)?.as_bytes().to_vec()),)*
                _ => source.bytes(),
            }
        }

        /// The size of the layout of that number, if it has one.
        pub(crate) fn layout_size(number: u8) -> Option<usize> {
            match number {
                $($number => Some(size_of::<$layout>()),)*
                _ => None,
            }
        }
    };
}

tlvs! {
    1 Trade(Trade),
    2 Quote(Quote),
    3 OrderBook(OrderBook),
    4 LiquidityAdd(Liquidity),
    5 LiquidityRemove(Liquidity),
    6 DepthUpdate(DepthUpdate),
    7 SpreadUpdate(SpreadUpdate),
    8 PriceUpdate(PriceUpdate),
    9 VolumeUpdate(VolumeUpdate),
    10 PoolLiquidity(PoolLiquidity),
    11 PoolSwap(PoolSwap),
    12 PoolMint(PoolMintBurn),
    13 PoolBurn(PoolMintBurn),
    14 PoolTick(PoolTick),
    15 PoolState(PoolState),
    16 PoolSync(PoolSync),
    17 PoolPosition(PoolPosition),
    18 PoolCollect(PoolCollect),
    19 PoolFlash(PoolFlash),
    32 ArbitrageSignal(ArbitrageSignal),
    106 StateInvalidation(StateInvalidation),
    107 SystemHealth(SystemHealth),
    108 TraceContext(TraceContext),
    110 RecoveryRequest(RecoveryRequest),
}
