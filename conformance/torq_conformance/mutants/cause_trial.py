"""One mutant against the whole suite: how many causes are reported, and what they speak of.

Unlike a ``Trial`` it goes to the end of the suite. One fault should be one cause, attributed to a
requirement that speaks of the fault.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.judging.blocks import BlockJudge
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.mutants import gallery
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import PatientAdapter
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of, count_of, judge_generated
from torq_specs.registry import REGISTRY, TlvType

SAMPLE = 60
"""Mutants of the fixed sample."""

SHARE = 0.95
"""The part of the sample that must be reported as exactly one cause, rightly attributed."""

BLOCKS = 10
"""Blocks of drawn questions: one of each way of asking."""

EXAMPLES = 40
"""Cases that a generated test draws."""

SECONDS_MAX = 900.0
"""After this time a full run of one mutant is given up."""


@dataclass(frozen=True)
class Causes:
    """What a full run says of a mutant: its causes, as the results file has them."""

    mutant: str
    fault: str
    requirements: tuple[str, ...]
    causes: tuple[dict[str, Any], ...]
    seconds: float

    @property
    def is_one(self) -> bool:
        """Whether there is exactly one cause, and it speaks of the fault."""
        return len(self.causes) == 1 and self.causes[0]["requirement"] in self.requirements


def sample(mutants: Sequence[Mutant], count: int = SAMPLE) -> list[Mutant]:
    """Every n-th mutant, so that all chapters and both kinds of making are in it."""
    by_hand = [one for one in mutants if ":" not in one.id]
    by_rule = [one for one in mutants if ":" in one.id]
    half = count // 2
    return [*_spread(by_hand, count - half), *_spread(by_rule, half)]


def _spread(mutants: Sequence[Mutant], count: int) -> Iterable[Mutant]:
    return (mutants[at * len(mutants) // count] for at in range(min(count, len(mutants))))


def judge(
    mutant: Mutant,
    *,
    examples: int = EXAMPLES,
    profile: str = "standard",
) -> Causes:
    """Judge a mutant by drawn questions and every test of the suite that has no state machine."""
    started = time.perf_counter()
    judging = Judge(PatientAdapter(mutant), profile=profile)
    records: list[TestRecord] = []
    stream = Stream(judging.seed, REGISTRY)
    for block in range(BLOCKS):
        way = plan.way_of(block, judging.capabilities)
        judging.start(f"drawn questions, block {block + 1}", 0)
        BlockJudge(judging, way).run(plan.calls(stream, block, way))
        records.append(judging.record)
    for test in suite_tests():
        for line in test.lines(REGISTRY):
            if test.is_stateful:
                continue
            name = test.name if line is None else f"{test.name}[{line.name}]"
            judging.start(name, 0)
            _judge_test(judging, test, line, examples, profile)
            records.append(judging.record)
    return Causes(
        mutant.id,
        mutant.fault,
        tuple(mutant.requirements),
        tuple(causes_of(records)),
        time.perf_counter() - started,
    )


def _judge_test(
    judging: Judge, test: SuiteTest, line: TlvType | None, examples: int, profile: str
) -> None:
    if test.is_generated:
        strategy = test.source(REGISTRY) if line is None else test.source(REGISTRY, line)
        judge_generated(judging, strategy, examples)
        return
    count = count_of(test.source, REGISTRY, line, profile)
    judging.judge_all(islice(cases_of(test.source, REGISTRY, line, profile), count))


def run(
    mutants: Sequence[Mutant], *, processes: int, on_done: Callable[[Causes], None]
) -> list[Causes]:
    """Judge mutants, each in a process of its own; one that ends its process has no causes."""

    def alone(mutant: Mutant) -> Causes:
        done = _in_process_of_its_own(mutant)
        on_done(done)
        return done

    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(alone, mutants))


def _in_process_of_its_own(mutant: Mutant) -> Causes:
    command = [sys.executable, "-m", __name__, mutant.id]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=SECONDS_MAX
        )
        document = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return Causes(mutant.id, mutant.fault, tuple(mutant.requirements), (), SECONDS_MAX)
    return Causes(**{**document, "requirements": tuple(document["requirements"])})


def main(id_: str) -> None:
    """Judge one mutant and print what is said of it as JSON."""
    (mutant,) = (one for one in gallery.all_mutants() if one.id == id_)
    sys.stdout.write(json.dumps(asdict(judge(mutant))))


if __name__ == "__main__":
    main(sys.argv[1])
