"""One live implementation asked again and again: no answer depends on the calls around it."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import sequences
from torq_conformance.cases.case import Sequence
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry


@enumerated("STATE-INDEPENDENT")
def test_answers_do_not_depend_on_other_calls(registry: Registry) -> Iterator[Sequence]:
    """Good, bad, good; the same twice; long then short; results kept while others are made."""
    yield from sequences.all_sequences("STATE-INDEPENDENT", registry)
