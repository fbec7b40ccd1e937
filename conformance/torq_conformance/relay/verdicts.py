"""From problems to findings and failures: which rule is broken, and what is kept of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from torq_conformance.cases.bundle import bundle_id
from torq_conformance.judging.attribution import Deviation
from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.verdicts import Finding
from torq_conformance.relay.actions import Schedule, described, to_json
from torq_conformance.relay.cases import RelayCase
from torq_conformance.relay.expected import Problem
from torq_specs.relay_rules import RELAY_RULES
from torq_specs.requirements import Level

ACTIONS_SHOWN = 40
PROBLEMS_SHOWN = 6

ALIKE = {
    "lost": frozenset({"lost", "closed", "deaf", "stuck"}),
    "broken": frozenset({"part", "mixed", "cut", "invented"}),
}
"""Kinds of problems by what they come of: a message or a connection is given up, or not whole."""


def rule_of_problem(problem: Problem, requirement: str, losing: Collection[str] = ()) -> str:
    """The rule that a problem is attributed to, in a case about ``requirement``.

    Delivery is what every fault spoils: it gives way to whatever is more exact. A loss may have
    several reasons; one that this relay has lost messages for before, ``losing``, explains it. So
    who loses what nothing is special about does so in every test.
    """
    if problem.is_plain and "RLY-DELIVER" in losing:
        return "RLY-DELIVER"
    if requirement in problem.rules and requirement != "RLY-DELIVER":
        return requirement
    known = [rule for rule in problem.rules if problem.what == "lost" and rule in losing]
    return (known or problem.rules)[0]


def findings_of(
    found: Iterable[Problem], requirement: str, losing: Collection[str] = ()
) -> list[Finding]:
    """One finding for each rule: the first problem of a case that breaks it."""
    findings: dict[str, Finding] = {}
    found = [*found]
    # Behind a part of a message nobody can tell where the next one begins.
    for problem in [one for one in found if one.what in ALIKE["broken"]] or found:
        rule = rule_of_problem(problem, requirement, losing)
        findings.setdefault(rule, Finding.of(problem.text, _ways(problem, rule)))
    lost = "RLY-DELIVER lost"
    subjects = {way.subject for one in findings.values() for way in one.ways} - {lost}
    if any(subject.endswith(" lost") for subject in subjects):
        # It gives way to what is more exact.
        return [one for one in findings.values() if one.ways[0].subject != lost]
    return [*findings.values()]


def _ways(problem: Problem, rule: str) -> list[Deviation]:
    """What a problem may come from: a loss from whatever was done to the relay before it.

    Who closes a connection loses what is sent over it: the two are one.
    """
    word = next((word for word, whats in ALIKE.items() if problem.what in whats), "")
    if not word:
        return [Deviation(rule, f"{rule} {problem.what}")]
    others = () if problem.is_plain else problem.rules
    rules = dict.fromkeys((rule, *(one for one in others if one != "RLY-DELIVER")))
    # Who is behind a part of a message loses what follows it.
    words = [word] if word == "broken" else [word, "broken"]
    return [Deviation(one, f"{one} {last}") for last in words for one in rules]


def case_json(case: RelayCase, test: str, domain: int) -> dict[str, Any]:
    """What is kept of a case, so that it can be asked again."""
    if isinstance(case, Schedule):
        return {**to_json(case), "domain": domain}
    return {
        "requirement": case.requirement,
        "label": case.label,
        "scene": test,
        "domain": domain,
    }


def take(
    record: TestRecord,
    case: RelayCase,
    found: list[Problem],
    *,
    domain: int,
    also: Iterable[str] = (),
    requirement: str | None = None,
    losing: Collection[str] = (),
    said: str = "",
) -> list[Finding]:
    """Count a case and keep what is wrong with it.

    ``requirement``: what it is about, where that is not the case's own; empty: nothing.
    ``losing``: rules that losses of this relay were attributed to.
    """
    about = case.requirement if requirement is None else requirement
    findings = findings_of(found, about, losing)
    record.judged += 1
    record.count(case.requirement, findings, [] if findings else also)
    for finding in findings:
        if record.takes(finding):
            failure = _failure(record, case, finding, found, domain, said)
            record.keep(finding, failure)
    return findings


def _failure(
    record: TestRecord,
    case: RelayCase,
    finding: Finding,
    found: list[Problem],
    domain: int,
    said: str,
) -> dict[str, Any]:
    kept = case_json(case, record.test.partition("[")[0], domain)
    asked: Mapping[str, Any] = {"operation": "relay", "actions": [f"the procedure: {case.label}"]}
    if isinstance(case, Schedule):
        lines = described(case.actions)
        more = [f"... {len(lines)} actions in all"] if len(lines) > ACTIONS_SHOWN else []
        asked = {"operation": "relay", "actions": [*lines[:ACTIONS_SHOWN], *more]}
    return {
        "id": bundle_id({**kept, "finding": finding.requirement}),
        "requirement": finding.requirement,
        "level": str(Level.MUST),
        "problem": finding.problem,
        "also": [],
        "test": record.test,
        "label": case.label,
        "asked": asked,
        "expected": {"rule": RELAY_RULES[finding.requirement].right},
        "got": {"problems": [one.text for one in found[:PROBLEMS_SHOWN]], "said": said},
        "case": kept,
    }
