"""Sections 2, 4 and 5 of the protocol page, copied by hand, hold in the declarations.

Nothing in this file is derived from code: every number was read from the page, and where the page
gives none it was added up by hand. The bracketed offsets of the page stand in a table of their own.
"""

from __future__ import annotations

import re

import pytest

from torq_specs.enums import RelayDomain
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX, Header
from torq_specs.instrument_id import InstrumentId
from torq_specs.layout import FieldType, Integer, Layout, Padding, Raw, Vector, layout_of
from torq_specs.market_data import MAX_ORDER_LEVELS, OrderLevel
from torq_specs.registry import REGISTRY, domain_of

HEADER = """
 0 magic u32
 4 relay_domain u8
 5 version u8
 6 source u8
 7 flags u8
 8 sequence u64
16 timestamp u64
24 payload_size u32
28 checksum u32
"""

ELEMENTS = {
    "InstrumentId": """
 0 asset_id u64
 8 venue u16
10 asset_type u8
11 reserved u8
""",
    "OrderLevel": """
 0 price i64
 8 size i64
16 order_count u32
20 reserved u32
""",
}

ELEMENT_SIZES = {"InstrumentId": 12, "OrderLevel": 24}

LIQUIDITY_CHANGE = """
  0 lp_amount u128
 16 amount0 u128
 32 amount1 u128
 48 timestamp_ns u64
 56 block_number u64
 64 venue u16
 66 token0_decimals u8
 67 token1_decimals u8
 68 pad 12
 80 pool_address address
112 provider_address address
"""

RANGE_LIQUIDITY_CHANGE = """
  0 liquidity_delta u128
 16 amount0 u128
 32 amount1 u128
 48 timestamp_ns u64
 56 tick_lower i32
 60 tick_upper i32
 64 venue u16
 66 token0_decimals u8
 67 token1_decimals u8
 68 pad 12
 80 pool_address address
112 provider_address address
144 token0_address address
176 token1_address address
"""

