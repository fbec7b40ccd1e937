"""What may go wrong with results that have passed the schema of results files, said in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import jinja2

from torq_conformance.errors import KitError
from torq_conformance.model import foreign_json


@contextmanager
def readable(names: Iterable[str]) -> Iterator[None]:
    """Turn what somebody else's results make of our code into a KitError."""
    try:
        yield
    except (*foreign_json.WRONG, jinja2.TemplateError) as error:
        what = " ".join(str(error).split())[:100]
        problem = f"{', '.join(names)} cannot be shown: {type(error).__name__}: {what}."
        raise KitError(problem, "Run the suite again.") from error
