"""Many round trips in one call: refusals among good ones, all lengths mixed, answers in order.

A bulk way has its own loop, buffers and lengths. What is right of each message is what is right of
it alone; only the context of refusals has no room there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from torq_conformance.cases import boundaries, checksums, messages
from torq_conformance.cases.carriers import Carriers, carriers
from torq_conformance.cases.case import Sequence
from torq_conformance.cases.corners import rows
from torq_conformance.cases.corners.cells import Cell
from torq_conformance.cases.corners.subjects import vectors
from torq_conformance.cases.header import encoded, field_bytes
from torq_conformance.implementations.protocol import Operation, Request, Way
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import encode_value, frame
from torq_specs.header import HEADER_SIZE, MESSAGE_SIZE_MAX
from torq_specs.registry import EXTENDED_SIZE_MAX, Registry, TlvType

STATE = "STATE-INDEPENDENT"


@dataclass(frozen=True, slots=True)
class WayCell(Cell):
    """A cell whose row is asked in a way of its own."""

    way: Way = Way.BULK

    def case(self) -> Sequence:
        """The row, made."""
        asked = self.make()
        requests = asked if isinstance(asked, tuple) else (asked,)
        return Sequence(self.requirement, self.label, requests, way=self.way)


def _bulk(label: str, make: Any) -> WayCell:
    return WayCell(STATE, f"many round trips: {label}", make)


def _repeats(some: list[bytes]) -> tuple[Request, ...]:
    return tuple(Request(Operation.ROUNDTRIP, data) for data in some)


def _good(carrying: Carriers, number: int, size: int) -> bytes:
    some = carrying.frames(size, start=number % 251)
    return carrying.wire(*some, sequence=number, flags=number % 256)


def refused(registry: Registry) -> dict[str, bytes]:
    """One message of every kind that is refused and that the types of a registry can have."""
    plain, carrying = checksums.plain(registry), carriers(registry)
    number, a = carrying.first.number, carrying.first.encoded(b"a")
    return {
        "no bytes": b"",
        "20 bytes": plain[:20],
        "a cut message": plain[:-1],
        "bytes behind it": plain + b"x",
        "a wrong magic": field_bytes("magic", 1),
        "an unknown version": field_bytes("version", 9),
        "an unknown source": field_bytes("source", 99),
        "an unknown domain": field_bytes("relay_domain", 9),
        "a wrong checksum": checksums.with_checksum(plain, 1),
        "too much promised": field_bytes("payload_size", MESSAGE_SIZE_MAX),
        "type 0": messages.wire(b"\0\0"),
        "a reserved byte": carrying.wire(frame(number, a, is_extended=True, reserved=1)),
        "a cut TLV": carrying.wire(bytes([number, 9]) + b"ab"),
        **dict(_refused_types(registry)),
    }


def _refused_types(registry: Registry) -> Iterator[tuple[str, bytes]]:
    """Faults of types, each of the first type that can have it."""
    for line in [line for line in registry if line.size_min][:1]:
        yield "a wrong size", messages.wire_of(line, bytes(line.size_min - 1))
    domain = carriers(registry).domains[0]
    others = [line for line in registry if line.domain not in {None, domain}]
    for line in others[:1]:
        data = frame(line.number, bytes(line.size_min))
        yield "another domain", messages.wire(data, relay_domain=domain)
    for line in [line for line in registry if len(vectors(line)) == 1][:1]:
        ((_, offset, vector),) = vectors(line)
        count = (vector.capacity + 1).to_bytes(2, "little")
        value = bytes(offset) + count + bytes(line.size_min - offset - 2)
        yield "a count too large", messages.wire_of(line, value)


PLACES = {"first": 0, "second": 1, "middle": 20, "last": 39}
"""Where among 40 messages one stands."""


def many(registry: Registry) -> Iterator[Cell]:
    """Every kind of refusal at every place, and every mixture of lengths."""
    carrying, every = carriers(registry), refused(registry)
    for name, bad in every.items():
        for place, at in PLACES.items():
            make = partial(_one_bad, carrying, bad, at, is_mixed=at % 2 == 0)
            yield _bulk(f"{name}, {place} of 40", make)
        yield _bulk(f"{name}, every second of 40", partial(_every_second, carrying, bad))
        yield _bulk(f"{name}, alone", partial(_repeats, [bad]))
    yield _bulk("every refusal in turn", partial(_repeats, [*every.values()] * 3))
    yield _bulk("every refusal, a good one behind each", partial(_turns, carrying, every))
    yield from _lengths(registry)


def _one_bad(carrying: Carriers, bad: bytes, at: int, *, is_mixed: bool) -> tuple[Request, ...]:
    some = [_good(carrying, n, n * 13 % 90 if is_mixed else 30) for n in range(40)]
    some[at] = bad
    return _repeats(some)


def _every_second(carrying: Carriers, bad: bytes) -> tuple[Request, ...]:
    return _repeats([bad if n % 2 else _good(carrying, n, 10 + n) for n in range(40)])


def _turns(carrying: Carriers, every: dict[str, bytes]) -> tuple[Request, ...]:
    some = enumerate(every.values())
    return _repeats([data for n, bad in some for data in (bad, _good(carrying, n, n))])


ORDERS: dict[str, Callable[[int], int]] = {
    "rising": lambda n: n,
    "falling": lambda n: 200 - n,
    "mixed": lambda n: n * 89 % 300,
    "of two kinds": lambda n: 300 if n % 2 else 3,
    "alike": lambda _: 40,
    "long behind short": lambda n: 2000 if n == 100 else 1,
    "short behind long": lambda n: 1 if n == 100 else 500,
}
"""Lengths of 200 messages in a row."""


def _lengths(registry: Registry) -> Iterator[Cell]:
    carrying = carriers(registry)
    for name, length in ORDERS.items():
        yield _bulk(f"lengths {name}", partial(_of_lengths, carrying, length))
    plain = checksums.plain(registry)
    yield _bulk("one message 100 times", partial(_repeats, [plain] * 100))
    two = [_good(carrying, number, 9) for number in (1, 2)]
    yield _bulk("two messages in turn", partial(_repeats, two * 50))
    for sizes in ((65_535, 65_536, 65_537), (70_000, 40, 300_000), (40, MESSAGE_SIZE_MAX, 40)):
        label = f"messages of {', '.join(f'{size:,}' for size in sizes)} bytes"
        yield _bulk(label, partial(_of_sizes, registry, sizes, 0))
        yield _bulk(
            f"{label}, one byte of the largest wrong", partial(_of_sizes, registry, sizes, 1)
        )
    yield _bulk("messages that come back shorter", partial(_shorter, carrying))
    for line in registry.with_layout:
        assert line.layout is not None
        layout, header = line.layout, messages.header_for(line)
        values = [boundaries.distinct(layout, shift=n) for n in range(20)]
        framed = [frame(line.number, encode_value(layout, value)) for value in values]
        some = [derived_codec.assemble(header, b"".join(framed[: n % 3 + 1])) for n in range(20)]
        wrong = [
            checksums.with_checksum(data, 1) if n == 7 else data for n, data in enumerate(some)
        ]
        yield _bulk(f"20 of {line.name}, one to three each", partial(_repeats, some))
        yield _bulk(f"every boundary of {line.name}", partial(_boundaries, line))
        yield _bulk(f"20 of {line.name}, the eighth wrong", partial(_repeats, wrong))


def _boundaries(line: TlvType) -> tuple[Request, ...]:
    """One message a boundary value: what goes through a common column widens or narrows there."""
    assert line.layout is not None
    found = boundaries.values(line.layout)
    return _repeats([messages.wire_of(line, encode_value(line.layout, v)) for _, v in found])


def _of_lengths(carrying: Carriers, length: Callable[[int], int]) -> tuple[Request, ...]:
    return _repeats([_good(carrying, n, length(n)) for n in range(200)])


def _of_sizes(registry: Registry, sizes: tuple[int, ...], flipped: int) -> tuple[Request, ...]:
    some = [encoded(max(size, HEADER_SIZE + 8), registry) for size in sizes]
    largest = max(some, key=len)
    if flipped:
        some = [data[:-1] + b"\xee" if data is largest else data for data in some]
    return _repeats(some)


def _shorter(carrying: Carriers) -> tuple[Request, ...]:
    some = []
    for n in range(60):
        size = (n * 5, 0, 255, 256, EXTENDED_SIZE_MAX)[n % 5]
        value = messages.opaque_value(size, start=n)
        tlv = carrying.first.frame(value, is_extended=True)
        some.append(carrying.wire(tlv, sequence=n))
    return _repeats(some)


def batches(registry: Registry) -> Iterator[Cell]:
    """Questions of every kind as one batch, in several orders."""
    everything = [r for r in rows.kinds(registry) if r.operation in rows.CODEC]
    count = len(everything)
    for step in (1, 5, 7, 11, 13):
        make = partial(_turned, everything, step)
        yield WayCell(STATE, f"a batch of {count} kinds, every {step}.", make, Way.BATCH)


def _turned(everything: list[Request], step: int) -> tuple[Request, ...]:
    return tuple(everything[n * step % len(everything)] for n in range(len(everything)))
