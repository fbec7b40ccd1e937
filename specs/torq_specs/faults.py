"""How a message can be wrong (section 6): the taxonomy, and every fault of given bytes or values.

``diagnose(data) == []`` exactly when ``Message.parse(data)`` succeeds, and ``diagnose_value(value)
== []`` exactly when ``Message.build(value)`` does. With several faults in one message any one of
them is a right answer, so all of them are listed, each with its own context.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from torq_specs.enums import Magic, RelayDomain, Source, Version
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX, Header
from torq_specs.layout import FieldLayout, Integer, Layout, Padding, Raw, Vector, layout_of
from torq_specs.registry import (
    EXTENDED,
    EXTENDED_SIZE_MAX,
    REGISTRY,
    STANDARD_SIZE_MAX,
    Registry,
    TlvType,
    riding_domain_of,
)
from torq_specs.tlv import Tlv
from torq_specs.wire import checksum

Number = int | str


class FaultKind(StrEnum):
    """Kinds of faults, in the order of the table in section 6."""

    MESSAGE_TOO_SMALL = "MessageTooSmall"
    MESSAGE_TOO_LARGE = "MessageTooLarge"
    INVALID_MAGIC = "InvalidMagic"
    UNSUPPORTED_VERSION = "UnsupportedVersion"
    INVALID_RELAY_DOMAIN = "InvalidRelayDomain"
    UNKNOWN_SOURCE = "UnknownSource"
    CHECKSUM_MISMATCH = "ChecksumMismatch"
    TRUNCATED_TLV = "TruncatedTLV"
    INVALID_EXTENDED_TLV = "InvalidExtendedTLV"
    INVALID_TLV_TYPE = "InvalidTLVType"
    RELAY_DOMAIN_MISMATCH = "RelayDomainMismatch"
    PAYLOAD_SIZE_MISMATCH = "PayloadSizeMismatch"
    CAPACITY_EXCEEDED = "CapacityExceeded"
    PAYLOAD_TOO_LARGE = "PayloadTooLarge"
    VALUE_OUT_OF_RANGE = "ValueOutOfRange"
    INVALID_INSTRUMENT = "InvalidInstrument"
    PARSE_ERROR = "ParseError"
    VALIDATION_FAILED = "ValidationFailed"
    CONFIG_ERROR = "ConfigError"

    @property
    def row(self) -> int:
        """Its row in the table of section 6, counted from 1."""
        return [*FaultKind].index(self) + 1


CONTEXT: Mapping[FaultKind, tuple[str, ...]] = {
    FaultKind.MESSAGE_TOO_SMALL: ("need", "got"),
    FaultKind.MESSAGE_TOO_LARGE: ("size", "limit"),
    FaultKind.INVALID_MAGIC: ("expected", "actual"),
    FaultKind.UNSUPPORTED_VERSION: ("version",),
    FaultKind.INVALID_RELAY_DOMAIN: ("relay_domain",),
    FaultKind.UNKNOWN_SOURCE: ("source",),
    FaultKind.CHECKSUM_MISMATCH: ("expected", "actual", "message_size", "tlv_count"),
    FaultKind.TRUNCATED_TLV: ("buffer_size", "required_bytes", "tlv_type", "offset"),
    FaultKind.INVALID_EXTENDED_TLV: ("offset", "reserved"),
    FaultKind.INVALID_TLV_TYPE: ("tlv_type", "offset"),
    FaultKind.RELAY_DOMAIN_MISMATCH: ("tlv_type", "expected", "got", "offset"),
    FaultKind.PAYLOAD_SIZE_MISMATCH: ("tlv_type", "expected", "got", "offset"),
    FaultKind.CAPACITY_EXCEEDED: ("field", "max_capacity", "attempted"),
    FaultKind.PAYLOAD_TOO_LARGE: ("tlv_type", "size", "limit"),
    FaultKind.VALUE_OUT_OF_RANGE: ("field", "value", "minimum", "maximum"),
    FaultKind.INVALID_INSTRUMENT: ("argument", "context"),
    FaultKind.PARSE_ERROR: ("offset", "context"),
    FaultKind.VALIDATION_FAILED: ("field",),
    FaultKind.CONFIG_ERROR: ("variable", "context"),
}
"""The context fields of each kind, in the order of the table."""

CONTEXT_MUST: Mapping[FaultKind, tuple[str, ...]] = {
    FaultKind.CHECKSUM_MISMATCH: CONTEXT[FaultKind.CHECKSUM_MISMATCH],
    FaultKind.TRUNCATED_TLV: CONTEXT[FaultKind.TRUNCATED_TLV],
    FaultKind.INVALID_TLV_TYPE: CONTEXT[FaultKind.INVALID_TLV_TYPE],
    FaultKind.PARSE_ERROR: ("offset",),
    FaultKind.CONFIG_ERROR: ("variable",),
}
"""Context that the design notes name and that is therefore a MUST; all other is a SHOULD."""

FREE_TEXT: Mapping[FaultKind, str] = {
    FaultKind.PARSE_ERROR: "context",
    FaultKind.INVALID_INSTRUMENT: "context",
    FaultKind.CONFIG_ERROR: "context",
}
"""Context whose wording is the implementation's own."""


