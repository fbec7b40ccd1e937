"""Hypothesis strategies for messages and for what goes wrong with them; all from Layout.

Integers draw the range before the edges, so that they shrink to 0. Vectors draw a few elements and
tile them to a drawn count: full books are common and shrink to the smallest count that fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain, Source
from torq_specs.layout import Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import Registry, TlvType

TLVS_MAX = 6
"""TLVs in one drawn message."""

OPAQUE_SIZE_MAX = 700
"""Bytes in one drawn opaque value, unless its type needs more."""

EDGES_OF_SIZE = (254, 255, 256, 257)
"""Where a standard TLV ends and an extended one begins."""


def integers(integer: Integer) -> st.SearchStrategy[int]:
    """Numbers of a type: anywhere in its range, or at one of its edges."""
    edges = sorted({number for _, number in boundaries.integer_edges(integer)}, key=abs)
    small = st.integers(max(integer.minimum, -300), min(integer.maximum, 300))
    anywhere = st.integers(integer.minimum, integer.maximum)
    return st.one_of(small, anywhere, st.sampled_from(edges))


def values(layout: Layout) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a layout."""
    return _record({field.name: _parts(field.type) for field in layout.named})


def _record(parts: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    # Not fixed_dictionaries, which draws the order of the keys too: choices that shrink to nothing.
    return st.tuples(*parts.values()).map(lambda values: dict(zip(parts, values, strict=True)))


def _parts(type_: object) -> st.SearchStrategy[Any]:
    match type_:
        case Integer() as integer:
            return integers(integer)
        case Raw(size):
            return st.one_of(st.just(bytes(size)), st.binary(min_size=size, max_size=size))
        case Vector() as vector:
            return vectors(vector)
        case Padding() | _:
            raise TypeError(f"{type_} has no values")


def vectors(vector: Vector) -> st.SearchStrategy[list[Any]]:
    """Lists for a vector: a few drawn elements, repeated up to a drawn count."""
    element = vector.element
    drawn = values(element) if isinstance(element, Layout) else integers(element)
    counts = st.one_of(
        st.integers(0, vector.capacity),
        st.sampled_from(sorted({0, 1, 2, vector.capacity - 1, vector.capacity})),
    )
    # Sizes drawn first: a list that is as long as it may be is hard to shrink.
    some = st.integers(1, 4).flatmap(lambda size: st.lists(drawn, min_size=size, max_size=size))
    return st.builds(_tiled, some, counts)


def _tiled(some: list[Any], count: int) -> list[Any]:
    return [some[index % len(some)] for index in range(count)]


def headers(domain: RelayDomain) -> st.SearchStrategy[dict[str, int]]:
    """Valid headers of a domain."""
    u64 = integers(Integer(8, is_signed=False))
    return _record(
        {
            "relay_domain": st.just(int(domain)),
            "version": st.just(1),
            "source": st.sampled_from([int(source) for source in Source]),
            "flags": st.integers(0, 255),
            "sequence": u64,
            "timestamp": u64,
        }
    )


@cache
def tlv_values(line: TlvType) -> st.SearchStrategy[Any]:
    """Values of a type: of its layout, or bytes of a legal size."""
    if line.layout is not None:
        return values(line.layout)
    largest = min(line.size_max, max(line.size_min, OPAQUE_SIZE_MAX))
    # One choice for the size: Hypothesis drops an element made of five choices at most. First every
    # size, so that it shrinks by steps; then again the edges and small ones, so that they come up.
    small = range(line.size_min, min(line.size_min + 40, largest) + 1)
    edges = {line.size_min, largest, *(s for s in EDGES_OF_SIZE if line.size_min <= s <= largest)}
    often = sorted([*small] * 8 + [*edges] * 50, reverse=True)
    sizes = st.sampled_from([*range(line.size_min, largest + 1), *often])
    return st.builds(_repeated, st.binary(min_size=1, max_size=41), sizes)


def _repeated(pattern: bytes, size: int) -> bytes:
    return (pattern * (size // len(pattern) + 1))[:size]


def riding_in(registry: Registry, domain: RelayDomain) -> list[TlvType]:
    """The types that may ride in a domain."""
    return [line for line in registry if line.domain in {None, domain}]


@cache
def tlvs(registry: Registry, domain: RelayDomain) -> st.SearchStrategy[dict[str, Any]]:
    """TLVs that may ride in a domain; declared types come up as often as opaque ones.

    They shrink to an empty one of a vendor, which is the same in every domain.
    """
    riding = riding_in(registry, domain)
    riding.sort(key=lambda line: line.domain is not None)
    declared = [line for line in riding if line.layout is not None]
    opaque = [line for line in riding if line.layout is None]
    # Two groups in every domain, or the domain could not be shrunk without the TLVs.
    groups = [
        st.sampled_from(group).flatmap(_tlv) for group in (opaque or declared, declared or opaque)
    ]
    return st.one_of(groups)


@cache
def _tlv(line: TlvType) -> st.SearchStrategy[dict[str, Any]]:
    return _record({"type": st.just(line.number), "value": tlv_values(line)})


@cache
def whole_messages(registry: Registry) -> st.SearchStrategy[dict[str, Any]]:
    """Valid neutral messages of 0 to 6 TLVs."""
    of_domain = {domain: _messages_in(registry, domain) for domain in RelayDomain}
    return st.sampled_from(list(RelayDomain)).flatmap(of_domain.__getitem__)


def _messages_in(registry: Registry, domain: RelayDomain) -> st.SearchStrategy[dict[str, Any]]:
    drawn: st.SearchStrategy[list[dict[str, Any]]] = st.just([])
    if riding_in(registry, domain):
        drawn = st.lists(tlvs(registry, domain), max_size=TLVS_MAX)
    return _record({"header": headers(domain), "tlvs": drawn})


def wires(registry: Registry) -> st.SearchStrategy[bytes]:
    """Valid messages as bytes, each TLV in a drawn framing."""

    def framed(message: dict[str, Any], choices: list[bool]) -> bytes:
        payload = b""
        for index, tlv in enumerate(message["tlvs"]):
            value = derived_codec.encode_tlv_value(tlv["type"], tlv["value"], registry)
            is_extended = choices[index] or len(value) > 255
            payload += derived_codec.frame(tlv["type"], value, is_extended=is_extended)
        return derived_codec.assemble(message["header"], payload)

    choices = st.lists(st.booleans(), min_size=TLVS_MAX, max_size=TLVS_MAX)
    return st.builds(framed, whole_messages(registry), choices)


def of_line(line: TlvType) -> st.SearchStrategy[dict[str, Any]]:
    """Valid neutral messages with one TLV of a type."""
    return st.builds(lambda value: messages.message_of(line, value), tlv_values(line))


def cases(
    requirement: str, registry: Registry, line: TlvType | None = None
) -> st.SearchStrategy[Case]:
    """Valid messages, to be encoded, decoded, or both."""
    valid = whole_messages(registry) if line is None else of_line(line)

    def case(ask: str, message: dict[str, Any]) -> Case:
        if ask == "encode":
            return encode(requirement, "encode a drawn message", message)
        data = derived_codec.encode_message(message, registry)
        if ask == "decode":
            return decode(requirement, "decode a drawn message", data)
        return roundtrip(requirement, "decode and encode a drawn message", data)

    # What is drawn first stays where it is while the message shrinks.
    return st.builds(case, st.sampled_from(["decode", "encode", "roundtrip"]), valid)
