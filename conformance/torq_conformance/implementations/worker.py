"""The usual way for Python: the implementation lives in a process of its own.

Contract: whatever the implementation does, every call returns one outcome, about within its
deadline, and the next call finds a living implementation. One thing is out of reach: a process that
the implementation starts and that leaves the session (``setsid``) is not ended.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.implementations import python_calls, worker_frames
from torq_conformance.implementations.claimed_types import plain_claim
from torq_conformance.implementations.keeper import START_DEADLINE, Failed, Keeper
from torq_conformance.implementations.no_answer import IN_MID_CALL, Garbage
from torq_conformance.implementations.outcomes import (
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Identity, Request
from torq_conformance.implementations.worker_process import WorkerProcess


class WorkerAdapter:
    """Calls a Python object that lives in a child process; calls of several threads take turns.

    ``deadline`` is seconds for an answer, ``first_deadline`` for the first one of a process and
    ``start_deadline`` for its start. ``memory_max`` is bytes of data (RLIMIT_DATA), ``restarts`` is
    how many processes may be started after the first. The processes get today's
    folder and ``sys.path``. KitError when the implementation cannot be loaded.
    """

    identity: Identity

    def __init__(
        self,
        name: str,
        *,
        deadline: float = 5.0,
        start_deadline: float = START_DEADLINE,
        first_deadline: float = START_DEADLINE,
        memory_max: int = 2 << 30,
        restarts: int = 100,
    ) -> None:
        self._name = name
        self._deadline = deadline
        """For many answers at once; that of one may become shorter."""
        path = [entry for entry in sys.path if isinstance(entry, str)]
        self._keeper = Keeper(
            partial(_start, name, path=path, folder=Path.cwd(), memory_max=memory_max),
            lambda worker: _identity_of(worker.hello(start_deadline)),
            self._explain,
            deadline=deadline,
            start_deadline=start_deadline,
            first_deadline=first_deadline,
            restarts=restarts,
        )
        self.identity = self._keeper.identity

    @property
    def process_id(self) -> int | None:
        """The process of the implementation; None while there is none."""
        process = self._keeper.process
        return None if process is None else process.id

    def call(self, request: Request) -> Outcome:
        """Ask one question."""
        body = worker_frames.write_call(request)
        with self._keeper.lock:
            self._keeper.wait_for((request,))
            try:
                return self._keeper.use(
                    lambda worker: worker_frames.outcome_of(
                        worker.ask(body, self._keeper.deadline)
                    ),
                    count=1,
                )
            except Failed as failed:
                return failed.outcome

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row; each of them may take the deadline.

        When the process fails, the outcome is that of the request under way and the others are
        Lost: their results were still to be looked at.
        """
        return self._ask(worker_frames.write_calls(requests), len(requests))

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each from a thread of its own, ``rounds`` times, all at once in one process.

        The deadline is spent when no thread has gone on to its next request for so long. When the
        process fails, the outcome is that of the request which was begun last.
        """
        return self._ask(worker_frames.write_at_once(requests, rounds), len(requests) * rounds)

    def _ask(self, body: bytes, count: int) -> list[Outcome]:
        if not count:
            return []
        under_way = 0

        def ask(worker: WorkerProcess) -> list[Outcome]:
            nonlocal under_way
            try:
                return worker_frames.outcomes_of(worker.ask(body, self._keeper.deadline), count)
            finally:
                under_way = worker.progress

        with self._keeper.lock:
            try:
                return self._keeper.use(ask, count)
            except Failed as failed:
                return _among(failed.outcome, under_way, count)

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """Ask for many round trips at once, see ``BulkAdapter``.

        When the process fails there are no bytes at all: nobody knows which message it was.
        """
        return python_calls.bytes_of(self.roundtrip_each(messages))

    def roundtrip_each(self, messages: Sequence[bytes]) -> list[Outcome | None]:
        """Ask for many round trips at once, each with its outcome, see ``BulkAdapter``."""
        if not messages:
            return []
        body, count = worker_frames.write_many(messages), len(messages)
        with self._keeper.lock:
            deadline = max(self._deadline, self._keeper.deadline)
            try:
                return self._keeper.use(
                    lambda worker: worker_frames.many_of(worker.ask(body, deadline), count)
                )
            except Failed as failed:
                return [failed.outcome] * count

    def renew(self) -> None:
        """Start anew with the next question, as if nothing had been asked; not on the budget."""
        self._keeper.renew()

    def close(self) -> None:
        """Let the process end, or end it; idempotent."""
        self._keeper.close()

    def _explain(self, outcome: Outcome) -> str:
        match outcome:
            case TimedOut(deadline):
                return f"{self._name} was not loaded within {deadline:g} s."
            case Crashed(how):
                how = how.removesuffix(f" {IN_MID_CALL}")
                return f"{self._name} cannot be loaded: its process {how}."
            case OutOfProtocol(why):
                return f"{self._name} cannot be loaded: {why}."
        raise AssertionError(outcome)


def _start(name: str, *, path: Sequence[str], folder: Path, memory_max: int) -> WorkerProcess:
    try:
        return WorkerProcess(name, path=path, folder=folder, memory_max=memory_max)
    except OSError as error:
        hint = "See whether the limits on processes and open files are reached (`ulimit -a`)."
        raise KitError(f"No worker process can be started: {error}.", hint) from error


def _identity_of(hello: object) -> Identity:
    match hello:
        case ["identity", str(name), str(version), str(language), [*claimed], types]:
            capabilities = frozenset(Capability(str(claim)) for claim in claimed)
            return Identity(name, version, capabilities, language, plain_claim(types, name))
        case ["kit error", str(problem), str(hint)]:
            raise KitError(problem, hint)
    raise Garbage(f"a reply that is no identity: {hello!r:.200}")


def _among(outcome: Outcome, index: int, count: int) -> list[Outcome]:
    """The outcomes of several requests of which one failed."""
    if isinstance(outcome, Lost):
        return [outcome] * count
    index = min(index, count - 1)  # The index comes from the process, so it may be wrong.
    outcomes: list[Outcome] = [Lost(f"request {index + 1} of {count} ended it")] * count
    outcomes[index] = outcome
    return outcomes
