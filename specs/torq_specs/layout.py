"""Walks a declaration into frozen records: which field lies where, how large it is, what it means.

Everything that is derived from the specification (cases, oracle, documents, foreign formats) reads
these records and never a declaration. A construct that the walker does not know is refused with
the name of the culprit, so nothing can be declared that would go unjudged.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from construct import Bytes, BytesInteger, FormatField

from torq_specs.errors import SpecificationError
from torq_specs.wire import Address, Declaration, EnumOf, Field, FixedVec, Zeros

if TYPE_CHECKING:
    from torq_specs.wire import type_construct


@dataclass(frozen=True, slots=True)
class Integer:
    """A little-endian integer of ``size`` bytes."""

    size: int
    is_signed: bool

    @property
    def minimum(self) -> int:
        """The smallest value."""
        return -(1 << (8 * self.size - 1)) if self.is_signed else 0

    @property
    def maximum(self) -> int:
        """The largest value."""
        return (1 << (8 * self.size - self.is_signed)) - 1

    def __str__(self) -> str:
        return f"{'i' if self.is_signed else 'u'}{8 * self.size}"


@dataclass(frozen=True, slots=True)
class Raw:
    """``size`` bytes that are carried as they are."""

    size: int

    def __str__(self) -> str:
        return f"{self.size} bytes"


@dataclass(frozen=True, slots=True)
class Padding:
    """``size`` zero bytes."""

    size: int

    def __str__(self) -> str:
        return f"pad {self.size}"


SLOTS_OFFSETS = (8, 16)
"""Where the slots of a vector may begin, by the alignment that its declaration names."""


@dataclass(frozen=True)
class Vector:
    """A FixedVec: count, padding, ``capacity`` slots of ``element``.

    The slots begin ``slots_offset`` bytes behind the vector's first byte.
    """

    element: Layout | Integer
    capacity: int
    slots_offset: int = 8

    COUNT = Integer(2, is_signed=False)

    @property
    def padding(self) -> Padding:
        """The zero bytes between count and slots."""
        return Padding(self.slots_offset - self.COUNT.size)

    @property
    def size(self) -> int:
        """Bytes of the whole vector."""
        return self.slots_offset + self.capacity * self.element.size

    def __str__(self) -> str:
        element = self.element.name if isinstance(self.element, Layout) else self.element
        slots = "" if self.slots_offset == SLOTS_OFFSETS[0] else f", slots at {self.slots_offset}"
        return f"FixedVec<{element}, {self.capacity}>{slots}"


Enumeration = type[IntEnum] | type[IntFlag]
FieldType = Integer | Raw | Padding | Vector


@dataclass(frozen=True)
class FieldLayout:
    """One field, or one run of padding (its name is empty), at its offset in bytes."""

    name: str
    offset: int
    type: FieldType
    doc: str = ""
    unit: str = ""
    values: Enumeration | None = None
    is_derived: bool = False
    provenance: str = ""

    @property
    def size(self) -> int:
        """Bytes that the field takes."""
        return self.type.size

    @property
    def end(self) -> int:
        """Offset of the first byte behind the field."""
        return self.offset + self.size

    @property
    def members(self) -> tuple[IntEnum, ...]:
        """Its numbers that have a name each; flags, which may be several at once, have none."""
        is_closed = self.values is not None and issubclass(self.values, IntEnum)
        return tuple(self.values) if self.values is not None and is_closed else ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that has no parts, with its whole path: ``bids[3].price``, ``bids.count``.

    Padding carries the path of what it follows and ``padding`` behind it.
    """

    path: str
    offset: int
    type: Integer | Raw | Padding

    @property
    def is_count(self) -> bool:
        """Whether it counts a vector's elements; fields of elements may be named so as well."""
        return self.path.endswith(".count") and "[" not in self.path

    @property
    def size(self) -> int:
        """Bytes that the leaf takes."""
        return self.type.size

    @property
    def end(self) -> int:
        """Offset of the first byte behind the leaf."""
        return self.offset + self.type.size


