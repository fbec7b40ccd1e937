"""Runs a comparison in a process of its own: what ends that process does not end the command."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from torq_conformance.compare.comparison import Compared, Comparison
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.running.lifetime import follow, kill_children
from torq_conformance.search.stream import Unit, lines_of, units
from torq_conformance.search.stretch import RESTARTS
from torq_specs.registry import TlvType

Progress = Callable[[int], object]

PIECE = 256
"""Messages that are compared before anybody hears of it."""

CORPUS_FILE_MAX = 1 << 24
"""Bytes of a file of a corpus; a message has 1 MiB at most."""

Piece = Unit | list[tuple[str, bytes]]
"""Messages of the stream, or of files with their names."""


@dataclass(frozen=True)
class Plan:
    """What is compared: ``count`` valid messages from ``start`` on, and as many corrupted ones."""

    implementations: tuple[str, ...]
    seed: int = 0
    start: int = 0
    count: int = 10_000
    is_in_process: bool = False
    deadline: float = 5.0
    vendor_specs: str | None = None
    corpus: Path | None = None
    """A folder of messages, which are compared instead of those of the stream."""


def compare(plan: Plan, progress: Progress = bool) -> Compared:
    """Compare; ``progress`` is called with how many more messages were asked about.

    KitError when an implementation cannot be reached or the arguments make no sense.
    """
    if len(plan.implementations) < (2 if plan.corpus is None else 1):
        raise KitError(
            "A comparison is of two implementations and more.",
            "Name another one, such as `reference`.",
        )
    if plan.seed < 0 or plan.start < 0 or plan.count < 1:
        raise KitError(
            "A comparison goes over a positive count of indexes from 0 on, with a seed from 0 on.",
            "Give --seed, --start and --count other values.",
        )
    given = [] if plan.corpus is None else messages_of(plan.corpus)
    compared = Compared()
    # Started anew rather than forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, _start, (plan, os.getpid())) as pool:
        try:
            lines = _claimed_lines(pool, plan)
            pieces: Iterable[Piece] = _pieces(units(lines, plan.start, plan.count))
            if plan.corpus is not None:
                pieces = (given[at : at + PIECE] for at in range(0, len(given), PIECE))
            for piece in pieces:
                problem = pool.submit(_compare, piece).result()
                if problem is not None:
                    raise KitError(*problem)
                progress(piece.count if isinstance(piece, Unit) else len(piece))
            compared = pool.submit(_tell).result()
        except BrokenProcessPool:
            compared.lost = "an implementation ended the process that compares them"
        except KeyboardInterrupt:
            compared.lost = "interrupted"
            kill_children()
    return compared


def messages_of(folder: Path) -> list[tuple[str, bytes]]:
    """The files of a folder in the order of their names; KitError where there is none to read."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file())
        large = [path for path in paths if path.stat().st_size > CORPUS_FILE_MAX]
        found = [] if large else [(path.name, path.read_bytes()) for path in paths]
    except OSError as error:
        problem = f"{error.filename or folder} cannot be read: {error.strerror}."
        raise KitError(problem, "A corpus is a folder of messages, a file each.") from error
    if large:
        problem = f"{large[0]} has more than {CORPUS_FILE_MAX:,} bytes."
        raise KitError(problem, "A corpus is a folder of messages, a file each.")
    if not found:
        raise KitError(f"{folder} has no files.", "A corpus is a folder of messages, a file each.")
    return found


def _pieces(planned: Iterable[Unit]) -> Iterator[Unit]:
    for unit in planned:
        for start in range(unit.start, unit.stop, PIECE):
            yield Unit(unit.number, start, min(start + PIECE, unit.stop))


_comparisons: list[Comparison | KitError] = []
"""The comparison of the process; what is wrong with the set-up, if there is none."""


def _start(plan: Plan, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Interrupts are the caller's.
    follow(parent)
    try:
        _comparisons.append(comparison_of(plan))
    except KitError as error:
        _comparisons.append(error)


def _claimed_lines(pool: ProcessPoolExecutor, plan: Plan) -> tuple[TlvType, ...]:
    """The declared types that all implementations claim."""
    claimed = pool.submit(_claimed).result()
    if isinstance(claimed, tuple):
        raise KitError(*claimed)
    return lines_of((), registry_with(plan.vendor_specs).restricted_to(claimed))


def _claimed() -> list[int] | tuple[str, str]:
    """The numbers of the types that are compared; or problem and hint."""
    (comparison,) = _comparisons
    if isinstance(comparison, KitError):
        return comparison.problem, comparison.hint
    return [line.number for line in comparison.registry]


def comparison_of(plan: Plan) -> Comparison:
    """A comparison with implementations of its own; KitError when one cannot be reached."""
    with ExitStack() as stack:
        adapters = [stack.enter_context(closing(_connect(plan, x))) for x in plan.implementations]
        stack.pop_all()
    return Comparison(adapters, seed=plan.seed, registry=registry_with(plan.vendor_specs))


def _connect(plan: Plan, name: str) -> Adapter:
    from torq_conformance.implementations.connect import connect

    return connect(
        name,
        is_in_process=plan.is_in_process and not name.startswith("stdio:"),
        deadline=plan.deadline,
        restarts=RESTARTS,
        registry=registry_with(plan.vendor_specs),
    )


def _compare(piece: Piece) -> tuple[str, str] | None:
    """Compare a piece; problem and hint when the set-up is wrong."""
    (comparison,) = _comparisons
    if isinstance(comparison, KitError):
        return comparison.problem, comparison.hint
    if comparison.result.ended or comparison.result.lost:
        return None
    if isinstance(piece, Unit):
        comparison.compare(piece)
    else:
        comparison.compare_given(piece)
    return None


def _tell() -> Compared:
    (comparison,) = _comparisons
    assert isinstance(comparison, Comparison)
    comparison.tell()
    for door in comparison.doors:
        door.adapter.close()
    return comparison.result
