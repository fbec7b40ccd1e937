"""No process outlives the command that started it, however that command ends.

A process of the kit that was started by another one is killed by the kernel when that one is gone
(Linux); SIGTERM ends a command as Ctrl-C does. What implementations start is tied to the kit by
``implementations.child``.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType
from typing import NoReturn

PARENT = "TORQ_CONFORMANCE_PARENT"
"""The environment variable that names the process whose end ends this one."""

_PR_SET_PDEATHSIG = 1


def follow(parent: int) -> None:
    """End this process when its parent, which is that one, has ended."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # It had ended before the kernel was asked.
        os.kill(os.getpid(), signal.SIGKILL)


def follow_the_command() -> None:
    """End with the process that the environment names, if it is the one that started this one."""
    parent = os.environ.get(PARENT, "")
    if parent.isdigit() and int(parent) == os.getppid():
        follow(int(parent))
        end_by_interrupt()


def end_by_interrupt() -> None:
    """Let SIGTERM end this process as Ctrl-C does: with everything that is known by then."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Start a process of the kit whole, and such that Ctrl-C does not reach it.

    Ctrl-C reaches a whole terminal, also a process that cannot ignore it yet because it still
    imports; and who is interrupted while it starts one leaves half of one behind. What is started
    calls ``hear_terminations`` when it is ready. For the main thread.
    """
    # Its start lets through what is held back here.
    resource_tracker.ensure_running()
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    # What is started inherits the mask; here another thread may take the signal all the same.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    handlers = [signal.signal(number, lambda number, _: came.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for first in came[:1]:
            signal.raise_signal(first)


def hear_terminations() -> None:
    """Let SIGTERM through again, and SIGINT be the matter of who started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def kill_children() -> None:
    """Kill the processes that ``multiprocessing`` started here."""
    for child in multiprocessing.active_children():
        child.kill()
