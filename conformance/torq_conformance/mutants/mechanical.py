"""Mutants of every field of every declared type, made by rule: one class for each kind of fault.

They are made from the reference's own layouts, not from the declarations that the suite is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torq_conformance.mutants.seeding import BytesMutant
from torq_conformance.reference.notation import (
    Bytes,
    Field,
    Integer,
    Padding,
    Vector,
)
from torq_conformance.reference.registry import LAYOUT_TYPES, default_registry
from torq_conformance.rejection import Rejected


@dataclass(frozen=True)
class Target:
    """What a fault is put into: a field, an element's field, padding, or a vector itself.

    ``vector`` is the vector in whose elements a field lies. ``offset`` of such a field counts from
    the start of a slot.
    """

    number: int
    field: Field
    vector: Vector | None = None

    @property
    def path(self) -> str:
        """The name, ``bids[].price`` for the field of an element, ``pad 37`` for padding."""
        if isinstance(self.field, Padding):
            return f"pad {self.field.offset}"
        if self.vector is None:
            return self.field.name
        return f"{self.vector.name}[].{self.field.name}".removesuffix(".")

    @property
    def offsets(self) -> list[int]:
        """Where it lies in a value, once for each slot."""
        if self.vector is None:
            return [self.field.offset]
        first = self.vector.offset + self.vector.head_size + self.field.offset
        step = self.vector.element_size
        return [first + step * slot for slot in range(self.vector.capacity)]

    @property
    def neighbour(self) -> Field | None:
        """The field right behind it, if it is of the same kind and size."""
        siblings = self.vector.element if self.vector else _fields(self.number)
        named = [field for field in siblings if not isinstance(field, Padding)]
        after = named[named.index(self.field) + 1 :] if self.field in named else []
        if after and type(after[0]) is type(self.field) and after[0].size == self.field.size:
            return after[0]
        return None


def _fields(number: int) -> tuple[Field, ...]:
    layout = default_registry()[number].layout
    assert layout is not None
    return layout.fields


def targets(number: int) -> Iterator[Target]:
    """Everything in the layout of a type, in wire order."""
    for field in _fields(number):
        yield Target(number, field)
        if isinstance(field, Vector):
            for part in field.element:
                yield Target(number, part, field)


class MechanicalMutant(BytesMutant):
    """A fault of one kind in one target; the path names it within its type."""

    kind: ClassVar[str]

    def __init__(self, number: int, path: str) -> None:
        super().__init__()
        self.target = next(t for t in targets(number) if t.path == path and self.fits(t))
        title = LAYOUT_TYPES[number][0]
        self.touched = (number,)
        self.id = f"{title}.{path}: {self.kind}"
        self.fault = f"{self.kind} of {path} in {title}"
        self.requirements = self.violated(title.upper())
        self.name = f"mutant {self.id}"
        self.seed()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.target.number, self.target.path)

    @classmethod
    def fits(cls, target: Target) -> bool:
        """Whether there can be such a fault in a target."""
        raise NotImplementedError

    def violated(self, title: str) -> tuple[str, ...]:
        """The requirements that it violates."""
        return (f"LAYOUT-{title}",)

    def seed(self) -> None:
        """Put the fault in, where it does not lie in `take` and `give`."""

    def parts(self) -> Iterator[slice]:
        """Where the target lies in a value, once for each slot."""
        for offset in self.target.offsets:
            yield slice(offset, offset + self.target.field.size)


class SignFlipped(MechanicalMutant):
    """A signed integer is unsigned, an unsigned one is signed."""

    kind = "sign"

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Integer)

    def seed(self) -> None:
        field = self.target.field
        assert isinstance(field, Integer)
        flipped = replace(field, is_signed=not field.is_signed)
        old: Field = field
        new: Field = flipped
        if self.target.vector is not None:
            old = self.target.vector
            element = tuple(flipped if part == field else part for part in old.element)
            new = replace(old, element=element)
        fields = _fields(self.target.number)
        self.lay_out(self.target.number, tuple(new if part == old else part for part in fields))


class ByteOrderSwapped(MechanicalMutant):
    """An integer is big-endian; bytes come last first."""

    kind = "byte order"

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Integer | Bytes) and target.field.size > 1

    def take(self, value: bytearray) -> None:
        for part in self.parts():
            value[part] = value[part][::-1]

    give = take


class NeighboursSwapped(MechanicalMutant):
    """A field and the next one, of the same size, lie in each other's place."""

    kind = "swapped with the next"

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Integer | Bytes) and target.neighbour is not None

    def take(self, value: bytearray) -> None:
        assert self.target.neighbour is not None
        distance = self.target.neighbour.offset - self.target.field.offset
        for part in self.parts():
            other = slice(part.start + distance, part.stop + distance)
            value[part], value[other] = value[other], value[part]

    give = take


