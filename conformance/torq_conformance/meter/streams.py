"""What a program is fed when it is measured from outside: round trips of messages, by seed.

A run feeds ``COUNT`` messages of every stream. To measure one stream, another run feeds as many of
it again behind them: the difference between the two is what that many messages cost.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.implementations import stdio_frames
from torq_conformance.judging import work
from torq_conformance.model import derived_codec
from torq_specs import workloads
from torq_specs.layout import FieldLayout, Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY

COUNT = 64
"""Messages of a stream in a run that counts."""

COUNT_BEFORE_PYTHON = 8
"""Messages of each stream before those that are added, in Python: each takes seconds to count."""

OWN_COUNT = 2_048
"""Messages that are added for a runtime that counts itself: it takes something for itself, too."""

WEIGHTS: Mapping[int, int] = {
    1: 380,
    2: 280,
    6: 120,
    11: 70,
    7: 30,
    8: 30,
    3: 25,
    9: 15,
    16: 15,
    12: 8,
    13: 8,
    15: 5,
    14: 4,
    10: 3,
    4: 2,
    5: 2,
    18: 1,
    17: 1,
    19: 1,
}
"""A feed in parts of a thousand: trades and quotes make most of it, pools come by the way."""


def _small(item: int) -> bytes:
    return work.data_of("build", item)


def _book(levels: int) -> Callable[[int], bytes]:
    return lambda item: work.data_of(f"order_book_parse_{levels}", item)


def _rejected(item: int) -> bytes:
    return work.data_of("reject", item)


def _of_feed(item: int) -> bytes:
    number = _drawn_type(item)
    layout = REGISTRY[number].layout
    assert layout is not None
    words = _Words(item)
    header = {**workloads.trade(item)["header"], "sequence": item}
    tlv = {"type": number, "value": _value(layout, words)}
    return derived_codec.encode_message({"header": header, "tlvs": [tlv]})


def _drawn_type(item: int) -> int:
    rest = workloads.word(item, 7) % sum(WEIGHTS.values())
    for number, weight in WEIGHTS.items():
        if rest < weight:
            return number
        rest -= weight
    raise AssertionError("a remainder is below the sum")


class _Words:
    """Numbers of 64 bits, one after another, of their own for each item."""

    def __init__(self, item: int) -> None:
        self._item, self._number = item, 0

    def take(self, size: int) -> bytes:
        """So many bytes."""
        data = b""
        while len(data) < size:
            self._number += 1
            data += workloads.word((self._item << 20) + self._number, 0).to_bytes(8, "little")
        return data[:size]


def _value(layout: Layout, words: _Words) -> dict[str, Any]:
    return {field.name: _part(field, words) for field in layout.named}


def _part(field: FieldLayout, words: _Words) -> Any:
    match field.type:
        case Vector() as vector:
            count = int.from_bytes(words.take(2), "little") % (vector.capacity + 1)
            if isinstance(vector.element, Layout):
                return [_value(vector.element, words) for _ in range(count)]
            return [_number(vector.element, words) for _ in range(count)]
        case Integer() as integer:
            return _number(integer, words)
        case Raw() as raw:
            return words.take(raw.size)
    raise AssertionError(f"{field.name} is no part of a value")


def _number(integer: Integer, words: _Words) -> int:
    return int.from_bytes(words.take(integer.size), "little", signed=integer.is_signed)


STREAMS: Mapping[str, Callable[[int], bytes]] = {
    "small": _small,
    **{f"order_book_{levels}": _book(levels) for levels in workloads.LEVELS},
    "mixed_feed": _of_feed,
    "reject": _rejected,
}
"""The message of each item, by the name of the stream; only those of reject are wrong."""


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The streams of those names, all where none is given; KitError for one that nobody has."""
    for name in names:
        if name not in STREAMS:
            raise KitError(f"There is no workload {name!r}.", f"There are: {', '.join(STREAMS)}.")
    return tuple(names) or tuple(STREAMS)


@functools.cache
def message(stream: str, item: int) -> bytes:
    """The message of an item of a stream."""
    return STREAMS[stream](item % workloads.ITEM_COUNT)


def fed(
    names: Sequence[str], more: str = "", added: int = COUNT, before: int = COUNT
) -> list[bytes]:
    """The messages of a run; at its end, where all buffers have grown, more of one stream."""
    messages = [message(name, item) for name in names for item in range(before)]
    return messages + [message(more, COUNT + item) for item in range(added) if more]


def is_refused(data: bytes) -> bool:
    """Whether a message of these streams is one that must be refused."""
    return data in _all_refused()


@functools.cache
def _all_refused() -> frozenset[bytes]:
    return frozenset(message("reject", item) for item in range(COUNT + OWN_COUNT))


def version() -> str:
    """What tells two sets of workloads apart: a hash of their beginnings."""
    digest = hashlib.sha256(str(COUNT).encode())
    for name in STREAMS:
        digest.update(name.encode())
        for item in range(8):
            digest.update(message(name, item))
    return digest.hexdigest()[:12]


HELLO = b'{"id":1,"op":"hello","protocol":1}\n'


def program_input(messages: Sequence[bytes], *, has_frames: bool) -> bytes:
    """Everything that a program reads from its beginning to its end."""
    if has_frames:
        enter = b'{"id":2,"op":"frames"}\n'
        return HELLO + enter + stdio_frames.write(messages) + stdio_frames.END
    lines = [
        json.dumps({"id": 2 + index, "op": "roundtrip", "data": data.hex()})
        for index, data in enumerate(messages)
    ]
    return HELLO + "\n".join(lines).encode() + b"\n"


def check_output(output: bytes, messages: Sequence[bytes], *, has_frames: bool) -> str:
    """What is wrong with what a program wrote; empty: every answer is right."""
    lines = output.split(b"\n", 2 if has_frames else -1)
    if len(lines) < 3:
        return "it ended before it had answered"
    if has_frames:
        return _check_frames(lines[2], messages)
    answers = {one.get("id"): one for one in map(json.loads, filter(None, lines[1:]))}
    for index, data in enumerate(messages):
        answer = answers.get(2 + index, {})
        if ("error" in answer) is not is_refused(data) or answer.get(
            "ok", data.hex()
        ) != data.hex():
            return f"message {index} is answered wrong"
    return ""


def _check_frames(output: bytes, messages: Sequence[bytes]) -> str:
    at = 0
    for index, data in enumerate(messages):
        if len(output) < at + 4:
            return f"{index} of {len(messages)} messages are answered"
        (size,) = stdio_frames.LENGTH.unpack_from(output, at)
        at += 4
        if size & stdio_frames.REFUSED:
            if not is_refused(data):
                return f"message {index} is refused"
            continue
        if output[at : at + size] != data or is_refused(data):
            return f"message {index} does not come back as it was"
        at += size
    return "" if at == len(output) else "more comes back than was sent"
