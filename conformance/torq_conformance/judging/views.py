"""What is seen at an answer that lives: of a view, of a copy, and of what is neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torq_conformance.implementations.protocol import Operation, Probe, Request
from torq_conformance.implementations.python_views import DROPPED, RETURNS, RIGHT
from torq_conformance.model import derived_codec
from torq_conformance.model.values import differences
from torq_specs.registry import Registry

GROWS, STAYS = "memory grows", "stays as it was"
"""Kinds of what a view does that is none."""

FLIPPED_MAX = 16
"""Messages with flipped bits that are looked at one by one when a look at many has failed."""


def seen(request: Request, registry: Registry) -> Any:
    """What is seen at the right answer to a request with a look."""
    assert request.look is not None
    match request.look.probe:
        case Probe.FLIPS:
            return [*_changes(request, registry)]
        case Probe.MEMORY:
            return {"grown": 0}
        case Probe.RETURN:
            return dict.fromkeys(RETURNS, RIGHT)
        case Probe.CROWD:
            return _crowd(request, registry)


def looked_at(request: Request) -> Iterator[bytes]:
    """The messages of a look: the one that is asked about, others, and some with flipped bits."""
    assert request.look is not None
    assert isinstance(request.argument, bytes)
    yield request.argument
    yield from request.look.others
    for group in request.look.flips[:FLIPPED_MAX]:
        yield _flipped(request.argument, group)


def _flipped(data: bytes, bits: Iterable[int]) -> bytes:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _crowd(request: Request, registry: Registry) -> list[Any]:
    """What each of many messages says, and then with some of them replaced."""
    assert request.look is not None
    assert isinstance(request.argument, bytes)
    data = (request.argument, *request.look.others)
    values = [derived_codec.decode_message(one, registry) for one in data]
    later = [*values]
    later[::DROPPED] = values[::-1][::DROPPED]
    return [*values, *later]


def _changes(request: Request, registry: Registry) -> Iterator[list[dict[str, Any]]]:
    """For each group of bits what it changes: of a copy nothing."""
    assert isinstance(request.argument, bytes)
    assert request.look is not None
    before = derived_codec.decode_message(request.argument, registry)
    for group in request.look.flips:
        if request.operation is Operation.DECODE:
            yield []
            continue
        after = derived_codec.decode_message(_flipped(request.argument, group), registry)
        yield [{"path": one.path, "value": one.got} for one in differences(before, after)]


def unlike(expected: Any, got: Any) -> Iterator[tuple[str, str, str]]:
    """How what was seen differs from what is right: in words, its kind, and the field or none."""
    if expected == got:
        return
    if isinstance(expected, dict):
        if "grown" in expected:
            yield f"a larger message takes {got.get('grown')} bytes more", GROWS, ""
            return
        for way in expected:
            if got.get(way) != expected[way]:
                yield f"a view whose buffer is {way}: {got.get(way)}", f"view, buffer {way}", ""
                return
    for index, (right, found) in enumerate(zip(expected, got, strict=False)):
        if isinstance(right, dict) and right != found:
            first = next(differences(right, found))
            yield _of_crowd(index, len(expected) // 2, first.path), "beside others", ""
            return
        if right != found:
            yield _changed_otherwise(right, found)
            return
    yield "another number of flips was seen", "flips", ""


def _of_crowd(index: int, count: int, path: str) -> str:
    when = "" if index < count else " when some of them were dropped and others made"
    return (
        f"of {count} views that live at once, in number {index % count + 1} {path} is wrong{when}"
    )


def _changed_otherwise(right: list[Any], found: list[Any]) -> tuple[str, str, str]:
    wanted, changed = ([one["path"] for one in part] for part in (right, found))
    missing = [path for path in wanted if path not in changed]
    more = [path for path in changed if path not in wanted]
    if missing:
        return f"a bit of {missing[0]} is flipped in the buffer, and it stays", STAYS, missing[0]
    if more:
        flipped = f"a bit of {wanted[0]}" if wanted else "a bit of the buffer"
        return f"{flipped} is flipped in the buffer, and {more[0]} changes", "changes", more[0]
    path = next(a["path"] for a, b in zip(right, found, strict=True) if a != b)
    return (
        f"a bit of {path} is flipped in the buffer, and it becomes another value",
        "misread",
        path,
    )
