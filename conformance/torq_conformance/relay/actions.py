"""What a schedule is made of: connects, sends in pieces, stalls, ends; and its JSON form.

A schedule is only a question. What each connection must receive follows from it (``model``,
``expected``), so it can be kept, replayed and shrunk.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torq_conformance.model.values import FormError

ACTIONS_MAX = 20_000
BYTES_MAX = 64 << 20
"""Of a kept schedule that is read."""


class Do(StrEnum):
    """What is done."""

    CONNECT = "connect"
    SEND = "send"
    """Each piece is one write, and waits until the relay has read the one before."""
    BURST = "burst"
    """Each piece is one write; nothing is waited for."""
    STALL = "stall"
    RESUME = "resume"
    HALF = "half close"
    CLOSE = "close"
    LEAVE = "close at once"
    """Close right behind what was sent, with nothing unread."""
    RESET = "reset"
    SETTLE = "settle"
    """Wait until everything has arrived that must."""
    PAUSE = "pause"
    """Nothing is sent for 0.3 s; several in a row are a longer one."""
    HOLD = "hold"
    """The relay stands still (SIGSTOP) until something is done that must be waited for."""
    STOP = "SIGTERM"
    """The last step: what was accepted is delivered, then the relay ends."""


@dataclass(frozen=True)
class Action:
    """One step; ``who`` is a connection's name, ``pieces`` are what is written."""

    do: Do
    who: str = ""
    pieces: tuple[bytes, ...] = ()

    def __str__(self) -> str:
        if self.do in {Do.SEND, Do.BURST}:
            sizes = ", ".join(str(len(piece)) for piece in self.pieces[:6])
            more = f", ... {len(self.pieces)} in all" if len(self.pieces) > 6 else ""
            unit = "bytes" if len(self.pieces) == 1 else "bytes in pieces"
            return f"{self.who} sends {sizes}{more} {unit}" + (
                " at once" if self.do is Do.BURST and len(self.pieces) > 1 else ""
            )
        return f"{self.who} {self.do}".strip()


@dataclass(frozen=True)
class Schedule:
    """Actions about one requirement."""

    requirement: str
    label: str
    actions: tuple[Action, ...]


def connect(*names: str) -> list[Action]:
    """Connect some."""
    return [Action(Do.CONNECT, name) for name in names]


def send(who: str, *pieces: bytes) -> Action:
    """Write pieces, each when the one before was read."""
    return Action(Do.SEND, who, pieces)


def burst(who: str, *pieces: bytes) -> Action:
    """Write pieces as fast as they are taken."""
    return Action(Do.BURST, who, pieces)


def in_pieces(data: bytes, width: int) -> list[bytes]:
    """Bytes in pieces of one width, the last one as long as it is."""
    return [data[at : at + width] for at in range(0, len(data), width)]


def settle() -> Action:
    """Wait for all that must arrive."""
    return Action(Do.SETTLE)


def pause(times: int = 1) -> list[Action]:
    """Send nothing for so many times 0.3 s."""
    return [Action(Do.PAUSE)] * times


def to_json(schedule: Schedule) -> dict[str, Any]:
    """The JSON form: actions, deflated."""
    rows = [
        [str(one.do), one.who, *[piece.hex() for piece in one.pieces]] for one in schedule.actions
    ]
    packed = base64.b64encode(zlib.compress(json.dumps(rows).encode(), 9)).decode()
    return {"requirement": schedule.requirement, "label": schedule.label, "schedule": packed}


def from_json(document: Mapping[str, Any]) -> Schedule:
    """The schedule of a JSON form; FormError where it is none."""
    try:
        data = zlib.decompressobj().decompress(base64.b64decode(document["schedule"]), BYTES_MAX)
        rows = json.loads(data)
        actions = tuple(
            Action(Do(do), str(who), tuple(bytes.fromhex(piece) for piece in pieces))
            for do, who, *pieces in rows[:ACTIONS_MAX]
        )
        return Schedule(str(document["requirement"]), str(document["label"]), actions)
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error) as error:
        raise FormError(f"it is no schedule: {error}") from error


def described(actions: Sequence[Action]) -> list[str]:
    """The actions in words, one line each."""
    return [str(one) for one in actions]