@dataclass(frozen=True)
class Meaning:
    """What a kind says: ``when`` it is right, ``speaks_of`` the requirement that demands it."""

    when: str
    speaks_of: str


MEANINGS: Mapping[FaultKind, Meaning] = {
    FaultKind.MESSAGE_TOO_SMALL: Meaning(
        "The buffer is shorter than 32 bytes, or than the header promises; or an output buffer is "
        "shorter than the message that is to be written into it.",
        "MSG-TOO-SMALL",
    ),
    FaultKind.MESSAGE_TOO_LARGE: Meaning(
        "The whole message is longer than 1,048,576 bytes, by its header or by its value.",
        "MSG-TOO-LARGE",
    ),
    FaultKind.INVALID_MAGIC: Meaning("The first four bytes are not EF BE AD DE.", "HDR-MAGIC"),
    FaultKind.UNSUPPORTED_VERSION: Meaning("The version is not 1.", "HDR-VERSION"),
    FaultKind.INVALID_RELAY_DOMAIN: Meaning("The domain is none of the four.", "HDR-DOMAIN"),
    FaultKind.UNKNOWN_SOURCE: Meaning("The source is none of the listed services.", "HDR-SOURCE"),
    FaultKind.CHECKSUM_MISMATCH: Meaning(
        "The checksum in the header is not the one calculated over what is there.", "CHK-VERIFY"
    ),
    FaultKind.TRUNCATED_TLV: Meaning(
        "The payload ends within a TLV: within its head, or before the end of its value.",
        "TLV-TRUNCATED",
    ),
    FaultKind.INVALID_EXTENDED_TLV: Meaning(
        "The second byte of an extended TLV is not 0.", "TLV-RESERVED"
    ),
    FaultKind.INVALID_TLV_TYPE: Meaning(
        "The type is 0, 255 inside extended, or a number that nobody was given.", "TLV-TYPE"
    ),
    FaultKind.RELAY_DOMAIN_MISMATCH: Meaning(
        "The type belongs to another domain than the header names.", "TLV-DOMAIN"
    ),
    FaultKind.PAYLOAD_SIZE_MISMATCH: Meaning(
        "The value has not the size of its type, or one outside of its bounds.", "REG-SIZE"
    ),
    FaultKind.CAPACITY_EXCEEDED: Meaning(
        "A vector has more elements than slots, by its count or by its value.", "VEC-CAPACITY"
    ),
    FaultKind.PAYLOAD_TOO_LARGE: Meaning(
        "A value to be encoded is longer than the 65,535 bytes that a TLV holds.",
        "TLV-PAYLOAD-TOO-LARGE",
    ),
    FaultKind.VALUE_OUT_OF_RANGE: Meaning(
        "An integer to be encoded does not fit its field, or bytes have not the field's length; "
        "then all three numbers are lengths.",
        "ERR-RANGE",
    ),
    FaultKind.INVALID_INSTRUMENT: Meaning(
        "An operation on instrument ids refuses one of its arguments.", "IID-REFUSAL"
    ),
    FaultKind.PARSE_ERROR: Meaning(
        "Bytes follow the message, padding is not zero, or slots behind a vector's count are not; "
        "the offset counts from the message's first byte.",
        "MSG-TRAILING",
    ),
    FaultKind.VALIDATION_FAILED: Meaning(
        "The message is right in form and breaks a rule of section 8; only decode_validated says "
        "so.",
        "VLD-DECODE",
    ),
    FaultKind.CONFIG_ERROR: Meaning(
        "A variable of a configuration is missing, empty, wrong or unknown; only config says so.",
        "CFG-VARIABLE",
    ),
}
"""What each kind says, in the order of the table."""


