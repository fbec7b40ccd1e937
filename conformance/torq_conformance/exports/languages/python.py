"""Python: data classes with their bytes, numpy's dtypes, structures of ctypes, and a thin codec."""

from __future__ import annotations

import keyword

from torq_conformance.exports.identifiers import as_it_is, screaming, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import FieldType, Integer, Raw


def dtype(type_: FieldType) -> str:
    """What numpy calls a field that is no vector; an integer it lacks is limbs of 64 bits."""
    match type_:
        case Integer(size=size) if size > 8:
            return f'("<u8", ({size // 8},))'
        case Integer(size=size, is_signed=is_signed):
            return f'"<{"i" if is_signed else "u"}{size}"'
        case Raw(size=size):
            return f'("u1", ({size},))'
    raise AssertionError(type_)


def ctype(type_: FieldType) -> str:
    """What ctypes calls a field that is no vector; an integer it lacks is limbs of 64 bits."""
    match type_:
        case Integer(size=size) if size > 8:
            return f"ctypes.c_uint64 * {size // 8}"
        case Integer(size=size, is_signed=is_signed):
            return f"ctypes.c_{'' if is_signed else 'u'}int{8 * size}"
        case _:
            return f"ctypes.c_uint8 * {type_.size}"


WORDS = frozenset(keyword.kwlist) | {"int", "bytes", "list", "ctypes", "np"}

OWN = words(
    """
    Kind Field Type Fault Enum IntEnum IntFlag NamedTuple dataclass SPECIFICATION MAGIC HEADER_SIZE
    MESSAGE_SIZE_MAX EXTENDED STANDARD_SIZE_MAX TYPES FIELDS BY_NUMBER SIZES OFFSETS
    """
)
"""What the generated modules use themselves."""

PYTHON = Language(
    "Python",
    {
        "torq_types.py": "torq_types.py.j2",
        "torq_numpy.py": "torq_numpy.py.j2",
        "torq_ctypes.py": "torq_ctypes.py.j2",
        "torq_codec.py": "torq_codec.py.j2",
    },
    type_case=as_it_is,
    field_case=as_it_is,
    constant_case=screaming,
    words=WORDS,
    type_words=WORDS | OWN,
    filters={"dtype": dtype, "ctype": ctype},
)
