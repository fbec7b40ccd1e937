"""What the types carry: layouts at every boundary, sizes, padding, ranges (sections 1, 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import values
from torq_conformance.cases.case import Case
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry, TlvType
from torq_specs.requirements import layout_requirement_id


@enumerated("LAYOUT-*", each="declared")
def test_fields_lie_at_their_offsets(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Each field alone at each edge, every byte distinct, all zero, every bit set."""
    yield from values.layouts(layout_requirement_id(line), line)


@enumerated("LAYOUT-*", "VAL-STRUCTURAL", each="declared")
def test_every_byte_is_carried(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Each byte of the value alone set and alone cleared, decoded and encoded again."""
    yield from values.every_byte("VAL-STRUCTURAL", line)


@enumerated("REG-SIZE", each="type")
def test_wrong_sizes_are_refused(registry: Registry, line: TlvType) -> Iterator[Case]:
    """One byte less, one more, none at all, and the bounds themselves."""
    yield from values.sizes("REG-SIZE", line, registry)


@enumerated("REG-OPAQUE", each="opaque")
def test_opaque_values_are_carried(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Zeros, ones, distinct bytes, and bytes that look like TLVs."""
    yield from values.opaque("REG-OPAQUE", line)


@enumerated("PAD-ENCODE", each="declared")
def test_padding_is_written_as_zeros(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every bit of every field set, and none: what is not a field stays zero."""
    yield from values.written_padding("PAD-ENCODE", line)


@enumerated("PAD-DECODE", each="declared")
def test_padding_that_is_not_zero(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every byte of padding alone; refused where strict_padding is claimed."""
    yield from values.padding("PAD-DECODE", line, registry)


@enumerated("ERR-RANGE", each="declared")
def test_values_that_do_not_fit_are_refused(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Every field one above its maximum and one below its minimum, bytes of wrong length."""
    yield from values.out_of_range("ERR-RANGE", line)
