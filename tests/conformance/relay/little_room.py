"""Right relays that have little room for a reader that does not read, each in its own way.

    python little_room.py newest:400000 --domain 1 --socket PATH

What does not fit is dropped, or the reader is closed: by bytes (``newest``, ``oldest``,
``closes``), by the number of writes (``parts``), or by milliseconds (``hurries``).
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque

from torq_conformance.relay.mutants.faulty import split
from torq_conformance.relay.reference.__main__ import main
from torq_conformance.relay.reference.engine import Connection, Relay


class Queued(Connection):
    """Holds what waits for its client as whole messages, to be dropped one by one."""

    is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.queue: deque[bytes] = deque()
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(0)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        self.is_paused = True
        relay = self.relay
        assert isinstance(relay, LittleRoom)
        if relay.kind == "hurries":
            loop = asyncio.get_running_loop()
            self.patience = loop.call_later(relay.room / 1000, self.close)

    def resume_writing(self) -> None:
        self.is_paused = False
        if hasattr(self, "patience"):
            self.patience.cancel()
        self.give()

    def close(self) -> None:
        """It has not read for too long."""
        if not self.is_ended:
            self.transport.abort()
            self.relay.left(self)

    def give(self) -> None:
        """Send what waits, as far as the socket takes it."""
        while self.queue and not self.is_paused:
            self.transport.write(self.queue.popleft())

    def end(self) -> None:
        """Close it; what waits for it is sent before."""
        for one in self.queue:
            self.transport.write(one)
        self.queue.clear()
        super().end()


class LittleRoom(Relay):
    """Keeps ``room`` bytes, writes or milliseconds of what a client does not read."""

    connection = Queued
    kind = ""
    room = 0

    def send(self, client: Connection, part: bytes) -> None:
        assert isinstance(client, Queued)
        if client.is_ended or client.transport.is_closing():
            return
        client.queue.extend([part] if self.kind == "parts" else split(part))
        client.give()
        while client.is_paused and client.queue and self.is_over(client):
            if self.kind == "closes":
                client.close()
                return
            client.queue.popleft() if self.kind == "oldest" else client.queue.pop()

    def is_over(self, client: Queued) -> bool:
        """Whether more waits than there is room for."""
        if self.kind == "hurries":
            return False
        if self.kind == "parts":
            return len(client.queue) > self.room
        return sum(map(len, client.queue)) > self.room

    async def stop(self, listener: socket.socket) -> None:
        await asyncio.sleep(0)
        await super().stop(listener)


if __name__ == "__main__":
    LittleRoom.kind, _, room = sys.argv[1].partition(":")
    LittleRoom.room = int(room)
    sys.exit(main(sys.argv[2:], LittleRoom))