class Narrowed(MechanicalMutant):
    """An integer loses the upper half of its bytes, bytes lose the last one."""

    kind = "width"

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Integer | Bytes) and target.field.size > 1

    def take(self, value: bytearray) -> None:
        size = self.target.field.size
        kept = size // 2 if isinstance(self.target.field, Integer) else size - 1
        for part in self.parts():
            value[part.start + kept : part.stop] = bytes(size - kept)

    give = take


class _CapacityMutant(MechanicalMutant):
    """Has another capacity than a vector has."""

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Vector)

    @property
    def vector(self) -> Vector:
        """The vector that is meant."""
        assert isinstance(self.target.field, Vector)
        return self.target.field

    def count(self, value: bytearray) -> int:
        """The count of the vector in a value."""
        return int.from_bytes(value[self.vector.offset : self.vector.offset + 2], "little")


class CapacityLess(_CapacityMutant):
    """A vector that is full is refused."""

    kind = "capacity - 1"

    def violated(self, title: str) -> tuple[str, ...]:
        return "VEC-FULL", "VEC-COUNT", "BOOK-SIDES", f"LAYOUT-{title}"

    def take(self, value: bytearray) -> None:
        count, limit = self.count(value), self.vector.capacity - 1
        if count == limit + 1:
            name = self.vector.name
            raise Rejected("CapacityExceeded", field=name, max_capacity=limit, attempted=count)

    give = take


class CapacityMore(_CapacityMutant):
    """One element more than the capacity is taken, and lost."""

    kind = "capacity + 1"

    def violated(self, title: str) -> tuple[str, ...]:
        return ("VEC-CAPACITY",)

    def take(self, value: bytearray) -> None:
        capacity = self.vector.capacity
        if self.count(value) == capacity + 1:
            value[self.vector.offset : self.vector.offset + 2] = capacity.to_bytes(2, "little")

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [{**tlv, "value": self._cut(tlv)} for tlv in message["tlvs"]]
        return super().encode({**message, "tlvs": tlvs})

    def _cut(self, tlv: Mapping[str, Any]) -> Any:
        name, capacity = self.vector.name, self.vector.capacity
        value = tlv["value"]
        if tlv["type"] not in self.touched or len(value[name]) != capacity + 1:
            return value
        return {**value, name: value[name][:capacity]}


class PaddingUnchecked(MechanicalMutant):
    """Padding is not checked, though strict_padding is claimed."""

    kind = "padding unchecked"

    @classmethod
    def fits(cls, target: Target) -> bool:
        return isinstance(target.field, Padding)

    def violated(self, title: str) -> tuple[str, ...]:
        return ("PAD-DECODE",)

    def take(self, value: bytearray) -> None:
        for part in self.parts():
            # A value that is too short stays so.
            if part.stop <= len(value):
                value[part] = bytes(self.target.field.size)


class PaddingWritten(PaddingUnchecked):
    """The last byte of padding is not written as zero."""

    kind = "padding written"

    def violated(self, title: str) -> tuple[str, ...]:
        return ("PAD-ENCODE",)

    def take(self, value: bytearray) -> None:
        """Leave the bytes that are decoded alone: here it is the encoder that is wrong."""

    def give(self, value: bytearray) -> None:
        for part in self.parts():
            value[part.stop - 1] = 1


KINDS: tuple[type[MechanicalMutant], ...] = (
    SignFlipped,
    ByteOrderSwapped,
    NeighboursSwapped,
    Narrowed,
    CapacityLess,
    CapacityMore,
    PaddingUnchecked,
    PaddingWritten,
)
"""Every kind of fault, in the order of the columns of the matrix."""


def mechanical_mutants() -> tuple[MechanicalMutant, ...]:
    """Every kind of fault in everything of every declared type that it fits."""
    return tuple(
        kind(number, target.path)
        for number in LAYOUT_TYPES
        for target in targets(number)
        for kind in KINDS
        if kind.fits(target)
    )
