"""The results of a run as one JSON document.

What a run concludes, and with which exit code, is decided here and nowhere else. Where the document
is kept: ``results_file``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import named
from torq_conformance.implementations.protocol import Capability, Operation, Way
from torq_conformance.judging import census, features
from torq_conformance.judging.causes import causes_and_tests
from torq_conformance.judging.levels import levels_of
from torq_conformance.judging.record import Tally, TestRecord
from torq_conformance.judging.verdicts import Verdict
from torq_conformance.model import foreign_json
from torq_conformance.model.values import FormError
from torq_conformance.running.known_failures import (
    STALE,
    KnownFailures,
    Match,
    Status,
    failed_in,
)
from torq_conformance.running.room import within_room
from torq_specs.registry import REGISTRY, Registry
from torq_specs.relay_rules import RELAY_DOMAINS
from torq_specs.requirements import Level, Requirement, requirements

FORMAT = 1

SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    Capability.ERROR_CONTEXT: ("ERR-CONTEXT-MUST", "ERR-CONTEXT-SHOULD"),
    Capability.STRICT_PADDING: ("PAD-DECODE",),
    Capability.THREADS: ("STATE-THREADS",),
    Capability.BUFFERS: ("MEM-READ", "MEM-INPUT", "MEM-WRITE"),
    "echo": ("RLY-ECHO",),
    "audit": ("RLY-AUDIT",),
    "metrics": ("RLY-METRICS",),
    Capability.VIEWS: ("VIEW-ALIAS", "VIEW-ALLOC", "VIEW-LIFETIME", "VIEW-BOUNDS"),
}
"""Requirements by which capabilities that are no operations, and claims of relays, are judged."""

WRONG_MAX = 200
"""Characters of what is wrong with a file that are reported."""

FAILURES_MAX = 200
"""Failures that are kept whole as examples of causes."""


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    USAGE = 2
    INCONCLUSIVE = 3
    THROUGHPUT = 4
    NOTHING_RAN = 5


@dataclass
class Results:
    """Everything that a run learnt; ``planned_tests`` maps each planned test to its cases."""

    implementation: dict[str, Any]
    options: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    """What the results speak of, as ``provenance`` gives it."""
    registry: Registry = REGISTRY
    planned_tests: dict[str, int] = field(default_factory=dict)
    records: dict[str, TestRecord] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    """Why the run itself did not come to its end; one sentence each."""
    unasked: list[str] = field(default_factory=list)
    """Why tests could not begin; one sentence each."""
    known: KnownFailures | None = None
    """The failures that somebody has given a reason for."""
    rules: Mapping[str, Requirement] | None = None
    """What is judged by, where it is not what the registry requires of a codec."""
    measured: dict[str, Any] = field(default_factory=dict)
    """The pace of the machine, and what was measured of each claim: met, or not."""
    flaky: dict[str, str] = field(default_factory=dict)
    """Failures by id whose question was answered otherwise when asked again, and how."""
    began: float = field(default_factory=time.monotonic)

    def beginning(self) -> dict[str, Any]:
        """What is kept until the run has come to its end."""
        return {"format": FORMAT, "status": "incomplete", **self._head()}

    def document(self) -> dict[str, Any]:
        """Everything that is known."""
        causes, failures, met = self._causes()
        matches = self._matches(causes)
        rows = list(self._requirement_rows(causes))
        drawn = self._features()
        conclusion, code, reasons = self._conclude(rows, causes, matches, drawn)
        document = {
            "format": FORMAT,
            "status": "incomplete" if self.broken else "complete",
            "conclusion": conclusion,
            "exit_code": int(code),
            "reasons": reasons,
            **self._head(),
            "requirements": rows,
            "census": dict(sorted(self._census().items())),
            "features": drawn,
            "digest": self._digest(),
            "causes": causes,
            **({"measured": self.measured} if self.measured else {}),
            **self._known_to_json(matches),
            "failures": failures,
            "not_judged": self._not_judged(),
            "claimed_not_judged": self._claimed_not_judged(drawn),
            "findings": _firsts(f for record in self._ordered() for f in record.findings),
            "tests": [_test_row(record, met.get(record.test, ())) for record in self._ordered()],
        }
        return within_room({**document, "levels": levels_of(document)})

    def _causes(
        self,
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Mapping[str, Sequence[str]]]:
        """The causes of all failures, the failures that are their examples, causes by test."""
        causes, met = causes_and_tests(self._ordered())
        for cause in causes:
            if cause["example"] in self.flaky:
                cause["flaky"] = self.flaky[cause["example"]]
        wanted = {cause["example"] for cause in causes}
        wanted |= {row["example"] for cause in causes for row in cause["problems"]}
        kept: dict[str, dict[str, Any]] = {}
        for record in self._ordered():
            for failure in record.failures:
                if failure["id"] in wanted and len(kept) < FAILURES_MAX:
                    kept.setdefault(failure["id"], failure)
        return causes, list(kept.values()), met

    def examples(self) -> list[dict[str, Any]]:
        """The plainest failure of each cause."""
        causes, failures, _ = self._causes()
        by_id = {failure["id"]: failure for failure in failures}
        return [by_id[cause["example"]] for cause in causes if cause["example"] in by_id]

    def _matches(self, causes: list[dict[str, Any]]) -> list[Match]:
        """What became of the known failures; marks the causes that they explain."""
        if self.known is None:
            return []
        judged: Counter[str] = Counter()
        for record in self.records.values():
            judged.update({id_: tally.judged for id_, tally in record.tallies.items()})
        failed = failed_in(causes, self._counting_findings())
        is_whole = not (self.options.get("is_part") or self._is_quick)
        is_whole = is_whole and not self.options.get("vectors_only") and not self.broken
        matches = self.known.held_against(failed, judged, is_whole=is_whole)
        for match in matches:
            for cause in causes:
                if match.status is Status.FAILS and cause["id"] in match.causes:
                    cause.setdefault("known", match.known.reason)
        return matches

    def _counting_findings(self) -> list[dict[str, Any]]:
        """SHOULD findings, where they make the run fail."""
        if self.options.get("level") != "should":
            return []
        return _firsts(f for record in self._ordered() for f in record.findings)

    def _known_to_json(self, matches: list[Match]) -> dict[str, Any]:
        if self.known is None:
            return {}
        entries = [match.to_json() for match in matches]
        return {"known_failures": {"file": str(self.known.path), "entries": entries}}

    def _not_judged(self) -> list[dict[str, Any]]:
        """Tests of which not every case was judged, by the reason."""
        rows: dict[str, dict[str, Any]] = {}
        for record in self._ordered():
            lost = record.lost.partition(";")[0]
            reason = f"could not be asked: {lost}" if lost else record.ended
            cases = record.planned - record.judged - record.not_claimed
            if reason and cases > 0:
                row = rows.setdefault(reason, {"reason": reason, "tests": 0, "cases": 0})
                row["tests"] += 1
                row["cases"] += cases
        return list(rows.values())

    def _claimed_not_judged(self, drawn: dict[str, Any]) -> list[str]:
        """Capabilities that are claimed and of which nothing was judged."""
        judged = {id_ for r in self.records.values() for id_, t in r.tallies.items() if t.judged}
        asked = {key.partition(",")[0] for key in self._census()}
        ways = drawn.get("dimensions", {}).get("way", {})
        if ways.get(Way.BULK) or f"{Operation.ROUNDTRIP} {census.IN_BULK}" in asked:
            # Round trips of many messages go in frames, where they are claimed.
            asked.add(Capability.FRAMES)
        return [
            name
            for name in self.implementation["capabilities"]
            if name not in asked and judged.isdisjoint(SHOWN_BY.get(name, ()))
        ]

    def _head(self) -> dict[str, Any]:
        records = self.records.values()
        return {
            "implementation": self.implementation,
            "options": self.options,
            "about": {**self.about, "seconds": round(time.monotonic() - self.began, 1)},
            "planned": {
                "tests": len(self.planned_tests),
                "cases": sum(self.planned_tests.values()),
            },
            "judged": {
                "tests": sum(r.judged > 0 for r in records),
                "cases": sum(r.judged for r in records),
            },
            "not_claimed": {"cases": sum(r.not_claimed for r in records)},
        }

    def _census(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for record in self.records.values():
            total.update(record.census)
        return total

    def _features(self) -> dict[str, Any]:
        """The census of drawn questions by features; empty if none were planned."""
        packed = [record.features for record in self.records.values() if record.features]
        if not packed:
            return {}
        whole = features.Features(self.registry)
        for one in packed:
            whole.merge(one)
        return whole.document({Capability(name) for name in self.implementation["capabilities"]})

    def _never_drawn(self, census_: dict[str, Any]) -> list[str]:
        """Classes that a whole run must have met and has not."""
        if self.options.get("is_part") or self._is_quick:
            return []
        never: list[str] = census_.get("classes_never_met", [])
        if not self.registry.unclaimed:
            return never
        # Two small types make no message of every size and shape.
        return [name for name in never if name.partition(": ")[0] in features.OF_EVERY_PART]

    def _digest(self) -> str:
        """SHA-256 over what was asked, whichever process asked it in which order."""
        lines = sorted(f"{record.test} {record.digest}" for record in self.records.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _empty_buckets(self) -> list[str]:
        is_part = self.options.get("is_part") or self._is_quick or self.rules is not None
        if is_part or not self.records:
            return []
        capabilities = {Capability(name) for name in self.implementation["capabilities"]}
        return census.empty(self._census(), self.registry, capabilities)

    @property
    def _is_quick(self) -> bool:
        """Whether the plainest cases of each test were asked alone: too few for a verdict."""
        return self.options.get("profile") == "quick"

    def _ordered(self) -> Iterable[TestRecord]:
        return (self.records[test] for test in self.planned_tests if test in self.records)

    def _unjudged(self) -> list[str]:
        """Planned tests of which a part was neither judged nor failed nor left out for a reason."""
        return [
            test
            for test, planned in self.planned_tests.items()
            if (record := self.records.get(test)) is None
            or (record.judged + record.not_claimed < planned and not record.failures)
        ]

    def _requirement_rows(self, causes: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        tallies: dict[str, Tally] = {}
        unclaimed = {id_ for record in self.records.values() for id_ in record.unclaimed}
        lost = {id_ for r in self.records.values() if r.lost for id_ in r.tallies}
        for record in self.records.values():
            for id_, tally in record.tallies.items():
                total = tallies.setdefault(id_, Tally())
                total.judged += tally.judged
                total.failed += tally.failed
                total.findings += tally.findings
                total.encodings += tally.encodings
                total.encoded += tally.encoded
        rules = requirements(self.registry.whole) if self.rules is None else self.rules
        for id_, requirement in rules.items():
            tally = tallies.get(id_, Tally())
            own = [c["id"] for c in causes if id_ in {c["requirement"], *c["also"]}]
            if tally.failed and not own:
                # Every one of these cases failed by something else.
                tally = replace(tally, judged=max(tally.judged - tally.failed, 0), failed=0)
            yield {
                "id": id_,
                "level": str(requirement.level),
                "section": requirement.section,
                "text": requirement.text,
                "verdict": str(self._verdict(requirement, tally, unclaimed, is_lost=id_ in lost)),
                "judged": tally.judged,
                "failed": tally.failed,
                "should_findings": tally.findings,
                "causes": own,
                **({"known": True} if _are_known(own, causes) else {}),
            }

    def _verdict(
        self, requirement: Requirement, tally: Tally, unclaimed: Collection[str], *, is_lost: bool
    ) -> Verdict:
        id_ = requirement.id
        found = _verdict(requirement, tally, self._is_unclaimed(id_, unclaimed), is_lost)
        if str(Capability.ENCODE) in self.implementation["capabilities"]:
            is_half = bool(tally.encodings and not tally.encoded)
        else:
            is_half = id_ in unclaimed
        return Verdict.DECODE_ONLY if found is Verdict.PASS and is_half else found

    def _is_unclaimed(self, id_: str, unclaimed: Collection[str]) -> bool:
        """Whether nothing could be asked of a requirement for lack of a claim."""
        # With a part of the types there may be nothing to ask: no vector, no value of 256 bytes.
        is_part = bool(self.registry.unclaimed) and not self.options.get("is_part")
        return id_ in unclaimed or is_part

    def _conclude(
        self,
        rows: list[dict[str, Any]],
        causes: list[dict[str, Any]],
        matches: list[Match],
        census_: dict[str, Any],
    ) -> tuple[str, ExitCode, list[str]]:
        known = {cause["id"] for cause in causes if "known" in cause}
        failed = [
            row["id"]
            for row in rows
            if row["verdict"] == Verdict.FAIL and not known.issuperset(row["causes"])
        ]
        findings = [row["id"] for row in rows if row["should_findings"]]
        tolerated = {match.known.requirement for match in matches if match.status is Status.FAILS}
        reasons = [*self.broken]
        unjudged = self._unjudged()
        if unjudged:
            more = f" and {len(unjudged) - 3} more" if len(unjudged) > 3 else ""
            reasons.append(f"not judged to the end: {', '.join(unjudged[:3])}{more}")
        reasons += [*dict.fromkeys(self.unasked)][:3]
        empty = self._empty_buckets()
        if empty:
            reasons.append(f"nothing was asked of: {'; '.join(empty[:3])} ({len(empty)} buckets)")
        if never := self._never_drawn(census_):
            reasons.append(f"never drawn: {'; '.join(never[:3])} ({len(never)} classes)")
        reasons += sorted({r.lost for r in self.records.values() if r.lost})
        stale = [self.known.sentence(m) for m in matches if self.known and m.status in STALE]
        if any("known" not in cause for cause in causes):
            conclusion = f"not conformant{self._for_types}"
            because = [*self._failed_because(failed), *stale]
            return conclusion, ExitCode.NOT_CONFORMANT, because
        if reasons:
            return "inconclusive", ExitCode.INCONCLUSIVE, reasons
        if not any(record.judged for record in self.records.values()):
            return "nothing ran", ExitCode.NOTHING_RAN, ["no case was judged"]
        unknown = [id_ for id_ in findings if id_ not in tolerated]
        if unknown and self.options.get("level") == "should":
            reasons = [f"SHOULD findings: {', '.join(unknown)}", *stale]
            return "not conformant", ExitCode.NOT_CONFORMANT, reasons
        if stale:
            conclusion = f"not conformant{self._for_types}: known failures have changed"
            return conclusion, ExitCode.NOT_CONFORMANT, stale
        conclusion = f"{self._conforming}{self._for_types}{_but_for(matches)}"
        return conclusion, ExitCode.CONFORMANT, self._ended_early()

    @property
    def _conforming(self) -> str:
        """What is said where nothing failed."""
        if self.options.get("vectors_only"):
            return "no failure in the golden vectors"
        if self.options.get("is_part"):
            return "no failure in the part that was selected"
        return "no failure in the quick profile" if self._is_quick else "conformant"

    @property
    def _for_types(self) -> str:
        """Of what the conclusion speaks, where not every type, or domain of relays, is judged."""
        domains = self.options.get("domains", RELAY_DOMAINS)
        if len(domains) < len(RELAY_DOMAINS):
            return f" for {', '.join(domains)}"
        return f" for {named(self.registry)}" if self.registry.unclaimed else ""

    def _failed_because(self, failed: list[str]) -> list[str]:
        why = f"failed: {', '.join(failed)}" if failed else "the contract was broken"
        return [why, *self._ended_early()]

    def _ended_early(self) -> list[str]:
        return [
            f"{row['tests']} tests {row['reason']}, {row['cases']:,} cases not judged"
            for row in self._not_judged()
        ]


def _test_row(record: TestRecord, causes: Sequence[str]) -> dict[str, Any]:
    """What came of one test; the ids of the causes by which it failed, if it did."""
    keys = ("test", "planned", "judged", "not_claimed", "lost")
    row = {key: getattr(record, key) for key in keys}
    return {**row, "causes": [*causes]} if causes else row


def _are_known(ids: Collection[str], causes: Iterable[dict[str, Any]]) -> bool:
    """Whether there are causes of those ids, and each is known."""
    return bool(ids) and all("known" in cause for cause in causes if cause["id"] in ids)


def _but_for(matches: Iterable[Match]) -> str:
    """How many failures are known, if any."""
    count = sum(match.status is Status.FAILS for match in matches)
    plural = "" if count == 1 else "s"
    return f" but for {count} known failure{plural}" if count else ""


def types_to_json(registry: Registry) -> dict[str, Any]:
    """The types that are judged, where it is a part of them; nothing where it is all of them."""
    if not registry.unclaimed:
        return {}
    numbers = [line.number for line in registry]
    return {"types": {"numbers": numbers, "named": named(registry)}}


def _firsts(reported: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first of each requirement."""
    firsts: dict[str, dict[str, Any]] = {}
    for one in reported:
        firsts.setdefault(one["requirement"], one)
    return list(firsts.values())


