"""Ledgers without judging: units of which it is known what came of them."""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torq_conformance.campaign import summary
from torq_conformance.campaign.ledger import Ledger, Recorded, Unit
from torq_conformance.cluster.introduction import introduction

CLAIMS = {
    "name": "made",
    "version": "1",
    "language": "Python",
    "capabilities": ["decode", "encode"],
    "types": None,
}
PROBLEMS = ("flags are lost", "the third TLV is lost", "a size is wrong")


@functools.cache
def _introduction() -> dict[str, Any]:
    return introduction({"implementation": "reference"}, CLAIMS)


def about(**other: Any) -> dict[str, Any]:
    """What a ledger says of its campaign."""
    return {
        **_introduction(),
        "implementation": "reference",
        "seed": 0,
        "unit": 1,
        "is_in_process": True,
        "deadline": 5.0,
        "vendor_specs": None,
        "began": 0.0,
        **other,
    }


def recorded(start: int, at: float = 0.0) -> Recorded:
    """What came of a unit: every fourth one fails, in one of three ways."""
    problem = PROBLEMS[start % len(PROBLEMS)]
    signature: dict[str, Any] = {
        "problem": problem,
        "ways": [["RT-VALUE", f"field {start % 3}", ""]],
    }
    failure = {"id": f"{start:010x}", "requirement": "RT-VALUE", "problem": problem}
    failed = start % 4 == 0
    met = [(start % 5, start % 7)]
    if not failed:
        return Recorded(unit(start, at), met=met)
    signature |= {"cases": 2, "example": failure["id"]}
    return Recorded(unit(start, at), [signature], [failure], met)


def unit(start: int, at: float = 0.0) -> Unit:
    """The row of a unit."""
    digest = hashlib.sha256(str(start).encode()).hexdigest()
    failed = 2 * (start % 4 == 0)
    return Unit("drawn", start, start + 1, "drawn", "w", at, 0.1, 1000, 0, 0, failed, digest)


def fill(ledger: Ledger, starts: Iterable[int]) -> None:
    """Record some units."""
    ledger.record(recorded(start, float(at)) for at, start in enumerate(starts))


def told(ledger: Ledger) -> Mapping[str, Any]:
    """What must be the same, however a ledger came about."""
    sums = summary.sums(ledger)
    return {
        "judged": sums.judged,
        "digest": sums.digest,
        "stretches": sums.stretches,
        "finds": summary.finds_digest(ledger.finds()),
        "met": sorted((first, second) for first, second, _ in ledger.met()),
    }


def write_for_ever(path: Path) -> None:
    """Record unit after unit, and say so after each, until somebody ends the process."""
    with Ledger.open(path) as ledger:
        ledger.begin()
        start = 1 + max(ledger.starts("drawn"), default=-1)
        while True:
            fill(ledger, [start])
            sys.stdout.write(f"{start}\n")
            sys.stdout.flush()
            start += 1


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
