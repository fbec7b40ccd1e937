"""The manifest of exports: what was written from which specification, and what is out of date.

``torq-exports.json`` lies in the folder that was exported into. It lists each kind with its folder,
its files with their hashes, the kit, the digest of the specification and the vendor types.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.exports import output
from torq_conformance.exports.catalogue import KINDS
from torq_conformance.exports.declared import Declared
from torq_conformance.report.foreign_text import shown

MANIFEST = "torq-exports.json"
FORMAT = 1

Manifest = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Stale:
    """A file that is not what an export would write now."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.path} {self.why}"


def write(kinds: Mapping[str, str], folder: Path, declared: Declared) -> dict[str, bytes]:
    """Write each kind into its folder below ``folder``, and the manifest; the files by path."""
    manifest = read(folder)
    made: dict[str, bytes] = {}
    outdated: list[str] = []
    for kind, where in kinds.items():
        files = _made(kind, where, declared)
        outdated += [path for path in manifest.get(kind, {}).get("files", {}) if path not in files]
        manifest[kind] = {
            "folder": where,
            "kit": declared.kit,
            "specification": declared.digest,
            "vendor_types": list(declared.vendor_names),
            "files": {path: _hash(data) for path, data in sorted(files.items())},
        }
        made |= files
    document = {"format": FORMAT, "exports": dict(sorted(manifest.items()))}
    listed = json.dumps(document, indent=1) + "\n"
    output.write({**made, MANIFEST: listed.encode()}, folder, outdated)
    return made


def stale(folder: Path, declared: Declared) -> Iterator[Stale]:
    """Everything listed that is missing, changed, or not what would be written now."""
    for kind, row in read(folder).items():
        _check_vendor_types(kind, row, declared)
        files = _made(kind, row["folder"], declared)
        for path, digest in row["files"].items():
            file = folder / path
            there = file.read_bytes() if file.is_file() else None
            if there is None:
                yield Stale(path, "is missing")
            elif path not in files:
                yield Stale(path, "is written by no export any more")
            elif there != files[path]:
                was_changed = _hash(there) != digest
                yield Stale(path, "was changed by hand" if was_changed else "is out of date")
        for path in files:
            if path not in row["files"]:
                yield Stale(path, "was not written yet")


def read(folder: Path) -> Manifest:
    """The kinds that a manifest lists; none where there is no manifest."""
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_bytes())
        exports: Manifest = document["exports"]
        is_right = document["format"] == FORMAT and all(map(_is_row, exports.values()))
        unknown = [kind for kind in exports if kind not in KINDS]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unreadable(path) from error
    if not is_right or unknown:
        raise _unreadable(path)
    return exports


def _is_row(row: Any) -> bool:
    files, names = row["files"], row["vendor_types"]
    return (
        all(isinstance(row[key], str) for key in ("folder", "kit", "specification"))
        and all(isinstance(name, str) for name in names)
        and all(isinstance(x, str) and _is_inside(x) for x in [*files, row["folder"]])
        and all(isinstance(x, str) for x in files.values())
    )


def _is_inside(path: str) -> bool:
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _unreadable(path: Path) -> KitError:
    return KitError(f"{path} is no manifest of exports of this kit.", "Move it away.")


def _check_vendor_types(kind: str, row: Mapping[str, Any], declared: Declared) -> None:
    theirs, ours = row["vendor_types"], list(declared.vendor_names)
    if theirs and not ours:
        names = shown(", ".join(theirs))
        raise KitError(
            f"The export {kind} has the vendor types {names}.",
            "Name the module that declares them with --vendor-specs.",
        )


def _made(kind: str, where: str, declared: Declared) -> dict[str, bytes]:
    files = KINDS[kind].files(declared)
    return {(Path(where) / path).as_posix(): data for path, data in files.items()}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
