"""Wrong procedures for the checksum, and messages of every shape that are right under one."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from torq_conformance.cases import boundaries, messages
from torq_conformance.cases.carriers import Carriers, carriers
from torq_conformance.cases.checksums import ONES, with_checksum
from torq_conformance.cases.corners.cells import Cell, decoding, insist
from torq_conformance.model.derived_codec import frame
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.registry import Registry
from torq_specs.wire import checksum

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


def shapes(carrying: Carriers) -> dict[str, list[bytes]]:
    """Framed TLVs of messages by what is special about them; bare alone without carriers."""
    if not carrying.all:
        return {"bare": []}
    carrier = carrying.first
    return {
        "bare": [],
        "one TLV": [carrier.frame(messages.opaque_value(20))],
        "extended": [carrier.frame(messages.opaque_value(9), is_extended=True)],
        "long": carrying.frames(300),
        "many": [carrier.frame(messages.opaque_value(n % 40)) for n in range(60)],
        "large": carrying.frames(9000),
    }


def wrong_procedures(registry: Registry) -> Iterator[Cell]:
    """Messages that are right under a wrong procedure, of every shape."""
    carrying = carriers(registry)
    for shape, pieces in shapes(carrying).items():
        for number, (name, procedure) in enumerate(PROCEDURES.items()):
            # Fields alone differ little in the zeros of a plain header: every byte is set.
            make = partial(_right_under, procedure, pieces, number, carrying.domains[0])
            label = f"{shape}, right with {name}"
            yield Cell("CHK-VERIFY", label, decoding(make))
    declared = registry.with_layout
    if not declared:
        insist(registry, "No type is declared.", "Wrong procedures are asked of one.")
        return
    for number, (name, procedure) in enumerate(PROCEDURES.items()):
        line = declared[number % len(declared)]
        value = messages.encoded_value(line, boundaries.distinct(line.layout))  # type: ignore[arg-type]
        pieces = [frame(line.number, value)] * 2
        make = partial(_right_under, procedure, pieces, number, int(line.domain or 1))
        yield Cell("CHK-VERIFY", f"{line.name}, right with {name}", decoding(make))


def _right_under(procedure: Procedure, pieces: list[bytes], number: int, domain: int) -> bytes:
    data = messages.wire(*pieces, relay_domain=domain, sequence=0x8877665544332211 + number)
    wrong = procedure(data)
    if wrong == checksum(data):
        # Over the header alone a bare message has the right sum: then it is moved by one.
        wrong ^= 1
    return with_checksum(data, wrong)
