"""``diagnose`` tells every fault of given bytes with its context.

The contexts in this file were worked out by hand from the bytes. Offsets of TLVs count from the
payload's first byte, offsets of ParseError from the message's (section 6).
"""

from __future__ import annotations

import zlib

import pytest
from construct import ConstructError

from torq_specs.faults import (
    FREE_TEXT,
    Fault,
    FaultKind,
    complete_tlv_count,
    diagnose,
    frames,
)
from torq_specs.layout import Vector
from torq_specs.message import Message, message_of
from torq_specs.registry import REGISTRY, declared
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, address, u8, u16

Reported = tuple[str, dict[str, int | str]]


def reported(faults: list[Fault]) -> list[Reported]:
    """Kinds and contexts, without free text."""
    return [
        (str(f.kind), {k: v for k, v in f.context.items() if k != FREE_TEXT.get(f.kind)})
        for f in faults
    ]


def is_parsed(data: bytes) -> bool:
    try:
        Message.parse(data)
    except ConstructError:
        return False
    return True


HEAD = bytes.fromhex("efbeadde 01 01 01 00 0100000000000000 0200000000000000")
GOOD = b"\xc9\x01a"
"""A vendor TLV of three bytes."""

TRADE = bytes(40)
POOL = bytes(208)
BOOK = bytes(6200)


def wire(payload: bytes, head: bytes = HEAD) -> bytes:
    start = head + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


def crc(data: bytes) -> int:
    """The checksum over what is there."""
    return zlib.crc32(data[:28] + data[32:])


def sealed(data: bytes) -> bytes:
    """A short or long buffer whose checksum is right over what is there."""
    return data[:28] + crc(data).to_bytes(4, "little") + data[32:]


def put(data: bytes, **bytes_at: int) -> bytes:
    """``data`` with ``at_37=1``: byte 37 is 1."""
    changed = bytearray(data)
    for name, byte in bytes_at.items():
        changed[int(name.removeprefix("at_"))] = byte
    return bytes(changed)


def extended(number: int, value: bytes) -> bytes:
    return bytes([255, 0, number]) + len(value).to_bytes(2, "little") + value


def in_domain(number: int) -> bytes:
    return put(HEAD, at_4=number)


