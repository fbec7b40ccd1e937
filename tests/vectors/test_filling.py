"""Filling, freezing and checking a set: every kind of drift is seen, in one line that names it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from torq_conformance.errors import KitError
from torq_conformance.vectors import drift, files, reader
from torq_conformance.vectors.selection import Chapter, Pick, chapters, only

Document = dict[str, Any]


def _few(label: str) -> bool:
    return label.startswith(("byte 0 ", "byte 4 ")) and label.endswith("sealed")


def chosen() -> tuple[Chapter, ...]:
    """Trade, and a few flipped bits."""
    trade, faults = (c for c in chapters() if c.file in {"tlvs/1-Trade.json", "faults.json"})
    return trade, replace(faults, picks=(replace(faults.picks[-1], keep=_few),))


CHOSEN = chosen()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of two files, to be copied."""
    path = tmp_path_factory.mktemp("filled")
    files.fill(path, CHOSEN)
    return path


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A set of two files."""
    return shutil.copytree(filled, tmp_path / "set")


def problems(folder: Path) -> list[str]:
    return list(drift.check(folder, CHOSEN))


def edit(folder: Path, file: str, change: Callable[[Document], object]) -> None:
    document = json.loads((folder / file).read_text("utf-8"))
    change(document)
    (folder / file).write_text(json.dumps(document), "utf-8")


def test_what_was_filled_checks_and_is_the_same_again(folder: Path) -> None:
    assert problems(folder) == []
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    assert files.fill(folder, CHOSEN) == []
    shutil.rmtree(folder / "tlvs")
    assert files.fill(folder, CHOSEN) == ["tlvs/1-Trade.json"]
    assert {path: path.read_bytes() for path in folder.rglob("*.json")} == before


def test_files_that_are_no_longer_of_the_set_are_removed(folder: Path) -> None:
    (folder / "old.json").write_text("{}\n", "utf-8")
    assert "old.json: not part of the set" in problems(folder)
    assert "old.json: the manifest does not list it" in problems(folder)
    # That it is in the way is said; that it is ours, nothing says.
    assert files.fill(folder, CHOSEN[:-1]) == [CHOSEN[-1].file, reader.MANIFEST]
    assert not (folder / CHOSEN[-1].file).exists()
    assert (folder / "old.json").exists()


def test_every_changed_byte_is_seen(folder: Path) -> None:
    path = folder / "faults.json"
    data = bytearray(path.read_bytes())
    for offset in range(0, len(data), len(data) // 7):
        data[offset] ^= 1
        path.write_bytes(data)
        assert any(line.startswith("faults.json:") for line in problems(folder)), offset
        data[offset] ^= 1


def _first(document: Document) -> Document:
    vector: Document = document["vectors"][0]
    return vector


EDITS: tuple[tuple[str, str, Callable[[Document], object], str], ...] = (
    ("a count", "faults.json", lambda d: d.update(count=1), "faults.json: count is 1, there are"),
    (
        "a content",
        "faults.json",
        lambda d: _first(d).update(message=_first(d)["message"][2:]),
        "its content has the hash",
    ),
    (
        "an unknown flag",
        "faults.json",
        lambda d: _first(d)["flags"].append("Odd"),
        "faults.json: flag Odd is unknown",
    ),
    (
        "a flag without a note",
        "faults.json",
        lambda d: d["notes"].pop("BitFlip"),
        "faults.json: flag BitFlip has no note",
    ),
    (
        "a note that is not used",
        "faults.json",
        lambda d: d["notes"].update(Plain={"bug": "BASIC", "effect": "x", "reason": "y"}),
        "faults.json: note Plain is not used",
    ),
    (
        "a note in other words",
        "faults.json",
        lambda d: d["notes"]["BitFlip"].update(effect="none"),
        "faults.json: note BitFlip is not what the kit says",
    ),
    (
        "a vector twice",
        "faults.json",
        lambda d: d["vectors"].append(_first(d)),
        "stands 2 times",
    ),
    (
        "a requirement that there is not",
        "faults.json",
        lambda d: _first(d).update(requirements=["HDR-COLOUR"]),
        "requirement HDR-COLOUR is unknown",
    ),
    (
        "another form",
        "faults.json",
        lambda d: _first(d).pop("faults"),
        "faults.json: $.vectors[0]",
    ),
    (
        "a value that cannot be asked",
        "tlvs/1-Trade.json",
        lambda d: _first(d)["value"]["tlvs"][0]["value"].pop("price"),
        "cannot be asked: tlvs[0].value lacks or does not know price",
    ),
    (
        "a latitude that is not reported",
        "tlvs/1-Trade.json",
        lambda d: d["latitudes"].clear(),
        "latitude padding is not reported",
    ),
    (
        "the sum of results",
        "manifest.json",
        lambda d: d["results"].update(valid=1),
        "manifest.json: results is",
    ),
    (
        "a hash",
        "manifest.json",
        lambda d: d["files"][0].update(sha256="0" * 64),
        f"manifest.json: sha256 of tlvs/1-Trade.json is {'0' * 64}, not ",
    ),
    (
        "the hash of the tree",
        "manifest.json",
        lambda d: d.update(tree_sha256="0" * 64),
        "manifest.json: tree_sha256 is not that of the files",
    ),
    (
        "a tombstone of none",
        "manifest.json",
        lambda d: d["retired"].append({"id": "x-00000000", "added_in": 1, "retired_in": 2}),
        "manifest.json: the tombstone x-00000000 is of none",
    ),
    (
        "a file that the manifest lacks",
        "manifest.json",
        lambda d: d["files"].pop(),
        "the manifest does not list it",
    ),
    ("a manifest of another form", "manifest.json", lambda d: d.pop("count"), "manifest.json: $"),
)


@pytest.mark.parametrize(
    ("file", "change", "reported"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS]
)
def test_lint_tells_what_an_edit_by_hand_breaks(
    folder: Path, file: str, change: Callable[[Document], object], reported: str
) -> None:
    assert list(drift.lint(folder)) == []
    edit(folder, file, change)
    found = list(drift.lint(folder))
    assert any(reported in line for line in found), found
    assert all("\n" not in line for line in found)
    assert any(line.startswith(f"{file}:1: not what") for line in problems(folder))


def test_a_missing_file_is_reported(folder: Path) -> None:
    (folder / "faults.json").unlink()
    assert "faults.json: missing" in problems(folder)
    assert "faults.json: missing, but the manifest lists it" in list(drift.lint(folder))


def fewer() -> tuple[Chapter, ...]:
    """The set without one vector."""
    one = CHOSEN[-1]
    picks = (*one.picks[:-1], replace(one.picks[-1], keep=_not_first_bit))
    return (*CHOSEN[:-1], replace(one, picks=picks))


def _not_first_bit(label: str) -> bool:
    return _few(label) and not label.startswith("byte 0 bit 0 ")


def retired(folder: Path) -> list[Document]:
    manifest = reader.read_json(folder / reader.MANIFEST)
    rows: list[Document] = manifest["retired"]
    return rows


def test_before_it_is_frozen_a_set_changes_freely_and_silent_drift_is_seen(folder: Path) -> None:
    assert any("faults.json" in line for line in drift.check(folder, fewer()))
    assert set(files.fill(folder, fewer())) == {"faults.json", "manifest.json"}
    assert list(drift.check(folder, fewer())) == []
    assert retired(folder) == []


def test_a_frozen_version_does_not_change(folder: Path) -> None:
    before = (folder / "faults.json").read_bytes()
    files.freeze(folder)
    assert problems(folder) == []
    with pytest.raises(KitError, match=r"Suite version 1 is frozen.*Raise SUITE_VERSION"):
        files.fill(folder, fewer())
    assert (folder / "faults.json").read_bytes() == before
    assert any("is frozen, and what is written now" in p for p in drift.check(folder, fewer()))
    with pytest.raises(KitError, match="is frozen"):
        files.freeze(folder)


def test_an_edit_of_frozen_files_is_reported_even_with_all_hashes_made_good(folder: Path) -> None:
    files.freeze(folder)
    for path, text in files.build(folder, fewer()).items():
        (folder / path).write_text(text, "utf-8")
    edit(folder, reader.MANIFEST, lambda d: d["retired"].clear())
    assert "suite version 1 is frozen, and its files have changed" in list(drift.lint(folder))


def test_a_frozen_id_that_is_gone_leaves_a_tombstone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.freeze(folder)
    monkeypatch.setattr(files, "SUITE_VERSION", 2)
    files.fill(folder, fewer())
    assert list(drift.check(folder, fewer())) == []
    (row,) = retired(folder)
    assert row["id"].startswith("err-no-crash-byte-0-bit-0-flipped-and-sealed-")
    assert (row["added_in"], row["retired_in"]) == (1, 2)
    edit(folder, reader.MANIFEST, lambda d: d["retired"].clear())
    assert f"manifest.json: {row['id']} has no tombstone" in list(drift.lint(folder))
    files.fill(folder, fewer())
    files.freeze(folder)
    monkeypatch.setattr(files, "SUITE_VERSION", 3)
    files.fill(folder, fewer())
    assert retired(folder) == [row]


def test_an_id_says_its_content(folder: Path) -> None:
    document = reader.read_json(folder / "faults.json")
    for vector in document["vectors"]:
        assert vector["id"].endswith(reader.content_digest(vector))
        changed = {**vector, "comment": "other words", "flags": ["Plain"]}
        assert reader.content_digest(changed) == reader.content_digest(vector)
        other = {**vector, "result": "other"}
        assert reader.content_digest(other) != reader.content_digest(vector)


def test_a_pick_that_finds_nothing_is_an_error(tmp_path: Path) -> None:
    wrong = replace(CHOSEN[0], picks=(Pick("test_wrong_sizes_are_refused", ("Size",), only("^$")),))
    with pytest.raises(KitError, match="nothing is picked from test_wrong_sizes_are_refused"):
        files.build(tmp_path, [wrong])
    unknown = replace(CHOSEN[0], picks=(Pick("test_nowhere", ("Size",)),))
    with pytest.raises(KitError, match="no test test_nowhere"):
        files.build(tmp_path, [unknown])
