"""Every file that the kit writes is written here, so that nothing is destroyed on the way.

A regular file is replaced by rename, through its symlink, with its mode and owner kept: nobody ever
reads half a file, and what was there stays until the new content is whole. A device, a FIFO or a
descriptor of this process is written through. What may not be written is a KitError.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from torq_conformance.errors import KitError

PART = ".torq-{}.part"
"""The name of a file that is being written, beside the one that it will replace."""

LEFT_OVER_SECONDS = 3600
"""After which such a file belongs to nobody: the one who wrote it was killed."""

DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
STANDARD = {"/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}

IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY})
"""Why a file cannot be replaced that can be written: its folder is closed, or it is a mount."""

HINT = "Name another file."


def check(path: Path, hint: str = HINT) -> None:
    """Refuse a file that may not be written; nothing is touched."""
    reason = _why_not(path)
    if reason:
        raise KitError(f"{path} cannot be written: {reason}.", hint)


def write(path: Path, content: str | bytes, hint: str = HINT) -> None:
    """Write a file whole; what is not written whole is a KitError."""
    data = content.encode() if isinstance(content, str) else content
    check(path, hint)
    try:
        if is_stream(path):
            _write_through(path, data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        problem = f"{path} could not be written to its end: {error.strerror or error}."
        raise KitError(problem, hint) from error


def is_stream(path: Path) -> bool:
    """Whether what is written goes on to somebody else, and nothing can be read back."""
    return _descriptor(path) is not None or (path.exists() and not path.is_file())


def _why_not(path: Path) -> str:
    if _descriptor(path) is not None:
        return ""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        folder = Path(os.path.realpath(path)).parent
        if not folder.is_dir():
            return "its folder is missing"
        return "" if os.access(folder, os.W_OK | os.X_OK) else "its folder is not writable"
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    if stat.S_ISDIR(mode):
        return "it is a folder"
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        return "it is a disk" if stat.S_ISBLK(mode) else "it is a socket"
    # To root everything is writable; a file without any such mode is meant to stay as it is.
    return "" if mode & 0o222 and os.access(path, os.W_OK) else "it is read-only"


def _descriptor(path: Path) -> int | None:
    name = str(path)
    found = DESCRIPTOR.fullmatch(STANDARD.get(name, name))
    return int(found[1]) if found else None


def _write_through(path: Path, data: bytes) -> None:
    descriptor = _descriptor(path)
    if descriptor is not None:
        # Not opened anew: what was written to it before would be written over.
        sys.stdout.flush()
        opened = os.dup(descriptor)
    else:
        opened = os.open(path, os.O_WRONLY)
    with open(opened, "wb") as file:  # noqa: PTH123  it is a descriptor
        file.write(data)


def _replace(target: Path, data: bytes) -> None:
    _remove_left_over(target.parent)
    part = target.with_name(PART.format(secrets.token_hex(8)))
    try:
        with part.open("xb") as file:
            file.write(data)
        _take_after(part, target)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno not in IN_PLACE or not target.exists():
            raise
        with target.open("r+b") as file:
            file.write(data)
            file.truncate()
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _take_after(part: Path, target: Path) -> None:
    """Give a new file the mode and the owner of the one that it replaces."""
    with suppress(FileNotFoundError):
        there = target.stat()
        with suppress(PermissionError):
            os.chown(part, there.st_uid, there.st_gid)
        part.chmod(stat.S_IMODE(there.st_mode))


def _remove_left_over(folder: Path) -> None:
    """Remove what runs left behind that were killed while they wrote."""
    with suppress(OSError):
        for path in folder.glob(PART.format("*")):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS:
                    path.unlink()
