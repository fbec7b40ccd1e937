"""From the name of an implementation to the adapter through which it is judged."""

from __future__ import annotations

from functools import partial

from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.locate import full_name, load_python
from torq_conformance.implementations.protocol import Adapter
from torq_specs.registry import REGISTRY, Registry


def connect(
    name: str,
    *,
    is_in_process: bool = False,
    deadline: float = 5.0,
    restarts: int = 100,
    registry: Registry = REGISTRY,
) -> Adapter:
    """An adapter to the implementation of that name; KitError if it cannot be reached.

    ``deadline`` is in seconds per answer and ``restarts`` the budget of a process; in process there
    is neither. ``registry`` tells a stdio: implementation which types have a layout.
    """
    full = full_name(name)
    scheme, _, rest = full.partition(":")
    if scheme == "stdio":
        if is_in_process:
            raise KitError(
                "A stdio: implementation has a process of its own.", "Leave in-process out."
            )
        from torq_conformance.implementations.stdio import StdioAdapter

        return StdioAdapter(rest, deadline=deadline, restarts=restarts, registry=registry)
    if is_in_process:
        return InProcessAdapter(load_python(full), name, partial(load_python, full))
    from torq_conformance.implementations.worker import WorkerAdapter

    return WorkerAdapter(full, deadline=deadline, restarts=restarts)
