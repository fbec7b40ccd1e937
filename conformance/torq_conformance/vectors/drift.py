"""Checks the published set: against what is written anew, and for what an edit by hand breaks.

One line for each problem. ``check`` writes everything anew and compares; ``lint`` looks at the
files alone: their form, their ids, flags, notes, counts and hashes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.vectors import files
from torq_conformance.vectors.flags import FLAGS, LATITUDES
from torq_conformance.vectors.reader import (
    FILE_SCHEMA,
    MANIFEST,
    MANIFEST_SCHEMA,
    Document,
    GoldenVector,
    content_digest,
    form_errors,
    questions,
    read_json,
)
from torq_conformance.vectors.selection import Chapter
from torq_specs.requirements import requirements

FORM_ERRORS_MAX = 5
"""Errors of form that are reported of one file."""


def check(folder: Path, chosen: Iterable[Chapter] | None = None) -> Iterator[str]:
    """Every way in which the published set is not what ``fill`` writes."""
    texts = files.build(folder, chosen)
    entry = files.read_frozen(folder).get(str(files.SUITE_VERSION))
    if entry is not None and entry["tree_sha256"] != files.tree_hash(texts):
        yield (
            f"suite version {files.SUITE_VERSION} is frozen, and what is written now differs: "
            "raise SUITE_VERSION"
        )
    there = files.files_in(folder)
    yield from (f"{path}: not part of the set" for path in there if path not in texts)
    for path, text in texts.items():
        if path not in there:
            yield f"{path}: missing"
        elif (folder / path).read_bytes() != text.encode():
            line = _first_difference((folder / path).read_text("utf-8", "replace"), text)
            yield f"{path}:{line}: not what torq-conformance vectors fill writes"
    yield from lint(folder)


def _first_difference(old: str, new: str) -> int:
    pairs = enumerate(zip_longest(old.splitlines(), new.splitlines()), 1)
    # Line ends, or a missing one at the end, differ in no line.
    return next((number for number, (one, other) in pairs if one != other), 1)


def lint(folder: Path) -> Iterator[str]:
    """Every way in which the published files contradict themselves, or their form."""
    manifest, errors = _read(folder, MANIFEST, MANIFEST_SCHEMA)
    yield from errors
    if errors:
        return
    documents = {}
    is_formed = True
    for row in manifest["files"]:
        path = row["path"]
        if not (folder / path).exists():
            yield f"{path}: missing, but the manifest lists it"
            continue
        documents[path], errors = _read(folder, path, FILE_SCHEMA)
        yield from errors
        is_formed = is_formed and not errors
        if not errors:
            yield from _file_problems(path, documents[path])
    listed = {row["path"] for row in manifest["files"]}
    for path in files.files_in(folder):
        if path not in listed and path != MANIFEST:
            yield f"{path}: the manifest does not list it"
    # What is of another form cannot be counted.
    if is_formed:
        yield from _manifest_problems(folder, manifest, documents)


def _read(folder: Path, path: str, schema_name: str) -> tuple[Document, list[str]]:
    """A document, and what is wrong with its form."""
    try:
        document = read_json(folder / path)
    except KitError as error:
        return {}, [f"{path}: {error.problem}"]
    errors = islice(form_errors(document, schema_name), FORM_ERRORS_MAX)
    return document, [f"{path}: {error}" for error in errors]


def _file_problems(path: str, document: Document) -> Iterator[str]:
    vectors: list[Document] = document["vectors"]
    if document["count"] != len(vectors):
        yield f"{path}: count is {document['count']}, there are {len(vectors)} vectors"
    used = {flag for vector in vectors for flag in vector["flags"]}
    for flag in sorted(used - set(FLAGS)):
        yield f"{path}: flag {flag} is unknown"
    for flag in sorted(used - set(document["notes"])):
        yield f"{path}: flag {flag} has no note"
    for flag in sorted(set(document["notes"]) - used):
        yield f"{path}: note {flag} is not used"
    for flag, note in document["notes"].items():
        if flag in FLAGS and note != vars(FLAGS[flag]):
            yield f"{path}: note {flag} is not what the kit says"
    named = {
        one["latitude"] for v in vectors for one in (v, *v.get("steps", ())) if "latitude" in one
    }
    for name in sorted(named ^ set(document["latitudes"])):
        yield f"{path}: latitude {name} is {'not reported' if name in named else 'not used'}"
    for name in sorted(named - set(LATITUDES)):
        yield f"{path}: latitude {name} is unknown"
    for vector in vectors:
        yield from _vector_problems(path, vector)


def _vector_problems(path: str, vector: Document) -> Iterator[str]:
    where = f"{path}: {vector['id']}"
    digest = content_digest(vector)
    if not vector["id"].endswith(f"-{digest}"):
        yield f"{where}: its content has the hash {digest}"
    for id_ in vector["requirements"]:
        if id_ not in requirements():
            yield f"{where}: requirement {id_} is unknown"
    try:
        list(questions(GoldenVector(path, vector)))
    except (ValueError, KeyError) as error:
        yield f"{where}: cannot be asked: {error}"


def _manifest_problems(
    folder: Path, manifest: Document, documents: dict[str, Document]
) -> Iterator[str]:
    vectors = [vector for document in documents.values() for vector in document["vectors"]]
    ids = Counter(vector["id"] for vector in vectors)
    yield from (f"{MANIFEST}: id {id_} stands {n} times" for id_, n in ids.items() if n > 1)
    counts = {
        "count": len(vectors),
        "results": dict(Counter(vector["result"] for vector in vectors)),
        "operations": dict(Counter(name for vector in vectors for name in vector["operations"])),
    }
    for key, counted in counts.items():
        if manifest[key] != counted:
            yield f"{MANIFEST}: {key} is {manifest[key]}, counted are {counted}"
    for row in manifest["files"]:
        if row["path"] in documents:
            yield from _row_problems(folder, row, documents[row["path"]])
    texts = {path: (folder / path).read_text("utf-8") for path in documents}
    if manifest["tree_sha256"] != files.tree_hash(texts):
        yield f"{MANIFEST}: tree_sha256 is not that of the files"
    frozen = files.read_frozen(folder)
    entry = frozen.get(str(manifest["suite_version"]))
    if entry is not None and entry["tree_sha256"] != files.tree_hash(texts):
        yield f"suite version {manifest['suite_version']} is frozen, and its files have changed"
    reported = {row["id"] for row in manifest["retired"]}
    needed = {id_ for entry in frozen.values() for id_ in entry["added"]} - set(ids)
    yield from (f"{MANIFEST}: {id_} has no tombstone" for id_ in sorted(needed - reported))
    yield from (f"{MANIFEST}: the tombstone {id_} is of none" for id_ in sorted(reported - needed))


def _row_problems(folder: Path, row: Document, document: Document) -> Iterator[str]:
    data = (folder / row["path"]).read_bytes()
    facts = {
        "count": len(document["vectors"]),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    for key, fact in facts.items():
        if row[key] != fact:
            yield f"{MANIFEST}: {key} of {row['path']} is {row[key]}, not {fact}"
