"""All relay mutants, by id."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from torq_conformance.relay.mutants import delivery, dropping, framing, living, scattered
from torq_conformance.relay.mutants.faulty import Faulty

MODULES = (framing, delivery, dropping, living, scattered)


def _all() -> dict[str, type[Faulty]]:
    found: dict[str, type[Faulty]] = {}
    for module in MODULES:
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, Faulty) and one.__module__ == module.__name__ and "id" in vars(one):
                assert one.id not in found, f"two relay mutants {one.id}"
                found[one.id] = one
    return dict(sorted(found.items()))


GALLERY: Mapping[str, type[Faulty]] = _all()


def fault_of(mutant: type[Faulty]) -> str:
    """What is wrong with it, in one sentence."""
    return " ".join((mutant.__doc__ or "").split())
