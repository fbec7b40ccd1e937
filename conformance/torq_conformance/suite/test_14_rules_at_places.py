"""Rules of section 8 in every TLV, at every level, in pairs, far apart, whatever else is so."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import rule_company, rule_places
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("VLD-*", quick=80)
def test_rules_are_judged_in_every_tlv(registry: Registry) -> Iterator[Cell]:
    """Every rule broken at index 0, 1, 2, 3, 16, 17, 255, 256, 257, all others sound."""
    yield from rule_places.at_every_index(registry)


@spanned("VLD-*", quick=160)
def test_rules_are_judged_at_every_level(registry: Registry) -> Iterator[Cell]:
    """Every rule about elements broken at every level of a full vector."""
    yield from rule_places.at_every_level(registry)


@spanned("VLD-*", quick=80)
def test_two_rules_are_judged_of_one_value(registry: Registry) -> Iterator[Cell]:
    """Every pair of rules broken in one value, and in two TLVs."""
    yield from rule_places.in_pairs(registry)


@spanned("VLD-*", quick=160)
def test_numbers_far_apart_are_compared_right(registry: Registry) -> Iterator[Cell]:
    """Numbers 2^31, 2^32, 2^53 and 2^63 apart, in both orders; zero in partner fields."""
    yield from rule_places.far_apart(registry)


@spanned("VLD-*", quick=80)
def test_rules_are_judged_between_other_types(registry: Registry) -> Iterator[Cell]:
    """Every type that has rules between every other one that has some."""
    yield from rule_places.unequal(registry)


@spanned("VLD-*", quick=80)
def test_rules_of_extreme_values(registry: Registry) -> Iterator[Cell]:
    """All zero, every bit set, each field zero or largest alone."""
    yield from rule_places.zeros_and_ones(registry)


@spanned("VLD-*", quick=80)
def test_rules_are_judged_whatever_other_fields_hold(registry: Registry) -> Iterator[Cell]:
    """Every rule broken and kept beside every pair of values of all fields it does not name.

    Sides of 1, 2, half of what fits, all but one and all: they cross, touch and lie apart.
    """
    yield from rule_company.other_fields(registry)
    yield from rule_company.both_lengths(registry)


@spanned("VLD-*", quick=80)
def test_rules_are_judged_whatever_the_header_says(registry: Registry) -> Iterator[Cell]:
    """Every rule broken in every domain where its type may ride, with flags, in either framing."""
    yield from rule_company.headers(registry)
