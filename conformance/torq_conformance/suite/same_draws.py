"""Makes Hypothesis draw the same for every implementation.

Hypothesis mixes constants into what it draws that it finds in the source of local modules: those of
an implementation in this process, and those of a kit that is installed for editing. Then two
implementations would be asked different questions, and so would one in two modes.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

PROVIDERS = "hypothesis.internal.conjecture.providers"
FOUND, KEPT = "_get_local_constants", "CONSTANTS_CACHE"


@contextmanager
def same_draws() -> Iterator[None]:
    """Within it no constants of anybody's source are drawn; before 6.131 they never are."""
    try:
        providers = importlib.import_module(PROVIDERS)
    except ImportError:
        yield
        return
    if not hasattr(providers, FOUND):
        yield
        return
    # There is no setting for it; what was found is kept for the next test, too.
    cache = getattr(providers, KEPT)
    cache.cache.clear()
    with mock.patch.object(providers, FOUND, providers.Constants):
        yield
    cache.cache.clear()
