"""Messages to judge with: the plainest ones that carry what a case is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases import boundaries
from torq_conformance.model import derived_codec
from torq_specs.enums import RelayDomain
from torq_specs.registry import REGISTRY, Registry, TlvType

HEADER = {
    "relay_domain": 1,
    "version": 1,
    "source": 1,
    "flags": 0xA5,
    "sequence": 0x8877665544332211,
    "timestamp": 0x17979CFE362A0001,
}
"""A header in which every byte of the two large numbers differs."""

OPAQUE = bytes(index % 251 + 1 for index in range(251))
"""What opaque values repeat."""


def header(**changes: int) -> dict[str, int]:
    """A header with some fields changed."""
    return {**HEADER, **changes}


def header_for(line: TlvType) -> dict[str, int]:
    """A header in whose domain the type may ride."""
    return header(relay_domain=int(line.domain or RelayDomain.MarketData))


def message(*tlvs: tuple[int, Any], **changes: int) -> dict[str, Any]:
    """A neutral message of (type, value) pairs."""
    return {
        "header": header(**changes),
        "tlvs": [{"type": number, "value": value} for number, value in tlvs],
    }


def message_of(line: TlvType, value: Any) -> dict[str, Any]:
    """A neutral message that carries one TLV in a domain where it may ride."""
    return {"header": header_for(line), "tlvs": [{"type": line.number, "value": value}]}


def wire(*tlvs: bytes, **changes: int) -> bytes:
    """A sealed message around framed TLVs, right or wrong ones."""
    return derived_codec.assemble(header(**changes), b"".join(tlvs))


def wire_of(line: TlvType, value: bytes) -> bytes:
    """A sealed message around one TLV, right or wrong, in a domain where its type may ride."""
    return derived_codec.assemble(header_for(line), derived_codec.frame(line.number, value))


def opaque_value(size: int, *, start: int = 1) -> bytes:
    """``size`` bytes that do not repeat within 251."""
    begin = start % len(OPAQUE)
    return (OPAQUE * (size // len(OPAQUE) + 2))[begin : begin + size]


def representatives(registry: Registry = REGISTRY) -> Iterator[tuple[TlvType, dict[str, Any]]]:
    """One plain valid message of every type."""
    for line in registry:
        yield line, message_of(line, representative_value(line))


def representative_value(line: TlvType) -> Any:
    """A plain valid value of a type."""
    if line.layout is not None:
        return boundaries.distinct(line.layout)
    return opaque_value(max(line.size_min, min(line.size_max, 9)))


def encoded_value(line: TlvType, value: Any) -> bytes:
    """The bytes of a value of a type."""
    return value if line.layout is None else derived_codec.encode_value(line.layout, value)
