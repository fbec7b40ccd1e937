"""Each faulty implementation fails, by the requirement that its first docstring words name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import faulty
from torq_conformance import Rejected
from torq_conformance.cases import messages, strategies
from torq_conformance.cases.bundle import case_of
from torq_conformance.cases.case import decode
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.reference import Reference
from torq_conformance.report.failures import failure_text
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of, judge_generated
from torq_specs.registry import REGISTRY
from torq_specs.requirements import requirements

FAULTY = {
    name: value
    for name, value in vars(faulty).items()
    if isinstance(value, type)
    and value.__module__ == faulty.__name__
    and ": " in str(value.__doc__)
}


def records(implementation: Any, requirement: str) -> list[TestRecord]:
    """What the enumerated tests that name a requirement find."""
    judge = Judge(InProcessAdapter(implementation, "faulty"))
    found = []
    for test in suite_tests():
        if test.names(requirement) and not test.is_generated:
            for line in test.lines(judge.registry):
                if requirement.startswith("LAYOUT-") and line != judge.registry[1]:
                    continue
                judge.start(test.name, 0)
                judge.judge_all(cases_of(test.source, judge.registry, line))
                found.append(judge.record)
    return found


def about(requirement: str) -> str:
    """Context shows in every test that refuses; the checksum's are the fewest."""
    return "TLV-TRUNCATED" if requirement == "ERR-CONTEXT-MUST" else requirement


@pytest.mark.parametrize("name", FAULTY)
def test_the_fault_is_found_and_named(name: str) -> None:
    requirement = str(FAULTY[name].__doc__).partition(":")[0]
    found = records(FAULTY[name](), about(requirement))
    failed = {id_ for record in found for id_, tally in record.tallies.items() if tally.failed}
    assert requirement in failed


def in_words(failure: dict[str, Any]) -> str:
    return failure_text(failure, requirements()[failure["requirement"]], "faulty")


def test_there_are_at_least_ten_of_them() -> None:
    assert len(FAULTY) >= 10


@pytest.mark.parametrize("name", FAULTY)
def test_the_reference_passes_where_they_fail(name: str) -> None:
    requirement = str(FAULTY[name].__doc__).partition(":")[0]
    assert all(not record.failures for record in records(Reference(), about(requirement)))


def test_a_failure_tells_everything_that_is_needed_to_mend_it() -> None:
    (record, *_) = records(faulty.FlagsCleared(), "HDR-FLAGS")
    text = in_words(record.failures[0])
    assert "HDR-FLAGS (MUST, section 2): flags are carried through unchanged" in text
    assert "sent     decode 32 bytes" in text
    assert "expected" in text
    assert "got" in text
    assert "header.flags" in text
    assert "ef be ad de 01 01 01 10  11 22 33 44" in text
    assert "^^" in text
    assert f"torq-conformance replay {record.failures[0]['id']} faulty" in text


def test_a_wrong_encoding_shows_both_dumps_and_the_first_wrong_field() -> None:
    found = records(faulty.ChecksumZero(), "CHK-VALUE")
    text = in_words(found[0].failures[0])
    assert "first in header.checksum" in text
    assert text.count("000010") == 2


def test_every_suite_test_is_found() -> None:
    tests: tuple[SuiteTest, ...] = suite_tests()
    assert len({(test.chapter, test.name) for test in tests}) == len(tests) > 30


class SeenBefore(Reference):
    """Gives no TLVs of a message that it has seen before."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        if data in self.seen:
            message["tlvs"] = []
        self.seen.add(data)
        return message


def test_what_is_right_alone_is_attributed_to_earlier_calls_and_ends_the_search() -> None:
    judge = Judge(InProcessAdapter(SeenBefore(), "faulty", SeenBefore))
    judge.start("drawn", 200)
    judge_generated(judge, strategies.cases("RT-VALUE", REGISTRY), 200)
    (failure,) = judge.record.failures
    assert failure["requirement"] == "STATE-INDEPENDENT"
    assert "right when asked alone, but after one other call: " in failure["problem"]
    assert judge.record.tallies["STATE-INDEPENDENT"].failed == 1
    assert judge.remembers


class TenthFlagLost(Reference):
    """After a refusal the next answer but two loses its flags."""

    def __init__(self) -> None:
        super().__init__()
        self.since: int | None = None

    def decode(self, data: bytes) -> dict[str, Any]:
        if self.since is not None:
            self.since += 1
        try:
            message = super().decode(data)
        except Rejected:
            self.since = 0
            raise
        if self.since == 3:
            message["header"]["flags"] = 0
        return message


def test_the_shortest_row_of_calls_is_kept_and_repeats_the_failure() -> None:
    judge = Judge(InProcessAdapter(TenthFlagLost(), "faulty", TenthFlagLost))
    judge.start("framing", 0)
    (test,) = (test for test in suite_tests() if test.name == "test_cut_tlvs_are_refused")
    judge.judge_all(cases_of(test.source, REGISTRY, None))
    judge.judge_all(decode("HDR-FLAGS", f"good {n}", messages.wire(b"")) for n in range(9))
    (failure,) = judge.record.failures
    assert failure["requirement"] == "STATE-INDEPENDENT"
    assert "after 3 other calls" in failure["problem"]
    case = case_of(failure["case"], REGISTRY)
    assert len(case.requests) == 4
    assert [call["is_wrong"] for call in failure["row"]] == [False, False, False, True]
    rule = requirements(REGISTRY)["STATE-INDEPENDENT"]
    told = failure_text(failure, rule, "mine").splitlines()
    assert [line.strip().split()[0] for line in told[4:8]] == ["in", "2.", "3.", "4."]
    assert told[7].endswith("4. decode 32 bytes  <- this answer")
    for kind, is_right in ((TenthFlagLost, False), (Reference, True)):
        again = Judge(InProcessAdapter(kind(), "again", kind))
        again.start("replay", 0)
        assert again.judge(case) is is_right


def test_what_is_wrong_alone_is_not_attributed_to_earlier_calls() -> None:
    found = records(faulty.FlagsCleared(), "HDR-FLAGS")
    assert all(f["requirement"] == "HDR-FLAGS" for r in found for f in r.failures)
