"""What the fields of a batch are drawn from: uniform, narrow, and at the edges of their types.

A pattern turns uniform random bytes into a mixture of those without a draw of its own: row i of a
batch becomes ``(random & keep[i]) ^ flip[i]``. Patterns are made once per type of field, shuffled;
each batch reads them from another place, so which edges of two fields meet differs by batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from torq_conformance.cases import boundaries
from torq_specs.layout import Enumeration, FieldLayout, Integer, Layout, Padding, Raw, Vector

Array = npt.NDArray[np.generic]

VERSION = 1
"""Of the stream: raised whenever any case changes, for all cases are functions of it."""

PERIOD = 4093
"""Rows after which a pattern repeats. A prime, so that no vector repeats within a batch."""

UNIFORM, NARROW, CORE = 102, 141, 198
"""Of 256 rows so many are uniform, are uniform in fewer bits, are 0, 1 or an end of the type."""

Row = tuple[bytes, bytes]


@dataclass(frozen=True)
class Pattern:
    """``keep`` and ``flip``, one row of words for each row of a batch, PERIOD rows and more."""

    keep: Array
    flip: Array

    def extended(self, rows: int) -> Pattern:
        """A pattern from any row of which ``rows`` rows can be read without a seam."""
        size = (PERIOD + rows, self.keep.shape[1])
        return Pattern(np.resize(self.keep, size), np.resize(self.flip, size))

    def joined(self, words: int) -> Pattern:
        """The same bytes in words of another size."""
        return Pattern(self.keep.view(f"<u{words}"), self.flip.view(f"<u{words}"))


def word_size(*sizes: int) -> int:
    """Bytes of the widest word that divides all sizes."""
    return math.gcd(8, *sizes)


def field_pattern(field: FieldLayout, *, is_closed: bool = False) -> Pattern:
    """The pattern of one field without parts; ``is_closed``: only its named values are legal."""
    assert isinstance(field.type, Integer | Raw)
    return _pattern(field.type, field.values, is_closed)


@functools.cache
def _pattern(type_: Integer | Raw, values: Enumeration | None, is_closed: bool) -> Pattern:
    if is_closed and values is not None:
        groups: tuple[Sequence[Row], ...] = ([_exactly(int(m), type_.size) for m in values],) * 4
    elif isinstance(type_, Raw):
        groups = _raw_groups(type_.size)
    else:
        groups = _integer_groups(type_, values)
    return _shuffled(groups, type_.size, f"{type_} {values and values.__name__}")


def _integer_groups(integer: Integer, values: Enumeration | None) -> tuple[Sequence[Row], ...]:
    named = list(values) if values is not None and issubclass(values, IntEnum) else []
    core = [0, 1, integer.maximum, integer.maximum - 1, *map(int, named)]
    if integer.is_signed:
        core += [-1, integer.minimum, integer.minimum + 1]
    return (
        [(b"\xff" * integer.size, bytes(integer.size))],
        list(_narrow(integer)),
        [_exactly(number, integer.size) for number in core],
        [_exactly(number, integer.size) for number in sorted(_edges(integer, values))],
    )


def _narrow(integer: Integer) -> Iterator[Row]:
    for bits in range(1, 8 * integer.size):
        kept = (1 << bits) - 1
        yield kept.to_bytes(integer.size, "little"), bytes(integer.size)
        if integer.is_signed:
            yield (
                kept.to_bytes(integer.size, "little"),
                (~kept).to_bytes(integer.size, "little", signed=True),
            )


def _edges(integer: Integer, values: Enumeration | None) -> set[int]:
    field = FieldLayout("edge", 0, integer, values=values)
    found = {int(number) for _, number in boundaries.edges(field)}
    for power in range(8 * integer.size + 1):
        near = ((1 << power) - 1, 1 << power, (1 << power) + 1)
        found.update(number for number in near if number <= integer.maximum)
        found.update(-number for number in near if -number >= integer.minimum)
    return found


def _raw_groups(size: int) -> tuple[Sequence[Row], ...]:
    edges = [edge for _, edge in boundaries.edges(FieldLayout("edge", 0, Raw(size)))]
    one_byte = [(bytes(size), bytes(at) + b"\xff" + bytes(size - at - 1)) for at in range(size)]
    return (
        [(b"\xff" * size, bytes(size))],
        [(bytes(at) + b"\xff" * (size - at), bytes(size)) for at in range(size)],
        [(bytes(size), bytes(size)), (bytes(size), b"\xff" * size)],
        [*one_byte, *((bytes(size), edge) for edge in edges)],
    )


def _exactly(number: int, size: int) -> Row:
    return bytes(size), (number % (1 << 8 * size)).to_bytes(size, "little")


def count_pattern(vector: Vector) -> Pattern:
    """Counts of a vector: half of them 0, 1, 2, N-1 or N, the others uniform."""
    edges = {0, 1, 2, vector.capacity - 1, vector.capacity}
    ends = [_exactly(count, 2) for count in sorted(edges) if count <= vector.capacity]
    anything = [_exactly(count, 2) for count in range(vector.capacity + 1)]
    return _shuffled((anything, ends, ends, anything), 2, str(vector)).joined(2)


def element_pattern(element: Layout | Integer) -> Pattern:
    """The pattern of whole elements, each field shuffled by itself."""
    if isinstance(element, Integer):
        return field_pattern(FieldLayout("element", 0, element))
    keep = np.zeros((PERIOD, element.size), np.uint8)
    flip = np.zeros((PERIOD, element.size), np.uint8)
    for number, field in enumerate(element.fields):
        if isinstance(field.type, Padding):
            continue
        one = field_pattern(field).joined(1)
        # Fields of one type share their pattern: read it from elsewhere.
        keep[:, field.offset : field.end] = np.roll(one.keep, 811 * number, axis=0)
        flip[:, field.offset : field.end] = np.roll(one.flip, 811 * number, axis=0)
    return Pattern(keep, flip)


def _shuffled(groups: Iterable[Sequence[Row]], size: int, name: str) -> Pattern:
    """PERIOD rows drawn from four groups of rows, in the shares above."""
    draws = generator(*name.encode()).random_raw(2 * PERIOD)
    shares, picks = draws[:PERIOD] >> np.uint64(56), draws[PERIOD:] >> np.uint64(8)
    group_of = np.digitize(shares, (UNIFORM, NARROW, CORE))
    keep = np.zeros((PERIOD, size), np.uint8)
    flip = np.zeros((PERIOD, size), np.uint8)
    for number, group in enumerate(groups):
        rows = np.flatnonzero(group_of == number)
        picked = picks[rows] % np.uint64(len(group))
        for side, array in ((0, keep), (1, flip)):
            table = np.frombuffer(b"".join(row[side] for row in group), np.uint8)
            array[rows] = table.reshape(len(group), size)[picked]
    word = word_size(size)
    return Pattern(keep.view(f"<u{word}"), flip.view(f"<u{word}"))


def generator(*key: int) -> np.random.SFC64:
    """Random bits for a key. numpy keeps the raw stream of a seed the same in all versions."""
    return np.random.SFC64(np.random.SeedSequence((VERSION, *key)))
