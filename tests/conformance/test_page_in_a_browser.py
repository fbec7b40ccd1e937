"""A person with a mouse, one with a keyboard and one with a screen reader use the page."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import chromium
from tests.conformance.chromium import Browser
from tests.conformance.page_results import Newer, Older, judged, with_causes
from tests.conformance.test_page import MEASUREMENT
from torq_conformance.report.page import page

pytestmark = pytest.mark.once

if chromium.program() is None:
    pytest.skip("PAGE NOT SEEN: needs chromium", allow_module_level=True)

WIDTHS = (390, 1280, 1920)

AXE = "axe-core@4.10.3"
AXE_SHA512 = (
    "5e6edba515e70d25f6604d9815f064d859c5d1ea7ab661bbc4f87c88779ef0c2"
    "1cae0abbeb636471ef39e9d62d2582e4b88a1866f19f4ecfcf6d986275e4dc12"
)
"""Of the package as the registry of npm has it."""

NAMED = {"button", "link", "searchbox", "textbox", "combobox", "region", "navigation"}
"""Roles that a screen reader announces by a name."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    """A browser, and a page of two versions with fifty causes and measurements."""
    folder = tmp_path_factory.mktemp("page")
    path = folder / "page.html"
    older, newer = judged(Older()), judged(Newer())
    several = {"old.json": with_causes(older, 50), "new.json": newer}
    path.write_text(page.render(several, [MEASUREMENT]), encoding="utf-8")
    with chromium.browser(folder) as browser:
        yield browser, path


@pytest.fixture
def browser(opened: tuple[Browser, Path]) -> Browser:
    """The page anew, at the width of a desk; nothing was complained of yet."""
    one, path = opened
    one.complaints.clear()
    one.requests.clear()
    one.open(path, 1280)
    return one


def shown(browser: Browser) -> int:
    return int(browser.run("document.querySelectorAll('.cause:not([hidden])').length"))


def test_a_mouse_filters_opens_a_cause_and_switches_the_theme(browser: Browser) -> None:
    whole = shown(browser)
    assert whole >= 50
    assert browser.run("document.querySelector('#cause-1').open")
    browser.click("#cause-2 summary")
    assert browser.run("document.querySelector('#cause-2').open")
    browser.click("#search")
    browser.ask("Input.insertText", text="hdr-flags")
    assert 0 < shown(browser) < whole
    said = browser.run("document.querySelector('#count').textContent")
    assert said == f"{shown(browser)} shown"
    before = browser.run("getComputedStyle(document.body).backgroundColor")
    browser.click("#theme")
    assert browser.run("getComputedStyle(document.body).backgroundColor") != before
    browser.run(
        "(() => { const e = document.querySelector('#verdicts'); e.value = 'bad';"
        "e.dispatchEvent(new Event('input')) })()"
    )
    rows = "[...document.querySelectorAll('.requirements tbody tr:not([hidden])')]"
    assert browser.run(f"{rows}.every((one) => one.dataset.state === 'bad')")
    assert browser.run(f"{rows}.length") > 0
    assert browser.complaints == []
    assert [one for one in browser.requests if not one.startswith("file:")] == []


def test_a_cell_leads_to_its_cause(browser: Browser) -> None:
    browser.click("#search")
    browser.ask("Input.insertText", text="no such thing")
    assert shown(browser) == 0
    number = "document.querySelector('.matrix td.bad a').hash.slice(1)"
    browser.run(f"document.getElementById({number}).open = false")
    browser.click(".matrix td.bad a")
    browser.until(f"document.getElementById({number}).open")
    assert shown(browser) >= 50
    assert browser.complaints == []


def test_a_keyboard_reaches_everything(browser: Browser) -> None:
    browser.press("/", "/")
    assert browser.run("document.activeElement.id") == "search"
    browser.ask("Input.insertText", text="no such thing")
    assert shown(browser) == 0
    browser.press("Escape")
    assert shown(browser) >= 50
    for _ in range(12):
        browser.press("Tab")
        if browser.run("document.activeElement.tagName") == "SUMMARY":
            break
    was_open = browser.run("document.activeElement.parentElement.open")
    browser.press("Enter", "\r")
    assert browser.run("document.activeElement.parentElement.open") != was_open
    style = browser.run("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(
    opened: tuple[Browser, Path], width: int, tmp_path: Path
) -> None:
    browser, path = opened
    browser.open(path, width)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert browser.run("document.documentElement.scrollWidth") <= width
    browser.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def nameless(nodes: list[dict[str, Any]]) -> list[str]:
    """What a screen reader would announce without a name."""
    found = []
    for node in nodes:
        role = node.get("role", {}).get("value")
        name = str(node.get("name", {}).get("value", "")).strip()
        if role in NAMED and not node.get("ignored") and not name:
            found.append(role)
    return found


def test_everything_that_is_used_has_a_name(browser: Browser) -> None:
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    nodes = browser.nodes()
    assert nameless(nodes) == []
    headings = [
        node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "heading"
    ]
    assert {"Verdict", "Types by chapters", "Census of drawn questions"} <= {*headings}


def test_what_is_wrong_with_a_page_is_seen(opened: tuple[Browser, Path], tmp_path: Path) -> None:
    browser, path = opened
    planted = tmp_path / "planted.html"
    wrong = '<button></button><p style="width: 3000px">x</p><img src="http://127.0.0.1:9/x.png">'
    planted.write_text(path.read_text("utf-8").replace("</main>", f"{wrong}</main>"), "utf-8")
    browser.complaints.clear()
    browser.open(planted, 1280)
    assert "button" in nameless(browser.nodes())
    # The policy stops both, and says so.
    assert len(browser.complaints) >= 2
    assert browser.run("document.documentElement.scrollWidth") <= 1280


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from the registry of npm."""
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run(
            ["npm", "pack", AXE, "--silent"],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=True,
        )
        (path,) = folder.glob("*.tgz")
    except (OSError, subprocess.SubprocessError, ValueError):
        pytest.skip(f"PAGE NOT CHECKED BY AXE: {AXE} could not be had from npm")
    assert hashlib.sha512(path.read_bytes()).hexdigest() == AXE_SHA512
    with tarfile.open(path) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def violations(browser: Browser, axe: str, rules: str = "") -> list[str]:
    """What axe finds, each with the first element."""
    browser.run(f"{axe}; 0")
    only = f"runOnly: {rules}," if rules else ""
    found: list[dict[str, Any]] = browser.run(
        f"axe.run(document, {{{only} resultTypes: ['violations']}}).then((all) => "
        "all.violations.map((one) => "
        "({id: one.id, html: one.nodes[0].html, count: one.nodes.length})))"
    )
    return [f"{one['id']} ({one['count']}): {one['html'][:200]}" for one in found]


def test_axe_finds_nothing(opened: tuple[Browser, Path], axe: str, tmp_path: Path) -> None:
    browser, _ = opened
    path = tmp_path / "small.html"
    # Of what repeats, a few are enough: axe looks at every element.
    older = judged(Older())
    few = {**older, "requirements": older["requirements"][:9], "tests": older["tests"][-9:]}
    path.write_text(page.render({"old.json": few}, [MEASUREMENT]), encoding="utf-8")
    browser.open(path, 1280)
    browser.run("document.documentElement.dataset.theme = 'light'")
    browser.run("document.querySelector('#cause-2').open = true")
    assert violations(browser, axe) == []
    browser.run("document.documentElement.dataset.theme = 'dark'")
    assert violations(browser, axe, "['color-contrast']") == []
    browser.run("document.body.append(document.createElement('button'))")
    planted = violations(browser, axe, "['button-name']")
    assert [one.partition(" ")[0] for one in planted] == ["button-name"]
