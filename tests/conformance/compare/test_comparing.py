"""Several implementations on the same messages: who is wrong, the plainest message, no voting."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conformance import faulty, sound
from tests.conformance.search import planted
from torq_conformance import Rejected
from torq_conformance.cases import boundaries
from torq_conformance.cli import main
from torq_conformance.compare import comparison, disagreements
from torq_conformance.compare.comparison import Compared, Comparison, Group
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Adapter
from torq_conformance.implementations.stdio import StdioAdapter
from torq_conformance.implementations.worker import WorkerAdapter
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.running.results import ExitCode
from torq_conformance.search.stream import Unit
from torq_specs.registry import REGISTRY

FAULTY = "python:tests.conformance.faulty"
TRADE, STATE_INVALIDATION = 1, 106
PLAIN = {
    "relay_domain": 1,
    "version": 1,
    "source": 1,
    "flags": 0,
    "sequence": 0,
    "timestamp": 0,
}
HEADER = derived_codec.assemble(PLAIN, b"")


def in_process(*implementations: type) -> list[Adapter]:
    return [InProcessAdapter(one(), one.__name__) for one in implementations]


def compared(adapters: list[Adapter], number: int = TRADE, count: int = 150) -> Compared:
    one = Comparison(adapters, seed=3)
    assert one.compare(Unit(number, 0, count)) == count or one.result.ended
    one.tell()
    for adapter in adapters:
        adapter.close()
    return one.result


def wrong_in(group: Group) -> list[int]:
    return [at for at, answer in enumerate(group.answers) if answer is not None and answer.wrong]


def reported(result: Compared) -> dict[bytes, list[int]]:
    """The plainest messages and who gets them wrong."""
    return {group.data: wrong_in(group) for group in result.reported}


def trade(**fields: Any) -> bytes:
    layout = REGISTRY[TRADE].layout
    assert layout is not None
    tlvs = [{"type": TRADE, "value": {**boundaries.zeros(layout), **fields}}]
    return derived_codec.encode_message({"header": PLAIN, "tlvs": tlvs})


def test_implementations_that_are_right_do_not_disagree() -> None:
    result = compared(in_process(Reference, sound.WithContext))
    assert (result.reported, result.wrong.total()) == ([], 0)
    assert (result.valid, result.corrupted) == (150, 150)


def test_two_that_are_wrong_in_different_ways_are_reported_apart() -> None:
    result = compared(in_process(faulty.FlagsCleared, Reference, faulty.PriceUnsigned))
    assert reported(result) == {
        derived_codec.assemble({**PLAIN, "flags": 16}, b""): [0],
        trade(price=-1): [2],
    }
    assert result.wrong[1] == 0
    assert result.unreported > 0, "on some messages both are wrong"


def test_valid_messages_are_asked_in_both_directions() -> None:
    result = compared(in_process(Reference, faulty.ChecksumZero))
    (group,) = result.reported
    assert (group.data, wrong_in(group)) == (HEADER, [1])
    answer = group.answers[1]
    assert answer is not None
    assert answer.said == "encode: byte 28 is wrong: header.checksum"


class TrailingIgnored(faulty.TrailingIgnored):
    """The same fault in another implementation."""


def test_a_majority_that_is_wrong_is_reported_as_wrong() -> None:
    names = ("one", "other", "reference")
    adapters = in_process(faulty.TrailingIgnored, TrailingIgnored, Reference)
    result = compared(adapters, count=400)
    assert reported(result) == {HEADER + b"\0": [0, 1]}
    text = disagreements.tell(names, result)
    assert "a refusal: ParseError(offset=32, context=bytes after the message)" in text
    assert "  one        WRONG  reads it" in text
    assert "  reference  right  refuses it: ParseError(offset=32, " in text
    assert (
        "The majority contradicts the specification: 2 of 3 answer: reads it; it is wrong" in text
    )


def test_a_majority_that_is_right_is_only_counted() -> None:
    result = compared(in_process(Reference, Reference, faulty.TrailingIgnored), count=400)
    (group,) = result.reported
    assert disagreements.majority(group.answers) == (
        "2 of 3 answer: refuses it: ParseError; the specification says so too."
    )
    no_majority = compared(in_process(Reference, faulty.TrailingIgnored), count=400).reported[0]
    assert disagreements.majority(no_majority.answers).startswith("No answer has a majority")


def test_lenient_and_strict_about_padding_is_a_latitude() -> None:
    result = compared(in_process(Reference, sound.Lenient), STATE_INVALIDATION, 400)
    assert (result.reported, result.wrong.total()) == ([], 0)
    padding = result.latitudes[comparison.PADDING]
    assert padding.count > 0
    assert [bool(answer and answer.choice) for answer in padding.answers] == [True, False]
    assert result.latitudes[comparison.FAULTS].count > 0
    assert "all of them right" in disagreements.tell(("strict", "lenient"), result)


def test_padding_taken_in_spite_of_strict_padding_is_wrong() -> None:
    result = compared(in_process(Reference, faulty.PaddingTaken), STATE_INVALIDATION, 600)
    (least,) = reported(result)
    assert least[32:] == b"\x6a\xe0" + bytes(25) + b"\1" + bytes(198)


def test_context_within_its_latitude_is_counted() -> None:
    result = compared(in_process(Reference, sound.WithContext), STATE_INVALIDATION, 600)
    assert not result.reported
    assert result.latitudes[comparison.CONTEXT].count > 0


class BadDomainDivides(Reference):
    """Panics on a domain that there is not."""

    def decode(self, data: bytes) -> dict[str, Any]:
        if data[4:5] == b"\0":
            raise ZeroDivisionError
        return super().decode(data)


@pytest.mark.parametrize(
    ("implementation", "least"),
    [
        (faulty.ChecksumUnchecked, HEADER[:28] + bytes(4)),
        (faulty.ShortBufferRaises, b""),
        (faulty.TrailingIgnored, HEADER + b"\0"),
        (faulty.DomainsFromZero, derived_codec.seal(HEADER[:4] + b"\0" + HEADER[5:])),
        (BadDomainDivides, derived_codec.seal(HEADER[:4] + b"\0" + HEADER[5:])),
        (faulty.OffsetFromMessage, derived_codec.assemble(PLAIN, b"\1")),
    ],
)
def test_corrupted_messages_are_reported_as_plain_as_they_can_be(
    implementation: type, least: bytes
) -> None:
    result = compared(in_process(Reference, implementation), count=1500)
    assert least.hex() in [data.hex() for data in reported(result)]


def test_a_crash_is_an_answer() -> None:
    crashing = WorkerAdapter(f"{FAULTY}:Exits")
    result = compared([*in_process(Reference), crashing], count=2)
    cut = derived_codec.assemble(PLAIN, b"\x01\x28")
    assert reported(result) == {trade(): [1], cut: [1]}
    answer = result.reported[0].answers[1]
    assert answer is not None
    assert "exited with code 0" in answer.said


def test_one_that_breaks_down_again_and_again_ends_the_comparison() -> None:
    comparison.ENDED_MAX["crash"], before = 2, comparison.ENDED_MAX["crash"]
    try:
        crashing = WorkerAdapter(f"{FAULTY}:Exits")
        result = compared([*in_process(Reference), crashing], count=20)
    finally:
        comparison.ENDED_MAX["crash"] = before
    assert "broke down too often: 2 crashes" in result.ended
    assert [group.data for group in result.reported] == [trade()]


def served(name: str) -> str:
    module = "torq_conformance.implementations.stdio_server"
    return f"{shlex.quote(sys.executable)} -m {module} {name}"


def test_programs_are_compared_with_python() -> None:
    program = StdioAdapter(served(f"{FAULTY}:PriceUnsigned"))
    assert reported(compared([program, *in_process(Reference)], count=60)) == {trade(price=-1): [0]}


class Decoder(sound.DecoderOnly):
    """Offers decode alone, and reads a volume without its sign."""

    def decode(self, data: bytes) -> Mapping[str, Any]:
        message = dict(super().decode(data))
        for tlv in message["tlvs"]:
            if tlv["type"] == TRADE:
                tlv["value"] = {**tlv["value"], "volume": tlv["value"]["volume"] % (1 << 64)}
        return message


def test_what_is_not_claimed_is_not_asked() -> None:
    result = compared(in_process(Decoder, faulty.Encoder), count=60)
    assert reported(result) == {trade(volume=-1): [0]}
    other = result.reported[0].answers[1]
    assert other is not None
    assert other.said == "writes it"


def test_right_alone_and_wrong_in_a_batch_is_reported() -> None:
    result = compared(in_process(Reference, planted.BulkRaises), count=40)
    (group,) = result.reported
    assert (wrong_in(group), "in a batch of" in group.where) == ([1], True)


class Remembers(Reference):
    """Refuses what follows a refusal."""

    def __init__(self) -> None:
        super().__init__()
        self.has_refused = False

    def decode(self, data: bytes) -> dict[str, Any]:
        if self.has_refused:
            self.has_refused = False
            raise Rejected("InvalidMagic", expected=0, actual=0)
        try:
            return super().decode(data)
        except Rejected:
            self.has_refused = True
            raise


def test_answers_that_depend_on_earlier_ones_are_reported() -> None:
    result = compared(in_process(Reference, Remembers), count=80)
    assert result.wrong[0] == 0
    assert result.wrong[1] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["reference", "reference"], ExitCode.CONFORMANT, "on 30 valid and 30 corrupted messages"),
        (["reference", f"{FAULTY}:FlagsCleared"], ExitCode.NOT_CONFORMANT, "header.flags is 0,"),
        (["reference"], ExitCode.USAGE, "two implementations and more"),
        (["reference", f"{FAULTY}:Missing"], ExitCode.USAGE, "Missing"),
        (["reference", "reference", "--count", "0"], ExitCode.USAGE, "0 is not in the range"),
        (["reference", f"{FAULTY}:Exits"], ExitCode.INCONCLUSIVE, "did not come to its end"),
        (["reference", "reference", "--results", "no/where.json"], ExitCode.USAGE, "no/where.json"),
    ],
    ids=["right", "wrong", "too few", "missing", "no count", "lost", "no folder"],
)
def test_command_ends_with_the_exit_code(arguments: list[str], code: int, text: str) -> None:
    options = ["--count", "30", "--in-process"]
    done = CliRunner().invoke(main, ["compare", *options, *arguments])
    assert (done.exit_code, text in done.output) == (code, True), done.output


def test_results_say_what_the_text_says(tmp_path: Path) -> None:
    path = tmp_path / "compared.json"
    arguments = ["reference", f"{FAULTY}:FlagsCleared", "--count", "40", "--in-process"]
    CliRunner().invoke(main, ["compare", *arguments, "--results", str(path)])
    document = json.loads(path.read_text())
    assert (document["status"], document["exit_code"]) == ("complete", 1)
    assert document["asked"] == {"valid": 40, "corrupted": 40}
    (group,) = document["groups"]
    assert group["data"] == derived_codec.assemble({**PLAIN, "flags": 16}, b"").hex()
    assert [answer["is_right"] for answer in group["answers"]] == [True, False]


def test_results_of_a_lost_comparison_are_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "compared.json"
    arguments = ["reference", f"{FAULTY}:Exits", "--count", "30", "--in-process"]
    CliRunner().invoke(main, ["compare", *arguments, "--results", str(path)])
    assert json.loads(path.read_text())["status"] == "incomplete"
