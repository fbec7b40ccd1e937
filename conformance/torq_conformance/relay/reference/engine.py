"""The engine of a relay, for every domain: frames what clients send, forwards runs of messages.

Contract: a message is judged when all of it is there, and never before. What goes to one client is
one queue of whole messages with a bound: a client that does not read loses whole messages. Methods
are small so that a faulty relay is one of them overridden.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import struct
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

from torq_conformance.relay.reference.logic import HEADER_SIZE, RelayLogic

MAGIC = b"\xef\xbe\xad\xde"
QUEUE_MAX = 4 << 20
"""Bytes that wait for one client at most; what is more is not queued."""

BACKLOG = 1024
STOP_SECONDS = 1.2
"""How long clients may take to read what was accepted before SIGTERM."""

_SIZE = struct.Struct("<I")


FATEFUL = (0, 1, 2, 3, 4, 24, 25, 26, 27)
"""Offsets of magic, domain and size: all that decides over a message without its checksum."""


def alike(data: bytes, start: int, end: int) -> int:
    """How many whole messages behind this one have the same magic, domain and size."""
    size = end - start
    count = (len(data) - end) // size
    for offset in FATEFUL:
        column = data[end + offset : end + count * size : size]
        count -= len(column.lstrip(data[start + offset : start + offset + 1]))
        if not count:
            break
    return count


class ServedError(Exception):
    """Somebody else serves the path."""


class Connection(asyncio.Protocol):
    """One client: bytes that are no whole message yet, and the way to it."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.rest = b""
        self.is_ended = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take part from now on."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.relay.joined(self)

    def data_received(self, data: bytes) -> None:
        """Forward every message that is whole now."""
        if self.is_ended:
            return
        if self.rest:
            data = self.rest + data
        end = self.relay.frame(self, data)
        self.rest = data[end:]

    def eof_received(self) -> bool:
        """Keep what is open of a client that will send no more."""
        self.rest = b""
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; what is no whole message is nobody's."""
        self.relay.left(self)

    def end(self) -> None:
        """Close it; what waits for it is sent before."""
        self.is_ended = True
        self.transport.close()


