"""Asks two revisions of one implementation the same, and groups what one answers otherwise.

The questions are those of the drawn stream, in the order in which a run asks them. Neither revision
is presumed right: of each change the specification says whether it mends, breaks, or is free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from torq_conformance.cases.case import Case
from torq_conformance.cases.stream import plan
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Adapter, Capability, Identity, Request, Way
from torq_conformance.judging import verdicts
from torq_conformance.judging.blocks import about
from torq_conformance.judging.expectations import Accept
from torq_conformance.judging.inquiry import Inquiry, is_failed, needed
from torq_conformance.judging.verdicts import blanked
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.rejection import Rejected, Unsupported
from torq_specs.registry import Registry

TOGETHER = 64
"""Questions that are asked in one go."""

KINDS_MAX = 60
"""Kinds of changes that are told apart; others are counted."""

BROKEN_DOWN_MAX = 20
"""Calls that a revision may break down in before the comparison ends."""


class Sense(StrEnum):
    """What the specification says of a change."""

    BROKEN = "broken"
    WRONG = "wrong before and after"
    MENDED = "mended"
    FREE = "right before and after"


@dataclass(frozen=True)
class Plan:
    """What is asked of both: ``count`` questions of ``seed``, from a block on."""

    old: str
    new: str
    seed: int = 0
    start: int = 0
    count: int = 20_000
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None


@dataclass
class Change:
    """Questions that were answered otherwise in one way, and the plainest of them."""

    sense: Sense
    what: str
    requirement: str
    request: Request
    old: Outcome
    new: Outcome
    count: int = 1
    is_alone: bool = True
    """Whether one question alone shows it; else other calls do."""


@dataclass
class Revised:
    """What came out."""

    identities: tuple[Identity, Identity]
    asked: int = 0
    not_claimed: int = 0
    changes: list[Change] = field(default_factory=list)
    others: int = 0
    """Changed answers of further kinds."""
    seconds: list[float] = field(default_factory=lambda: [0.0, 0.0])
    lost: str = ""

    @property
    def claims(self) -> tuple[list[Capability], list[Capability]]:
        """Capabilities that are claimed no longer, and those that are new."""
        old, new = (set(one.capabilities) for one in self.identities)
        return sorted(old - new), sorted(new - old)


def compare(what: Plan, progress: Callable[[int], object] = lambda _: None) -> Revised:
    """Ask both; KitError where one cannot be reached or they have no type in common."""
    registry = registry_with(what.vendor_specs)
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(closing(_connect(one, what))) for one in (what.old, what.new)
        )
        claimed = [claimed_registry(one.identity, registry) for one in (old, new)]
        common = [line.number for line in registry if all(line.number in one for one in claimed)]
        if not common:
            raise KitError(
                "The two revisions have no type in common.", "Compare those that have one."
            )
        comparing = _Comparing(old, new, registry.restricted_to(common))
        try:
            requests = _requests(what, comparing.registry)
            while some := list(islice(requests, TOGETHER)):
                comparing.ask(some)
                progress(len(some))
                if comparing.found.lost:
                    break
        except KeyboardInterrupt:
            comparing.found.lost = "interrupted"
        comparing.ask_alone()
        return comparing.found


def _connect(name: str, what: Plan) -> Adapter:
    is_in_process = what.is_in_process and not name.startswith("stdio:")
    registry = registry_with(what.vendor_specs)
    return connect(name, is_in_process=is_in_process, deadline=what.deadline, registry=registry)


def _requests(what: Plan, registry: Registry) -> Iterator[Request]:
    stream, left, block = Stream(what.seed, registry), what.count, what.start
    while left > 0:
        for call in plan.calls(stream, block, Way.ROW):
            yield call.request
            left -= 1
            if not left:
                return
        block += 1


class _Comparing:
    """Two live revisions, and what they answered otherwise so far."""

    def __init__(self, old: Adapter, new: Adapter, registry: Registry) -> None:
        self.registry = registry
        self.found = Revised((old.identity, new.identity))
        self._sides = Inquiry(old, registry), Inquiry(new, registry)
        self._kinds: dict[tuple[str, str, Sense], Change] = {}
        self._broken_down = [0, 0]

    def ask(self, requests: Sequence[Request]) -> None:
        """Ask both in a row, and note what differs."""
        claimed = self._sides[0].capabilities & self._sides[1].capabilities
        own = [one for one in requests if needed(Case("", "", one)) <= claimed]
        self.found.not_claimed += len(requests) - len(own)
        if not own:
            return
        answers = [self._answers(at, own) for at in (0, 1)]
        for request, old, new in zip(own, *answers, strict=True):
            self._note(request, old, new)
        self.found.asked += len(own)

    def _answers(self, at: int, requests: Sequence[Request]) -> list[Outcome]:
        side = self._sides[at]
        began = time.perf_counter()
        outcomes = side.ask_in_a_row(tuple(requests))
        self.found.seconds[at] += time.perf_counter() - began
        if any(isinstance(one, Lost) for one in outcomes):
            # Behind a breakdown nothing was looked at: each is asked again.
            outcomes = [side.ask(one) for one in requests]
        self._broken_down[at] += sum(isinstance(o, Crashed | TimedOut) for o in outcomes)
        lost = next((one.why for one in outcomes if isinstance(one, Lost)), "")
        if lost or self._broken_down[at] > BROKEN_DOWN_MAX:
            name = self.found.identities[at].name
            self.found.lost = lost or f"{name} broke down in {self._broken_down[at]} calls"
        return outcomes

    def _note(self, request: Request, old: Outcome, new: Outcome) -> None:
        if _is_same(old, new, self._sides) or isinstance(old, Lost) or isinstance(new, Lost):
            return
        right = self._sides[0].expect(request)
        requirement = about(request, right)
        is_right = [
            side.is_right(requirement, request, right, outcome)
            for side, outcome in zip(self._sides, (old, new), strict=True)
        ]
        sense = _sense(*is_right)
        what, kind, requirement = self._difference(requirement, request, old, new)
        key = (requirement, kind, sense)
        change = self._kinds.get(key)
        if change is None and len(self._kinds) >= KINDS_MAX:
            self.found.others += 1
        elif change is None:
            self._kinds[key] = Change(sense, what, requirement, request, old, new)
            self.found.changes = [*self._kinds.values()]
        else:
            change.count += 1
            if _size(request) < _size(change.request):
                change.request, change.old, change.new, change.what = request, old, new, what

    def _difference(
        self, requirement: str, request: Request, old: Outcome, new: Outcome
    ) -> tuple[str, str, str]:
        """What is otherwise, its kind, and the requirement that it speaks of."""
        if isinstance(old, Accepted) and isinstance(new, Accepted):
            claimed = self._sides[1].capabilities
            found = verdicts.judge(
                requirement, request, Accept(old.value), new, claimed, self.registry
            )
            if is_failed(found):
                first = found[0]
                kind = str([(way.subject, way.kind) for way in first.ways])
                return first.problem, kind, first.requirement
        what = f"{gist(old)} before, {gist(new)} now"
        return what, blanked(what), requirement

    def ask_alone(self) -> None:
        """Find out of each change whether its question alone shows it."""
        for change in self.found.changes:
            old, new = (side.ask_alone(change.request) for side in self._sides)
            change.is_alone = not _is_same(old, new, self._sides)


def gist(outcome: Outcome) -> str:
    """What came back, in a few words."""
    match outcome:
        case Accepted():
            return "accepted"
        case Rejected(kind=kind):
            return f"refused as {kind:.40}"
        case Crashed(how=how):
            return f"a crash ({how:.60})"
        case TimedOut():
            return "no answer"
        case OutOfProtocol():
            return "an answer of another form"
        case Unsupported():
            return "unsupported"
        case Lost(why=why):
            return f"lost: {why:.60}"


def _is_same(old: Outcome, new: Outcome, sides: tuple[Inquiry, Inquiry]) -> bool:
    if isinstance(old, Rejected) and isinstance(new, Rejected):
        has_context = all(Capability.ERROR_CONTEXT in side.capabilities for side in sides)
        return old.kind == new.kind and (not has_context or old.context == new.context)
    if isinstance(old, Crashed) and isinstance(new, Crashed):
        return old.how == new.how
    if isinstance(old, Accepted) and isinstance(new, Accepted):
        return type(old) is type(new) and bool(old.value == new.value)
    return type(old) is type(new)


def _sense(was_right: bool, is_right: bool) -> Sense:  # two of a kind
    if was_right:
        return Sense.FREE if is_right else Sense.BROKEN
    return Sense.MENDED if is_right else Sense.WRONG


def _size(request: Request) -> int:
    data = request.argument
    return len(data) if isinstance(data, bytes) else len(repr(data))
