"""One implementation that a pytest run judges: who, what is planned, what came out of it.

A pytest run may judge several: the one that an option names, and a class for each
``conformance_suite``. Under pytest-xdist the judging happens in the workers, and the process that
reports keeps the results.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.implementations.claimed_types import claimed_registry
from torq_conformance.implementations.protocol import Adapter, Identity
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.report import output_file
from torq_conformance.report.foreign_text import NAME_MAX, shown
from torq_conformance.running import provenance
from torq_conformance.running.flaky import flaky_among
from torq_conformance.running.in_words import Words
from torq_conformance.running.known_failures import KnownFailures, read
from torq_conformance.running.results import Results, types_to_json
from torq_conformance.running.results_file import Channel, ResultsFile, Sink
from torq_conformance.suite.catalog import drawn_names, suite_tests
from torq_conformance.suite.checks import count_of
from torq_specs.registry import Registry

PAGE_HINT = "Name another one with --torq-html."

EXAMPLES = {"quick": 10, "standard": 200, "exhaustive": 2000}
"""Generated cases per test by profile."""

Settings = Mapping[str, Any]
"""Values by the names of the options of the plugin."""

Connect = Callable[[Registry], Adapter]
"""Makes an adapter to the implementation."""


class JudgedRun:
    """What is asked of one implementation within a pytest run, and what comes of it.

    ``connect`` is None where the implementation is out of reach: in the process that reports, if it
    is a class that only the workers have collected.
    """

    def __init__(
        self, key: str, implementation: str, settings: Settings, connect: Connect | None
    ) -> None:
        self.key = key
        """Empty for the implementation that an option names, else the node id of a class."""
        self.implementation = implementation
        self.settings = settings
        self.every_type: Registry = registry_with(settings["vendor_specs"])
        self.registry = self.every_type
        """The types that are judged; narrowed to what is claimed when that is known."""
        self.connect = connect
        self.plan: dict[str, int] = {}
        self.has_reported_plan = False
        self.results: Results | None = None
        self.sink: Sink | None = None
        self.document: dict[str, Any] | None = None
        """What was kept in the end."""
        self.has_begun = False
        self.reported: set[str] = set()
        """Tests of the suite whose records have come."""
        self.failed = 0
        """Tests of the suite that failed."""
        self.words = Words()
        self._judge: Judge | None = None

    @property
    def judge(self) -> Judge:
        """The judge of this process."""
        if self._judge is None:
            self._judge = self.new_judge()
        return self._judge

    def new_judge(self, *, is_narrowed: bool = True) -> Judge:
        """A judge with a connection of its own; ``is_narrowed``: by what is claimed."""
        assert self.connect is not None
        adapter = self.connect(self.every_type)
        if is_narrowed:
            asked_for = self.settings["types"]
            self.registry = claimed_registry(adapter.identity, self.every_type, asked_for)
        return Judge(adapter, self.registry, self.settings["seed"], self.settings["profile"])

    def close(self) -> None:
        """Let go of the implementation."""
        if self._judge is not None:
            self._judge.adapter.close()

    # What is planned.

    def count(self, item: pytest.Item) -> int | None:
        """How many cases a test asks; None: it is none of the suite's."""
        function = getattr(item, "function", None)
        if hasattr(function, "torq_source"):
            return self._count_of_source(item, function)
        if hasattr(function, "torq_drawn"):
            return int(item.callspec.params["block"].count)  # type: ignore[attr-defined]
        if item.get_closest_marker("torq_vectors"):
            return int(item.callspec.params["group"].questions_count)  # type: ignore[attr-defined]
        return None

    def _count_of_source(self, item: pytest.Item, function: Any) -> int:
        profile = self.settings["profile"]
        if function.torq_generated:
            # A test of one type draws half as many as a test of them all.
            examples = EXAMPLES[profile]
            # A run of a state machine asks many times.
            examples //= 10 if function.torq_stateful else 1
            return max(examples // 2, 1) if function.torq_each else examples
        line = item.callspec.params.get("line") if hasattr(item, "callspec") else None
        return count_of(function.torq_source, self.registry, line, profile)

    @property
    def is_part(self) -> bool:
        """Whether something was planned, but not all that the suite has."""
        assert self.results is not None
        profile = self.settings["profile"]
        everything = {
            f"{test.chapter}.py::{test.name}" + (f"[{line.name}]" if line is not None else "")
            for test in suite_tests()
            for line in test.lines(self.registry, profile)
        }
        everything.update(drawn_names(profile))
        planned = self.results.planned_tests
        return bool(planned) and not everything <= set(planned)

    # What came of it, in the process that reports.

    def expect_results(self, identity: Identity, select: str) -> None:
        """Be ready to keep results; a KitError says what hinders it."""
        channel = self.settings["channel"]
        if channel is not None:
            self.sink = Channel(channel)
        else:
            self.sink = ResultsFile(Path(self.settings["results"]))
        if self.settings["html"]:
            output_file.check(Path(self.settings["html"]), PAGE_HINT)
        self.results = Results(
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
                "profile": self.settings["profile"],
                "seed": self.settings["seed"],
                "level": self.settings["level"],
                "deadline": self.settings["deadline"],
                "is_in_process": self.settings["in_process"],
                "is_linted": self.settings["lint"],
                "vendor_specs": self.settings["vendor_specs"],
                "vectors_only": self.settings["vectors_only"],
                "select": select,
                "is_part": False,
            },
            provenance.about(self.registry),
            self.registry,
            known=self.known_failures(),
        )

    def known_failures(self) -> KnownFailures | None:
        """The failures that somebody has given a reason for."""
        path = self.settings["known_failures"]
        return None if path is None else read(Path(path), self.every_type)

    def begin(self) -> None:
        """Replace earlier results: from now on there is no way back."""
        if self.has_begun or self.results is None or self.sink is None:
            return
        self.sink.begin(self.results.beginning())
        self.has_begun = True

    def take(self, report: pytest.TestReport, record: TestRecord, plan: Mapping[str, int]) -> None:
        """Keep the record that travelled with a report, and put what it says into words."""
        assert self.results is not None
        self.reported.add(record.test)
        earlier = self.results.records.get(record.test)
        # A test may be run again, or by every worker: what was wrong once stays wrong.
        if earlier is None or not _is_worse(earlier, record):
            self.results.records[record.test] = record
        self.results.planned_tests = {**self.results.planned_tests, **plan}
        self.failed += report.failed
        if record.failures:
            words = self.words.of(record, self.registry, self.implementation)
            report.longrepr = words  # type: ignore[assignment]

    @property
    def has_lost_records(self) -> bool:
        """Whether a report came and its record was not kept."""
        return self.results is not None and len(self.reported) > len(self.results.records)

    def ask_again(self) -> None:
        """Find out which failures are flaky: the same question is answered otherwise."""
        assert self.results is not None
        examples = self.results.examples()
        if not examples or self.connect is None:
            return
        judge = self.new_judge()
        try:
            self.results.flaky = flaky_among(examples, judge)
        finally:
            judge.adapter.close()

    def complete(self) -> KitError | None:
        """Keep what the run has found; what hinders it."""
        assert self.results is not None
        assert self.sink is not None
        self.results.options["is_part"] = self.is_part
        self.document = self.results.document()
        try:
            self.sink.complete(self.document)
            self._write_page(self.document)
        except KitError as error:
            sys.stderr.write(f"\n{shown(error)}\n")
            return error
        return None

    def _write_page(self, document: dict[str, Any]) -> None:
        """Write the page, where one was asked for."""
        path = self.settings["html"]
        if not path:
            return
        from torq_conformance.report.page import page
        from torq_conformance.report.readable import readable

        name = str(self.sink.path) if isinstance(self.sink, ResultsFile) else "results"
        with readable([name]):
            text = page.render({name: document}, registry=self.every_type)
            output_file.write(Path(path), text, PAGE_HINT)

    @property
    def where(self) -> str:
        """Where the results are, in words."""
        if not isinstance(self.sink, ResultsFile):
            return ""
        return f", results in {self.sink.path}\n{self.sink.notice}".rstrip()


def _is_worse(one: TestRecord, other: TestRecord) -> bool:
    """Whether the first of two records of one test says something worse than the second."""
    return _badness(one) > _badness(other)


def _badness(record: TestRecord) -> tuple[bool, bool]:
    return bool(record.failures), bool(record.lost)
