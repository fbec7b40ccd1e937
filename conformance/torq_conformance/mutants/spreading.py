"""Mutants as units of work, for the workers of a cluster: a few by a process each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torq_conformance.cluster.crew import Crew, in_order, spread
from torq_conformance.errors import KitError
from torq_conformance.mutants import gallery, matrix
from torq_conformance.mutants.matrix import Effort
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import Fate, Kill

Json = dict[str, Any]

TOGETHER = 8
"""Mutants of one unit: they share the start of a process."""


class MutantJudging:
    """Judges units of mutants, which are in the kit and are named by their ids."""

    def __init__(self, setup: Json) -> None:
        self.claims: Json = {}
        self._effort = Effort(is_by_vectors=setup["is_by_vectors"], types=tuple(setup["types"]))
        self._mutants = {one.id: one for one in gallery.all_mutants()}

    def judge(self, unit: Json) -> Json:
        """What became of the mutants of a unit."""
        chosen = [self._mutants[id_] for id_ in unit["mutants"]]
        kills = matrix.run(chosen, processes=1, effort=self._effort)
        return {"kills": [{**vars(kill), "fate": str(kill.fate)} for kill in kills]}

    def close(self) -> None:
        """Nothing to let go of: a trial ends its own process."""


def open_judging(setup: Json) -> MutantJudging:
    """A judging of mutants."""
    return MutantJudging(setup)


def setup_of(effort: Effort) -> Json:
    """What a process that judges mutants is told."""
    return {"is_by_vectors": effort.is_by_vectors, "types": [*effort.types]}


def run(
    mutants: Sequence[Mutant], crew: Crew, on_kill: Callable[[Kill], object] = bool
) -> list[Kill]:
    """Try every mutant; the answer is in their order."""
    kills: list[Kill] = []
    for _, done in in_order(spread(crew, _units(mutants)), "at"):
        if done.result is None:
            raise KitError(f"Mutants could not be judged: {done.why}.", "Run the command again.")
        for one in done.result["kills"]:
            fate, requirements = Fate(one["fate"]), tuple(one["requirements"])
            kills.append(Kill(**{**one, "fate": fate, "requirements": requirements}))
            on_kill(kills[-1])
    return kills


def _units(mutants: Sequence[Mutant]) -> Iterator[Json]:
    for at, start in enumerate(range(0, len(mutants), TOGETHER)):
        ids = [one.id for one in mutants[start : start + TOGETHER]]
        yield {"cell": "mutants", "at": at, "mutants": ids}
