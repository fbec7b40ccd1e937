"""Takes the pictures of docs/report.md: `python -m tests.conformance.page_pictures RESULTS...`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.conformance.chromium import Browser, browser
from torq_conformance.publishing import inputs
from torq_conformance.report.page import page

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"

SHOTS = (
    ("desk", 1280, 860, "light", "#verdict"),
    ("cause", 1280, 1240, "light", "#cause-{bytes}"),
    ("matrix", 1280, 760, "dark", "#matrix"),
    ("phone", 390, 800, "light", "#verdict"),
)
"""Names, sizes of the window, themes, and what is scrolled to."""


def take(one: Browser, path: Path, folder: Path) -> None:
    """Every picture of one page."""
    for name, width, height, theme, where in SHOTS:
        one.open(path, width, height)
        one.run(f"document.documentElement.dataset.theme = '{theme}'")
        # A cause of which bytes came back shows most.
        with_bytes = one.run(
            "([...document.querySelectorAll('.cause')].find((e) => e.querySelector('.dumps figure "
            "+ figure')) || document.querySelector('.cause')).id.slice(6)"
        )
        selector = where.format(bytes=with_bytes)
        one.run(f"document.querySelector('{selector}').open = true")
        if where == "#verdict":
            one.run("scrollTo(0, 0)")
        else:
            one.run(f"document.querySelector('{selector}').scrollIntoView({{behavior: 'instant'}})")
        one.picture(folder / f"report-{name}.jpg")


if __name__ == "__main__":
    found = inputs.read([Path(name) for name in sys.argv[1:]])
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, browser(Path(scratch)) as opened:
        made = Path(scratch) / "page.html"
        made.write_text(page.render(found.results, found.measurements), encoding="utf-8")
        take(opened, made, FOLDER)
