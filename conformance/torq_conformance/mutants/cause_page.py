"""The part of conformance/mutants.md that says how many causes a fault is reported as."""

from __future__ import annotations

from collections.abc import Sequence

from torq_conformance.mutants.cause_trial import SHARE, Causes

BEGIN = "<!-- written by torq-conformance mutants --causes --write conformance/mutants.md -->\n"
END = "<!-- end of the causes -->\n"


def part(found: Sequence[Causes]) -> str:
    """The part, markers included."""
    good = sum(one.is_one for one in found)
    lines = [
        BEGIN,
        "## One fault, one cause\n",
        "\n",
        "A full run against each mutant of a fixed sample, spread over all chapters.\n",
        f"{good} of {len(found)} are reported as exactly one cause, attributed to a requirement\n",
        f"that speaks of the fault ({good / max(len(found), 1):.1%}; {SHARE:.0%} are demanded):\n",
        "`torq-conformance mutants --causes`.\n",
        "\n",
        "| mutant | fault | causes | the first speaks of |\n",
        "|---|---|---|---|\n",
    ]
    for one in found:
        first = one.causes[0]["requirement"] if one.causes else "nothing"
        mark = "" if one.is_one else " (!)"
        lines.append(f"| {one.mutant} | {one.fault} | {len(one.causes)}{mark} | {first} |\n")
    return "".join([*lines, END])


def kept(page: str) -> str:
    """The part of a page, empty if it has none."""
    begin, end = page.find(BEGIN), page.find(END)
    return "" if begin < 0 or end < 0 else page[begin : end + len(END)]


def is_enough(found: Sequence[Causes]) -> bool:
    """Whether so many are one cause as are demanded."""
    return sum(one.is_one for one in found) >= SHARE * len(found)
