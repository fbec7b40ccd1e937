"""Faults of connections, loads, start and stop, audit and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from pathlib import Path
from typing import ClassVar

from torq_conformance.relay.mutants.faulty import Faulty, split
from torq_conformance.relay.reference.engine import Connection, ServedError
from torq_conformance.relay.reference.logic import RelayLogic

SLOW, IDLE, HALF, ABRUPT = ("RLY-SLOW",), ("RLY-IDLE",), ("RLY-HALF",), ("RLY-ABRUPT",)
START, STOP = ("RLY-START",), ("RLY-STOP",)


class Blocks(Faulty):
    """A client that does not read blocks the relay."""

    id, violates = "S01", ("RLY-SLOW", "RLY-ORDER", "RLY-ABRUPT")

    def send(self, client: Connection, part: bytes) -> None:
        channel = client.transport.get_extra_info("socket")._sock
        rest = memoryview(part)
        while rest and client in self.clients:
            try:
                rest = rest[channel.send(rest) :]
            except BlockingIOError:
                time.sleep(0.0005)
            except OSError:
                return


class Unbounded(Faulty):
    """What waits for a client has no bound."""

    id, violates = "S02", SLOW

    def send(self, client: Connection, part: bytes) -> None:
        client.transport.write(part)


class CutsWhenFull(Faulty):
    """Of what does not fit into the queue the end is thrown away."""

    id, violates = "S03", ("RLY-SLOW", "RLY-ORDER")

    def send(self, client: Connection, part: bytes) -> None:
        room = (256 << 10) + 7 - client.transport.get_write_buffer_size()
        if room > 0:
            client.transport.write(part[:room])


class WaitsABit(Faulty):
    """A client that does not read is waited for, 50 ms each time."""

    id, violates = "S04", ("RLY-SLOW", "RLY-ORDER")

    def send(self, client: Connection, part: bytes) -> None:
        if client.transport.get_write_buffer_size() > 64 << 10:
            time.sleep(0.05)
        super().send(client, part)


class LosesForAll(Faulty):
    """While one client does not read, nobody gets anything."""

    id, violates = "S05", ("RLY-SLOW", "RLY-ORDER", "RLY-ABRUPT")

    def send(self, client: Connection, part: bytes) -> None:
        if all(one.transport.get_write_buffer_size() < 64 << 10 for one in self.clients):
            super().send(client, part)


class ThrowsQueueAway(Faulty):
    """A full queue is cut to its second half, wherever that begins."""

    id, violates = "S06", ("RLY-SLOW", "RLY-ORDER")

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.queues: dict[Connection, bytes] = {}

    def send(self, client: Connection, part: bytes) -> None:
        queue = self.queues.pop(client, b"") + part
        channel = client.transport.get_extra_info("socket")._sock
        try:
            queue = queue[channel.send(queue) :]
        except BlockingIOError:
            pass
        except OSError:
            return
        if queue and client in self.clients:
            self.queues[client] = queue[-300_001:]
            asyncio.get_running_loop().call_later(0.002, self.send, client, b"")


class SendersOnly(Faulty):
    """A client receives only once it has sent."""

    id, violates = "I01", ("RLY-IDLE", "RLY-DELIVER")

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.senders: set[Connection] = set()

    def frame(self, sender: Connection, data: bytes) -> int:
        self.senders.add(sender)
        return super().frame(sender, data)

    def send(self, client: Connection, part: bytes) -> None:
        if client in self.senders:
            super().send(client, part)


class KeepsLast(Faulty):
    """Who joins gets the last message first."""

    id, violates = "I02", ("RLY-IDLE", "RLY-DELIVER")
    last = b""

    def joined(self, client: Connection) -> None:
        super().joined(client)
        if self.last:
            self.send(client, self.last)

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        super().forward(sender, data, start, end, lines)
        messages = split(data[start:end])
        self.last = messages[-1] if messages else self.last


class LeftoversOfAnother(Faulty):
    """What waited for a client that is gone goes to the one that connects next."""

    id, violates = "I21", ("RLY-IDLE", "RLY-SLOW")

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.waiting: dict[Connection, bytes] = {}
        self.pooled = b""

    def send(self, client: Connection, part: bytes) -> None:
        is_behind = client.transport.get_write_buffer_size() > 0
        before = self.waiting[client] if is_behind else b""
        self.waiting[client] = (before + part)[-300_000:]
        super().send(client, part)

    def left(self, client: Connection) -> None:
        rest = self.waiting.pop(client, b"")
        # More than a socket's buffer takes has waited until the end.
        self.pooled = rest if len(rest) > 250_000 else self.pooled
        super().left(client)

    def joined(self, client: Connection) -> None:
        super().joined(client)
        self.waiting[client] = b""
        pooled, self.pooled = self.pooled, b""
        client.transport.write(pooled)


class JoinsLate(Faulty):
    """A client that has not sent gets nothing after its hundredth message."""

    id, violates = "I03", ("RLY-IDLE", "RLY-DELIVER")

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.counts: dict[Connection, int] = {}

    def frame(self, sender: Connection, data: bytes) -> int:
        self.counts[sender] = -1 << 60
        return super().frame(sender, data)

    def send(self, client: Connection, part: bytes) -> None:
        self.counts[client] = self.counts.get(client, 0) + 1
        if self.counts[client] < 100:
            super().send(client, part)


class _ClosesAtHalf(Connection):
    def eof_received(self) -> bool:
        super().eof_received()
        return False


class HalfCloses(Faulty):
    """The end of what a client sends closes its connection."""

    id, violates = "H01", ("RLY-HALF", "RLY-PARTIAL")
    connection = _ClosesAtHalf


class _ForgetsAtHalf(Connection):
    def eof_received(self) -> bool:
        self.relay.left(self)
        return super().eof_received()


class HalfForgets(Faulty):
    """A client that has shut down its sending side stays open and gets nothing."""

    id, violates = "H02", ("RLY-HALF", "RLY-PARTIAL")
    connection = _ForgetsAtHalf


class _DiesOfReset(Connection):
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if isinstance(exc, ConnectionResetError):
            os._exit(4)


class ResetKills(Faulty):
    """A reset ends the relay."""

    id, violates = "A01", ("RLY-ABRUPT", "RLY-PARTIAL")
    connection = _DiesOfReset


class LeaksDescriptors(Faulty):
    """A descriptor of each connection is left open."""

    id, violates = "A02", ABRUPT
    kept: ClassVar[list[int]] = []

    def joined(self, client: Connection) -> None:
        super().joined(client)
        channel = client.transport.get_extra_info("socket")
        # As a duplicate would keep the connection alive, a file stands for it.
        self.kept.append(os.open(os.devnull, os.O_RDONLY))
        assert channel is not None


class HundredClients(Faulty):
    """More than a hundred clients are turned away."""

    id, violates = "A03", ("RLY-ABRUPT", "RLY-STOP", "RLY-AUDIT")

    def joined(self, client: Connection) -> None:
        super().joined(client)
        if len(self.clients) > 100:
            client.end()


class StormKills(Faulty):
    """Forty clients that are gone before they have said anything end the relay."""

    id, violates = "A04", ABRUPT
    gone = 0

    def left(self, client: Connection) -> None:
        super().left(client)
        self.gone = 0 if client.rest or self.clients == {} else self.gone + 1
        if self.gone > 200:
            os._exit(5)


class SixteenAtATime(Faulty):
    """Of many that wait to be accepted sixteen are served, and the others never."""

    id, violates = "A21", ABRUPT
    accepted = 0

    def joined(self, client: Connection) -> None:
        if not self.accepted:
            asyncio.get_running_loop().call_soon(self.turn)
        self.accepted += 1
        if self.accepted <= 16:
            super().joined(client)

    def turn(self) -> None:
        """All that waited have been accepted."""
        self.accepted = 0


class GrowsByConnection(Faulty):
    """A megabyte is kept of each connection."""

    id, violates = "A05", ("RLY-ABRUPT", "RLY-SLOW")
    kept: ClassVar[list[bytes]] = []

    def joined(self, client: Connection) -> None:
        super().joined(client)
        self.kept.append(b"x" * (1 << 20))


class _ReadsOnlyWhenRead(Connection):
    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()


class ReadsOnlyWhenRead(Faulty):
    """A client that has something to read is not read from."""

    id, violates = "X01", ("RLY-DUPLEX",)
    connection = _ReadsOnlyWhenRead


class StaleStays(Faulty):
    """A socket file that nobody serves is an error."""

    id, violates = "T01", START

    def take_path(self) -> None:
        if self.path.exists():
            raise ServedError(f"{self.path} is there.")


class TakesPath(Faulty):
    """A second instance takes the path away, as the public engine does."""

    id, violates = "T02", START

    def take_path(self) -> None:
        self.path.unlink(missing_ok=True)


class NoFolder(Faulty):
    """The folder must be there."""

    id, violates = "T03", START

    def listening(self) -> socket.socket:
        if not self.path.parent.is_dir():
            raise ServedError(f"{self.path.parent} is not there.")
        return super().listening()


class SecondIsSilent(Faulty):
    """A second instance ends without an error."""

    id, violates = "T04", START

    def run(self) -> int:
        super().run()
        return 0


class RemovesAtRefusal(Faulty):
    """A second instance removes the socket file when it ends."""

    id, violates = "T05", START

    def run(self) -> int:
        code = super().run()
        self.path.unlink(missing_ok=True)
        return code


class LeavesFile(Faulty):
    """The socket file is left behind."""

    id, violates = "Z01", STOP

    async def stop(self, listener: socket.socket) -> None:
        kept = self.path
        self.path = Path(f"{kept}.none")
        await super().stop(listener)
        self.path = kept


class _Batches(Connection):
    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(0.004, self.later, data)

    def later(self, data: bytes) -> None:
        super().data_received(data)


class LosesBatch(Faulty):
    """What was read in the last 4 ms before SIGTERM is lost."""

    id, violates = "Z02", STOP
    connection = _Batches

    async def stop(self, listener: socket.socket) -> None:
        for client in [*self.clients]:
            client.is_ended = True
        await super().stop(listener)


class DropsQueues(Faulty):
    """What waits for clients at SIGTERM is thrown away."""

    id, violates = "Z03", STOP

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.waiting: dict[Connection, bytes] = {}

    def send(self, client: Connection, part: bytes) -> None:
        if client not in self.waiting:
            asyncio.get_running_loop().call_later(0.002, self.flush, client)
        self.waiting[client] = self.waiting.get(client, b"") + part

    def flush(self, client: Connection) -> None:
        """Send what waits."""
        super().send(client, self.waiting.pop(client, b""))


class WrongCode(Faulty):
    """The exit code after SIGTERM is 143."""

    id, violates = "Z04", STOP

    def run(self) -> int:
        return super().run() or 143


class EndsLate(Faulty):
    """The end takes three seconds."""

    id, violates = "Z05", STOP

    async def stop(self, listener: socket.socket) -> None:
        await asyncio.sleep(3)
        await super().stop(listener)


class WaitsForReaders(Faulty):
    """At the end a client that does not read is waited for."""

    id, violates = "Z06", STOP

    async def stop(self, listener: socket.socket) -> None:
        while any(client.transport.get_write_buffer_size() for client in self.clients):
            self.has_left.clear()
            await self.has_left.wait()
        await super().stop(listener)


class Ignores(Faulty):
    """SIGTERM does nothing."""

    id, violates = "Z07", STOP

    async def stop(self, listener: socket.socket) -> None:
        await asyncio.Event().wait()


class EndsAtOnce(Faulty):
    """SIGTERM ends the process as it stands."""

    id, violates = "Z08", STOP

    async def stop(self, listener: socket.socket) -> None:
        os._exit(0)


class ClosesOverQueues(Faulty):
    """At SIGTERM what waits for a client beyond its socket's buffer is thrown away."""

    id, violates = "Z09", STOP

    async def stop(self, listener: socket.socket) -> None:
        # What is there to be read is read, and sent as far as the sockets take it.
        for _ in range(3):
            await asyncio.sleep(0)
        for client in [*self.clients]:
            client.transport.abort()
        await super().stop(listener)


