"""Many clients that write as fast as the kernel takes it, each from a thread of its own.

Contract: faster than a relay, so that it is busy with several senders at once. What it has no room
for may be lost; what arrives are whole messages all the same. Nothing is judged here.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from torq_conformance.relay.process import RelayProcess
from torq_conformance.relay.wire import connected

READ_MAX = 1 << 18
PAUSE = 0.02
"""Seconds between the marks at the end: the reader's queue may be full."""


@dataclass(frozen=True)
class Received:
    """What one reader has received; ``is_closed``: then the relay closed its connection."""

    data: bytes
    is_closed: bool


def blast(
    relay: RelayProcess, rows: Sequence[Sequence[bytes]], mark: bytes, seconds: float
) -> Received:
    """What one reader receives of ``rows``, one of each sender, until ``mark`` has come.

    It ends with ``mark`` unless nothing more came within ``seconds``, or the relay closed it.
    """
    received = bytearray()
    was_closed = threading.Event()
    with ExitStack() as own:

        def client() -> socket.socket:
            one = own.enter_context(connected(relay.path, relay.look))
            one.settimeout(seconds)
            return one

        reader, senders = client(), [client() for _ in rows]
        reading = threading.Thread(target=_receive, args=(reader, received, mark, was_closed))
        draining = [threading.Thread(target=_drain, args=(one,)) for one in senders]
        sending = [
            threading.Thread(target=_send, args=pair) for pair in zip(senders, rows, strict=True)
        ]
        for thread in (reading, *draining, *sending):
            thread.start()
        for thread in sending:
            while thread.is_alive():
                relay.look()
                thread.join(PAUSE)
        marking, expires = senders[0], time.monotonic() + seconds
        while reading.is_alive() and time.monotonic() < expires:
            if not _send(marking, [mark]):
                # A relay may have closed it, for it received more than it read.
                with suppress(OSError):
                    marking = client()
            relay.look()
            reading.join(PAUSE)
        for one in (reader, *senders):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in (reading, *draining):
            thread.join()
    return Received(bytes(received), was_closed.is_set())


def _send(sender: socket.socket, row: Sequence[bytes]) -> bool:
    try:
        for data in row:
            sender.sendall(data)
    except OSError:
        return False
    return True


def _receive(
    reader: socket.socket, received: bytearray, mark: bytes, was_closed: threading.Event
) -> None:
    try:
        while not received.endswith(mark):
            data = reader.recv(READ_MAX)
            if not data:
                was_closed.set()
                return
            received += data
    except TimeoutError:
        pass
    except OSError:
        was_closed.set()


def _drain(sender: socket.socket) -> None:
    buffer = bytearray(READ_MAX)
    with suppress(OSError):
        while sender.recv_into(buffer):
            pass
