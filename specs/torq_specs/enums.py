"""Every closed set of numbers in the protocol, named as the protocol names it."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Magic(IntEnum):
    """The first four bytes of a message: EF BE AD DE on the wire (section 2)."""

    TORQ = 0xDEADBEEF


class Version(IntEnum):
    """Protocol versions that the header may name (section 2)."""

    V1 = 1


class RelayDomain(IntEnum):
    """What a message is about, and so which relay carries it (section 2)."""

    MarketData = 1
    Signal = 2
    Execution = 3
    System = 4


class Source(IntEnum):
    """The service that sent a message (section 2)."""

    BinanceCollector = 1
    KrakenCollector = 2
    CoinbaseCollector = 3
    PolygonCollector = 4
    GeminiCollector = 5
    ArbitrageStrategy = 20
    MarketMaker = 21
    TrendFollower = 22
    KrakenSignalStrategy = 23
    PortfolioManager = 40
    RiskManager = 41
    ExecutionEngine = 42
    Dashboard = 60
    MetricsCollector = 61
    StateManager = 62
    MarketDataRelay = 80
    SignalRelay = 81
    ExecutionRelay = 82


class Side(IntEnum):
    """Which side of the market."""

    Buy = 0
    Sell = 1


class DepthAction(IntEnum):
    """What a depth update does to its level."""

    Insert = 0
    Update = 1
    Delete = 2


class PriceType(IntEnum):
    """Which price a price update carries."""

    Last = 0
    Mark = 1
    Index = 2
    Mid = 3


class InvalidationReason(IntEnum):
    """Why state became invalid."""

    Disconnection = 0
    AuthenticationFailure = 1
    RateLimited = 2
    Staleness = 3
    Maintenance = 4
    Recovery = 5


class HealthStatus(IntEnum):
    """How a service feels."""

    Healthy = 0
    Degraded = 1
    Unhealthy = 2
    Unknown = 3


class StageFlag(IntFlag):
    """Stages that a traced message has passed; a bit each."""

    Collected = 1
    Relayed = 2
    Processed = 4
    Executed = 8


class RecoveryRequestType(IntEnum):
    """What a consumer that lost messages asks for."""

    Retransmit = 1
    Snapshot = 2


class Venue(IntEnum):
    """Trading venues and chains (section 7); a venue field carries any u16."""

    Generic = 0
    NYSE = 1
    NASDAQ = 2
    LSE = 3
    TSE = 4
    HKEX = 5
    Binance = 100
    Kraken = 101
    Coinbase = 102
    Huobi = 103
    OKEx = 104
    FTX = 105
    Bybit = 106
    KuCoin = 107
    Gemini = 108
    Ethereum = 200
    Bitcoin = 201
    Polygon = 202
    BinanceSmartChain = 203
    Avalanche = 204
    Fantom = 205
    Arbitrum = 206
    Optimism = 207
    Solana = 208
    Cardano = 209
    Polkadot = 210
    Cosmos = 211
    UniswapV2 = 300
    UniswapV3 = 301
    SushiSwap = 302
    Curve = 303
    Balancer = 304
    Aave = 305
    Compound = 306
    MakerDAO = 307
    Yearn = 308
    Synthetix = 309
    DYdX = 310
    QuickSwap = 400
    SushiSwapPolygon = 401
    CurvePolygon = 402
    AavePolygon = 403
    BalancerPolygon = 404
    PancakeSwap = 500
    VenusProtocol = 501
    UniswapV3Arbitrum = 600
    SushiSwapArbitrum = 601
    CurveArbitrum = 602
    Deribit = 700
    BybitDerivatives = 701
    OpynProtocol = 702
    Hegic = 703
    COMEX = 800
    CME = 801
    ICE = 802
    ForexCom = 803
    TestVenue = 65000
    MockExchange = 65001


class AssetType(IntEnum):
    """Kinds of instruments (section 7); an asset_type field carries any u8."""

    Stock = 1
    Bond = 2
    ETF = 3
    Commodity = 4
    Currency = 5
    Index = 6
    Token = 50
    Coin = 51
    NFT = 52
    StableCoin = 53
    WrappedToken = 54
    Pool = 100
    LPToken = 101
    YieldToken = 102
    SyntheticAsset = 103
    DerivativeToken = 104
    GovernanceToken = 105
    Option = 150
    Future = 151
    Swap = 152
    Forward = 153
    CDS = 154
    StructuredNote = 200
    ConvertibleBond = 201
    TestAsset = 250
    MockAsset = 251
