"""One failure in words that can be acted on without reading the source of the kit.

A failure comes as the plain data of ``judging.evidence``; nothing here asks or judges.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.report.foreign_text import neutral, shown
from torq_conformance.report.hexdump import hexdump
from torq_specs.requirements import Requirement

Json = Mapping[str, Any]

INDENT = " " * 11
LINE_MAX = 400
ROW_MAX = 100
"""Characters of a call in a row."""


def repeated_by(failure: Json, implementation: str, *options: str) -> str:
    """The command that asks the question of a failure again."""
    words = ["replay", failure["id"], implementation, *options]
    if "actions" in failure["asked"]:
        words = ["relay", implementation, "--replay", failure["id"], *options]
    # Whoever copies it runs nothing but this, wherever the results are from.
    return f"torq-conformance {shlex.join(words)}"


def failure_text(failure: Json, requirement: Requirement, implementation: str) -> str:
    """The whole text of a failure, from the requirement to the line that repeats it."""
    repeat = repeated_by(failure, implementation)
    where = f"{failure['test']}: {failure['label']}"
    return text_of(failure, requirement, where, repeat)


def text_of(failure: Json, requirement: Requirement, where: str, repeat: str) -> str:
    """The same where another command than ``replay`` repeats it, or none (``repeat`` is empty)."""
    failure = neutral(failure)
    if "actions" in failure["asked"]:
        return _of_relay(failure, requirement, where, repeat)
    lines = [
        _heading(failure, requirement),
        f"  problem  {failure['problem']}",
        f"  case     {shown(where)}",
        f"  sent     {sent(failure['asked'])}",
        *(
            f"{INDENT if at else '  in a row '}{line}"
            for at, line in enumerate(calls(failure.get("row", ())))
        ),
        f"  expected {expected(failure['expected'])}",
        f"  got      {got(failure['got'])}",
        *_evidence(failure),
        *([f"  to repeat it: {shown(repeat)}"] if repeat else []),
    ]
    return "\n".join(line.rstrip() for line in lines)


def calls(row: Sequence[Json]) -> Iterator[str]:
    """The calls of a row, in which the wrong answer came; nothing of one call alone."""
    if len(row) < 2:
        return
    before = 0
    for call in row:
        if call["call"] > before + 1:
            yield f"... {call['call'] - before - 1:,} calls"
        before = call["call"]
        mark = "  <- this answer" if call["is_wrong"] else ""
        yield f"{call['call']}. {sent(call)[:ROW_MAX]}{mark}"


def _heading(failure: Json, requirement: Requirement) -> str:
    """The requirement; what stands in no section of the protocol has a hyphen for it."""
    where = "" if requirement.section == "-" else f", section {requirement.section}"
    return f"{requirement.id} ({failure['level']}{where}): {requirement.text}"


def _of_relay(failure: Json, requirement: Requirement, where: str, repeat: str) -> str:
    """A failure of a relay: what was done, what came of it, what a right relay does."""
    said = failure["got"]["said"]
    lines = [
        _heading(failure, requirement),
        f"  problem  {failure['problem']}",
        f"  case     {shown(where)}",
        *(
            f"{'  done     ' if not at else INDENT}{line}"
            for at, line in enumerate(failure["asked"]["actions"])
        ),
        f"  right    {failure['expected']['rule']}",
        *(
            f"{'  seen     ' if not at else INDENT}{line}"
            for at, line in enumerate(failure["got"]["problems"])
        ),
        *([f"  stderr   {said}"] if said else []),
        *([f"  to repeat it: {shown(repeat)}"] if repeat else []),
    ]
    return "\n".join(line.rstrip() for line in lines)


def sent(asked: Json) -> str:
    """What was asked, in one line."""
    where = f", where {asked['placement']}" if "placement" in asked else ""
    if "size" in asked:
        return f"{asked['operation']} {asked['size']} bytes{where}"
    return f"{asked['operation']} {_short(asked['argument'])}{where}"


def expected(document: Json) -> str:
    """What is admissible, in one line."""
    if "answer" in document:
        return _answer(document["answer"])
    if "names" in document:
        named = "; ".join(" or ".join(group) for group in document["names"])
        return f"named as broken: {named}" if named else "no names: every rule holds"
    is_text = "texts" in document
    faults, count = document["texts" if is_text else "refusals"], document["count"]
    more = f", or one of {count - len(faults)} more" if count > len(faults) else ""
    what = "one line with every value of" if is_text else "a refusal:"
    return f"{what} {', or '.join(faults)}{more}"


def got(document: Json) -> str:
    """What came back, in words; what a crash left behind in lines of its own."""
    match document:
        case {"answer": answer}:
            return _answer(answer)
        case {"refusal": kind, "context": context}:
            fields = ", ".join(f"{name}={_text(part)}" for name, part in context.items())
            return _cut(f"a refusal: {kind}({fields})")
        case {"crash": how, "detail": detail}:
            return f"a crash: {how}" + _tail(detail)
        case {"deadline": deadline, "detail": detail}:
            return f"nothing within {deadline:g} s" + _tail(detail)
        case {"out_of_protocol": why}:
            return str(why)
        case _:
            return str(document["nothing"])


def _tail(lines: list[str]) -> str:
    return "".join(f"\n{INDENT}{line}" for line in lines)


def _answer(part: Any) -> str:
    if isinstance(part, Mapping) and "bytes" in part:
        return f"{part['size']} bytes"
    return _short(part)


def _short(part: Any) -> str:
    return _cut(_text(part))


def _cut(text: str) -> str:
    return text if len(text) <= LINE_MAX else f"{text[: LINE_MAX - 3]}..."


def _text(part: Any) -> str:
    match part:
        case {"map": parts, "count": count}:
            more = ", ..." if count > len(parts) else ""
            return "{" + ", ".join(f"{k}: {_text(one)}" for k, one in parts.items()) + more + "}"
        case {"list": elements, "count": count}:
            more = f", ... {count} in all" if count > len(elements) else ""
            return "[" + ", ".join(map(_text, elements)) + more + "]"
        case {"bytes": digits, "size": size}:
            more = "..." if size > len(digits) // 2 else ""
            return f"<{size} bytes {digits}{more}>"
        case {"integer": digits}:
            return str(digits)
        case {"missing": True}:
            return "nothing"
        case {"cut": True}:
            return "..."
        case _:
            return repr(part)


def _evidence(failure: Json) -> Iterator[str]:
    yield from differences(failure.get("differences", {"first": (), "count": 0}))
    match failure.get("bytes"):
        case {"expected": right, "got": wrong}:
            yield _sizes_and_place(failure, right["size"], wrong["size"])
            yield "  expected"
            yield hexdump(right, indent="    ")
            yield "  got"
            yield hexdump(wrong, indent="    ")
        case {"expected": right}:
            yield "  the bytes that were expected"
            yield hexdump(right, indent="    ")
        case {"sent": data}:
            what = ", the first wrong field marked" if data["marked"] else ""
            yield f"  the bytes that were sent{what}"
            yield hexdump(data, indent="    ")


def differences(found: Json) -> Iterator[str]:
    """Where the answer and the right one differ."""
    for difference in found["first"]:
        path = difference["path"] or "the answer"
        yield f"{INDENT}{path}: expected {_short(difference['expected'])}, "
        yield f"{INDENT}  got {_short(difference['got'])}"
    if found["count"] > len(found["first"]):
        yield f"{INDENT}... {found['count']} differences in all"


def _sizes_and_place(failure: Json, right: int, wrong: int) -> str:
    if right != wrong:
        return f"  {wrong:,} bytes where {right:,} are expected, wrong first in {failure['place']}"
    return f"  {failure['differing']} bytes differ, first in {failure['place']}"
