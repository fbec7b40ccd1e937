"""Every fault in the contents of a layout: of its bytes, and of a value that is to become bytes.

Contract: this module finds a fault exactly when `layout_codec.py` answers None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torq_conformance.reference.notation import (
    Bytes,
    Integer,
    Padding,
    Vector,
)
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from torq_conformance.reference.notation import Field

_COUNT_SIZE = 2


def find_content_faults(fields: Iterable[Field], data: bytes, start: int) -> Iterator[Rejected]:
    """Yield the faults of the layout that starts at byte `start` of the whole message data."""
    for field in fields:
        offset = start + field.offset
        if isinstance(field, Padding):
            yield from _find_non_zero(data, offset, offset + field.size, "non-zero padding")
        elif isinstance(field, Vector):
            yield from _find_vector_content_faults(field, data, offset)


def find_value_faults(fields: Iterable[Field], value: Mapping[str, Any]) -> Iterator[Rejected]:
    """Yield the faults of a value that is to be encoded by these fields."""
    for field in fields:
        if isinstance(field, Vector):
            yield from _find_vector_value_faults(field, value[field.name])
        elif not isinstance(field, Padding):
            yield from _find_field_value_faults(field, field.name, value[field.name])


def _find_vector_content_faults(vector: Vector, data: bytes, offset: int) -> Iterator[Rejected]:
    count = int.from_bytes(data[offset : offset + _COUNT_SIZE], "little")
    slots = offset + vector.head_size
    # Section 5: "count u16, pad 6, N slots of T".
    yield from _find_non_zero(data, offset + _COUNT_SIZE, slots, "non-zero padding")
    # Section 5: "count > N: CapacityExceeded, on decode and on encode".
    if count > vector.capacity:
        yield _capacity_exceeded(vector, count)
        return
    # Section 5: "slots from `count` on are all zero".
    stale = slots + count * vector.element_size
    yield from _find_non_zero(data, stale, offset + vector.size, f"stale slot of {vector.name}")


def _find_vector_value_faults(vector: Vector, elements: list[Any]) -> Iterator[Rejected]:
    if len(elements) > vector.capacity:
        yield _capacity_exceeded(vector, len(elements))
    for index, element in enumerate(elements):
        path = f"{vector.name}[{index}]"
        if vector.is_of_records:
            for field in vector.element:
                field_path = f"{path}.{field.name}"
                yield from _find_field_value_faults(field, field_path, element[field.name])
        else:
            yield from _find_field_value_faults(vector.element[0], path, element)


def _find_field_value_faults(
    field: Integer | Bytes, path: str, value: int | bytes
) -> Iterator[Rejected]:
    # Section 6, ValueOutOfRange: "an integer its type cannot hold, or byte fields of the wrong
    # length (then all three are lengths)".
    if isinstance(value, int):
        if isinstance(field, Integer) and not field.minimum <= value <= field.maximum:
            yield _value_out_of_range(path, value, field.minimum, field.maximum)
    elif isinstance(field, Bytes) and len(value) != field.size:
        yield _value_out_of_range(path, len(value), field.size, field.size)


def _find_non_zero(data: bytes, start: int, end: int, text: str) -> Iterator[Rejected]:
    """Yield one ParseError at the first non-zero byte in start..end-1, if there is one."""
    significant = data[start:end].lstrip(b"\0")
    if significant:
        yield Rejected("ParseError", offset=end - len(significant), context=text)


def _capacity_exceeded(vector: Vector, attempted: int) -> Rejected:
    return Rejected(
        "CapacityExceeded",
        field=vector.name,
        max_capacity=vector.capacity,
        attempted=attempted,
    )


def _value_out_of_range(field: str, value: int, minimum: int, maximum: int) -> Rejected:
    return Rejected("ValueOutOfRange", field=field, value=value, minimum=minimum, maximum=maximum)
