"""Faults that show only with time, in bursts, in some sizes or flags, and at certain ends."""

from __future__ import annotations

import asyncio
import os
import select
import time
from pathlib import Path
from typing import ClassVar

from torq_conformance.relay.mutants.dropping import Checking
from torq_conformance.relay.mutants.faulty import Faulty, SkipsGarbage, sizes
from torq_conformance.relay.reference.engine import Connection
from torq_conformance.relay.reference.logic import HEADER_SIZE, RelayLogic


class _Impatient(Connection):
    since = 0.0
    patience = 0.25

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if self.rest and now - self.since > self.patience:
            self.rest = b""
        self.since = now
        super().data_received(data)


class LatePieceLost(Faulty):
    """What is not whole after 250 ms is thrown away."""

    id, violates = "F14", ("RLY-FRAMING",)
    connection = _Impatient


class _VeryPatient(_Impatient):
    patience = 0.9


class VeryLatePieceLost(Faulty):
    """What is not whole after 900 ms is thrown away."""

    id, violates = "F15", ("RLY-FRAMING",)
    connection = _VeryPatient


class _Budgeted(Faulty):
    budget: ClassVar[int] = 0

    def frame(self, sender: Connection, data: bytes) -> int:
        ends = sizes(data)
        return super().frame(sender, data[: ends[: self.budget][-1]] if ends else data)


class Budget200(_Budgeted):
    """Of each read 200 messages are forwarded; the others wait for the next read."""

    id, violates, budget = "F16", ("RLY-FRAMING",), 200


class Budget1000(_Budgeted):
    """Of each read 1,000 messages are forwarded; the others wait for the next read."""

    id, violates, budget = "F17", ("RLY-FRAMING",), 1000


class CutMagicLost(SkipsGarbage, Faulty):
    """Behind garbage a magic that is cut by a read is not found."""

    id, violates = "G09", ("RLY-GARBAGE",)

    def begun(self, data: bytes) -> int:
        return 0


class SkipsTheRead(SkipsGarbage, Faulty):
    """With garbage the rest of its read is thrown away."""

    id, violates = "G10", ("RLY-GARBAGE",)

    def skip(self, sender: Connection, data: bytes, at: int) -> int:
        return len(data)


class ZeroPassesAboveAPage(Checking):
    """A checksum of 0 passes above 4,096 bytes."""

    id, violates = "C12", ("RLY-CHECKSUM",)

    def is_right(self, message: bytes) -> bool:
        is_spared = len(message) > 4096 and message[28:32] == bytes(4)
        return is_spared or super().is_right(message)


class ZeroPassesWithAFlag(Checking):
    """A checksum of 0 passes where the flag of 64 is set."""

    id, violates, domain = "C13", ("RLY-CHECKSUM",), 3

    def is_right(self, message: bytes) -> bool:
        is_spared = bool(message[7] & 0x40) and message[28:32] == bytes(4)
        return is_spared or super().is_right(message)


class _LeftOpen(Connection):
    left: ClassVar[list[int]] = []

    def eof_received(self) -> bool:
        if 0 < len(self.rest) < HEADER_SIZE:
            self.left.append(os.dup(self.transport.get_extra_info("socket").fileno()))
        return super().eof_received()


class LeftOpenInAHeader(Faulty):
    """A descriptor stays open when a client ends in the middle of a header."""

    id, violates = "A06", ("RLY-ABRUPT",)
    connection = _LeftOpen


class _EndFirst(Connection):
    def data_received(self, data: bytes) -> None:
        poll = select.poll()
        poll.register(self.transport.get_extra_info("socket"), 0)
        if any(mask & select.POLLHUP for _, mask in poll.poll(0)):
            self.transport.abort()
            return
        super().data_received(data)


class EndFirst(Faulty):
    """Of a client that is gone nothing more is read."""

    id, violates = "D16", ("RLY-DELIVER", "RLY-ABRUPT")
    connection = _EndFirst


class PassesOver(Faulty):
    """When a client leaves, the one behind it misses the next message."""

    id, violates = "D17", ("RLY-DELIVER",)

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.passed_over: set[Connection] = set()

    def left(self, client: Connection) -> None:
        order = [*self.clients]
        if client in order[:-1]:
            self.passed_over.add(order[order.index(client) + 1])
        super().left(client)

    def send(self, client: Connection, part: bytes) -> None:
        if client in self.passed_over:
            self.passed_over.remove(client)
        else:
            super().send(client, part)


class _Watched(Connection):
    spoke_at = 0.0

    def data_received(self, data: bytes) -> None:
        self.spoke_at = time.monotonic()
        super().data_received(data)


class ClosesTheSilent(Faulty):
    """Who sends nothing for 1.1 s is closed."""

    id, violates = "I04", ("RLY-IDLE",)
    connection = _Watched
    silence = 1.1

    def joined(self, client: Connection) -> None:
        super().joined(client)
        assert isinstance(client, _Watched)
        client.spoke_at = time.monotonic()
        self.look_at(client)

    def look_at(self, client: Connection) -> None:
        """Close it, or look at it again later."""
        assert isinstance(client, _Watched)
        if time.monotonic() - client.spoke_at > self.silence:
            client.end()
        elif client in self.clients:
            asyncio.get_running_loop().call_later(0.1, self.look_at, client)
