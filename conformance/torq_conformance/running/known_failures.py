"""Failures that are known, each with its reason: what a file says of them, held against a run.

    [[known]]
    requirement = "HDR-FLAGS"
    cause = "header.flags is #, not #"
    reason = "mended in 2.1, https://example.org/tickets/17"

An entry names a requirement, a cause, a case, or several of them; all that it names must be so. A
cause is the problem as a run reports it, in which numbers do not count; a case the id of a failure.
What is known is asked like everything else. What no longer fails as the file says fails the run.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.judging.verdicts import CONTRACT, blanked
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import relay_requirements, requirements

Json = dict[str, Any]

PLACEHOLDER = "TODO: say why this fails, and when it will not"
"""The reason of an entry that was written by the kit; a run refuses it."""

HEAD = re.compile(r"\s*\[\[\s*known\s*\]\]\s*(#.*)?")
TEXTS = ("requirement", "cause", "case", "reason")
NAMING = TEXTS[:3]
SIZE_MAX = 1 << 20
"""Bytes of a file that are read."""


@dataclass(frozen=True)
class Known:
    """One entry, and the line where it begins; ``is_flaky``: it may fail and need not."""

    line: int
    reason: str
    requirement: str = ""
    cause: str = ""
    case: str = ""
    is_flaky: bool = False

    @property
    def named(self) -> str:
        """What it names, in words."""
        return ", ".join(f"{key} {part!r}" for key in NAMING if (part := getattr(self, key)))

    def is_about(self, failed: Failed) -> bool:
        """Whether it speaks of a failure, if perhaps of another cause."""
        if self.case:
            return self.case in failed.ids
        if self.requirement:
            return self.requirement == failed.requirement
        return blanked(self.cause) in failed.problems

    def is_of(self, failed: Failed) -> bool:
        """Whether all that it names is so."""
        is_cause = not self.cause or blanked(self.cause) in failed.problems
        is_required = self.requirement in {"", failed.requirement}
        return self.is_about(failed) and is_cause and is_required


@dataclass(frozen=True)
class Failed:
    """What failed in a run: a cause, or a SHOULD finding that counts."""

    requirement: str
    problems: frozenset[str]
    """As they were seen, without their numbers."""
    ids: frozenset[str]
    cause: str = ""
    """The id of the cause in the results."""


class Status(StrEnum):
    """What became of an entry."""

    FAILS = "fails as known"
    PASSES = "passes"
    NOTHING = "matches nothing"
    CHANGED = "fails for another cause"
    NOT_ASKED = "not asked for in this run"
    QUIET = "did not fail this time"


STALE = frozenset({Status.PASSES, Status.NOTHING, Status.CHANGED})
"""What makes a run fail."""


@dataclass(frozen=True)
class Match:
    """An entry and what became of it; ``causes`` are those that it explains."""

    known: Known
    status: Status
    causes: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """As results have it."""
        one = self.known
        named = {key: getattr(one, key) for key in NAMING if getattr(one, key)}
        flaky = {"flaky": True} if one.is_flaky else {}
        return {
            **named,
            "line": one.line,
            "reason": one.reason,
            **flaky,
            "status": str(self.status),
            "causes": [*self.causes],
        }


@dataclass(frozen=True)
class KnownFailures:
    """The entries of a file."""

    path: Path
    entries: tuple[Known, ...] = ()

    def held_against(
        self, failed: Sequence[Failed], judged: Mapping[str, int], *, is_whole: bool
    ) -> list[Match]:
        """What became of each entry; ``judged`` counts the cases of each requirement."""
        return [_matched(entry, failed, judged, is_whole) for entry in self.entries]

    def sentence(self, match: Match) -> str:
        """Why an entry makes a run fail, and what to do."""
        where = f"{self.path.name}:{match.known.line}: {match.known.named}"
        todo = {
            Status.PASSES: "passes now: take it out",
            Status.NOTHING: "matches no failure of this run: take it out",
            Status.CHANGED: "fails, but not for this cause: look at it again",
        }[match.status]
        return f"{where} {todo} (or run with --fix-known-failures)"


def _matched(
    entry: Known, failed: Sequence[Failed], judged: Mapping[str, int], is_whole: bool
) -> Match:
    same = [one for one in failed if entry.is_of(one)]
    if same:
        causes = tuple(dict.fromkeys(one.cause for one in same if one.cause))
        return Match(entry, Status.FAILS, causes)
    if any(entry.is_about(one) for one in failed):
        return Match(entry, Status.CHANGED)
    if entry.is_flaky:
        return Match(entry, Status.QUIET)
    if not is_whole:
        return Match(entry, Status.NOT_ASKED)
    has_passed = entry.requirement and not entry.case and judged.get(entry.requirement)
    return Match(entry, Status.PASSES if has_passed else Status.NOTHING)


def failed_in(causes: Iterable[Json], findings: Iterable[Json] = ()) -> list[Failed]:
    """What failed, of the causes of a run and the findings that count."""
    found = []
    for cause in causes:
        problems = {cause["problem"], *(row["problem"] for row in cause["problems"])}
        ids = {cause["example"], *(row["example"] for row in cause["problems"])} - {""}
        named = frozenset(map(blanked, problems))
        found.append(Failed(cause["requirement"], named, frozenset(ids), cause["id"]))
    for one in findings:
        named = frozenset({blanked(one["problem"])})
        found.append(Failed(one["requirement"], named, frozenset({one["id"]})))
    return found


def read(path: Path, registry: Registry = REGISTRY) -> KnownFailures:
    """The entries of a file; KitError says file, line and what to do."""
    try:
        if path.exists() and not path.is_file():
            raise KitError(f"{path} is no file.", "Name a TOML file of known failures.")
        data = path.read_bytes()[: SIZE_MAX + 1]
        text = data.decode("utf-8")
    except FileNotFoundError as error:
        hint = "Write one by running with --fix-known-failures."
        raise KitError(f"There is no file {path} of known failures.", hint) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise KitError(f"{path} cannot be read: {reason}.", "Name a TOML file.") from error
    if len(data) > SIZE_MAX:
        raise KitError(f"{path} is longer than {SIZE_MAX:,} bytes.", "Name another file.")
    return KnownFailures(path, tuple(_entries(path, text, registry)))


def _entries(path: Path, text: str, registry: Registry) -> Iterable[Known]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = found[1] if found else text.count("\n") + 1
        what = str(error).partition(" (at")[0]
        raise KitError(f"{path}:{line}: this is no TOML: {what}.", 'Quote texts with ".') from error
    entries = document.get("known", [])
    lines = lines_of(text)
    others = [key for key in document if key != "known"]
    if others or not isinstance(entries, list) or len(lines) != len(entries):
        number = next((n for n, line in enumerate(text.splitlines(), 1) if line.strip()), 1)
        said = f"{others[0]!r} is not known" if others else "the entries are in another form"
        hint = "The file holds entries that each begin with a line [[known]]."
        raise KitError(f"{path}:{number}: {said}.", hint)
    seen: dict[tuple[str, ...], int] = {}
    for line, entry in zip(lines, entries, strict=True):
        known = _entry(f"{path}:{line}", line, entry, registry)
        key = tuple(getattr(known, name) for name in NAMING)
        if key in seen:
            raise KitError(
                f"{path}:{line}: this says the same as line {seen[key]}.", "Take one of them out."
            )
        seen[key] = line
        yield known


def lines_of(text: str) -> list[int]:
    """The lines where entries begin, counted from 1."""
    return [n for n, line in enumerate(text.splitlines(), 1) if HEAD.fullmatch(line)]


def _entry(where: str, line: int, entry: Mapping[str, object], registry: Registry) -> Known:
    unknown = [key for key in entry if key not in {*TEXTS, "flaky"}]
    if unknown:
        raise KitError(
            f"{where}: {unknown[0]!r} is not known.", f"An entry has {', '.join(TEXTS)} or flaky."
        )
    for key in TEXTS:
        if key in entry and (not isinstance(entry[key], str) or not str(entry[key]).strip()):
            raise KitError(f"{where}: {key} is no text.", f'Write {key} = "...".')
    texts = {key: str(entry[key]).strip() for key in TEXTS if key in entry}
    if not set(texts) & {*NAMING}:
        raise KitError(
            f"{where}: it is not said what is known.", "Name a requirement, a cause or a case."
        )
    if "reason" not in texts:
        raise KitError(f"{where}: there is no reason.", 'Write reason = "...": why it fails.')
    if texts["reason"] == PLACEHOLDER:
        hint = "Write in the file why this fails, in words of your own."
        raise KitError(f"{where}: the reason is still the one that the kit wrote.", hint)
    flaky = entry.get("flaky", False)
    if not isinstance(flaky, bool):
        raise KitError(f"{where}: flaky is neither true nor false.", "Write flaky = true.")
    _check_requirement(where, texts.get("requirement", ""), registry)
    return Known(line, is_flaky=flaky, **texts)


def _check_requirement(where: str, id_: str, registry: Registry) -> None:
    ids = {*requirements(registry.whole), *relay_requirements(), CONTRACT.id}
    if id_ and id_ not in ids:
        near = difflib.get_close_matches(id_.upper(), ids, 3, 0.5)
        hint = f"Is it {' or '.join(near)}?" if near else "A run lists the requirements."
        raise KitError(f"{where}: there is no requirement {id_!r:.60}.", hint)
