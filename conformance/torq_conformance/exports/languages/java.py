"""Java: records, their bytes, tables, and a thin codec."""

from __future__ import annotations

from torq_conformance.exports.identifiers import camel, pascal, screaming, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Raw

KEYWORDS = words(
    """
    abstract assert boolean break byte case catch char class const continue default do double
    else enum extends false final finally float for goto if implements import instanceof int
    interface long native new null package private protected public return short static strictfp
    super switch synchronized this throw throws transient true try void volatile while
    """
)

OBJECT = words(
    """
    clone finalize getClass hashCode notify notifyAll toString wait equals
    """
)
"""Methods of every object: no component of a record may be called so."""

OWN = words(
    """
    Torq Field Slots Kind TlvType Fault Object String List Map Math Record Override BigInteger
    ByteBuffer ByteOrder ArrayList Integer Long IllegalArgumentException Enum Void var yield
    record sealed permits
    """
)
"""What the generated code uses itself, and words that no type may have."""


def java_type(type_: FieldType) -> str:
    """The type of a part. Java has no unsigned integers: narrow ones take the next wider type.

    Of 64 bits it is a long with the same bits; wider ones are BigInteger.
    """
    match type_:
        case Integer(size=size) if size > 8:
            return "BigInteger"
        case Integer(size=8) | Integer(size=4, is_signed=False):
            return "long"
        case Integer():
            return "int"
        case Raw():
            return "byte[]"
    raise AssertionError(type_)


def java_boxed(type_: FieldType) -> str:
    """The same where a class is wanted."""
    return {"long": "Long", "int": "Integer"}.get(java_type(type_), java_type(type_))


def java_get(type_: Integer, offset: str) -> str:
    """How an integer is read."""
    match type_:
        case Integer(size=1):
            return f"data.get({offset})" + ("" if type_.is_signed else " & 0xff")
        case Integer(size=2):
            return f"data.getShort({offset})" + ("" if type_.is_signed else " & 0xffff")
        case Integer(size=4):
            got = f"data.getInt({offset})"
            return got if type_.is_signed else f"Integer.toUnsignedLong({got})"
        case Integer(size=8):
            return f"data.getLong({offset})"
        case _:
            return f"getWide(data, {offset}, {type_.size})"


def java_set(type_: Integer, offset: str, value: str) -> str:
    """How an integer is written."""
    match type_.size:
        case 1:
            return f"data.put({offset}, (byte) {value})"
        case 2:
            return f"data.putShort({offset}, (short) {value})"
        case 4:
            cast = "" if type_.is_signed else "(int) "
            return f"data.putInt({offset}, {cast}{value})"
        case 8:
            return f"data.putLong({offset}, {value})"
        case size:
            return f"putWide(data, {offset}, {size}, {value})"


def java_long(number: int) -> str:
    """A number as a long, whose bits are those of an unsigned one."""
    return f"{number - (1 << 64) if number >= 1 << 63 else int(number)}L"


JAVA = Language(
    "Java",
    {"torq/Torq.java": "Torq.java.j2", "torq/TorqCodec.java": "TorqCodec.java.j2"},
    type_case=pascal,
    field_case=camel,
    constant_case=screaming,
    words=KEYWORDS | OBJECT,
    type_words=OWN,
    filters={
        "java_type": java_type,
        "java_boxed": java_boxed,
        "java_long": java_long,
        "java_get": java_get,
        "java_set": java_set,
    },
)
