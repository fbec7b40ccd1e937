"""The messages of accumulated vectors: words of a small generator, cut to what a layout allows.

Contract: message number i of a type is a pure function of the seed and of the layout. Its words
are 32 bytes of header and then the value, and what may not be drawn is written over: magic,
domain, version, source, size, checksum; padding, counts, empty slots. vectors/README.md says it
byte for byte. A reader in another language does one message after the other, this does many.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_specs.enums import Magic, RelayDomain, Source, Version
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import FieldLayout, Layout, Padding, Vector
from torq_specs.registry import TlvType

if TYPE_CHECKING:
    import numpy.typing as npt

    Rows = npt.NDArray[np.uint8]
    Words = npt.NDArray[np.uint64]

SEED = 1

GAMMA = 0x9E37_79B9_7F4A_7C15
"""What the state of splitmix64 grows by from word to word."""

MIXES = ((30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB))
"""Shift and factor of the two rounds by which it makes a word of its state."""

LAST_SHIFT = 31

MAGNITUDE_SHIFT = 20
"""Where the six bits are by which a word is shifted: so numbers of every magnitude come about."""

WORD_SIZE = 8

SOURCES = tuple(int(source) for source in Source)


@dataclass(frozen=True)
class Piece:
    """So many drawn bytes and so many zeros; behind them the slots of a vector, where it is one.

    The two last drawn bytes of a vector's piece are its count.
    """

    kept: int
    zeros: int = 0
    slots: int = 0
    slot_size: int = 0

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return self.kept + self.zeros + self.slots * self.slot_size

    def __str__(self) -> str:
        numbers = (self.kept, self.zeros, self.slots, self.slot_size)
        used = 4 if self.slots else 2 if self.zeros else 1
        return "+".join(map(str, numbers[:used]))


def pieces(layout: Layout) -> tuple[Piece, ...]:
    """What of a layout is drawn, and what is not; KitError where a slot holds zeros itself."""
    return tuple(_pieces(layout))


def _pieces(layout: Layout) -> Iterator[Piece]:
    kept = 0
    for field in layout.fields:
        match field.type:
            case Padding(size):
                yield Piece(kept, size)
                kept = 0
            case Vector(element=element) as vector:
                if isinstance(element, Layout) and any(one.zeros for one in pieces(element)):
                    raise KitError(
                        f"{layout.name}.{field.name} has slots with padding, for which accumulated "
                        "vectors have no words.",
                        "Extend Piece, and the readers in vectors/README.md and examples/.",
                    )
                head = kept + vector.COUNT.size
                yield Piece(head, vector.padding.size, vector.capacity, element.size)
                kept = 0
            case _:
                kept += field.size
    if kept:
        yield Piece(kept)


def domains(line: TlvType) -> tuple[int, ...]:
    """The domains that a type may ride in."""
    return tuple(map(int, RelayDomain)) if line.domain is None else (int(line.domain),)


@dataclass(frozen=True)
class Messages:
    """Many messages that carry one TLV of the same declared type, without their checksums.

    ``heads`` and ``values`` have a row for each message.
    """

    line: TlvType
    heads: Rows
    values: Rows

    def rows(self, *, is_extended: bool | None = None) -> Rows:
        """The bytes of the messages; in the shorter framing if nothing else is asked for."""
        count, size = self.values.shape
        empty = derived_codec.frame(self.line.number, bytes(size), is_extended=is_extended)
        frame = np.frombuffer(empty[:-size], np.uint8)
        heads = self.heads.copy()
        _put(heads, "payload_size", len(empty))
        rows = np.hstack([heads, np.broadcast_to(frame, (count, len(frame))), self.values])
        _seal(rows)
        return rows


def made(line: TlvType, first: int, count: int) -> Messages:
    """Messages number ``first`` and following of a declared type."""
    layout = line.layout
    assert layout is not None, line
    words_in_message = -(-(HEADER_SIZE + layout.size) // WORD_SIZE)
    drawn = words(SEED + line.number, first * words_in_message, count * words_in_message)
    rows = drawn.astype("<u8").view(np.uint8).reshape(count, -1)
    heads, values = rows[:, :HEADER_SIZE], rows[:, HEADER_SIZE : HEADER_SIZE + layout.size]
    _put(heads, "magic", int(Magic.TORQ))
    _choose(heads, "relay_domain", domains(line))
    _put(heads, "version", int(Version.V1))
    _choose(heads, "source", SOURCES)
    _shape(values, pieces(layout))
    return Messages(line, heads, values)


def words(state: int, first: int, count: int) -> Words:
    """Words number ``first`` and following of a generator that begins with a state."""
    steps = np.arange(first + 1, first + 1 + count, dtype=np.uint64)
    mixed = steps * np.uint64(GAMMA) + np.uint64(state)
    for shift, factor in MIXES:
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(LAST_SHIFT)
    magnitudes = mixed >> np.uint64(MAGNITUDE_SHIFT) & np.uint64(63)
    return (mixed.view(np.int64) >> magnitudes.view(np.int64)).view(np.uint64)


def _field(heads: Rows, name: str) -> tuple[FieldLayout, Rows]:
    field = HEADER_LAYOUT.field(name)
    return field, heads[:, field.offset : field.end]


def _put(heads: Rows, name: str, number: int) -> None:
    field, column = _field(heads, name)
    column[:] = list(number.to_bytes(field.size, "little"))


def _choose(heads: Rows, name: str, numbers: tuple[int, ...]) -> None:
    _, column = _field(heads, name)
    column[:] = np.array(numbers, np.uint8)[column % len(numbers)]


def _shape(values: Rows, parts: tuple[Piece, ...]) -> None:
    at = 0
    for piece in parts:
        zeros = at + piece.kept
        slots = zeros + piece.zeros
        at += piece.size
        values[:, zeros:slots] = 0
        if piece.slots:
            count = values[:, zeros - Vector.COUNT.size : zeros]
            counts = np.ascontiguousarray(count).view("<u2") % (piece.slots + 1)
            count[:] = counts.astype("<u2").view(np.uint8)
            is_empty = np.arange(piece.slots * piece.slot_size) >= counts * piece.slot_size
            values[:, slots:at][is_empty] = 0


def _seal(rows: Rows) -> None:
    """Write the checksums, of everything but the four bytes that hold them."""
    size, head = rows.shape[1], HEADER_SIZE - 4
    data = rows.reshape(-1).data
    found = (
        zlib.crc32(data[at + HEADER_SIZE : at + size], zlib.crc32(data[at : at + head]))
        for at in range(0, len(data), size)
    )
    sums = np.fromiter(found, "<u4", len(rows))
    rows[:, head:HEADER_SIZE] = sums.view(np.uint8).reshape(-1, 4)
