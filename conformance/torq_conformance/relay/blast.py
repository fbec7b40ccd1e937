"""Many clients that write as fast as the kernel takes it, each from a thread of its own.

Contract: faster than a relay, so that it is busy with several senders at once. What it has no room
for may be lost; what arrives are whole messages all the same. Nothing is judged here.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

READ_MAX = 1 << 18
PAUSE = 0.02
"""Seconds between the marks at the end: the reader's queue may be full."""


def blast(path: Path, rows: Sequence[Sequence[bytes]], mark: bytes, seconds: float) -> bytes:
    """What one reader receives of ``rows``, one of each sender, until ``mark`` has come.

    It ends with ``mark`` unless nothing more came within ``seconds``.
    """
    received = bytearray()
    with socket.socket(socket.AF_UNIX) as reader:
        senders = [socket.socket(socket.AF_UNIX) for _ in rows]
        for one in (reader, *senders):
            one.settimeout(seconds)
            one.connect(str(path))
        reading = threading.Thread(target=_receive, args=(reader, received, mark))
        draining = [threading.Thread(target=_drain, args=(one,)) for one in senders]
        sending = [
            threading.Thread(target=_send, args=pair) for pair in zip(senders, rows, strict=True)
        ]
        for thread in (reading, *draining, *sending):
            thread.start()
        for thread in sending:
            thread.join()
        expires = time.monotonic() + seconds
        while reading.is_alive() and time.monotonic() < expires:
            _send(senders[0], [mark])
            reading.join(PAUSE)
        for one in (reader, *senders):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in (reading, *draining):
            thread.join()
        for one in senders:
            one.close()
    return bytes(received)


def _send(sender: socket.socket, row: Sequence[bytes]) -> None:
    with suppress(OSError):
        for data in row:
            sender.sendall(data)


def _receive(reader: socket.socket, received: bytearray, mark: bytes) -> None:
    with suppress(OSError):
        while not received.endswith(mark) and (data := reader.recv(READ_MAX)):
            received += data


def _drain(sender: socket.socket) -> None:
    buffer = bytearray(READ_MAX)
    with suppress(OSError):
        while sender.recv_into(buffer):
            pass
