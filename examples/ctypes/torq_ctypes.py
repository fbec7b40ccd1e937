"""The C library of examples/c as an implementation under test, bound with ctypes alone.

The structs are not written down here again: their classes are made from the tables that the library
gives away (`torq_type_of`), and a class that is not as large as its struct in C is an ImportError.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import torq_views

from torq_conformance import Rejected

PATH = Path(__file__).resolve().parent.parent / "c" / "build" / "libtorq.so"

UNSIGNED, SIGNED, BYTES, ZEROS, VECTOR = range(5)
"""torq_field_kind."""

UNSIGNED_TYPES = {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32, 8: ctypes.c_uint64}
SIGNED_TYPES = {4: ctypes.c_int32, 8: ctypes.c_int64}
WORD_SIZE = 8
"""Wider integers are arrays of 64-bit words in C, the least significant first."""

BARE = "value"
"""The only member of an element that is a plain integer; it has no name in the tables."""

TYPE_MAX = 255


class CField(ctypes.Structure):
    """torq_field."""


class CLayout(ctypes.Structure):
    """torq_layout."""

    _fields_: ClassVar = [
        ("fields", ctypes.POINTER(CField)),
        ("field_count", ctypes.c_size_t),
        ("struct_size", ctypes.c_size_t),
        ("size", ctypes.c_size_t),
    ]


CField._fields_ = [
    ("name", ctypes.c_char_p),
    ("kind", ctypes.c_int),
    ("size", ctypes.c_size_t),
    ("offset", ctypes.c_size_t),
    ("slots_offset", ctypes.c_size_t),
    ("capacity", ctypes.c_size_t),
    ("element", ctypes.POINTER(CLayout)),
]


class CType(ctypes.Structure):
    """torq_type."""

    _fields_: ClassVar = [
        ("is_assigned", ctypes.c_bool),
        ("relay_domain", ctypes.c_uint8),
        ("size_min", ctypes.c_size_t),
        ("size_max", ctypes.c_size_t),
        ("layout", ctypes.POINTER(CLayout)),
    ]


class CTlv(ctypes.Structure):
    """torq_tlv."""

    _fields_: ClassVar = [
        ("type", ctypes.c_uint8),
        ("value", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
    ]


class CBuffer(ctypes.Structure):
    """torq_buffer."""

    _fields_: ClassVar = [
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
    ]


class CError(ctypes.Structure):
    """torq_error."""

    _fields_: ClassVar = [
        ("kind", ctypes.c_int),
        ("numbers", ctypes.c_uint64 * 4),
        ("text", ctypes.c_char_p),
    ]


class CKindRow(ctypes.Structure):
    """torq_kind_row."""

    _fields_: ClassVar = [("name", ctypes.c_char_p), ("names", ctypes.c_char_p * 4)]


if not PATH.exists():
    raise ImportError(f"There is no {PATH}: build it with `make -C ../c library`.")
LIBRARY = ctypes.CDLL(str(PATH))


@dataclass(frozen=True)
class Field:
    """A member of a struct; ``capacity`` and ``element`` are of a vector alone."""

    name: str
    kind: int
    size: int
    capacity: int
    element: Struct | None

    @property
    def limits(self) -> tuple[int, int]:
        """The smallest and the largest integer that fit."""
        bits = 8 * self.size
        return (
            (-(1 << bits - 1), (1 << bits - 1) - 1) if self.kind == SIGNED else (0, (1 << bits) - 1)
        )


@dataclass(frozen=True)
class Struct:
    """A struct of the library: its named members, and the class by which ctypes reaches them."""

    fields: tuple[Field, ...]
    type: type[ctypes.Structure]

    @property
    def is_bare(self) -> bool:
        """Whether it is a plain integer, as the element of a list."""
        return self.fields[0].name == BARE


def make_struct(layout: CLayout) -> Struct:
    """The struct of a layout; ImportError when ctypes would lay it out otherwise than C does."""
    members: list[tuple[str, Any]] = []
    fields = []
    for row in layout.fields[: layout.field_count]:
        if row.kind == ZEROS:
            continue
        name = row.name.decode() if row.name else BARE
        element = make_struct(row.element.contents) if row.element else None
        fields.append(Field(name, row.kind, row.size, row.capacity, element))
        members.append((name, member_type(fields[-1])))
    made = type("Members", (ctypes.Structure,), {"_fields_": members})
    if ctypes.sizeof(made) != layout.struct_size:
        raise ImportError(f"{[f.name for f in fields]} take {layout.struct_size} bytes in C")
    return Struct(tuple(fields), made)


def member_type(field: Field) -> Any:
    """The ctypes type of a member."""
    if field.element:
        slots = field.element.type * field.capacity
        members = [("count", ctypes.c_uint16), ("slots", slots)]
        return type("Vector", (ctypes.Structure,), {"_fields_": members})
    if field.kind == BYTES:
        return ctypes.c_uint8 * field.size
    if field.size > WORD_SIZE:
        return ctypes.c_uint64 * (field.size // WORD_SIZE)
    return (SIGNED_TYPES if field.kind == SIGNED else UNSIGNED_TYPES)[field.size]


def declare(name: str, result: Any, *arguments: Any) -> Any:
    """A function of the library; undeclared, ctypes takes every result for an int."""
    function = getattr(LIBRARY, name)
    function.argtypes, function.restype = arguments, result
    return function


type_of = declare("torq_type_of", ctypes.POINTER(CType), ctypes.c_uint8)
kind_of = declare("torq_kind_of", ctypes.POINTER(CKindRow), ctypes.c_int)
header_layout = declare("torq_header_layout", ctypes.POINTER(CLayout))
release = declare("torq_release", None, ctypes.POINTER(CBuffer))

HEADER = make_struct(header_layout().contents)


class CMessage(ctypes.Structure):
    """torq_message."""

    _fields_: ClassVar = [
        ("header", HEADER.type),
        ("tlvs", ctypes.POINTER(CTlv)),
        ("tlv_count", ctypes.c_size_t),
    ]


decode_message = declare(
    "torq_decode",
    ctypes.c_bool,
    ctypes.c_void_p,  # bytes, or an address
    ctypes.c_size_t,
    ctypes.POINTER(CBuffer),
    ctypes.POINTER(CMessage),
    ctypes.POINTER(CError),
)
encode_message = declare(
    "torq_encode",
    ctypes.c_bool,
    ctypes.POINTER(CMessage),
    ctypes.POINTER(CBuffer),
    ctypes.POINTER(CError),
)


@cache
def struct_of(number: int) -> Struct | None:
    """The struct of a TLV type; None when its values are bytes, or there is no such type."""
    found = type_of(number)
    return make_struct(found.contents.layout.contents) if found and found.contents.layout else None


HEADER_MEMBERS = torq_views.members_of(header_layout().contents)


@cache
def members_of_type(number: int) -> tuple[torq_views.Member, ...] | None:
    """The fields of a TLV type on the wire; None when its values are bytes."""
    found = type_of(number)
    if not found or not found.contents.layout:
        return None
    return torq_views.members_of(found.contents.layout.contents)


class Codec:
    """Decodes and encodes in C; what Python has and C has not is judged here."""

    name = "torq-ctypes"
    version = "1"
    capabilities = frozenset({"decode", "encode", "error_context", "strict_padding", "views"})

    def __init__(self) -> None:
        self._memory, self._out = CBuffer(), CBuffer()
        for buffer in (self._memory, self._out):
            weakref.finalize(self, release, buffer)

    def decode(self, data: bytes) -> dict[str, Any]:
        """Read one message; what C gives points into its memory, so all of it is copied."""
        message, error = CMessage(), CError()
        if not decode_message(data, len(data), self._memory, message, error):
            raise refusal(error)
        tlvs = [
            {"type": tlv.type, "value": read_tlv(tlv)} for tlv in message.tlvs[: message.tlv_count]
        ]
        return {"header": read_struct(message.header, HEADER), "tlvs": tlvs}

    def decode_view(self, buffer: memoryview) -> Mapping[str, Any]:
        """Look at one message where it lies: C says that it is right, and keeps nothing of it."""
        held = memoryview(buffer).toreadonly().cast("B")
        message, error = CMessage(), CError()
        address = torq_views.address_of(held)
        if not decode_message(address, len(held), self._memory, message, error):
            raise refusal(error)
        return torq_views.Parts(
            header=lambda: torq_views.Record(held, torq_views.HEADER_START, HEADER_MEMBERS),
            tlvs=lambda: torq_views.Tlvs(held, members_of_type),
        )

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Write one message; the structs live in ``kept`` until C has read them."""
        tlvs, kept = (CTlv * len(message["tlvs"]))(), []
        for c_tlv, tlv in zip(tlvs, message["tlvs"], strict=True):
            check("type", tlv["type"], 0, TYPE_MAX)
            struct, value = struct_of(tlv["type"]), tlv["value"]
            made = (
                written(value, struct) if struct else ctypes.create_string_buffer(value, len(value))
            )
            kept.append(made)
            c_tlv.type, c_tlv.value, c_tlv.size = tlv["type"], ctypes.addressof(made), len(value)
        c_message, error = CMessage(written(message["header"], HEADER), tlvs, len(tlvs)), CError()
        self._out.size = 0
        if not encode_message(c_message, self._out, error):
            raise refusal(error)
        return ctypes.string_at(self._out.data, self._out.size)


