"""How TLVs are framed: standard, extended, cut, out of place (sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import framing
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, Sequence, decode, encode
from torq_conformance.cases.messages import opaque_value
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry, TlvType


@enumerated("TLV-SHORTEST", "TLV-STANDARD", "TLV-EXTENDED")
def test_the_shortest_framing_is_written(registry: Registry) -> Iterator[Case]:
    """Values of 0 to 65,535 bytes: standard up to 255, extended above, however they came."""
    yield from framing.lengths("TLV-SHORTEST", registry)


@enumerated("TLV-STANDARD", "TLV-EXTENDED")
def test_both_framings_lay_their_bytes_as_declared(registry: Registry) -> Iterator[Case]:
    """One plain TLV in each framing, encoded and decoded."""
    carrying = carriers(registry)
    carrier = carrying.second
    for requirement, size in (("TLV-STANDARD", 9), ("TLV-EXTENDED", 0x0102)):
        if carrier.takes(size):
            value = opaque_value(size)
            yield encode(requirement, f"encode {size}", carrying.message(carrier.tlv(value)))
            yield decode(requirement, f"decode {size}", carrying.wire(carrier.frame(value)))


@enumerated("TLV-ANY-EXTENDED")
def test_the_extended_framing_is_taken_for_any_length(registry: Registry) -> Iterator[Case]:
    """Extended with every length that would fit the standard framing, and with every type."""
    yield from framing.extended("TLV-ANY-EXTENDED", registry)


@enumerated("TLV-RESERVED")
def test_a_reserved_byte_other_than_0_is_refused(registry: Registry) -> Iterator[Case]:
    """All 255 of them, and one in every type."""
    yield from framing.reserved("TLV-RESERVED", registry)


@enumerated("TLV-TYPE")
def test_unregistered_types_are_refused(registry: Registry) -> Iterator[Case]:
    """All 256 numbers, in both framings."""
    yield from framing.types("TLV-TYPE", registry)


@enumerated("TLV-TYPE", each="unclaimed")
def test_unclaimed_types_are_refused_or_carried(
    registry: Registry, line: TlvType
) -> Iterator[Sequence]:
    """A type that is not claimed, in both framings and between others: always the same."""
    yield from framing.unclaimed("TLV-TYPE", registry, line)


@enumerated("TLV-DOMAIN")
def test_types_ride_in_their_own_domain(registry: Registry) -> Iterator[Case]:
    """Every type in every domain."""
    yield from framing.domains("TLV-DOMAIN", registry)


@enumerated("TLV-VENDOR")
def test_vendor_types_ride_anywhere(registry: Registry) -> Iterator[Case]:
    """All 55 of them in all four domains."""
    yield from framing.vendor("TLV-VENDOR", registry)


@enumerated("TLV-ORDER")
def test_order_and_duplicates_are_kept(registry: Registry) -> Iterator[Case]:
    """All permutations of four TLVs, and the same one again and again."""
    yield from framing.order("TLV-ORDER", registry)


@enumerated("TLV-ORDER")
def test_declared_and_opaque_types_keep_their_order(registry: Registry) -> Iterator[Case]:
    """Every declared type several times in a message, and between opaque ones."""
    yield from framing.mixed("TLV-ORDER", registry)


@enumerated("TLV-ZERO-LENGTH")
def test_empty_tlvs_are_legal(registry: Registry) -> Iterator[Case]:
    """One to 65,537 of them."""
    yield from framing.zero_lengths("TLV-ZERO-LENGTH", registry)


@enumerated("TLV-PAYLOAD-TOO-LARGE")
def test_values_above_65535_bytes_are_refused(registry: Registry) -> Iterator[Case]:
    """One more byte than fits, and sizes whose low 16 bits look small."""
    yield from framing.too_large("TLV-PAYLOAD-TOO-LARGE", registry)


@enumerated("TLV-TRUNCATED")
def test_cut_tlvs_are_refused(registry: Registry) -> Iterator[Case]:
    """Every cut of the first, second and third TLV in both framings."""
    yield from framing.truncated("TLV-TRUNCATED", registry)


@enumerated("ERR-ANY-OF-SEVERAL")
def test_several_faults_in_one_payload(registry: Registry) -> Iterator[Case]:
    """All pairs of framing faults, with a right and a wrong checksum."""
    yield from framing.several("ERR-ANY-OF-SEVERAL", registry)
