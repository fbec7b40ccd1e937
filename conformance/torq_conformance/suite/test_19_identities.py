"""InstrumentIds at every venue, asset type, bit and text."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import identities
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("IID-*", quick=160)
def test_constructors_at_every_venue(registry: Registry) -> Iterator[Cell]:
    """Every operation at every venue, of tokens of every venue and asset type."""
    yield from identities.venues_of_constructors(registry)


@spanned("IID-CACHE-KEY", "IID-U64", quick=512, standard=4)
def test_all_venues_in_turn(registry: Registry) -> Iterator[Cell]:
    """All 65,536 numbers of venues, to either key in turn."""
    yield from identities.all_venues_in_turn(registry)


@spanned("IID-*", quick=2048, standard=64)
def test_all_venues(registry: Registry) -> Iterator[Cell]:
    """All 65,536 numbers of venues, to both keys and back."""
    yield from identities.all_venues(registry)


@spanned("IID-POOL", "IID-TRIANGULAR", quick=160)
def test_neighbouring_asset_ids_in_all_orders(registry: Registry) -> Iterator[Cell]:
    """Around 2^31, 2^32, 2^53, 2^63: in all orders, equal ones among them."""
    yield from identities.neighbours(registry)


@spanned("IID-*", quick=160)
def test_every_bit_of_ids(registry: Registry) -> Iterator[Cell]:
    """Every bit of ids, keys, strikes and expiries, alone and alone missing."""
    yield from identities.bits(registry)


@spanned("IID-SYMBOL", "IID-OPTION", "IID-REFUSAL", quick=240)
def test_symbols_of_every_length_and_kind(registry: Registry) -> Iterator[Cell]:
    """0 to 40 characters; NUL, spaces, wide characters at every place and across every cut."""
    yield from identities.texts(registry)


@spanned("IID-EVM-TOKEN", "IID-REFUSAL", quick=160)
def test_every_digit_of_addresses(registry: Registry) -> Iterator[Cell]:
    """Every digit in either case, what is no digit, every length."""
    yield from identities.addresses(registry)


@spanned("IID-EVM-TOKEN", quick=160)
def test_addresses_in_every_case_of_letters(registry: Registry) -> Iterator[Cell]:
    """One letter, beginnings, every second one, drawn patterns, right and wrong sums of EIP-55."""
    yield from identities.letter_cases(registry)
