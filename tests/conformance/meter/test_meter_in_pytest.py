"""--torq-meter: the measurement stands at the end of a run of the suite."""

from __future__ import annotations

import pytest

from torq_conformance import pytest_plugin
from torq_conformance.errors import KitError
from torq_conformance.meter import face


class Reporter:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(f"= {title}")

    def write_line(self, line: str) -> None:
        self.lines.append(line)


class Config:
    """Says what was asked for."""

    def __init__(self, implementation: str | None, *, is_wanted: bool) -> None:
        self.options = {"--torq-implementation": implementation, "--torq-meter": is_wanted}

    def getoption(self, name: str) -> object:
        return self.options[name]


def summary(implementation: str | None, *, is_wanted: bool) -> list[str]:
    reporter = Reporter()
    config = Config(implementation, is_wanted=is_wanted)
    pytest_plugin.pytest_terminal_summary(reporter, config)  # type: ignore[arg-type]
    return reporter.lines


def test_the_measurement_is_shown_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "report", lambda name: f"measured {name}")
    assert summary("reference", is_wanted=True) == ["= meter", "measured reference"]
    assert summary("reference", is_wanted=False) == []
    assert summary(None, is_wanted=True) == []


def test_what_cannot_be_measured_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> str:
        raise KitError(f"{name} is not there.", "Build it.")

    monkeypatch.setattr(face, "report", fail)
    assert summary("stdio:x", is_wanted=True) == [
        "= meter",
        "not measured: stdio:x is not there. Build it.",
    ]
