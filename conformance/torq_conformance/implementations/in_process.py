"""The fast way: an implementation in Python is called in this very process.

Only for trusted code: whatever it does to the process, it does to the judge.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from torq_conformance.implementations import python_calls, python_threads
from torq_conformance.implementations.outcomes import Outcome
from torq_conformance.implementations.process_variables import set_in_this_process
from torq_conformance.implementations.protocol import Operation, Request


class InProcessAdapter:
    """Calls a Python object directly; it has no deadline and survives no crash of the process."""

    def __init__(
        self, implementation: object, where: str, make: Callable[[], object] | None = None
    ) -> None:
        self.implementation = implementation
        self._make = make
        self.identity = python_calls.identify(implementation, where)

    def call(self, request: Request) -> Outcome:
        """Ask one question."""
        return self.call_together((request,))[0]

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row; all results are kept and looked at in the end."""
        is_config = any(one.operation is Operation.CONFIG for one in requests)
        with set_in_this_process() if is_config else nullcontext():
            answers = [
                python_calls.begin(self.implementation, python_calls.own(one)) for one in requests
            ]
            return [python_calls.finish(answer) for answer in answers]

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each from a thread of its own, ``rounds`` times, all at once."""
        answers = python_threads.begin_at_once(self.implementation, requests, rounds)
        return [python_calls.finish(answer) for answer in answers]

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """Ask for many round trips at once, see ``BulkAdapter``."""
        return python_calls.roundtrip_many(self.implementation, messages)

    def roundtrip_each(self, messages: Sequence[bytes]) -> list[Outcome | None]:
        """Ask for many round trips at once, each with its outcome, see ``BulkAdapter``."""
        return python_calls.roundtrip_each(self.implementation, messages)

    @property
    def process_id(self) -> int:
        """The kit's own process: the implementation lives in it."""
        return os.getpid()

    def renew(self) -> None:
        """Make the implementation anew, where it is known how."""
        if self._make is not None:
            self.implementation = self._make()

    def close(self) -> None:
        """Nothing to let go of."""
