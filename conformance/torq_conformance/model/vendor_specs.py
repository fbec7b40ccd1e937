"""Vendor TLVs (200 to 254) that an implementer declares in a module of their own."""

from __future__ import annotations

import importlib
from pathlib import Path

from torq_conformance.errors import KitError
from torq_conformance.model.importing import importable_from_here
from torq_specs.errors import SpecificationError
from torq_specs.registry import REGISTRY, Registry, TlvType


def module_name(text: str) -> str:
    """The name of a module that is named by itself, or by its file in the current folder."""
    path = Path(text)
    if path.suffix != ".py":
        return text
    if not path.is_file():
        raise KitError(f"There is no file {path}.", "Name a module, or its file.")
    try:
        relative = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError as error:
        problem = f"{path} does not lie in {Path.cwd()}."
        raise KitError(problem, "Run from the folder that is on the path of imports.") from error
    parts = relative.with_suffix("").parts
    # A layout with src/ is imported without it.
    return ".".join(parts[1:] if parts[0] == "src" else parts)


def registry_with(module_name: str | None) -> Registry:
    """The protocol's registry, with the ``TLVS`` of a module added; KitError says what is wrong."""
    if not module_name:
        return REGISTRY
    importable_from_here()
    hint = (
        "A module of vendor specs holds `TLVS = [vendor(201, MyDeclaration, size), ...]`; "
        "`vendor` is in torq_specs.registry, the vocabulary in torq_specs.wire."
    )
    try:
        module = importlib.import_module(module_name)
    except SpecificationError as error:
        raise KitError(f"{module_name}: {error}.", hint) from error
    except Exception as error:
        raise KitError(
            f"The vendor specs {module_name} cannot be imported: {type(error).__name__}: {error}.",
            hint,
        ) from error
    lines = getattr(module, "TLVS", None)
    if not isinstance(lines, list | tuple) or not all(isinstance(x, TlvType) for x in lines):
        raise KitError(f"{module_name} has no list TLVS of types.", hint)
    try:
        return REGISTRY.with_vendor_types(lines)
    except SpecificationError as error:
        raise KitError(f"{module_name}: {error}.", hint) from error