class Relay:
    """One relay: a logic, a socket, an audit file or none."""

    connection: type[Connection] = Connection

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        self.logic = logic
        self.path = path
        self.clients: dict[Connection, None] = {}
        self.has_left = asyncio.Event()
        self.received = 0
        self.forwarded = 0
        self.dropped: Counter[str] = Counter()
        self.audit = -1
        # Then messages that are alike have the same fate, and are looked at together.
        self.is_by_header = audit is None and not logic.is_checksum_verified
        if audit is not None:
            audit.parent.mkdir(parents=True, exist_ok=True)
            self.audit = os.open(audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    # Clients.

    def joined(self, client: Connection) -> None:
        """Begin to forward to a client."""
        self.clients[client] = None

    def left(self, client: Connection) -> None:
        """Forward nothing more to a client."""
        self.clients.pop(client, None)
        self.has_left.set()

    # Messages.

    def frame(self, sender: Connection, data: bytes) -> int:
        """Judge every whole message in ``data``; the offset where the first other one begins."""
        at, run, size = 0, 0, len(data)
        lines: list[bytes] = []
        should_forward, limit = self.logic.should_forward, self.logic.limit
        while size - at >= 4:
            if data[at : at + 4] != MAGIC:
                self.forward(sender, data, run, at, lines)
                self.lost(sender, data, at)
                return size
            if size - at < HEADER_SIZE:
                break
            end = at + HEADER_SIZE + _SIZE.unpack_from(data, at + 24)[0]
            if end - at > limit:
                self.forward(sender, data, run, at, lines)
                self.too_large(sender)
                return size
            if end > size:
                break
            reason = should_forward(self.logic, data, at, end)
            self.count(data, at, end, reason, lines)
            if self.is_by_header and data[end : end + 5] == data[at : at + 5]:
                count = alike(data, at, end)
                self.tally(reason, count)
                end += count * (end - at)
            if reason:
                self.forward(sender, data, run, at, lines)
                run = end
            at = end
        self.forward(sender, data, run, at, lines)
        return at

    def lost(self, sender: Connection, data: bytes, at: int) -> None:
        """End a client whose bytes begin no message."""
        sender.end()

    def too_large(self, sender: Connection) -> None:
        """End a client that announces more than the limit."""
        sender.end()

    def count(self, data: bytes, at: int, end: int, reason: str, lines: list[bytes]) -> None:
        """Count one message, and note its line of the audit."""
        self.tally(reason, 1)
        if self.audit >= 0:
            lines.append(self.audit_line(data, at, end, reason))

    def tally(self, reason: str, count: int) -> None:
        """Count messages of the same fate."""
        self.received += count
        if reason:
            self.dropped[reason] += count
        else:
            self.forwarded += count

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        """The line of one message."""
        line = {
            "sequence": int.from_bytes(data[at + 8 : at + 16], "little"),
            "source": data[at + 6],
            "size": end - at,
            "action": "dropped" if reason else "forwarded",
            "reason": reason,
        }
        return f"{json.dumps(line)}\n".encode()

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        """Send a run of messages to every other client, after their lines are written."""
        if lines:
            os.write(self.audit, b"".join(lines))
            lines.clear()
        if start == end:
            return
        part = data[start:end]
        for client in [*self.clients]:
            if client is not sender:
                self.send(client, part)

    def send(self, client: Connection, part: bytes) -> None:
        """Queue whole messages for a client, unless it does not read."""
        if client.transport.get_write_buffer_size() + len(part) <= QUEUE_MAX:
            client.transport.write(part)

    # From start to stop.

    def listening(self) -> socket.socket:
        """The socket that is served; ServedError if somebody serves the path."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.take_path()
        listener.bind(str(self.path))
        listener.listen(BACKLOG)
        return listener

    def take_path(self) -> None:
        """Remove a socket file that nobody serves."""
        try:
            is_socket = stat.S_ISSOCK(self.path.lstat().st_mode)
        except FileNotFoundError:
            return
        if not is_socket:
            raise ServedError(f"{self.path} is no socket.")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(0.0)
            try:
                asking.connect(str(self.path))
            except ConnectionRefusedError:
                self.path.unlink(missing_ok=True)
                return
            except BlockingIOError:
                pass
        raise ServedError(f"{self.path} is served by somebody else.")

    async def serve(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        is_over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, is_over.set)
        loop.add_signal_handler(signal.SIGUSR1, self.tell)
        listener = self.listening()
        await loop.create_unix_server(lambda: self.connection(self), sock=listener, backlog=BACKLOG)
        await is_over.wait()
        await self.stop(listener)

    async def stop(self, listener: socket.socket) -> None:
        """Let clients read what was accepted, then close them."""
        self.path.unlink(missing_ok=True)
        asyncio.get_running_loop().remove_reader(listener)
        # What is there to be read is read once more.
        for _ in range(3):
            await asyncio.sleep(0)
        for client in [*self.clients]:
            client.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self.clients:
                    self.has_left.clear()
                    await self.has_left.wait()
        for client in [*self.clients]:
            client.transport.abort()
        self.tell()

    def tell(self) -> None:
        """Print the counters as one line."""
        line = {
            "received": self.received,
            "forwarded": self.forwarded,
            "dropped": dict(self.dropped),
        }
        # Whoever started the relay need not read what it says.
        with suppress(OSError):
            os.write(sys.stdout.fileno(), f"{json.dumps(line)}\n".encode())

    def run(self) -> int:
        """Serve; the exit code."""
        try:
            asyncio.run(self.serve())
        except (ServedError, OSError) as error:
            sys.stderr.write(f"relay: {error}\n")
            return 1
        return 0
