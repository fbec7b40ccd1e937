"""One run: the tests of each domain, their records, and the results document they come to."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.judging.record import TestRecord
from torq_conformance.relay import drawn
from torq_conformance.relay.actions import Action, Do, Schedule, connect
from torq_conformance.relay.cases import Bench, RelayCase, RelayTest, SceneCase
from torq_conformance.relay.catalog import DRAWN, TESTS
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.process import checked
from torq_conformance.relay.shrinking import shrunk
from torq_conformance.relay.verdicts import rule_of_problem, take
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import provenance
from torq_conformance.running.known_failures import KnownFailures
from torq_conformance.running.results import Results
from torq_specs.registry import REGISTRY
from torq_specs.relay_rules import CLAIMS, RELAY_DOMAINS, RelayDomainRule
from torq_specs.requirements import relay_requirements

REFERENCE = "reference"

SCHEDULES = {"quick": 20, "standard": 1000, "exhaustive": 10_000}
"""Drawn schedules of a domain by profile."""

QUICK_EVERY = 6
"""Of enumerated cases the quick profile asks the first of so many."""

DEADLINES_MAX = 2
"""A test that has met the deadline so often ends: it has failed, and every further one costs it."""

FAILED_MAX = 12
"""A test ends after so many failed cases."""

DEADLINES_IN_ALL_MAX = 8
"""After so many deadlines in a domain, what is left of it is not asked."""

DRAWN_FAILED_MAX = 6
SHRUNK_MAX = 3

TIMED = frozenset(
    {
        *("stuck", "deaf", "open", "late", "delayed", "refused", "leaked", "silent"),
        *("undelivered", "held up"),
    }
)
"""Kinds of problems that a busy machine might cause: they count if they come three times."""

HISTORY = 24
"""Schedules before a failing one that may be what it needs to fail."""


def command_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The command of a name, and what it claims: ``reference`` is the reference relay."""
    if name != REFERENCE:
        return checked(name), ()
    words = "-m torq_conformance.relay.reference --domain {domain} --socket {socket}"
    return f"{sys.executable} -P {words} --audit {{audit}}", ("audit", "metrics")


def claims_of(text: str) -> tuple[str, ...]:
    """The claims of a list with commas; KitError names those that there are."""
    claims = tuple(word.strip() for word in text.split(",") if word.strip())
    unknown = [word for word in claims if word not in CLAIMS]
    if unknown:
        raise KitError(f"There is no claim {unknown[0]!r:.60}.", f"There are {', '.join(CLAIMS)}.")
    return claims


