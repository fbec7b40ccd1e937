"""Client sockets: they write with one ``send`` a piece and read until a whole message is there.

Contract: nothing here waits without looking at every other client too, so that the harness never
holds up a relay; and nothing is judged here.
"""

from __future__ import annotations

import array
import errno
import fcntl
import select
import selectors
import socket
import sys
import termios
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from torq_conformance.relay.messages import MAGIC
from torq_conformance.relay.process import RelayProcess
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX

READ_MAX = 1 << 18
CONNECT_SECONDS = 10.0
_SIZE = HEADER_LAYOUT.field("payload_size")

GONE = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN}


class Client:
    """One connection: what it has received in whole messages, and what is no message."""

    def __init__(
        self,
        path: Path,
        look: Callable[[], object] = lambda: None,
        *,
        seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.socket = connected(path, look, seconds)
        self.received: list[bytes] = []
        self.seen: Counter[bytes] = Counter()
        """How often each message was received."""
        self.rest = b""
        """Bytes that are no whole message yet."""
        self.is_broken = False
        """What comes no longer begins with a magic, or is larger than any message."""
        self.has_ended = False
        self.is_reading = True
        self.outgoing: deque[memoryview] = deque()
        self.spoke_at = self.ended_at = time.monotonic()
        """When it last sent, or else connected; when the end was seen."""
        self.read_max = READ_MAX

    def fileno(self) -> int:
        """For selectors."""
        return self.socket.fileno()

    @property
    def is_open(self) -> bool:
        """Whether the socket is still there."""
        return self.socket.fileno() >= 0

    @property
    def silence(self) -> float:
        """Seconds before the end in which it had sent nothing."""
        return self.ended_at - self.spoke_at

    def write(self, piece: bytes) -> None:
        """Write a piece with one ``send``, as far as it is taken; the rest waits."""
        self.outgoing.append(memoryview(piece))
        if len(self.outgoing) == 1:
            self.flush()

    def flush(self) -> None:
        """Write what waits, as far as it is taken."""
        while self.outgoing:
            try:
                count = self.socket.send(self.outgoing[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self.outgoing.clear()
                if error.errno in GONE:
                    self._refused()
                return
            self.spoke_at = time.monotonic()
            if count < len(self.outgoing[0]):
                self.outgoing[0] = self.outgoing[0][count:]
                return
            self.outgoing.popleft()

    def _end(self) -> None:
        if not self.has_ended:
            self.ended_at = time.monotonic()
        self.has_ended = True

    def _refused(self) -> None:
        """The other side takes nothing more: what it has sent before is read still."""
        self.read()
        self._end()

    def read(self) -> bool:
        """Take what is there; whether there was anything."""
        try:
            data = self.socket.recv(self.read_max)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._end()
            return False
        if not data:
            self._end()
            return False
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        data = self.rest + data
        at = 0
        while not self.is_broken:
            head = data[at : at + 4]
            if head != MAGIC[: len(head)]:
                self.is_broken = True
                break
            if len(data) - at < HEADER_SIZE:
                break
            size = int.from_bytes(data[at + _SIZE.offset : at + _SIZE.end], "little") + HEADER_SIZE
            if size > MESSAGE_SIZE_MAX:
                self.is_broken = True
                break
            if len(data) - at < size:
                break
            one = data[at : at + size]
            self.received.append(one)
            self.seen[one] += 1
            at += size
        self.rest = data[at : at + MESSAGE_SIZE_MAX]

    def unread_by_relay(self) -> int:
        """Bytes, and what the kernel adds, that the relay has not read; 0 where nobody knows."""
        if not sys.platform.startswith("linux") or not self.is_open:
            return 0
        count = array.array("i", [0])
        with suppress(OSError):
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, count)
        return count[0]

    @property
    def is_cut(self) -> bool:
        """Whether the relay has closed it, be it read or not."""
        if self.has_ended or not self.is_open:
            return self.has_ended
        poll = select.poll()
        poll.register(self.socket, 0)
        return any(mask & (select.POLLHUP | select.POLLERR) for _, mask in poll.poll(0))

    def forget(self) -> None:
        """Begin a new list of what was received."""
        self.received.clear()
        self.seen.clear()

    def close(self) -> None:
        """Close it."""
        self.socket.close()


def connected(
    path: Path, look: Callable[[], object], seconds: float = CONNECT_SECONDS
) -> socket.socket:
    """A connection that does not block; a relay that accepts little at a time is waited for.

    ``look``: takes in what the relay prints in the meantime, or it may wait for that. ``seconds``:
    how long it is waited for.
    """
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(0.0)
    expires = time.monotonic() + seconds
    while True:
        look()
        try:
            client.connect(str(path))
        except BlockingIOError:
            # So many are waiting to be accepted that there is no room for one more.
            if time.monotonic() < expires:
                time.sleep(0.001)
                continue
            client.close()
            raise
        except OSError:
            client.close()
            raise
        return client


class Wire:
    """All clients of a run, watched together."""

    def __init__(self, relay: RelayProcess) -> None:
        self.relay = relay
        self.clients: list[Client] = []

    def connect(self, *, is_waited_for: bool = True) -> Client:
        """A new client; OSError where the relay takes none, or has no room for it now."""
        seconds = CONNECT_SECONDS if is_waited_for else 0.0
        client = Client(self.relay.path, self.relay.look, seconds=seconds)
        self.clients.append(client)
        return client

    def close(self, clients: Iterable[Client]) -> None:
        """Close some clients."""
        for client in clients:
            client.close()
            self.clients.remove(client)

    def pump(self, until: Callable[[], bool], seconds: float) -> bool:
        """Read and write what can be until something is so; whether it came to be."""
        if until():
            return True
        expires = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            watched: dict[Client, int] = {}
            self._watch(selector, watched)
            while True:
                left = expires - time.monotonic()
                for key, mask in selector.select(max(min(left, 0.25), 0)):
                    client: Client = key.data
                    if mask & selectors.EVENT_WRITE:
                        client.flush()
                    if mask & selectors.EVENT_READ:
                        client.read()
                if until():
                    return True
                if left <= 0 or self.relay.has_ended:
                    # What it had sent is still to be read.
                    return self._last_look(until)
                self.relay.look()
                self._watch(selector, watched)

    def _last_look(self, until: Callable[[], bool]) -> bool:
        for client in self.clients:
            while client.is_reading and not client.has_ended and client.read():
                pass
        return until()

    def _watch(self, selector: selectors.BaseSelector, watched: dict[Client, int]) -> None:
        for client in self.clients:
            wanted = 0
            if not client.has_ended:
                wanted |= selectors.EVENT_READ if client.is_reading else 0
                wanted |= selectors.EVENT_WRITE if client.outgoing else 0
            before = watched.get(client, 0)
            if wanted == before:
                continue
            if before and wanted:
                selector.modify(client, wanted, client)
            elif wanted:
                selector.register(client, wanted, client)
            else:
                selector.unregister(client)
            watched[client] = wanted
