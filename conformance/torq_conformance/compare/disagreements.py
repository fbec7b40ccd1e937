"""A comparison in words: groups of disagreements as tables, differences that are admissible, a sum.

Whoever is in the majority is shown as such and is not therefore right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from torq_conformance.cases.case import decode
from torq_conformance.compare.comparison import Answers, Compared, Group
from torq_conformance.compare.judged_answer import CORRUPTED, Answer
from torq_conformance.judging import evidence, expectations
from torq_conformance.report import failures
from torq_conformance.report.foreign_text import shown
from torq_conformance.report.hexdump import hexdump
from torq_specs.registry import REGISTRY, Registry

SAID_MAX = 160
"""Characters of an answer that are shown in a row."""


def tell(names: Sequence[str], compared: Compared, registry: Registry = REGISTRY) -> str:
    """Everything that came out, for people; ``names`` are those of the implementations."""
    names = [shown(name) for name in names]
    parts = [
        "\n".join(_group(at, group, names, registry))
        for at, group in enumerate(compared.reported, 1)
    ]
    if compared.unreported:
        plural = "disagreement" if compared.unreported == 1 else "disagreements"
        parts.append(
            f"{compared.unreported:,} more {plural} in which several of these meet, or others"
        )
    if compared.latitudes:
        parts.append("\n".join(_latitudes(names, compared)))
    parts.append("\n".join(_sum(names, compared)))
    return "\n\n".join(parts)


def specification(data: bytes, registry: Registry = REGISTRY) -> str:
    """What the specification says of bytes that are to be decoded, in one line."""
    expectation = expectations.expect(decode("", "", data).request, registry)
    prefix = "valid, " if isinstance(expectation, expectations.Accept) else ""
    return prefix + failures.expected(evidence.expected(expectation))


def majority(answers: Answers) -> str:
    """What most of those that were asked answer, and whether that is right."""
    asked = [answer for answer in answers if answer is not None]
    counts = Counter((answer.gist, bool(answer.wrong)) for answer in asked)
    (gist, is_wrong), count = counts.most_common(1)[0]
    share = f"{count} of {len(asked)} answer: {shown(gist, SAID_MAX)}"
    if 2 * count <= len(asked):
        return "No answer has a majority; the specification decides."
    if is_wrong:
        return f"The majority contradicts the specification: {share}; it is wrong all the same."
    return f"{share}; the specification says so too."


def _group(number: int, group: Group, names: Sequence[str], registry: Registry) -> Iterator[str]:
    plural = "message" if group.count == 1 else "messages"
    yield f"{number}. {group.count:,} {plural}; from {group.where}, made as plain as it can be"
    yield f"  the specification says: {specification(group.data, registry)}"
    yield from _table(names, group.answers)
    if len(names) > 1:
        yield f"  {majority(group.answers)}"
    yield hexdump(evidence.windows(group.data), indent="    ")


def _table(names: Sequence[str], answers: Answers) -> Iterator[str]:
    width = max(map(len, names))
    for name, answer in zip(names, answers, strict=True):
        yield f"  {name:{width}}  {_verdict(answer):5}  {_in_short(answer)}"


def _verdict(answer: Answer | None) -> str:
    if answer is None:
        return "-"
    return "WRONG" if answer.wrong else "right"


def _in_short(answer: Answer | None) -> str:
    if answer is None:
        return "does not claim what was asked"
    text = shown(answer.said, SAID_MAX)
    # What a corrupted message is about says nothing that the answer does not.
    is_exact = answer.wrong and answer.requirement != CORRUPTED
    return f"{text}  ({answer.requirement})" if is_exact else text


def _latitudes(names: Sequence[str], compared: Compared) -> Iterator[str]:
    yield "different answers that the specification admits, all of them right"
    width = max(map(len, names))
    for what, latitude in sorted(compared.latitudes.items()):
        plural = "message" if latitude.count == 1 else "messages"
        yield f"  {latitude.count:,} {plural}: {what}; such as of {len(latitude.example)} bytes"
        for name, answer in zip(names, latitude.answers, strict=True):
            yield f"    {name:{width}}  {_in_short(answer)}"


def _sum(names: Sequence[str], compared: Compared) -> Iterator[str]:
    yield f"compared on {compared.valid:,} valid and {compared.corrupted:,} corrupted messages"
    width = max(map(len, names))
    for at, name in enumerate(names):
        wrong = compared.wrong[at]
        yield f"  {name:{width}}  {f'wrong {wrong:,} times' if wrong else 'never wrong'}"


def to_json(count: int, compared: Compared, registry: Registry = REGISTRY) -> dict[str, Any]:
    """The same as JSON types, of ``count`` implementations."""
    return {
        "asked": {"valid": compared.valid, "corrupted": compared.corrupted},
        "wrong": [compared.wrong[at] for at in range(count)],
        "groups": [
            {
                "where": group.where,
                "count": group.count,
                "data": group.data.hex(),
                "specification": specification(group.data, registry),
                "majority": majority(group.answers),
                "answers": [_answer_to_json(answer) for answer in group.answers],
            }
            for group in compared.reported
        ],
        "unreported": compared.unreported,
        "latitudes": [
            {
                "what": what,
                "count": latitude.count,
                "example": latitude.example.hex(),
                "answers": [_answer_to_json(answer) for answer in latitude.answers],
            }
            for what, latitude in sorted(compared.latitudes.items())
        ],
        "ended": compared.ended,
        "lost": compared.lost,
    }


def _answer_to_json(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "said": answer.said,
        "is_right": not answer.wrong,
        "requirement": answer.requirement if answer.wrong else None,
    }
