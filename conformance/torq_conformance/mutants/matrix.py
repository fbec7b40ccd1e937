"""The kill matrix: every mutant against the suite or the vectors, in processes, without pytest.

Contract: a mutant that hangs, or ends its process, costs its own trial and nothing else. What
`table` gives holds no times, so that it is the same on every machine.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from torq_conformance.mutants.mechanical import KINDS, MechanicalMutant
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import Fate, Kill, Stage, Trial, survival
from torq_conformance.mutants.vector_trial import VectorTrial
from torq_conformance.running.lifetime import follow, hear_terminations, interrupts_held
from torq_conformance.vectors.reader import GoldenVector
from torq_specs.registry import REGISTRY, Registry

MEMORY_MAX = 2 << 30
"""Bytes of data that the process of a mutant may have (RLIMIT_DATA); the worker adapter's limit."""


@dataclass(frozen=True)
class Effort:
    """How hard mutants are tried: ``deadline`` in seconds is that of a whole trial.

    ``is_by_vectors``: by the golden vectors alone, and not by the suite. ``types`` are the numbers
    of the types by which they are judged; none: all.
    """

    examples: int = 200
    seed: int = 0
    deadline: float = 300.0
    is_by_vectors: bool = False
    types: tuple[int, ...] = ()

    @property
    def registry(self) -> Registry:
        """The types by which mutants are judged."""
        return REGISTRY.restricted_to(self.types) if self.types else REGISTRY


def run(
    mutants: Sequence[Mutant],
    *,
    processes: int = 2,
    effort: Effort | None = None,
    on_kill: Callable[[Kill], None] = lambda _: None,
) -> list[Kill]:
    """Try every mutant; the answer is in their order, ``on_kill`` is called as they come."""
    kills: dict[int, Kill] = {}
    waiting = deque(enumerate(mutants))
    workers: list[_Worker] = []
    try:
        for _ in range(min(processes, len(waiting))):
            workers.append(_Worker(effort or Effort()))  # noqa: PERF401  those that are started
        while len(kills) < len(mutants):
            for worker in workers:
                if worker.is_idle and waiting:
                    worker.begin(*waiting.popleft())
            for worker in workers:
                worker.expire()
            for connection in wait([w.connection for w in workers if not w.is_idle], timeout=1.0):
                worker = next(w for w in workers if w.connection is connection)
                kill = worker.receive()
                if kill is not None:
                    kills[worker.index] = kill
                    on_kill(kill)
    finally:
        for worker in workers:
            worker.close()
    return [kills[index] for index in range(len(mutants))]


