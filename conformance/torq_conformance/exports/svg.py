"""Pictures of layouts as SVG: eight bytes a row, a colour a field, the picture's own words as text.

They are drawn from the same lines as the pictures in the terminal, so both show the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import identifiers, snake
from torq_conformance.report import pictures
from torq_conformance.report.foreign_text import shown
from torq_specs.layout import Layout

CHARACTER_WIDTH = 7.8
LINE_HEIGHT = 15
MARGIN = 12
COLOURS = ("#0b63a5", "#a3420f", "#28733a", "#7a3e9d", "#8a1c4a", "#4d5a00", "#00696b", "#5b4636")


def files(declared: Declared) -> dict[str, bytes]:
    """A picture of the header, of each record and of each declared type."""
    names = identifiers(declared.names, "The specification", "a file name", case=snake)
    return {
        f"{names[layout.name]}.svg": picture(layout, declared).encode()
        for layout in declared.layouts
    }


def picture(layout: Layout, declared: Declared) -> str:
    """The picture of one layout."""
    drawn = list(pictures.lines(layout))
    columns = max(sum(len(span.text) for span in line) for line in drawn)
    width = 2 * MARGIN + columns * CHARACTER_WIDTH
    height = 2 * MARGIN + (len(drawn) + 2) * LINE_HEIGHT
    title = shown(f"{layout.name}: {layout.doc} {layout.size} bytes.")
    stamp = f"torq-conformance export svg {declared.kit}, specification sha256 {declared.digest}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label={quoteattr(title)}>'
    )
    group = (
        '<g font-family="DejaVu Sans Mono, Consolas, monospace" font-size="13" '
        'xml:space="preserve" fill="#222222">'
    )
    lines = (
        head,
        f"<desc>{escape(stamp)}</desc>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        group,
        _text(0, escape(title), 'font-weight="bold"'),
        *_lines(layout, drawn),
        "</g>",
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _lines(layout: Layout, drawn: list[list[pictures.Span]]) -> Iterator[str]:
    order = [field.name for field in layout.fields if field.name]
    for row, line in enumerate(drawn, 2):
        yield _text(row, "".join(_span(span, order) for span in line), "")


def _span(span: pictures.Span, order: list[str]) -> str:
    if span.field not in order:
        return escape(shown(span.text))
    colour = COLOURS[order.index(span.field) % len(COLOURS)]
    return f'<tspan fill="{colour}">{escape(shown(span.text))}</tspan>'


def _text(row: int, content: str, more: str) -> str:
    y = MARGIN + (row + 1) * LINE_HEIGHT
    return f'<text x="{MARGIN}" y="{y}" {more}>{content}</text>'.replace(" >", ">")
