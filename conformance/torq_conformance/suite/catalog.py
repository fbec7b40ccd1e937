"""Lists the tests of the suite, chapter by chapter, without running pytest."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from torq_conformance import suite
from torq_conformance.suite.checks import STANDARD, lines_of
from torq_conformance.suite.drawn import names_of
from torq_specs.registry import Registry, TlvType


@dataclass(frozen=True)
class SuiteTest:
    """One test: where it stands, where its cases come from, which requirements it names.

    ``chapter`` is the name of its module, such as ``test_1_header``. ``each`` says over which lines
    of the registry it is spread; empty: over none. A requirement may end in ``*``, as ``LAYOUT-*``.
    """

    chapter: str
    name: str
    source: Callable[..., Any]
    each: str
    requirements: tuple[str, ...]
    is_generated: bool
    is_stateful: bool
    test: Callable[..., None]
    """What pytest runs."""

    def names(self, requirement: str) -> bool:
        """Whether a requirement is among those that it names, exactly or by a pattern."""
        return any(fnmatchcase(requirement, pattern) for pattern in self.requirements)

    def lines(self, registry: Registry, profile: str = STANDARD) -> tuple[TlvType | None, ...]:
        """The lines of a registry over which it is spread; one None when it is not."""
        return lines_of(registry, self.each, profile) if self.each else (None,)


@functools.cache
def suite_tests() -> tuple[SuiteTest, ...]:
    """All tests of the suite, in the order of chapters and within a chapter as they are written."""
    return tuple(test for chapter in chapters() for test in _tests_of(chapter))


def chapters() -> list[str]:
    """The names of all chapters, as ``test_1_header``, in their order."""
    names = [module.name for module in pkgutil.iter_modules(suite.__path__)]
    return sorted((name for name in names if name.startswith("test_")), key=chapter_number)


def drawn_names(profile: str) -> tuple[str, ...]:
    """The names of all tests of blocks of drawn questions, as pytest gives them."""
    modules = {name: importlib.import_module(f"{suite.__name__}.{name}") for name in chapters()}
    return tuple(
        name
        for chapter, module in modules.items()
        for name in names_of(chapter, iter(vars(module).values()), profile)
    )


def chapter_number(chapter: str) -> int:
    """The number of a chapter: chapter 10 comes after chapter 9."""
    return int(chapter.split("_")[1])


def _tests_of(chapter: str) -> Iterator[SuiteTest]:
    module = importlib.import_module(f"{suite.__name__}.{chapter}")
    for name, function in vars(module).items():
        if name.startswith("test_") and hasattr(function, "torq_source"):
            yield SuiteTest(
                chapter,
                name,
                function.torq_source,
                function.torq_each,
                function.torq_requirements,
                function.torq_generated,
                function.torq_stateful,
                function,
            )
