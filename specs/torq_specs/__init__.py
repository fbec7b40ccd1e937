"""Torq Protocol V2, byte for byte, as Construct declarations: the specification, executable.

- ``Message.parse(data)`` and ``Message.build(value)`` are the protocol; a value is
  ``{"header": {...}, "tlvs": [{"type": 1, "value": {...}}]}`` in plain Python types.
- ``REGISTRY`` says which number is which type; ``Trade``, ``Quote``, ``OrderBook`` and all others
  are the declarations, ``layout_of(Trade)`` their fields with offsets.
- ``diagnose(data)`` and ``diagnose_value(value)`` list every fault, with its context.
- ``violations(value)`` lists the rules of section 8 that a value breaks.
- ``requirements()`` are the sentences that an implementation is judged by.
- ``Declaration``, ``Field``, ``FixedVec`` and the integers are the vocabulary for types of one's
  own, ``vendor(201, MyType, size)`` their registry line.

Errors in bytes are Construct's; SpecificationError is a declaration that cannot be right.
"""

from torq_specs.differences import PUBLIC_SYSTEM, Difference
from torq_specs.enums import (
    AssetType,
    DepthAction,
    HealthStatus,
    InvalidationReason,
    Magic,
    PriceType,
    RecoveryRequestType,
    RelayDomain,
    Side,
    Source,
    StageFlag,
    Venue,
    Version,
)
from torq_specs.errors import SpecificationError
from torq_specs.faults import CONTEXT, CONTEXT_MUST, Fault, FaultKind, diagnose, diagnose_value
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX, Header
from torq_specs.instrument_id import OPERATIONS, InstrumentId, InvalidInstrument
from torq_specs.layout import Integer, Layout, Padding, Raw, Vector, layout_of
from torq_specs.market_data import (
    MAX_ORDER_LEVELS,
    DepthUpdate,
    OrderBook,
    OrderLevel,
    PriceUpdate,
    Quote,
    SpreadUpdate,
    Trade,
    VolumeUpdate,
)
from torq_specs.message import Message, message_of
from torq_specs.pools import (
    LiquidityAdd,
    LiquidityRemove,
    PoolBurn,
    PoolCollect,
    PoolFlash,
    PoolLiquidity,
    PoolMint,
    PoolPosition,
    PoolState,
    PoolSwap,
    PoolSync,
    PoolTick,
)
from torq_specs.registry import REGISTRY, Registry, TlvType, vendor
from torq_specs.relay_rules import RELAY_RULES
from torq_specs.requirements import (
    Level,
    Requirement,
    differences,
    relay_requirements,
    requirements,
)
from torq_specs.rules import (
    AtLeast,
    Below,
    DifferenceOf,
    EachPositive,
    MemberOf,
    NotCrossed,
    NotEmpty,
    NotNegative,
    Positive,
    Rule,
    Sorted,
)
from torq_specs.signals import ArbitrageSignal
from torq_specs.system import RecoveryRequest, StateInvalidation, SystemHealth, TraceContext
from torq_specs.validation import rules_of, violations
from torq_specs.wire import (
    Declaration,
    Field,
    FixedVec,
    Zeros,
    address,
    checksum,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)
from torq_specs.workloads import CLAIMS, WORKLOADS

__all__ = [
    "CLAIMS",
    "CONTEXT",
    "CONTEXT_MUST",
    "HEADER_SIZE",
    "MAX_ORDER_LEVELS",
    "MESSAGE_SIZE_MAX",
    "OPERATIONS",
    "PUBLIC_SYSTEM",
    "REGISTRY",
    "RELAY_RULES",
    "WORKLOADS",
    "ArbitrageSignal",
    "AssetType",
    "AtLeast",
    "Below",
    "Declaration",
    "DepthAction",
    "DepthUpdate",
    "Difference",
    "DifferenceOf",
    "EachPositive",
    "Fault",
    "FaultKind",
    "Field",
    "FixedVec",
    "Header",
    "HealthStatus",
    "InstrumentId",
    "Integer",
    "InvalidInstrument",
    "InvalidationReason",
    "Layout",
    "Level",
    "LiquidityAdd",
    "LiquidityRemove",
    "Magic",
    "MemberOf",
    "Message",
    "NotCrossed",
    "NotEmpty",
    "NotNegative",
    "OrderBook",
    "OrderLevel",
    "Padding",
    "PoolBurn",
    "PoolCollect",
    "PoolFlash",
    "PoolLiquidity",
    "PoolMint",
    "PoolPosition",
    "PoolState",
    "PoolSwap",
    "PoolSync",
    "PoolTick",
    "Positive",
    "PriceType",
    "PriceUpdate",
    "Quote",
    "Raw",
    "RecoveryRequest",
    "RecoveryRequestType",
    "Registry",
    "RelayDomain",
    "Requirement",
    "Rule",
    "Side",
    "Sorted",
    "Source",
    "SpecificationError",
    "SpreadUpdate",
    "StageFlag",
    "StateInvalidation",
    "SystemHealth",
    "TlvType",
    "TraceContext",
    "Trade",
    "Vector",
    "Venue",
    "Version",
    "VolumeUpdate",
    "Zeros",
    "address",
    "checksum",
    "diagnose",
    "diagnose_value",
    "differences",
    "i32",
    "i64",
    "layout_of",
    "message_of",
    "relay_requirements",
    "requirements",
    "rules_of",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
    "vendor",
    "violations",
]
