"""Asks an implementation that is a Python object from several threads at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torq_conformance.implementations import python_calls
from torq_conformance.implementations.outcomes import Crashed, Outcome
from torq_conformance.implementations.protocol import Request

SWITCH_INTERVAL = 1e-6
"""Seconds after which the interpreter may go on with another thread; usually it is 5 ms."""


def begin_at_once(
    implementation: Any,
    requests: Sequence[Request],
    rounds: int,
    note: Callable[[int], object] = bool,
) -> list[Callable[[], Outcome]]:
    """Ask each request ``rounds`` times from a thread of its own, all threads started together.

    The answers are in order, round by round, to be looked at as those of ``python_calls.begin``.
    ``note`` is told the index of each answer when it is asked for, by the thread that asks.
    """
    questions = [python_calls.own(request) for _ in range(rounds) for request in requests]
    answers: list[Callable[[], Outcome]] = [_never_asked] * len(questions)
    barrier = threading.Barrier(len(requests))

    def ask(first: int) -> None:
        barrier.wait()
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


@contextmanager
def _often_switching() -> Iterator[None]:
    """Make it likely that a thread is interrupted in the middle of a call."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
