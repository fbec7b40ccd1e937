"""Bytes as people read them: sixteen a row, the ones that matter marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROW = 16


@dataclass(frozen=True)
class HexRow:
    """Up to sixteen bytes as two digits each, and which of them are marked; ``--``: not there.

    ``is_after_gap``: bytes before it were not kept.
    """

    offset: int
    cells: tuple[str, ...]
    marks: tuple[bool, ...]
    is_after_gap: bool = False


def hex_rows(windows: Mapping[str, Any]) -> Iterator[HexRow]:
    """The rows of what was kept of a message (``judging.evidence.windows``).

    ``size`` is that of the message, ``rows`` are offsets and hex digits, ``marked`` offsets, also
    such behind the end of the message.
    """
    size, marks = windows["size"], set(windows["marked"])
    last = max(size, max(marks, default=-1) + 1)
    previous = -ROW
    for start, digits in windows["rows"]:
        offsets = range(start, min(start + ROW, last))
        data = bytes.fromhex(digits)
        cells = [f"{data[at - start]:02x}" if at - start < len(data) else "--" for at in offsets]
        marked = tuple(at in marks for at in offsets)
        yield HexRow(start, tuple(cells), marked, start != previous + ROW)
        previous = start


def is_cut(windows: Mapping[str, Any]) -> bool:
    """Whether bytes behind the last row were not kept."""
    last = max(windows["size"], max(windows["marked"], default=-1) + 1)
    return bool(max((start for start, _ in windows["rows"]), default=-ROW) + ROW < last)


def hexdump(windows: Mapping[str, Any], *, indent: str = "") -> str:
    """Rows of ``offset  bytes``, and below them what is marked, as text."""
    return "\n".join(_lines(windows, indent))


def _lines(windows: Mapping[str, Any], indent: str) -> Iterator[str]:
    for row in hex_rows(windows):
        if row.is_after_gap:
            yield f"{indent}  ..."
        yield f"{indent}{row.offset:06x}  {_spaced(row.cells)}"
        if any(row.marks):
            pointers = _spaced(["^^" if is_marked else "  " for is_marked in row.marks])
            yield f"{indent}        {pointers}".rstrip()
    if is_cut(windows):
        yield f"{indent}  ... {windows['size']} bytes in all"


def _spaced(cells: Sequence[str]) -> str:
    return "  ".join(" ".join(cells[at : at + 8]) for at in range(0, len(cells), 8))
