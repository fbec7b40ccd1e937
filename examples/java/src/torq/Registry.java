package torq;

import java.util.Arrays;
import java.util.Set;

/** Section 4: every TLV type by number, with its domain, its size and, if declared, its layout. */
final class Registry {
  private Registry() {}

  /**
   * A type of TLV; its size lies between the bounds, both included.
   *
   * @param domain {@link #ANY} if it rides in any domain
   * @param layout null if its value is bytes
   */
  record TlvType(int number, int domain, int sizeMin, int sizeMax, Type.Layout layout) {
    /** The type of a value that takes {@code size} bytes on the wire. */
    Type valueType(int size) {
      return layout != null ? layout : Type.bytes(size);
    }

    /** The bytes that a value takes on the wire. */
    int sizeOf(Object value) {
      return layout != null ? layout.size() : ((byte[]) value).length;
    }
  }

  static final int ANY = 0;
  private static final int MARKET_DATA = 1;
  private static final int SIGNAL = 2;
  private static final int EXECUTION = 3;
  private static final int SYSTEM = 4;

  static final Set<Integer> RELAY_DOMAINS = Set.of(MARKET_DATA, SIGNAL, EXECUTION, SYSTEM);

  static final Set<Integer> SOURCES =
      Set.of(
          1, 2, 3, 4, 5, // collectors: Binance, Kraken, Coinbase, Polygon, Gemini
          20, 21, 22, 23, // strategies: Arbitrage, MarketMaker, TrendFollower, KrakenSignal
          40, 41, 42, // PortfolioManager, RiskManager, ExecutionEngine
          60, 61, 62, // Dashboard, MetricsCollector, StateManager
          80, 81, 82); // relays: MarketData, Signal, Execution

  private static final TlvType[] TYPES = new TlvType[256];

  /** The type of that number; null where there is none. */
  static TlvType find(int number) {
    return 0 <= number && number < TYPES.length ? TYPES[number] : null;
  }

  /** The last number of each range below the vendors', and whose it is. */
  private static final int[][] RANGES = {
    {19, MARKET_DATA}, {39, SIGNAL}, {59, EXECUTION}, {79, SIGNAL}, {99, SYSTEM},
    {119, ANY}, // system messages travel on the relays of the other domains
  };

  private static int domainOf(int number) {
    return Arrays.stream(RANGES).filter(range -> number <= range[0]).findFirst().orElseThrow()[1];
  }

  private static void opaque(int number, String name, int sizeMin, int sizeMax) {
    TYPES[number] = new TlvType(number, domainOf(number), sizeMin, sizeMax, null);
  }

  private static void opaque(int number, String name, int size) {
    opaque(number, name, size, size);
  }

  static {
    Layouts.BY_NUMBER.forEach(
        (number, layout) ->
            TYPES[number] =
                new TlvType(number, domainOf(number), layout.size(), layout.size(), layout));
    for (int vendor = 200; vendor <= 254; vendor++) {
      TYPES[vendor] = new TlvType(vendor, ANY, 0, Integer.MAX_VALUE, null);
    }
    opaque(20, "SignalIdentity", 16);
    opaque(21, "AssetCorrelation", 24);
    opaque(22, "Economics", 32);
    opaque(23, "ExecutionAddresses", 84);
    opaque(24, "VenueMetadata", 12);
    opaque(25, "StateReference", 24);
    opaque(26, "ExecutionControl", 16);
    opaque(27, "PoolAddresses", 44);
    opaque(28, "MEVBundle", 40);
    opaque(29, "TertiaryVenue", 24);
    opaque(30, "RiskParameters", 24, 512);
    opaque(31, "PerformanceMetrics", 32, 1024);
    opaque(40, "OrderRequest", 32);
    opaque(41, "OrderStatus", 24);
    opaque(42, "Fill", 32);
    opaque(43, "OrderCancel", 16);
    opaque(44, "OrderModify", 24);
    opaque(45, "ExecutionReport", 48);
    opaque(46, "Portfolio", 32, 2048);
    opaque(47, "Position", 24, 512);
    opaque(48, "Balance", 16, 256);
    opaque(49, "TradeConfirmation", 32, 256);
    opaque(60, "RiskDecision", 32);
    opaque(61, "PositionUpdate", 40, 512);
    opaque(62, "RiskAlert", 24, 256);
    opaque(63, "CollateralUpdate", 48);
    opaque(64, "ExposureReport", 32, 1024);
    opaque(65, "PortfolioEvent", 32, 512);
    opaque(66, "RiskThreshold", 40);
    opaque(67, "FlashLoanResult", 48, 256);
    opaque(68, "PostTradeAnalytics", 64, 512);
    opaque(69, "PositionQuery", 32);
    opaque(70, "RiskMetrics", 48, 1024);
    opaque(71, "CircuitBreaker", 24);
    opaque(72, "StrategyRegistration", 32, 256);
    opaque(80, "ComplianceCheck", 32, 512);
    opaque(81, "AuditTrail", 48, 2048);
    opaque(82, "RegulatoryReport", 64, 4096);
    opaque(83, "TradeBreakdown", 48, 1024);
    opaque(84, "SettlementInstruction", 40, 512);
    opaque(85, "ClearingReport", 32, 512);
    opaque(86, "MarginCall", 48);
    opaque(87, "CustodyEvent", 40, 256);
    opaque(88, "VenueConnectivity", 32);
    opaque(89, "CrossVenueSpread", 40);
    opaque(90, "ArbitrageExecution", 48, 256);
    opaque(100, "Heartbeat", 16);
    opaque(101, "Snapshot", 32, 1024);
    opaque(102, "Error", 16, 512);
    opaque(103, "ConfigUpdate", 20, 2048);
    opaque(104, "ServiceDiscovery", 24, 512);
    opaque(105, "ResourceUsage", 64);
    opaque(111, "RecoveryResponse", 20, 1024);
    opaque(112, "SequenceSync", 16, 256);
  }
}
