"""How the kit and a worker process wait for each other: awake for a moment, then asleep.

To wake a sleeping process on an idle processor takes 35 us in a virtual machine, twice a call: more
than all the rest of a call. Most answers are there sooner. On busy processors, as under
pytest-xdist, nothing is gained and nothing lost, since the time is given to whoever has work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

KIT_AWAKE = 200e-6
"""Seconds that the kit looks for an answer; it has nothing else to do."""

WORKER_AWAKE = 50e-6
"""Seconds that a worker looks for the next request; with more, it would keep others from work."""


def stay_awake(is_ready: Callable[[], object], seconds: float) -> bool:
    """Look whether something is ready, without sleeping; whether it was in that time."""
    expires = time.perf_counter() + seconds
    while not is_ready():
        if time.perf_counter() > expires:
            return False
        _give_way()
    return True


_give_way: Callable[[], object] = getattr(os, "sched_yield", partial(time.sleep, 0))