def refusal(error: CError) -> Rejected:
    """The refusal of an error of the library."""
    row = kind_of(error.kind).contents
    context: dict[str, object] = {}
    for name, number in zip(row.names, error.numbers, strict=True):
        if name is not None:
            is_text = name in {b"field", b"context"}
            context[name.decode()] = error.text.decode() if is_text else number
    return Rejected(row.name.decode(), **context)


def read_tlv(tlv: CTlv) -> dict[str, Any] | bytes:
    """The neutral value of a TLV."""
    struct = struct_of(tlv.type)
    if struct is None:
        return ctypes.string_at(tlv.value, tlv.size)
    return read_struct(struct.type.from_address(tlv.value), struct)


def read_struct(value: ctypes.Structure, struct: Struct) -> dict[str, Any]:
    """The neutral value of a struct."""
    return {field.name: read_member(getattr(value, field.name), field) for field in struct.fields}


def read_member(member: Any, field: Field) -> Any:
    """The neutral value of a member."""
    element = field.element
    if element:
        values = [read_struct(slot, element) for slot in member.slots[: member.count]]
        return [value[BARE] for value in values] if element.is_bare else values
    if field.kind == BYTES:
        return bytes(member)
    if field.size > WORD_SIZE:
        return sum(word << 64 * index for index, word in enumerate(member))
    return member


