"""How many and how large: as many as fit, every rest by 64, page borders, powers of two."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import contents, quantities, sizes
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("TLV-ORDER", "RT-BYTES", quick=80)
def test_declared_types_many_times_in_a_message(registry: Registry) -> Iterator[Cell]:
    """Every declared type 17, 100 and 257 times, all different."""
    yield from quantities.repeated(registry)


@spanned("TLV-ORDER", "RT-BYTES", "CHK-VERIFY", "MSG-TOO-LARGE", quick=20)
def test_the_largest_type_as_often_as_fits(registry: Registry) -> Iterator[Cell]:
    """168 books; once more is too many."""
    yield from quantities.largest_as_often_as_fits(registry)


@spanned("TLV-ORDER", "MSG-TOO-LARGE", quick=1600, standard=1000)
def test_declared_types_as_often_as_fits(registry: Registry) -> Iterator[Cell]:
    """As many of every other type as a message holds; once more is too many."""
    yield from quantities.as_often_as_fits(registry)


@spanned("CHK-VERIFY", quick=40)
def test_wrong_checksums_over_many_tlvs(registry: Registry) -> Iterator[Cell]:
    """Over 2 to 65,537 TLVs, whose number is said; over many of every declared type."""
    yield from quantities.wrong_over_many(registry)


@spanned("CHK-VALUE", "CHK-VERIFY", quick=240)
def test_checksums_of_every_rest_by_64(registry: Registry) -> Iterator[Cell]:
    """Payloads from 256 bytes to 1 MiB, right, and with one byte wrong."""
    yield from quantities.every_rest(registry)


@spanned("RT-BYTES", "TLV-TRUNCATED", quick=80)
def test_heads_across_borders_of_4096_bytes(registry: Registry) -> Iterator[Cell]:
    """Heads and values that begin around multiples of 4,096 bytes, whole and cut."""
    yield from quantities.across_borders(registry)


@spanned("REG-OPAQUE", quick=160)
def test_opaque_sizes_around_powers_of_two(registry: Registry) -> Iterator[Cell]:
    """Every power of two, its neighbours and round numbers, in both framings."""
    yield from sizes.powers_of_two(registry)


@spanned("REG-OPAQUE", quick=160)
def test_opaque_sizes_one_by_one(registry: Registry) -> Iterator[Cell]:
    """Every size near the least one of every opaque type, and near the largest of all."""
    yield from sizes.every_size(registry)


@spanned("CHK-VALUE", "CHK-VERIFY", quick=40)
def test_checksums_of_every_multiple_of_64_kib(registry: Registry) -> Iterator[Cell]:
    """Payloads of 64 KiB to 960 KiB, right, and with one byte wrong."""
    yield from quantities.every_step(registry)


@spanned("REG-OPAQUE", quick=40)
def test_opaque_values_that_are_something_else_too(registry: Registry) -> Iterator[Cell]:
    """Compressed and encoded bytes, texts, documents, whole messages, lengths in front."""
    yield from contents.something_else(registry)
