"""Mutants that the golden vectors alone do not kill, each with the reason.

A test fails when one of them is killed after all, and when another one survives.
"""

from __future__ import annotations

TOO_LONG = "shows only in a message of 512 KiB or 1 MiB, twice as much in hex; the suite asks it"
TOO_MANY = "shows only in a message of 65,536 TLVs, which takes 2 MB of JSON; the suite asks it"
CROWDED = "shows only in a list of 65,536 elements, which takes 260 kB of JSON; the suite asks it"
THREADS = "shows only when several threads ask at once, which no file can say"
BATCHES = "shows only among others in one call, which no file asks for; the suite does"
MEMORY = "shows only in memory that the kit has laid out, which no file can say"

VIEWS = "decodes and encodes right; a view of a living buffer no file can ask for"
LOOPS = "its codec is right, its measured loop is not, which no file can ask for"

UNSEEN = {
    **dict.fromkeys(("H12", "H12b", "H12c", "H12d", "H25", "H26", "H42"), TOO_LONG),
    "T25": TOO_MANY,
    "V32": CROWDED,
    **dict.fromkeys(
        ("G03", "G03b", "G03c", "G03d", "G03e", "G03f", "G03g", "G09", "G09b"), THREADS
    ),
    **dict.fromkeys(("G30", *(f"G30{letter}" for letter in "bcdefghi")), THREADS),
    **dict.fromkeys(
        ("M01", "M01b", "M01c", "M01d", "M01e", "M01f", "M01g", "M01h"),
        MEMORY,
    ),
    **dict.fromkeys(
        ("P01", "P01b", "P01c", "P02", "P02b", "P03", "P04", "P04b", "P04c"),
        LOOPS,
    ),
    **dict.fromkeys(("W01", *(f"W01{letter}" for letter in "bcdefghij"), "W02"), VIEWS),
    **dict.fromkeys(("W03", "W03b", "W03c", "W03d", "W03e", "W04", "W04b", "W04c"), VIEWS),
    **dict.fromkeys(("W05", "W05b", "W05c", "W05d", "W05e", "W06", "W07"), VIEWS),
    **dict.fromkeys(("W10", "W10b", "W11", "W11b"), VIEWS),
    **dict.fromkeys(("G20", "G21"), BATCHES),
    **dict.fromkeys(("P06", "P06b", "P06c", "P06d", "P06e", "P06f", "P07"), LOOPS),
    **dict.fromkeys(
        ("M02", "M02b", "M02c", "M02d", "M02e", "M02f", "M03", "M03b", "M04", "M04b", "M05"), MEMORY
    ),
    **dict.fromkeys(("M06", "M06b", "M07", "M07b", "M07c"), MEMORY),
}
"""The reason by the id of the mutant."""
