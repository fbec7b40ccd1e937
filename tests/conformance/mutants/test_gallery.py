"""The gallery is sound: ids, requirements and names hold, and a fast part of it is killed here.

All of it is killed, or not, in the environment ``mutants`` of tox.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from typing import Any

import pytest

from torq_conformance.implementations.locate import load_python
from torq_conformance.implementations.outcomes import TimedOut
from torq_conformance.implementations.protocol import Operation, Request
from torq_conformance.judging.verdicts import CONTRACT
from torq_conformance.mutants import gallery, trial
from torq_conformance.mutants.mechanical import KINDS, mechanical_mutants
from torq_conformance.mutants.seeding import Mutant, mutants_in
from torq_conformance.mutants.trial import Fate, Trial
from torq_conformance.suite.catalog import suite_tests
from torq_specs.requirements import requirements

WRITTEN = gallery.written_mutants()

FAST = (
    *(mutants_in(module)[0]() for module in gallery.CHAPTERS),
    *(next(m for m in mechanical_mutants() if type(m) is kind) for kind in KINDS),
)
"""The first mutant of every chapter, and the first of every kind that is made by rule."""

RARE = tuple(
    mutant
    for mutant in WRITTEN
    if mutant.id in {"H05e", "C05i", "T16", "R10", "X02", "S12", "S18e", "V09b", "L04d", "G14"}
)
"""Mutants that are wrong for one input in very many; cases were added to kill them."""


class Faultless(Mutant):
    """Has no fault at all."""

    id = "control"
    requirements = ("HDR-MAGIC",)


def test_there_are_more_than_120_written_by_hand() -> None:
    assert len(WRITTEN) > 120


def test_ids_are_unique() -> None:
    counts = Counter(mutant.id for mutant in gallery.all_mutants())
    assert [id_ for id_, count in counts.items() if count > 1] == []


def test_no_two_say_the_same_fault() -> None:
    counts = Counter(mutant.fault for mutant in gallery.all_mutants())
    assert [fault for fault, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("mutant", WRITTEN, ids=lambda mutant: mutant.id)
def test_a_mutant_names_its_fault_and_requirements_that_exist(mutant: Mutant) -> None:
    assert 10 < len(mutant.fault) < 100
    assert "\n" not in mutant.fault
    assert mutant.requirements
    assert set(mutant.requirements) <= {*requirements(), CONTRACT.id}
    assert set(mutant.shown_by) <= requirements().keys()


@pytest.mark.parametrize("requirement", requirements())
def test_every_requirement_has_a_mutant(requirement: str) -> None:
    assert any(requirement in mutant.requirements for mutant in gallery.all_mutants())


@pytest.mark.parametrize("mutant", WRITTEN, ids=lambda mutant: mutant.id)
def test_a_mutant_is_found_by_its_name(mutant: Mutant) -> None:
    cls = type(mutant)
    found = load_python(f"python:{cls.__module__}:{cls.__qualname__}")
    assert type(found) is cls


@pytest.mark.parametrize("mutant", FAST, ids=lambda mutant: mutant.id)
def test_a_mutant_is_killed_for_its_fault(mutant: Mutant) -> None:
    kill = Trial(mutant).run()
    assert (kill.fate, kill.mutant) == (Fate.KILLED, mutant.id)
    assert kill.killer in mutant.requirements


@pytest.mark.parametrize("mutant", RARE, ids=lambda mutant: mutant.id)
def test_a_mutant_that_is_rarely_wrong_is_killed_by_an_enumerated_case(mutant: Mutant) -> None:
    enumerated = [test for test in suite_tests() if not test.is_generated]
    assert Trial(mutant, tests=enumerated).run().fate is Fate.KILLED


def test_what_has_no_fault_survives() -> None:
    tests = [test for test in suite_tests() if test.chapter in {"test_1_header", "test_8_state"}]
    assert Trial(Faultless(), tests=tests, examples=5).run().fate is Fate.SURVIVED


class Collecting(Mutant):
    """Hangs in a callback of the garbage collector, and goes on hanging behind it."""

    id = "control"
    requirements = ("ERR-NO-CRASH",)

    def decode(self, data: bytes) -> dict[str, Any]:
        gc.collect()
        while True:
            pass


def test_a_hang_within_a_callback_of_the_collector_is_ended(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def look(phase: str, info: dict[str, int]) -> None:
        expires = time.monotonic() + 3 * trial.ANSWER_SECONDS
        while phase == "stop" and time.monotonic() < expires:
            pass

    monkeypatch.setattr(trial, "ANSWER_SECONDS", 0.1)
    adapter = trial.PatientAdapter(Collecting())
    gc.callbacks.append(look)
    try:
        outcome = adapter.call(Request(Operation.DECODE, b""))
    finally:
        gc.callbacks.remove(look)
    assert isinstance(outcome, TimedOut)
    assert [one for one in recwarn if "ignored" in str(one.message)] == []
