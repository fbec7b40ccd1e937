"""What makes a class a mutant, and the places at which one fault is put into the reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from torq_conformance.mutants import edits
from torq_conformance.reference import Reference
from torq_conformance.reference.layout_codec import build_layout_codec
from torq_conformance.reference.layouts import LAYOUTS, RECORDS
from torq_conformance.reference.notation import Field, parse_layout
from torq_conformance.reference.registry import Layout
from torq_conformance.rejection import Rejected

AnyMutant = TypeVar("AnyMutant", bound="Mutant")


class Mutant(Reference):
    """The reference with one fault; ``fault`` is its sentence, ``requirements`` what it violates.

    ``touched`` are the TLV types that the fault touches; empty: it is not about a type.
    ``shown_by`` are requirements in whose tests the fault shows, though they do not speak of it.
    """

    id: str = ""
    fault: str = ""
    requirements: tuple[str, ...] = ()
    touched: tuple[int, ...] = ()
    shown_by: tuple[str, ...] = ()

    is_for_vectors: bool = True
    """Whether a golden vector may be expected to show it: files hold no corners."""

    # Most mutants take bytes apart as bytes; those of memory alone are given buffers, and those of
    # measured loops alone make them: what a codec does wrong shows in single questions.
    capabilities = Reference.capabilities - {"buffers", "throughput", "views"}

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process by name: there it is made anew, without any state."""
        return type(self), ()

    def change_lines(self, numbers: tuple[int, ...], **changes: object) -> None:
        """Change the size rule or the domain of some types."""
        changed: dict[int, Any] = {
            number: replace(self.registry[number], **changes)  # type: ignore[arg-type]
            for number in numbers
        }
        self.registry = {**self.registry, **changed}

    def lay_out(self, number: int, fields: tuple[Field, ...]) -> None:
        """Lay a type out by other fields of the same size in all."""
        self.change_lines((number,), layout=Layout(fields, build_layout_codec(fields)))


def mutant(id_: str, *requirements: str) -> Callable[[type[AnyMutant]], type[AnyMutant]]:
    """Make a class a mutant; the sentence in its docstring is its fault."""

    def decorate(cls: type[AnyMutant]) -> type[AnyMutant]:
        cls.id = id_
        cls.fault = " ".join((cls.__doc__ or "").split()).removesuffix(".")
        cls.requirements = requirements
        cls.name = f"mutant {id_}"
        return cls

    return decorate


def mutants_in(module: ModuleType) -> tuple[type[Mutant], ...]:
    """The mutants that a module defines, in the order in which they are written."""
    return tuple(
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Mutant)
        and found.__module__ == module.__name__
        and "id" in vars(found)
    )


class ValueMutant(Mutant):
    """Its fault lies in the values of the types ``touched``: `read` changes them once decoded.

    `write` gives the value that is encoded in place of one; it may change its copy in place.
    """

    def read(self, value: Any) -> Any:
        """The value that decoding gives."""
        return value

    def write(self, value: Any) -> Any:
        """The value that is encoded."""
        return value

    def decode(self, data: bytes) -> Any:
        message = super().decode(data)
        for tlv in message["tlvs"]:
            if tlv["type"] in self.touched:
                tlv["value"] = self.read(tlv["value"])
        return message

    def encode(self, message: Mapping[str, Any]) -> Any:
        tlvs = [
            {"type": tlv["type"], "value": self.write(_copy(tlv["value"]))}
            if tlv["type"] in self.touched
            else tlv
            for tlv in message["tlvs"]
        ]
        return super().encode({**message, "tlvs": tlvs})


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


class BytesMutant(Mutant):
    """Its fault lies in the bytes of the values of the types ``touched``; sizes stay."""

    def take(self, value: bytearray) -> None:
        """Change the bytes of a value before it is decoded."""

    def give(self, value: bytearray) -> None:
        """Change the bytes of a value after it was encoded."""

    def decode(self, data: bytes) -> Any:
        return super().decode(edits.with_values(data, self.touched, self.take))

    def encode(self, message: Mapping[str, Any]) -> Any:
        return edits.with_values(super().encode(message), self.touched, self.give)


class LayoutMutant(Mutant):
    """Lays the first of its ``types`` out by another text: ``old`` of it replaced by ``new``.

    The text is that of section 5, in `reference.layouts`, without the offsets. What ``old`` stands
    in may also be the layout of a record, an element of vectors.
    """

    old: ClassVar[str]
    new: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        for number in self.touched:
            text = self._replaced(re.sub(r" \[\d+\]", "", LAYOUTS[number]))
            records = {name: self._replaced(record) for name, record in RECORDS.items()}
            self.lay_out(number, parse_layout(text, records))

    def _replaced(self, text: str) -> str:
        return text.replace(self.old, self.new, 1)


REFUSED_BY: Mapping[str, tuple[str, ...]] = {
    "ChecksumMismatch": ("CHK-VERIFY",),
    "TruncatedTLV": ("TLV-TRUNCATED",),
    "InvalidTLVType": ("TLV-TYPE",),
    "ParseError": ("PAD-DECODE", "MSG-TRAILING"),
    "MessageTooSmall": ("MSG-TOO-SMALL",),
    "MessageTooLarge": ("MSG-TOO-LARGE",),
    "PayloadSizeMismatch": ("REG-SIZE",),
    "RelayDomainMismatch": ("TLV-DOMAIN",),
    "ValueOutOfRange": ("ERR-RANGE",),
    "CapacityExceeded": ("VEC-CAPACITY",),
}
"""In whose tests a kind of refusal is common."""


class RefusalMutant(Mutant):
    """Its fault lies in what it says when it refuses as ``kind``; empty: as anything."""

    kind: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.shown_by = REFUSED_BY.get(self.kind, ())

    def retold(self, context: dict[str, Any]) -> dict[str, Any]:
        """The context that a refusal gives; the argument may be changed in place."""
        return context

    def refuse(self, rejected: Rejected) -> BaseException:
        """What is raised in place of a refusal."""
        return Rejected(rejected.kind, **self.retold(dict(rejected.context)))

    def decode(self, data: bytes) -> Any:
        try:
            return super().decode(data)
        except Rejected as rejected:
            raise self._reported(rejected) from None

    def encode(self, message: Mapping[str, Any]) -> Any:
        try:
            return super().encode(message)
        except Rejected as rejected:
            raise self._reported(rejected) from None

    def _reported(self, rejected: Rejected) -> BaseException:
        return self.refuse(rejected) if rejected.kind == self.kind or not self.kind else rejected
