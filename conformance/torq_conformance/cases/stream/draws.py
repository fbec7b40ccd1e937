"""What one question draws from: seeded choices, numbers and bytes of every magnitude and look."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence
from typing import Any, TypeVar

from torq_conformance.model import derived_codec
from torq_specs.layout import Integer
from torq_specs.registry import VENDOR

RECENT_MAX = 12
"""Numbers of a message that later ones are related to."""

SECONDS = (0, 1_790_000_000, 1_790_000_000, (1 << 31) - 1, 1 << 32, 4_102_444_800)
"""Moments in seconds since 1970: nothing, today twice, and where clocks end."""

MAGICS = (
    *(b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf", b"PK\x03\x04", b"\xef\xbe\xad\xde"),
    *(b'{"a":1}', b"\xff" * 5, b"\0" * 5, b"\x80\0\0\0\0", b"\r\n", b"NaN"),
)
"""How gzip, zstd, text, zip, a message of the protocol, JSON and empty memory begin."""

DOUBLES = (
    *(0, 1 << 63, 0x3FF << 52, 0x7FF << 52, 0xFFF << 52, 0x434 << 52, (0x434 << 52) + 1),
    *(0x7FF8 << 48, (0x7FF << 52) + 1, 0x7FF4 << 48),
)
"""Doubles as bits: zeros, 1, infinities, 2^53 and the next, and what is no number."""

LETTERS = b"abcXYZ 0123.\n"

NUMBERS = (
    *("anywhere", "at an edge", "power of two", "power of ten", "a moment", "a double"),
    *("like another one", "a known beginning", "of any magnitude"),
)
"""Classes of numbers."""

CONTENTS = ("random", "zeros", "ones", "a known beginning", "text", "like a TLV", "a pattern")
"""Classes of bytes."""

Some = TypeVar("Some")


class Draw(random.Random):
    """The choices of one question; ``recent`` are its last numbers, ``met`` the classes it met."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.recent: list[int] = []
        self.met: set[str] = set()
        self.count = 0
        """TLVs of the message that was drawn."""

    def meet(self, dimension: str, name: object) -> None:
        """Note that the question belongs to a class."""
        self.met.add(f"{dimension}: {name}")

    def one_of(self, some: Sequence[Some]) -> Some:
        """One of some, each as likely."""
        return some[int(self.random() * len(some))]

    def below(self, end: int) -> int:
        """An integer from 0 to ``end`` - 1."""
        return int(self.random() * end) if end < 1 << 50 else self.randrange(end)

    def chance(self, part: float) -> bool:
        """Whether something happens that does in this part of all questions."""
        return self.random() < part

    def magnitude(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, uniform in its logarithm: no magnitude is rare."""
        if high <= low:
            return low
        drawn = math.exp(math.log(low + 1) + self.random() * math.log((high + 1) / (low + 1)))
        return min(high, max(low, int(drawn - 1 + self.random())))


@functools.cache
def _edges(type_: Integer) -> tuple[int, ...]:
    low, high = type_.minimum, type_.maximum
    return (low, high, low + 1, high - 1, 0, 1)


def number(draw: Draw, type_: Integer) -> int:
    """A number that a type holds; equal to recent ones, and next to them, as often as random."""
    low, high, k = type_.minimum, type_.maximum, draw.random()
    if k < 0.20:
        kind, drawn = 0, draw.randrange(low, high + 1)
    elif k < 0.31:
        kind, drawn = 1, draw.one_of(_edges(type_))
    elif k < 0.43:
        kind, drawn = 2, (1 << draw.below(8 * type_.size)) + draw.one_of((-1, 0, 1))
        drawn = -drawn if low < 0 and draw.chance(0.3) else drawn
    elif k < 0.52:
        factor = draw.one_of((1, 1, 1, -1, draw.below(1000)))
        kind, drawn = 3, 10 ** draw.below(1 + int(type_.size * 2.4)) * factor + draw.below(2)
    elif k < 0.61:
        seconds = draw.one_of(SECONDS) + draw.below(1000)
        kind, drawn = 4, seconds * draw.one_of((1, 10**3, 10**6, 10**9)) + draw.below(1000)
    elif k < 0.67:
        kind, drawn = 5, draw.one_of(DOUBLES)
    elif k < 0.86 and draw.recent:
        kind, drawn = 6, draw.one_of(draw.recent) + draw.one_of((0, 0, 0, 1, -1))
    elif k < 0.90:
        magic = draw.one_of(MAGICS)[: type_.size].ljust(type_.size, b"\0")
        kind, drawn = 7, int.from_bytes(magic, "little")
    else:
        kind, drawn = 8, draw.magnitude(0, high)
        drawn = -drawn if low < 0 and draw.chance(0.5) else drawn
    if not low <= drawn <= high:
        drawn = low + (drawn - low) % (high - low + 1)
    remember(draw, drawn)
    draw.meet("numbers", NUMBERS[kind])
    return drawn


def remember(draw: Draw, number: int) -> None:
    """Let later numbers of the question be related to this one."""
    if len(draw.recent) >= RECENT_MAX:
        draw.recent[draw.below(RECENT_MAX)] = number
    else:
        draw.recent.append(number)


def content(draw: Draw, size: int) -> bytes:
    """Bytes: random, all alike, with a known beginning, text, what looks like TLVs, a pattern."""
    k = draw.random()
    if not size or k < 0.25:
        kind, data = 0, draw.randbytes(size)
    elif k < 0.35:
        kind, data = 1, bytes(size)
    elif k < 0.42:
        kind, data = 2, b"\xff" * size
    elif k < 0.55:
        kind, data = 3, (draw.one_of(MAGICS) + draw.randbytes(size))[:size]
    elif k < 0.65:
        text = bytes(draw.one_of(LETTERS) for _ in range(min(size, 48)))
        kind, data = 4, text.ljust(size, draw.one_of((b" ", b"\0")))
    elif k < 0.8:
        part = derived_codec.frame(draw.one_of((0, 1, 2, VENDOR[0])), draw.randbytes(3))
        kind, data = 5, (part * (size // len(part) + 1))[:size]
    else:
        part = draw.randbytes(1 + draw.below(9))
        kind, data = 6, (part * (size // len(part) + 1))[:size]
    draw.meet("bytes", CONTENTS[kind])
    return data


def weighted(draw: Draw, table: Sequence[tuple[float, Any]]) -> Any:
    """One entry of (weight, entry) pairs; the weights sum up to 1."""
    k = draw.random()
    for weight, entry in table:
        k -= weight
        if k < 0:
            return entry
    return table[-1][1]
