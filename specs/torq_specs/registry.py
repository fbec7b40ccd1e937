"""Which number is which TLV: name, domain, size rule, declaration, provenance (section 4).

A registry is a value. ``REGISTRY`` is the protocol's own; ``with_vendor_types`` makes a larger one
out of it. Whatever cannot be right is refused when the registry is made, with the culprit's name.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from torq_specs import market_data, pools, signals, system
from torq_specs.differences import Difference
from torq_specs.enums import RelayDomain
from torq_specs.errors import SpecificationError
from torq_specs.layout import Integer, Layout, Vector, layout_of
from torq_specs.rules import MemberOf, Operand, Rule
from torq_specs.wire import Declaration, EnumOf, Field

EXTENDED = 255
"""The type number that announces an extended TLV; never a type itself."""

STANDARD_SIZE_MAX = 255
"""Bytes of value that a standard TLV can hold."""

EXTENDED_SIZE_MAX = 65_535
"""Bytes of value that an extended TLV can hold."""

PUBLIC_TYPES = "libs/codec/src/tlv_types.rs"
"""Where the public system says which number is which type."""

VENDOR = range(200, 255)
"""Type numbers that belong to vendors; they may ride in any domain."""

DOMAIN_RANGES = (
    (range(1, 20), RelayDomain.MarketData),
    (range(20, 40), RelayDomain.Signal),
    (range(40, 60), RelayDomain.Execution),
    (range(60, 80), RelayDomain.Signal),
    (range(80, 120), RelayDomain.System),
)
"""Type numbers by the domain that they belong to; 120 to 199 are unallocated."""

ANY_DOMAIN = range(100, 120)
"""System types that ride in any domain: system messages travel on the three relays (section 3)."""


@dataclass(frozen=True)
class TlvType:
    """One line of the registry.

    ``size_min`` and ``size_max`` are inclusive bounds in bytes. ``declaration`` is None for opaque
    types. ``provenance``: S the design notes, R the reference system, K decided here.
    """

    number: int
    name: str
    size_min: int
    size_max: int
    declaration: Declaration | None = None
    provenance: str = "R"
    differs: tuple[Difference, ...] = ()

    @functools.cached_property
    def layout(self) -> Layout | None:
        """The layout of the declaration; None for an opaque type."""
        return layout_of(self.declaration) if self.declaration is not None else None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What its values must mean (section 8)."""
        return self.declaration.rules if self.declaration is not None else ()

    def rule_id(self, rule: Rule) -> str:
        """The id of one of its rules, which is that of its requirement."""
        return f"VLD-{self.name.replace('_', '-').upper()}-{rule.suffix}"

    @functools.cached_property
    def domain(self) -> RelayDomain | None:
        """The only domain it may ride in; None: any (vendor types, system types from 100 on)."""
        return riding_domain_of(self.number)

    @property
    def is_vendor_number(self) -> bool:
        """Whether it is a number for vendors that nobody has declared."""
        return self.number in VENDOR and self.name == vendor_name(self.number)

    @property
    def size_rule(self) -> str:
        """The size rule as the protocol page writes it: ``40``, ``24..512`` or ``*``."""
        if self.size_min == self.size_max:
            return str(self.size_min)
        if (self.size_min, self.size_max) == (0, EXTENDED_SIZE_MAX):
            return "*"
        return f"{self.size_min}..{self.size_max}"

    def expected_size(self, size: int) -> int | None:
        """None if ``size`` is allowed, else the size that is or the nearer bound."""
        if size < self.size_min:
            return self.size_min
        return self.size_max if size > self.size_max else None


def vendor_name(number: int) -> str:
    """The name of a vendor number that nobody has declared."""
    return f"Vendor{number}"


def domain_of(number: int) -> RelayDomain | None:
    """The domain that a type number is allocated to; None for vendor and unallocated numbers."""
    for numbers, domain in DOMAIN_RANGES:
        if number in numbers:
            return domain
    return None


def riding_domain_of(number: int) -> RelayDomain | None:
    """The only domain that a type number may ride in; None: any, or the number is unallocated."""
    return None if number in ANY_DOMAIN else domain_of(number)


