"""Tests of the suite are found by requirement, chapter, type, level and dimension."""

from __future__ import annotations

import importlib
from collections import Counter

import pytest

from tests.conformance.test_plugin import suite as suite_in
from torq_conformance.judging.levels import LEVELS, RELAY
from torq_conformance.running.command import _processes
from torq_conformance.running.selection import facts, words
from torq_conformance.suite.catalog import chapters, suite_tests
from torq_specs.registry import REGISTRY
from torq_specs.requirements import requirements

ALL = [(test, line) for test in suite_tests() for line in test.lines(REGISTRY)]


def names(kind: str) -> Counter[str]:
    return Counter(
        name for test, line in ALL for one, name in facts(test.test, line) if one == kind
    )


def test_what_can_be_selected_is_what_there_is() -> None:
    assert set(names("level")) == {one.name for one in LEVELS if one is not RELAY}
    assert set(names("type")) == {line.name for line in REGISTRY}
    assert set(names("requirement")) <= set(requirements(REGISTRY))
    assert {"enumerated", "generated", "stateful", "orders_of_sequences"} <= set(names("dimension"))
    by_blocks = {"drawn_stream", "instruments", "golden_vectors"}
    assert set(names("chapter")) | by_blocks == {name.split("_", 2)[2] for name in chapters()}


def test_a_pattern_means_the_requirement_of_the_type() -> None:
    (test,) = (one for one in suite_tests() if one.name == "test_fields_lie_at_their_offsets")
    (trade,) = (line for line in REGISTRY if line.name == "Trade")
    found = words(test.test, trade)
    assert {one for one in found if one.startswith("requirement:")} == {"requirement:LAYOUT-TRADE"}
    assert {"type:Trade", "chapter:values", "level:Wire", "dimension:enumerated"} <= found


def test_drawn_questions_have_no_requirement() -> None:
    module = importlib.import_module("torq_conformance.suite.test_0_drawn_stream")
    assert dict(facts(module.test_drawn_questions)) == {
        "chapter": "drawn_stream",
        "dimension": "drawn",
    }
    assert not words(test_drawn_questions_have_no_requirement)


SELECTED = {
    ("-k", "requirement:HDR-FLAGS and chapter:header"): {"test_flags_are_carried_through"},
    ("-k", "type:Trade and requirement:LAYOUT-TRADE"): {
        "test_fields_lie_at_their_offsets[Trade]",
        "test_every_byte_is_carried[Trade]",
    },
    ("-k", "dimension:orders_of_sequences"): {"test_orders_of_sequences"},
    ("-m", "torq_requirement(id='CHK-VALUE')"): {"test_right_checksums_are_written_and_taken"},
    ("-m", "torq_type(name='Quote') and torq_level(name='Strict')"): {
        "test_padding_that_is_not_zero[Quote]"
    },
}


@pytest.mark.parametrize("option", SELECTED, ids=" ".join)
def test_a_part_is_selected_by_what_it_is_about(
    option: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    if option[0] == "-m" and pytest.version_tuple < (8, 3):
        pytest.skip("marks with arguments need pytest 8.3")
    folder = tmp_path_factory.mktemp("selected")
    listed = suite_in("--collect-only", "-p", "no:xdist", *option, folder=folder).stdout
    found = {line.rpartition("::")[2] for line in listed.splitlines() if "::" in line}
    assert SELECTED[option] <= found
    assert len(found) <= len(SELECTED[option]) + 6, found


def test_as_many_workers_are_started_as_there_are_tests() -> None:
    assert _processes(24, "requirement:CHK-VALUE", is_vectors_only=False) == 4
    assert _processes(24, "type:Trade and level:Strict", is_vectors_only=False) == 1
