"""One mutant against the suite: which requirement kills it first, in which test.

The tests that name what the mutant violates come first, those for the types that it touches before
others, then the rest of the suite in its order. The trial ends with the first failure that speaks
of the fault; a failure that does not is remembered and the trial goes on.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import partial
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, errors, given, seed, settings

from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Outcome, TimedOut
from torq_conformance.implementations.protocol import Request
from torq_conformance.implementations.python_calls import bytes_of
from torq_conformance.judging.judge import Judge
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import AnyCase, cases_of
from torq_specs.registry import REGISTRY, Registry, TlvType
from torq_specs.requirements import layout_requirement_id

ANSWER_SECONDS = 5.0
"""After this time a call in process counts as a hang."""

AGAIN_SECONDS = 0.001
"""After this time a call is ended that could not be ended at once."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    MISATTRIBUTED = "misattributed"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Kill:
    """What became of a mutant: ``killer`` is the requirement that killed it, in which test.

    Misattributed: it was only killed by requirements that do not speak of its fault, ``killer`` the
    first of them. ``should``: a SHOULD finding killed it.
    """

    mutant: str
    fault: str
    requirements: tuple[str, ...]
    fate: Fate
    killer: str = ""
    chapter: str = ""
    test: str = ""
    case: str = ""
    seconds: float = 0.0
    is_should: bool = False


@dataclass(frozen=True)
class Stage:
    """One test, for one line of the registry if it is spread over them."""

    test: SuiteTest
    line: TlvType | None

    @property
    def named(self) -> tuple[str, ...]:
        """The requirements that it names, a pattern over layouts as that of its line."""
        if self.line is None:
            return self.test.requirements
        own = layout_requirement_id(self.line)
        return tuple(own if name == "LAYOUT-*" else name for name in self.test.requirements)

    def relevance(self, mutant: Mutant) -> int:
        """How likely it is to kill a mutant; 0 is the likeliest."""
        is_near = not mutant.touched or self.line is None or self.line.number in mutant.touched
        if self._names(mutant.requirements):
            return 0 if is_near else 1
        return 2 if self._names(mutant.shown_by) and is_near else 3

    def _names(self, requirements: Sequence[str]) -> bool:
        return any(fnmatchcase(id_, name) for id_ in requirements for name in self.named)


def stages_for(
    mutant: Mutant, tests: Sequence[SuiteTest], registry: Registry = REGISTRY
) -> list[Stage]:
    """Tests of the suite in the order in which a mutant meets them."""
    stages = [Stage(test, line) for test in tests for line in test.lines(registry)]
    return sorted(stages, key=lambda stage: stage.relevance(mutant))


class _Hung(BaseException):
    """Raised out of a call that takes too long."""


class PatientAdapter:
    """Calls a mutant in process, with a deadline: a signal ends what hangs in Python."""

    def __init__(self, mutant: Mutant) -> None:
        # A mutant may remember: it is made anew from what it was before the first question.
        make = partial(copy.deepcopy, copy.deepcopy(mutant))
        self._adapter = InProcessAdapter(mutant, mutant.name, make)
        self.identity = self._adapter.identity
        self._has_hung = False

    def call(self, request: Request) -> Outcome:
        """Ask one question."""
        return self.call_together((request,))[0]

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row; a hang is the outcome of all of them."""
        return self._patiently(partial(self._adapter.call_together, requests), len(requests))

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask several at once; a hang is the outcome of all of them."""
        ask = partial(self._adapter.call_at_once, requests, rounds)
        return self._patiently(ask, len(requests) * rounds)

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """Ask for many round trips at once, see ``BulkAdapter``."""
        return bytes_of(self.roundtrip_each(messages))

    def roundtrip_each(self, messages: Sequence[bytes]) -> list[Outcome | None]:
        """The same with an outcome for each; a hang is the outcome of all of them."""
        ask = partial(self._adapter.roundtrip_each, messages)
        return self._patiently(ask, len(messages))

    def _patiently(self, ask: Callable[[], list[Any]], count: int) -> list[Any]:
        self._has_hung = False
        signal.signal(signal.SIGALRM, self._end)
        signal.setitimer(signal.ITIMER_REAL, ANSWER_SECONDS)
        outcomes: list[Any] = []
        try:
            outcomes = ask()
        except _Hung:
            # The time was up just outside of the mutant's own code.
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return [TimedOut(ANSWER_SECONDS)] * count if self._has_hung else outcomes

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._has_hung = True
        if _is_collecting(frame):
            # What is raised there is lost, with a warning.
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
            return
        raise _Hung

    def renew(self) -> None:
        """Make the mutant anew."""
        self._adapter.renew()

    def close(self) -> None:
        """Nothing to let go of."""


