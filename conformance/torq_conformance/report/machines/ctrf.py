"""Results in the Common Test Report Format (ctrf.io): one test a requirement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from torq_conformance.judging.levels import levels_of
from torq_conformance.judging.verdicts import CONTRACT, Verdict
from torq_conformance.report.foreign_text import neutral, shown

Json = Mapping[str, Any]

SPECIFICATION = "0.0.0"
"""The version of the format."""

STATES: Mapping[str, str] = {
    Verdict.PASS: "passed",
    Verdict.DECODE_ONLY: "passed",
    Verdict.SHOULD: "passed",
    Verdict.FAIL: "failed",
    Verdict.NOT_CLAIMED: "skipped",
    Verdict.INCONCLUSIVE: "other",
    Verdict.NOT_JUDGED: "other",
}
"""What each verdict is called there."""

COUNTED = ("passed", "failed", "skipped", "pending", "other")


def render(document: Json) -> str:
    """The report of one run."""
    harmless = neutral(document)
    tests = [_test(row, harmless) for row in harmless["requirements"]]
    broken = [one for one in harmless["causes"] if one["requirement"] == CONTRACT.id]
    tests += [_broken_contract(cause) for cause in broken[:1]]
    counts = Counter(test["status"] for test in tests)
    start, stop = _times(harmless.get("about") or {})
    who = harmless["implementation"]
    report = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "generatedBy": "torq-conformance",
        "results": {
            "tool": {"name": "torq-conformance", "version": str(_kit(harmless))},
            "summary": {
                "tests": len(tests),
                **{name: counts[name] for name in COUNTED},
                "flaky": sum(bool(test.get("flaky")) for test in tests),
                "start": start,
                "stop": stop,
            },
            "tests": tests,
            "environment": {
                "appName": str(who["name"]),
                "appVersion": str(who["version"]),
                "osPlatform": str((harmless.get("about") or {}).get("machine", "")),
            },
            "extra": {
                "conclusion": harmless["conclusion"],
                "exit_code": harmless["exit_code"],
                "reasons": harmless["reasons"],
                "levels": levels_of(document),
                "judged": harmless["judged"],
                "planned": harmless["planned"],
            },
        },
    }
    return json.dumps(report, indent=1) + "\n"


def _kit(document: Json) -> object:
    return (document.get("about") or {}).get("kit", "")


def _test(row: Json, document: Json) -> dict[str, Any]:
    causes = [one for one in document["causes"] if one["id"] in row["causes"]]
    made: dict[str, Any] = {
        "name": row["id"],
        "status": STATES[row["verdict"]],
        # What a requirement took is not known: its cases are spread over many tests.
        "duration": 0,
        "suite": [f"section {row['section']}"],
        "rawStatus": row["verdict"],
        "tags": [row["level"]],
        "extra": {"text": row["text"], "judged": row["judged"], "failed": row["failed"]},
    }
    if row["verdict"] == Verdict.FAIL:
        made["message"] = "; ".join(f"{one['id']} {one['problem']}" for one in causes) or "failed"
        if any("flaky" in one for one in causes):
            made["flaky"] = True
    return made


def _broken_contract(cause: Json) -> dict[str, Any]:
    return {
        "name": CONTRACT.id,
        "status": "failed",
        "duration": 0,
        "message": f"{cause['id']} {cause['problem']}",
        "extra": {"text": CONTRACT.text},
    }


def _times(about: Json) -> tuple[int, int]:
    """When it began and ended, in milliseconds since 1970; 0 where the results do not say."""
    try:
        began = datetime.fromisoformat(shown(about["began"]))
        seconds = float(about["seconds"])
    except (KeyError, TypeError, ValueError):
        return 0, 0
    start = began if began.tzinfo else began.replace(tzinfo=UTC)
    first = max(int(start.timestamp() * 1000), 0)
    return first, first + max(int(seconds * 1000), 0)
