"""Cases about the framing of TLVs: lengths, types, domains, order, and every way to cut them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.case import Case, decode, encode, roundtrip
from torq_conformance.cases.messages import VENDOR, message, opaque_value, wire
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.enums import RelayDomain
from torq_specs.registry import (
    EXTENDED,
    EXTENDED_SIZE_MAX,
    STANDARD_SIZE_MAX,
    Registry,
    riding_domain_of,
)

EDGE_SIZES = (0, 1, 2, 3, 126, 127, 128, 129, 253, 254, 255, 256, 257, 258, 259, 260, 511, 512, 513)
LARGE_SIZES = (4095, 4096, 32_767, 32_768, 65_279, 65_280, 65_530, 65_531, 65_533, 65_534, 65_535)

WRAPPING = tuple((1 << bits) + VENDOR for bits in (8, 16, 32))
"""Numbers that become a vendor type where a codec narrows them unseen."""


def lengths(requirement: str) -> Iterator[Case]:
    """A value of every length at which a codec may change its mind, encoded and decoded."""
    for size in (*EDGE_SIZES, *LARGE_SIZES):
        value = opaque_value(size)
        yield encode(requirement, f"encode {size} bytes", message((VENDOR, value)))
        read = "TLV-STANDARD" if size <= STANDARD_SIZE_MAX else "TLV-EXTENDED"
        yield decode(read, f"decode {size} bytes", wire(frame(VENDOR, value)))
        data = wire(frame(VENDOR, value, is_extended=True))
        yield roundtrip(requirement, f"{size} bytes that came extended", data)


def extended(requirement: str, registry: Registry) -> Iterator[Case]:
    """The extended framing where the standard one would do, decoded and repeated shorter."""
    for size in sorted({*range(256), *EDGE_SIZES, *LARGE_SIZES}):
        data = wire(frame(VENDOR, opaque_value(size), is_extended=True))
        yield decode(requirement, f"extended with {size} bytes", data)
        if size in EDGE_SIZES:
            yield roundtrip(requirement, f"extended with {size} bytes, repeated", data)
    look_alike = frame(VENDOR, b"ab") + frame(EXTENDED, b"") + frame(1, bytes(3))
    data = wire(frame(VENDOR, look_alike, is_extended=True), frame(VENDOR, b"next"))
    yield decode(requirement, "value that looks like TLVs", data)
    for line, valid in messages.representatives(registry):
        value = messages.encoded_value(line, valid["tlvs"][0]["value"])
        tlv = frame(line.number, value, is_extended=True)
        data = derived_codec.assemble(valid["header"], tlv)
        yield decode(requirement, f"{line.name} extended", data)
        yield roundtrip(requirement, f"{line.name} extended, repeated", data)


def reserved(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every second byte of an extended TLV but 0; in every type, in the second and third TLV."""
    for byte in range(1, 256):
        tlv = frame(VENDOR, b"abcd", is_extended=True, reserved=byte)
        yield decode(requirement, f"reserved byte {byte}", wire(tlv))
    tlv = frame(VENDOR, bytes(300), reserved=1)
    for count in (1, 2):
        yield decode(requirement, f"in TLV {count + 1}", wire(frame(VENDOR, b"ab") * count, tlv))
    for line, valid in messages.representatives(registry):
        value = messages.encoded_value(line, valid["tlvs"][0]["value"])
        tlv = frame(line.number, value, is_extended=True, reserved=1)
        data = derived_codec.assemble(valid["header"], tlv)
        yield decode(requirement, f"reserved byte 1 of {line.name}", data)


def types(requirement: str, registry: Registry) -> Iterator[Case]:
    """All 256 type numbers in both framings, with a size that is right where there is one."""
    for number in range(256):
        line = registry.get(number)
        own = riding_domain_of(number) if number in range(256) else None
        domain = int(own or RelayDomain.MarketData)
        value = bytes(line.size_min if line is not None else 16)
        for is_extended in (False, True):
            if not is_extended and (number == EXTENDED or len(value) > STANDARD_SIZE_MAX):
                continue
            name = "extended" if is_extended else "standard"
            data = wire(frame(number, value, is_extended=is_extended), relay_domain=domain)
            yield decode(requirement, f"decode type {number}, {name}", data)
    for domain in RelayDomain:
        for number in (33, 39, 50, 59, 73, 79, 91, 99, 109, 113, 119, 120, 199):
            label = f"decode type {number} in {domain.name}"
            yield decode(requirement, label, wire(frame(number, b""), relay_domain=int(domain)))
            unassigned = message((number, b""), relay_domain=int(domain))
            yield encode(requirement, f"encode type {number} in {domain.name}", unassigned)
    for number in (*range(256), -1, 256, 257, 65_535, *WRAPPING):
        if registry.get(number) is None:
            yield encode(requirement, f"encode type {number}", message((number, bytes(16))))
    for count in (1, 2, 3):
        for name, bad in (
            ("0", b"\0\0"),
            ("255 inside extended", frame(255, b"", is_extended=True)),
        ):
            data = wire(frame(VENDOR, b"abc") * count, bad, frame(VENDOR, b""))
            yield decode(requirement, f"type {name} after {count} TLVs", data)
    for count in (1, 2, 3, 8):
        data = wire(frame(VENDOR, b"abc"), bytes(count))
        yield decode(requirement, f"{count} zero bytes behind the last TLV", data)
    yield decode(requirement, "a zero byte between TLVs", wire(b"\xc8\0", b"\0", b"\xc8\x01a"))
    nested = frame(EXTENDED, frame(VENDOR, bytes(260)), is_extended=True)
    yield decode(requirement, "an extended TLV inside an extended TLV", wire(nested))


