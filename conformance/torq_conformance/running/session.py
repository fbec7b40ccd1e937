"""One run of the suite inside pytest: plans, judges, and keeps the results file.

Under pytest-xdist the judging happens in the workers and the results are kept by the controller;
a record of each test travels with its report. Without xdist one process does both.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from torq_conformance import suite
from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.protocol import Identity
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.levels import headline
from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.verdicts import rule_of
from torq_conformance.model import importing
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.report import output_file
from torq_conformance.report.failures import failure_text
from torq_conformance.report.foreign_text import NAME_MAX, shown
from torq_conformance.running import left_threads, lifetime, provenance
from torq_conformance.running.flaky import flaky_among
from torq_conformance.running.known_failures import KnownFailures, read
from torq_conformance.running.results import COMPLETE, ExitCode, Results, types_to_json
from torq_conformance.running.results_file import Channel, ResultsFile, Sink
from torq_conformance.suite.catalog import chapter_number, drawn_names, suite_tests
from torq_conformance.suite.checks import count_of, lines_of
from torq_specs.registry import Registry

PAGE_HINT = "Name another one with --torq-html."

TYPES = "torq_types"
"""The numbers of the types that are judged, among what a worker of pytest-xdist is given."""

VECTORS = "torq_vectors"
"""The mark of tests of golden vectors."""

EXAMPLES = {"quick": 10, "standard": 200, "exhaustive": 2000}
"""Generated cases per test by profile."""


def start(config: pytest.Config) -> Session:
    """The session of a pytest run; a wrong set-up ends the run with one clear line."""
    try:
        return Session(config)
    except KitError as error:
        raise pytest.UsageError(shown(error)) from error


class Session:
    """Hooks of one run; ``judge`` is made when the first test asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.threads = left_threads.running()
        self.implementation: str = config.getoption("--torq-implementation")
        self.every_type: Registry = registry_with(config.getoption("--torq-vendor-specs"))
        self.registry = self.every_type
        """The types that are judged; narrowed to what is claimed when that is known."""
        self.is_worker = hasattr(config, "workerinput")
        if self.is_worker:
            self.registry = self.registry.restricted_to(getattr(config, "workerinput", {})[TYPES])
        if self.is_worker:
            lifetime.follow(os.getppid())
        else:
            lifetime.follow_the_command()
            importing.keep_folder_out()
        self.is_spread = bool(
            getattr(config.option, "numprocesses", None) or config.getoption("tx", None)
        )
        self.known = self._known_failures()
        self.failed_of_suite = 0
        """Tests of the suite that failed, among all that did."""
        self.plan: dict[str, int] = {}
        self.has_reported_plan = False
        self.words_room = WORDS_MAX
        self._judge: Judge | None = None
        self.results: Results | None = None
        self.document: dict[str, Any] | None = None
        """What was kept in the end."""
        self.exit_code = int(ExitCode.INCONCLUSIVE)
        self.sink: Sink | None = None
        self.has_begun = False
        self.reported = 0
        """Tests of the suite whose records have come."""
        self.finished = 0
        self.watcher: int | None = getattr(config.option, "torq_watcher", None)
        """A descriptor over which is said that the results are complete."""
        # Who only lists the tests judges nothing, and no earlier results are lost.
        if not self.is_worker and not config.option.collectonly:
            self.sink = self._new_sink()
            if config.getoption("--torq-html"):
                output_file.check(Path(config.getoption("--torq-html")), PAGE_HINT)
            self.results = self._new_results(self._identity())

    def _known_failures(self) -> KnownFailures | None:
        path = self.config.getoption("--torq-known-failures")
        return None if path is None or self.is_worker else read(Path(path), self.every_type)

    def _connect(self) -> Judge:
        option = self.config.getoption
        adapter = connect(
            self.implementation,
            is_in_process=option("--torq-in-process"),
            deadline=option("--torq-deadline"),
            registry=self.every_type,
            is_linted=option("--torq-lint"),
        )
        if not self.is_worker:
            asked_for = option("--torq-types")
            self.registry = claimed_registry(adapter.identity, self.every_type, asked_for)
        profile = option("--torq-profile")
        return Judge(adapter, self.registry, option("--torq-seed"), profile)

    def _identity(self) -> Identity:
        # The controller of a spread run connects only to learn who is judged, and to fail early.
        if not self.is_spread:
            return self.judge.adapter.identity
        judge = self._connect()
        judge.adapter.close()
        return judge.adapter.identity

    @property
    def judge(self) -> Judge:
        """The judge of this process."""
        if self._judge is None:
            self._judge = self._connect()
        return self._judge

    def _new_sink(self) -> Sink:
        channel = self.config.getoption("--torq-channel")
        if channel is not None:
            return Channel(channel)
        return ResultsFile(Path(self.config.getoption("--torq-results")))

    def _new_results(self, identity: Identity) -> Results:
        option = self.config.getoption
        return Results(
            {
                "given_as": self.implementation,
                "name": shown(identity.name, NAME_MAX),
                "version": shown(identity.version, NAME_MAX),
                "language": shown(identity.language, NAME_MAX),
                "capabilities": sorted(identity.capabilities),
                **types_to_json(self.registry),
                "files": provenance.files_of(self.implementation),
            },
            {
                "profile": option("--torq-profile"),
                "seed": option("--torq-seed"),
                "level": option("--torq-level"),
                "deadline": option("--torq-deadline"),
                "is_in_process": option("--torq-in-process"),
                "is_linted": option("--torq-lint"),
                "vendor_specs": option("--torq-vendor-specs"),
                "vectors_only": option("--torq-vectors-only"),
                "select": self.config.option.keyword,
                "is_part": False,
            },
            provenance.about(self.registry),
            self.registry,
            known=self.known,
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist which types are judged: it collects before it connects."""
        node.workerinput[TYPES] = [line.number for line in self.registry]

    # Planning: every process collects all tests and counts their cases.

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the tests of golden vectors, or all others."""
        is_wanted = bool(config.getoption("--torq-vectors-only"))
        kept = [one for one in items if self._is_wanted(one, is_wanted)]
        if len(kept) < len(items):
            left_out = [one for one in items if not self._is_wanted(one, is_wanted)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = kept
        # From the plain to the involved: of a fault the first failure is reported.
        items.sort(key=_chapter)

    def _is_wanted(self, item: pytest.Item, are_vectors: bool) -> bool:
        is_vector = bool(item.get_closest_marker(VECTORS))
        function = getattr(item, "function", None)
        each, drawn = getattr(function, "torq_each", ""), getattr(function, "torq_drawn", None)
        # pytest keeps one test where a test is spread over nothing.
        is_empty = bool(each) and not lines_of(self.registry, each)
        if drawn is not None:
            is_empty = not drawn.blocks(self.config.getoption("--torq-profile"))
        return is_vector is are_vectors and not is_empty

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is planned."""
        for item in session.items:
            function = getattr(item, "function", None)
            if function is not None and hasattr(function, "torq_source"):
                self.plan[test_name(item)] = self._count(item, function)
            elif hasattr(function, "torq_drawn"):
                self.plan[test_name(item)] = item.callspec.params["block"].count  # type: ignore[attr-defined]
            elif item.get_closest_marker(VECTORS):
                group = item.callspec.params["group"]  # type: ignore[attr-defined]
                self.plan[test_name(item)] = group.questions_count
        if self.results is not None and not self.is_spread:
            self.results.planned_tests = self.plan

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Replace earlier results: from now on there is no way back."""
        if self.results is None or self.sink is None or session.testsfailed:
            return
        try:
            self.sink.begin(self.results.beginning())
        except KitError as error:
            raise pytest.UsageError(shown(error)) from error
        self.has_begun = True

    def _count(self, item: pytest.Item, function: Any) -> int:
        if function.torq_generated:
            # A test of one type draws half as many as a test of them all.
            examples = EXAMPLES[self.config.getoption("--torq-profile")]
            # A run of a state machine asks many times.
            examples //= 10 if function.torq_stateful else 1
            return max(examples // 2, 1) if function.torq_each else examples
        line = item.callspec.params.get("line") if hasattr(item, "callspec") else None
        profile = self.config.getoption("--torq-profile")
        return count_of(function.torq_source, self.registry, line, profile)

    # Judging: where the tests run.

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Keep a record of the test and turn it into pass, fail or skip."""
        name = test_name(item)
        if name not in self.plan:
            return (yield)
        self.judge.start(name, self.plan[name])
        record = self.judge.record
        try:
            result = yield
        except Exception as error:
            # The kit's own: what it had judged by then is no verdict on the rest.
            why = f"the kit broke in {name}: {type(error).__name__}: {shown(error, 300)}"
            record.lost = record.lost or why
            raise
        finally:
            record.digest = self.judge.stream.hexdigest()
            # As text: between processes pytest-xdist carries plain types alone, no enumerations.
            item.user_properties.append(("torq_record", json.dumps(record.to_json())))
            if not self.has_reported_plan:
                # Once is enough: with every test it would be hundreds of times as long.
                item.user_properties.append(("torq_plan", self.plan))
                self.has_reported_plan = True
        _raise_verdict(record)
        return result

    def pytest_unconfigure(self) -> None:
        """Let go of the implementation, and of threads that it has left."""
        if self._judge is not None:
            self._judge.adapter.close()
        if self.config.getoption("--torq-in-process"):
            left_threads.end_without(self.threads, self.exit_code)

    # Results: in the process that reports.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record out of a report, and put what it says into words."""
        if self.results is None:
            return
        if report.when == "call":
            self._take(report)
        elif report.failed:
            self.results.unasked.append(_why_not_asked(report))
        # Of each step of a test; reports that other tools write need not repeat it.
        report.user_properties = [
            (name, value) for name, value in report.user_properties if not name.startswith("torq_")
        ]

    def _take(self, report: pytest.TestReport) -> None:
        """Keep the record that travelled with a report."""
        assert self.results is not None
        properties: dict[str, Any] = dict(report.user_properties)
        if "torq_record" not in properties:
            return
        self.reported += 1
        record = TestRecord.from_json(json.loads(properties["torq_record"]))
        self.results.records[record.test] = record
        self.results.planned_tests = properties.get("torq_plan", self.results.planned_tests)
        self.failed_of_suite += report.failed
        if record.failures:
            report.longrepr = self._in_words(record)  # type: ignore[assignment]

    def _in_words(self, record: TestRecord) -> InWords:
        count = sum(tally.failed for tally in record.tallies.values())
        counted = f"{count} of {record.judged} judged cases failed"
        if self.words_room <= 0:
            # Reports of other tools stay small enough to be opened: the first ones say enough.
            return InWords(_problems(record), f"{counted}; the results file has its causes")
        texts = [
            failure_text(one, rule_of(one["requirement"], self.registry), self.implementation)
            for one in record.failures[:FAILURES_IN_WORDS]
        ]
        more = len(record.signatures) - len(texts)
        if more > 0:
            texts.append(f"... and {more} more ways of being wrong; the results file has them all")
        text = "\n\n".join([*texts, counted])
        self.words_room -= len(text)
        return InWords(_problems(record), text)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Complete the results; the run is as green as they are."""
        self._complete(session, exitstatus)
        self.exit_code = int(session.exitstatus)

    def _ask_again(self) -> None:
        """Find out which failures are flaky: the same question is answered otherwise."""
        assert self.results is not None
        examples = self.results.examples()
        if not examples:
            return
        judge = self._connect()
        try:
            self.results.flaky = flaky_among(examples, judge)
        finally:
            judge.adapter.close()

    def _complete(self, session: pytest.Session, exitstatus: int) -> None:
        if self.results is None or self.sink is None or not self.has_begun:
            return
        if exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}:
            self.results.broken.append("the run was interrupted")
        elif self._has_lost_reports(session, exitstatus):
            # An interrupt at a bad moment is swallowed, and what follows looks like a whole run.
            self.results.broken.append("reports of tests were lost")
        else:
            self._ask_again()
        self.results.options["is_part"] = self._is_part()
        self.document = document = self.results.document()
        try:
            self.sink.complete(document)
            self._write_page(document)
        except KitError as error:
            sys.stderr.write(f"\n{shown(error)}\n")
            if document["exit_code"] != ExitCode.NOT_CONFORMANT:
                session.exitstatus = ExitCode.USAGE
                return
        if self.watcher is not None and document["status"] == "complete":
            os.write(self.watcher, COMPLETE)
        is_green = session.exitstatus == pytest.ExitCode.OK
        # Tests of known failures fail, and nothing else has.
        is_known = self.known is not None and session.testsfailed == self.failed_of_suite
        is_green = is_green or (is_known and session.exitstatus == pytest.ExitCode.TESTS_FAILED)
        if is_green or document["exit_code"] == ExitCode.INCONCLUSIVE:
            session.exitstatus = document["exit_code"]

    def _write_page(self, document: dict[str, Any]) -> None:
        """Write the page, where one was asked for."""
        path = self.config.getoption("--torq-html")
        if not path:
            return
        from torq_conformance.report.page import page
        from torq_conformance.report.readable import readable

        name = str(self.sink.path) if isinstance(self.sink, ResultsFile) else "results"
        with readable([name]):
            output_file.write(
                Path(path), page.render({name: document}, registry=self.every_type), PAGE_HINT
            )

    def _has_lost_reports(self, session: pytest.Session, exitstatus: int) -> bool:
        assert self.results is not None
        if self.reported > len(self.results.records):
            return True
        is_green = exitstatus == pytest.ExitCode.OK
        return is_green and self.finished < session.testscollected

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self) -> None:
        """Count the tests that are over, whosesoever they are."""
        self.finished += 1

    def _is_part(self) -> bool:
        """Whether something was planned, but not all that the suite has."""
        assert self.results is not None
        profile = self.config.getoption("--torq-profile")
        everything = {
            f"{test.chapter}.py::{test.name}" + (f"[{line.name}]" if line is not None else "")
            for test in suite_tests()
            for line in test.lines(self.registry, profile)
        }
        everything.update(drawn_names(profile))
        return bool(self.results.planned_tests) and not everything <= set(
            self.results.planned_tests
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the run concludes."""
        if self.results is None or self.document is None:
            return
        document = self.document
        terminalreporter.section("Torq Protocol V2")
        levels = document["levels"]
        if document["options"]["is_in_process"]:
            terminalreporter.line(f"{levels['why_none']}; no level is reached")
        terminalreporter.line(
            f"{document['conclusion']}: {document['judged']['cases']} of "
            f"{document['planned']['cases']} planned cases judged{self._where()}"
        )
        for reason in document["reasons"]:
            terminalreporter.line(f"  {shown(reason)}")
        terminalreporter.line(shown(headline(levels)))

    def _where(self) -> str:
        if not isinstance(self.sink, ResultsFile):
            return ""
        return f", results in {self.sink.path}\n{self.sink.notice}".rstrip()


WORDS_MAX = 500_000
"""Characters of failures in words that pytest, and the reports of its plugins, are given."""

PROBLEM_MAX = 200
"""Characters of one problem in a line of pytest's summary."""

FAILURES_IN_WORDS = 3
"""Failures of one test that pytest shows in words; the results file has every cause."""


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


def _chapter(item: pytest.Item) -> int:
    """The number of an item's chapter; 0 for tests that are not the suite's."""
    module = _module(item)
    return chapter_number(module) if re.match(r"test_\d+_", module) else 0


@dataclass(frozen=True)
class InWords:
    """What pytest shows of a failed test: one line in its summary, the text in its report."""

    message: str
    text: str

    @property
    def reprcrash(self) -> InWords:
        """Where pytest looks for ``message``."""
        return self

    def toterminal(self, writer: Any) -> None:
        """Write the text as pytest writes a traceback."""
        writer.line(self.text)

    def __str__(self) -> str:
        return self.text


def _problems(record: TestRecord) -> str:
    """Requirements and problems, in one line."""
    some = record.failures[:FAILURES_IN_WORDS]
    problems = dict.fromkeys(
        f"{one['requirement']}: {shown(one['problem'], PROBLEM_MAX)}" for one in some
    )
    return "; ".join(problems)


def _raise_verdict(record: TestRecord) -> None:
    if record.failures:
        # In short: the process that reports puts the record into words.
        pytest.fail(_problems(record), pytrace=False)
    if record.lost:
        pytest.fail(f"inconclusive: {shown(record.lost)}", pytrace=False)
    if record.judged + record.not_claimed < record.planned:
        counts = f"{record.judged} of {record.planned} planned cases were judged"
        pytest.fail(f"inconclusive: {counts}", pytrace=False)
    if not record.planned:
        pytest.skip("the type has nothing of the kind")
    if not record.judged:
        pytest.skip("not claimed by the implementation")
