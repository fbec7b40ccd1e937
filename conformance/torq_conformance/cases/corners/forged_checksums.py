"""Checksums on their way: prefixes after which the running CRC is 0 or all ones.

Four bytes of CRC-32 can be solved for, so a message can be made in which the sum so far is any
number after the header or after a TLV. A codec that takes 0 for "none yet" starts anew there. And
a message can be right under any wrong procedure, that which includes the checksum itself as well.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial

from torq_conformance.cases import checksums, messages
from torq_conformance.cases.carriers import Carrier, Carriers, carriers, carriers_in
from torq_conformance.cases.checksums import ONES, before_four, forging_bytes, with_checksum
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.cases.corners.wrong_procedures import shapes
from torq_conformance.errors import KitError
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.registry import STANDARD_SIZE_MAX, Registry
from torq_specs.wire import checksum

TARGETS = {"0": 0, "all ones": ONES, "1": 1}
"""What the running sum is to be, as zlib gives it; its register is the inverse."""

COUNTS = (1, 2, 3, 5, 17, 40)
"""TLVs of a message in which the running sum is forged."""

SIZES = (4, 30, STANDARD_SIZE_MAX + 1)
"""Bytes of value of each of them."""

PAYLOADS = (0, 2, 9, 300, 5000)
"""Bytes of payload behind a header in which it is forged."""


def running(registry: Registry) -> Iterator[Cell]:
    """Running sums of 0, 1 and all ones after the header and after each TLV; right and wrong."""
    carrying = carriers(registry)
    sizes = dict.fromkeys(len(carrying.first.encoded(bytes(size))) for size in SIZES)
    can_forge = all(carrying.first.forgeable_at(size) is not None for size in (*sizes, 11))
    for name, target in TARGETS.items():
        for domain in RelayDomain:
            for field in ("sequence", "timestamp"):
                what = f"running sum {name} after the header, by {field}, {domain.name}"
                riding = carriers_in(int(domain), registry)
                some = map(riding.payload_near, PAYLOADS) if riding.all else (0,)
                for size in dict.fromkeys(some):
                    make = partial(_after_header, riding, target, field, int(domain), size)
                    yield from _right_and_wrong(f"{what}, {size} bytes of payload", make)
        for count in COUNTS if can_forge else ():
            for at in sorted({0, 1, count // 2, count - 1}):
                if at < count:
                    for size in sizes:
                        make = partial(_after_tlv, carrying, target, count, frozenset({at}), size)
                        what = f"running sum {name} after TLV {at} of {count}, {size} bytes each"
                        yield from _right_and_wrong(what, make)
            make = partial(_after_tlv, carrying, target, count, frozenset(range(count)), 11)
            what = f"running sum {name} after each of {count} TLVs"
            yield from _right_and_wrong(what, make)


def _after_header(riding: Carriers, target: int, field: str, domain: int, size: int) -> bytes:
    """A message whose header is forged in the last four bytes of a field, or its low half."""
    payload = riding.framed_payload(size)
    header = messages.header(relay_domain=domain)
    data = derived_codec.assemble(header, payload)
    end = HEADER_LAYOUT.field(field).end
    # From the end of the header back to the end of the field, four bytes at a time.
    wanted = target
    for start in range(24, end - 4, -4):
        wanted = before_four(wanted, data[start : start + 4])
    forged = forging_bytes(zlib.crc32(data[: end - 4]), wanted)
    return derived_codec.seal(data[: end - 4] + forged + data[end:])


def _after_tlv(
    carrying: Carriers, target: int, count: int, places: frozenset[int], size: int
) -> bytes:
    """A message with some TLVs in whose last bytes that may be any four are forged."""
    carrier = carrying.first
    header = messages.header(sequence=count, relay_domain=carrying.domains[0])
    pieces = [_piece(carrier, index, size) for index in range(count)]
    so_far = derived_codec.assemble(header, b"".join(pieces))[:28]
    payload = b""
    for index, piece in enumerate(pieces):
        back = carrier.forgeable_at(size) if index in places else None
        payload += piece if back is None else _forged_in(piece, back, so_far + payload, target)
    return derived_codec.assemble(header, payload)


def _forged_in(piece: bytes, back: int, before: bytes, target: int) -> bytes:
    """A TLV after which the running sum is the target: four bytes of it are solved for."""
    wanted, at = target, len(piece) - back
    for start in range(len(piece) - 4, at, -4):
        wanted = before_four(wanted, piece[start : start + 4])
    forged = forging_bytes(zlib.crc32(before + piece[:at]), wanted)
    return piece[:at] + forged + piece[at + 4 :]


def _piece(carrier: Carrier, index: int, size: int) -> bytes:
    return carrier.frame(messages.opaque_value(size, start=index))


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


# Right if the checksum is a part of what it covers.


def including_itself(registry: Registry) -> Iterator[Cell]:
    """Messages whose checksum is that of the whole message with this very checksum in it."""
    riding = {domain: shapes(carriers_in(int(domain), registry)) for domain in RelayDomain}
    names = dict.fromkeys(name for some in riding.values() for name in some)
    for shape in names:
        for domain in RelayDomain:
            pieces = riding[domain].get(shape)
            if pieces is None:
                continue
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
        for domain in map(RelayDomain, carriers(registry).domains):
            make = partial(checksums.forged, target, registry, relay_domain=int(domain))
            label = f"checksum {target:#010x} in {domain.name}"
            yield Cell("CHK-VALUE", f"encode {label}", encoding(make))
            data = partial(_encoded, registry, target, int(domain))
            yield Cell("CHK-VALUE", f"decode {label}", decoding(data))


def _encoded(registry: Registry, target: int, domain: int) -> bytes:
    message = checksums.forged(target, registry, relay_domain=domain)
    return derived_codec.encode_message(message, registry)
