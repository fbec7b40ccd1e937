"""Pairs and triples of what else is varied alone: headers, neighbours, counts."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import pairs
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("HDR-*", "RT-BYTES", quick=100)
def test_every_three_header_fields(registry: Registry) -> Iterator[Cell]:
    """Every triple of domain, flags, sequence, timestamp and kind of payload."""
    yield from pairs.headers(registry)


@spanned("HDR-*", "RT-BYTES", quick=20)
def test_every_source_with_every_other_field(registry: Registry) -> Iterator[Cell]:
    """Every pair of source and domain, flags, sequence, timestamp, kind of payload."""
    yield from pairs.sources(registry)


@spanned("CHK-VERIFY", quick=20)
def test_every_two_header_fields_with_wrong_checksums(registry: Registry) -> Iterator[Cell]:
    """Every pair of them, and of each with every kind of wrong checksum."""
    yield from pairs.wrong_headers(registry)


@spanned("RT-BYTES", quick=40)
def test_every_two_edges_of_header_fields(registry: Registry) -> Iterator[Cell]:
    """Every pair of edges of flags, sequence and timestamp."""
    yield from pairs.every_header_field(registry)


@spanned("TLV-ORDER", quick=20)
def test_every_type_behind_every_other(registry: Registry) -> Iterator[Cell]:
    """Every pair of neighbours in every pair of framings."""
    yield from pairs.neighbours(registry)


@spanned("BOOK-SIDES", quick=40)
def test_counts_of_two_vectors(registry: Registry) -> Iterator[Cell]:
    """While one vector grows the other one shrinks, by every count."""
    yield from pairs.counts(registry)


@spanned("BOOK-SIDES", quick=40)
def test_every_difference_of_two_counts(registry: Registry) -> Iterator[Cell]:
    """As many more of the one than of the other as there may be: a few pairs of each."""
    yield from pairs.differences(registry)


@spanned("BOOK-SIDES", quick=129, standard=129)
def test_every_pair_of_counts(registry: Registry) -> Iterator[Cell]:
    """All of them."""
    yield from pairs.every_count(registry)
