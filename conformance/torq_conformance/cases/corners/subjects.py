"""What a TLV can be, right and wrong: one of every rule of framing, registry and layout.

Derived from the registry. Where a TLV stands is no matter of this module: ``places`` puts it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import Carrier, carriers
from torq_conformance.cases.corners.cells import insist
from torq_conformance.cases.values import wrong_values
from torq_conformance.errors import KitError
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.enums import RelayDomain
from torq_specs.layout import Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import EXTENDED, EXTENDED_SIZE_MAX, Registry, TlvType

ANYWHERE = int(RelayDomain.MarketData)
"""The domain of the header around what may ride in any."""


@dataclass(frozen=True)
class Framed:
    """A TLV as bytes, in a message of a domain. ``is_last``: it is cut, so nothing may follow."""

    requirement: str
    label: str
    domain: int
    data: bytes
    is_last: bool = False


@dataclass(frozen=True)
class Neutral:
    """A TLV as a neutral value, in a message of a domain."""

    requirement: str
    label: str
    domain: int
    tlv: dict[str, Any]


def domain_of(line: TlvType) -> int:
    """A domain in which a type may ride."""
    return int(line.domain or ANYWHERE)


def anywhere(registry: Registry) -> int:
    """The domain of the header around what is of no type: one in which others may ride."""
    return carriers(registry).domains[0]


def few(registry: Registry) -> list[TlvType]:
    """A type of every kind: declared with a vector and without, opaque of one size and several.

    KitError where a registry of all types has none of a kind.
    """
    declared, opaque = registry.with_layout, registry.opaque
    kinds = {
        "declared without a vector": [x for x in declared if not vectors(x)],
        "declared with two vectors": [x for x in declared if len(vectors(x)) > 1],
        "declared with one vector": [x for x in declared if len(vectors(x)) == 1],
        "opaque of one size": [x for x in opaque if x.size_min == x.size_max],
        "opaque of several sizes": [x for x in opaque if 0 < x.size_min < x.size_max],
    }
    for name, lines in kinds.items():
        if not lines:
            problem = f"No type of the registry is {name}."
            insist(registry, problem, "Dimensions of places need one of every kind.")
    return [line for lines in kinds.values() for line in lines[:1]]


def vectors(line: TlvType) -> list[tuple[str, int, Vector]]:
    """The vectors of a type: name, offset, vector."""
    fields = () if line.layout is None else line.layout.named
    return [(f.name, f.offset, f.type) for f in fields if isinstance(f.type, Vector)]


# Framing: what is wrong whatever the type.


def wrong_frames(registry: Registry) -> Iterator[Framed]:
    """Every fault of framing, in the freest type there is and in numbers without a type."""
    carrier, domain = carriers(registry).first, anywhere(registry)
    number, value = carrier.number, carrier.encoded(messages.opaque_value(9))
    yield Framed("TLV-TYPE", "type 0", domain, frame(0, b"a"))
    yield Framed("TLV-TYPE", "type 0, empty", domain, frame(0, b""))
    for inner in (0, EXTENDED):
        data = frame(inner, b"a", is_extended=True)
        yield Framed("TLV-TYPE", f"type {inner} inside extended", domain, data)
    for unassigned in unassigned_numbers(registry)[::5]:
        yield _unassigned(unassigned, domain, is_extended=unassigned % 2 == 0)
    for reserved in (1, 0x80, 0xFF):
        data = frame(number, value, is_extended=True, reserved=reserved)
        yield Framed("TLV-RESERVED", f"reserved byte {reserved}", domain, data)
    yield from _cut_frames(carrier, domain)
    full = frame(number, b"")[:1] + b"\xff"
    yield Framed("TLV-TRUNCATED", "length 255, no value", domain, full, is_last=True)
    full = frame(number, b"", is_extended=True)[:3] + b"\xff\xff"
    yield Framed("TLV-TRUNCATED", "length 65,535, no value", domain, full, is_last=True)


def _cut_frames(carrier: Carrier, domain: int) -> Iterator[Framed]:
    value, long = (carrier.encoded(messages.opaque_value(size)) for size in (9, 300))
    wholes = {
        "standard": (value, frame(carrier.number, value)),
        "extended": (value, frame(carrier.number, value, is_extended=True)),
        "long": (long, frame(carrier.number, long)),
    }
    if long == value:
        # A type of one size: its long value is the other one.
        del wholes["long"]
    for name, (value, whole) in wholes.items():
        head = len(whole) - len(value)
        cuts = (head, len(whole) - 1) if name == "long" else (*range(1, head + 1), len(whole) - 1)
        for cut in cuts:
            what = f"{name} TLV cut after {cut} bytes"
            yield Framed("TLV-TRUNCATED", what, domain, whole[:cut], is_last=True)


def _unassigned(number: int, domain: int, *, is_extended: bool) -> Framed:
    data = frame(number, messages.opaque_value(9), is_extended=is_extended)
    label = f"unassigned type {number}{', extended' * is_extended}"
    return Framed("TLV-TYPE", label, domain, data)


def unassigned_ones(registry: Registry) -> Iterator[Framed]:
    """The first and the last number of every gap in the registry, in both framings."""
    for number in unassigned_numbers(registry):
        for is_extended in (False, True):
            yield _unassigned(number, anywhere(registry), is_extended=is_extended)


def unassigned_numbers(registry: Registry) -> list[int]:
    """The first and the last number of every gap in the registry, claimed or not."""
    gaps = [n for n in range(1, EXTENDED) if n not in registry.whole]
    edges = [n for n in gaps if n - 1 not in gaps or n + 1 not in gaps]
    if not edges:
        problem = "Every type number is assigned: no unassigned one can be asked."
        raise KitError(problem, "The pattern of unassigned numbers needs a gap.")
    return edges


# Values of wrong size, wrong domain, wrong content, as bytes.


def wrong_values_of(line: TlvType) -> Iterator[Framed]:
    """Every way in which the bytes of one type are wrong: size, domain, capacity, padding."""
    yield from _wrong_sizes(line)
    yield from _wrong_domains(line)
    if line.layout is not None:
        yield from _wrong_contents(line, line.layout)


def _wrong_sizes(line: TlvType) -> Iterator[Framed]:
    tried = {0, 1, line.size_min - 1, line.size_max + 1, line.size_max + 256}
    for size in sorted(tried):
        if 0 <= size <= EXTENDED_SIZE_MAX and not line.size_min <= size <= line.size_max:
            data = frame(line.number, messages.opaque_value(size))
            yield Framed("REG-SIZE", f"{line.name} of {size} bytes", domain_of(line), data)


def _wrong_domains(line: TlvType) -> Iterator[Framed]:
    if line.domain is None:
        return
    value = messages.encoded_value(line, messages.representative_value(line))
    for domain in RelayDomain:
        if domain is not line.domain:
            what = f"{line.name} in {domain.name}"
            yield Framed("TLV-DOMAIN", what, int(domain), frame(line.number, value))


def _wrong_contents(line: TlvType, layout: Layout) -> Iterator[Framed]:
    base = encode_value(layout, boundaries.distinct(layout))

    def changed(requirement: str, label: str, offset: int, data: bytes) -> Framed:
        value = base[:offset] + data + base[offset + len(data) :]
        framed = frame(line.number, value)
        return Framed(requirement, f"{line.name} {label}", domain_of(line), framed)

    for name, offset, vector in vectors(line):
        for count in (vector.capacity + 1, vector.capacity + 256, 65_535):
            data = count.to_bytes(2, "little")
            yield changed("VEC-CAPACITY", f"with {count} {name}", offset, data)
        used = int.from_bytes(base[offset : offset + 2], "little")
        slots, size = offset + vector.slots_offset, vector.element.size
        stale = dict.fromkeys((slots + used * size, offset + vector.size - 1))
        for at in stale if used < vector.capacity else ():
            yield changed("PAD-DECODE", f"stale byte {at} of {name}", at, b"\x01")
    for leaf in layout.leaves:
        if isinstance(leaf.type, Padding) and "[" not in leaf.path:
            for at in dict.fromkeys((leaf.offset, leaf.end - 1)):
                yield changed("PAD-DECODE", f"padding byte {at}", at, b"\x80")


# What may stand anywhere.


def right_values(line: TlvType) -> Iterator[Framed]:
    """A plain value of a type in both framings."""
    value = messages.encoded_value(line, messages.representative_value(line))
    for name, is_extended in (("", None), (" extended", True)):
        data = frame(line.number, value, is_extended=is_extended)
        yield Framed("TLV-ORDER", f"{line.name}{name}", domain_of(line), data)


def right_neutral(line: TlvType) -> Neutral:
    """A plain value of a type to encode."""
    tlv = {"type": line.number, "value": messages.representative_value(line)}
    return Neutral("TLV-ORDER", line.name, domain_of(line), tlv)


# Neutral values that no encoder takes.


def wrong_neutral(registry: Registry) -> Iterator[Neutral]:
    """Every fault of a TLV that is to be encoded, but for what single types add."""
    numbers = (0, EXTENDED, EXTENDED + 1, *unassigned_numbers(registry)[:2])
    carrying, domain = carriers(registry), anywhere(registry)
    for number in numbers:
        tlv = {"type": number, "value": b"abc"}
        yield Neutral("TLV-TYPE", f"type {number}", domain, tlv)
    # Values of declared types have one size; there are no larger ones to encode.
    if carrying.opaque is None:
        return
    for size in (EXTENDED_SIZE_MAX + 1, 2 * (EXTENDED_SIZE_MAX + 1)):
        tlv = {"type": carrying.opaque.number, "value": bytes(size)}
        yield Neutral("TLV-PAYLOAD-TOO-LARGE", f"{size} bytes", domain, tlv)


def wrong_neutral_of(line: TlvType) -> Iterator[Neutral]:
    """Every fault of a neutral value of one type: size, domain, capacity, range of every field."""
    value = messages.representative_value(line)
    if line.domain is not None:
        other = next(domain for domain in RelayDomain if domain is not line.domain)
        tlv = {"type": line.number, "value": value}
        yield Neutral("TLV-DOMAIN", f"{line.name} in {other.name}", int(other), tlv)
    if line.layout is None:
        for size in (line.size_min - 1, line.size_max + 1):
            if 0 <= size <= EXTENDED_SIZE_MAX:
                tlv = {"type": line.number, "value": messages.opaque_value(size)}
                label = f"{line.name} of {size} bytes"
                yield Neutral("REG-SIZE", label, domain_of(line), tlv)
        return
    for name, _, vector in vectors(line):
        many = boundaries.elements(vector, vector.capacity + 1)
        tlv = {"type": line.number, "value": {**value, name: many}}
        label = f"{line.name} with {len(many)} {name}"
        yield Neutral("VEC-CAPACITY", label, domain_of(line), tlv)
    for label, wrong in out_of_range(line.layout, value):
        tlv = {"type": line.number, "value": wrong}
        yield Neutral("ERR-RANGE", f"{line.name} {label}", domain_of(line), tlv)


def out_of_range(layout: Layout, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The value with one field beyond its type: every field, also of elements in the middle."""
    for field in layout.named:
        if isinstance(field.type, Integer | Raw):
            for label, wrong in wrong_values(field.type):
                yield f"{field.name} = {label}", {**value, field.name: wrong}
        elif isinstance(field.type, Vector):
            last = field.type.capacity - 1
            for index in dict.fromkeys((min(1, last), field.type.capacity // 2)):
                most = boundaries.elements(field.type, min(index + 2, field.type.capacity))
                for label, wrong in _out_of_range_elements(field.type, most[index]):
                    elements = [*most[:index], wrong, *most[index + 1 :]]
                    yield f"{field.name}[{index}]{label}", {**value, field.name: elements}


def _out_of_range_elements(vector: Vector, element: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(vector.element, Layout):
        for label, wrong in out_of_range(vector.element, element):
            yield f".{label}", wrong
    else:
        for label, wrong in wrong_values(vector.element):
            yield f" = {label}", wrong
