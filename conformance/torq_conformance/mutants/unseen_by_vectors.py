"""Mutants that the golden vectors alone do not kill, each with the reason.

A test fails when one of them is killed after all, and when another one survives.
"""

from __future__ import annotations

TOO_LONG = "shows only in a message of 1 MiB, which takes 2 MiB of hex; the suite asks it"

UNSEEN = {
    "H12": TOO_LONG,
    "H12b": TOO_LONG,
    "H12c": TOO_LONG,
    "H12d": TOO_LONG,
}
"""The reason by the id of the mutant."""
