"""The page of results: whole, harmless, small, and right about every byte."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conformance.nasty import NASTY
from tests.conformance.page_results import Newer, Older, judged, with_causes
from tests.conformance.test_foreign_text import everywhere, problems
from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import encode
from torq_conformance.implementations.outcomes import Accepted
from torq_conformance.judging import evidence
from torq_conformance.judging.expectations import expect
from torq_conformance.judging.verdicts import Finding
from torq_conformance.model import derived_codec
from torq_conformance.model.byte_map import place_at, places_at
from torq_conformance.model.vendor_specs import registry_with
from torq_conformance.publishing.command import report
from torq_conformance.report.page import matrix, page
from torq_conformance.report.page.causes import cause_entries
from torq_conformance.report.page.causes import evidence as shown_evidence
from torq_conformance.report.page.field_map import field_map
from torq_conformance.report.readable import readable
from torq_conformance.running.results import schema
from torq_specs.registry import REGISTRY, Registry

BYTES_MAX = 2_000_000
MEASUREMENT: dict[str, Any] = {
    "name": "acme-codec",
    "version": "2.4.0",
    "language": "Python",
    "claims": [
        {"name": "memory", "promised": "below 50 MB", "found": "1.4 MB", "state": "met"},
        {"name": "rate of build", "promised": "1/s", "found": "x", "state": "not measured"},
    ],
    "costs": {"small": {"instructions": 1493.0, "allocations": 0.0}},
    "rates": {"build": 1.2e6, "parse": 900_000.0},
    "floors": {"build": 1e6},
    "books": {1: 15_678.0, 128: 14_429.0},
    "why_not": {"loops": "a reason"},
}
KEPT = ("level", "verdict", "id", "example", "case", "requirement", "status", "rows", "options")


@pytest.fixture(scope="module")
def older() -> dict[str, Any]:
    return judged(Older())


@pytest.fixture(scope="module")
def newer() -> dict[str, Any]:
    return judged(Newer())


class Parsed(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @property
    def forms(self) -> set[tuple[str, tuple[str, ...]]]:
        return {(tag, tuple(sorted(attributes))) for tag, attributes in self.tags}


def complaints(html: str) -> list[str]:
    """What of a page comes from outside, or runs where the policy forbids it."""
    parsed, found = Parsed(html), []
    for tag, attributes in parsed.tags:
        for name, value in attributes.items():
            if name.startswith("on") or name == "style":
                found.append(f"{tag} has {name}")
            is_link = name in {"src", "href", "action", "data", "srcset", "poster", "xlink:href"}
            if is_link and not str(value).startswith("#"):
                found.append(f"{tag} {name}={value}")
    policies = [
        str(attributes["content"])
        for tag, attributes in parsed.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    if len(policies) != 1 or not policies[0].startswith("default-src 'none'; "):
        found.append(f"policies: {policies}")
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[:1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        is_alone = sum(one == tag for one, _ in parsed.tags) == 1
        if not is_alone or f"'sha256-{digest}'" not in policies[0]:
            found.append(f"{tag} is not that of the policy")
    if re.search(r"url\(|@import|https?:", html):
        found.append("an address")
    return found


def test_the_page_needs_nothing_beside_itself(older: dict[str, Any], newer: dict[str, Any]) -> None:
    assert complaints(page.render({"a": older, "b": newer}, [MEASUREMENT])) == []


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="https://x.example/a.png">',
        '<p style="color: red">x</p>',
        '<p onclick="x()">x</p>',
        "<script>other()</script>",
        '<a href="javascript:x()">x</a>',
    ],
)
def test_what_comes_from_outside_is_seen(older: dict[str, Any], planted: str) -> None:
    html = page.render({"a": older}).replace("</main>", f"{planted}</main>")
    assert complaints(html) != []


def test_fifty_causes_stay_below_two_megabytes(older: dict[str, Any]) -> None:
    # Results of a whole run name some 1,500 tests; the causes weigh most.
    rows = older["tests"] * (1500 // len(older["tests"]))
    html = page.render({"a": {**with_causes(older, 50), "tests": rows}})
    assert html.count('<details class="cause') == 50
    assert len(html.encode()) < BYTES_MAX


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_strings_of_strangers_stay_text(older: dict[str, Any], text: str, tmp_path: Path) -> None:
    plain = {**older, "claimed_not_judged": ["x"], "reasons": ["x"]}
    nasty = everywhere(plain, text, KEPT)
    measured = everywhere(MEASUREMENT, text, ("state",))
    html = page.render({text: nasty}, [measured])
    # Through the encoding of a file, for half a surrogate is no character.
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    shown = path.read_text("utf-8")
    assert complaints(shown) in ([], ["an address"] if "http" in text else [])
    benign = Parsed(page.render({"x": everywhere(plain, "x", KEPT)}, [MEASUREMENT]))
    assert Parsed(shown).forms <= benign.forms | Parsed(page.render({"x": older})).forms
    assert problems(_strings(shown)) == []


def _strings(html: str) -> str:
    """What is on the page besides its own style and script, cut where text ends."""
    inside = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "\n", inside)


def test_a_page_that_does_not_escape_is_seen(older: dict[str, Any]) -> None:
    text = "<script>alert(1)</script>"
    html = page.render({"x": everywhere(older, text, KEPT)}).replace(
        "&lt;script&gt;alert(1)&lt;/script&gt;", text
    )
    assert "script is not that of the policy" in complaints(html)


def test_a_cause_has_all_that_is_needed_to_mend_it(older: dict[str, Any]) -> None:
    html = page.render({"torq-results.json": older})
    (flags,) = (
        one
        for one in cause_entries({"torq-results.json": older})
        if one.requirement.id == "HDR-FLAGS"
    )
    assert flags.evidence is not None
    assert "flags are carried through unchanged" in flags.requirement.text
    assert flags.requirement.look_at
    assert flags.evidence.command.startswith(f"torq-conformance replay {flags.evidence.id} python:")
    assert flags.evidence.layout == "Header"
    drawn = [text for line in flags.evidence.picture for text, is_wrong in line if is_wrong]
    assert "flags" in "".join(drawn)
    assert any(mark for dump in flags.evidence.dumps for row in dump.rows for mark in row.marks)
    (wrong,) = (row for row in flags.evidence.fields if row.is_wrong)
    assert (wrong.offset, wrong.path) == (7, "header.flags")
    for text in (flags.requirement.text, flags.evidence.command, "not conformant", "Header"):
        assert text in html


def test_a_command_of_a_stranger_is_one_word_a_part(older: dict[str, Any]) -> None:
    hostile = copy.deepcopy(older)
    for one in (*hostile["failures"], *hostile["causes"]):
        one["id" if "asked" in one else "example"] = "x; touch pwned"
    hostile["implementation"]["given_as"] = "$(touch pwned)"
    hostile["options"]["vendor_specs"] = "a b"
    entry = next(
        one for one in cause_entries({"torq-results.json": hostile}) if one.evidence is not None
    )
    assert entry.evidence is not None
    assert entry.evidence.command == (
        "torq-conformance replay 'x; touch pwned' '$(touch pwned)' --vendor-specs 'a b'"
    )


def test_the_same_cause_of_two_versions_is_one_entry(
    older: dict[str, Any], newer: dict[str, Any]
) -> None:
    entries = cause_entries({"old.json": older, "new.json": newer})
    assert len(entries) == len(older["causes"])
    seen = {entry.requirement.id: [one.report for one in entry.seen] for entry in entries}
    assert seen["HDR-FLAGS"] == [0, 1]
    assert [0] in seen.values()
    (flags,) = (entry for entry in entries if entry.requirement.id == "HDR-FLAGS")
    assert flags.evidence is not None
    assert flags.evidence.command.endswith(" --results old.json")


def test_two_causes_that_look_alike_stay_two(older: dict[str, Any]) -> None:
    twice = with_causes(older, 2 * len(older["causes"]))
    assert len(cause_entries({"torq-results.json": twice})) == len(twice["causes"])


def _failure(
    right: bytes, wrong: bytes, message: dict[str, Any], registry: Registry = REGISTRY
) -> dict[str, Any]:
    case = encode("HDR-FLAGS", "x", message)
    finding = Finding("HDR-FLAGS", "x")
    asked = case.request
    return evidence.failure(
        "t", "x", case, "", finding, [], asked, expect(asked, registry), Accepted(wrong), registry
    )


def test_a_field_far_into_a_book_is_named() -> None:
    book = REGISTRY.named("OrderBook")
    assert book.layout is not None
    message = messages.message_of(book, boundaries.distinct(book.layout))
    right = derived_codec.encode_message(message)
    at = 32 + 5 + book.layout.field("asset_id").offset
    wrong = right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]
    found = field_map(_failure(right, wrong, message))
    row = next(row for row in found.rows if row.is_wrong and row.offset >= 32)
    assert row.path == "tlvs[0].value.asset_id (OrderBook)"
    assert (row.offset, row.right[:2], row.got) == (at, f"{right[at]:02x}", row.got)
    assert row.got is not None
    assert row.got[:2] == f"{right[at] ^ 1:02x}"
    assert found.layout is not None
    assert (found.layout.name, found.field) == ("OrderBook", "asset_id")


def test_a_question_that_nobody_can_read_shows_what_was_kept() -> None:
    message = messages.message((200, b"x" * 20))
    right = derived_codec.encode_message(message)
    failure = _failure(right, right[:7] + b"\0" + right[8:], message)
    failure["case"] = {"requirement": "x", "label": "x", "requests": [{"operation": "gone"}]}
    rows = field_map(failure).rows
    assert rows[0].path == "header.magic"
    assert rows[-1].offset <= len(right)


def test_places_are_those_of_one_at_a_time() -> None:
    data = derived_codec.encode_message(
        messages.message((200, b"x" * 300), (200, b""), (201, b"abc"))
    )
    offsets = [*range(len(data) + 2)]
    assert [*places_at(data, offsets)] == [place_at(data, at) for at in offsets]
    cut = data[:-2]
    assert [*places_at(cut, offsets)] == [place_at(cut, at) for at in offsets]


def test_the_matrix_says_what_failed_of_which_type(older: dict[str, Any]) -> None:
    found = matrix.matrix(older)
    assert [number for number, _ in found.columns] == ["1", "2", "4"]
    rows = dict(found.rows)
    assert [*rows] == [matrix.EVERY, "Trade", "Quote", "OrderBook"]
    price = next(one["id"] for one in older["causes"] if one["requirement"] == "LAYOUT-TRADE")
    trade = rows["Trade"][2]
    assert trade is not None
    assert price in trade.causes
    assert trade.state is matrix.State.FAILED
    assert rows["Trade"][0] is None


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"judged": 5}, matrix.State.PASSED),
        ({"judged": 4}, matrix.State.UNJUDGED),
        ({"judged": 5, "lost": "killed"}, matrix.State.UNJUDGED),
        ({"not_claimed": 5}, matrix.State.NOT_CLAIMED),
        ({"judged": 5, "causes": ["C1"]}, matrix.State.FAILED),
    ],
)
def test_a_cell_is_what_its_tests_are(changed: dict[str, Any], state: matrix.State) -> None:
    test = {"test": "test_4_values.py::test_x[Trade]", "planned": 5, "judged": 0}
    test |= {"not_claimed": 0, "lost": "", **changed}
    document = {"tests": [test], "causes": [], "failures": [], "options": {}}
    ((_, (cell,)),) = matrix.matrix(document).rows
    assert cell is not None
    assert cell.state is state


@pytest.mark.parametrize("key", schema()["then"]["required"])
def test_results_that_never_ended_are_refused_in_one_line(
    older: dict[str, Any], key: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    path.write_text(
        json.dumps({**{k: v for k, v in older.items() if k != key}, "status": "incomplete"})
    )
    done = CliRunner().invoke(report, [str(path), "--html", str(tmp_path / "o.html")])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert f"it has no {key}" in done.output
    assert not (tmp_path / "o.html").exists()


def test_results_of_another_form_within_are_refused_in_one_line(older: dict[str, Any]) -> None:
    for key, part in (("features", {"dimensions": {"a": {"b": 1}}}), ("options", {"domains": 5})):
        with pytest.raises(Exception, match="cannot be shown"), readable(["r.json"]):
            page.render({"r.json": {**older, key: part}})


def test_the_command_writes_pages_of_results_and_measurements(
    older: dict[str, Any], newer: dict[str, Any], tmp_path: Path
) -> None:
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, document in zip(paths, (older, newer), strict=True):
        path.write_text(json.dumps(document))
    out = tmp_path / "o.html"
    done = CliRunner().invoke(report, [*map(str, paths), "--html", str(out)])
    assert (done.exit_code, done.output) == (0, f"wrote {out}\n")
    html = out.read_text("utf-8")
    assert complaints(html) == []
    assert "acme-codec 2.3.1" in html
    assert "acme-codec 2.4.0" in html


def test_a_page_of_a_measurement_alone_draws_its_charts() -> None:
    html = page.render({}, [MEASUREMENT, {**MEASUREMENT, "version": "2.5.0"}])
    assert complaints(html) == []
    assert "1,200,000/s" in html
    assert "promised 1,000,000/s" in html
    assert html.count('class="promised"') == 2
    assert "128 levels a side" in html


def test_a_failure_of_a_relay_shows_what_was_done(older: dict[str, Any]) -> None:
    failure: dict[str, Any] = {
        "id": "48f99b38e2",
        "requirement": "RLY-FRAMING",
        "level": "MUST",
        "problem": "P did not receive 1 of 2 messages",
        "also": [],
        "test": "framing::splits[MarketData]",
        "label": "cut at 1",
        "asked": {"operation": "relay", "actions": ["a connect", "a sends 1, 75 bytes in pieces"]},
        "expected": {"rule": "B receives two messages."},
        "got": {"problems": ["P did not receive 1 of 2"], "said": "a line of stderr"},
        "case": {"requirement": "RLY-FRAMING", "label": "x", "scene": "x", "domain": 1},
    }
    cause = {**older["causes"][0], "requirement": "RLY-FRAMING", "example": failure["id"]}
    relay = copy.deepcopy(older)
    relay |= {"causes": [cause], "failures": [failure], "findings": []}
    relay["options"] = {"domains": ["MarketData"]}
    claim = {"name": "RLY-RATE", "promised": "1,000,000/s", "found": "1,200,000/s", "state": "met"}
    relay["measured"] = {"machine": {}, "claims": [claim]}
    relay["implementation"]["given_as"] = "./relay --domain {domain}"
    tests = {"planned": 5, "judged": 5, "not_claimed": 0, "lost": "", "causes": ["C1"]}
    relay["tests"] = [{"test": failure["test"], **tests}]
    html = page.render({"torq-results.json": relay})
    assert complaints(html) == []
    for text in (
        *failure["asked"]["actions"],
        "B receives two messages.",
        "a line of stderr",
        "torq-conformance relay &#39;./relay --domain {domain}&#39; --replay 48f99b38e2",
        '<span class="verdict good">met</span> 1,200,000/s',
        "RLY-FRAMING",
    ):
        assert text in html
    found = matrix.matrix(relay)
    assert found.columns == (("", "framing"),)
    assert [name for name, _ in found.rows] == ["MarketData"]


def test_the_layout_of_a_vendor_type_is_drawn_for_who_names_it() -> None:
    registry = registry_with("tests.conformance.vendor_types")
    line = registry.named("FundingRate")
    assert line.layout is not None
    message = messages.message_of(line, boundaries.distinct(line.layout))
    right = derived_codec.encode_message(message, registry)
    at = 32 + 2 + line.layout.field("interval_s").offset
    failure = _failure(
        right, right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :], message, registry
    )
    found = field_map(failure, registry)
    assert found.layout is not None
    assert (found.layout.name, found.field) == ("FundingRate", "interval_s")
    assert field_map(failure).layout is None


def test_the_calls_of_a_row_stand_on_the_page(older: dict[str, Any]) -> None:
    document = copy.deepcopy(older)
    failure = document["failures"][0]
    call = {**failure["asked"], "call": 1, "is_wrong": False}
    failure["row"] = [call, {**call, "call": 7, "is_wrong": True}]
    facts = dict(shown_evidence(failure, document, "torq-results.json").facts)
    assert [line.split()[0] for line in facts["in a row"]] == ["1.", "...", "7."]
    assert facts["in a row"][1] == "... 5 calls"
    assert facts["in a row"][2].endswith("<- this answer")
