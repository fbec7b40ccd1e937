"""A whole measurement as text, for who asks for it at the end of something else."""

from __future__ import annotations

import io

from rich.console import Console

from torq_conformance.meter import claims, measuring, streams, tables

WIDTH = 100
DEADLINE = 60.0


def report(name: str) -> str:
    """Measure an implementation and say what a message costs and which claims it meets."""
    found = measuring.measure(name, streams.chosen(()), deadline=DEADLINE)
    written = io.StringIO()
    tables.show(found, claims.claims(found), Console(file=written, width=WIDTH))
    return written.getvalue().rstrip()
