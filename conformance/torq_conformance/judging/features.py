"""A census by features: which classes of drawn questions were met, and which pairs of classes.

A run of the standard profile in which a class was never met has not asked what it claims to ask. A
class that no question can be of would make every such run inconclusive, and is seen at once.
"""

from __future__ import annotations

import base64
import functools
import zlib
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from torq_conformance.cases.stream.classes import Dimension, dimensions, needed
from torq_conformance.implementations.protocol import Capability, Operation, Way
from torq_specs.registry import Registry

PAIRS_NAMED_MAX = 40
"""Pairs that were never met and are named."""

APART = frozenset(
    frozenset({f"way: {Way.BULK}", f"{Operation.DECODE}: {which}"}) for which in ("right", "wrong")
)
"""Classes of different dimensions that nothing can be of both."""

OF_EVERY_PART = frozenset(
    {"way", "before", "numbers", "flags", "type", "framing", "sealed", "id operation", "symbol"}
)
"""Dimensions that have all of their classes whichever part of the types is claimed."""

UNPAIRED = frozenset({f"way: {Way.AT_ONCE}"})
"""Classes of a few small questions; what they meet says nothing."""

Json = dict[str, Any]


@functools.cache
def _classes(registry: Registry) -> tuple[tuple[Dimension, str], ...]:
    return tuple((one, name) for one in dimensions(registry) for name in one.classes)


@functools.cache
def _indexes(registry: Registry) -> dict[str, int]:
    return {f"{one.name}: {name}": at for at, (one, name) in enumerate(_classes(registry))}


class Features:
    """Counts of classes, and for each class a bit for every class that it was met with."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._indexes = _indexes(registry)
        self.counts = [0] * len(self._indexes)
        self._with = [0] * len(self._indexes)

    def add(self, met: Iterable[str]) -> None:
        """Count one question; KeyError for a class that no dimension has."""
        indexes = [self._indexes[one] for one in met if one in self._indexes]
        mask = 0
        for index in indexes:
            mask |= 1 << index
        for index in indexes:
            self.counts[index] += 1
            self._with[index] |= mask

    def packed(self) -> Json:
        """Everything in short, to cross processes."""
        size = len(self._with) // 8 + 1
        rows = b"".join(row.to_bytes(size, "little") for row in self._with)
        return {"counts": self.counts, "with": base64.b64encode(zlib.compress(rows)).decode()}

    def merge(self, packed: Json) -> None:
        """Add what another process counted."""
        size = len(self._with) // 8 + 1
        rows = zlib.decompress(base64.b64decode(packed["with"]))
        for at, count in enumerate(packed["counts"]):
            self.counts[at] += count
            self._with[at] |= int.from_bytes(rows[at * size : (at + 1) * size], "little")

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The classes that were met, as pairs of themselves, and the pairs, the smaller first."""
        for first, row in enumerate(self._with):
            rest = row >> first
            while rest:
                lowest = rest & -rest
                yield first, first + lowest.bit_length() - 1
                rest ^= lowest

    def taken(self, packed: Json) -> list[tuple[int, int]]:
        """Add what another process counted; the pairs that were not met before."""
        size = len(self._with) // 8 + 1
        rows = zlib.decompress(base64.b64decode(packed["with"]))
        new = Features(self._registry)
        for at, known in enumerate(self._with):
            new._with[at] = int.from_bytes(rows[at * size : (at + 1) * size], "little") & ~known
        self.merge(packed)
        return [*new.pairs()]

    def add_pairs(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Add pairs that were met, each class of them once; IndexError for one that is none."""
        for first, second in pairs:
            if min(first, second) < 0:
                raise IndexError(first)
            self._with[first] |= 1 << second
            self._with[second] |= 1 << first
            self.counts[first] = self.counts[second] = 1

    def document(self, capabilities: AbstractSet[Capability]) -> Json:
        """What was met and what was not, for an implementation that claims so much."""
        classes = _classes(self._registry)
        wanted = [at for at, (one, name) in enumerate(classes) if needed(one, name, capabilities)]
        pairs, never_pairs = 0, []
        for place, first in enumerate(wanted):
            for second in wanted[place + 1 :]:
                if not self._can_meet(classes[first], classes[second]):
                    continue
                pairs += 1
                if not self._with[first] >> second & 1:
                    never_pairs.append((first, second))
        never = [at for at in wanted if not self.counts[at]]
        named = [pair for pair in never_pairs if not {*never} & {*pair}]
        by_dimension: dict[str, dict[str, int]] = {}
        for at in wanted:
            one, name = classes[at]
            by_dimension.setdefault(one.name, {})[name] = self.counts[at]
        return {
            "dimensions": by_dimension,
            "classes": len(wanted),
            "classes_met": len(wanted) - len(never),
            "classes_never_met": [_named(classes[at]) for at in never],
            "pairs": pairs,
            "pairs_met": pairs - len(never_pairs),
            "pairs_never_met": [
                f"{_named(classes[first])}; {_named(classes[second])}"
                for first, second in named[:PAIRS_NAMED_MAX]
            ],
        }

    def _can_meet(self, first: tuple[Dimension, str], second: tuple[Dimension, str]) -> bool:
        if not _meet(first[0], second[0]) or frozenset({_named(first), _named(second)}) in APART:
            return False
        if _named(first) in UNPAIRED or _named(second) in UNPAIRED:
            return False
        names = {first[0].name, second[0].name}
        if names in ({"type"}, {"type", "domain"}):
            return len({self._domain(first), self._domain(second)} - {None}) <= 1
        return True

    def _domain(self, one: tuple[Dimension, str]) -> str | None:
        """The domain that a class of types or of domains needs; None: any."""
        if one[0].name == "domain":
            return one[1]
        domain = self._registry.named(one[1]).domain
        return None if domain is None else domain.name


@functools.cache
def _meet(first: Dimension, second: Dimension) -> bool:
    return first.meets(second)


@functools.cache
def _named(one: tuple[Dimension, str]) -> str:
    return f"{one[0].name}: {one[1]}"
