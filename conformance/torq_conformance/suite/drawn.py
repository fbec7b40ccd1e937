"""Turns a function that judges blocks of drawn questions into tests, one for each block.

Which blocks there are depends on the profile alone, so that every process plans the same tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torq_conformance.judging.judge import Judge

Run = Callable[[Judge, int, int], None]


@dataclass(frozen=True)
class Block:
    """One block of a test: its number from 0 on, and how many calls it asks."""

    number: int
    count: int

    @property
    def id(self) -> str:
        """What tells its test apart: its number, counted from 1."""
        return f"block-{self.number + 1}"


@dataclass(frozen=True)
class DrawnTest:
    """A test of the suite that is spread over blocks; ``counts`` gives those of a profile."""

    name: str
    counts: Callable[[str], Sequence[int]]

    def blocks(self, profile: str) -> tuple[Block, ...]:
        """The blocks of a profile."""
        return tuple(Block(number, count) for number, count in enumerate(self.counts(profile)))


def drawn(counts: Callable[[str], Sequence[int]]) -> Callable[[Run], Any]:
    """A test that the decorated function runs, once for each block of the profile."""

    def decorate(run: Run) -> Any:
        def test(torq_judge: Judge, block: Block) -> None:
            run(torq_judge, block.number, block.count)

        test.__name__ = test.__qualname__ = run.__name__
        test.__doc__, test.__module__ = run.__doc__, run.__module__
        test.torq_drawn = DrawnTest(run.__name__, counts)  # type: ignore[attr-defined]
        return test

    return decorate


def names_of(chapter: str, functions: Iterator[Any], profile: str) -> Iterator[str]:
    """The names of all tests of blocks in a chapter, as pytest gives them."""
    for function in functions:
        test = getattr(function, "torq_drawn", None)
        if test is not None:
            yield from (f"{chapter}.py::{test.name}[{one.id}]" for one in test.blocks(profile))
