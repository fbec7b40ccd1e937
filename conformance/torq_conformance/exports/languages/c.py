"""C11 and C++17: structures that lie in memory as they lie on the wire, and a thin codec in C11."""

from __future__ import annotations

from torq_conformance.exports.identifiers import screaming, snake, words
from torq_conformance.exports.languages.language import Language
from torq_specs.layout import Integer

KEYWORDS = words(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t
    char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval
    constexpr constinit continue decltype default delete do double dynamic_cast else enum
    explicit export extern false float for friend goto if inline int linux long mutable
    namespace new noexcept not not_eq nullptr operator or or_eq private protected public
    register reinterpret_cast requires restrict return short signed sizeof static static_assert
    static_cast struct switch template this thread_local throw true try typedef typeid typename
    union unix unsigned using virtual void volatile wchar_t while xor xor_eq
    """
)
"""Keywords of C and C++, and the two macros that GCC has by default."""


def c_type(integer: Integer) -> str:
    """The type of an integer; one that C does not have is its limbs, least significant first."""
    if integer.size > 8:
        return f"torq_u{8 * integer.size}"
    return f"{'' if integer.is_signed else 'u'}int{8 * integer.size}_t"


C = Language(
    "C",
    {"torq.h": "torq.h.j2", "torq_codec.c": "torq_codec.c.j2"},
    type_case=snake,
    field_case=snake,
    constant_case=screaming,
    words=KEYWORDS,
    # torq_field and its like are the header's own.
    type_words=frozenset({"fault", "field", "kind", "type", "types", "u128", "u256"}),
    filters={"c_type": c_type},
)
