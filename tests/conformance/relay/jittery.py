"""A right relay that delays, splits and joins whatever it reads and delivers, from a seed.

    python jittery.py SEED --domain 1 --socket PATH

It may be judged as often as one likes: whatever is red is a fault of the harness. Other liberties
of a right relay are drawn from the seed: it skips to the next magic or closes, echoes or does not,
closes a reader that does not read or drops whole messages.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from pathlib import Path

from torq_conformance.relay.reference.__main__ import main
from torq_conformance.relay.reference.engine import MAGIC, Connection, Relay
from torq_conformance.relay.reference.logic import RelayLogic

DELAY_MAX = 0.003
SIPPED_MAX = 2000
"""Bytes of a connection that may be read in small sips."""


class Jittery(Connection):
    """Takes what it reads later and in other pieces, and sends likewise."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        assert isinstance(relay, JitteryRelay)
        self.jitter = relay.jitter
        self.inbox = b""
        self.outbox: list[bytes] = []
        self.waits_to_read = self.waits_to_write = self.is_lost = self.is_half = False
        self.is_ending = self.is_sipping = False
        self.sipped = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.jitter.randrange(3) == 0:
            # asyncio reads so many bytes at once, at first.
            transport.max_size = self.jitter.choice((1, 7, 100, 5000))  # type: ignore[attr-defined]
            self.is_sipping = True

    def later(self, what: object) -> None:
        delay = self.jitter.choice((0.0, 0.0, self.jitter.random() * DELAY_MAX))
        asyncio.get_running_loop().call_later(delay, what)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self.inbox += data
        self.sipped += len(data)
        if self.is_sipping and self.sipped > SIPPED_MAX:
            self.is_sipping = False
            self.transport.max_size = 1 << 18  # type: ignore[attr-defined]
        if not self.waits_to_read:
            self.waits_to_read = True
            self.later(self.take)

    def take(self, *, is_all: bool = False) -> None:
        self.waits_to_read = False
        size = len(self.inbox)
        if not is_all and size > 1 and self.jitter.randrange(2):
            size = self.jitter.randint(1, size)
        data, self.inbox = self.inbox[:size], self.inbox[size:]
        if data:
            super().data_received(data)
        if self.inbox:
            self.waits_to_read = True
            self.later(self.take)

    def eof_received(self) -> bool:
        self.is_half = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.take(is_all=True)
        super().connection_lost(exc)
        self.is_lost = True

    def put(self, part: bytes) -> None:
        self.outbox.append(part)
        if not self.waits_to_write:
            self.waits_to_write = True
            self.later(self.give)

    def give(self, *, is_all: bool = False) -> None:
        self.waits_to_write = False
        whole = b"".join(self.outbox)
        size = len(whole)
        if not is_all and size > 1 and self.jitter.randrange(2):
            size = self.jitter.randint(1, size)
        self.outbox = [whole[size:]] if whole[size:] else []
        if not self.is_lost and whole:
            self.transport.write(whole[:size])
        if self.outbox:
            self.waits_to_write = True
            self.later(self.give)
        elif self.is_ending:
            super().end()

    def end(self) -> None:
        """Close when all is given."""
        self.is_ended = self.is_ending = True
        if not self.outbox:
            super().end()

    @property
    def waiting(self) -> int:
        return sum(map(len, self.outbox)) + self.transport.get_write_buffer_size()


class JitteryRelay(Relay):
    """The liberties of a right relay, drawn."""

    connection = Jittery
    seed = ""

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.jitter = random.Random(self.seed)
        self.echoes = "echo" in self.seed
        self.closes_slow = self.jitter.randrange(2) == 0
        self.skips = self.jitter.randrange(2) == 0
        self.room = self.jitter.choice((400_000, 2 << 20, 8 << 20))

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        following = data.find(MAGIC, at + 1)
        if not self.skips:
            super().lost(sender, data, at)
        elif following >= 0:
            # Framed anew from there, by the way that is right for a whole read.
            sender.rest = b""
            assert isinstance(sender, Jittery)
            sender.inbox = data[following:] + sender.inbox
            if not sender.waits_to_read:
                sender.waits_to_read = True
                sender.later(sender.take)
        else:
            keep = next((n for n in (3, 2, 1) if data.endswith(MAGIC[:n])), 0)
            assert isinstance(sender, Jittery)
            sender.inbox = data[len(data) - keep :] * bool(keep) + sender.inbox

    def send(self, client: Connection, part: bytes) -> None:
        assert isinstance(client, Jittery)
        if client.is_ending or client.transport.is_closing():
            return
        if client.waiting + len(part) <= self.room:
            client.put(part)
        elif self.closes_slow:
            client.outbox = []
            client.transport.abort()
            self.left(client)

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        super().forward(sender, data, start, end, lines)
        if self.echoes and start < end and sender in self.clients:
            self.send(sender, data[start:end])

    async def stop(self, listener: socket.socket) -> None:
        await asyncio.sleep(0)
        for client in [*self.clients]:
            assert isinstance(client, Jittery)
            client.take(is_all=True)
        for client in [*self.clients]:
            assert isinstance(client, Jittery)
            client.give(is_all=True)
        await super().stop(listener)


if __name__ == "__main__":
    JitteryRelay.seed = sys.argv[1]
    sys.exit(main(sys.argv[2:], JitteryRelay))