@dataclass(frozen=True)
class Fault:
    """One way in which a message is wrong.

    ``latitudes`` holds, for context that the protocol leaves open, further values that are as
    right as the one in ``context``. ``is_padding`` marks non-zero padding and stale slots, which
    only implementations with the capability strict_padding must refuse.
    """

    kind: FaultKind
    context: Mapping[str, Number]
    latitudes: Mapping[str, frozenset[Number]] = field(default_factory=dict)
    is_padding: bool = False

    def admits(self, name: str, value: object) -> bool:
        """Whether ``value`` is a right answer for the context field ``name``."""
        if type(value) is not type(self.context[name]):
            return False
        return value == self.context[name] or value in self.latitudes.get(name, ())

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{k}={v}' for k, v in self.context.items())})"


def diagnose(data: bytes, registry: Registry = REGISTRY) -> list[Fault]:
    """Every fault of a byte string that should be one whole message."""
    faults = [*_header_faults(data)]
    if len(data) < HEADER_SIZE:
        return [*faults, _fault(FaultKind.MESSAGE_TOO_SMALL, HEADER_SIZE, len(data))]
    payload_size = int.from_bytes(data[24:28], "little")
    end = HEADER_SIZE + payload_size
    if len(data) < end:
        faults.append(_fault(FaultKind.MESSAGE_TOO_SMALL, end, len(data)))
    elif len(data) > end:
        faults.append(_fault(FaultKind.PARSE_ERROR, end, "bytes after the message"))
    faults += _checksum_faults(data, end)
    faults += _payload_faults(data[HEADER_SIZE:end], payload_size, data[4], registry)
    return faults


def _checksum_faults(data: bytes, end: int) -> Iterator[Fault]:
    """A wrong checksum over what is there, of a short or long buffer too (CHK-VERIFY).

    Of a long buffer the sum may be taken over the message alone where that is wrong as well, and
    its TLVs may be counted to the end of either.
    """
    actual = int.from_bytes(data[28:32], "little")
    expected, message_only = checksum(data), checksum(data[:end])
    if expected == actual:
        return
    counts = {complete_tlv_count(data[HEADER_SIZE:end]), complete_tlv_count(data[HEADER_SIZE:])}
    context = dict(
        zip(
            CONTEXT[FaultKind.CHECKSUM_MISMATCH],
            (expected, actual, end - HEADER_SIZE, min(counts)),
            strict=True,
        )
    )
    latitudes: dict[str, frozenset[Number]] = {"tlv_count": frozenset(counts)}
    if message_only != actual:
        latitudes["expected"] = frozenset({message_only})
    yield Fault(FaultKind.CHECKSUM_MISMATCH, context, latitudes if len(data) > end else {})


def _fault(kind: FaultKind, *context: Number) -> Fault:
    return Fault(kind, dict(zip(CONTEXT[kind], context, strict=True)))


def _header_faults(data: bytes) -> Iterator[Fault]:
    # Judged on the bytes that are there: a short buffer may be refused for what is already wrong.
    if len(data) >= 4 and (magic := int.from_bytes(data[:4], "little")) != Magic.TORQ:
        yield _fault(FaultKind.INVALID_MAGIC, int(Magic.TORQ), magic)
    header = dict(zip(("relay_domain", "version", "source"), data[4:7], strict=False))
    yield from _header_value_faults(header)
    if len(data) >= 28:
        size = HEADER_SIZE + int.from_bytes(data[24:28], "little")
        if size > MESSAGE_SIZE_MAX:
            yield _fault(FaultKind.MESSAGE_TOO_LARGE, size, MESSAGE_SIZE_MAX)


