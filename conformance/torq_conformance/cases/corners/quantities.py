"""How many and how large: as many TLVs as fit, every rest by 64, borders of 4,096 bytes.

Codecs change their way at numbers: a count that outgrows a byte, a loop unrolled by 64, a block of
4,096 bytes that is read at once, a header that lies across two of them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.carriers import Carriers, carriers, carriers_beside
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, insist, repeating
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.cases.header import encoded
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import Registry, TlvType
from torq_specs.tlv import Tlv

ROOM = MESSAGE_SIZE_MAX - HEADER_SIZE
"""Bytes of payload that a message may have."""


# As many as fit.

COUNTS = (17, 100, 257)
"""How often a declared type stands in a message, beside as often as fits."""


def repeated(registry: Registry) -> Iterator[Cell]:
    """Every declared type many times in one message, all different; the ways in turn."""
    for number, line in enumerate(registry.with_layout):
        for turn, count in enumerate(COUNTS):
            if count <= _most(line):
                yield [*_both_ways(line, count)][(number + turn) % 3]


def largest_as_often_as_fits(registry: Registry) -> Iterator[Cell]:
    """The largest declared type as often as a message holds (168 books), and once more."""
    for line in _by_size(registry)[:1]:
        yield from _as_often_as_fits(line)


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
    carrying = carriers(registry)
    kinds = {"empty": b"", "short": carrying.first.encoded(bytes(5))}
    if not carrying.first.takes(0):
        del kinds["empty"]
    for count in (2, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 4097, 65_537):
        for what, value in kinds.items():
            size = len(value)
            if count * (size + Tlv.STANDARD_HEADER_SIZE) <= ROOM and count * size < 30_000:
                label = f"a wrong checksum over {count} {what} TLVs"
                make = partial(_wrong_over, carrying, count, value)
                yield Cell("CHK-VERIFY", label, decoding(make))
    for index, line in enumerate(registry.with_layout):
        for count in (3, 17):
            if count <= _most(line):
                label = f"a wrong checksum over {count} {line.name}"
                make = partial(_wrongly_sealed, line, count, index)
                yield Cell("CHK-VERIFY", label, decoding(make))


def _wrong_over(carrying: Carriers, count: int, value: bytes) -> bytes:
    message = carrying.wire(frame(carrying.first.number, value) * count)
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
    """Payloads of every length by 64, in several magnitudes: right, and wrong in one byte.

    Of the lengths that the types of the registry can have.
    """
    carrying = carriers(registry)
    for magnitude in MAGNITUDES:
        for size, _ in _rests(carrying, magnitude):
            yield from _of_size(registry, size)
    for turn, magnitude in enumerate(LARGE_MAGNITUDES):
        for size, rest in _rests(carrying, magnitude):
            # Rests and magnitudes in turn.
            if rest % 7 == turn:
                yield from _of_size(registry, size)
            elif turn == 0:
                make = repeating(partial(_sized, registry, size))
                yield Cell("CHK-VALUE", _repeated(size), make)


STEP = 64 << 10
"""Bytes of payload of which every multiple is asked: a checksum may be taken in such pieces."""


def every_step(registry: Registry) -> Iterator[Cell]:
    """Payloads of every multiple of 64 KiB, as the types of the registry can have them."""
    carrying = carriers(registry)
    for size in range(STEP, ROOM, STEP):
        if carrying.payload_near(size) == size:
            yield from _of_size(registry, size)
        between = carrying.payload_near(size + STEP // 2)
        if between < ROOM:
            make = repeating(partial(_sized, registry, between))
            yield Cell("CHK-VALUE", _repeated(between), make)


def _rests(carrying: Carriers, magnitude: int) -> Iterator[tuple[int, int]]:
    """The sizes from a magnitude on that payloads can have, each with its distance to it."""
    near = {magnitude + rest: carrying.payload_near(magnitude + rest) for rest in range(BLOCK)}
    return ((size, size - magnitude) for size, can_be in near.items() if size == can_be)


def _repeated(size: int) -> str:
    return f"repeat {size} bytes of payload"


def _of_size(registry: Registry, size: int) -> Iterator[Cell]:
    make = repeating(partial(_sized, registry, size))
    yield Cell("CHK-VALUE", _repeated(size), make)
    others = ("middle", size // 2), ("64th from the end", -64)
    for what, at in (("last", -1), others[size % 2]):
        label = f"{what} of {size} bytes of payload flipped"
        yield Cell("CHK-VERIFY", label, decoding(partial(_flipped, registry, size, at)))


@functools.lru_cache(maxsize=4)
def _sized(registry: Registry, size: int) -> bytes:
    return encoded(HEADER_SIZE + size, registry)


def _flipped(registry: Registry, size: int, at: int) -> bytes:
    data = bytearray(_sized(registry, size))
    data[HEADER_SIZE + at if at > 0 else at] ^= 0x10
    return bytes(data)


# Heads across borders.

BORDER = 4096
"""Bytes that are read at once, as a rule a multiple of it."""

BORDERS = (1, 2, 3, 4, 16, 17, 32)
"""Multiples of it that are asked."""


def across_borders(registry: Registry) -> Iterator[Cell]:
    """A TLV whose head, or whose value, begins at and around a multiple of 4,096 bytes.

    The border counts from the message's first byte, and from the payload's.
    """
    declared = registry.with_layout
    if not declared:
        insist(registry, "No type is declared.", "Heads across borders need one.")
        return
    for turn, multiple in enumerate(BORDERS):
        for origin, name in ((HEADER_SIZE, "message"), (0, "payload")):
            for before in range(-Tlv.EXTENDED_HEADER_SIZE - 1, 3):
                at = multiple * BORDER - origin + before
                line = declared[(turn + before) % len(declared)]
                riding = carriers_beside(line, registry)
                if riding.payload_near(at) != at:
                    # The types that are claimed do not take just as many bytes in front.
                    continue
                where = f"{before:+} from {multiple} times {BORDER} bytes of the {name}"
                for is_extended in (False, True):
                    framing = "extended" if is_extended else "shortest"
                    make = partial(_across, riding, line, at, is_extended=is_extended)
                    label = f"{line.name}, {framing}, {where}"
                    yield Cell("RT-BYTES", f"repeat {label}", repeating(make))
                    make = partial(_across, riding, line, at, is_extended=is_extended, is_cut=True)
                    yield Cell("TLV-TRUNCATED", f"cut {label}", decoding(make))


def _across(
    riding: Carriers, line: TlvType, at: int, *, is_extended: bool, is_cut: bool = False
) -> bytes:
    assert line.layout is not None
    front = riding.framed_payload(at)
    value = encode_value(line.layout, boundaries.distinct(line.layout))
    tlv = frame(line.number, value, is_extended=True if is_extended else None)
    # Cut within the head or the first bytes of the value, by the place.
    tlv = tlv[: 1 + at % 7] if is_cut else tlv + riding.first.frame(b"after")
    return derived_codec.assemble(messages.header_for(line), front + tlv)
