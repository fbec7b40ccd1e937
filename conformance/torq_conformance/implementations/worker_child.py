"""The worker process: holds one implementation and answers the kit's requests about it.

Contract: runs foreign code, so nothing here is relied on by the kit. It keeps the kit's connection
apart from stdin, stdout and stderr, and limits its own memory.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import resource
import select
import sys
from collections.abc import Callable
from functools import partial

from torq_conformance.errors import KitError
from torq_conformance.implementations import (
    locate,
    python_calls,
    python_threads,
    worker_frames,
)
from torq_conformance.implementations.outcomes import Crashed, Outcome
from torq_conformance.implementations.protocol import Request
from torq_conformance.implementations.worker_waiting import WORKER_AWAKE, stay_awake

READ_MAX = 64 << 10
"""Bytes taken at once; memory of this size is at hand, more would be mapped for each request."""


def main(name: str, connection: int, progress: int, memory_max: int) -> None:
    """Load the implementation, say who it is, and answer until the kit hangs up.

    ``connection`` and ``progress`` are descriptors: a stream socket, and a file of which the first
    4 bytes are the index of the request under way among several. ``memory_max`` is bytes.
    """
    _limit(memory_max)
    # A print before the end shows in the report only if it has left the process by then.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
    index = memoryview(mmap.mmap(progress, mmap.PAGESIZE)).cast("I")
    os.close(progress)
    implementation, hello = _introduce(name)
    _write(connection, worker_frames.write_reply(0, hello))
    if implementation is not None:
        _serve(implementation, connection, index)


def _limit(memory_max: int) -> None:
    """Bound memory and leave no core files.

    Data only: a limit of the address space would stop runtimes that reserve more than they use.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = memory_max if hard == resource.RLIM_INFINITY else min(memory_max, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _introduce(name: str) -> tuple[object | None, list[object]]:
    """The implementation and its identity, or nothing and what is wrong with the set-up."""
    try:
        implementation = locate.load_python(name)
        identity = python_calls.identify(implementation, name)
    except KitError as error:
        return None, ["kit error", error.problem, error.hint]
    return implementation, [
        "identity",
        identity.name,
        identity.version,
        identity.language,
        sorted(identity.capabilities),
        None if identity.types is None else [*identity.types],
    ]


def _serve(implementation: object, connection: int, index: memoryview[int]) -> None:
    own = os.getpid()
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    has_come = partial(poll.poll, 0)
    while (received := _read(connection)) is not None:
        sequence, body = received
        asked = worker_frames.read_asked(body)
        if isinstance(asked, worker_frames.Many):
            answer = _roundtrip_many(implementation, asked.messages, index)
        elif isinstance(asked, Request):
            answer = worker_frames.tagged(_call(implementation, asked))
        else:
            outcomes = _call_several(implementation, asked, index)
            answer = [worker_frames.tagged(outcome) for outcome in outcomes]
        if os.getpid() != own:
            os._exit(0)  # A copy that the implementation forked must not answer as well.
        _write(connection, worker_frames.write_reply(sequence, answer))
        stay_awake(has_come, WORKER_AWAKE)


def _call(implementation: object, request: Request) -> Outcome:
    # Its own: a pickle has but one object for what stands in two places of a message.
    return _survive(partial(python_calls.call, implementation, python_calls.own(request)))


def _call_several(
    implementation: object,
    asked: list[Request] | worker_frames.AtOnce,
    index: memoryview[int],
) -> list[Outcome]:
    if isinstance(asked, worker_frames.AtOnce):
        note = partial(index.__setitem__, 0)
        answers = python_threads.begin_at_once(implementation, asked.requests, asked.rounds, note)
    else:
        answers = []
        for position, request in enumerate(asked):
            index[0] = position
            answers.append(_begin(implementation, python_calls.own(request)))
    outcomes = []
    for position, answer in enumerate(answers):
        index[0] = position
        outcomes.append(_survive(partial(python_calls.finish, answer)))
    return outcomes


def _roundtrip_many(
    implementation: object, messages: tuple[bytes, ...], index: memoryview[int]
) -> list[object]:
    note = partial(index.__setitem__, 0)
    try:
        return worker_frames.many(python_calls.roundtrip_each(implementation, messages, note))
    except BaseException as error:  # noqa: BLE001  # see _survive
        return worker_frames.many([_crashed(error)] * len(messages))


def _begin(implementation: object, request: Request) -> Callable[[], Outcome]:
    try:
        return python_calls.begin(implementation, request)
    except BaseException as error:  # noqa: BLE001  # see _survive
        crashed = _crashed(error)
        return lambda: crashed


def _survive(ask: Callable[[], Outcome]) -> Outcome:
    """The outcome, also of what the kit lets through in its own process.

    That is KeyboardInterrupt, which nobody at a keyboard can cause here, and no memory left to
    describe an exception with.
    """
    try:
        return ask()
    except BaseException as error:  # noqa: BLE001  # see above
        return _crashed(error)


def _crashed(error: BaseException) -> Crashed:
    return Crashed(f"raised {type(error).__name__}")


def _read(connection: int) -> tuple[int, bytes] | None:
    """The next request; nothing when the kit hung up."""
    header = worker_frames.REQUEST
    data = b""
    while len(data) < header.size or len(data) < header.size + header.unpack_from(data)[1]:
        more = os.read(connection, READ_MAX)
        if not more:
            return None
        data += more
    return header.unpack_from(data)[0], data[header.size :]


def _write(connection: int, frame: bytes) -> None:
    try:
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(connection, rest) :]
    except OSError:
        # The implementation closed it, or the kit is gone; either way nobody can be answered.
        os._exit(worker_frames.CONNECTION_LOST)
