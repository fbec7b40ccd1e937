"""Signals of strategies: type 32 (section 5). Declarations only."""

from __future__ import annotations

from construct import Bytes

from torq_specs.instrument_id import venue_field
from torq_specs.wire import Declaration, Field, i64, u16, u32, u64

USD_Q8 = "1e-8 USD"
BARE_ADDRESS = Bytes(20)

ArbitrageSignal = Declaration(
    "ArbitrageSignal",
    "An arbitrage between two pools, with what it costs and earns.",
    Field("strategy_id", u16, "strategy that found it"),
    Field("signal_id", u64, "number of the signal"),
    Field("chain_id", u32, "number of the EVM chain; 137 is Polygon"),
    Field("source_pool", BARE_ADDRESS, "pool to buy from; no padding follows"),
    Field("target_pool", BARE_ADDRESS, "pool to sell to; no padding follows"),
    venue_field("source_venue"),
    venue_field("target_venue"),
    Field("token_in", BARE_ADDRESS, "token paid in; no padding follows"),
    Field("token_out", BARE_ADDRESS, "token paid out; no padding follows"),
    Field("expected_profit_usd_q8", i64, "profit before costs", unit=USD_Q8),
    Field("required_capital_usd_q8", i64, "capital needed", unit=USD_Q8),
    Field("spread_bps", u16, "price difference between the pools", unit="basis points"),
    Field("dex_fees_usd_q8", i64, "fees of both pools", unit=USD_Q8),
    Field("gas_cost_usd_q8", i64, "cost of gas", unit=USD_Q8),
    Field("slippage_usd_q8", i64, "expected slippage", unit=USD_Q8),
    Field("net_profit_usd_q8", i64, "profit after fees, gas and slippage", unit=USD_Q8),
    Field("slippage_tolerance_bps", u16, "slippage still accepted", unit="basis points"),
    Field("max_gas_price_gwei", u32, "highest gas price still accepted", unit="gwei"),
    Field("valid_until", u32, "when the signal expires", unit="s since the Unix epoch"),
    Field("priority", u16, "higher is more urgent"),
    Field("reserved", Bytes(2), "data, not padding: every value is legal and carried through"),
    Field("timestamp_ns", u64, "when it was found", unit="ns since the Unix epoch"),
    provenance="R",
)
