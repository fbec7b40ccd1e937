"""Ends a process in spite of threads that an implementation has left running in it.

Python waits at its end for every thread that is no daemon. An implementation that is called in the
process of the kit may have started some, and its own way of ending them never comes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Collection
from contextlib import suppress


def running() -> frozenset[threading.Thread]:
    """The threads for which Python would wait."""
    return frozenset(thread for thread in threading.enumerate() if not thread.daemon)


def end_without(known: Collection[threading.Thread], code: int) -> None:
    """Let the process end with ``code`` when its main thread has, if there are threads not known.

    Nothing happens where there are none.
    """
    if running() - {*known, threading.current_thread()}:
        threading.Thread(target=_end_after_main, args=(code,), daemon=True).start()


def _end_after_main(code: int) -> None:
    threading.main_thread().join()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
