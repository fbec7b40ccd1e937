"""Views: an answer that is its buffer, and decode, which copies (section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import views
from torq_conformance.cases.case import Case
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import enumerated, spanned
from torq_specs.registry import Registry, TlvType


@enumerated("VIEW-BOUNDS", each="type")
def test_a_view_reads_its_buffer_alone(registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of each type, whole and cut, between unmapped pages."""
    yield from views.bounds("VIEW-BOUNDS", registry, line)


@enumerated("VIEW-BOUNDS")
def test_a_view_may_lie_anywhere(registry: Registry) -> Iterator[Case]:
    """Every alignment, read-only pages, and lies about lengths at an unmapped page."""
    yield from views.all_bounds("VIEW-BOUNDS", registry)


@spanned("VIEW-BOUNDS", quick=32)
def test_a_view_refuses_what_decode_refuses(registry: Registry) -> Iterator[Cell]:
    """Every reason, first in a message and behind other TLVs."""
    yield from views.refusals("VIEW-BOUNDS", registry)


@enumerated("VIEW-ALIAS", each="type", quick=1)
def test_a_changed_bit_changes_its_field(registry: Registry, line: TlvType) -> Iterator[Case]:
    """Bits of every field, alone and together, flipped while a view lives."""
    yield from views.flips("VIEW-ALIAS", registry, line)


@enumerated("VIEW-ALIAS")
def test_a_changed_bit_changes_its_field_in_large_messages(registry: Registry) -> Iterator[Case]:
    """Messages up to the limit, in a few places."""
    yield from views.flips_of_large("VIEW-ALIAS", registry)


@enumerated("VIEW-DECODE", each="type")
def test_decode_stays_a_copy(registry: Registry, line: TlvType) -> Iterator[Case]:
    """The same flips under an answer of decode."""
    yield from views.flips_of_copies("VIEW-DECODE", registry, line)


@enumerated("VIEW-ALLOC")
def test_a_view_takes_no_memory_that_grows(registry: Registry) -> Iterator[Case]:
    """Small and large messages of one kind."""
    yield from views.memory("VIEW-ALLOC", registry)


@enumerated("VIEW-LIFETIME")
def test_a_view_outlives_no_buffer(registry: Registry) -> Iterator[Case]:
    """The buffer is unmapped, resized or forgotten while a view of it lives."""
    yield from views.returns("VIEW-LIFETIME", registry)


@enumerated("VIEW-LIFETIME", quick=2)
def test_many_views_live_at_once(registry: Registry) -> Iterator[Case]:
    """2 to 257 views, read after the last was made; some dropped, and others made instead."""
    yield from views.crowds("VIEW-LIFETIME", registry)
