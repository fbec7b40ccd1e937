"""One worker process as the kit sees it: its start, one question at a time, and its end.

Contract: whatever the process does, each method returns within its deadline and a grace. Once a
method has raised, the process answers no more: only ``end``, ``abort`` or ``kill`` may follow.
"""

from __future__ import annotations

import mmap
import select
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import torq_specs
from torq_conformance.implementations import worker_frames
from torq_conformance.implementations.child import LOOK_EVERY, READ_MAX, Child
from torq_conformance.implementations.no_answer import (
    BETWEEN_TWO_CALLS,
    IN_MID_CALL,
    Ended,
    Expired,
)
from torq_conformance.implementations.process_variables import process_variables
from torq_conformance.implementations.worker_waiting import KIT_AWAKE, stay_awake

NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)

CONNECTION = "the descriptor that connects it to the kit"

KIT = {str(Path(__file__).parents[2]), str(Path(str(torq_specs.__file__)).parents[1])}
"""The folders from which the kit itself is imported."""

PROGRAM = """\
import sys
sys.path[:] = [one for one in sys.path if one not in ("", {folder!r})]
sys.path += [one for one in {kit!r} if one not in sys.path]
from torq_conformance.implementations import worker_child
from torq_conformance.model.importing import importable_from
for one in [{folder!r}, *{path!r}]:
    importable_from(one)
worker_child.main({name!r}, {connection}, {progress}, {memory_max})
"""


class WorkerProcess:
    """A child in a session of its own, reached by a socket that only the two of them have."""

    def __init__(self, name: str, *, path: Sequence[str], folder: Path, memory_max: int) -> None:
        with ExitStack() as ours, ExitStack() as theirs:
            near, far = socket.socketpair()
            self._socket = ours.enter_context(near)
            theirs.enter_context(far)
            shared = theirs.enter_context(tempfile.TemporaryFile())
            shared.truncate(mmap.PAGESIZE)
            self._shared = ours.enter_context(mmap.mmap(shared.fileno(), mmap.PAGESIZE))
            descriptors = {"connection": far.fileno(), "progress": shared.fileno()}
            program = PROGRAM.format(
                kit=[one for one in path if one in KIT],
                path=[one for one in path if one not in {"", str(folder)}],
                folder=str(folder),
                name=name,
                memory_max=memory_max,
                **descriptors,
            )
            command = [sys.executable, "-c", program]
            self._child = Child(
                command,
                folder=folder,
                own=ours,
                descriptors=[*descriptors.values()],
                variables=process_variables(),
            )
        self._sequence = 0
        self._socket.setblocking(False)  # noqa: FBT003
        self._child.poll.register(self._socket, select.POLLIN)

    @property
    def output(self) -> str:
        """The end of what the process wrote to stdout and stderr."""
        return self._child.output

    @property
    def progress(self) -> int:
        """The index of the request under way, of several; whatever the process says it is."""
        return int.from_bytes(self._shared[:4], sys.byteorder)

    def hello(self, deadline: float) -> object:
        """What the process says first of all."""
        self._begin(deadline)
        return self._receive()

    def ask(self, body: bytes, deadline: float) -> object:
        """The answer to one request; Expired, Ended or Garbage when there is none.

        ``deadline`` is seconds for each of the requests in ``body``: it begins anew when the
        process is seen to have gone on to the next one.
        """
        self._sequence += 1
        self._begin(deadline)
        self._send(worker_frames.REQUEST.pack(self._sequence, len(body)) + body)
        return self._receive()

    def abort(self) -> None:
        """End a process that hangs: it is asked for a traceback first, which needs no lock."""
        self._child.abort()
        self.end()

    def end(self) -> int | None:
        """Hang up and wait a little, then kill what is left; the exit code if none was needed."""
        self._child.poll.unregister(self._socket)
        self._socket.close()
        code = self._child.end()
        return None if code == worker_frames.CONNECTION_LOST else code

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._child.pid

    def kill(self) -> None:
        """Kill the process and all that it started in its session's group."""
        self._child.kill()

    def _begin(self, deadline: float) -> None:
        self._shared[:4] = bytes(4)
        self._progress_seen = 0
        self._deadline = deadline
        self._expires = time.monotonic() + deadline

    def _time_left(self) -> float:
        left = self._expires - time.monotonic()
        if left > 0:
            return left
        if self.progress == self._progress_seen:
            raise Expired
        self._progress_seen = self.progress
        self._expires = time.monotonic() + self._deadline
        return self._deadline

    def _send(self, frame: bytes) -> None:
        rest = memoryview(frame)
        while True:
            try:
                rest = rest[self._socket.send(rest, NO_SIGNAL) :]
            except BlockingIOError:
                pass
            except OSError as error:
                when = BETWEEN_TWO_CALLS if len(rest) == len(frame) else IN_MID_CALL
                raise Ended(when, CONNECTION) from error
            if not rest:
                return
            self._wait(select.POLLOUT)

    def _receive(self) -> object:
        header = worker_frames.REPLY.size
        data = self._take()
        while len(data) < header:
            if not worker_frames.MARK.startswith(data[: len(worker_frames.MARK)]):
                raise worker_frames.garbage(data)
            data += self._take()
        whole = header + worker_frames.check_header(data, self._sequence)
        if len(data) < whole:
            parts = bytearray(data)
            while len(parts) < whole:
                parts += self._take()
            data = bytes(parts)
        if len(data) > whole:
            raise worker_frames.garbage(data[whole:])
        return worker_frames.read_reply(data[header:])

    def _take(self) -> bytes:
        """The next bytes on the connection, at least one."""
        self._wait(select.POLLIN)
        try:
            data = self._socket.recv(READ_MAX)
        except OSError:
            data = b""
        if not data:
            raise Ended(IN_MID_CALL, CONNECTION)
        return data

    def _wait(self, event: int) -> None:
        """Return when the connection is ready; take in what the process prints meanwhile."""
        if event != select.POLLIN:
            self._child.poll.modify(self._socket, event)
        elif stay_awake(partial(self._look, 0), KIT_AWAKE):
            return
        has_ended = False
        while not self._look(0 if has_ended else min(self._time_left(), LOOK_EVERY)):
            if has_ended:
                raise Ended(IN_MID_CALL, CONNECTION)
            has_ended = self._child.has_ended
        if event != select.POLLIN:
            self._child.poll.modify(self._socket, select.POLLIN)

    def _look(self, seconds: float) -> bool:
        """Wait for anything to come; whether it came on the connection."""
        return bool(self._child.look(seconds))
