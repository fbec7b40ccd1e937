"""Asks several implementations the same questions and groups what the specification does not admit.

The questions of index i are the message i of the stream of a search, to be decoded and encoded
again, and its corrupted form, to be decoded. The specification alone decides: what most of them
answer is shown, and counts for nothing. Answers that differ and are all admissible are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from torq_conformance.compare.judged_answer import (
    STATE,
    Answer,
    LostError,
    Wrongness,
    answer_to_corrupted,
    answer_to_given,
    answer_to_valid,
    kinds_of,
)
from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.outcomes import Lost
from torq_conformance.implementations.protocol import NEEDS, Adapter, Operation, Request
from torq_conformance.judging.bytes_shrinker import reduce
from torq_conformance.judging.message_shrinker import Spent, shrink
from torq_conformance.search.batches import Door
from torq_conformance.search.corrupted_messages import corrupted
from torq_conformance.search.messages import Messages
from torq_conformance.search.stream import Unit
from torq_conformance.search.units import CRASHES_MAX, HANGS_MAX
from torq_specs.registry import REGISTRY, Registry

TOGETHER = 64
"""Corrupted messages that an implementation is asked about in one go."""

REPORTED_MAX = 12
"""Groups of disagreements that are shrunk and reported; the others are counted."""

ENDED_MAX = {"crash": 30, "hang": 3}
"""Processes that the comparison may cost before it ends early."""

Answers = tuple[Answer | None, ...]
"""Of each implementation in their order; None of one that does not claim what was asked."""


@dataclass(frozen=True)
class Key:
    """What the messages of a group have in common: how each of the implementations is wrong."""

    wrong: tuple[Wrongness, ...]
    kinds: frozenset[str]
    """Kinds of faults for which the messages may be refused; empty for valid ones."""
    number: int = 0
    """The type of valid messages; 0 for corrupted ones, and for those of files."""
    is_given: bool = False
    """Whether they are of files."""

    @property
    def order(self) -> tuple[int, int, bool]:
        """Few culprits and few faults first."""
        return sum(map(bool, self.wrong)), len(self.kinds), self.is_left_valid

    @property
    def is_left_valid(self) -> bool:
        """Whether the messages were to be corrupted and are valid yet."""
        return not self.number and not self.kinds and not self.is_given

    @property
    def faults(self) -> set[tuple[int, Wrongness]]:
        """Who is wrong, and how."""
        return {(at, wrong) for at, wrong in enumerate(self.wrong) if wrong}


@dataclass
class Group:
    """Messages that the same implementations get wrong in the same way, and the plainest of them.

    ``where`` is the first one's place in the stream, as in "corrupted Trade 17".
    """

    where: str
    data: bytes
    answers: Answers = ()
    count: int = 0


@dataclass
class Latitude:
    """Questions to which implementations gave different answers, all of them admissible."""

    count: int = 0
    example: bytes = b""
    answers: Answers = ()


@dataclass
class Compared:
    """What came out of a comparison; ``reported`` is of groups with different plainest messages."""

    valid: int = 0
    corrupted: int = 0
    groups: dict[Key, Group] = field(default_factory=dict)
    latitudes: dict[str, Latitude] = field(default_factory=dict)
    wrong: Counter[int] = field(default_factory=Counter)
    """Questions that each implementation answered wrong."""
    breakdowns: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Crashes and hangs of each implementation."""
    reported: list[Group] = field(default_factory=list)
    unreported: int = 0
    """Disagreements of groups that are not reported."""
    ended: str = ""
    """Why the comparison ended early: an implementation that breaks down again and again."""
    lost: str = ""


def _common(claimed: Sequence[Registry], registry: Registry) -> Registry:
    """The types that everybody claims."""
    numbers = [line.number for line in registry if all(line.number in one for one in claimed)]
    if not numbers:
        raise KitError(
            "No type is claimed by all of these implementations.",
            "Compare those that have a type in common.",
        )
    return registry.restricted_to(numbers)


