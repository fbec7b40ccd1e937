"""The frames between the kit and a worker process: what goes there, and what may come back.

There: sequence number, size, and a pickle, since the worker has every reason to trust the kit.
Back: a mark, the sequence number of the request, size, and JSON in ASCII.

Contract: whatever bytes come back, reading them gives an answer or raises ``Garbage``. That is why
they are no pickle, not even one that refuses every class: 8 bytes of it make its reader take 2 GiB,
and a dict key of 200,000 nested tuples overflows its reader's stack (both were tried).
"""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

from torq_conformance.implementations.no_answer import SHOWN_MAX, Garbage, shown
from torq_conformance.implementations.outcomes import (
    Accepted,
    Crashed,
    Entangled,
    Outcome,
    OutOfProtocol,
)
from torq_conformance.implementations.protocol import Look, Operation, Placement, Request
from torq_conformance.rejection import Rejected, Unsupported

REQUEST = Struct("<QI")
"""Sequence number and size of the pickle that follows."""

REPLY = Struct("<4sQI")
"""Mark, sequence number and size of the JSON that follows."""

MARK = b"\xf5TQ\n"
"""Begins every reply. The first byte occurs in no UTF-8, so no printed text looks like a reply."""

SIZE_MAX = 64 << 20
"""Bytes of a reply that the kit is willing to read."""

CONNECTION_LOST = 121
"""Exit code of a worker that can no longer write to the kit; used only to word a crash."""


def garbage(data: bytes | bytearray) -> Garbage:
    """What is there instead of a reply."""
    return Garbage(f"garbage on the kit's own connection: {shown(data)}")


def write_call(request: Request) -> bytes:
    """One request, pickled."""
    return pickle.dumps(_packed(request), 5)


def write_calls(requests: Sequence[Request]) -> bytes:
    """Several requests that are to be asked in a row, pickled."""
    return pickle.dumps([_packed(request) for request in requests], 5)


def _packed(request: Request) -> tuple[str, object, Placement | None, Look | None]:
    return request.operation.value, request.argument, request.placement, request.look


def write_at_once(requests: Sequence[Request], rounds: int) -> bytes:
    """Requests that are to be asked at once, each by a thread of its own, pickled."""
    return pickle.dumps(AtOnce(list(requests), rounds), 5)


def write_many(messages: Sequence[bytes]) -> bytes:
    """Messages of which the round trips are asked all at once, pickled."""
    return pickle.dumps(tuple(messages), 5)


@dataclass(frozen=True)
class AtOnce:
    """Requests that are asked at once, each ``rounds`` times by a thread of its own."""

    requests: list[Request]
    rounds: int


@dataclass(frozen=True)
class Many:
    """Messages of which the round trips are asked all at once."""

    messages: tuple[bytes, ...]


def read_asked(body: bytes) -> Request | list[Request] | AtOnce | Many:
    """What ``write_call``, ``write_calls``, ``write_at_once`` or ``write_many`` wrote."""
    asked = pickle.loads(body)  # noqa: S301  # written by the kit
    if isinstance(asked, AtOnce):
        return asked
    if isinstance(asked, tuple) and all(isinstance(part, bytes) for part in asked):
        return Many(asked)
    if isinstance(asked, list):
        return [Request(Operation(name), *rest) for name, *rest in asked]
    name, *rest = asked
    return Request(Operation(name), *rest)


def write_reply(sequence: int, answer: list[object]) -> bytes:
    """A whole frame; an answer that cannot be sent is answered by the reason."""
    try:
        body = _bounded(_encode(answer).encode("ascii"), "of JSON")
    except (ValueError, MemoryError, RecursionError) as error:
        why = f"an answer that cannot be sent: {str(error) or type(error).__name__}"
        body = _encode(tagged(OutOfProtocol(why))).encode("ascii")
    return REPLY.pack(MARK, sequence, len(body)) + body


def check_header(data: bytes | bytearray, sequence: int) -> int:
    """The size of the reply that begins with ``data``; Garbage when it is none."""
    mark, answered, size = REPLY.unpack_from(data)
    if mark != MARK:
        raise garbage(data)
    if answered != sequence:
        raise Garbage(f"a reply to request {answered} when {sequence} was asked")
    if size > SIZE_MAX:
        raise Garbage(f"a reply of {size:,} bytes, at most {SIZE_MAX:,} are read")
    return int(size)


