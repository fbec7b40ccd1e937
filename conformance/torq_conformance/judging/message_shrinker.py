"""Makes a message that an implementation gets wrong as plain as it can be and still be wrong.

Works on the decoded fields, never on bytes: plain values first, then whole vectors, then elements,
then single numbers towards 0 by bisecting and by clearing bits, until nothing more gives way. Every
step keeps the message valid, so what is left is a valid message with nothing in it but the trouble.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain, Source, Version
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.layout import Integer, Layout, Raw, Vector
from torq_specs.registry import REGISTRY, Registry

Message = dict[str, Any]
Predicate = Callable[[bytes], bool]

CALLS_MAX = 5000
"""Questions asked of one implementation about one message."""


PLAIN_HEADER = {"version": int(min(Version)), "source": int(min(Source))}
"""Of the header fields that cannot be 0, the domain aside: it belongs to the TLV."""


class Spent(Exception):
    """No more questions may be asked; raised by a predicate, too, when they become dear."""


def shrink(data: bytes, is_wrong: Predicate, registry: Registry = REGISTRY) -> bytes:
    """The plainest valid message found of which ``is_wrong`` holds, as it does of ``data``."""
    shrinker = Shrinker(derived_codec.decode_message(data, registry), is_wrong, registry)
    shrinker.run()
    return shrinker.best


def without(data: bytes, least: bytes, registry: Registry = REGISTRY) -> bytes:
    """``data`` with all fields plain that are not plain in ``least``, a shrunk message.

    What is still wrong with it has another reason than what is wrong with ``least``.
    """
    message, reported = (derived_codec.decode_message(one, registry) for one in (data, least))
    for name, number in reported["header"].items():
        if name != "relay_domain" and number != PLAIN_HEADER.get(name, 0):
            message["header"][name] = PLAIN_HEADER.get(name, 0)
    for tlv, least_tlv in zip(message["tlvs"], reported["tlvs"], strict=False):
        layout = registry[tlv["type"]].layout
        assert layout is not None
        zeros = derived_codec.decode_value(layout, bytes(layout.size))
        tlv["value"].update(
            {name: zero for name, zero in zeros.items() if least_tlv["value"][name] != zero}
        )
    return derived_codec.encode_message(message, registry)


class Shrinker:
    """Holds one message, changes it in place, and takes back what makes the trouble go away."""

    def __init__(self, message: Message, is_wrong: Predicate, registry: Registry) -> None:
        self.message = copy.deepcopy(message)
        self.best = derived_codec.encode_message(message, registry)
        self._is_wrong = is_wrong
        self._registry = registry
        self._known = {self.best: True}

    def run(self) -> None:
        """Shrink until a whole round changes nothing, or until no more may be asked."""
        try:
            before = b""
            while before != self.best:
                before = self.best
                self._tlvs()
                self._record(self.message["header"], HEADER_LAYOUT)
        except Spent:
            pass

    def _try(self, container: Any, key: Any, value: Any) -> bool:
        """Put ``value`` at a place; put back what was there unless the message is still wrong."""
        old = container[key]
        if old == value:
            return False
        container[key] = value
        try:
            if self._is_still_wrong():
                return True
        except Spent:
            container[key] = old
            raise
        container[key] = old
        return False

    def _is_still_wrong(self) -> bool:
        data = derived_codec.encode_message(self.message, self._registry)
        if data not in self._known:
            if len(self._known) > CALLS_MAX:
                raise Spent
            self._known[data] = self._is_wrong(data)
        if self._known[data]:
            self.best = data
        return self._known[data]

    def _tlvs(self) -> None:
        self._try(self.message, "tlvs", [])
        for tlv in self.message["tlvs"]:
            layout = self._registry[tlv["type"]].layout
            assert layout is not None
            zeros = derived_codec.decode_value(layout, bytes(layout.size))
            if not self._try(tlv, "value", zeros):
                self._record(tlv["value"], layout)

    def _record(self, record: Message, layout: Layout) -> None:
        for field in layout.named:
            match field.type:
                case Vector() as vector:
                    self._vector(record, field.name, vector)
                case Integer() if layout is HEADER_LAYOUT and field.values is not None:
                    self._header_choice(record, field.name)
                case Integer():
                    self._number(record, field.name)
                case Raw(size):
                    self._bytes(record, field.name, size)

    def _header_choice(self, header: Message, name: str) -> None:
        # The domain belongs to the TLV; without one there is nothing but domains to choose from.
        choices: dict[str, list[int]] = {
            "relay_domain": [] if self.message["tlvs"] else [*RelayDomain],
            "version": [*Version],
            "source": [*Source],
        }
        for choice in map(int, choices[name]):
            if choice >= header[name] or self._try(header, name, choice):
                return

    def _vector(self, record: Message, name: str, vector: Vector) -> None:
        if self._try(record, name, []):
            return
        zero = _zero(vector)
        self._try(record, name, [copy.deepcopy(zero) for _ in record[name]])
        for size in halves(len(record[name])):
            self._drop(record, name, size)
        for size in halves(len(record[name])):
            for start in range(0, len(record[name]), size):
                part = record[name][start : start + size]
                zeros = [copy.deepcopy(zero) for _ in part]
                tail = record[name][start + size :]
                self._try(record, name, record[name][:start] + zeros + tail)
        for index, element in enumerate(record[name]):
            if element == zero:
                continue
            if isinstance(vector.element, Layout):
                self._record(element, vector.element)
            else:
                self._number(record[name], index)

    def _drop(self, record: Message, name: str, size: int) -> None:
        """Drop runs of ``size`` elements, the last ones first."""
        end = len(record[name])
        while end > 0:
            start = max(0, end - size)
            self._try(record, name, record[name][:start] + record[name][end:])
            end = start

    def _number(self, container: Any, key: Any) -> None:
        if container[key] == 0 or self._try(container, key, 0):
            return
        if container[key] < 0:
            self._try(container, key, -container[key] - 1) or self._try(container, key, -1)
        self._bisect(container, key)
        self._clear_bits(container, key)
        self._bisect(container, key)

    def _bisect(self, container: Any, key: Any) -> None:
        """Towards 0, which is right, from where it is, which is wrong."""
        sign = -1 if container[key] < 0 else 1
        right, wrong = 0, abs(container[key])
        while wrong - right > 1:
            middle = (right + wrong) // 2
            if self._try(container, key, sign * middle):
                wrong = middle
            else:
                right = middle

    def _clear_bits(self, container: Any, key: Any) -> None:
        sign = -1 if container[key] < 0 else 1
        for bit in reversed(range(abs(container[key]).bit_length())):
            magnitude = abs(container[key])
            if magnitude >> bit & 1:
                self._try(container, key, sign * (magnitude ^ 1 << bit))

    def _bytes(self, record: Message, name: str, size: int) -> None:
        if self._try(record, name, bytes(size)):
            return
        for run in halves(size):
            for start in range(0, size, run):
                old = record[name]
                stop = min(size, start + run)
                self._try(record, name, old[:start] + bytes(stop - start) + old[stop:])
        for at in range(size):
            self._number(_Bytes(record, name), at)


class _Bytes:
    """The single bytes of a field as numbers that can be set."""

    def __init__(self, record: Message, name: str) -> None:
        self._record = record
        self._name = name

    def __getitem__(self, at: int) -> int:
        return int(self._record[self._name][at])

    def __setitem__(self, at: int, number: int) -> None:
        old = self._record[self._name]
        self._record[self._name] = old[:at] + bytes((number,)) + old[at + 1 :]


def _zero(vector: Vector) -> Any:
    if isinstance(vector.element, Layout):
        return derived_codec.decode_value(vector.element, bytes(vector.element.size))
    return 0


def halves(count: int) -> Iterator[int]:
    """``count``, its half, the half of that, down to 1."""
    size = count
    while size:
        yield size
        size //= 2
