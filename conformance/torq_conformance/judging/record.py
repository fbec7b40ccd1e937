"""What came out of a test: counts by requirement, failures as data, a census of what was asked.

A record is plain data, so that it crosses processes. It knows no prose: ``report/`` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torq_conformance.judging.verdicts import Finding, blanked

FAILURES_KEPT = 24
"""Failures of one test that are kept whole; of the others only what is wrong, and how often."""

SIGNATURES_MAX = 400
"""Ways of being wrong that are told apart in one test."""


def signature_of(finding: Finding) -> dict[str, Any]:
    """What two failures have in common that are wrong in the same way, as JSON types."""
    ways = [[way.requirement, way.subject, way.kind] for way in finding.ways]
    return {"problem": blanked(finding.problem), "ways": ways}


@dataclass
class Tally:
    """How the cases of one requirement came out."""

    judged: int = 0
    failed: int = 0
    findings: int = 0
    """SHOULD findings."""
    encodings: int = 0
    """Cases of its own that should have given bytes."""
    encoded: int = 0
    """Those of them that were right."""


@dataclass
class TestRecord:
    """What one test planned and what came out of it."""

    test: str
    planned: int = 0
    judged: int = 0
    not_claimed: int = 0
    lost: str = ""
    ended: str = ""
    """Why it ended before its last case: after what."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    """The first failure of each signature, whole."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """SHOULD findings, kept as failures are."""
    signatures: list[dict[str, Any]] = field(default_factory=list)
    """Every way in which answers are wrong: problem, deviations, how many cases."""
    unclaimed: list[str] = field(default_factory=list)
    census: dict[str, int] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    """The census of drawn questions, packed, see ``features.py``."""
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

    def count(
        self,
        requirement: str,
        findings: Sequence[Finding],
        also: Iterable[str],
        *,
        is_encoding: bool = False,
    ) -> None:
        """Count one answer to a case about ``requirement``, which judged ``also`` as well.

        ``is_encoding``: the answer should have been bytes.
        """
        if is_encoding:
            own = self._tally(requirement)
            own.encodings += 1
            own.encoded += not any(finding.is_must for finding in findings)
        # In the order of the findings: the first of them is what the answer is attributed to.
        judged = dict.fromkeys(id_ for finding in findings for id_ in finding.all_requirements)
        if not any(finding.is_must for finding in findings):
            # Of a case that failed by another sentence, its own one was not judged.
            judged[requirement] = None
        judged.update(dict.fromkeys(also))
        for id_ in judged:
            self._tally(id_).judged += 1
        for finding in findings:
            for id_ in finding.all_requirements:
                tally = self._tally(id_)
                if finding.is_must:
                    tally.failed += 1
                else:
                    tally.findings += 1

    def _tally(self, requirement: str) -> Tally:
        return self.tallies.setdefault(requirement, Tally())

    def takes(self, finding: Finding) -> bool:
        """Count a failure, or a SHOULD finding; whether it is the first of its signature."""
        if not finding.is_must:
            kept = [one["requirement"] for one in self.findings]
            return finding.requirement not in kept
        signature = signature_of(finding)
        for known in self.signatures:
            if all(known[key] == part for key, part in signature.items()):
                known["cases"] += 1
                return False
        if len(self.signatures) >= SIGNATURES_MAX:
            self.signatures[-1]["cases"] += 1
            return False
        self.signatures.append({**signature, "cases": 1, "example": ""})
        return len(self.failures) < FAILURES_KEPT

    def keep(self, finding: Finding, failure: dict[str, Any]) -> None:
        """Keep a failure, or a SHOULD finding, whole; for a failure after ``takes`` said so."""
        if not finding.is_must:
            self.findings.append(failure)
            return
        self.signatures[-1]["example"] = failure["id"]
        self.failures.append(failure)

    def forget_failures(self) -> None:
        """Forget what failed: a smaller case is about to take its place."""
        self.failures.clear()
        self.signatures.clear()
        for tally in self.tallies.values():
            tally.failed = 0

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {**vars(self), "tallies": {id_: vars(t) for id_, t in self.tallies.items()}}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> TestRecord:
        """The record of its JSON form."""
        tallies = {id_: Tally(**tally) for id_, tally in document["tallies"].items()}
        return cls(**{**document, "tallies": tallies})
