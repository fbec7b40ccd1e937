"""Short, long and cut buffers and flipped headers whose checksum is right over what is there."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import sealed
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("MSG-TOO-SMALL", quick=160)
def test_sealed_messages_that_are_cut(registry: Registry) -> Iterator[Cell]:
    """Cut after each byte: MessageTooSmall and nothing else."""
    yield from sealed.cut(registry)


@spanned("MSG-TRAILING", quick=160)
def test_sealed_messages_with_more_behind(registry: Registry) -> Iterator[Cell]:
    """1 to 65,536 bytes more: ParseError and nothing else."""
    yield from sealed.lengthened(registry)


@spanned("HDR-PAYLOAD-SIZE", "MSG-TOO-SMALL", "MSG-TOO-LARGE", "MSG-TRAILING", quick=160)
def test_sealed_messages_of_another_size(registry: Registry) -> Iterator[Cell]:
    """Sizes near the right one, every bit of it flipped, and such as wrap."""
    yield from sealed.sizes(registry)


@spanned("HDR-*", "ERR-ANY-OF-SEVERAL", quick=160, standard=2)
def test_sealed_headers_with_flipped_bits(registry: Registry) -> Iterator[Cell]:
    """Every bit, and pairs of bits, of messages of every shape and domain."""
    yield from sealed.flipped(registry)