def domains(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every type in every domain, encoded and decoded."""
    for line, valid in messages.representatives(registry):
        for domain in RelayDomain:
            changed = {**valid, "header": messages.header(relay_domain=int(domain))}
            label = f"{line.name} in {domain.name}"
            yield encode(requirement, f"encode {label}", changed)
            value = messages.encoded_value(line, valid["tlvs"][0]["value"])
            tlv = frame(line.number, value)
            yield decode(requirement, f"decode {label}", wire(tlv, relay_domain=int(domain)))
            if domain != line.domain and line.domain is not None:
                second = wire(frame(VENDOR, b"abc"), tlv, relay_domain=int(domain))
                yield decode(requirement, f"decode {label}, as the second TLV", second)
                behind = [{"type": VENDOR, "value": b"abc"}, *changed["tlvs"]]
                two = {**changed, "tlvs": behind}
                yield encode(requirement, f"encode {label}, as the second TLV", two)


def vendor(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every vendor number in every domain, empty, short and long."""
    for number in range(200, 255):
        line = registry.get(number)
        if line is None or line.layout is not None:
            continue
        yield from _nested(requirement, number)
        for domain in RelayDomain:
            for size in (0, 7, 256):
                tlvs = (number, opaque_value(size, start=number))
                one = message(tlvs, relay_domain=int(domain))
                label = f"type {number} in {domain.name}, {size} bytes"
                yield encode(requirement, f"encode {label}", one)
                data = wire(frame(*tlvs), relay_domain=int(domain))
                yield decode(requirement, f"decode {label}", data)


def _nested(requirement: str, number: int) -> Iterator[Case]:
    inner = frame(number, b"ab")
    for what, value in (
        ("a TLV", inner),
        ("an extended TLV", frame(number, b"ab", is_extended=True)),
        ("three TLVs", inner * 3),
        ("a message", wire(inner)),
    ):
        label = f"type {number} that holds {what}"
        yield encode(requirement, f"encode {label}", message((number, value)))
        yield decode(requirement, f"decode {label}", wire(frame(number, value), inner))


def mixed(requirement: str, registry: Registry) -> Iterator[Case]:
    """Declared types between opaque ones, and twice with other values, in one message."""
    first, second = messages.opaque_numbers(registry)[:2]
    for line in registry.with_layout:
        assert line.layout is not None
        values = [boundaries.distinct(line.layout, shift=shift) for shift in (0, 60, 90)]
        one, two, three = ((line.number, value) for value in values)
        domain = int(line.domain or RelayDomain.MarketData)
        for label, tlvs in (
            ("thrice", (one, two, three)),
            ("between opaque ones", ((first, b"a"), one, (first, b"b"), two, (second, b"c"))),
            ("twice the same", (one, one, two, one)),
            *([("40 times", (one, two) * 20)] if line.size_max <= STANDARD_SIZE_MAX else []),
        ):
            whole = message(*tlvs, relay_domain=domain)
            yield encode(requirement, f"encode {line.name} {label}", whole)
            data = derived_codec.encode_message(whole, registry)
            yield decode(requirement, f"decode {line.name} {label}", data)


def order(requirement: str, registry: Registry) -> Iterator[Case]:
    """Permutations and duplicates of TLVs, standard and extended mixed."""
    numbers = messages.opaque_numbers(registry)
    values = (b"ab", b"", opaque_value(256), b"x" * 255)
    some = list(zip(numbers, values, strict=False))
    for sequence in permutations(some):
        label = ", ".join(str(number) for number, _ in sequence)
        yield encode(requirement, f"encode {label}", message(*sequence))
        yield decode(requirement, f"decode {label}", wire(*(frame(*tlv) for tlv in sequence)))
    for count in (*range(1, 20), 31, 32, 33, 63, 64, 65, 127, 128, 129):
        tlvs = [(numbers[index % len(numbers)], bytes([index])) for index in range(count)]
        yield encode(requirement, f"encode {count} TLVs", message(*tlvs))
        yield decode(requirement, f"decode {count} TLVs", wire(*(frame(*tlv) for tlv in tlvs)))
    one, two, three = numbers[:3]
    same = [(one, b"same")] * 3 + [(one, b"other"), (one, b""), (one, b"same")]
    yield encode(requirement, "encode duplicates", message(*same))
    yield decode(requirement, "decode duplicates", wire(*(frame(*tlv) for tlv in same)))
    alike = [(number, b"alike") for number in (one, two, one, three)]
    yield encode(requirement, "encode equal values of other types", message(*alike))
    yield decode(
        requirement, "decode equal values of other types", wire(*(frame(*tlv) for tlv in alike))
    )
    turns = [frame(n, v, is_extended=True if i % 2 else None) for i, (n, v) in enumerate(some * 3)]
    yield decode(requirement, "decode standard and extended in turn", wire(*turns))
    books = [(number, bytes([number]) * number) for number in reversed(numbers)]
    yield encode(requirement, "encode every vendor type, falling", message(*books))
    yield decode(
        requirement, "decode every vendor type, falling", wire(*(frame(*b) for b in books))
    )


def zero_lengths(requirement: str) -> Iterator[Case]:
    """Empty TLVs, one to 65,537 of them; a cursor that does not advance hangs."""
    for count in (1, 2, 3, 255, 256, 257, 2000, 30_000, 65_537):
        yield encode(requirement, f"encode {count}", message(*[(VENDOR, b"")] * count))
        yield decode(requirement, f"decode {count}", wire(frame(VENDOR, b"") * count))
    yield decode(requirement, "3 extended", wire(frame(VENDOR, b"", is_extended=True) * 3))
    yield decode(requirement, "before others", wire(frame(VENDOR, b""), frame(201, b"abc")))
    yield decode(requirement, "behind others", wire(frame(201, b"abc"), frame(VENDOR, b"")))


def too_large(requirement: str) -> Iterator[Case]:
    """Values that no TLV can hold."""
    for size in (
        EXTENDED_SIZE_MAX + 1,
        EXTENDED_SIZE_MAX + 2,
        2 * (EXTENDED_SIZE_MAX + 1),
        200_000,
    ):
        yield encode(requirement, f"{size} bytes", message((VENDOR, bytes(size))))
        yield encode(
            requirement, f"{size} bytes, second", message((201, b"a"), (VENDOR, bytes(size)))
        )


def truncated(requirement: str) -> Iterator[Case]:
    """Payloads that end within a TLV, in sealed messages: nothing but the TLV is wrong."""
    firsts = (("first", b""), ("second", frame(201, b"ab")), ("third", frame(201, bytes(257)) * 2))
    for place, before in firsts:
        for name, tlv in (
            ("standard", frame(VENDOR, opaque_value(9))),
            ("extended", frame(VENDOR, opaque_value(9), is_extended=True)),
            ("long", frame(VENDOR, opaque_value(256))),
        ):
            cuts = range(1, len(tlv)) if name != "long" else (1, 2, 3, 4, 5, 6, 255, 260)
            for cut in cuts:
                label = f"{name} {place} TLV cut after {cut} bytes"
                yield decode(requirement, label, wire(before, tlv[:cut]))
    for length in (1, 2, 254, 255):
        data = wire(bytes([VENDOR, length]))
        yield decode(requirement, f"length {length}, no value", data)
    for length in (1, 255, 256, 65_534, 65_535):
        data = wire(b"\xff\0\xc8" + length.to_bytes(2, "little"))
        yield decode(requirement, f"extended length {length}, no value", data)
    # Behind the cut TLV bytes follow that would frame well: they are its value, not TLVs.
    yield decode(requirement, "one byte short of the next TLV", wire(b"\xc8\x05abcd"))
    big = b"\xff\0\xc8" + (256).to_bytes(2, "big") + bytes(256)
    yield decode(requirement, "length in big-endian order", wire(big, b"\xc8\0"))


def several(requirement: str) -> Iterator[Case]:
    """Two faults in one payload, in all orders: any one of them is a right answer."""
    faults = (
        ("type 0", b"\0\x01a"),
        ("reserved byte", b"\xff\x07\xc8\x01\0a"),
        ("other domain", frame(20, bytes(16))),
        ("wrong size", frame(1, bytes(39))),
        ("unassigned", frame(150, b"abc")),
        ("padding", frame(1, bytes(39) + b"\x01")),
        ("capacity", frame(10, bytes(16) + b"\x09\0" + bytes(190))),
    )
    cut = ("cut", b"\xc8\x09abc")
    for first, one in faults:
        for second, two in (*faults, cut):
            data = wire(one, two)
            yield decode(requirement, f"{first}, then {second}", data)
            if first < second:
                wrong = data[:28] + bytes(4) + data[32:]
                yield decode(requirement, f"{first}, then {second}, bad checksum", wrong)
