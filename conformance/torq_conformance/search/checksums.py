"""The checksums of a batch of equally long messages at once (section 2).

A CRC is affine: that of a message is a constant, xor for each two bytes a number that depends on
their value and on how many bytes follow. Up to ``TABLED_SIZE_MAX`` bytes looking these numbers up
for the whole batch is faster than zlib message by message; above, zlib is.
"""

from __future__ import annotations

import functools
import zlib

import numpy as np
import numpy.typing as npt

from torq_specs.header import HEADER_SIZE

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint32]

TABLED_SIZE_MAX = 160
CHECKSUM_OFFSET = HEADER_SIZE - 4
POLYNOMIAL = 0xEDB88320


def seal(messages: Bytes) -> None:
    """Write the right checksum into each row of (count, size) messages."""
    crc = messages[:, CHECKSUM_OFFSET:HEADER_SIZE]
    crc[:] = checksums(messages).astype("<u4").view(np.uint8).reshape(-1, 4)


def checksums(messages: Bytes) -> Numbers:
    """The checksum that each row of (count, size) messages should have."""
    size = messages.shape[1]
    if size > TABLED_SIZE_MAX or size % 2:
        return _one_by_one(messages)
    return _tabled(messages)


def _one_by_one(messages: Bytes) -> Numbers:
    crc = zlib.crc32
    data = np.ascontiguousarray(messages).reshape(-1).data
    size = messages.shape[1]
    starts = range(0, len(data), size)
    found = (
        crc(data[at + HEADER_SIZE : at + size], crc(data[at : at + CHECKSUM_OFFSET]))
        for at in starts
    )
    return np.fromiter(found, np.uint32, len(starts))


def _tabled(messages: Bytes) -> Numbers:
    size = messages.shape[1]
    words = np.ascontiguousarray(messages).view("<u2")
    pairs = [at // 2 for at in range(0, size, 2) if not CHECKSUM_OFFSET <= at < HEADER_SIZE]
    found = np.full(len(messages), zlib.crc32(bytes(size - 4)), np.uint32)
    looked_up = np.empty(len(messages), np.uint32)
    for following, pair in enumerate(reversed(pairs)):
        column, table = words[:, pair], _table(following)
        if column[0] == column[-1] and (column == column[0]).all():
            found ^= table[column[0]]
            continue
        # Every index is in the table; "wrap" spares the look whether it is.
        np.take(table, column, mode="wrap", out=looked_up)
        found ^= looked_up
    return found


@functools.cache
def _table(following: int) -> Numbers:
    """What each two bytes add to the checksum when ``following`` pairs of bytes come after them."""
    if following == 0:
        return _advanced(np.arange(1 << 16, dtype=np.uint32))
    return _advanced(_table(following - 1))


def _advanced(states: Numbers) -> Numbers:
    """The states of a CRC two zero bytes later."""
    table = _byte_table()
    for _ in range(2):
        states = (states >> np.uint32(8)) ^ table[states & np.uint32(0xFF)]
    return states


@functools.cache
def _byte_table() -> Numbers:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (np.uint32(POLYNOMIAL) * (table & np.uint32(1)))
    return table
