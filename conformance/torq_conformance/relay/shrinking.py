"""A failing schedule with the fewest actions, and the smallest sends, that still fails alike.

Every attempt meets a new relay, so that what is found stands for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from torq_conformance.relay.actions import Action, Do, Schedule

SECONDS_MAX = 30.0
"""How long one failure is made smaller."""

Fails = Callable[[Schedule], bool]


def shrunk(schedule: Schedule, fails: Fails, *, seconds: float = SECONDS_MAX) -> Schedule:
    """The smallest schedule found that fails; it is known that ``schedule`` does."""
    expires = time.monotonic() + seconds
    best = schedule

    def try_(actions: Sequence[Action]) -> bool:
        nonlocal best
        candidate = replace(best, actions=tuple(actions))
        if candidate.actions == best.actions or time.monotonic() > expires:
            return False
        if fails(candidate):
            best = candidate
            return True
        return False

    is_smaller = True
    while is_smaller and time.monotonic() < expires:
        is_smaller = _without_runs(lambda: best.actions, try_)
        is_smaller |= _simpler_sends(lambda: best.actions, try_)
    return best


def _without_runs(
    actions: Callable[[], tuple[Action, ...]], try_: Callable[[Sequence[Action]], bool]
) -> bool:
    """Leave out runs of actions, the long ones first."""
    is_smaller = False
    length = max(len(actions()) // 2, 1)
    while length:
        at = 0
        while at < len(actions()):
            now = actions()
            if try_([*now[:at], *now[at + length :]]):
                is_smaller = True
            else:
                at += length
        length //= 2
    return is_smaller


def _simpler_sends(
    actions: Callable[[], tuple[Action, ...]], try_: Callable[[Sequence[Action]], bool]
) -> bool:
    is_smaller = False
    for at in range(len(actions())):
        for simpler in _simpler(actions()[at]):
            now = actions()
            if try_([*now[:at], simpler, *now[at + 1 :]]):
                is_smaller = True
    return is_smaller


def _simpler(action: Action) -> Iterator[Action]:
    """The same with fewer pieces, or without a part of its messages."""
    if action.do not in {Do.SEND, Do.BURST} or not action.pieces:
        return
    whole = b"".join(action.pieces)
    if len(action.pieces) > 1:
        yield replace(action, pieces=(whole,))
        for at in range(len(action.pieces) - 1):
            joined = action.pieces[at] + action.pieces[at + 1]
            yield replace(action, pieces=(*action.pieces[:at], joined, *action.pieces[at + 2 :]))
    if action.do is Do.BURST:
        yield replace(action, do=Do.SEND)
    ends = _message_ends(whole)
    if len(ends) > 1 and len(action.pieces) == 1:
        middle = ends[len(ends) // 2 - 1]
        yield replace(action, pieces=(whole[:middle],))
        yield replace(action, pieces=(whole[middle:],))
        yield replace(action, pieces=(whole[ends[0] :],))


def _message_ends(data: bytes) -> list[int]:
    ends, at = [], 0
    while len(data) - at >= 32:
        at += 32 + int.from_bytes(data[at + 24 : at + 28], "little")
        if at > len(data):
            break
        ends.append(at)
    return ends
