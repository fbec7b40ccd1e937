"""A right relay that takes one liberty which the page leaves, named by the first word.

    python liberal.py pool --domain 1 --socket PATH

Whatever is red of it is a fault of the harness.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import os
import socket
import sys
import termios
import time

from torq_conformance.relay.mutants.faulty import SkipsGarbage
from torq_conformance.relay.reference import engine
from torq_conformance.relay.reference.__main__ import main
from torq_conformance.relay.reference.engine import Connection, Relay
from torq_conformance.relay.reference.logic import HEADER_SIZE

LATER = 0.4
"""Seconds after which is done what may be done later."""

TORN_BYTES, TORN_SECONDS = 5, 0.01

LOOKS = 8

CROWD = 20
"""Clients at once from which on there is a crowd."""


def later(what: object, *arguments: object) -> None:
    """Do something a little later."""
    asyncio.get_running_loop().call_later(LATER, what, *arguments)  # type: ignore[arg-type]


class SkippingConnection(Connection):
    """Drops as many bytes as a header of another domain has announced."""

    skipped = 0

    def data_received(self, data: bytes) -> None:
        count = min(self.skipped, len(data))
        self.skipped -= count
        super().data_received(data[count:])


class Skipping(Relay):
    """What is of another domain is dropped, however long, and the connection lives."""

    connection = SkippingConnection

    def frame(self, sender: Connection, data: bytes) -> int:
        # No more than the size is kept of it, so that it is no message over the limit.
        assert isinstance(sender, SkippingConnection)
        at = 0
        while len(data) - at >= HEADER_SIZE and data[at : at + 4] == engine.MAGIC:
            size = HEADER_SIZE + int.from_bytes(data[at + 24 : at + 28], "little")
            if size > self.logic.limit and data[at + 4] != self.logic.domain:
                super().frame(sender, data[:at])
                sender.skipped = max(size - (len(data) - at), 0)
                following = min(at + size, len(data))
                return following + self.frame(sender, data[following:])
            at += size
        return super().frame(sender, data)


class LateLines(Relay):
    """What is dropped, and so never delivered, has its line in the audit later."""

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        line = super().audit_line(data, at, end, reason)
        if reason:
            later(os.write, self.audit, line)
            return b""
        return line


class LateCounters(Relay):
    """Counts what is delivered after it was delivered."""

    def tally(self, reason: str, count: int) -> None:
        later(super().tally, reason, count)

    async def stop(self, listener: socket.socket) -> None:
        await asyncio.sleep(LATER)
        await super().stop(listener)


class Chatty(Relay):
    """Says on stdout and stderr what it does, and waits until that is read."""

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        for _ in range((end - start) // 4096 + 1):
            for descriptor in (1, 2):
                os.write(descriptor, b"a message of some bytes is forwarded\n" * 3)
        super().forward(sender, data, start, end, lines)


class Pool(Relay):
    """Opens what it needs for crowds with the first one, and keeps it."""

    def joined(self, client: Connection) -> None:
        super().joined(client)
        if len(self.clients) == CROWD and not hasattr(self, "pool"):
            self.pool = [os.pipe() for _ in range(CROWD)]


class Lingering(Relay):
    """Gives memory back a little after the clients that needed it are gone."""

    taken: bytes = b""

    def joined(self, client: Connection) -> None:
        super().joined(client)
        if len(self.clients) == CROWD:
            self.taken = b"\1" * (100 << 20)

    def left(self, client: Connection) -> None:
        super().left(client)
        later(self.give_back)

    def give_back(self) -> None:
        """Keep it as long as there is a crowd."""
        if len(self.clients) < CROWD:
            self.taken = b""


class Reaping(Relay):
    """Closes who does not read for a while, whether it has lost something or not."""

    def joined(self, client: Connection) -> None:
        super().joined(client)
        later(self.look_at, client, 0)

    def look_at(self, client: Connection, times: int) -> None:
        """Whether something was unread at so many looks in a row."""
        if client not in self.clients:
            return
        waiting = array.array("i", [0])
        fcntl.ioctl(client.transport.get_extra_info("socket"), termios.TIOCOUTQ, waiting)
        if waiting[0] and times == LOOKS:
            client.transport.abort()
            self.left(client)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(LATER / LOOKS, self.look_at, client, times + 1 if waiting[0] else 0)


class Closing(Relay):
    """Closes at once who has more waiting than a socket's buffer, and what it sent with it."""

    def send(self, client: Connection, part: bytes) -> None:
        if client.transport.get_write_buffer_size() > 100_000:
            client.transport.abort()
            self.left(client)
        elif not client.is_ended:
            super().send(client, part)


