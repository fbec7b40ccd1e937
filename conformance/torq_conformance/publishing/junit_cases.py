"""A pytest plugin that makes a test case of each requirement of a run that is over.

Contract: it collects nothing, asks nobody and judges nothing; each case says what the results say.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.judging.verdicts import Verdict
from torq_conformance.publishing.junit import ROWS

PASSED = frozenset({Verdict.PASS, Verdict.DECODE_ONLY, Verdict.SHOULD})


class RequirementItem(pytest.Item):
    """One requirement; ``row`` is its name, section, verdict and message."""

    def __init__(self, *, row: dict[str, str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.row = row

    def runtest(self) -> None:
        """Pass, fail or skip as the results say."""
        verdict, message = self.row["verdict"], self.row["message"]
        if verdict == Verdict.FAIL:
            pytest.fail(message, pytrace=False)
        if verdict not in PASSED:
            pytest.skip(message)


def pytest_collection(session: pytest.Session) -> bool:
    """Every requirement, instead of files."""
    rows = json.loads(Path(os.environ[ROWS]).read_text("utf-8"))
    session.items = [
        RequirementItem.from_parent(
            session,
            name=row["name"],
            nodeid=f"torq_protocol.section_{row['section'] or 'none'}::{row['name']}",
            row=row,
        )
        for row in rows
    ]
    session.testscollected = len(session.items)
    return True
