"""The registry as flat rows, which the C file of ``export fuzz`` has as they are here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise

from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Enumeration, FieldLayout, Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import Registry, TlvType
from torq_specs.rules import Operand


class PartKind(IntEnum):
    """What a part of a layout is."""

    NUMBER = 0
    BYTES = 1
    PADDING = 2
    VECTOR = 3


@dataclass(frozen=True)
class Part:
    """A field, or a run of padding; sizes and offsets in bytes.

    Its named values are ``member_count`` rows of ``Tables.members`` from ``member_first`` on. Of a
    vector ``element`` is the row of ``Tables.layouts`` that its slots have.
    """

    kind: PartKind
    offset: int
    size: int
    member_first: int = 0
    member_count: int = 0
    capacity: int = 0
    slots_offset: int = 0
    slot_size: int = 0
    element: int = 0


@dataclass(frozen=True)
class Rows:
    """A layout: its rows of ``Tables.parts``, and those of ``Tables.pairs``."""

    name: str
    part_first: int
    part_count: int
    pair_first: int
    pair_count: int


@dataclass(frozen=True)
class Type:
    """A line of the registry; ``domain`` 0 is any, ``layout`` -1 is none."""

    number: int
    name: str
    domain: int
    size_min: int
    size_max: int
    layout: int


@dataclass
class Tables:
    """Everything that a mutator knows of the protocol; the header is the first layout.

    ``pairs`` are parts of one layout that a rule of section 8 speaks of together, as two offsets
    and the size that both have. ``laid_out`` are the types that have a layout, by row.
    """

    types: list[Type] = field(default_factory=list)
    laid_out: list[int] = field(default_factory=list)
    layouts: list[Rows] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int, int]] = field(default_factory=list)
    _member_rows: dict[Enumeration, tuple[int, int]] = field(default_factory=dict)
    _element_rows: dict[Layout, int] = field(default_factory=dict)

    @classmethod
    def of(cls, registry: Registry) -> Tables:
        """The tables of a registry."""
        tables = cls()
        tables._add(HEADER_LAYOUT)
        for line in registry:
            layout = -1 if line.layout is None else tables._add(line.layout, _pairs(line))
            if layout >= 0:
                tables.laid_out.append(len(tables.types))
            domain = 0 if line.domain is None else int(line.domain)
            sizes = line.size_min, line.size_max
            tables.types.append(Type(line.number, line.name, domain, *sizes, layout))
        return tables

    def _add(self, layout: Layout, pairs: Iterable[tuple[int, int, int]] = ()) -> int:
        """The row of a layout, behind those of its vectors' elements."""
        parts = [self._part(one) for one in layout.fields if not one.is_derived]
        made = list(pairs)
        self.layouts.append(
            Rows(layout.name, len(self.parts), len(parts), len(self.pairs), len(made))
        )
        self.parts += parts
        self.pairs += made
        return len(self.layouts) - 1

    def _part(self, one: FieldLayout) -> Part:
        match one.type:
            case Padding():
                return Part(PartKind.PADDING, one.offset, one.size)
            case Raw():
                return Part(PartKind.BYTES, one.offset, one.size)
            case Integer():
                members = self._members(one.values)
                return Part(PartKind.NUMBER, one.offset, one.size, *members)
            case Vector() as vector:
                return Part(
                    PartKind.VECTOR,
                    one.offset,
                    one.size,
                    capacity=vector.capacity,
                    slots_offset=vector.slots_offset,
                    slot_size=vector.element.size,
                    element=self._element(vector.element),
                )

    def _members(self, values: Enumeration | None) -> tuple[int, int]:
        if values is None:
            return 0, 0
        if values not in self._member_rows:
            self._member_rows[values] = len(self.members), len(values)
            self.members += [int(member) % (1 << 64) for member in values]
        return self._member_rows[values]

    def _element(self, element: Layout | Integer) -> int:
        if isinstance(element, Integer):
            element = Layout(str(element), (FieldLayout("element", 0, element),))
        if element not in self._element_rows:
            self._element_rows[element] = self._add(element)
        return self._element_rows[element]


def _pairs(line: TlvType) -> list[tuple[int, int, int]]:
    """Offsets of integers of one size that a rule reads together."""
    assert line.layout is not None
    found: list[tuple[int, int, int]] = []
    for rule in line.rules:
        names = [name for name, what in rule.operands.items() if what is Operand.INTEGER]
        for one, other in pairwise(line.layout.field(name) for name in names):
            if one.size == other.size:
                found.append((one.offset, other.offset, one.size))
    return found
