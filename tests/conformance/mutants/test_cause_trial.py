"""Full runs of mutants: how many causes a fault is reported as, and the page that says so."""

from __future__ import annotations

import copy
from dataclasses import replace

from torq_conformance.mutants import cause_page, cause_trial, gallery
from torq_conformance.mutants.cause_trial import Causes
from torq_conformance.mutants.seeding import Mutant

ONE = Causes("H01", "The magic", ("HDR-MAGIC",), ({"requirement": "HDR-MAGIC"},), 1.0)
OTHER = replace(ONE, mutant="H02", causes=({"requirement": "HDR-FLAGS"},))
TWO = replace(ONE, mutant="H03", causes=ONE.causes * 2)


def test_one_cause_that_speaks_of_the_fault_is_wanted() -> None:
    assert [one.is_one for one in (ONE, OTHER, TWO, replace(ONE, causes=()))] == [
        *(True, False, False, False)
    ]
    assert cause_page.is_enough([ONE] * 19 + [TWO])
    assert not cause_page.is_enough([ONE] * 18 + [TWO])


def test_the_sample_is_fixed_and_spread_over_both_kinds_of_making() -> None:
    mutants = gallery.all_mutants()
    sample = [one.id for one in cause_trial.sample(mutants)]
    assert sample == [one.id for one in cause_trial.sample(mutants)]
    assert len(set(sample)) == cause_trial.SAMPLE
    assert len([id_ for id_ in sample if ":" in id_]) == cause_trial.SAMPLE // 2
    assert len({id_[0] for id_ in sample if ":" not in id_}) >= 8


def test_the_part_of_a_page_is_found_again() -> None:
    part = cause_page.part([ONE, TWO])
    assert "1 of 2 are reported as exactly one cause" in part
    assert "| H03 | The magic | 2 (!) | HDR-MAGIC |" in part
    assert cause_page.kept(f"before\n{part}behind\n") == part
    assert cause_page.kept("before\n") == ""


def test_a_mutant_that_ends_its_process_has_no_causes() -> None:
    (mutant,) = (one for one in gallery.all_mutants() if one.id == "H01")
    lost = replace_id(mutant, "no such mutant")
    done: list[Causes] = []
    (found,) = cause_trial.run([lost], processes=1, on_done=done.append)
    assert done == [found]
    assert found.causes == ()


def replace_id(mutant: Mutant, id_: str) -> Mutant:
    other = copy.copy(mutant)
    other.id = id_
    return other
