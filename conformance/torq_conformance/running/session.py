"""One run of the suite inside pytest: which tests judge whom, and what the run comes to.

Under pytest-xdist the judging happens in the workers and the results are kept by the controller;
a record of each test travels with its report. Without xdist one process does both.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import pytest

from torq_conformance import suite
from torq_conformance.errors import KitError
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import Adapter, Capability, Identity
from torq_conformance.judging.levels import headline
from torq_conformance.judging.record import TestRecord
from torq_conformance.model import importing
from torq_conformance.report.foreign_text import shown
from torq_conformance.running import left_threads, lifetime
from torq_conformance.running.in_words import problems
from torq_conformance.running.judged_run import JudgedRun, Settings
from torq_conformance.running.results import COMPLETE, ExitCode
from torq_conformance.running.suite_class import SuiteClass, run_of_class
from torq_conformance.suite.catalog import chapter_number
from torq_conformance.suite.checks import lines_of
from torq_specs.registry import Registry

TYPES = "torq_types"
"""The numbers of the types that are judged, among what a worker of pytest-xdist is given."""

VECTORS = "torq_vectors"
"""The mark of tests of golden vectors."""

SEVERITY = (
    ExitCode.NOT_CONFORMANT,
    ExitCode.INCONCLUSIVE,
    ExitCode.NOTHING_RAN,
    ExitCode.CONFORMANT,
)
"""Of several exit codes the first of these is that of the run."""


def start(config: pytest.Config, settings: Settings, sources: str) -> Session:
    """The session of a pytest run; a wrong set-up ends the run with one clear line."""
    try:
        return Session(config, settings)
    except KitError as error:
        raise pytest.UsageError(f"{shown(error)}{sources}") from error


class Session:
    """Hooks of one run; implementations are connected when the first test asks for them."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.threads = left_threads.running()
        self.is_worker = hasattr(config, "workerinput")
        if self.is_worker:
            lifetime.follow(os.getppid())
        else:
            lifetime.follow_the_command()
            importing.keep_folder_out()
        self.is_spread = bool(
            getattr(config.option, "numprocesses", None) or config.getoption("tx", None)
        )
        self.runs: dict[str, JudgedRun] = {}
        """By their keys: what is judged by this pytest run."""
        self.exit_code = int(ExitCode.INCONCLUSIVE)
        self.finished = 0
        self.watcher: int | None = getattr(config.option, "torq_watcher", None)
        """A descriptor over which is said that the results are complete."""
        if settings["implementation"]:
            self._add_named(settings["implementation"])

    @property
    def is_reporting(self) -> bool:
        """Whether results are kept here. Who only lists the tests judges nothing."""
        return not self.is_worker and not self.config.option.collectonly

    def _add_named(self, name: str) -> None:
        run = JudgedRun("", name, self.settings, partial(_connected, name, self.settings))
        self.runs[run.key] = run
        if self.is_worker:
            numbers = getattr(self.config, "workerinput", {})[TYPES].get(run.key)
            run.registry = run.every_type.restricted_to(numbers)
        if self.is_reporting:
            run.known_failures()
            run.expect_results(self._identity(run), self._select)

    def _identity(self, run: JudgedRun) -> Identity:
        # The controller of a spread run connects only to learn who is judged, and to fail early.
        if not self.is_spread:
            return run.judge.adapter.identity
        judge = run.new_judge()
        judge.adapter.close()
        return judge.adapter.identity

    @property
    def _select(self) -> str:
        """What was selected, in words."""
        option = self.config.option
        return " and ".join(part for part in (option.keyword, option.markexpr) if part)

    def add(self, node: SuiteClass) -> None:
        """Judge the codec of a class as well; a KitError says what is wrong with it."""
        run = run_of_class(node, self.settings)
        identity = run.judge.adapter.identity
        self.runs[run.key] = node.run = run
        if self.is_reporting:
            run.expect_results(identity, self._select)

    def run_of(self, node: pytest.Item | pytest.Collector) -> JudgedRun | None:
        """What a test judges: the codec of its class, or else what the option names."""
        parent = node.getparent(SuiteClass)
        return self.runs.get("" if parent is None else parent.nodeid)

    def registry_of(self, node: pytest.Item | pytest.Collector) -> Registry | None:
        """The types that a test judges."""
        run = self.run_of(node)
        return None if run is None else run.registry

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist which types are judged: it collects before it connects."""
        node.workerinput[TYPES] = {
            key: [line.number for line in run.registry] for key, run in self.runs.items()
        }

    # Planning: every process collects all tests and counts their cases.

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the tests of golden vectors, or all others."""
        kept = [one for one in items if self._is_wanted(one)]
        if len(kept) < len(items):
            left_out = [one for one in items if not self._is_wanted(one)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = kept
        # From the plain to the involved: of a fault the first failure is reported.
        items.sort(key=self._place)

    def _is_wanted(self, item: pytest.Item) -> bool:
        run = self.run_of(item)
        function = getattr(item, "function", None)
        each, drawn = getattr(function, "torq_each", ""), getattr(function, "torq_drawn", None)
        is_vector = bool(item.get_closest_marker(VECTORS))
        is_of_suite = is_vector or drawn is not None or hasattr(function, "torq_each")
        if run is None or not is_of_suite:
            return True
        # pytest keeps one test where a test is spread over nothing.
        is_empty = bool(each) and not lines_of(run.registry, each)
        if drawn is not None:
            is_empty = not drawn.blocks(run.settings["profile"])
        return is_vector is run.settings["vectors_only"] and not is_empty

    def _place(self, item: pytest.Item) -> tuple[int, int, int, int]:
        """Where a test stands, whoever has shuffled them; tests of others come first."""
        module = _module(item)
        if not re.match(r"test_\d+_", module):
            return 0, 0, 0, 0
        run = self.run_of(item)
        number = [*self.runs].index(run.key) if run is not None else 0
        names = [*vars(importlib.import_module(f"{suite.__name__}.{module}"))]
        function = getattr(item, "originalname", item.name)
        place = names.index(function) if function in names else len(names)
        indices = getattr(getattr(item, "callspec", None), "indices", {})
        return 1 + number, chapter_number(module), place, next(iter(indices.values()), 0)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is planned."""
        for item in sorted(session.items, key=self._place):
            run = self.run_of(item)
            count = None if run is None else run.count(item)
            if run is not None and count is not None:
                run.plan[test_name(item)] = count
        for run in self.runs.values():
            if run.results is not None and not self.is_spread:
                run.results.planned_tests = run.plan

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Replace earlier results: from now on there is no way back."""
        if session.testsfailed:
            return
        try:
            for run in self.runs.values():
                if run.plan or not run.key:
                    run.begin()
        except KitError as error:
            raise pytest.UsageError(shown(error)) from error

    # Judging: where the tests run.

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Keep a record of the test and turn it into pass, fail or skip."""
        name, run = test_name(item), self.run_of(item)
        if run is None or name not in run.plan:
            return (yield)
        run.judge.start(name, run.plan[name])
        record = run.judge.record
        try:
            result = yield
        except Exception as error:
            # The kit's own: what it had judged by then is no verdict on the rest.
            why = f"the kit broke in {name}: {type(error).__name__}: {shown(error, 300)}"
            record.lost = record.lost or why
            raise
        finally:
            record.digest = run.judge.stream.hexdigest()
            item.user_properties.extend(self._properties(run, record))
        _raise_verdict(record)
        return result

    def _properties(self, run: JudgedRun, record: TestRecord) -> Iterator[tuple[str, object]]:
        """What travels with a report."""
        # As text: between processes pytest-xdist carries plain types alone, no enumerations.
        yield "torq_record", json.dumps(record.to_json())
        yield "torq_run", run.key
        if not run.has_reported_plan:
            # Once is enough: with every test it would be hundreds of times as long.
            run.has_reported_plan = True
            yield "torq_plan", run.plan
            if run.key:
                yield "torq_who", json.dumps(_who(run))

    def pytest_unconfigure(self) -> None:
        """Let go of the implementations, and of threads that they have left."""
        for run in self.runs.values():
            run.close()
        if self.settings["in_process"]:
            left_threads.end_without(self.threads, self.exit_code)

    # Results: in the process that reports.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record out of a report, and put what it says into words."""
        if not self.is_reporting:
            return
        if report.when == "call":
            self._take(report)
        elif report.failed and "" in self.runs:
            results = self.runs[""].results
            assert results is not None
            results.unasked.append(_why_not_asked(report))
        # Of each step of a test; reports that other tools write need not repeat it.
        report.user_properties = [
            (name, value) for name, value in report.user_properties if not name.startswith("torq_")
        ]

    def _take(self, report: pytest.TestReport) -> None:
        """Keep the record that travelled with a report."""
        properties: dict[str, Any] = dict(report.user_properties)
        if "torq_record" not in properties:
            return
        key = properties["torq_run"]
        if key not in self.runs:
            self.runs[key] = self._run_elsewhere(key, json.loads(properties["torq_who"]))
        record = TestRecord.from_json(json.loads(properties["torq_record"]))
        self.runs[key].take(report, record, properties.get("torq_plan", {}))

    def _run_elsewhere(self, key: str, who: Mapping[str, Any]) -> JudgedRun:
        """What a class judges that only the workers have collected."""
        run = JudgedRun(key, who["implementation"], {**self.settings, **who["settings"]}, None)
        run.registry = run.every_type.restricted_to(who["types"])
        identity = dict(who["identity"])
        identity["capabilities"] = frozenset(map(Capability, identity["capabilities"]))
        run.expect_results(Identity(**identity), self._select)
        run.begin()
        return run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Complete the results; the run is as green as they are."""
        begun = [run for run in self.runs.values() if run.has_begun]
        if begun:
            self._complete(session, exitstatus, begun)
        self.exit_code = int(session.exitstatus)

    def _complete(self, session: pytest.Session, exitstatus: int, begun: list[JudgedRun]) -> None:
        broken = self._why_broken(session, exitstatus, begun)
        problem = None
        for run in begun:
            assert run.results is not None
            if broken:
                run.results.broken.append(broken)
            else:
                run.ask_again()
            problem = run.complete() or problem
        documents = [run.document for run in begun if run.document is not None]
        code = next(one for one in SEVERITY if any(d["exit_code"] == one for d in documents))
        if problem is not None and code is not ExitCode.NOT_CONFORMANT:
            session.exitstatus = ExitCode.USAGE
            return
        are_complete = all(one["status"] == "complete" for one in documents)
        if self.watcher is not None and are_complete and problem is None:
            os.write(self.watcher, COMPLETE)
        if self._is_green(session, begun) or code is ExitCode.INCONCLUSIVE:
            session.exitstatus = code

    def _is_green(self, session: pytest.Session, begun: list[JudgedRun]) -> bool:
        """Whether nothing failed but tests of implementations whose failures are known."""
        if session.exitstatus == pytest.ExitCode.OK:
            return True
        known = [run for run in begun if run.results is not None and run.results.known is not None]
        failed = sum(run.failed for run in known)
        is_failed = session.exitstatus == pytest.ExitCode.TESTS_FAILED
        return bool(known) and is_failed and session.testsfailed == failed

    def _why_broken(self, session: pytest.Session, exitstatus: int, begun: list[JudgedRun]) -> str:
        """Why the run did not come to its end; empty where it did."""
        if exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}:
            return "the run was interrupted"
        is_green = exitstatus == pytest.ExitCode.OK
        # An interrupt at a bad moment is swallowed, and what follows looks like a whole run.
        if any(run.has_lost_records for run in begun) or (
            is_green and self.finished < session.testscollected
        ):
            return "reports of tests were lost"
        return ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self) -> None:
        """Count the tests that are over, whosesoever they are."""
        self.finished += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the run concludes."""
        for run in self.runs.values():
            if run.document is not None:
                _conclude(run, run.document, terminalreporter)


def _conclude(
    run: JudgedRun, document: Mapping[str, Any], terminal: pytest.TerminalReporter
) -> None:
    """What one implementation was found to be."""
    name = f": {shown(run.key)}" if run.key else ""
    terminal.section(f"Torq Protocol V2{name}")
    levels = document["levels"]
    if document["options"]["is_in_process"]:
        terminal.line(f"{levels['why_none']}; no level is reached")
    terminal.line(
        f"{document['conclusion']}: {document['judged']['cases']} of "
        f"{document['planned']['cases']} planned cases judged{run.where}"
    )
    for reason in document["reasons"]:
        terminal.line(f"  {shown(reason)}")
    if run.key:
        for cause in document["causes"][:CAUSES_SHOWN]:
            terminal.line(f"  {shown(cause['requirement'])}  {shown(cause['problem'])}")
    terminal.line(shown(headline(levels)))


CAUSES_SHOWN = 5
"""Causes that are named of a class among others; its results file has them all."""


def _connected(name: str, settings: Settings, registry: Registry) -> Adapter:
    return connect(
        name,
        is_in_process=settings["in_process"],
        deadline=settings["deadline"],
        registry=registry,
        is_linted=settings["lint"],
    )


def _who(run: JudgedRun) -> dict[str, Any]:
    """What the process that reports must know of a class that it has not collected."""
    identity = asdict(run.judge.adapter.identity)
    return {
        "implementation": run.implementation,
        "settings": dict(run.settings),
        "types": [line.number for line in run.registry],
        "identity": {**identity, "capabilities": sorted(identity["capabilities"])},
    }


def test_name(item: pytest.Item) -> str:
    """The name of a test without the path of its installation, wherever it was imported."""
    return f"{_module(item)}.py::{item.name}"


test_name.__test__ = False  # type: ignore[attr-defined]


def _module(item: pytest.Item) -> str:
    """The last part of the name of the module that a test was written in."""
    module = str(getattr(getattr(item, "function", None), "__module__", ""))
    return module.rpartition(".")[2] if module.startswith(suite.__name__) else item.path.stem


def _why_not_asked(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (crash.message if crash is not None else report.longreprtext).strip().splitlines()
    why = shown(lines[0]) if lines else "no reason was given"
    return f"an implementation could not be asked: {why}"


def _raise_verdict(record: TestRecord) -> None:
    if record.failures:
        # In short: the process that reports puts the record into words.
        pytest.fail(problems(record), pytrace=False)
    if record.lost:
        pytest.fail(f"inconclusive: {shown(record.lost)}", pytrace=False)
    if record.judged + record.not_claimed < record.planned:
        counts = f"{record.judged} of {record.planned} planned cases were judged"
        pytest.fail(f"inconclusive: {counts}", pytrace=False)
    if not record.planned:
        pytest.skip("the type has nothing of the kind")
    if not record.judged:
        pytest.skip("not claimed by the implementation")
