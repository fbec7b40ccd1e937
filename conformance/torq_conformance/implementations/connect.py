"""From the name of an implementation to the adapter through which it is judged."""

from __future__ import annotations

from functools import partial

from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.locate import full_name, load_python
from torq_conformance.implementations.protocol import Adapter


def connect(name: str, *, is_in_process: bool = False, deadline: float = 5.0) -> Adapter:
    """An adapter to the implementation of that name; KitError if it cannot be reached.

    ``deadline`` is in seconds per answer; in process there is none.
    """
    full = full_name(name)
    if full.startswith("stdio:"):
        raise KitError("stdio: implementations cannot be connected yet.", "Use a python: binding.")
    if is_in_process:
        return InProcessAdapter(load_python(full), name, partial(load_python, full))
    from torq_conformance.implementations.worker import WorkerAdapter

    return WorkerAdapter(full, deadline=deadline)
