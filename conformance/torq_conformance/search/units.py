"""Judges units of a stream: in bulk, and whatever does not come back right, one by one.

A message that did not come back is asked about alone, made as plain as possible, and judged as the
suite judges: by an expectation, an outcome and the requirement that is violated.
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.implementations.outcomes import Crashed, Lost, Outcome, TimedOut
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.judging.message_shrinker import Spent, shrink, without
from torq_conformance.rejection import Rejected
from torq_conformance.search import one_message
from torq_conformance.search.batches import Door
from torq_conformance.search.messages import Messages
from torq_conformance.search.stream import Unit
from torq_specs.registry import REGISTRY, Registry

SHOWN_MAX = 3
"""Minimal disagreements of a type that are reported."""

SHRUNK_MAX = 8
"""Disagreements of a type that are shrunk to find those."""

CONFIRMED_MAX = 256
"""Disagreements after which a type is not searched any further."""

CRASHES_MAX = 60
HANGS_MAX = 3
"""Processes that the shrinking of one disagreement may cost."""


@dataclass(frozen=True)
class Disagreement:
    """A message that an implementation gets wrong, as plain as it can be."""

    number: int
    index: int
    """Among the messages of its type."""
    data: bytes
    failure: dict[str, Any]
    where: str
    repeat: str
    """The command that finds it again."""

    @property
    def requirement(self) -> str:
        """What is violated."""
        return str(self.failure["requirement"])


@dataclass
class Judged:
    """What came out of one unit."""

    unit: Unit
    digest: bytes
    judged: int = 0
    disagreeing: int = 0
    confirmed: int = 0
    """Disagreements, a breakdown counted as so many as end the search of a type."""
    disagreements: list[Disagreement] = field(default_factory=list)
    lost: str = ""


class BulkJudge:
    """Judges units one after the other; ``implementation`` is the name that a repetition needs.

    ``is_full``: of messages with full vectors only, which are another stream.
    """

    def __init__(
        self,
        adapter: Adapter,
        implementation: str,
        *,
        seed: int = 0,
        registry: Registry = REGISTRY,
        options: str = "",
        is_full: bool = False,
    ) -> None:
        self._door = Door(adapter, registry)
        self._seed = seed
        self._is_full = is_full
        self.registry = registry
        named = shlex.quote(implementation)
        self._repeat = f"torq-conformance search {named}{options} --seed {seed}"
        self._messages: dict[int, Messages] = {}
        self._confirmed: Counter[int] = Counter()
        self._shrunk: Counter[int] = Counter()
        self._minimal: dict[int, dict[bytes, None]] = {}

    def leave_out(self, numbers: Iterable[int]) -> None:
        """Make the messages of these types, and ask nobody about them."""
        for number in numbers:
            self._confirmed[number] = CONFIRMED_MAX

    def judge(self, unit: Unit) -> Judged:
        """Make, ask and judge the messages of a unit."""
        source = self._source(unit.number)
        sha = hashlib.sha256()
        judged, start = Judged(unit, b""), unit.start
        for batch in source.batches(unit.start, unit.stop):
            wire = batch.tobytes()
            sha.update(wire)
            if self._is_searched(unit.number) and not judged.lost:
                size = source.size
                # numpy cuts a batch five times as fast as slicing does.
                messages = batch.view(f"V{size}").ravel().tolist()
                self._judge_batch(messages, start, judged)
            start += len(batch)
        judged.digest = sha.digest()
        return judged

    def _source(self, number: int) -> Messages:
        if number not in self._messages:
            self._messages[number] = Messages(self.registry[number], self._seed, self._is_full)
        return self._messages[number]

    def _is_searched(self, number: int) -> bool:
        return self._confirmed[number] < CONFIRMED_MAX

    def _judge_batch(self, messages: list[bytes], start: int, judged: Judged) -> None:
        number, suspects = judged.unit.number, self._door.suspects(messages)
        judged.judged += len(messages) - len(suspects)
        has_found, right_alone = False, []
        for at in suspects:
            if not self._is_searched(number):
                return
            outcome, is_right = self._door.ask(messages[at])
            if isinstance(outcome, Lost):
                judged.lost = outcome.why
                return
            judged.judged += 1
            if is_right:
                right_alone.append(at)
                continue
            has_found = True
            self._count(judged)
            if _has_broken_down(outcome):
                # The next one would cost a process again.
                self._confirmed[number] = judged.confirmed = CONFIRMED_MAX
            self._keep(messages[at], start + at, outcome, judged)
        # One message that goes wrong may spoil the answers of a whole batch; that says nothing new.
        if right_alone and self._door.is_bulk and not has_found:
            self._count(judged, len(right_alone))
            self._keep_bulk(messages[right_alone[0]], start + right_alone[0], judged)

    def _count(self, judged: Judged, count: int = 1) -> None:
        self._confirmed[judged.unit.number] += count
        judged.disagreeing += count
        judged.confirmed += count

    def _keep(self, data: bytes, index: int, outcome: Outcome, judged: Judged) -> None:
        """Shrink and keep one disagreement, unless enough of its type are kept."""
        number = judged.unit.number
        if self._has_enough(number):
            return
        for known in self._minimal[number]:
            data = without(data, known, self.registry)
            outcome, is_right = self._door.ask(data)
            if is_right or isinstance(outcome, Lost):
                return
        self._shrunk[number] += 1
        least = shrink(data, _Patience(self._door, _sort_of(outcome)), self.registry)
        if least in self._minimal[number]:
            return
        self._minimal[number][least] = None
        where = f"search: {self.registry[number].name} {index}, made as plain as it can be"
        failure = one_message.failure(self._door, least, number)
        repeat = self._repetition(number, index)
        one = Disagreement(number, index, least, failure, where, repeat)
        judged.disagreements.append(one)

    def _keep_bulk(self, data: bytes, index: int, judged: Judged) -> None:
        """Keep a message that is right when asked alone and wrong among others."""
        number, door = judged.unit.number, self._door
        if self._has_enough(number):
            return
        self._shrunk[number] += 1
        among = "in a batch of others"
        if not door.ask_in_bulk(data):
            data = shrink(data, lambda message: not door.ask_in_bulk(message), self.registry)
            among = "through roundtrip_many"
        if data in self._minimal[number]:
            return
        self._minimal[number][data] = None
        where = f"search: {self.registry[number].name} {index}"
        failure = one_message.failure(door, data, number, among)
        repeat = self._repetition(number, index)
        one = Disagreement(number, index, data, failure, where, repeat)
        judged.disagreements.append(one)

    def _has_enough(self, number: int) -> bool:
        known = self._minimal.setdefault(number, {})
        return len(known) >= SHOWN_MAX or self._shrunk[number] >= SHRUNK_MAX

    def _repetition(self, number: int, index: int) -> str:
        # Of a single type the index in the stream is the index within the type.
        return f"{self._repeat} --type {self.registry[number].name} --start {index} --count 1"


class _Patience:
    """Whether a message goes wrong in the same way; Spent when asking has cost too much."""

    def __init__(self, door: Door, sort: object) -> None:
        self._door = door
        self._sort = sort
        self._crashes = CRASHES_MAX
        self._hangs = HANGS_MAX

    def __call__(self, message: bytes) -> bool:
        if not self._crashes or not self._hangs:
            raise Spent
        outcome, is_right = self._door.ask(message)
        match outcome:
            case Lost():
                raise Spent
            case TimedOut():
                self._hangs -= 1
            case Crashed() if outcome.has_ended_process:
                self._crashes -= 1
        return not is_right and _sort_of(outcome) == self._sort


def _sort_of(outcome: Outcome) -> object:
    match outcome:
        case Rejected(kind=kind):
            return kind
        case Crashed(how=how):
            return how.partition(":")[0]
        case _:
            return type(outcome)


def _has_broken_down(outcome: Outcome) -> bool:
    return isinstance(outcome, TimedOut) or (
        isinstance(outcome, Crashed) and outcome.has_ended_process
    )
