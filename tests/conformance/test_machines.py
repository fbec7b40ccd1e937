"""What CI systems are given: each in its own form, harmless, and small enough to be taken."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from tests.conformance.nasty import NASTY
from tests.conformance.page_results import Newer, Older, judged, with_causes
from tests.conformance.test_first_screen import conformant
from tests.conformance.test_foreign_text import everywhere, problems
from tests.conformance.test_page import KEPT, Parsed
from torq_conformance.judging.verdicts import CONTRACT
from torq_conformance.publishing import junit
from torq_conformance.publishing.command import report
from torq_conformance.report.machines import annotation_lines, badge, ctrf, markdown
from torq_conformance.running.results import schema
from torq_specs.requirements import requirements

NAMES = pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
CTRF_SCHEMA = Path(__file__).with_name("ctrf.schema.json")
"""As published with the package `ctrf` 0.3.0 of npm (MIT licence)."""


@pytest.fixture(scope="module")
def older() -> dict[str, Any]:
    return judged(Older())


def nasty(document: dict[str, Any], text: str) -> dict[str, Any]:
    changed: dict[str, Any] = everywhere({**document, "reasons": ["x"]}, text, KEPT)
    return changed


def made_of(document: dict[str, Any], form: str, tmp_path: Path) -> str:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document))
    done = CliRunner().invoke(report, [str(path), "--format", form])
    assert done.exit_code == 0, done.output
    return done.output


# Annotations


def test_annotations_are_at_most_ten_and_grouped_by_cause(older: dict[str, Any]) -> None:
    lines = annotation_lines.render([with_causes(older, 30)]).splitlines()
    assert len(lines) == 10
    assert all(re.match(r"::error title=[^:]+::", line) for line in lines)
    assert lines[-1] == "::error title=Torq Protocol V2::21 more; see the results file"
    few = annotation_lines.render([judged(Newer())])
    assert few.startswith("::error title=acme-codec 2.4.0 HDR-FLAGS::C1 HDR-FLAGS: header.flags ")
    assert few.count("\n") == 1


def test_known_causes_are_warnings_and_a_good_run_is_a_notice(older: dict[str, Any]) -> None:
    known = copy.deepcopy(older)
    for cause in known["causes"]:
        cause["known"] = "mended in 2.1"
    assert {line.split()[0] for line in annotation_lines.render([known]).splitlines()} == {
        "::warning"
    }
    assert annotation_lines.render([conformant(older)]).startswith(
        "::notice title=acme-codec 2.3.1"
    )


@NAMES
def test_annotations_of_strangers_are_one_command_a_line(older: dict[str, Any], text: str) -> None:
    lines = annotation_lines.render([nasty(older, text)]).splitlines()
    assert len(lines) == min(len(older["causes"]), 10)
    for line in lines:
        kind, rest = re.fullmatch(r"::(error) title=[^:,]*::(.*)", line).groups()  # type: ignore[union-attr]
        assert kind == "error"
        assert problems(f"x{rest}") == []
        # Only a percent sign of ours stands before two digits.
        assert not re.search(r"%(?!25|3A|2C)", line)
        assert len(line) < 2000


# Markdown


def rendered(text: str) -> str:
    """What GitHub makes of Markdown, near enough; HTML is taken as it is."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_the_summary_says_what_the_first_screen_says(older: dict[str, Any]) -> None:
    text = markdown.render({"torq-results.json": older})
    html = rendered(text)
    assert "<h2>❌ acme-codec 2.3.1: not conformant</h2>" in html
    assert "levels reached: none" in html
    assert "<td>HDR-FLAGS</td>" in html
    assert "header.flags is " in html
    assert "torq-conformance replay" in html
    assert "ef be ad de" in html
    good = markdown.render({"torq-results.json": conformant(older)})
    assert good.startswith("## ✅ acme-codec 2.3.1: conformant\n")
    assert "| requirement" not in good


