"""Cases about the framing of TLVs: lengths, types, domains, order, and every way to cut them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Seq
from itertools import permutations

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import Carrier, Carriers, carriers
from torq_conformance.cases.case import Case, Sequence, decode, encode, roundtrip
from torq_conformance.cases.messages import message, opaque_value, wire
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.enums import RelayDomain
from torq_specs.layout import Padding, Vector
from torq_specs.registry import (
    EXTENDED,
    EXTENDED_SIZE_MAX,
    STANDARD_SIZE_MAX,
    VENDOR,
    Registry,
    TlvType,
    riding_domain_of,
)

EDGE_SIZES = (0, 1, 2, 3, 126, 127, 128, 129, 253, 254, 255, 256, 257, 258, 259, 260, 511, 512, 513)
LARGE_SIZES = (4095, 4096, 32_767, 32_768, 65_279, 65_280, 65_530, 65_531, 65_533, 65_534, 65_535)


def lengths(requirement: str, registry: Registry) -> Iterator[Case]:
    """A value of every length at which a codec may change its mind, encoded and decoded."""
    carrying = carriers(registry)
    carrier = carrying.first
    for size in filter(carrier.takes, (*EDGE_SIZES, *LARGE_SIZES)):
        value = opaque_value(size)
        yield encode(requirement, f"encode {size} bytes", carrying.message(carrier.tlv(value)))
        read = "TLV-STANDARD" if size <= STANDARD_SIZE_MAX else "TLV-EXTENDED"
        yield decode(read, f"decode {size} bytes", carrying.wire(carrier.frame(value)))
        data = carrying.wire(carrier.frame(value, is_extended=True))
        yield roundtrip(requirement, f"{size} bytes that came extended", data)
    if not carrier.is_free:
        yield from _shortest_framings(requirement, registry)


def _shortest_framings(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every type at the sizes that it may have, where none may have them all."""
    for line in registry:
        carrier = Carrier(line)
        for size in sorted({line.size_min, line.size_max}):
            message_ = messages.message_of(line, carrier.value(opaque_value(size)))
            yield encode(requirement, f"encode {line.name} of {size} bytes", message_)
            read = "TLV-STANDARD" if size <= STANDARD_SIZE_MAX else "TLV-EXTENDED"
            data = derived_codec.encode_message(message_, registry)
            yield decode(read, f"decode {line.name} of {size} bytes", data)


def extended(requirement: str, registry: Registry) -> Iterator[Case]:
    """The extended framing where the standard one would do, decoded and repeated shorter."""
    carrying = carriers(registry)
    carrier = carrying.first
    for size in filter(carrier.takes, sorted({*range(256), *EDGE_SIZES, *LARGE_SIZES})):
        data = carrying.wire(carrier.frame(opaque_value(size), is_extended=True))
        yield decode(requirement, f"extended with {size} bytes", data)
        if size in EDGE_SIZES:
            yield roundtrip(requirement, f"extended with {size} bytes, repeated", data)
    look_alike = carrier.frame(b"ab") + frame(EXTENDED, b"") + frame(1, bytes(3))
    tlvs = (carrier.frame(look_alike, is_extended=True), carrier.frame(b"next"))
    yield decode(requirement, "value that looks like TLVs", carrying.wire(*tlvs))
    for line, valid in messages.representatives(registry):
        value = messages.encoded_value(line, valid["tlvs"][0]["value"])
        tlv = frame(line.number, value, is_extended=True)
        data = derived_codec.assemble(valid["header"], tlv)
        yield decode(requirement, f"{line.name} extended", data)
        yield roundtrip(requirement, f"{line.name} extended, repeated", data)


