"""Searches the drawn stream: whole questions of every kind, block by block, right and wrong ones.

Block n is the same in every run of a seed, and what comes of it is a function of the block alone:
each is judged as if it were the first. So a search goes on where another one has ended, and blocks
may be judged by whoever is free, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Stream
from torq_conformance.cluster.crew import Crew, in_order, spread
from torq_conformance.cluster.introduction import claims_of
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.judging.blocks import BlockJudge
from torq_conformance.judging.features import Features
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord, signature_of
from torq_conformance.judging.verdicts import Finding
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.flaky import flaky_among
from torq_specs.registry import Registry

Json = dict[str, Any]

SHOWN_MAX = 12
"""Failures that are shown, one of each kind."""


@dataclass(frozen=True)
class DrawnSearch:
    """What is to be searched: blocks ``start`` to ``start`` + ``count`` of a seed."""

    implementation: str
    seed: int
    start: int
    count: int
    is_in_process: bool
    deadline: float
    vendor_specs: str | None

    @property
    def setup(self) -> Json:
        """What a process that judges its blocks is told."""
        keys = ("implementation", "seed", "is_in_process", "deadline", "vendor_specs")
        return {key: getattr(self, key) for key in keys}


@dataclass
class Searched:
    """What came out of some blocks."""

    judged: int = 0
    not_claimed: int = 0
    failed: int = 0
    lost: str = ""
    digest: str = ""
    """Of everything that was asked; empty where a block was lost."""
    failures: list[tuple[int, Json]] = field(default_factory=list)
    """The first failure of each kind, with the number of its block."""

    def add(self, block: int, result: Json) -> None:
        """Add what came out of a further block."""
        self.judged += result["judged"]
        self.not_claimed += result["not_claimed"]
        self.failed += result["failed"]
        self.lost = self.lost or result["lost"]
        known = {_kind(failure) for _, failure in self.failures}
        for failure in result["failures"]:
            if _kind(failure) not in known and len(self.failures) < SHOWN_MAX:
                known.add(_kind(failure))
                self.failures.append((block, failure))


def _kind(failure: Json) -> tuple[str, str]:
    finding = Finding(failure["requirement"], failure["problem"])
    return failure["requirement"], str(signature_of(finding)["problem"])


def blocks_of(start: int, stop: int) -> Iterator[Json]:
    """The units of single blocks, in order, each named by the way in which it asks."""
    for number, block in enumerate(range(start, stop)):
        yield {"at": number, "cell": cell_of(block), "start": block, "stop": block + 1}


def cell_of(block: int) -> str:
    """The cell of the stream that a block is of: its way of asking."""
    return f"drawn {plan.WAYS[block % len(plan.WAYS)]}"


def search(
    what: DrawnSearch, crew: Crew, *, progress: Callable[[int], object] = lambda _: None
) -> Searched:
    """Search all blocks; ``progress`` is called with calls that are done."""
    whole, digests = Searched(), []
    units = blocks_of(what.start, what.start + what.count)
    for unit, done in in_order(spread(crew, units), "at"):
        if done.result is None:
            whole.lost = whole.lost or done.why
        else:
            whole.add(unit["start"], done.result)
            digests.append(done.result["digests"])
        progress(BLOCK_COUNT)
    if len(digests) == what.count:
        whole.digest = digest_of(digests)
    return whole


def digest_of(digests: list[str]) -> str:
    """The digest of a stretch, of those of its blocks in order (hex, one after the other)."""
    return hashlib.sha256(bytes.fromhex("".join(digests))).hexdigest()


class DrawnJudging:
    """Judges units of blocks, each block by a judge that has met none before."""

    def __init__(self, setup: Json) -> None:
        self._setup = setup
        self._whole = registry_with(setup["vendor_specs"])
        self._adapter: Adapter | None = self._connect()
        self.claims = claims_of(self._adapter.identity)

    def judge(self, unit: Json) -> Json:
        """What came of the blocks ``start`` to ``stop`` of a unit.

        Of a unit that is a ``failure``: how it does not repeat, or nothing.
        """
        adapter = self._adapter or self._connect()
        self._adapter = adapter
        registry = claimed_registry(adapter.identity, self._whole)
        if "failure" in unit:
            judge = Judge(adapter, registry, self._setup["seed"])
            how = flaky_among([unit["failure"]], judge).get(unit["failure"]["id"], "")
            self.close()
            return {"flaky": how}
        return self._blocks(unit, adapter, registry)

    def _blocks(self, unit: Json, adapter: Adapter, registry: Registry) -> Json:
        stream = Stream(self._setup["seed"], registry)
        found, met = _nothing(), Features(registry)
        for block in range(unit["start"], unit["stop"]):
            judge = Judge(adapter, registry, self._setup["seed"])
            judge.start(f"drawn block {block}", BLOCK_COUNT)
            way = plan.way_of(block, judge.capabilities)
            BlockJudge(judge, way).run(plan.calls(stream, block, way))
            _add(found, judge.record, block, judge.stream.hexdigest())
            met.merge(judge.record.features)
            if judge.record.lost:
                break
        found["features"] = met.packed()
        if found["failed"] or found["lost"]:
            # Its budget of restarts and its patience are those of a first unit again.
            self.close()
        return found

    def close(self) -> None:
        """Let go of the implementation."""
        if self._adapter is not None:
            self._adapter.close()
        self._adapter = None

    def _connect(self) -> Adapter:
        return connect(
            self._setup["implementation"],
            is_in_process=self._setup["is_in_process"],
            deadline=self._setup["deadline"],
            registry=self._whole,
        )


def open_judging(setup: Json) -> DrawnJudging:
    """A judging of blocks, with an implementation of its own."""
    return DrawnJudging(setup)


def _nothing() -> Json:
    counts = dict.fromkeys(("judged", "not_claimed", "unjudged", "failed"), 0)
    return {**counts, "lost": "", "digests": "", "signatures": [], "failures": []}


def _add(found: Json, record: TestRecord, block: int, digest: str) -> None:
    """Add the record of a block to what was found in those before it."""
    found["judged"] += record.judged
    found["not_claimed"] += record.not_claimed
    found["unjudged"] += max(record.planned - record.judged - record.not_claimed, 0)
    found["failed"] += sum(one["cases"] for one in record.signatures)
    found["lost"] = record.lost
    found["digests"] += digest
    known = {_key(one): one for one in found["signatures"]}
    examples = {one["id"]: one for one in record.failures}
    for one in record.signatures:
        same = known.get(_key(one))
        if same is not None:
            same["cases"] += one["cases"]
            continue
        found["signatures"].append(known.setdefault(_key(one), {**one, "block": block}))
        if one["example"]:
            found["failures"].append(examples[one["example"]])


def _key(signature: Json) -> str:
    return f"{signature['problem']} {signature['ways']}"
