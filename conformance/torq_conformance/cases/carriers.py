"""The types in which cases carry bytes that are about something else: framing, checksums, limits.

A vendor number takes any bytes in any domain. An implementation that does a part of the types may
have none: then the freest of its types carry what they can, and nothing that they cannot.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.layout import Padding, Vector
from torq_specs.registry import EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX, Registry, TlvType
from torq_specs.tlv import Tlv

BIG_STEPS_MAX = 64
"""Times that the largest TLV may be left out to reach an exact size with smaller ones."""

KINDS = 16
"""Different values in a message of thousands of TLVs."""


@dataclass(frozen=True)
class Carrier:
    """A type, filled with given bytes as far as it takes them."""

    line: TlvType

    @property
    def number(self) -> int:
        """The number of the type."""
        return self.line.number

    @property
    def is_free(self) -> bool:
        """Whether it takes any bytes."""
        return self.line.layout is None and self.line.size_rule == "*"

    def takes(self, size: int) -> bool:
        """Whether a value of this size is legal."""
        return self.line.expected_size(size) is None

    @property
    def takes_extended(self) -> bool:
        """Whether it takes a value whose shortest framing is the extended one."""
        return self.line.size_max > STANDARD_SIZE_MAX

    def encoded(self, data: bytes) -> bytes:
        """The legal value that is nearest to ``data``: the very bytes, where they are legal."""
        if self.line.layout is not None:
            return self._laid_out(data)
        padded = data + messages.opaque_value(max(self.line.size_min - len(data), 0))
        return padded[: self.line.size_max] if not self.is_free else data

    def _laid_out(self, data: bytes) -> bytes:
        template = bytearray(_template(self.line))
        for offset, byte in zip(_free_offsets(self.line), data, strict=False):
            template[offset] = byte
        return bytes(template)

    @property
    def room(self) -> int:
        """How many bytes of ``data`` make a difference in a value."""
        return len(_free_offsets(self.line)) if self.line.layout else self.line.size_max

    def forgeable_at(self, size: int) -> int | None:
        """How many bytes before the end of a value, in steps of four, there are four free ones."""
        if self.line.layout is None:
            return 4 if size >= 4 else None
        free = {*_free_offsets(self.line)}
        size = self.line.layout.size
        backs = range(4, size + 1, 4)
        return next((b for b in backs if free >= {*range(size - b, size - b + 4)}), None)

    def value(self, data: bytes) -> Any:
        """That value as it stands in a neutral message."""
        encoded = self.encoded(data)
        layout = self.line.layout
        return encoded if layout is None else derived_codec.decode_value(layout, encoded)

    def tlv(self, data: bytes) -> tuple[int, Any]:
        """Its number and that value, for ``messages.message``."""
        return self.number, self.value(data)

    def frame(
        self, data: bytes = b"", *, is_extended: bool | None = None, reserved: int = 0
    ) -> bytes:
        """That value as a framed TLV."""
        encoded = self.encoded(data)
        return derived_codec.frame(self.number, encoded, is_extended=is_extended, reserved=reserved)


@functools.cache
def _template(line: TlvType) -> bytes:
    assert line.layout is not None
    return derived_codec.encode_value(line.layout, boundaries.distinct(line.layout))


@functools.cache
def _free_offsets(line: TlvType) -> tuple[int, ...]:
    """Bytes of a value that mean nothing to framing: those of fields outside of vectors."""
    assert line.layout is not None
    return tuple(
        offset
        for field in line.layout.fields
        if not isinstance(field.type, Padding | Vector)
        for offset in range(field.offset, field.end)
    )


@functools.cache
def _filled(carrier: Carrier, size: int, start: int) -> tuple[int, Any]:
    return carrier.tlv(messages.opaque_value(size, start=start))


@dataclass(frozen=True)
class Carriers:
    """All carriers of a registry that may ride together, the freest first."""

    all: tuple[Carrier, ...]

    @property
    def first(self) -> Carrier:
        """The freest."""
        return self.all[0]

    @property
    def second(self) -> Carrier:
        """Another one, where there is one."""
        return self.all[1 % len(self.all)]

    @property
    def third(self) -> Carrier:
        """Yet another one, where there is one."""
        return self.all[2 % len(self.all)]

    @functools.cached_property
    def opaque(self) -> Carrier | None:
        """The freest of those whose values are bytes, where there is one."""
        return next((one for one in self.all if one.line.layout is None), None)

    @property
    def is_free(self) -> bool:
        """Whether any bytes can be carried."""
        return self.first.is_free

    @functools.cached_property
    def domains(self) -> tuple[int, ...]:
        """The domains in which they may ride."""
        own = {carrier.line.domain for carrier in self.all} - {None}
        return tuple(int(one) for one in RelayDomain if not own or one in own)

    def message(self, *tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
        """A neutral message in a domain where they may ride."""
        return messages.message(*tlvs, **{"relay_domain": self.domains[0], **changes})

    def wire(self, *tlvs: bytes, **changes: int) -> bytes:
        """A sealed message around framed TLVs, in a domain where they may ride."""
        return messages.wire(*tlvs, **{"relay_domain": self.domains[0], **changes})

    def tlvs(self, size: int, *, start: int = 1) -> list[tuple[int, Any]]:
        """TLVs of ``size`` bytes of value, or near: one where the freest holds as many."""
        if not self.all:
            return []
        if size <= self.first.line.size_max:
            return [self.first.tlv(messages.opaque_value(size, start=start))]
        return [(tlv["type"], tlv["value"]) for tlv in self.payload(self.payload_near(size))]

    def frames(self, size: int, *, start: int = 1) -> list[bytes]:
        """The same, framed."""
        return [self._framed(number, value) for number, value in self.tlvs(size, start=start)]

    def framed_payload(self, size: int) -> bytes:
        """What ``payload`` gives, framed."""
        return b"".join(self._framed(tlv["type"], tlv["value"]) for tlv in self.payload(size))

    def _framed(self, number: int, value: Any) -> bytes:
        return derived_codec.frame(number, messages.encoded_value(self._lines[number], value))

    @functools.cached_property
    def _lines(self) -> dict[int, TlvType]:
        return {carrier.number: carrier.line for carrier in self.all}

    # What a payload of TLVs in their shortest framing can be as long as.

    def payload_near(self, size: int) -> int:
        """The largest payload up to ``size`` bytes, but one TLV at least unless ``size`` is 0."""
        if self.is_free:
            return size if size != 1 else 0
        least = min(self._steps) if size else 0
        return next((n for n in range(size, least, -1) if self._can_be(n)), least)

    def payload_above(self, size: int) -> int:
        """The smallest payload of at least ``size`` bytes."""
        if self.is_free:
            return size if size != 1 else 2
        return next(n for n in range(size, size + max(self._steps) + 1) if self._can_be(n))

    def payload(self, size: int) -> list[dict[str, Any]]:
        """TLVs of exactly ``size`` bytes, which ``payload_near`` or ``payload_above`` gave."""
        if not size:
            return []
        if self.is_free:
            return free_payload(size, self.first.number)
        steps, big = self._steps, max(self._steps)
        count = next(n for n in self._big_counts(size) if self._reached >> (size - n * big) & 1)
        parts, rest = [big] * count, size - count * big
        while rest:
            step = next(s for s in steps if s <= rest and self._reached >> (rest - s) & 1)
            parts.append(step)
            rest -= step
        return [self._tlv_of(part, start) for start, part in enumerate(parts)]

    def _tlv_of(self, step: int, start: int) -> dict[str, Any]:
        carrier, size = self._steps[step]
        number, value = _filled(carrier, size, start % KINDS)
        return {"type": number, "value": value}

    def _can_be(self, size: int) -> bool:
        big = max(self._steps)
        return any(self._reached >> (size - n * big) & 1 for n in self._big_counts(size))

    def _big_counts(self, size: int) -> range:
        most = size // max(self._steps)
        return range(most, max(most - BIG_STEPS_MAX, 0) - 1, -1)

    @functools.cached_property
    def _steps(self) -> dict[int, tuple[Carrier, int]]:
        """Sizes of framed TLVs, largest first, each with its carrier and the size of its value."""
        sizes = {
            len(carrier.frame(bytes(size))): (carrier, size)
            for carrier in self.all
            for size in (carrier.line.size_min, carrier.line.size_min + 1, carrier.line.size_max)
            if carrier.takes(size)
        }
        return dict(sorted(sizes.items(), reverse=True))

    @functools.cached_property
    def _reached(self) -> int:
        """Bit n is set where TLVs can take n bytes, for n up to BIG_STEPS_MAX large ones."""
        bits = (BIG_STEPS_MAX + 1) * max(self._steps) + 1
        reached, mask = 1, (1 << bits) - 1
        for step in self._steps:
            shift = step
            while shift < bits:
                reached |= reached << shift & mask
                shift *= 2
        return reached


@functools.cache
def carriers(registry: Registry) -> Carriers:
    """The carriers of a registry: vendor numbers that nobody has declared, or what there is."""
    every = [Carrier(line) for line in registry]
    free = tuple(carrier for carrier in every if carrier.is_free)
    if free:
        return Carriers(free)
    every.sort(key=_freedom)
    own = every[0].line.domain
    return Carriers(tuple(one for one in every if one.line.domain in {None, own}))


@functools.cache
def carriers_in(domain: int, registry: Registry) -> Carriers:
    """The carriers that may ride in a domain; none where none of the types may."""
    carrying = carriers(registry)
    if carrying.is_free:
        return carrying
    every = (Carrier(line) for line in registry if line.domain in {None, domain})
    return Carriers(tuple(sorted(every, key=_freedom)))


def carriers_beside(line: TlvType, registry: Registry) -> Carriers:
    """The carriers that may ride in the domain of a type; it may be one of them itself."""
    carrying = carriers(registry)
    if line.domain is None or int(line.domain) in carrying.domains:
        return carrying
    return carriers_in(int(line.domain), registry)


def message_in(domain: int, data: bytes, registry: Registry, **changes: int) -> dict[str, Any]:
    """A neutral message in a domain that carries some bytes; a bare one where nothing may ride."""
    some = [carrier.tlv(data) for carrier in carriers_in(domain, registry).all[:1]]
    return messages.message(*some, **{**changes, "relay_domain": domain})


def _freedom(carrier: Carrier) -> tuple[bool, int, int]:
    line = carrier.line
    return line.layout is not None, line.size_min - line.size_max, line.size_min


def free_payload(size: int, number: int) -> list[dict[str, Any]]:
    """TLVs of a free type that take exactly ``size`` bytes when encoded; size is not 1."""
    tlvs = []
    while size:
        step = _next_frame(size)
        head = Tlv.STANDARD_HEADER_SIZE
        if step > STANDARD_SIZE_MAX + head:
            head = Tlv.EXTENDED_HEADER_SIZE
        value = messages.opaque_value(step - head, start=size)
        tlvs.append({"type": number, "value": value})
        size -= step
    return tlvs


def _next_frame(size: int) -> int:
    largest = EXTENDED_SIZE_MAX + Tlv.EXTENDED_HEADER_SIZE
    standard = STANDARD_SIZE_MAX + Tlv.STANDARD_HEADER_SIZE
    if size <= standard:
        return size
    if size < standard + 2 or size - standard < 2:
        return standard - 2
    smallest_extended = STANDARD_SIZE_MAX + 1 + Tlv.EXTENDED_HEADER_SIZE
    if size < smallest_extended:
        return size // 2
    step = min(size, largest)
    return step - 2 if size - step == 1 else step
