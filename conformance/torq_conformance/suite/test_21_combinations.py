"""Several things at once: fields in pairs, unequal vectors, faults in long messages."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import combinations
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("LAYOUT-*", quick=160)
def test_every_two_fields_of_a_type(registry: Registry) -> Iterator[Cell]:
    """Every pair of values of every two fields: zero, alike, largest, negative, wide."""
    yield from combinations.fields(registry)


@spanned("LAYOUT-*", quick=80)
def test_every_two_names_of_a_type(registry: Registry) -> Iterator[Cell]:
    """Every venue with every asset type, with numbers below zero and near the largest."""
    yield from combinations.names(registry)


@spanned("LAYOUT-*", quick=160, standard=4)
def test_vectors_of_unequal_counts_in_a_message(registry: Registry) -> Iterator[Cell]:
    """Two and three books, one long and one short."""
    yield from combinations.unequal(registry)


@spanned("LAYOUT-*", quick=160, standard=2)
def test_every_slot_of_a_full_vector(registry: Registry) -> Iterator[Cell]:
    """One slot apart from all others."""
    yield from combinations.every_slot(registry)


@spanned("TLV-*", "REG-SIZE", "VEC-CAPACITY", "PAD-DECODE", quick=240)
def test_faults_in_long_messages(registry: Registry) -> Iterator[Cell]:
    """Every fault with 16 KiB, 64 KiB and nearly 1 MiB in front of it and behind it."""
    yield from combinations.in_long_messages(registry)


@spanned("TLV-DOMAIN", quick=160)
def test_one_wrong_domain_among_right_ones(registry: Registry) -> Iterator[Cell]:
    """Every type in every domain but its own, first, second and last."""
    yield from combinations.mixed_domains(registry)
