"""A measurement as units of work: each kind of count, and what the clocks of one machine say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torq_conformance.cluster.crew import Crew, in_order, spread
from torq_conformance.cluster.introduction import claims_of
from torq_conformance.errors import KitError
from torq_conformance.meter import measuring
from torq_conformance.meter.measurement import Measurement
from torq_conformance.meter.programs import program_of

Json = dict[str, Any]


class MeterJudging:
    """Measures one implementation, unit by unit."""

    def __init__(self, setup: Json) -> None:
        self._name, self._deadline = setup["implementation"], setup["deadline"]
        self.claims = claims_of(program_of(self._name, self._deadline).identity)

    def judge(self, unit: Json) -> Json:
        """The measurement of a unit, as JSON types."""
        name, names = self._name, unit["names"]
        if unit["kind"] == CLOCKS:
            return vars(measuring.timed(name, names, deadline=self._deadline))
        return vars(measuring.counted(name, names, unit["kind"], deadline=self._deadline))

    def close(self) -> None:
        """Nothing to let go of: what is measured has ended."""


CLOCKS = "clocks"


def open_judging(setup: Json) -> MeterJudging:
    """A judging that measures."""
    return MeterJudging(setup)


def measure(names: Sequence[str], crew: Crew) -> Measurement:
    """Everything about one implementation."""
    whole: Measurement | None = None
    for _, done in in_order(spread(crew, _units(names)), "at"):
        if done.result is None:
            raise KitError(f"A measurement was lost: {done.why}.", "Run the command again.")
        part = Measurement(**done.result)
        if whole is None:
            whole = part
            continue
        for name, costs in part.streams.items():
            whole.streams.setdefault(name, {}).update(costs)
        whole.why_not |= part.why_not
        if part.machine:
            whole.loops, whole.machine, whole.memory = part.loops, part.machine, part.memory
            whole.round_trips_per_second = part.round_trips_per_second
            whole.by_count = part.by_count
    assert whole is not None
    return whole


def _units(names: Sequence[str]) -> Iterator[Json]:
    # Not by workload: what a message costs is counted behind the messages of all of them.
    for at, kind in enumerate([CLOCKS, *measuring.COUNTERS]):
        yield {"cell": f"meter {kind}", "at": at, "kind": kind, "names": [*names]}
