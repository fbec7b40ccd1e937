"""A part is an implementation: judged by the types that it claims, as strictly as anybody."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import parts
from torq_conformance.cases.carriers import carriers
from torq_conformance.errors import KitError
from torq_conformance.implementations import claimed_types
from torq_conformance.implementations.connect import connect
from torq_conformance.implementations.in_process import InProcessAdapter
from torq_conformance.implementations.protocol import Identity, Operation, Request
from torq_conformance.judging import census
from torq_conformance.judging.expectations import Accept, Reject, expect
from torq_conformance.judging.judge import Judge
from torq_conformance.judging.record import TestRecord
from torq_conformance.model import derived_codec
from torq_conformance.reference import Reference
from torq_conformance.running import provenance, results
from torq_conformance.suite.catalog import suite_tests
from torq_conformance.suite.checks import cases_of, judge_generated
from torq_specs.errors import SpecificationError
from torq_specs.registry import REGISTRY, Registry

ROOT = Path(__file__).parent.parent.parent
SOUND = (parts.Collector, parts.Carrier, parts.Refuser, parts.Whole)
FAULTY = [
    one
    for one in vars(parts).values()
    if getattr(one, "__module__", "") == parts.__name__
    and isinstance(one, type)
    and one not in SOUND
]
SLOW = {
    "test_the_limit_is_1_mib",
    "test_payload_size_counts_the_bytes_behind_the_header",
    "test_nothing_beside_a_wrong_message_is_read",
    "test_wrong_checksums_are_refused",
}
"""Tests of thousands of small TLVs, of which one registry is enough: that of the example."""


def registry_of(implementation: Any) -> Registry:
    identity = InProcessAdapter(implementation, "a part").identity
    return claimed_types.claimed_registry(identity, REGISTRY)


def records(implementation: Any, registry: Registry, *, about: str = "") -> list[TestRecord]:
    """What every test of the suite finds, or those that name a requirement."""
    judge = Judge(InProcessAdapter(implementation, "a part"), registry)
    found = []
    for test in suite_tests():
        for line in test.lines(registry):
            is_far = about and not test.names(about)
            if test.is_stateful or is_far or (test.name in SLOW and not about):
                continue
            judge.start(test.name, 10)
            if test.is_generated:
                arguments = (registry,) if line is None else (registry, line)
                judge_generated(judge, test.source(*arguments), 10)
            else:
                # All that is listed, and some of the cells.
                profile = "quick" if hasattr(test.source, "torq_planned") else "standard"
                judge.judge_all(cases_of(test.source, registry, line, profile))
            found.append(judge.record)
    return found


def failed(found: list[TestRecord]) -> set[str]:
    return {id_ for record in found for id_, tally in record.tallies.items() if tally.failed}


@pytest.mark.parametrize("implementation", SOUND, ids=lambda one: one.__name__)
def test_a_sound_part_passes(implementation: Any) -> None:
    sound = implementation()
    found = records(sound, registry_of(sound))
    assert not failed(found), [one.failures[0] for one in found if one.failures]


@pytest.mark.parametrize("implementation", FAULTY, ids=lambda one: one.__name__)
def test_a_faulty_part_fails(implementation: Any) -> None:
    requirement = str(implementation.__doc__).partition(":")[0]
    found = failed(records(implementation(), registry_of(implementation()), about=requirement))
    # What is wrong with the answer may speak of another requirement than the question.
    assert found & {requirement, getattr(implementation, "reported", requirement)}


PARTS = (
    [1],
    [3, 108],
    [20],
    [30],
    [11, 40, 83],
    [106],
    [200],
    [1, 203, 204],
    [*range(1, 20), 100, 101],
    [number for number in range(1, 113) if number in REGISTRY],
)


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_every_part_of_a_right_codec_is_right_and_enough_is_asked(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    capabilities = InProcessAdapter(Reference(), "reference").identity.capabilities
    counts: dict[str, int] = {}
    for record in records(Reference(), registry):
        assert not record.failures, record.failures[0]
        for bucket, count in record.census.items():
            counts[bucket] = counts.get(bucket, 0) + count
    # The limit of a message is among the tests that are left out here.
    empty = census.empty(counts, registry, capabilities)
    assert not [one for one in empty if "MessageTooLarge" not in one]


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_labels_are_unique_within_a_test(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    for test in suite_tests():
        if test.is_generated or test.is_stateful or test.name in SLOW:
            continue
        for line in test.lines(registry):
            asked = [
                (one.label, one.requests) for one in cases_of(test.source, registry, line, "quick")
            ]
            labels = dict(asked)
            twice = [label for label, requests in asked if labels[label] != requests]
            assert not twice, (test.name, twice[:3])


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_payloads_have_the_sizes_that_are_said(numbers: list[int]) -> None:
    registry = REGISTRY.restricted_to(numbers)
    carrying = carriers(registry)
    for size in (*range(2, 300), 4095, 65_536, 1_048_544):
        for near in {carrying.payload_near(size), carrying.payload_above(size)}:
            message = carrying.message()
            message["tlvs"] = carrying.payload(near)
            assert len(derived_codec.encode_message(message, registry)) == 32 + near
        assert carrying.payload_above(size) >= size
        assert carrying.payload_near(size) <= max(size, carrying.payload_above(1))


def test_what_is_not_claimed_is_refused_or_carried() -> None:
    registry = REGISTRY.restricted_to([1, 2])
    data = derived_codec.assemble(
        {"relay_domain": 2, "version": 1, "source": 1}, derived_codec.frame(20, b"x")
    )
    right = expect(Request(Operation.DECODE, data), registry)
    # Neither its domain nor its size is right, and who carries it need know neither.
    assert isinstance(right, Accept)
    assert right.value["tlvs"] == [{"type": 20, "value": b"x"}]
    kinds = {str(fault.kind) for fault in right.or_refused}
    assert kinds == {"InvalidTLVType", "PayloadSizeMismatch"}
    unassigned = derived_codec.seal(data[:32] + b"\x21" + data[33:])
    assert isinstance(expect(Request(Operation.DECODE, unassigned), registry), Reject)


@pytest.mark.parametrize(
    ("claim", "numbers"),
    [
        ({1, 2}, {1, 2}),
        (["trade", "2", "20-22"], {1, 2, 20, 21, 22}),
        ((range(1, 4), "Quote"), {1, 2, 3}),
        ("Trade, 2", {1, 2}),
        (range(200, 202), {200, 201}),
        (frozenset({"5..7"}), {5, 6, 7}),
    ],
    ids=str,
)
def test_a_claim_is_numbers_names_and_ranges(claim: object, numbers: set[int]) -> None:
    plain = claimed_types.plain_claim(claim, "it")
    assert plain is not None
    assert claimed_types.claimed_numbers(plain, REGISTRY, "it") == numbers


@pytest.mark.parametrize(
    ("claim", "reported"),
    [
        (set(), "it claims no types at all"),
        ("", "it claims no types at all"),
        ({"Trad"}, "it: no type is named 'Trad'. Is it Trade?"),
        ([0], "it: 0 is no type number. Types are 1 to 254."),
        ([-3], "it: -3 is no type number."),
        (["999"], "it: 999 is no type number."),
        ([33], "it: no type has the number 33."),
        (["32-34"], "it: 32-34: no type has the number 33."),
        (["5-3"], "it: the range 5-3 ends before it begins."),
        (["Trade", ""], "it: a name of a type is empty."),
        ([True], "it claims the type True."),
        ([1.5], "it claims the type 1.5."),
        (7, "it claims as types 7, which is no list."),
        ({"a": 1}, "which is no list."),
    ],
    ids=str,
)
def test_a_bad_claim_is_one_clear_line(claim: object, reported: str) -> None:
    with pytest.raises(KitError) as raised:
        claimed_types.claimed_numbers(claimed_types.plain_claim(claim, "it") or (), REGISTRY, "it")
    assert reported in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_command_line_asks_for_a_part_of_what_is_claimed() -> None:
    identity = Identity("it", "1", frozenset(), types=("Trade", "Quote"))
    narrowed = claimed_types.claimed_registry(identity, REGISTRY, "2")
    assert [line.name for line in narrowed] == ["Quote"]
    with pytest.raises(KitError, match="--types asks for OrderBook, which it does not claim"):
        claimed_types.claimed_registry(identity, REGISTRY, "1-3")


def test_all_types_is_no_part() -> None:
    every = REGISTRY.restricted_to([line.number for line in REGISTRY])
    assert every is REGISTRY
    assert results.types_to_json(every) == {}
    with pytest.raises(SpecificationError):
        REGISTRY.restricted_to([])


def test_words_about_a_part() -> None:
    def words(numbers: list[int]) -> str:
        return claimed_types.named(REGISTRY.restricted_to(numbers))

    assert words([1, 2]) == "Trade, Quote (2 of 78 types)"
    assert words([1, 200]) == "Trade and 1 vendor number (1 of 78 types)"
    assert words([*range(200, 255)]) == "55 vendor numbers (0 of 78 types)"
    assert words([*range(1, 20)]).endswith("PriceUpdate and 11 more (19 of 78 types)")


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "torq_conformance.cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_has_no_failure_for_two_types(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    options = ("--profile", "quick", "-n", "2", "--deadline", "60", "--results", str(path))
    done = command("run", "python:collector:Collector", *options, folder=parts.EXAMPLE.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    said = "no failure in the quick profile for Trade, Quote (2 of 78 types)"
    assert f"\n{said}: " in done.stdout
    assert "types: Trade, Quote (2 of 78 types)" in done.stdout
    assert "LAYOUT-ORDERBOOK" not in done.stdout
    document = results.load(path)
    assert document["conclusion"] == said
    assert document["implementation"]["types"] == {
        "numbers": [1, 2],
        "named": "Trade, Quote (2 of 78 types)",
    }
    verdicts = {row["id"]: row["verdict"] for row in document["requirements"]}
    assert verdicts["LAYOUT-TRADE"] == "pass"
    assert verdicts["LAYOUT-ORDERBOOK"] == verdicts["TLV-VENDOR"] == "not claimed"
    lines = [line for line in parts.EXAMPLE.read_text().splitlines() if line.strip()]
    assert len(lines) < 66


def test_the_vectors_of_other_types_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    options = ("--vectors-only", "-k", "trade or orderbook", "-n", "1", "--results", str(path))
    done = command("run", "python:collector:Collector", *options, folder=parts.EXAMPLE.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    document = results.load(path)
    assert document["judged"]["cases"] > 100
    assert document["not_claimed"]["cases"] > 100


def test_a_search_is_over_the_types_that_are_claimed() -> None:
    name = "python:tests.conformance.parts:SwapsBidAndAsk"
    found = command("search", name, "--count", "300", "-n", "1", folder=ROOT)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "LAYOUT-QUOTE" in found.stdout
    other = command("search", name, "--type", "OrderBook", "-n", "1", folder=ROOT)
    assert (other.returncode, other.stderr) == (
        2,
        "torq-conformance: The implementation does not claim OrderBook. It claims Trade, Quote.\n",
    )


def test_a_comparison_is_over_the_types_that_all_claim() -> None:
    names = [f"python:tests.conformance.parts:{one}" for one in ("Carrier", "Collector")]
    done = command("compare", *names, "reference", "--count", "200", folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = "python:tests.conformance.parts:ReadsPastCut"
    done = command("compare", wrong, "reference", "--count", "1000", folder=ROOT)
    assert done.returncode == 1, done.stdout + done.stderr


def test_types_are_said_in_the_hello_of_a_program() -> None:
    served = f"{shlex.quote(sys.executable)} -m torq_conformance.implementations.stdio_server"
    name = f"stdio:{served} python:tests.conformance.parts:Carrier"
    adapter = connect(name, is_linted=True)
    try:
        assert adapter.identity.types == (1, 2)
        registry = claimed_types.claimed_registry(adapter.identity, REGISTRY)
        judge = Judge(adapter, registry)
        test = next(one for one in suite_tests() if one.each == "unclaimed")
        for line in (REGISTRY[3], REGISTRY[30], REGISTRY[200]):
            judge.start(test.name, 0)
            judge.judge_all(cases_of(test.source, registry, line))
            assert judge.record.judged
            assert not judge.record.failures, judge.record.failures[0]
    finally:
        adapter.close()


@pytest.mark.parametrize("types", ['"Trade"', "[]", "[0]", "[true]", '["Trad"]', "[33]", "7"])
def test_a_bad_hello_is_refused_in_one_line(types: str, tmp_path: Path) -> None:
    hello = (
        '{"id":1,"ok":{"name":"it","version":"1","language":"sh",'
        f'"capabilities":["decode"],"types":{types}}}}}'
    )
    (tmp_path / "hello.json").write_text(hello + "\n")
    program = "stdio:sh -c 'read line; cat hello.json; read line'"
    done = command("smoke", program, folder=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "types", ["", "Trad", "0", "33", "Trade,,", "254-200", "300"], ids=lambda one: one or "none"
)
def test_bad_types_on_the_command_line_are_one_clear_line(types: str, tmp_path: Path) -> None:
    done = command("run", "reference", "--types", types, folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("torq-conformance: --types")
    assert not [*tmp_path.iterdir()]


def test_the_plugin_takes_types_too(tmp_path: Path) -> None:
    def suite(*arguments: str) -> subprocess.CompletedProcess[str]:
        words = ("-m", "pytest", "--pyargs", "torq_conformance.suite", "-q", "--no-header")
        return subprocess.run(
            [sys.executable, *words, "--torq-implementation", "reference", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    options = ("--torq-types", "Quote", "-k", "values or unclaimed", "-n", "2")
    done = suite(*options, "--torq-profile", "quick")
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "torq-results.json").read_text())
    assert document["implementation"]["types"]["numbers"] == [2]
    tests = {row["test"] for row in document["tests"]}
    assert "test_4_values.py::test_every_byte_is_carried[Quote]" in tests
    assert not [test for test in tests if "byte_is_carried[Trade]" in test]
    unclaimed = "test_3_tlv_framing.py::test_unclaimed_types_are_refused_or_carried"
    assert f"{unclaimed}[OrderBook]" in tests
    refused = suite("--torq-types", "Quot")
    assert refused.returncode == 4
    assert "no type is named 'Quot'. Is it Quote?" in refused.stderr


def test_a_part_is_of_the_same_specification() -> None:
    part = REGISTRY.restricted_to({1})
    assert provenance.specification_digest(part) == provenance.specification_digest(REGISTRY)
    about = {"about": provenance.about(part)}
    assert provenance.differences(about, REGISTRY) == ""
