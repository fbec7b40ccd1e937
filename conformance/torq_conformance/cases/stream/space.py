"""The space that a stream draws from: the types of a registry by the domains they may ride in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from torq_conformance.errors import KitError
from torq_specs.enums import RelayDomain
from torq_specs.registry import Registry, TlvType

SMALL_SIZE = 16
"""Bytes below which a type is small: thousands of them make a message."""


@dataclass(frozen=True)
class Riding:
    """The types that may ride in one domain: none where a part of the types is claimed."""

    lines: tuple[TlvType, ...]
    declared: tuple[TlvType, ...]
    small: tuple[TlvType, ...]
    ruled: tuple[TlvType, ...]


@dataclass(frozen=True)
class Space:
    """What can be drawn of a registry; KitError where a part of it would be empty."""

    registry: Registry
    riding: Mapping[int, Riding]

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
        return cls(registry, riding)


def _riding(domain: RelayDomain, registry: Registry) -> Riding:
    lines = tuple(line for line in registry if line.domain in {None, domain})
    return Riding(
        lines,
        tuple(line for line in lines if line.layout is not None),
        tuple(line for line in lines if line.layout is None and line.size_min < SMALL_SIZE),
        tuple(line for line in lines if line.rules),
    )
