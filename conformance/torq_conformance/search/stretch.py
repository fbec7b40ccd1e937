"""Searches a stretch of a stream for disagreements, spread over processes or a cluster.

Contract: what is searched, its digest and what is found are functions of seed, types, start and
count alone, whatever the number of processes and their order. The implementation lives in the
processes that judge, never in the caller's: one that ends its process cannot end the search with an
exit code of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.cluster.crew import Crew, in_order, spread
from torq_conformance.cluster.introduction import claimed_by, claims_of
from torq_conformance.cluster.option import crew_of
from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.search.messages import UNIT
from torq_conformance.search.stream import Unit, digest, lines_of, units
from torq_conformance.search.units import (
    CONFIRMED_MAX,
    SHOWN_MAX,
    BulkJudge,
    Disagreement,
    Judged,
)
from torq_specs.registry import TlvType

Json = dict[str, Any]
Progress = Callable[[int], object]

RESTARTS = 1000
"""Processes of an implementation that may be started: shrinking a crash costs dozens."""


@dataclass(frozen=True)
class Search:
    """What is searched."""

    implementation: str
    seed: int = 0
    start: int = 0
    count: int = 1_000_000
    types: Sequence[str] = ()
    """Names; all declared types when there is none."""
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None

    @property
    def setup(self) -> Json:
        """What a process that judges a part of it is told."""
        return {**vars(self), "types": [*self.types]}


@dataclass
class SearchResult:
    """What came out."""

    planned: int
    judged: int = 0
    disagreeing: int = 0
    digest: str = ""
    """Of the wire bytes of the whole stretch; empty when not all of them were made."""
    resume_at: int = 0
    """The first index that was not searched."""
    lost: str = ""
    disagreements: list[Disagreement] = field(default_factory=list)


def search(
    what: Search, *, processes: int = 1, cluster: str | None = None, progress: Progress = bool
) -> SearchResult:
    """Judge a stretch of the stream; ``progress`` is called with how many more messages are done.

    KitError when the implementation cannot be reached or the arguments make no sense.
    """
    if what.seed < 0 or what.start < 0 or what.count < 1 or processes < 1:
        raise KitError(
            "A search goes over a positive count of indexes from 0 on, with a seed from 0 on.",
            "Give --seed, --start and --count other values.",
        )
    lines_of(what.types, registry_with(what.vendor_specs))
    count = None if cluster else processes
    with crew_of("valid", what.setup, processes=count, cluster=cluster) as crew:
        return _Fold(what).search(crew, progress)


class _Fold:
    """Puts together what comes of the parts, in their order, so that nobody's speed counts."""

    def __init__(self, what: Search) -> None:
        self._what = what
        self._result = SearchResult(what.count, resume_at=what.start)
        self._confirmed: Counter[int] = Counter()
        self._digests: list[bytes] = []

    def search(self, crew: Crew, progress: Progress) -> SearchResult:
        """Hand out all parts and take in what comes of them."""
        what, result = self._what, self._result
        registry = registry_with(what.vendor_specs)
        claimed = claimed_by(crew.introduction["build"]["claims"], registry)
        lines = lines_of(what.types, claimed)
        try:
            for part, done in in_order(spread(crew, self._parts(len(lines))), "at"):
                if done.result is None:
                    result.lost = done.why
                    break
                for one in done.result["judged"]:
                    self._add(judged_of(one))
                if result.lost:
                    break
                result.resume_at = part["start"] + part["count"]
                progress(part["count"])
        except KeyboardInterrupt:
            result.lost = "interrupted"
        if not result.lost:
            result.digest = digest(self._digests)
        return result

    def _parts(self, turns: int) -> Iterator[Json]:
        """Parts that all types take a turn in; what has failed often enough is not asked again."""
        end, size = self._what.start + self._what.count, UNIT * turns
        start, at = self._what.start, 0
        while start < end:
            stop = min((start // size + 1) * size, end)
            spent = [number for number in self._confirmed if self._is_spent(number)]
            part = {"cell": "valid messages", "at": at, "start": start, "count": stop - start}
            yield {**part, "spent": spent}
            start, at = stop, at + 1

    def _is_spent(self, number: int) -> bool:
        return self._confirmed[number] >= CONFIRMED_MAX

    def _add(self, judged: Judged) -> None:
        self._digests.append(judged.digest)
        if self._is_spent(judged.unit.number):
            return  # It was handed out before that was known; how many were is nobody's business.
        result = self._result
        self._confirmed[judged.unit.number] += judged.confirmed
        result.judged += judged.judged
        result.disagreeing += judged.disagreeing
        result.lost = result.lost or judged.lost
        for one in judged.disagreements:
            # So does each type tell what is wrong with a header alone.
            reported = [other.number for other in result.disagreements]
            is_new = one.data not in {other.data for other in result.disagreements}
            if is_new and reported.count(one.number) < SHOWN_MAX:
                result.disagreements.append(one)


class ValidJudging:
    """Judges parts of a stream of valid messages, each as if it were the first."""

    def __init__(self, setup: Json) -> None:
        self._what = Search(**setup)
        self._adapter: Adapter | None = self._connect()
        self.claims = claims_of(self._adapter.identity)

    def judge(self, unit: Json) -> Json:
        """What came of a part: of each type in turn, as JSON types."""
        adapter = self._adapter or self._connect()
        self._adapter = adapter
        judge = self._judge(adapter)
        lines: Sequence[TlvType] = lines_of(self._what.types, judge.registry)
        judge.leave_out(unit["spent"])
        found = []
        for one in units(lines, unit["start"], unit["count"]):
            judged = judge.judge(one)
            found.append(json_of(judged))
            if judged.lost:
                break
        if any(one["disagreeing"] or one["lost"] for one in found):
            # Its budget of restarts and its patience are those of a first part again.
            self.close()
        return {"judged": found}

    def close(self) -> None:
        """Let go of the implementation."""
        if self._adapter is not None:
            self._adapter.close()
        self._adapter = None

    def _judge(self, adapter: Adapter) -> BulkJudge:
        what = self._what
        options = " --in-process" if what.is_in_process else ""
        if what.vendor_specs:
            options += f" --vendor-specs {what.vendor_specs}"
        return BulkJudge(
            adapter,
            what.implementation,
            seed=what.seed,
            registry=claimed_registry(adapter.identity, registry_with(what.vendor_specs)),
            options=options,
        )

    def _connect(self) -> Adapter:
        return connect(
            self._what.implementation,
            is_in_process=self._what.is_in_process,
            deadline=self._what.deadline,
            restarts=RESTARTS,
            registry=registry_with(self._what.vendor_specs),
        )


def open_judging(setup: Json) -> ValidJudging:
    """A judging of valid messages, with an implementation of its own."""
    return ValidJudging(setup)


def json_of(judged: Judged) -> Json:
    """What came of a unit as JSON types."""
    disagreements = [{**vars(one), "data": one.data.hex()} for one in judged.disagreements]
    whole = {**vars(judged), "unit": vars(judged.unit), "digest": judged.digest.hex()}
    return {**whole, "disagreements": disagreements}


def judged_of(document: Json) -> Judged:
    """The same, back from JSON types."""
    disagreements = [
        Disagreement(**{**one, "data": bytes.fromhex(one["data"])})
        for one in document["disagreements"]
    ]
    parts = {**document, "unit": Unit(**document["unit"])}
    parts["digest"] = bytes.fromhex(document["digest"])
    return Judged(**{**parts, "disagreements": disagreements})