def _is_collecting(frame: FrameType | None) -> bool:
    """Whether somebody is called by the garbage collector."""
    callbacks = {getattr(one, "__code__", None) for one in gc.callbacks}
    while frame is not None and frame.f_code not in callbacks:
        frame = frame.f_back
    return frame is not None


class Trial:
    """Judges one mutant stage by stage; ``examples`` is how many cases a generated test draws."""

    def __init__(
        self,
        mutant: Mutant,
        *,
        examples: int = 200,
        seed: int = 0,
        tests: Sequence[SuiteTest] | None = None,
        registry: Registry = REGISTRY,
    ) -> None:
        self.mutant = mutant
        self.tests = suite_tests() if tests is None else tests
        self.examples = examples
        self.judge = Judge(PatientAdapter(mutant), registry, seed)
        self.kill = survival(mutant)
        self._stage: Stage | None = None

    def run(self, on_stage: Callable[[Stage], None] = lambda _: None) -> Kill:
        """Judge until a failure speaks of the fault, or to the end of the suite."""
        started = time.perf_counter()
        for stage in stages_for(self.mutant, self.tests, self.judge.registry):
            if stage.test.is_stateful:
                # Slow, and it finds nothing that the others do not.
                continue
            on_stage(stage)
            self._stage = stage
            self.judge.start(stage.test.name, 0)
            if self._is_killed_by_generated() if stage.test.is_generated else self._is_killed():
                break
        return replace(self.kill, seconds=time.perf_counter() - started)

    def _is_killed(self) -> bool:
        assert self._stage is not None
        registry = self.judge.registry
        for case in cases_of(self._stage.test.source, registry, self._stage.line):
            if self._is_killed_by(case):
                return True
            if self.judge.breakdowns.why_over:
                return False
        return False

    def _is_killed_by_generated(self) -> bool:
        assert self._stage is not None
        line = self._stage.line
        source: Callable[..., Any] = self._stage.test.source
        registry = self.judge.registry
        strategy = source(registry) if line is None else source(registry, line)
        is_killed = False

        # Nothing is shrunk: which requirement fails is all that is asked.
        @seed(self.judge.seed)
        @settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            print_blob=False,
        )
        @given(strategy)
        def check(case: AnyCase) -> None:
            nonlocal is_killed
            if is_killed or self.judge.breakdowns.why_over:
                return
            is_killed = self._is_killed_by(case)

        # A mutant with a memory may answer differently when Hypothesis asks again.
        with contextlib.suppress(errors.Flaky):
            check()
        return is_killed

    def _is_killed_by(self, case: AnyCase) -> bool:
        self.judge.judge(case)
        failures = list(self._failures())
        if not failures:
            return False
        self.judge.record.tallies.clear()
        spoken = [failure for failure in failures if failure[0] in self.mutant.requirements]
        if spoken:
            self._note(Fate.KILLED, case, *spoken[0])
            return True
        if self.kill.fate is Fate.SURVIVED:
            self._note(Fate.MISATTRIBUTED, case, *failures[0])
        return False

    def _failures(self) -> Iterator[tuple[str, bool]]:
        for id_, tally in self.judge.record.tallies.items():
            if tally.failed or tally.findings:
                yield id_, not tally.failed

    def _note(self, fate: Fate, case: AnyCase, killer: str, is_should: bool) -> None:
        assert self._stage is not None
        test = self._stage.test
        self.kill = replace(
            self.kill,
            fate=fate,
            killer=killer,
            chapter=test.chapter,
            test=test.name,
            case=case.label,
            is_should=is_should,
        )


def survival(mutant: Mutant) -> Kill:
    """What is said of a mutant before anything has killed it."""
    return Kill(mutant.id, mutant.fault, tuple(mutant.requirements), Fate.SURVIVED)