def declared(
    number: int,
    declaration: Declaration,
    size: int,
    provenance: str = "R",
    *,
    differs: tuple[Difference, ...] = (),
) -> TlvType:
    """A type whose value is laid out field by field; ``size`` is checked against the layout."""
    line = TlvType(number, declaration.title, size, size, declaration, provenance, differs)
    if line.layout is None or line.layout.size != size:
        raise SpecificationError(
            f"{line.name} ({number}) is declared with {declaration.sizeof()} bytes, "
            f"the registry says {size}"
        )
    for subcon in declaration.subcons:
        if isinstance(subcon, Field) and (subcon.derived or isinstance(subcon.subcon, EnumOf)):
            # Decoding is structural (section 5), and only a whole message is sealed.
            raise SpecificationError(f"{line.name}.{subcon.name}: only a header can have that")
    _check_rules(line, line.layout)
    return line


def _check_rules(line: TlvType, layout: Layout) -> None:
    ids = [line.rule_id(rule) for rule in line.rules]
    for id_, rule in zip(ids, line.rules, strict=True):
        if ids.count(id_) > 1:
            raise SpecificationError(f"{line.name} has two rules {id_}")
        for path, operand in rule.operands.items():
            _check_operand(f"{line.name}: the rule {id_}", layout, path, operand)
        if isinstance(rule, MemberOf):
            values = layout.field(rule.field).values
            if values is not rule.members:
                named = values.__name__ if values is not None else "nothing"
                raise SpecificationError(
                    f"{line.name}: the rule {id_} takes members of {rule.members.__name__}, "
                    f"its field of {named}"
                )


def _check_operand(owner: str, layout: Layout, path: str, operand: Operand) -> None:
    name, _, part = path.partition(".")
    field = next((one for one in layout.named if one.name == name), None)
    if field is None:
        raise SpecificationError(f"{owner} names {name}, which it does not have")
    element = field.type.element if isinstance(field.type, Vector) else None
    is_right = {
        Operand.INTEGER: isinstance(field.type, Integer),
        Operand.VECTOR: isinstance(field.type, Vector),
        Operand.RECORDS: isinstance(element, Layout)
        and any(f.name == part and isinstance(f.type, Integer) for f in element.named),
    }[operand]
    if not is_right:
        raise SpecificationError(f"{owner} names {path}, which is not {operand.value}")


def vendor(number: int, declaration: Declaration, size: int) -> TlvType:
    """A vendor's own type (200 to 254), laid out field by field; ``size`` is checked."""
    return declared(number, declaration, size, "vendor")


def opaque(number: int, name: str, size_min: int, size_max: int | None = None) -> TlvType:
    """A type that carries bytes of which only the size is known."""
    return TlvType(number, name, size_min, size_min if size_max is None else size_max)


