"""One thing changed at a drawn place of a valid message; checksum and size are made good mostly.

What is then right, ``expect`` says: the oracle knows every fault of any bytes, so nobody here need
know whether a change makes a message wrong, wrong in several ways, or not at all.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torq_conformance.cases.stream.draws import Draw, content, weighted
from torq_conformance.cases.stream.space import Space
from torq_conformance.model import derived_codec
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import FieldLayout, Layout, Padding, Vector
from torq_specs.registry import EXTENDED, EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX
from torq_specs.tlv import Tlv

ROOM = MESSAGE_SIZE_MAX - HEADER_SIZE

SPANS_MAX = 4096
"""TLVs of a message among which the place of a change is drawn."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a TLV lies in a message."""

    offset: int
    head: int
    number: int
    size: int

    @property
    def start(self) -> int:
        """Where its value starts."""
        return self.offset + self.head

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.size


@dataclass
class Changing:
    """A message while it is changed; what is to be made good in the end."""

    draw: Draw
    space: Space
    data: bytearray
    spans: list[Span]
    is_sized: bool = True
    is_sealed: bool = True

    def span(self) -> Span | None:
        """A TLV, the first and the last one above all."""
        if not self.spans:
            return None
        k = self.draw.random()
        at = 0 if k < 0.15 else -1 if k < 0.3 else self.draw.below(len(self.spans))
        self.draw.meet("place", place(at % len(self.spans)))
        return self.spans[at]


PLACES = ("TLV 0", "TLV 1", "TLV 2", "TLV 3 to 16", "TLV 17 and later")
"""Classes of places, by the index of the TLV in which something is changed."""


def place(index: int) -> str:
    """The class of a place."""
    return PLACES[min(index, 3) if index < 17 else 4]


def change(draw: Draw) -> str:
    """The name of a change."""
    name: str = weighted(draw, WEIGHTS)
    return name


def corrupted(draw: Draw, space: Space, data: bytes, name: str) -> bytes:
    """The message with that changed, or with another change as well."""
    data = _once(draw, space, data, name)
    # Cut to nothing, there is nothing left to change.
    if draw.chance(0.12) and data:
        data = _once(draw, space, data, change(draw))
    return data


def _once(draw: Draw, space: Space, data: bytes, name: str) -> bytes:
    changing = Changing(draw, space, bytearray(data), _spans(data))
    changing.is_sealed = draw.chance(0.8)
    if not CHANGES[name](changing):
        name = draw.one_of(("bit", "byte", "cut"))
        CHANGES[name](changing)
    draw.meet("corruption", name)
    out = changing.data
    if changing.is_sized and len(out) >= HEADER_SIZE:
        out[24:28] = (len(out) - HEADER_SIZE).to_bytes(4, "little")
    is_sealed = changing.is_sealed and len(out) >= HEADER_SIZE
    draw.meet("sealed", "yes" if is_sealed else "no")
    return derived_codec.seal(bytes(out)) if is_sealed else bytes(out)


def _spans(data: bytes) -> list[Span]:
    """The whole TLVs of a message."""
    spans: list[Span] = []
    at, end = HEADER_SIZE, len(data)
    while at + Tlv.STANDARD_HEADER_SIZE <= end and len(spans) < SPANS_MAX:
        if data[at] != EXTENDED:
            span = Span(at, Tlv.STANDARD_HEADER_SIZE, data[at], data[at + 1])
        elif at + Tlv.EXTENDED_HEADER_SIZE <= end:
            size = int.from_bytes(data[at + 3 : at + 5], "little")
            span = Span(at, Tlv.EXTENDED_HEADER_SIZE, data[at + 2], size)
        else:
            break
        if span.end > end:
            break
        spans.append(span)
        at = span.end
    return spans


# Each change gives False where the message has nothing that it could change.


def _bit(c: Changing) -> bool:
    at = c.draw.below(len(c.data))
    c.data[at] ^= 1 << c.draw.below(8)
    c.is_sized = False
    return True