class _Audited(Faulty):
    domain, claims = 3, ("audit",)
    violates: ClassVar[tuple[str, ...]] = ("RLY-AUDIT",)


class AuditsAfter(_Audited):
    """The line is written after the message is delivered."""

    id = "U01"

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        super().forward(sender, data, start, end, [])
        super().forward(sender, data, end, end, lines)


class OnlyForwarded(_Audited):
    """Dropped messages have no line."""

    id = "U02"

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        return b"" if reason else super().audit_line(data, at, end, reason)


class BuffersAudit(_Audited):
    """Lines are written by the hundred."""

    id = "U03"

    def __init__(self, logic: RelayLogic, path: Path, audit: Path | None = None) -> None:
        super().__init__(logic, path, audit)
        self.lines: list[bytes] = []

    def forward(
        self, sender: Connection, data: bytes, start: int, end: int, lines: list[bytes]
    ) -> None:
        self.lines += lines
        lines.clear()
        if len(self.lines) > 100:
            os.write(self.audit, b"".join(self.lines))
            self.lines.clear()
        super().forward(sender, data, start, end, [])


class PayloadSize(_Audited):
    """The size in the audit is that of the payload."""

    id = "U04"

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        line = json.loads(super().audit_line(data, at, end, reason))
        return f"{json.dumps({**line, 'size': line['size'] - 32})}\n".encode()


