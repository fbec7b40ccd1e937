"""How many and how large: as many TLVs as fit, every rest by 64, every power of two, page borders.

Codecs change their way at numbers: a count that outgrows a byte, a loop unrolled by 64, a block of
4,096 bytes that is read at once, a header that lies across two of them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.cases.header import payload_of, sized
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX, Registry, TlvType
from torq_specs.tlv import Tlv

ROOM = MESSAGE_SIZE_MAX - HEADER_SIZE
"""Bytes of payload that a message may have."""


# As many as fit.

COUNTS = (17, 100, 257)
"""How often a declared type stands in a message, beside as often as fits."""


def repeated(registry: Registry) -> Iterator[Cell]:
    """Every declared type many times in one message, all different."""
    for line in registry.with_layout:
        for count in COUNTS:
            if count <= _most(line):
                yield from _both_ways(line, count)


def largest_as_often_as_fits(registry: Registry) -> Iterator[Cell]:
    """The largest declared type as often as a message holds (168 books), and once more."""
    yield from _as_often_as_fits(_by_size(registry)[0])


def as_often_as_fits(registry: Registry) -> Iterator[Cell]:
    """Every other declared type as often as a message holds, and once more."""
    for line in _by_size(registry)[1:]:
        yield from _as_often_as_fits(line)


def _by_size(registry: Registry) -> list[TlvType]:
    """The declared types, the largest first."""
    return sorted(registry.with_layout, key=lambda line: -line.size_min)


def _as_often_as_fits(line: TlvType) -> Iterator[Cell]:
    most = _most(line)
    yield from _both_ways(line, most)
    label = f"decode {most} {line.name}, the last one wrong"
    yield Cell("CHK-VERIFY", label, decoding(partial(_last_flipped, line, most)))
    label = f"encode {most + 1} {line.name}, one too many"
    yield Cell("MSG-TOO-LARGE", label, encoding(partial(_many, line, most + 1)))


def _both_ways(line: TlvType, count: int) -> Iterator[Cell]:
    label = f"{count} {line.name}"
    yield Cell("TLV-ORDER", f"encode {label}", encoding(partial(_many, line, count)))
    yield Cell("RT-BYTES", f"repeat {label}", repeating(partial(_many_framed, line, count)))
    yield Cell("TLV-ORDER", f"decode {label}", decoding(partial(_many_framed, line, count)))


def _most(line: TlvType) -> int:
    """How many of a declared type fit into a message, in the framing that their size asks for."""
    framed = len(frame(line.number, bytes(line.size_min)))
    return ROOM // framed


DIFFERENT = 64
"""Values of a type that follow one another before they come again."""


@functools.cache
def _values(line: TlvType) -> list[dict[str, Any]]:
    """Values that differ in every field; vectors in turn empty, short and full."""
    assert line.layout is not None
    found = []
    for index in range(DIFFERENT):
        value = boundaries.distinct(line.layout, shift=3 * index + 1)
        for name, _, vector in vectors(line):
            # Full vectors seldom: hundreds of them are what takes the time.
            count = vector.capacity if index % 32 == 31 else index % 4
            value[name] = boundaries.elements(vector, min(count, vector.capacity))
        found.append(value)
    return found


def _many(line: TlvType, count: int) -> dict[str, Any]:
    values = _values(line)
    tlvs = [{"type": line.number, "value": values[at % DIFFERENT]} for at in range(count)]
    return {"header": messages.header_for(line), "tlvs": tlvs}


@functools.cache
def _frames(line: TlvType) -> list[bytes]:
    assert line.layout is not None
    return [frame(line.number, encode_value(line.layout, value)) for value in _values(line)]


def _many_framed(line: TlvType, count: int) -> bytes:
    turn, rest = divmod(count, DIFFERENT)
    frames = _frames(line)
    payload = b"".join(frames) * turn + b"".join(frames[:rest])
    return derived_codec.assemble(messages.header_for(line), payload)


def _last_flipped(line: TlvType, count: int) -> bytes:
    data = _many_framed(line, count)
    return data[:-1] + bytes([data[-1] ^ 0x80])


# Checksums over many and over every length.


def wrong_over_many(registry: Registry) -> Iterator[Cell]:
    """A wrong checksum over so many TLVs that their count outgrows 8, 10, 12 and 16 bits."""
    for count in (2, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 4097, 65_537):
        for what, size in (("empty", 0), ("short", 5)):
            if count * (size + Tlv.STANDARD_HEADER_SIZE) <= ROOM and count * size < 30_000:
                label = f"a wrong checksum over {count} {what} TLVs"
                yield Cell("CHK-VERIFY", label, decoding(partial(_wrong_over, count, size)))
    for index, line in enumerate(registry.with_layout):
        for count in (3, 17, 129):
            if count <= _most(line):
                label = f"a wrong checksum over {count} {line.name}"
                make = partial(_wrongly_sealed, line, count, index)
                yield Cell("CHK-VERIFY", label, decoding(make))


def _wrong_over(count: int, size: int) -> bytes:
    message = messages.wire(frame(messages.VENDOR, bytes(size)) * count)
    return checksums.with_checksum(message, 1)


def _wrongly_sealed(line: TlvType, count: int, bit: int) -> bytes:
    data = _many_framed(line, count)
    crc = int.from_bytes(data[28:32], "little") ^ 1 << bit % 32
    return checksums.with_checksum(data, crc)


MAGNITUDES = (256, 512, 1 << 10, 4 << 10, 8 << 10, 16 << 10, 64 << 10)
"""Bytes of payload from which on every rest by 64 is asked."""

LARGE_MAGNITUDES = (128 << 10, 256 << 10, 512 << 10, ROOM - 64)
"""The same, where fewer rests are asked: every seventh, of the first every one if it is right."""

BLOCK = 64
"""Bytes that a checksum takes in one step where it is fast."""


def every_rest(registry: Registry) -> Iterator[Cell]:
    """Payloads of every length by 64, in several magnitudes: right, and wrong in one byte."""
    for magnitude in MAGNITUDES:
        for rest in range(BLOCK):
            yield from _of_size(magnitude + rest)
    for turn, magnitude in enumerate(LARGE_MAGNITUDES):
        for rest in range(BLOCK):
            size = magnitude + rest
            # Rests and magnitudes in turn.
            if rest % 7 == turn:
                yield from _of_size(size)
            elif turn == 0:
                yield Cell("CHK-VALUE", _repeated(size), repeating(partial(_sized, size)))


def _repeated(size: int) -> str:
    return f"repeat {size} bytes of payload"


def _of_size(size: int) -> Iterator[Cell]:
    yield Cell("CHK-VALUE", _repeated(size), repeating(partial(_sized, size)))
    for what, at in (("last", -1), ("middle", size // 2), ("64th from the end", -64)):
        label = f"{what} of {size} bytes of payload flipped"
        yield Cell("CHK-VERIFY", label, decoding(partial(_flipped, size, at)))


@functools.lru_cache(maxsize=4)
def _sized(size: int) -> bytes:
    return derived_codec.encode_message(sized(HEADER_SIZE + size))


def _flipped(size: int, at: int) -> bytes:
    data = bytearray(_sized(size))
    data[HEADER_SIZE + at if at > 0 else at] ^= 0x10
    return bytes(data)


# Heads across borders.

BORDER = 4096
"""Bytes that are read at once, as a rule a multiple of it."""

BORDERS = (1, 2, 3, 4, 15, 16, 17, 64)
"""Multiples of it that are asked."""


def across_borders(registry: Registry) -> Iterator[Cell]:
    """A TLV whose head, or whose value, begins at and around a multiple of 4,096 bytes.

    The border counts from the message's first byte, and from the payload's.
    """
    declared = registry.with_layout
    if not declared:
        raise KitError("No type is declared.", "Heads across borders need one.")
    for turn, multiple in enumerate(BORDERS):
        for origin, name in ((HEADER_SIZE, "message"), (0, "payload")):
            for before in range(-Tlv.EXTENDED_HEADER_SIZE - 1, 3):
                at = multiple * BORDER - origin + before
                line = declared[(turn + before) % len(declared)]
                where = f"{before:+} from {multiple} times {BORDER} bytes of the {name}"
                for is_extended in (False, True):
                    framing = "extended" if is_extended else "shortest"
                    make = partial(_across, line, at, is_extended=is_extended)
                    label = f"{line.name}, {framing}, {where}"
                    yield Cell("RT-BYTES", f"repeat {label}", repeating(make))
                    make = partial(_across, line, at, is_extended=is_extended, is_cut=True)
                    yield Cell("TLV-TRUNCATED", f"cut {label}", decoding(make))


def _across(line: TlvType, at: int, *, is_extended: bool, is_cut: bool = False) -> bytes:
    assert line.layout is not None
    front = b"".join(frame(tlv["type"], tlv["value"]) for tlv in payload_of(at))
    value = encode_value(line.layout, boundaries.distinct(line.layout))
    tlv = frame(line.number, value, is_extended=True if is_extended else None)
    # Cut within the head or the first bytes of the value, by the place.
    tlv = tlv[: 1 + at % 7] if is_cut else tlv + frame(messages.VENDOR, b"after")
    return derived_codec.assemble(messages.header_for(line), front + tlv)


# Sizes of opaque values.


def powers_of_two(registry: Registry) -> Iterator[Cell]:
    """Every power of two and its neighbours within the bounds of every opaque type.

    Decoded in both framings and encoded; of vendors' types, which hold any size, the first has all
    and the others one power each in turn.
    """
    plain = [line for line in registry.opaque if line.size_rule == "*"]
    for line in registry.opaque:
        sizes = _edge_sizes(line)
        if line in plain[1:]:
            at = plain.index(line)
            sizes = sizes[at % len(sizes) :: len(plain) // 3]
        for size in sizes:
            yield from _opaque_of(line, size)


def _edge_sizes(line: TlvType) -> list[int]:
    powers = {(1 << power) + by for power in range(17) for by in (-1, 0, 1)}
    round_ones = {10, 50, 99, 100, 101, 200, 300, 500, 999, 1000, 1001, 1500, 2000, 10_000}
    inside = {line.size_min, line.size_min + 1, line.size_max - 1, line.size_max}
    return sorted(n for n in powers | inside | round_ones if line.size_min <= n <= line.size_max)


def _opaque_of(line: TlvType, size: int) -> Iterator[Cell]:
    label = f"{line.name} of {size} bytes"
    make = partial(_opaque_message, line, size)
    yield Cell("REG-OPAQUE", f"encode {label}", encoding(make))
    framed = partial(_opaque_framed, line, size, is_extended=False)
    yield Cell("REG-OPAQUE", f"decode {label}", decoding(framed))
    if size <= STANDARD_SIZE_MAX:
        framed = partial(_opaque_framed, line, size, is_extended=True)
        yield Cell("REG-OPAQUE", f"repeat extended {label}", repeating(framed))


def _opaque_message(line: TlvType, size: int) -> dict[str, Any]:
    tlv = {"type": line.number, "value": messages.opaque_value(size, start=size)}
    return {"header": messages.header_for(line), "tlvs": [tlv, tlv]}


def _opaque_framed(line: TlvType, size: int, *, is_extended: bool) -> bytes:
    value = messages.opaque_value(size, start=size)
    tlv = frame(line.number, value, is_extended=True if is_extended else None)
    behind = frame(messages.VENDOR, b"after")
    return derived_codec.assemble(messages.header_for(line), tlv + behind)


def every_size(registry: Registry) -> Iterator[Cell]:
    """Every size of opaque types that have several, up to 64 above the least; some above."""
    for line in registry.opaque:
        if line.size_min == line.size_max or line.size_rule == "*":
            continue
        steps = {*range(line.size_min, min(line.size_max, line.size_min + 64) + 1)}
        steps |= {*range(line.size_min, line.size_max + 1, 37)}
        for size in sorted(steps):
            framed = partial(_opaque_framed, line, size, is_extended=size % 2 == 0)
            yield Cell("REG-OPAQUE", f"repeat {line.name} of {size} bytes", repeating(framed))
    for size in range(EXTENDED_SIZE_MAX - 40, EXTENDED_SIZE_MAX + 1):
        line = registry[messages.VENDOR]
        framed = partial(_opaque_framed, line, size, is_extended=True)
        yield Cell("REG-OPAQUE", f"repeat {line.name} of {size} bytes", repeating(framed))