@dataclass
class RelayRun:
    """What is judged, and how hard."""

    name: str
    claims: tuple[str, ...] = ()
    domains: tuple[int, ...] = (1, 2, 3)
    profile: str = "standard"
    seed: int = 0
    schedules: int | None = None
    deadline: float = 5.0
    start_deadline: float = 10.0
    select: str = ""
    folder: Path | None = None
    known: KnownFailures | None = None
    tell: Callable[[str], object] = field(default=lambda _: None)

    def __post_init__(self) -> None:
        self.command, own = command_of(self.name)
        self.claims = tuple(dict.fromkeys((*own, *self.claims)))
        self._benches: dict[int, Bench] = {}

    def bench(self, rule: RelayDomainRule) -> Bench:
        """The bench of a domain."""
        if int(rule.domain) not in self._benches:
            self._benches[int(rule.domain)] = Bench(
                self.command,
                rule,
                self.claims,
                self.deadline,
                self.start_deadline,
                self.folder,
            )
        return self._benches[int(rule.domain)]

    def close(self) -> None:
        """End every relay."""
        for bench in self._benches.values():
            bench.close()
        self._benches.clear()

    @property
    def rules(self) -> list[RelayDomainRule]:
        """The domains that are judged."""
        return [rule for rule in RELAY_DOMAINS if int(rule.domain) in self.domains]

    @property
    def drawn_count(self) -> int:
        """How many schedules are drawn for a domain."""
        return SCHEDULES[self.profile] if self.schedules is None else self.schedules

    def plan(self) -> Iterator[tuple[RelayDomainRule, str, RelayTest | None, int]]:
        """Domain, name, test (none: drawn) and number of cases of what is to be judged."""
        for rule in self.rules:
            for test in TESTS:
                name = f"{test.name}[{rule.domain.name}]"
                is_asked = self.profile == "exhaustive" or not test.is_long
                if is_asked and int(rule.domain) in test.domains and self.select in name:
                    yield rule, name, test, len(self.cases(test, rule))
            name = f"{DRAWN}[{rule.domain.name}]"
            if self.drawn_count and self.select in name:
                yield rule, name, None, self.drawn_count

    def cases(self, test: RelayTest, rule: RelayDomainRule) -> Sequence[RelayCase]:
        """The cases of a test in this profile."""
        every = QUICK_EVERY if self.profile == "quick" else 1
        return [*test.source(rule)][::every]

    def results(self) -> Results:
        """Empty results of this run."""
        about = provenance.about(REGISTRY)
        return Results(
            {
                "given_as": self.name,
                "name": shown(self.name, 120),
                "version": "",
                "language": "relay",
                "capabilities": sorted(self.claims),
                "files": provenance.files_of(f"stdio:{self.command}"),
            },
            {
                "profile": self.profile,
                "seed": self.seed,
                "level": "must",
                "deadline": self.deadline,
                "domains": [rule.domain.name for rule in self.rules],
                "schedules": self.drawn_count,
                "select": self.select,
                "is_part": bool(self.select),
            },
            {**about, "specification": _digest()},
            known=self.known,
            rules=relay_requirements(),
        )

    def run(
        self,
        results: Results,
        progress: Callable[[int, str], None] = lambda *_: None,
    ) -> None:
        """Judge everything that is planned, into ``results``."""
        planned = [*self.plan()]
        results.planned_tests = {name: count for _, name, _, count in planned}
        whole = sum(results.planned_tests.values()) or 1
        done = 0
        try:
            for rule, name, test, count in planned:
                progress(done * 100 // whole, f"judging {name}")
                record = self.judge(rule, name, test, count)
                results.records[name] = record
                done += count
        except KeyboardInterrupt:
            results.broken.append("the run was interrupted")
        finally:
            self.close()

    def judge(
        self, rule: RelayDomainRule, name: str, test: RelayTest | None, count: int
    ) -> TestRecord:
        """The record of one test."""
        record = TestRecord(name, planned=count)
        bench = self.bench(rule)
        judging = Judging(bench, record)
        try:
            if test is None:
                judging.drawn(self.seed, count)
            else:
                judging.enumerated(self.cases(test, rule))
        except (KitError, OSError) as error:
            # A relay that once ran does not start again.
            record.lost = shown(error, 300)
            bench.restart()
        return record


def _digest() -> str:
    lines = [f"{one.id} {one.level} {one.text}" for one in relay_requirements().values()]
    lines += [repr(rule) for rule in RELAY_DOMAINS]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass
class Judging:
    """Asks the cases of one test."""

    bench: Bench
    record: TestRecord
    failed_max: int = FAILED_MAX
    is_confirmed: bool = True
    """Whether what a busy machine might cause is asked three times."""
    deadlines: int = 0
    failed: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def enumerated(self, cases: Sequence[RelayCase]) -> None:
        """Ask every case, unless it has failed often enough."""
        for case in cases:
            if self._is_enough():
                break
            self.one(case)
        self.record.digest = self._hash.hexdigest()

    def _is_enough(self) -> bool:
        """Whether to ask on would only take long; says so in the record."""
        has_waited = self.deadlines >= DEADLINES_MAX or self.bench.deadlines >= DEADLINES_IN_ALL_MAX
        if has_waited or self.failed >= self.failed_max:
            why = "met the deadline" if has_waited else "failed often"
            self.record.ended = f"ended early: they {why}"
            return True
        return False

    def one(self, case: RelayCase) -> bool:
        """Ask one case; whether it is right."""
        self._hash.update(f"{case.requirement} {case.label}".encode())
        claim = case.claim if isinstance(case, SceneCase) else ""
        if claim and claim not in self.bench.claims:
            self.record.leave_out(case.requirement)
            return True
        found, also = self.ask(case)
        found = self._confirm(case, found)
        self._take(case, found, also)
        return not found

    def ask(self, case: RelayCase, *, is_fresh: bool = False) -> tuple[list[Problem], list[str]]:
        """What is wrong with a case, and which rules it was about as well."""
        if is_fresh:
            self.bench.restart()
        if isinstance(case, SceneCase):
            found, also = case.scene(self.bench), []
        else:
            stage = self.bench.stage
            found = [*stage.perform(case)]
            also = [*stage.findings.disturbed] if not found else []
        if found or self._has_stopped():
            self.bench.restart()
        return found, also

    def _has_stopped(self) -> bool:
        stage = self.bench._stage
        return stage is not None and stage.relay.has_ended

    def _confirm(self, case: RelayCase, found: list[Problem]) -> list[Problem]:
        """What a busy machine might cause counts if it comes three times in a row."""
        kinds = {(rule_of_problem(one, case.requirement), one.what) for one in found}
        is_known = kinds <= self.bench.confirmed or not self.is_confirmed
        if not found or not all(what in TIMED for _, what in kinds) or is_known:
            return found
        for _ in range(2):
            found, _ = self.ask(case, is_fresh=True)
            if not found:
                return found
        self.bench.confirmed |= {(rule_of_problem(p, case.requirement), p.what) for p in found}
        return found

    def _take(self, case: RelayCase, found: list[Problem], also: Collection[str]) -> None:
        self.failed += bool(found)
        has_waited = any(problem.what in {"stuck", "deaf", "held up"} for problem in found)
        self.deadlines += has_waited
        self.bench.deadlines += has_waited
        is_drawn = self.record.test.startswith(DRAWN)
        about = "" if is_drawn else case.requirement
        losing = self.bench.losing
        take(
            self.record,
            case,
            found,
            domain=self.bench.domain,
            also=also if is_drawn else (),
            requirement=about,
            losing=losing,
        )
        losing |= {rule_of_problem(p, about, losing) for p in found if p.what == "lost"}

    # Drawn.

    def drawn(self, seed: int, count: int) -> None:
        """Ask drawn schedules; a failing one is made as small as can be."""
        earlier: list[Schedule] = []
        shrunken = 0
        self.failed_max = min(self.failed_max, DRAWN_FAILED_MAX)
        for index in range(count):
            if self._is_enough():
                break
            schedule = drawn.schedule(seed, index, self.bench.rule)
            self._hash.update(repr(schedule.actions).encode())
            found, also = self.ask(schedule)
            case: Schedule = schedule
            found = self._confirm(schedule, found)
            if found and shrunken < SHRUNK_MAX:
                shrunken += 1
                case, found = self._smallest(schedule, earlier, found)
            self._take(case, found, also)
            earlier = [*earlier, schedule][-HISTORY:] if not found else []
        self.record.digest = self._hash.hexdigest()

    def _smallest(
        self, schedule: Schedule, earlier: Sequence[Schedule], found: list[Problem]
    ) -> tuple[Schedule, list[Problem]]:
        """The smallest schedule that fails in the same way, by itself on a new relay."""

        # A smaller schedule may leave fewer reasons for a loss, and the right one first.
        def kind(one: Problem) -> tuple[str, str]:
            return ("" if one.what == "lost" else rule_of_problem(one, ""), one.what)

        kinds = {kind(one) for one in found}
        best = found

        def fails(candidate: Schedule) -> bool:
            nonlocal best
            problems, _ = self.ask(candidate, is_fresh=True)
            same = [p for p in problems if kind(p) in kinds]
            if same:
                best = problems
            return bool(same)

        for count in (0, 1, 4, HISTORY):
            candidate = joined(
                [*earlier[len(earlier) - count :], schedule] if count else [schedule]
            )
            if fails(candidate):
                deadline = self.bench.deadline
                # What fails by the deadline fails by a shorter one.
                self.bench.deadline = min(deadline, 1.0)
                try:
                    smallest = shrunk(candidate, fails)
                finally:
                    self.bench.deadline = deadline
                    self.bench.restart()
                return smallest, best
        return schedule, found


def joined(schedules: Sequence[Schedule]) -> Schedule:
    """Schedules one after the other, each connection closed between them."""
    actions: list[Action] = []
    for at, one in enumerate(schedules):
        if at:
            names = {action.who for action in actions if action.do is Do.CONNECT}
            actions += [Action(Do.CLOSE, name) for name in sorted(names)]
        actions += [
            action for action in one.actions if action.do is not Do.STOP or at == len(schedules) - 1
        ]
    return replace(schedules[-1], actions=tuple(actions))


def find_case(kept: dict[str, Any]) -> tuple[RelayCase, str]:
    """The case that a results file has kept, and its test; KitError where there is none."""
    from torq_conformance.model.values import FormError
    from torq_conformance.relay.actions import from_json

    if "schedule" in kept:
        try:
            return from_json(kept), "replay"
        except FormError as error:
            raise KitError(f"The case cannot be read: {error}.", "Run the suite again.") from error
    rule = next((one for one in RELAY_DOMAINS if int(one.domain) == kept.get("domain")), None)
    for test in TESTS:
        if test.name == kept.get("scene") and rule is not None:
            for case in test.source(rule):
                if case.label == kept.get("label"):
                    return case, test.name
    raise KitError("This kit has no such case.", "Run the suite again.")


def check_starts(run: RelayRun) -> None:
    """Start a relay of each domain once; KitError says in one line why that is not possible."""
    for rule in run.rules:
        bench = run.bench(rule)
        stage = bench.stage
        with suppress(OSError):
            stage.relay.look()
        began = time.monotonic()
        stage.begin()
        stage.do(*connect("a"))
        stage.finish()
        if stage.relay.has_ended:
            seconds = time.monotonic() - began
            raise KitError(
                f"The relay ended after {seconds:.1f} s: {stage.relay.why_ended()}.",
                f"Try it by hand: {stage.relay.command}",
            )
        bench.restart()