def _byte(c: Changing) -> bool:
    at = c.draw.below(len(c.data))
    c.data[at] = c.draw.one_of((0, 255, c.draw.below(256), 1 + c.draw.below(60)))
    c.is_sized = False
    return True


def _header(c: Changing) -> bool:
    at = c.draw.below(8)
    if at >= len(c.data):
        return False
    c.data[at] = c.draw.one_of((0, 255, c.draw.below(256), c.data[at] ^ 1 << c.draw.below(8)))
    c.is_sized = False
    return True


def _domain(c: Changing) -> bool:
    if len(c.data) < 5:
        return False
    c.data[4] = c.draw.one_of((*c.space.riding, 0, 5))
    c.is_sized = False
    return True


def _cut(c: Changing) -> bool:
    at = c.draw.below(len(c.data))
    if c.spans and c.draw.chance(0.3):
        span = c.draw.one_of(c.spans)
        at = c.draw.one_of((span.offset, span.start, span.end)) - c.draw.below(2)
    elif c.draw.chance(0.4):
        at = max(0, len(c.data) - 1 - c.draw.below(9))
    del c.data[at:]
    c.is_sized = c.draw.chance(0.6)
    return True


def _more(c: Changing) -> bool:
    size = c.draw.one_of((1, 2, 3, 4, 5, 9, c.draw.magnitude(1, 5000)))
    c.data += content(c.draw, size)
    c.is_sized = c.draw.chance(0.5)
    return True


def _another_message(c: Changing) -> bool:
    c.data += c.data[: c.draw.one_of((HEADER_SIZE, len(c.data)))]
    c.is_sized = c.draw.chance(0.3)
    return True


def _checksum(c: Changing) -> bool:
    b = bytes(c.data)
    right = int.from_bytes(b[28:32], "little")
    procedures: tuple[Callable[[], int], ...] = (
        lambda: 0,
        lambda: 0xFFFFFFFF,
        lambda: zlib.crc32(b),
        lambda: zlib.crc32(b[32:]),
        lambda: zlib.crc32(b[:28]),
        lambda: zlib.crc32(b[:28] + bytes(4) + b[32:]),
        lambda: zlib.crc32(b[32:], zlib.crc32(b[:28] + b"\xff" * 4)),
        lambda: zlib.crc32(b[:28] + b[32:-1]),
        lambda: zlib.crc32(b[32:] + b[:28]),
        lambda: int.from_bytes(b[28:32], "big"),
        lambda: ~right & 0xFFFFFFFF,
        lambda: zlib.adler32(b[:28] + b[32:]),
        lambda: right ^ 1 << c.draw.below(32),
        lambda: (right + c.draw.one_of((1, -1, 256, 65_536))) & 0xFFFFFFFF,
        lambda: right & 0xFFFF,
        lambda: c.draw.getrandbits(32),
    )
    wrong = c.draw.one_of(procedures)
    c.data[28:32] = wrong().to_bytes(4, "little")
    c.is_sealed = c.is_sized = False
    return True


def _size(c: Changing) -> bool:
    size = len(c.data) - HEADER_SIZE
    near = (size - 1, size + 1, size + HEADER_SIZE, size + 65_536, size & 0xFF, size & 0xFFFF)
    far = (0, 1, 0xFFFFFFFF, 0xFFFFFFE0, 0xFFFFFFDF, 1 << 31, ROOM, ROOM + 1)
    stated = c.draw.one_of((*near, *far, c.draw.magnitude(0, 1 << 31)))
    c.data[24:28] = (max(0, stated) & 0xFFFFFFFF).to_bytes(4, "little")
    c.is_sized = False
    return True


def _length(c: Changing) -> bool:
    span = c.span()
    if span is None:
        return False
    size = span.size
    if span.head == Tlv.STANDARD_HEADER_SIZE:
        lengths = (0, 255, max(0, size - 1), (size + 1) & 255, (size + 2) & 255, c.draw.below(256))
        c.data[span.offset + 1] = c.draw.one_of(lengths)
    else:
        swapped = (size & 255) << 8 | size >> 8
        wide = (0, EXTENDED_SIZE_MAX, size - 1, size + 1, size ^ 256, swapped, c.draw.below(65_536))
        length = c.draw.one_of(wide) & 0xFFFF
        c.data[span.offset + 3 : span.offset + 5] = length.to_bytes(2, "little")
    return True


