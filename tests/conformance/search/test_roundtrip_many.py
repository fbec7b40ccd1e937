"""Many round trips in one call give bytes or nothing, whatever the implementation does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torq_conformance.implementations import worker_frames
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.no_answer import Garbage
from torq_conformance.implementations.outcomes import Accepted, Outcome
from torq_conformance.implementations.protocol import BulkAdapter, Operation, Request
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.rejection import Rejected
from torq_conformance.search.messages import Messages
from torq_specs.registry import REGISTRY

TRADES = [row.tobytes() for row in next(Messages(REGISTRY.named("Trade"), 1).batches(0, 50))]
BROKEN = TRADES[0][:-1]
PLANTED = "python:tests.conformance.search.planted:"

outcomes = st.lists(
    st.none()
    | st.builds(Accepted, st.binary(max_size=20))
    | st.builds(Rejected, st.text(max_size=5), offset=st.integers())
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=5
)


def sent(answer: list[object]) -> object:
    frame = worker_frames.write_reply(1, answer)
    return worker_frames.read_reply(frame[worker_frames.REPLY.size :])


@given(outcomes)
def test_messages_arrive_as_they_were(some: list[Outcome | None]) -> None:
    assert repr(worker_frames.many_of(sent(worker_frames.many(some)), len(some))) == repr(some)
    with pytest.raises(Garbage):
        worker_frames.many_of(sent(worker_frames.many(some)), len(some) + 1)


@given(st.tuples(st.just("many"), st.lists(json_values), json_values).map(list) | json_values)
def test_any_json_is_messages_or_garbage(answer: object) -> None:
    with suppress(Garbage):
        assert len(worker_frames.many_of(answer, 2)) == 2


@given(st.lists(st.binary(), min_size=1))
def test_question_about_many_arrives_as_it_was(messages: list[bytes]) -> None:
    asked = worker_frames.read_asked(worker_frames.write_many(messages))
    assert asked == worker_frames.Many(tuple(messages))


@pytest.fixture(params=["in process", "worker"])
def adapter(request: pytest.FixtureRequest) -> Iterator[BulkAdapter]:
    one: BulkAdapter
    if request.param == "worker":
        one = WorkerAdapter("reference", deadline=20)
    else:
        one = InProcessAdapter(Reference(), "reference")
    yield one
    one.close()


def test_valid_messages_come_back(adapter: BulkAdapter) -> None:
    assert isinstance(adapter, BulkAdapter)
    assert adapter.roundtrip_many(TRADES) == TRADES
    assert adapter.roundtrip_many([]) == []


def test_refusals_are_nothing(adapter: BulkAdapter) -> None:
    assert adapter.roundtrip_many([TRADES[0], BROKEN, TRADES[1]]) == [TRADES[0], None, TRADES[1]]


@pytest.mark.parametrize(
    "answer", [None, [], [b""] * 3, 7, "ab", [bytearray(TRADES[0]), None]], ids=repr
)
def test_answers_out_of_protocol_are_nothing(answer: object) -> None:
    class Odd(Reference):
        def roundtrip_many(self, messages: Sequence[bytes]) -> object:  # type: ignore[override]
            return answer

    assert InProcessAdapter(Odd(), "odd").roundtrip_many(TRADES[:2]) == [None, None]


def test_implementation_without_roundtrip_many_is_asked_one_by_one() -> None:
    adapter = WorkerAdapter(f"{PLANTED}OneByOne", deadline=20)
    zero = derived_codec.assemble(
        {"relay_domain": 1, "version": 1, "source": 1}, derived_codec.frame(1, bytes(40))
    )
    assert adapter.roundtrip_many([zero, BROKEN]) == [zero, None]
    adapter.close()


def test_worker_that_ends_gives_nothing_and_the_next_call_is_answered() -> None:
    adapter = WorkerAdapter(f"{PLANTED}Exits", deadline=20)
    assert adapter.roundtrip_many(TRADES) == [None] * len(TRADES)
    right = derived_codec.assemble(
        {"relay_domain": 1, "version": 1, "source": 1}, derived_codec.frame(1, bytes(40))
    )
    assert adapter.roundtrip_many([right]) == [right]
    outcome = adapter.call(Request(Operation.ROUNDTRIP, right))
    assert getattr(outcome, "value", None) == right
    adapter.close()
    assert adapter.roundtrip_many([right]) == [None]
