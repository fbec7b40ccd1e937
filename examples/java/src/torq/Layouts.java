package torq;

import static torq.Type.*;

import java.util.LinkedHashMap;
import java.util.Map;

/** Section 5: the layout of every declared TLV, one row per field, in the order of the wire. */
final class Layouts {
  private Layouts() {}

  /** The header's fields that a message value holds; the magic is before them. */
  static final Layout HEADER =
      layout(
          20,
          row("relay_domain", U8),
          row("version", U8),
          row("source", U8),
          row("flags", U8),
          row("sequence", U64),
          row("timestamp", U64));

  private static final Layout INSTRUMENT_ID =
      layout(
          12,
          row("asset_id", U64),
          row("venue", U16),
          row("asset_type", U8),
          row("reserved", U8));

  private static final Layout ORDER_LEVEL =
      layout(
          24,
          row("price", I64),
          row("size", I64),
          row("order_count", U32),
          row("reserved", U32));

  private static final Layout LIQUIDITY_CHANGE =
      layout(
          144,
          row("lp_amount", U128),
          row("amount0", U128),
          row("amount1", U128),
          row("timestamp_ns", U64),
          row("block_number", U64),
          row("venue", U16),
          row("token0_decimals", U8),
          row("token1_decimals", U8),
          pad(12),
          row("pool_address", ADDRESS),
          row("provider_address", ADDRESS));

  private static final Layout POOL_CHANGE =
      layout(
          208,
          row("liquidity_delta", U128),
          row("amount0", U128),
          row("amount1", U128),
          row("timestamp_ns", U64),
          row("tick_lower", I32),
          row("tick_upper", I32),
          row("venue", U16),
          row("token0_decimals", U8),
          row("token1_decimals", U8),
          pad(12),
          row("pool_address", ADDRESS),
          row("provider_address", ADDRESS),
          row("token0_address", ADDRESS),
          row("token1_address", ADDRESS));

  /** The layouts by type number. */
  static final Map<Integer, Layout> BY_NUMBER = new LinkedHashMap<>();

