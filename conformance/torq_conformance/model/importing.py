"""Makes modules in the current folder importable, as ``python -m`` does, and shadows nothing."""

from __future__ import annotations

import sys
from pathlib import Path

OURS = (
    *("torq_conformance", "torq_specs", "torq_vectors"),
    *("pytest", "_pytest", "xdist", "execnet", "hypothesis", "construct", "numpy"),
    *("click", "rich", "jsonschema", "jinja2"),
)
"""What the kit imports: a module of that name in somebody's folder is not meant."""


def importable_from_here() -> str:
    """Make the current folder importable, as with ``python -m``; returns the folder.

    It comes first, so that what is developed there is taken and not what is installed; but last
    if it holds a module by which it would take the place of one that the kit needs.
    """
    here = Path.cwd()
    folder = str(here)
    if folder not in sys.path and "" not in sys.path:
        is_shadowing = any(
            (here / f"{name}.py").exists() or (here / name).is_dir() for name in OURS
        )
        sys.path.insert(len(sys.path) if is_shadowing else 0, folder)
    return folder
