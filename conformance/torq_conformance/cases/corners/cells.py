"""Cells: the questions of a dimension, each described at once and made only when it is asked.

Counting and choosing cells makes no message. ``chosen`` takes one in so many by profile; which ones
is spread evenly over the dimension, whatever order its axes are nested in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from torq_conformance.cases.case import Case, Sequence
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Operation, Request
from torq_specs.registry import Registry

Ask = Request | tuple[Request, ...]
"""One question, or a row of them."""

SPREAD = 0x9E3779B1
"""The golden ratio of 32 bits: its multiples lie evenly, and share no period with any axis."""

EXHAUSTIVE = "exhaustive"
"""The profile that asks every cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One corner: the requirement that it judges, what is special, and how its question is made."""

    requirement: str
    label: str
    make: Callable[[], Ask]

    def case(self) -> Case | Sequence:
        """The question, made."""
        asked = self.make()
        if isinstance(asked, tuple):
            return Sequence(self.requirement, self.label, asked)
        return Case(self.requirement, self.label, asked)


@dataclass(frozen=True)
class Share:
    """Of how many cells one is asked, in the profiles that do not ask all."""

    quick: int = 32
    standard: int = 1

    def of(self, profile: str) -> int:
        """One in so many cells."""
        shares = {"quick": self.quick, "standard": self.standard, EXHAUSTIVE: 1}
        if profile not in shares:
            problem = f"No dimension knows the profile {profile}."
            raise KitError(problem, f"There are: {', '.join(shares)}.")
        return shares[profile]


def insist(registry: Registry, problem: str, hint: str) -> None:
    """A registry that cannot hold a pattern is a KitError, unless it is a part of the types."""
    if not registry.unclaimed:
        raise KitError(problem, hint)


def chosen(
    name: str, cells: Iterable[Cell], one_in: int, *, may_be_empty: bool = False
) -> list[Cell]:
    """One in so many of a dimension's cells, at least one; KitError where it has none."""
    everything = [*cells]
    if not everything and not may_be_empty:
        raise KitError(
            f"The dimension {name} has no cell.",
            "No type of the registry has what it spans: add one, or take its test away.",
        )
    labels = {cell.label for cell in everything}
    if len(labels) < len(everything):
        seen: set[str] = set()
        twice = next(c.label for c in everything if c.label in seen or seen.add(c.label))  # type: ignore[func-returns-value]
        problem = f"The dimension {name} has two cells with the label {twice!r}."
        raise KitError(problem, "Labels tell the cells of a test apart.")
    limit = (1 << 32) // one_in
    some = [cell for at, cell in enumerate(everything) if at * SPREAD % (1 << 32) < limit]
    return some or everything[:1]


def cases(cells: Iterable[Cell]) -> Iterator[Case | Sequence]:
    """The questions of cells, made one by one."""
    return (cell.case() for cell in cells)


def decoding(make: Callable[[], bytes]) -> Callable[[], Request]:
    """How a message to decode is made."""
    return lambda: Request(Operation.DECODE, make())


def encoding(make: Callable[[], object]) -> Callable[[], Request]:
    """How a neutral message to encode is made."""
    return lambda: Request(Operation.ENCODE, make())


def repeating(make: Callable[[], bytes]) -> Callable[[], Request]:
    """How a message to decode and encode again is made."""
    return lambda: Request(Operation.ROUNDTRIP, make())
