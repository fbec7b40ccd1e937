"""Writes generated files into a folder of somebody else's, and no byte over what is not ours.

What was written is listed with its hashes in ``torq-exports.sha256``, so that a later export knows
its own files, and `sha256sum --check` finds what has changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.report import output_file

LISTING = "torq-exports.sha256"
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def write(files: Mapping[str, bytes], folder: Path, outdated: Iterable[str] = ()) -> None:
    """Write files by their paths below ``folder``, which is made when it is missing.

    ``outdated`` are removed, unless they were changed since an export wrote them. KitError where a
    file is there that no export wrote, or that was changed since; then nothing has been written.
    """
    try:
        listed = _listed(folder)
        for path, data in files.items():
            if not _is_ours(folder / path, data, listed.get(path)):
                raise KitError(
                    f"{folder / path} is there, and it is not as an export wrote it.",
                    "Move it away, or name another folder.",
                )
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            output_file.write(folder / path, data)
        for path in outdated:
            digest = listed.pop(path, None)
            if (folder / path).is_file() and _is_ours(folder / path, b"", digest):
                (folder / path).unlink()
        listed |= {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        lines = (f"{listed[path]}  {path}\n" for path in sorted(listed))
        output_file.write(folder / LISTING, "".join(lines))
    except OSError as error:
        where = error.filename or folder
        raise KitError(f"{where} cannot be written: {error.strerror}.", "Name a folder.") from error


def _is_ours(path: Path, data: bytes, digest: str | None) -> bool:
    """Whether a file may be written: it is missing, the same already, or as we left it."""
    if not path.exists():
        return True
    there = path.read_bytes()
    return there == data or hashlib.sha256(there).hexdigest() == digest


def _listed(folder: Path) -> dict[str, str]:
    """The hashes of what was exported into the folder before, by path."""
    path = folder / LISTING
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    if None in matches:
        raise KitError(f"{path} is no list of exported files.", "Move it away.")
    return {match[2]: match[1] for match in matches if match}
