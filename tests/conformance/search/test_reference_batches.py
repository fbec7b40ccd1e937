"""The reference in batches refuses exactly what it refuses one by one."""

from __future__ import annotations

import random

import pytest

from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference, batches
from torq_conformance.rejection import Rejected
from torq_conformance.search.messages import Messages
from torq_specs.registry import REGISTRY, TlvType

REFERENCE = Reference()
some_of_each = pytest.mark.parametrize("line", REGISTRY.with_layout, ids=lambda line: line.name)


def made(line: TlvType, count: int) -> list[bytes]:
    return [row.tobytes() for batch in Messages(line, 11).batches(0, count) for row in batch]


def alone(data: bytes) -> bytes | str:
    try:
        return REFERENCE.encode(REFERENCE.decode(data))
    except Rejected as refusal:
        return str(refusal)


@some_of_each
def test_valid_messages_come_back(line: TlvType) -> None:
    messages = made(line, 100)
    assert batches.roundtrip(messages, REFERENCE.registry) == messages
    assert [alone(data) for data in messages] == messages


@some_of_each
def test_one_wrong_byte_among_right_messages_is_judged_as_alone(line: TlvType) -> None:
    source, messages = random.Random(line.number), made(line, 5)
    size = len(messages[0])
    places = range(size) if size < 400 else [*range(80), *source.sample(range(80, size), 150)]
    for at in places:
        wrong = bytearray(messages[2])
        wrong[at] ^= 1 << source.randrange(8)
        for data in (bytes(wrong), derived_codec.seal(bytes(wrong))):
            batch = [*messages[:2], data, *messages[3:]]
            answers = REFERENCE.roundtrip_many(batch)
            reported = [str(one) if isinstance(one, Rejected) else one for one in answers]
            assert reported == [alone(one) for one in batch], at
            # Whatever is refused alone is never read in a batch.
            if isinstance(alone(data), str):
                assert batches.roundtrip(batch, REFERENCE.registry) is None


def test_other_shapes_are_read_one_by_one() -> None:
    trade, quote = (made(REGISTRY.named(name), 3) for name in ("Trade", "Quote"))
    opaque = derived_codec.assemble(
        {"relay_domain": 4, "version": 1, "source": 1}, derived_codec.frame(100, bytes(16))
    )
    extended = derived_codec.assemble(
        {"relay_domain": 1, "version": 1, "source": 1},
        derived_codec.frame(1, trade[0][34:], is_extended=True),
    )
    empty = derived_codec.assemble({"relay_domain": 1, "version": 1, "source": 1}, b"")
    for batch in ([], trade + quote, [opaque], [extended], [empty], [b""], [b"\xff" * 33]):
        assert batches.roundtrip(batch, REFERENCE.registry) is None
        answers = REFERENCE.roundtrip_many(batch)
        assert [str(a) if isinstance(a, Rejected) else a for a in answers] == list(
            map(alone, batch)
        )


def test_subclass_that_decodes_otherwise_is_seen() -> None:
    class Wrong(Reference):
        def decode(self, data: bytes) -> dict[str, object]:
            raise Rejected("ParseError")

    (answer,) = Wrong().roundtrip_many(made(REGISTRY.named("Trade"), 1))
    assert isinstance(answer, Rejected)
