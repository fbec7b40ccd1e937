"""The space that a stream draws from: the types of a registry by the domains they may ride in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from torq_conformance.errors import KitError
from torq_specs.enums import RelayDomain
from torq_specs.layout import Vector
from torq_specs.registry import Registry, TlvType
from torq_specs.rules import Operand, Rule

SMALL_SIZE = 16
"""Bytes below which a type is small: thousands of them make a message."""


@dataclass(frozen=True)
class Riding:
    """The types that may ride in one domain: none where a part of the types is claimed."""

    lines: tuple[TlvType, ...]
    declared: tuple[TlvType, ...]
    vectors: tuple[TlvType, ...]
    """Those of the declared ones that have a vector; the declared ones where none has."""
    opaque: tuple[TlvType, ...]
    """Types of bytes with a size rule; all types of bytes where there are none."""
    small: tuple[TlvType, ...]
    ruled: tuple[tuple[TlvType, Rule], ...]
    """Every rule with its type."""

    @functools.cached_property
    def of_elements(self) -> tuple[tuple[TlvType, Rule], ...]:
        """The rules about elements of vectors; all rules where none is."""
        found = (one for one in self.ruled if Operand.RECORDS in one[1].operands.values())
        return tuple(found) or self.ruled


@dataclass(frozen=True)
class Space:
    """What can be drawn of a registry; KitError where a part of it would be empty."""

    registry: Registry
    riding: Mapping[int, Riding]
    weights: tuple[tuple[float, int], ...]
    """How often each domain is drawn: a domain with more types of its own more often."""

    @functools.cached_property
    def lines(self) -> tuple[TlvType, ...]:
        """All types."""
        return tuple(self.registry)

    @functools.cached_property
    def has_rules(self) -> bool:
        """Whether any type has a rule of section 8."""
        return any(riding.ruled for riding in self.riding.values())

    @classmethod
    def of(cls, registry: Registry) -> Space:
        """The space of a registry."""
        riding = {int(domain): _riding(domain, registry) for domain in RelayDomain}
        for domain, found in riding.items():
            if not found.lines and not registry.unclaimed:
                raise KitError(
                    f"No type may ride in {RelayDomain(domain).name}: nothing can be drawn there.",
                    "Look at the registry that the run was given.",
                )
        own = {int(domain): _weight(domain, registry) for domain in RelayDomain}
        weights = tuple((count / sum(own.values()), domain) for domain, count in own.items())
        return cls(registry, riding, weights)


def _weight(domain: RelayDomain, registry: Registry) -> int:
    own = [line for line in registry if line.domain is domain]
    return 10 + len(own) + 2 * sum(line.layout is not None for line in own)


def _riding(domain: RelayDomain, registry: Registry) -> Riding:
    lines = tuple(line for line in registry if line.domain in {None, domain})
    declared = tuple(line for line in lines if line.layout is not None)
    opaque = tuple(line for line in lines if line.layout is None)
    vectors = tuple(line for line in declared if _has_vector(line))
    bounded = tuple(line for line in opaque if line.size_rule != "*")
    return Riding(
        lines,
        declared or lines,
        vectors or declared or lines,
        bounded or opaque or lines,
        tuple(line for line in opaque if line.size_min < SMALL_SIZE),
        tuple((line, rule) for line in lines for rule in line.rules),
    )


def _has_vector(line: TlvType) -> bool:
    fields = () if line.layout is None else line.layout.fields
    return any(isinstance(field.type, Vector) for field in fields)
