"""Looks at answers of implementations in Python while they live, and at their buffers.

Contract: a view is read like an answer of decode, by other means: mappings, sequences, whatever
Python takes for an index, and whatever has the buffer protocol. Every reading reads anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import mmap
import operator
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeGuard

from torq_conformance.implementations.protocol import Look, Probe
from torq_conformance.model.values import differences

SLACK = 1024
"""Bytes by which two measurements of the same memory may differ."""

MEASUREMENTS = 3
"""Times that memory is measured; the least of them counts."""

Decode = Callable[[memoryview], object]
Path = tuple[str | int, ...]


class NotPlainError(Exception):
    """A view holds something that the contract does not know."""


def materialized(view: object, path: str = "the view") -> Any:
    """What a view says now, in plain types."""
    if isinstance(view, bool) or view is None or isinstance(view, str):
        raise NotPlainError(f"{path} is {view!r:.80}, the contract says mapping, sequence, int")
    if isinstance(view, int):
        return int(view)
    if isinstance(view, Mapping):
        _check_walks(view, path)
        return {str(key): materialized(part, f"{path}.{key}") for key, part in view.items()}
    if isinstance(view, bytes | bytearray | memoryview):
        return bytes(view)
    if _is_sequence(view):
        _check_walks(view, path)
        return [materialized(part, f"{path}[{index}]") for index, part in enumerate(view)]
    with contextlib.suppress(TypeError):
        return operator.index(view)  # type: ignore[arg-type]
    with contextlib.suppress(TypeError):
        return bytes(memoryview(view))  # type: ignore[arg-type]
    raise NotPlainError(f"{path} is a {type(view).__name__}, which the contract does not know")


def _check_walks(view: Mapping[Any, Any] | Sequence[Any], path: str) -> None:
    """What can be walked can be walked again, and has as many parts each time."""
    size = len(view)
    walked = [sum(1 for _ in view) for _ in range(2)]
    for count in (*walked, len(view)):
        if count != size:
            raise NotPlainError(f"{path} has {size} parts, and {count} when it is walked again")
    if isinstance(view, Sequence) and size:
        try:
            view[size - 1]
        except IndexError as error:
            raise NotPlainError(f"{path} has {size} parts, and not its last: {error}") from error


def hold(view: object) -> Callable[[], Any]:
    """Take all mappings, sequences and bytes out of a view; the function reads them again."""
    if isinstance(view, Mapping):
        parts = {str(key): _hold_part(view, key) for key in view}
        return lambda: {key: read() for key, read in parts.items()}
    if _is_sequence(view):
        elements = [_hold_part(view, index) for index in range(len(view))]
        return lambda: [read() for read in elements]
    return lambda: materialized(view)


def _hold_part(whole: Any, key: object) -> Callable[[], Any]:
    part = whole[key]
    if isinstance(part, Mapping | bytearray | memoryview) or _is_sequence(part):
        return hold(part)
    # A number, or bytes that cannot change: the buffer is read when it is asked for.
    return lambda: materialized(whole[key])


def _is_sequence(part: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(part, Sequence) and not isinstance(part, bytes | bytearray | memoryview | str)


def look(decode: Decode, data: bytes, wanted: Look) -> Any:
    """What is seen at an answer while it lives."""
    match wanted.probe:
        case Probe.FLIPS:
            return _flips(decode, data, wanted.flips)
        case Probe.MEMORY:
            return {"grown": _grown(decode, data, wanted.larger)}
        case Probe.RETURN:
            return {name: way(decode, data, wanted.larger) for name, way in RETURNS.items()}
        case Probe.CROWD:
            return _crowd(decode, (data, *wanted.others))


DROPPED = 3
"""Of so many answers that live at once one is dropped, and made anew of another message."""


def _crowd(decode: Decode, messages: tuple[bytes, ...]) -> list[Any]:
    """What many answers say when the last one is made, and when some were replaced."""
    alive = [decode(memoryview(one)) for one in messages]
    seen = [materialized(view) for view in alive]
    alive[::DROPPED] = [None] * len(alive[::DROPPED])
    gc.collect()
    alive[::DROPPED] = [decode(memoryview(one)) for one in messages[::-1][::DROPPED]]
    return [*seen, *(materialized(view) for view in alive)]


def _flips(decode: Decode, data: bytes, flips: tuple[tuple[int, ...], ...]) -> list[Any]:
    buffer = bytearray(data)
    view = decode(memoryview(buffer).toreadonly())
    held = hold(view)
    before = materialized(view)
    seen = []
    for index, group in enumerate(flips):
        _flip(buffer, group)
        # In turn through the parts that were had before the flip, and anew from the view.
        changed = differences(before, materialized(view) if index % 2 else held())
        seen.append([{"path": one.path, "value": _plain(one.got)} for one in changed])
        _flip(buffer, group)
    return seen


def _flip(buffer: bytearray, bits: tuple[int, ...]) -> None:
    for bit in bits:
        buffer[bit // 8] ^= 1 << bit % 8


def _plain(value: object) -> object:
    return value if isinstance(value, int | bytes | dict | list) else str(value)


def _grown(decode: Decode, small: bytes, large: bytes) -> int:
    """Bytes that an answer about the large message takes more than one about the small one."""
    for data in (large, small):
        decode(memoryview(data))
    least = min(_taken(decode, large) - _taken(decode, small) for _ in range(MEASUREMENTS))
    return max(least - SLACK, 0)


def _taken(decode: Decode, data: bytes) -> int:
    """The most that Python has taken during a call, or what it and malloc hold afterwards."""
    buffer = memoryview(data)
    gc.collect()
    is_traced = tracemalloc.is_tracing()
    if not is_traced:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        started, native = tracemalloc.get_traced_memory()[0], _held_by_malloc()
        view = decode(buffer)
        native = _held_by_malloc() - native
        most = tracemalloc.get_traced_memory()[1] - started
        del view
    finally:
        if not is_traced:
            tracemalloc.stop()
    return max(most, native)


class _Mallinfo(ctypes.Structure):
    """struct mallinfo2 of glibc."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks"),
            *("fordblks", "keepcost"),
        )
    )