def _verdict(requirement: Requirement, tally: Tally, is_unclaimed: bool, is_lost: bool) -> Verdict:
    if tally.failed:
        return Verdict.FAIL
    if is_lost:
        return Verdict.INCONCLUSIVE
    if tally.findings:
        return Verdict.SHOULD
    if tally.judged:
        return Verdict.PASS
    if is_unclaimed:
        return Verdict.NOT_CLAIMED
    return Verdict.NOT_CLAIMED if requirement.level is Level.MAY else Verdict.NOT_JUDGED


def load(path: Path) -> dict[str, Any]:
    """The document of a results file; KitError if there is none or it is something else."""
    again = "Run the suite again."
    try:
        document: dict[str, Any] = foreign_json.read(path)
        error = jsonschema.exceptions.best_match(_validator().iter_errors(document))
    except FileNotFoundError as wrong:
        hint = "Run the suite first, or name it with --results."
        raise KitError(f"There is no results file {path}.", hint) from wrong
    except (OSError, FormError) as wrong:
        raise KitError(f"{path} cannot be read as results: {wrong}.", again) from wrong
    if error is not None:
        problem = f"{error.message[:WRONG_MAX]} at {error.json_path}"
        raise KitError(f"{path} is no results file: {problem}.", again)
    return document


def check_ended(document: Mapping[str, Any], path: Path) -> None:
    """Refuse the results of a run that never came to its end and so says nothing of itself."""
    needed = schema()["then"]["required"]
    if missing := [key for key in needed if key not in document]:
        problem = f"{path} is of a run that did not come to its end: it has no {missing[0]}"
        raise KitError(f"{problem}.", "Run the suite again.")


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema())


def schema() -> dict[str, Any]:
    """The JSON Schema of results files."""
    text = (files("torq_conformance") / "report" / "results.schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


COMPLETE = b"complete"
"""What a process that is watched says when its results are."""


def exit_code_of_watched(code: int, said: bytes) -> int:
    """The exit code of a run in a process that its implementation may have ended.

    A process that ended before the results were complete is inconclusive, whatever it says.
    """
    if code not in {int(ExitCode.CONFORMANT), int(ExitCode.NOT_CONFORMANT)}:
        return code if code > 0 else int(ExitCode.INCONCLUSIVE)
    if said == COMPLETE:
        return code
    sys.stderr.write(
        f"\ninconclusive: the process ended (exit code {code}) before the run was complete; "
        "run without --torq-in-process to see which call ended it\n"
    )
    return int(ExitCode.INCONCLUSIVE)