LAYOUTS = {
    "Trade": """
 0 asset_id u64
 8 price i64
16 volume i64
24 execution_timestamp_ns u64
32 venue_id u16
34 asset_type u8
35 reserved u8
36 side u8
37 pad 3
""",
    "Quote": """
 0 asset_id u64
 8 bid_price i64
16 bid_size i64
24 ask_price i64
32 ask_size i64
40 quote_timestamp_ns u64
48 venue_id u16
50 asset_type u8
51 reserved u8
52 pad 4
""",
    "OrderBook": """
   0 timestamp_ns u64
   8 sequence u64
  16 precision_factor i64
  24 bids FixedVec<OrderLevel,128>
3104 asks FixedVec<OrderLevel,128>
6184 asset_id u64
6192 venue_id u16
6194 asset_type u8
6195 reserved u8
6196 pad 4
""",
    "LiquidityAdd": LIQUIDITY_CHANGE,
    "LiquidityRemove": LIQUIDITY_CHANGE,
    "DepthUpdate": """
 0 asset_id u64
 8 price i64
16 size i64
24 sequence u64
32 timestamp_ns u64
40 order_count u32
44 venue_id u16
46 level u16
48 asset_type u8
49 reserved u8
50 side u8
51 action u8
52 pad 4
""",
    "SpreadUpdate": """
 0 asset_id u64
 8 bid_price i64
16 ask_price i64
24 spread i64
32 timestamp_ns u64
40 sequence u64
48 spread_bps i32
52 venue_id u16
54 asset_type u8
55 reserved u8
""",
    "PriceUpdate": """
 0 asset_id u64
 8 price i64
16 previous_price i64
24 timestamp_ns u64
32 sequence u64
40 venue_id u16
42 asset_type u8
43 reserved u8
44 price_type u8
45 pad 3
""",
    "VolumeUpdate": """
 0 asset_id u64
 8 volume i64
16 quote_volume i64
24 window_start_ns u64
32 window_end_ns u64
40 trade_count u32
44 venue_id u16
46 asset_type u8
47 reserved u8
""",
    "PoolLiquidity": """
  0 timestamp_ns u64
  8 pad 8
 16 reserves FixedVec<u128,8> from 16
160 pool_address address
192 venue u16
194 pad 14
""",
    "PoolSwap": """
  0 amount_in u128
 16 amount_out u128
 32 liquidity_after u128
 48 timestamp_ns u64
 56 block_number u64
 64 tick_after i32
 68 venue u16
 70 amount_in_decimals u8
 71 amount_out_decimals u8
 72 pad 8
 80 pool_address address
112 token_in_address address
144 token_out_address address
176 sqrt_price_x96_after u256
""",
    "PoolMint": RANGE_LIQUIDITY_CHANGE,
    "PoolBurn": RANGE_LIQUIDITY_CHANGE,
    "PoolTick": """
 0 liquidity_net i64
 8 price_sqrt u64
16 timestamp_ns u64
24 tick i32
28 venue u16
30 pad 2
32 pool_address address
""",
    "PoolState": """
  0 reserve0 u128
 16 reserve1 u128
 32 sqrt_price_x96 u128
 48 liquidity u128
 64 block_number u64
 72 timestamp_ns u64
 80 tick i32
 84 fee_rate u32
 88 venue u16
 90 pool_type u8
 91 token0_decimals u8
 92 token1_decimals u8
 93 pad 3
 96 pool_address address
128 token0_address address
160 token1_address address
""",
    "PoolSync": """
  0 reserve0 u128
 16 reserve1 u128
 32 timestamp_ns u64
 40 block_number u64
 48 venue u16
 50 token0_decimals u8
 51 token1_decimals u8
 52 pad 12
 64 pool_address address
 96 token0_address address
128 token1_address address
""",
    "PoolPosition": """
  0 liquidity u128
 16 tokens_owed0 u128
 32 tokens_owed1 u128
 48 timestamp_ns u64
 56 block_number u64
 64 position_id u64
 72 tick_lower i32
 76 tick_upper i32
 80 venue u16
 82 pad 14
 96 pool_address address
128 owner_address address
160 fee_growth_inside0_x128 u256
192 fee_growth_inside1_x128 u256
""",
    "PoolCollect": """
  0 amount0 u128
 16 amount1 u128
 32 timestamp_ns u64
 40 block_number u64
 48 tick_lower i32
 52 tick_upper i32
 56 venue u16
 58 token0_decimals u8
 59 token1_decimals u8
 60 pad 4
 64 pool_address address
 96 owner_address address
128 recipient_address address
""",
    "PoolFlash": """
  0 amount0 u128
 16 amount1 u128
 32 paid0 u128
 48 paid1 u128
 64 timestamp_ns u64
 72 block_number u64
 80 venue u16
 82 token0_decimals u8
 83 token1_decimals u8
 84 pad 12
 96 pool_address address
128 sender_address address
160 recipient_address address
""",
    "ArbitrageSignal": """
  0 strategy_id u16
  2 signal_id u64
 10 chain_id u32
 14 source_pool 20 bytes
 34 target_pool 20 bytes
 54 source_venue u16
 56 target_venue u16
 58 token_in 20 bytes
 78 token_out 20 bytes
 98 expected_profit_usd_q8 i64
106 required_capital_usd_q8 i64
114 spread_bps u16
116 dex_fees_usd_q8 i64
124 gas_cost_usd_q8 i64
132 slippage_usd_q8 i64
140 net_profit_usd_q8 i64
148 slippage_tolerance_bps u16
150 max_gas_price_gwei u32
154 valid_until u32
158 priority u16
160 reserved 2 bytes
162 timestamp_ns u64
""",
    "StateInvalidation": """
  0 sequence u64
  8 timestamp_ns u64
 16 instruments FixedVec<InstrumentId,16>
216 venue u16
218 reason u8
219 pad 5
""",
    "SystemHealth": """
 0 timestamp_ns u64
 8 connection_count u32
12 message_rate_per_sec u32
16 last_error_code u32
20 error_rate_per_thousand u16
22 latency_p95_us u16
24 service_type u8
25 health_status u8
26 cpu_usage_pct u8
27 memory_usage_pct u8
28 reserved 20 bytes
""",
    "TraceContext": """
 0 start_timestamp_ns u64
 8 current_timestamp_ns u64
16 source_service u8
17 span_depth u8
18 stage_flags u8
19 reserved u8
20 pad 4
24 trace_id 8 bytes
""",
    "RecoveryRequest": """
 0 last_sequence u64
 8 current_sequence u64
16 consumer_id u32
20 request_type u32
""",
}
"""Section 5, one field a line: offset, name, type."""