class RoundedSequence(_Audited):
    """The sequence in the audit is rounded to 53 bits."""

    id = "U05"

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        line = json.loads(super().audit_line(data, at, end, reason))
        return f"{json.dumps({**line, 'sequence': int(float(line['sequence']))})}\n".encode()


class NoReason(_Audited):
    """Dropped messages have no reason in the audit."""

    id = "U06"

    def audit_line(self, data: bytes, at: int, end: int, reason: str) -> bytes:
        line = json.loads(super().audit_line(data, at, end, reason))
        return f"{json.dumps({**line, 'reason': ''})}\n".encode()


class _Counted(Faulty):
    claims = ("metrics",)
    violates: ClassVar[tuple[str, ...]] = ("RLY-METRICS",)


class CountsDeliveries(_Counted):
    """Deliveries are counted in the place of messages."""

    id = "M01"

    def send(self, client: Connection, part: bytes) -> None:
        self.forwarded += 1
        super().send(client, part)


class ForgetsDropped(_Counted):
    """Dropped messages are counted in no place."""

    id = "M02"

    def tell(self) -> None:
        self.dropped.clear()
        super().tell()


class SilentAtEnd(_Counted):
    """No counters are printed at the end."""

    id = "M03"
    told = 0

    def tell(self) -> None:
        self.told += 1
        if self.told == 1:
            super().tell()


class CountsReads(_Counted):
    """Reads are counted in the place of messages."""

    id = "M04"

    def frame(self, sender: Connection, data: bytes) -> int:
        before = (self.received, self.forwarded, self.dropped.copy())
        end = super().frame(sender, data)
        if self.received - before[0] > 1:
            self.received, self.forwarded = before[0] + 1, before[1] + 1
            with contextlib.suppress(KeyError):
                self.dropped = before[2]
        return end
