"""Templates of generated pages and sources: text as it is, nothing undefined, no stray lines."""

from __future__ import annotations

import re

import jinja2


def templates() -> jinja2.Environment:
    """Templates of this package; ``cell`` makes text safe in a cell of a Markdown table."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("torq_conformance.exports"),
        autoescape=False,  # noqa: S701  Markdown and sources, not HTML.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = _cell
    return made


def _cell(text: object) -> str:
    return re.sub(r"[|*]", r"\\\g<0>", str(text)).replace("<", "&lt;").replace("\n", " ")
