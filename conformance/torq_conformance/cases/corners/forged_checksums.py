"""Checksums on their way: prefixes after which the running CRC is 0 or all ones, and lookalikes.

Four bytes of CRC-32 can be solved for, so a message can be made in which the sum so far is any
number after the header or after a TLV. A codec that takes 0 for "none yet" starts anew there. And
a message can be right under any wrong procedure, that which includes the checksum itself as well.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.checksums import ONES, before_four, forging_bytes, with_checksum
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.cases.header import payload_of
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.enums import RelayDomain
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.registry import STANDARD_SIZE_MAX, Registry
from torq_specs.wire import checksum

TARGETS = {"0": 0, "all ones": ONES, "1": 1}
"""What the running sum is to be, as zlib gives it; its register is the inverse."""

COUNTS = (1, 2, 3, 5, 17, 40)
"""TLVs of a message in which the running sum is forged."""


def running(registry: Registry) -> Iterator[Cell]:
    """Running sums of 0, 1 and all ones after the header and after each TLV; right and wrong."""
    for name, target in TARGETS.items():
        for domain in RelayDomain:
            for field in ("sequence", "timestamp"):
                what = f"running sum {name} after the header, by {field}, {domain.name}"
                for size in (0, 2, 9, 300, 5000):
                    make = partial(_after_header, target, field, int(domain), size)
                    yield from _right_and_wrong(f"{what}, {size} bytes of payload", make)
        for count in COUNTS:
            for at in sorted({0, 1, count // 2, count - 1}):
                if at < count:
                    for size in (4, 30, STANDARD_SIZE_MAX + 1):
                        make = partial(_after_tlv, target, count, frozenset({at}), size)
                        what = f"running sum {name} after TLV {at} of {count}, {size} bytes each"
                        yield from _right_and_wrong(what, make)
            make = partial(_after_tlv, target, count, frozenset(range(count)), 11)
            what = f"running sum {name} after each of {count} TLVs"
            yield from _right_and_wrong(what, make)


def _after_header(target: int, field: str, domain: int, size: int) -> bytes:
    """A message whose header is forged in the last four bytes of a field, or its low half."""
    payload = b"".join(frame(tlv["type"], tlv["value"]) for tlv in payload_of(size))
    header = messages.header(relay_domain=domain)
    data = derived_codec.assemble(header, payload)
    end = HEADER_LAYOUT.field(field).end
    # From the end of the header back to the end of the field, four bytes at a time.
    wanted = target
    for start in range(24, end - 4, -4):
        wanted = before_four(wanted, data[start : start + 4])
    forged = forging_bytes(zlib.crc32(data[: end - 4]), wanted)
    return derived_codec.seal(data[: end - 4] + forged + data[end:])


def _after_tlv(target: int, count: int, places: frozenset[int], size: int) -> bytes:
    """A message with some TLVs whose last four bytes are forged."""
    head = derived_codec.assemble(
        messages.header(sequence=count), bytes(len(_piece(0, size)) * count)
    )[:28]
    so_far = head
    payload = b""
    for index in range(count):
        piece = _piece(index, size)
        if index in places:
            piece = piece[:-4] + forging_bytes(zlib.crc32(so_far + payload + piece[:-4]), target)
        payload += piece
    return derived_codec.assemble(messages.header(sequence=count), payload)


def _piece(index: int, size: int) -> bytes:
    return frame(messages.VENDOR, messages.opaque_value(size, start=index))


def _right_and_wrong(what: str, make: Callable[[], bytes]) -> Iterator[Cell]:
    yield Cell("CHK-VALUE", f"repeat, {what}", repeating(make))
    for name, change in _WRONGS:
        yield Cell(
            "CHK-VERIFY", f"decode, {what}, {name}", decoding(partial(_changed, make, change))
        )


def _changed(make: Callable[[], bytes], change: Callable[[bytes], bytes]) -> bytes:
    data = make()
    changed = change(data)
    # Where the change is none, the sum is made wrong in another way.
    return changed if changed != data else with_checksum(data, checksum(data) ^ 0x8000)


_WRONGS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("checksum 0", lambda data: with_checksum(data, 0)),
    ("checksum all ones", lambda data: with_checksum(data, ONES)),
    ("checksum of the payload alone", lambda data: with_checksum(data, zlib.crc32(data[32:]))),
    ("checksum of the header alone", lambda data: with_checksum(data, zlib.crc32(data[:28]))),
    ("last byte flipped", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    ("flags flipped", lambda data: data[:7] + bytes([data[7] ^ 0x40]) + data[8:]),
)


# Right under a wrong procedure.

Procedure = Callable[[bytes], int]


@functools.cache
def _table(polynomial: int) -> tuple[int, ...]:
    found = []
    for byte in range(256):
        state = byte
        for _ in range(8):
            state = state >> 1 ^ (polynomial if state & 1 else 0)
        found.append(state)
    return tuple(found)


def reflected(polynomial: int, data: bytes, start: int = ONES, end: int = ONES) -> int:
    """A CRC of 32 bits whose bits come lowest first."""
    table, state = _table(polynomial), start
    for byte in data:
        state = state >> 8 ^ table[(state ^ byte) & 0xFF]
    return state ^ end


def forward(data: bytes, start: int, end: int) -> int:
    """CRC-32 whose bits come highest first: the reflected one of reflected bytes."""
    mirrored = data.translate(_MIRROR)
    state = zlib.crc32(mirrored, _mirrored(start) ^ ONES) ^ ONES
    return _mirrored(state) ^ end


_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _mirrored(word: int) -> int:
    return int(f"{word:032b}"[::-1], 2)


def _covered(data: bytes) -> bytes:
    return data[:28] + data[32:]


def _fnv(data: bytes) -> int:
    state = 0x811C9DC5
    for byte in data:
        state = (state ^ byte) * 0x01000193 & ONES
    return state


def _words(data: bytes) -> list[int]:
    padded = data.ljust(-(-len(data) // 4) * 4, b"\0")
    return [int.from_bytes(padded[at : at + 4], "little") for at in range(0, len(padded), 4)]


def _exclusive_or(data: bytes) -> int:
    return functools.reduce(int.__xor__, _words(data), 0)


def _zeroed(name: str) -> Procedure:
    """The sum that takes a header field for zero."""
    field = HEADER_LAYOUT.field(name)
    return lambda data: zlib.crc32(
        _covered(data[: field.offset] + bytes(field.size) + data[field.end :])
    )


def _left_out() -> dict[str, Procedure]:
    names = [field.name for field in HEADER_LAYOUT.named if field.name != "checksum"]
    gone = {f"{name} left out": _cut_out(name) for name in names}
    return gone | {f"{name} taken for zero": _zeroed(name) for name in names}


def _cut_out(name: str) -> Procedure:
    field = HEADER_LAYOUT.field(name)
    return lambda data: zlib.crc32(data[: field.offset] + data[field.end : 28] + data[32:])


def _limited(size: int) -> Procedure:
    return lambda data: zlib.crc32(data[:28] + data[32 : 32 + size])


def _in_steps(size: int) -> Procedure:
    """The sum over whole steps alone: what is left over is left out."""
    return lambda data: zlib.crc32(_covered(data)[: (len(data) - 4) // size * size])


PROCEDURES: dict[str, Procedure] = {
    **_left_out(),
    **{f"first {size} bytes of payload alone": _limited(size) for size in (1, 8, 64, 256, 4096)},
    **{f"whole steps of {size} bytes alone": _in_steps(size) for size in (4, 8, 16, 64)},
    "payload, then header": lambda data: zlib.crc32(data[32:] + data[:28]),
    "payload alone": lambda data: zlib.crc32(data[32:]),
    "header alone": lambda data: zlib.crc32(data[:28]),
    "started anew at the payload, summed": lambda data: (
        (zlib.crc32(data[:28]) + zlib.crc32(data[32:])) & ONES
    ),
    "started anew at the payload, exclusive or": lambda data: (
        zlib.crc32(data[:28]) ^ zlib.crc32(data[32:])
    ),
    "checksum bytes zero": lambda data: zlib.crc32(data[:28] + bytes(4) + data[32:]),
    "checksum bytes all ones": lambda data: zlib.crc32(data[:28] + b"\xff" * 4 + data[32:]),
    "zeros instead of the checksum at the end": lambda data: zlib.crc32(_covered(data) + bytes(4)),
    "all but the last byte": lambda data: zlib.crc32(_covered(data)[:-1]),
    "all but the first byte": lambda data: zlib.crc32(_covered(data)[1:]),
    "the words of four bytes turned": lambda data: zlib.crc32(
        b"".join(word.to_bytes(4, "big") for word in _words(_covered(data)))
    ),
    "bytes last first": lambda data: zlib.crc32(_covered(data)[::-1]),
    "started at 0": lambda data: zlib.crc32(_covered(data), ONES),
    "started at 0, not inverted": lambda data: zlib.crc32(_covered(data), ONES) ^ ONES,
    "not inverted (JAMCRC)": lambda data: zlib.crc32(_covered(data)) ^ ONES,
    "twice": lambda data: zlib.crc32(zlib.crc32(_covered(data)).to_bytes(4, "little")),
    "byte-swapped": lambda data: int.from_bytes(
        zlib.crc32(_covered(data)).to_bytes(4, "little"), "big"
    ),
    "halves swapped": lambda data: (
        zlib.crc32(_covered(data)) << 16 & ONES | zlib.crc32(_covered(data)) >> 16
    ),
    "low 16 bits": lambda data: zlib.crc32(_covered(data)) & 0xFFFF,
    "low 31 bits": lambda data: zlib.crc32(_covered(data)) ^ 1 << 31,
    "BZIP2": lambda data: forward(_covered(data), ONES, ONES),
    "MPEG-2": lambda data: forward(_covered(data), ONES, 0),
    "POSIX": lambda data: forward(_covered(data), 0, ONES),
    "XFER": lambda data: forward(_covered(data), 0, 0),
    "Castagnoli": lambda data: reflected(0x82F63B78, _covered(data)),
    "Koopman": lambda data: reflected(0xEB31D82E, _covered(data)),
    "CRC-32D": lambda data: reflected(0xD419CC15, _covered(data)),
    "Adler": lambda data: zlib.adler32(_covered(data)),
    "Adler over all": zlib.adler32,
    "FNV": lambda data: _fnv(_covered(data)),
    "sum of bytes": lambda data: sum(_covered(data)) & ONES,
    "sum of words": lambda data: sum(_words(_covered(data))) & ONES,
    "exclusive or of words": lambda data: _exclusive_or(_covered(data)),
}
"""Wrong procedures by what is wrong with them; what they give goes into the header."""


def _shapes() -> dict[str, list[bytes]]:
    vendor = messages.VENDOR
    return {
        "bare": [],
        "one TLV": [frame(vendor, messages.opaque_value(20))],
        "extended": [frame(vendor, messages.opaque_value(9), is_extended=True)],
        "long": [frame(vendor, messages.opaque_value(300))],
        "many": [frame(vendor, messages.opaque_value(n % 40)) for n in range(60)],
        "large": [frame(vendor, messages.opaque_value(9000))],
    }


def wrong_procedures(registry: Registry) -> Iterator[Cell]:
    """Messages that are right under a wrong procedure, of every shape."""
    for shape, pieces in _shapes().items():
        for number, (name, procedure) in enumerate(PROCEDURES.items()):
            # Fields alone differ little in the zeros of a plain header: every byte is set.
            make = partial(_right_under, procedure, pieces, number)
            label = f"{shape}, right with {name}"
            yield Cell("CHK-VERIFY", label, decoding(make))
    declared = registry.with_layout
    if not declared:
        raise KitError("No type is declared.", "Wrong procedures are asked of one.")
    for number, (name, procedure) in enumerate(PROCEDURES.items()):
        line = declared[number % len(declared)]
        value = messages.encoded_value(line, boundaries.distinct(line.layout))  # type: ignore[arg-type]
        pieces = [frame(line.number, value)] * 2
        make = partial(_right_under, procedure, pieces, number, int(line.domain or 1))
        yield Cell("CHK-VERIFY", f"{line.name}, right with {name}", decoding(make))


def _right_under(procedure: Procedure, pieces: list[bytes], number: int, domain: int = 1) -> bytes:
    data = messages.wire(*pieces, relay_domain=domain, sequence=0x8877665544332211 + number)
    wrong = procedure(data)
    if wrong == checksum(data):
        # Over the header alone a bare message has the right sum: then it is moved by one.
        wrong ^= 1
    return with_checksum(data, wrong)


# Right if the checksum is a part of what it covers.


def including_itself(registry: Registry) -> Iterator[Cell]:
    """Messages whose checksum is that of the whole message with this very checksum in it."""
    for shape, pieces in _shapes().items():
        for domain in RelayDomain:
            label = f"{shape}, {domain.name}, right with its own checksum included"
            make = partial(_including_itself, pieces, int(domain))
            yield Cell("CHK-VERIFY", label, decoding(make))


def _including_itself(pieces: list[bytes], domain: int) -> bytes:
    for sequence in range(1000):
        data = messages.wire(*pieces, relay_domain=domain, sequence=sequence)
        own = fixed_point(lambda crc, data=data: zlib.crc32(with_checksum(data, crc)))  # type: ignore[misc]
        if own is not None and own != checksum(data):
            return with_checksum(data, own)
    raise KitError(
        f"No checksum of a message in domain {domain} is the sum over itself.",
        "Try more messages in cases/corners/forged_checksums.py.",
    )


def fixed_point(change: Callable[[int], int]) -> int | None:
    """A word of 32 bits that an affine function over GF(2) leaves as it is; None without one."""
    constant = change(0)
    rows: list[tuple[int, int]] = []
    for bit in range(32):
        column, made_of = change(1 << bit) ^ constant ^ 1 << bit, 1 << bit
        for pivot, bits in rows:
            if column ^ pivot < column:
                column, made_of = column ^ pivot, made_of ^ bits
        if column:
            rows = sorted([*rows, (column, made_of)], reverse=True)
    wanted, found = constant, 0
    for pivot, bits in rows:
        if wanted ^ pivot < wanted:
            wanted, found = wanted ^ pivot, found ^ bits
    return None if wanted else found


def encoded(registry: Registry) -> Iterator[Cell]:
    """Neutral messages whose right checksum is any number that a codec may take for a sign."""
    for target in (
        0,
        1,
        2,
        0x7F,
        0x80,
        0xFF,
        0xFFFF,
        0x10000,
        0x7FFFFFFF,
        0x80000000,
        ONES - 1,
        ONES,
    ):
        for domain in RelayDomain:
            make = partial(_forged, target, int(domain))
            label = f"checksum {target:#010x} in {domain.name}"
            yield Cell("CHK-VALUE", f"encode {label}", encoding(make))
            data = partial(lambda make: derived_codec.encode_message(make()), make)
            yield Cell("CHK-VALUE", f"decode {label}", decoding(data))


def _forged(target: int, domain: int) -> dict[str, Any]:
    return checksums.forged(target, relay_domain=domain)
