"""Results as Markdown, for the summary of a step in CI; below the mebibyte that GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torq_conformance.judging.levels import headline, levels_of
from torq_conformance.judging.verdicts import Verdict
from torq_conformance.report.failures import expected, got, repeated_by, sent
from torq_conformance.report.foreign_text import neutral, shown
from torq_conformance.report.hexdump import hexdump

Json = Mapping[str, Any]

BYTES_MAX = 1_000_000
"""Of a summary; GitHub drops one above 1,048,576 whole."""

SIGNS = {0: "✅", 1: "❌"}
"""Before a conclusion, by its exit code."""

CELL_MAX = 300
"""Characters of a cell."""

SPECIAL = re.compile(r"[^\w\s.,;'\"/=%$?+-]|_|(?<=www)\.|(?m:^)[-+=]", re.ASCII)
"""What means something in Markdown, or becomes a link or a mention."""


def render(results: Mapping[str, Json]) -> str:
    """The summary of one run, or of several one after the other."""
    parts = [part for name, document in results.items() for part in _parts(name, document)]
    room, kept = BYTES_MAX - 200, []
    for at, part in enumerate(parts):
        size = len(part.encode()) + 1
        if size > room:
            kept.append(f"\n*{len(parts) - at} more parts are left out: see the results file.*\n")
            break
        kept.append(part)
        room -= size
    return "\n".join(kept)


def plain(text: object, maximum: int = CELL_MAX) -> str:
    """A string that is shown as it is, wherever it stands in Markdown."""

    def escaped(found: re.Match[str]) -> str:
        character = found[0]
        return character if not character.isascii() else f"&#{ord(character)};"

    return SPECIAL.sub(escaped, shown(text, maximum))


def _parts(name: str, document: Json) -> Iterator[str]:
    who = document["implementation"]
    sign = SIGNS.get(document["exit_code"], "⚠️")
    named = f"{plain(who['name'])} {plain(who['version'])}".strip()
    yield f"## {sign} {named}: {plain(document['conclusion'])}\n"
    yield "\n".join(_facts(document)) + "\n"
    causes = document["causes"]
    if causes:
        yield from _causes(causes)
        yield from _evidence(document)
    yield from _requirements(document["requirements"])
    yield f"\nFrom `{_code(name)}`.\n"


def _facts(document: Json) -> Iterator[str]:
    judged, planned = document["judged"]["cases"], document["planned"]["cases"]
    yield f"- {judged:,} of {planned:,} planned cases judged"
    if document["options"].get("is_in_process"):
        yield "- **judged in process: such code can patch its judge**"
    capabilities = document["implementation"]["capabilities"]
    yield f"- claims {plain(', '.join(capabilities) or 'nothing beside the rules')}"
    types = document["implementation"].get("types")
    if types:
        yield f"- types: {plain(types['named'])}"
    yield f"- {plain(headline(levels_of(document)), 1000)}"
    for reason in document["reasons"]:
        yield f"- {plain(reason)}"


def _causes(causes: Sequence[Json]) -> Iterator[str]:
    yield "| cause | requirement | problem | cases | |\n|---|---|---|---:|---|"
    for cause in causes:
        states = ["known"] * ("known" in cause) + ["flaky"] * ("flaky" in cause)
        yield (
            f"| {plain(cause['id'])} | {plain(cause['requirement'])} | {plain(cause['problem'])} "
            f"| {cause['cases']:,} | {', '.join(states)} |"
        )


def _evidence(document: Json) -> Iterator[str]:
    failures = {one["id"]: one for one in document["failures"]}
    texts = {row["id"]: row["text"] for row in document["requirements"]}
    for cause in document["causes"]:
        failure = failures.get(cause["example"])
        if failure is None:
            continue
        lines = [
            f"\n<details><summary>{plain(cause['id'])} {plain(cause['requirement'])}</summary>\n",
            plain(texts.get(cause["requirement"], ""), 1000),
            *_block(_words(neutral({**failure, "case": {}}))),
            f"`{_code(repeated_by(failure, document['implementation']['given_as']))}`",
            "\n</details>\n",
        ]
        yield "\n".join(lines)


def _words(failure: Json) -> Iterator[str]:
    if "actions" in failure["asked"]:
        yield from (f"done     {one}" for one in failure["asked"]["actions"])
        yield f"right    {failure['expected']['rule']}"
        yield from (f"seen     {one}" for one in failure["got"]["problems"])
        return
    yield f"sent     {sent(failure['asked'])}"
    yield f"expected {expected(failure['expected'])}"
    yield f"got      {got(failure['got'])}"
    for name, side in (failure.get("bytes") or {}).items():
        yield f"{name}"
        yield hexdump(side, indent="  ")


def _block(lines: Iterator[str]) -> Iterator[str]:
    """Text as it is: indented, so that no fence in it can end the block."""
    yield ""
    for text in lines:
        yield from (f"    {line}" for line in text.split("\n"))
    yield ""


def _requirements(rows: Sequence[Json]) -> Iterator[str]:
    wrong = [row for row in rows if row["verdict"] not in _QUIET]
    if wrong:
        yield "\n| requirement | level | verdict | what it says |\n|---|---|---|---|"
    for row in wrong:
        cells = (row["id"], row["level"], row["verdict"], row["text"])
        yield f"| {' | '.join(plain(cell) for cell in cells)} |"


_QUIET = frozenset({Verdict.PASS, Verdict.DECODE_ONLY, Verdict.NOT_CLAIMED})
"""Verdicts of which nothing is said."""


def _code(text: object) -> str:
    """Text within a pair of backticks: no backtick of its own, no line of its own."""
    return shown(text, 500).replace("`", "'")
