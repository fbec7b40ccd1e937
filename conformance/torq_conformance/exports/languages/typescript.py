"""TypeScript: interfaces, functions from and to bytes, tables, and a thin codec for Node."""

from __future__ import annotations

from torq_conformance.exports.identifiers import as_it_is, screaming, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Raw

KEYWORDS = words(
    """
    any as async await boolean break case catch class const constructor continue debugger
    declare default delete do else enum export extends false finally for from function get if
    implements import in instanceof interface let module namespace never new null number object
    of package private protected public readonly require return set static string super switch
    symbol this throw true try type typeof undefined unique unknown var void while with yield
    bigint
    """
)

OWN = words(
    """
    Array DataView Error Fault Field Kind Map Number Object Promise Record RangeError String
    TlvType Type Uint8Array BigInt SPECIFICATION MAGIC MESSAGE_SIZE_MAX EXTENDED STANDARD_SIZE_MAX
    STANDARD_HEADER_SIZE EXTENDED_HEADER_SIZE TYPES
    """
)
"""What the generated code uses itself."""


def ts_type(type_: FieldType) -> str:
    """The type of a part; an integer of 64 bits and more is a bigint."""
    match type_:
        case Integer(size=size):
            return "bigint" if size >= 8 else "number"
        case Raw():
            return "Uint8Array"
    raise AssertionError(type_)


def ts_get(integer: Integer, view: str, offset: str) -> str:
    """How an integer is read out of a DataView."""
    letter = "Int" if integer.is_signed else "Uint"
    match integer.size:
        case 1:
            return f"{view}.get{letter}8({offset})"
        case 2 | 4:
            return f"{view}.get{letter}{8 * integer.size}({offset}, true)"
        case 8:
            return f"{view}.getBig{letter}64({offset}, true)"
        case size:
            return f"getWide({view}, {offset}, {size})"


def ts_set(integer: Integer, view: str, offset: str, value: str) -> str:
    """How an integer is written into a DataView."""
    letter = "Int" if integer.is_signed else "Uint"
    match integer.size:
        case 1:
            return f"{view}.set{letter}8({offset}, {value})"
        case 2 | 4:
            return f"{view}.set{letter}{8 * integer.size}({offset}, {value}, true)"
        case 8:
            return f"{view}.setBig{letter}64({offset}, {value}, true)"
        case size:
            return f"setWide({view}, {offset}, {size}, {value})"


TYPESCRIPT = Language(
    "TypeScript",
    {
        "src/torq.ts": "torq.ts.j2",
        "src/torq_codec.ts": "torq_codec.ts.j2",
        "package.json": "package.json.j2",
        "tsconfig.json": "tsconfig.json.j2",
    },
    type_case=as_it_is,
    field_case=as_it_is,
    constant_case=screaming,
    words=frozenset({"__proto__", "constructor"}),
    type_words=KEYWORDS | OWN,
    filters={"ts_type": ts_type, "ts_get": ts_get, "ts_set": ts_set},
)
