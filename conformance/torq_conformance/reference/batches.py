"""Decodes and encodes many equally shaped messages at once, column by column.

Contract: only for messages of one size that carry one TLV of one and the same declared type, and
only when none of them has a fault; for all others the answer is None, and they are to be read one
by one. So every rule of refusal stays written down once, in words, in `faults.py`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from torq_conformance.reference import header
from torq_conformance.reference.columns import row_checksums
from torq_conformance.reference.framing import EXTENDED, write_frame_header
from torq_conformance.reference.notation import COUNT_SIZE, Field, Padding, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from torq_conformance.reference.registry import Registry

    Rows = npt.NDArray[np.uint8]

_FIELDS = {"magic": "<u4", "domain": "u1", "version": "u1", "source": "u1", "flags": "u1"} | {
    "sequence": "<u8",
    "timestamp": "<u8",
    "payload_size": "<u4",
    "checksum": "<u4",
}
HEADER = np.dtype(list(_FIELDS.items()))
"""Section 2's table."""


def roundtrip(messages: Sequence[bytes], registry: Registry) -> list[bytes] | None:
    """Return what encoding their decoded values gives; None if they are to be read one by one."""
    if not messages or set(map(type, messages)) != {bytes}:
        return None
    size = len(messages[0])
    if set(map(len, messages)) != {size} or not size > header.HEADER_SIZE:
        return None
    first = messages[0][header.HEADER_SIZE :]
    number = first[0] if first[0] != EXTENDED else int.from_bytes(first[2:3], "little")
    tlv_type = registry.get(number)
    if tlv_type is None or tlv_type.layout is None:
        return None
    # Only the shortest framing: in another one the bytes would not come back as they are.
    frame = write_frame_header(number, tlv_type.size_min)
    start = header.HEADER_SIZE + len(frame)
    if size != start + tlv_type.size_min or size > header.MESSAGE_SIZE_MAX:
        return None
    rows = np.frombuffer(b"".join(messages), np.uint8).reshape(-1, size)
    heads = _read_headers(rows, tlv_type.domain)
    if heads is None or not _all_equal(rows[:, header.HEADER_SIZE : start], frame):
        return None
    if not np.array_equal(heads["checksum"], row_checksums(rows)):
        return None
    written = np.zeros_like(rows)
    _write_headers(heads, written)
    written[:, header.HEADER_SIZE : start] = list(frame)
    for field in tlv_type.layout.fields:
        column = _read(field, rows, start + field.offset)
        if column is None:
            return None
        _write(field, column, written, start + field.offset)
    return _seal(written)


def _read_headers(rows: Rows, domain: int | None) -> npt.NDArray[np.void] | None:
    """Return the headers as records; None if one has a fault, its checksum left aside."""
    heads = np.ascontiguousarray(rows[:, : header.HEADER_SIZE]).view(HEADER).ravel()
    domains = header.RELAY_DOMAINS if domain is None else {domain}
    is_right = (
        not (heads["magic"] != header.MAGIC).any()
        and _are_all_in(heads["domain"], domains)
        and _are_all_in(heads["version"], header.VERSIONS)
        and _are_all_in(heads["source"], header.SOURCES)
        and (heads["payload_size"] == rows.shape[1] - header.HEADER_SIZE).all()
    )
    return heads if is_right else None


def _are_all_in(column: npt.NDArray[np.uint8], numbers: Iterable[int]) -> bool:
    is_legal = np.zeros(256, bool)
    is_legal[list(numbers)] = True
    return bool(is_legal[column].all())


def _write_headers(heads: npt.NDArray[np.void], written: Rows) -> None:
    fresh = np.zeros(len(heads), HEADER)
    fresh["magic"] = header.MAGIC
    for name in ("domain", "version", "source", "flags", "sequence", "timestamp"):
        fresh[name] = heads[name]
    fresh["payload_size"] = written.shape[1] - header.HEADER_SIZE
    written[:, : header.HEADER_SIZE] = fresh.view(np.uint8).reshape(-1, header.HEADER_SIZE)


def _seal(written: Rows) -> list[bytes]:
    sealed = row_checksums(written).astype("<u4").view(np.uint8).reshape(-1, 4)
    written[:, header.CHECKSUM_OFFSET : header.HEADER_SIZE] = sealed
    # numpy cuts rows into byte strings five times as fast as slices do.
    messages: list[bytes] = written.view(f"V{written.shape[1]}").ravel().tolist()
    return messages


def _read(field: Field, rows: Rows, at: int) -> npt.NDArray[np.uint8] | None:
    """Return the bytes of a field of all messages; None if a rule about its bytes is broken."""
    column = np.ascontiguousarray(rows[:, at : at + field.size])
    if isinstance(field, Padding):
        return None if column.any() else column
    if isinstance(field, Vector) and not _is_vector(field, column):
        return None
    return column


def _write(field: Field, column: Rows, written: Rows, at: int) -> None:
    if not isinstance(field, Padding):
        written[:, at : at + field.size] = column


def _is_vector(vector: Vector, column: npt.NDArray[np.uint8]) -> bool:
    """Return whether counts fit, and what section 5 wants zero is zero."""
    counts = column[:, 0].astype(np.intp) | column[:, 1].astype(np.intp) << 8
    if (counts > vector.capacity).any() or column[:, COUNT_SIZE : vector.head_size].any():
        return False
    if (counts == vector.capacity).all():
        return True
    slots = np.ascontiguousarray(column[:, vector.head_size :])
    stale = _stale_masks(vector.capacity, vector.element_size)
    word = "<u8" if slots.shape[1] % 8 == 0 else "u1"
    return not (slots.view(word) & stale.view(word)[counts]).any()


@cache
def _stale_masks(capacity: int, element_size: int) -> npt.NDArray[np.uint8]:
    """Return for each count a row with all bits set in the slots from count on."""
    is_used = np.tri(capacity + 1, capacity, -1, dtype=bool).repeat(element_size, axis=1)
    return np.where(is_used, 0, 255).astype(np.uint8)


def _all_equal(rows: Rows, expected: bytes) -> bool:
    return bool((rows == np.frombuffer(expected, np.uint8)).all())
