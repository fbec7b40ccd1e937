"""Operations on InstrumentIds, for implementations that claim instrument_id (section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import instruments
from torq_conformance.cases.case import Case
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry


@enumerated("IID-CACHE-KEY", "IID-FROM-CACHE-KEY")
def test_cache_keys(registry: Registry) -> Iterator[Case]:
    """Ids at every edge, to their keys and back."""
    yield from instruments.keys("IID-CACHE-KEY", "cache_key")
    yield from instruments.from_cache_keys("IID-FROM-CACHE-KEY")


@enumerated("IID-U64", "IID-FROM-U64")
def test_the_lossy_u64(registry: Registry) -> Iterator[Case]:
    """Ids at every edge, asset ids at and above 2^40 and reserved not 0 among them."""
    yield from instruments.keys("IID-U64", "to_u64")
    yield from instruments.from_u64s("IID-FROM-U64")


@enumerated("IID-SYMBOL")
def test_symbols(registry: Registry) -> Iterator[Case]:
    """Symbols of 0 to 16 bytes."""
    yield from instruments.symbols("IID-SYMBOL")


@enumerated("IID-EVM-TOKEN")
def test_evm_tokens(registry: Registry) -> Iterator[Case]:
    """Addresses that differ within their first 8 bytes, and behind them."""
    yield from instruments.tokens("IID-EVM-TOKEN")


@enumerated("IID-POOL")
def test_pools(registry: Registry) -> Iterator[Case]:
    """Every pair of asset ids, in both orders, sums that wrap at 64 bits."""
    yield from instruments.pools("IID-POOL")


@enumerated("IID-TRIANGULAR")
def test_triangular_pools(registry: Registry) -> Iterator[Case]:
    """Three asset ids in all orders."""
    yield from instruments.triangles("IID-TRIANGULAR")


@enumerated("IID-LP-TOKEN")
def test_lp_tokens(registry: Registry) -> Iterator[Case]:
    """Pools of every asset id."""
    yield from instruments.lp_tokens("IID-LP-TOKEN")


@enumerated("IID-OPTION")
def test_options(registry: Registry) -> Iterator[Case]:
    """Strikes and expiries that do not fit are cut, as the formula says."""
    yield from instruments.options("IID-OPTION")


@enumerated("IID-REFUSAL")
def test_refused_arguments(registry: Registry) -> Iterator[Case]:
    """Symbols that are not ASCII, addresses that are none."""
    yield from instruments.refusals("IID-REFUSAL")
