"""Implementations live in processes in which the variables of the schemas have other values."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.implementations.process_variables import UNKNOWN, process_variables
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.implementations.stdio import StdioAdapter
from torq_conformance.implementations.worker import WorkerAdapter
from torq_specs.configuration import SCHEMAS, read

QUESTION = Request(Operation.CONFIG, {"schema": "relay", "environment": {"TORQ_RELAY_NAME": "a"}})


CODEC = """
import os
from torq_conformance.reference import Reference

class FromProcess(Reference):
    def config(self, schema, environment):
        settings = super().config(schema, environment)
        return {**settings, "name": os.environ.get("TORQ_RELAY_NAME", "nothing")}
"""
"""Says what its own process has in the place of the name."""

WHERE = "from_process:FromProcess"
SERVER = (sys.executable, "-m", "torq_conformance.implementations.stdio_server", f"python:{WHERE}")


@pytest.fixture
def codec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "from_process.py").write_text(CODEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return CODEC


def _name(adapter: Any) -> object:
    outcome = adapter.call(QUESTION)
    adapter.close()
    assert isinstance(outcome, Accepted)
    settings: Any = outcome.value
    return settings["name"]


def test_every_field_is_set_to_what_is_right_and_not_its_default() -> None:
    for schema in SCHEMAS.values():
        own = {n: t for n, t in process_variables().items() if n.startswith(schema.prefix)}
        own.pop(UNKNOWN, None)
        reading = read(schema, own)
        assert not reading.wrong
        assert not reading.open
        for one in schema.fields:
            assert reading.values[one.name] != one.default


@pytest.mark.usefixtures("codec")
def test_a_worker_has_them() -> None:
    assert _name(WorkerAdapter(f"python:{WHERE}")) == "of the process"


@pytest.mark.usefixtures("codec")
def test_a_program_has_them() -> None:
    assert _name(StdioAdapter(shlex.join(SERVER))) == "of the process"


def test_the_kits_own_process_has_them_only_while_it_is_asked(codec: str) -> None:
    names: dict[str, Any] = {}
    exec(codec, names)  # The test's own text.
    assert _name(InProcessAdapter(names["FromProcess"](), "it")) == "of the process"
    assert UNKNOWN not in os.environ
