"""What results speak of: which kit and specification, when, where, and the implementation's files.

Two results that differ in the digest of the specification answer other questions.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.machinery
import importlib.metadata
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torq_specs
from torq_conformance.implementations.locate import full_name
from torq_specs.registry import Registry
from torq_specs.requirements import requirements

READ_MAX = 1 << 30
"""Bytes of a file of the implementation that are hashed; of a larger one only the size is given."""


def about(registry: Registry) -> dict[str, Any]:
    """Version of the kit, digest of the specification, machine, Python, and the time now."""
    return {
        "kit": kit_version(),
        "specification": specification_digest(registry),
        "suite": suite_digest(),
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": platform.platform(),
        "cores": os.cpu_count() or 1,
    }


def kit_version() -> str:
    """The version of the kit that is installed."""
    return importlib.metadata.version("torq-conformance")


@functools.cache
def suite_digest() -> str:
    """SHA-256 over the source of the judge: every module of the kit and of the specification."""
    total = hashlib.sha256()
    for base in (Path(__file__).parents[1], Path(torq_specs.__path__[0])):
        for path in sorted(base.rglob("*.py")):
            name = f"{base.name}/{path.relative_to(base).as_posix()}"
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{digest}  {name}\n".encode())
    return total.hexdigest()


def specification_digest(registry: Registry) -> str:
    """SHA-256 over what is required and how every type is laid out, whatever part is judged."""
    whole = registry.whole
    lines = [f"{one.id} {one.level} {one.text}" for one in requirements(whole).values()]
    lines += [f"{one.number} {one.name} {one.size_rule} {one.layout!r}" for one in whole]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def files_of(implementation: str) -> list[dict[str, Any]]:
    """The files that its name speaks of, with their hashes: a program, its arguments, a module."""
    scheme, _, rest = full_name(implementation).partition(":")
    paths = _of_module(rest.partition(":")[0]) if scheme == "python" else _of_command(rest)
    return [_digest(path) for path in dict.fromkeys(paths)]


def _of_command(command: str) -> Iterator[Path]:
    first, *rest = shlex.split(command)
    program = shutil.which(first)
    if program is not None:
        yield Path(program)
    yield from (Path(word) for word in rest if Path(word).is_file())


def _of_module(name: str) -> Iterator[Path]:
    """Where a module lies; found without importing anything."""
    folders: list[str] | None = [str(Path.cwd()), *sys.path]
    spec = None
    for part in name.split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, folders)
        if spec is None:
            return
        folders = list(spec.submodule_search_locations or ())
    if spec is not None and spec.origin is not None and Path(spec.origin).is_file():
        yield Path(spec.origin)


def _digest(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    found: dict[str, Any] = {"name": path.name, "size": size}
    if size > READ_MAX:
        return found
    with path.open("rb") as file:
        return {**found, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def differences(document: Mapping[str, Any], registry: Registry) -> str:
    """Why results do not speak of what this kit judges, in one sentence; empty where they do."""
    theirs = document.get("about", {})
    if theirs.get("specification") == specification_digest(registry):
        return ""
    return (
        f"The results are of kit {theirs.get('kit', 'unknown')} and another specification than "
        f"that of this kit, {kit_version()}: the same id may be another question."
    )