WRONG_BYTES: dict[str, tuple[bytes, list[Reported]]] = {
    "nothing": (b"", [("MessageTooSmall", {"need": 32, "got": 0})]),
    "header cut": (wire(b"")[:31], [("MessageTooSmall", {"need": 32, "got": 31})]),
    "header cut behind a wrong source": (
        put(HEAD, at_6=99)[:7],
        [
            ("UnknownSource", {"source": 99}),
            ("MessageTooSmall", {"need": 32, "got": 7}),
        ],
    ),
    "header cut before a wrong source": (
        put(HEAD, at_6=99)[:6],
        [("MessageTooSmall", {"need": 32, "got": 6})],
    ),
    "payload cut within a value": (
        sealed(wire(GOOD + b"\xc8\x03abc")[:-1]),
        [("MessageTooSmall", {"need": 40, "got": 39})],
    ),
    "payload cut within a TLV header": (
        sealed(wire(GOOD + b"\xc8\x03abc")[:-4]),
        [("MessageTooSmall", {"need": 40, "got": 36})],
    ),
    "payload cut within the header of an unassigned type": (
        sealed(wire(GOOD + b"\x21\x03abc")[:-4]),
        [
            ("MessageTooSmall", {"need": 40, "got": 36}),
            ("InvalidTLVType", {"tlv_type": 33, "offset": 3}),
            ("RelayDomainMismatch", {"tlv_type": 33, "expected": 2, "got": 1, "offset": 3}),
        ],
    ),
    "payload cut within the header of an extended TLV": (
        sealed(wire(GOOD + b"\xff\x07\x50\x20\0" + bytes(32))[: 32 + 3 + 4]),
        [
            ("MessageTooSmall", {"need": 72, "got": 39}),
            ("InvalidExtendedTLV", {"offset": 3, "reserved": 7}),
            ("RelayDomainMismatch", {"tlv_type": 80, "expected": 4, "got": 1, "offset": 3}),
        ],
    ),
    "more promised than a message may have": (
        sealed(HEAD + (1 << 20).to_bytes(4, "little") + bytes(4)),
        [
            ("MessageTooLarge", {"size": 1_048_608, "limit": 1_048_576}),
            ("MessageTooSmall", {"need": 1_048_608, "got": 32}),
        ],
    ),
    "one byte more promised than a message may have": (
        sealed(HEAD + (1_048_545).to_bytes(4, "little") + bytes(4)),
        [
            ("MessageTooLarge", {"size": 1_048_577, "limit": 1_048_576}),
            ("MessageTooSmall", {"need": 1_048_577, "got": 32}),
        ],
    ),
    "as much promised as a message may have": (
        sealed(HEAD + (1_048_544).to_bytes(4, "little") + bytes(4)),
        [("MessageTooSmall", {"need": 1_048_576, "got": 32})],
    ),
    "magic": (
        wire(b"", put(HEAD, at_0=0xEE)),
        [("InvalidMagic", {"expected": 0xDEADBEEF, "actual": 0xDEADBEEE})],
    ),
    "magic byte-swapped": (
        wire(b"", b"\xde\xad\xbe\xef" + HEAD[4:]),
        [("InvalidMagic", {"expected": 0xDEADBEEF, "actual": 0xEFBEADDE})],
    ),
    "version": (wire(b"", put(HEAD, at_5=2)), [("UnsupportedVersion", {"version": 2})]),
    "domain 0": (wire(b"", put(HEAD, at_4=0)), [("InvalidRelayDomain", {"relay_domain": 0})]),
    "domain 5": (wire(b"", put(HEAD, at_4=5)), [("InvalidRelayDomain", {"relay_domain": 5})]),
    "source": (wire(b"", put(HEAD, at_6=6)), [("UnknownSource", {"source": 6})]),
    "checksum of a bare header": (
        HEAD + bytes(4) + b"\x01\x02\x03\x04",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + bytes(4)),
                    "actual": 0x04030201,
                    "message_size": 0,
                    "tlv_count": 0,
                },
            )
        ],
    ),
    "checksum over two TLVs": (
        HEAD + b"\x07\0\0\0" + bytes(4) + b"\xc8\x03abc\xc9\0",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + b"\x07\0\0\0" + b"\xc8\x03abc\xc9\0"),
                    "actual": 0,
                    "message_size": 7,
                    "tlv_count": 2,
                },
            )
        ],
    ),
    "checksum over two TLVs and a cut one": (
        HEAD + b"\x0b\0\0\0" + bytes(4) + b"\xc8\x03abc\xc9\0\xc8\x09ab",
        [
            (
                "ChecksumMismatch",
                {
                    "expected": zlib.crc32(HEAD + b"\x0b\0\0\0" + b"\xc8\x03abc\xc9\0\xc8\x09ab"),
                    "actual": 0,
                    "message_size": 11,
                    "tlv_count": 2,
                },
            ),
            (
                "TruncatedTLV",
                {"buffer_size": 11, "required_bytes": 18, "tlv_type": 200, "offset": 7},
            ),
        ],
    ),
    "header of the first TLV cut": (
        wire(b"\xc8"),
        [("TruncatedTLV", {"buffer_size": 1, "required_bytes": 2, "tlv_type": 200, "offset": 0})],
    ),
    "header of the second TLV cut": (
        wire(GOOD + b"\xc8"),
        [("TruncatedTLV", {"buffer_size": 4, "required_bytes": 5, "tlv_type": 200, "offset": 3})],
    ),
    "value of the third TLV cut": (
        wire(GOOD + b"\xc9\0" + b"\xc8\x04abc"),
        [("TruncatedTLV", {"buffer_size": 10, "required_bytes": 11, "tlv_type": 200, "offset": 5})],
    ),
    "extended header cut after 1 byte": (
        wire(b"\xff"),
        [("TruncatedTLV", {"buffer_size": 1, "required_bytes": 5, "tlv_type": 0, "offset": 0})],
    ),
    "extended header cut after 2 bytes": (
        wire(b"\xff\0"),
        [("TruncatedTLV", {"buffer_size": 2, "required_bytes": 5, "tlv_type": 0, "offset": 0})],
    ),
    "extended header cut after 3 bytes": (
        wire(b"\xff\0\xc8"),
        [("TruncatedTLV", {"buffer_size": 3, "required_bytes": 5, "tlv_type": 200, "offset": 0})],
    ),
    "extended header cut after 4 bytes": (
        wire(GOOD + b"\xff\0\xc8\x04"),
        [("TruncatedTLV", {"buffer_size": 7, "required_bytes": 8, "tlv_type": 200, "offset": 3})],
    ),
    "extended value cut": (
        wire(GOOD + b"\xff\0\xc8\x04\0a"),
        [("TruncatedTLV", {"buffer_size": 9, "required_bytes": 12, "tlv_type": 200, "offset": 3})],
    ),
    "extended value cut behind an extended TLV": (
        wire(extended(201, b"ab") + b"\xff\0\xc8\xff\xff" + b"abc"),
        [
            (
                "TruncatedTLV",
                {"buffer_size": 15, "required_bytes": 65_547, "tlv_type": 200, "offset": 7},
            )
        ],
    ),
    "declared type cut": (
        wire(b"\x01\x28" + bytes(10)),
        [("TruncatedTLV", {"buffer_size": 12, "required_bytes": 42, "tlv_type": 1, "offset": 0})],
    ),
    "reserved byte": (
        wire(b"\xff\x07\xc8\0\0"),
        [("InvalidExtendedTLV", {"offset": 0, "reserved": 7})],
    ),
    "reserved byte in the third TLV": (
        wire(GOOD + b"\xc9\0" + b"\xff\x01\xc8\x02\0ab"),
        [("InvalidExtendedTLV", {"offset": 5, "reserved": 1})],
    ),
    "type 0": (wire(b"\0\0"), [("InvalidTLVType", {"tlv_type": 0, "offset": 0})]),
    "type 0 in the second TLV": (
        wire(GOOD + b"\0\x02ab" + GOOD),
        [("InvalidTLVType", {"tlv_type": 0, "offset": 3})],
    ),
    "255 inside extended, third TLV": (
        wire(GOOD + extended(201, b"ab") + extended(255, b"abc")),
        [("InvalidTLVType", {"tlv_type": 255, "offset": 10})],
    ),
    "unassigned type": (
        wire(b"\x21\x01a", in_domain(2)),
        [("InvalidTLVType", {"tlv_type": 33, "offset": 0})],
    ),
    "unassigned type in another domain": (
        wire(GOOD + b"\x21\x01a"),
        [
            ("InvalidTLVType", {"tlv_type": 33, "offset": 3}),
            ("RelayDomainMismatch", {"tlv_type": 33, "expected": 2, "got": 1, "offset": 3}),
        ],
    ),
    "unassigned type that would ride anywhere": (
        wire(b"\x6d\x01a"),
        [("InvalidTLVType", {"tlv_type": 109, "offset": 0})],
    ),
    "unallocated type": (
        wire(GOOD + GOOD + b"\x96\0"),
        [("InvalidTLVType", {"tlv_type": 150, "offset": 6})],
    ),
    "another domain": (
        wire(b"\x50\x20" + bytes(32)),
        [("RelayDomainMismatch", {"tlv_type": 80, "expected": 4, "got": 1, "offset": 0})],
    ),
    "another domain in the second TLV, extended": (
        wire(GOOD + extended(1, TRADE), in_domain(3)),
        [("RelayDomainMismatch", {"tlv_type": 1, "expected": 1, "got": 3, "offset": 3})],
    ),
    "declared size": (
        wire(b"\x01\x27" + bytes(39)),
        [("PayloadSizeMismatch", {"tlv_type": 1, "expected": 40, "got": 39, "offset": 0})],
    ),
    "declared size in the third TLV, extended": (
        wire(GOOD + GOOD + extended(3, bytes(6201))),
        [("PayloadSizeMismatch", {"tlv_type": 3, "expected": 6200, "got": 6201, "offset": 6})],
    ),
    "below the lower bound": (
        wire(b"\x1e\x17" + bytes(23), in_domain(2)),
        [("PayloadSizeMismatch", {"tlv_type": 30, "expected": 24, "got": 23, "offset": 0})],
    ),
    "above the upper bound": (
        wire(extended(30, bytes(513)), in_domain(2)),
        [("PayloadSizeMismatch", {"tlv_type": 30, "expected": 512, "got": 513, "offset": 0})],
    ),
    "nine reserves": (
        wire(b"\x0a\xd0" + put(POOL, at_16=9)),
        [("CapacityExceeded", {"field": "reserves", "max_capacity": 8, "attempted": 9})],
    ),
    "129 asks in the second TLV": (
        wire(GOOD + extended(3, put(BOOK, at_3104=129))),
        [("CapacityExceeded", {"field": "asks", "max_capacity": 128, "attempted": 129})],
    ),
    "65,535 bids": (
        wire(extended(3, put(BOOK, at_24=255, at_25=255))),
        [("CapacityExceeded", {"field": "bids", "max_capacity": 128, "attempted": 65_535})],
    ),
    "bytes behind": (sealed(wire(b"") + b"\0"), [("ParseError", {"offset": 32})]),
    "bytes behind a TLV": (sealed(wire(GOOD) + GOOD), [("ParseError", {"offset": 35})]),
    "bytes behind, the message's own checksum": (
        wire(GOOD) + GOOD,
        [
            ("ParseError", {"offset": 35}),
            (
                "ChecksumMismatch",
                {
                    "expected": crc(wire(GOOD) + GOOD),
                    "actual": crc(wire(GOOD)),
                    "message_size": 3,
                    "tlv_count": 1,
                },
            ),
        ],
    ),
    "message cut, the whole message's checksum": (
        wire(GOOD + GOOD)[:-1],
        [
            ("MessageTooSmall", {"need": 38, "got": 37}),
            (
                "ChecksumMismatch",
                {
                    "expected": crc(wire(GOOD + GOOD)[:-1]),
                    "actual": crc(wire(GOOD + GOOD)),
                    "message_size": 6,
                    "tlv_count": 1,
                },
            ),
        ],
    ),
    "padding": (wire(b"\x01\x28" + put(TRADE, at_37=1)), [("ParseError", {"offset": 71})]),
    "padding in the second TLV": (
        wire(GOOD + b"\x01\x28" + put(TRADE, at_38=1)),
        [("ParseError", {"offset": 75})],
    ),
    "padding in an extended TLV": (
        wire(extended(1, put(TRADE, at_39=1))),
        [("ParseError", {"offset": 76})],
    ),
    "padding in the third TLV, extended": (
        wire(GOOD + b"\xc9\0" + extended(1, put(TRADE, at_37=1))),
        [("ParseError", {"offset": 79})],
    ),
    "padding of an address": (
        wire(b"\x0e\x40" + put(bytes(64), at_60=1)),
        [("ParseError", {"offset": 94})],
    ),
    "padding of a vector": (
        wire(b"\x0a\xd0" + put(POOL, at_20=1)),
        [("ParseError", {"offset": 54})],
    ),
    "stale slot of integers": (
        wire(b"\x0a\xd0" + put(POOL, at_16=1, at_85=1)),
        [("ParseError", {"offset": 119})],
    ),
    "stale slot of records": (
        wire(extended(3, put(BOOK, at_24=1, at_90=1))),
        [("ParseError", {"offset": 127})],
    ),
    "stale slots of both sides": (
        wire(extended(3, put(BOOK, at_32=1, at_6183=1))),
        [("ParseError", {"offset": 69}), ("ParseError", {"offset": 6220})],
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG_BYTES))
def test_fault_has_the_context_that_was_worked_out_by_hand(what: str) -> None:
    data, expected = WRONG_BYTES[what]
    assert reported(diagnose(data)) == expected
    assert not is_parsed(data)


