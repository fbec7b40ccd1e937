"""Vendor types whose names are keywords, classes and variables of other languages."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from torq_specs import Declaration, Field, FixedVec, Zeros, i32, i64, u8, u16, u32, u64, vendor
from torq_specs.wire import u128, u256


class Class(IntEnum):
    """Numbers that no enumeration of C can hold, and */ what ends a comment. \\u002a/"""

    Default = 0
    None_ = 1
    Largest = (1 << 64) - 1


class Signed(IntEnum):
    """Numbers below zero."""

    less = -1
    more = 1


class Type(IntEnum):
    """Its members are called as types."""

    Trade = 1
    Count = 2


class Fault(IntEnum):
    """Its members are called as kinds of refusals."""

    ParseError = 1
    InvalidMagic = 2


class Bits(IntFlag):
    """Flags."""

    first = 1
    last = 1 << 31


Self = Declaration(
    "Self",
    "An element with padding of its own.",
    Field("type", u16, "a keyword of Go and Rust"),
    Zeros(1),
    Field("self", u8, "a keyword of Rust"),
    provenance="vendor",
)

KEYWORDS = Declaration(
    "String",
    'A class of Java, with "quotes" and what ends a comment: */ -->',
    Field("class", u64, "a keyword", values=Class),
    Field("int", i64, "a keyword"),
    Field("yield", u32, "a keyword", values=Bits),
    Field("match", u16, "a keyword"),
    Field("import", u8, "a keyword"),
    Field("new", u8, "a keyword"),
    Field("value", u128, "a variable"),
    Field("data", u256, "a variable"),
    Field("hashCode", i32, "a method", values=Signed),
    Field("constructor", i32, "a method"),
    Field("fn", FixedVec(Self, 3), "a keyword"),
    Field("wide", FixedVec(u128, 2, alignment=16), "numbers that few languages have"),
    Field("at", FixedVec(u32, 5), "a variable"),
    Field("out", FixedVec(i64, 2), "a variable"),
    Field("bytes", FixedVec(u8, 7), "a variable"),
    Field("slot", FixedVec(u256, 1), "a variable"),
    provenance="vendor",
)

LOWER = Declaration(
    "lower_case",
    "A type whose name is in small letters.",
    Field("UPPER", u8, "a field whose name is in capitals"),
    Field("namespace", u8, "a keyword"),
    provenance="vendor",
)

KIND = Declaration(
    "Kind",
    "A type whose name the generated code has as well.",
    Field("type", u8, "an enumeration whose name begins other constants", values=Type),
    provenance="vendor",
)

COUNT = Declaration(
    "Count",
    "A type whose constant could be that of all of them.",
    Field("fault", u8, "likewise", values=Fault),
    provenance="vendor",
)

TLVS = [
    vendor(230, KEYWORDS, KEYWORDS.sizeof()),
    vendor(231, LOWER, 2),
    vendor(232, KIND, 1),
    vendor(233, COUNT, 1),
]
