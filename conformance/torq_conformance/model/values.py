"""The neutral message value: its JSON form, its field paths, and where two values differ.

``{"header": {...}, "tlvs": [{"type": 1, "value": {...}}, {"type": 200, "value": b"..."}]}``. In
JSON, integers of fields of 64 bits and more are decimal strings, bytes are lowercase hex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY, Registry

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two values differ; ``Missing`` stands for what is not there."""

    path: str
    expected: object
    got: object


class FormError(ValueError):
    """A document is no message in JSON form; the text names the path of the culprit."""


class Missing:
    """Stands where one of two values has nothing."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()

PLAIN = frozenset({int, bool, str, bytes, type(None)})


def _are_alike(one: object, other: object) -> bool:
    """Whether two values are the same one without parts: most are."""
    return type(one) is type(other) and type(one) in PLAIN and one == other


def differences(expected: object, got: object, path: str = "") -> Iterator[Difference]:
    """Every place in which ``got`` is not exactly ``expected``, types included."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            one, other = expected.get(key, MISSING), got.get(key, MISSING)
            if not _are_alike(one, other):
                yield from differences(one, other, f"{path}.{key}" if path else str(key))
    elif isinstance(expected, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip_longest(expected, got, fillvalue=MISSING)):
            if not _are_alike(one, other):
                yield from differences(one, other, f"{path}[{index}]")
    elif type(expected) is not type(got) or expected != got:
        yield Difference(path, expected, got)


def to_json(message: Message, registry: Registry = REGISTRY) -> dict[str, Any]:
    """The JSON form of a neutral message."""
    return {
        "header": layout_to_json(message["header"], HEADER_LAYOUT),
        "tlvs": [
            {"type": tlv["type"], "value": _tlv_to_json(tlv, registry)} for tlv in message["tlvs"]
        ],
    }


def from_json(document: Message, registry: Registry = REGISTRY) -> dict[str, Any]:
    """The neutral message of a JSON form; FormError names the path of what is not one."""
    if not isinstance(document, Mapping) or set(document) != {"header", "tlvs"}:
        raise FormError("a message has exactly the keys header and tlvs")
    tlvs = document["tlvs"]
    if not isinstance(tlvs, list):
        raise FormError("tlvs is not a list")
    return {
        "header": layout_from_json(document["header"], HEADER_LAYOUT, "header"),
        "tlvs": [_tlv_from_json(tlv, index, registry) for index, tlv in enumerate(tlvs)],
    }


def _tlv_to_json(tlv: Message, registry: Registry) -> Any:
    line, value = registry.get(tlv["type"]), tlv["value"]
    if line is None:
        line = registry.unclaimed.get(tlv["type"])
    if line is None or line.layout is None or not isinstance(value, Mapping):
        return bytes(value).hex()
    return layout_to_json(value, line.layout)


def _tlv_from_json(tlv: Any, index: int, registry: Registry) -> dict[str, Any]:
    path = f"tlvs[{index}]"
    if not isinstance(tlv, Mapping) or set(tlv) != {"type", "value"}:
        raise FormError(f"{path} has not exactly the keys type and value")
    number = _integer(tlv["type"], f"{path}.type")
    line = registry.get(number)
    if line is None and isinstance(tlv["value"], Mapping):
        # A type that is not claimed is carried as bytes, or by its layout all the same.
        line = registry.unclaimed.get(number)
    if line is None or line.layout is None:
        return {"type": number, "value": _bytes(tlv["value"], f"{path}.value")}
    return {"type": number, "value": layout_from_json(tlv["value"], line.layout, f"{path}.value")}


def layout_to_json(value: Message, layout: Layout) -> dict[str, Any]:
    """The JSON form of a value of a layout."""
    return {field.name: part_to_json(value[field.name], field.type) for field in layout.named}


def part_to_json(part: Any, type_: object) -> Any:
    """The JSON form of a field."""
    match type_:
        case Integer(size):
            return str(part) if size >= 8 else part
        case Raw():
            return bytes(part).hex()
        case Vector(element=Layout() as layout):
            return [layout_to_json(element, layout) for element in part]
        case Vector(element=element):
            return [part_to_json(one, element) for one in part]
    raise AssertionError(type_)


def layout_from_json(value: Any, layout: Layout, path: str) -> dict[str, Any]:
    """The value of its JSON form; FormError names ``path`` and what follows it."""
    names = {field.name for field in layout.named}
    if not isinstance(value, Mapping):
        raise FormError(f"{path} is not an object")
    if set(value) != names:
        wrong = sorted(names ^ set(value))
        raise FormError(f"{path} lacks or does not know {', '.join(wrong)}")
    return {
        field.name: part_from_json(value[field.name], field.type, f"{path}.{field.name}")
        for field in layout.named
    }


def part_from_json(part: Any, type_: object, path: str) -> Any:
    """The field of its JSON form; FormError names ``path`` and what follows it."""
    match type_:
        case Integer(size):
            return _decimal(part, path) if size >= 8 else _integer(part, path)
        case Raw():
            return _bytes(part, path)
        case Vector(element=element):
            if not isinstance(part, list):
                raise FormError(f"{path} is not a list")
            return [
                layout_from_json(one, element, f"{path}[{index}]")
                if isinstance(element, Layout)
                else part_from_json(one, element, f"{path}[{index}]")
                for index, one in enumerate(part)
            ]
    raise AssertionError(type_)


def _integer(part: object, path: str) -> int:
    if isinstance(part, bool) or not isinstance(part, int):
        raise FormError(f"{path} is {part!r}, not an integer")
    return part


def _decimal(part: object, path: str) -> int:
    if not isinstance(part, str) or not re.fullmatch(r"0|-?[1-9][0-9]{0,99}", part):
        wanted = "a decimal string, as integers of 64 bits and more are"
        raise FormError(f"{path} is {part!r}, not {wanted}")
    return int(part)


def _bytes(part: object, path: str) -> bytes:
    wrong = f"{path} is {part!r}, not bytes in lowercase hex"
    if not isinstance(part, str):
        raise FormError(wrong)
    try:
        data = bytes.fromhex(part)
    except ValueError as error:
        raise FormError(f"{path} is no hex: {error}") from error
    if data.hex() != part:
        raise FormError(wrong)
    return data