def test_every_kind_that_bytes_can_have_is_worked_out_by_hand() -> None:
    kinds = {kind for _, expected in WRONG_BYTES.values() for kind, _ in expected}
    others = {"PayloadTooLarge", "ValueOutOfRange", "InvalidInstrument"}
    others |= {"ValidationFailed", "ConfigError"}
    assert kinds == {str(kind) for kind in FaultKind} - others


LATITUDES = {
    "padding": {71},
    "padding in the second TLV": {74, 75},
    "padding in an extended TLV": {74, 76},
    "padding of an address": {86, 94},
    "padding of a vector": {52, 54},
    "stale slot of integers": {82, 114, 119},
    "stale slot of records": {93, 117, 125, 127},
    "bytes behind": {32},
    "type 0 in the second TLV": {3},
    "255 inside extended, third TLV": {10, 12},
}
"""Where the page leaves open which byte is meant: the first of the run, the slot, the field, it."""


@pytest.mark.parametrize("what", sorted(LATITUDES))
def test_fault_admits_the_offsets_that_the_page_leaves_open(what: str) -> None:
    data, _ = WRONG_BYTES[what]
    (fault,) = diagnose(data)
    assert {n for n in range(-1, len(data) + 1) if fault.admits("offset", n)} == LATITUDES[what]