def read_reply(body: bytes | bytearray) -> object:
    """The answer in the body of a reply; Garbage when it is none."""
    try:
        return _decode(body.decode("ascii"))
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise garbage(body) from None


def tagged(outcome: Outcome) -> list[object]:
    """An outcome as JSON knows it."""
    match outcome:
        case Entangled(value, why):
            return ["entangled", value, why]
        case Accepted(value):
            return ["accepted", value]
        case Rejected(kind=kind, context=context):
            return ["rejected", kind, context]
        case Unsupported(args=texts):
            return ["unsupported", list(texts)]
        case Crashed(how, detail):
            return ["crashed", how, detail]
        case OutOfProtocol(why):
            return ["out of protocol", why]
    raise AssertionError(f"only the kit itself says {outcome!r}")


def outcome_of(answer: object) -> Outcome:
    """The outcome that ``tagged`` wrote; Garbage when it is none."""
    match answer:
        case ["accepted", value]:
            return Accepted(value)
        case ["entangled", value, str(why)]:
            return Entangled(value, why)
        case ["rejected", str(kind), dict(context)]:
            refusal = Rejected(kind)
            refusal.context = context
            return refusal
        case ["unsupported", [*texts]]:
            return Unsupported(*texts)
        case ["crashed", str(how), str(detail)]:
            return Crashed(how, detail)
        case ["out of protocol", str(why)]:
            return OutOfProtocol(why)
    raise Garbage(f"a reply that is no outcome: {_shown(answer)}")


def _shown(answer: object) -> str:
    try:
        return repr(answer)[:SHOWN_MAX]
    except RecursionError:
        return "nested without end"


def outcomes_of(answer: object, count: int) -> list[Outcome]:
    """The outcomes of requests that were asked in a row; Garbage when they are none."""
    if not isinstance(answer, list) or len(answer) != count:
        raise Garbage(f"a reply that is no list of {count} outcomes: {_shown(answer)}")
    return [outcome_of(part) for part in answer]


def many(outcomes: Sequence[Outcome | None]) -> list[object]:
    """Outcomes as JSON knows them, all bytes in one; -1 is the size of what is no bytes.

    The others stand behind, by their indexes.
    """
    parts: list[bytes | None] = []
    others: list[object] = []
    for index, outcome in enumerate(outcomes):
        is_bytes = isinstance(outcome, Accepted) and isinstance(outcome.value, bytes)
        parts.append(outcome.value if is_bytes else None)  # type: ignore[union-attr,arg-type]
        if outcome is not None and not is_bytes:
            others.append([index, tagged(outcome)])
    sizes = [-1 if part is None else len(part) for part in parts]
    return ["many", sizes, b"".join(part for part in parts if part), others]


def many_of(answer: object, count: int) -> list[Outcome | None]:
    """The outcomes that ``many`` wrote; Garbage when they are none."""
    match answer:
        case ["many", [*found], bytes(joined), [*others]] if len(found) == count:
            sizes = [size for size in found if type(size) is int and size >= -1]
            ends = list(itertools.accumulate(max(size, 0) for size in sizes))
            if len(sizes) == count and (ends or [0])[-1] == len(joined):
                outcomes: list[Outcome | None] = [
                    None if size < 0 else Accepted(joined[end - size : end])
                    for size, end in zip(sizes, ends, strict=True)
                ]
                for other in others:
                    match other:
                        case [int(index), tagged_] if 0 <= index < count:
                            outcomes[index] = outcome_of(tagged_)
                        case _:
                            raise Garbage(f"a reply about no message: {_shown(other)}")
                return outcomes
    raise Garbage(f"a reply that is no list of {count} messages: {repr(answer)[:SHOWN_MAX]}")


def _hexadecimal(value: object) -> dict[str, None]:
    """Bytes, which JSON does not have, as the only key of null, which no answer has."""
    if not isinstance(value, bytes):
        raise TypeError(f"a {type(value).__name__} in an answer")
    return {_bounded(value, "in one value").hex(): None}


def _bounded(data: bytes, where: str) -> bytes:
    if len(data) > SIZE_MAX:
        raise ValueError(f"{len(data):,} bytes {where}, at most {SIZE_MAX:,} are read")
    return data


def _binary(found: dict[str, object]) -> object:
    if len(found) == 1:
        [(text, value)] = found.items()
        if value is None:
            return bytes.fromhex(text)
    return found


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_hexadecimal).encode
_decode = json.JSONDecoder(object_hook=_binary).decode
