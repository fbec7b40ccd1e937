"""What two revisions answer otherwise, in words and as JSON types; the worst comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.compare.revisions import Change, Revised, Sense, gist
from torq_conformance.judging import evidence
from torq_conformance.judging.expectations import expect
from torq_conformance.report import failures
from torq_conformance.report.foreign_text import NAME_MAX, shown
from torq_conformance.report.hexdump import hexdump
from torq_specs.registry import Registry

ORDER = tuple(Sense)
SHOWN_MAX = 12
"""Changes that are told in full."""

LINE = 160


def tell(found: Revised, registry: Registry) -> Iterator[str]:
    """The lines for people."""
    names = [shown(f"{one.name} {one.version}", NAME_MAX) for one in found.identities]
    changes = sorted(found.changes, key=lambda one: (ORDER.index(one.sense), -one.count))
    yield _verdict(changes, names)
    gone, come = found.claims
    if gone:
        yield f"  claimed no longer: {', '.join(gone)}"
    if come:
        yield f"  newly claimed, and not asked: {', '.join(come)}"
    for number, change in enumerate(changes[:SHOWN_MAX], 1):
        yield ""
        yield from _change(number, change, registry)
    if len(changes) > SHOWN_MAX or found.others:
        left = len(changes) - SHOWN_MAX
        yield f"\nand {max(left, 0)} more kinds of changes, {found.others:,} answers of others"
    yield ""
    yield f"{found.asked:,} questions asked of both, {found.not_claimed:,} not claimed by both"
    for name, seconds in zip(names, found.seconds, strict=True):
        each = 1e6 * seconds / max(found.asked, 1)
        yield f"  {name}: {each:,.1f} us a question, the transport inside"
    yield "what a message costs is held by: torq-conformance meter gate OLD NEW"


def _verdict(changes: list[Change], names: list[str]) -> str:
    if not changes:
        return f"{names[1]} answers as {names[0]} does"
    counts = {sense: sum(one.sense is sense for one in changes) for sense in ORDER}
    parts = [f"{count} {sense}" for sense, count in counts.items() if count]
    kinds = "1 kind of answer" if len(changes) == 1 else f"{len(changes)} kinds of answers"
    return f"{names[1]} answers otherwise than {names[0]}: {kinds}; {', '.join(parts)}"


def _change(number: int, change: Change, registry: Registry) -> Iterator[str]:
    questions = "question" if change.count == 1 else "questions"
    yield (
        f"{number}. {change.sense}: {shown(change.what, LINE)}  ({change.requirement}, "
        f"{change.count:,} {questions})"
    )
    right = failures.expected(evidence.expected(expect(change.request, registry)))
    yield f"  the specification says: {shown(right, LINE)}"
    yield f"  before: {shown(_said(change, is_old=True), LINE)}"
    yield f"  now:    {shown(_said(change, is_old=False), LINE)}"
    if not change.is_alone:
        yield "  asked alone both answer alike: other calls before it matter"
    if isinstance(change.request.argument, bytes):
        yield f"  {change.request.operation} of {len(change.request.argument):,} bytes"
        yield hexdump(evidence.windows(change.request.argument), indent="    ")
    else:
        yield f"  {change.request.operation} of {shown(change.request.argument, LINE)}"


def _said(change: Change, *, is_old: bool) -> str:
    outcome = change.old if is_old else change.new
    return f"{gist(outcome)}: {failures.got(evidence.got(outcome))}"


def to_json(found: Revised) -> dict[str, Any]:
    """The same as JSON types."""
    gone, come = found.claims
    return {
        "asked": found.asked,
        "not_claimed": found.not_claimed,
        "claimed_no_longer": [str(one) for one in gone],
        "newly_claimed": [str(one) for one in come],
        "changes": [
            {
                "sense": str(one.sense),
                "requirement": one.requirement,
                "what": one.what,
                "questions": one.count,
                "is_alone": one.is_alone,
                "before": evidence.got(one.old),
                "now": evidence.got(one.new),
            }
            for one in found.changes
        ],
        "others": found.others,
        "seconds": [round(one, 6) for one in found.seconds],
        "lost": found.lost,
    }
