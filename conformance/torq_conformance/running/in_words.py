"""What pytest shows of a failed test of the suite: one line in its summary, words in its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.verdicts import rule_of
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import shown
from torq_specs.registry import Registry

WORDS_MAX = 500_000
"""Characters of failures in words that pytest, and the reports of its plugins, are given."""

PROBLEM_MAX = 200
"""Characters of one problem in a line of pytest's summary."""

FAILURES_IN_WORDS = 3
"""Failures of one test that pytest shows in words; the results file has every cause."""


@dataclass(frozen=True)
class InWords:
    """What pytest shows of a failed test: one line in its summary, the text in its report."""

    message: str
    text: str

    @property
    def reprcrash(self) -> InWords:
        """Where pytest looks for ``message``."""
        return self

    def toterminal(self, writer: Any) -> None:
        """Write the text as pytest writes a traceback."""
        writer.line(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass
class Words:
    """Puts records into words, as long as there is room."""

    room: int = WORDS_MAX

    def of(self, record: TestRecord, registry: Registry, implementation: str) -> InWords:
        """The failures of a record."""
        count = sum(tally.failed for tally in record.tallies.values())
        counted = f"{count} of {record.judged} judged cases failed"
        if self.room <= 0:
            # Reports of other tools stay small enough to be opened: the first ones say enough.
            return InWords(problems(record), f"{counted}; the results file has its causes")
        texts = [
            failure_text(one, rule_of(one["requirement"], registry), implementation)
            for one in record.failures[:FAILURES_IN_WORDS]
        ]
        more = len(record.signatures) - len(texts)
        if more > 0:
            texts.append(f"... and {more} more ways of being wrong; the results file has them all")
        text = "\n\n".join([*texts, counted])
        self.room -= len(text)
        return InWords(problems(record), text)


def problems(record: TestRecord) -> str:
    """Requirements and problems, in one line."""
    some: list[Mapping[str, Any]] = [*record.failures[:FAILURES_IN_WORDS]]
    said = dict.fromkeys(
        f"{one['requirement']}: {shown(one['problem'], PROBLEM_MAX)}" for one in some
    )
    return "; ".join(said)
