"""Runs the tests against every change: each in a copy of a process that has collected them.

Which tests are run against a change follows from a first run without any: those that run one of its
lines, the cheapest first. A change that no test runs has survived.
"""

from __future__ import annotations

import functools
import os
import pickle
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import coverage
import pytest
from _pytest.runner import runtestprotocol

from tests.judge.applying import Source
from tests.judge.changes import Change

CPU_MAX = 6
"""Seconds of processor time after which a test that does not end counts as failed."""

WAIT_MAX = 900
"""Seconds after which one that waits counts as failed."""

NOT_MADE = 70
"""The exit code of a process that could not make its change."""

COST_MAX = 0.6
"""Seconds of processor time that a test may cost; dearer ones are left out, and counted."""


class _TooDearError(BaseException):
    """A test costs too much. No adapter takes this for an exception of its implementation."""


class Fate(Enum):
    """What became of a change."""

    KILLED = "killed"
    SURVIVED = "survived"
    NOT_RUN = "not run by any test"


@dataclass
class Measured:
    """Whether a test is cheap enough, what it costs, and whether it failed without any change."""

    is_cheap: bool
    seconds: float
    failed: bool


class Trials:
    """A plugin of pytest that tries changes on the tests that were collected."""

    def __init__(
        self, sources: Sequence[Source], chosen: Callable[[Source], list[Change]], jobs: int
    ) -> None:
        self.sources = sources
        self.chosen = chosen
        self.jobs = jobs
        self.fates: dict[str, Fate] = {}
        self.left_out: list[str] = []
        self.broken: list[str] = []
        self.is_measuring = False
        self.dear: set[str] = set()
        """Both are of the copy of the process that measures."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try everything instead of running the tests once."""
        if session.testsfailed or not session.items:
            return False
        measured, lines = _asked_apart(lambda: self._measure(session.items))
        self.broken = [name for name, one in measured.items() if one.is_cheap and one.failed]
        if self.broken:
            return True
        self.left_out = [name for name, one in measured.items() if not one.is_cheap]
        by_cost = sorted(
            (item for item in session.items if measured[item.nodeid].is_cheap),
            key=lambda item: measured[item.nodeid].seconds,
        )
        running: dict[int, Change] = {}
        for source in self.sources:
            own = lines[source.path]
            for change in self.chosen(source):
                met = _that_run(change, own)
                items = [item for item in by_cost if item.nodeid in met]
                if not items:
                    self.fates[change.id] = Fate.NOT_RUN
                    continue
                if len(running) >= self.jobs:
                    self._wait(running)
                self.fates[change.id] = Fate.KILLED  # Its place in the order; it may survive.
                running[_forked(functools.partial(_tried, source, change, items))] = change
        while running:
            self._wait(running)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """End a test that is measured and costs too much; pytest's own code is never ended."""
        if not self.is_measuring:
            return (yield)

        def end_it(*_: object) -> None:
            self.dear.add(pyfuncitem.nodeid)
            raise _TooDearError

        signal.signal(signal.SIGVTALRM, end_it)
        signal.setitimer(signal.ITIMER_VIRTUAL, COST_MAX, COST_MAX)
        try:
            return (yield)
        except _TooDearError:
            # It was raised anywhere, so there may be no line that a report could show.
            pytest.fail("too dear", pytrace=False)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _wait(self, running: dict[int, Change]) -> None:
        pid, status = os.wait()
        change = running.pop(pid)
        if os.waitstatus_to_exitcode(status) == NOT_MADE:
            self.broken.append(change.id)
        self.fates[change.id] = fate = Fate.SURVIVED if status == 0 else Fate.KILLED
        if fate is Fate.SURVIVED:
            # It takes long; who waits sees what there is to look at.
            sys.stderr.write(f"{len(self.fates)}: {change.id}\n")

    def _measure(self, items: list[pytest.Item]) -> tuple[dict[str, Measured], dict[str, Any]]:
        files = [source.path for source in self.sources]
        watch = coverage.Coverage(data_file=None, include=files, config_file=False)
        self.is_measuring = True
        watch.start()
        measured = {}
        for item, following in zip(items, [*items[1:], None], strict=True):
            watch.switch_context(item.nodeid)
            began = time.process_time()
            reports = runtestprotocol(item, nextitem=following, log=False)
            seconds = time.process_time() - began
            failed = any(report.failed for report in reports)
            measured[item.nodeid] = Measured(item.nodeid not in self.dear, seconds, failed)
        watch.stop()
        data = watch.get_data()
        return measured, {file: data.contexts_by_lineno(file) for file in files}


def _that_run(change: Change, lines: Mapping[int, Iterable[str]]) -> set[str]:
    """The tests that run a line of a change; of a constant, all that run the module."""
    is_constant = change.where.isupper()
    wanted = lines if is_constant else [line for line in change.lines if line in lines]
    return {test for line in wanted for test in lines[line] if test}


def _tried(source: Source, change: Change, items: list[pytest.Item]) -> int:
    signal.alarm(WAIT_MAX)
    try:
        source.apply(change)
    except Exception:
        if change.where.isupper():
            raise  # Nobody could import it.
        return NOT_MADE
    for item, following in zip(items, [*items[1:], None], strict=True):
        # Whoever does not end, ends by it.
        signal.setitimer(signal.ITIMER_PROF, CPU_MAX)
        reports = runtestprotocol(item, nextitem=following, log=False)
        if any(report.failed for report in reports):
            return 1
    return 0


def _forked(work: Callable[[], int]) -> int:
    """The id of a copy of this process that does the work, silently, and ends with its code."""
    if pid := os.fork():
        return pid
    code = 1
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        code = work()
    finally:
        os._exit(code)


def _asked_apart(work: Callable[[], Any]) -> Any:
    """What a copy of this process found; this one stays as it was."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer"

        def written() -> int:
            answer.write_bytes(pickle.dumps(work()))
            return 0

        _, status = os.waitpid(_forked(written), 0)
        if status != 0:
            raise RuntimeError("the tests ended the process that measured them")
        return pickle.loads(answer.read_bytes())  # its own