@dataclass(frozen=True)
class Layout:
    """All fields of a declaration in wire order, without gaps and overlaps."""

    name: str
    fields: tuple[FieldLayout, ...]
    doc: str = ""
    provenance: str = ""

    def __hash__(self) -> int:
        # Layouts are keys of caches: the name tells them apart, hundreds of fields take long.
        return hash(self.name)

    @property
    def size(self) -> int:
        """Bytes of the whole layout."""
        return self.fields[-1].end if self.fields else 0

    @functools.cached_property
    def named(self) -> tuple[FieldLayout, ...]:
        """The fields that are part of the neutral value."""
        return tuple(field for field in self.fields if field.name and not field.is_derived)

    def field(self, name: str) -> FieldLayout:
        """The field of that name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}")

    @functools.cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf of every field, slots of vectors included, in wire order."""
        return tuple(self._walk("", 0))

    @functools.cached_property
    def _leaf_at(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves for _ in range(leaf.size))

    def leaf_at(self, offset: int) -> Leaf:
        """The leaf that covers the byte at ``offset``."""
        return self._leaf_at[offset]

    def _walk(self, prefix: str, origin: int) -> Iterator[Leaf]:
        previous = ""
        for field in self.fields:
            offset = origin + field.offset
            match field.type:
                case Vector() as vector:
                    yield from _walk_vector(vector, prefix + field.name, offset)
                case Padding():
                    yield Leaf(f"{prefix}{previous or self.name}.padding", offset, field.type)
                case Integer() | Raw():
                    yield Leaf(prefix + field.name, offset, field.type)
            previous = field.name


def _walk_vector(vector: Vector, path: str, offset: int) -> Iterator[Leaf]:
    yield Leaf(f"{path}.count", offset, vector.COUNT)
    yield Leaf(f"{path}.padding", offset + vector.COUNT.size, vector.padding)
    for index in range(vector.capacity):
        slot = offset + vector.slots_offset + index * vector.element.size
        match vector.element:
            case Layout() as layout:
                yield from layout._walk(f"{path}[{index}].", slot)
            case Integer() as integer:
                yield Leaf(f"{path}[{index}]", slot, integer)


def layout_of(declaration: Declaration) -> Layout:
    """The layout of a declaration; SpecificationError names what the walker does not know."""
    fields: list[FieldLayout] = []
    offset = 0
    names: set[str] = set()
    for subcon in declaration.subcons:
        for field in _fields(subcon, offset, declaration.title):
            if field.name and field.name in names:
                raise SpecificationError(f"{declaration.title} declares {field.name} twice")
            names.add(field.name)
            fields.append(field)
            offset = field.end
    if offset != declaration.sizeof():
        raise SpecificationError(
            f"{declaration.title} is {declaration.sizeof()} bytes, its fields are {offset}"
        )
    return Layout(
        declaration.title, tuple(fields), str(declaration.docs or ""), declaration.provenance
    )


def _fields(subcon: type_construct, offset: int, owner: str) -> Iterator[FieldLayout]:
    if isinstance(subcon, Zeros):
        yield FieldLayout("", offset, Padding(subcon.size))
        return
    if not isinstance(subcon, Field) or not subcon.name:
        raise SpecificationError(f"{owner}: {subcon!r} at byte {offset} is no Field and no Zeros")
    is_address = isinstance(subcon.subcon, Address)
    field = FieldLayout(
        str(subcon.name),
        offset,
        Raw(Address.SIZE) if is_address else _type(subcon.subcon, f"{owner}.{subcon.name}"),
        str(subcon.docs or ""),
        subcon.unit,
        subcon.values,
        subcon.derived,
        subcon.provenance,
    )
    yield field
    if is_address:
        yield FieldLayout("", field.end, Padding(Address.padding.size))


def _type(subcon: object, owner: str) -> FieldType:
    match subcon:
        case EnumOf():
            return _type(subcon.subcon, owner)
        case FormatField() if subcon.fmtstr[0] == "<" and subcon.fmtstr[1] in "BHIQLbhilq":
            return Integer(subcon.sizeof(), is_signed=subcon.fmtstr[1].islower())
        case BytesInteger(length=int(size), swapped=True, signed=False):
            return Integer(size, is_signed=False)
        case Bytes(length=int(size)) if size > 0:
            return Raw(size)
        case FixedVec() if 0 < subcon.capacity <= Vector.COUNT.maximum:
            if subcon.alignment not in SLOTS_OFFSETS:
                raise SpecificationError(
                    f"{owner}: slots are aligned to 8 or 16, not {subcon.alignment}"
                )
            return Vector(_element(subcon.subcon, owner), subcon.capacity, subcon.alignment)
        case _:
            raise SpecificationError(
                f"{owner}: {subcon!r} is not of the wire vocabulary (torq_specs.wire)"
            )


def _element(subcon: object, owner: str) -> Layout | Integer:
    if isinstance(subcon, Declaration):
        layout = layout_of(subcon)
        if any(isinstance(field.type, Vector) for field in layout.fields):
            raise SpecificationError(f"{owner}: {layout.name} has a vector itself")
        return layout
    element = _type(subcon, owner)
    if not isinstance(element, Integer):
        raise SpecificationError(f"{owner}: elements are integers or declarations, not {element}")
    return element
