"""Requirements and suite belong together: each has the other."""

from __future__ import annotations

import pytest

from torq_conformance.suite.catalog import SuiteTest, suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.instrument_id import OPERATIONS
from torq_specs.registry import REGISTRY
from torq_specs.requirements import ID_REQUIREMENTS, NOT_TESTED, Level, requirements

REFUSALS = {"ERR-NO-CRASH", "ERR-CONTEXT-MUST", "ERR-CONTEXT-SHOULD"}
"""Judged by every refusal, whatever its test names."""


@pytest.mark.parametrize("id_", requirements())
def test_every_requirement_has_a_test(id_: str) -> None:
    assert id_ in REFUSALS or any(test.names(id_) for test in suite_tests())


@pytest.mark.parametrize("test", suite_tests(), ids=lambda test: test.name)
def test_every_test_names_requirements_that_exist(test: SuiteTest) -> None:
    assert test.requirements
    for pattern in test.requirements:
        assert any(test.names(id_) for id_ in requirements()), pattern


@pytest.mark.parametrize(
    "test", [test for test in suite_tests() if not test.is_generated], ids=lambda test: test.name
)
def test_cases_are_about_what_their_test_names(test: SuiteTest) -> None:
    for line in test.lines(REGISTRY):
        labels = set()
        for case in cases_of(test.source, REGISTRY, line):
            assert test.names(case.requirement), case
            assert case.label not in labels, case.label
            labels.add(case.label)


def test_every_requirement_says_what_and_how_binding() -> None:
    for id_, requirement in requirements().items():
        assert id_ == id_.upper()
        assert requirement.text.endswith(".")
        assert requirement.level in Level
        assert int(requirement.section) in {*range(1, 11), 12}


def test_what_is_not_tested_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in NOT_TESTED.values())


def test_every_operation_on_ids_has_its_requirement() -> None:
    assert ID_REQUIREMENTS.keys() == OPERATIONS.keys()
    assert set(ID_REQUIREMENTS.values()) | {"IID-REFUSAL"} == {
        one for one in requirements() if one.startswith("IID-")
    }
