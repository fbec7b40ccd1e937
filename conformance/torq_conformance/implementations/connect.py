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
    is_linted: bool = False,
) -> Adapter:
    """An adapter to the implementation of that name; KitError if it cannot be reached.

    ``deadline`` is in seconds per answer and ``restarts`` the budget of a process; in process there
    is neither. ``registry`` tells which types have a layout and ``is_linted`` holds every line
    against the schema, both for stdio: alone.
    """
    full = full_name(name)
    scheme, _, rest = full.partition(":")
    if scheme == "stdio":
        if is_in_process:
            raise KitError(
                "A stdio: implementation has a process of its own.", "Leave in-process out."
            )
        from torq_conformance.implementations.stdio import StdioAdapter

        return StdioAdapter(
            rest, deadline=deadline, restarts=restarts, registry=registry, is_linted=is_linted
        )
    if is_linted:
        raise KitError(f"There are no lines to lint: {name} is in Python.", "Leave lint out.")
    if is_in_process:
        return InProcessAdapter(load_python(full), name, partial(load_python, full))
    from torq_conformance.implementations.worker import WorkerAdapter

    return WorkerAdapter(full, deadline=deadline, restarts=restarts)
