"""What every foreign format is written from: records, types, enumerations, kinds of faults.

It is checked once, here, that each name stands for one thing: formats have one space of names.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown
from torq_conformance.running.provenance import specification_digest
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Enumeration, Integer, Layout, Vector
from torq_specs.registry import REGISTRY, Registry, TlvType


@dataclass(frozen=True)
class Declared:
    """The declarations of a registry, in an order in which each uses only earlier ones."""

    registry: Registry

    @cached_property
    def digest(self) -> str:
        """The digest of the specification, as results carry it."""
        return specification_digest(self.registry)

    @property
    def kit(self) -> str:
        """The version of the kit."""
        return importlib.metadata.version("torq-conformance")

    @property
    def vendor_names(self) -> tuple[str, ...]:
        """The vendor types that somebody declared."""
        return tuple(x.name for x in self.registry if x != REGISTRY.get(x.number))

    @property
    def types(self) -> tuple[TlvType, ...]:
        """The types that are declared field by field."""
        return self.registry.with_layout

    @cached_property
    def elements(self) -> tuple[Layout, ...]:
        """The records that vectors hold, each once."""
        found: list[Layout] = []
        for element in _elements(self.registry):
            if element not in found:
                found.append(element)
        return tuple(found)

    @cached_property
    def layouts(self) -> tuple[Layout, ...]:
        """Header, records and types."""
        types = (line.layout for line in self.types if line.layout is not None)
        return (HEADER_LAYOUT, *self.elements, *types)

    @cached_property
    def enumerations(self) -> tuple[Enumeration, ...]:
        """What fields name, each once, by name."""
        fields = (field for layout in self.layouts for field in layout.fields)
        found = {field.values for field in fields if field.values is not None}
        return tuple(sorted(found, key=lambda members: members.__name__))

    def integer_of(self, enumeration: Enumeration) -> Integer:
        """What holds the members of an enumeration, 64 bits at most; KitError if nothing does."""
        fields = (field for layout in self.layouts for field in layout.fields)
        size = max(field.size for field in fields if field.values is enumeration)
        is_signed = any(member < 0 for member in enumeration)
        integer = Integer(min(size, 8), is_signed=is_signed)
        for member in enumeration:
            if not integer.minimum <= member <= integer.maximum:
                raise KitError(
                    f"{shown(enumeration.__name__)}.{shown(member.name)} is {int(member)}, which "
                    f"{integer} cannot hold.",
                    "Constants have the width of the fields that name them, and 64 bits at most.",
                )
        return integer

    @cached_property
    def wide_sizes(self) -> tuple[int, ...]:
        """The sizes of integers of more than 64 bits, which few languages have."""
        types = [field.type for layout in self.layouts for field in layout.fields]
        parts = [type_.element if isinstance(type_, Vector) else type_ for type_ in types]
        sizes = {part.size for part in parts if isinstance(part, Integer)}
        return tuple(sorted(size for size in sizes if size > 8))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of layouts and enumerations; KitError where one stands for two things."""
        named = [layout.name for layout in self.layouts]
        named += [members.__name__ for members in self.enumerations]
        for name in named:
            if named.count(name) > 1:
                raise KitError(
                    f"{shown(name)} is the name of two different types, records or enumerations.",
                    "Give one of them another name.",
                )
        return tuple(named)


def _elements(registry: Registry) -> Iterator[Layout]:
    for line in registry.with_layout:
        for field in line.layout.fields if line.layout is not None else ():
            if isinstance(field.type, Vector) and isinstance(field.type.element, Layout):
                yield field.type.element
