"""Cases about the values of types: layouts, sizes, padding, capacity, ranges; all from Layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import carriers_beside
from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.model import derived_codec
from torq_specs.layout import Integer, Layout, Padding, Raw, Vector
from torq_specs.registry import EXTENDED_SIZE_MAX, Registry, TlvType


def _layout(line: TlvType) -> Layout:
    assert line.layout is not None
    return line.layout


def wire_of(line: TlvType, value: bytes) -> bytes:
    """A sealed message with one TLV of that type around any bytes."""
    tlv = derived_codec.frame(line.number, value)
    return derived_codec.assemble(messages.header_for(line), tlv)


def layouts(requirement: str, line: TlvType) -> Iterator[Case]:
    """Every enumerated boundary of a declared type, encoded and decoded."""
    for label, value in boundaries.values(_layout(line)):
        message = messages.message_of(line, value)
        yield encode(requirement, f"encode {line.name} {label}", message)
        data = wire_of(line, derived_codec.encode_value(_layout(line), value))
        yield decode(requirement, f"decode {line.name} {label}", data)


def every_byte(requirement: str, line: TlvType) -> Iterator[Case]:
    """Each byte of the value alone, and each alone missing: every field and nothing else moves.

    Slots of a vector are tried in the first, the second and the last element of a full vector.
    """
    layout = _layout(line)
    full = derived_codec.encode_value(layout, boundaries.filled(layout, 0xFF))
    empty = bytearray(layout.size)
    for leaf in layout.leaves:
        if leaf.is_count:
            empty[leaf.offset : leaf.end] = full[leaf.offset : leaf.end]
    for leaf in layout.leaves:
        if isinstance(leaf.type, Padding) or leaf.is_count or not _is_tried(leaf.path, layout):
            continue
        for offset in range(leaf.offset, leaf.end):
            alone, missing = bytearray(empty), bytearray(full)
            alone[offset], missing[offset] = 0x81, 0x7E
            for name, data in (("alone", alone), ("missing", missing)):
                label = f"byte {offset} ({leaf.path}) {name}"
                yield roundtrip(requirement, f"{line.name} {label}", wire_of(line, bytes(data)))


def _is_tried(path: str, layout: Layout) -> bool:
    name, is_slot, rest = path.partition("[")
    if not is_slot:
        return True
    vector = layout.field(name).type
    assert isinstance(vector, Vector)
    return int(rest.partition("]")[0]) in {0, 1, vector.capacity - 1}


def sizes(requirement: str, line: TlvType, registry: Registry) -> Iterator[Case]:
    """Sizes around the bounds of a type; the wrong ones refused, the right ones taken."""
    tried = {0, 1, line.size_min - 1, line.size_min, line.size_min + 1, line.size_max - 1}
    tried |= {line.size_max, line.size_max + 1, 2 * line.size_min, line.size_max + 256}
    tried |= {-(-line.size_max // step) * step for step in (4, 8, 16)}
    for size in sorted(size for size in tried if 0 <= size <= EXTENDED_SIZE_MAX):
        # A declared type of the right size is the matter of its layout.
        if line.layout is not None and size == line.layout.size:
            continue
        value = messages.opaque_value(size)
        yield decode(requirement, f"decode {line.name} of {size} bytes", wire_of(line, value))
        if line.layout is None:
            message = messages.message_of(line, value)
            yield encode(requirement, f"encode {line.name} of {size} bytes", message)
    beside = carriers_beside(line, registry).first
    if line.size_min:
        tlv = derived_codec.frame(line.number, bytes(line.size_min - 1))
        payload = beside.frame(b"ab") + tlv
        data = derived_codec.assemble(messages.header_for(line), payload)
        yield decode(requirement, f"decode {line.name} one byte short, second TLV", data)
    for size in {line.size_min - 1, line.size_max + 1} & {*range(EXTENDED_SIZE_MAX + 1)}:
        number, value = beside.tlv(b"ab")
        first = {"type": number, "value": value}
        wrong = messages.message_of(line, messages.opaque_value(size))
        second = {**wrong, "tlvs": [first, *wrong["tlvs"]]}
        label = f"{line.name} of {size} bytes, second TLV"
        if line.layout is None:
            yield encode(requirement, f"encode {label}", second)
        if size > line.size_max:
            tlv = derived_codec.frame(line.number, messages.opaque_value(size))
            data = derived_codec.assemble(wrong["header"], beside.frame(b"ab") + tlv)
            yield decode(requirement, f"decode {label}", data)


def opaque(requirement: str, line: TlvType) -> Iterator[Case]:
    """Bytes of every kind in an opaque type of legal size."""
    middle = (line.size_min + min(line.size_max, 600)) // 2
    for size in sorted({line.size_min, middle, min(line.size_max, 5000)}):
        for label, value in (
            ("zeros", bytes(size)),
            ("all bits set", b"\xff" * size),
            ("distinct bytes", messages.opaque_value(size)),
            ("bytes that look like TLVs", (b"\xff\0\xc8\x01\0\0\0\x01\x28" * size)[:size]),
            ("bytes that text and streams treat apart", (boundaries.SPECIAL_BYTES * size)[:size]),
            (
                "the end in zeros",
                (boundaries.SPECIAL_BYTES + b"\xff" * size)[: size // 2].ljust(size, b"\0"),
            ),
        ):
            message = messages.message_of(line, value)
            yield encode(requirement, f"encode {line.name}, {size} bytes, {label}", message)
            what = f"decode {line.name}, {size} bytes, {label}"
            yield decode(requirement, what, wire_of(line, value))


def written_padding(requirement: str, line: TlvType) -> Iterator[Case]:
    """Values around which a codec may leave something in the padding."""
    layout = _layout(line)
    for label, value in (
        ("every bit set", boundaries.filled(layout, 0xFF)),
        ("one element each", _one_element_each(layout)),
        ("all zero", boundaries.zeros(layout)),
    ):
        message = messages.message_of(line, value)
        yield encode(requirement, f"encode {line.name} {label}", message)


def padding(requirement: str, line: TlvType, registry: Registry) -> Iterator[Case]:
    """Every padding byte of a declared type, alone not zero, and pairs that cancel out.

    Vectors have one element.
    """
    layout = _layout(line)
    value = _one_element_each(layout)
    base = derived_codec.encode_value(layout, value)
    yield from _padding_in_other_places(requirement, line, base, registry)
    for leaf in layout.leaves:
        if isinstance(leaf.type, Padding) and not _is_stale(leaf.path):
            for offset in range(leaf.offset, leaf.end):
                for byte in (0x01, 0x80):
                    data = bytearray(base)
                    data[offset] = byte
                    label = f"{line.name} byte {offset} ({leaf.path}) = {byte:#04x}"
                    yield decode(requirement, label, wire_of(line, bytes(data)))
            if leaf.size > 1:
                # Sums and exclusive ors of these are zero again.
                for what, part in (("a pair", b"\x80\x80"), ("a sum of 256", b"\x01\xff")):
                    data = bytearray(base)
                    data[leaf.end - 2 : leaf.end] = part
                    label = f"{line.name} {leaf.path} at {leaf.offset}: {what} at its end"
                    yield decode(requirement, label, wire_of(line, bytes(data)))


def _padding_in_other_places(
    requirement: str, line: TlvType, base: bytes, registry: Registry
) -> Iterator[Case]:
    """The last padding wrong in an extended TLV and in later ones; wrong heads of empty vectors."""
    layout = _layout(line)
    ends = [x.end for x in layout.leaves if isinstance(x.type, Padding) and not _is_stale(x.path)]
    if ends:
        data = bytearray(base)
        data[ends[-1] - 1] = 1
        header, beside = messages.header_for(line), carriers_beside(line, registry).first
        for label, payload in (
            ("extended", derived_codec.frame(line.number, bytes(data), is_extended=True)),
            ("second", beside.frame(b"ab") + derived_codec.frame(line.number, bytes(data))),
            (
                "behind 65,535 bytes",
                beside.frame(bytes(EXTENDED_SIZE_MAX))
                + derived_codec.frame(line.number, bytes(data)),
            ),
        ):
            whole = derived_codec.assemble(header, payload)
            yield decode(requirement, f"{line.name} byte {ends[-1] - 1} = 1, {label}", whole)
    for field in layout.named:
        if isinstance(field.type, Vector):
            data = bytearray(layout.size)
            data[field.offset + field.type.slots_offset - 1] = 1
            label = f"{line.name} head of empty {field.name}, last byte = 1"
            yield decode(requirement, label, wire_of(line, bytes(data)))


def stale(requirement: str, line: TlvType) -> Iterator[Case]:
    """Bytes behind the elements of a vector that are not zero: behind any count, in any slot."""
    layout = _layout(line)
    value, full = _one_element_each(layout), boundaries.filled(layout, 0x22)
    base = derived_codec.encode_value(layout, value)
    for field in layout.fields:
        if not isinstance(field.type, Vector):
            continue
        size, capacity = field.type.element.size, field.type.capacity
        slots = field.offset + field.type.slots_offset
        some = (1, 2, capacity // 2, capacity - 1)
        for slot in dict.fromkeys(slot for slot in some if 0 < slot < capacity):
            for at in range(size):
                data = bytearray(base)
                data[slots + slot * size + at] = 0x01
                label = f"{line.name} {field.name}: byte {at} of stale slot {slot} set"
                yield decode(requirement, label, wire_of(line, bytes(data)))
        for slot in range(3, capacity):
            data = bytearray(base)
            data[slots + slot * size + slot % size] = 0x80
            label = f"{line.name} {field.name}: stale slot {slot}, byte {slot % size} = 0x80"
            yield decode(requirement, label, wire_of(line, bytes(data)))
        for count in range(2, capacity):
            crowded = boundaries.elements(field.type, count)
            data = bytearray(derived_codec.encode_value(layout, {**full, field.name: crowded}))
            data[slots + count * size + count % size] = 0x80
            label = f"{line.name} {field.name}: byte {count % size} set behind {count} elements"
            yield decode(requirement, label, wire_of(line, bytes(data)))
        data = bytearray(base)
        data[field.offset] = 0
        label = f"{line.name} {field.name}: count 0 over one element"
        yield decode(requirement, label, wire_of(line, bytes(data)))


def _one_element_each(layout: Layout) -> dict[str, Any]:
    value = boundaries.distinct(layout)
    return {
        field.name: boundaries.elements(field.type, 1)
        if isinstance(field.type, Vector)
        else value[field.name]
        for field in layout.named
    }


def _is_stale(path: str) -> bool:
    return "[" in path and "[0]" not in path


def counts(requirement: str, line: TlvType) -> Iterator[Case]:
    """Counts of a vector up to its capacity, both ways."""
    layout = _layout(line)
    base = boundaries.distinct(layout)
    vectors = {f.name: f.type for f in layout.named if isinstance(f.type, Vector)}
    for count in range(max(vector.capacity for vector in vectors.values()) + 1):
        # While one vector grows the next one shrinks.
        filled = {
            name: boundaries.elements(vector, abs(count - index % 2 * vector.capacity))
            for index, (name, vector) in enumerate(vectors.items())
            if count <= vector.capacity
        }
        message = messages.message_of(line, {**base, **filled})
        label = f"{line.name} with " + ", ".join(f"{len(e)} {n}" for n, e in filled.items())
        yield encode(requirement, f"encode {label}", message)
        data = wire_of(line, derived_codec.encode_value(layout, {**base, **filled}))
        yield decode(requirement, f"decode {label}", data)


def over_capacity(requirement: str, line: TlvType) -> Iterator[Case]:
    """More elements than fit: counts on the wire, and lists that are too long."""
    layout = _layout(line)
    base = boundaries.filled(layout, 0x11)
    data = derived_codec.encode_value(layout, base)
    for field in layout.named:
        if not isinstance(field.type, Vector):
            continue
        capacity = field.type.capacity
        for count in sorted(
            {capacity + 1, capacity + 2, 2 * capacity, 255, 256, 256 + capacity, 65_535}
        ):
            if count > capacity:
                changed = bytearray(data)
                changed[field.offset : field.offset + 2] = count.to_bytes(2, "little")
                label = f"decode {line.name} with {count} {field.name}"
                yield decode(requirement, label, wire_of(line, bytes(changed)))
                if count == capacity + 1:
                    tlvs = (derived_codec.frame(line.number, v) for v in (data, bytes(changed)))
                    two = derived_codec.assemble(messages.header_for(line), b"".join(tlvs))
                    yield decode(requirement, f"{label}, second TLV", two)
        for count in (capacity + 1, capacity + 2, 2 * capacity, 256 + capacity // 2):
            if count > capacity:
                value = {**base, field.name: boundaries.elements(field.type, count)}
                label = f"encode {line.name} with {count} {field.name}"
                yield encode(requirement, label, messages.message_of(line, value))
                if count == capacity + 1:
                    yield encode(requirement, f"{label}, second TLV", _second(line, base, value))
        wrapping = boundaries.elements(field.type, 1) * ((1 << 16) + 1)
        message = messages.message_of(line, {**base, field.name: wrapping})
        yield encode(requirement, f"encode {line.name} with {len(wrapping)} {field.name}", message)


def out_of_range(requirement: str, line: TlvType) -> Iterator[Case]:
    """Every field beyond its type, on encode."""
    layout = _layout(line)
    base = boundaries.distinct(layout)
    for label, wrong in _wrong_parts(layout, base):
        yield encode(requirement, f"{line.name} {label}", messages.message_of(line, wrong))
        if "[" not in label:
            two = _second(line, base, wrong)
            yield encode(requirement, f"{line.name} {label}, second TLV", two)


def _second(line: TlvType, one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """A message of two values of a type."""
    message = messages.message_of(line, one)
    return {**message, "tlvs": [*message["tlvs"], {"type": line.number, "value": two}]}


def _wrong_parts(layout: Layout, base: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in layout.named:
        if not isinstance(field.type, Vector):
            for label, wrong in wrong_values(field.type):
                yield f"{field.name} = {label}", {**base, field.name: wrong}
            continue
        for index in (0, field.type.capacity - 1):
            full = boundaries.elements(field.type, index + 1)
            for label, element in _wrong_elements(field.type, full[index]):
                whole = f"{field.name}[{index}]{label}"
                yield whole, {**base, field.name: [*full[:index], element]}


def _wrong_elements(vector: Vector, element: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(vector.element, Layout):
        for label, wrong in _wrong_parts(vector.element, element):
            yield f".{label}", wrong
    else:
        for label, number in wrong_values(vector.element):
            yield f" = {label}", number


def wrong_values(type_: object) -> Iterator[tuple[str, Any]]:
    """Values that a field of a type cannot hold, each with a label."""
    match type_:
        case Integer() as integer:
            yield f"{integer} maximum + 1", integer.maximum + 1
            yield f"{integer} minimum - 1", integer.minimum - 1
            yield f"2^{8 * integer.size} + 5", (1 << 8 * integer.size) + 5
            if integer.size < 4:
                yield "2^32 + 1", (1 << 32) + 1
        case Raw(size):
            for wrong in (size + 1, size - 1, 0, 2 * size):
                yield f"{wrong} bytes", b"\x11" * wrong
            # What is as long as a word elsewhere, or was as long before its zeros were cut.
            for word in sorted({-(-(size + 1) // 32) * 32, 2 * size}):
                yield f"{word} bytes, zeros behind", (b"\x11" * size).ljust(word, b"\0")
                yield f"{word} bytes, zeros in front", (b"\x11" * size).rjust(word, b"\0")
            yield f"{size - 2} bytes, zeros cut", b"\x11" * (size - 2)
            yield f"{2 * size} hex digits", b"11" * size
