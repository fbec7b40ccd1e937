"""Each test of each domain is one test of pytest; what is judged is what the command judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from torq_conformance.relay.session import RelayRun, claims_of
from torq_conformance.report.failures import failure_text
from torq_conformance.running.results_file import ResultsFile
from torq_specs.requirements import relay_requirements


def run_of(config: pytest.Config) -> RelayRun:
    """The run that the command line asks for."""
    option = config.getoption
    return RelayRun(
        option("--torq-relay"),
        claims_of(option("--torq-relay-claims")),
        profile=option("--torq-profile"),
        seed=option("--torq-seed"),
        deadline=option("--torq-deadline"),
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each that is planned; none where no relay is named."""
    if not metafunc.config.getoption("--torq-relay"):
        metafunc.parametrize("planned", [])
        return
    planned = [*run_of(metafunc.config).plan()]
    metafunc.parametrize("planned", planned, ids=[name for _, name, _, _ in planned])


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """The run and its results, which are written at the end."""
    run = run_of(request.config)
    outcome = run.results()
    outcome.options["is_part"] = True
    whole = {name for _, name, _, _ in run.plan()}
    file = ResultsFile(Path(request.config.getoption("--torq-results")))
    file.begin(outcome.beginning())
    yield run, outcome
    run.close()
    outcome.options["is_part"] = set(outcome.planned_tests) < whole
    file.complete(outcome.document())


def test_relay(planned, running) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Judge one test, and say what is wrong in words."""
    (rule, name, test, count), (run, outcome) = planned, running
    outcome.planned_tests[name] = count
    record = run.judge(rule, name, test, count)
    outcome.records[name] = record
    if record.failures:
        texts = [
            failure_text(one, relay_requirements()[one["requirement"]], run.name)
            for one in record.failures[:3]
        ]
        pytest.fail("\n\n".join(texts), pytrace=False)
    if record.lost:
        pytest.fail(f"inconclusive: {record.lost}", pytrace=False)
    if not record.judged:
        pytest.skip("not claimed by the relay")