def reserved(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every second byte of an extended TLV but 0; in every type, in the second and third TLV."""
    carrying = carriers(registry)
    carrier = carrying.first
    for byte in range(1, 256):
        tlv = carrier.frame(b"abcd", is_extended=True, reserved=byte)
        yield decode(requirement, f"reserved byte {byte}", carrying.wire(tlv))
    tlv = carrier.frame(bytes(300), is_extended=True, reserved=1)
    for count in (1, 2):
        data = carrying.wire(carrier.frame(b"ab") * count, tlv)
        yield decode(requirement, f"in TLV {count + 1}", data)
    for line, valid in messages.representatives(registry):
        value = messages.encoded_value(line, valid["tlvs"][0]["value"])
        tlv = frame(line.number, value, is_extended=True, reserved=1)
        data = derived_codec.assemble(valid["header"], tlv)
        yield decode(requirement, f"reserved byte 1 of {line.name}", data)


def types(requirement: str, registry: Registry) -> Iterator[Case]:
    """All 256 type numbers in both framings, with a size that is right where there is one."""
    carrying = carriers(registry)
    carrier = carrying.first
    for number in range(256):
        if number in registry.unclaimed:
            continue
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
    wrapping = ((1 << bits) + carrier.number for bits in (8, 16, 32))
    for number in (*range(256), -1, 256, 257, 65_535, *wrapping):
        if number not in registry.whole:
            yield encode(requirement, f"encode type {number}", message((number, bytes(16))))
    abc = carrier.frame(b"abc")
    for count in (1, 2, 3):
        for name, bad in (
            ("0", b"\0\0"),
            ("255 inside extended", frame(255, b"", is_extended=True)),
        ):
            data = carrying.wire(abc * count, bad, carrier.frame())
            yield decode(requirement, f"type {name} after {count} TLVs", data)
    for count in (1, 2, 3, 8):
        data = carrying.wire(abc, bytes(count))
        yield decode(requirement, f"{count} zero bytes behind the last TLV", data)
    data = carrying.wire(carrier.frame(), b"\0", carrier.frame(b"a"))
    yield decode(requirement, "a zero byte between TLVs", data)
    nested = frame(EXTENDED, carrier.frame(bytes(260)), is_extended=True)
    yield decode(requirement, "an extended TLV inside an extended TLV", carrying.wire(nested))


def unclaimed(requirement: str, registry: Registry, line: TlvType) -> Iterator[Sequence]:
    """A type that is not claimed: refused or carried, always the same."""
    carrier, other = Carrier(line), carriers(registry)
    value, header = carrier.encoded(opaque_value(9)), messages.header_for(line)
    whole = messages.message_of(line, value)
    data = [
        derived_codec.assemble(header, frame(line.number, value)),
        derived_codec.assemble(header, frame(line.number, value, is_extended=True)),
        derived_codec.assemble(header, frame(line.number, value) * 2),
    ]
    if header["relay_domain"] in other.domains:
        tlv, beside = frame(line.number, value), other.first.frame(b"ab")
        data += [derived_codec.assemble(header, two) for two in (beside + tlv, tlv + beside)]
    decodes = tuple(Request(Operation.DECODE, one) for one in (*data, data[0]))
    yield Sequence(requirement, f"decode {line.name}, which is not claimed", decodes)
    if line.layout is None:
        # What is carried as bytes can be encoded; the fields of a declared type need a codec of it.
        encodes = (Request(Operation.ENCODE, whole),) * 2
        yield Sequence(requirement, f"encode {line.name}, which is not claimed", encodes)
        both = (*decodes, *encodes)
        yield Sequence(requirement, f"decode and encode {line.name}, not claimed", both)


def domains(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every type in every domain, encoded and decoded."""
    carrier = carriers(registry).first
    for line, valid in messages.representatives(registry):
        for domain in RelayDomain:
            changed = {**valid, "header": messages.header(relay_domain=int(domain))}
            label = f"{line.name} in {domain.name}"
            yield encode(requirement, f"encode {label}", changed)
            value = messages.encoded_value(line, valid["tlvs"][0]["value"])
            tlv = frame(line.number, value)
            yield decode(requirement, f"decode {label}", wire(tlv, relay_domain=int(domain)))
            if line.domain not in {None, domain}:
                second = wire(carrier.frame(b"abc"), tlv, relay_domain=int(domain))
                yield decode(requirement, f"decode {label}, as the second TLV", second)
                number, value = carrier.tlv(b"abc")
                behind = [{"type": number, "value": value}, *changed["tlvs"]]
                two = {**changed, "tlvs": behind}
                yield encode(requirement, f"encode {label}, as the second TLV", two)


def vendor(requirement: str, registry: Registry) -> Iterator[Case]:
    """Every vendor number in every domain, empty, short and long."""
    for number in VENDOR:
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
    carrying = carriers(registry)
    first, second = carrying.first, carrying.second
    for line in registry.with_layout:
        assert line.layout is not None
        values = [boundaries.distinct(line.layout, shift=shift) for shift in (0, 60, 90)]
        one, two, three = ((line.number, value) for value in values)
        domain = int(line.domain or RelayDomain.MarketData)
        others = first.tlv(b"a"), first.tlv(b"b"), second.tlv(b"c")
        for label, tlvs in (
            ("thrice", (one, two, three)),
            *(
                [("between opaque ones", (others[0], one, others[1], two, others[2]))]
                if domain in carrying.domains
                else []
            ),
            ("twice the same", (one, one, two, one)),
            *([("40 times", (one, two) * 20)] if line.size_max <= STANDARD_SIZE_MAX else []),
        ):
            whole = message(*tlvs, relay_domain=domain)
            yield encode(requirement, f"encode {line.name} {label}", whole)
            data = derived_codec.encode_message(whole, registry)
            yield decode(requirement, f"decode {line.name} {label}", data)


def order(requirement: str, registry: Registry) -> Iterator[Case]:
    """Permutations and duplicates of TLVs, standard and extended mixed."""
    carrying = carriers(registry)
    every = [carrying.all[index % len(carrying.all)] for index in range(len(carrying.all) + 3)]
    message, wire = carrying.message, carrying.wire
    values = (b"ab", b"", opaque_value(256), b"x" * 255)
    some = [*zip(every, values, strict=False)]
    for sequence in permutations(some):
        label = ", ".join(_shown(carrier, value, some) for carrier, value in sequence)
        yield encode(requirement, f"encode {label}", message(*(c.tlv(v) for c, v in sequence)))
        yield decode(requirement, f"decode {label}", wire(*(c.frame(v) for c, v in sequence)))
    numbers = carrying.all
    for count in (*range(1, 20), 31, 32, 33, 63, 64, 65, 127, 128, 129):
        tlvs = [(numbers[index % len(numbers)], bytes([index])) for index in range(count)]
        yield encode(requirement, f"encode {count} TLVs", message(*(c.tlv(v) for c, v in tlvs)))
        yield decode(requirement, f"decode {count} TLVs", wire(*(c.frame(v) for c, v in tlvs)))
    one, two, three = every[:3]
    same = [(one, b"same")] * 3 + [(one, b"other"), (one, b""), (one, b"same")]
    yield encode(requirement, "encode duplicates", message(*(c.tlv(v) for c, v in same)))
    yield decode(requirement, "decode duplicates", wire(*(c.frame(v) for c, v in same)))
    alike = [(carrier, b"alike") for carrier in (one, two, one, three)]
    label = "equal values of other types"
    yield encode(requirement, f"encode {label}", message(*(c.tlv(v) for c, v in alike)))
    yield decode(requirement, f"decode {label}", wire(*(c.frame(v) for c, v in alike)))
    turns = [c.frame(v, is_extended=True if i % 2 else None) for i, (c, v) in enumerate(some * 3)]
    yield decode(requirement, "decode standard and extended in turn", wire(*turns))
    books = [(carrier, bytes([carrier.number]) * carrier.number) for carrier in reversed(numbers)]
    label = "every vendor type, falling" if carrying.is_free else "every type, falling"
    yield encode(requirement, f"encode {label}", message(*(c.tlv(v) for c, v in books)))
    yield decode(requirement, f"decode {label}", wire(*(c.frame(v) for c, v in books)))


def _shown(carrier: Carrier, value: bytes, some: Seq[tuple[Carrier, bytes]]) -> str:
    """A carrier by its number; where one stands in several places, by its place as well."""
    place = next(at for at, one in enumerate(some) if one == (carrier, value))
    is_twice = sum(one is carrier for one, _ in some) > 1
    return f"{carrier.number} ({place})" if is_twice else str(carrier.number)


def zero_lengths(requirement: str, registry: Registry) -> Iterator[Case]:
    """Empty TLVs, one to 65,537 of them; a cursor that does not advance hangs."""
    carrying = carriers(registry)
    one, other = carrying.first, carrying.second
    if not one.takes(0):
        return
    for count in (1, 2, 3, 255, 256, 257, 2000, 30_000, 65_537):
        yield encode(requirement, f"encode {count}", carrying.message(*[one.tlv(b"")] * count))
        yield decode(requirement, f"decode {count}", carrying.wire(one.frame() * count))
    yield decode(requirement, "3 extended", carrying.wire(one.frame(is_extended=True) * 3))
    yield decode(requirement, "before others", carrying.wire(one.frame(), other.frame(b"abc")))
    yield decode(requirement, "behind others", carrying.wire(other.frame(b"abc"), one.frame()))


def too_large(requirement: str, registry: Registry) -> Iterator[Case]:
    """Values that no TLV can hold."""
    carrying = carriers(registry)
    carrier = carrying.opaque
    if carrier is None:
        # Values of declared types have one size; there are no larger ones to encode.
        return
    for size in (
        EXTENDED_SIZE_MAX + 1,
        EXTENDED_SIZE_MAX + 2,
        2 * (EXTENDED_SIZE_MAX + 1),
        200_000,
    ):
        value = (carrier.number, bytes(size))
        yield encode(requirement, f"{size} bytes", carrying.message(value))
        two = carrying.message(carrying.second.tlv(b"a"), value)
        yield encode(requirement, f"{size} bytes, second", two)


def truncated(requirement: str, registry: Registry) -> Iterator[Case]:
    """Payloads that end within a TLV, in sealed messages: nothing but the TLV is wrong."""
    carrying = carriers(registry)
    carrier, wire, number = carrying.first, carrying.wire, bytes([carrying.first.number])
    other = carrying.second.frame
    for place, before in (
        ("first", b""),
        ("second", other(b"ab")),
        ("third", other(bytes(257)) * 2),
    ):
        for name, tlv in (
            ("standard", carrier.frame(opaque_value(9))),
            ("extended", carrier.frame(opaque_value(9), is_extended=True)),
            ("long", carrier.frame(opaque_value(256))),
        ):
            if name == "long" and not carrier.takes(256):
                continue
            cuts = range(1, len(tlv)) if name != "long" else (1, 2, 3, 4, 5, 6, 255, 260)
            for cut in cuts:
                label = f"{name} {place} TLV cut after {cut} bytes"
                yield decode(requirement, label, wire(before, tlv[:cut]))
    some = (1, 2, 254, 255)
    for length in some if carrier.is_free else (carrier.line.size_min,):
        if length <= STANDARD_SIZE_MAX:
            yield decode(requirement, f"length {length}, no value", wire(number, bytes([length])))
    lengths = (1, 255, 256, 65_534, 65_535)
    for length in lengths if carrier.is_free else (carrier.line.size_min, carrier.line.size_max):
        data = wire(b"\xff\0", number, length.to_bytes(2, "little"))
        yield decode(requirement, f"extended length {length}, no value", data)
    # Behind the cut TLV bytes follow that would frame well: they are its value, not TLVs.
    short = number + b"\x05abcd" if carrier.is_free else carrier.frame(b"ab")[:-1]
    yield decode(requirement, "one byte short of the next TLV", wire(short))
    big = b"\xff\0" + number + (256).to_bytes(2, "big") + bytes(256)
    yield decode(requirement, "length in big-endian order", wire(big, number + b"\0"))


def several(requirement: str, registry: Registry) -> Iterator[Case]:
    """Two faults in one payload, in all orders: any one of them is a right answer."""
    carrying = carriers(registry)
    number = bytes([carrying.first.number])
    faults = [
        ("type 0", b"\0\x01a"),
        ("reserved byte", b"\xff\x07" + number + b"\x01\0a"),
        ("other domain", frame(20, bytes(16))),
        ("wrong size", frame(1, bytes(39))),
        ("unassigned", frame(150, b"abc")),
        ("padding", frame(1, bytes(39) + b"\x01")),
        ("capacity", frame(10, bytes(16) + b"\x09\0" + bytes(190))),
    ]
    cut = ("cut", number + b"\x09abc")
    if registry.unclaimed or not carrying.is_free:
        faults = _faults_of_part(faults, carrying, registry)
        cut = ("cut", carrying.first.frame()[:-1])
    for first, one in faults:
        for second, two in (*faults, cut):
            data = carrying.wire(one, two)
            yield decode(requirement, f"{first}, then {second}", data)
            if first < second:
                wrong = data[:28] + bytes(4) + data[32:]
                yield decode(requirement, f"{first}, then {second}, bad checksum", wrong)


def _faults_of_part(
    faults: list[tuple[str, bytes]], carrying: Carriers, registry: Registry
) -> list[tuple[str, bytes]]:
    """The same faults with the types that are there."""
    carrier = carrying.first
    own = dict(faults)
    own["reserved byte"] = carrier.frame(b"a", is_extended=True, reserved=7)
    own["wrong size"] = frame(carrier.number, bytes(max(carrier.line.size_min - 1, 0)))
    layouts = [one for one in carrying.all if one.line.layout is not None]
    own["padding"] = own["capacity"] = b""
    for one in layouts:
        assert one.line.layout is not None
        for field in one.line.layout.fields:
            data = bytearray(one.encoded(b""))
            if isinstance(field.type, Padding):
                data[field.end - 1] = 1
                own["padding"] = frame(one.number, bytes(data))
            elif isinstance(field.type, Vector):
                data[field.offset : field.offset + 2] = (field.type.capacity + 1).to_bytes(
                    2, "little"
                )
                own["capacity"] = frame(one.number, bytes(data))
    others = [Carrier(line) for line in registry if line.domain not in {None, *carrying.domains}]
    own["other domain"] = others[0].frame() if others else b""
    return [(name, data) for name, data in own.items() if data]
