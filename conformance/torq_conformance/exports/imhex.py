"""A pattern for ImHex: header, framing and the fields of every declared type."""

from __future__ import annotations

from torq_conformance.exports.identifiers import as_it_is, pascal, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Padding, Raw

KEYWORDS = words(
    """
    addressof as auto be big bitfield bool break catch char char16 const continue double else
    enum false float fn for from if import in le little match namespace null out padding parent
    private protected public reference return s128 s16 s24 s32 s48 s64 s8 s96 signed sizeof str
    struct this true try typename u128 u16 u24 u32 u48 u64 u8 u96 union unsigned using while std
    """
)
"""Words of the pattern language."""


def hex_type(type_: FieldType) -> str:
    """The type of a part; an integer of 256 bits is its bytes."""
    match type_:
        case Integer(size=1 | 2 | 4 | 8 | 16 as size, is_signed=is_signed):
            return f"{'s' if is_signed else 'u'}{8 * size}"
        case Integer() | Raw() | Padding():
            return "u8"
    raise AssertionError(type_)


def hex_array(type_: FieldType) -> str:
    """What stands behind the name of a field that is several of its type."""
    is_one = isinstance(type_, Integer) and hex_type(type_) != "u8"
    return "" if is_one or type_.size == 1 else f"[{type_.size}]"


IMHEX = Language(
    "ImHex",
    {"torq.hexpat": "torq.hexpat.j2"},
    type_case=pascal,
    field_case=as_it_is,
    constant_case=as_it_is,
    words=KEYWORDS,
    type_words=frozenset({"Message", "Tlv", "TlvType", "FixedVec"}),
    constant_words=KEYWORDS,
    filters={"hex_type": hex_type, "hex_array": hex_array},
)
