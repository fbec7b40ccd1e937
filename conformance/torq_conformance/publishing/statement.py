"""What a signature says of results: an in-toto statement of digests, and nothing that is new.

Everything in it follows from the results file, so whoever has that file makes the same statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError

Json = dict[str, Any]

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:torq-conformance:verdict:1"
AGAIN = "Run the suite again."


def statement_of(document: Mapping[str, Any], data: bytes, name: str) -> Json:
    """The statement about a results document whose file holds ``data``; KitError if there is none.

    Its subjects are the results and the files of the implementation, by their digests.
    """
    if document.get("status") != "complete":
        raise KitError(f"{name} is of a run that did not come to its end.", AGAIN)
    about, who = document["about"], document["implementation"]
    digests = {key: about.get(key) for key in ("specification", "suite")}
    if not all(isinstance(one, str) for one in digests.values()):
        raise KitError(f"{name} does not say by which suite it was judged.", AGAIN)
    files = [one for one in who.get("files", ()) if "sha256" in one]
    return {
        "_type": STATEMENT,
        "subject": [
            _subject(name, hashlib.sha256(data).hexdigest()),
            *(_subject(one["name"], one["sha256"]) for one in files),
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "kit": about.get("kit"),
            "suite": {"sha256": digests["suite"]},
            "requirements": {"sha256": digests["specification"]},
            "questions": {"sha256": document.get("digest")},
            "implementation": {key: who[key] for key in ("name", "version", "language")},
            "conclusion": document["conclusion"],
            "exit_code": document["exit_code"],
            "levels": [one["name"] for one in document["levels"]["all"] if one["is_reached"]],
            "began": about.get("began"),
        },
    }


def _subject(name: str, sha256: str) -> Json:
    return {"name": name, "digest": {"sha256": sha256}}


def differences(
    signed: Mapping[str, Any], ours: Mapping[str, Any], binaries: Iterable[Path] = ()
) -> Iterator[str]:
    """In what a signed statement differs from the one that the results give, one sentence each.

    ``binaries`` must be files of the implementation that was judged.
    """
    theirs, mine = _flat(signed), _flat({**ours, "subject": _named(signed, ours)})
    for key in sorted(theirs.keys() | mine.keys()):
        if theirs.get(key) != mine.get(key):
            yield f"{key} is signed as {theirs.get(key)!r:.100} and is {mine.get(key)!r:.100}"
    known = {one["digest"]["sha256"] for one in ours["subject"][1:]}
    for path in binaries:
        if file_digest(path) not in known:
            yield f"{path} is not what was judged"


def _named(signed: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Json]:
    """Our subjects; the results may have been given another name since."""
    subjects = signed.get("subject")
    first = subjects[0] if isinstance(subjects, list) and subjects else None
    name = first.get("name") if isinstance(first, dict) else None
    return [{**ours["subject"][0], "name": name}, *ours["subject"][1:]]


def _flat(value: object, path: str = "") -> dict[str, object]:
    """Every leaf of a JSON value by its path."""
    if isinstance(value, Mapping):
        parts = [(f"{path}.{key}" if path else str(key), one) for key, one in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{at}]", one) for at, one in enumerate(value)]
    else:
        return {path: value}
    return {key: leaf for name, one in parts for key, leaf in _flat(one, name).items()}


def file_digest(path: Path) -> str:
    """SHA-256 of a file; KitError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise KitError(f"{path} cannot be read: {error.strerror}.", "Name a file.") from error
