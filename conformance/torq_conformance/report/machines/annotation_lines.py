"""Annotations of GitHub Actions: at most ten lines, one a cause, the plainest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.report.foreign_text import shown

Json = Mapping[str, Any]

ANNOTATIONS_MAX = 10
"""What GitHub shows of one step and one kind."""

MESSAGE_MAX = 900
"""Characters of one message."""


def render(documents: Sequence[Json]) -> str:
    """Workflow commands, a line each."""
    lines = [line for document in documents for line in _lines(document)]
    if len(lines) > ANNOTATIONS_MAX:
        left_out = len(lines) - ANNOTATIONS_MAX + 1
        more = _command("error", "Torq Protocol V2", f"{left_out} more; see the results file")
        lines = [*lines[: ANNOTATIONS_MAX - 1], more]
    return "".join(f"{line}\n" for line in lines)


def _lines(document: Json) -> Iterator[str]:
    who = f"{document['implementation']['name']} {document['implementation']['version']}".strip()
    named = f"{who}: {document['conclusion']}"
    if not document["causes"]:
        kind = "notice" if document["exit_code"] == 0 else "error"
        why = "; ".join(str(one) for one in document["reasons"])
        yield _command(kind, named, why or f"{document['judged']['cases']:,} cases judged")
    for cause in document["causes"]:
        kind = "warning" if "known" in cause or "flaky" in cause else "error"
        about = f"{cause['id']} {cause['requirement']}: {cause['problem']}"
        extent = f"{cause['cases']:,} cases of {cause['tests']:,} tests"
        yield _command(kind, f"{who} {cause['requirement']}", f"{about} ({extent})")


def _command(kind: str, title: str, message: str) -> str:
    # Harmless first, then as the command's own form wants it.
    heading = shown(title, 120).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={heading}::{shown(message, MESSAGE_MAX).replace('%', '%25')}"
