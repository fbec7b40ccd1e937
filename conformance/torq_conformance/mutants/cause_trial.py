"""One mutant against the whole suite: how many causes are reported, and what they speak of.

Unlike a ``Trial`` it goes to the end of the suite. One fault should be one cause, attributed to a
requirement that speaks of the fault.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.blocks import BlockJudge
from torq_conformance.judging.causes import causes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.mutants import gallery
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import PatientAdapter
from torq_conformance.running import lifetime
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
    lost: str = ""
    """Why nothing is known of it."""

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
    adapter: Adapter | None = None,
) -> Causes:
    """Judge a mutant by drawn questions and every test of the suite that has no state machine.

    It is called in this process unless there is an ``adapter`` to it.
    """
    started = time.perf_counter()
    judging = Judge(adapter or PatientAdapter(mutant), profile=profile)
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
    """Judge mutants, each in a process of its own; whatever ends this ends them all."""
    own = _Processes()

    def alone(mutant: Mutant) -> Causes:
        done = own.judge(mutant)
        on_done(done)
        return done

    pool = ThreadPoolExecutor(processes)
    try:
        return list(pool.map(alone, mutants))
    except BaseException:
        own.end()
        raise
    finally:
        # Not waited for: what an interrupt leaves locked holds up a thread for ever.
        pool.shutdown(wait=False, cancel_futures=True)


class _Processes:
    """The processes in which mutants are judged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[str]] = set()
        self._is_over = False

    def judge(self, mutant: Mutant) -> Causes:
        """What a full run says; a mutant that ends its process is judged from another one."""
        why = ""
        for is_apart in (False, True) if ":" not in mutant.id else (False,):
            document, why = self._ask(mutant, is_apart=is_apart)
            if document is not None:
                return Causes(**{**document, "requirements": tuple(document["requirements"])})
        requirements = tuple(mutant.requirements)
        return Causes(mutant.id, mutant.fault, requirements, (), SECONDS_MAX, why)

    def _ask(self, mutant: Mutant, *, is_apart: bool) -> tuple[dict[str, Any] | None, str]:
        """The document, or why there is none."""
        command = [sys.executable, "-m", __name__, mutant.id, str(os.getpid()), str(int(is_apart))]
        with self._lock:
            if self._is_over:
                return None, "was not judged"
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            self._live.add(process)
        try:
            out, errors = process.communicate(timeout=SECONDS_MAX)
            return json.loads(out), ""
        except subprocess.TimeoutExpired:
            return None, f"was not judged within {SECONDS_MAX:g} s"
        except ValueError:
            last = (errors.strip().splitlines() or ["it printed nothing"])[-1]
            return None, f"ended its process with code {process.returncode}: {last}"
        finally:
            with self._lock:
                self._live.discard(process)
            process.kill()
            process.wait()

    def end(self) -> None:
        """End them all, and start no more."""
        with self._lock:
            self._is_over = True
            for process in self._live:
                process.kill()


def main(id_: str, parent: str, is_apart: str) -> None:
    """Judge one mutant and print what is said of it as JSON."""
    lifetime.follow(int(parent))
    (mutant,) = (one for one in gallery.all_mutants() if one.id == id_)
    if is_apart != "1":
        sys.stdout.write(json.dumps(asdict(judge(mutant))))
        return
    kind = type(mutant)
    with closing(WorkerAdapter(f"python:{kind.__module__}:{kind.__name__}")) as adapter:
        sys.stdout.write(json.dumps(asdict(judge(mutant, adapter=adapter))))


if __name__ == "__main__":
    main(*sys.argv[1:])
