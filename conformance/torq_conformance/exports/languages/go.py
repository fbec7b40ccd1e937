"""Go: structures, functions from and to bytes, tables, and a thin codec."""

from __future__ import annotations

from torq_conformance.exports.identifiers import pascal, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Raw

KEYWORDS = words(
    """
    break case chan const continue default defer else fallthrough for func go goto if import
    interface map package range return select struct switch type var
    """
)
"""No field or type of the package can be one: their names begin with a capital."""


def go_type(type_: FieldType) -> str:
    """The type of a part; an integer that Go lacks is its limbs, least significant first."""
    match type_:
        case Integer(size=size) if size > 8:
            return f"[{size // 8}]uint64"
        case Integer(size=size, is_signed=is_signed):
            return f"{'' if is_signed else 'u'}int{8 * size}"
        case Raw(size=size):
            return f"[{size}]byte"
    raise AssertionError(type_)


def go_get(type_: Integer, data: str, offset: str) -> str:
    """How an integer is read."""
    match type_.size:
        case 1:
            return f"{go_type(type_)}({data}[{offset}])"
        case 2 | 4 | 8 as size:
            return f"{go_type(type_)}(binary.LittleEndian.Uint{8 * size}({data}[{offset}:]))"
        case size:
            return f"limbs{8 * size}({data}[{offset}:])"


def go_set(type_: Integer, data: str, offset: str, value: str) -> str:
    """How an integer is written."""
    match type_.size:
        case 1:
            return f"{data}[{offset}] = byte({value})"
        case 2 | 4 | 8 as size:
            put = f"binary.LittleEndian.PutUint{8 * size}({data}[{offset}:], "
            return f"{put}uint{8 * size}({value}))"
        case _:
            return f"putLimbs({data}[{offset}:], {value}[:])"


GO = Language(
    "Go",
    {"torq.go": "torq.go.j2", "codec/main.go": "torq_codec.go.j2", "go.mod": "go.mod.j2"},
    type_case=pascal,
    field_case=pascal,
    constant_case=pascal,
    # What the generated package declares itself.
    type_words=words(
        """
    Field Kind Type Types Fault Specification MagicNumber Extended MessageSizeMax
    StandardSizeMax StandardHeaderSize ExtendedHeaderSize ErrCapacity
    Is Decode Encode SizeOf FieldsOf Unsigned Signed Bytes Padding Vector
    """
    ),
    filters={"go_type": go_type, "go_get": go_get, "go_set": go_set},
)
