"""Every fault of a message value that is to be encoded.

Section 6: "Encoders refuse what no decoder would take, with the same kinds: a domain, version,
source, TLV type, size or domain mismatch that is not legal, a message over the limit."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torq_conformance.reference import header
from torq_conformance.reference.framing import measure_frame
from torq_conformance.reference.layout_faults import find_value_faults
from torq_conformance.reference.registry import VALUE_SIZE_MAX
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torq_conformance.reference.registry import Registry


def find_message_faults(message: Mapping[str, Any], registry: Registry) -> Iterator[Rejected]:
    """Yield the faults of a message: of its header, of its TLVs in order, of its size.

    The offset of a TLV is where it would have stood when no TLV before it has a fault, else 0.
    The size is judged when the size of every TLV can be told.
    """
    yield from _find_header_faults(message["header"])
    relay_domain = message["header"]["relay_domain"]
    message_size: int | None = header.HEADER_SIZE
    offset: int | None = 0
    for tlv in message["tlvs"]:
        size = _measure_tlv(tlv, registry)
        faults = list(_find_tlv_faults(tlv, relay_domain, offset or 0, registry))
        yield from faults
        offset = None if offset is None or size is None or faults else offset + size
        message_size = None if message_size is None or size is None else message_size + size
    if message_size is not None and message_size > header.MESSAGE_SIZE_MAX:
        yield Rejected("MessageTooLarge", size=message_size, limit=header.MESSAGE_SIZE_MAX)


def _find_header_faults(fields: Mapping[str, int]) -> Iterator[Rejected]:
    if fields["relay_domain"] not in header.RELAY_DOMAINS:
        yield Rejected("InvalidRelayDomain", relay_domain=fields["relay_domain"])
    if fields["version"] not in header.VERSIONS:
        yield Rejected("UnsupportedVersion", version=fields["version"])
    if fields["source"] not in header.SOURCES:
        yield Rejected("UnknownSource", source=fields["source"])
    for name, maximum in header.FREE_FIELDS.items():
        value = fields[name]
        if not 0 <= value <= maximum:
            yield Rejected("ValueOutOfRange", field=name, value=value, minimum=0, maximum=maximum)


def _find_tlv_faults(
    tlv: Mapping[str, Any], relay_domain: int, offset: int, registry: Registry
) -> Iterator[Rejected]:
    tlv_type = registry.get(tlv["type"])
    if tlv_type is None:
        yield Rejected("InvalidTLVType", tlv_type=tlv["type"], offset=offset)
        return
    yield from tlv_type.find_domain_faults(relay_domain, offset)
    value = tlv["value"]
    if tlv_type.layout is not None:
        yield from find_value_faults(tlv_type.layout.fields, value)
        return
    # Section 3: "65,535 at most, else PayloadTooLarge".
    if len(value) > VALUE_SIZE_MAX:
        yield Rejected(
            "PayloadTooLarge", tlv_type=tlv["type"], size=len(value), limit=VALUE_SIZE_MAX
        )
    yield from tlv_type.find_size_faults(len(value), offset)


def _measure_tlv(tlv: Mapping[str, Any], registry: Registry) -> int | None:
    """Return the bytes of a TLV on the wire, None when it cannot be framed at all."""
    tlv_type = registry.get(tlv["type"])
    if tlv_type is None:
        return None
    length = len(tlv["value"]) if tlv_type.layout is None else tlv_type.size_max
    return measure_frame(length) if length <= VALUE_SIZE_MAX else None
