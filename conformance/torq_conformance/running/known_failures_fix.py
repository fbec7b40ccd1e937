"""Rewrites a file of known failures so that it says what a run has shown.

What still fails as it says stays as it is, with its comments. What is said of nothing goes, with
the comments right above it. What is new comes at the end, with a reason that must be replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.judging.verdicts import blanked
from torq_conformance.report import output_file
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.known_failures import PLACEHOLDER, STALE, Status, lines_of

HEAD = """\
# Failures that are known, each with its reason. They are asked like everything else, and the run
# fails as soon as one of them passes, or fails for another cause.
"""


@dataclass(frozen=True)
class Fixed:
    """How many entries were taken out and written."""

    removed: int
    added: int

    def __str__(self) -> str:
        """In words."""
        todo = "; write a reason for each new one" if self.added else ""
        return f"{self.removed} taken out, {self.added} written{todo}"


def fix(path: Path, document: dict[str, Any]) -> Fixed:
    """Rewrite the file by the results of a run; KitError where it cannot be written."""
    text = path.read_text("utf-8") if path.exists() else ""
    entries = document.get("known_failures", {}).get("entries", [])
    stale = {one["line"] for one in entries if Status(one["status"]) in STALE}
    new = [cause for cause in document.get("causes", ()) if not cause.get("known")]
    parts = [_without(text, stale).rstrip("\n") or HEAD.rstrip("\n")]
    changed = [one for one in entries if one["status"] == Status.CHANGED]
    parts += [_entry(cause, changed) for cause in new]
    fixed = Fixed(len(stale), len(new))
    if not fixed.removed and not fixed.added and text:
        return fixed
    whole = "\n\n".join(part for part in parts if part) + "\n"
    output_file.write(path, whole, "Name another file with --known-failures.")
    return fixed


def _without(text: str, stale: Iterable[int]) -> str:
    """The text without the entries that begin at those lines, and the comments right above them."""
    lines, kept = text.splitlines(), [True] * len(text.splitlines())
    begins = lines_of(text)
    for begin in stale:
        following = [one for one in begins if one > begin]
        end = _above(lines, following[0] - 1) if following else len(lines)
        for at in range(_above(lines, begin - 1), end):
            kept[at] = False
    return "\n".join(line for line, is_kept in zip(lines, kept, strict=True) if is_kept)


def _above(lines: list[str], at: int) -> int:
    """Where the comments begin that stand right above a line."""
    while at > 0 and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    return at


def _entry(cause: dict[str, Any], changed: Iterable[dict[str, Any]]) -> str:
    before = (one for one in changed if one.get("requirement") == cause["requirement"])
    reasons = "".join(f"# Before, for another cause: {shown(one['reason'])}\n" for one in before)
    flaky = "flaky = true\n" if "flaky" in cause else ""
    # A text of JSON is a text of TOML.
    return (
        f"{reasons}[[known]]\nrequirement = {json.dumps(cause['requirement'])}\n"
        f"cause = {json.dumps(blanked(cause['problem']))}\n{flaky}"
        f"reason = {json.dumps(PLACEHOLDER)}"
    )