def written(value: Mapping[str, Any], struct: Struct) -> ctypes.Structure:
    """A new struct with a neutral value in it."""
    made = struct.type()
    write_struct(made, value, struct, "")
    return made


def write_struct(
    made: ctypes.Structure, value: Mapping[str, Any], struct: Struct, prefix: str
) -> None:
    """Write a neutral value into a struct; ``prefix`` is where it is, for refusals."""
    for field in struct.fields:
        path, part = prefix + field.name, value[field.name]
        if field.element:
            write_vector(getattr(made, field.name), part, field, path)
        else:
            setattr(made, field.name, as_member(part, field, path))


def write_vector(vector: Any, values: list[Any], field: Field, path: str) -> None:
    """Write a list into a vector; what there is no room for cannot even be handed to C."""
    element = field.element
    assert element is not None
    if len(values) > field.capacity:
        context = {"field": path, "max_capacity": field.capacity, "attempted": len(values)}
        raise Rejected("CapacityExceeded", **context)
    vector.count = len(values)
    for index, value in enumerate(values):
        place, slot = f"{path}[{index}]", vector.slots[index]
        if element.is_bare:
            setattr(slot, BARE, as_member(value, element.fields[0], place))
        else:
            write_struct(slot, value, element, f"{place}.")


def as_member(value: Any, field: Field, path: str) -> Any:
    """What ctypes takes for a member, checked: ctypes would cut an integer that is too wide."""
    if field.kind == BYTES:
        check(path, len(value), field.size, field.size)
        return (ctypes.c_uint8 * field.size).from_buffer_copy(value)
    check(path, value, *field.limits)
    if field.size > WORD_SIZE:
        count = field.size // WORD_SIZE
        words = (value >> 64 * index & (1 << 64) - 1 for index in range(count))
        return (ctypes.c_uint64 * count)(*words)
    return value


def check(path: str, value: int, minimum: int, maximum: int) -> None:
    """Refuse what is not within the bounds, themselves included."""
    if not minimum <= value <= maximum:
        context = {"value": value, "minimum": minimum, "maximum": maximum}
        raise Rejected("ValueOutOfRange", field=path, **context)
