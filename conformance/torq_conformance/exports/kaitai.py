"""Kaitai Struct: header, framing and every declared type, with every rule that Kaitai can state.

What it cannot state is said in the description: the checksum is read and not calculated, and an
integer of 64 bits and more is a structure of its words, so that no target language rounds it.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterable, Iterator
from enum import IntFlag
from itertools import groupby

from torq_conformance.exports.declared import Declared
from torq_conformance.exports.identifiers import snake, words
from torq_conformance.exports.languages import c, go, java, rust, typescript
from torq_conformance.exports.languages.language import Language, export
from torq_specs.enums import RelayDomain
from torq_specs.layout import Enumeration, FieldLayout, FieldType, Integer, Layout
from torq_specs.registry import TlvType

WORD_SIZE = 4
"""Bytes of the words of a wide integer: the widest that every target language reads exactly."""

ENUMERATED_MAX = (1 << 63) - 1
"""The largest member that the compiler takes; an enumeration with a larger one is left out."""

KEYWORDS = frozenset().union(
    *(c.KEYWORDS, go.KEYWORDS, java.KEYWORDS, java.OBJECT, rust.KEYWORDS, typescript.KEYWORDS),
    map(str.lower, keyword.kwlist),
    words("read parent root io pos hash_code get_class notify_all to_string self cls"),
)
"""Keywords of the target languages: the compiler does not look at them."""

OWN = words(
    """
    torq payload tlv u64 i64 u128 u256 string object list integer long array_list byte_buffer arrays
    error array map math number symbol date enum int_enum kaitai_struct kaitai_stream bytes_io
    """
)
"""Types that the description has itself, and classes that generated code uses."""


def kaitai_type(type_: FieldType) -> str:
    """The type of an integer; a wide one is a structure."""
    if isinstance(type_, Integer) and type_.size > WORD_SIZE:
        return str(type_)
    assert isinstance(type_, Integer)
    return f"{'s' if type_.is_signed else 'u'}{type_.size}"


def is_enumerated(field: FieldLayout) -> bool:
    """Whether the compiler can name the values of a field."""
    is_narrow = isinstance(field.type, Integer) and field.type.size <= WORD_SIZE
    return is_narrow and field.values is not None and can_be_named(field.values)


def can_be_named(members: Enumeration) -> bool:
    """Whether the compiler takes an enumeration; flags are several at once, which it cannot say."""
    is_flags = issubclass(members, IntFlag)
    return (
        not is_flags
        and len(members) > 0
        and all(0 <= member <= ENUMERATED_MAX for member in members)
    )


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers as runs, each as its first and last one."""
    for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def among(numbers: Iterable[int]) -> str:
    """The expression that ``number`` is one of them."""
    return " or ".join(
        f"number == {first}" if first == last else f"(number >= {first} and number <= {last})"
        for first, last in _runs(numbers)
    )


def domain_rule(lines: Iterable[TlvType]) -> str:
    """The expression that a type rides in the domain of the header."""
    found: dict[RelayDomain | None, list[int]] = {}
    for line in lines:
        found.setdefault(line.domain, []).append(line.number)
    return " or ".join(
        f"({among(numbers)})" if own is None else f"(({among(numbers)}) and domain == {int(own)})"
        for own, numbers in found.items()
    )


def size_rule(lines: Iterable[TlvType]) -> str:
    """The expression that a value has a size of its type."""
    found: dict[tuple[int, int], list[int]] = {}
    for line in lines:
        found.setdefault((line.size_min, line.size_max), []).append(line.number)
    rules = []
    for (least, most), numbers in found.items():
        size = f"size == {least}" if least == most else f"size >= {least} and size <= {most}"
        rules.append(f"(({among(numbers)}) and {size})")
    return " or ".join(rules)


KAITAI = Language(
    "Kaitai Struct",
    {"torq.ksy": "torq.ksy.j2"},
    type_case=snake,
    field_case=snake,
    constant_case=snake,
    words=KEYWORDS,
    type_words=KEYWORDS | OWN,
    constant_words=KEYWORDS,
    filters={
        "kaitai_type": kaitai_type,
        "quoted": json.dumps,
        "among": among,
        "domain_rule": domain_rule,
        "size_rule": size_rule,
        "numbers": lambda lines: [line.number for line in lines],
        "is_enumerated": is_enumerated,
        "can_be_named": can_be_named,
        "is_wide": lambda type_: isinstance(type_, Integer) and type_.size > WORD_SIZE,
        "is_record": lambda element: isinstance(element, Layout),
    },
)


def files(declared: Declared) -> dict[str, bytes]:
    """torq.ksy."""
    return export(KAITAI, "kaitai", declared)
