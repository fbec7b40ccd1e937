"""Merges ledgers of one campaign that was run in several places."""

from __future__ import annotations

from pathlib import Path

from torq_conformance.campaign.ledger import SETTLED, Ledger
from torq_conformance.cluster.introduction import build_differs, kit_differs
from torq_conformance.errors import KitError

HINT = "Ledgers are merged that have the same suite, build, seed and unit."


def merge_into(into: Path, other: Path) -> tuple[int, int, int]:
    """Units that were taken, that both had, and that both had with other results.

    KitError where the two are not of one campaign; then nothing is changed.
    """
    with Ledger.open(other) as theirs:
        if into.exists() and into.samefile(other):
            raise KitError(f"{into} is named twice.", "Name two ledgers.")
        about = {key: value for key, value in theirs.about.items() if key != "run"}
        ours = Ledger.open(into) if into.exists() else Ledger.create(into, about)
        with ours:
            why = _why_not(ours, theirs)
            if why:
                raise KitError(f"{other} is of another campaign than {into}: {why}.", HINT)
            ours.begin()
            return ours.add(theirs)


def _why_not(ours: Ledger, theirs: Ledger) -> str:
    why = kit_differs(ours.about, theirs.about)
    why = why or build_differs(ours.about["build"], theirs.about["build"])
    for key in SETTLED:
        if ours.about.get(key) != theirs.about.get(key):
            why = why or f"another {key.removeprefix('is_').replace('_', ' ')}"
    return why
