"""What a run says in the terminal: the verdict, of what, the causes, and what to do next.

Contract: no line but those that are copied or read by columns (commands, bytes) is wider than the
console. The table of all requirements is shown only where everything is asked for.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from torq_conformance.judging.levels import headline as headline_of_levels
from torq_conformance.judging.levels import is_of_relay, levels_of, why_none_of
from torq_conformance.judging.verdicts import CONTRACT, Verdict
from torq_conformance.report.claims import Claim, State, claims_table, machine_line
from torq_conformance.report.failures import INDENT, failure_text, repeated_by
from torq_conformance.report.foreign_text import NAME_MAX, neutral, shown
from torq_conformance.report.tables import requirement_table
from torq_specs.requirements import Level, Requirement

CAUSES_SHOWN = 1
"""Causes that are shown with their evidence, the plainest first."""
CAUSES_WHOLE = 3
"""So many causes are listed with all that they were seen by; more of them in short."""
CAUSES_LISTED = 20
"""Causes that are listed."""
LINES_OF_A_CAUSE = 2
"""Lines of a cause that is listed in short."""
LINES_OF_A_REASON = 2
"""Lines of the requirements that failed, where not everything is asked for."""
WAYS_SHOWN = 3
"""Problems of one cause that are shown, the most frequent first."""
ALSO_SHOWN = 6
"""Requirements that failed for a cause and are named with it."""
WIDTH_MIN = 40
"""Columns below which nothing is cut any more."""
DEFAULT_RESULTS = "torq-results.json"
"""The results file that need not be named."""


def show(document: dict[str, Any], console: Console, *, results: str, is_verbose: bool) -> None:
    """Everything that a results document says to a person."""
    levels = neutral(levels_of(document))
    document = neutral(document)
    causes = [cause for cause in document["causes"] if "known" not in cause]
    if document["options"].get("is_in_process"):
        # Before all else, for the verdict may be the implementation's own.
        say(console, f"{levels['why_none']}; no level is reached", style="yellow")
    say(console, document["conclusion"], style=_style(document))
    _show_head(document, console)
    if causes:
        _show_causes(document, causes, console, len(causes) if is_verbose else CAUSES_SHOWN)
    _show_known(document, console)
    _show_flaky(document, console)
    if document["findings"]:
        _show_findings(document, console, is_whole=is_verbose or not causes)
    if document["planned"]["cases"] and is_verbose:
        rows = document["requirements"]
        if "types" in document["implementation"]:
            # Of dozens of types that are somebody else's, one line is enough.
            rows = [row for row in rows if row["verdict"] != Verdict.NOT_CLAIMED]
        console.print(requirement_table(rows, console.width))
        if len(rows) < len(document["requirements"]):
            left_out = len(document["requirements"]) - len(rows)
            console.print(f"{left_out} more are not claimed", style="dim")
        console.print()
    _show_measured(document, console)
    if document["judged"]["cases"]:
        say(console, headline_of_levels(levels))
        _show_next(document, causes, console, results)
    _show_conclusion(document, console, results, is_verbose=is_verbose)


def say(
    console: Console,
    text: str,
    *,
    lead: str = "",
    style: str = "",
    hang: int = 2,
    lines_max: int | None = None,
) -> None:
    """A text in lines that fit; those after the first are indented by ``hang``.

    ``lead`` begins the first line and alone has the style, where there is one.
    """
    whole = textwrap.wrap(
        lead + text,
        width=max(console.width, WIDTH_MIN),
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
        max_lines=lines_max,
        placeholder=" ...",
    )
    for at, line in enumerate(whole or [""]):
        # Cut anew, a line may begin with what a CI system takes as a command.
        said = Text(shown(line), style="" if lead else style)
        if lead and not at:
            said.stylize(style, 0, len(lead))
        console.print(said, soft_wrap=True)


def _show_next(
    document: dict[str, Any], causes: Sequence[dict[str, Any]], console: Console, results: str
) -> None:
    """The commands that come next, as they can be copied."""
    name = document["implementation"]["given_as"]
    kept = {failure["id"]: failure for failure in document["failures"]}
    plainest = next((kept[one["example"]] for one in causes if one["example"] in kept), None)
    steps = []
    if plainest is not None:
        options = () if results == DEFAULT_RESULTS else ("--results", results)
        steps.append(("mend the first cause, then", repeated_by(plainest, name, *options)))
    elif document["exit_code"] == 0 and _is_worth_measuring(document):
        words = ["torq-conformance", "meter", name, "--baseline", "meter.json"]
        steps.append(("measure it:", shlex.join(words)))
    words = ["torq-conformance", "report", results, "--html", "report.html"]
    steps.append(("read all of it:", shlex.join(words)))
    for at, (why, command) in enumerate(steps):
        lead = "next: " if not at else "      "
        console.print(Text(shown(f"{lead}{why} {command}")), soft_wrap=True)


def _is_worth_measuring(document: dict[str, Any]) -> bool:
    return not is_of_relay(document) and why_none_of(document) == ""


def _show_measured(document: dict[str, Any], console: Console) -> None:
    if measured := document.get("measured"):
        rows = [Claim(**{**one, "state": State(one["state"])}) for one in measured["claims"]]
        console.print(machine_line(measured["machine"]))
        console.print(claims_table(rows, "claims of section 10"))
        console.print()


def _show_head(document: dict[str, Any], console: Console) -> None:
    who = document["implementation"]
    unjudged = document.get("claimed_not_judged", [])
    claims = ", ".join(name for name in who["capabilities"] if name not in unjudged)
    name, version, language = (shown(who[k], NAME_MAX) for k in ("name", "version", "language"))
    named = f"{name} {version}".rstrip()
    every = "" if "types" in who or is_of_relay(document) else ", all types"
    say(console, f"{named} ({language}){every}, claims {claims or 'nothing beside the rules'}")
    if "types" in who:
        say(console, f"types: {shown(who['types']['named'])}")
    if unjudged:
        say(console, f"claimed, not judged: {', '.join(unjudged)}", style="yellow")
    console.print()


def _show_known(document: dict[str, Any], console: Console) -> None:
    entries = document.get("known_failures", {}).get("entries", [])
    if not entries:
        return
    causes = {cause["id"]: cause for cause in document["causes"]}
    console.print(Text(counted(len(entries), "known failure"), style="yellow"))
    for entry in entries:
        named = ", ".join(entry[key] for key in ("requirement", "cause", "case") if key in entry)
        cases = sum(causes[id_]["cases"] for id_ in entry["causes"])
        extent = f" ({counted(cases, 'case')})" if cases else ""
        lead = f"  {entry['status']}"
        say(console, f": {named}{extent}", lead=lead, style="yellow", hang=7)
        say(console, f"       {entry['reason']}", style="dim", hang=7)
    console.print()


def _show_flaky(document: dict[str, Any], console: Console) -> None:
    flaky = [cause for cause in document["causes"] if "flaky" in cause]
    if not flaky:
        return
    text = f"{len(flaky)} flaky: the same question is answered otherwise when it is asked again"
    console.print(Text(text, style="bold yellow"))
    for cause in flaky:
        lead = f"  {cause['id']} {cause['requirement']}"
        say(console, f"  {cause['flaky']}", lead=lead, style="yellow", hang=7)
    console.print()


def counted(count: int, noun: str) -> str:
    """A number of things in words: ``1 case``, ``2 cases``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _style(document: dict[str, Any]) -> str:
    return "bold green" if document["exit_code"] == 0 else "bold red"


