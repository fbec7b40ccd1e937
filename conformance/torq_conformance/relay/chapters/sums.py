"""RLY-CHECKSUM: wrong checksums of many kinds, in messages of every size and with every field."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torq_conformance.relay import messages
from torq_conformance.relay.actions import Schedule, burst, connect, send
from torq_specs.faults import HEADER_LAYOUT
from torq_specs.relay_rules import RelayDomainRule
from torq_specs.wire import checksum

Wrong = Callable[[bytes], int]
"""What stands in place of a message's right checksum."""

SIZES = (32, 33, 64, 100, 256, 1024, 4096, 4097, 8192, 12_000, 16_384, 24_000, 32_768)
FLAGS = (*(1 << bit for bit in range(8)), 0xFF)
OTHER = checksum(messages.message(1, 999))
FIELDS = {
    "version": (0, 2, 127, 128, 255),
    "source": (0, 2, 20, 40, 100, 128, 255),
}
SEQUENCES = (0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 63, (1 << 64) - 1)


def _without(field: str) -> Wrong:
    """The checksum of the message with one field zeroed."""
    place = HEADER_LAYOUT.field(field)

    def wrong(data: bytes) -> int:
        return checksum(data[: place.offset] + bytes(place.size) + data[place.end :])

    return wrong


WRONG: dict[str, Wrong] = {
    "0": lambda _: 0,
    "all ones": lambda _: 0xFFFFFFFF,
    "with its lowest bit flipped": lambda data: checksum(data) ^ 1,
    "with its highest bit flipped": lambda data: checksum(data) ^ 0x80000000,
    "with its bytes in the other order": lambda data: int.from_bytes(
        checksum(data).to_bytes(4, "little"), "big"
    ),
    "cut to 16 bits": lambda data: checksum(data) & 0xFFFF,
    "of another message": lambda _: OTHER,
    "with the flags zeroed": _without("flags"),
    "with the sequence zeroed": _without("sequence"),
    "with the version zeroed": _without("version"),
    "with the source zeroed": _without("source"),
    "of its first 4,096 bytes": lambda data: checksum(data[:4096]),
}


def wrong(rule: RelayDomainRule) -> Iterator[Schedule]:
    """Every kind of wrong sum with every size, each flag, and the edges of what the header has."""
    domain = int(rule.domain)
    own = messages.message(domain, 1_000_000)
    sizes = [size for size in (*SIZES, rule.size_max - 2) if size < rule.size_max - 1]
    for name, crc in WRONG.items():
        for what, right in _groups(domain, sizes).items():
            data = [_with(one, crc) for one in right]
            steps = [burst("a", one) for one in data if one not in right]
            if steps:
                yield Schedule(
                    "RLY-CHECKSUM",
                    f"a checksum {name}: {what}",
                    (*connect("a", "b"), *steps, send("a", own)),
                )
    flagged = [
        messages.with_checksum(messages.message(domain, at, size, flags=flags), 0)
        for size in sizes
        for at, flags in enumerate(FLAGS)
    ]
    steps = [burst("a", one) for one in flagged]
    label = "a checksum 0: every size with each flag"
    yield Schedule("RLY-CHECKSUM", label, (*connect("a", "b"), *steps, send("a", own)))


def _with(data: bytes, wrong: Wrong) -> bytes:
    return messages.with_checksum(data, wrong(data) & 0xFFFFFFFF)


def _groups(domain: int, sizes: list[int]) -> dict[str, list[bytes]]:
    """Right messages that differ in one thing."""
    groups = {"sizes": [messages.message(domain, 10 + at, n) for at, n in enumerate(sizes)]}
    groups["flags"] = [messages.message(domain, 50 + flags, flags=flags) for flags in FLAGS]
    for field, values in FIELDS.items():
        groups[field] = [
            messages.message(domain, 400 + at, **{field: value})  # type: ignore[arg-type]
            for at, value in enumerate(values)
        ]
    groups["sequences"] = [messages.message(domain, sequence, 90) for sequence in SEQUENCES]
    return groups
