"""Curves of what has grown over time: drawn by the page, or as an SVG file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from torq_conformance.report.foreign_text import shown

WIDTH, HEIGHT = 600, 160
"""Of what is drawn, in units of the picture."""

LEFT, TOP, RIGHT, BELOW = 8, 26, 8, 22
"""Room around it in a file of its own, for words."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """One curve: what it shows, and its points as hours and sums, which never fall."""

    title: str
    points: Sequence[Point]

    @property
    def hours(self) -> float:
        """How long it goes on."""
        return self.points[-1][0] if self.points else 0.0

    @property
    def most(self) -> float:
        """Where it ends."""
        return self.points[-1][1] if self.points else 0.0

    @property
    def caption(self) -> str:
        """Its end in words."""
        took = f"{self.hours:,.1f} hours" if self.hours >= 2 else f"{60 * self.hours:,.1f} minutes"
        return f"{self.most:,.0f} after {took}"

    @property
    def steps(self) -> str:
        """The points of a polyline: sums grow in steps, at the moment when something was seen."""
        wide, high = self.hours or 1.0, self.most or 1.0
        height: float = HEIGHT
        places = [f"0,{HEIGHT}"]
        for hours, total in self.points:
            x = WIDTH * hours / wide
            places.append(f"{x:.1f},{height:.1f}")
            height = HEIGHT - HEIGHT * total / high
            places.append(f"{x:.1f},{height:.1f}")
        return " ".join([*places, f"{WIDTH},{height:.1f}"])


def svg(curve: Curve) -> str:
    """A curve as an SVG document."""
    width, height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BELOW
    title, caption = escape(shown(curve.title)), escape(curve.caption)
    text = 'font-family="sans-serif" font-size="14" fill="currentColor"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{title}: {caption}</title>",
        f'<text x="{LEFT}" y="18" {text}>{title}</text>',
        f'<g transform="translate({LEFT} {TOP})" fill="none" stroke="currentColor">',
        f'<path d="M0 0V{HEIGHT}H{WIDTH}" stroke-opacity="0.4"/>',
        f'<polyline points="{curve.steps}" stroke="#2f6fd0" stroke-width="2"/>',
        "</g>",
        f'<text x="{LEFT}" y="{height - 6}" {text}>{caption}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
