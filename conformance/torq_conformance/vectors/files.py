"""Writes the files of golden vectors: byte-stable JSON, the manifest, what is frozen of it.

``fill`` is a pure function of the cases, of ``SUITE_VERSION`` and of what is frozen. Until its
version is frozen a set is rewritten freely. Of a frozen one no byte may change: what changes needs
a new version, in which each frozen id that is no longer there leaves a tombstone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.report import output_file
from torq_conformance.vectors.content import vectors_of
from torq_conformance.vectors.flags import FLAGS, LATITUDES
from torq_conformance.vectors.reader import MANIFEST, Document, read_json, read_manifest
from torq_conformance.vectors.selection import Chapter, chapters
from torq_specs.enums import Version

SUITE_VERSION = 1
"""The version of the set; raise it when vectors change after the version was frozen."""

FROZEN = "frozen.json"
"""For each frozen version: the hash of its tree, the ids that it added and those it retired."""


def build(folder: Path, chosen: Iterable[Chapter] | None = None) -> dict[str, str]:
    """The text of every file of the set, by its path; ``folder`` tells what is frozen."""
    every = tuple(chapters() if chosen is None else chosen)
    rows = vectors_of(every)
    texts = {chapter.file: file_text(chapter, rows[chapter.file]) for chapter in every}
    ids = [vector["id"] for vectors in rows.values() for vector in vectors]
    frozen = read_frozen(folder)
    return {**texts, MANIFEST: manifest_text(texts, rows, retired(ids, frozen))}


def file_text(chapter: Chapter, vectors: list[Document]) -> str:
    """One file of vectors: one line for each part of a vector, so that differences are readable."""
    used = {flag for vector in vectors for flag in vector["flags"]}
    latitudes = {vector["latitude"] for vector in vectors if "latitude" in vector}
    head: Document = {
        "title": chapter.title,
        "description": chapter.description,
        "count": len(vectors),
        "notes": {name: vars(note) for name, note in sorted(FLAGS.items()) if name in used},
        "latitudes": {name: text for name, text in LATITUDES.items() if name in latitudes},
    }
    return vectors_text(head, vectors)


def vectors_text(head: Mapping[str, Any], vectors: Iterable[Document]) -> str:
    """The text of a file of vectors."""
    lines = [f' "{key}": {_indented(part)}' for key, part in head.items()]
    rows = ",\n".join(_vector_text(vector) for vector in vectors)
    return "{\n" + ",\n".join([*lines, f' "vectors": [\n{rows}\n ]']) + "\n}\n"


def _indented(part: object) -> str:
    if not isinstance(part, dict) or not part:
        return _plain(part)
    rows = ",\n".join(f'  "{key}": {_plain(one)}' for key, one in part.items())
    return f"{{\n{rows}\n }}"


def _vector_text(vector: Document) -> str:
    lines = [f'   "{key}": {_part_text(key, part)}' for key, part in vector.items()]
    return "  {\n" + ",\n".join(lines) + "\n  }"


def _part_text(key: str, part: Any) -> str:
    if key != "steps":
        return _plain(part)
    return "[\n" + ",\n".join(f"    {_plain(step)}" for step in part) + "\n   ]"


def _plain(part: object) -> str:
    return json.dumps(part, ensure_ascii=True)


def sha256(text: str) -> str:
    """The hash of a file."""
    return hashlib.sha256(text.encode()).hexdigest()


def tree_hash(texts: Mapping[str, str]) -> str:
    """The hash of what ``sha256sum`` prints for the files of vectors, in the order of paths."""
    lines = (f"{sha256(texts[path])}  {path}\n" for path in sorted(texts) if path != MANIFEST)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def manifest_text(
    texts: Mapping[str, str], rows: Mapping[str, list[Document]], tombstones: list[Document]
) -> str:
    """The manifest; every number in it is counted."""
    vectors = [vector for file in rows.values() for vector in file]
    document = {
        "protocol": "Torq Protocol V2",
        "header_version": int(Version.V1),
        "suite_version": SUITE_VERSION,
        "count": len(vectors),
        "results": dict(sorted(Counter(vector["result"] for vector in vectors).items())),
        "operations": dict(
            sorted(Counter(name for vector in vectors for name in vector["operations"]).items())
        ),
        "tree_sha256": tree_hash(texts),
        "files": [
            {
                "path": path,
                "count": len(rows[path]),
                "bytes": len(text.encode()),
                "sha256": sha256(text),
            }
            for path, text in texts.items()
        ],
        "retired": tombstones,
    }
    return json.dumps(document, indent=1) + "\n"


def read_frozen(folder: Path) -> Document:
    """What is frozen, by version; nothing where there is no such file."""
    if not (folder / FROZEN).exists():
        return {}
    document = read_json(folder / FROZEN)
    if not all(_is_entry(version, entry) for version, entry in document.items()):
        raise KitError(f"{folder / FROZEN} is no list of frozen versions.", "Take it from git.")
    return document


def _is_entry(version: str, entry: Any) -> bool:
    """Whether a version and what stands behind it have the form that ``freeze`` writes."""
    lists = [entry.get("added"), entry.get("retired")] if isinstance(entry, dict) else [None]
    return (
        re.fullmatch("[1-9][0-9]{0,8}", version) is not None
        and all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in lists)
        and isinstance(entry.get("tree_sha256"), str)
    )


def retired(ids: Iterable[str], frozen: Mapping[str, Any]) -> list[Document]:
    """A tombstone for every frozen id that is no longer there."""
    there = set(ids)
    versions = sorted(frozen, key=int)
    added = {id_: int(version) for version in versions for id_ in frozen[version]["added"]}
    gone = {id_: int(version) for version in versions for id_ in frozen[version]["retired"]}
    return [
        {"id": id_, "added_in": version, "retired_in": gone.get(id_, SUITE_VERSION)}
        for id_, version in added.items()
        if id_ not in there
    ]


def fill(folder: Path, chosen: Iterable[Chapter] | None = None) -> list[str]:
    """Write every file that differs, remove those that are no longer there; returns their paths."""
    texts = build(folder, chosen)
    frozen = read_frozen(folder).get(str(SUITE_VERSION))
    if frozen is not None and frozen["tree_sha256"] != tree_hash(texts):
        raise KitError(
            f"Suite version {SUITE_VERSION} is frozen, and the vectors are no longer those of it.",
            f"Raise SUITE_VERSION in {Path(__file__).name}, or take the change back.",
        )
    # Other files that lie there are somebody's: of those in the way nothing is written over.
    ours = _listed(folder)
    foreign = [path for path in texts if (folder / path).exists() and path not in ours]
    if foreign:
        raise KitError(
            f"{folder / foreign[0]} is there, and no manifest says that it is a golden vector.",
            "Name the folder of the set, or an empty one, with --folder.",
        )
    stale = [path for path in ours if path not in texts and (folder / path).is_file()]
    for path in stale:
        (folder / path).unlink()
    changed = [path for path, text in texts.items() if _is_other(folder / path, text)]
    for path in changed:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        output_file.write(folder / path, texts[path])
    return [*stale, *changed]


def _listed(folder: Path) -> list[str]:
    """What a set that lies there consists of, by its manifest."""
    if not (folder / MANIFEST).exists():
        return []
    return [*(row["path"] for row in read_manifest(folder)["files"]), MANIFEST]


def _is_other(path: Path, text: str) -> bool:
    return not path.exists() or path.read_bytes() != text.encode()


def files_in(folder: Path) -> list[str]:
    """The files of vectors that are there, and the manifest if it is."""
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.json")))
    return [path for path in found if path != FROZEN and not path.endswith(".schema.json")]


def freeze(folder: Path) -> str:
    """Freeze the current version as it is published; returns the hash of its tree."""
    frozen = read_frozen(folder)
    manifest = read_manifest(folder)
    version = str(manifest["suite_version"])
    if version in frozen:
        raise KitError(f"Suite version {version} is frozen.", "Nothing needs to be done.")
    known = {id_ for entry in frozen.values() for id_ in entry["added"]}
    ids = [
        vector["id"]
        for row in manifest["files"]
        for vector in read_json(folder / row["path"])["vectors"]
    ]
    frozen[version] = {
        "tree_sha256": manifest["tree_sha256"],
        "added": [id_ for id_ in ids if id_ not in known],
        "retired": [row["id"] for row in manifest["retired"] if row["retired_in"] == int(version)],
    }
    output_file.write(folder / FROZEN, json.dumps(frozen, indent=1) + "\n")
    return str(manifest["tree_sha256"])
