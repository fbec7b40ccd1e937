"""Rust: structures of zerocopy that are the bytes of a message, tables, and a thin codec."""

from __future__ import annotations

from torq_conformance.exports.identifiers import pascal, screaming, snake, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Padding, Raw

KEYWORDS = words(
    """
    abstract as async await become box break const continue crate do dyn else enum extern false
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return
    self Self static struct super trait true try type typeof union unsafe unsized use virtual
    where while yield
    """
)


def rust_type(type_: FieldType) -> str:
    """The type of a part; an integer that zerocopy lacks is its bytes, as they are on the wire."""
    match type_:
        case Integer(size=1, is_signed=is_signed):
            return "i8" if is_signed else "u8"
        case Integer(size=2 | 4 | 8 | 16 as size, is_signed=is_signed):
            return f"{'I' if is_signed else 'U'}{8 * size}"
        case Integer(size=size) | Raw(size=size) | Padding(size=size):
            return f"[u8; {size}]"
    raise AssertionError(type_)


RUST = Language(
    "Rust",
    {
        "src/lib.rs": "lib.rs.j2",
        "src/bin/torq_codec.rs": "torq_codec.rs.j2",
        "Cargo.toml": "Cargo.toml.j2",
    },
    type_case=pascal,
    field_case=snake,
    constant_case=screaming,
    words=KEYWORDS,
    # What the generated crate names itself, and of the prelude what it uses.
    type_words=KEYWORDS
    | words(
        """
    Field FixedVec Kind Slots TlvType FromBytes Immutable IntoBytes KnownLayout Unaligned Option
    Some None Clone Copy Debug U16 U32 U64 U128 I16 I32 I64 I128 String Vec
    """
    ),
    filters={"rust_type": rust_type},
)
