"""Rows of questions to one implementation: every kind behind every other, many, and again."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import histories, rows
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("STATE-INDEPENDENT", quick=160)
def test_every_kind_of_question_behind_every_other(registry: Registry) -> Iterator[Cell]:
    """Decode, encode, validate, ids, and refusals of each."""
    yield from rows.every_kind_behind_every_other(registry)


@spanned("STATE-INDEPENDENT", quick=40)
def test_operations_with_one_argument_changed(registry: Registry) -> Iterator[Cell]:
    """Every operation on ids twice, with one argument changed."""
    yield from rows.one_argument_changed(registry)


@spanned("STATE-INDEPENDENT", quick=80)
def test_values_with_one_field_changed(registry: Registry) -> Iterator[Cell]:
    """Every field of every declared type changed between two calls."""
    yield from rows.one_field_changed(registry)


@spanned("STATE-INDEPENDENT", quick=28)
def test_thousands_of_ids_asked_again(registry: Registry) -> Iterator[Cell]:
    """Symbols, addresses, pools: each asked again later."""
    yield from histories.many_asked_again(registry)


@spanned("STATE-INDEPENDENT", quick=60)
def test_dozens_of_values_in_a_row(registry: Registry) -> Iterator[Cell]:
    """Every declared type, and headers, all different; 66,000 values that all differ."""
    yield from histories.many_values(registry)
    yield from histories.more_than_16_bits(registry)


@spanned("STATE-INDEPENDENT", quick=80)
def test_orders_of_sequences(registry: Registry) -> Iterator[Cell]:
    """Rising, falling, repeated, begun anew, with every flag."""
    yield from histories.orders(registry)


@spanned("STATE-INDEPENDENT", quick=32, standard=2)
def test_right_questions_behind_many_refusals(registry: Registry) -> Iterator[Cell]:
    """300 refusals of one kind close no door."""
    yield from histories.after_many_refusals(registry)
