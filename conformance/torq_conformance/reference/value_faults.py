"""Every fault of a message value that is to be encoded.

Section 6: "Encoders refuse what no decoder would take, with the same kinds: a domain, version,
source, TLV type, size or domain mismatch that is not legal, a message over the limit."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torq_conformance.reference import header
from torq_conformance.reference.framing import measure_frame
from torq_conformance.reference.layout_faults import find_value_faults
from torq_conformance.reference.registry import VALUE_SIZE_MAX, find_domain_faults
from torq_conformance.rejection import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torq_conformance.reference.registry import Registry, TlvType


TYPE_MAX = 2**8 - 1
"""What the type byte of a TLV can hold."""


def find_message_faults(message: Mapping[str, Any], registry: Registry) -> Iterator[Rejected]:
    """Yield the faults of a message: of its header, of its TLVs in order, of its size.

    The offset of a TLV is where it stands when the TLVs before it are written as they are, each
    with the bytes it has, whatever is wrong with them; the size of the message counts likewise.
    """
    yield from _find_header_faults(message["header"])
    relay_domain = message["header"]["relay_domain"]
    offset = 0
    for tlv in message["tlvs"]:
        tlv_type = registry.get(tlv["type"])
        length = _measure_value(tlv, tlv_type)
        yield from _find_tlv_faults(tlv, tlv_type, length, relay_domain, offset)
        offset += measure_frame(length)
    message_size = header.HEADER_SIZE + offset
    if message_size > header.MESSAGE_SIZE_MAX:
        yield Rejected("MessageTooLarge", size=message_size, limit=header.MESSAGE_SIZE_MAX)


def _find_header_faults(fields: Mapping[str, int]) -> Iterator[Rejected]:
    if fields["relay_domain"] not in header.RELAY_DOMAINS:
        yield Rejected("InvalidRelayDomain", relay_domain=fields["relay_domain"])
    if fields["version"] not in header.VERSIONS:
        yield Rejected("UnsupportedVersion", version=fields["version"])
    if fields["source"] not in header.SOURCES:
        yield Rejected("UnknownSource", source=fields["source"])
    # Section 6, ValueOutOfRange: "an integer its type cannot hold"; 300 is no domain and no u8.
    for name, maximum in header.FIELD_MAXIMA.items():
        yield from _find_range_faults(name, fields[name], maximum)


def _find_tlv_faults(
    tlv: Mapping[str, Any], tlv_type: TlvType | None, length: int, relay_domain: int, offset: int
) -> Iterator[Rejected]:
    if tlv_type is None:
        yield Rejected("InvalidTLVType", tlv_type=tlv["type"], offset=offset)
        yield from _find_range_faults("type", tlv["type"], TYPE_MAX)
    yield from find_domain_faults(tlv["type"], relay_domain, offset)
    # Section 3: "65,535 at most, else PayloadTooLarge".
    if length > VALUE_SIZE_MAX:
        yield Rejected("PayloadTooLarge", tlv_type=tlv["type"], size=length, limit=VALUE_SIZE_MAX)
    if tlv_type is not None and tlv_type.layout is not None:
        yield from find_value_faults(tlv_type.layout.fields, tlv["value"])
    elif tlv_type is not None:
        yield from tlv_type.find_size_faults(length, offset)


def _find_range_faults(field: str, value: int, maximum: int) -> Iterator[Rejected]:
    if not 0 <= value <= maximum:
        yield Rejected("ValueOutOfRange", field=field, value=value, minimum=0, maximum=maximum)


def _measure_value(tlv: Mapping[str, Any], tlv_type: TlvType | None) -> int:
    """Return the bytes of a value on the wire."""
    if tlv_type is not None and tlv_type.layout is not None:
        return tlv_type.size_max
    return len(tlv["value"])
