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

from torq_conformance.implementations import python_calls
from torq_conformance.implementations.outcomes import Crashed, Outcome
from torq_conformance.implementations.protocol import Request

SWITCH_INTERVAL = 1e-6
"""Seconds after which the interpreter may go on with another thread; usually it is 5 ms."""

PAUSED = 0.02
"""The part of the lines in Python before which a thread pauses, drawn with a fixed seed."""

PAUSE = 1e-6
"""Seconds of a pause; the system makes it long enough for other threads to go on."""


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

    with _often_switching():
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

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and chance.random() < PAUSED:
            time.sleep(PAUSE)
        return trace

    return trace


@contextmanager
def _often_switching() -> Iterator[None]:
    """Make it likely that a thread is interrupted in the middle of a call."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
