"""The 32-byte header: every field where it belongs, and every wrong one refused (section 2)."""

from __future__ import annotations

from collections.abc import Iterator

from torq_conformance.cases import header, messages
from torq_conformance.cases.case import Case, decode
from torq_conformance.suite.checks import enumerated
from torq_specs.enums import Source
from torq_specs.registry import Registry


@enumerated("HDR-LAYOUT")
def test_header_fields_lie_at_their_offsets(registry: Registry) -> Iterator[Case]:
    """Sequence, timestamp and flags at every edge, alone in a message."""
    yield from header.both_ways("HDR-LAYOUT", "every byte distinct", messages.message())
    yield from header.plain_fields("HDR-LAYOUT")


@enumerated("HDR-MAGIC")
def test_wrong_magic_is_refused(registry: Registry) -> Iterator[Case]:
    """Every wrong bit of the magic, with a checksum that is right for it."""
    yield from header.wrong_magic("HDR-MAGIC")


@enumerated("HDR-DOMAIN")
def test_relay_domains_are_1_to_4(registry: Registry) -> Iterator[Case]:
    """All 256 values both ways."""
    yield from header.every_value("HDR-DOMAIN", "relay_domain")
    yield from header.too_wide("HDR-DOMAIN", "relay_domain")


@enumerated("HDR-VERSION")
def test_version_is_1(registry: Registry) -> Iterator[Case]:
    """All 256 values both ways."""
    yield from header.every_value("HDR-VERSION", "version")
    yield from header.too_wide("HDR-VERSION", "version")


@enumerated("HDR-SOURCE")
def test_unlisted_sources_are_refused(registry: Registry) -> Iterator[Case]:
    """All 256 values both ways."""
    yield from header.every_value("HDR-SOURCE", "source")
    yield from header.too_wide("HDR-SOURCE", "source")


@enumerated("HDR-FLAGS")
def test_flags_are_carried_through(registry: Registry) -> Iterator[Case]:
    """All 256 values decoded, encoded, and decoded and encoded again."""
    yield from header.every_value("HDR-FLAGS", "flags")
    yield from header.repeated("HDR-FLAGS")


@enumerated("HDR-PAYLOAD-SIZE")
def test_payload_size_counts_the_bytes_behind_the_header(registry: Registry) -> Iterator[Case]:
    """Payloads of 0 to 200 bytes and around powers of two."""
    yield from header.payload_sizes("HDR-PAYLOAD-SIZE", registry)


@enumerated("HDR-EMPTY")
def test_a_header_alone_is_a_message(registry: Registry) -> Iterator[Case]:
    """A bare header of every source and domain."""
    for domain in (1, 2, 3, 4):
        for source in Source:
            message = messages.message(relay_domain=domain, source=int(source))
            label = f"relay_domain {domain}, {source.name}"
            yield from header.both_ways("HDR-EMPTY", label, message)


@enumerated("ERR-RANGE")
def test_header_numbers_that_do_not_fit_are_refused(registry: Registry) -> Iterator[Case]:
    """Minus one, and one more than the largest."""
    for name in ("flags", "sequence", "timestamp"):
        yield from header.too_wide("ERR-RANGE", name)


@enumerated("MSG-TOO-SMALL")
def test_short_buffers_are_refused(registry: Registry) -> Iterator[Case]:
    """Every length below 32, and less than the header promises."""
    yield from header.too_small("MSG-TOO-SMALL", registry)


@enumerated("MSG-TOO-LARGE")
def test_the_limit_is_1_mib(registry: Registry) -> Iterator[Case]:
    """At the limit, one above, and sizes that wrap when 32 is added in 32 bits."""
    yield from header.too_large("MSG-TOO-LARGE", registry)


@enumerated("MSG-TRAILING")
def test_bytes_behind_the_message_are_refused(registry: Registry) -> Iterator[Case]:
    """One byte, a TLV, a second message; filled up as slots and records are."""
    yield from header.trailing("MSG-TRAILING", registry)
    yield from header.filled_up("MSG-TRAILING", registry)


@enumerated("ERR-ANY-OF-SEVERAL")
def test_several_wrong_header_fields(registry: Registry) -> Iterator[Case]:
    """Pairs of wrong header fields: any one of the two faults is a right answer."""
    wrong = (("magic", 1), ("relay_domain", 9), ("version", 9), ("source", 9), ("payload_size", 9))
    for first in wrong:
        for second in wrong:
            if first[0] < second[0]:
                data = header.field_bytes(*second, header.field_bytes(*first))
                label = f"{first[0]} and {second[0]}"
                yield decode("ERR-ANY-OF-SEVERAL", label, data)
                yield decode("ERR-ANY-OF-SEVERAL", f"{label}, bad checksum", data[:-1] + b"\x55")


@enumerated("ERR-NO-CRASH")
def test_every_bit_of_the_header(registry: Registry) -> Iterator[Case]:
    """Each bit alone wrong, under the old checksum and under one that is right for it."""
    yield from header.flips("ERR-NO-CRASH", registry)
