"""The implementation's own measured loop: what it has done, and how long it says (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import measured
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cases.corners import after_loops
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry


@enumerated("THR-WORK", quick=2)
def test_a_measured_loop_does_its_work(registry: Registry) -> Iterator[Case]:
    """Every workload, all of its 4,096 items: operations and digest."""
    yield from measured.results("THR-WORK", registry)


@enumerated("THR-TIME", quick=1)
def test_a_measured_loop_tells_its_time(registry: Registry) -> Iterator[Case]:
    """elapsed_ns against the kit's own clock."""
    yield from measured.times("THR-TIME", registry)


@enumerated("STATE-INDEPENDENT", quick=1)
def test_a_measured_loop_leaves_nothing_behind(registry: Registry) -> Iterator[Sequence]:
    """Every kind of refusal behind every workload: what a benchmark switched off is on again."""
    yield from after_loops.in_rows("STATE-INDEPENDENT", registry)
