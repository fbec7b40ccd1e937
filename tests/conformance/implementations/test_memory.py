"""Buffers lie where a placement says, and each misuse of memory is attributed to its rule."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torq_conformance.cases import checksums, placements
from torq_conformance.cases.bundle import request_from_json, request_to_json
from torq_conformance.cases.case import Case
from torq_conformance.errors import KitError
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.memory import CANARY, Memory
from torq_conformance.implementations.outcomes import Crashed, OutOfProtocol
from torq_conformance.implementations.protocol import (
    Operation,
    Placement,
    Request,
    Surroundings,
)
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.judging.judge import Judge
from torq_conformance.mutants import memory
from torq_conformance.mutants.memory import address_of
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.reference import Reference
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of
from torq_specs.registry import REGISTRY

Start = Callable[..., WorkerAdapter]
PLAIN = Request(Operation.DECODE, checksums.PLAIN)
KEEPS_ALIGNMENT = [Surroundings.CANARIES, Surroundings.READ_ONLY, Surroundings.GIVEN_BACK]


class ReadsAround:
    """Reads the byte behind, in front of or in its input, or writes there, as the input says."""

    name, version, capabilities = "reads around", "1", frozenset({"decode", "buffers"})

    def decode(self, data: bytes) -> dict[str, Any]:
        """Do what the first byte says and answer with what was read."""
        address = address_of(data)
        match bytes(data[:1]):
            case b">":
                return {"read": ctypes.string_at(address + len(data), 1)}
            case b"<":
                return {"read": ctypes.string_at(address - 1, 1)}
            case b"w":
                ctypes.memset(address + len(data), 0, 1)
            case b"i":
                ctypes.memset(address, 0, 1)
        return {"read": bytes(data)}


@given(st.integers(0, 20_000), st.sampled_from(KEEPS_ALIGNMENT), st.integers(0, 63))
def test_a_buffer_lies_as_its_placement_says(
    size: int, surroundings: Surroundings, alignment: int
) -> None:
    placed = Memory(size, Placement(surroundings, alignment))
    assert len(placed.view) == size
    assert address_of(placed.view) % 64 == alignment
    assert placed.view.tobytes() == bytes([CANARY]) * size
    assert placed.changed_around() == ""


@given(st.integers(1, 9000), st.integers(0, 64))
def test_unmapped_pages_are_where_they_should_be(size: int, slack: int) -> None:
    behind = Memory(size, Placement(Surroundings.UNMAPPED_BEHIND, slack=slack))
    assert (address_of(behind.view) + size + slack) % 4096 == 0
    in_front = Memory(size, Placement(Surroundings.UNMAPPED_IN_FRONT, slack=slack))
    assert (address_of(in_front.view) - slack) % 4096 == 0


@pytest.mark.parametrize("at", [-1, -64, 100, 163])
def test_a_changed_canary_is_reported(at: int) -> None:
    placed = Memory(100, Placement(Surroundings.CANARIES))
    ctypes.memset(address_of(placed.view) + at, 0, 1)
    where = "in front of the beginning" if at < 0 else "behind the end"
    assert placed.changed_around() == f"byte {-at if at < 0 else at - 99} {where}"


ENDS = "died of signal 11 (SIGSEGV)"


@pytest.mark.parametrize(
    ("data", "surroundings", "reported"),
    [
        (b">", Surroundings.UNMAPPED_BEHIND, ENDS),
        (b"<", Surroundings.UNMAPPED_IN_FRONT, ENDS),
        (b"i", Surroundings.READ_ONLY, ENDS),
        (b"i", Surroundings.CANARIES, "decode changed byte 0 of its input from 0x69 to 0x00"),
        (b"w", Surroundings.CANARIES, "decode wrote outside of its input: byte 1 behind the end"),
    ],
)
def test_what_touches_other_memory_is_reported(
    worker: Start, data: bytes, surroundings: Surroundings, reported: str
) -> None:
    adapter = worker(f"{__name__}:ReadsAround")
    outcome = adapter.call(Request(Operation.DECODE, data, Placement(surroundings)))
    assert isinstance(outcome, Crashed | OutOfProtocol)
    assert (outcome.how if isinstance(outcome, Crashed) else outcome.why) == reported


@pytest.mark.once
@pytest.mark.parametrize("mutant", mutants_in(memory), ids=lambda mutant: mutant.id)
def test_every_fault_of_memory_is_attributed_to_its_requirement(mutant: type[Mutant]) -> None:
    requirement = mutant.requirements[0]
    adapter = WorkerAdapter(f"python:{mutant.__module__}:{mutant.__name__}", deadline=30.0)
    judge = Judge(adapter)
    failures: list[dict[str, Any]] = []
    for test in suite_tests():
        if test.names(requirement) and not test.is_generated and not failures:
            judge.start(test.name, 0)
            judge.judge_all(cases_of(test.source, judge.registry, test.lines(REGISTRY)[0]))
            failures = judge.record.failures
    adapter.close()
    assert {failure["requirement"] for failure in failures} == {requirement}


@pytest.mark.parametrize(
    ("mutant", "reach"), [("OneByteBehind", "1 byte"), ("WholeWords", "6 bytes")]
)
def test_a_failure_says_how_far_beyond_its_buffer_it_reaches(mutant: str, reach: str) -> None:
    adapter = WorkerAdapter(f"python:{memory.__name__}:{mutant}", deadline=30.0)
    judge = Judge(adapter)
    judge.judge_all(list(placements.inputs("MEM-READ", REGISTRY, REGISTRY[1]))[:1])
    adapter.close()
    (failure,) = judge.record.failures
    assert failure["problem"] == (
        "right in ordinary memory, but where the input ends at an unmapped page: "
        f"crashed: died of signal 11 (SIGSEGV); it reaches {reach} beyond the buffer"
    )


class FlagsLost(Reference):
    """Wrong in any memory."""

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        message["header"]["flags"] = 0
        return message


def judged(implementation: Any, cases: list[Case]) -> Judge:
    judge = Judge(InProcessAdapter(implementation, "x"))
    judge.judge_all(cases)
    return judge


ONE = list(placements.inputs("MEM-READ", REGISTRY, REGISTRY[1]))[:1]


def test_what_is_wrong_in_any_memory_is_not_attributed_to_it() -> None:
    (failure,) = judged(FlagsLost(), ONE).record.failures
    assert failure["requirement"] == "HDR-FLAGS"


def test_buffers_unclaimed_are_not_judged() -> None:
    class Unclaimed(Reference):
        capabilities = Reference.capabilities - {"buffers"}

    record = judged(Unclaimed(), ONE).record
    assert (record.judged, record.not_claimed, record.unclaimed) == (0, 1, ["MEM-READ"])


def test_a_decoder_claims_buffers_without_encode_into() -> None:
    assert judged(ReadsAround(), []).capabilities == {"decode", "buffers"}


def test_an_encoder_that_claims_buffers_has_encode_into() -> None:
    class Encoder:
        name, version, capabilities = "x", "1", frozenset({"encode", "buffers"})

        def encode(self, message: object) -> bytes:
            raise NotImplementedError

    with pytest.raises(KitError, match="has no method `encode_into`"):
        InProcessAdapter(Encoder(), "x")


@pytest.mark.parametrize("surroundings", Surroundings)
def test_a_placement_is_kept_for_a_replay(surroundings: Surroundings) -> None:
    request = Request(PLAIN.operation, PLAIN.argument, Placement(surroundings, 3, 1, 9))
    assert request_from_json(request_to_json(request, REGISTRY), REGISTRY) == request
