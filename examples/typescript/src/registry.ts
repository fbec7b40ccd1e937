/** Section 4: every TLV type by number, with its domain, its size and, if declared, its layout. */

import { type FieldType, type Fields } from "./fields.js";
import { LAYOUTS } from "./layouts.js";

export interface TlvType {
  /** null: rides in any domain. */
  readonly domain: number | null;
  readonly sizeMin: number;
  readonly sizeMax: number;
  /** null: the value is bytes. */
  readonly layout: FieldType<Fields> | null;
}

const [MARKET_DATA, SIGNAL, EXECUTION, SYSTEM] = [1, 2, 3, 4];

export const RELAY_DOMAINS: ReadonlySet<number> = new Set([MARKET_DATA, SIGNAL, EXECUTION, SYSTEM]);

export const SOURCES: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, // collectors: Binance, Kraken, Coinbase, Polygon, Gemini
  20, 21, 22, 23, // strategies: Arbitrage, MarketMaker, TrendFollower, KrakenSignal
  40, 41, 42, // PortfolioManager, RiskManager, ExecutionEngine
  60, 61, 62, // Dashboard, MetricsCollector, StateManager
  80, 81, 82, // relays: MarketData, Signal, Execution
]);

type Range = readonly [first: number, last: number, domain: number | null];

const RANGES: readonly Range[] = [
  [1, 19, MARKET_DATA],
  [20, 39, SIGNAL],
  [40, 59, EXECUTION],
  [60, 79, SIGNAL],
  [80, 99, SYSTEM],
  [100, 119, null], // system messages travel on the relays of the other domains
  [200, 254, null], // vendor
];

type Opaque = readonly [number: number, name: string, size: number, sizeMax?: number];

/** The types that carry bytes; one size is exact, two are bounds. */
const OPAQUE: readonly Opaque[] = [
  [20, "SignalIdentity", 16],
  [21, "AssetCorrelation", 24],
  [22, "Economics", 32],
  [23, "ExecutionAddresses", 84],
  [24, "VenueMetadata", 12],
  [25, "StateReference", 24],
  [26, "ExecutionControl", 16],
  [27, "PoolAddresses", 44],
  [28, "MEVBundle", 40],
  [29, "TertiaryVenue", 24],
  [30, "RiskParameters", 24, 512],
  [31, "PerformanceMetrics", 32, 1024],
  [40, "OrderRequest", 32],
  [41, "OrderStatus", 24],
  [42, "Fill", 32],
  [43, "OrderCancel", 16],
  [44, "OrderModify", 24],
  [45, "ExecutionReport", 48],
  [46, "Portfolio", 32, 2048],
  [47, "Position", 24, 512],
  [48, "Balance", 16, 256],
  [49, "TradeConfirmation", 32, 256],
  [60, "RiskDecision", 32],
  [61, "PositionUpdate", 40, 512],
  [62, "RiskAlert", 24, 256],
  [63, "CollateralUpdate", 48],
  [64, "ExposureReport", 32, 1024],
  [65, "PortfolioEvent", 32, 512],
  [66, "RiskThreshold", 40],
  [67, "FlashLoanResult", 48, 256],
  [68, "PostTradeAnalytics", 64, 512],
  [69, "PositionQuery", 32],
  [70, "RiskMetrics", 48, 1024],
  [71, "CircuitBreaker", 24],
  [72, "StrategyRegistration", 32, 256],
  [80, "ComplianceCheck", 32, 512],
  [81, "AuditTrail", 48, 2048],
  [82, "RegulatoryReport", 64, 4096],
  [83, "TradeBreakdown", 48, 1024],
  [84, "SettlementInstruction", 40, 512],
  [85, "ClearingReport", 32, 512],
  [86, "MarginCall", 48],
  [87, "CustodyEvent", 40, 256],
  [88, "VenueConnectivity", 32],
  [89, "CrossVenueSpread", 40],
  [90, "ArbitrageExecution", 48, 256],
  [100, "Heartbeat", 16],
  [101, "Snapshot", 32, 1024],
  [102, "Error", 16, 512],
  [103, "ConfigUpdate", 20, 2048],
  [104, "ServiceDiscovery", 24, 512],
  [105, "ResourceUsage", 64],
  [111, "RecoveryResponse", 20, 1024],
  [112, "SequenceSync", 16, 256],
];

/** By number; undefined where there is no such type. */
export const REGISTRY: readonly (TlvType | undefined)[] = buildRegistry();

function buildRegistry(): (TlvType | undefined)[] {
  const sizes = new Map<number, Omit<TlvType, "domain">>();
  for (const [number, , layout] of LAYOUTS) {
    sizes.set(number, { sizeMin: layout.size, sizeMax: layout.size, layout });
  }
  for (const [number, , sizeMin, sizeMax = sizeMin] of OPAQUE) {
    sizes.set(number, { sizeMin, sizeMax, layout: null });
  }
  for (let vendor = 200; vendor <= 254; vendor++) {
    sizes.set(vendor, { sizeMin: 0, sizeMax: Infinity, layout: null });
  }
  const registry: (TlvType | undefined)[] = [];
  for (const [first, last, domain] of RANGES) {
    for (let number = first; number <= last; number++) {
      const found = sizes.get(number);
      if (found) registry[number] = { domain, ...found };
    }
  }
  return registry;
}