HEADER_ENUMERATIONS = (
    ("relay_domain", RelayDomain, FaultKind.INVALID_RELAY_DOMAIN),
    ("version", Version, FaultKind.UNSUPPORTED_VERSION),
    ("source", Source, FaultKind.UNKNOWN_SOURCE),
)
"""Header fields that must be members of an enumeration, with the fault if they are not."""


def _header_value_faults(header: Mapping[str, int]) -> Iterator[Fault]:
    for name, members, kind in HEADER_ENUMERATIONS:
        if name in header and header[name] not in members._value2member_map_:
            yield _fault(kind, header[name])


class Frame(NamedTuple):
    """One TLV as its lengths frame it; offsets in bytes from the payload's first byte.

    ``number`` and ``size`` are None where the header is cut before them. ``reserved`` is the second
    byte of an extended TLV.
    """

    offset: int
    header_size: int
    number: int | None
    size: int | None
    reserved: int = 0

    @property
    def is_extended(self) -> bool:
        """Whether it is in the extended framing."""
        return self.header_size == Tlv.EXTENDED_HEADER_SIZE

    @property
    def value_offset(self) -> int:
        """Where the value starts."""
        return self.offset + self.header_size

    @property
    def end(self) -> int:
        """Where the TLV ends, as far as its lengths are known."""
        return self.value_offset + (self.size or 0)


def frames(payload: bytes) -> Iterator[Frame]:
    """The TLVs of a payload by lengths alone; the last one may be cut or run past the end."""
    offset = 0
    while offset < len(payload):
        frame = _frame(payload, offset)
        yield frame
        if frame.size is None:
            return
        offset = frame.end


def _frame(payload: bytes, offset: int) -> Frame:
    head = payload[offset : offset + Tlv.EXTENDED_HEADER_SIZE]
    if head[0] != EXTENDED:
        size = head[1] if len(head) > 1 else None
        return Frame(offset, Tlv.STANDARD_HEADER_SIZE, head[0], size)
    return Frame(
        offset,
        Tlv.EXTENDED_HEADER_SIZE,
        head[2] if len(head) > 2 else None,
        int.from_bytes(head[3:5], "little") if len(head) == Tlv.EXTENDED_HEADER_SIZE else None,
        head[1] if len(head) > 1 else 0,
    )


def complete_tlv_count(payload: bytes) -> int:
    """How many TLVs from the start are whole, by lengths alone."""
    return sum(frame.size is not None and frame.end <= len(payload) for frame in frames(payload))


def _payload_faults(
    payload: bytes, payload_size: int, domain: int, registry: Registry
) -> Iterator[Fault]:
    for frame in frames(payload):
        yield from _frame_faults(frame, domain, registry)
        if frame.size is None:
            # Cut by the payload's own end; what a short buffer lacks is MessageTooSmall's matter.
            if len(payload) == payload_size:
                yield _truncated(frame, payload_size, frame.value_offset)
        elif frame.end > payload_size:
            yield _truncated(frame, payload_size, frame.end)
        elif frame.end <= len(payload):
            line = registry.get(frame.number or 0)
            if line is not None and line.layout is not None and line.layout.size == frame.size:
                value = payload[frame.value_offset : frame.end]
                yield from layout_faults(value, line.layout, HEADER_SIZE + frame.value_offset)


def _truncated(frame: Frame, payload_size: int, required: int) -> Fault:
    context = (payload_size, required, frame.number or 0, frame.offset)
    # Of a lone 255 it is open whether two bytes are missed or the five of an extended header.
    is_lone = frame.is_extended and payload_size == frame.offset + 1
    return Fault(
        FaultKind.TRUNCATED_TLV,
        dict(zip(CONTEXT[FaultKind.TRUNCATED_TLV], context, strict=True)),
        {"required_bytes": frozenset({frame.offset + 2})} if is_lone else {},
    )


def _frame_faults(frame: Frame, domain: int, registry: Registry) -> Iterator[Fault]:
    if frame.reserved:
        yield _fault(FaultKind.INVALID_EXTENDED_TLV, frame.offset, frame.reserved)
    if frame.number is None:
        return
    line = registry.get(frame.number)
    if line is None:
        context = {"tlv_type": frame.number, "offset": frame.offset}
        # The page does not say whether a bad inner type is found at the TLV or at its own byte.
        inner = frozenset({frame.offset + 2} if frame.is_extended else ())
        yield Fault(FaultKind.INVALID_TLV_TYPE, context, {"offset": inner})
        yield from _domain_faults(frame.number, domain, frame.offset)
        return
    yield from _line_faults(line, frame.size, domain, frame.offset)


