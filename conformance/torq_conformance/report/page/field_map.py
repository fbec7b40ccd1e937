"""The bytes of a failure field by field: what is right beside what came, the wrong ones marked.

Only bytes that a results file kept are shown; which field they belong to is read from the question,
which it holds whole. A question that nobody can read any more still shows its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torq_conformance.cases.bundle import case_of
from torq_conformance.implementations.protocol import Request
from torq_conformance.judging.expectations import Accept, expect
from torq_conformance.model import foreign_json
from torq_conformance.model.byte_map import Place, places_at
from torq_conformance.report.number_texts import number_text
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import FieldLayout, Integer, Layout
from torq_specs.registry import REGISTRY, Registry
from torq_specs.requirements import layout_requirement_id

Json = Mapping[str, Any]

REQUESTS_TRIED = 8
"""The last questions of a case among which the one that failed is looked for."""

WINDOWS_MAX = 64
"""Rows of sixteen bytes that are read of one side."""

SHOWN_BYTES = 16
"""Bytes of one field that are shown."""


@dataclass(frozen=True)
class FieldRow:
    """One field: where it lies, its bytes on each side, what they mean; ``got`` may be missing."""

    offset: int
    size: int
    path: str
    right: str
    right_means: str
    got: str | None
    got_means: str
    is_wrong: bool


@dataclass(frozen=True)
class FieldMap:
    """All fields that are shown; ``layout`` is that of the first wrong one, ``field`` its name."""

    rows: tuple[FieldRow, ...]
    layout: Layout | None = None
    field: str = ""


def field_map(failure: Json, registry: Registry = REGISTRY) -> FieldMap:
    """The field map of one failure; without rows where it has no bytes."""
    sides = failure.get("bytes") or {}
    right = sides.get("expected") or sides.get("sent")
    if right is None:
        return FieldMap(())
    data = _message(failure, right, registry)
    known, came = _bytes(right), _bytes(sides.get("got"))
    marked = {*right["marked"]} | {*(sides.get("got") or {"marked": ()})["marked"]}
    offsets = sorted(at for at in {*known, *came} if at < len(data))
    places = zip(offsets, places_at(data, offsets, registry), strict=True)
    rows = []
    first: Place | None = None
    for _, group in groupby(places, key=lambda one: (one[1].path, one[1].frame)):
        part = [*group]
        run = [at for at, _ in part]
        is_wrong = not marked.isdisjoint(run)
        place = part[0][1]
        if is_wrong and (first is None or first.part == "header"):
            first = place
        rows.append(_row(run, place, known, came if "got" in sides else None, is_wrong, registry))
    layout, field = _layout_of(first, data, registry)
    if first is None or layout is None:
        layout = _required(failure["requirement"], registry) or layout
    return FieldMap(tuple(rows), layout, field)


def _row(
    run: list[int],
    place: Place,
    known: Mapping[int, int],
    came: Mapping[int, int] | None,
    is_wrong: bool,
    registry: Registry,
) -> FieldRow:
    field = _field(place, registry)
    right, means = _text(run, known, field)
    got, got_means = (None, "") if came is None else _text(run, came, field)
    return FieldRow(run[0], len(run), place.path, right, means, got, got_means, is_wrong)


def _text(run: list[int], known: Mapping[int, int], field: FieldLayout | None) -> tuple[str, str]:
    """Some bytes in hex, and what they mean where they are a whole field."""
    data = bytes(known[at] for at in run if at in known)
    rest = " ..." if len(data) > SHOWN_BYTES else ""
    means = ""
    if field is not None and isinstance(field.type, Integer) and len(data) == field.size:
        number = int.from_bytes(data, "little", signed=field.type.is_signed)
        means = number_text(field, number)
    return (data[:SHOWN_BYTES].hex(" ") + rest) or "none", means


def _field(place: Place, registry: Registry) -> FieldLayout | None:
    """The field that a place lies in, where it is one of the header or of a type's own."""
    if place.leaf is None:
        return None
    if place.part == "header":
        return _named(HEADER_LAYOUT, place.leaf.path)
    line = registry.get((place.frame.number or 0) if place.frame is not None else 0)
    return None if line is None or line.layout is None else _named(line.layout, place.leaf.path)


def _named(layout: Layout, path: str) -> FieldLayout | None:
    return next((one for one in layout.fields if one.name == path), None)


def _layout_of(place: Place | None, data: bytes, registry: Registry) -> tuple[Layout | None, str]:
    """The layout to draw, and the field in it: of what is wrong, else of the first TLV."""
    if place is not None and place.part == "header":
        return HEADER_LAYOUT, place.leaf.path if place.leaf is not None else ""
    if place is None:
        place = next(places_at(data, [HEADER_LAYOUT.size], registry))
    line = registry.get((place.frame.number or 0) if place.frame is not None else 0)
    if line is None or line.layout is None:
        return None, ""
    path = place.leaf.path if place.leaf is not None and place.part == "value" else ""
    return line.layout, path.partition("[")[0].partition(".")[0]


def _required(requirement: str, registry: Registry) -> Layout | None:
    """The layout that a requirement is about, if it is about one."""
    lines = (one for one in registry if layout_requirement_id(one) == requirement)
    return next((one.layout for one in lines), None)


def _bytes(windows: Json | None) -> dict[int, int]:
    """Bytes by offset, of what was kept."""
    found: dict[int, int] = {}
    for start, digits in () if windows is None else windows["rows"][:WINDOWS_MAX]:
        found.update(enumerate(bytes.fromhex(digits), start))
    return found


def _message(failure: Json, windows: Json, registry: Registry) -> bytes:
    """The whole message that was sent, or that is right; else its beginning as it was kept."""
    kept = _bytes(windows)
    # A question of another version of the specification, perhaps, is shown as it was kept.
    with suppress(*foreign_json.WRONG):
        requests = case_of(failure["case"], registry).requests if _is_asked(failure) else ()
        for request in reversed(requests[-REQUESTS_TRIED:]):
            data = _bytes_of(request, registry)
            if len(data) == windows["size"] and all(data[at] == one for at, one in kept.items()):
                return data
    end = next((at for at in range(len(kept) + 1) if at not in kept), 0)
    return bytes(kept[at] for at in range(end))


def _is_asked(failure: Json) -> bool:
    return "requests" in failure["case"] or "deflated" in failure["case"]


def _bytes_of(request: Request, registry: Registry) -> bytes:
    if isinstance(request.argument, bytes):
        return request.argument
    right = expect(request, registry)
    return right.value if isinstance(right, Accept) and isinstance(right.value, bytes) else b""


def lines_of(rows: FieldMap) -> Iterator[FieldRow]:
    """The rows around what is wrong: wrong ones, and their neighbours; all where none is."""
    wrong = {at for at, row in enumerate(rows.rows) if row.is_wrong}
    for at, row in enumerate(rows.rows):
        if not wrong or not wrong.isdisjoint({at - 1, at, at + 1}):
            yield row
