"""Flame graphs: the call stacks of a callgrind file, drawn as SVG.

Contract: text in, text out; nothing is run here. Callgrind must have been told
``--separate-callers``, so that the name of a function holds those that called it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape

from torq_conformance.report.foreign_text import NAME_MAX, shown

WIDTH, ROW, TOP = 1200, 18, 40
THIN = 0.4
"""Pixels below which a function is left out of the drawing."""

CHARACTER = 7.0
"""Pixels that a character takes."""

COST = re.compile(r"[+*-]?\d* (\d+)")

Stack = tuple[str, ...]


def stacks(text: str) -> Counter[Stack]:
    """Instructions of each stack, the outermost function first."""
    found: Counter[Stack] = Counter()
    stack: Stack = ()
    is_called = False
    for line in text.splitlines():
        if line.startswith("fn="):
            stack = tuple(reversed(line[3:].split("'")))
        elif line.startswith("calls="):
            # The next line is what the called one took: it stands at its own name.
            is_called = True
        elif cost := COST.fullmatch(line):
            if not is_called and stack:
                found[stack] += int(cost.group(1))
            is_called = False
    return found


def hottest(found: Mapping[Stack, int], count: int) -> list[tuple[str, int]]:
    """The functions that take the most themselves, and their instructions."""
    own: Counter[str] = Counter()
    for stack, cost in found.items():
        own[stack[-1]] += cost
    return own.most_common(count)


def svg(found: Mapping[Stack, int], title: str) -> str:
    """The drawing: a box a function, as wide as what it takes with all that it calls."""
    whole = sum(found.values()) or 1
    rows = [*_boxes(sorted(found.items()), 0, 0.0, WIDTH / whole)]
    depth = 1 + max((row for row, *_ in rows), default=0)
    height = TOP + depth * ROW + 10
    boxes = "\n".join(_box(height, whole, *one) for one in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{WIDTH / 2:g}" y="24" font-size="15" text-anchor="middle">'
        f"{escape(shown(title, NAME_MAX))}</text>\n{boxes}\n</svg>\n"
    )


def _boxes(
    rows: list[tuple[Stack, int]], depth: int, left: float, scale: float
) -> Iterator[tuple[int, float, float, str, int]]:
    """Depth, place, width, name and cost of each function; ``rows`` are sorted."""
    at = 0
    while at < len(rows):
        name = rows[at][0][depth] if depth < len(rows[at][0]) else ""
        end = at
        while end < len(rows) and rows[end][0][depth : depth + 1] == rows[at][0][depth : depth + 1]:
            end += 1
        cost = sum(one for _, one in rows[at:end])
        width = cost * scale
        if name and width >= THIN:
            yield depth, left, width, name, cost
            yield from _boxes(rows[at:end], depth + 1, left, scale)
        left += width
        at = end


def _box(
    height: int, whole: int, depth: int, left: float, width: float, name: str, cost: int
) -> str:
    above = height - 10 - (depth + 1) * ROW
    label = shown(name, NAME_MAX)
    room = int((width - 6) / CHARACTER)
    text = label if len(label) <= room else f"{label[: room - 2]}.." if room > 3 else ""
    colour = f"hsl({zlib.crc32(name.encode()) % 60}, 75%, 68%)"
    title = escape(f"{label}: {cost:,} instructions, {100 * cost / whole:.1f} %")
    return (
        f'<g><title>{title}</title><rect x="{left:.1f}" y="{above}" width="{width:.1f}" '
        f'height="{ROW - 1}" fill="{colour}"/><text x="{left + 3:.1f}" y="{above + 13}">'
        f"{escape(text)}</text></g>"
    )
