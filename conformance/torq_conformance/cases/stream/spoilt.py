"""Neutral messages with a value that does not fit, at a drawn place, in any TLV, at any depth."""

from __future__ import annotations

from typing import Any

from torq_conformance.cases.stream.corruptions import place
from torq_conformance.cases.stream.draws import Draw, content
from torq_conformance.cases.stream.space import Space
from torq_conformance.cases.stream.values import copied, element
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import EXTENDED, EXTENDED_SIZE_MAX, TlvType

Message = dict[str, Any]

SPOILT = (
    *("header", "wrong domain", "number", "length of bytes", "number of an element"),
    *("too many elements", "size", "type"),
)
"""Classes of spoilt values."""


def spoilt(draw: Draw, space: Space, message: Message) -> Message:
    """A copy of a valid message in which one value does not fit, or two."""
    message = {"header": {**message["header"]}, "tlvs": [*message["tlvs"]]}
    for _ in range(2 if draw.chance(0.1) else 1):
        draw.meet("spoilt", _spoil(draw, space, message))
    return message


def _spoil(draw: Draw, space: Space, message: Message) -> str:
    tlvs = message["tlvs"]
    k = draw.random()
    if not tlvs or k < 0.12:
        name = draw.one_of([*message["header"]])
        numbers = (-1, 0, 5, 256, 2, 99, 1 << 32, 1 << 64, (1 << 64) + 1, draw.below(256))
        message["header"][name] = draw.one_of(numbers)
        return "header"
    if k < 0.2:
        message["header"]["relay_domain"] = draw.one_of([*space.riding])
        return "wrong domain"
    at = draw.one_of((0, len(tlvs) - 1, draw.below(len(tlvs)), draw.below(len(tlvs))))
    draw.meet("place", place(at))
    tlvs[at] = tlv = {"type": tlvs[at]["type"], "value": copied(tlvs[at]["value"])}
    line = space.registry.get(tlv["type"])
    if line is None:
        return "type"
    if line.layout is not None and draw.chance(0.9):
        return _spoil_value(draw, tlv["value"], line.layout)
    if line.layout is None and draw.chance(0.7):
        tlv["value"] = content(draw, _wrong_size(draw, line))
        return "size"
    number = draw.one_of((0, EXTENDED, 256, -1, draw.below(256), draw.one_of(space.lines).number))
    other = space.registry.whole.get(number)
    if other is not None and other.layout is not None:
        number = draw.one_of((0, EXTENDED, 256 + number))
    tlv["type"] = number
    if not isinstance(tlv["value"], bytes):
        tlv["value"] = content(draw, draw.one_of((0, line.size_min, draw.below(300))))
    return "type"


def _wrong_size(draw: Draw, line: TlvType) -> int:
    bounds = (max(0, line.size_min - 1), min(line.size_max, EXTENDED_SIZE_MAX) + 1)
    most = EXTENDED_SIZE_MAX + 1
    return draw.one_of((0, 1, *bounds, *bounds, draw.below(700), draw.one_of((most, most + 1))))


def _spoil_value(draw: Draw, value: dict[str, Any], layout: Layout) -> str:
    fields = layout.named
    vectors = [field for field in fields if isinstance(field.type, Vector)]
    field = draw.one_of(vectors if vectors and draw.chance(0.5) else fields)
    part = value[field.name]
    match field.type:
        case Integer() as type_:
            value[field.name] = _beyond(draw, type_)
            return "number"
        case Raw(size):
            lengths = (size + 1, size - 1, 0, 2 * size, size + 12)
            wanted = draw.one_of(lengths)
            value[field.name] = part[:wanted].ljust(wanted, b"x")
            return "length of bytes"
        case Vector() as vector:
            if part and draw.chance(0.6):
                at = draw.one_of((0, len(part) - 1, draw.below(len(part))))
                if isinstance(vector.element, Layout):
                    _spoil_value(draw, part[at], vector.element)
                else:
                    part[at] = _beyond(draw, vector.element)
                return "number of an element"
            more = vector.capacity + draw.one_of((1, 1, 2, vector.capacity, 256))
            first = part[0] if part else element(draw, vector)
            part += [copied(first) for _ in range(more - len(part))]
    return "too many elements"


def _beyond(draw: Draw, type_: Integer) -> int:
    """A number that a type does not hold, next to its bounds or far beyond."""
    far = 1 << 8 * type_.size
    return draw.one_of(
        (
            type_.minimum - 1,
            type_.maximum + 1,
            far,
            far + draw.below(1000),
            -far,
            type_.minimum - 1 - draw.below(1000),
            1 << (8 * type_.size + draw.below(70)),
        )
    )
