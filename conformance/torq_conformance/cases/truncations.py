"""Cases about messages that end too early, at every byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torq_conformance.cases.case import Case, decode
from torq_conformance.model import derived_codec
from torq_specs.header import HEADER_SIZE
from torq_specs.registry import Registry, TlvType


def every_prefix(
    requirement: str, line: TlvType, registry: Registry, message: Any
) -> Iterator[Case]:
    """A valid message cut after each of its bytes, left as it is; some of them sealed again."""
    data = derived_codec.encode_message(message, registry)
    for size in range(len(data)):
        yield decode(requirement, f"{line.name} cut to {size} of {len(data)} bytes", data[:size])
    for size in sorted({HEADER_SIZE, HEADER_SIZE + 1, len(data) // 2, len(data) - 1}):
        if HEADER_SIZE <= size < len(data):
            label = f"{line.name} cut to {size} of {len(data)} bytes, sealed"
            yield decode(requirement, label, derived_codec.seal(data[:size]))


def every_payload_prefix(
    requirement: str, line: TlvType, registry: Registry, message: Any
) -> Iterator[Case]:
    """The payload cut after each of its bytes and sealed again: only the TLV is cut."""
    data = derived_codec.encode_message(message, registry)
    payload = data[32:]
    for size in range(1, len(payload)):
        cut = derived_codec.assemble(message["header"], payload[:size])
        label = f"{line.name} payload cut to {size} of {len(payload)} bytes, sealed"
        yield decode(requirement, label, cut)
