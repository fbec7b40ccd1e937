"""Runs a comparison in processes of its own: what ends such a process does not end the command.

What is found is a function of the plan: each part of the stream is compared as if it were the
first, and the parts are put together in their order, whoever compared them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.cluster.crew import Crew, in_order, spread
from torq_conformance.cluster.introduction import claims_of
from torq_conformance.cluster.option import crew_of
from torq_conformance.compare import compared_json
from torq_conformance.compare.comparison import Compared, Comparison, why_ended
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.search.stream import Unit, lines_of, units
from torq_conformance.search.stretch import RESTARTS

Json = dict[str, Any]
Progress = Callable[[int], object]

CORPUS_FILE_MAX = 1 << 24
"""Bytes of a file of a corpus; a message has 1 MiB at most."""

CORPUS_PART = 256
"""Messages of a corpus that are compared together."""

PART = 2048
"""Indexes of the stream that are compared before anybody hears of it."""

ENDED = "an implementation ended the process that compares them"


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

    @property
    def setup(self) -> Json:
        """What a process that compares a part of it is told."""
        # A worker is sent the messages of a corpus, not its folder.
        return {**vars(self), "implementations": [*self.implementations], "corpus": None}


def compare(plan: Plan, progress: Progress = bool, *, cluster: str | None = None) -> Compared:
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
    parts = _parts(plan) if plan.corpus is None else _parts_of(messages_of(plan.corpus))
    compared = Compared()
    processes = None if cluster else 1
    with crew_of("compare", plan.setup, processes=processes, cluster=cluster) as crew:
        names = [one["name"] for one in crew.introduction["build"]["claims"]["each"]]
        try:
            for part, done in in_order(spread(crew, parts), "at"):
                if done.result is None:
                    compared.lost = ENDED
                    break
                compared_json.add(compared, compared_json.from_json(done.result))
                compared.ended = compared.ended or why_ended(compared.breakdowns, names)
                progress(part["count"])
                if compared.ended or compared.lost:
                    break
            if not compared.lost:
                _tell(compared, crew)
        except KeyboardInterrupt:
            compared.lost = "interrupted"
    return compared


def _parts(plan: Plan) -> Iterator[Json]:
    for at, start in enumerate(range(plan.start, plan.start + plan.count, PART)):
        count = min(PART, plan.start + plan.count - start)
        yield {"cell": "compare", "at": at, "start": start, "count": count}


def _parts_of(given: Sequence[tuple[str, bytes]]) -> Iterator[Json]:
    for at, start in enumerate(range(0, len(given), CORPUS_PART)):
        messages = [(name, data.hex()) for name, data in given[start : start + CORPUS_PART]]
        yield {"cell": "compare", "at": at, "messages": messages, "count": len(messages)}


def messages_of(folder: Path) -> list[tuple[str, bytes]]:
    """The files of a folder in the order of their names; KitError where there is none to read."""
    hint = "A corpus is a folder of messages, a file each."
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file())
        large = [path for path in paths if path.stat().st_size > CORPUS_FILE_MAX]
        found = [] if large else [(path.name, path.read_bytes()) for path in paths]
    except OSError as error:
        raise KitError(
            f"{error.filename or folder} cannot be read: {error.strerror}.", hint
        ) from error
    if large:
        raise KitError(f"{large[0]} has more than {CORPUS_FILE_MAX:,} bytes.", hint)
    if not found:
        raise KitError(f"{folder} has no files.", hint)
    return found


def _tell(compared: Compared, crew: Crew) -> None:
    """Have a message of each group made as plain as it can be, where the implementations are."""
    unit = {"cell": "make plain", "tell": compared_json.to_json(compared)}
    # The answers to parts that are still under way pass by: the first part is done.
    for _, done in spread(crew, iter([unit])):
        if done.result is None:
            compared.lost = ENDED
            return
        told = compared_json.from_json(done.result)
        compared.reported, compared.unreported = told.reported, told.unreported
        compared.lost = told.lost


class CompareJudging:
    """Compares parts of a stream with implementations of its own."""

    def __init__(self, setup: Json) -> None:
        implementations = tuple(setup["implementations"])
        self._plan = Plan(**{**setup, "implementations": implementations})
        with ExitStack() as stack:
            self._adapters = [
                stack.enter_context(closing(self._connect(name))) for name in implementations
            ]
            self._compared()
            self._own = stack.pop_all()
        self.claims: Json = {"each": [claims_of(one.identity) for one in self._adapters]}

    def judge(self, unit: Json) -> Json:
        """What came of a part of the stream; or of what came of all parts, made plain."""
        comparison = self._compared()
        if "tell" in unit:
            comparison.result = compared_json.from_json(unit["tell"])
            comparison.tell()
            return compared_json.to_json(comparison.result)
        if "messages" in unit:
            given = [(name, bytes.fromhex(data)) for name, data in unit["messages"]]
            comparison.compare_given(given)
            return compared_json.to_json(comparison.result)
        for one in _pieces(comparison, unit):
            if comparison.result.ended or comparison.result.lost:
                break
            comparison.compare(one)
        return compared_json.to_json(comparison.result)

    def close(self) -> None:
        """Let go of the implementations."""
        self._own.close()

    def _compared(self) -> Comparison:
        registry = registry_with(self._plan.vendor_specs)
        return Comparison(self._adapters, seed=self._plan.seed, registry=registry)

    def _connect(self, name: str) -> Adapter:
        from torq_conformance.implementations.connect import connect

        return connect(
            name,
            is_in_process=self._plan.is_in_process and not name.startswith("stdio:"),
            deadline=self._plan.deadline,
            restarts=RESTARTS,
            registry=registry_with(self._plan.vendor_specs),
        )


def _pieces(comparison: Comparison, unit: Json) -> Iterator[Unit]:
    """The messages of the declared types that all implementations claim."""
    lines = lines_of((), comparison.registry)
    return units(lines, unit["start"], unit["count"])


def open_judging(setup: Json) -> CompareJudging:
    """A judging of several implementations."""
    return CompareJudging(setup)
