"""The checksum: what it covers, how it is calculated, that it is verified (section 2)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import checksums
from torq_conformance.cases.carriers import carriers
from torq_conformance.cases.case import Case, decode
from torq_conformance.suite.checks import enumerated
from torq_specs.registry import Registry


@enumerated("CHK-VALUE")
def test_right_checksums_are_written_and_taken(registry: Registry) -> Iterator[Case]:
    """Checksums of 0, with the top bit set, and over payloads of many lengths."""
    yield from checksums.right("CHK-VALUE", registry)


@enumerated("CHK-VERIFY")
def test_wrong_checksums_are_refused(registry: Registry) -> Iterator[Case]:
    """Checksums that faulty codecs compute, and every single wrong bit."""
    yield from checksums.wrong("CHK-VERIFY", registry)
    yield from checksums.wrong_elsewhere("CHK-VERIFY", registry)
    yield from checksums.wrong_at_every_length("CHK-VERIFY", registry)
    yield from checksums.wrong_in_every_message("CHK-VERIFY", registry)


@enumerated("CHK-VERIFY")
def test_every_bit_of_a_message_is_covered(registry: Registry) -> Iterator[Case]:
    """Every bit of header and payload flipped; the checksum shows each."""
    yield from checksums.flips("CHK-VERIFY", registry)


@enumerated("CHK-VERIFY")
def test_a_wrong_checksum_over_broken_tlvs(registry: Registry) -> Iterator[Case]:
    """The checksum is wrong and so is the framing: the count of whole TLVs is by lengths alone."""
    yield from checksums.wrong_over_many("CHK-VERIFY", registry)
    carrying = carriers(registry)
    one = carrying.first.frame
    for count in range(4):
        for label, tail in (
            ("nothing", b""),
            ("half a TLV", one(b"ab   ")[:4]),
            ("half a header", one(b"a", is_extended=True)[:3]),
            ("type 0", b"\0\0"),
            ("a reserved byte", one(b"a", is_extended=True, reserved=1)),
        ):
            data = carrying.wire(one(b"ab") * count, tail)
            wrong = checksums.with_checksum(data, 0x01020304)
            yield decode("CHK-VERIFY", f"{count} TLVs and {label}", wrong)
