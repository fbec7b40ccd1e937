"""A set that is small enough to be exported and compiled in a moment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from torq_conformance.vectors.reader import MANIFEST, published_folder

SMALL_SET = ("header.json", "tlvs/1-Trade.json", "order_book.json", "sequences.json")


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """Some of the published files, with a manifest that lists them."""
    folder = tmp_path / "set"
    (folder / "tlvs").mkdir(parents=True)
    manifest = json.loads((published_folder() / MANIFEST).read_text("utf-8"))
    manifest["files"] = [row for row in manifest["files"] if row["path"] in SMALL_SET]
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    for path in SMALL_SET:
        shutil.copy(published_folder() / path, folder / path)
    return folder
