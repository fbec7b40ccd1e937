"""ASCII pictures of a layout, eight bytes a row; the inner slots of a vector are one cell.

A picture is a list of lines, a line is a list of spans, so that a terminal can give each field a
colour and a page can join the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from torq_specs.layout import FieldLayout, Layout, Padding, Vector

ROW = 8
"""Bytes in a row."""

WIDTH = 8
"""Characters that one byte takes; with its border a row has nine for each byte."""

FULL_ROWS_MAX = 4
"""Full rows of one cell that are drawn; more of them are folded into one."""


@dataclass(frozen=True)
class Cell:
    """A run of bytes with one label; ``field`` is the top-level field that it belongs to."""

    field: str
    label: str
    offset: int
    size: int

    @property
    def end(self) -> int:
        """Offset of the first byte behind the cell."""
        return self.offset + self.size


@dataclass(frozen=True)
class Span:
    """A piece of a line; ``field`` is empty for borders, offsets and padding."""

    text: str
    field: str = ""


@dataclass(frozen=True)
class _Row:
    """Eight bytes that are drawn: who owns each, and whether it stands for many such rows."""

    offset: int
    owners: tuple[Cell | None, ...]
    is_folded: bool = False

    def segments(self) -> Iterator[tuple[Cell | None, int, int]]:
        """Runs of one owner as (owner, first column, column behind the last)."""
        start = 0
        for column in range(1, ROW + 1):
            if column == ROW or self.owners[column] is not self.owners[start]:
                yield self.owners[start], start, column
                start = column


def picture(layout: Layout) -> str:
    """The picture of a layout as plain text."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines(layout))


def lines(layout: Layout) -> Iterator[list[Span]]:
    """The picture of a layout, line by line."""
    rows = list(_rows(list(cells(layout))))
    labelled = _label_places(rows)
    yield [Span(" " * 6 + "".join(f"{column:^9}" for column in range(ROW)))]
    yield [Span(" " * 6 + _border(None, rows[0]))]
    for index, row in enumerate(rows):
        yield from _row_lines(row, labelled)
        below = rows[index + 1] if index + 1 < len(rows) else None
        yield [Span(" " * 6 + _border(row, below))]


def cells(layout: Layout) -> Iterator[Cell]:
    """What a picture draws: fields, padding, and the first and last slot of each vector."""
    for field in layout.fields:
        match field.type:
            case Vector() as vector:
                yield from _vector_cells(field, vector)
            case Padding(size):
                yield Cell("", "zero", field.offset, size)
            case _:
                yield Cell(field.name, field.name, field.offset, field.size)


def _vector_cells(field: FieldLayout, vector: Vector) -> Iterator[Cell]:
    name, size, last = field.name, vector.element.size, vector.capacity - 1
    count = vector.COUNT.size
    yield Cell(name, f"{name} count", field.offset, count)
    yield Cell("", "zero", field.offset + count, vector.padding.size)
    first = field.offset + vector.slots_offset
    yield from _slot_cells(name, vector, 0, first)
    if last > 1:
        between = f"{name}[1]" if last == 2 else f"{name}[1] to {name}[{last - 1}]"
        yield Cell(name, f"... {between} ...", first + size, (last - 1) * size)
    if last > 0:
        yield from _slot_cells(name, vector, last, first + last * size)


def _slot_cells(name: str, vector: Vector, index: int, offset: int) -> Iterator[Cell]:
    if not isinstance(vector.element, Layout):
        yield Cell(name, f"{name}[{index}]", offset, vector.element.size)
        return
    for part in vector.element.fields:
        label = f"[{index}].{part.name}" if part.name else "zero"
        owner = name if part.name else ""
        full = f"{name}{label}" if part.name and part.size >= ROW // 2 else label
        yield Cell(owner, full, offset + part.offset, part.size)


def _rows(drawn: list[Cell]) -> Iterator[_Row]:
    owners = [cell for cell in drawn for _ in range(cell.size)]
    folded: set[int] = set()
    for offset in range(0, len(owners), ROW):
        part: list[Cell | None] = [*owners[offset : offset + ROW]]
        part += [None] * (ROW - len(part))
        cell = part[0]
        is_folded = (
            cell is not None
            and part[-1] is cell
            and cell.end // ROW - -(-cell.offset // ROW) > FULL_ROWS_MAX
        )
        if is_folded:
            if id(cell) in folded:
                continue
            folded.add(id(cell))
        yield _Row(offset, tuple(part), is_folded)


def _label_places(rows: list[_Row]) -> dict[int, tuple[int, int]]:
    """For each cell (by identity) the row offset and column where its label stands."""
    widest: dict[int, tuple[int, int, int]] = {}
    for row in rows:
        for cell, start, end in row.segments():
            if cell is not None and end - start > widest.get(id(cell), (0, 0, 0))[0]:
                widest[id(cell)] = (end - start, row.offset, start)
    return {cell: (offset, start) for cell, (_, offset, start) in widest.items()}


def _row_lines(row: _Row, labelled: dict[int, tuple[int, int]]) -> Iterator[list[Span]]:
    segments = []
    for cell, start, end in row.segments():
        width = (end - start) * (WIDTH + 1) - 1
        is_here = cell is not None and labelled[id(cell)] == (row.offset, start)
        texts = _wrapped(cell.label, width) if cell is not None and is_here else []
        segments.append((cell, width, texts))
    height = max(1, *(len(texts) for _, _, texts in segments))
    edge = ":" if row.is_folded else "|"
    for index in range(height):
        line = [Span(f"{row.offset:>5} " if index == 0 else " " * 6)]
        for cell, width, texts in segments:
            at = index - (height - len(texts)) // 2
            text = texts[at] if 0 <= at < len(texts) else ""
            line.append(Span(edge))
            line.append(Span(text.center(width), cell.field if cell is not None else ""))
        line.append(Span(" " if segments[-1][0] is None else edge))
        yield line


def _wrapped(label: str, width: int) -> list[str]:
    """The label in lines of at most ``width``, broken behind ``_``, ``.``, ``]`` and blanks."""
    if len(label) <= width:
        return [label]
    texts = [""]
    for word in re.findall(r"[^_.\] ]*[_.\] ]*", label):
        for start in range(0, len(word), width):
            piece = word[start : start + width]
            if len(texts[-1]) + len(piece.rstrip()) > width:
                texts.append("")
            texts[-1] += piece
    return [text.strip() for text in texts if text.strip()]


def _border(above: _Row | None, below: _Row | None) -> str:
    """The line between two rows: drawn where the owner changes, open where a cell goes on."""
    nobody: tuple[Cell | None, ...] = (None,) * ROW
    up = above.owners if above is not None else nobody
    down = below.owners if below is not None else nobody
    dashes = [up[column] is not down[column] for column in range(ROW)]
    text = ""
    for column in range(ROW + 1):
        left = column > 0 and dashes[column - 1]
        right = column < ROW and dashes[column]
        text += _corner(
            left=left, right=right, has_upright=_is_edge(up, column) or _is_edge(down, column)
        )
        if column < ROW:
            text += ("-" if right else " ") * WIDTH
    return text


def _corner(*, left: bool, right: bool, has_upright: bool) -> str:
    if has_upright:
        return "+" if left or right else "|"
    return "-" if left and right else "+" if left or right else " "


def _is_edge(owners: tuple[Cell | None, ...], column: int) -> bool:
    before = owners[column - 1] if column > 0 else None
    after = owners[column] if column < ROW else None
    return before is not after