def _show_causes(
    document: dict[str, Any], causes: Sequence[dict[str, Any]], console: Console, count: int
) -> None:
    is_short = len(causes) <= max(count, CAUSES_WHOLE)
    listed = causes if is_short else causes[:CAUSES_LISTED]
    show_cause_lines(causes, console, listed, None if is_short else LINES_OF_A_CAUSE)
    examples = {failure["id"]: failure for failure in document["failures"]}
    shown = [cause for cause in causes if cause["example"] in examples]
    _show_texts(document, [examples[cause["example"]] for cause in shown[:count]], console)
    left_out = document.get("left_out", {})
    if left_out.get("causes"):
        console.print(f"{left_out['causes']:,} further causes are left out: mend the first ones")
    console.print()


def show_cause_lines(
    causes: Sequence[dict[str, Any]],
    console: Console,
    listed: Sequence[dict[str, Any]] | None = None,
    lines_max: int | None = None,
) -> None:
    """How many causes there are, and each of them, or of those ``listed``.

    ``lines_max``: lines of one; None: all, and what else it was seen by.
    """
    cases = sum(cause["cases"] for cause in causes)
    console.print(Text(f"{headline(len(causes), cases)}", style="bold red"))
    for cause in causes if listed is None else listed:
        lead = f"  {cause['id']} {cause['requirement']}"
        about = f"  {cause['problem']}  ({_extent(cause)})"
        say(console, about, lead=lead, style="red", hang=5, lines_max=lines_max)
        for text in _beside(cause) if lines_max is None else ():
            say(console, f"       {text}", style="dim", hang=9)
    if listed is not None and len(listed) < len(causes):
        console.print(f"  ... {len(causes) - len(listed)} more (--verbose lists them all)")


