"""What a process that judges can be asked for, by name: nobody else names code."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torq_conformance.errors import KitError

Json = dict[str, Any]

TASKS: Mapping[str, str] = {
    "drawn": "torq_conformance.search.drawn:open_judging",
    "valid": "torq_conformance.search.stretch:open_judging",
    "compare": "torq_conformance.compare.process:open_judging",
    "mutants": "torq_conformance.mutants.spreading:open_judging",
    "meter": "torq_conformance.meter.spreading:open_judging",
    "empty": "torq_conformance.cluster.empty:open_judging",
}
"""Where each task opens its judging; imported only in the process that judges."""


class Judging(Protocol):
    """Judges units one after the other, in a process of its own."""

    claims: Json
    """What the implementation says of itself: units mean the same only where this is the same."""

    def judge(self, unit: Json) -> Json:
        """The result of a unit: a function of the unit and the set-up alone."""

    def close(self) -> None:
        """Let go of what was started."""


def open_judging(task: str, setup: Json) -> Judging:
    """The judging of a task; KitError when that cannot be begun here."""
    if task not in TASKS:
        raise KitError(f"There is no task {task!r:.60}.", f"There are: {', '.join(TASKS)}.")
    module, _, name = TASKS[task].partition(":")
    opens: Callable[[Json], Judging] = getattr(importlib.import_module(module), name)
    return opens(setup)
