"""Who judges units: a crew takes jobs and gives back what came of them, in any order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from torq_conformance.cluster.tasks import Json

TRIES_MAX = 3
"""Processes that one unit may end before it counts as lost."""

WORKERS_MAX = 30
"""Workers that may be lost while they have one unit before it counts as lost too."""

WINDOW = 256
"""Units beyond the first one that is not judged yet that are handed out, for each that may be under
way: results that must be put in order need not pile up without bound."""


@dataclass(frozen=True)
class Done:
    """What came of a job.

    ``result`` is None where its process ended, ``why`` says how then, and ``is_of_worker`` whether
    that had nothing to do with the unit: its whole worker was lost.
    """

    number: int
    result: Json | None
    worker: str = ""
    why: str = ""
    is_of_worker: bool = False
    seconds: float = 0.0


class Crew(Protocol):
    """Processes that judge, somewhere."""

    introduction: Json
    """What all of them have said of themselves."""

    left_out: dict[str, str]
    """Workers that do no work, by name, and why."""

    @property
    def workers(self) -> int:
        """How many units may be judged at once now."""

    def room(self) -> int:
        """How many more jobs it takes now."""

    def hand_out(self, number: int, unit: Json) -> None:
        """Take a job."""

    def finished(self) -> list[Done]:
        """What is done; waits for a moment, and may be nothing."""

    def close(self) -> None:
        """End everything that it started."""


ALMOST_ONE = 0.999
"""The part of its tries that a unit may have used up; sums of thirds are no ones."""


def spread(crew: Crew, units: Iterator[Json]) -> Iterator[tuple[Json, Done]]:
    """Every unit with what came of it, as it comes; each of them exactly once.

    What has no result ended so many processes that nobody tries it again.
    """
    waiting: deque[int] = deque()
    jobs: dict[int, Json] = {}
    tries: dict[int, float] = {}
    count, is_over = 0, False
    while True:
        while crew.room() > 0:
            if waiting:
                number = waiting.popleft()
            elif not is_over and count - min(jobs, default=count) < WINDOW * max(crew.workers, 1):
                unit = next(units, None)
                if unit is None:
                    is_over = True
                    continue
                number, count = count, count + 1
                jobs[number] = unit
            else:
                break
            crew.hand_out(number, jobs[number])
        if is_over and not jobs:
            return
        for done in crew.finished():
            if done.number not in jobs:
                continue  # Somebody else was faster, after a worker was taken for lost.
            if done.result is None:
                cost = 1 / WORKERS_MAX if done.is_of_worker else 1 / TRIES_MAX
                tries[done.number] = tries.get(done.number, 0.0) + cost
                if tries[done.number] < ALMOST_ONE:
                    waiting.append(done.number)
                    continue
            yield jobs.pop(done.number), done


def in_order(found: Iterator[tuple[Json, Done]], key: str) -> Iterator[tuple[Json, Done]]:
    """The same in the order of the numbers that units have under ``key``: 0, 1, 2 and so on."""
    early: dict[int, tuple[Json, Done]] = {}
    at = 0
    for unit, done in found:
        early[unit[key]] = unit, done
        while at in early:
            yield early.pop(at)
            at += 1