def _line_faults(line: TlvType, size: int | None, domain: int, offset: int) -> Iterator[Fault]:
    yield from _domain_faults(line.number, domain, offset)
    # A type of any size has none to mismatch: what no TLV holds is PayloadTooLarge alone.
    if size is None or line.size_rule == "*":
        return
    expected = line.expected_size(size)
    if expected is not None:
        yield _fault(FaultKind.PAYLOAD_SIZE_MISMATCH, line.number, expected, size, offset)


def _domain_faults(number: int, domain: int, offset: int) -> Iterator[Fault]:
    """A number outside its domain; that of an unassigned number is its range's."""
    own = riding_domain_of(number)
    if own is not None and own != domain:
        yield _fault(FaultKind.RELAY_DOMAIN_MISMATCH, number, int(own), domain, offset)


def layout_faults(value: bytes, layout: Layout, origin: int, prefix: str = "") -> Iterator[Fault]:
    """Faults within a value of the right size; ``origin`` is its offset in the message."""
    for item in layout.fields:
        part = value[item.offset : item.end]
        if isinstance(item.type, Padding):
            yield from _padding_faults(part, origin + item.offset, "padding is not zero")
        elif isinstance(item.type, Vector):
            yield from _vector_faults(part, item.type, origin + item.offset, prefix + item.name)


def _padding_faults(
    part: bytes, origin: int, text: str, starts: frozenset[int] = frozenset()
) -> Iterator[Fault]:
    if not any(part):
        return
    wrong = [origin + index for index, byte in enumerate(part) if byte]
    yield Fault(
        FaultKind.PARSE_ERROR,
        {"offset": wrong[0], "context": text},
        # The page does not say which byte of a run is meant: the run's first or any wrong one.
        {"offset": frozenset({origin, *wrong, *starts})},
        is_padding=True,
    )


def _vector_faults(part: bytes, vector: Vector, origin: int, path: str) -> Iterator[Fault]:
    count = int.from_bytes(part[: vector.COUNT.size], "little")
    padding = part[vector.COUNT.size : vector.slots_offset]
    yield from _padding_faults(padding, origin + vector.COUNT.size, f"{path} padding is not zero")
    if count > vector.capacity:
        yield _fault(FaultKind.CAPACITY_EXCEEDED, path, vector.capacity, count)
        return
    size = vector.element.size
    first = vector.slots_offset + count * size
    starts = {
        origin + slot for slot in range(first, len(part), size) if any(part[slot : slot + size])
    }
    if starts and isinstance(vector.element, Layout):
        starts |= {
            slot + leaf.offset
            for slot in tuple(starts)
            for leaf in vector.element.leaves
            if any(part[slot - origin + leaf.offset : slot - origin + leaf.end])
        }
    text = f"{path} has bytes behind its {count} elements"
    yield from _padding_faults(part[first:], origin + first, text, frozenset(starts))
    if isinstance(vector.element, Layout):
        for index in range(count):
            slot = vector.slots_offset + index * size
            value = part[slot : slot + size]
            yield from layout_faults(value, vector.element, origin + slot, f"{path}[{index}].")


HEADER_LAYOUT = layout_of(Header)
"""The layout of the 32-byte header."""


def diagnose_value(message: Mapping[str, object], registry: Registry = REGISTRY) -> list[Fault]:
    """Every fault for which an encoder must refuse a neutral value."""
    header, tlvs = message["header"], message["tlvs"]
    assert isinstance(header, Mapping)
    assert isinstance(tlvs, list)
    faults = [*_header_value_faults(header), *_range_faults(header, HEADER_LAYOUT, "")]
    offset = 0
    for tlv in tlvs:
        size = _value_size(tlv, registry)
        faults += _tlv_value_faults(tlv, size, header["relay_domain"], offset, registry)
        is_standard = size <= STANDARD_SIZE_MAX
        offset += size + (Tlv.STANDARD_HEADER_SIZE if is_standard else Tlv.EXTENDED_HEADER_SIZE)
    if HEADER_SIZE + offset > MESSAGE_SIZE_MAX:
        faults.append(_fault(FaultKind.MESSAGE_TOO_LARGE, HEADER_SIZE + offset, MESSAGE_SIZE_MAX))
    return faults


