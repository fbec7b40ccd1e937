"""Charts of measurements as shapes with their places, drawn by the page itself as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torq_conformance.report.foreign_text import shown

Json = Mapping[str, Any]

WIDTH = 100.0
"""Of the scale; what is drawn lies from 0 to here."""


@dataclass(frozen=True)
class Bar:
    """One bar: of which measurement (from 0), its number in words, and how far it reaches."""

    measurement: int
    text: str
    width: float


@dataclass(frozen=True)
class Row:
    """The bars of one workload, and where what is promised stands; None: nothing is promised."""

    name: str
    bars: tuple[Bar, ...]
    promised: float | None
    promised_text: str


def rates(measurements: Sequence[Json]) -> tuple[Row, ...]:
    """Operations a second by workload, on a scale of powers of ten."""
    names = dict.fromkeys(name for one in measurements for name in one["rates"])
    numbers = [number for one in measurements for number in one["rates"].values()]
    numbers += [number for one in measurements for number in one["floors"].values()]
    scale = _scale([number for number in numbers if number > 0])
    rows = []
    for name in names:
        floor = next((one["floors"][name] for one in measurements if name in one["floors"]), None)
        bars = tuple(
            Bar(at, f"{one['rates'][name]:,.0f}/s", scale(one["rates"][name]))
            for at, one in enumerate(measurements)
            if name in one["rates"]
        )
        promised = None if floor is None else scale(floor)
        text = "" if floor is None else f"promised {floor:,.0f}/s"
        rows.append(Row(shown(name, 60), bars, promised, text))
    return tuple(rows)


def books(measurements: Sequence[Json]) -> tuple[Row, ...]:
    """Instructions of a round trip of a book, by its levels; the scale begins at 0."""
    levels = sorted({level for one in measurements for level in one["books"]})
    highest = max((cost for one in measurements for cost in one["books"].values()), default=0)
    return tuple(
        Row(
            f"{level} levels a side",
            tuple(
                Bar(
                    at,
                    f"{one['books'][level]:,.0f} instructions",
                    WIDTH * one["books"][level] / (highest or 1),
                )
                for at, one in enumerate(measurements)
                if level in one["books"]
            ),
            None,
            "",
        )
        for level in levels
    )


def _scale(numbers: Sequence[float]) -> Any:
    low = math.floor(math.log10(min(numbers, default=1)))
    high = math.ceil(math.log10(max(numbers, default=10)))
    span = max(high - low, 1)

    def place(number: float) -> float:
        if number <= 0:
            return 0.0
        return round(min(WIDTH, WIDTH * (math.log10(number) - low) / span), 2)

    return place
