"""Bytes as people read them: sixteen a row, the ones that matter marked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

ROW = 16
ROWS_MAX = 12


def hexdump(data: bytes, marked: Collection[int] = (), *, indent: str = "") -> str:
    """Rows of ``offset  bytes``; rows without marks that are far from one are left out.

    ``marked`` are offsets, also such behind the end of ``data``.
    """
    marks = set(marked)
    last = max(len(data), max(marks, default=-1) + 1)
    rows = range(0, max(last, 1), ROW)
    shown = [row for row in rows if not marks or _is_near(row, marks)][:ROWS_MAX]
    if not marks:
        shown = list(rows)[:ROWS_MAX]
    return "\n".join(_lines(data, marks, shown, last, indent))


def _is_near(row: int, marks: set[int]) -> bool:
    return row == 0 or any(row <= mark < row + ROW for mark in marks)


def _lines(data: bytes, marks: set[int], shown: list[int], last: int, indent: str) -> Iterator[str]:
    previous = -ROW
    for row in shown:
        if row != previous + ROW:
            yield f"{indent}  ..."
        previous = row
        offsets = range(row, min(row + ROW, last))
        cells = [f"{data[at]:02x}" if at < len(data) else "--" for at in offsets]
        yield f"{indent}{row:06x}  {_spaced(cells)}"
        if any(at in marks for at in offsets):
            pointers = _spaced(["^^" if at in marks else "  " for at in offsets])
            yield f"{indent}        {pointers}".rstrip()
    if previous + ROW < last:
        yield f"{indent}  ... {len(data)} bytes in all"


def _spaced(cells: list[str]) -> str:
    return "  ".join(" ".join(cells[at : at + 8]) for at in range(0, len(cells), 8))
