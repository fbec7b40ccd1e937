"""Types by chapters: what was judged of each type, and what failed, as cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from torq_conformance.report.foreign_text import shown
from torq_specs.registry import REGISTRY, Registry

TEST = re.compile(r"(?:test_(?P<number>\d+)_)?(?P<chapter>.+?)(?:\.py)?::[^\[]*(?:\[(?P<of>.*)\])?")

EVERY = "every type"
"""The row of tests that are of no type alone."""

ROWS_MAX, COLUMNS_MAX = 260, 60
"""Rows and columns that are shown: every type has a row, every chapter a column."""


class State(StrEnum):
    """What came of a cell; the value is its sign."""

    FAILED = "✗"
    UNJUDGED = "?"
    PASSED = "✓"
    NOT_CLAIMED = "·"


@dataclass
class Cell:
    """The tests of one type in one chapter."""

    judged: int = 0
    planned: int = 0
    not_claimed: int = 0
    causes: dict[str, None] = field(default_factory=dict)
    is_lost: bool = False

    @property
    def state(self) -> State:
        """What is said of them."""
        if self.causes:
            return State.FAILED
        if self.is_lost or self.judged + self.not_claimed < self.planned:
            return State.UNJUDGED
        return State.PASSED if self.judged else State.NOT_CLAIMED

    @property
    def text(self) -> str:
        """The same in words."""
        words = f"{self.judged:,} of {self.planned:,} cases judged"
        match self.state:
            case State.FAILED:
                return f"failed by {', '.join(self.causes)}; {words}"
            case State.NOT_CLAIMED:
                return "not claimed" if self.not_claimed else "nothing of the kind"
            case State.UNJUDGED:
                return f"not judged to the end; {words}"
            case _:
                return f"passed; {words}"


@dataclass(frozen=True)
class Matrix:
    """Rows by name, and the cell of each column; None: no test."""

    columns: tuple[tuple[str, str], ...]
    """The number of each chapter, where it has one, and its title."""
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def matrix(document: Mapping[str, Any], registry: Registry = REGISTRY) -> Matrix:
    """The matrix of one results document."""
    cells: dict[tuple[str, tuple[str, str]], Cell] = {}
    numbers = {line.name: line.number for line in registry}
    failing = _causes_of_kept(document)
    is_of_types = "domains" not in document["options"]
    for test in document["tests"]:
        found = TEST.fullmatch(test["test"])
        if found is None:
            continue
        chapter = (found["number"] or "", shown(found["chapter"].replace("_", " "), 40))
        row = found["of"] or EVERY
        # A block of drawn questions, or a group of vectors, is of no type.
        row = row if not is_of_types or row in numbers else EVERY
        cell = cells.setdefault((shown(row, 40), chapter), Cell())
        cell.judged += test["judged"]
        cell.planned += test["planned"]
        cell.not_claimed += test["not_claimed"]
        cell.is_lost |= bool(test["lost"])
        for cause in (*test.get("causes", ()), *failing.get(test["test"], ())):
            cell.causes[shown(cause)] = None
    return _table(cells, numbers)


def _causes_of_kept(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Causes by the tests of which a failure was kept, for results that do not say so."""
    causes = {cause["example"]: cause["id"] for cause in document["causes"]}
    found: dict[str, list[str]] = {}
    for failure in document["failures"]:
        if failure["id"] in causes:
            found.setdefault(failure["test"], []).append(causes[failure["id"]])
    return found


def _table(cells: Mapping[tuple[str, tuple[str, str]], Cell], numbers: Mapping[str, int]) -> Matrix:
    columns = _in_order({column for _, column in cells})[:COLUMNS_MAX]
    names = dict.fromkeys(name for name, _ in cells)
    order = sorted(names, key=lambda name: (name != EVERY, numbers.get(name, 0)))
    return Matrix(
        tuple(columns),
        tuple(
            (name, tuple(cells.get((name, column)) for column in columns))
            for name in order[:ROWS_MAX]
        ),
    )


def _in_order(columns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(columns, key=lambda one: (int(one[0] or 0), one[1]))
