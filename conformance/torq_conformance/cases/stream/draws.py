"""What one question draws from: seeded choices, numbers and bytes of every magnitude and look."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

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

LIKE_TLVS = (0, 1, 2, VENDOR[0])
"""Numbers of bytes that look like TLVs within a value: nothing reads them, declared or not."""

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


class Numbers(NamedTuple):
    """What is drawn of a type: its bounds, and numbers that mean something to somebody."""

    low: int
    high: int
    bits: int
    telling: tuple[tuple[int, int], ...]
    """Each with the index of its class."""


@functools.cache
def _numbers(size: int, is_signed: bool) -> Numbers:
    """Made once for all draws: as many telling numbers of each class, with a fixed seed."""
    type_ = Integer(size, is_signed)
    low, high = type_.minimum, type_.maximum
    draw, found = Draw(size), list[tuple[int, int]]()
    edges = (low, high, low + 1, high - 1, 0, 1)
    for _ in range(TELLING_COUNT):
        power = (1 << draw.below(8 * size)) + draw.one_of((-1, 0, 1))
        factor = draw.one_of((1, 1, 1, -1, draw.below(1000)))
        moment = draw.one_of(SECONDS) + draw.below(1000)
        magic = draw.one_of(MAGICS)[:size].ljust(size, b"\0")
        drawn = (
            *(draw.one_of(edges), -power if low < 0 and draw.chance(0.3) else power),
            10 ** draw.below(1 + int(size * 2.4)) * factor + draw.below(2),
            moment * draw.one_of((1, 10**3, 10**6, 10**9)) + draw.below(1000),
            *(draw.one_of(DOUBLES), int.from_bytes(magic, "little")),
        )
        for kind, one in zip(TELLING, drawn, strict=True):
            found.append((kind, one if low <= one <= high else low + one % (high - low)))
    return Numbers(low, high, 8 * size, tuple(found))


TELLING_COUNT = 400
"""Telling numbers of each class and type."""

TELLING = (1, 2, 3, 4, 5, 7)
"""Indexes of the classes of telling numbers."""

NUMBER_CLASSES = tuple(f"numbers: {name}" for name in NUMBERS)


def number(draw: Draw, type_: Integer) -> int:
    """A number that a type holds; equal to recent ones, and next to them, as often as random."""
    low, high, bits, telling = _numbers(type_.size, type_.is_signed)
    chance, recent = draw.random, draw.recent
    k = chance()
    if k < 0.56:
        kind, drawn = telling[int(chance() * len(telling))]
    elif k < 0.74:
        kind, drawn = 0, draw.getrandbits(bits) + low
    elif k < 0.91 and recent:
        kind, drawn = 6, recent[int(chance() * len(recent))] + NEAR[int(chance() * len(NEAR))]
        if not low <= drawn <= high:
            drawn = low + drawn % (high - low)
    else:
        kind, drawn = 8, draw.magnitude(0, high)
        drawn = -drawn if low and chance() < 0.5 else drawn
    if len(recent) >= RECENT_MAX:
        recent[int(chance() * RECENT_MAX)] = drawn
    else:
        recent.append(drawn)
    draw.met.add(NUMBER_CLASSES[kind])
    return drawn


NEAR = (0, 0, 0, 1, -1)
"""How far a number is from the one that it is related to."""


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
        part = derived_codec.frame(draw.one_of(LIKE_TLVS), draw.randbytes(3))
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