BRACKETS = {
    "Trade": {"venue_id": 32},
    "Quote": {"venue_id": 48},
    "OrderBook": {"bids": 24, "asks": 3104, "asset_id": 6184},
    "LiquidityAdd": {
        "timestamp_ns": 48,
        "venue": 64,
        "pool_address": 80,
        "provider_address": 112,
    },
    "LiquidityRemove": {
        "timestamp_ns": 48,
        "venue": 64,
        "pool_address": 80,
        "provider_address": 112,
    },
    "DepthUpdate": {"order_count": 40, "asset_type": 48},
    "SpreadUpdate": {"spread_bps": 48},
    "PriceUpdate": {"venue_id": 40},
    "VolumeUpdate": {"trade_count": 40},
    "PoolLiquidity": {"reserves": 16, "pool_address": 160, "venue": 192},
    "PoolSwap": {
        "timestamp_ns": 48,
        "tick_after": 64,
        "pool_address": 80,
        "sqrt_price_x96_after": 176,
    },
    "PoolMint": {"timestamp_ns": 48, "venue": 64, "pool_address": 80},
    "PoolBurn": {"timestamp_ns": 48, "venue": 64, "pool_address": 80},
    "PoolTick": {"tick": 24, "pool_address": 32},
    "PoolState": {"block_number": 64, "tick": 80, "pool_address": 96},
    "PoolSync": {"timestamp_ns": 32, "venue": 48, "pool_address": 64},
    "PoolPosition": {
        "timestamp_ns": 48,
        "tick_lower": 72,
        "venue": 80,
        "pool_address": 96,
        "fee_growth_inside0_x128": 160,
    },
    "PoolCollect": {"timestamp_ns": 32, "tick_lower": 48, "venue": 56, "pool_address": 64},
    "PoolFlash": {"timestamp_ns": 64, "venue": 80, "pool_address": 96},
    "StateInvalidation": {"instruments": 16, "venue": 216},
}
"""The offsets that the page gives in brackets."""

DECLARED = """
 1 Trade 40              | S name, R layout
 2 Quote 56              | S name, R layout
 3 OrderBook 6200        | S
 4 LiquidityAdd 144      | S name, K layout
 5 LiquidityRemove 144   | S name, K layout
 6 DepthUpdate 56        | S name, K layout
 7 SpreadUpdate 56       | S name, K layout
 8 PriceUpdate 48        | S name, K layout
 9 VolumeUpdate 48       | S name, K layout
10 PoolLiquidity 208     | R
11 PoolSwap 208          | S name, R layout
12 PoolMint 208          | S name, R layout
13 PoolBurn 208          | S name, R layout
14 PoolTick 64           | S name, R layout
15 PoolState 192         | R
16 PoolSync 160          | S name, R layout
17 PoolPosition 224      | S name, K layout
18 PoolCollect 160       | S name, K layout
19 PoolFlash 192         | S name, K layout
32 ArbitrageSignal 170   | R
106 StateInvalidation 224 | R
107 SystemHealth 48      | R
108 TraceContext 32      | R
110 RecoveryRequest 24   | R
"""
"""Section 4, the types that section 5 lays out: number, name, size, provenance."""

