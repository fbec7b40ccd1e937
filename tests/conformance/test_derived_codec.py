"""Three codecs write and read the same bytes: derived from Layout, Construct, and the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from torq_conformance.cases import boundaries, messages, strategies
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_specs.faults import diagnose
from torq_specs.message import Message
from torq_specs.registry import REGISTRY, TlvType

DECLARED = REGISTRY.with_layout
REFERENCE = Reference()
BOOK_STEP = 4
"""Construct reads and writes every n-th book: it does 500 full ones a second."""

SHARDS = 8
"""Parts of the bulk, so that they spread over cores."""

ours = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def assert_agreement(message: dict[str, Any], *, with_construct: bool = True) -> None:
    """All codecs write the same bytes for a valid message and read it from them."""
    data = derived_codec.encode_message(message)
    assert REFERENCE.encode(message) == data
    assert derived_codec.decode_message(data) == message
    assert REFERENCE.decode(data) == message
    if with_construct:
        assert Message.build(message) == data
        assert Message.parse(data) == message


@pytest.mark.parametrize("line", DECLARED, ids=lambda line: line.name)
def test_codecs_agree_on_every_enumerated_boundary(line: TlvType) -> None:
    assert line.layout is not None
    step = BOOK_STEP if line.layout.size > 1000 else 1
    count = 0
    for count, (label, value) in enumerate(boundaries.values(line.layout), start=1):
        message = messages.message_of(line, value)
        try:
            assert_agreement(message, with_construct=count % step == 0)
        except Rejected as refusal:
            pytest.fail(f"{label}: the reference refuses it: {refusal}")
    assert count > 100


def test_codecs_agree_on_the_plainest_message_of_every_type() -> None:
    for _, message in messages.representatives():
        assert_agreement(message)


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 257, 65_534, 65_535])
def test_codecs_agree_where_the_framing_changes(size: int) -> None:
    assert_agreement(messages.message((200, messages.opaque_value(size)), (201, b"next")))


@ours
@given(strategies.whole_messages(REGISTRY))
def test_codecs_agree_on_drawn_messages(message: dict[str, Any]) -> None:
    assert_agreement(message)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_codecs_agree_on_the_bulk(
    draw_messages: Callable[[int, int], Iterator[dict[str, Any]]], agreement_count: int, shard: int
) -> None:
    drawn = 0
    for message in draw_messages(1000 + shard, agreement_count // SHARDS):
        assert_agreement(message)
        drawn += 1
    assert drawn == agreement_count // SHARDS


@pytest.mark.parametrize("shard", range(SHARDS))
def test_reference_and_construct_take_and_read_the_same_corrupted_messages(
    draw_corruptions: Callable[[int, int], Iterator[bytes]], corruption_count: int, shard: int
) -> None:
    for data in draw_corruptions(1000 + shard, corruption_count // SHARDS // 2):
        expected = None if diagnose(data) else Message.parse(data)
        try:
            found: Any = REFERENCE.decode(data)
        except Rejected:
            found = None
        assert found == expected, data.hex()
        if found is not None:
            assert derived_codec.decode_message(data) == found


class OneByOne(Reference):
    """The reference without its batches: a subclass is asked for every message."""


def answers(reference: Reference, messages_: list[bytes]) -> list[str]:
    """Bytes in hex, or the refusal with its context."""
    found = reference.roundtrip_many(messages_)
    return [str(one) if isinstance(one, Rejected) else one.hex() for one in found]


@pytest.mark.parametrize("line", DECLARED, ids=lambda line: line.name)
def test_reference_answers_a_batch_as_it_answers_one_by_one(line: TlvType) -> None:
    assert line.layout is not None
    values = [value for _, value in boundaries.values(line.layout)][:: 1 + line.layout.size // 500]
    right = [derived_codec.encode_message(messages.message_of(line, value)) for value in values]
    assert answers(REFERENCE, right) == [data.hex() for data in right]
    # One wrong byte in one of them, sealed again or not: only that one is refused or changed.
    size = len(right[0])
    for at in (*range(40), *range(40, size, 1 + size // 40), size - 1):
        wrong = bytearray(right[at % len(right)])
        wrong[at] ^= 0x81
        data = derived_codec.seal(bytes(wrong)) if at % 3 else bytes(wrong)
        some = [*right[:2], data, *right[2:4]]
        assert answers(REFERENCE, some) == answers(OneByOne(), some), at
