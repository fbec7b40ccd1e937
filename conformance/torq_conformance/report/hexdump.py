"""Bytes as people read them: sixteen a row, the ones that matter marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ROW = 16


def hexdump(windows: Mapping[str, Any], *, indent: str = "") -> str:
    """Rows of ``offset  bytes`` of what was kept of a message (``judging.evidence.windows``).

    ``size`` is that of the message, ``rows`` are offsets and hex digits, ``marked`` offsets, also
    such behind the end of the message.
    """
    return "\n".join(_lines(windows, indent))


def _lines(windows: Mapping[str, Any], indent: str) -> Iterator[str]:
    size, marks = windows["size"], set(windows["marked"])
    last = max(size, max(marks, default=-1) + 1)
    previous = -ROW
    for start, digits in windows["rows"]:
        if start != previous + ROW:
            yield f"{indent}  ..."
        previous = start
        offsets = range(start, min(start + ROW, last))
        data = bytes.fromhex(digits)
        cells = [f"{data[at - start]:02x}" if at - start < len(data) else "--" for at in offsets]
        yield f"{indent}{start:06x}  {_spaced(cells)}"
        if not marks.isdisjoint(offsets):
            pointers = _spaced(["^^" if at in marks else "  " for at in offsets])
            yield f"{indent}        {pointers}".rstrip()
    if previous + ROW < last:
        yield f"{indent}  ... {size} bytes in all"


def _spaced(cells: list[str]) -> str:
    return "  ".join(" ".join(cells[at : at + 8]) for at in range(0, len(cells), 8))