OPAQUE = """
20 SignalIdentity 16
21 AssetCorrelation 24
22 Economics 32
23 ExecutionAddresses 84
24 VenueMetadata 12
25 StateReference 24
26 ExecutionControl 16
27 PoolAddresses 44
28 MEVBundle 40
29 TertiaryVenue 24
30 RiskParameters 24..512
31 PerformanceMetrics 32..1024
40 OrderRequest 32
41 OrderStatus 24
42 Fill 32
43 OrderCancel 16
44 OrderModify 24
45 ExecutionReport 48
46 Portfolio 32..2048
47 Position 24..512
48 Balance 16..256
49 TradeConfirmation 32..256
60 RiskDecision 32
61 PositionUpdate 40..512
62 RiskAlert 24..256
63 CollateralUpdate 48
64 ExposureReport 32..1024
65 PortfolioEvent 32..512
66 RiskThreshold 40
67 FlashLoanResult 48..256
68 PostTradeAnalytics 64..512
69 PositionQuery 32
70 RiskMetrics 48..1024
71 CircuitBreaker 24
72 StrategyRegistration 32..256
80 ComplianceCheck 32..512
81 AuditTrail 48..2048
82 RegulatoryReport 64..4096
83 TradeBreakdown 48..1024
84 SettlementInstruction 40..512
85 ClearingReport 32..512
86 MarginCall 48
87 CustodyEvent 40..256
88 VenueConnectivity 32
89 CrossVenueSpread 40
90 ArbitrageExecution 48..256
100 Heartbeat 16
101 Snapshot 32..1024
102 Error 16..512
103 ConfigUpdate 20..2048
104 ServiceDiscovery 24..512
105 ResourceUsage 64
111 RecoveryResponse 20..1024
112 SequenceSync 16..256
"""
"""Section 4, the types that carry bytes: number, name, size rule."""

DOMAINS = (
    (1, 19, "MarketData"),
    (20, 39, "Signal"),
    (40, 59, "Execution"),
    (60, 79, "Signal"),
    (80, 119, "System"),
)

UNASSIGNED = (
    *(0,),
    *(33, 34, 35, 36, 37, 38, 39),
    *(50, 51, 52, 53, 54, 55, 56, 57, 58, 59),
    *(73, 74, 75, 76, 77, 78, 79),
    *(91, 92, 93, 94, 95, 96, 97, 98, 99),
    *(109,),
    *(113, 114, 115, 116, 117, 118, 119),
    *range(120, 200),
    *(255,),
)
"""Type 0, the gaps in the allocated ranges, the unallocated range, and 255 inside extended."""

INTEGERS = {
    "u8": Integer(1, is_signed=False),
    "u16": Integer(2, is_signed=False),
    "u32": Integer(4, is_signed=False),
    "u64": Integer(8, is_signed=False),
    "u128": Integer(16, is_signed=False),
    "u256": Integer(32, is_signed=False),
    "i32": Integer(4, is_signed=True),
    "i64": Integer(8, is_signed=True),
}

Row = tuple[int, str, FieldType]


def rows(table: str) -> list[Row]:
    """The rows of a table; an address is 20 bytes and 12 of padding (section 1)."""
    found: list[Row] = []
    for line in table.strip().splitlines():
        offset, name, *rest = line.split()
        type_ = " ".join(rest)
        if name == "pad":
            found.append((int(offset), "", Padding(int(type_))))
        elif type_ == "address":
            found += [(int(offset), name, Raw(20)), (int(offset) + 20, "", Padding(12))]
        else:
            found.append((int(offset), name, field_type(type_)))
    return found


def field_type(text: str) -> FieldType:
    if match := re.fullmatch(r"(\d+) bytes", text):
        return Raw(int(match[1]))
    if match := re.fullmatch(r"FixedVec<(\w+),(\d+)>(?: from (\d+))?", text):
        element = match[1]
        inner = INTEGERS.get(element) or layout_of(
            {"InstrumentId": InstrumentId, "OrderLevel": OrderLevel}[element]
        )
        return Vector(inner, int(match[2]), int(match[3] or 8))
    return INTEGERS[text]


def declared_rows(layout: Layout) -> list[Row]:
    return [(field.offset, field.name, field.type) for field in layout.fields]


def layout_named(name: str) -> Layout:
    layout = REGISTRY.named(name).layout
    assert layout is not None
    return layout


def registry_rows() -> list[tuple[int, str, str, str]]:
    """Number, name, size rule and provenance of every type that is not a vendor's."""
    found = []
    for line in DECLARED.strip().splitlines():
        what, provenance = line.split("|")
        number, name, size = what.split()
        found.append((int(number), name, size, provenance.strip()))
    for line in OPAQUE.strip().splitlines():
        number, name, size = line.split()
        found.append((int(number), name, size, "R"))
    return sorted(found)


def test_header_is_laid_out_as_the_page_says() -> None:
    layout = layout_of(Header)
    assert declared_rows(layout) == rows(HEADER)
    assert layout.size == HEADER_SIZE == 32