class Forgiving(Relay):
    """Drops what does not fit, and closes who has lost something, but later."""

    def send(self, client: Connection, part: bytes) -> None:
        if client.transport.get_write_buffer_size() > 100_000:
            later(client.end)
        elif not client.is_ended:
            super().send(client, part)


class FewAtATime(Relay):
    """Takes its time for each client that connects, and lets one wait."""

    async def serve(self) -> None:
        engine.BACKLOG = 1
        await super().serve()

    def joined(self, client: Connection) -> None:
        time.sleep(0.01)
        super().joined(client)


class Queue(socket.socket):
    """A listener for whom many may wait, whatever it is told."""

    def listen(self, backlog: int = 0) -> None:
        super().listen(1024 + backlog)


class OneByOne(FewAtATime):
    """Takes its time for each client as well, but lets all of them wait."""

    def listening(self) -> socket.socket:
        return Queue(fileno=super().listening().detach())


class Sleepy(Connection):
    """Looks once a second whether there is something to read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Out of step with whatever let this client connect.
        asyncio.get_running_loop().call_later(0.5, lambda: self.look(is_open=True))
        self.transport.pause_reading()

    def look(self, *, is_open: bool) -> None:
        """Read for a moment, or sleep."""
        if self.is_ended or self.transport.is_closing():
            return
        change = self.transport.resume_reading if is_open else self.transport.pause_reading
        change()
        loop = asyncio.get_running_loop()
        loop.call_later(0.01 if is_open else 1.0, lambda: self.look(is_open=not is_open))


class Late(Relay):
    """Reads late, and nothing any more after SIGTERM."""

    connection = Sleepy

    async def stop(self, listener: socket.socket) -> None:
        for client in self.clients:
            client.is_ended = True
        await super().stop(listener)


class Torn(Connection):
    """What waits for one client: a little of it is sent at once, the rest later."""

    owed = b""
    is_torn = False
    seconds = TORN_SECONDS

    def owe(self, part: bytes) -> None:
        """Send whole messages in two pieces, in their order."""
        self.owed += part
        if not self.is_torn:
            self.is_torn = True
            self.transport.write(self.owed[:TORN_BYTES])
            self.owed = self.owed[TORN_BYTES:]
            asyncio.get_running_loop().call_later(self.seconds, self.pay)

    def pay(self) -> None:
        """Send all that waits."""
        self.is_torn = False
        self.transport.write(self.owed)
        self.owed = b""

    def end(self) -> None:
        self.pay()
        super().end()


class Tearing(SkipsGarbage):
    """Sends a message in pieces, with a pause between them."""

    connection = Torn

    def joined(self, client: Connection) -> None:
        # Others have a message long before the first one has it.
        assert isinstance(client, Torn)
        client.seconds *= 8 if len(self.clients) < 2 else 1
        super().joined(client)

    def send(self, client: Connection, part: bytes) -> None:
        assert isinstance(client, Torn)
        if not client.is_ended:
            client.owe(part)


KINDS: dict[str, type[Relay]] = {
    "skips foreign payloads": Skipping,
    "late lines": LateLines,
    "late counters": LateCounters,
    "chatty": Chatty,
    "pool": Pool,
    "lingers": Lingering,
    "reaps": Reaping,
    "closes": Closing,
    "closes later": Forgiving,
    "few at a time": FewAtATime,
    "one by one": OneByOne,
    "reads late": Late,
    "skips garbage": SkipsGarbage,
    "tears": Tearing,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], KINDS[sys.argv[1].replace("-", " ")]))
