"""The usual way for Python: the implementation lives in a process of its own.

Contract: whatever the implementation does, every call returns one outcome, about within its
deadline, and the next call finds a living implementation. A process that hung, crashed or sent
garbage is never asked again; the next one is started when it is needed. One thing is out of reach:
a process that the implementation starts and that leaves the session (``setsid``) is not ended.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from torq_conformance.errors import KitError
from torq_conformance.implementations import worker_frames
from torq_conformance.implementations.outcomes import (
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
)
from torq_conformance.implementations.protocol import Capability, Identity, Request
from torq_conformance.implementations.worker_frames import Garbage
from torq_conformance.implementations.worker_process import Ended, Expired, WorkerProcess

Answer = TypeVar("Answer")

SHOWN_MAX = 2000
"""Characters of the last output that a set-up error shows."""


class WorkerAdapter:
    """Calls a Python object that lives in a child process; calls of several threads take turns.

    ``deadline`` and ``start_deadline`` are seconds, ``memory_max`` is bytes of data (RLIMIT_DATA),
    ``restarts`` is how many processes may be started after the first. The processes get today's
    folder and ``sys.path``. KitError when the implementation cannot be loaded.
    """

    identity: Identity

    def __init__(
        self,
        name: str,
        *,
        deadline: float = 5.0,
        start_deadline: float = 30.0,
        memory_max: int = 2 << 30,
        restarts: int = 100,
    ) -> None:
        self._name = name
        self._deadline = deadline
        self._start_deadline = start_deadline
        self._restarts = restarts
        self._restarts_left = restarts
        path = [entry for entry in sys.path if isinstance(entry, str)]
        self._make = partial(
            WorkerProcess, name, path=path, folder=Path.cwd(), memory_max=memory_max
        )
        self._lock = threading.Lock()
        self._is_closed = False
        self._last_end = ""
        self._worker: WorkerProcess | None = None
        self._worker, self.identity = self._start()

    def call(self, request: Request) -> Outcome:
        """Ask one question."""
        with self._lock:
            body = worker_frames.write_call(request)
            try:
                return self._exchange(body, worker_frames.outcome_of)
            except _Failed as failed:
                return failed.outcome

    def call_together(self, requests: Sequence[Request]) -> list[Outcome]:
        """Ask several in a row; each of them may take the deadline.

        When the process fails, the outcome is that of the request under way and the others are
        Lost: their results were still to be looked at.
        """
        with self._lock:
            body = worker_frames.write_calls(requests)
            read = partial(worker_frames.outcomes_of, count=len(requests))
            try:
                return self._exchange(body, read) if requests else []
            except _Failed as failed:
                return failed.among(len(requests))

    def call_at_once(self, requests: Sequence[Request], rounds: int) -> list[Outcome]:
        """Ask each from a thread of its own, ``rounds`` times, all at once in one process.

        The deadline is spent when no thread has gone on to its next request for so long. When the
        process fails, the outcome is that of the request which was begun last.
        """
        with self._lock:
            count = len(requests) * rounds
            body = worker_frames.write_at_once(requests, rounds)
            read = partial(worker_frames.outcomes_of, count=count)
            try:
                return self._exchange(body, read) if count else []
            except _Failed as failed:
                return failed.among(count)

    def roundtrip_many(self, messages: Sequence[bytes]) -> list[bytes | None]:
        """Ask for many round trips at once, see ``BulkAdapter``.

        When the process fails there are no bytes at all: nobody knows which message it was.
        """
        with self._lock:
            body = worker_frames.write_many(messages)
            read = partial(worker_frames.many_of, count=len(messages))
            try:
                return self._exchange(body, read) if messages else []
            except _Failed:
                return [None] * len(messages)

    def renew(self) -> None:
        """Start anew with the next question, as if nothing had been asked; not on the budget."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            self._restarts_left += 1

    def close(self) -> None:
        """Let the process end, or end it; idempotent."""
        with self._lock:
            self._is_closed = True
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.end()

    def _exchange(self, body: bytes, read: Callable[[object], Answer]) -> Answer:
        worker = self._living()
        try:
            return read(worker.ask(body, self._deadline))
        except (Expired, Ended, Garbage) as error:
            self._worker, index = None, worker.progress
            outcome = self._failure(worker, error)
            self._last_end = _in_short(outcome)
            raise _Failed(outcome, index) from None
        except BaseException:
            # Someone interrupts the kit. The answer may yet come, and would be the next one's.
            self._worker = None
            worker.kill()
            raise

    def _failure(self, worker: WorkerProcess, error: Expired | Ended | Garbage) -> Outcome:
        match error:
            case Expired():
                worker.abort()
                return TimedOut(self._deadline, worker.output)
            case Ended():
                how = _how_it_ended(worker.end(), str(error))
                return Crashed(how, worker.output)
            case Garbage():
                worker.kill()
                return OutOfProtocol(str(error))

    def _living(self) -> WorkerProcess:
        """The worker, a new one if need be; _Failed when there can be none."""
        if self._worker is not None:
            return self._worker
        if self._is_closed:
            raise _Failed(Lost("the adapter is closed"))
        if self._restarts_left <= 0:
            why = f"restart budget of {self._restarts} spent; at last the worker {self._last_end}"
            raise _Failed(Lost(why))
        self._restarts_left -= 1
        try:
            self._worker, _ = self._start()
        except KitError as error:
            raise _Failed(Lost(f"the worker could not be started again: {error}")) from error
        return self._worker

    def _start(self) -> tuple[WorkerProcess, Identity]:
        try:
            worker = self._make()
        except OSError as error:
            hint = "See whether the limits on processes and open files are reached (`ulimit -a`)."
            raise KitError(f"No worker process can be started: {error}.", hint) from error
        try:
            return worker, self._identity_of(worker.hello(self._start_deadline))
        except Expired:
            worker.abort()
            problem = f"{self._name} was not loaded within {self._start_deadline:g} s."
            raise KitError(problem, _last_output(worker)) from None
        except Ended as error:
            how = _how_it_ended(worker.end(), "")
            problem = f"{self._name} cannot be loaded: its process {how}."
            raise KitError(problem, _last_output(worker)) from error
        except Garbage as error:
            worker.kill()
            problem = f"{self._name} cannot be loaded: {error}."
            raise KitError(problem, _last_output(worker)) from error
        except BaseException:
            worker.kill()
            raise

    def _identity_of(self, hello: object) -> Identity:
        match hello:
            case ["identity", str(name), str(version), [*claimed]]:
                capabilities = frozenset(Capability(str(claim)) for claim in claimed)
                return Identity(name, version, capabilities)
            case ["kit error", str(problem), str(hint)]:
                raise KitError(problem, hint)
        raise Garbage(f"a reply that is no identity: {hello!r:.200}")