class Registry:
    """Type numbers and their lines; frozen, iterated in the order of the numbers.

    ``unclaimed`` are the types that an implementation leaves out which does a part alone
    (``restricted_to``). They are assigned, but none of the lines.
    """

    def __init__(self, lines: Iterable[TlvType], unclaimed: Iterable[TlvType] = ()) -> None:
        self.unclaimed: dict[int, TlvType] = {line.number: line for line in unclaimed}
        self._lines: dict[int, TlvType] = {}
        self._named: dict[str, TlvType] = {}
        for line in sorted(lines, key=lambda line: line.number):
            _check(line)
            if line.number in self._lines:
                raise SpecificationError(
                    f"type {line.number} is both {self._lines[line.number].name} and {line.name}"
                )
            # As names are looked up: without regard to case.
            other = self._named.setdefault(line.name.lower(), line)
            if other is not line:
                raise SpecificationError(f"{line.name} is both {other.number} and {line.number}")
            self._lines[line.number] = line

    def __iter__(self) -> Iterator[TlvType]:
        return iter(self._lines.values())

    def __getitem__(self, number: int) -> TlvType:
        return self._lines[number]

    def __contains__(self, number: object) -> bool:
        return number in self._lines

    def get(self, number: int) -> TlvType | None:
        """The line of a number; None if the number is unassigned."""
        return self._lines.get(number)

    def named(self, name: str) -> TlvType:
        """The line of a name; KeyError lists the names there are."""
        line = self._named.get(name.lower())
        if line is not None:
            return line
        raise KeyError(f"no TLV is named {name!r}; there are {', '.join(x.name for x in self)}")

    @property
    def with_layout(self) -> tuple[TlvType, ...]:
        """The lines that are declared field by field."""
        return tuple(line for line in self if line.layout is not None)

    @property
    def opaque(self) -> tuple[TlvType, ...]:
        """The lines that carry bytes."""
        return tuple(line for line in self if line.layout is None)

    def restricted_to(self, numbers: Iterable[int]) -> Registry:
        """A registry of these types alone; the others are its ``unclaimed`` ones."""
        kept = {*numbers}
        unknown = sorted(kept - {*self._lines})
        if unknown or not kept:
            raise SpecificationError(f"no types are assigned to {unknown or 'no numbers'}")
        lines = [line for line in self if line.number in kept]
        left_out = [line for line in self if line.number not in kept]
        return Registry(lines, [*self.unclaimed.values(), *left_out]) if left_out else self

    @functools.cached_property
    def whole(self) -> Registry:
        """The registry with the unclaimed types as they are assigned."""
        return Registry([*self, *self.unclaimed.values()]) if self.unclaimed else self

    @functools.cached_property
    def carrying(self) -> Registry:
        """The registry in which the unclaimed types are bytes of any size."""
        some = (opaque(x.number, x.name, 0, EXTENDED_SIZE_MAX) for x in self.unclaimed.values())
        return Registry([*self, *some]) if self.unclaimed else self

    def with_vendor_types(self, lines: Iterable[TlvType]) -> Registry:
        """A registry in which vendor numbers (200 to 254) have the given lines."""
        vendor = tuple(lines)
        numbers = [line.number for line in vendor]
        for line in vendor:
            if line.number not in VENDOR:
                raise SpecificationError(
                    f"{line.name} has number {line.number}; vendor types are 200 to 254"
                )
            if numbers.count(line.number) > 1:
                raise SpecificationError(f"vendor type {line.number} is declared twice")
        return Registry([*(line for line in self if line.number not in numbers), *vendor])


def _check(line: TlvType) -> None:
    if line.number not in range(1, EXTENDED):
        raise SpecificationError(f"{line.name} has number {line.number}; types are 1 to 254")
    if line.number not in VENDOR and domain_of(line.number) is None:
        raise SpecificationError(f"{line.name} has number {line.number}, which is unallocated")
    if not 0 <= line.size_min <= line.size_max <= EXTENDED_SIZE_MAX:
        raise SpecificationError(f"{line.name} has sizes {line.size_min} to {line.size_max}")


OTHER_TYPES = {
    4: "InstrumentMeta",
    5: "L2Snapshot",
    6: "L2Delta",
    7: "L2Reset",
    17: "QuoteUpdate, 52 bytes",
    18: "GasPrice, 32 bytes",
    19: "StateInvalidationReason, 1 byte",
}
"""What the public system has under a number, where that is another type."""


def _other(number: int) -> tuple[Difference, ...]:
    public = OTHER_TYPES[number]
    return (Difference(f"type {number}", "the name of the design notes", public, PUBLIC_TYPES),)


