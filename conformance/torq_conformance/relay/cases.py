"""The two forms of a case: a schedule, which is data, and a scene, which is a named procedure."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from torq_conformance.relay.actions import Schedule
from torq_conformance.relay.expected import Problem
from torq_conformance.relay.process import RelayProcess
from torq_conformance.relay.stage import Stage
from torq_specs.relay_rules import RelayDomainRule

Scene = Callable[["Bench"], list[Problem]]


@dataclass(frozen=True)
class SceneCase:
    """A procedure about one requirement; ``claim``: asked only where that is claimed."""

    requirement: str
    label: str
    scene: Scene
    claim: str = ""


RelayCase = Schedule | SceneCase
Source = Callable[[RelayDomainRule], Iterator[RelayCase]]


@dataclass(frozen=True)
class RelayTest:
    """Cases that belong together; ``name`` is that of the chapter and the test."""

    name: str
    requirement: str
    source: Source
    domains: tuple[int, ...] = (1, 2, 3)
    is_long: bool = False
    """Whether only the exhaustive profile takes the time for it."""


@dataclass
class Bench:
    """Starts relays of one command and one domain, and keeps one running for schedules."""

    command: str
    rule: RelayDomainRule
    claims: Collection[str] = ()
    deadline: float = 5.0
    start_seconds: float = 10.0
    folder: Path | None = None
    _own: ExitStack = field(default_factory=ExitStack, repr=False)
    _stage: Stage | None = field(default=None, repr=False)
    starts: int = 0
    deadlines: int = 0
    """Cases that met the deadline."""
    confirmed: set[tuple[str, str]] = field(default_factory=set)
    """Kinds of problems that were seen three times in a row."""
    losing: set[str] = field(default_factory=set)
    """Rules that losses were attributed to."""

    @property
    def domain(self) -> int:
        """The number of the domain."""
        return int(self.rule.domain)

    @property
    def stage(self) -> Stage:
        """A relay that runs, with P and O connected."""
        if self._stage is None:
            self._stage = self.staged(self.started())
        return self._stage

    def new_folder(self) -> Path:
        """A folder of its own for one relay; short, for a socket's path is."""
        folder = None if self.folder is None else str(self.folder)
        self.starts += 1
        return Path(
            self._own.enter_context(tempfile.TemporaryDirectory(prefix="torq-", dir=folder))
        )

    def starting(self, folder: Path, path: Path | None = None) -> RelayProcess:
        """A relay that may not listen yet."""
        relay = RelayProcess(
            self.command,
            self.domain,
            folder,
            start_seconds=self.start_seconds,
            socket_path=path,
        )
        self._own.callback(relay.kill)
        return relay

    def started(self, folder: Path | None = None, path: Path | None = None) -> RelayProcess:
        """A relay that listens."""
        relay = self.starting(folder or self.new_folder(), path)
        relay.await_listening()
        return relay

    def staged(self, relay: RelayProcess) -> Stage:
        """A stage around a relay."""
        stage = Stage(relay, self.rule, claims=self.claims, deadline=self.deadline)
        self._own.callback(stage.close)
        return stage

    def fresh(self) -> Stage:
        """A stage around a relay that is new."""
        return self.staged(self.started())

    def restart(self) -> None:
        """Let the next schedule meet a relay that remembers nothing."""
        if self._stage is not None:
            self._stage.close()
            self._stage.relay.kill()
        self._stage = None

    def close(self) -> None:
        """End every relay."""
        self._stage = None
        self._own.close()
        self._own = ExitStack()
