"""The closed sets of the protocol page, copied by hand, are those of the declarations."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import pytest

from torq_specs.enums import AssetType, Magic, RelayDomain, Source, Venue, Version
from torq_specs.faults import CONTEXT, CONTEXT_MUST, FREE_TEXT, FaultKind
from torq_specs.registry import REGISTRY

MAGIC = {"TORQ": 0xDEADBEEF}
VERSIONS = {"V1": 1}
RELAY_DOMAINS = {"MarketData": 1, "Signal": 2, "Execution": 3, "System": 4}

SOURCES = {
    "BinanceCollector": 1,
    "KrakenCollector": 2,
    "CoinbaseCollector": 3,
    "PolygonCollector": 4,
    "GeminiCollector": 5,
    "ArbitrageStrategy": 20,
    "MarketMaker": 21,
    "TrendFollower": 22,
    "KrakenSignalStrategy": 23,
    "PortfolioManager": 40,
    "RiskManager": 41,
    "ExecutionEngine": 42,
    "Dashboard": 60,
    "MetricsCollector": 61,
    "StateManager": 62,
    "MarketDataRelay": 80,
    "SignalRelay": 81,
    "ExecutionRelay": 82,
}

VENUES = {
    "Generic": 0,
    "NYSE": 1,
    "NASDAQ": 2,
    "LSE": 3,
    "TSE": 4,
    "HKEX": 5,
    "Binance": 100,
    "Kraken": 101,
    "Coinbase": 102,
    "Huobi": 103,
    "OKEx": 104,
    "FTX": 105,
    "Bybit": 106,
    "KuCoin": 107,
    "Gemini": 108,
    "Ethereum": 200,
    "Bitcoin": 201,
    "Polygon": 202,
    "BinanceSmartChain": 203,
    "Avalanche": 204,
    "Fantom": 205,
    "Arbitrum": 206,
    "Optimism": 207,
    "Solana": 208,
    "Cardano": 209,
    "Polkadot": 210,
    "Cosmos": 211,
    "UniswapV2": 300,
    "UniswapV3": 301,
    "SushiSwap": 302,
    "Curve": 303,
    "Balancer": 304,
    "Aave": 305,
    "Compound": 306,
    "MakerDAO": 307,
    "Yearn": 308,
    "Synthetix": 309,
    "DYdX": 310,
    "QuickSwap": 400,
    "SushiSwapPolygon": 401,
    "CurvePolygon": 402,
    "AavePolygon": 403,
    "BalancerPolygon": 404,
    "PancakeSwap": 500,
    "VenusProtocol": 501,
    "UniswapV3Arbitrum": 600,
    "SushiSwapArbitrum": 601,
    "CurveArbitrum": 602,
    "Deribit": 700,
    "BybitDerivatives": 701,
    "OpynProtocol": 702,
    "Hegic": 703,
    "COMEX": 800,
    "CME": 801,
    "ICE": 802,
    "ForexCom": 803,
    "TestVenue": 65000,
    "MockExchange": 65001,
}

ASSET_TYPES = {
    "Stock": 1,
    "Bond": 2,
    "ETF": 3,
    "Commodity": 4,
    "Currency": 5,
    "Index": 6,
    "Token": 50,
    "Coin": 51,
    "NFT": 52,
    "StableCoin": 53,
    "WrappedToken": 54,
    "Pool": 100,
    "LPToken": 101,
    "YieldToken": 102,
    "SyntheticAsset": 103,
    "DerivativeToken": 104,
    "GovernanceToken": 105,
    "Option": 150,
    "Future": 151,
    "Swap": 152,
    "Forward": 153,
    "CDS": 154,
    "StructuredNote": 200,
    "ConvertibleBond": 201,
    "TestAsset": 250,
    "MockAsset": 251,
}

FIELD_VALUES = {
    ("Trade", "side"): {"buy": 0, "sell": 1},
    ("DepthUpdate", "side"): {"buy": 0, "sell": 1},
    ("DepthUpdate", "action"): {"insert": 0, "update": 1, "delete": 2},
    ("PriceUpdate", "price_type"): {"last": 0, "mark": 1, "index": 2, "mid": 3},
    ("StateInvalidation", "reason"): {
        "disconnection": 0,
        "authenticationfailure": 1,
        "ratelimited": 2,
        "staleness": 3,
        "maintenance": 4,
        "recovery": 5,
    },
    ("SystemHealth", "health_status"): {"healthy": 0, "degraded": 1, "unhealthy": 2, "unknown": 3},
    ("TraceContext", "stage_flags"): {"collected": 1, "relayed": 2, "processed": 4, "executed": 8},
    ("RecoveryRequest", "request_type"): {"retransmit": 1, "snapshot": 2},
}
"""Section 5, what stands in parentheses behind a field; DepthUpdate.side is read as Trade.side."""

KINDS = (
    ("MessageTooSmall", "need, got"),
    ("MessageTooLarge", "size, limit"),
    ("InvalidMagic", "expected, actual"),
    ("UnsupportedVersion", "version"),
    ("InvalidRelayDomain", "relay_domain"),
    ("UnknownSource", "source"),
    ("ChecksumMismatch", "expected, actual, message_size, tlv_count"),
    ("TruncatedTLV", "buffer_size, required_bytes, tlv_type, offset"),
    ("InvalidExtendedTLV", "offset, reserved"),
    ("InvalidTLVType", "tlv_type, offset"),
    ("RelayDomainMismatch", "tlv_type, expected, got, offset"),
    ("PayloadSizeMismatch", "tlv_type, expected, got, offset"),
    ("CapacityExceeded", "field, max_capacity, attempted"),
    ("PayloadTooLarge", "tlv_type, size, limit"),
    ("ValueOutOfRange", "field, value, minimum, maximum"),
    ("InvalidInstrument", "argument, context"),
    ("ParseError", "offset, context"),
    ("ValidationFailed", "field"),
    ("ConfigError", "variable, context"),
)
"""Section 6, row by row."""

CONTEXT_THAT_IS_A_MUST = {
    "ChecksumMismatch": "expected, actual, message_size, tlv_count",
    "TruncatedTLV": "buffer_size, required_bytes, tlv_type, offset",
    "InvalidTLVType": "tlv_type, offset",
    "ParseError": "offset",
    "ConfigError": "variable",
}


def numbers(members: type[IntEnum | IntFlag]) -> dict[str, int]:
    return {name: member.value for name, member in members.__members__.items()}


@pytest.mark.parametrize(
    ("members", "page"),
    [
        pytest.param(Magic, MAGIC, id="magic"),
        pytest.param(Version, VERSIONS, id="versions"),
        pytest.param(RelayDomain, RELAY_DOMAINS, id="relay domains"),
        pytest.param(Source, SOURCES, id="sources"),
        pytest.param(Venue, VENUES, id="venues"),
        pytest.param(AssetType, ASSET_TYPES, id="asset types"),
    ],
)
def test_enumeration_is_that_of_the_page(members: type[IntEnum], page: dict[str, int]) -> None:
    assert numbers(members) == page
    assert len(list(members)) == len(page), "no aliases"


@pytest.mark.parametrize(("name", "field"), sorted(FIELD_VALUES), ids=".".join)
def test_values_of_a_field_are_those_of_the_page(name: str, field: str) -> None:
    layout = REGISTRY.named(name).layout
    assert layout is not None
    members = layout.field(field).values
    assert members is not None
    named = {text.lower(): number for text, number in numbers(members).items()}
    assert named == FIELD_VALUES[name, field]


def test_only_venues_asset_types_and_the_listed_fields_have_named_values() -> None:
    for line in REGISTRY.with_layout:
        assert line.layout is not None
        for field in line.layout.named:
            if (line.name, field.name) in FIELD_VALUES:
                continue
            expected: type[IntEnum] | None = None
            if field.name in {"venue", "venue_id", "source_venue", "target_venue"}:
                expected = Venue
            if field.name == "asset_type":
                expected = AssetType
            assert field.values is expected, f"{line.name}.{field.name}"


def test_kinds_of_faults_are_the_rows_of_section_6_in_their_order() -> None:
    assert [kind.value for kind in FaultKind] == [name for name, _ in KINDS]


@pytest.mark.parametrize(("kind", "names"), KINDS, ids=[kind for kind, _ in KINDS])
def test_context_of_a_kind_is_that_of_its_row(kind: str, names: str) -> None:
    assert ", ".join(CONTEXT[FaultKind(kind)]) == names


def test_context_that_is_a_must_is_that_of_the_named_kinds() -> None:
    assert {str(k): ", ".join(v) for k, v in CONTEXT_MUST.items()} == CONTEXT_THAT_IS_A_MUST


def test_free_text_is_the_context_of_three_kinds() -> None:
    assert {str(kind): name for kind, name in FREE_TEXT.items()} == {
        "ParseError": "context",
        "InvalidInstrument": "context",
        "ConfigError": "context",
    }
