"""Every type cut at every byte: an error, always, and never a crash (sections 2, 3 and 6)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import messages, truncations
from torq_conformance.cases.case import Case
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry, TlvType


@enumerated("MSG-TOO-SMALL", each="type")
def test_every_prefix_of_a_message_is_refused(registry: Registry, line: TlvType) -> Iterator[Case]:
    """A message of each type, cut after each byte."""
    message = messages.message_of(line, messages.representative_value(line))
    yield from truncations.every_prefix("MSG-TOO-SMALL", line, registry, message)


@enumerated("TLV-TRUNCATED", each="type")
def test_every_prefix_of_a_payload_is_refused(registry: Registry, line: TlvType) -> Iterator[Case]:
    """A payload of each type, cut after each byte, in a message that is otherwise right."""
    message = messages.message_of(line, messages.representative_value(line))
    yield from truncations.every_payload_prefix("TLV-TRUNCATED", line, registry, message)
