"""Of a message with two faults both are reported: every pair that a message can have, both ways."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations

import pytest
from construct import ConstructError

from torq_specs.faults import FREE_TEXT, Fault, diagnose
from torq_specs.message import Message

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


def wire(payload: bytes, head: bytes = HEAD) -> bytes:
    start = head + len(payload).to_bytes(4, "little")
    return start + zlib.crc32(start + payload).to_bytes(4, "little") + payload


def put(data: bytes, **bytes_at: int) -> bytes:
    """``data`` with ``at_37=1``: byte 37 is 1."""
    changed = bytearray(data)
    for name, byte in bytes_at.items():
        changed[int(name.removeprefix("at_"))] = byte
    return bytes(changed)


def extended(number: int, value: bytes) -> bytes:
    return bytes([255, 0, number]) + len(value).to_bytes(2, "little") + value


@dataclass(frozen=True)
class Wrong:
    """One way to make a message wrong, with what must be reported of it.

    ``tlv`` is a piece of payload; a ``last`` one swallows what follows. ``context`` is what is
    reported of it; the numbers in ``from_tlv`` are added to the piece's offset. ``header`` is an
    offset in the header and the byte to put there. ``whole`` is what happens to the sealed message.
    """

    kind: str
    context: dict[str, int | str] = field(default_factory=dict)
    from_tlv: dict[str, int] = field(default_factory=dict)
    header: tuple[int, int] | None = None
    tlv: bytes = b""
    last: bool = False
    whole: str = ""


FILLER = extended(202, bytes(65_535)) * 16
"""TLVs that alone exceed what a message may have."""

OFFSET = {"offset": 0}

FAULTS = {
    "magic": Wrong("InvalidMagic", {"expected": 0xDEADBEEF, "actual": 0xDEADBE00}, header=(0, 0)),
    "domain": Wrong("InvalidRelayDomain", {"relay_domain": 9}, header=(4, 9)),
    "version": Wrong("UnsupportedVersion", {"version": 7}, header=(5, 7)),
    "source": Wrong("UnknownSource", {"source": 99}, header=(6, 99)),
    "too large": Wrong("MessageTooLarge", {"limit": 1_048_576}, tlv=FILLER),
    "type 0": Wrong("InvalidTLVType", {"tlv_type": 0}, OFFSET, tlv=b"\0\x01x"),
    "unassigned": Wrong("InvalidTLVType", {"tlv_type": 33}, OFFSET, tlv=b"\x21\x01x"),
    "255 in extended": Wrong("InvalidTLVType", {"tlv_type": 255}, OFFSET, tlv=extended(255, b"ab")),
    "reserved": Wrong("InvalidExtendedTLV", {"reserved": 3}, OFFSET, tlv=b"\xff\x03\xc8\x01\0x"),
    "other domain": Wrong(
        "RelayDomainMismatch", {"tlv_type": 80, "expected": 4}, OFFSET, tlv=b"\x50\x20" + bytes(32)
    ),
    "size": Wrong(
        "PayloadSizeMismatch",
        {"tlv_type": 1, "expected": 40, "got": 41},
        OFFSET,
        tlv=b"\x01\x29" + bytes(41),
    ),
    "padding": Wrong(
        "ParseError", {}, {"offset": 32 + 2 + 39}, tlv=b"\x01\x28" + put(bytes(40), at_39=1)
    ),
    "capacity": Wrong(
        "CapacityExceeded",
        {"field": "reserves", "max_capacity": 8, "attempted": 9},
        tlv=b"\x0a\xd0" + put(bytes(208), at_16=9),
    ),
    "stale slot": Wrong(
        "ParseError",
        {},
        {"offset": 32 + 5 + 159},
        tlv=extended(10, put(bytes(208), at_16=7, at_159=1)),
    ),
    "value cut": Wrong(
        "TruncatedTLV",
        {"tlv_type": 200},
        {"required_bytes": 2 + 9, "offset": 0},
        tlv=b"\xc8\x09abc",
        last=True,
    ),
    "TLV header cut": Wrong(
        "TruncatedTLV",
        {"tlv_type": 200},
        {"required_bytes": 5, "offset": 0},
        tlv=b"\xff\0\xc8",
        last=True,
    ),
    "checksum": Wrong("ChecksumMismatch", whole="checksum"),
    "bytes behind": Wrong("ParseError", whole="behind"),
    "message cut": Wrong("MessageTooSmall", whole="cut"),
}

IMPOSSIBLE = {
    frozenset({"message cut", "bytes behind"}): "a message cannot be too short and too long",
    frozenset({"value cut", "TLV header cut"}): "the first one swallows the second",
    frozenset({"message cut", "TLV header cut"}): "a TLV header cut twice is cut once",
}
"""Pairs that no message has, each with the reason."""


def pairs() -> Iterator[tuple[str, str]]:
    for first, second in permutations(FAULTS, 2):
        if frozenset({first, second}) not in IMPOSSIBLE:
            yield first, second


@pytest.mark.parametrize(("first", "second"), sorted(pairs()), ids=" and ".join)
def test_both_of_two_faults_are_reported(first: str, second: str) -> None:
    data, expected = message_with(FAULTS[first], FAULTS[second])
    found = reported(diagnose(data))
    for kind, context in expected:
        same = [c for k, c in found if k == kind and context.items() <= c.items()]
        assert len(same) == 1, (kind, context, found)
    assert not is_parsed(data)


def message_with(*wrongs: Wrong) -> tuple[bytes, list[Reported]]:
    """A message with these faults, their TLVs in order, and what must be reported of it."""
    head = put(HEAD, **{f"at_{w.header[0]}": w.header[1] for w in wrongs if w.header})
    payload, complete = GOOD, 1
    expected: list[Reported] = []
    for wrong in sorted(wrongs, key=lambda wrong: wrong.last):
        placed = {name: len(payload) + number for name, number in wrong.from_tlv.items()}
        expected.append((wrong.kind, {**wrong.context, **placed}))
        payload += wrong.tlv
        complete += 16 if wrong.tlv is FILLER else bool(wrong.tlv) and not wrong.last
    if not any(wrong.last for wrong in wrongs):
        payload, complete = payload + GOOD, complete + 1
    data = wire(payload, head)
    of_the_whole: dict[str, dict[str, int]] = {
        "MessageTooLarge": {"size": len(data)},
        "MessageTooSmall": {"need": len(data), "got": len(data) - 1},
        "RelayDomainMismatch": {"got": head[4]},
        "TruncatedTLV": {"buffer_size": len(payload)},
        "ChecksumMismatch": {
            "message_size": len(payload),
            "tlv_count": complete - any(wrong.whole == "cut" for wrong in wrongs),
        },
    }
    wholes = {wrong.whole for wrong in wrongs}
    expected = [(kind, {**context, **of_the_whole.get(kind, {})}) for kind, context in expected]
    if "behind" in wholes:
        index = expected.index(("ParseError", {}))
        expected[index] = ("ParseError", {"offset": len(data)})
        data += b"\0"
    if "checksum" in wholes:
        data = put(data, at_28=data[28] ^ 1)
    data = data[:-1] if "cut" in wholes else data
    if "checksum" in wholes:
        crc = {"expected": zlib.crc32(data[:28] + data[32:])}
        expected = [(k, {**c, **crc} if k == "ChecksumMismatch" else c) for k, c in expected]
    return data, expected
