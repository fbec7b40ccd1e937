"""Makes modules in the current folder importable, as ``python -m`` does."""

from __future__ import annotations

import sys
from pathlib import Path


def importable_from_here() -> str:
    """Make the current folder importable, as with ``python -m``; returns the folder."""
    folder = str(Path.cwd())
    if folder not in sys.path and "" not in sys.path:
        sys.path.insert(0, folder)
    return folder
