"""Keeps one process of an implementation alive: starts it, ends what failed, counts restarts.

Contract: a process that hung, crashed or sent garbage is never asked again; the next one is started
when it is needed, until the budget is spent. Deadlines are in seconds.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from torq_conformance.errors import KitError
from torq_conformance.implementations.no_answer import (
    BETWEEN_TWO_CALLS,
    Ended,
    Expired,
    Garbage,
)
from torq_conformance.implementations.outcomes import (
    Crashed,
    Lost,
    Outcome,
    OutOfProtocol,
    TimedOut,
    excerpt,
)
from torq_conformance.implementations.protocol import Identity, Operation, Request

LOOP_TIMES = 12
"""How many times the deadline a measured loop may take: it makes thousands of messages."""

HANGS_WAITED_FOR = 3
"""Hangs for which the whole deadline is waited."""

PATIENCE = 20.0
"""How many times as long as the slowest right answer the next ones may take after that."""

DEADLINE_LEAST = 0.25
"""Seconds that any answer may take."""

START_DEADLINE = 60.0
"""Seconds in which a process must be there, and answer its first question: it compiles, it makes
tables."""


class Process(Protocol):
    """What is kept alive."""

    @property
    def output(self) -> str:
        """The end of what it printed."""

    def abort(self) -> None:
        """End it though it hangs."""

    def end(self) -> int | None:
        """Hang up, and end it if need be; the exit code if none was needed."""

    def kill(self) -> None:
        """End it now."""


Kept = TypeVar("Kept", bound=Process)
Answer = TypeVar("Answer")


class Failed(Exception):
    """No answer: the outcome that stands for it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Keeper(Generic[Kept]):
    """One live process at a time; whoever uses it holds ``lock``.

    ``introduce`` asks a new process who it is. ``explain`` words a start that failed. ``deadline``
    is for each answer, but ``first_deadline`` for the first one of a process. ``restarts`` is how
    many processes may be started after the first. KitError when that cannot be started.
    """

    def __init__(
        self,
        make: Callable[[], Kept],
        introduce: Callable[[Kept], Identity],
        explain: Callable[[Outcome], str],
        *,
        deadline: float,
        start_deadline: float,
        first_deadline: float,
        restarts: int,
    ) -> None:
        self._make = make
        self._introduce = introduce
        self._explain = explain
        self._deadline = deadline
        self._times = 1
        self._hangs = 0
        self._slowest = 0.0
        self._start_deadline = start_deadline
        self._first_deadline = first_deadline
        self._is_new = True
        """Whether the process was not yet asked."""
        self._slowest_first: float | None = None
        """How long first answers took; None: none was waited for."""
        self._restarts = restarts
        self._restarts_left = restarts
        self._is_closed = False
        self._last_end = ""
        self._process: Kept | None = None
        self.lock = threading.Lock()
        self._process, self.identity = self._start()

    @property
    def process(self) -> Kept | None:
        """The process that is alive, as far as is known."""
        return self._process

    def wait_for(self, requests: Sequence[Request]) -> None:
        """Wait for the next answer as long as these requests may take: measured loops are long."""
        is_loop = any(one.operation is Operation.THROUGHPUT for one in requests)
        self._times = LOOP_TIMES if is_loop else 1

    @property
    def deadline(self) -> float:
        """Seconds for the next answer; it is longer for the first one of a process."""
        return self._times * self._plain_deadline

    @property
    def _plain_deadline(self) -> float:
        if not self._is_new:
            return self._later_deadline
        if self._slowest_first is None:
            return max(self._first_deadline, self._later_deadline)
        # What first answers take is known by now, and nobody waits longer for a hang.
        return max(self._later_deadline, min(self._first_deadline, PATIENCE * self._slowest_first))

    @property
    def _later_deadline(self) -> float:
        """After some hangs, by what right answers took until then."""
        if self._hangs < HANGS_WAITED_FOR:
            return self._deadline
        return min(self._deadline, max(DEADLINE_LEAST, PATIENCE * self._slowest))

    def use(self, ask: Callable[[Kept], Answer], count: int = 0) -> Answer:
        """What ``ask`` finds out from a living process; Failed when it finds out nothing.

        ``count`` is how many answers there will be, if each is one that the deadline is for.
        """
        try:
            return self._use(ask, count if self._times == 1 else 0)
        finally:
            self._times = 1

    def _use(self, ask: Callable[[Kept], Answer], count: int) -> Answer:
        process = self._living()
        deadline, is_first = self.deadline, self._is_new
        started = time.monotonic()
        try:
            answer = ask(process)
        except (Expired, Ended, Garbage) as error:
            self._process = None
            outcome = _outcome(process, error, deadline)
            if isinstance(outcome, TimedOut):
                self._hangs += 1
                self._slowest_first = self._slowest_first or 0.0
            self._last_end = _in_short(outcome)
            raise Failed(outcome) from None
        except BaseException:
            # Someone interrupts the kit. The answer may yet come, and would be the next one's.
            self._process = None
            process.kill()
            raise
        self._note(time.monotonic() - started, count, is_first=is_first)
        return answer

    def _note(self, seconds: float, count: int, *, is_first: bool) -> None:
        """Remember how long answers took."""
        self._is_new = False
        if is_first:
            self._slowest_first = max(self._slowest_first or 0.0, seconds)
        elif count:
            self._slowest = max(self._slowest, seconds / count)

    def renew(self) -> None:
        """Start anew with the next question, as if nothing had been asked; not on the budget."""
        with self.lock:
            process, self._process = self._process, None
            if process is not None:
                process.kill()
                self._restarts_left += 1

    def close(self) -> None:
        """Let the process end, or end it; idempotent."""
        with self.lock:
            self._is_closed = True
            process, self._process = self._process, None
            if process is not None:
                process.end()

    def _living(self) -> Kept:
        """The process, a new one if need be; Failed when there can be none."""
        if self._process is not None:
            return self._process
        if self._is_closed:
            raise Failed(Lost("the adapter is closed"))
        if self._restarts_left <= 0:
            why = f"restart budget of {self._restarts} spent; at last the process {self._last_end}"
            raise Failed(Lost(why))
        self._restarts_left -= 1
        try:
            self._process, _ = self._start()
        except KitError as error:
            raise Failed(Lost(f"the process could not be started again: {error}")) from error
        return self._process

    def _start(self) -> tuple[Kept, Identity]:
        process = self._make()
        self._is_new = True
        try:
            return process, self._introduce(process)
        except (Expired, Ended, Garbage) as error:
            outcome = _outcome(process, error, self._start_deadline)
            raise KitError(self._explain(outcome), _last_output(process)) from error
        except BaseException:
            process.kill()
            raise


def _outcome(process: Process, error: Expired | Ended | Garbage, deadline: float) -> Outcome:
    """End a process that failed, and say how it did."""
    match error:
        case Expired():
            process.abort()
            return TimedOut(deadline, process.output)
        case Ended():
            how = _how_it_ended(process.end(), error)
            return Crashed(how, process.output)
        case Garbage():
            process.kill()
            return OutOfProtocol(str(error))


def _how_it_ended(code: int | None, error: Ended) -> str:
    when = str(error)
    if code is None:
        how = f"closed {error.closed}"
    elif code >= 0:
        how = f"exited with code {code}"
    else:
        known = signal.Signals.__members__.values()
        name = signal.Signals(-code).name if -code in known else "real-time"
        how = f"died of signal {-code} ({name})"
        when = when if when == BETWEEN_TWO_CALLS else ""
    return f"{how} {when}".rstrip()


def _in_short(outcome: Outcome) -> str:
    match outcome:
        case Crashed(how):
            return how
        case TimedOut(deadline):
            return f"hung for {deadline:g} s"
        case _:
            return "sent garbage"


def _last_output(process: Process) -> str:
    lines = excerpt(process.output)
    return "\n".join(["Its last output was:", *lines]) if lines else "It printed nothing."
