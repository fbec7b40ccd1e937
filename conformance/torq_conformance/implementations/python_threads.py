"""Asks an implementation that is a Python object from several threads at once."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from torq_conformance.implementations import python_calls, python_placed, python_views
from torq_conformance.implementations.outcomes import Crashed, Outcome
from torq_conformance.implementations.protocol import Request

SWITCH_INTERVAL = 2e-6
"""Seconds after which the interpreter may go on with another thread; usually it is 5 ms.

They are for each thread: all that wait look so often whether it is their turn.
"""

PAUSED = (0.3, 0.1)
"""The part of the lines in Python before which a thread pauses, drawn with a fixed seed.

The first is of what the kit itself calls, the second of what that calls: what is shared is written
there in one line and read in the next, and there are few such lines.
"""

PAUSED_DEEP = 0.01
"""The same of all that is called from there: it is most of the lines."""

PAUSE = 1e-4
"""Seconds of a pause; in it other threads write where this one is about to read."""

PAUSE_DEEP = 1e-6
"""The same in what is called from there; the system makes it long enough for others to go on."""

CALLERS = frozenset(one.__file__ for one in (python_calls, python_placed))
"""Files of the kit that call an implementation in such a thread."""

OWN = CALLERS | {python_views.__file__}
"""Files of the kit whose own lines are not interrupted: a pause is of use in what they call."""


def begin_at_once(
    implementation: Any,
    requests: Sequence[Request],
    rounds: int,
    note: Callable[[int], object] = bool,
) -> list[Callable[[], Outcome]]:
    """Ask each request ``rounds`` times from a thread of its own, all threads started together.

    The answers are in order, round by round, to be looked at as those of ``python_calls.begin``.
    ``note`` is called with the index of each answer when it is asked for, by the thread that asks.
    """
    questions = [python_calls.own(request) for _ in range(rounds) for request in requests]
    answers: list[Callable[[], Outcome]] = [_never_asked] * len(questions)
    barrier = threading.Barrier(len(requests))

    def ask(first: int) -> None:
        barrier.wait()
        sys.settrace(_pausing(random.Random(first)))  # noqa: S311  # no secret
        for index in range(first, len(questions), len(requests)):
            note(index)
            answers[index] = _begin(implementation, questions[index])

    with _often_switching(len(requests)):
        threads = [
            threading.Thread(target=ask, args=(first,), daemon=True)
            for first in range(len(requests))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return answers


def _begin(implementation: Any, request: Request) -> Callable[[], Outcome]:
    try:
        return python_calls.begin(implementation, request)
    except BaseException as error:  # noqa: BLE001  # nobody at a keyboard interrupts this thread
        crashed = Crashed(f"{Crashed.RAISED} {type(error).__name__}")
        return lambda: crashed


def _never_asked() -> Outcome:
    raise AssertionError("every thread has ended, so every request was asked")


def _pausing(chance: random.Random) -> Callable[[FrameType, str, object], Any]:
    """Traces a thread: before some lines in Python it lets the other threads go on."""
    outermost, next_to_it = (_before_lines(chance, part, PAUSE) for part in PAUSED)
    deep = _before_lines(chance, PAUSED_DEEP, PAUSE_DEEP)

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename in OWN:
            return None
        caller = frame.f_back
        if _calls_it(caller):
            return outermost
        return next_to_it if caller and _calls_it(caller.f_back) else deep

    return trace


def _calls_it(frame: FrameType | None) -> bool:
    return frame is not None and frame.f_code.co_filename in CALLERS


def _before_lines(
    chance: random.Random, part: float, seconds: float
) -> Callable[[FrameType, str, object], Any]:
    """Traces a call: pauses before a part of its lines."""

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and chance.random() < part:
            time.sleep(seconds)
        return trace

    return trace


@contextmanager
def _often_switching(count: int) -> Iterator[None]:
    """Make it likely that a thread is interrupted in the middle of a call."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL * max(count, 1))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
