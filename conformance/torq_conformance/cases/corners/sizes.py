"""Sizes of opaque values: every power of two within the bounds of every type, and one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

from torq_conformance.cases import messages
from torq_conformance.cases.carriers import carriers, carriers_beside
from torq_conformance.cases.corners.cells import Cell, decoding, encoding, repeating
from torq_conformance.model import derived_codec
from torq_conformance.model.derived_codec import frame
from torq_specs.registry import EXTENDED_SIZE_MAX, STANDARD_SIZE_MAX, Registry, TlvType


def powers_of_two(registry: Registry) -> Iterator[Cell]:
    """Every power of two and its neighbours within the bounds of every opaque type.

    Decoded in both framings and encoded; of vendors' types, which hold any size, the first has all
    and the others one power each in turn.
    """
    plain = [line for line in registry.opaque if line.size_rule == "*"]
    for line in registry.opaque:
        sizes = _edge_sizes(line)
        if line in plain[1:]:
            at = plain.index(line)
            sizes = sizes[at % len(sizes) :: max(len(plain) // 3, 1)]
        for size in sizes:
            yield from _opaque_of(registry, line, size)


def _edge_sizes(line: TlvType) -> list[int]:
    powers = {(1 << power) + by for power in range(17) for by in (-1, 0, 1)}
    round_ones = {10, 50, 99, 100, 101, 200, 300, 500, 999, 1000, 1001, 1500, 2000, 10_000}
    inside = {line.size_min, line.size_min + 1, line.size_max - 1, line.size_max}
    return sorted(n for n in powers | inside | round_ones if line.size_min <= n <= line.size_max)


def _opaque_of(registry: Registry, line: TlvType, size: int) -> Iterator[Cell]:
    label = f"{line.name} of {size} bytes"
    make = partial(_opaque_message, line, size)
    yield Cell("REG-OPAQUE", f"encode {label}", encoding(make))
    framed = partial(_opaque_framed, registry, line, size, is_extended=False)
    yield Cell("REG-OPAQUE", f"decode {label}", decoding(framed))
    if size <= STANDARD_SIZE_MAX:
        framed = partial(_opaque_framed, registry, line, size, is_extended=True)
        yield Cell("REG-OPAQUE", f"repeat extended {label}", repeating(framed))


def _opaque_message(line: TlvType, size: int) -> dict[str, Any]:
    tlv = {"type": line.number, "value": messages.opaque_value(size, start=size)}
    return {"header": messages.header_for(line), "tlvs": [tlv, tlv]}


def _opaque_framed(registry: Registry, line: TlvType, size: int, *, is_extended: bool) -> bytes:
    value = messages.opaque_value(size, start=size)
    return carried(registry, line, value, is_extended=is_extended)


def carried(registry: Registry, line: TlvType, value: bytes, *, is_extended: bool) -> bytes:
    """A message with a value of an opaque type, shortest or extended, and one more TLV."""
    tlv = frame(line.number, value, is_extended=True if is_extended else None)
    behind = carriers_beside(line, registry).first.frame(b"after")
    return derived_codec.assemble(messages.header_for(line), tlv + behind)


def every_size(registry: Registry) -> Iterator[Cell]:
    """Every size of opaque types that have several, up to 64 above the least; some above."""
    for line in registry.opaque:
        if line.size_min == line.size_max or line.size_rule == "*":
            continue
        steps = {*range(line.size_min, min(line.size_max, line.size_min + 64) + 1)}
        steps |= {*range(line.size_min, line.size_max + 1, 37)}
        for size in sorted(steps):
            framed = partial(_opaque_framed, registry, line, size, is_extended=size % 2 == 0)
            yield Cell("REG-OPAQUE", f"repeat {line.name} of {size} bytes", repeating(framed))
    free = [carrier.line for carrier in carriers(registry).all[:1] if carrier.is_free]
    for line, size in product(free, range(EXTENDED_SIZE_MAX - 40, EXTENDED_SIZE_MAX + 1)):
        framed = partial(_opaque_framed, registry, line, size, is_extended=True)
        yield Cell("REG-OPAQUE", f"repeat {line.name} of {size} bytes", repeating(framed))