REGISTRY = Registry(
    [
        declared(1, market_data.Trade, 40, "S name, R layout"),
        declared(2, market_data.Quote, 56, "S name, R layout"),
        declared(3, market_data.OrderBook, 6200, "S"),
        declared(4, pools.LiquidityAdd, 144, "S name, K layout", differs=_other(4)),
        declared(5, pools.LiquidityRemove, 144, "S name, K layout", differs=_other(5)),
        declared(6, market_data.DepthUpdate, 56, "S name, K layout", differs=_other(6)),
        declared(7, market_data.SpreadUpdate, 56, "S name, K layout", differs=_other(7)),
        declared(8, market_data.PriceUpdate, 48, "S name, K layout"),
        declared(9, market_data.VolumeUpdate, 48, "S name, K layout"),
        declared(10, pools.PoolLiquidity, 208, "R"),
        declared(11, pools.PoolSwap, 208, "S name, R layout"),
        declared(12, pools.PoolMint, 208, "S name, R layout"),
        declared(13, pools.PoolBurn, 208, "S name, R layout"),
        declared(14, pools.PoolTick, 64, "S name, R layout"),
        declared(15, pools.PoolState, 192, "R"),
        declared(16, pools.PoolSync, 160, "S name, R layout"),
        declared(17, pools.PoolPosition, 224, "S name, K layout", differs=_other(17)),
        declared(18, pools.PoolCollect, 160, "S name, K layout", differs=_other(18)),
        declared(19, pools.PoolFlash, 192, "S name, K layout", differs=_other(19)),
        declared(32, signals.ArbitrageSignal, 170),
        declared(106, system.StateInvalidation, 224),
        declared(107, system.SystemHealth, 48),
        declared(108, system.TraceContext, 32),
        declared(110, system.RecoveryRequest, 24),
        opaque(20, "SignalIdentity", 16),
        opaque(21, "AssetCorrelation", 24),
        opaque(22, "Economics", 32),
        opaque(23, "ExecutionAddresses", 84),
        opaque(24, "VenueMetadata", 12),
        opaque(25, "StateReference", 24),
        opaque(26, "ExecutionControl", 16),
        opaque(27, "PoolAddresses", 44),
        opaque(28, "MEVBundle", 40),
        opaque(29, "TertiaryVenue", 24),
        opaque(30, "RiskParameters", 24, 512),
        opaque(31, "PerformanceMetrics", 32, 1024),
        opaque(40, "OrderRequest", 32),
        opaque(41, "OrderStatus", 24),
        opaque(42, "Fill", 32),
        opaque(43, "OrderCancel", 16),
        opaque(44, "OrderModify", 24),
        opaque(45, "ExecutionReport", 48),
        opaque(46, "Portfolio", 32, 2048),
        opaque(47, "Position", 24, 512),
        opaque(48, "Balance", 16, 256),
        opaque(49, "TradeConfirmation", 32, 256),
        opaque(60, "RiskDecision", 32),
        opaque(61, "PositionUpdate", 40, 512),
        opaque(62, "RiskAlert", 24, 256),
        opaque(63, "CollateralUpdate", 48),
        opaque(64, "ExposureReport", 32, 1024),
        opaque(65, "PortfolioEvent", 32, 512),
        opaque(66, "RiskThreshold", 40),
        opaque(67, "FlashLoanResult", 48, 256),
        opaque(68, "PostTradeAnalytics", 64, 512),
        opaque(69, "PositionQuery", 32),
        opaque(70, "RiskMetrics", 48, 1024),
        opaque(71, "CircuitBreaker", 24),
        opaque(72, "StrategyRegistration", 32, 256),
        opaque(80, "ComplianceCheck", 32, 512),
        opaque(81, "AuditTrail", 48, 2048),
        opaque(82, "RegulatoryReport", 64, 4096),
        opaque(83, "TradeBreakdown", 48, 1024),
        opaque(84, "SettlementInstruction", 40, 512),
        opaque(85, "ClearingReport", 32, 512),
        opaque(86, "MarginCall", 48),
        opaque(87, "CustodyEvent", 40, 256),
        opaque(88, "VenueConnectivity", 32),
        opaque(89, "CrossVenueSpread", 40),
        opaque(90, "ArbitrageExecution", 48, 256),
        opaque(100, "Heartbeat", 16),
        opaque(101, "Snapshot", 32, 1024),
        opaque(102, "Error", 16, 512),
        opaque(103, "ConfigUpdate", 20, 2048),
        opaque(104, "ServiceDiscovery", 24, 512),
        opaque(105, "ResourceUsage", 64),
        opaque(111, "RecoveryResponse", 20, 1024),
        opaque(112, "SequenceSync", 16, 256),
        *(opaque(number, vendor_name(number), 0, EXTENDED_SIZE_MAX) for number in VENDOR),
    ]
)
