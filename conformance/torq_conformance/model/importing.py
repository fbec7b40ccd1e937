"""Makes modules in the current folder importable, and lets none of them take another's place.

What is developed there is taken and not what is installed; but the standard library and what the
kit imports are never somebody's ``types.py`` or ``hypothesis.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

OURS = frozenset(
    {
        *("torq_conformance", "torq_specs", "torq_vectors"),
        *("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "colorama"),
        *("xdist", "execnet", "hypothesis", "_hypothesis_pytestplugin", "sortedcontainers"),
        *("_hypothesis_globals", "_hypothesis_ftz_detector"),
        *("construct", "numpy", "click", "rich", "pygments", "markdown_it", "mdurl"),
        *("jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs"),
        *("jinja2", "markupsafe", "exceptiongroup", "tomli", "typing_extensions"),
    }
)
"""What the kit imports, and what that imports; a test holds it to the requirements."""

SAFE_PATH = "PYTHONSAFEPATH"
"""Keeps Python from importing out of the current folder."""

FOR_THE_KIT_ALONE = "TORQ_CONFORMANCE_OWN_VARIABLE"
"""Names an environment variable that the kit set for itself; an implementation does not see it."""


class UserFolder(MetaPathFinder):
    """Finds modules in one folder, but for names that are somebody else's."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module lies, if it is one of the folder's own."""
        if path is not None or is_reserved(fullname):
            return None
        return PathFinder.find_spec(fullname, [self.folder], target)


def is_reserved(name: str) -> bool:
    """Whether the module of that name is Python's own, or one that the kit imports."""
    return name in OURS or name in sys.stdlib_module_names


def importable_from_here() -> str:
    """Make the modules of the current folder importable; returns the folder."""
    folder = str(Path.cwd())
    importable_from(folder)
    return folder


def importable_from(folder: str) -> None:
    """Make the modules of a folder importable, unless it is on the path already."""
    if folder in sys.path:
        return
    finders: list[object] = list(sys.meta_path)
    place = finders.index(PathFinder) if PathFinder in finders else len(finders)
    sys.meta_path.insert(place, UserFolder(folder))
    # For whoever looks there without importing: processes that are started anew, tools.
    sys.path.append(folder)


def keep_folder_out() -> None:
    """Keep the current folder out of the paths of Python processes that the kit starts."""
    if SAFE_PATH not in os.environ:
        os.environ.update({SAFE_PATH: "1", FOR_THE_KIT_ALONE: SAFE_PATH})
