"""What came out of a test: counts by requirement, failures as data, a census of what was asked.

A record is plain data, so that it crosses processes. It knows no prose: ``report/`` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.judging.verdicts import Finding

FAILURES_KEPT = 3
"""Failures of one test that are kept whole; all are counted."""


@dataclass
class Tally:
    """How the cases of one requirement came out."""

    judged: int = 0
    failed: int = 0
    findings: int = 0
    """SHOULD findings."""


@dataclass
class TestRecord:
    """What one test planned and what came out of it."""

    test: str
    planned: int = 0
    judged: int = 0
    not_claimed: int = 0
    lost: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    """SHOULD findings, kept as failures are."""
    unclaimed: list[str] = field(default_factory=list)
    census: dict[str, int] = field(default_factory=dict)
    digest: str = ""
    """SHA-256 over everything that was asked, in order."""

    __test__ = False

    def leave_out(self, requirement: str) -> None:
        """Count a case of which something is not claimed."""
        self.not_claimed += 1
        self.note_unclaimed(requirement)

    def note_unclaimed(self, requirement: str) -> None:
        """Remember a requirement that could not be judged for lack of a claim."""
        if requirement not in self.unclaimed:
            self.unclaimed.append(requirement)

    def count(self, requirement: str, findings: Sequence[Finding], also: Iterable[str]) -> None:
        """Count one answer to a case about ``requirement``, which judged ``also`` as well."""
        # In the order of the findings: the first of them is what the answer is attributed to.
        judged = dict.fromkeys(finding.requirement for finding in findings)
        if not any(finding.is_must for finding in findings):
            # Of a case that failed by another sentence, its own one was not judged.
            judged[requirement] = None
        judged.update(dict.fromkeys(also))
        for id_ in judged:
            self._tally(id_).judged += 1
        for finding in findings:
            tally = self._tally(finding.requirement)
            if finding.is_must:
                tally.failed += 1
            else:
                tally.findings += 1

    def _tally(self, requirement: str) -> Tally:
        return self.tallies.setdefault(requirement, Tally())

    def takes(self, finding: Finding) -> bool:
        """Whether one more failure by this finding says something new."""
        kept = [failure["requirement"] for failure in self._kept(finding)]
        return len(kept) < FAILURES_KEPT and kept.count(finding.requirement) < 2

    def keep(self, finding: Finding, failure: dict[str, Any]) -> None:
        """Keep a failure, or a SHOULD finding, whole."""
        self._kept(finding).append(failure)

    def _kept(self, finding: Finding) -> list[dict[str, Any]]:
        return self.failures if finding.is_must else self.findings

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {**vars(self), "tallies": {id_: vars(t) for id_, t in self.tallies.items()}}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TestRecord:
        """The record of its JSON form."""
        tallies = {id_: Tally(**tally) for id_, tally in document["tallies"].items()}
        return cls(**{**document, "tallies": tallies})
