"""Messages of one shape by the thousand: built from columns, read as columns, with their checksums.

Contract: `Shape` is a message of one TLV of a fixed size. Its rows are the bytes of sections 2 and
3, one message a row; what is written is what `codec.py` writes, and what is found right is what it
takes, padding and slots inside the value left aside.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from torq_conformance.reference import header
from torq_conformance.reference.crc import crc32
from torq_conformance.reference.framing import write_frame_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Rows = npt.NDArray[np.uint8]
    Column = npt.NDArray[Any]

SHORT = 256
"""Bytes of a message up to which tables are faster than a call of zlib a message."""


class Shape:
    """Messages in one domain, of one source, with one TLV of so many bytes of value."""

    def __init__(self, relay_domain: int, source: int, tlv_type: int, value_size: int) -> None:
        frame = write_frame_header(tlv_type, value_size)
        self.start = header.HEADER_SIZE + len(frame)
        self.size = self.start + value_size
        head = header.HEADER.pack(
            *(header.MAGIC, relay_domain, 1, source, 0, 0, 0, self.size - header.HEADER_SIZE, 0)
        )
        self.template = np.frombuffer(head + frame + bytes(value_size), np.uint8)
        fields = {"flags": ("u1", 7), "sequence": ("<u8", 8), "timestamp": ("<u8", 16)}
        fields |= {"checksum": ("<u4", 28), "value": (f"V{value_size}", self.start)}
        self.record = _record(fields, self.size)
        may_differ = np.zeros(self.size, bool)
        may_differ[7:24] = may_differ[28:32] = may_differ[self.start :] = True
        self._pieces = _record(_pieces(~may_differ), self.size)
        self._expected = {
            name: self.template.view(self._pieces)[name][0] for name in self._pieces.names or ()
        }
        if self._has_tables:
            _tables(self.size, self.template.tobytes())

    @property
    def _has_tables(self) -> bool:
        return self.size <= SHORT and self.size % 2 == 0

    def rows(self, count: int) -> Rows:
        """Room for so many messages, with all that they have in common in it."""
        return np.tile(self.template, (count, 1))

    def columns(self, rows: Rows) -> Column:
        """The fields of rows that differ, as a record of columns: flags, sequence, ... value."""
        return rows.reshape(-1).view(self.record)

    def seal(self, rows: Rows) -> None:
        """Write the checksums."""
        self.columns(rows)["checksum"] = self.checksums(rows)

    def are_right(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return for each row whether it has its shape and its checksum."""
        found = self.columns(rows)
        shaped = self._have_shape(rows)
        right: npt.NDArray[np.bool_] = shaped & (found["checksum"] == self.checksums(rows))
        return right

    def _have_shape(self, rows: Rows) -> npt.NDArray[np.bool_]:
        pieces = rows.reshape(-1).view(self._pieces)
        right = np.ones(len(rows), bool)
        for name, expected in self._expected.items():
            right &= pieces[name] == expected
        return right

    def checksums(self, rows: Rows) -> npt.NDArray[np.uint32]:
        """Return the checksum of each row: "over bytes 0..27 followed by bytes 32..end"."""
        if not self._has_tables:
            return row_checksums(rows)
        words = rows.view("<u2")
        constant, tables = _tables(self.size, self.template.tobytes())
        found = np.full(len(rows), constant, np.uint32)
        for at, table in tables:
            found ^= table.take(words[:, at], mode="wrap")
        return found


def _record(fields: Mapping[str, tuple[str, int]], size: int) -> np.dtype[np.void]:
    """Return the type of a row of which these fields are looked at: formats and offsets."""
    return np.dtype(
        {
            "names": [*fields],
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [offset for _, offset in fields.values()],
            "itemsize": size,
        }
    )


def _pieces(is_fixed: npt.NDArray[np.bool_]) -> dict[str, tuple[str, int]]:
    """Return the integers that the fixed bytes of a row are made of, the widest first."""
    found, at = {}, 0
    while at < len(is_fixed):
        if not is_fixed[at]:
            at += 1
            continue
        width = next(size for size in (8, 4, 2, 1) if is_fixed[at : at + size].sum() == size)
        found[f"at_{at}"] = (f"<u{width}", at)
        at += width
    return found


def row_checksums(rows: Rows) -> npt.NDArray[np.uint32]:
    """Return the checksum of each row: "over bytes 0..27 followed by bytes 32..end"."""
    data, size = rows.reshape(-1).data, rows.shape[1]
    head, start, crc = header.CHECKSUM_OFFSET, header.HEADER_SIZE, crc32
    found = (
        crc(data[at + start : at + size], crc(data[at : at + head]))
        for at in range(0, len(data), size)
    )
    return np.fromiter(found, np.uint32, len(rows))


@cache
def _tables(size: int, template: bytes) -> tuple[int, tuple[tuple[int, Column], ...]]:
    """Return the checksum of nothing, and for each pair of bytes what its values change of it.

    A CRC is affine: what two bytes change of it does not depend on the others. Pairs that are the
    same in every message of a shape are in the constant.
    """
    covered = [*range(header.CHECKSUM_OFFSET), *range(header.HEADER_SIZE, size)]
    zero = zlib.crc32(bytes(len(covered)))
    constant, tables = zero, []
    for at in range(0, len(covered), 2):
        table = np.zeros(1 << 16, np.uint32)
        for bit in range(16):
            message = bytearray(len(covered))
            message[at + bit // 8] = 1 << bit % 8
            table[1 << bit : 2 << bit] = table[: 1 << bit] ^ (zlib.crc32(message) ^ zero)
        offset = covered[at]
        if offset in (0, 2, 4, 24, 26, 32):
            constant ^= int(table[int.from_bytes(template[offset : offset + 2], "little")])
        else:
            tables.append((offset // 2, table))
    return constant, tuple(tables)
