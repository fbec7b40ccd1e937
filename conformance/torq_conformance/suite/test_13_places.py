"""Every fault and every type at every place: the third TLV, the 257th, behind 256 KiB."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import places
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("TLV-*", "REG-SIZE", "VEC-CAPACITY", "PAD-DECODE", quick=40)
def test_faults_are_found_at_every_place(registry: Registry) -> Iterator[Cell]:
    """Every fault of framing and of a few types, at every index and depth, behind every filler."""
    yield from places.everywhere(registry)


@spanned("TLV-*", "REG-SIZE", "VEC-CAPACITY", "PAD-DECODE", quick=40)
def test_faults_of_every_type_are_found_far_from_the_front(registry: Registry) -> Iterator[Cell]:
    """Every size, domain, count and padding that is wrong, at places in turn."""
    yield from places.of_every_type(registry)


@spanned("ERR-ENCODE", "TLV-*", "REG-SIZE", "VEC-CAPACITY", "ERR-RANGE", quick=40)
def test_wrong_values_are_refused_at_every_place(registry: Registry) -> Iterator[Cell]:
    """Every fault of a TLV to encode, of a few types, at every index and depth."""
    yield from places.encoded_everywhere(registry)


@spanned("ERR-RANGE", "REG-SIZE", "TLV-DOMAIN", "VEC-CAPACITY", quick=40)
def test_wrong_values_of_every_type_are_refused_far_from_the_front(
    registry: Registry,
) -> Iterator[Cell]:
    """Every field beyond its type, every size and domain that is wrong, at places in turn."""
    yield from places.ranges(registry)


@spanned("TLV-ORDER", "RT-BYTES", quick=60)
def test_every_type_is_carried_at_every_place(registry: Registry) -> Iterator[Cell]:
    """Every type in both framings, with others in front and behind."""
    yield from places.right_ones(registry)


@spanned("TLV-ORDER", "RT-BYTES", quick=40, standard=4)
def test_all_types_are_carried_far_from_the_front(registry: Registry) -> Iterator[Cell]:
    """All types of a domain behind 255, 256, 257 others and behind 4 KiB to 256 KiB."""
    yield from places.right_crowds(registry)


@spanned("ERR-ANY-OF-SEVERAL", quick=40)
def test_several_faults_anywhere_in_one_message(registry: Registry) -> Iterator[Cell]:
    """Every pair of kinds of faults, next to one another and far apart; all of them at once."""
    yield from places.several(registry)