class _Failed(Exception):
    """No answer: the outcome that stands for it, and the index of the request it belongs to."""

    def __init__(self, outcome: Outcome, index: int = 0) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.index = index

    def among(self, count: int) -> list[Outcome]:
        """The outcomes of several requests of which one failed."""
        if isinstance(self.outcome, Lost):
            return [self.outcome] * count
        index = min(self.index, count - 1)  # The index comes from the process, so it may be wrong.
        outcomes: list[Outcome] = [Lost(f"request {index + 1} of {count} ended it")] * count
        outcomes[index] = self.outcome
        return outcomes


def _how_it_ended(code: int | None, when: str) -> str:
    if code is None or code == worker_frames.CONNECTION_LOST:
        how = "closed the descriptor that connects it to the kit"
    elif code >= 0:
        how = f"exited with code {code}"
    else:
        known = signal.Signals.__members__.values()
        name = signal.Signals(-code).name if -code in known else "real-time"
        how = f"died of signal {-code} ({name})"
        when = when if when != "in mid-call" else ""
    return f"{how} {when}".rstrip()


def _in_short(outcome: Outcome) -> str:
    match outcome:
        case Crashed(how):
            return how
        case TimedOut(deadline):
            return f"hung for {deadline:g} s"
        case _:
            return "sent garbage"


def _last_output(worker: WorkerProcess) -> str:
    text = worker.output.strip()
    return f"Its last output was:\n{text[-SHOWN_MAX:]}" if text else "It printed nothing."
