"""Blocks of the drawn stream: faults are found, cut down and attributed; right ones stay green."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import sound
from tests.conformance.stream import drawn_faults
from torq_conformance.cases.bundle import bundle_of, case_of
from torq_conformance.cases.case import Sequence
from torq_conformance.cases.stream import plan, soak
from torq_conformance.cases.stream.questions import Stream
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Operation, Request, Way
from torq_conformance.judging.blocks import SOAK_COUNT, BlockJudge
from torq_conformance.judging.features import Features
from torq_conformance.judging.judge import Judge
from torq_conformance.reference import Reference
from torq_conformance.running.replay import Answer, replay
from torq_specs.registry import REGISTRY


def judge_of(implementation: type) -> Judge:
    adapter = InProcessAdapter(implementation(), "drawn", implementation)
    return Judge(adapter, REGISTRY, seed=3)


def judged(judge: Judge, way: Way, block: int = 0) -> Judge:
    judge.start("a block", 0)
    BlockJudge(judge, way).run(plan.calls(Stream(3, REGISTRY), block, way))
    return judge


def first_failure(implementation: type, way: Way, blocks: int = 6) -> dict[str, Any]:
    judge = judge_of(implementation)
    for block in range(blocks):
        if failures := judged(judge, way, block).record.failures:
            failure: dict[str, Any] = failures[0]
            return failure
    raise AssertionError(f"{implementation.__name__} is alive after {blocks} blocks")


FAULTS = [
    (drawn_faults.LevelsShared, Way.ROW, "CONTRACT"),
    (drawn_faults.AnswersKept, Way.ROW, "STATE-INDEPENDENT"),
    (drawn_faults.SourcesShareACache, Way.ROW, "STATE-INDEPENDENT"),
    (drawn_faults.TiresAfter, Way.ROW, "STATE-INDEPENDENT"),
    (drawn_faults.BulkMisnames, Way.BULK, ("TLV-DOMAIN", "ERR-ANY-OF-SEVERAL")),
    (drawn_faults.RulesOfFirstLevel, Way.ROW, "VLD-"),
    (drawn_faults.Large, Way.ROW, "CHK-VERIFY"),
    (drawn_faults.OneByteShort, Way.PLACED, "MEM-WRITE"),
]


@pytest.mark.parametrize(("fault", "way", "requirement"), FAULTS, ids=str)
def test_a_fault_is_found_attributed_and_repeated(
    fault: type, way: Way, requirement: str | tuple[str, ...]
) -> None:
    failure = first_failure(fault, way)
    assert failure["requirement"].startswith(requirement), failure["problem"]
    assert replay(failure["case"], judge_of(fault)) is Answer.FAILED
    assert replay(failure["case"], judge_of(Reference)) is Answer.FIXED


def test_a_failure_is_cut_down_to_what_shows_it() -> None:
    failure = first_failure(drawn_faults.ThirdReservedLost, Way.ROW)
    (request,) = case_of(failure["case"]).requests
    document = InProcessAdapter(Reference(), "reference").call(
        Request(Operation.DECODE, request.argument)
    )
    tlvs = document.value["tlvs"]  # type: ignore[union-attr,index]
    assert len(tlvs) == 3
    kept = [value for tlv in tlvs[:2] for value in [tlv["value"]] if isinstance(value, bytes)]
    assert not any(any(value) for value in kept)


def test_a_row_of_calls_is_cut_down_to_two() -> None:
    case = case_of(first_failure(drawn_faults.SourcesShareACache, Way.ROW)["case"])
    assert len(case.requests) == 2


def test_what_counts_calls_is_kept_as_one_call_so_many_times() -> None:
    bundle = first_failure(drawn_faults.TiresAfter, Way.ROW)["case"]
    assert len(case_of(bundle).requests) == 401
    assert [one["times"] for one in bundle["requests"]] == [401]


RIGHT: tuple[type, ...] = (
    Reference,
    sound.FromConstruct,
    sound.WithContext,
    sound.Lenient,
    sound.DecoderOnly,
    sound.LazilyRead,
    sound.LastFaultFirst,
    sound.BadGuest,
    sound.ClearsItsArgument,
)


@pytest.mark.parametrize("implementation", RIGHT, ids=lambda one: one.__name__)
@pytest.mark.parametrize("way", [Way.ROW, Way.ALONE, Way.BULK])
def test_what_is_right_stays_green(implementation: type, way: Way) -> None:
    judge = judge_of(implementation)
    judged(judge, way, 1)
    assert not judge.record.failures, judge.record.failures[0]["problem"]
    assert judge.record.judged + judge.record.not_claimed == 1000


def test_small_calls_without_end_are_judged() -> None:
    judge = judge_of(Reference)
    judge.start("soak", 0)
    BlockJudge(judge, Way.ROW, SOAK_COUNT).run(soak.calls(3, REGISTRY, 3000))
    assert judge.record.judged == 3000
    assert not judge.record.failures


def test_what_is_asked_depends_on_seed_and_claims_alone() -> None:
    right = (Reference, sound.LazilyRead)
    digests = {judged(judge_of(one), Way.ROW, 2).stream.hexdigest() for one in right}
    assert len(digests) == 1


def test_the_census_adds_up_over_blocks_and_names_what_was_never_met() -> None:
    whole = Features(REGISTRY)
    claimed = judge_of(Reference).capabilities
    assert len(whole.document(claimed)["classes_never_met"]) == whole.document(claimed)["classes"]
    for block in (0, 1):
        whole.merge(judged(judge_of(Reference), Way.ROW, block).record.features)
    document = whole.document(claimed)
    assert sum(document["dimensions"]["before"].values()) == 2000
    assert "way: one by one" in document["classes_never_met"]
    assert 0 < document["pairs_met"] < document["pairs"]


def test_a_way_of_asking_is_kept_with_a_case() -> None:
    request = Request(Operation.ROUNDTRIP, b"")
    case = Sequence("RT-BYTES", "many", (request,) * 3, way=Way.BULK)
    assert case_of(bundle_of(case)) == case


class NamedAfterLongest(Reference):
    """A message behind a long one has its flags."""

    def __init__(self) -> None:
        super().__init__()
        self.flags = -1

    def decode(self, data: bytes) -> dict[str, Any]:
        message = super().decode(data)
        if self.flags >= 0:
            message["header"]["flags"] = self.flags
        self.flags = message["header"]["flags"] if len(data) > 3_000 else -1
        return message


def test_what_is_shown_of_a_row_is_the_answer_that_is_wrong_in_it() -> None:
    judge = Judge(InProcessAdapter(NamedAfterLongest(), "faulty", NamedAfterLongest), REGISTRY)
    judge.start("block 1", 1000)
    stream = Stream(0, REGISTRY)
    BlockJudge(judge, Way.ROW).run(plan.calls(stream, 0, Way.ROW))
    rows = [one["row"] for one in judge.record.failures if "row" in one]
    assert rows
    for failure in judge.record.failures:
        wrong = [call for call in failure.get("row", ()) if call["is_wrong"]]
        assert [{**call, **failure["asked"]} for call in wrong] == wrong
        assert len(wrong) == ("row" in failure)