  static {
    BY_NUMBER.put( // Trade
        1,
        layout(
            40,
            row("asset_id", U64),
            row("price", I64),
            row("volume", I64),
            row("execution_timestamp_ns", U64),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8),
            row("side", U8), // 0 buy, 1 sell
            pad(3)));
    BY_NUMBER.put( // Quote
        2,
        layout(
            56,
            row("asset_id", U64),
            row("bid_price", I64),
            row("bid_size", I64),
            row("ask_price", I64),
            row("ask_size", I64),
            row("quote_timestamp_ns", U64),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8),
            pad(4)));
    BY_NUMBER.put( // OrderBook
        3,
        layout(
            6200,
            row("timestamp_ns", U64),
            row("sequence", U64),
            row("precision_factor", I64),
            row("bids", vec(ORDER_LEVEL, 128, SLOTS_AT_8)),
            row("asks", vec(ORDER_LEVEL, 128, SLOTS_AT_8)),
            row("asset_id", U64),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8),
            pad(4)));
    BY_NUMBER.put(4, LIQUIDITY_CHANGE); // LiquidityAdd
    BY_NUMBER.put(5, LIQUIDITY_CHANGE); // LiquidityRemove
    BY_NUMBER.put( // DepthUpdate
        6,
        layout(
            56,
            row("asset_id", U64),
            row("price", I64),
            row("size", I64),
            row("sequence", U64),
            row("timestamp_ns", U64),
            row("order_count", U32),
            row("venue_id", U16),
            row("level", U16),
            row("asset_type", U8),
            row("reserved", U8),
            row("side", U8),
            row("action", U8), // 0 insert, 1 update, 2 delete
            pad(4)));
    BY_NUMBER.put( // SpreadUpdate
        7,
        layout(
            56,
            row("asset_id", U64),
            row("bid_price", I64),
            row("ask_price", I64),
            row("spread", I64),
            row("timestamp_ns", U64),
            row("sequence", U64),
            row("spread_bps", I32),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8)));
    BY_NUMBER.put( // PriceUpdate
        8,
        layout(
            48,
            row("asset_id", U64),
            row("price", I64),
            row("previous_price", I64),
            row("timestamp_ns", U64),
            row("sequence", U64),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8),
            row("price_type", U8), // 0 last, 1 mark, 2 index, 3 mid
            pad(3)));
    BY_NUMBER.put( // VolumeUpdate
        9,
        layout(
            48,
            row("asset_id", U64),
            row("volume", I64),
            row("quote_volume", I64),
            row("window_start_ns", U64),
            row("window_end_ns", U64),
            row("trade_count", U32),
            row("venue_id", U16),
            row("asset_type", U8),
            row("reserved", U8)));
    BY_NUMBER.put( // PoolLiquidity
        10,
        layout(
            208,
            row("timestamp_ns", U64),
            pad(8),
            row("reserves", vec(U128, 8, SLOTS_AT_16)),
            row("pool_address", ADDRESS),
            row("venue", U16),
            pad(14)));
    BY_NUMBER.put( // PoolSwap
        11,
        layout(
            208,
            row("amount_in", U128),
            row("amount_out", U128),
            row("liquidity_after", U128),
            row("timestamp_ns", U64),
            row("block_number", U64),
            row("tick_after", I32),
            row("venue", U16),
            row("amount_in_decimals", U8),
            row("amount_out_decimals", U8),
            pad(8),
            row("pool_address", ADDRESS),
            row("token_in_address", ADDRESS),
            row("token_out_address", ADDRESS),
            row("sqrt_price_x96_after", U256)));
    BY_NUMBER.put(12, POOL_CHANGE); // PoolMint
    BY_NUMBER.put(13, POOL_CHANGE); // PoolBurn
    BY_NUMBER.put( // PoolTick
        14,
        layout(
            64,
            row("liquidity_net", I64),
            row("price_sqrt", U64),
            row("timestamp_ns", U64),
            row("tick", I32),
            row("venue", U16),
            pad(2),
            row("pool_address", ADDRESS)));
    BY_NUMBER.put( // PoolState
        15,
        layout(
            192,
            row("reserve0", U128),
            row("reserve1", U128),
            row("sqrt_price_x96", U128),
            row("liquidity", U128),
            row("block_number", U64),
            row("timestamp_ns", U64),
            row("tick", I32),
            row("fee_rate", U32),
            row("venue", U16),
            row("pool_type", U8),
            row("token0_decimals", U8),
            row("token1_decimals", U8),
            pad(3),
            row("pool_address", ADDRESS),
            row("token0_address", ADDRESS),
            row("token1_address", ADDRESS)));
    BY_NUMBER.put( // PoolSync
        16,
        layout(
            160,
            row("reserve0", U128),
            row("reserve1", U128),
            row("timestamp_ns", U64),
            row("block_number", U64),
            row("venue", U16),
            row("token0_decimals", U8),
            row("token1_decimals", U8),
            pad(12),
            row("pool_address", ADDRESS),
            row("token0_address", ADDRESS),
            row("token1_address", ADDRESS)));
    BY_NUMBER.put( // PoolPosition
        17,
        layout(
            224,
            row("liquidity", U128),
            row("tokens_owed0", U128),
            row("tokens_owed1", U128),
            row("timestamp_ns", U64),
            row("block_number", U64),
            row("position_id", U64),
            row("tick_lower", I32),
            row("tick_upper", I32),
            row("venue", U16),
            pad(14),
            row("pool_address", ADDRESS),
            row("owner_address", ADDRESS),
            row("fee_growth_inside0_x128", U256),
            row("fee_growth_inside1_x128", U256)));
    BY_NUMBER.put( // PoolCollect
        18,
        layout(
            160,
            row("amount0", U128),
            row("amount1", U128),
            row("timestamp_ns", U64),
            row("block_number", U64),
            row("tick_lower", I32),
            row("tick_upper", I32),
            row("venue", U16),
            row("token0_decimals", U8),
            row("token1_decimals", U8),
            pad(4),
            row("pool_address", ADDRESS),
            row("owner_address", ADDRESS),
            row("recipient_address", ADDRESS)));
    BY_NUMBER.put( // PoolFlash
        19,
        layout(
            192,
            row("amount0", U128),
            row("amount1", U128),
            row("paid0", U128),
            row("paid1", U128),
            row("timestamp_ns", U64),
            row("block_number", U64),
            row("venue", U16),
            row("token0_decimals", U8),
            row("token1_decimals", U8),
            pad(12),
            row("pool_address", ADDRESS),
            row("sender_address", ADDRESS),
            row("recipient_address", ADDRESS)));
    BY_NUMBER.put( // ArbitrageSignal
        32,
        layout(
            170,
            row("strategy_id", U16),
            row("signal_id", U64),
            row("chain_id", U32),
            row("source_pool", bytes(20)),
            row("target_pool", bytes(20)),
            row("source_venue", U16),
            row("target_venue", U16),
            row("token_in", bytes(20)),
            row("token_out", bytes(20)), // no padding after these four
            row("expected_profit_usd_q8", I64),
            row("required_capital_usd_q8", I64),
            row("spread_bps", U16),
            row("dex_fees_usd_q8", I64),
            row("gas_cost_usd_q8", I64),
            row("slippage_usd_q8", I64),
            row("net_profit_usd_q8", I64),
            row("slippage_tolerance_bps", U16),
            row("max_gas_price_gwei", U32),
            row("valid_until", U32),
            row("priority", U16),
            row("reserved", bytes(2)),
            row("timestamp_ns", U64)));
    BY_NUMBER.put( // StateInvalidation
        106,
        layout(
            224,
            row("sequence", U64),
            row("timestamp_ns", U64),
            row("instruments", vec(INSTRUMENT_ID, 16, SLOTS_AT_8)),
            row("venue", U16),
            // 0 Disconnection, 1 AuthenticationFailure, 2 RateLimited, 3 Staleness, 4 Maintenance,
            // 5 Recovery
            row("reason", U8),
            pad(5)));
    BY_NUMBER.put( // SystemHealth
        107,
        layout(
            48,
            row("timestamp_ns", U64),
            row("connection_count", U32),
            row("message_rate_per_sec", U32),
            row("last_error_code", U32),
            row("error_rate_per_thousand", U16),
            row("latency_p95_us", U16),
            row("service_type", U8),
            row("health_status", U8), // 0 healthy, 1 degraded, 2 unhealthy, 3 unknown
            row("cpu_usage_pct", U8),
            row("memory_usage_pct", U8),
            row("reserved", bytes(20))));
    BY_NUMBER.put( // TraceContext
        108,
        layout(
            32,
            row("start_timestamp_ns", U64),
            row("current_timestamp_ns", U64),
            row("source_service", U8),
            row("span_depth", U8),
            row("stage_flags", U8), // 1 collected, 2 relayed, 4 processed, 8 executed
            row("reserved", U8),
            pad(4),
            row("trace_id", bytes(8))));
    BY_NUMBER.put( // RecoveryRequest
        110,
        layout(
            24,
            row("last_sequence", U64),
            row("current_sequence", U64),
            row("consumer_id", U32),
            row("request_type", U32))); // 1 retransmit, 2 snapshot
  }
}
