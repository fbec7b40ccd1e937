"""Messages of one type in batches, each a pure function of (stream version, seed, type, index).

Derived from Layout alone. Messages come in blocks of a size that depends on the type only, so that
message i is the same whatever part of the stream is asked for, in how many batches, by how many
processes, under which hash seed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from torq_conformance.model import derived_codec
from torq_conformance.search import checksums
from torq_conformance.search.patterns import (
    PERIOD,
    Pattern,
    count_pattern,
    element_pattern,
    field_pattern,
    generator,
    word_size,
)
from torq_specs.enums import Magic
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import TlvType

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Places = Iterator[int]
Fill = Callable[[Bytes, Places], None]

UNIT = 4096
"""Messages of a type that are judged in one go; every block lies within one unit."""

BLOCK_BYTES = 512 << 10
"""About so many bytes are made at once: what a core's own cache holds."""


@dataclass(frozen=True)
class Messages:
    """The messages of one type. ``is_full``: every vector has as many elements as it holds."""

    line: TlvType
    seed: int
    is_full: bool = False

    @functools.cached_property
    def layout(self) -> Layout:
        """The layout of the type's value."""
        assert self.line.layout is not None
        return self.line.layout

    @functools.cached_property
    def frame(self) -> bytes:
        """The header of the TLV: the shortest framing."""
        value = bytes(self.layout.size)
        return derived_codec.frame(self.line.number, value)[: -self.layout.size]

    @property
    def size(self) -> int:
        """Bytes of one message."""
        return HEADER_SIZE + len(self.frame) + self.layout.size

    @functools.cached_property
    def block_count(self) -> int:
        """Messages of one block: a power of two."""
        fitting: int = 1 << (BLOCK_BYTES // self.size).bit_length() - 1
        return max(16, min(UNIT, fitting))

    def batches(self, start: int, stop: int) -> Iterator[Bytes]:
        """The messages from ``start`` to ``stop``, as arrays of (count, size) bytes."""
        for block in range(start // self.block_count, -(-stop // self.block_count)):
            first = block * self.block_count
            made = self.block(block)
            yield made[max(start - first, 0) : min(stop - first, self.block_count)]

    def message(self, index: int) -> bytes:
        """One message."""
        (batch,) = self.batches(index, index + 1)
        return bytes(batch[0])

    def block(self, number: int) -> Bytes:
        """A whole block."""
        rows, fills = self.block_count, self._fills
        strides = [-(-layout.size // 8) for layout in (HEADER_LAYOUT, self.layout)]
        places = len(fills[0]) + len(fills[1])
        source = generator(self.seed, self.line.number, number)
        draws = source.random_raw(rows * sum(strides) + places).astype("<u8", copy=False)
        where = iter((draws[:places] % np.uint64(PERIOD)).tolist())
        messages = np.empty((rows, self.size), np.uint8)
        messages[:, HEADER_SIZE : HEADER_SIZE + len(self.frame)] = list(self.frame)
        begin, at = places, 0
        for layout, words, part in zip((HEADER_LAYOUT, self.layout), strides, fills, strict=True):
            drawn = draws[begin : begin + rows * words].view(np.uint8).reshape(rows, 8 * words)
            for fill in part:
                fill(drawn, where)
            messages[:, at : at + layout.size] = drawn[:, : layout.size]
            begin, at = begin + rows * words, self.size - self.layout.size
        checksums.seal(messages)
        return messages

    @functools.cached_property
    def _fills(self) -> tuple[list[Fill], list[Fill]]:
        derived: dict[str, int] = {
            "magic": int(Magic.TORQ),
            "payload_size": self.size - HEADER_SIZE,
            "checksum": 0,
        }
        if self.line.domain is not None:
            derived["relay_domain"] = int(self.line.domain)
        header: list[Fill] = []
        for field in HEADER_LAYOUT.fields:
            if field.name in derived:
                number = derived[field.name].to_bytes(field.size, "little")
                header.append(functools.partial(_constant, field, number))
            else:
                header.append(self._fill(field, is_closed=field.values is not None))
        return header, [self._fill(field) for field in self.layout.fields]

    def _fill(self, field: FieldLayout, *, is_closed: bool = False) -> Fill:
        match field.type:
            case Padding(size):
                return functools.partial(_constant, field, bytes(size))
            case Vector() as vector:
                return _vector_fill(field, vector, self.block_count, self.is_full)
            case Integer() | Raw():
                pattern = field_pattern(field, is_closed=is_closed).extended(self.block_count)
                return functools.partial(_mix, field, pattern)


def _constant(field: FieldLayout, value: bytes, drawn: Bytes, where: Places) -> None:
    next(where)
    dtype = np.dtype(f"<u{word_size(field.size)}")
    words = _words(drawn, field.offset, field.end, dtype)
    # Column by column: numpy is slow at loops that run over few words of one row.
    for index, word in enumerate(np.frombuffer(value, dtype).tolist()):
        words[:, index] = word


def _mix(field: FieldLayout, pattern: Pattern, drawn: Bytes, where: Places) -> None:
    first = next(where)
    rows = slice(first, first + len(drawn))
    words = _words(drawn, field.offset, field.end, pattern.keep.dtype)
    for index in range(words.shape[1]):
        column = words[:, index]
        np.bitwise_and(column, pattern.keep[rows, index], out=column)
        np.bitwise_xor(column, pattern.flip[rows, index], out=column)


def _words(drawn: Bytes, start: int, end: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """The same bytes as words; a view, so that writing goes through."""
    count = (end - start) // dtype.itemsize
    return np.ndarray((len(drawn), count), dtype, drawn, start, (drawn.strides[0], dtype.itemsize))


@functools.cache
def _elements(element: Layout | Integer, word: int, count: int) -> Pattern:
    """Shared by all vectors of a block, so that it stays in the cache."""
    return element_pattern(element).joined(word).extended(count)


def _vector_fill(field: FieldLayout, vector: Vector, rows: int, is_full: bool) -> Fill:
    counts = count_pattern(vector).extended(rows).flip[:, 0]
    if is_full:
        counts = np.full_like(counts, vector.capacity)
    word = word_size(vector.element.size)
    flat = _elements(vector.element, word, rows * vector.capacity)
    per_element = vector.element.size // word
    per_row = vector.capacity * per_element
    keep, flip = flat.keep.reshape(-1), flat.flip.reshape(-1)
    # Row n of the masks has all bits set in the first n slots, and none behind.
    used = np.tri(vector.capacity + 1, vector.capacity, -1, dtype=bool).repeat(per_element, axis=1)
    masks = np.negative(used.astype(keep.dtype))
    slots = field.offset + vector.slots_offset

    def fill(drawn: Bytes, where: Places) -> None:
        first = next(where)
        count = counts[first : first + rows]
        drawn[:, field.offset : slots] = 0
        _words(drawn, field.offset, field.offset + 2, count.dtype)[:, 0] = count
        region = _words(drawn, slots, field.end, keep.dtype)
        begin = first * per_element
        one = keep[begin : begin + rows * per_row].reshape(rows, per_row)
        other = flip[begin : begin + rows * per_row].reshape(rows, per_row)
        np.bitwise_and(region, one, out=region)
        np.bitwise_xor(region, other, out=region)
        if not is_full:
            np.bitwise_and(region, masks[count], out=region)

    return fill
