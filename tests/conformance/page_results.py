"""Results for the page: real failures of faulty codecs, judged in a second."""

from __future__ import annotations

import copy
from itertools import islice
from typing import Any

from tests.conformance.faulty import FlagsCleared, PriceUnsigned, ShortBufferRaises
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.running.results import Results
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

CHAPTERS = ("test_1_header", "test_2_checksum", "test_4_values")
CASES = 12
TYPES = ("Trade", "Quote", "OrderBook")


class Older(FlagsCleared, PriceUnsigned, ShortBufferRaises):
    """Three faults."""

    name, version = "acme-codec", "2.3.1"


class Newer(FlagsCleared):
    """One fault is left."""

    name, version = "acme-codec", "2.4.0"


def judged(codec: Any) -> dict[str, Any]:
    """The results of a codec by a few cases of each test of some chapters."""
    judge = Judge(InProcessAdapter(codec, "x"))
    who = {
        "given_as": "python:my_package.codec:Codec",
        "name": codec.name,
        "version": codec.version,
        "language": "Python",
        "capabilities": sorted(codec.capabilities),
    }
    made = Results(who, {"level": "must", "profile": "standard"}, {"kit": "0.1.0"})
    for test in suite_tests():
        if test.chapter not in CHAPTERS or test.is_generated or test.is_stateful:
            continue
        for line in test.lines(REGISTRY):
            if line is not None and line.name not in TYPES:
                continue
            cases = [*islice(cases_of(test.source, REGISTRY, line), CASES)]
            of = f"[{line.name}]" if line is not None else ""
            name = f"{test.chapter}.py::{test.name}{of}"
            judge.start(name, len(cases))
            for case in cases:
                judge.judge(case)
            made.planned_tests[name] = len(cases)
            made.records[name] = copy.deepcopy(judge.record)
    return made.document()


def with_causes(document: dict[str, Any], count: int) -> dict[str, Any]:
    """The same with so many causes, each with a failure of its own."""
    whole = copy.deepcopy(document)
    failures = {one["id"]: one for one in document["failures"]}
    kept = [one for one in document["causes"] if one["example"] in failures]
    whole["causes"], whole["failures"] = [], []
    for number in range(1, count + 1):
        cause = copy.deepcopy(kept[number % len(kept)])
        failure = copy.deepcopy(failures[cause["example"]])
        failure["id"] = f"{number:010x}"
        cause |= {"id": f"C{number}", "example": failure["id"]}
        whole["causes"].append(cause)
        whole["failures"].append(failure)
    return whole