@pytest.mark.parametrize("wrong", ["71", 71.0, None, True, b"G"], ids=repr)
def test_context_of_another_type_is_not_admitted(wrong: object) -> None:
    (fault,) = diagnose(WRONG_BYTES["padding"][0])
    assert fault.admits("offset", 71)
    assert not fault.admits("offset", wrong)


def checksum_fault(data: bytes) -> Fault:
    (fault,) = [fault for fault in diagnose(data) if fault.kind == FaultKind.CHECKSUM_MISMATCH]
    return fault


def test_checksum_of_a_long_buffer_may_be_that_of_the_message_alone() -> None:
    wrong = put(wire(GOOD), at_28=wire(GOOD)[28] ^ 1) + GOOD + b"\xc8"
    fault = checksum_fault(wrong)
    assert fault.admits("expected", crc(wrong))
    assert fault.admits("expected", crc(wire(GOOD)))
    assert not fault.admits("expected", fault.context["actual"])
    assert {n for n in range(5) if fault.admits("tlv_count", n)} == {1, 2}
    own = checksum_fault(wire(GOOD) + GOOD)
    assert not own.admits("expected", crc(wire(GOOD)))


@pytest.mark.parametrize("size", range(32, 38))
def test_sealed_short_buffer_is_too_small_and_nothing_else(size: int) -> None:
    found = diagnose(sealed(wire(GOOD + GOOD)[:size]))
    assert [fault.kind for fault in found] == [FaultKind.MESSAGE_TOO_SMALL]


