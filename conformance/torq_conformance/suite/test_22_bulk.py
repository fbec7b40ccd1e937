"""Many round trips in one call, and many questions in one batch."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases.corners import bulk
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.suite.checks import spanned
from torq_specs.registry import Registry


@spanned("STATE-INDEPENDENT", quick=80)
def test_many_round_trips_in_one_call(registry: Registry) -> Iterator[Cell]:
    """Refusals among good ones, lengths mixed, frames above 64 KiB, answers in order."""
    yield from bulk.many(registry)


@spanned("STATE-INDEPENDENT", quick=20)
def test_questions_of_every_kind_in_one_batch(registry: Registry) -> Iterator[Cell]:
    """Right ones and refusals of decode, encode and roundtrip."""
    yield from bulk.batches(registry)