def test_the_summary_is_cut_below_a_mebibyte(older: dict[str, Any]) -> None:
    many = with_causes(older, 3000)
    text = markdown.render({"r.json": many})
    assert 500_000 < len(text.encode()) < 1 << 20
    assert "more parts are left out" in text
    rendered(text[-2000:])


@NAMES
def test_markdown_of_strangers_stays_text(older: dict[str, Any], text: str) -> None:
    def forms(document: dict[str, Any], name: str) -> set[tuple[str, tuple[str, ...]]]:
        said = markdown.render({name: document})
        assert problems(said) == []
        return Parsed(rendered(said)).forms

    assert forms(nasty(older, text), text) <= forms(older, "r.json")


@pytest.mark.parametrize(
    "text",
    ["www.example.com", "https://x.example", "@somebody", "#12", "- x", "1. x", "*x*", "~~x~~"],
)
def test_nothing_becomes_a_link_or_a_mention(text: str) -> None:
    plain = markdown.plain(text)
    for sign in ("www.", "://", "@", "#1", "*", "~"):
        assert sign not in re.sub(r"&#\d+;", "&", plain)
    assert MarkdownIt().renderInline(plain) == text


# CTRF


def check_ctrf(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(json.loads(CTRF_SCHEMA.read_text())).validate(document)
    return document


def test_ctrf_has_a_test_for_each_requirement(older: dict[str, Any], tmp_path: Path) -> None:
    found = check_ctrf(made_of(older, "ctrf", tmp_path))["results"]
    assert [one["name"] for one in found["tests"]] == [*requirements()]
    (flags,) = (one for one in found["tests"] if one["name"] == "HDR-FLAGS")
    assert flags["status"] == "failed"
    assert "header.flags is " in flags["message"]
    summary = found["summary"]
    named = ("passed", "failed", "skipped", "pending", "other")
    assert sum(summary[name] for name in named) == summary["tests"] == len(requirements())
    assert found["extra"]["conclusion"] == "not conformant"


def test_the_schema_of_ctrf_sees_a_fault(older: dict[str, Any]) -> None:
    document = json.loads(ctrf.render(older))
    document["results"]["tests"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        check_ctrf(json.dumps(document))


def test_ctrf_says_when_and_that_the_contract_was_broken(older: dict[str, Any]) -> None:
    changed = copy.deepcopy(older)
    changed["about"] = {"kit": "0.1.0", "began": "2026-01-01T00:00:00+00:00", "seconds": 1.5}
    changed["causes"][0]["requirement"] = CONTRACT.id
    found = check_ctrf(ctrf.render(changed))["results"]
    assert found["summary"]["start"] == 1_767_225_600_000
    assert found["summary"]["stop"] == 1_767_225_601_500
    assert found["tests"][-1]["name"] == CONTRACT.id


@NAMES
def test_ctrf_of_strangers_is_ascii_and_valid(older: dict[str, Any], text: str) -> None:
    said = ctrf.render(nasty(older, text))
    assert said.isascii()
    check_ctrf(said)


# JUnit


def test_junit_has_a_case_for_each_requirement_with_its_cause(
    older: dict[str, Any], tmp_path: Path
) -> None:
    root = ET.fromstring(made_of(older, "junit", tmp_path))
    cases = {one.get("name"): one for one in root.iter("testcase")}
    assert set(cases) == set(requirements())
    flags = cases["HDR-FLAGS"]
    assert flags.get("classname") == "torq_protocol.section_2"
    failure = flags.find("failure")
    assert failure is not None
    assert "header.flags is " in str(failure.get("message"))
    assert cases["HDR-EMPTY"].find("failure") is None
    skipped = cases["RT-BYTES"].find("skipped")
    assert skipped is not None
    assert "not judged" in str(skipped.get("message"))


def test_junit_of_strangers_is_well_formed(older: dict[str, Any]) -> None:
    # Each of the strings in one document: pytest is started once.
    hostile = copy.deepcopy(older)
    hostile["causes"][0]["problem"] = "\n".join(NASTY)
    text = junit.render(hostile)
    assert problems(text.replace("><", ">\n<")) == []
    (first,) = (
        one for one in ET.fromstring(text).iter("testcase") if one.get("name") == "HDR-FLAGS"
    )
    assert first.find("failure") is not None


# Badge


def test_a_badge_names_levels_and_what_was_not_claimed(older: dict[str, Any]) -> None:
    bad = json.loads(badge.render(older))
    assert bad["schemaVersion"] == 1
    assert bad["message"] == "not conformant · 3 causes · no level · not claimed: frames"
    assert bad["color"] == "red"
    good = json.loads(badge.render(conformant(older)))
    assert good["message"].startswith(
        "conformant · level Wire, Strict, Meaning, Hardened · claimed: buffers, config, decode, "
    )
    assert good["message"].endswith(" · not claimed: frames")
    assert good["color"] == "brightgreen"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"conclusion": "conformant but for 1 known failure"},
            "conformant but for 1 known failure",
        ),
        ({"conclusion": "conformant for Trade (1 of 78 types)"}, "for Trade (1 of 78 types)"),
        ({"exit_code": 3, "conclusion": "inconclusive"}, "inconclusive"),
        (
            {"options": {"is_in_process": True}},
            "no level (judged in process: such code can patch its judge)",
        ),
    ],
)
def test_a_badge_is_green_for_nothing_less(
    older: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    made = json.loads(badge.render({**conformant(older), **changed}))
    assert said in made["message"]
    assert made["color"] == "yellow"


@NAMES
def test_a_badge_of_strangers_is_short_ascii(older: dict[str, Any], text: str) -> None:
    said = badge.render({**nasty(older, text), "conclusion": text})
    assert said.isascii()
    assert problems(json.loads(said)["message"]) == []
    assert len(said) < 2500


# The command


@pytest.mark.parametrize("form", ["ctrf", "junit", "badge"])
def test_what_speaks_of_one_run_refuses_two(
    older: dict[str, Any], tmp_path: Path, form: str
) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(older))
    done = CliRunner().invoke(report, [str(path), str(path), "--format", form])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert f"{form} speaks of one run" in done.output


