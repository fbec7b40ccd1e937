"""The bytes that are being changed, and what makes them a valid message again.

Offsets count from the message's first byte. Frames are read by their lengths alone, up to the first
that is not whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torq_conformance.cases.mutator.tables import Part, PartKind, Rows, Tables, Type
from torq_conformance.model import derived_codec
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.layout import Vector
from torq_specs.registry import EXTENDED
from torq_specs.tlv import Tlv

PAYLOAD_SIZE = HEADER_LAYOUT.field("payload_size")
DOMAIN = HEADER_LAYOUT.field("relay_domain").offset
MAGIC = derived_codec.MAGIC.to_bytes(4, "little")
COUNT = Vector.COUNT.size


class Span(NamedTuple):
    """One TLV: where it begins, the bytes of its framing and of its value, its type number."""

    at: int
    head: int
    size: int
    number: int

    @property
    def value(self) -> int:
        """Where its value begins."""
        return self.at + self.head

    @property
    def whole(self) -> int:
        """All its bytes."""
        return self.head + self.size


def spans(data: bytes | bytearray, at: int = HEADER_SIZE) -> Iterator[Span]:
    """The whole TLVs from ``at`` on."""
    while at < len(data):
        span = _span(data, at)
        if span is None:
            return
        yield span
        at += span.whole


def _span(data: bytes | bytearray, at: int) -> Span | None:
    is_extended = data[at] == EXTENDED
    head = Tlv.EXTENDED_HEADER_SIZE if is_extended else Tlv.STANDARD_HEADER_SIZE
    if len(data) - at < head:
        return None
    size = int.from_bytes(data[at + 3 : at + 5], "little") if is_extended else data[at + 1]
    if len(data) - at - head < size:
        return None
    return Span(at, head, size, data[at + 2] if is_extended else data[at])


class Draft:
    """A message that is being made, of ``size_max`` bytes at most."""

    def __init__(self, data: bytes, size_max: int, tables: Tables) -> None:
        self.data = bytearray(data[:size_max])
        self.size_max = size_max
        self.tables = tables
        self.keeps_size = False
        """Whether payload_size is wrong on purpose."""
        self._types = {type_.number: type_ for type_ in tables.types}

    def put(self, at: int, old: int, new: bytes) -> bool:
        """Put bytes in the place of ``old`` bytes; False where there is no room for them."""
        if len(self.data) - old + len(new) > self.size_max:
            return False
        self.data[at : at + old] = new
        return True

    def number(self, at: int, size: int = COUNT) -> int:
        """The number in ``size`` bytes."""
        return int.from_bytes(self.data[at : at + size], "little")

    def set_number(self, at: int, number: int, size: int = COUNT) -> None:
        """Write a number into ``size`` bytes; what does not fit is cut off."""
        self.data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, "little")

    def type_of(self, span: Span) -> Type | None:
        """The type of a TLV; None of a number that is none."""
        return self._types.get(span.number)

    def parts(self, rows: Rows) -> list[Part]:
        """The parts of a layout."""
        return self.tables.parts[rows.part_first : rows.part_first + rows.part_count]

    def layout(self, span: Span) -> Rows | None:
        """The layout of a TLV that has its size; None of bytes."""
        type_ = self.type_of(span)
        if type_ is None or type_.layout < 0 or span.size != type_.size_min:
            return None
        return self.tables.layouts[type_.layout]

    def repair(self) -> None:
        """Make it a valid message but for its size and checksum, keeping what can be kept."""
        self.keeps_size = False
        self.data += bytes(max(0, HEADER_SIZE - len(self.data)))
        self.data[:4] = MAGIC
        for part in self.parts(self.tables.layouts[0]):
            self._repair_member(part)
        domain = self._domain()
        self.data[DOMAIN] = domain
        at = HEADER_SIZE
        while at < len(self.data):
            span = _span(self.data, at)
            if span is None or at + span.whole > MESSAGE_SIZE_MAX:
                del self.data[at:]
            elif self._is_legal(span, domain):
                rows = self.layout(span)
                if rows is not None:
                    self.tidy(rows, span.value)
                at += span.whole
            else:
                del self.data[at : at + span.whole]

    def _repair_member(self, part: Part) -> None:
        """Where a number must be a member, make it one: the remainder says which."""
        members = self.tables.members[part.member_first : part.member_first + part.member_count]
        number = self.number(part.offset, part.size)
        if members and number not in members:
            self.set_number(part.offset, members[number % len(members)], part.size)

    def _domain(self) -> int:
        """The domain of the first TLV that has one, else that of the header."""
        for span in spans(self.data):
            type_ = self.type_of(span)
            if type_ is not None and type_.domain:
                return type_.domain
        return self.data[DOMAIN]

    def _is_legal(self, span: Span, domain: int) -> bool:
        type_ = self.type_of(span)
        return (
            type_ is not None
            and type_.domain in {0, domain}
            and type_.size_min <= span.size <= type_.size_max
            and (span.head == Tlv.STANDARD_HEADER_SIZE or not self.data[span.at + 1])
        )

    def tidy(self, rows: Rows, value: int) -> None:
        """Zeros where a value must have them, and no count above its capacity."""
        for part in self.parts(rows):
            at = value + part.offset
            if part.kind == PartKind.PADDING:
                self.data[at : at + part.size] = bytes(part.size)
            elif part.kind == PartKind.VECTOR:
                self._tidy_vector(part, at)

    def _tidy_vector(self, part: Part, at: int) -> None:
        count = self.number(at)
        if count > part.capacity:
            count %= part.capacity + 1
            self.set_number(at, count)
        self.data[at + COUNT : at + part.slots_offset] = bytes(part.slots_offset - COUNT)
        for slot in range(count):
            element = self.tables.layouts[part.element]
            self.tidy(element, at + part.slots_offset + slot * part.slot_size)
        used = part.slots_offset + count * part.slot_size
        self.data[at + used : at + part.size] = bytes(part.size - used)

    def seal(self) -> None:
        """Make size and checksum good; of fewer bytes than a header nothing."""
        if len(self.data) < HEADER_SIZE:
            return
        if not self.keeps_size:
            self.set_number(PAYLOAD_SIZE.offset, len(self.data) - HEADER_SIZE, PAYLOAD_SIZE.size)
        self.data[:] = derived_codec.seal(bytes(self.data))