class Comparison:
    """Compares unit after unit; the doors are closed by whoever opened the adapters."""

    def __init__(
        self, adapters: Sequence[Adapter], *, seed: int = 0, registry: Registry = REGISTRY
    ) -> None:
        claimed = [claimed_registry(adapter.identity, registry) for adapter in adapters]
        self.doors = [Door(*one) for one in zip(adapters, claimed, strict=True)]
        self.result = Compared()
        self._seed = seed
        self.registry = _common(claimed, registry)
        self._sources: dict[int, Messages] = {}

    def compare(self, unit: Unit) -> int:
        """Ask everything about the messages of a unit; how many of them were asked about."""
        source, start = self._source(unit.number), unit.start
        try:
            for batch in source.batches(unit.start, unit.stop):
                messages = [row.tobytes() for row in batch]
                self._compare_valid(unit.number, start, messages)
                for at in range(0, len(messages), TOGETHER):
                    self._compare_corrupted(unit.number, start + at, messages[at : at + TOGETHER])
                start += len(messages)
        except LostError as lost:
            self.result.lost = str(lost)
        except _EndedError as ended:
            self.result.ended = str(ended)
        return start - unit.start

    def compare_given(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Ask everything about messages of files, each with the name of its file."""
        try:
            for name, data in messages:
                answers = tuple(answer_to_given(door, data) for door in self.doors)
                self._note(0, name, data, answers, is_given=True)
                if kinds_of(data, self.registry):
                    self.result.corrupted += 1
                else:
                    self.result.valid += 1
        except LostError as lost:
            self.result.lost = str(lost)
        except _EndedError as ended:
            self.result.ended = str(ended)

    def tell(self) -> None:
        """Shrink a message of each group, those with few culprits first."""
        self.result.reported, self.result.unreported = [], 0
        reported: dict[tuple[tuple[Wrongness, ...], bytes], Group] = {}
        known: set[tuple[int, Wrongness]] = set()
        pending = sorted(self.result.groups.items(), key=lambda item: item[0].order)
        for key, group in pending:
            # Faults that are reported one by one meet by chance, and in what corruption left valid.
            if key.faults <= known and (len(key.faults) > 1 or key.is_left_valid):
                self.result.unreported += group.count
                continue
            if len(reported) >= REPORTED_MAX:
                self.result.unreported += group.count
                continue
            shrunk = self._shrunk(key, group)
            same = reported.setdefault((key.wrong, shrunk.data), shrunk)
            if same is not shrunk:
                same.count += shrunk.count
            known |= key.faults
        self.result.reported = sorted(reported.values(), key=lambda group: -group.count)

    def _compare_valid(self, number: int, start: int, messages: Sequence[bytes]) -> None:
        suspects = [door.suspects(messages) for door in self.doors]
        first_right_alone: dict[int, int] = {}
        for at in sorted({at for some in suspects for at in some}):
            answers = self._answers_to_valid(messages[at], number)
            for who, some in enumerate(suspects):
                answer = answers[who]
                if at in some and answer is not None and not answer.wrong:
                    first_right_alone.setdefault(who, at)
            self._note(number, f"valid {self._name(number)} {start + at}", messages[at], answers)
        self.result.valid += len(messages)
        for who, at in first_right_alone.items():
            self._note_batch(who, number, start + at, messages[at], suspects[who])

    def _note_batch(
        self, who: int, number: int, index: int, message: bytes, suspects: Sequence[int]
    ) -> None:
        """A batch may be spoilt by one message of it; that, however, is reported by itself."""
        is_explained = any(
            group.count and key.wrong[who] for key, group in self.result.groups.items()
        )
        if self.doors[who].is_bulk and not is_explained:
            answers = list(self._answers_to_valid(message, number))
            answers[who] = STATE
            where = f"valid {self._name(number)} {index}, in a batch of {len(suspects)} or more"
            self._note(number, where, message, tuple(answers))

    def _compare_corrupted(self, number: int, start: int, messages: Sequence[bytes]) -> None:
        made = [
            corrupted(self._seed, number, start + at, message, self.registry)
            for at, message in enumerate(messages)
        ]
        columns = [list(self._column(door, made)) for door in self.doors]
        for at, answers in enumerate(zip(*columns, strict=True)):
            self._note(0, f"corrupted {self._name(number)} {start + at}", made[at], answers)
        self.result.corrupted += len(made)

    def _column(self, door: Door, made: Sequence[bytes]) -> Iterator[Answer | None]:
        """The answers of one implementation; what is wrong in a row is asked again alone."""
        if not NEEDS[Operation.DECODE] <= door.adapter.identity.capabilities:
            yield from [None] * len(made)
            return
        outcomes = door.adapter.call_together([Request(Operation.DECODE, one) for one in made])
        for data, outcome in zip(made, outcomes, strict=True):
            answer = None
            if not isinstance(outcome, Lost):
                answer = answer_to_corrupted(door, data, outcome)
            if answer is None or answer.wrong:
                alone = answer_to_corrupted(door, data)
                if answer is not None and alone is not None and not alone.wrong:
                    alone = replace(STATE, choice=alone.choice)
                answer = alone
            yield answer

    def _answers_to_valid(self, data: bytes, number: int) -> Answers:
        return tuple(answer_to_valid(door, data, number) for door in self.doors)

    def answers(self, key: Key, data: bytes) -> Answers:
        """What everyone answers to a message of the sort that a group has."""
        if key.number:
            return self._answers_to_valid(data, key.number)
        if key.is_given:
            return tuple(answer_to_given(door, data) for door in self.doors)
        return tuple(answer_to_corrupted(door, data) for door in self.doors)

    def _note(
        self, number: int, where: str, data: bytes, answers: Answers, *, is_given: bool = False
    ) -> None:
        if not any(answer is not None and answer.wrong for answer in answers):
            self._note_latitude(data, answers)
            return
        for who, answer in enumerate(answers):
            self.result.wrong[who] += answer is not None and bool(answer.wrong)
        key = Key(_wrong(answers), kinds_of(data, self.registry), number, is_given)
        group = self.result.groups.setdefault(key, Group(where, data, answers))
        group.count += 1
        if len(data) < len(group.data):
            group.where, group.data, group.answers = where, data, answers
        self._note_ends(answers)

    def _note_ends(self, answers: Answers) -> None:
        for who, answer in enumerate(answers):
            if answer is not None and answer.has_ended:
                self.result.breakdowns[who, answer.has_ended] += 1
        names = [door.adapter.identity.name for door in self.doors]
        if why := why_ended(self.result.breakdowns, names):
            raise _EndedError(why)

    def _note_latitude(self, data: bytes, answers: Answers) -> None:
        what = latitude(answers)
        if not what:
            return
        found = self.result.latitudes.setdefault(what, Latitude())
        found.count += 1
        if not found.example or len(data) < len(found.example):
            found.example, found.answers = data, answers

    def _shrunk(self, key: Key, group: Group) -> Group:
        """The same group with the plainest message that is found for it."""
        if STATE.wrong in key.wrong:
            return group
        is_alike = _Alike(self, key)
        try:
            if key.number:
                data = shrink(group.data, is_alike, self.registry)
            else:
                data = reduce(group.data, is_alike, self.registry)
            answers = self.answers(key, data)
        except LostError as lost:
            self.result.lost = str(lost)
            return group
        return Group(group.where, data, answers, group.count)

    def _source(self, number: int) -> Messages:
        if number not in self._sources:
            self._sources[number] = Messages(self.registry[number], self._seed)
        return self._sources[number]

    def _name(self, number: int) -> str:
        return self.registry[number].name


def why_ended(breakdowns: Mapping[tuple[int, str], int], names: Sequence[str]) -> str:
    """Why a comparison ends early, after so many breakdowns; empty while it goes on."""
    for (who, kind), count in breakdowns.items():
        if count >= ENDED_MAX[kind]:
            plural = "crashes" if kind == "crash" else "hangs"
            return f"{names[who]} broke down too often: {ENDED_MAX[kind]} {plural}"
    return ""


class _Alike:
    """Whether a message is of a group, or of one with fewer faults of the same kinds."""

    def __init__(self, comparison: Comparison, key: Key) -> None:
        self._comparison = comparison
        self._key = key
        self._left = {"crash": CRASHES_MAX, "hang": HANGS_MAX}

    def __call__(self, data: bytes) -> bool:
        if min(self._left.values()) <= 0:
            raise Spent
        if not self._key.number:
            kinds = kinds_of(data, self._comparison.registry)
            if not kinds <= self._key.kinds or bool(kinds) != bool(self._key.kinds):
                return False
        answers = self._comparison.answers(self._key, data)
        for answer in answers:
            if answer is not None and answer.has_ended:
                self._left[answer.has_ended] -= 1
        return _wrong(answers) == self._key.wrong


class _EndedError(Exception):
    """Going on would cost too many processes."""


def _wrong(answers: Answers) -> tuple[Wrongness, ...]:
    return tuple(() if answer is None else answer.wrong for answer in answers)


PADDING = "padding or stale slots that are not zero: refused by some, taken by others"
FAULTS = "several faults in one message: another one was named"
CONTEXT = "the same fault with another context"


def latitude(answers: Answers) -> str:
    """In which respect admissible answers differ; "" if they are the same."""
    choices = {answer.choice for answer in answers if answer is not None}
    kinds = {choice[:1] for choice in choices}
    if () in choices and len(choices) > 1:
        return PADDING
    if len(kinds) > 1:
        return FAULTS
    # Who claims no context chose none.
    return CONTEXT if len({choice for choice in choices if choice[1:]}) > 1 else ""
