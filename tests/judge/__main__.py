"""Judges the judge: which of its lines could be otherwise, unseen? `python -m tests.judge`."""

from __future__ import annotations

import argparse
import collections
import os
import sys
import tomllib
from pathlib import Path

import hypothesis
import pytest

from tests.judge.applying import Source
from tests.judge.changes import Change
from tests.judge.trials import COST_MAX, Fate, Trials

JUDGING = ("expectations", "verdicts", "attribution", "causes", "breakdowns", "levels", "evidence")
MODULES = (
    *(f"torq_conformance.judging.{name}" for name in JUDGING),
    "torq_conformance.running.results",
)

HERE = Path(__file__).parent
FOLDER = HERE.parent / "conformance"

TESTS = (
    *("expectations", "texts_and_settings_by_hand", "verdicts", "attribution", "causes_by_hand"),
    *("breakdowns_by_hand", "levels", "evidence_by_hand", "results", "conclusions"),
)
"""The tests that say by hand what the judge must answer, each within its own process."""

KILLED_MIN = 95
"""Percent of the changes that must be killed, of those that change anything."""


def equivalent() -> dict[str, str]:
    """The changes that change nothing that anybody could see, each with the reason."""
    document = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
    return {one["change"]: one["why"] for one in document["equivalent"]}


def sources_of(name: str) -> list[Source]:
    """The modules with that in their names."""
    return [Source(one) for one in MODULES if name in one]


def stale(sources: list[Source], listed: dict[str, str]) -> list[str]:
    """What is listed and is no change of a module any more."""
    return sorted(listed.keys() - {one.id for source in sources for one in source.changes})


def main() -> int:
    """Try the changes, print what became of them; 1: too many survived, 2: the set-up is wrong."""
    options = _options()
    same = equivalent()
    sources = sources_of(options.module)
    if gone := [] if options.module else stale(sources, same):
        print("equivalent.toml names what is no change any more:", *gone, sep="\n  ")
        return 2

    def chosen(source: Source) -> list[Change]:
        some = source.changes[options.first :: options.every]
        return [one for one in some if one.id not in same and options.only in one.id]

    if options.list:
        for source in sources:
            print(*(one.id for one in chosen(source)), sep="\n")
        return 0
    trials = Trials(sources, chosen, options.jobs)
    os.chdir(HERE.parent.parent)
    hypothesis.settings.register_profile("judge", database=None, derandomize=True, deadline=None)
    hypothesis.settings.load_profile("judge")
    files = [str(FOLDER / f"test_{name}.py") for name in options.tests or TESTS]
    quiet = ("-s", "-p", "no:terminal", "--assert=plain")
    code = pytest.main([*quiet, *files], plugins=[trials])
    if trials.broken or (code not in {0, 5}) or not trials.fates:
        print(f"tests fail without any change, or one cannot be made ({code}):")
        print(*trials.broken, sep="\n")
        return 2
    return _told(trials, sources, len(same))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.judge", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every n-th change")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="the k-th, from 0, first")
    parser.add_argument("--module", default="", metavar="NAME", help="one module alone")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="changes whose id has this in it"
    )
    parser.add_argument("--tests", nargs="+", metavar="NAME", help="those test modules alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--list", action="store_true", help="name the changes, try none")
    return parser.parse_args()


def _told(trials: Trials, sources: list[Source], same: int) -> int:
    total, killed = 0, 0
    for source in sources:
        name = source.name.removeprefix("torq_conformance.")
        counts = collections.Counter(
            fate for id_, fate in trials.fates.items() if id_.startswith(f"{name} ")
        )
        total, killed = total + counts.total(), killed + counts[Fate.KILLED]
        print(f"{name:24} {counts[Fate.KILLED]:5} of {counts.total():5} killed")
    for id_, fate in trials.fates.items():
        if fate is not Fate.KILLED:
            print(f"{fate.value}: {id_}")
    if trials.left_out:
        print(f"{len(trials.left_out)} tests of more than {COST_MAX:g} s were left out")
    percent = 100 * killed / total
    print(f"{killed} of {total} changes killed: {percent:.1f} %; {same} more change nothing")
    return int(percent < KILLED_MIN)


if __name__ == "__main__":
    sys.exit(main())
