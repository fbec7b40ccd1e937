"""Corrupted messages in bulk: valid ones of a stream, changed by edits that a seed decides.

Message i of a type becomes one corrupted message, a pure function of (seed, type, index): it gets
neighbours or the other framing, then one to three of the named edits, mostly where structure lies,
and is mostly made good again in size and checksum.
"""

from __future__ import annotations

import random

from torq_conformance.cases import corruptions
from torq_conformance.model import derived_codec
from torq_specs.faults import frames
from torq_specs.header import HEADER_SIZE
from torq_specs.layout import Padding
from torq_specs.registry import REGISTRY, Registry, TlvType

STRUCTURAL = (b"\0", b"\x01", b"\xff", b"\xff\0", b"\x80", b"\xff" * 4)
"""Bytes to write that often mean something; two random ones are as likely as each of them."""

NEIGHBOUR_SLACK_MAX = 40
"""Bytes by which an opaque neighbour is larger than it must be, at most."""


def corrupted(
    seed: int, number: int, index: int, message: bytes, registry: Registry = REGISTRY
) -> bytes:
    """The corrupted form of message ``index`` of type ``number``; in rare cases still valid."""
    source = random.Random(f"{seed} {number} {index}")  # noqa: S311 - no secret
    return corrupt(source, _varied(source, message, registry), registry)


def corrupt(source: random.Random, message: bytes, registry: Registry = REGISTRY) -> bytes:
    """The message after one to three drawn edits and a drawn repair."""
    for _ in range(source.randint(1, corruptions.EDITS_MAX)):
        if message:
            edit = corruptions.EDITS[source.choice(sorted(corruptions.EDITS))]
            drawn = source.choice((*STRUCTURAL, source.randbytes(2)))
            message = edit(message, _place(source, message, registry), drawn)
    return source.choice(corruptions.REPAIRS)(message)


def _varied(source: random.Random, message: bytes, registry: Registry) -> bytes:
    """Valid too: extended one time in four, and with up to two other TLVs around its own."""
    (own,) = frames(message[HEADER_SIZE:])
    value = message[HEADER_SIZE + own.value_offset :]
    is_extended = own.is_extended or source.random() < 0.25
    assert own.number is not None
    parts = [derived_codec.frame(own.number, value, is_extended=is_extended)]
    riding = [line for line in registry.opaque if line.domain in {None, message[4]}]
    for _ in range(source.choice((0, 0, 1, 2))):
        # Where no opaque type is claimed, it stands beside itself.
        neighbour = _opaque(source, source.choice(riding)) if riding else parts[0]
        parts.insert(source.randrange(len(parts) + 1), neighbour)
    return corruptions.resized(message[:HEADER_SIZE] + b"".join(parts))


def _opaque(source: random.Random, line: TlvType) -> bytes:
    largest = min(line.size_max, line.size_min + NEIGHBOUR_SLACK_MAX)
    value = source.randbytes(source.randint(line.size_min, largest))
    is_extended = len(value) > 255 or source.random() < 0.25
    return derived_codec.frame(line.number, value, is_extended=is_extended)


def _place(source: random.Random, data: bytes, registry: Registry) -> int:
    """Where to change a message: header, TLV headers, padding and counts come up often."""
    places = [range(len(data)), range(min(HEADER_SIZE, len(data)))]
    some = list(frames(data[HEADER_SIZE:]))
    if some:
        frame = source.choice(some)
        start = HEADER_SIZE + frame.offset
        places += [range(start, start + frame.header_size)] * 2
        line = registry.get(frame.number or 0)
        if line is not None and line.layout is not None:
            leaves = line.layout.leaves
            padding = [leaf for leaf in leaves if isinstance(leaf.type, Padding)]
            counts = [leaf for leaf in leaves if leaf.is_count]
            for group in (padding, counts):
                leaf = source.choice(group or leaves)
                value = HEADER_SIZE + frame.value_offset
                places.append(range(value + leaf.offset, value + leaf.end))
    return min(source.choice(source.choice(places)), len(data) - 1)