def headline(causes: int, cases: int) -> str:
    """How much failed, in one line."""
    cause, case = "cause" if causes == 1 else "causes", "case" if cases == 1 else "cases"
    return f"{causes} {cause} in {cases:,} failed {case}"


def _extent(cause: dict[str, Any]) -> str:
    cases = f"{cause['cases']:,} case" + ("" if cause["cases"] == 1 else "s")
    return f"{cases} of {cause['tests']} test" + ("" if cause["tests"] == 1 else "s")


def _beside(cause: dict[str, Any]) -> list[str]:
    """What else a cause is seen by: other problems, other requirements that failed for it alone."""
    others = cause["problems_in_all"] - 1
    among = ", the most frequent" if others >= WAYS_SHOWN else ""
    lines = [f"seen in {others + 1} ways{among}:"] if others else []
    lines += [
        f"  {row['problem']} ({row['cases']:,})" for row in cause["problems"][:WAYS_SHOWN] if others
    ]
    if cause["also"]:
        more = f" and {len(cause['also']) - ALSO_SHOWN} more" if cause["also"][ALSO_SHOWN:] else ""
        lines.append(f"failed by it as well: {', '.join(cause['also'][:ALSO_SHOWN])}{more}")
    return lines


def _show_findings(document: dict[str, Any], console: Console, *, is_whole: bool) -> None:
    found, findings = (
        document["findings"],
        "finding" if len(document["findings"]) == 1 else "findings",
    )
    counts = {row["id"]: row["should_findings"] for row in document["requirements"]}
    console.print(Text(f"{len(found)} SHOULD {findings}", style="yellow"))
    for finding in found:
        id_ = finding["requirement"]
        about = f"  {finding['problem']}  ({counts[id_]} cases)"
        say(console, about, lead=f"  {id_}", style="yellow", hang=5)
    if is_whole:
        _show_texts(document, found, console)
    console.print()


def _show_texts(
    document: dict[str, Any], reported: Sequence[dict[str, Any]], console: Console
) -> None:
    rows = {row["id"]: row for row in document["requirements"]}
    for one in reported:
        console.print()
        row = rows.get(one["requirement"])
        rule = (
            CONTRACT
            if row is None
            else Requirement(row["id"], Level(row["level"]), row["text"], row["section"])
        )
        text = failure_text(one, rule, document["implementation"]["given_as"])
        first, *rest = text.split("\n")
        say(console, first, style="bold")
        for line in rest:
            if line.lstrip().startswith("to repeat it: "):
                console.print(Text(line), soft_wrap=True)
            else:
                say(console, line, hang=len(INDENT))


def _show_conclusion(
    document: dict[str, Any], console: Console, results: str, *, is_verbose: bool
) -> None:
    console.print()
    judged, planned = document["judged"]["cases"], document["planned"]["cases"]
    left_out = document["not_claimed"]["cases"]
    line = f"{document['conclusion']}: {judged} of {planned} planned cases judged"
    line += f", {left_out} not claimed" if left_out else ""
    about = line.removeprefix(document["conclusion"])
    lead = document["conclusion"]
    say(console, f"{about}; results in {shown(results)}", lead=lead, style=_style(document))
    for reason in document["reasons"]:
        # Which requirements failed says the list of causes better.
        is_short = reason.startswith("failed: ") and not is_verbose
        say(console, f"  {reason}", hang=4, lines_max=LINES_OF_A_REASON if is_short else None)