def test_limits_are_those_of_the_page() -> None:
    assert MESSAGE_SIZE_MAX == 1_048_576
    assert MAX_ORDER_LEVELS == 128


@pytest.mark.parametrize("declaration", [InstrumentId, OrderLevel], ids=lambda d: str(d.title))
def test_element_is_laid_out_as_the_page_says(declaration: object) -> None:
    layout = layout_of(declaration)  # type: ignore[arg-type]
    assert declared_rows(layout) == rows(ELEMENTS[layout.name])
    assert layout.size == ELEMENT_SIZES[layout.name]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_type_is_laid_out_as_the_page_says(name: str) -> None:
    assert declared_rows(layout_named(name)) == rows(LAYOUTS[name])


@pytest.mark.parametrize(
    ("name", "field", "offset"),
    [
        pytest.param(name, field, offset, id=f"{name}.{field}")
        for name, fields in BRACKETS.items()
        for field, offset in fields.items()
    ],
)
def test_bracketed_offset_of_the_page_holds(name: str, field: str, offset: int) -> None:
    assert layout_named(name).field(field).offset == offset


@pytest.mark.parametrize(
    ("name", "field", "size"),
    [
        pytest.param("OrderBook", "bids", 3080, id="128 order levels"),
        pytest.param("OrderBook", "asks", 3080, id="128 order levels again"),
        pytest.param("PoolLiquidity", "reserves", 144, id="8 u128"),
        pytest.param("StateInvalidation", "instruments", 200, id="16 instrument ids"),
    ],
)
def test_vector_takes_its_head_and_all_its_slots(name: str, field: str, size: int) -> None:
    vector = layout_named(name).field(field).type
    assert isinstance(vector, Vector)
    assert vector.size == size
    assert vector.slots_offset == (16 if name == "PoolLiquidity" else 8)
    assert str(Vector.COUNT) == "u16"
    assert str(vector.padding) == ("pad 14" if name == "PoolLiquidity" else "pad 6")


def test_every_declared_type_is_on_the_page() -> None:
    assert {line.name for line in REGISTRY.with_layout} == set(LAYOUTS)


@pytest.mark.parametrize("row", registry_rows(), ids=lambda row: f"{row[0]} {row[1]}")
def test_registry_line_is_that_of_the_page(row: tuple[int, str, str, str]) -> None:
    number, name, size, provenance = row
    line = REGISTRY[number]
    smallest, _, largest = size.partition("..")
    assert (line.name, line.provenance) == (name, provenance)
    assert (line.size_min, line.size_max) == (int(smallest), int(largest or smallest))
    assert line.size_rule == size
    assert (line.layout is not None) is (name in LAYOUTS)
    if line.layout is not None:
        assert line.layout.size == int(size)


def test_registry_holds_what_the_page_lists_and_nothing_else() -> None:
    listed = [number for number, *_ in registry_rows()]
    assert len(listed) == 24 + 54
    assert [line.number for line in REGISTRY] == [*listed, *range(200, 255)]


def test_unassigned_numbers_are_no_types() -> None:
    assert [number for number in UNASSIGNED if REGISTRY.get(number) is not None] == []
    assert [number for number in UNASSIGNED if number in REGISTRY] == []


def test_every_number_is_listed_a_vendors_or_unassigned() -> None:
    listed = {number for number, *_ in registry_rows()}
    assert sorted([*listed, *range(200, 255), *UNASSIGNED]) == list(range(256))


def test_every_number_belongs_to_the_domain_of_its_range() -> None:
    for number in range(256):
        named = [name for first, last, name in DOMAINS if first <= number <= last]
        domain = domain_of(number)
        assert ([] if domain is None else [domain.name]) == named, number
        line = REGISTRY.get(number)
        if line is not None:
            rides_anywhere = not named or 100 <= number <= 119
            assert line.domain == (None if rides_anywhere else RelayDomain[named[0]]), number


def test_vendor_types_carry_any_bytes_in_any_domain() -> None:
    for number in range(200, 255):
        line = REGISTRY[number]
        assert (line.size_rule, line.size_min, line.size_max) == ("*", 0, 65_535)
        assert line.domain is None
        assert line.layout is None