@functools.cache
def _mallinfo() -> Callable[[], Any] | None:
    try:
        function = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return None
    function.restype = _Mallinfo
    return function


def _held_by_malloc() -> int:
    """Bytes that malloc has handed out; 0 where the C library does not say."""
    mallinfo = _mallinfo()
    if mallinfo is None:
        return 0
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)


RIGHT = "right"


def _unmapped(decode: Decode, data: bytes, _other: bytes) -> str:
    """Its pages are unmapped, if nobody holds them."""
    pages = mmap.mmap(-1, len(data) + 1)
    pages[: len(data)] = data
    buffer = memoryview(pages)[: len(data)].toreadonly()
    view = decode(buffer)
    expected = materialized(view)
    with contextlib.suppress(BufferError):
        buffer.release()
        pages.close()
    return _still(view, expected)


def _resized(decode: Decode, data: bytes, _other: bytes) -> str:
    """A bytearray becomes another one, if nobody holds it."""
    array = bytearray(data)
    buffer = memoryview(array)
    view = decode(buffer)
    expected = materialized(view)
    with contextlib.suppress(BufferError):
        buffer.release()
        array[:] = b"\xa5" * (2 * len(data))
    return _still(view, expected)


def _dropped(decode: Decode, data: bytes, _other: bytes) -> str:
    """Nobody but the view knows it any more."""
    pages = mmap.mmap(-1, len(data) + 1)
    pages[: len(data)] = data
    view = decode(memoryview(pages)[: len(data)].toreadonly())
    expected = materialized(view)
    del pages
    gc.collect()
    return _still(view, expected)


def _beside_another(decode: Decode, data: bytes, other: bytes) -> str:
    """It stays where it is, and views of another one are made."""
    buffer = memoryview(data)
    view = decode(buffer)
    expected, held = materialized(view), hold(view)
    others = [decode(memoryview(other)) for _ in range(3)]
    first = next(differences(expected, held()), None)
    found = _still(view, expected) if first is None else f"{first.path} is another one"
    del others
    return found


def _outlived(decode: Decode, data: bytes, _other: bytes) -> str:
    """Each part is all that is left of a view: nobody has the view itself any more."""
    expected = materialized(decode(memoryview(data)))
    parts: dict[Path, object] = {}
    for path in _paths(expected):
        pages = mmap.mmap(-1, len(data) + 1)
        pages[: len(data)] = data
        # By turns by its key or index, and as it comes when the whole is walked over.
        taken = _taken_out if len(parts) % 2 else _walked_to
        view = decode(memoryview(pages)[: len(data)].toreadonly())
        parts[path] = taken(view, path)
        del view, pages
    gc.collect()
    for path, part in parts.items():
        found = _still(part, _taken_out(expected, path))
        if found != RIGHT:
            return f"{_named(path)}: {found}"
    return RIGHT


def _paths(whole: Any, path: Path = ()) -> Iterator[Path]:
    """Where there are parts with parts, or bytes: of elements the first and the last."""
    if path:
        yield path
    if isinstance(whole, Mapping):
        keys: Iterable[str | int] = whole
    elif isinstance(whole, list):
        keys = sorted({0, len(whole) - 1}) if whole else ()
    else:
        return
    for key in keys:
        if isinstance(whole[key], Mapping | list | bytes):
            yield from _paths(whole[key], (*path, key))


def _taken_out(whole: Any, path: Path) -> Any:
    """The part at a path, by keys and indexes."""
    for key in path:
        whole = whole[key]
    return whole


def _walked_to(whole: Any, path: Path) -> Any:
    """The same part, come upon in a walk."""
    for key in path:
        if isinstance(whole, Mapping):
            whole = next(part for name, part in whole.items() if str(name) == key)
        else:
            whole = next(islice(iter(whole), int(key), None))
    return whole


def _named(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)[1:]


def _still(view: object, expected: object) -> str:
    try:
        found = materialized(view)
    except Exception as error:  # noqa: BLE001  # foreign code may raise anything
        return f"raises {type(error).__name__} when it is read"
    first = next(differences(expected, found), None)
    return RIGHT if first is None else f"{first.path or 'it'} is another one"


RETURNS: Mapping[str, Callable[[Decode, bytes, bytes], str]] = {
    "unmapped": _unmapped,
    "resized": _resized,
    "dropped": _dropped,
    "viewed beside another one": _beside_another,
    "held by one part of it alone": _outlived,
}
"""What befalls a buffer while a view of it lives: given back where nobody holds it, or nothing."""