def _number(c: Changing) -> bool:
    span = c.span()
    if span is None:
        return False
    at = span.offset if span.head == Tlv.STANDARD_HEADER_SIZE else span.offset + 2
    # Of the same size in another domain, unassigned, next to it: all are drawn often enough.
    others = [x.number for x in c.space.registry if x.size_min <= span.size <= x.size_max]
    near = (span.number + 1) & 255
    c.data[at] = c.draw.one_of((0, EXTENDED, c.draw.below(256), near, c.draw.one_of(others or [0])))
    return True


def _reserved(c: Changing) -> bool:
    spans = [span for span in c.spans if span.head == Tlv.EXTENDED_HEADER_SIZE]
    if not spans:
        return False
    span = c.draw.one_of((spans[0], spans[-1], c.draw.one_of(spans)))
    c.data[span.offset + 1] = c.draw.one_of((1, 128, 255, span.number, 1 + c.draw.below(255)))
    return True


def _in_value(c: Changing) -> bool:
    span = c.span()
    if span is None or not span.size:
        return False
    at = span.start + c.draw.below(span.size)
    flipped = c.data[at] ^ 1 << c.draw.below(8)
    c.data[at] = c.draw.one_of((0, 1, 255, flipped, c.draw.below(256)))
    return True


def _insertion(c: Changing) -> bool:
    span = c.span()
    if span is None:
        return False
    at = c.draw.one_of((span.offset, span.start, span.end))
    size = c.draw.one_of((1, 1, 2, 3, 5, 8))
    c.data[at:at] = bytes(size) if c.draw.chance(0.4) else content(c.draw, size)
    return True


def _resized(c: Changing) -> bool:
    """A value of another size, framed as it must be."""
    span = c.span()
    if span is None:
        return False
    line = c.space.registry.get(span.number)
    bounds = (0, 1) if line is None else (line.size_min - 1, line.size_max + 1, 0)
    near = (span.size - 1, span.size + 1, span.size - 8, span.size + 8, 2 * span.size)
    size = c.draw.one_of((*bounds, *near, c.draw.magnitude(0, 2000)))
    size = max(0, min(size, EXTENDED_SIZE_MAX))
    value = bytes(c.data[span.start : span.end])[:size].ljust(size, c.draw.one_of((b"\0", b"\1")))
    is_long = size > STANDARD_SIZE_MAX or span.head == Tlv.EXTENDED_HEADER_SIZE
    c.data[span.offset : span.end] = derived_codec.frame(span.number, value, is_extended=is_long)
    return True


def _added(c: Changing) -> bool:
    """A TLV of any number at any place, framed as it must be."""
    at = HEADER_SIZE
    if c.spans:
        span = c.draw.one_of((c.spans[0], c.spans[-1], c.draw.one_of(c.spans)))
        at = c.draw.one_of((span.offset, span.end))
    number = c.draw.one_of((c.draw.below(EXTENDED), 0, c.draw.one_of(c.space.lines).number))
    line = c.space.registry.get(number)
    size = line.size_min if line is not None and c.draw.chance(0.7) else c.draw.below(60)
    framed = derived_codec.frame(number, bytes(size), is_extended=c.draw.chance(0.3) or size > 255)
    c.data[at:at] = framed
    return True


def _twice(c: Changing) -> bool:
    span = c.span()
    if span is None:
        return False
    c.data[span.offset : span.offset] = c.data[span.offset : span.end]
    return True


def _splice(c: Changing) -> bool:
    span = c.span()
    if span is None:
        return False
    other = c.draw.one_of(c.spans)
    c.data[span.offset : span.end] = c.data[other.offset : other.end]
    return True


