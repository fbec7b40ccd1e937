"""Every question to vendors who declared some of their numbers, and to one who declared all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conformance.test_vendor_numbers import MODULES, TESTS, WRONG, asked, judged
from torq_conformance.cases.case import Case, Sequence
from torq_conformance.cli import main
from torq_conformance.implementations.protocol import Operation
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.suite.catalog import SuiteTest
from torq_specs.registry import Registry

ENUMERATED = tuple(test for test in TESTS if not test.is_generated)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_a_right_implementation_passes(test: SuiteTest, module: Any) -> None:
    registry = registry_with(module.__name__)
    for record in judged(module.Right(), registry, test):
        assert not record.failures, record.failures[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("test", ENUMERATED, ids=lambda test: test.name)
def test_no_question_gives_bytes_for_a_declared_type(test: SuiteTest, module: Any) -> None:
    registry = registry_with(module.__name__)
    for line in test.lines(registry):
        for case in asked(test, registry, line):
            assert not [*_bytes_of_declared(case, registry)], case.label


def _bytes_of_declared(case: Case | Sequence, registry: Registry) -> Iterator[int]:
    for request in case.requests:
        if request.operation in {Operation.ENCODE, Operation.VALIDATE}:
            message: Any = request.argument
            for tlv in message["tlvs"]:
                line = registry.get(tlv["type"])
                if line is not None and line.layout and isinstance(tlv["value"], bytes):
                    yield tlv["type"]


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("name", ["Right", "wrong"])
def test_a_whole_quick_run_ends_as_it_must(name: str, module: Any, tmp_path: Path) -> None:
    (wrong,) = (one for one in WRONG if one.__module__ == module.__name__)
    cls = module.Right if name == "Right" else wrong
    command = ["run", f"python:{module.__name__}:{cls.__name__}", "--profile", "quick", "-n", "1"]
    command += ["--vendor-specs", module.__name__, "--results", str(tmp_path / "results.json")]
    done = CliRunner().invoke(main, command)
    if name == "Right":
        assert done.exit_code == 0, done.output
        assert "no failure in the quick profile" in done.output
    else:
        assert done.exit_code == 1, done.output
        assert f"failed: {WRONG[wrong]}\n" in done.output
