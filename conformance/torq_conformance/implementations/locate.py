"""Finds an implementation by the name that stands on the command line."""

from __future__ import annotations

import difflib
import importlib
import traceback
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.model.importing import importable_from_here, is_reserved

REFERENCE = "python:torq_conformance.reference:Reference"
FORMS = "`reference`, `python:package.module:Name` or `stdio:command --with arguments`"


def full_name(name: str) -> str:
    """The name with its scheme; KitError when it has none that the kit knows."""
    if name == "reference":
        return REFERENCE
    scheme, _, rest = name.partition(":")
    if scheme not in {"python", "stdio"} or not rest.strip():
        raise KitError(f"Unknown implementation {name!r}.", f"Write {FORMS}.")
    if scheme == "python" and not all(part.strip() for part in _split(rest)):
        raise KitError(f"{name!r} names no class.", "Write `python:package.module:Name`.")
    return name


def _split(rest: str) -> tuple[str, str]:
    module, _, attribute = rest.partition(":")
    return module, attribute


def load_python(name: str) -> object:
    """The instance that ``python:package.module:Name`` names; KitError tells what is missing."""
    module_name, attribute = _split(full_name(name).partition(":")[2])
    folder = importable_from_here()
    top = module_name.partition(".")[0]
    is_here = any((Path(folder) / one).exists() for one in (top, f"{top}.py"))
    if is_here and is_reserved(top) and not top.startswith("torq_"):
        problem = f"{top} is a module of Python or of the kit: that in {folder} is never taken."
        raise KitError(problem, "Give it another name.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(f"{missing}."):
            hint = f"Run from the folder that holds it, or install it (looked in {folder})."
            raise KitError(f"There is no module {missing!r}.", hint) from error
        raise KitError(
            f"{module_name} cannot be imported: it needs the module {missing!r}.",
            f"Install {missing!r} into this environment; it is needed at {_place(error)}.",
        ) from error
    except Exception as error:
        raise KitError(
            f"{module_name} cannot be imported: {_in_one_line(error)}.",
            f"It happened at {_place(error)}.",
        ) from error
    found: object = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            names = [n for n, v in vars(module).items() if hasattr(v, "capabilities")]
            raise KitError(f"{module_name} has no {attribute!r:.80}.", _nearest(part, names))
        found = getattr(found, part)
    if not isinstance(found, type):
        return found
    try:
        return found()
    except Exception as error:
        raise KitError(
            f"{attribute}() failed at {_place(error)}: {_in_one_line(error)}.",
            "The class is called without arguments; give each a default, or name an instance.",
        ) from error


NAMES_MAX = 5
"""Names of a module that one line lists."""


def _nearest(name: str, names: list[str]) -> str:
    """Which of the names may have been meant."""
    if not names:
        return "Nothing in it has `capabilities`."
    close = difflib.get_close_matches(name, names, NAMES_MAX, cutoff=0.5)
    listed = close or names[:NAMES_MAX]
    more = len(names) - len(listed)
    return f"It has: {', '.join(listed)}{f' and {more} more' if more else ''}."


def _in_one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _place(error: Exception) -> str:
    """File and line of an error: of what cannot be read as Python, of what is run else."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith("<frozen ")]
    return f"{own[-1].filename}:{own[-1].lineno}"
