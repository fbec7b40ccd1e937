"""Runs a campaign: judges the units that the ledger does not have, and records what comes of them.

Results are recorded in the order in which they come. Whatever ends a run, the next one goes on with
the units that are missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.campaign.ledger import SETTLED, Ledger, Recorded, Unit, find_id, now
from torq_conformance.campaign.plan import DRAWN, Plan, units
from torq_conformance.campaign.suite_of import registry_of
from torq_conformance.cases.stream.questions import BLOCK_COUNT
from torq_conformance.cluster.crew import Crew, Done, spread
from torq_conformance.cluster.introduction import build_differs, introduction, kit_differs
from torq_conformance.errors import KitError
from torq_conformance.judging.features import Features

Json = dict[str, Any]

GATHERED_SECONDS = 0.5
"""In which units are gathered that are written as one."""

ANOTHER = "Name another file with --ledger."


Crews = Callable[[Json | None], AbstractContextManager[Crew]]
"""Gets a crew, of a certain build where that is known, as a context."""


@dataclass
class Progress:
    """How far a run is."""

    questions: int
    """Of the units that were missing when the run began."""
    done: int = 0
    """Of those that are recorded now."""
    judged: int = 0
    """In this run."""
    workers: int = 0
    finds: int = 0
    lost: int = 0


Tell = Callable[[Progress], object]


@contextmanager
def ledger_for(path: Path, plan: Plan, crews: Crews) -> Iterator[tuple[Ledger, Crew]]:
    """The ledger of a plan, a new one where there is none, and a crew that may write into it.

    KitError where the ledger is of another suite, build or plan.
    """
    ours = introduction({"vendor_specs": plan.vendor_specs}, {})
    known = Ledger.open(path) if path.exists() else None
    try:
        if known is not None:
            _check(known, plan, ours)
        build = None if known is None else known.about["build"]
        with crews(build) as crew:
            theirs = crew.introduction
            if known is None:
                known = Ledger.create(path, {**plan.settled, **theirs, "began": now()})
            elif why := build_differs(known.about["build"], theirs["build"]):
                raise KitError(f"{path} is of another build: {why}.", ANOTHER)
            known.begin()
            yield known, crew
    finally:
        if known is not None:
            known.close()


def _check(ledger: Ledger, plan: Plan, ours: Json) -> None:
    about = ledger.about
    if why := kit_differs(ours, about):
        raise KitError(f"{ledger.path} is of another suite: {why}.", ANOTHER)
    for key in SETTLED:
        if about.get(key) != plan.settled[key]:
            name = key.removeprefix("is_").replace("_", " ")
            there, here = about.get(key), plan.settled[key]
            problem = f"{ledger.path} is of another campaign: {name} is {there!r:.80} there"
            raise KitError(f"{problem}, and {here!r:.80} here.", ANOTHER)


def run(ledger: Ledger, crew: Crew, plan: Plan, tell: Tell = lambda _: None) -> Progress:
    """Judge and record every unit of a plan that the ledger does not have."""
    recorded = [start for start in ledger.starts(DRAWN) if start in plan.starts]
    progress = Progress(plan.questions - len(recorded) * plan.unit * BLOCK_COUNT)
    finds = {one.id for one in ledger.finds()}
    met = Features(registry_of(ledger, plan.vendor_specs))
    met.add_pairs((first, second) for first, second, _ in ledger.met())
    tell(progress)
    written = _Writer(ledger)
    try:
        for unit, done in spread(crew, units(plan, recorded)):
            progress.workers = crew.workers
            result = done.result
            if result is None or result["lost"]:
                why = done.why if result is None else result["lost"]
                ledger.record_lost(DRAWN, unit["start"], why)
                progress.lost += 1
            else:
                written.add(_recorded(unit, done, result, met))
                finds |= {find_id(one) for one in result["signatures"]}
                progress.done += (unit["stop"] - unit["start"]) * BLOCK_COUNT
                progress.judged += result["judged"]
                progress.finds = len(finds)
            tell(progress)
    finally:
        written.flush()
    return progress


class _Writer:
    """Gathers what comes within a moment, for the disk takes as long for one unit as for many."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[Recorded] = []
        self._flushed = 0.0

    def add(self, one: Recorded) -> None:
        """Write it, now or in a moment."""
        self._waiting.append(one)
        if time.monotonic() - self._flushed > GATHERED_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write all that waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._ledger.record(waiting)
            self._flushed = time.monotonic()


def _recorded(unit: Json, done: Done, result: Json, met: Features) -> Recorded:
    counts = {key: result[key] for key in ("judged", "not_claimed", "unjudged", "failed")}
    row = Unit(
        *(DRAWN, unit["start"], unit["stop"], unit["cell"], done.worker, now()),
        seconds=round(done.seconds, 3),
        digests=result["digests"],
        **counts,
    )
    return Recorded(row, result["signatures"], result["failures"], met.taken(result["features"]))


def ask_again(ledger: Ledger, crew: Crew) -> int:
    """Ask finds again that were not yet, of new implementations; how many do not repeat."""
    pending = (one for one in [*ledger.finds()] if one.flaky is None and one.failure.get("case"))
    jobs = ({"cell": "asked again", "id": one.id, "failure": one.failure} for one in pending)
    for unit, done in spread(crew, jobs):
        how = "it ended its process when it was asked again"
        ledger.record_flaky(unit["id"], how if done.result is None else done.result["flaky"])
    return sum(bool(one.flaky) for one in ledger.finds())
