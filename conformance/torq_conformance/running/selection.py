"""What tests of the suite can be selected by: requirement, chapter, type, level and dimension.

One table of facts about a test gives its marks (``pytest -m "torq_type(name='Trade')"``) and its
words (``pytest -k type:Trade``, ``torq-conformance run -k type:Trade``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from torq_conformance.judging.levels import LEVELS, RELAY, WIRE
from torq_specs.registry import REGISTRY, Registry, TlvType
from torq_specs.requirements import requirements

CHAPTER = re.compile(r"test_\d+_(\w+)")


def facts(
    function: Any, line: TlvType | None = None, registry: Registry = REGISTRY
) -> Iterator[tuple[str, str]]:
    """What a test of the suite is about, as kind and name; nothing of any other function."""
    dimension = _dimension(function)
    if not dimension:
        return
    chapter = CHAPTER.search(str(function.__module__))
    if chapter is not None:
        yield "chapter", chapter[1]
    yield "dimension", dimension
    if line is not None:
        yield "type", line.name
    judged = _requirements(getattr(function, "torq_requirements", ()), line, registry)
    for id_ in judged:
        yield "requirement", id_
    for level in LEVELS:
        if level is not RELAY and any(_belongs(id_, level.name) for id_ in judged):
            yield "level", level.name


def words(function: Any, line: TlvType | None = None, registry: Registry = REGISTRY) -> set[str]:
    """What ``-k`` finds a test by, beside its name: as ``type:Trade``."""
    return {f"{kind}:{name}" for kind, name in facts(function, line, registry)}


def _dimension(function: Any) -> str:
    """How the cases of a test come about; empty where it is none of the suite's."""
    if hasattr(function, "torq_drawn"):
        return "drawn"
    if any(mark.name == "torq_vectors" for mark in getattr(function, "pytestmark", ())):
        return "vectors"
    source = getattr(function, "torq_source", None)
    if source is None:
        return ""
    if hasattr(source, "torq_planned"):
        return str(function.__name__).removeprefix("test_")
    if function.torq_stateful:
        return "stateful"
    return "generated" if function.torq_generated else "enumerated"


@functools.cache
def _requirements(
    patterns: tuple[str, ...], line: TlvType | None, registry: Registry
) -> tuple[str, ...]:
    """The ids that patterns name; of those that speak of one type each, that of the line."""
    found = []
    for pattern in patterns:
        ids = [id_ for id_ in _known(registry) if fnmatchcase(id_, pattern)]
        own = [id_ for id_ in ids if line is not None and line.name.upper() in id_.split("-")]
        found += (own or ids) if "*" in pattern else [pattern]
    return tuple(dict.fromkeys(found))


@functools.cache
def _known(registry: Registry) -> tuple[str, ...]:
    return tuple(requirements(registry))


def _belongs(requirement: str, level: str) -> bool:
    others = [one.name for one in LEVELS if one is not WIRE and one.holds(requirement)]
    return level in others if others else level == WIRE.name
