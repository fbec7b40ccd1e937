"""What comes back from a worker process is an answer or garbage, and nothing else happens."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torq_conformance.implementations import worker_frames
from torq_conformance.implementations.no_answer import Garbage
from torq_conformance.implementations.outcomes import Accepted, Crashed, Outcome, OutOfProtocol
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.rejection import Rejected, Unsupported

leaves = st.integers() | st.binary() | st.text()
values = st.recursive(
    leaves, lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts), max_leaves=8
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | leaves,
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=8,
)
tags = st.sampled_from(["accepted", "rejected", "unsupported", "crashed", "out of protocol"])
outcomes = (
    st.builds(Accepted, values)
    | st.builds(Crashed, st.text(), st.text())
    | st.builds(OutOfProtocol, st.text())
)


def sent(answer: list[object], sequence: int = 7) -> object:
    frame = worker_frames.write_reply(sequence, answer)
    header, body = frame[: worker_frames.REPLY.size], frame[worker_frames.REPLY.size :]
    assert worker_frames.check_header(header, sequence) == len(body)
    return worker_frames.read_reply(body)


@given(outcomes)
def test_outcome_arrives_as_it_was(outcome: Outcome) -> None:
    assert worker_frames.outcome_of(sent(worker_frames.tagged(outcome))) == outcome


@given(st.text(), st.dictionaries(st.text(), st.integers() | st.text()))
def test_refusal_arrives_as_it_was(kind: str, context: dict[str, object]) -> None:
    refusal = Rejected(kind)
    refusal.context = context
    arrived = worker_frames.outcome_of(sent(worker_frames.tagged(refusal)))
    assert isinstance(arrived, Rejected)
    assert (arrived.kind, arrived.context) == (kind, context)


def test_unsupported_arrives_with_its_reason() -> None:
    arrived = worker_frames.outcome_of(sent(worker_frames.tagged(Unsupported("not yet"))))
    assert isinstance(arrived, Unsupported)
    assert arrived.args == ("not yet",)


@given(st.sampled_from(Operation), values)
def test_request_arrives_as_it_was(operation: Operation, argument: object) -> None:
    request = Request(operation, argument)
    assert worker_frames.read_asked(worker_frames.write_call(request)) == request
    requests = [request, request]
    assert worker_frames.read_asked(worker_frames.write_calls(requests)) == requests


@given(st.lists(tags | json_values, max_size=4) | json_values)
def test_any_json_is_an_outcome_or_garbage(answer: object) -> None:
    with suppress(Garbage):
        worker_frames.outcome_of(answer)


@given(st.binary() | st.text(alphabet='[]{}",:0-e\\u').map(str.encode))
def test_any_bytes_are_an_answer_or_garbage(body: bytes) -> None:
    with suppress(Garbage):
        worker_frames.read_reply(body)


@given(st.binary(min_size=worker_frames.REPLY.size))
def test_any_bytes_are_a_header_or_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        worker_frames.check_header(data, -1)


@pytest.mark.parametrize("depth", [1_000, 1_000_000])
@pytest.mark.parametrize("bracket", ["[", '{"":'])
def test_deep_nesting_is_garbage(bracket: str, depth: int) -> None:
    closing = "]" if bracket == "[" else "}"
    reply = f"{bracket * depth}0{closing * depth}".encode()
    # Newer Pythons read a thousand levels; no outcome looks like that either.
    with pytest.raises(Garbage):
        worker_frames.outcome_of(worker_frames.read_reply(reply))
