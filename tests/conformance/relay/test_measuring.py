"""What is measured of a relay, and what is made of it: met, not met, or not measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from torq_conformance.relay import measuring
from torq_conformance.relay.session import RelayRun
from torq_conformance.report.claims import State
from torq_conformance.running.results import load
from torq_conformance.running.results_file import ResultsFile
from torq_specs.relay_rules import RELAY_DOMAINS

DEAF = """
import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
kept = []
while True:
    kept.append(listener.accept())
"""


@pytest.mark.parametrize(
    ("through", "bare", "state", "said"),
    [
        ((20.0, 38.0, 90.0), (4.0, 5.0, 9.0), State.MET, "p50 16, p99 33, p99.9 81 us more"),
        ((20.0, 45.0, 90.0), (4.0, 5.0, 9.0), State.NOT_MET, "p99 40"),
        ((), (4.0, 5.0, 9.0), State.NOT_MEASURED, "not all of it arrived"),
        ((9.0, 9.0, 9.0), (4.0, 40.0, 30_000.0), State.NOT_MEASURED, "too busy: p99.9 30,000 us"),
        ((9.0, 29.0, 60.0), (4.0, 5.0, 61.0), State.NOT_MEASURED, "too busy: p99.9 61 us"),
    ],
)
def test_what_a_relay_adds_is_held_against_the_claim(
    through: tuple[float, ...], bare: tuple[float, ...], state: State, said: str
) -> None:
    claim = measuring._latency_claim("one at a time", through, bare)
    assert claim.state is state
    assert said in claim.found


@pytest.mark.parametrize(
    ("rate", "state"),
    [(1_000_000.0, State.MET), (999_999.0, State.NOT_MET), (0.0, State.NOT_MEASURED)],
)
def test_a_rate_is_held_against_the_claim(rate: float, state: State) -> None:
    assert measuring._rate_claim(42, 8, rate).state is state


def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "SECONDS", 0.1)
    monkeypatch.setattr(measuring, "LATENCY_COUNT", 100)


def test_every_claim_of_a_relay_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short(monkeypatch)
    run = RelayRun("reference", domains=(1,))
    outcome = run.results()
    try:
        outcome.measured = measuring.measured(run)
    finally:
        run.close()
    names = [one["name"] for one in outcome.measured["claims"]]
    assert [name.partition(" ")[0] for name in names] == [
        *["RLY-RATE"] * 4,
        *["RLY-LATENCY"] * 2,
        *["RLY-MEMORY"] * 2,
    ]
    assert all(one["found"].endswith("/s") for one in outcome.measured["claims"][:4])
    file = ResultsFile(tmp_path / "results.json")
    file.begin(outcome.beginning())
    file.complete(outcome.document())
    assert load(tmp_path / "results.json")["measured"] == outcome.measured


def test_what_does_not_arrive_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short(monkeypatch)
    monkeypatch.setattr(measuring, "PATIENCE", 0.1)
    program = tmp_path / "deaf.py"
    program.write_text(DEAF)
    run = RelayRun(f"{sys.executable} {program} {{socket}}", domains=(1,))
    bench = run.bench(RELAY_DOMAINS[0])
    try:
        assert measuring._rate(bench, 42, 1) == 0
        assert measuring._times_through(bench, b"x" * 42, 0) == []
    finally:
        run.close()
