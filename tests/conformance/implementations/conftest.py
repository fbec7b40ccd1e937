"""Workers of the hostile implementations in this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.implementations.worker import WorkerAdapter


@pytest.fixture(autouse=True)
def _hostile_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)


@pytest.fixture
def worker() -> Iterator[Callable[..., WorkerAdapter]]:
    """Start a worker of `module:Name`; it is closed after the test."""
    with ExitStack() as started:

        def start(kind: str, **options: Any) -> WorkerAdapter:
            deadline = options.pop("deadline", 10.0)
            # Nobody waits a minute for a hang in the first call, unless a test says so.
            options = {"deadline": deadline, "first_deadline": deadline, **options}
            adapter = WorkerAdapter(f"python:{kind}", **options)
            started.callback(adapter.close)
            return adapter

        yield start