def test_output_is_written_whole_or_refused(older: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(older))
    out = tmp_path / "badge.json"
    done = CliRunner().invoke(report, [str(path), "--format", "badge", "--output", str(out)])
    assert (done.exit_code, done.output) == (0, "")
    assert json.loads(out.read_text())["label"] == "Torq V2"
    done = CliRunner().invoke(report, [str(path), "--html", str(tmp_path / "none" / "o.html")])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    done = CliRunner().invoke(report, [])
    assert done.exit_code == 2
    assert "no results to report" in done.output


FORMAT_1 = {
    "": (
        *("format", "status", "conclusion", "exit_code", "reasons", "implementation", "options"),
        *("about", "planned", "judged", "not_claimed", "requirements", "levels", "causes"),
        *("known_failures", "measured", "claimed_not_judged", "not_judged", "failures"),
        *("left_out", "findings", "features", "tests"),
    ),
    "cause": (
        *("id", "requirement", "problem", "cases", "tests", "also", "problems"),
        *("problems_in_all", "example", "known", "flaky"),
    ),
    "failure": ("id", "requirement", "level", "differences", "bytes", "case"),
    "windows": ("size", "rows", "marked"),
}
"""What readers of format 1 rely on, by hand: nothing of it is ever taken away."""


def missing(document: dict[str, Any]) -> list[str]:
    """What of format 1 a schema does not have any more."""
    tables = {"": document, **document["$defs"]}
    return [
        f"{table}.{key}"
        for table, keys in FORMAT_1.items()
        for key in keys
        if key not in tables[table]["properties"]
    ]


def test_the_schema_keeps_its_promise(older: dict[str, Any]) -> None:
    done = CliRunner().invoke(report, ["--schema"])
    assert done.exit_code == 0
    published = json.loads(done.output)
    assert published == schema()
    assert published["properties"]["format"]["const"] == 1
    assert missing(published) == []
    del published["$defs"]["cause"]["properties"]["also"]
    assert missing(published) == ["cause.also"]
    jsonschema.validate(older, schema())
