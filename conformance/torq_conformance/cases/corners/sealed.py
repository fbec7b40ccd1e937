"""Sealed: whatever is wrong with a buffer, its checksum is right over what is there.

Where the checksum is wrong as well, ChecksumMismatch is a right answer, and a codec that never
looks at sizes hides behind it. Sealed buffers have one fault alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from torq_conformance.cases import messages
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.corners.cells import Cell, decoding
from torq_conformance.cases.corners.subjects import few, right_values
from torq_conformance.cases.header import encoded
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import Registry

LARGE = (300, 5000, 70_000, 1_000_000)
"""Bytes of larger messages that are cut and lengthened in a few places."""

CUTS = (1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 255, 256, 257, 4095, 4096, 4097, 65_535, 65_536)
"""Bytes that are missing or too many."""

FAR = 3 * MESSAGE_SIZE_MAX
"""Bytes of a buffer that holds far more than a message can be."""


def _wholes(registry: Registry) -> dict[str, bytes]:
    """Messages of every shape: bare, of one TLV in both framings, of several."""
    carrying = carriers(registry)
    carrier = carrying.first
    one = "one empty TLV" if carrier.takes(0) else "one TLV"
    found = {
        "bare": messages.wire(),
        one: carrying.wire(carrier.frame()),
        "three TLVs": carrying.wire(*(carrier.frame(bytes([n]) * n) for n in (3, 0, 9))),
        "extended": carrying.wire(carrier.frame(b"abcdef", is_extended=True)),
    }
    for line in few(registry):
        for subject in right_values(line):
            header = messages.header(relay_domain=subject.domain)
            found[subject.label] = derived_codec.assemble(header, subject.data)
    return found


def cut(registry: Registry) -> Iterator[Cell]:
    """Messages cut after each byte of the first 400 and in some places behind; sealed."""
    for name, whole in _wholes(registry).items():
        sizes = [*range(HEADER_SIZE, min(len(whole), 400))]
        sizes += [len(whole) - by for by in CUTS if len(whole) - by >= 400]
        for size in dict.fromkeys(sizes):
            label = f"{name} cut to {size} of {len(whole)} bytes, sealed"
            yield Cell("MSG-TOO-SMALL", label, decoding(partial(_cut, whole, size)))
    for size in _large(registry):
        for by in CUTS:
            if by < size - HEADER_SIZE:
                label = f"{size} bytes less {by}, sealed"
                yield Cell("MSG-TOO-SMALL", label, decoding(partial(_cut_of, registry, size, by)))


def _large(registry: Registry) -> list[int]:
    """Sizes of larger messages, as near to those that are wanted as the types allow."""
    carrying = carriers(registry)
    return [HEADER_SIZE + carrying.payload_near(size - HEADER_SIZE) for size in LARGE]


def _cut(whole: bytes, size: int) -> bytes:
    return derived_codec.seal(whole[:size])


def _cut_of(registry: Registry, size: int, by: int) -> bytes:
    return derived_codec.seal(encoded(size, registry)[:-by])


def lengthened(registry: Registry) -> Iterator[Cell]:
    """Messages with bytes behind them that would frame well, or would not; sealed over all."""
    tlv = carriers(registry).first.frame()
    for name, whole in _wholes(registry).items():
        for count in (*range(1, 41), *(by for by in CUTS if by > 40)):
            for what, behind in (
                ("zeros", bytes(count)),
                ("TLVs", (tlv * count)[:count]),
            ):
                label = f"{name} with {count} bytes of {what} behind it, sealed"
                yield Cell("MSG-TRAILING", label, decoding(partial(_sealed, whole + behind)))
        for size in (MESSAGE_SIZE_MAX - 1, MESSAGE_SIZE_MAX, MESSAGE_SIZE_MAX + 1, FAR):
            label = f"{name} with zeros behind it up to {size} bytes, sealed"
            cell = decoding(partial(_filled_up, whole, size))
            yield Cell("MSG-TRAILING", label, cell)
        for second in ("itself", "a bare message"):
            other = whole if second == "itself" else messages.wire()
            label = f"{name} with {second} behind it, sealed"
            yield Cell("MSG-TRAILING", label, decoding(partial(_sealed, whole + other)))
    for size in _large(registry):
        for by in CUTS[:-6]:
            label = f"{size} bytes and {by} more, sealed"
            yield Cell("MSG-TRAILING", label, decoding(partial(_longer, registry, size, by)))


def _filled_up(whole: bytes, size: int) -> bytes:
    return derived_codec.seal(whole.ljust(size, b"\0"))


def _sealed(data: bytes) -> bytes:
    return derived_codec.seal(data)


def _longer(registry: Registry, size: int, by: int) -> bytes:
    return derived_codec.seal(encoded(size, registry) + bytes(by))


def sizes(registry: Registry) -> Iterator[Cell]:
    """Every other payload_size near the right one, and every bit of it flipped; sealed."""
    for name, whole in _wholes(registry).items():
        right = len(whole) - HEADER_SIZE
        near = {right + by for by in (*range(-40, 41), 256, -256, 65_536)}
        flipped = {right ^ 1 << bit for bit in range(32)}
        wrapped = {(1 << 32) - HEADER_SIZE + by for by in (-1, 0, 1, right)}
        for size in sorted(near | flipped | wrapped | {0}):
            if size != right and 0 <= size < 1 << 32:
                label = f"{name} of {right} bytes of payload says {size}, sealed"
                yield Cell("HDR-PAYLOAD-SIZE", label, decoding(partial(_saying, whole, size)))


def _saying(whole: bytes, size: int) -> bytes:
    return derived_codec.seal(whole[:24] + size.to_bytes(4, "little") + whole[28:])


def flipped(registry: Registry) -> Iterator[Cell]:
    """Every bit of every header byte flipped, of messages of every shape and domain; sealed."""
    for name, whole in _wholes(registry).items():
        for bit in range(8 * 28):
            label = f"{name}, byte {bit // 8} bit {bit % 8} flipped, sealed"
            yield Cell("HDR-LAYOUT", label, decoding(partial(_flipped, whole, bit)))
    for domain in RelayDomain:
        whole = messages.wire(relay_domain=int(domain))
        for one in range(8 * 8):
            other = (one * 37 + 11) % (8 * 28)
            label = f"{domain.name}, bits {one} and {other} flipped, sealed"
            yield Cell("ERR-ANY-OF-SEVERAL", label, decoding(partial(_flipped, whole, one, other)))


def _flipped(whole: bytes, *bits: int) -> bytes:
    data = bytearray(whole)
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
    return derived_codec.seal(bytes(data))