@pytest.mark.parametrize(("lone", "bytes_"), [(b"\xff", {2, 5}), (b"\xff\0", {5}), (b"\xc8", {2})])
def test_bytes_that_a_lone_255_needs_are_two_or_five(lone: bytes, bytes_: set[int]) -> None:
    (fault,) = diagnose(wire(GOOD + lone))
    admitted = {n - 3 for n in range(12) if fault.admits("required_bytes", n)}
    assert admitted == bytes_


@pytest.mark.parametrize("domain", [1, 2, 3, 4])
def test_system_types_from_100_on_ride_in_any_domain(domain: int) -> None:
    assert diagnose(wire(b"\x64\x10" + bytes(16), in_domain(domain))) == []


def test_kinds_are_numbered_by_their_rows() -> None:
    assert [kind.row for kind in FaultKind] == list(range(1, 20))
    assert FaultKind.VALIDATION_FAILED.row == 18


PADDING = {what for what in WRONG_BYTES if what.startswith(("padding", "stale"))}


@pytest.mark.parametrize("what", sorted(WRONG_BYTES))
def test_only_padding_and_stale_slots_are_marked_as_padding(what: str) -> None:
    data, _ = WRONG_BYTES[what]
    assert {fault.is_padding for fault in diagnose(data)} == {what in PADDING}


def test_fault_reads_as_kind_and_context() -> None:
    (fault,) = diagnose(wire(b"\xc8"))
    text = "TruncatedTLV(buffer_size=1, required_bytes=2, tlv_type=200, offset=0)"
    assert str(fault) == text


def test_faults_within_elements_of_a_vendor_type_are_reported_with_their_place() -> None:
    inner = Declaration("Inner", "x", Field("n", u8, "x"), Zeros(3), provenance="K")
    mine = Declaration(
        "Mine",
        "x",
        Field("head", u16, "x"),
        Field("items", FixedVec(inner, 3), "x"),
        Field("where", address, "x"),
        provenance="K",
    )
    registry = REGISTRY.with_vendor_types([declared(200, mine, 54)])
    right = bytearray(b"\1\0" + b"\2\0" + bytes(6) + b"\x07\0\0\0" * 2 + bytes(4) + bytes(32))
    assert diagnose(wire(b"\xc8\x36" + bytes(right)), registry) == []
    right[2 + 8 + 4 + 2] = 1  # padding of items[1]
    right[2 + 20 + 31] = 1  # padding of where
    data = wire(b"\xc8\x36" + bytes(right))
    assert reported(diagnose(data, registry)) == [
        ("ParseError", {"offset": 34 + 16}),
        ("ParseError", {"offset": 34 + 53}),
    ]
    with pytest.raises(ConstructError):
        message_of(registry).parse(data)
    assert diagnose(data) == []


def test_every_vector_of_the_protocol_is_reported_by_its_name() -> None:
    for line in REGISTRY.with_layout:
        assert line.layout is not None
        for field in line.layout.fields:
            if isinstance(field.type, Vector):
                count = field.type.capacity + 1
                value = bytearray(line.layout.size)
                value[field.offset : field.offset + 2] = count.to_bytes(2, "little")
                data = wire(extended(line.number, bytes(value)), in_domain(int(line.domain or 1)))
                assert reported(diagnose(data)) == [
                    (
                        "CapacityExceeded",
                        {
                            "field": field.name,
                            "max_capacity": field.type.capacity,
                            "attempted": count,
                        },
                    )
                ]


def test_frames_are_reported_by_lengths_alone() -> None:
    payload = GOOD + b"\0\x02ab" + b"\xff\x09\xff\x01\0x" + b"\xc8\x05ab"
    found = [(f.offset, f.number, f.size, f.reserved, f.is_extended) for f in frames(payload)]
    assert found == [
        (0, 201, 1, 0, False),
        (3, 0, 2, 0, False),
        (7, 255, 1, 9, True),
        (13, 200, 5, 0, False),
    ]
    assert complete_tlv_count(payload) == 3
