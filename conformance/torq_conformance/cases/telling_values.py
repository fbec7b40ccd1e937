"""Refused messages in which every wide field has a value that can be told in a text (section 6).

Each integer of four bytes or more is a part of ``SECRET``; the message is refused for its meaning,
its form, or a value beside them. Of smaller ones nobody could say where a text has them from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from typing import Any

from torq_conformance.cases import boundaries, checksums, header, meanings, messages
from torq_conformance.cases.case import Case, decode, encode
from torq_conformance.cases.error_texts import SECRET, UNASSIGNED, worded
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import Registry, TlvType

Value = dict[str, Any]

WIDE = 4
"""Bytes from which on a value can be told."""

STRIDE = 5
"""Bytes by which the part that a field has is another one than that of the field before it."""

ROW = 12
"""Bytes of SECRET in a row in a field that could hold all of it."""

BROKEN_MAX = 3
"""Values that break a rule, of each rule."""


def refusals(requirement: str, registry: Registry) -> Iterator[Case]:
    """The texts of all these refusals."""
    for make in (_of_meaning, _of_form, _of_counts, _of_values):
        for case in make(registry):
            yield worded(requirement, case)


def telling(layout: Layout, value: Value, is_kept: Callable[[Value], bool] = bool) -> Value:
    """A value with a part of SECRET in every wide field where ``is_kept`` still holds of it."""
    starts = count(step=STRIDE)
    for field in layout.named:
        if isinstance(field.type, Vector):
            vector = field.type
            tried: list[Any] = [[_element(vector, one, starts) for one in value[field.name]]]
        else:
            tried = [*_parts(field.type, next(starts))]
        changed = ({**value, field.name: one} for one in tried)
        value = next(filter(is_kept, changed), value)
    return value


def _element(vector: Vector, element: Any, starts: Iterator[int]) -> Any:
    if isinstance(element, Mapping):
        assert isinstance(vector.element, Layout)
        return telling(vector.element, {**element})
    return next(_parts(vector.element, next(starts)), element)


def _parts(type_: object, start: int) -> Iterator[int | bytes]:
    """Parts of SECRET that a field can hold, that from ``start`` on first."""
    if not isinstance(type_, Integer | Raw) or type_.size < WIDE:
        return
    for shift in range(len(SECRET)):
        begin = (start + shift) % len(SECRET)
        part = (SECRET * (type_.size // len(SECRET) + 2))[begin : begin + type_.size]
        if SECRET in part:
            # In a row, its parts could not be told from those of the fields beside it.
            part = (part[:ROW] * (type_.size // ROW + 1))[: type_.size]
        if isinstance(type_, Integer):
            yield int.from_bytes(part, "little", signed=type_.is_signed)
        else:
            yield part


def _plain(line: TlvType) -> Value:
    assert line.layout is not None
    return telling(line.layout, boundaries.distinct(line.layout))


def _of_meaning(registry: Registry) -> Iterator[Case]:
    """Values that break a rule, still so with telling ones in their fields and beside them."""
    for line in meanings.with_rules(registry):
        for rule in line.rules:

            def is_broken(value: Value, rule: Any = rule) -> bool:
                return any(rule.violations(value))

            broken = ((label, v) for label, v in meanings.of_rule(line, rule) if is_broken(v))
            for label, value in islice(broken, BROKEN_MAX):
                assert line.layout is not None
                told = telling(line.layout, value, is_broken)
                data = derived_codec.encode_message(messages.message_of(line, told), registry)
                request = Request(Operation.DECODE_VALIDATED, data)
                yield Case("", f"{line.name}: {rule.expression}: {label}", request)


def _of_form(registry: Registry) -> Iterator[Case]:
    """What is wrong with the header, the ends or the framing, of every declared type."""
    for line in registry.with_layout:
        data = derived_codec.encode_message(messages.message_of(line, _plain(line)), registry)
        encoded = messages.encoded_value(line, _plain(line))
        yield decode("", f"{line.name}, checksum 1", checksums.with_checksum(data, 1))
        yield decode("", f"{line.name} of source 99", header.field_bytes("source", 99, data))
        yield decode("", f"{line.name} of version 113", header.field_bytes("version", 113, data))
        yield decode("", f"{line.name}, cut", derived_codec.seal(data[:-5]))
        yield decode("", f"{line.name}, cut, not sealed", data[:-5])
        yield decode("", f"{line.name}, 3 bytes behind", data + bytes(3))
        yield decode("", f"{line.name}, a byte more", messages.wire_of(line, encoded + b"\x01"))
        yield decode("", f"{line.name}, a type {UNASSIGNED} behind", _behind(data))
        for other in _other_domains(line):
            yield decode("", f"{line.name} in domain {other}", _in_domain(data, other))


def _behind(data: bytes) -> bytes:
    return derived_codec.seal(data + derived_codec.frame(UNASSIGNED, b""))


def _in_domain(data: bytes, domain: int) -> bytes:
    return header.field_bytes("relay_domain", domain, data)


def _other_domains(line: TlvType) -> list[int]:
    """A domain in which a type may not ride, where there is one."""
    others = (int(one) for one in RelayDomain if line.domain not in {None, one})
    return [*islice(others, 1)]


def _of_counts(registry: Registry) -> Iterator[Case]:
    """A count beyond the slots of a vector, on either side."""
    for line in registry.with_layout:
        assert line.layout is not None
        value = _plain(line)
        data = derived_codec.encode_value(line.layout, value)
        for field in line.layout.named:
            if isinstance(field.type, Vector):
                more = field.type.capacity + 1
                head, rest = data[: field.offset], data[field.offset + 2 :]
                wrong = head + more.to_bytes(2, "little") + rest
                label = f"{line.name} with {more} {field.name}"
                yield decode("", label, messages.wire_of(line, wrong))
                elements = boundaries.elements(field.type, more)
                message = messages.message_of(line, {**value, field.name: elements})
                yield encode("", label, message)


def _of_values(registry: Registry) -> Iterator[Case]:
    """What no encoder takes beside telling values: a number too large, a header, a domain."""
    for line in registry.with_layout:
        assert line.layout is not None
        value = _plain(line)
        numbers = [one for one in line.layout.named if isinstance(one.type, Integer)]
        for field in dict.fromkeys((numbers[0], numbers[-1])) if numbers else ():
            assert isinstance(field.type, Integer)
            wrong = {**value, field.name: field.type.maximum + 1}
            label = f"{line.name}, {field.name} too large"
            yield encode("", label, messages.message_of(line, wrong))
        message = messages.message_of(line, value)
        for name, number in (("source", 251), ("version", 113)):
            changed = {**message, "header": {**message["header"], name: number}}
            yield encode("", f"{line.name} with {name} = {number}", changed)
        for other in _other_domains(line):
            changed = {**message, "header": {**message["header"], "relay_domain": other}}
            yield encode("", f"{line.name} in domain {other}", changed)
