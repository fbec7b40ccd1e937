"""Results as JUnit XML, written by pytest itself: one test case a requirement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.judging.verdicts import CONTRACT, Verdict
from torq_conformance.report.foreign_text import neutral

ROWS = "TORQ_JUNIT_ROWS"
"""The variable that names the file with the rows, for the process that makes test cases of them."""


def render(document: Mapping[str, Any]) -> str:
    """The XML of one run."""
    harmless = neutral(document)
    with tempfile.TemporaryDirectory() as scratch:
        rows, made = Path(scratch) / "rows.json", Path(scratch) / "junit.xml"
        rows.write_text(json.dumps(_rows(harmless)), encoding="utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "pytest", "-q", "-c", os.devnull),
                *("--rootdir", scratch, "-p", "no:cacheprovider"),
                *("-p", "torq_conformance.publishing.junit_cases", f"--junit-xml={made}"),
                *("-o", "junit_suite_name=Torq Protocol V2", "-o", "junit_family=xunit2", scratch),
            ],
            env={**_environment(), ROWS: str(rows)},
            cwd=scratch,
            capture_output=True,
            check=False,
        )
        if not made.is_file():
            said = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
            raise KitError(f"pytest wrote no JUnit: {said}.", "Is pytest installed whole?")
        return made.read_text("utf-8") + "\n"


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _rows(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """A name, a verdict and a message for each requirement, and for a broken contract."""
    causes = {one["id"]: one for one in document["causes"]}
    rows = []
    for row in document["requirements"]:
        own = [causes[id_] for id_ in row["causes"] if id_ in causes]
        message = "; ".join(f"{one['id']} {one['problem']}" for one in own)
        rows.append(_row(row["id"], row["section"], row["verdict"], message or row["verdict"]))
    broken = [one for one in document["causes"] if one["requirement"] == CONTRACT.id]
    return rows + [
        _row(CONTRACT.id, "", Verdict.FAIL, f"{one['id']} {one['problem']}") for one in broken[:1]
    ]


def _row(name: str, section: str, verdict: str, message: str) -> dict[str, str]:
    return {"name": name, "section": section, "verdict": verdict, "message": message}
