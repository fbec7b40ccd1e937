"""Units without content: what a unit costs beside what is judged, as benchmarks measure it."""

from __future__ import annotations

from torq_conformance.cluster.tasks import Json


class EmptyJudging:
    """Answers every unit at once."""

    def __init__(self) -> None:
        self.claims: Json = {}

    def judge(self, unit: Json) -> Json:
        """Nothing."""
        return {}

    def close(self) -> None:
        """Nothing to let go of."""


def open_judging(setup: Json) -> EmptyJudging:
    """A judging that judges nothing."""
    return EmptyJudging()