def _value_size(tlv: Mapping[str, object], registry: Registry) -> int:
    line, value = registry.get(_number(tlv)), tlv["value"]
    if line is not None and line.layout is not None:
        return line.layout.size
    return len(value) if isinstance(value, bytes) else 0


def _number(tlv: Mapping[str, object]) -> int:
    number = tlv["type"]
    assert isinstance(number, int)
    return number


def _tlv_value_faults(
    tlv: Mapping[str, object], size: int, domain: int, offset: int, registry: Registry
) -> Iterator[Fault]:
    number, value = _number(tlv), tlv["value"]
    if size > EXTENDED_SIZE_MAX:
        yield _fault(FaultKind.PAYLOAD_TOO_LARGE, number, size, EXTENDED_SIZE_MAX)
    line = registry.get(number)
    if line is None:
        yield _fault(FaultKind.INVALID_TLV_TYPE, number, offset)
        yield from _domain_faults(number, domain, offset)
        if not 0 <= number <= 255:
            yield _fault(FaultKind.VALUE_OUT_OF_RANGE, "type", number, 0, 255)
        return
    yield from _line_faults(line, size, domain, offset)
    if line.layout is not None and isinstance(value, Mapping):
        yield from _range_faults(value, line.layout, "")


@functools.cache
def _bounds(layout: Layout) -> tuple[tuple[str, int, int], ...]:
    """Name and bounds of each field that is an integer."""
    return tuple(
        (item.name, item.type.minimum, item.type.maximum)
        for item in layout.named
        if isinstance(item.type, Integer)
    )


@functools.cache
def _other_parts(layout: Layout) -> tuple[FieldLayout, ...]:
    return tuple(item for item in layout.named if not isinstance(item.type, Integer))


def _fits(value: Mapping[str, Any], layout: Layout) -> bool:
    """Whether every part of a value fits its field; most do, so this is looked at first."""
    for name, minimum, maximum in _bounds(layout):
        if not minimum <= value[name] <= maximum:
            return False
    for item in _other_parts(layout):
        part, type_ = value[item.name], item.type
        if len(part) != type_.size if isinstance(type_, Raw) else not _elements_fit(part, type_):
            return False
    return True


def _elements_fit(part: list[Any], type_: object) -> bool:
    assert isinstance(type_, Vector)
    if len(part) > type_.capacity:
        return False
    element = type_.element
    if isinstance(element, Layout):
        return all(_fits(one, element) for one in part)
    return not part or (min(part) >= element.minimum and max(part) <= element.maximum)


def _range_faults(value: Mapping[str, Any], layout: Layout, prefix: str) -> Iterator[Fault]:
    if _fits(value, layout):
        return
    for item in layout.named:
        path, part = prefix + item.name, value[item.name]
        if isinstance(item.type, Vector) and isinstance(part, list):
            if len(part) > item.type.capacity:
                kind = FaultKind.CAPACITY_EXCEEDED
                yield _fault(kind, path, item.type.capacity, len(part))
            for index, element in enumerate(part):
                if isinstance(item.type.element, Layout):
                    yield from _range_faults(element, item.type.element, f"{path}[{index}].")
                else:
                    yield from _leaf_range_faults(element, item.type.element, f"{path}[{index}]")
        elif isinstance(item.type, Integer | Raw):
            yield from _leaf_range_faults(part, item.type, path)


def _leaf_range_faults(value: object, type_: Integer | Raw, path: str) -> Iterator[Fault]:
    kind = FaultKind.VALUE_OUT_OF_RANGE
    if isinstance(type_, Raw):
        # Byte fields of the wrong length: all three numbers are lengths (section 6).
        assert isinstance(value, bytes)
        if len(value) != type_.size:
            yield _fault(kind, path, len(value), type_.size, type_.size)
        return
    assert isinstance(value, int)
    if not type_.minimum <= value <= type_.maximum:
        yield _fault(kind, path, value, type_.minimum, type_.maximum)
