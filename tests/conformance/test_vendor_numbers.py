"""Any number of vendors may be declared, all of them too: what carries other bytes gives way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.conformance import vendor_types_at_200, vendor_types_everywhere
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.judging.together import judge_together
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of, judge_generated
from torq_conformance.vectors.judged import judge_vector
from torq_conformance.vectors.reader import published, questions_count
from torq_specs.enums import RelayDomain
from torq_specs.registry import REGISTRY, VENDOR, Registry, TlvType

MODULES = (vendor_types_at_200, vendor_types_everywhere)
WRONG = {
    vendor_types_at_200.Wrong: "LAYOUT-FUNDINGRATE",
    vendor_types_everywhere.OneWrong: "LAYOUT-OWN200",
}
TESTS = tuple(test for test in suite_tests() if not test.is_stateful)


def asked(test: SuiteTest, registry: Registry, line: TlvType | None) -> Iterable[Case | Sequence]:
    """What the quick profile asks."""
    return cases_of(test.source, registry, line, "quick")


def judged(implementation: object, registry: Registry, test: SuiteTest) -> Iterator[TestRecord]:
    """The records of a test, one for each type that it is spread over."""
    judge = Judge(InProcessAdapter(implementation, "vendor"), registry)
    for line in test.lines(registry):
        judge.start(test.name, 0)
        if test.is_generated:
            arguments = (registry,) if line is None else (registry, line)
            judge_generated(judge, test.source(*arguments), 2)
        else:
            judge_together(judge, asked(test, registry, line))
        yield judge.record


def test_what_carries_other_bytes_is_a_number_that_nobody_declared() -> None:
    assert [one.number for one in carriers(REGISTRY).all] == [*VENDOR]
    registry = registry_with(vendor_types_at_200.__name__)
    assert [one.number for one in carriers(registry).all[:3]] == [201, 202, 205]


def test_where_all_are_declared_the_freest_types_carry() -> None:
    registry = registry_with(vendor_types_everywhere.__name__)
    carrying = carriers(registry)
    assert not carrying.is_free
    assert carrying.first.line.name == "RegulatoryReport"
    assert carrying.domains == (RelayDomain.System,)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_layout_is_found_by_its_requirement(wrong: Any) -> None:
    registry = wrong.registry_of_vendor
    failures = [
        failure["requirement"]
        for test in TESTS
        if test.each == "declared" and test.names(WRONG[wrong])
        for record in judged(wrong(), registry, test)
        for failure in record.failures
    ]
    assert failures
    assert {*failures} == {WRONG[wrong]}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_vector_about_bytes_is_not_asked_where_its_type_is_declared(module: Any) -> None:
    some = [one for one in published() if one.id.startswith("tlv-vendor-type-200-")]
    assert some
    count = sum(map(questions_count, some))

    def judged_by(registry: Registry) -> TestRecord:
        judge = Judge(InProcessAdapter(module.Right(), "vendor"), registry)
        judge.start("vectors", count)
        for vector in some:
            judge_vector(judge, vector)
        return judge.record

    own = judged_by(registry_with(module.__name__))
    assert (own.failures, own.judged, own.not_claimed) == ([], 0, count)
    # The same answers are wrong where the number is nobody's.
    assert judged_by(REGISTRY).failures
