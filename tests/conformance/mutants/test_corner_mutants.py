"""Mutants in corners are killed by dimensions alone; the first of every table is killed here."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest

from torq_conformance.mutants import corners, histories, rule_faults, spots
from torq_conformance.mutants.seeding import Mutant
from torq_conformance.mutants.trial import Fate, Trial
from torq_conformance.suite.catalog import suite_tests
from torq_specs.requirements import requirements

ALL = (*spots.spot_mutants(), *corners.corner_mutants(), *histories.history_mutants())
KINDS = ("first 100 elements alone", "first 256 TLVs alone", "compared by a difference of 32 bits")

SAMPLE = (
    *({type(one): one for one in reversed(ALL)}.values()),
    *(next(one for one in rule_faults.rule_mutants() if one.kind == kind) for kind in KINDS),  # type: ignore[attr-defined]
)
"""The first mutant of every class."""


def test_there_are_more_than_200() -> None:
    assert len(ALL) > 200


def test_ids_and_faults_are_unique() -> None:
    for names in ([one.id for one in ALL], [one.fault for one in ALL]):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.id)
def test_a_mutant_names_requirements_and_travels(mutant: Mutant) -> None:
    assert set(mutant.requirements) <= requirements().keys()
    assert len(mutant.fault) < 120
    assert pickle.loads(pickle.dumps(mutant)).id == mutant.id


@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda mutant: mutant.id)
def test_a_mutant_in_a_corner_is_killed_by_dimensions(mutant: Mutant) -> None:
    tests = [test for test in suite_tests() if hasattr(test.source, "torq_planned")]
    kill = Trial(mutant, tests=tests).run()
    assert (kill.fate, kill.mutant) == (Fate.KILLED, mutant.id)