def _laid_out(c: Changing) -> tuple[Span, Layout] | None:
    """A TLV of a declared type of the right size."""
    found: list[tuple[Span, Layout]] = []
    for span in c.spans[:256]:
        line = c.space.registry.get(span.number)
        if line is not None and line.layout is not None and line.layout.size == span.size:
            found.append((span, line.layout))
    if not found:
        return None
    at = c.draw.one_of((0, -1, c.draw.below(len(found)), c.draw.below(len(found))))
    c.draw.meet("place", place(at % len(found)))
    return found[at]


def _vectors(layout: Layout) -> list[tuple[FieldLayout, Vector]]:
    return [(field, field.type) for field in layout.fields if isinstance(field.type, Vector)]


def _count(c: Changing) -> bool:
    found = _laid_out(c)
    if found is None or not (vectors := _vectors(found[1])):
        return False
    span, (field, vector) = found[0], c.draw.one_of(vectors)
    at, most = span.start + field.offset, vector.capacity
    counts = (most + 1, most + c.draw.below(400), 65_535, 256, most + 256, c.draw.below(most + 1))
    c.data[at : at + 2] = min(c.draw.one_of(counts), 65_535).to_bytes(2, "little")
    return True


def _stale(c: Changing) -> bool:
    found = _laid_out(c)
    if found is None or not (vectors := _vectors(found[1])):
        return False
    span, (field, vector) = found[0], c.draw.one_of(vectors)
    at = span.start + field.offset
    count = int.from_bytes(c.data[at : at + 2], "little")
    size, slots = vector.element.size, at + vector.slots_offset
    first = slots + count * size
    last = slots + vector.capacity * size
    if first >= last:
        return False
    slot = c.draw.one_of((first, last - 1, first + c.draw.below(last - first)))
    c.data[slot] = c.draw.one_of((1, 128, 255))
    return True


def _padding(c: Changing) -> bool:
    found = _laid_out(c)
    if found is None:
        return False
    span, layout = found
    runs = [(f.offset, f.size) for f in layout.fields if isinstance(f.type, Padding)]
    for field, vector in _vectors(layout):
        runs.append((field.offset + vector.COUNT.size, vector.padding.size))
    if not runs:
        return False
    offset, size = c.draw.one_of(runs)
    at = span.start + offset + c.draw.one_of((0, size - 1, c.draw.below(size)))
    c.data[at] = c.draw.one_of((1, 128, 255, 1 + c.draw.below(255)))
    return True


def _field_bit(c: Changing) -> bool:
    found = _laid_out(c)
    if found is None:
        return False
    span, layout = found
    field = c.draw.one_of(layout.fields)
    c.data[span.start + field.offset + c.draw.below(field.size)] ^= 1 << c.draw.below(8)
    return True


CHANGES: Mapping[str, Callable[[Changing], bool]] = {
    "bit": _bit,
    "byte": _byte,
    "byte of the header": _header,
    "domain": _domain,
    "cut": _cut,
    "more bytes": _more,
    "another message": _another_message,
    "checksum": _checksum,
    "payload size": _size,
    "length of a TLV": _length,
    "type of a TLV": _number,
    "reserved byte": _reserved,
    "byte of a value": _in_value,
    "insertion": _insertion,
    "resized value": _resized,
    "added TLV": _added,
    "doubled TLV": _twice,
    "spliced TLV": _splice,
    "count": _count,
    "stale slot": _stale,
    "padding": _padding,
    "bit of a field": _field_bit,
}
"""Every change by its name."""

OF_VECTORS = frozenset({"count", "stale slot"})
"""Changes of vectors: their messages are made of types that have one."""

FREQUENT = {
    **dict.fromkeys(("length of a TLV", "type of a TLV", "resized value", "cut", "padding"), 2),
    **dict.fromkeys(("checksum", "count", "stale slot"), 3),
}
"""Changes that say more than others, or that few messages take."""

_ALL = len(CHANGES) + sum(times - 1 for times in FREQUENT.values())

WEIGHTS = tuple((FREQUENT.get(name, 1) / _ALL, name) for name in CHANGES)
"""How often each change is drawn."""