class _Worker:
    """A process that tries one mutant after the other; it is replaced when it ends or is ended."""

    def __init__(self, effort: Effort) -> None:
        self._effort = effort
        self._mutant: Mutant | None = None
        self._stage: tuple[str, str, tuple[str, ...]] = ("", "", ())
        self._why = ""
        self._started = 0.0
        self.index = -1
        self._start()

    def _start(self) -> None:
        # A fork would inherit the threads of a progress bar, or of a test runner.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, self._effort, os.getpid()), daemon=True
        )
        with interrupts_held():
            self._process.start()
        theirs.close()

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a mutant."""
        return self._mutant is None

    def begin(self, index: int, mutant: Mutant) -> None:
        """Try a mutant."""
        self.index, self._mutant, self._why = index, mutant, ""
        self._stage = ("", "", ())
        self._started = time.monotonic()
        self.connection.send(mutant)

    def expire(self) -> None:
        """End the process of a trial whose time is up."""
        if not self.is_idle and time.monotonic() - self._started > self._effort.deadline:
            self._why = f"gave no answer within {self._effort.deadline:g} s"
            self._process.kill()

    def receive(self) -> Kill | None:
        """The kill, once there is one; the end of the process kills a mutant as well."""
        try:
            message: Any = self.connection.recv()
        except (EOFError, OSError):
            kill = self._ended()
            self.close()
            self._start()
        else:
            if not isinstance(message, Kill):
                self._stage = message
                return None
            kill = message
        self._mutant = None
        return kill

    def _ended(self) -> Kill:
        assert self._mutant is not None
        self._process.join()
        chapter, test, named = self._stage
        speaking = [id_ for id_ in named if id_ in self._mutant.requirements]
        why = self._why or f"ended the process: {self._process.exitcode}"
        return replace(
            survival(self._mutant),
            fate=Fate.KILLED if speaking or self._effort.is_by_vectors else Fate.MISATTRIBUTED,
            killer=(speaking or [*named, ""])[0],
            chapter=chapter,
            test=test,
            case=why,
            seconds=time.monotonic() - self._started,
        )

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def serve(connection: Connection, effort: Effort, parent: int) -> None:
    """Try the mutants that come; what is sent is each test that begins, and the kill."""
    follow(parent)
    hear_terminations()
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = MEMORY_MAX if hard == resource.RLIM_INFINITY else min(MEMORY_MAX, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

    def tell(stage: Stage) -> None:
        connection.send((stage.test.chapter, stage.test.name, stage.named))

    def tell_vector(vector: GoldenVector) -> None:
        connection.send((vector.file, vector.id, vector.requirements))

    while True:
        try:
            mutant = connection.recv()
        except EOFError:
            return
        if effort.is_by_vectors:
            connection.send(VectorTrial(mutant).run(tell_vector))
        else:
            trial = Trial(
                mutant, examples=effort.examples, seed=effort.seed, registry=effort.registry
            )
            connection.send(trial.run(tell))


def failures(kills: Iterable[Kill]) -> list[Kill]:
    """The mutants for which the suite has a gap: survivors, and those killed for another reason."""
    return [kill for kill in kills if kill.fate is not Fate.KILLED]


def table(mutants: Sequence[Mutant], kills: Sequence[Kill]) -> str:
    """The kill matrix in Markdown: a row for each mutant, those made by rule in a table of sums."""
    lines = ["| mutant | fault | killed by | in |", "|---|---|---|---|", *rows(mutants, kills)]
    sums = _sums(mutants, kills)
    if sums:
        heads = [kind.kind for kind in KINDS]
        lines += ["", f"| type | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
        lines += [f"| {title} | {' | '.join(row)} |" for title, row in sums]
    return "\n".join(lines) + "\n"


def rows(mutants: Sequence[Mutant], kills: Sequence[Kill]) -> list[str]:
    """A row for each mutant that is not made by rule."""
    shown = [k for m, k in zip(mutants, kills, strict=True) if not isinstance(m, MechanicalMutant)]
    return [
        f"| {kill.mutant} | {kill.fault.replace('|', chr(92) + '|')} | {_verdict(kill)} | "
        f"{_place(kill)} |"
        for kill in shown
    ]


def _verdict(kill: Kill) -> str:
    if kill.fate is Fate.KILLED:
        return f"{kill.killer} (SHOULD)" if kill.is_should else kill.killer
    return f"**{kill.fate}** {kill.killer}".rstrip()


def _place(kill: Kill) -> str:
    return f"{kill.chapter}: {kill.test}" if kill.test else ""


def _sums(mutants: Sequence[Mutant], kills: Sequence[Kill]) -> list[tuple[str, list[str]]]:
    """For each type, killed of all mutants of each kind: ``5 of 5``, or nothing where none is."""
    by_cell: dict[tuple[str, str], list[bool]] = {}
    for mutant, kill in zip(mutants, kills, strict=True):
        if isinstance(mutant, MechanicalMutant):
            title = mutant.registry[mutant.target.number].name
            by_cell.setdefault((title, mutant.kind), []).append(kill.fate is Fate.KILLED)
    titles = dict.fromkeys(title for title, _ in by_cell)
    return [
        (title, [_sum(by_cell.get((title, kind.kind), [])) for kind in KINDS]) for title in titles
    ]


def _sum(killed: list[bool]) -> str:
    if not killed:
        return ""
    return str(len(killed)) if all(killed) else f"**{sum(killed)} of {len(killed)}**"


STYLES = {Fate.KILLED: "green", Fate.MISATTRIBUTED: "yellow", Fate.SURVIVED: "bold red"}


def render(
    mutants: Sequence[Mutant], kills: Sequence[Kill], *, is_long: bool = False
) -> RenderableType:
    """The kill matrix for the terminal, with seconds.

    By rule made mutants are summed up, and so are those that were killed for the right reason,
    unless ``is_long``.
    """
    shown = [
        kill
        for mutant, kill in zip(mutants, kills, strict=True)
        if kill.fate is not Fate.KILLED or (is_long and not isinstance(mutant, MechanicalMutant))
    ]
    matrix = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("mutant", "fault", "violates", "killed by", "in"):
        matrix.add_column(head, overflow="fold")
    matrix.add_column("s", justify="right")
    for kill in shown:
        matrix.add_row(
            kill.mutant,
            kill.fault,
            " ".join(kill.requirements),
            Text(kill.killer if kill.fate is Fate.KILLED else _plain(kill), STYLES[kill.fate]),
            f"{_place(kill)} ({kill.case})" if kill.test else "",
            f"{kill.seconds:.2f}",
        )
    summary = Text(summarize(kills), "bold green" if not failures(kills) else "bold red")
    return Group(matrix, summary) if shown else summary


def _plain(kill: Kill) -> str:
    return f"{kill.fate} {kill.killer}".rstrip()


def summarize(kills: Sequence[Kill]) -> str:
    """One line: how many mutants there are and what became of them."""
    counts = {fate: sum(kill.fate is fate for kill in kills) for fate in Fate}
    reported = ", ".join(f"{count} {fate}" for fate, count in counts.items())
    return f"{len(kills)} mutants: {reported}"
