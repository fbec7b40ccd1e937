"""The drawn stream: question i is a pure function of seed, index and registry, and all is drawn."""

from __future__ import annotations

import pytest

from tests.conformance import vendor_types
from torq_conformance.cases.stream.classes import dimensions, of_question
from torq_conformance.cases.stream.plan import BLOCKS, calls, way_of
from torq_conformance.cases.stream.questions import BLOCK_COUNT, Question, Stream
from torq_conformance.cases.stream.space import Space
from torq_conformance.errors import KitError
from torq_conformance.implementations.protocol import QUESTIONS, Capability, Operation, Request, Way
from torq_conformance.judging.expectations import Accept, expect
from torq_specs.registry import REGISTRY, Registry

COUNT = 400


@pytest.fixture(scope="module")
def drawn() -> list[Question]:
    stream = Stream(5, REGISTRY)
    return [stream.question(index) for index in range(COUNT)]


def test_a_question_depends_on_nothing_that_was_drawn_before(drawn: list[Question]) -> None:
    other = Stream(5, REGISTRY)
    other.question(7 * BLOCK_COUNT)
    for index in reversed(range(0, COUNT, 9)):
        assert other.question(index) == drawn[index]


def test_another_seed_draws_other_questions(drawn: list[Question]) -> None:
    other = Stream(6, REGISTRY)
    same = [other.question(one.index).request == one.request for one in drawn[:50]]
    assert sum(same) < 5


def test_what_a_maker_says_is_right_is_what_the_specification_says(drawn: list[Question]) -> None:
    known = [one for one in drawn if one.message is not None]
    assert len(known) > COUNT // 4
    for one in known:
        right = expect(one.request)
        value = one.message if one.request.operation is Operation.DECODE else one.canonical
        assert right == Accept(value), one.index


def test_every_operation_is_drawn_right_and_wrong(drawn: list[Question]) -> None:
    operations = {one.request.operation for one in drawn}
    assert operations == QUESTIONS
    kinds = {type(expect(one.request)) for one in drawn}
    assert len(kinds) == 3


def test_every_class_of_a_question_has_a_dimension(drawn: list[Question]) -> None:
    known = {f"{one.name}: {name}" for one in dimensions(REGISTRY) for name in one.classes}
    for one in drawn:
        assert {*one.met, *of_question(one)} <= known


def test_types_of_vendors_are_drawn_with_their_layouts() -> None:
    registry = REGISTRY.with_vendor_types(vendor_types.TLVS)
    stream = Stream(1, registry)
    questions = [stream.question(index) for index in range(600)]
    met = {name for one in questions for name in one.met}
    for line in vendor_types.TLVS:
        assert f"type: {line.name}" in met
    for one in questions:
        if one.canonical is not None and one.request.operation is Operation.ENCODE:
            assert expect(one.request, registry) == Accept(one.canonical)


def test_a_registry_in_which_a_domain_is_empty_is_refused_by_name() -> None:
    with pytest.raises(KitError, match="No type may ride in Signal"):
        Space.of(Registry([REGISTRY[1]]))


def test_a_block_asks_what_was_planned_and_some_questions_again() -> None:
    asked = [*calls(Stream(2, REGISTRY), 3, Way.ROW)]
    assert len(asked) == BLOCK_COUNT
    again = len(asked) - len({id(call.question) for call in asked})
    assert again > BLOCK_COUNT // 20
    assert {call.before for call in asked} > {"itself", "itself, and others"}


def test_the_ways_of_asking_are_those_that_are_claimed() -> None:
    everything = {way_of(block, frozenset(Capability)) for block in range(BLOCKS["standard"])}
    assert everything == {*Way}
    decoder = {way_of(block, {Capability.DECODE}) for block in range(BLOCKS["standard"])}
    assert decoder == {Way.ROW, Way.ALONE, Way.BATCH}


def test_bulk_blocks_ask_for_round_trips() -> None:
    operations = {call.request.operation for call in calls(Stream(2, REGISTRY), 1, Way.BULK)}
    assert Operation.ROUNDTRIP in operations
    assert Operation.DECODE not in operations


def test_buffers_are_placed_for_what_is_small() -> None:
    requests: list[Request] = [call.request for call in calls(Stream(2, REGISTRY), 3, Way.PLACED)]
    placed = [one for one in requests if one.placement is not None]
    assert len(placed) > BLOCK_COUNT // 3
    assert {one.operation for one in placed} == {Operation.DECODE, Operation.ENCODE}
