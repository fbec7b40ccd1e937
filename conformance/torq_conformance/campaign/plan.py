"""What a campaign is of, and which of its units are left to be judged.

Units lie on a grid of blocks of the drawn stream, so that campaigns over other stretches, on other
machines, have the same units and their ledgers can be merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases.stream.questions import BLOCK_COUNT
from torq_conformance.search.drawn import cell_of

Json = dict[str, Any]

DRAWN = "drawn"
"""The stream of a campaign."""


@dataclass(frozen=True)
class Plan:
    """Questions ``start`` to ``start`` + ``count`` of the drawn stream of a seed.

    ``unit`` is in blocks of 1,000 questions.
    """

    implementation: str
    seed: int = 0
    start: int = 0
    count: int = 1_000_000
    unit: int = 1
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None

    @property
    def setup(self) -> Json:
        """What a process that judges units is told."""
        keys = ("implementation", "seed", "is_in_process", "deadline", "vendor_specs")
        return {key: getattr(self, key) for key in keys}

    @property
    def settled(self) -> Json:
        """What may not change between two runs of one campaign."""
        return {**self.setup, "unit": self.unit}

    @property
    def starts(self) -> range:
        """The first blocks of all units: those that the stretch touches."""
        size = self.unit * BLOCK_COUNT
        first, last = self.start // size, -(-(self.start + self.count) // size)
        return range(first * self.unit, last * self.unit, self.unit)

    @property
    def questions(self) -> int:
        """How many questions these units ask."""
        return len(self.starts) * self.unit * BLOCK_COUNT


def units(plan: Plan, recorded: Iterable[int]) -> Iterator[Json]:
    """The units of a plan that are not recorded; ``recorded`` is where units begin, in order."""
    done = iter(recorded)
    next_done = next(done, None)
    for start in plan.starts:
        while next_done is not None and next_done < start:
            next_done = next(done, None)
        if next_done == start:
            continue
        cell = cell_of(start) if plan.unit == 1 else f"drawn, {plan.unit} blocks"
        yield {"cell": cell, "start": start, "stop": start + plan.unit}
