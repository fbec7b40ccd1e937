"""Which message has which index in the stream of a search, and what is judged in one go.

The types take turns: index i is message ``i // n`` of type ``i % n`` of the n types, in the order
of their numbers. So any stretch of indexes is one stretch of messages of each type, and the message
of a failure is found again by its type and its index among those of its type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import no_type
from torq_conformance.search.messages import UNIT
from torq_specs.registry import Registry, TlvType


@dataclass(frozen=True)
class Unit:
    """Messages ``start`` to ``stop`` of one type, UNIT of them at most."""

    number: int
    start: int
    stop: int

    @property
    def count(self) -> int:
        """Messages of the unit."""
        return self.stop - self.start


def lines_of(types: Iterable[str], registry: Registry) -> tuple[TlvType, ...]:
    """The lines of named types, all declared ones when none is named; in the order of numbers."""
    lines = []
    for name in types:
        try:
            line = registry.whole.named(name)
        except KeyError as error:
            raise no_type(name, registry.whole, "--type") from error
        if line.number not in registry:
            hint = f"It claims {', '.join(one.name for one in registry.with_layout[:8])}."
            raise KitError(f"The implementation does not claim {line.name}.", hint)
        if line.layout is None:
            hint = "Search for the declared ones; the suite judges the others."
            raise KitError(f"{line.name} carries bytes that nothing declares.", hint)
        lines.append(line)
    if not lines and not registry.with_layout:
        raise KitError(
            "None of the types that are claimed is declared field by field.",
            "The suite judges the others: `torq-conformance run`.",
        )
    return tuple(sorted({x.number: x for x in lines or registry.with_layout}.values(), key=_number))


def _number(line: TlvType) -> int:
    return line.number


def units(lines: Sequence[TlvType], start: int, count: int) -> Iterator[Unit]:
    """The units of the indexes from ``start`` on, the earlier indexes first."""
    n, end = len(lines), start + count
    # Of type t the messages whose index t + n * i lies in the stretch.
    stretches = {
        line.number: (-(-(start - turn) // n), -(-(end - turn) // n))
        for turn, line in enumerate(lines)
    }
    first = min(begin for begin, _ in stretches.values()) // UNIT
    last = max(stop for _, stop in stretches.values())
    for begin in range(first * UNIT, last, UNIT):
        for number, (low, high) in stretches.items():
            unit = Unit(number, max(low, begin), min(high, begin + UNIT))
            if unit.count > 0:
                yield unit


def digest(parts: Iterable[bytes]) -> str:
    """The digest of a stream, of the SHA-256 of the bytes of each unit in order."""
    return hashlib.sha256(b"".join(parts)).hexdigest()
