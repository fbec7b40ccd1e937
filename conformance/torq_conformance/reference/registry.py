"""Section 4 as tables: every TLV type with its name, its domain, its size rule and its layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from torq_conformance.reference.framing import write_frame_header
from torq_conformance.reference.layout_codec import LayoutCodec, build_layout_codec
from torq_conformance.reference.layouts import LAYOUTS, RECORDS
from torq_conformance.reference.notation import Field, calculate_size, parse_layout
from torq_conformance.rejection import Rejected

VALUE_SIZE_MAX = 65_535
"""Section 3: what the length of an extended TLV can say."""

SIZE_UNLIMITED = 1 << 62
"""Upper bound of the size rule `*`: above any length, so that only VALUE_SIZE_MAX refuses."""

DOMAIN_RANGES = ((1, 19, 1), (20, 39, 2), (40, 59, 3), (60, 79, 2), (80, 119, 4))
"""Section 4: first number, last number, relay domain. 120-199 belong to no domain."""

RIDE_ANYWHERE = range(100, 120)
"""Section 3: "the system types 100-119 may ride in any domain"."""

VENDOR_NUMBERS = range(200, 255)
"""Section 4: "200-254 vendor *". Section 3: "Vendor types may ride in any domain"."""

LAYOUT_TYPES = {
    1: ("Trade", 40),
    2: ("Quote", 56),
    3: ("OrderBook", 6200),
    4: ("LiquidityAdd", 144),
    5: ("LiquidityRemove", 144),
    6: ("DepthUpdate", 56),
    7: ("SpreadUpdate", 56),
    8: ("PriceUpdate", 48),
    9: ("VolumeUpdate", 48),
    10: ("PoolLiquidity", 208),
    11: ("PoolSwap", 208),
    12: ("PoolMint", 208),
    13: ("PoolBurn", 208),
    14: ("PoolTick", 64),
    15: ("PoolState", 192),
    16: ("PoolSync", 160),
    17: ("PoolPosition", 224),
    18: ("PoolCollect", 160),
    19: ("PoolFlash", 192),
    32: ("ArbitrageSignal", 170),
    106: ("StateInvalidation", 224),
    107: ("SystemHealth", 48),
    108: ("TraceContext", 32),
    110: ("RecoveryRequest", 24),
}
"""Name and exact size of the types that section 5 declares field by field."""

OPAQUE_TYPES: Mapping[int, tuple[str, int] | tuple[str, int, int]] = {
    20: ("SignalIdentity", 16),
    21: ("AssetCorrelation", 24),
    22: ("Economics", 32),
    23: ("ExecutionAddresses", 84),
    24: ("VenueMetadata", 12),
    25: ("StateReference", 24),
    26: ("ExecutionControl", 16),
    27: ("PoolAddresses", 44),
    28: ("MEVBundle", 40),
    29: ("TertiaryVenue", 24),
    30: ("RiskParameters", 24, 512),
    31: ("PerformanceMetrics", 32, 1024),
    40: ("OrderRequest", 32),
    41: ("OrderStatus", 24),
    42: ("Fill", 32),
    43: ("OrderCancel", 16),
    44: ("OrderModify", 24),
    45: ("ExecutionReport", 48),
    46: ("Portfolio", 32, 2048),
    47: ("Position", 24, 512),
    48: ("Balance", 16, 256),
    49: ("TradeConfirmation", 32, 256),
    60: ("RiskDecision", 32),
    61: ("PositionUpdate", 40, 512),
    62: ("RiskAlert", 24, 256),
    63: ("CollateralUpdate", 48),
    64: ("ExposureReport", 32, 1024),
    65: ("PortfolioEvent", 32, 512),
    66: ("RiskThreshold", 40),
    67: ("FlashLoanResult", 48, 256),
    68: ("PostTradeAnalytics", 64, 512),
    69: ("PositionQuery", 32),
    70: ("RiskMetrics", 48, 1024),
    71: ("CircuitBreaker", 24),
    72: ("StrategyRegistration", 32, 256),
    80: ("ComplianceCheck", 32, 512),
    81: ("AuditTrail", 48, 2048),
    82: ("RegulatoryReport", 64, 4096),
    83: ("TradeBreakdown", 48, 1024),
    84: ("SettlementInstruction", 40, 512),
    85: ("ClearingReport", 32, 512),
    86: ("MarginCall", 48),
    87: ("CustodyEvent", 40, 256),
    88: ("VenueConnectivity", 32),
    89: ("CrossVenueSpread", 40),
    90: ("ArbitrageExecution", 48, 256),
    100: ("Heartbeat", 16),
    101: ("Snapshot", 32, 1024),
    102: ("Error", 16, 512),
    103: ("ConfigUpdate", 20, 2048),
    104: ("ServiceDiscovery", 24, 512),
    105: ("ResourceUsage", 64),
    111: ("RecoveryResponse", 20, 1024),
    112: ("SequenceSync", 16, 256),
}
"""Name and exact size, or name and inclusive bounds, of the types that carry bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a layout, and what reads and writes a value of it that has no fault."""

    fields: tuple[Field, ...]
    codec: LayoutCodec


@dataclass(frozen=True, slots=True)
class TlvType:
    """One row of the registry: domain None rides anywhere, layout None carries bytes.

    `domains` are those that it may ride in, `frame` is its header where it has one size alone.
    """

    number: int
    name: str
    domain: int | None
    size_min: int
    size_max: int
    layout: Layout | None
    domains: frozenset[int] = field(init=False)
    frame: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        """Work out once what is asked for every message."""
        domains = range(256) if self.domain is None else {self.domain}
        object.__setattr__(self, "domains", frozenset(domains))
        if self.size_min == self.size_max:
            object.__setattr__(self, "frame", write_frame_header(self.number, self.size_max))

    def find_size_faults(self, length: int, offset: int) -> Iterator[Rejected]:
        """Yield PayloadSizeMismatch if the size rule refuses a value of length bytes."""
        # Section 4: "PayloadSizeMismatch (`expected` = the size, or the nearer bound)".
        if not self.size_min <= length <= self.size_max:
            yield Rejected(
                "PayloadSizeMismatch",
                tlv_type=self.number,
                expected=self.size_min if length < self.size_min else self.size_max,
                got=length,
                offset=offset,
            )


Registry = Mapping[int, TlvType]
"""Every legal TLV type by its number; a number that is not in it is InvalidTLVType."""

VendorLayouts = Mapping[int, tuple[str, str]]
"""Name and layout text, in the notation of section 5, of vendor types by number."""


@cache
def default_registry() -> Registry:
    """Return the registry of section 4, in which every vendor type carries bytes."""
    return build_registry({})


def build_registry(vendor_layouts: VendorLayouts) -> Registry:
    """Return the registry of section 4 plus these vendor layouts.

    Raises ValueError where a table contradicts itself: a layout of another size than its row
    states, or a vendor layout for a number outside of 200-254.
    """
    registry: dict[int, TlvType] = {}
    for number, (name, size) in LAYOUT_TYPES.items():
        registry[number] = _build_layout_type(number, name, LAYOUTS[number])
        if registry[number].size_max != size:
            raise ValueError(f"the layout of {name} covers {registry[number].size_max} bytes")
    for number, (name, *sizes) in OPAQUE_TYPES.items():
        domain = find_domain(number)
        registry[number] = TlvType(number, name, domain, sizes[0], sizes[-1], None)
    for number in VENDOR_NUMBERS:
        registry[number] = TlvType(number, f"Vendor{number}", None, 0, SIZE_UNLIMITED, None)
    for number, (name, text) in vendor_layouts.items():
        if number not in VENDOR_NUMBERS:
            raise ValueError(f"{number} is no vendor type")
        registry[number] = _build_layout_type(number, name, text)
    return registry


def find_domain(number: int) -> int | None:
    """Return the only relay domain of a type number, None where it has none or rides in any."""
    if number in RIDE_ANYWHERE:
        return None
    for first, last, domain in DOMAIN_RANGES:
        if first <= number <= last:
            return domain
    return None


def find_domain_faults(number: int, relay_domain: int, offset: int) -> Iterator[Rejected]:
    """Yield RelayDomainMismatch if the header's domain, legal or not, is not the number's.

    An unassigned number has the domain of its range: it is wrong in two ways.
    """
    # Section 3: "A TLV whose domain is not the header's relay_domain: RelayDomainMismatch."
    domain = find_domain(number)
    if domain is not None and domain != relay_domain:
        yield Rejected(
            "RelayDomainMismatch", tlv_type=number, expected=domain, got=relay_domain, offset=offset
        )


def _build_layout_type(number: int, name: str, text: str) -> TlvType:
    fields = parse_layout(text, RECORDS)
    size = calculate_size(fields)
    if size > VALUE_SIZE_MAX:
        raise ValueError(f"the layout of {name} covers {size} bytes, more than a TLV carries")
    layout = Layout(fields, build_layout_codec(fields))
    return TlvType(number, name, find_domain(number), size, size, layout)
